# SPDX-License-Identifier: Apache-2.0
"""The main job, end to end: a key becomes a token, a token becomes a change, and the history names the application."""

import base64
import hashlib
import json
import re
import struct
import time
import uuid

import pytest

from demo import COLLECTIONS, PREFIX, SCOPES, Caller, number_of

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
RECEIPT = re.compile(r"([0-9]+):([0-9a-f]{64})")


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key(application=demo.new_application("Rechnungs-Import Żółw"), name="Büro")


@pytest.fixture
def caller(server, key):
    with Caller(server.port, key) as made:
        yield made


def claims_of(token):
    head, payload, _ = token.split(".")
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, payload)]


def row_of(cluster, receipt):
    """The history row that a receipt names, by column name."""
    history_id = int(RECEIPT.fullmatch(receipt)[1])
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT h.*, extract(epoch FROM h.at) * 1000000 AS at_us, v.before, v.before_salt, v.after, v.after_salt, v.person,"
                       " v.person_salt, v.address, v.address_salt FROM hallmark.change_history h"
                       " LEFT JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at) WHERE h.id = %s", [history_id])
        rows = cursor.fetchall()
        assert len(rows) == 1, f"{len(rows)} rows of the change {history_id}"
        values = {column.name: value for column, value in zip(cursor.description, rows[0])}
        return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()}


# --- a token ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/oauth2/token", f"{PREFIX}/token"])
def test_key_becomes_a_token(caller, server, key, path):
    answer = caller.ask_for_token(path=path)
    assert (answer.status, answer.header("cache-control"), answer.header("pragma")) == (200, "no-store", "no-cache")
    body = answer.json()
    assert body["token_type"].lower() == "bearer" and 0 < body["expires_in"] <= 600
    assert "refresh_token" not in body and sorted(body["scope"].split()) == sorted(SCOPES.split())
    head, claims = claims_of(body["access_token"])
    assert head["typ"].lower() == "at+jwt" and head["alg"] == "ES256" and head["kid"]
    assert claims["iss"] == server.url and claims["client_id"] == claims["sub"] == key.client_id
    assert claims["aud"] == "https://books.example" and claims["exp"] - claims["iat"] == 600 and abs(time.time() - claims["iat"]) < 5
    assert sorted(claims["scope"].split()) == sorted(SCOPES.split())
    assert claims["jti"] and {"account", "application", "generation"} <= claims.keys()


def test_token_narrows_and_never_widens(caller):
    narrow = caller.ask_for_token(scope="customers:read").json()
    assert "scope" not in narrow, "it is left out when it is what was asked: some clients refuse any other"
    assert claims_of(narrow["access_token"])[1]["scope"] == "customers:read"
    caller.access_token = narrow["access_token"]
    assert caller.call("GET", "customers").status == 200
    refused = caller.call("POST", "customers", {"Name": "Ada"})
    assert (refused.status, refused.json()["code"]) == (403, "insufficient_scope")
    assert 'scope="customers:write"' in refused.header("www-authenticate") and "insufficient_scope" in refused.header("www-authenticate")
    wider = caller.ask_for_token(scope="customers:read keys:write")
    assert (wider.status, wider.json()["error"]) == (400, "invalid_scope")


def test_wrong_secret_gets_no_token(server, demo):
    with Caller(server.port, demo.new_key()) as stranger, Caller(server.port, demo.new_key()) as owner:
        refused = stranger.ask_for_token(secret=owner.key.secret)
        assert (refused.status, refused.json()["error"]) == (401, "invalid_client")
        assert refused.header("www-authenticate").startswith("Basic ")
        assert owner.ask_for_token().status == 200


# --- records and their history ------------------------------------------------------------------------------------------------


