# SPDX-License-Identifier: Apache-2.0
"""Every field of every operation of the management API, as its own document lists them: missing, empty, of the wrong type, too long, in scripts
that turn the direction of text, and as those write who want more than they may. Each gets an answer that says what was wrong; nothing is our
fault, and nothing is half done."""

import json
import re
import secrets
import urllib.parse

import pytest

import harness
from test_management import ADMIN, application, operator  # noqa: F401 (fixtures)

RTL, COMBINING, EMOJI = "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd", "e\u0301" * 40, "\U0001f469\u200d\U0001f680" * 20
INJECTIONS = ["'; DROP TABLE hallmark.account; --", "{a,b}", '","admin":"', "\\", "%s%n", "$(id)", "<script>alert(1)</script>", "../../etc/passwd", "\r\nX-Evil: 1"]
TEXTS = ["", " ", RTL, COMBINING, EMOJI, "\u0000", "x" * 5000, *INJECTIONS]
OTHER_TYPES = {
    "string": [7, -1.5, True, [], {}, ["a"], {"a": "b"}],
    "integer": ["7", 1.5, True, [], {}, 10 ** 30, -1],
    "boolean": ["yes", 1, 0, [], {}],
    "array": ["a", 7, True, {}, [7], [None], [[]]],
    "object": ["a", 7, True, []],
}
SURROGATE = '"\\ud800"'  # no JSON text of a library would be that


def operations(document):
    for path, methods in document["paths"].items():
        if path.startswith(ADMIN):
            for method, operation in methods.items():
                yield method.upper(), path, operation


@pytest.fixture(scope="module")
def document(server, demo):
    assert demo.api
    with harness.Wire(server.port) as wire:
        wire.send(b"GET /openapi.json HTTP/1.1\r\nHost: demo.example\r\n\r\n")
        return wire.answer().json()


@pytest.fixture(scope="module")
def known(operator, application):  # noqa: F811
    """Members and parts of paths that are really there; for the rest something of the right form."""
    return {"account": operator.key.account, "application": application, "application_id": application, "holder_id": operator.key.holder,
            "member": operator.key.holder, "user": operator.key.holder, "key": operator.key.client_id}


def sample(name, schema, known):
    """A value that is well formed."""
    if name in known:
        return known[name]
    kind = schema.get("type", "string")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind != "string":
        return {"integer": 60, "boolean": True, "array": [], "object": {}}[kind]
    if "enum" in schema:
        return schema["enum"][0]
    match = re.fullmatch(r"\^(\w+_)\[0-9A-Za-z\]\{(\d+)\}\$", schema.get("pattern", ""))
    if match:
        return match[1] + "0" * (int(match[2]) - 1) + "1"
    return "2099-01-01T00:00:00Z" if schema.get("format") == "date-time" else "customers:read" if name == "scopes" else f"sample-{secrets.token_hex(3)}"


def path_of(path, operation, known):
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", sample(parameter["name"], parameter["schema"], known))
    return path


def judge(answer, what, must_refuse=False):
    assert answer.status < 500, (what, answer)
    if answer.status < 400:
        assert not must_refuse or answer.body == b'{"items":[]}', (what, answer)
        return
    body = answer.json()
    assert body["code"] and body["detail"] and body["request_id"] and body["Message"] == body["detail"], (what, answer)


def send(desk, method, path, body):
    headers = {"If-Match": "*"} if method != "POST" else {"Idempotency-Key": secrets.token_hex(8)}
    return desk.call(method, path, body, headers=headers)


def with_bodies(document):
    for method, path, operation in operations(document):
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if schema:
            yield method, path, operation, schema


