# SPDX-License-Identifier: Apache-2.0
"""The management API: what an admin does to an account from outside, and what nobody may."""

import concurrent.futures
import itertools
import json

import pytest

from demo import Admin, Caller, Key, number_of, serving

ADMIN = "/admin/v1"
NOUNS = ("accounts", "applications", "grants", "keys", "links", "members", "offices", "reference-rules", "secrets", "templates", "webhooks")
WORDS = [f"{noun}:{verb}" for noun in NOUNS for verb in ("read", "write")]  # what an admin may
OPERATOR_WORDS = [f"{noun}:{verb}" for noun in ("all-accounts", "apis", "collections", "revocations", "signing-keys", "users") for verb in ("read", "write")]
BOOKS = "customers:read customers:write history:read"
_numbers = itertools.count(1)


class Desk(Caller):
    """A key with administrative scopes at work: a token for the management API, with record scopes too, to hand them on, and one for records."""

    record_token = None

    def token(self):
        if self.access_token is None:
            self.access_token = self.new_token(resource=f"http://127.0.0.1:{self.port}{ADMIN}")
        return self.access_token

    def new_token(self, **parameters):
        answer = self.ask_for_token(**parameters)
        assert answer.status == 200, answer
        return answer.json()["access_token"]

    def send(self, method, path, body=None, authorization=None, **how):
        if authorization is None and (path.startswith("/api2/") or not path.startswith("/")):
            self.record_token = self.record_token or self.new_token()
            authorization = f"Bearer {self.record_token}"
        super().send(method, path, body, authorization=authorization, **how)

    def ask(self, method, path, body=None, version=None, key=None, **headers):
        if version is not None:
            headers["If-Match"] = version if version == "*" else f'"{version}"'
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.call(method, f"{ADMIN}/{path}", body, headers=headers)

    def done(self, method, path, body=None, status=200, **how):
        answer = self.ask(method, path, body, **how)
        assert answer.status == status, answer
        return answer.json() if answer.body else None

    @property
    def of(self):
        return f"accounts/{self.key.account}"


def refused(answer, status, code, *words):
    body = answer.json()
    assert (answer.status, body["code"]) == (status, code), answer
    assert body["request_id"] and body["Message"] == body["detail"]
    assert all(word in body["detail"] for word in words), body["detail"]
    return body


@pytest.fixture(scope="module")
def account(demo):
    return demo.new_account("Books Ltd")


@pytest.fixture(scope="module")
def owner(demo, server, account):
    """The owner's key with all administrative scopes, and some rights to records."""
    scopes = " ".join([*WORDS, "owners:write", *BOOKS.split()])
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=scopes)) as made:
        yield made


@pytest.fixture(scope="module")
def operator(demo, server):
    account = demo.new_account("Operator")
    demo.json("account", "operator-on", account)
    scopes = " ".join([*WORDS, *OPERATOR_WORDS, "owners:write", "history:read"])
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=scopes)) as made:
        yield made


@pytest.fixture(scope="module")
def application(demo):
    return demo.new_application()[0]


def new_key(desk, application, **more):
    body = {"application_id": application, "name": f"Key {next(_numbers)}", "holder_id": desk.key.holder, "scopes": "customers:read", **more}
    return desk.done("POST", f"{desk.of}/keys", body, status=201)


def key_of(desk, made):
    """What an application gets of a key that was made."""
    return Key(made["client_id"], made["secret"], made["name"], desk.key.account, made["application_id"], made["application"], made["holder_id"], made["scopes"])


def new_member(desk, status=201, **more):
    body = {"email": f"person{next(_numbers)}@books.example", "name": "Pat Person", "role": "member", **more}
    answer = desk.ask("POST", f"{desk.of}/members", body)
    assert answer.status == status, answer
    return answer.json()


def desk_of(demo, server, account, role, permissions=BOOKS, scopes=None):
    """The key of a fresh member of this role, with these scopes or all that the role may."""
    holder = demo.new_holder(account, permissions)
    owner = demo.new_holder(account)
    demo.json("member", "set", f"--account={account}", f"--user={holder}", f"--role={role}", f"--permissions={permissions}")
    assert owner
    return Desk(server.port, demo.new_key(account, holder, scopes=scopes if scopes is not None else " ".join(WORDS)))


# --- what is no request at all ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "nothing", "accounts/", "accounts/acc_", "accounts/acc_!!!!!!!!", "accounts/usr_00000000001", "accounts//keys",
                                  "keys", "accounts/acc_00000001/keys/hmk_mistyped", "accounts/acc_00000001/nothing", "ACCOUNTS"])
def test_unknown_path(owner, path):
    refused(owner.ask("GET", path), 404, "not_found")


def test_path_before_token(server, owner):
    answer = owner.call("GET", f"{ADMIN}/nothing", authorization=False)
    refused(answer, 404, "not_found")
    answer = owner.call("GET", f"{ADMIN}/{owner.of}", authorization=False)
    refused(answer, 401, "token_missing")
    assert answer.header("www-authenticate").startswith("Bearer")


def test_unknown_method(owner):
    answer = owner.ask("DELETE", owner.of)
    refused(answer, 405, "method_not_allowed")
    assert answer.header("allow") == "GET, HEAD, PUT, OPTIONS"
    answer = owner.ask("PATCH", owner.of, {})
    assert answer.status == 405
    assert owner.call("OPTIONS", f"{ADMIN}/{owner.of}/keys", authorization=False).header("allow").startswith("GET, HEAD, POST")


@pytest.mark.parametrize("body, media, code", [
    ("{", "application/json", "invalid_json"), ("[]", "application/json", "invalid_json"), ("", "application/json", "invalid_json"),
    ('{"name":"a","name":"b"}', "application/json", "invalid_json"), ('{"name":"\\u0000"}', "application/json", "invalid_json"),
    ("name=a", "application/x-www-form-urlencoded", "wrong_media_type"),
])
def test_body_that_is_none(owner, body, media, code):
    answer = owner.call("POST", f"{ADMIN}/{owner.of}/keys", body, media=media)
    refused(answer, 400, code)


def test_body_too_large(owner):
    answer = owner.ask("POST", f"{owner.of}/keys", {"name": "a" * 70000})
    assert answer.status == 413