def test_record_lives_and_the_history_names_the_application(caller, key):
    record = caller.create("Ada Lovelace", Mail="ada@example.com", Discount=0)
    path = f"customers/{record}"
    answer = caller.call("GET", path)
    assert (answer.status, answer.json()["Id"], answer.json()["Name"]) == (200, record, "Ada Lovelace")
    changed = caller.call("PUT", path, '{"Name":"Ada King","Mail":"ada@example.com","Discount":12.30}')
    assert (changed.status, changed.body) == (204, b"")
    assert b"12.30" in caller.call("GET", path).body, "a number keeps its scale"
    deleted = caller.call("DELETE", path)
    assert (deleted.status, deleted.body) == (204, b"")
    assert caller.call("GET", path).status == 404
    assert caller.call("PUT", path, {"Name": "Nobody"}).status == 404
    assert caller.call("DELETE", path).status == 404

    history = caller.call("GET", f"{path}/history")
    assert history.status == 200, "the history of a deleted record is still there"
    changes = history.json()["changes"]
    assert [(change["method"], change["version"]) for change in changes] == [("DELETE", 3), ("PUT", 2), ("POST", 1)]
    for change in changes:
        assert change["application"] == {"id": key.application, "name": "Rechnungs-Import Żółw"}
        assert change["key"] == {"client_id": key.client_id, "name": "Büro"} and change["holder"] == key.holder
        assert change["collection"] == "customers" and change["record"] == record
        assert change["sentence"].startswith("Rechnungs-Import Żółw ") and '"Büro"' in change["sentence"]
        assert change["address"] == "127.0.0.1" and UUID.fullmatch(change["request_id"])
    fields = {field["name"]: (field.get("old"), field.get("new")) for field in changes[1]["fields"]}
    assert fields == {"Name": ("Ada Lovelace", "Ada King"), "Discount": (0, 12.30)}
    assert {"name": "Name", "new": "Ada Lovelace"} in changes[2]["fields"]
    assert {"name": "Name", "old": "Ada King"} in changes[0]["fields"]


def test_history_of_the_account_filters_and_pages(server, demo):
    with Caller(server.port, demo.new_key()) as caller:
        first = caller.create("one")
        caller.create("two", collection="products")
        for number in range(5):
            assert caller.call("PUT", f"customers/{first}", {"Name": f"one {number}"}).status == 204
        everything = caller.call("GET", "/history").json()["changes"]
        assert [change["collection"] for change in everything[:7]] == ["customers"] * 5 + ["products", "customers"]
        assert {change["application"]["name"] for change in everything[7:]} == {"hallmark command line"}, "and how the key was made"
        assert [change["id"] for change in everything] == sorted((change["id"] for change in everything), reverse=True)
        assert caller.call("GET", f"{PREFIX}/history").json()["changes"] == everything
        of_products = caller.call("GET", "/history?collection=products").json()["changes"]
        assert [change["collection"] for change in of_products] == ["products"]
        assert len(caller.call("GET", f"/history?collection=customers&record={first}").json()["changes"]) == 6
        assert len(caller.call("GET", f"/history?key={caller.key.client_id}&application={caller.key.application}").json()["changes"]) == 7
        assert caller.call("GET", "/history?to=2020-01-01").json()["changes"] == []
        paged, path = [], "/history?page_size=3"
        while path:
            answer = caller.call("GET", path)
            paged += answer.json()["changes"]
            link = answer.header("link")
            path = re.fullmatch(r'<([^>]+)>; rel="next"', link)[1].replace(server.url, "") if link else None
        assert paged == everything


def test_values_of_unreadable_collections_are_withheld(server, demo):
    writer = demo.new_key()
    auditor = demo.new_key(account=writer.account, holder=writer.holder, scopes="history:read customers:read")
    with Caller(server.port, writer) as caller, Caller(server.port, auditor) as reader:
        caller.create("visible")
        caller.create("hidden", collection="products")
        changes = {change["collection"]: change for change in reader.call("GET", "/history").json()["changes"]}
        assert changes["customers"]["fields"]
        assert changes["products"]["withheld"] is True and "hidden" not in json.dumps(changes["products"])
        assert reader.call("GET", "products").status == 403


def test_accounts_see_nothing_of_one_another(caller, server, demo):
    record = caller.create("ours")
    with Caller(server.port, demo.new_key()) as stranger:
        for method, body in (("GET", None), ("PUT", {"Name": "mine"}), ("DELETE", None)):
            assert stranger.call(method, f"customers/{record}", body).status == 404
        assert stranger.call("GET", f"customers/{record}/history").status == 404
        assert "ours" not in json.dumps(stranger.call("GET", "/history").json()) and stranger.call("GET", "customers").json() == []
    assert caller.call("GET", f"customers/{record}").json()["Name"] == "ours"


def test_renamed_application_keeps_the_old_name_in_the_history(server, demo):
    application = demo.new_application()
    with Caller(server.port, demo.new_key(application=application)) as caller:
        record = caller.create()
        demo.json("application", "rename", application[0], f"--name={application[1]} II")
        assert caller.call("PUT", f"customers/{record}", {"Name": "Ada"}).status == 204
        names = [change["application"]["name"] for change in caller.call("GET", f"customers/{record}/history").json()["changes"]]
        assert names == [f"{application[1]} II", application[1]]


def test_paths_that_public_clients_use(caller):
    record = caller.create("versions")
    for path in (f"customers/{record}", f"customers/{record}/", f"v1.2/customers/{record}", f"v1.1/customers/{record}/"):
        assert caller.call("GET", path).json()["Name"] == "versions", path
    assert caller.call("PUT", "v1.2/customers/", {"Id": record, "Name": "in the body"}).status == 204
    found = caller.call("GET", "customers/?$filter=Name%20eq%20'in%20the%20body'&$orderby=Id%20desc&$top=1").json()
    assert [row["Id"] for row in found] == [record]
    assert caller.call("GET", f"v9.9/customers/{record}").status == 404


