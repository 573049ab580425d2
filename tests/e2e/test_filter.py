# SPDX-License-Identifier: Apache-2.0
"""$filter against a reference: random expressions over random documents, once through our jsonpath in PostgreSQL, once evaluated here."""

import datetime
import decimal
import itertools
import json
import os
import pathlib
import random
import subprocess
import urllib.parse

import pytest

import harness

SEED = int(os.environ.get("HALLMARK_TEST_SEED", "20261121"))
FILTERS = 20000 if os.environ.get("HALLMARK_SOAK") else 3000
DOCUMENTS = 60

PATHS = ["Name", "Price", "Active", "Address/City", "Address/Zip", "Tags", "Größe", "Since", "a_1", "not", "eq", "Deep/Deeper/Deepest"]
STRINGS = ["", "x", "Anna", "it's", '"', '\\', '\\"', '" || true || "', "$.Name", "$x", "%", "ä", "\U0001f600", "\uffff", "a\tb", "a\nb", "\x01", "\x7f",
           "\x85", "null", "5", "2020-01-31", "') or (1 eq 1", "{}", "[0]", "@", "*", "\\u0041", "like_regex", "A" * 300, "\b\f\r\v", "/", "a/b"]
NUMBERS = ["0", "5", "-5", "0.1", "12.30", "12.3", "1e3", "-1.5E-2", "99999999999999999999", "0.00000000000000000001", "1000"]
DAYS = ["2020-01-31", "2020-02-01", "2019-12-31"]
TIMES = ["", "T00:00", "T00:00:00", "T00:00:00.000", "T00:00:30", "T10:00", "T10:00:00", "T10:00:30", "T10:00:30.5", "T10:00:30.50", "T10:00:30.55",
         "T10:00:30.000000001", "T23:59:59.999"]
OPERATORS = ["eq", "ne", "gt", "ge", "lt", "le"]


# --- expressions ----------------------------------------------------------------------------------------------------------------------

def random_date(rng):
    time = rng.choice(TIMES)
    return rng.choice(DAYS) + time + (rng.choice(["", "Z"]) if time else "")


def random_literal(rng):
    kind = rng.choice(["string", "string", "number", "number", "date", "date", "constant"])
    if kind == "string":
        return kind, rng.choice(STRINGS)
    if kind == "number":
        return kind, rng.choice(NUMBERS)
    if kind == "date":
        return kind, random_date(rng)
    return kind, rng.choice([None, True, False])


def random_expression(rng, depth):
    shape = rng.choice(["compare", "compare", "and", "or", "not"]) if depth > 0 else "compare"
    if shape == "compare":
        kind, value = random_literal(rng)
        operator = rng.choice(OPERATORS if kind != "constant" else ["eq", "ne"])
        return shape, rng.choice(PATHS), operator, kind, value
    if shape == "not":
        return shape, random_expression(rng, depth - 1)
    return shape, random_expression(rng, depth - 1), random_expression(rng, depth - 1)


def literal_text(rng, kind, value):
    if kind == "string":
        return "'" + value.replace("'", "''") + "'"
    if kind == "number":
        return value + rng.choice(["", "", "M" if "e" not in value.lower() else ""])
    if kind == "date":
        return rng.choice([value, f"datetime'{value}'"])
    return {None: "null", True: "true", False: "false"}[value]


BINDS = {"or": 0, "and": 1, "not": 2, "compare": 3}


def render(rng, expression, outer=0):
    """Parentheses where they have to stand, and sometimes where they need not."""
    shape = expression[0]
    blank = rng.choice([" ", " ", "  ", "\t"])
    if shape == "compare":
        _, path, operator, kind, value = expression
        # A member named like an operator reads as one only where an operand cannot stand.
        text = blank.join([path, operator, literal_text(rng, kind, value)])
        if path == "not":
            text = blank.join(["Name", operator, literal_text(rng, kind, value)])
    elif shape == "not":
        text = "not" + blank + render(rng, expression[1], 2)
    else:
        bind = BINDS[shape]
        text = (blank + shape + blank).join([render(rng, expression[1], bind), render(rng, expression[2], bind + 1)])
    return f"({text})" if BINDS[shape] < outer or rng.random() < 0.1 else text


def as_rendered(expression):
    """`not` is no member at the start of a comparison: see render."""
    if expression[0] == "compare":
        return (expression[0], "Name" if expression[1] == "not" else expression[1], *expression[2:])
    return (expression[0], *map(as_rendered, expression[1:]))


# --- the reference --------------------------------------------------------------------------------------------------------------------

MISSING = object()


def member(document, path):
    value = document
    for name in path.split("/"):
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return value