GOOD = {"application_id": None, "name": "Night run", "holder_id": None, "scopes": "customers:read"}


@pytest.mark.parametrize("member, value, words", [
    ("name", None, "name is needed"), ("name", "", "name"), ("name", "   ", "name"), ("name", 7, "has to be a string"), ("name", ["a"], "has to be a string"),
    ("name", "x" * 401, "name"), ("name", "a\nb", "name"), ("name", "a\u202eb", "name"),
    ("application_id", "app_00000000000", "no such id"), ("application_id", "usr_00000000001", "no such id"), ("application_id", 1, "no such id"),
    ("holder_id", "' OR 1=1 --", "no such id"), ("holder_id", None, "holder_id is needed"),
    ("scopes", "customers:read  customers:write", "one space between"), ("scopes", ["customers:read"], "has to be a string"), ("scopes", "a\"b", "one space"),
    ("not_before", "tomorrow", "time with its zone"), ("not_before", "2026-12-01", "time with its zone"), ("not_before", "2026-12-01T00:00:00", "time with its zone"),
    ("not_before", "2026-13-01T00:00:00Z", "can be stored"), ("expires_at", True, "time with its zone"), ("office", "yes", "true or false"),
    ("description", "x" * 4001, "description"), ("colour", "red", "no member colour"),
])
def test_member_that_is_wrong(owner, application, member, value, words):
    body = {**GOOD, "application_id": application, "holder_id": owner.key.holder, member: value}
    body = {name: value for name, value in body.items() if value is not None}
    refused(owner.ask("POST", f"{owner.of}/keys", body), 400, "invalid_member", words)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=x", "page_size=-1", "cursor=abc", "colour=red", "holder=acc_00000001", "page_size=1&page_size=2",
                                   "access_token=x"])
def test_query_that_is_wrong(owner, query):
    answer = owner.ask("GET", f"{owner.of}/keys?{query}")
    assert answer.status == 400 and answer.json()["code"] in ("invalid_query", "two_credentials"), answer


@pytest.mark.parametrize("name", ["Schlüssel 🗝", "مفتاح", "a\u0301\u0323", "'; DROP TABLE hallmark.client; --", "<script>alert(1)</script>", "\\\"{}[]", "é" * 200])
def test_every_name_stays_what_it_is(owner, application, name):
    made = new_key(owner, application, name=name, description=name)
    shown = owner.done("GET", f"{owner.of}/keys/{made['client_id']}")
    assert (shown["name"], shown["description"]) == (name, name)


# --- keys -------------------------------------------------------------------------------------------------------------------------


def test_key_lives_its_life(server, owner, application):
    body = {"application_id": application, "name": "Night run", "holder_id": owner.key.holder, "scopes": "customers:write customers:read",
            "description": "Every night", "expires_at": "2031-01-01T01:00:00+01:00"}
    answer = owner.ask("POST", f"{owner.of}/keys", body)
    made = answer.json()
    assert answer.status == 201 and answer.header("location").endswith(f"{ADMIN}/{owner.of}/keys/{made['client_id']}")
    assert answer.header("cache-control") == "no-store"
    assert made["expires_at"] == "2031-01-01T00:00:00Z" and made["not_before"] is None and made["creator_id"] == owner.key.holder
    assert made["scopes"] == "customers:read customers:write" and made["reduced_by"] == "" and made["state"] == "active"
    assert len(made["secrets"]) == 1 and made["secrets"][0]["mask"].endswith(made["secret"][-4:]) and len(made["secrets"][0]["mask"]) < 12

    path = f"{owner.of}/keys/{made['client_id']}"
    answer = owner.ask("GET", path)
    shown = answer.json()
    assert "secret" not in shown and answer.header("etag") == f'"{shown["version"]}"'
    assert owner.ask("GET", path, **{"If-None-Match": answer.header("etag")}).status in (200, 304)
    key = key_of(owner, made)
    with Caller(server.port, key) as caller:
        identity = caller.create()
        assert caller.call("GET", f"customers/{identity}").status == 200

        # narrower: the next request knows
        owner.done("PUT", path, {"scopes": "customers:read"}, version=shown["version"])
        refused(caller.call("PUT", f"customers/{identity}", {"Name": "B"}), 403, "key_right_missing")
        # disabled: so does the token
        version = owner.done("GET", path)["version"]
        assert owner.done("PUT", path, {"state": "disabled", "name": "Day run"}, version=version)["name"] == "Day run"
        refused(caller.call("GET", f"customers/{identity}"), 401, "invalid_token")
        assert caller.ask_for_token().status == 401
        owner.done("PUT", path, {"state": "active"}, version="*")
        refused(caller.call("GET", f"customers/{identity}"), 401, "invalid_token")
        caller.access_token = None
        assert caller.call("GET", f"customers/{identity}").status == 200

        # a new secret: the old one dies at once
        fresh = owner.done("POST", f"{path}/secrets", {}, status=201)
        assert fresh["secret"] != made["secret"]
        caller.access_token = None
        assert caller.ask_for_token().status == 401
        assert caller.ask_for_token(secret=fresh["secret"]).status == 200

        # and for ever
        assert owner.ask("DELETE", path, version="*").status == 204
        assert caller.ask_for_token(secret=fresh["secret"]).status == 401
    refused(owner.ask("PUT", path, {"state": "active"}, version="*"), 409, "conflict", "final")
    refused(owner.ask("POST", f"{path}/secrets", {}), 404, "no_such")
    assert owner.done("GET", path)["state"] == "deleted"


def test_both_secrets_live_until_a_moment(server, owner, application):
    made = new_key(owner, application)
    path = f"{owner.of}/keys/{made['client_id']}"
    fresh = owner.done("POST", f"{path}/secrets", {"old_until": "2030-01-01T00:00:00Z"}, status=201)
    key = key_of(owner, made)
    with Caller(server.port, key) as caller:
        assert caller.ask_for_token().status == 200
        assert caller.ask_for_token(secret=fresh["secret"]).status == 200
    secrets = owner.done("GET", path)["secrets"]
    assert len(secrets) == 2 and secrets[0]["not_after"].startswith("2030-01-01T00:00:00")
    refused(owner.ask("POST", f"{path}/secrets", {"old_until": "2030-01-01T00:00:00Z"}), 400, "invalid_member", "two live secrets")