# --- the receipt --------------------------------------------------------------------------------------------------------------


def frozen_bytes(row):
    """The frozen form as schema/migrations/0009_history.sql documents it, made from the columns."""

    def number(value):
        return 20, None if value is None else struct.pack(">q", value)

    def text(value):
        return 17, None if value is None else (value if isinstance(value, bytes) else value.encode())

    fields = [
        text("hallmark.change.v1"), number(row["account_id"]), number(row["id"]), number(int(row["at_us"])), number(row["application_id"]),
        text(row["application_name"]), text(row["client_id"]), text(row["key_name"]), number(row["holder_id"]), number(row["user_id"]),
        text(row["token_jti"]), text(row["method"]), number(row["collection_id"]), text(row["collection"]), number(row["record_id"]),
        text(row["external_references"]), number(row["version"]), text(uuid.UUID(str(row["request_id"])).bytes),
        *(text(row[name]) for name in ("before_digest", "after_digest", "person_digest", "address_digest")),
    ]
    out = struct.pack(">I", len(fields))
    for kind, value in fields:
        out += struct.pack(">I", kind) + (struct.pack(">i", -1) if value is None else struct.pack(">I", len(value)) + value)
    return out


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_receipt_is_the_digest_of_what_is_stored(caller, cluster, key, method):
    document = {"Name": "Ünï \u2028 \U0001f600", "Price": 1, "ExternalReferences": [{"System": "shop", "Id": "A-1"}]}
    answer = created = caller.call("POST", "customers", document)
    assert created.status == 200, created
    record = int(created.body)
    if method == "PUT":
        answer = caller.call("PUT", f"customers/{record}", {"Name": "after"})
    elif method == "DELETE":
        answer = caller.call("DELETE", f"customers/{record}")
    history_id, digest = RECEIPT.fullmatch(answer.header("hallmark-receipt")).groups()
    row = row_of(cluster, answer.header("hallmark-receipt"))
    assert row["frozen_digest"].hex() == digest
    assert frozen_bytes(row) == row["frozen"] and hashlib.sha256(row["frozen"]).hexdigest() == digest
    for name in ("before", "after", "person", "address"):
        value, salt = row[name], row[f"{name}_salt"]
        expected = None if value is None else hashlib.sha256(salt + value.encode()).digest()
        assert row[f"{name}_digest"] == expected, name
        assert salt is None or len(salt) == 16
    assert (row["before"] is None, row["after"] is None) == (method == "POST", method == "DELETE")
    if row["after"]:
        assert json.loads(row["after"])["Id"] == record
    assert (row["account_id"], row["application_id"], row["holder_id"]) == (number_of(key.account), number_of(key.application), number_of(key.holder))
    assert (row["client_id"], row["key_name"], row["method"], row["record_id"]) == (key.client_id, "Büro", method, record)
    assert str(row["request_id"]) == answer.header("x-request-id") and row["address"] == "127.0.0.1"
    assert row["token_jti"] == claims_of(caller.token())[1]["jti"]
    shown = caller.call("GET", f"customers/{record}/history").json()["changes"][0]
    assert shown["receipt"] == f"{history_id}:{digest}" and shown["id"] == int(history_id)


def test_salts_differ_from_change_to_change(caller, cluster):
    rows = [row_of(cluster, caller.call("POST", "customers", {"Name": "same"}).header("hallmark-receipt")) for _ in range(5)]
    salts = [row[f"{name}_salt"] for row in rows for name in ("after", "address")]
    assert len(set(salts)) == len(salts)


def test_state_and_history_agree(caller, cluster, key):
    """Each record carries the id and the version of its last change."""
    record = caller.create()
    assert caller.call("PUT", f"customers/{record}", {"Name": "second"}).status == 204
    rows = cluster.query(
        "SELECT r.version, h.version, r.changed_at = h.at, r.document::text = v.after FROM hallmark.record r"
        " JOIN hallmark.change_history h ON (h.account_id, h.id) = (r.account_id, r.history_id)"
        " JOIN hallmark.history_value v ON (v.account_id, v.history_id) = (h.account_id, h.id) WHERE (r.account_id, r.id) = (%s, %s)",
        [number_of(key.account), record])
    assert rows == [(2, 2, True, True)]


# --- conditions and repeats ---------------------------------------------------------------------------------------------------


