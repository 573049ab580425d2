# SPDX-License-Identifier: Apache-2.0
"""What people gave to applications, seen and taken back through the management API: by whoever administers members, and by each for himself."""

import contextlib

import pytest

from consents import ALLOWED, DEAD, People, get, redeem, refresh, refused as refused_form, tokens
from demo import Caller, number_of
from test_management import Desk, refused

OWN = "grants:read grants:write"
ALL = f"{OWN} members:read members:write"


@pytest.fixture(scope="module")
def people(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(people):
    return people.new_client()


@pytest.fixture(scope="module")
def account(demo):
    account = demo.new_account("Consenting Ltd")
    demo.new_holder(account)
    return account


@pytest.fixture
def caller(server):
    with Caller(server.port, None) as made:
        yield made


@pytest.fixture
def desk(demo, server, account):
    """desk(role, scopes): the key of a fresh member of this role."""
    with contextlib.ExitStack() as stack:
        def make(role, scopes, holder=None):
            if holder is None:
                holder = demo.new_holder(account)
                demo.json("member", "set", f"--account={account}", f"--user={holder}", f"--role={role}")
            return stack.enter_context(Desk(server.port, demo.new_key(account, holder, scopes=scopes)))
        yield make


@pytest.fixture
def given(people, account, client, caller):
    """Somebody, and what came of their consent."""
    person = people.new_person(account)
    code = people.new_code(client, person)
    return person, code, tokens(redeem(caller, client, code))


def one(desk, person):
    [row] = desk.done("GET", f"{desk.of}/grants?user={person.user}")["items"]
    return row


def test_whoever_administers_members_sees_and_takes_back_all(desk, given, caller, client, cluster):
    person, code, got = given
    admin = desk("admin", ALL)
    row = one(admin, person)
    assert number_of(row["grant_id"]) == code.grant and (row["user_id"], row["name"], row["application_id"], row["application"]) == (
        person.user, person.name, client.application, client.name)
    assert (row["scopes"], row["state"], row["families"]) == ("customers:read customers:write", "active", 1) and row["last_used_at"]
    path = f"{admin.of}/grants/{row['grant_id']}"
    assert admin.done("GET", path) == row
    refused(admin.ask("DELETE", path), 428, "version_needed", "If-Match")
    refused(admin.ask("DELETE", path, version=row["version"] + 1), 412, "changed_meanwhile")
    assert get(caller, got["access_token"]) == ALLOWED
    assert admin.ask("DELETE", path, version=row["version"]).status == 204
    assert get(caller, got["access_token"]) == DEAD
    refused_form(refresh(caller, client, got["refresh_token"]), 400, "invalid_grant")
    assert (one(admin, person)["state"], one(admin, person)["families"]) == ("revoked", 0)
    told = cluster.query("SELECT application_name, user_id, holder_id FROM hallmark.change_history WHERE account_id = %s AND collection = 'grants'"
                         " AND method = 'PUT' AND record_id = %s", [number_of(person.account), code.grant])
    assert told == [(admin.key.application_name, None, number_of(admin.key.holder))], "the history says who took it back"


def test_a_list_is_narrowed_and_comes_in_pages(desk, people, account, client, caller):
    admin, other = desk("owner", ALL), people.new_client()
    person = people.new_person(account)
    for who in (client, other):
        assert people.new_code(who, person)
    rows = admin.done("GET", f"{admin.of}/grants?user={person.user}")["items"]
    assert [row["application"] for row in rows] == [other.name, client.name], "newest first"
    assert [row["application"] for row in admin.done("GET", f"{admin.of}/grants?application={other.application}")["items"]] == [other.name]
    assert admin.ask("DELETE", f"{admin.of}/grants/{rows[0]['grant_id']}", version="*").status == 204
    for state, name in (("active", client.name), ("revoked", other.name)):
        assert [row["application"] for row in admin.done("GET", f"{admin.of}/grants?user={person.user}&state={state}")["items"]] == [name]
    path, seen = f"{admin.of}/grants?user={person.user}&page_size=1", []
    while path:
        answer = admin.ask("GET", path)
        seen += [row["grant_id"] for row in answer.json()["items"]]
        link = answer.header("link")
        path = link[link.index("/admin/v1/") + 10:link.index(">")] if link else None
    assert seen == [row["grant_id"] for row in rows]


def test_a_member_sees_and_takes_back_what_he_gave(desk, given, people, client, caller, demo, account):
    person, _, got = given
    other = people.new_person(account)
    theirs = people.new_code(client, other)
    assert theirs
    mine = desk("member", OWN, holder=person.user)
    row = one(mine, person)
    assert {item["user_id"] for item in mine.done("GET", f"{mine.of}/grants")["items"]} == {person.user}
    assert mine.done("GET", f"{mine.of}/grants?user={other.user}")["items"] == []
    admin = desk("admin", ALL)
    not_mine = f"{mine.of}/grants/{one(admin, other)['grant_id']}"
    refused(mine.ask("GET", not_mine), 404, "no_such")
    refused(mine.ask("DELETE", not_mine, version="*"), 404, "no_such")
    assert mine.ask("DELETE", f"{mine.of}/grants/{row['grant_id']}", version=row["version"]).status == 204
    assert get(caller, got["access_token"]) == DEAD and one(admin, other)["state"] == "active"


def test_who_only_reads_or_may_not_see_members_takes_back_nothing_of_others(desk, given, caller):
    person, _, got = given
    auditor, narrow = desk("auditor", "grants:read members:read"), desk("admin", OWN)
    path = f"{auditor.of}/grants/{one(auditor, person)['grant_id']}"
    refused(auditor.ask("DELETE", path, version="*"), 403, "insufficient_scope", "grants:write")
    assert narrow.done("GET", f"{narrow.of}/grants?user={person.user}")["items"] == []
    refused(narrow.ask("DELETE", path, version="*"), 404, "no_such")
    half = desk("admin", f"{OWN} members:read")
    assert one(half, person)["state"] == "active"
    refused(half.ask("DELETE", path, version="*"), 404, "no_such")
    assert get(caller, got["access_token"]) == ALLOWED


def test_another_account_has_none_of_it(demo, server, given, caller):
    person, _, got = given
    account = demo.new_account()
    with Desk(server.port, demo.new_key(account, demo.new_holder(account), scopes=ALL)) as stranger:
        refused(stranger.ask("GET", f"accounts/{person.account}/grants"), 404, "no_such")
        assert stranger.done("GET", f"{stranger.of}/grants")["items"] == []
        for grant in ("grt_00000000001", "grt_0", "grt_" + "z" * 11, "usr_00000000001", "..", "%00"):
            refused(stranger.ask("DELETE", f"{stranger.of}/grants/{grant}", version="*"), 404, "no_such" if grant == "grt_00000000001" else "not_found")
    assert get(caller, got["access_token"]) == ALLOWED