def moment(text):
    """(day, seconds as a decimal) of a string that is a date to us, or None."""
    day, _, time = text.partition("T")
    if len(day) != 10 or day[4] != "-" or day[7] != "-" or not (day[:4] + day[5:7] + day[8:]).isascii() or not (day[:4] + day[5:7] + day[8:]).isdigit():
        return None
    if not time:
        return (day, decimal.Decimal(0)) if text == day else None
    time = time.removesuffix("Z")
    clock, point, fraction = time.partition(".")
    parts = clock.split(":")
    if len(parts) not in (2, 3) or not all(len(p) == 2 and p.isascii() and p.isdigit() for p in parts):
        return None
    if point and (len(parts) != 3 or not fraction or not fraction.isascii() or not fraction.isdigit()):
        return None
    seconds = sum(decimal.Decimal(p) * f for p, f in zip(parts, (3600, 60, 1)))
    return day, seconds + (decimal.Decimal("0." + fraction) if point else 0)


def comparable(value, kind, literal):
    """Both sides in one type, or None when they are not."""
    if kind == "string":
        return (value.encode(), literal.encode()) if isinstance(value, str) else None
    if kind == "number":
        return (value, decimal.Decimal(literal)) if isinstance(value, decimal.Decimal) else None
    if kind == "date":
        sides = (moment(value) if isinstance(value, str) else None), moment(literal)
        return sides if sides[0] is not None else None
    return (value, literal) if isinstance(value, bool) and isinstance(literal, bool) else None


def compare(document, path, operator, kind, literal):
    value = member(document, path)
    if kind == "constant" and literal is None:
        return (value is MISSING or value is None) == (operator == "eq")
    sides = comparable(value, kind, literal)
    if operator == "ne":
        return sides is None or sides[0] != sides[1]
    if sides is None:
        return False
    left, right = sides
    return {"eq": left == right, "gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[operator]


def holds(document, expression):
    shape = expression[0]
    if shape == "compare":
        return compare(document, *expression[1:])
    if shape == "not":
        return not holds(document, expression[1])
    left, right = holds(document, expression[1]), holds(document, expression[2])
    return (left and right) if shape == "and" else (left or right)


# --- documents ------------------------------------------------------------------------------------------------------------------------

def random_value(rng, depth=2):
    kind = rng.choice(["string", "string", "number", "number", "date", "null", "true", "false", "array", "object"])
    if kind == "string":
        return rng.choice(STRINGS)
    if kind == "number":
        return decimal.Decimal(rng.choice(NUMBERS))
    if kind == "date":
        return random_date(rng)
    if kind == "array":
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(3))] if depth > 0 else []
    if kind == "object":
        return {name: random_value(rng, depth - 1) for name in rng.sample(["City", "Zip", "Deeper", "Deepest"], 2)} if depth > 0 else {}
    return {"null": None, "true": True, "false": False}[kind]


def random_document(rng):
    names = ["Name", "Price", "Active", "Address", "Tags", "Größe", "Since", "a_1", "eq", "not", "Deep"]
    document = {name: random_value(rng) for name in names if rng.random() < 0.7}
    if rng.random() < 0.5:
        document["Address"] = {"City": random_value(rng, 0), "Zip": random_value(rng, 0)}
    return document


def json_text(value):
    """json.dumps cannot write decimals as they are."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(name) + ":" + json_text(inner) for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return format(value, "f") if isinstance(value, decimal.Decimal) else json.dumps(value)


# --- tests ----------------------------------------------------------------------------------------------------------------------------

def jsonpaths(filters):
    """Our program's answer to each."""
    program = pathlib.Path(os.environ.get("HALLMARK_BUILD", "build/test")) / "tests" / "filter_text"
    lines = "".join(urllib.parse.quote_plus(text) + "\n" for text in filters)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, encoding="utf-8", check=True)
    # "\n" alone ends a line: what is inside strings is escaped.
    answers = done.stdout.split("\n")[:-1]
    assert len(answers) == len(filters)
    return answers


@pytest.fixture(scope="module")
def database():
    made = harness.Cluster()
    with made.connect() as connection:
        yield connection
    made.destroy()


def matches(cursor, documents, paths):
    """For each jsonpath the documents that it holds for, as our statement asks: unknown is no."""
    cursor.execute("CREATE TEMP TABLE IF NOT EXISTS document (place int, content jsonb)")
    cursor.execute("TRUNCATE document")
    cursor.executemany("INSERT INTO document VALUES (%s, %s)", [(i, json_text(d)) for i, d in enumerate(documents)])
    cursor.execute("CREATE TEMP TABLE IF NOT EXISTS path (place int, content text)")
    cursor.execute("TRUNCATE path")
    cursor.executemany("INSERT INTO path VALUES (%s, %s)", list(enumerate(paths)))
    cursor.execute("SELECT p.place, d.place FROM path AS p JOIN document AS d ON jsonb_path_match(d.content, p.content::jsonpath, '{}', true)")
    found = [set() for _ in paths]
    for path, document in cursor:
        found[path].add(document)
    return found