def test_version_is_expected_with_if_match(caller):
    record = caller.create()
    path = f"customers/{record}"
    tag = caller.call("GET", path).header("etag")
    assert caller.call("PUT", path, {"Name": "first"}, headers={"If-Match": tag}).status == 204
    late = caller.call("PUT", path, {"Name": "second"}, headers={"If-Match": tag})
    assert (late.status, late.json()["code"]) == (400, "version_mismatch")
    assert caller.call("GET", path).json()["Name"] == "first"
    assert caller.call("GET", path, headers={"If-None-Match": caller.call("GET", path).header("etag")}).status == 304


def test_idempotency_key_gives_the_first_answer_again(caller, cluster, key):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = (caller.call("POST", "customers", {"Name": "once"}, headers=headers) for _ in range(2))
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert again.header("hallmark-receipt") == first.header("hallmark-receipt")
    assert cluster.query("SELECT count(*) FROM hallmark.change_history WHERE account_id = %s AND record_id = %s", [number_of(key.account), int(first.body)]) == [(1,)]
    other = caller.call("POST", "customers", {"Name": "something else"}, headers=headers)
    assert (other.status, other.json()["code"]) == (400, "idempotency_key_reused")
    changed = [caller.call("PUT", f"customers/{int(first.body)}", {"Name": "put"}, headers={"Idempotency-Key": "of-the-put"}) for _ in range(3)]
    assert [answer.status for answer in changed] == [204] * 3 and len({answer.header("hallmark-receipt") for answer in changed}) == 1
    gone = [caller.call("DELETE", f"customers/{int(first.body)}", headers={"Idempotency-Key": "of-the-end"}) for _ in range(2)]
    assert [answer.status for answer in gone] == [204, 204], "the record is gone, but its end was ours"


# --- refusals -----------------------------------------------------------------------------------------------------------------


def test_order_of_refusals(caller, server, demo, key):
    """404 for an unknown collection, 405, 401, 403, 400, 404 for a record: what is wrong first decides."""
    reader = demo.new_key(account=key.account, holder=key.holder, scopes="customers:read")
    bad = "{"
    with Caller(server.port, reader) as weak:
        assert caller.call("PATCH", "nothing", bad, authorization=False).status == 404
        wrong_method = caller.call("PATCH", "customers/1", bad, authorization=False)
        assert wrong_method.status == 405 and {"GET", "PUT", "DELETE"} <= set(wrong_method.header("allow").replace(",", " ").split())
        missing = caller.call("PUT", "customers/1", bad, authorization=False)
        assert (missing.status, missing.json()["code"]) == (401, "token_missing") and "error=" not in missing.header("www-authenticate")
        wrong = caller.call("PUT", "customers/1", bad, authorization="Bearer not.a.token")
        assert (wrong.status, wrong.json()["code"]) == (401, "invalid_token") and 'error="invalid_token"' in wrong.header("www-authenticate")
        assert weak.call("PUT", "customers/1", bad).status == 403
        assert caller.call("PUT", "customers/1", bad).status == 400
        assert caller.call("PUT", "customers/1", {"Name": "x"}).status == 404


@pytest.mark.parametrize("body", ['{"Name":"a","Name":"b"}', '{"Name":', '{"Name":1}', "[]", "null", '{"Name":"a","N":' + "[" * 20 + "]" * 20 + "}",
                                  '{"Name":"\\u0000"}', '{"Name":"a","N":1e41}', '{"Name":"a","N":NaN}', "", "{}", '{"Name":"a","Id":"seven"}', b'{"Name":"\xff"}'])
def test_bad_bodies_are_400_and_change_nothing(caller, cluster, key, body):
    count = "SELECT count(*) FROM hallmark.change_history WHERE account_id = %s"
    before = cluster.query(count, [number_of(key.account)])
    answer = caller.call("POST", "customers", body)
    assert answer.status == 400, body
    problem = answer.json()
    assert answer.header("content-type") == "application/problem+json" and problem["status"] == 400
    assert problem["Message"] == problem["detail"] and problem["request_id"] == answer.header("x-request-id")
    assert cluster.query(count, [number_of(key.account)]) == before


def test_large_records_are_kept_and_larger_ones_refused(caller):
    text = "é" * 500_000
    record = caller.create(text)
    assert caller.call("GET", f"customers/{record}").json()["Name"] == text
    assert caller.call("POST", "customers", {"Name": "x" * (1024 * 1024)}).status in (400, 413)


def test_every_collection_of_the_api_works(caller):
    for name, required in COLLECTIONS.items():
        document = {member: [] if kind == "array" else "x" for member, kind in required.items()}
        created = caller.call("POST", name, document)
        assert created.status == 200, created
        assert caller.call("GET", f"{name}/{int(created.body)}").status == 200
        assert caller.call("POST", name, {}).status == 400