def test_version_is_needed_and_true(owner, application):
    made = new_key(owner, application)
    path = f"{owner.of}/keys/{made['client_id']}"
    refused(owner.ask("PUT", path, {"name": "B"}), 428, "version_needed", "If-Match")
    refused(owner.ask("DELETE", path), 428, "version_needed")
    refused(owner.ask("PUT", path, {"name": "B"}, version=made["version"] + 7), 412, "changed_meanwhile", f"version is {made['version']} now")
    refused(owner.ask("PUT", path, {"name": "B"}, **{"If-Match": "W/\"1\""}), 400, "invalid_header")
    assert owner.done("GET", path)["name"] == made["name"]


def test_of_two_admins_one_wins(server, owner, application):
    made = new_key(owner, application)
    path = f"{owner.of}/keys/{made['client_id']}"

    def rename(number):
        with Desk(server.port, owner.key) as desk:
            desk.access_token = owner.token()
            return desk.ask("PUT", path, {"name": f"Name {number}"}, version=made["version"])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(rename, range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    winner = next(answer for answer in answers if answer.status == 200)
    assert owner.done("GET", path)["name"] == winner.json()["name"]


def test_asking_again_makes_one_key_and_shows_no_secret_twice(server, owner, application):
    body = {"application_id": application, "name": "Once", "holder_id": owner.key.holder, "scopes": "customers:read"}
    before = len(owner.done("GET", f"{owner.of}/keys?page_size=200")["items"])

    def make(_):
        with Desk(server.port, owner.key) as desk:
            desk.access_token = owner.token()
            return desk.ask("POST", f"{owner.of}/keys", body, key="the-same-key")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(make, range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["client_id"] for answer in answers}) == 1
    assert sum("secret" in answer.json() for answer in answers) == 1
    assert all(answer.header("idempotent-replayed") == "true" for answer in answers if answer.status == 200)
    assert len(owner.done("GET", f"{owner.of}/keys?page_size=200")["items"]) == before + 1
    refused(owner.ask("POST", f"{owner.of}/keys", {**body, "name": "Other"}, key="the-same-key"), 409, "conflict", "another request")


def test_what_was_refused_can_be_asked_again(owner, application):
    body = {"application_id": application, "name": "Again", "holder_id": owner.key.holder, "scopes": "products:write"}
    refused(owner.ask("POST", f"{owner.of}/keys", body, key="again"), 403, "right_not_yours", "products:write")
    body["holder_id"] = "usr_00000000001"
    refused(owner.ask("POST", f"{owner.of}/keys", body, key="again"), 404, "no_such")
    body.update(holder_id=owner.key.holder, scopes="customers:read")
    assert owner.ask("POST", f"{owner.of}/keys", body, key="again").status == 201


def test_secret_asked_for_again_is_not_shown_again(owner, application):
    made = new_key(owner, application)
    path = f"{owner.of}/keys/{made['client_id']}/secrets"
    first = owner.ask("POST", path, {}, key="replace")
    again = owner.ask("POST", path, {}, key="replace")
    assert (first.status, again.status) == (201, 200) and "secret" in first.json() and "secret" not in again.json()
    assert len(again.json()["secrets"]) == 1


def test_list_in_pages(owner, demo, application):
    names = [f"page {number:02}" for number in range(7)]
    other = demo.new_application()[0]
    for name in reversed(names):
        new_key(owner, other, name=name)
    path, seen = f"{owner.of}/keys?application={other}&page_size=3", []
    while path:
        answer = owner.ask("GET", path)
        seen += [item["name"] for item in answer.json()["items"]]
        link = answer.header("link")
        path = link[link.index("/admin/v1/") + 10:link.index(">")] if link else None
    assert seen == names
    assert owner.done("GET", f"{owner.of}/keys?application={other}&state=deleted")["items"] == []
    answer = owner.ask("GET", f"{owner.of}/keys?page_size=1")
    cursor = answer.header("link").split("cursor=")[1].split(">")[0]
    refused(owner.ask("GET", f"{owner.of}/members?cursor={cursor}"), 400, "invalid_query", "cursor")


def test_rights_that_cannot_be_given_are_locked_and_say_why(owner):
    rows = {row["scope"]: row for row in owner.done("GET", f"{owner.of}/rights?holder={owner.key.holder}")["items"]}
    assert rows["customers:write"]["may_be_given"] is True and rows["customers:write"]["reason"] is None
    assert rows["products:read"]["may_be_given"] is False and "holder" in rows["products:read"]["reason"]
    member = new_member(owner, permissions="customers:read")
    rows = {row["scope"]: row for row in owner.done("GET", f"{owner.of}/rights?holder={member['user_id']}")["items"]}
    assert rows["customers:read"]["may_be_given"] is True and rows["customers:write"]["may_be_given"] is False
    refused(owner.ask("GET", f"{owner.of}/rights"), 400, "invalid_query", "holder")


def test_presets(server, owner, demo, application):
    asking = demo.json("application", "create", "--name=Asks much", "--scopes=customers:read customers:write")[0]["id"]
    made = new_key(owner, asking, preset="application", scopes=None)
    assert made["scopes"] == "customers:read customers:write"
    member = new_member(owner, permissions="customers:read history:read")
    made = new_key(owner, application, preset="holder_now", scopes=None, holder_id=member["user_id"])
    assert made["scopes"] == "customers:read grants:read grants:write history:read" and made["follows_holder"] is False
    body = {"application_id": application, "name": "Follows", "holder_id": member["user_id"], "preset": "holder"}
    refused(owner.ask("POST", f"{owner.of}/keys", body), 403, "right_not_yours", "holder alone")
    refused(owner.ask("POST", f"{owner.of}/keys", {**body, "preset": "everything"}), 400, "invalid_member", "preset")


def test_key_that_follows_its_holder(server, demo, application):
    account = demo.new_account()
    holder = demo.new_holder(account, "customers:read")
    scopes = " ".join(WORDS) + " owners:write history:read customers:read"
    with Desk(server.port, demo.new_key(account, holder, scopes=scopes)) as desk:
        made = new_key(desk, application, preset="holder", scopes=None)
        assert made["follows_holder"] is True
        key = key_of(desk, made)
        with Caller(server.port, key) as caller:
            assert "customers:write" not in caller.ask_for_token().json()["scope"].split()
            demo.json("member", "set", f"--account={account}", f"--user={holder}", "--permissions=customers:read customers:write")
            assert "customers:write" in caller.ask_for_token().json()["scope"].split()


