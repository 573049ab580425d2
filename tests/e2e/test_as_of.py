# SPDX-License-Identifier: Apache-2.0
"""Questions about the past, answered out of the history: who could, what was touched, what changed between two moments."""

import datetime
import urllib.parse

import pytest

from demo import Caller
from test_management import BOOKS, WORDS, Desk, key_of, new_key, new_member, refused


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def desk(demo, server):
    account = demo.new_account("Past Ltd")
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=" ".join([*WORDS, "owners:write", *BOOKS.split()]))) as made:
        yield made


def ask(desk, question, **parameters):
    return desk.ask("GET", f"{desk.of}/as-of/{question}?{urllib.parse.urlencode(parameters)}")


def who_could(desk, scope, at):
    answer = ask(desk, "who-could", scope=scope, at=at)
    assert answer.status == 200, answer
    return {(row["kind"], row["client_id"] or row["user_id"]) for row in answer.json()["items"]}


def test_who_could_write_then(desk, demo):
    application = demo.new_application()[0]
    before = now()
    member = new_member(desk, permissions="customers:read customers:write")
    person, owner = ("person", member["user_id"]), ("person", desk.key.holder)
    invited = now()
    made = new_key(desk, application, holder_id=member["user_id"], scopes="customers:read customers:write")
    key, own = ("key", made["client_id"]), ("key", desk.key.client_id)
    with_key = now()
    path = f"{desk.of}/keys/{made['client_id']}"
    desk.done("PUT", path, {"scopes": "customers:read"}, version="*")
    narrowed = now()
    desk.done("PUT", path, {"scopes": "customers:read customers:write"}, version="*")
    desk.done("PUT", path, {"state": "disabled"}, version="*")
    disabled = now()
    desk.done("PUT", path, {"state": "active"}, version="*")
    enabled = now()
    desk.done("PUT", f"{desk.of}/members/{member['user_id']}", {"permissions": "customers:read"}, version="*")
    lost = now()
    assert who_could(desk, "customers:write", before) == {owner, own}
    assert who_could(desk, "customers:write", invited) == {owner, own, person}
    assert who_could(desk, "customers:write", with_key) == {owner, own, person, key}
    assert who_could(desk, "customers:write", narrowed) == {owner, own, person}
    assert who_could(desk, "customers:read", narrowed) == {owner, own, person, key}
    assert who_could(desk, "customers:write", disabled) == {owner, own, person}
    assert who_could(desk, "customers:write", enabled) == {owner, own, person, key}
    assert who_could(desk, "customers:write", lost) == {owner, own}
    assert who_could(desk, "customers:write", "2001-01-01T00:00:00Z") == set()


def test_offices_that_could(desk, demo):
    office = demo.new_account("Office Ltd")
    key = demo.new_key(office, demo.new_holder(office, BOOKS), scopes="customers:read customers:write", office=True)
    template = demo.json("template", "create", f"--account={office}", "--name=Books", "--scopes=customers:write")[0]["id"]
    before = now()
    desk.done("POST", f"{desk.of}/links", {"key": key.client_id, "template_id": template}, status=201)
    linked = now()
    desk.done("DELETE", f"{desk.of}/links/{key.client_id}", status=204, version="*")
    ended = now()
    reaching = ("office key", key.client_id)
    assert [reaching in who_could(desk, "customers:write", moment) for moment in (before, linked, ended)] == [False, True, False]
    assert reaching not in who_could(desk, "customers:read", linked)


def test_everything_that_a_key_touched(desk, demo, server):
    made = new_key(desk, demo.new_application()[0], scopes="customers:read customers:write")
    with Caller(server.port, key_of(desk, made)) as caller:
        start = now()
        records = [caller.create(f"Record {number}") for number in range(5)]
        assert caller.call("PUT", f"customers/{records[0]}", {"Name": "B"}).status == 204
        middle = now()
        assert caller.call("DELETE", f"customers/{records[1]}").status == 204
    rows, path = [], f"as-of/touched?key={made['client_id']}&page_size=2"
    while path:
        answer = desk.ask("GET", f"{desk.of}/{path}")
        rows += answer.json()["items"]
        link = answer.header("link")
        path = link[link.index("as-of/"):link.index(">")] if link else None
    assert [(row["collection"], row["record_id"], row["changes"]) for row in rows] == [
        ("customers", record, 2 if record in records[:2] else 1) for record in sorted(records)]
    later = ask(desk, "touched", key=made["client_id"], **{"from": middle}).json()["items"]
    assert [row["record_id"] for row in later] == [records[1]]
    assert ask(desk, "touched", key=made["client_id"], to=start).json()["items"] == []


