# SPDX-License-Identifier: Apache-2.0
"""Every statement of schema/queries: its declared types and columns are those that PostgreSQL finds, and the server's role may run it."""

import hashlib
import json
import uuid

import psycopg2
import pytest

from sql_statements import AUTHOR, SALT, STATEMENTS, Session, migrated_cluster, psql, write

FOREVER = 9223372036854775807
ACCOUNT, OTHER_ACCOUNT, USER, APPLICATION, OWN_APPLICATION, API = 11, 12, 21, 31, 32, 41
KEY = "hmk_key1"
ACTOR = '{"application_name": "Shop"}'


@pytest.fixture(scope="module")
def cluster():
    made = migrated_cluster()
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def server(cluster):
    session = Session(cluster)
    yield session
    session.close()


@pytest.fixture(scope="module")
def owner(cluster):
    connection = psycopg2.connect(cluster.conninfo("hallmark_owner"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


@pytest.fixture(scope="module")
def company(server):
    """An account with a member, an application, an api with a collection, and a key."""
    server.one("account_create", id=ACCOUNT, name="Muster GmbH")
    server.one("account_create", id=OTHER_ACCOUNT, name="Andere AG")
    server.one("user_create", id=USER, email="Anna@Muster.example", name="Anna Muster")
    server.one("member_set", account_id=ACCOUNT, user_id=USER, role="member", permissions=["customers:write", "customers:read"])
    server.one("application_create", id=APPLICATION, name="Invoice Robot", maker="Robots Ltd", scopes=["customers:read"])
    server.one("application_create", id=OWN_APPLICATION, account_id=OTHER_ACCOUNT, name="Own", scopes=[])
    server.one("api_create", id=API, name="erp", prefix="/api2/public", token_path="/api2/public/token", audience="https://erp.example")
    collection = server.one("collection_create", api_id=API, name="customers", singular="customer", versions=["v1.2", "v1.1"], methods=[],
                            required=json.dumps({"Name": "string"}))
    make_key(server, KEY)
    return collection["id"]


def make_key(server, client_id, /, **given):
    values = {"account_id": ACCOUNT, "client_id": client_id, "application_id": APPLICATION, "name": "night run", "holder_id": USER,
              "scopes": ["customers:read"], "digest": hashlib.sha256(client_id.encode()).digest(), "mask": "hms_...1234", **given}
    return server.run("client_create", **values)


# --- what is declared ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATEMENTS)
def test_parameter_types_are_found_without_being_told(name, server):
    """The server prepares without naming types, so what PostgreSQL infers has to be what the file declares."""
    statement = STATEMENTS[name]
    server.cursor.execute(f"PREPARE checked AS {statement.sql}")
    server.cursor.execute("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'checked'")
    inferred = server.cursor.fetchone()[0]
    server.cursor.execute("DEALLOCATE checked")
    server.cursor.execute("SELECT coalesce(array_agg(kind::regtype::text ORDER BY place), '{}')"
                          " FROM unnest(%s::text[]) WITH ORDINALITY AS declared (kind, place)", ([kind for _, kind in statement.parameters],))
    assert inferred == server.cursor.fetchone()[0]


def test_columns_are_those_declared(cluster):
    script = "".join(f"\\echo == {name}\n{statement.sql}\n\\gdesc\n" for name, statement in STATEMENTS.items())
    described = {}
    for line in psql(cluster, script, "hallmark_server").splitlines():
        if line.startswith("== "):
            columns = described.setdefault(line[3:], [])
        else:
            columns.append(tuple(line.split("\t")))
    declared = "".join(f"SELECT '{kind}'::regtype;\n" for kind in sorted({kind for s in STATEMENTS.values() for _, kind in s.columns}))
    kinds = sorted({kind for s in STATEMENTS.values() for _, kind in s.columns})
    full_name = dict(zip(kinds, psql(cluster, declared).split("\n")))
    for name, statement in STATEMENTS.items():
        assert described[name] == [(column, full_name[kind]) for column, kind in statement.columns], name


# --- clients ------------------------------------------------------------------------------------------------------------------


def test_client_find_tells_all_that_decides(server, company):
    row = server.one("client_find", account_id=ACCOUNT, client_id=KEY)
    assert {key: row[key] for key in ("application_name", "holder_id", "holder_name", "scopes", "holder_permissions", "generation")} == {
        "application_name": "Invoice Robot", "holder_id": USER, "holder_name": "Anna Muster", "scopes": "customers:read",
        "holder_permissions": "customers:read customers:write grants:read grants:write", "generation": 1}
    assert all(row[key] for key in ("client_active", "application_active", "account_active", "api_access", "holder_active"))
    assert (row["not_before_us"], row["expires_us"], row["office"]) == (0, FOREVER, False)
    assert bytes(row["secret1_digest"]) == hashlib.sha256(KEY.encode()).digest()
    assert (row["secret1_not_after_us"], row["secret2_digest"], row["secret2_not_after_us"]) == (FOREVER, None, None)
    assert server.run("client_find", account_id=OTHER_ACCOUNT, client_id=KEY) == []


@pytest.mark.parametrize("change, undo, flag", [
    (("account_set", {"id": ACCOUNT, "api_access": False}), ("account_set", {"id": ACCOUNT, "api_access": True}), "api_access"),
    (("account_set", {"id": ACCOUNT, "state": "closed"}), ("account_set", {"id": ACCOUNT, "state": "active"}), "account_active"),
    (("application_set", {"id": APPLICATION, "state": "disabled"}), ("application_set", {"id": APPLICATION, "state": "active"}),
     "application_active"),
    (("member_set", {"account_id": ACCOUNT, "user_id": USER, "state": "left"}),
     ("member_set", {"account_id": ACCOUNT, "user_id": USER, "state": "active"}), "holder_active"),
    (("user_set_state", {"email": "anna@muster.example", "state": "disabled"}),
     ("user_set_state", {"email": "anna@muster.example", "state": "active"}), "holder_active"),
])
def test_client_find_sees_each_switch(server, company, change, undo, flag):
    server.one(change[0], **change[1])
    row = server.one("client_find", account_id=ACCOUNT, client_id=KEY)
    server.one(undo[0], **undo[1])
    assert row[flag] is False
    if flag == "holder_active":
        assert row["holder_permissions"] == ""
    assert server.one("client_find", account_id=ACCOUNT, client_id=KEY)[flag] is True


def test_member_find_tells_all_that_decides(server, company):
    where = {"account_id": ACCOUNT, "user_id": USER}
    usual = {**where, "name": "Anna Muster", "permissions": "customers:read customers:write grants:read grants:write", "active": True, "account_active": True, "api_access": True,
             "access_shut": ""}

    def found():
        row = server.one("member_find", **where)
        return row.pop("generation"), row

    generation, told = found()
    assert told == usual
    assert server.run("member_find", account_id=OTHER_ACCOUNT, user_id=USER) == [] == server.run("member_find", account_id=ACCOUNT, user_id=999)
    for change, undo, said, raised in (
            (("account_set", {"id": ACCOUNT, "api_access": False}), {"api_access": True}, {"api_access": False, "access_shut": "switched off"}, 0),
            (("account_set", {"id": ACCOUNT, "state": "closed"}), {"state": "active"}, {"account_active": False}, 1),
            (("member_set", {**where, "state": "left"}), {"state": "active"}, {"active": False, "permissions": ""}, 0),
            (("user_set_state", {"email": "anna@muster.example", "state": "disabled"}), {"state": "active"}, {"active": False, "permissions": ""}, 1)):
        server.one(change[0], **change[1])
        row = found()
        server.one(change[0], **{**change[1], **undo})
        generation += raised
        assert row == (generation, {**usual, **said}), change
    assert found() == (generation, usual)


def test_a_code_and_a_refresh_token_are_each_used_once(server, company, owner):
    """The order of a life: consent, code, tokens, rotation, and the end of all."""
    person = {"account_id": ACCOUNT, "user_id": USER}
    server.one("application_create", id=33, name="Shop", scopes=["customers:read"])
    assert server.run("client_make", account_id=ACCOUNT, client_id="hmk_never", application_id=33, public=True) == [], "it stands where its application does"
    assert server.one("client_make", account_id=0, client_id="hmk_shop", application_id=33, public=True)["public"] is True
    code = {"account_id": ACCOUNT, "digest": b"c" * 32, "client_id": "hmk_shop", "code_challenge": "c" * 43}
    given = {**code, **person, "application_id": 33, "client_account_id": 0, "grant_id": 71, "family_id": 81, "redirect_uri": "https://shop.example/",
             "redirect_sent": True, "scopes": ["customers:read"], "resource": "", "auth_time_us": 1, "session_id": 0, "methods": ["pwd", "otp"],
             "id_token_claims": ["email"], "actor": ACTOR}
    assert server.run("code_issue", **{**given, "scopes": ["customers:write"]}) == [], "the application does not ask for it"
    assert server.one("code_issue", **given) == {"grant_id": 71, "scopes": "customers:read"}
    asks = server.one("authorize_client", account_id=0, client_id="hmk_shop")
    assert (asks["application_id"], asks["name"], asks["scopes"], asks["public"]) == (33, "Shop", "customers:read", True)
    assert server.run("authorize_client", account_id=ACCOUNT, client_id=KEY) == [], "a key asks nobody"
    [place] = server.run("authorize_accounts", user_id=USER, application_id=33, client_account_id=0, most=5)
    assert (place["account_id"], place["granted"], place["open"]) == (ACCOUNT, "customers:read", True)
    assert server.run("authorize_accounts", user_id=USER, application_id=33, client_account_id=0, account_id=OTHER_ACCOUNT, most=5) == []
    assert server.run("authorize_accounts", user_id=USER, application_id=33, client_account_id=OTHER_ACCOUNT, most=5) == []
    request = {"account_id": 0, "digest": b"r" * 32}
    assert server.one("request_push", **request, client_id="hmk_shop", query="scope=openid")["seconds"] == 60
    assert server.run("request_open", **request, client_id="hmk_other") == []
    assert [server.one("request_open", **request, client_id="hmk_shop")["query"] for _ in range(2)] == ["scope=openid"] * 2
    assert server.one("code_issue", **{**given, "digest": b"d" * 32, "family_id": 82}, request=b"r" * 32)["grant_id"] == 71
    assert server.run("code_issue", **{**given, "digest": b"e" * 32, "family_id": 83}, request=b"r" * 32) == [], "it is spent"
    assert server.run("request_open", **request, client_id="hmk_shop") == [] == server.run("request_spend", **request)
    redeem = {**code, "redirect_uri": "https://shop.example/", "refresh_digest": b"1" * 32}
    assert server.run("code_redeem", **{**redeem, "redirect_uri": "https://shop.example"}) == []
    assert server.run("code_again", **code, authenticated=False, actor=ACTOR) == [], "it is not used yet"
    first = server.one("code_redeem", **redeem)
    assert (first["result"], first["grant_id"], first["family_id"], first["scopes"]) == ("done", 71, 81, "customers:read")
    assert server.run("code_redeem", **redeem) == []
    person = server.one("person_find", account_id=ACCOUNT, family_id=81)
    assert (person["user_id"], person["methods"], person["id_token_claims"], person["session_id"]) == (USER, "pwd otp", "email", 0)
    assert (person["id_token_alg"], person["userinfo_alg"], person["subject_salt"]) == ("RS256", None, None)
    assert server.run("person_find", account_id=OTHER_ACCOUNT, family_id=81) == [] == server.run("person_find", account_id=ACCOUNT, family_id=82)
    owner.execute("UPDATE hallmark.application SET subject_type = 'pairwise', userinfo_alg = 'ES256' WHERE id = 33 RETURNING id")
    own = server.one("person_find", account_id=ACCOUNT, family_id=81)
    assert len(own["subject_salt"]) == 32 and own["userinfo_alg"] == "ES256"
    token = {"account_id": ACCOUNT, "digest": b"1" * 32, "client_id": "hmk_shop"}
    assert server.run("refresh_keep", **token) == [], "a public client does not keep it"
    looked = server.one("refresh_find", **token)
    assert looked == server.one("refresh_find", **token), "to look at it changes nothing"
    assert (looked["family_id"], looked["scopes"], looked["ends_us"] - looked["issued_us"]) == (81, "customers:read", 30 * 86400 * 1_000_000)
    assert server.run("refresh_find", **{**token, "client_id": "hmk_other"}) == [], "it is told to its own client"
    rotate = {**token, "successor": b"2" * 32, "successor_sealed": b"sealed"}
    for take, give, why in (
            ("UPDATE hallmark.application SET scopes = '{products:read}' WHERE id = 33", "UPDATE hallmark.application SET scopes = '{customers:read}' WHERE id = 33", "nothing"),
            (f"UPDATE hallmark.account SET api_access = false WHERE id = {ACCOUNT}", f"UPDATE hallmark.account SET api_access = true WHERE id = {ACCOUNT}", "access off"),
            (f"UPDATE hallmark.account SET access = 'refused' WHERE id = {ACCOUNT}", f"UPDATE hallmark.account SET access = 'granted' WHERE id = {ACCOUNT}",
             "access not granted")):
        owner.execute(f"{take} RETURNING id")
        assert server.run("refresh_rotate", **rotate) == [], "nothing is spent for nothing"
        assert server.one("refresh_again", **token, actor=ACTOR)["result"] == why
        owner.execute(f"{give} RETURNING id")
    assert server.run("refresh_again", **token, actor=ACTOR) == [], "all is well with it"
    assert server.one("refresh_rotate", **rotate)["result"] == "done" and server.run("refresh_rotate", **rotate) == []
    assert server.run("refresh_find", **token) == [] and server.one("refresh_find", **{**token, "digest": b"2" * 32}), "what is spent is no more"
    again = server.one("refresh_again", **token, actor=ACTOR)
    assert (again["result"], bytes(again["sealed"])) == ("again", b"sealed")
    assert server.one("refresh_again", **token, scopes=["customers:write"], actor=ACTOR)["result"] == "scope"
    assert server.run("refresh_revoke", **{**token, "client_id": "hmk_other"}, actor=ACTOR) == []
    assert server.one("refresh_revoke", **token, actor=ACTOR)["family_id"] == 81
    assert server.one("access_revoke", account_id=ACCOUNT, jti="jti-71", until_us=4000000000000000, actor=ACTOR)["result"] == "done"
    assert server.one("code_again", **code, authenticated=False, actor=ACTOR)["result"] == "used"
    assert server.run("refresh_again", **token, actor=ACTOR) == [], "the family has ended"
    assert server.run("refresh_find", **{**token, "digest": b"2" * 32}) == []
    assert server.run("person_find", account_id=ACCOUNT, family_id=81) == []
    assert [(row["grant_id"], row["families"]) for row in server.run("grant_list", account_id=ACCOUNT)] == [(71, 0)]
    mine = {"user_id": USER, "account_id": ACCOUNT, "grant_id": 71}
    [shown] = server.run("grant_given", user_id=USER, most=9)
    assert (shown["grant_id"], shown["application"], shown["scopes"], shown["open"]) == (71, "Shop", "customers:read", True) and shown["used_at_us"] > 0
    assert server.run("grant_take_back", **{**mine, "user_id": 999}, actor=ACTOR) == [] == server.run("grant_given", user_id=999, most=9)
    assert server.one("grant_take_back", **mine, actor=ACTOR) == {"grant_id": 71}
    assert server.run("grant_take_back", **mine, actor=ACTOR) == [] == server.run("grant_given", user_id=USER, most=9)
    assert server.one("grant_revoke", account_id=ACCOUNT, grant_id=71)["state"] == "revoked"
    owner.execute("DELETE FROM hallmark.revocation WHERE (kind, subject) IN (('family', '81'), ('grant', '71'), ('jti', 'jti-71')) RETURNING 1")
    assert len(owner.fetchall()) == 3, "all are told to every node"


@pytest.mark.parametrize("given, why", [
    ({"holder_id": 999}, "the holder is no member"),
    ({"account_id": OTHER_ACCOUNT}, "the holder is no member of this account"),
    ({"scopes": ["invoices:read"]}, "the holder has not this permission"),
    ({"application_id": OWN_APPLICATION}, "the application is another account's own"),
    ({"application_id": 999}, "there is no such application"),
])
def test_key_is_not_made(server, company, given, why):
    assert make_key(server, "hmk_never", **given) == [], why


def test_key_is_not_made_for_who_has_left(server, company):
    server.one("member_set", account_id=ACCOUNT, user_id=USER, state="left")
    made = make_key(server, "hmk_never")
    server.one("member_set", account_id=ACCOUNT, user_id=USER, state="active")
    assert made == []


def test_secret_is_replaced_with_and_without_overlap(server, company, owner):
    make_key(server, "hmk_replace")
    owner.execute("SELECT now() + interval '1 hour'")
    first = server.one("client_secret_replace", account_id=ACCOUNT, client_id="hmk_replace", digest=b"1" * 32, mask="...1",
                       old_until=owner.fetchone()[0])
    row = server.one("client_find", account_id=ACCOUNT, client_id="hmk_replace")
    assert (first["secret_number"], first["generation"]) == (2, 1)
    assert row["secret1_not_after_us"] < FOREVER and bytes(row["secret2_digest"]) == b"1" * 32
    second = server.one("client_secret_replace", account_id=ACCOUNT, client_id="hmk_replace", digest=b"2" * 32, mask="...2")
    row = server.one("client_find", account_id=ACCOUNT, client_id="hmk_replace")
    assert (second["secret_number"], second["generation"]) == (3, 2), "older tokens are refused from now on"
    assert bytes(row["secret1_digest"]) == b"2" * 32 and row["secret2_digest"] is None


def test_addresses_of_a_key(server, company):
    make_key(server, "hmk_addressed")
    key = {"account_id": ACCOUNT, "client_id": "hmk_addressed"}
    assert server.one("client_find", **key)["addresses"] == "", "from anywhere"
    assert server.one("client_allow_address", **key, addresses=" 2001:db8::/32,192.0.2.1  192.0.2.1/32 ")["addresses"] == "192.0.2.1/32, 2001:db8::/32"
    assert server.one("client_find", **key)["addresses"] == "192.0.2.1/32,2001:db8::/32"
    assert server.run("client_allow_address", account_id=ACCOUNT + 1, client_id="hmk_addressed", addresses="") == [], "another account's"
    with pytest.raises(psycopg2.Error, match="no block of addresses"):
        server.run("client_allow_address", **key, addresses="192.0.2.1/24")
    with pytest.raises(psycopg2.Error, match="changed meanwhile"):
        server.run("client_allow_address", **key, addresses="", version=1)
    assert server.one("client_allow_address", **key)["addresses"] == ""


def test_leaked_refresh_token_that_there_is_not(server):
    assert server.run("leak_refresh", account_id=ACCOUNT, digest=bytes(32), actor='{"application_name": "leak report"}') == []


def test_leaked_secret_ends_once(server, company):
    made = make_key(server, "hmk_leaked")
    digest = bytes(server.one("client_find", account_id=ACCOUNT, client_id="hmk_leaked")["secret1_digest"])
    actor = '{"application_name": "leak report"}'
    assert server.run("leak_end", account_id=ACCOUNT + 1, digest=digest, actor=actor) == [], "another account's"
    ended = server.one("leak_end", account_id=ACCOUNT, digest=digest, actor=actor)
    assert (ended["client_id"], ended["secret_number"], ended["generation"]) == ("hmk_leaked", 1, 2), made
    assert server.run("leak_end", account_id=ACCOUNT, digest=digest, actor=actor) == []
    row = server.one("client_find", account_id=ACCOUNT, client_id="hmk_leaked")
    assert row["secret1_digest"] is None and row["client_active"]


def test_disabled_key_comes_back_with_another_generation(server, company):
    make_key(server, "hmk_disable")
    assert server.one("client_change", account_id=ACCOUNT, client_id="hmk_disable", state="disabled")["generation"] == 2
    assert server.one("client_change", account_id=ACCOUNT, client_id="hmk_disable", state="active")["generation"] == 2
    assert server.one("client_change", account_id=ACCOUNT, client_id="hmk_disable", state="deleted")["generation"] == 3
    with pytest.raises(psycopg2.Error, match="that is final"):
        server.run("client_change", account_id=ACCOUNT, client_id="hmk_disable", state="active")


# --- records ------------------------------------------------------------------------------------------------------------------


def create(server, collection, document, /, **given):
    return write(server, "create", account_id=ACCOUNT, collection_id=collection, document=json.dumps(document), **given)


def test_record_lives_and_dies(server, company):
    made = create(server, company, {"Name": "A", "Id": 999999}, external_references='{"erp": "4711"}')
    assert (made["result"], made["version"]) == ("written", 1)
    where = {"account_id": ACCOUNT, "collection_id": company, "record_id": made["record_id"]}
    found = server.one("record_find", **where)
    references = [{"System": "erp", "Id": "4711"}]
    assert json.loads(found["document"]) == {"Name": "A", "Id": made["record_id"], "ExternalReferences": references} and found["version"] == 1
    replaced = write(server, "replace", **where, document='{"Price": 12.30, "Small": 0.1}', expected_version=1)
    assert (replaced["result"], replaced["version"]) == ("written", 2) and replaced["history_id"] > made["history_id"]
    assert '"Price": 12.30' in server.one("record_find", **where)["document"], "numbers keep their scale"
    refused = write(server, "replace", **where, document="{}", expected_version=1)
    assert (refused["result"], refused["version"], refused["frozen_digest"]) == ("version_differs", 2, None)
    assert write(server, "delete", **where, expected_version=7)["result"] == "version_differs"
    deleted = write(server, "delete", **where)
    assert (deleted["result"], deleted["version"], deleted["record_id"]) == ("written", 3, made["record_id"])
    assert write(server, "delete", **where)["result"] == write(server, "replace", **where, document="{}")["result"] == "missing"
    assert server.run("record_find", **where) == []


def test_record_of_another_account_or_collection_is_missing(server, company):
    made = create(server, company, {})
    for account, collection in ((OTHER_ACCOUNT, company), (ACCOUNT, company + 1)):
        where = {"account_id": account, "collection_id": collection, "record_id": made["record_id"]}
        assert write(server, "replace", **where, document="{}")["result"] == "missing"
        assert write(server, "delete", **where)["result"] == "missing"
        assert server.run("record_find", **where) == []


def test_document_that_is_no_object_is_refused(server, company):
    for document in ("[1]", '"text"', "5", "null"):
        with pytest.raises(psycopg2.Error):
            write(server, "create", account_id=ACCOUNT, collection_id=company, document=document)


def test_history_says_what_happened(server, company):
    made = create(server, company, {"Name": "A"}, external_references='{"erp": "7"}', user_id=8)
    where = {"account_id": ACCOUNT, "collection_id": company, "record_id": made["record_id"]}
    write(server, "replace", **where, document='{"Name": "B"}', person=None, address=None, holder_id=0)
    deleted = write(server, "delete", **where)
    rows = server.run("history_list", account_id=ACCOUNT, collection="customers", record_id=made["record_id"], most=10, bytes_most=1 << 23)
    assert [row["method"] for row in rows] == ["DELETE", "PUT", "POST"] and [row["version"] for row in rows] == [3, 2, 1]
    assert rows[2]["before"] is None and rows[0]["after"] is None
    assert rows[2]["after"] == rows[1]["before"] and rows[1]["after"] == rows[0]["before"]
    assert (rows[2]["person"], rows[2]["address"], rows[2]["user_id"], rows[1]["person"], rows[1]["holder_id"]) == (
        AUTHOR["person"], AUTHOR["address"], 8, None, 0)
    assert all(json.loads(row["external_references"]) == {"erp": "7"} for row in rows)
    assert bytes(rows[0]["digest"]) == bytes(deleted["frozen_digest"]) and rows[0]["id"] == deleted["history_id"]
    assert rows[0]["at_us"] > rows[1]["at_us"] > rows[2]["at_us"]


def test_digests_are_over_salt_and_value(server, company, owner):
    made = create(server, company, {"Name": "Ünique"})
    owner.execute("SELECT after, after_digest, person_digest, address_digest, before_digest, frozen, frozen_digest FROM hallmark.change_history"
                  " JOIN hallmark.history_value USING (account_id, at) WHERE id = history_id AND id = %s", (made["history_id"],))
    after, after_digest, person_digest, address_digest, before_digest, frozen, frozen_digest = owner.fetchone()
    for value, digest in ((after, after_digest), (AUTHOR["person"], person_digest), (AUTHOR["address"], address_digest)):
        assert hashlib.sha256(SALT + value.encode()).digest() == bytes(digest)
    assert before_digest is None and hashlib.sha256(bytes(frozen)).digest() == bytes(frozen_digest) == bytes(made["frozen_digest"])


def test_frozen_bytes_have_the_form_that_is_written_down(server, company, owner):
    made = create(server, company, {"Name": "x"}, key_name=None, user_id=9)
    owner.execute("SELECT *, hallmark.microseconds(at) AS at_us FROM hallmark.change_history WHERE id = %s", (made["history_id"],))
    row = dict(zip([column.name for column in owner.description], owner.fetchone()))
    fields = [b"hallmark.change.v1", ACCOUNT, row["id"], row["at_us"], row["application_id"], row["application_name"], row["client_id"], None,
              row["holder_id"], 9, row["token_jti"], "POST", company, "customers", made["record_id"], row["external_references"], 1,
              uuid.UUID(row["request_id"]).bytes, None, bytes(row["after_digest"]), bytes(row["person_digest"]), bytes(row["address_digest"])]
    numbers = {2, 3, 4, 5, 9, 10, 13, 15, 17}
    frozen = len(fields).to_bytes(4, "big")
    for place, value in enumerate(fields, 1):
        frozen += (20 if place in numbers else 17).to_bytes(4, "big")
        if value is None:
            frozen += b"\xff\xff\xff\xff"
        else:
            raw = value.to_bytes(8, "big") if place in numbers else value.encode() if isinstance(value, str) else value
            frozen += len(raw).to_bytes(4, "big") + raw
    assert bytes(row["frozen"]) == frozen


def test_frozen_bytes_do_not_depend_on_the_client(cluster, company, owner):
    """Neither the encoding nor the time zone nor the date style of the connection is in them."""
    other = Session(cluster)
    other.connection.set_client_encoding("LATIN1")
    other.cursor.execute("SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET bytea_output = 'escape'")
    made = create(other, company, {"Name": "x"}, application_name="Rübe")
    other.close()
    owner.execute("SELECT frozen, hallmark.microseconds(at) FROM hallmark.change_history WHERE id = %s", (made["history_id"],))
    frozen, at_us = owner.fetchone()
    assert "Rübe".encode() in bytes(frozen) and at_us.to_bytes(8, "big") in bytes(frozen)


def keyed(request, key=b"k" * 32):
    return {"key_digest": key, "request_digest": hashlib.sha256(request).digest()}


def ask_again(server, request, key):
    return server.run("idempotency_find", account_id=ACCOUNT, client_id=AUTHOR["client_id"], **keyed(request, key))


def test_write_with_a_key_is_done_once(server, company):
    key = b"c" * 32
    assert ask_again(server, b"one", key) == []
    first = create(server, company, {"Name": "A"}, **keyed(b"one", key))
    assert create(server, company, {"Name": "A"}, **keyed(b"one", key))["result"] == "conflict"
    again = ask_again(server, b"one", key)[0]
    assert again["result"] == "replayed" and {**again, "result": "written"} == first
    assert ask_again(server, b"two", key)[0]["result"] == "key_reused"
    where = {"account_id": ACCOUNT, "collection_id": company, "record_id": first["record_id"]}
    replaced = write(server, "replace", **where, document='{"Name": "B"}', expected_version=1, **keyed(b"put", b"p" * 32))
    assert write(server, "replace", **where, document='{"Name": "B"}', **keyed(b"put", b"p" * 32))["result"] == "conflict"
    assert server.one("record_find", **where)["version"] == replaced["version"] == 2
    deleted = write(server, "delete", **where, **keyed(b"delete", b"d" * 32))
    assert write(server, "delete", **where, **keyed(b"delete", b"d" * 32))["result"] == "missing"
    assert {**ask_again(server, b"delete", b"d" * 32)[0], "result": "written"} == deleted


def test_refused_write_leaves_its_key_free(server, company):
    made = create(server, company, {})
    where = {"account_id": ACCOUNT, "collection_id": company, "record_id": made["record_id"]}
    refused = write(server, "replace", **where, document="{}", expected_version=9, **keyed(b"x", b"f" * 32))
    assert refused["result"] == "version_differs" and ask_again(server, b"x", b"f" * 32) == []
    assert write(server, "delete", **{**where, "record_id": -1}, **keyed(b"x", b"f" * 32))["result"] == "missing"
    assert ask_again(server, b"x", b"f" * 32) == []


def test_lost_write_is_found_by_its_request(server, company):
    request = str(uuid.uuid4())
    made = create(server, company, {}, request_id=request)
    found = server.one("write_find", account_id=ACCOUNT, request_id=request)
    assert {**found, "result": "written"} == made
    assert server.run("write_find", account_id=OTHER_ACCOUNT, request_id=request) == []
    assert server.run("write_find", account_id=ACCOUNT, request_id=str(uuid.uuid4())) == []


def test_lost_backend_is_ended(server, cluster):
    victim = Session(cluster)
    victim.cursor.execute("SELECT pid, hallmark.microseconds(backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    pid, started_us = victim.cursor.fetchone()
    assert server.one("backend_end", pid=pid, started_us=started_us + 1) == {"alive": False}, "a later backend with the same number"
    victim.cursor.execute("SELECT 1")
    assert server.one("backend_end", pid=pid, started_us=started_us) == {"alive": True}
    while server.one("backend_end", pid=pid, started_us=started_us)["alive"]:
        pass
    with pytest.raises(psycopg2.OperationalError):
        victim.cursor.execute("SELECT 1")


# --- the rest -----------------------------------------------------------------------------------------------------------------


def test_policy_sets(server, company, owner):
    assert [row["name"] for row in server.run("api_list")] == ["erp"]
    collection = server.one("collection_list")
    assert (collection["path"], collection["versions"], collection["methods"], collection["required"]) == (
        "customers", "v1.1 v1.2", "DELETE GET POST PUT", {"Name": "string"})
    owner.execute("INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', 'live', 0, now() + interval '1 hour'),"
                  " ('jti', 'over', 0, now() - interval '1 hour')")
    assert [row["subject"] for row in server.run("revocation_list")] == ["live"]
    assert server.one("revocation_expire", most=10) == {"dropped": 1}


def test_signing_keys_go_forward(server, company, owner):
    def add(kid, state):
        return server.run("signing_key_add", kid=kid, algorithm="ES256", state=state, public_der=b"d", sealed=b"s")

    assert add("one", "active") and add("two", "active") == [] and add("two", "next") and add("three", "next") == []
    ages = {row["algorithm"]: row for row in server.run("signing_key_ages")}["ES256"]
    assert ages["active_seconds"] is not None and ages["next_seconds"] is not None
    assert server.run("signing_key_promote", algorithm="ES256", least_seconds=3600) == [], "it was not published for long enough"
    assert server.one("signing_key_promote", algorithm="ES256", least_seconds=0)["kid"] == "two"
    assert {row["kid"]: row["state"] for row in server.run("signing_key_list")} == {"one": "retiring", "two": "active"}
    assert [row["kid"] for row in server.run("signing_key_sealed")] == ["one", "two"]
    assert server.run("signing_key_reseal", kids=["two"], sealed=[b"t"]) == [], "all of them or none"
    assert len(server.run("signing_key_reseal", kids=["one", "two"], sealed=[b"n", b"t"])) == 2
    assert server.one("signing_key_withdraw", kid="two")["state"] == "withdrawn" and server.run("signing_key_withdraw", kid="two") == []
    assert [row["kid"] for row in server.run("signing_key_list")] == ["one"] and len(server.run("signing_key_all")) == 2
    assert server.one("signing_key_forget", most=10) == {"dropped": 0}
    owner.execute("UPDATE hallmark.signing_key SET forget_at = now() - interval '1 second' WHERE kid = 'one'")
    assert server.one("signing_key_forget", most=10) == {"dropped": 1}


def test_signing_keys_by_hand(server, company, owner):
    def make(kid):
        return server.run("signing_key_make", algorithm="PS256", kid=kid, public_der=b"d", sealed=b"s", actor=ACTOR)

    owner.execute("INSERT INTO hallmark.signing_key (kid, algorithm, state, public_der, sealed, active_at) VALUES ('a', 'PS256', 'active', 'd', 's', now())")
    assert server.run("signing_key_end", kid="nobody", actor=ACTOR) == [] == server.run("signing_key_promote_one", kid="nobody", actor=ACTOR)
    with pytest.raises(psycopg2.Error, match="no next key"):
        server.run("signing_key_end", kid="a", actor=ACTOR)
    assert make("b")[0]["state"] == "next" == server.one("signing_key_show", kid="b")["state"]
    with pytest.raises(psycopg2.Error, match="there already"):
        make("c")
    with pytest.raises(psycopg2.Error, match="less than a day ago"):
        server.run("signing_key_promote_one", kid="b", now=False, actor=ACTOR)
    owner.execute("UPDATE hallmark.signing_key SET created_at = now() - interval '25 hours' WHERE kid = 'b'")
    assert server.one("signing_key_promote_one", kid="b", actor=ACTOR)["state"] == "active"
    assert server.one("signing_key_show", kid="a")["state"] == "retiring" and make("c")
    assert server.one("signing_key_end", kid="b", actor=ACTOR)["state"] == "withdrawn" and server.one("signing_key_show", kid="c")["state"] == "active"
    assert server.one("signing_key_end", kid="a", actor=ACTOR)["state"] == "withdrawn", "one that signs nothing needs nobody in its place"
    assert server.run("signing_key_end", kid="a", actor=ACTOR) == []


def test_feed_and_nodes(server, company):
    newest = server.one("policy_change_last")["id"]
    server.one("account_set", id=ACCOUNT, api_access=False)
    server.one("account_set", id=ACCOUNT, api_access=True)
    rows = server.run("feed_read", after=newest, most=10)
    assert [(row["kind"], row["account_id"], row["subject"]) for row in rows] == [("account", ACCOUNT, str(ACCOUNT))] * 2
    last = rows[-1]["id"]
    assert server.one("feed_bounds")["newest"] == last
    assert server.one("node_beat", id="node-1", applied=newest)["newest"] == last
    assert server.one("nodes_behind", through=last) == {"nodes": 1}
    server.one("node_beat", id="node-1", applied=last)
    assert server.one("nodes_behind", through=last) == {"nodes": 0}
    assert server.one("node_leave", id="node-1") == {"id": "node-1"}


def test_batch_gets_its_places_once(server, company, owner):
    """Read as the sequencer does, written as it does, and not written when the log has gone on meanwhile."""
    written = create(server, company, {"Name": "sealed"})
    size = server.one("seal_state", log_id=1)["size"]
    batch = server.run("seal_read", log_id=1, most=100000)
    assert all(row["intact"] for row in batch) and batch[-1]["history_id"] == written["history_id"]
    leaf = hashlib.sha256(b"leaf").digest()
    roots = leaf * bin(size + 1).count("1")
    given = {"log_id": 1, "old_size": size, "new_size": size + 1, "roots": roots, "sealed_xid": batch[-1]["xid"], "sealed_id": batch[-1]["history_id"],
             "account_ids": [ACCOUNT], "account_seqs": [batch[-1]["last_seq"] + 1], "history_ids": [written["history_id"]],
             "ats_us": [batch[-1]["at_us"]], "leaves": [leaf], "node_levels": [1], "node_numbers": [0], "node_hashes": [leaf], "note": "note"}
    assert server.run("seal_write", **{**given, "old_size": size + 7}) == [], "the log is another one by now"
    assert server.one("seal_write", **given) == {"size": size + 1}
    assert server.run("seal_write", **given) == [], "a second time"
    assert server.run("seal_read", log_id=1, most=1) == [] and server.run("seal_epoch", log_id=1) == []
    assert server.one("checkpoint_last", log_id=1) == {"size": size + 1, "note": "note"}
    assert server.run("checkpoint_next", log_id=1, after_size=size, most=5) == [{"size": size + 1, "note": "note"}]
    place = server.one("leaf_find", log_id=1, account_id=ACCOUNT, history_id=written["history_id"])
    assert place["leaf_index"] == size and bytes(place["leaf"]) == leaf and place["checkpoint_size"] == size + 1
    nodes = server.run("seal_nodes", log_id=1, levels=[0, 1], froms=[size, 0], tos=[size + 1, 256])
    assert [(row["level"], row["number"], bytes(row["hash"])) for row in nodes] == [(0, size, leaf), (1, 0, leaf)]
    assert [bytes(row["hashes"]) for row in server.run("tile_read", log_id=1, level=0, starts=size, ends=size + 1, size_least=size + 1, size_most=size + 1)] == [leaf]
    assert server.one("tile_read", log_id=1, level=1, starts=0, ends=1, size_least=size + 2, size_most=2**62) == {"hashes": None}, "nothing of that size was signed"
    grown = server.run("consistency_nodes", log_id=1, old_size=1, new_size=size + 1)
    assert (grown[0]["level"], grown[0]["number"], grown[0]["note"]) == (-1, size + 1, "note") and (0, size) in {(row["level"], row["number"]) for row in grown}
    assert len(server.run("consistency_nodes", log_id=1, old_size=size + 2)) == 1 and server.run("consistency_nodes", log_id=1, old_size=1, new_size=size + 2) == []
    assert server.one("checkpoint_find", log_id=1, size=size + 1) == {"note": "note"} and server.run("checkpoint_find", log_id=1, size=size + 2) == []
    key = "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    witness = server.one("witness_add", verifier=key)["id"]
    assert server.run("checkpoint_newest", log_id=1, cosigned=1) == []
    cosignature = {"log_id": 1, "size": size + 1, "witness_id": witness, "signed_at_us": 1764201600 * 10**6, "line": "— witness.example/w1 AAAA\n"}
    assert server.one("cosignature_add", **cosignature) == {"size": size + 1} and server.run("cosignature_add", **cosignature) == []
    told = {"size": size + 1, "note": "note— witness.example/w1 AAAA\n"}
    assert server.one("checkpoint_newest", log_id=1, cosigned=0) == server.one("checkpoint_newest", log_id=1, cosigned=1) == told
    assert server.run("checkpoint_newest", log_id=1, cosigned=2) == [] and server.one("witness_list")["last_size"] == size + 1
    assert server.one("witness_end", verifier=key) == {"id": witness, "name": "witness.example/w1", "state": "ended"}
    assert server.one("checkpoint_newest", log_id=1, cosigned=0)["note"] == "note" and server.run("checkpoint_newest", log_id=1, cosigned=1) == []
    assert server.one("witness_add", verifier=key) == {"id": witness, "name": "witness.example/w1", "state": "active"}
    announced = server.one("export_announce", account_id=ACCOUNT, nonce="auditor-7f1c")["id"]
    assert server.run("export_closing", account_id=ACCOUNT, export_id=announced, cosigned=0) == [], "it has no place yet"
    assert server.run("export_announce", account_id=999, nonce="auditor-7f1c") == [], "there is no such account"
    page = server.run("export_page", account_id=ACCOUNT, after_seq=place["account_seq"] - 1, size=size + 1, most=10)
    assert [(row["leaf_index"], row["facts"]["id"], "after_salt" in row["held"]) for row in page] == [(size, written["history_id"], True)]
    server.prepare("person_erase", "record_erase", "archive_month", "archive_drop", "retention_set")  # the owner's, see tests/pgtap/erasure.sql, archive.sql
    month = {"from_us": 0, "to_us": FOREVER // 1000000 * 1000}
    assert [row["account_id"] for row in server.run("archive_page", **month, after_account=ACCOUNT, after_seq=place["account_seq"] - 1, size=size + 1, most=1)] == [ACCOUNT]
    assert server.run("archive_list") == []
    server.prepare("epoch_begin")  # it is the owner's to run, see tests/pgtap/sealing.sql


def test_who_listens_is_woken(server, company, cluster):
    listener = Session(cluster)
    listener.cursor.execute("LISTEN hallmark_policy; LISTEN hallmark_beat")
    server.one("account_set", id=ACCOUNT, api_access=False)
    server.one("account_set", id=ACCOUNT, api_access=True)
    server.one("node_beat", id="node-2", applied=0)
    server.one("node_leave", id="node-2")
    listener.cursor.execute("SELECT 1")
    heard = [(notice.channel, notice.payload) for notice in listener.connection.notifies]
    listener.close()
    changes = [str(row["id"]) for row in server.run("feed_read", after=0, most=100000)][-2:]
    assert heard == [("hallmark_policy", change) for change in changes] + [("hallmark_beat", "node-2")]


def test_failures_are_kept_as_the_greater_count(server):
    now_us = 1_000_000 * int(server_now(server))

    def save(*cells):
        return server.one("auth_failure_save", cells=[cell for cell, _, _ in cells], failures=[count for _, count, _ in cells],
                          last_at_us=[at for _, _, at in cells])

    old_us = now_us - 3600 * 1_000_000
    assert save((b"a" * 16, 5, now_us), (b"b" * 16, 3, old_us)) == {"saved": 2}
    save((b"a" * 16, 4, now_us - 1), (b"b" * 16, 1, now_us))
    listed = {bytes(row["cell"]): row for row in server.run("auth_failure_list")}
    assert (listed[b"a" * 16]["failures"], listed[b"a" * 16]["last_at_us"]) == (5, now_us)
    assert listed[b"b" * 16]["failures"] == 1, "after a long pause it starts over"
    save((b"c" * 16, 3, old_us))
    assert server.one("auth_failure_expire", most=10) == {"dropped": 1}


def server_now(server):
    server.cursor.execute("SELECT extract(epoch FROM now())")
    return server.cursor.fetchone()[0]


DUTIES = ("idempotency_expire", "node_expire", "policy_change_expire", "client_secret_expire")


@pytest.fixture
def leftovers(server, company, owner):
    """One row that is over in each table of DUTIES, and many policy changes."""
    owner.execute("DELETE FROM hallmark.idempotency; DELETE FROM hallmark.policy_change WHERE id < (SELECT max(id) FROM hallmark.policy_change)")
    create(server, company, {}, **keyed(b"old", b"o" * 32))
    create(server, company, {}, **keyed(b"young", b"y" * 32))
    owner.execute("UPDATE hallmark.idempotency SET at = now() - interval '25 hours' WHERE key_digest = %s", (b"o" * 32,))
    owner.execute("INSERT INTO hallmark.node (id, applied, seen_at) VALUES ('gone', 0, now() - interval '1 day')")
    owner.execute("INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask, not_after)"
                  " VALUES (%s, %s, 900, %s, 'm', now() - interval '31 days')", (ACCOUNT, KEY, b"z" * 32))
    owner.execute("UPDATE hallmark.policy_change SET at = now() - interval '2 hours'")


def test_one_node_keeps_house(server, cluster, leftovers):
    busy = Session(cluster)
    busy.cursor.execute("SELECT pg_advisory_lock(7203, 2)")
    dropped = {name: server.one(name, most=1000)["dropped"] for name in DUTIES}
    busy.cursor.execute("SELECT pg_advisory_unlock(7203, 2)")
    busy.close()
    assert set(dropped.values()) == {0}
    assert {name: server.one(name, most=1000)["dropped"] for name in DUTIES} == dict.fromkeys(DUTIES, 1)
    assert server.one("policy_change_last")["id"] > 0, "the newest change stays"


def test_webhook_is_told_in_the_order_of_its_record(server, company, owner):
    """Leases, results and what they leave behind; two that ask at once get other events."""
    hook = {"account_id": ACCOUNT, "id": 61}
    made = server.one("webhook_create", **hook, name="Hook", url="https://receiver.example/", kinds=[], collections=["customers"],
                      signing="hmac", sealed=b"s")
    assert (made["kinds"], made["state"]) == (["created", "updated", "deleted"], "active")
    assert server.run("webhook_create", account_id=ACCOUNT, id=62, name="Hook", url="https://receiver.example/", kinds=[],
                      collections=["nothing"], signing="hmac", sealed=b"s") == [], "an unknown collection"
    assert server.one("webhook_list", account_id=ACCOUNT)["waiting"] == 1, "a ping"
    first = create(server, company, {"Name": "A"})
    write(server, "replace", account_id=ACCOUNT, collection_id=company, record_id=first["record_id"], document=json.dumps({"Name": "B"}))
    second = create(server, company, {"Name": "C"})

    def lease(token, most=10, most_each=10):
        return server.run("webhook_lease", lease=token, seconds=60, most=most, most_each=most_each)

    def report(token, row, result, delay_ms=0, **more):
        keys = ("account_id", "webhook_id", "collection_id", "record_id", "id", "attempt", "at_us", "type")
        told = {**{key: row[key] for key in keys}, "result": result, "status": 200, "milliseconds": 5, "delay_ms": delay_ms, "hold_ms": 0, **more}
        return server.run("webhook_record", lease=token, results=json.dumps([told]), pause_seconds=86400)

    one, other = lease(1, most=2), lease(2)
    assert {row["type"] for row in one + other} == {"webhook.ping", "customers.created"} and len(one + other) == 3
    assert {row["record_id"] for row in one + other if row["version"]} == {first["record_id"], second["record_id"]}
    assert all(row["version"] == 1 for row in one + other if row["record_id"] == first["record_id"] and row["collection"]), "the older one first"
    assert lease(3) == []
    for token, rows in ((1, one), (2, other)):
        for row in rows:
            assert report(token, row, "delivered") == []
    [update] = lease(4)
    assert (update["type"], update["changed"], update["version"]) == ("customers.updated", '["Name"]', 2)
    report(5, update, "delivered")
    assert server.one("webhook_list", **hook)["waiting"] == 1, "whose lease it is not, ends nothing"
    report(4, update, "retry", delay_ms=0)
    assert server.one("webhook_list", **hook)["failing_since"] is not None
    [again] = lease(6)
    assert again["attempt"] == 2
    assert server.one("webhook_release", lease=6) == {"released": 1}
    owner.execute("UPDATE hallmark.webhook_health SET failing_since = now() - interval '2 days', failures = 50")
    [again] = lease(7)
    assert again["attempt"] == 2, "what was given back was no attempt"
    [stopped] = report(7, again, "retry", delay_ms=0)
    assert (stopped["webhook_id"], stopped["state"]) == (61, "paused") and "days" in stopped["reason"]
    assert lease(8) == [], "a paused one is told nothing"
    server.one("webhook_set_state", **hook, state="active")
    [again] = lease(9)
    [stopped] = report(9, again, "gone")
    assert (stopped["state"], server.one("webhook_list", **hook)["waiting"]) == ("disabled", 0)
    create(server, company, {"Name": "while it is off"})
    assert server.one("webhook_list", **hook)["waiting"] == 0
    server.one("webhook_set_state", **hook, state="active")
    assert server.one("webhook_redeliver", **hook, event_id=second["history_id"]) == {"events": 1}
    [failing] = lease(20)
    write(server, "replace", account_id=ACCOUNT, collection_id=company, record_id=second["record_id"], document='{"Name": "D"}')
    report(20, failing, "retry", delay_ms=3600000)
    assert lease(21) == []
    owner.execute("SELECT count(DISTINCT due_at), count(*) FROM hallmark.webhook_event WHERE due_at > now()")
    assert owner.fetchone() == (1, 2), "who stands behind waits as long"
    owner.execute("UPDATE hallmark.webhook_event SET due_at = now() WHERE id = %s", (failing["id"],))
    [failing] = lease(22)
    report(22, failing, "delivered")
    [behind] = lease(23)
    assert behind["version"] == 2, "and goes at once when it has gone"
    report(23, behind, "delivered")
    assert server.one("webhook_redeliver", **hook, event_id=second["history_id"]) == {"events": 1}
    assert server.one("webhook_redeliver", **hook, from_at="2020-01-01")["events"] >= 4
    assert {row["id"] for row in lease(10, most=100, most_each=100)} >= {second["history_id"]}
    server.one("account_set_webhooks", id=ACCOUNT, webhooks=False)
    server.one("webhook_test", **hook)
    assert lease(11, most=100, most_each=100) == []
    server.one("account_set_webhooks", id=ACCOUNT, webhooks=True)
    assert server.one("webhook_signing", **hook) == {"signing": "hmac", "name": "Hook"}
    assert server.run("webhook_rotate", **hook, sealed=b"t", signing="ed25519") == []
    assert server.one("webhook_rotate", **hook, sealed=b"t", signing="hmac")["old_until"] is not None
    [kept] = server.run("webhook_sealed")
    assert server.run("webhook_reseal", account_ids=[ACCOUNT], ids=[61], sealed=[bytes(kept["sealed"])], old_sealed=[bytes(kept["old_sealed"])]) == [{"id": 61}]
    [test] = [row for row in lease(12, most=100, most_each=100) if row["type"] == "webhook.test"]
    assert (bytes(test["sealed"]), bytes(test["old_sealed"])) == (b"t", b"s"), "both sign for a while"
    log = server.run("webhook_deliveries", **hook)
    assert {row["result"] for row in log} == {"delivered", "retry", "gone"} and server.run("webhook_deliveries", **hook, event_id=update["id"])
    owner.execute("UPDATE hallmark.webhook_delivery SET at = at - interval '31 days'")
    assert server.one("webhook_expire", most=1000) == {"dropped": len(log)}
    server.one("webhook_delete", **hook)
    assert server.run("webhook_list", account_id=ACCOUNT) == [] and lease(13) == []


def test_links_of_an_office(server, company):
    """A key, a template of two versions, two clients: what the office, the gateway and the client see."""
    office, key, first, second = 91, "hmk_office", 92, 93
    for account, name in ((office, "Office Ltd"), (first, "First"), (second, "Second")):
        server.one("account_create", id=account, name=name)
    server.one("member_set", account_id=office, user_id=USER, role="owner", permissions=["customers:read"])
    make_key(server, key, account_id=office, office=True)
    server.one("template_create", account_id=office, id=94, name="Reads", scopes=["customers:read"])
    server.one("template_create", id=95, name="For all", scopes=[])
    assert server.one("template_revise", account_id=office, id=94, scopes=["b", "a"])["scopes"] == "a b"
    assert [row["version"] for row in server.run("template_show", account_id=office, id=94)] == [2, 1]
    assert {(row["id"], row["version"]) for row in server.run("template_list", account_id=office)} >= {(94, 2), (95, 1)}

    link = {"office_account_id": office, "client_id": key}
    assert server.run("link_create", office_account_id=ACCOUNT, client_id=KEY, accounts=[first], template_id=95) == [], "no office's key"
    assert server.run("link_create", **link, accounts=[first], template_id=94, template_version=3) == [], "no such version"
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        server.run("link_create", **link, accounts=[first, 99], template_id=94)
    assert server.run("link_list", **link) == [], "all or none"
    assert len(server.run("link_create", **link, accounts=[first, second, second], template_id=94, template_version=1)) == 2
    assert server.one("link_find", account_id=first, **link)["scopes"] == "customers:read"
    assert server.one("link_change", **link, account_id=first, template_id=95)["template_id"] == 95
    assert server.one("link_change", **link, account_id=first, template_id=94)["template_version"] == 2
    assert server.one("link_end", **link, account_id=second)["state"] == "ended"
    assert server.run("link_change", **link, account_id=second, template_id=95) == [], "what has ended follows nothing"
    server.one("office_set", account_id=first, office_account_id=office, allowed=False)
    assert not server.one("link_find", account_id=first, **link)["allowed"]
    assert server.one("office_list", account_id=first)["office"] == "Office Ltd"
    listed = server.run("link_accounts", **link, only_account_id=0, after_id=0, most=10)
    assert [(row["account_id"], row["state"]) for row in listed] == [(first, "office_off"), (second, "ended")]
    assert server.run("link_accounts", **link, only_account_id=0, after_id=first, most=10) == listed[1:]
    assert server.run("link_accounts", **link, only_account_id=first, after_id=0, most=10) == listed[:1]


def test_references_that_have_to_be_unique(server, company):
    rule = {"account_id": ACCOUNT, "collection": "customers", "system": "shop"}
    assert server.run("reference_require", **{**rule, "collection": "nothing"}) == []
    server.one("reference_require", **rule)
    made = write(server, "create", account_id=ACCOUNT, collection_id=company, document='{"Name": "A"}', external_references='{"shop": "R-1"}')
    with pytest.raises(psycopg2.errors.UniqueViolation):
        write(server, "create", account_id=ACCOUNT, collection_id=company, document='{"Name": "A"}', external_references='{"shop": "R-1"}')
    page = {"account_id": ACCOUNT, "collection_id": company, "system": "shop", "after_id": 0, "skip": 0, "most": 1, "bytes_most": 1000}
    assert [row["id"] for row in server.run("record_list_referenced", **page, reference="R-1")] == [made["record_id"]]
    assert server.one("reference_list", account_id=ACCOUNT)["system"] == "shop"
    server.one("reference_relax", **rule)


def test_uses_of_secrets(server, company, owner):
    key = {"account_id": ACCOUNT, "client_id": "hmk_used"}
    make_key(server, "hmk_used")

    def use(number, uses, last_us=1_000_000, address="192.0.2.1", client_id="hmk_used"):
        return server.one("secret_use_save", account_ids=[ACCOUNT], client_ids=[client_id], numbers=[number], uses=[uses], last_us=[last_us],
                          addresses=[address], actor='{"application_name": "hallmark server"}')

    def live():
        return [row["number"] for row in server.run("client_secrets", **key) if row["live"]]

    assert use(1, 2) == {"saved": 1, "ended": 0}
    assert use(1, 3, 900_000, "192.0.2.2") == {"saved": 1, "ended": 0}, "told later than what came after it"
    shown = server.one("client_secrets", **key)
    assert (shown["uses"], shown["last_used_from"], shown["last_used_at"].timestamp(), shown["live"]) == (5, "192.0.2.1", 1, True)
    use(1, 1, 2_000_000, "2001:db8::1")
    assert server.one("client_secrets", **key)["last_used_from"] == "2001:db8::1"
    assert use(9, 1) == {"saved": 0, "ended": 0} and use(1, 1, client_id="hmk_nobody") == {"saved": 0, "ended": 0}, "a secret that is gone"
    [shown] = server.one("client_show", **key)["secrets"]
    assert (shown["uses"], shown["last_used_from"]) == (6, "2001:db8::1")

    second = {"digest": hashlib.sha256(b"second").digest(), "mask": "hms_...0002"}
    generation = server.one("client_show", **key)["generation"]
    assert server.one("client_secret_replace", **key, **second, old_until_uses=3) == {
        "client_id": "hmk_used", "name": "night run", "secret_number": 2, "generation": generation, "version": 2}
    row = server.one("client_find", **key)
    assert (row["secret1_number"], row["secret2_number"], row["secret1_not_after_us"]) == (1, 2, FOREVER)
    assert [row["ends_after_uses"] for row in server.run("client_secrets", **key)] == [3, None]
    use(1, 50)
    assert use(2, 2) == {"saved": 1, "ended": 0} and live() == [1, 2]
    assert use(2, 1) == {"saved": 1, "ended": 1} and live() == [2]
    owner.execute("SELECT application_name, collection, method FROM hallmark.change_history ORDER BY id DESC LIMIT 1")
    assert owner.fetchone() == ("hallmark server", "secrets", "PUT")
    assert use(2, 1) == {"saved": 1, "ended": 0}, "once"

    third = {"digest": hashlib.sha256(b"third").digest(), "mask": "hms_...0003"}
    server.one("client_secret_replace", **key, **third, old_until_uses=1000, old_until="2100-01-01T00:00:00Z")
    assert server.one("client_find", **key)["secret1_not_after_us"] == 4102444800 * 10**6, "whichever comes first"
    fourth = {"digest": hashlib.sha256(b"fourth").digest(), "mask": "hms_...0004"}
    assert server.one("client_secret_replace", **key, **fourth)["generation"] == generation + 1
    assert live() == [4]


def test_limits_of_requests(server, company, owner):
    names = ("key_requests", "key_seconds", "application_requests", "application_seconds")

    def limits():
        row = server.one("client_find", account_id=ACCOUNT, client_id=KEY)
        return tuple(row[name] for name in names)

    key = {"account_id": ACCOUNT, "client_id": KEY}
    assert limits() == (-1, -1, -1, -1), "what the server was started with"
    assert server.one("client_limit", **key, requests=600)["seconds"] == 60
    server.one("application_limit", id=APPLICATION, requests=0, seconds=5)
    assert limits() == (600, 60, 0, 5)
    server.one("client_limit", **key, seconds=7)
    server.one("application_limit", id=APPLICATION)
    assert limits() == (-1, -1, -1, -1)
    assert server.run("client_limit", account_id=OTHER_ACCOUNT, client_id=KEY, requests=1) == []
    assert server.run("application_limit", id=999, requests=1) == []


def test_logout_of_an_application(server, company):
    uris, back = ["https://shop.example/after", "https://shop.example/after?a=b"], "https://shop.example/back"
    made = server.one("application_set_logout", id=OWN_APPLICATION, post_logout_redirect_uris=uris, backchannel_logout_uri=back,
                      backchannel_logout_session_required=True, account_id=OTHER_ACCOUNT, actor=ACTOR)
    assert (made["post_logout_redirect_uris"], made["backchannel_logout_uri"], made["backchannel_logout_session_required"]) == (" ".join(uris), back, True)
    assert server.one("application_logout", id=OWN_APPLICATION, account_id=OTHER_ACCOUNT) == made
    assert server.run("application_logout", id=OWN_APPLICATION, account_id=ACCOUNT) == []
    assert server.run("application_set_logout", id=OWN_APPLICATION, account_id=ACCOUNT, actor=ACTOR) == []
    server.one("client_make", account_id=OTHER_ACCOUNT, client_id="hmk_leaver", application_id=OWN_APPLICATION, public=True)
    leaver = {"account_id": OTHER_ACCOUNT, "client_id": "hmk_leaver"}
    assert [server.one("logout_client", **leaver, redirect_uri=uri)["registered"] for uri in (*uris, f"{uris[0]}/", None)] == [True, True, False, False]
    assert server.run("logout_client", account_id=ACCOUNT, client_id="hmk_leaver") == []
    found = server.one("logout_client", **leaver)
    assert (found["active"], found["subject_salt"]) == (True, None)
    assert server.one("application_set_logout", id=OWN_APPLICATION, backchannel_logout_uri="", actor=ACTOR)["backchannel_logout_uri"] is None


def test_family_stays_as_long_as_its_login(server, company, owner):
    """Or nobody would know whom to tell when that ends."""
    server.one("application_create", id=38, name="Short", scopes=["customers:read"])
    server.one("client_make", account_id=0, client_id="hmk_short", application_id=38, public=True)
    owner.execute('INSERT INTO hallmark."grant" (account_id, id, user_id, application_id, scopes) VALUES (%s, 78, %s, 38, %s)', [ACCOUNT, USER, ["openid"]])
    owner.execute("INSERT INTO hallmark.session (user_id, digest, methods, address, program) VALUES (%s, %s, '{pwd}', '', '') RETURNING id", [USER, b"f" * 32])
    [login] = owner.fetchone()
    for number, (session, days) in enumerate(((login, 2), (login + 1, 2), (None, 2), (None, 0))):
        owner.execute("INSERT INTO hallmark.family (account_id, id, grant_id, user_id, client_account_id, client_id, scopes, resource, auth_time, session_id, rotates, ends_at)"
                      " VALUES (%s, %s, 78, %s, 0, 'hmk_short', '{openid}', '', now(), %s, true, now() - %s * interval '1 day')", [ACCOUNT, 880 + number, USER, session, days])

    def left():
        server.one("family_expire", most=10)
        owner.execute("SELECT id FROM hallmark.family WHERE grant_id = 78 ORDER BY id")
        return [number for number, in owner.fetchall()]

    assert left() == [880, 883], "that of a login that goes on, and one that is not over for a day"
    owner.execute("DELETE FROM hallmark.session WHERE id = %s", [login])
    assert left() == [883]
    owner.execute("DELETE FROM hallmark.family WHERE grant_id = 78")
    owner.execute('DELETE FROM hallmark."grant" WHERE id = 78')


def test_logout_tokens_are_sent_by_one_node_each(server, company, owner):
    """Of two clients: one that is slow, and one that is registered no more."""
    server.one("application_set_logout", id=OWN_APPLICATION, backchannel_logout_uri="https://shop.example/back", account_id=OTHER_ACCOUNT, actor=ACTOR)
    server.one("application_create", id=39, account_id=OTHER_ACCOUNT, name="Untold", scopes=[])
    for client, application in (("hmk_shop", OWN_APPLICATION), ("hmk_other", 39)):
        server.one("client_make", account_id=OTHER_ACCOUNT, client_id=client, application_id=application, public=True)
        for session in range(3):
            owner.execute("INSERT INTO hallmark.logout_token (client_account_id, client_id, user_id, session_id) VALUES (%s, %s, %s, %s)",
                          [OTHER_ACCOUNT, client, USER, session + 1])

    def lease(number, most=10, each=2):
        return server.run("logout_lease", lease=number, seconds=60, most=most, most_each=each)

    def record(number, row, result):
        told = {**{name: row[name] for name in ("client_account_id", "client_id", "user_id", "session_id", "attempt")}, "result": result, "status": 500, "detail": "no", "delay_ms": 0}
        return server.run("logout_record", lease=number, results=json.dumps([told]))

    first, second = lease(1, most=20), lease(2)
    assert [row["client_id"] for row in first] == ["hmk_shop"] * 2 and second == [], "two under way of one client, whoever asks"
    assert (first[0]["url"], first[0]["attempt"], first[0]["subject_salt"], len(first[0]["jti"])) == ("https://shop.example/back", 1, None, 36)
    assert lease(3) == []
    owner.execute("SELECT count(*) FROM hallmark.logout_token WHERE client_id = 'hmk_other'")
    assert owner.fetchone() == (0,), "dropped"
    assert record(2, first[0], "given_up") == [], "whose lease it is not, ends nothing"
    assert record(1, first[0], "given_up") == [{"client_id": "hmk_shop", "session_id": first[0]["session_id"], "attempt": 1, "status": 500, "detail": "no"}]
    assert record(1, first[1], "retry") == [] and sorted(row["attempt"] for row in lease(4)) == [1, 2]
    assert server.one("logout_release", lease=4) == {"released": 2}
    assert [record(5, row, "delivered") for row in lease(5)] == [[], []] and lease(6) == []


def test_identity_of_an_application(server, company):
    made = server.one("application_set_identity", id=OWN_APPLICATION, id_token_alg="ES256", userinfo_alg="RS256", subject_type="pairwise",
                      account_id=OTHER_ACCOUNT, actor=ACTOR)
    assert (made["id_token_alg"], made["userinfo_alg"], made["subject_type"]) == ("ES256", "RS256", "pairwise")
    assert server.one("application_identity", id=OWN_APPLICATION, account_id=OTHER_ACCOUNT) == made
    assert server.run("application_identity", id=OWN_APPLICATION, account_id=ACCOUNT) == []
    assert server.run("application_set_identity", id=OWN_APPLICATION, account_id=ACCOUNT, actor=ACTOR) == []
    plain = server.one("application_set_identity", id=OWN_APPLICATION, userinfo_alg="", actor=ACTOR)
    assert (plain["id_token_alg"], plain["userinfo_alg"], plain["subject_type"]) == ("ES256", None, "pairwise"), "the others are as they were"
    for wrong in ({"id_token_alg": "none"}, {"id_token_alg": "HS256"}, {"userinfo_alg": "EdDSA"}, {"subject_type": "private"}):
        with pytest.raises(psycopg2.errors.CheckViolation):
            server.run("application_set_identity", id=OWN_APPLICATION, actor=ACTOR, **wrong)


def test_nodes_tell_each_other_what_they_have_counted(server, owner):
    owner.execute("SELECT (extract(epoch FROM now()) * 1e6)::bigint")
    now_us, second = owner.fetchone()[0], 10**6

    def tell(node, *counts):
        subjects, periods, requests, until = [list(column) for column in zip(*counts)] if counts else [[]] * 4
        rows = server.run("rate_exchange", node=node, subjects=subjects, periods=periods, requests=requests, until_us=until, now_us=now_us)
        return {(row["subject"], row["period"]): row["requests"] for row in rows}

    assert tell(1, (5, 70, 3, now_us + 60 * second), (-6, 70, 9, now_us + 60 * second)) == {}, "one's own counts are known"
    assert tell(2) == {(5, 70): 3, (-6, 70): 9}
    assert tell(2, (5, 70, 4, now_us + 60 * second)) == {(5, 70): 3, (-6, 70): 9}
    assert tell(3) == {(5, 70): 7, (-6, 70): 9}
    assert tell(1, (5, 71, 1, now_us + 60 * second)) == {(5, 70): 4}, "the next window has taken the place of the last"
    assert tell(3) == {(5, 70): 4, (5, 71): 1, (-6, 70): 9}
    tell(1, (-6, 70, 9, now_us - 3601 * second))
    assert tell(3) == {(5, 70): 4, (5, 71): 1}, "what is over is not told"
    assert server.one("rate_count_expire", most=10) == {"dropped": 1}


# --- logins -------------------------------------------------------------------------------------------------------------------


def digest_of(text):
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def person(server, owner):
    """Somebody with a password, logged in nowhere."""
    server.one("user_create", id=85, email="Log@in.example", name="Logga In")
    server.one("user_password", email="log@IN.example", password_hash="hash-1")
    yield lambda cookie, **given: server.run("session_begin", **{
        "user_id": 85, "password_digest": digest_of("hash-1"), "digest": digest_of(cookie), "methods": ["pwd"], "address": "192.0.2.1", "program": "P", "actor": ACTOR, **given})
    for table in ("session", "totp", "recovery_code", "mail", "password_link"):
        owner.execute(f"DELETE FROM hallmark.{table} WHERE user_id = 85")
    owner.execute("DELETE FROM hallmark.user WHERE id = 85")


def find(server, cookie):
    return server.run("session_find", digest=digest_of(cookie))


def test_session_lives_while_it_is_used_and_twelve_hours_at_most(server, owner, person):
    known = server.one("login_find", email="LOG@in.example")
    assert (known["user_id"], known["password_hash"], bytes(known["password_digest"]), known["active"], known["totp_sealed"]) == (
        85, "hash-1", digest_of("hash-1"), True, None)
    assert server.one("login_second_find", user_id=85) == known
    [begun] = person("a")
    [found] = find(server, "a")
    assert (found["user_id"], found["id"], found["name"], found["methods"]) == (85, begun["id"], "Logga In", "pwd")
    assert find(server, "b") == []
    owner.execute("UPDATE hallmark.session SET seen_at = now() - interval '59 minutes' WHERE user_id = 85")
    assert server.run("session_touch", user_id=85, id=begun["id"])
    assert find(server, "a")[0]["seen_at_us"] > found["seen_at_us"] - 60_000_000
    owner.execute("UPDATE hallmark.session SET seen_at = now() - interval '61 minutes' WHERE user_id = 85")
    assert find(server, "a") == [] and server.run("session_touch", user_id=85, id=begun["id"]) == [] and server.run("session_list", user_id=85) == []
    owner.execute("UPDATE hallmark.session SET seen_at = now(), created_at = now() - interval '721 minutes' WHERE user_id = 85")
    assert find(server, "a") == [] and server.run("session_touch", user_id=85, id=begun["id"]) == []
    owner.execute("UPDATE hallmark.session SET seen_at = now() - interval '61 minutes' WHERE user_id = 85")
    assert server.one("session_expire", most=10) == {"dropped": 1}


def test_login_ends_the_session_that_the_browser_had(server, person):
    [first] = person("a")
    person("other")
    assert person("b", old_digest=digest_of("a")) == [first], "the same one, with another cookie"
    assert find(server, "a") == [] and len(server.run("session_list", user_id=85)) == 2
    assert person("never", password_digest=digest_of("hash-2"), old_digest=digest_of("b")) == []
    assert find(server, "b"), "a login that failed ends nothing"
    for number in range(60):
        person(f"many {number}")
    assert len(server.run("session_list", user_id=85)) == 50 and find(server, "many 59") and not find(server, "other")


def test_who_may_not_log_in_gets_no_session(server, owner, person):
    assert person("a", user_id=86) == []
    assert person("a", password_digest=digest_of("")) == []
    server.one("user_set_state", email="log@in.example", state="disabled")
    assert person("a") == []
    server.one("user_set_state", email="log@in.example", state="active")
    owner.execute("UPDATE hallmark.user SET password_hash = NULL WHERE id = 85")
    assert person("a", password_digest=digest_of("")) == []


def test_password_change_ends_every_session(server, person):
    person("a")
    server.one("user_password", email="log@in.example", password_hash="hash-2")
    assert find(server, "a") == [] and person("b") == []
    assert server.run("user_rehash", id=85, old_hash="hash-1", new_hash="hash-3") == []
    [found] = person("b", password_digest=digest_of("hash-2"))
    assert server.run("user_rehash", id=85, old_hash="hash-2", new_hash="hash-3", actor='{"application_name": "hallmark"}')
    assert find(server, "b")[0]["id"] == found["id"], "the same password, hashed anew"
    assert server.run("session_end", user_id=86, id=found["id"], actor=ACTOR) == [], "nobody ends another's"
    assert server.run("session_end", user_id=85, id=found["id"], actor=ACTOR) and find(server, "b") == []


def test_password_is_changed_by_a_fresh_login_that_knows_it_only(server, owner, person):
    [login], [other] = person("a"), person("b")
    owner.execute("UPDATE hallmark.session SET methods = '{pwd,otp,mfa}', created_at = created_at - interval '5 minutes' WHERE id = %s RETURNING created_at", [login["id"]])
    [[begun]] = owner.fetchall()
    owner.execute("INSERT INTO hallmark.password_link (user_id, digest, expires_at) VALUES (85, %s, now() + interval '1 hour') RETURNING user_id", [digest_of("link")])

    def change(**given):
        return server.run("password_change", **{"user_id": 85, "session_id": login["id"], "fresh_seconds": 600, "old_digest": digest_of("hash-1"), "password_hash": "hash-2",
                                                "digest": digest_of("c"), "actor": ACTOR, **given})

    assert change(session_id=0) == [] == change(fresh_seconds=299) == change(user_id=86) == change(old_digest=digest_of("hash-0"))
    assert find(server, "a") and find(server, "b")
    [made] = change()
    assert change(session_id=made["id"]) == [], "it is another one by now"
    [found] = find(server, "c")
    assert found["id"] == made["id"] not in (login["id"], other["id"]) and found["methods"] == "pwd otp mfa"
    owner.execute("SELECT created_at FROM hallmark.session WHERE user_id = 85")
    assert owner.fetchall() == [(begun,)], "of all logins this one goes on, and is no younger"
    assert server.run("password_link_find", digest=digest_of("link")) == [] and person("d") == [] and person("d", password_digest=digest_of("hash-2"))
    assert server.run("session_end", user_id=85, id=made["id"], actor=ACTOR) and change(session_id=made["id"], old_digest=digest_of("hash-2")) == []


def test_second_factor_cannot_be_gone_round_and_no_code_works_twice(server, person):
    codes = [digest_of("r1"), digest_of("r2")]
    assert server.one("totp_set", id=85, sealed=b"s", recovery_digests=codes)["id"] == 85
    assert bytes(server.one("login_second_find", user_id=85)["totp_sealed"]) == b"s"
    assert person("a") == [] and person("a", recovery_digest=digest_of("r3")) == []
    assert person("a", step=100) and person("b", step=100) == [] and person("b", step=99) == [] and person("b", step=101)
    assert person("c", recovery_digest=codes[0]) and person("d", recovery_digest=codes[0]) == [] and person("d", recovery_digest=codes[1])
    assert person("e", step=102, password_digest=digest_of("x")) == [] and person("e", step=102), "what failed spends nothing"
    assert [row["user_id"] for row in server.run("totp_sealed")] == [85]
    assert server.run("totp_reseal", user_ids=[85], sealed=[b"t"]) == [{"user_id": 85}]
    assert server.one("totp_remove", email="LOG@in.example")["id"] == 85
    assert person("f") and server.run("session_end", user_id=85, actor=ACTOR) == [{"id": 85}] and server.run("session_list", user_id=85) == []


def test_second_factor_is_switched_by_a_fresh_login_only(server, owner, person):
    [login], [other] = person("a"), person("b")
    fresh, actor = {"user_id": 85, "session_id": login["id"], "fresh_seconds": 600}, '{"application_name": "hallmark"}'

    def begin(**given):
        return server.run("totp_begin", **{**fresh, "sealed": b"s", "step": 7, "recovery_digests": [digest_of("r1")], "actor": actor, **given})

    assert begin(session_id=0) == [] and begin(fresh_seconds=-1) == [] and begin(user_id=86) == []
    assert server.run("recovery_renew", **fresh, recovery_digests=[digest_of("r2")]) == [] and server.run("totp_end", **fresh, actor=actor) == []
    assert begin() == [{"id": 85}] and begin() == [] and find(server, "b") == [] and find(server, "a")[0]["methods"] == "pwd otp mfa"
    assert person("c", step=7) == [], "that code is spent"
    assert server.run("recovery_renew", **fresh, recovery_digests=[digest_of("r2")]) and person("d", recovery_digest=digest_of("r1")) == []
    owner.execute("UPDATE hallmark.session SET methods = '{pwd}' WHERE user_id = 85")
    assert server.run("totp_end", **fresh, actor=actor) == [], "not with the password alone"
    owner.execute("UPDATE hallmark.session SET methods = '{pwd,otp,mfa}' WHERE user_id = 85")
    assert server.run("totp_end", **fresh, actor=actor) == [{"id": 85}] and person("e")


def test_password_link_works_once_and_while_nothing_else_changed(server, owner, person):
    def make(text, seconds=60):
        return server.run("password_link_make", email="LOG@in.example", digest=digest_of(text), seconds=seconds)

    def use(text):
        return server.run("password_link_use", digest=digest_of(text), password_hash="hash-2", actor='{"application_name": "hallmark", "person": "Logga In"}')

    assert make("a")[0]["id"] == 85 and make("b")
    assert server.run("password_link_find", digest=digest_of("a")) == [], "a new one ends the old one"
    assert server.one("password_link_find", digest=digest_of("b")) == {"user_id": 85, "name": "Logga In", "email": "Log@in.example"}
    person("cookie")
    assert use("a") == [] and find(server, "cookie")
    assert use("b") == [{"id": 85}] and use("b") == [] and find(server, "cookie") == []
    assert server.one("login_find", email="log@in.example")["password_hash"] == "hash-2"
    assert make("c", -1) and server.run("password_link_find", digest=digest_of("c")) == [] and use("c") == []
    assert server.one("password_link_expire", most=10) == {"dropped": 1}
    make("d")
    server.one("user_password", email="log@in.example", password_hash="hash-3")
    assert use("d") == [], "the password was changed in another way"
    make("e")
    server.one("user_set_state", email="log@in.example", state="disabled")
    assert use("e") == [] and make("f") == []


def test_link_goes_into_one_mail_and_out_of_the_table(server, owner, person):
    def ask(kind="forgotten", email="LOG@in.example"):
        server.one("link_request_make", kind=kind, email=email, language="de")

    def settle(text, spacing=600):
        return server.one("link_request_settle", digest=digest_of(text), sealed=text.encode(), forgotten_seconds=60, invited_seconds=120, spacing_seconds=spacing)

    def lease(number=1):
        return server.run("mail_lease", lease=number, seconds=60)

    def record(lease, state, id, delay=0):
        return server.run("mail_record", lease=lease, id=id, state=state, detail="said", delay_ms=delay)

    assert settle("a") == {"taken": 0, "made": 0}
    ask(email="nobody@in.example"), ask("invited"), ask(), ask()
    assert [settle(text) for text in "abcd"] == [{"taken": 1, "made": 0}, {"taken": 1, "made": 0}, {"taken": 1, "made": 1}, {"taken": 1, "made": 0}], (
        "nobody, somebody who has a password, and twice the same")
    [mail] = lease()
    assert (mail["attempt"], mail["kind"], mail["language"], mail["email"], bytes(mail["digest"]), bytes(mail["sealed"])) == (
        1, "forgotten", "de", "Log@in.example", digest_of("c"), b"c")
    assert lease(2) == [] and record(2, "sent", mail["id"]) == [], "it is another's"
    assert server.one("mail_release", lease=1) == {"released": 1}
    assert lease(2)[0]["attempt"] == 1 and record(2, "waiting", mail["id"], 60000) and lease(3) == []
    assert server.one("mail_waiting")["waiting"] == 1 and server.one("mail_waiting")["detail"] == "said"
    [sealed] = server.run("mail_sealed")
    assert server.run("mail_reseal", ids=[sealed["id"]], sealed=[b"d"]) == [{"id": mail["id"]}]
    owner.execute("UPDATE hallmark.mail SET due_at = now()")
    assert bytes(lease(4)[0]["sealed"]) == b"d" and record(4, "sent", mail["id"]) and record(4, "sent", mail["id"]) == []
    assert server.run("mail_sealed") == [] and server.run("mail_list")[0]["state"] == "sent" and server.one("mail_waiting")["waiting"] == 0
    assert server.run("person_link_request", email="nobody@in.example") == []
    assert server.one("person_link_request", email="log@in.example", language="pl")["id"] == 85
    assert settle("e", spacing=0) == {"taken": 1, "made": 1}
    server.one("user_password", email="log@in.example", password_hash="hash-2")
    assert lease(5) == [], "its link is worth nothing any more"
    owner.execute("UPDATE hallmark.mail SET ended_at = now() - interval '8 days' WHERE state = 'sent'")
    ask()
    owner.execute("UPDATE hallmark.link_request SET asked_at = now() - interval '2 hours'")
    assert server.one("mail_expire", most=10) == {"done": 1}
    [left] = server.run("mail_list")
    assert left["state"] == "failed" and "while its link worked" in left["detail"] and settle("f") == {"taken": 0, "made": 0}


def test_address_is_verified_by_a_link_that_was_mailed_there_only(server, owner, person):
    def is_verified():
        owner.execute("SELECT email_verified, profile_at FROM hallmark.user WHERE id = 85")
        return owner.fetchone()

    def make(text, mailed):
        if mailed:
            server.one("link_request_make", kind="forgotten", email="log@in.example", language="de")
            return server.one("link_request_settle", digest=digest_of(text), sealed=b"s", forgotten_seconds=60, invited_seconds=60, spacing_seconds=0)
        return server.one("password_link_make", email="log@in.example", digest=digest_of(text), seconds=60)

    def use(text):
        return server.run("password_link_use", digest=digest_of(text), password_hash=f"hash-{text}", actor=ACTOR)

    owner.execute("UPDATE hallmark.user SET profile_at = now() - interval '1 day' WHERE id = 85 RETURNING id")
    make("a", mailed=False)
    assert use("a") and is_verified()[0] is False, "an administrator handed it over"
    old = is_verified()[1]
    make("b", mailed=True), make("c", mailed=False)
    assert use("b") == [] and use("c") and is_verified() == (False, old), "another one took the place of the one that was mailed"
    make("d", mailed=False), make("e", mailed=True)
    assert use("d") == [] and use("e") and is_verified()[0] is True and is_verified()[1] > old, "and applications hear that something is new"
    make("f", mailed=False)
    assert use("f") and is_verified()[0] is True, "what is known stays known"
    assert server.run("user_change", id=85, name="Another", actor=ACTOR) and is_verified()[0] is True
    make("g", mailed=True)
    assert server.run("user_change", id=85, email="else@in.example", actor=ACTOR) and is_verified()[0] is False
    assert use("g") == [] and server.run("mail_lease", lease=1, seconds=60) == [], "what was meant for the old address opens nothing"
    server.one("user_change", id=85, email="log@in.example", actor=ACTOR)
    assert is_verified()[0] is False


def test_no_month_is_made_twice(server):
    assert server.one("history_partitions_make", months_ahead=3) == {"made": 0, "default_rows": 0}


def test_every_statement_runs_as_the_server(server, company):
    """What no test above has run; a right that the role lacks is an error here."""
    create(server, company, {"Name": "A"})
    page = {"account_id": ACCOUNT, "collection_id": company, "after_id": 0, "skip": 0, "most": 1, "bytes_most": 1000}
    given = {
        "record_list": page, "record_list_ordered": {**page, "order_keys": '["Name"]', "order_descending": "[true]"},
        "account_list": {}, "account_show": {"id": ACCOUNT}, "api_all": {}, "api_show": {"name": "erp"}, "application_list": {},
        "application_show": {"name": "invoice robot"}, "client_list": {"account_id": ACCOUNT},
        "client_show": {"account_id": ACCOUNT, "client_id": KEY}, "collection_all": {}, "collection_show": {"name": "customers"},
        "changes_heads": {"account_ids": [ACCOUNT]},
        "changes_list": {"account_id": ACCOUNT, "after_seq": 0, "most": 10, "scan_most": 10, "bytes_most": 1000},
        "member_list": {"account_id": ACCOUNT}, "member_permissions": {"account_id": ACCOUNT, "user_id": USER}, "migration_latest": {},
        "migration_list": {}, "user_list": {}, "user_show": {"email": "ANNA@muster.example"}, "migration_lock": {},
    }
    member, key = {"account_id": ACCOUNT, "user_id": USER}, {"account_id": ACCOUNT, "client_id": KEY}
    given.update(member_show=member, right_list=member, user_find={"id": USER}, api_find={"id": API}, application_find={"id": APPLICATION, "account_id": ACCOUNT},
                 user_change={"id": USER, "name": "Anna M."}, member_change={**member, "permissions": ["customers:read"]}, client_change={**key, "name": "day run"},
                 member_invite={"account_id": ACCOUNT, "user_id": 77, "email": "new@muster.example"}, api_set={"id": API, "token_seconds": 300},
                 collection_set={"name": "customers", "singular": "customer"}, admin_request_expire={"most": 10},
                 revocation_add={"kind": "jti", "subject": "x", "account_id": ACCOUNT, "until": "2099-01-01"}, revocation_all={})
    given.update(activation_show={}, activation_set={"by_default": True}, account_request_access={"id": ACCOUNT}, account_set_access={"id": ACCOUNT, "plan": True})
    assert server.run("client_confirm", **key) == []
    record = create(server, company, {"Name": "Told"})["record_id"]
    given.update(history_who_could={"account_id": ACCOUNT, "scope": "customers:read", "at": "infinity"}, history_touched={"account_id": ACCOUNT, "client_id": AUTHOR["client_id"]},
                 history_between={"account_id": ACCOUNT, "collection": "customers", "record_id": record, "from_time": "-infinity", "to_time": "infinity"})
    given.update(lifetime_list={}, lifetime_set={"name": "code", "seconds": 60}, grant_expire={"most": 10}, family_expire={"most": 10},
                 application_offer={"id": APPLICATION, "redirect_uris": ["https://shop.example/callback"], "scopes": ["customers:read"]})
    read = {"account": ACCOUNT, "at_us": 1, "request": str(uuid.UUID(int=1)), "application": "A", "key": "hmk_x", "address": "-", "question": "/history", "given": 0}
    assert [server.one("history_read_save", reads=json.dumps([read]))["saved"] for _ in range(2)] == [1, 0], "what is told again stands once"
    given.update(history_read_note={"account_id": ACCOUNT, "question": "hallmark history export"}, history_read_list={"account_id": ACCOUNT},
                 history_read_expire={"months_kept": 24})
    given["actor_set"] = {"actor": "{}"}
    given["seal_lag"] = {"log_id": 1}
    given["export_bounds"] = {"account_id": ACCOUNT, "cosigned": 0}
    given["archive_summary"] = {"account_id": ACCOUNT}
    given["export_erasures"] = {"account_id": ACCOUNT, "size": 0}
    for name, parameters in given.items():
        assert server.run(name, **parameters), name
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        server.run("account_set_operator", id=ACCOUNT, operator=True)
    assert set(STATEMENTS) - server.prepared == set()