def test_random_filters_mean_what_they_say(database):
    rng = random.Random(SEED)
    documents = [random_document(rng) for _ in range(DOCUMENTS)]
    expressions = [random_expression(rng, rng.randrange(5)) for _ in range(FILTERS)]
    texts = [render(rng, expression) for expression in expressions]
    paths = jsonpaths(texts)
    short = [(e, t, p) for e, t, p in zip(expressions, texts, paths) if len(t.encode()) <= 4096]
    for _, text, path in short:
        assert path.startswith("strict ("), (text, path)
    kinds = set()
    with database.cursor() as cursor:
        for (expression, text, path), found in zip(short, matches(cursor, documents, [p for _, _, p in short])):
            wanted = {i for i, document in enumerate(documents) if holds(document, as_rendered(expression))}
            assert found == wanted, (text, path, [json_text(documents[i]) for i in found ^ wanted][:3])
            kinds.add("none" if not wanted else "all" if len(wanted) == len(documents) else "some")
    assert kinds == {"none", "all", "some"}, "the test has to tell filters apart"


def test_no_literal_changes_the_structure(database):
    """Every string of nasty characters equals itself and nothing else."""
    rng = random.Random(SEED + 1)
    alphabet = ['"', "\\", "'", "$", "@", "(", ")", "|", "&", "!", " ", "\n", "\t", "\x01", "\x1f", "\x7f", "\x80", "\x9f", "ä", "\U0001f600", "u", "x", "0", "{",
                "}", "?", ".", "*", "/", "\u2028", "\ufeff", "\ufffd"]
    strings = list(dict.fromkeys("".join(rng.choices(alphabet, k=rng.randrange(1, 12))) for _ in range(1000)))
    paths = jsonpaths(["Name eq '" + text.replace("'", "''") + "'" for text in strings])
    with database.cursor() as cursor:
        found = matches(cursor, [{"Name": text} for text in strings], paths)
    assert found == [{i} for i in range(len(strings))]


def test_dates_of_every_spelling(database):
    """Each date against each, every operator."""
    spellings = [day + time + zone for day, time, zone in itertools.product(DAYS, TIMES, ["", "Z"]) if time or not zone]
    cases = [(operator, text) for operator in OPERATORS for text in spellings]
    paths = jsonpaths([f"Since {operator} {text}" for operator, text in cases])
    documents = [{"Since": text} for text in spellings]
    with database.cursor() as cursor:
        found = matches(cursor, documents, paths)
    for (operator, text), places in zip(cases, found):
        wanted = {i for i, document in enumerate(documents) if compare(document, "Since", operator, "date", text)}
        assert places == wanted, (operator, text, [spellings[i] for i in places ^ wanted])


def test_what_clients_send(database):
    documents = [{"Mail": "x@example.com", "Price": decimal.Decimal("12.30"), "IssueDate": "2020-02-01T00:00:00"}, {"Price": decimal.Decimal(5)}, {"Price": None},
                 {}]
    cases = {
        "Mail eq 'x@example.com'": {0},
        "Price ne 5": {0, 2, 3},
        "not Price eq 5": {0, 2, 3},
        "Price eq null": {2, 3},
        "Price ne null": {0, 1},
        "Price eq 12.3": {0},
        "Price ge 5 and Price le 12.30M": {0, 1},
        "IssueDate ge datetime'2020-02-01'": {0},
        "IssueDate eq 2020-02-01": {0},
        "IssueDate lt datetime'2020-02-01T00:00:01'": {0},
        "Price eq 'x'": set(),
        "not (Price gt 100)": {0, 1, 2, 3},
        "Price lt 6 or Mail ne null": {0, 1},
        "Mail/Name eq null": {0, 1, 2, 3},
    }
    with database.cursor() as cursor:
        found = matches(cursor, documents, jsonpaths(list(cases)))
    assert dict(zip(cases, found)) == cases


def test_reference_knows_dates():
    assert moment("2020-01-31T10:00:30.50Z") == ("2020-01-31", decimal.Decimal("36030.5"))
    assert moment("2020-01-31") == moment("2020-01-31T00:00:00.000Z")
    assert moment("2020-01-31Z") is None and moment("x") is None and moment("2020-01-31T10") is None
    assert datetime.date.fromisoformat(DAYS[0]) < datetime.date.fromisoformat(DAYS[1])