def test_key_says_what_its_holder_lost(owner, application):
    member = new_member(owner, permissions="customers:read customers:write")
    made = new_key(owner, application, holder_id=member["user_id"], scopes="customers:read customers:write")
    path = f"{owner.of}/members/{member['user_id']}"
    owner.done("PUT", path, {"permissions": "customers:read"}, version=member["version"])
    assert owner.done("GET", f"{owner.of}/keys/{made['client_id']}")["reduced_by"] == "customers:write"


# --- how many keys, and who confirms them -------------------------------------------------------------------------------------------


@pytest.fixture
def strict(demo, server):
    """An account of its own, whose rules a test changes, and its owner's desk."""
    account = demo.new_account("Strict Ltd")
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=" ".join([*WORDS, "owners:write", *BOOKS.split()]))) as made:
        yield made


def test_one_key_for_each_application(demo, strict, application):
    version = strict.done("GET", strict.of)["version"]
    refused(strict.ask("PUT", strict.of, {"keys_rule": "some"}, version=version), 400, "invalid_member", "keys_rule")
    assert strict.done("PUT", strict.of, {"keys_rule": "one_per_application"}, version=version)["keys_rule"] == "one_per_application"
    made = new_key(strict, application)
    body = {"application_id": application, "name": "Second", "holder_id": strict.key.holder, "scopes": "customers:read"}
    refused(strict.ask("POST", f"{strict.of}/keys", body), 409, "conflict", "for each application", made["client_id"])
    other = demo.new_application()[0]
    new_key(strict, other)
    strict.done("DELETE", f"{strict.of}/keys/{made['client_id']}", status=204, version="*")
    new_key(strict, application)


def test_of_many_at_once_one_key_is_made(server, strict, application):
    strict.done("PUT", strict.of, {"keys_rule": "one_per_application"}, version="*")
    body = {"application_id": application, "name": "Race", "holder_id": strict.key.holder, "scopes": "customers:read"}
    token = strict.token()

    def make(_):
        with Desk(server.port, strict.key) as desk:
            desk.access_token = token
            return desk.ask("POST", f"{strict.of}/keys", body).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == [201] + [409] * 7


def test_one_key_whose_token_is_made_anew(server, strict, application):
    """A new set ends the old Token, and the Key stays."""
    strict.done("PUT", strict.of, {"keys_rule": "one"}, version="*")
    body = {"application_id": application, "name": "Another", "holder_id": strict.key.holder, "scopes": "customers:read"}
    refused(strict.ask("POST", f"{strict.of}/keys", body), 409, "conflict", strict.key.client_id, "Replace its secret")
    fresh = strict.done("POST", f"{strict.of}/keys/{strict.key.client_id}/secrets", {}, status=201)
    assert fresh["client_id"] == strict.key.client_id
    with Caller(server.port, strict.key) as caller:
        assert caller.ask_for_token().status == 401
        assert caller.ask_for_token(secret=fresh["secret"]).status == 200


def test_wide_key_waits_for_a_second_admin(demo, server, cluster, strict, application):
    strict.done("PUT", strict.of, {"confirm_wide": True}, version="*")
    narrow = new_key(strict, application, expires_at="2030-01-01T00:00:00Z")
    assert narrow["state"] == "active"
    wide = new_key(strict, application)
    assert wide["state"] == "waiting" and wide["confirmer_id"] is None
    path = f"{strict.of}/keys/{wide['client_id']}"
    with Caller(server.port, key_of(strict, wide)) as caller:
        assert caller.ask_for_token().status == 401
        checked = caller.call("POST", "/oauth2/key-check", "", authorization=caller.key.basic(), media="application/x-www-form-urlencoded").json()
        assert checked["state"] == "waiting" and "other than the one who asked" in checked["waits_for"] and checked["effective_scope"] == ""
        # not by oneself, in no way
        refused(strict.ask("POST", f"{path}/confirmation", {}), 403, "right_not_yours", "Somebody else")
        refused(strict.ask("PUT", path, {"state": "active"}, version="*"), 409, "conflict", "second admin")
        # nor by a key that one made for somebody else, and whose secret one has seen
        account = strict.key.account
        other = new_member(strict, role="admin", permissions="customers:read keys:read keys:write")["user_id"]
        puppet = new_key(strict, application, holder_id=other, scopes="customers:read keys:read keys:write", expires_at="2030-01-01T00:00:00Z")
        with Desk(server.port, key_of(strict, puppet)) as by_puppet:
            refused(by_puppet.ask("POST", f"{path}/confirmation", {}), 403, "right_not_yours", "Somebody else")
        # nor by who has not what the key may
        with desk_of(demo, server, account, "admin", permissions="", scopes="keys:read keys:write") as weak:
            refused(weak.ask("POST", f"{path}/confirmation", {}), 403, "right_not_yours", "customers:read")
        with desk_of(demo, server, account, "admin", scopes="keys:read keys:write customers:read") as second:
            confirmed = second.done("POST", f"{path}/confirmation", {}, status=201)
            assert (confirmed["state"], confirmed["creator_id"], confirmed["confirmer_id"]) == ("active", strict.key.holder, second.key.holder)
            refused(second.ask("POST", f"{path}/confirmation", {}), 404, "no_such")
            assert caller.ask_for_token().status == 200
            # wider later: whoever made it wider does not confirm it
            changed = second.done("PUT", f"{strict.of}/keys/{narrow['client_id']}", {"expires_at": None}, version="*")
            assert changed["state"] == "waiting"
            refused(second.ask("POST", f"{strict.of}/keys/{narrow['client_id']}/confirmation", {}), 403, "right_not_yours")
            assert strict.done("POST", f"{strict.of}/keys/{narrow['client_id']}/confirmation", {}, status=201)["confirmer_id"] == strict.key.holder
    with Admin(cluster) as admin:
        admin.cursor.execute("SELECT after::jsonb ->> 'creator_id', after::jsonb ->> 'confirmer_id' FROM hallmark.history_value AS value"
                             " JOIN hallmark.change_history AS change ON change.account_id = value.account_id AND change.id = value.history_id"
                             " WHERE change.account_id = %s AND change.collection = 'keys' AND change.external_references::jsonb ->> 'Key' = %s"
                             " ORDER BY change.id DESC LIMIT 1", (number_of(strict.key.account), wide["client_id"]))
        assert admin.cursor.fetchone() == (str(number_of(strict.key.holder)), str(number_of(confirmed["confirmer_id"])))