def test_what_changed_between_two_moments(desk, demo, server):
    with Caller(server.port, desk.key) as caller:
        start = now()
        record = caller.create("Ada", City="London", Discount=12.3, Kept="same")
        made = now()
        caller.call("PUT", f"customers/{record}", {"Name": "Ada King", "City": "London", "Discount": 12.3, "Kept": "same"})
        caller.call("PUT", f"customers/{record}", {"Name": "Ada King", "City": "Paris", "Kept": "same"})
        changed = now()
        caller.call("DELETE", f"customers/{record}")
        deleted = now()

    def between(first, second):
        answer = ask(desk, "record", collection="customers", record=record, to=second, **{"from": first})
        assert answer.status == 200, answer
        return {row["field"]: (row["before"], row["after"]) for row in answer.json()["items"]}

    fields = between(made, changed)
    assert fields == {"Name": ("Ada", "Ada King"), "City": ("London", "Paris"), "Discount": (12.3, None)}
    row = next(row for row in ask(desk, "record", collection="customers", record=record, to=changed, **{"from": made}).json()["items"] if row["field"] == "Name")
    assert (row["changes"], row["application"], row["key"]) == (1, desk.key.application_name, desk.key.name)
    assert between(start, made)["Name"] == (None, "Ada")
    assert between(changed, deleted)["City"] == ("Paris", None)
    assert between(start, deleted) == {}
    assert between("2001-01-01T00:00:00Z", "2001-01-02T00:00:00Z") == {}


@pytest.mark.parametrize("question, parameters, words", [
    ("who-could", {"scope": "customers:write"}, "at has to be"), ("who-could", {"at": "2026-01-01T00:00:00Z"}, "scope is needed"),
    ("who-could", {"scope": "x", "at": "yesterday"}, "at has to be"), ("touched", {"key": "hmk_mistyped"}, "key has to be"), ("touched", {}, "key has to be"),
    ("record", {"collection": "customers", "record": "x", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "record has to be"),
    ("record", {"collection": "customers", "record": "1", "from": "2026-01-01T00:00:00Z"}, "to has to be"),
])
def test_question_that_is_none(desk, question, parameters, words):
    refused(ask(desk, question, **parameters), 400, "invalid_query", words)


def test_who_may_ask(desk, demo, server):
    scopes = "history:read customers:read"
    with Desk(server.port, demo.new_key(desk.key.account, demo.new_holder(desk.key.account, BOOKS), scopes=scopes)) as reader:
        refused(ask(reader, "who-could", scope="customers:write", at=now()), 403, "right_not_yours", "keys:read and members:read")
        moments = {"from": "2026-01-01T00:00:00Z", "to": now()}
        refused(ask(reader, "record", collection="invoices", record=1, **moments), 403, "right_not_yours", "invoices:read")
        assert ask(reader, "record", collection="customers", record=1, **moments).status == 200
        assert ask(reader, "touched", key=desk.key.client_id).status == 200
        other = demo.new_account()
        refused(reader.ask("GET", f"accounts/{other}/as-of/touched?key={desk.key.client_id}"), 404, "no_such")
    with Desk(server.port, demo.new_key(desk.key.account, desk.key.holder, scopes="customers:read")) as stranger:
        refused(ask(stranger, "touched", key=desk.key.client_id), 403, "insufficient_scope", "history:read")


def test_command_line_asks_the_same(desk, demo):
    at = now()
    rows = demo.json("history", "who-could", f"--account={desk.key.account}", "--scope=customers:write", f"--at={at}")
    assert {(row["kind"], row["client_id"] or row["user_id"]) for row in rows} == who_could(desk, "customers:write", at)
    assert demo.json("history", "touched", f"--account={desk.key.account}", f"--key={desk.key.client_id}")