def test_every_member_of_every_body(document, operator, known, cluster):  # noqa: F811
    before = cluster.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'hallmark' AND tablename NOT LIKE 'change_history%%' AND tablename NOT LIKE '%%\\_20%%'")
    tried = 0
    for method, path, operation, schema in with_bodies(document):
        target = path_of(path, operation, known)
        properties = schema["properties"]
        good = {name: sample(name, properties[name], known) for name in schema.get("required", [])}
        for name in schema.get("required", []):
            answer = send(operator, method, target, {other: value for other, value in good.items() if other != name})
            judge(answer, (method, path, name, "missing"), must_refuse=True)
            assert answer.status != 400 or name in answer.body.decode(), (path, name, answer)
        for name, part in properties.items():
            kinds = part.get("type", "string")
            kinds = [kinds] if isinstance(kinds, str) else kinds
            wrong = [value for value in OTHER_TYPES[kinds[0]] if not (kinds[0] == "string" and isinstance(value, str))]
            wrong += [None] if name in good else []  # elsewhere null is as good as nothing
            for value in wrong:
                judge(send(operator, method, target, {**good, name: value}), (method, path, name, value), must_refuse=True)
            for value in TEXTS if "string" in kinds else []:
                judge(send(operator, method, target, {**good, name: value}), (method, path, name, value[:40]))
            others = json.dumps({other: value for other, value in good.items() if other != name})[1:-1]
            judge(send(operator, method, target, "{" + ", ".join(filter(None, [others, f'"{name}": {SURROGATE}'])) + "}"), (method, path, name, "a half character"), must_refuse=True)
            tried += 1
        judge(send(operator, method, target, {**good, "nobody_knows_it": 1}), (method, path, "a member too many"), must_refuse=True)
        for body in ("", "[]", "null", "7", '"a"', "{", '{"name": "a", "name": "b"}', "{}x"):
            judge(send(operator, method, target, body), (method, path, body), must_refuse=not (body == "null"))
    assert tried > 60
    assert cluster.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'hallmark' AND tablename NOT LIKE 'change_history%%' AND tablename NOT LIKE '%%\\_20%%'") == before


def test_every_part_of_every_path(document, operator, known):  # noqa: F811
    for method, path, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter["in"] != "path":
                continue
            for value in ["x", "acc_", "0", "-", RTL, EMOJI, "%00", "..", *INJECTIONS]:
                encoded = value if value == "%00" else urllib.parse.quote(value, safe="")
                target = path_of(path.replace("{" + parameter["name"] + "}", "\u0001"), operation, known).replace("\u0001", encoded)
                judge(send(operator, method, target, None if method in ("GET", "DELETE") else {}), (method, path, parameter["name"], value), must_refuse=True)


def test_every_parameter_of_every_query(document, operator, known):  # noqa: F811
    tried = 0
    for method, path, operation in operations(document):
        target = path_of(path, operation, known)
        for parameter in operation["parameters"]:
            if parameter["in"] != "query":
                continue
            for value in ["", "x", "-1", "0", "1e9", "99999999999999999999", RTL, EMOJI, "%00", "%ff", *INJECTIONS]:
                encoded = value if value in ("%00", "%ff") else urllib.parse.quote(value, safe="")
                judge(send(operator, method, f"{target}?{parameter['name']}={encoded}", None), (method, path, parameter["name"], value))
                tried += 1
            judge(send(operator, method, f"{target}?{parameter['name']}=a&{parameter['name']}=b", None), (method, path, parameter["name"], "twice"), must_refuse=True)
        judge(send(operator, method, f"{target}?nobody_knows_it=1", None if method in ("GET", "DELETE") else {}), (method, path, "a parameter too many"), must_refuse=True)
    assert tried > 100


@pytest.mark.parametrize("name, values", [("If-Match", ["", "7", '"', '"-1"', 'W/"1"', '"1", "2"', '"' + "9" * 40 + '"', EMOJI]),
                                          ("Idempotency-Key", ["", " ", "k" * 5000, EMOJI, '"a"b'])])
def test_every_header(document, operator, known, name, values):  # noqa: F811
    for method, path, operation in operations(document):
        if method == "GET" or not any(parameter["in"] == "header" and parameter["name"] == name for parameter in operation["parameters"]):
            continue
        for value in values:
            try:
                answer = operator.call(method, path_of(path, operation, known), {"nobody_knows_it": 1}, headers={name: value.encode().decode("latin-1")})
            except UnicodeError:
                continue
            judge(answer, (method, path, name, value), must_refuse=True)