def test_nobody_switches_the_second_admin_off_alone(demo, server, cluster, strict, application):
    strict.done("PUT", strict.of, {"confirm_wide": True}, version="*")
    asked = strict.done("PUT", strict.of, {"confirm_wide": False}, version="*")
    assert (asked["confirm_wide"], asked["confirm_off_asker_id"]) == (True, strict.key.holder)
    assert new_key(strict, application)["state"] == "waiting", "nothing has changed yet"
    refused(strict.ask("PUT", strict.of, {"confirm_wide": False}, version="*"), 403, "right_not_yours", "Somebody else")
    with desk_of(demo, server, strict.key.account, "admin", scopes="accounts:read accounts:write keys:read keys:write customers:read") as second:
        # a key that the first has made for the second is no second admin
        body = {"name": "Borrowed", "holder_id": second.key.holder, "scopes": "accounts:write", "expires_at": "2030-01-01T00:00:00Z"}
        borrowed = strict.done("POST", f"{strict.of}/keys", {"application_id": application, **body}, status=201)
        with Desk(server.port, key_of(strict, borrowed)) as disguised:
            refused(disguised.ask("PUT", strict.of, {"confirm_wide": False}, version="*"), 403, "right_not_yours", "Somebody else")
        # taken back, it begins anew; renaming the account is no answer to it
        assert strict.done("PUT", strict.of, {"confirm_wide": True}, version="*")["confirm_off_asker_id"] is None
        asked = second.done("PUT", second.of, {"confirm_wide": False}, version="*")
        assert (asked["confirm_wide"], asked["confirm_off_asker_id"]) == (True, second.key.holder)
        renamed = strict.done("PUT", strict.of, {"name": "Renamed"}, version="*")
        assert (renamed["confirm_wide"], renamed["confirm_off_asker_id"]) == (True, second.key.holder)
        done = strict.done("PUT", strict.of, {"confirm_wide": False}, version="*")
        assert (done["confirm_wide"], done["confirm_off_asker_id"]) == (False, None)
    with Admin(cluster) as admin:
        admin.cursor.execute("SELECT change.holder_id, after::jsonb ->> 'confirm_wide' FROM hallmark.history_value AS value"
                             " JOIN hallmark.change_history AS change ON change.account_id = value.account_id AND change.id = value.history_id"
                             " WHERE change.account_id = %s AND change.collection = 'accounts' ORDER BY change.id DESC LIMIT 3",
                             (number_of(strict.key.account),))
        first, second_name = number_of(strict.key.holder), number_of(asked["confirm_off_asker_id"])
        assert admin.cursor.fetchall() == [(first, "false"), (first, "true"), (second_name, "true")]


# --- activation -------------------------------------------------------------------------------------------------------------------


def test_access_is_asked_for_and_granted(demo, server, operator):
    """On by default, or asked for with the terms and granted; a booked plan, or a trial, can be the condition."""
    version = operator.done("GET", "activation")["version"]
    try:
        refused(operator.ask("PUT", "activation", {"terms_name": "API terms"}, version=version), 400, "invalid_member")
        changed = operator.done("PUT", "activation", {"by_default": False, "terms_name": "API terms", "terms_version": "2026-11"}, version=version)
        key = demo.new_key()
        path = f"accounts/{key.account}"
        with Caller(server.port, key) as caller:
            assert caller.ask_for_token().json()["error"] == "invalid_client"
            assert operator.done("GET", path)["access_shut"] == "none"
            refused(operator.ask("POST", f"{path}/access", {}), 409, "conflict", "API terms", "2026-11")
            asked = operator.done("POST", f"{path}/access", {"terms_name": "API terms", "terms_version": "2026-11"}, status=201)
            assert (asked["access"], asked["terms_version"]) == ("requested", "2026-11")
            assert caller.ask_for_token().status != 200
            operator.done("PUT", f"{path}/access", {"access": "granted"}, version=asked["version"])
            assert caller.call("GET", "customers").status == 200
            # the plan becomes the condition: at once, for tokens that live
            operator.done("PUT", "activation", {"plan_needed": True}, version=changed["version"])
            refused(caller.call("GET", "customers"), 403, "plan_missing")
            assert caller.call("GET", "/whoami").json()["reduced"][0]["granted_by"] == "operator"
            operator.done("PUT", f"{path}/access", {"trial": True}, version="*")
            assert caller.call("GET", "customers").status == 200
            operator.done("PUT", "activation", {"trial_included": False}, version="*")
            refused(caller.call("GET", "customers"), 403, "plan_missing")
            operator.done("PUT", f"{path}/access", {"plan": True}, version="*")
            assert caller.call("GET", "customers").status == 200
            operator.done("PUT", f"{path}/access", {"access": "refused"}, version="*")
            refused(caller.call("GET", "customers"), 403, "access_not_granted")
    finally:
        demo.json("activation", "set", "--by-default=true", "--plan-needed=false", "--trial-included=true", "--terms=", "--terms-version=")


def test_owner_grants_no_access_to_himself(owner):
    refused(owner.ask("PUT", f"{owner.of}/access", {"access": "granted"}, version="*"), 403, "insufficient_scope", "all-accounts:write")
    refused(owner.ask("PUT", "activation", {"plan_needed": False}, version="*"), 403, "insufficient_scope")

# --- members ----------------------------------------------------------------------------------------------------------------------


def test_member_is_invited_changed_and_ended(owner, application):
    member = new_member(owner, permissions="customers:read")
    path = f"{owner.of}/members/{member['user_id']}"
    assert (member["role"], member["permissions"], member["keys"]) == ("member", "customers:read", 0)
    changed = owner.done("PUT", path, {"role": "auditor"}, version=member["version"])
    assert changed["role"] == "auditor"
    key = new_key(owner, application, holder_id=member["user_id"], scopes="customers:read")
    answer = owner.ask("DELETE", path, version=changed["version"])
    refused(answer, 409, "conflict", key["client_id"], "hand them to another holder")
    owner.done("PUT", f"{owner.of}/keys/{key['client_id']}", {"holder_id": owner.key.holder}, version="*")
    assert owner.ask("DELETE", path, version=changed["version"]).status == 204
    assert owner.done("GET", path)["state"] == "left"


