# SPDX-License-Identifier: Apache-2.0
"""scripts/compile-templates: what could send wrong bytes to a browser does not build, and neither does a text that one language lacks."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("en", "de", "nb", "pl")
VALUES = "{% page %}\n{% value name text %}\n{% value link url %}\n{% value on bool %}\n{% value kind choice one two %}\n{% list rows id number, title text %}\n"
USES = '<p>{{ name }}</p>\n<a href="{{ link }}"></a>{% if on %}{% end %}{% if kind is one %}{% end %}{% for row in rows %}{{ row.id }}{% end %}'


@pytest.fixture
def compile_pages(tmp_path):
    """compile_pages(page, texts={key: (en, de, nb, pl)}, **other templates) -> (exit code, message, what was made)."""

    def run(page, texts=None, sheet="a { color: red; }", same=(), **others):
        templates, folder, output = tmp_path / "templates", tmp_path / "texts", tmp_path / "output"
        for made in (templates, folder):
            made.mkdir(exist_ok=True)
        for name, text in {"test": page, **others}.items():
            (templates / f"{name}.html").write_text(text, encoding="utf-8")
        for place, language in enumerate(LANGUAGES):
            lines = []
            for key, words in (texts or {}).items():
                if words[place] is not None:
                    lines.append(("#. the same in every language\n" if key in same else "") + f'msgid "{key}"\nmsgstr "{words[place]}"\n')
            (folder / f"{language}.po").write_text('msgid ""\nmsgstr ""\n"Language: x\\n"\n\n' + "\n".join(lines), encoding="utf-8")
        (tmp_path / "sheet.css").write_text(sheet, encoding="utf-8")
        (tmp_path / "script.js").write_text("alert(1);", encoding="utf-8")
        done = subprocess.run([ROOT / "scripts/compile-templates", templates, folder, tmp_path / "sheet.css", tmp_path / "script.js", output], capture_output=True, text=True)
        made = (output / "pages.inc").read_text(encoding="utf-8") if done.returncode == 0 else ""
        return done.returncode, done.stderr, made

    return run


def body(html):
    return VALUES + USES + html


HOSTILE = {
    "a value in a script": ("<script>{{ name }}</script>", "script is refused"),
    "a script without value": ("<script></script>", "script is refused"),
    "a style": ("<style></style>", "style is refused"),
    "an embedded page": ('<iframe src="/x"></iframe>', "iframe is refused"),
    "a base": ('<base href="/x">', "base is refused"),
    "a picture language with rules of its own": ("<svg></svg>", "svg is refused"),
    "an event handler": ('<p onclick="x"></p>', "onclick is refused"),
    "a style attribute": ('<p style="x"></p>', "style is refused"),
    "a page in an attribute": ('<p srcdoc="x"></p>', "srcdoc is refused"),
    "a refresh": ('<meta http-equiv="refresh">', "http-equiv is refused"),
    "a value without quotes": ("<p title={{ name }}></p>", "an attribute is name or"),
    "a value in single quotes": ("<p title='{{ name }}'></p>", "an attribute is name or"),
    "a value as an attribute": ("<p {{ name }}></p>", "in a tag"),
    "a value as part of an attribute's name": ('<p data-{{ name }}="1"></p>', "in a tag"),
    "a value as an element": ("<{{ name }}></p>", "not a tag"),
    "a value in a comment": ("<!-- {{ name }} -->", "not a tag"),
    "an attribute that takes none": ('<p class="{{ name }}"></p>', "class takes no value"),
    "the type of a field": ('<input type="{{ name }}">', "type takes no value"),
    "a URL that begins with a text": ('<a href="{{ name }}"></a>', "only a url"),
    "a URL that begins with a number": ('<a href="{{ rows }}"></a>', "no value rows"),
    "a URL behind a scheme": ('<a href="https://{{ name }}"></a>', "behind a path of our own"),
    "a URL behind a slash alone": ('<a href="/{{ name }}"></a>', "behind a path of our own"),
    "a URL behind two slashes": ('<a href="//{{ name }}"></a>', "behind a path of our own"),
    "a URL with something behind it": ('<a href="{{ link }}{{ name }}"></a>', "whole value"),
    "a text in a URL": ('<a href="/x{% t words %}"></a>', "a text in a URL"),
    "a fixed URL of others": ('<a href="https://evil.example/"></a>', "a path of our own"),
    "a fixed URL without scheme": ('<a href="//evil.example/"></a>', "a path of our own"),
    "a fixed script URL": ('<a href="javascript:x"></a>', "a path of our own"),
    "an action elsewhere": ('<form action="https://evil.example"></form>', "a path of our own"),
    "one attribute twice": ('<p id="a" id="b"></p>', "id stands twice"),
    "one attribute twice by a way": ('<p{% if on %} id="a"{% end %} id="b"></p>', "id stands twice"),
    "an attribute in one word with the tag": ('<p{% if on %}id="a"{% end %}></p>', "no blank before"),
    "an attribute's name in two pieces": ('<p on{% if on %}click="a"{% end %}></p>', "on is refused"),
    "a name in two pieces": ('<p ti{% if on %}tle="1"{% end %}></p>', "no blank before"),
    "an element's name in two pieces": ("<sc{% if on %}ript{% end %}></script>", "no blank before"),
    "an entity in two pieces": ("<p>&a{% if on %}mp;{% end %}</p>", "bare"),
    "ways that end in different places": ('<p title="{% if on %}">{% else %}1{% end %}"></p>', "another place"),
    "ways that open different elements": ("{% if on %}<p>{% else %}<b>{% end %}</p>", "another place"),
    "a way that opens": ("{% if on %}<p>{% end %}</p>", "another place"),
    "a loop inside of a tag": ('<p{% for row in rows %} id="a"{% end %}></p>', "another place"),
    "a loop that opens": ("{% for row in rows %}<p>{% end %}", "another place"),
    "ways to different URLs": ('<a href="/a{% if on %}b{% end %}"></a>', "another place"),
    "an element left open": ("<p>", "with p open"),
    "elements that cross": ("<p><b></p></b>", "closes b"),
    "an end without beginning": ("</p>", "closes nothing"),
    "a tag left open": ("<p", "ends in a tag"),
    "an attribute left open": ('<p title="', "with"),
    "a comment": ("<!-- -->", "not a tag"),
    "a bare ampersand": ("<p>&</p>", "bare"),
    "a bare >": ("<p>></p>", "bare"),
    "an upper-case tag": ("<P></P>", "not a tag"),
    "words of no language": ("<p>Hello</p>", "in no .po file"),
    "words of no language in an attribute": ('<p title="Hello"></p>', "in no .po file"),
    "a mark left open": ("{{ name", "not whole"),
    "a mark inside of a mark": ("{{ na{{ name }}me }}", "no value"),
    "a closing alone": ("}}", "not whole"),
    "a raw mark": ("{{{ name }}}", "no value"),
    "a filter": ("{{ name|raw }}", "no value name|raw"),
    "a value that is not there": ("{{ other }}", "no value other"),
    "a field that is not there": ("{% for row in rows %}{{ row.other }}{% end %}", "no value row.other"),
    "a row outside of its loop": ("{{ row.id }}", "no value row.id"),
    "a bool as text": ("{{ on }}", "a bool cannot be written"),
    "a choice as text": ("{{ kind }}", "cannot be written"),
    "a word that a choice has not": ("{% if kind is three %}{% end %}", "is never three"),
    "a number as a question": ("{% for row in rows %}{% if row.id %}{% end %}{% end %}", "is a number"),
    "code instead of a condition": ("{% if on || system(0) %}{% end %}", "not understood"),
    "rows of a row that has none": ("{% for row in rows %}{% for other in row.title %}{% end %}{% end %}", "not understood"),
    "rows of no row": ("{% for other in rows.title %}{% end %}", "not understood"),
    "a loop over no list": ("{% for row in name %}{% end %}", "not understood"),
    "an end alone": ("{% end %}", "not understood here"),
    "an else alone": ("{% else %}", "not understood here"),
    "two elses": ("{% if on %}{% else %}{% else %}{% end %}", "not understood here"),
    "an if left open": ("{% if on %}", "no {% end %}"),
    "an unknown mark": ("{% raw name %}", "not understood here"),
    "another file's include": ("{% include ../secret %}", "no such template"),
    "an include of itself": ("{% include round %}", "includes itself"),
    "a second page mark": ("{% page %}", "first mark"),
    "a type that is none": ("{% value more html %}", "no such type"),
    "a name that C has": ("{% value continue text %}", "no name"),
    "a value declared twice": ("{% value name text %}", "stands twice"),
    "a value not used": ("{% value spare text %}", "spare is not used"),
    "a text that is not there": ("{% t nothing %}", "no text nothing"),
    "a text without its value": ("{% t holes %}", "wants the values (who)"),
    "a text with a value that it has not": ("{% t words who=name %}", "wants the values ()"),
    "the sheet elsewhere": ('<a href="{% sheet %}"></a>', "for the href of a link"),
    "the script in a tag": ("<p {% script %}></p>", "stands between the tags"),
    "a script of one's own": ("{% script /mine.js %}", "stands between the tags"),
    "a picture in an attribute": ('<p title="{% qr name %}"></p>', "stands between the tags"),
    "a picture of a number": ("{% for row in rows %}{% qr row.id %}{% end %}", "is for a text"),
    "a picture of nothing": ("{% qr other %}", "no value other"),
    "the language elsewhere": ("{% language %}", "for the attribute lang"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_template_does_not_build(name, compile_pages):
    html, message = HOSTILE[name]
    texts = {"words": ("Words", "Worte", "Ord", "Słowa"), "holes": ("Of {who}", "Von {who}", "Av {who}", "Od {who}")}
    code, said, _ = compile_pages(body("<p>{% t words %}{% t holes who=name %}</p>" + html), texts, round="{% include round %}")
    assert code == 1
    assert message in said


def test_sound_template_builds(compile_pages):
    code, said, made = compile_pages(
        body('<a href="/x/{{ name }}?y={{ name }}" title="{{ name }}"{% if on %} id="a"{% else %} id="b"{% end %}>{% t words who=name %}</a>'),
        {"words": ("For {who} \\\"now\\\"", "Für {who}", "For {who} nå", "Dla {who}")})
    assert code == 0, said
    assert made.count("ESCAPE_PART") == 2 and "ESCAPE_ATTRIBUTE" in made and "ESCAPE_URL" in made
    assert made.count("ESCAPE_TEXT") == 3
    assert "\\0010" in made, "the place of a value"


TEXT_FAULTS = {
    "a language lacks it": ({"words": ("Words", "Worte", None, "Słowa")}, "nb.po: words is missing"),
    "only one language has it": ({"words": (None, "Worte", "Ord", "Słowa")}, "en.po: words is missing"),
    "it is empty": ({"words": ("Words", "", "Ord", "Słowa")}, "words has no text"),
    "it is blank": ({"words": ("Words", "Worte", "  ", "Słowa")}, "words has no text"),
    "it was left in English": ({"words": ("Words", "Worte", "Words", "Słowa")}, "nb.po: words is still the English text"),
    "another place for a value": ({"words": ("Words {a}", "Worte {b}", "Ord {a}", "Słowa {a}")}, "de.po: words does not have the same places"),
    "a place less": ({"words": ("Words {a}", "Worte {a}", "Ord {a}", "Słowa")}, "pl.po: words does not have the same places"),
    "a place twice": ({"words": ("Words {a}", "Worte {a}{a}", "Ord {a}", "Słowa {a}")}, "de.po: words does not have the same places"),
    "a brace of its own": ({"words": ("Words {", "Worte", "Ord", "Słowa")}, "a brace of its own"),
    "code as a place": ({"words": ("Words {a.b}", "Worte", "Ord", "Słowa")}, "no place for a value"),
    "text turned round": ({"words": ("Words", "Worte", "Ord\u202e", "Słowa")}, "control character"),
    "nobody uses it": ({"words": ("Words", "Worte", "Ord", "Słowa"), "spare": ("Spare", "Übrig", "Til overs", "Zapas")}, "spare is used by no template"),
}


@pytest.mark.parametrize("name", TEXT_FAULTS)
def test_wrong_text_does_not_build(name, compile_pages):
    texts, message = TEXT_FAULTS[name]
    code, said, _ = compile_pages(body("<p>{% t words %}</p>"), texts)
    assert code == 1
    assert message in said


def test_text_may_be_the_same_where_it_says_so(compile_pages):
    code, said, _ = compile_pages(body("<p>{% t brand %}</p>"), {"brand": ("Hallmark",) * 4}, same=("brand",))
    assert code == 0, said


def test_markup_in_a_text_is_no_markup(compile_pages):
    code, said, made = compile_pages(body("<p>{% t words %}</p>"), {"words": ("<b>&", "<b>&a", "<b>&b", "<b>&c")})
    assert code == 0, said
    assert "page_text(out, ESCAPE_TEXT, language, TEXT_WORDS, NULL);" in made


@pytest.mark.parametrize("sheet", ["a { background: url(https://evil.example/x) }", "@import 'x';", "a { width: expression(x) }", "</style>"])
def test_sheet_loads_nothing(sheet, compile_pages):
    code, said, _ = compile_pages(body(""), sheet=sheet)
    assert code == 1
    assert "loads or runs something" in said


def test_template_in_no_page_does_not_build(compile_pages):
    code, said, _ = compile_pages(body(""), left="<p></p>")
    assert code == 1
    assert "left.html: in no page" in said


def test_fuzzy_text_does_not_build(compile_pages, tmp_path):
    compile_pages(body("<p>{% t words %}</p>"), {"words": ("Words", "Worte", "Ord", "Słowa")})
    german = tmp_path / "texts" / "de.po"
    german.write_text(german.read_text(encoding="utf-8").replace('msgid "words"', '#, fuzzy\nmsgid "words"'), encoding="utf-8")
    done = subprocess.run([ROOT / "scripts/compile-templates", tmp_path / "templates", tmp_path / "texts", tmp_path / "sheet.css", tmp_path / "script.js", tmp_path / "output"],
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert "words is fuzzy" in done.stderr


NESTED = "{% page %}\n{% list parts word text %}\n{% list rows id number, parts rows %}\n"


def test_rows_stand_in_rows(compile_pages):
    code, message, made = compile_pages(NESTED + "{% for row in rows %}<p>{{ row.id }}{% for part in row.parts %}{{ part.word }}{% end %}</p>{% end %}")
    assert code == 0, message
    assert "part = row->parts, *part_end = part + row->parts_count" in made and "page->parts" not in made


@pytest.mark.parametrize("page, said", [
    (NESTED + "{% for row in rows %}{{ row.id }}{% for part in parts %}{{ part.word }}{% end %}{% end %}", "not understood"),
    (NESTED + "{% for row in rows %}{{ row.id }}{{ row.parts }}{% for part in row.parts %}{{ part.word }}{% end %}{% end %}", "a rows cannot be written"),
    (NESTED + "{% for row in rows %}{{ row.id }}{% if row.parts %}{% end %}{% for part in row.parts %}{{ part.word }}{% end %}{% end %}", "a rows"),
    (NESTED + "{% for row in rows %}{{ row.id }}{% end %}", "parts is not used"),
    ("{% page %}\n{% list rows id number, parts rows %}\n{% list parts word text %}\n", "a name and a type"),
    ("{% page %}\n{% list rows id number, rows rows %}\n", "a name and a type"),
])
def test_rows_in_rows_are_what_was_declared(compile_pages, page, said):
    code, message, _ = compile_pages(page)
    assert code == 1 and said in message, message