def test_member_may_leave_with_his_keys(server, owner, application):
    member = new_member(owner, permissions="customers:read")
    made = new_key(owner, application, holder_id=member["user_id"])
    path = f"{owner.of}/members/{member['user_id']}"
    refused(owner.ask("DELETE", f"{path}?keys=stay", version="*"), 400, "invalid_query")
    assert owner.ask("DELETE", f"{path}?keys=end", version="*").status == 204
    key = key_of(owner, made)
    with Caller(server.port, key) as caller:
        assert "no active member" in caller.ask_for_token().json()["error_description"]


def test_person_who_is_known_keeps_the_name(owner, demo):
    demo.json("user", "create", "--email=Known@Books.example", "--name=Known Person")
    member = new_member(owner, email="known@books.example", name="Somebody Else")
    assert member["name"] == "Known Person"
    refused(owner.ask("POST", f"{owner.of}/members", {"email": "KNOWN@books.example"}), 409, "conflict")
    refused(owner.ask("POST", f"{owner.of}/members", {"email": "no address"}), 400, "invalid_member", "email")


def test_account_keeps_an_owner(demo, server):
    account = demo.new_account()
    scopes = " ".join([*WORDS, "owners:write", "history:read"])
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=scopes)) as desk:
        path = f"{desk.of}/members/{desk.key.holder}"
        refused(desk.ask("PUT", path, {"role": "admin"}, version="*"), 409, "conflict", "no owner")
        refused(desk.ask("DELETE", f"{path}?keys=end", version="*"), 409, "conflict", "no owner")


# --- nobody climbs ----------------------------------------------------------------------------------------------------------------


def test_other_account_is_not_there(owner, demo):
    other = demo.new_account()
    key = demo.new_key(other)
    for path in (f"accounts/{other}", f"accounts/{other}/keys", f"accounts/{other}/keys/{key.client_id}", f"accounts/{other}/members"):
        refused(owner.ask("GET", path), 404, "no_such")
    refused(owner.ask("GET", f"{owner.of}/keys/{key.client_id}"), 404, "not_found")
    refused(owner.ask("PUT", f"accounts/{other}/keys/{key.client_id}", {"state": "disabled"}, version="*"), 404, "no_such")
    assert [item["id"] for item in owner.done("GET", "accounts")["items"]] == [owner.key.account]


def test_operators_paths_need_an_operator(owner):
    for path in ("users", "apis", "collections", "signing-keys", "revocations", "applications"):
        refused(owner.ask("GET", path), 403, "insufficient_scope")
    refused(owner.ask("POST", "accounts", {"name": "Mine"}), 403, "insufficient_scope", "all-accounts:write")


def test_owner_cannot_become_an_operator(demo, account):
    """Permissions that come with a role cannot be given by themselves, not even from the command line."""
    holder = demo.new_holder(account, "all-accounts:write users:write customers:read")
    application = demo.new_application()[0]
    with pytest.raises(RuntimeError, match="does not have the permission all-accounts:write"):
        demo.json("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--name=Climber",
                  "--scopes=all-accounts:write")


READS = ["accounts", "accounts/{account}", "accounts/{account}/keys", "accounts/{account}/members", "accounts/{account}/applications",
         "accounts/{account}/templates", "accounts/{account}/offices", "accounts/{account}/grants"]


@pytest.mark.parametrize("role, reads, writes", [("owner", True, True), ("admin", True, True), ("auditor", True, False), ("member", False, False)])
def test_each_role_may_what_it_may(demo, server, role, reads, writes):
    account = demo.new_account()
    words = WORDS if writes else [word for word in WORDS if word.endswith(":read")]
    if not reads:
        application = demo.new_application()[0]
        demo.new_holder(account)
        holder = demo.new_holder(account, BOOKS)
        demo.json("member", "set", f"--account={account}", f"--user={holder}", "--role=member", "--permissions=keys:write keys:read customers:read")
        with pytest.raises(RuntimeError, match="does not have the permission keys:read"):
            demo.json("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--name=K", "--scopes=keys:read")
        return
    with desk_of(demo, server, account, role, scopes=" ".join(words), permissions="customers:read") as desk:
        for path in READS:
            assert desk.ask("GET", path.format(account=account)).status == 200, path
        answer = desk.ask("POST", f"{desk.of}/applications", {"name": "Own"})
        if writes:
            assert answer.status == 201, answer
        else:
            refused(answer, 403, "insufficient_scope")


def test_each_operation_needs_its_scope(demo, server):
    """A token with every administrative scope but one is refused exactly where this one is needed."""
    account = demo.new_account()
    holder = demo.new_holder(account, BOOKS)
    own = f"accounts/{account}"
    needs = {"accounts:read": ("GET", own), "applications:read": ("GET", f"{own}/applications"), "keys:read": ("GET", f"{own}/keys"),
             "members:read": ("GET", f"{own}/members"), "templates:read": ("GET", f"{own}/templates"), "offices:read": ("GET", f"{own}/offices"), "grants:read": ("GET", f"{own}/grants"),
             "accounts:write": ("PUT", own), "applications:write": ("POST", f"{own}/applications"), "keys:write": ("POST", f"{own}/keys"),
             "members:write": ("POST", f"{own}/members"), "templates:write": ("POST", f"{own}/templates"), "links:write": ("POST", f"{own}/links"),
             "offices:write": ("PUT", f"{own}/offices/{demo.new_account()}")}
    key = demo.new_key(account, holder, scopes=" ".join(WORDS))
    for missing, (method, path) in needs.items():
        with Desk(server.port, key) as desk:
            scope = " ".join(word for word in WORDS if word != missing)
            desk.access_token = desk.ask_for_token(scope=scope).json()["access_token"]
            body = None if method == "GET" else {}
            refused(desk.ask(method, path, body, version="*" if method == "PUT" else None), 403, "insufficient_scope", missing)
            desk.access_token = desk.ask_for_token(scope=missing).json()["access_token"]
            assert desk.ask(method, path, body, version="*" if method == "PUT" else None).status in (200, 400), (missing, path)


def test_admin_gives_only_what_he_has(demo, server, application):
    account = demo.new_account()
    with desk_of(demo, server, account, "admin", permissions="customers:read", scopes="keys:read keys:write members:read members:write customers:read") as desk:
        strong = demo.new_key(account, demo.new_holder(account, BOOKS), scopes=BOOKS)
        weak = demo.new_key(account, demo.new_holder(account, BOOKS), scopes="customers:read")
        body = {"application_id": application, "name": "Wide", "holder_id": strong.holder, "scopes": "customers:write"}
        refused(desk.ask("POST", f"{desk.of}/keys", body), 403, "right_not_yours", "customers:write")
        refused(desk.ask("POST", f"{desk.of}/keys", {**body, "scopes": "applications:write"}), 403, "right_not_yours", "applications:write")
        refused(desk.ask("POST", f"{desk.of}/keys", {**body, "preset": "holder_now"}), 403, "right_not_yours")
        # somebody else's key that may more: no secret of it, no wider use of it, but it can be cut off
        path = f"{desk.of}/keys/{strong.client_id}"
        refused(desk.ask("POST", f"{path}/secrets", {}), 403, "right_not_yours", "customers:write")
        refused(desk.ask("PUT", path, {"holder_id": weak.holder}, version="*"), 403, "right_not_yours")
        assert desk.ask("PUT", path, {"state": "disabled"}, version="*").status == 200
        refused(desk.ask("PUT", path, {"state": "active"}, version="*"), 403, "right_not_yours")
        # widening a weak one
        path = f"{desk.of}/keys/{weak.client_id}"
        refused(desk.ask("PUT", path, {"scopes": "customers:read customers:write"}, version="*"), 403, "right_not_yours")
        assert desk.ask("POST", f"{path}/secrets", {}).status == 201
        # members
        refused(desk.ask("POST", f"{desk.of}/members", {"email": "owner@climb.example", "role": "owner"}), 403, "right_not_yours")
        refused(desk.ask("POST", f"{desk.of}/members", {"email": "m@climb.example", "permissions": "customers:write"}), 403, "right_not_yours", "customers:write")
        assert desk.ask("POST", f"{desk.of}/members", {"email": "m@climb.example", "permissions": "customers:read"}).status == 201
        mine = f"{desk.of}/members/{desk.key.holder}"
        refused(desk.ask("PUT", mine, {"permissions": "customers:read customers:write"}, version="*"), 403, "right_not_yours")
        refused(desk.ask("PUT", mine, {"role": "owner"}, version="*"), 403, "right_not_yours", "owners:write")
        refused(desk.ask("DELETE", f"{desk.of}/members/{strong.holder}?keys=end", version="*"), 403, "right_not_yours", "owners:write")


def test_right_taken_from_the_holder_is_taken_from_the_desk(demo, server):
    account = demo.new_account()
    with desk_of(demo, server, account, "admin") as desk:
        assert desk.ask("GET", f"{desk.of}/keys").status == 200
        demo.json("member", "set", f"--account={account}", f"--user={desk.key.holder}", "--role=member")
        refused(desk.ask("GET", f"{desk.of}/keys"), 403, "holder_right_missing", "keys:read")


# --- offices ----------------------------------------------------------------------------------------------------------------------


def test_client_lets_an_office_in_and_out(demo, server, owner, application):
    office = demo.new_account("Office Ltd")
    key = demo.new_key(office, demo.new_holder(office, BOOKS), scopes="customers:read", office=True)
    scopes = "templates:read templates:write links:read keys:read customers:read customers:write"
    with Desk(server.port, demo.new_key(office, demo.new_holder(office, BOOKS), scopes=scopes)) as desk:
        refused(desk.ask("POST", f"{desk.of}/templates", {"name": "All", "scopes": "products:read"}), 403, "right_not_yours")
        template = desk.done("POST", f"{desk.of}/templates", {"name": "Reading", "scopes": "customers:read"}, status=201)
        # the office cannot let itself in
        body = {"key": key.client_id, "template_id": template["id"]}
        refused(desk.ask("POST", f"{owner.of}/links", body), 403, "insufficient_scope")
        link = owner.done("POST", f"{owner.of}/links", body, status=201)
        assert link["office_account_id"] == office and link["template_version"] == 1
        assert [item["account_id"] for item in desk.done("GET", f"{desk.of}/keys/{key.client_id}/links")["items"]] == [owner.key.account]
        with Caller(server.port, key) as caller:
            caller.access_token = caller.ask_for_token(account=owner.key.account).json()["access_token"]
            assert caller.call("GET", "customers").status == 200
            owner.done("PUT", f"{owner.of}/offices/{office}", {"allowed": False})
            refused(caller.call("GET", "customers"), 403, "office_off")
            owner.done("PUT", f"{owner.of}/offices/{office}", {"allowed": True})
            assert caller.call("GET", "customers").status == 200
            # a newer version does not widen old links by itself
            desk.done("PUT", f"{desk.of}/templates/{template['id']}", {"scopes": "customers:read customers:write"}, version=1)
            versions = desk.done("GET", f"{desk.of}/templates/{template['id']}")["items"]
            assert [(row["version"], row["links"]) for row in versions] == [(2, 0), (1, 1)]
            refused(desk.ask("PUT", f"{desk.of}/templates/{template['id']}", {"name": "Late"}, version=1), 412, "changed_meanwhile")
            path = f"{owner.of}/links/{key.client_id}"
            owner.done("PUT", path, {"template_id": template["id"]}, version=owner.done("GET", path)["version"])
            assert owner.done("GET", path)["template_version"] == 2
            assert owner.ask("DELETE", path, version="*").status == 204
            refused(caller.call("GET", "customers"), 403, "link_ended")


def test_operator_links_in_bulk(demo, operator):
    office = demo.new_account("Office Ltd")
    key = demo.new_key(office, demo.new_holder(office, BOOKS), scopes="customers:read", office=True)
    template = demo.json("template", "create", f"--account={office}", "--name=T", "--scopes=customers:read")[0]["id"]
    clients = [demo.new_account(f"Client {number}") for number in range(3)]
    body = {"key": key.client_id, "accounts": clients, "template_id": template}
    refused(operator.ask("POST", "links", {**body, "accounts": []}), 400, "invalid_member", "array of one")
    refused(operator.ask("POST", "links", {**body, "accounts": ["acc_zzzzzzzz"]}), 400, "invalid_member")
    made = operator.done("POST", "links", body, status=201)["items"]
    assert sorted(row["account_id"] for row in made) == sorted(clients)


# --- operators --------------------------------------------------------------------------------------------------------------------


def test_operator_makes_a_company_and_its_owner(demo, server, operator):
    account = operator.done("POST", "accounts", {"name": "New company"}, status=201)
    path = f"accounts/{account['id']}"
    member = operator.done("POST", f"{path}/members", {"email": f"first{next(_numbers)}@new.example", "name": "First Owner", "role": "owner"}, status=201)
    assert member["role"] == "owner"
    key = demo.new_key(account["id"], member["user_id"], scopes="accounts:read accounts:write")
    with Desk(server.port, key) as desk:
        assert desk.done("GET", path)["name"] == "New company"
        renamed = desk.done("PUT", path, {"name": "Renamed"}, version=account["version"])
        refused(desk.ask("PUT", f"{path}/state", {"state": "closed"}, version="*"), 403, "insufficient_scope")
        operator.done("PUT", f"{path}/state", {"state": "closed"}, version=renamed["version"])
        refused(desk.ask("GET", path), 401, "invalid_token")


def test_operators_limit_requests(demo, server, owner, operator):
    own = demo.new_application()
    made = new_key(owner, own[0])
    path = f"{owner.of}/keys/{made['client_id']}"
    refused(owner.ask("PUT", f"{path}/limit", {"requests": 0}), 403, "insufficient_scope", "all-accounts:write")
    limit = operator.done("PUT", f"{path}/limit", {"requests": 3, "seconds": 3600})
    assert (limit["requests"], limit["seconds"]) == (3, 3600)
    shown = owner.done("GET", path)
    assert (shown["rate_requests"], shown["rate_seconds"]) == (3, 3600)
    with Caller(server.port, key_of(owner, made)) as caller:
        answers = [caller.ask_for_token() for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert answers[3].json()["layer"] == "limit" and "violated-policies" not in answers[3].json()
    refused(operator.ask("PUT", f"{path}/limit", {"requests": 1000000001}), 400, "invalid_member")
    refused(operator.ask("PUT", f"{path}/limit", {"requests": 1, "seconds": 0}), 400, "invalid_member")
    assert operator.done("PUT", f"{path}/limit", {})["requests"] is None
    application = f"applications/{own[0]}"
    assert operator.done("PUT", f"{application}/limit", {"requests": 5})["seconds"] == 60
    assert operator.done("GET", application)["rate_requests"] == 5


def test_operator_makes_apis_and_collections(operator):
    number = next(_numbers)
    body = {"name": f"erp{number}", "prefix": f"/erp{number}", "audience": f"https://erp{number}.example"}
    api = operator.done("POST", "apis", body, status=201, key=f"api-{number}")
    assert operator.ask("POST", "apis", body, key=f"api-{number}").json()["id"] == api["id"]
    refused(operator.ask("POST", "apis", body), 409, "conflict")
    refused(operator.ask("POST", "apis", {**body, "name": f"x{number}", "prefix": "no path"}), 400, "invalid_member", "prefix")
    made = operator.done("POST", "collections", {"api_id": api["id"], "name": f"things{number}", "required": {"Name": "string"}, "methods": ["GET", "POST"]},
                         status=201)
    assert (made["methods"], made["required"]) == ("GET POST", {"Name": "string"})
    refused(operator.ask("POST", "collections", {"api_id": api["id"], "name": "keys"}), 400, "invalid_member", "meaning of its own")
    answer = operator.ask("GET", f"collections/things{number}")
    changed = operator.done("PUT", f"collections/things{number}", {"state": "disabled"}, version=answer.header("etag").strip('"'))
    assert changed["state"] == "disabled"
    assert operator.done("PUT", f"apis/{api['id']}", {"token_seconds": 60}, version=api["version"])["token_seconds"] == 60
    assert any(row["id"] == api["id"] for row in operator.done("GET", "apis?page_size=200")["items"])
    assert operator.done("GET", "signing-keys")["items"]


def test_operator_takes_an_account_back(demo, server, operator):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        body = {"kind": "client", "subject": key.client_id, "account_id": key.account, "until": "2030-01-01T00:00:00Z"}
        refused(operator.ask("POST", "revocations", {**body, "kind": "everything"}), 400, "invalid_member", "kind")
        operator.done("POST", "revocations", body, status=201)
        refused(caller.call("GET", "customers"), 401, "invalid_token")
        assert any(row["subject"] == key.client_id for row in operator.done("GET", "revocations")["items"])


# --- the history ------------------------------------------------------------------------------------------------------------------


def test_change_names_who_made_it_through_what(owner, cluster, application):
    made = new_key(owner, application, name="Told")
    owner.done("PUT", f"{owner.of}/keys/{made['client_id']}", {"name": "Told again"}, version="*")
    with Admin(cluster) as admin:
        admin.cursor.execute("SELECT method, application_name, key_name, client_id, holder_id FROM hallmark.change_history"
                             " WHERE account_id = %s AND collection = 'keys' AND external_references::jsonb ->> 'Key' = %s ORDER BY id",
                             (number_of(owner.key.account), made["client_id"]))
        rows = admin.cursor.fetchall()
    who = (owner.key.application_name, owner.key.name, owner.key.client_id, number_of(owner.key.holder))
    assert rows == [("POST", *who), ("PUT", *who)]
    with_secret = json.dumps([made["secret"]])[2:-2]
    assert with_secret not in json.dumps(rows)


def test_second_node_knows_within_a_second(owner, cluster, application):
    made = new_key(owner, application)
    key = key_of(owner, made)
    with serving(cluster) as other, Caller(other.port, key, timeout=15) as caller:
        assert caller.call("GET", "customers").status == 200
        owner.done("PUT", f"{owner.of}/keys/{made['client_id']}", {"state": "disabled"}, version="*")
        with Admin(cluster) as admin:
            admin.wait_for_nodes()
        refused(caller.call("GET", "customers"), 401, "invalid_token")
