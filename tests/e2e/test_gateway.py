# SPDX-License-Identifier: Apache-2.0
"""The gateway as its clients meet it: the public clients of Comarch ERP XT, browsers, and those who page, filter and read histories."""

import base64
import contextlib
import json
import re
import urllib.parse

import pytest

from demo import PREFIX, Caller

LINK = re.compile(r'<(http[^<>]*)>; rel="next"')


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key(application=demo.new_application("Rechnungs-Import"))


@pytest.fixture
def caller(server, key):
    with Caller(server.port, key) as made:
        yield made


def query(**options):
    """$-options as an address; values are escaped."""
    return "?" + urllib.parse.urlencode({f"${name}": value for name, value in options.items()})


def next_path(server, answer):
    """Path and query of the next page; None on the last one."""
    link = answer.header("link")
    if link is None:
        return None
    address = LINK.fullmatch(link)[1]
    assert address.startswith(server.url + PREFIX) and len(address) < 8192
    return address[len(server.url):]


def pages(server, caller, path):
    while path:
        answer = caller.call("GET", path)
        assert answer.status == 200, answer
        yield answer
        path = next_path(server, answer)


# --- what public clients do ---------------------------------------------------------------------------------------------------------------


def test_a_client_of_comarch_only_needs_another_host(server, key):
    """As the public clients do it: Basic without padding, a version or none in the path, a slash at the end, the bare id, PUT on the collection."""
    with Caller(server.port, key) as caller:
        basic = base64.b64encode(f"{key.client_id}:{key.secret}".encode()).decode().rstrip("=")
        token = caller.call("POST", f"{PREFIX}/token", "grant_type=client_credentials", authorization=f"Basic {basic}",
                            media="application/x-www-form-urlencoded").json()
        assert {"access_token", "token_type", "expires_in"} <= token.keys() and token["expires_in"] == 600
        caller.access_token = token["access_token"]

        made = caller.call("POST", "v1.2/customers/", {"Name": "Anna Żółw", "Mail": "anna@example.com"})
        assert made.status == 200 and re.fullmatch(rb"[1-9][0-9]*", made.body)
        number = int(made.body)
        assert caller.call("PUT", "customers", {"Id": number, "Name": "Anna", "Mail": "anna@example.com", "Limit": 12.5}).status == 204
        found = caller.call("GET", "customers/" + query(filter="Mail eq 'anna@example.com' and Limit ge 12.50", orderby="Name desc, Id desc", skip=0, top=5))
        assert found.json() == [{"Id": number, "Name": "Anna", "Mail": "anna@example.com", "Limit": 12.5}]
        assert caller.call("DELETE", f"customers/{number}").status == 204
        missing = caller.call("GET", f"v1.1/customers/{number}/")
        assert missing.status == 404 and missing.json()["Message"] == missing.json()["detail"]


def test_what_was_sent_comes_back(caller):
    """Numbers keep value and scale, strings every character, unknown members stay."""
    body = '{"Name":"\\u00fc \\" \\\\ \\u2028 \\ud83d\\ude00","A":0.1,"B":12.30,"C":-0.0,"D":%s,"E":[1.50,{"x":null}],"$id":"1"}' % ("9" * 40)
    number = int(caller.call("POST", "customers", body).body)
    text = caller.call("GET", f"customers/{number}").body.decode()
    assert json.loads(text, parse_float=str, parse_int=str) == {
        "Id": str(number), "Name": "ü \" \\ \u2028 \U0001f600", "A": "0.1", "B": "12.30", "C": "0.0", "D": "9" * 40, "E": ["1.50", {"x": None}], "$id": "1"}


def test_external_references(caller):
    shop, erp = {"System": "shop", "Id": "A-17"}, {"System": "erp", "Id": '"quoted"'}
    number = int(caller.call("POST", "customers", {"Name": "A", "ExternalReferences": [shop, erp]}).body)

    def references():
        answers = [caller.call("GET", f"customers/{number}").json(), *caller.call("GET", "customers" + query(filter=f"Id eq {number}")).json(),
                   *caller.call("GET", "customers" + query(filter=f"Id eq {number}", orderby="Name")).json()]
        assert len(answers) == 3 and answers[0] == answers[1] == answers[2]
        return answers[0].get("ExternalReferences")

    assert references() == [erp, shop]
    assert caller.call("PUT", f"customers/{number}", {"Name": "B"}).status == 204
    assert references() == [erp, shop], "what is not sent stays"
    assert caller.call("PUT", f"customers/{number}", {"Name": "B", "ExternalReferences": [shop]}).status == 204
    assert references() == [shop]
    whole = caller.call("GET", f"customers/{number}").json()
    assert caller.call("PUT", "customers", whole).status == 204 and references() == [shop], "what was read can be sent back"
    assert caller.call("PUT", f"customers/{number}", {"Name": "B", "ExternalReferences": []}).status == 204
    assert references() is None
    changes = caller.call("GET", f"customers/{number}/history").json()["changes"]
    assert [change["external_references"] for change in changes] == [{}, {"shop": "A-17"}, {"shop": "A-17"}, {"erp": '"quoted"', "shop": "A-17"},
                                                                     {"erp": '"quoted"', "shop": "A-17"}]


def test_records_are_found_by_what_other_systems_call_them(server, demo, caller):
    with Caller(server.port, demo.new_key()) as caller:
        made = [caller.create(f"Name {number}", ExternalReferences=[{"System": "shop", "Id": f"A-{number % 3}"}, {"System": "erp", "Id": f"ü {number}"}])
                for number in range(5)]
        caller.create("Other")

        def found(**options):
            answer = caller.call("GET", "customers?" + urllib.parse.urlencode(options))
            assert answer.status == 200, answer
            return [record["Id"] for record in answer.json()]

        assert found(ExternalSystem="shop", ExternalId="A-1") == [made[1], made[4]]
        assert found(ExternalSystem="erp", ExternalId="ü 3") == [made[3]] and found(ExternalSystem="erp", ExternalId="A-1") == []
        assert found(ExternalSystem="shop") == made and found(ExternalSystem="Shop") == []
        assert found(**{"ExternalSystem": "shop", "$filter": "Name eq 'Name 4'"}) == [made[4]]
        seen = [record["Id"] for answer in pages(server, caller, f"{PREFIX}/customers?ExternalSystem=shop&$top=2") for record in answer.json()]
        assert seen == made
        assert caller.call("PUT", f"customers/{made[1]}", {"Name": "B", "ExternalReferences": []}).status == 204
        assert caller.call("DELETE", f"customers/{made[4]}").status == 204
        assert found(ExternalSystem="shop", ExternalId="A-1") == []
        for wrong in ("ExternalId=x", "ExternalSystem=shop&$orderby=Name", "ExternalSystem=%00", "ExternalSystem=%ff"):
            assert caller.call("GET", f"customers?{wrong}").json()["code"] == "invalid_query", wrong


def test_references_are_unique_where_the_account_says_so(server, demo, cluster, command_line):
    key = demo.new_key()
    rule = [f"--account={key.account}", "--collection=customers", "--system=shop"]

    def reference(system, name):
        return {"Name": "A", "ExternalReferences": [{"System": system, "Id": name}]}

    def refused(answer):
        assert answer.status == 400 and answer.json()["code"] == "reference_taken", answer

    with Caller(server.port, key) as caller:
        first, second = (int(caller.call("POST", "customers", reference("shop", "A-1")).body) for _ in range(2))
        assert command_line.run("reference", "require", *rule, check=False).returncode == 1, "it is not so already"
        assert caller.call("PUT", f"customers/{second}", reference("shop", "A-2")).status == 204
        demo.json("reference", "require", *rule)
        assert [(row["collection"], row["system"]) for row in demo.json("reference", "list", f"--account={key.account}")] == [("customers", "shop")]
        refused(caller.call("POST", "customers", reference("shop", "A-1")))
        refused(caller.call("PUT", f"customers/{second}", reference("shop", "A-1")))
        assert caller.call("PUT", f"customers/{first}", reference("shop", "A-1")).status == 204, "its own"
        assert caller.call("POST", "customers", reference("erp", "A-1")).status == 200, "another system"
        assert caller.call("POST", "products", reference("shop", "A-1")).status == 200, "another collection"
        assert len(caller.call("GET", f"customers/{second}/history").json()["changes"]) == 2, "what was refused is no change"
        with Caller(server.port, demo.new_key()) as other:
            assert [other.call("POST", "customers", reference("shop", "A-1")).status for _ in range(2)] == [200, 200], "another account"
        assert caller.call("DELETE", f"customers/{first}").status == 204
        assert caller.call("POST", "customers", reference("shop", "A-1")).status == 200, "free again"
        demo.json("reference", "relax", *rule)
        assert caller.call("POST", "customers", reference("shop", "A-1")).status == 200


def test_of_two_who_take_a_reference_at_once_one_wins(server, demo):
    key = demo.new_key()
    demo.json("reference", "require", f"--account={key.account}", "--collection=customers", "--system=shop")
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(Caller(server.port, key)) for _ in range(4)]
        for caller in callers:
            caller.token()
        for number in range(10):
            for caller in callers:
                caller.send("POST", "customers", {"Name": "A", "ExternalReferences": [{"System": "shop", "Id": f"R-{number}"}]})
            assert sorted(caller.answer().status for caller in callers) == [200, 400, 400, 400]


# --- lists -----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"orderby": "Rank desc,Name"}, {"filter": "Rank ne 3 and Name ne null"}, {"filter": "Rank lt 3", "orderby": "Name desc"}])
def test_links_lead_through_the_whole_list(server, demo, options):
    with Caller(server.port, demo.new_key()) as caller:
        for i in range(25):
            caller.create(f"Name {i * 7 % 25:02} äöü", Rank=i % 5)
        whole = caller.call("GET", "customers" + query(**options)).json()
        seen = [record for answer in pages(server, caller, f"{PREFIX}/customers" + query(**options, top=4)) for record in answer.json()]
        assert seen == whole and len({record["Id"] for record in seen}) == len(seen) > 0
        counted = [record for skip in range(0, 28, 4) for record in caller.call("GET", "customers" + query(**options, top=4, skip=skip)).json()]
        assert counted == whole


def test_a_page_stands_still_while_records_come_and_go(server, demo):
    """Keyset paging: what is deleted or made meanwhile moves nothing."""
    with Caller(server.port, demo.new_key()) as caller:
        numbers = [caller.create(f"Name {i}") for i in range(9)]
        seen = []
        for answer in pages(server, caller, f"{PREFIX}/customers" + query(top=3)):
            seen += [record["Id"] for record in answer.json()]
            if len(seen) == 3:
                assert all(caller.call("DELETE", f"customers/{number}").status == 204 for number in numbers[:3])
        assert seen == numbers


def test_large_records_come_in_pages_that_a_client_can_hold(server, demo):
    with Caller(server.port, demo.new_key(), timeout=60) as caller:
        numbers = [caller.create(f"Large {i}", Text="x" * 900_000) for i in range(12)]
        answers = list(pages(server, caller, f"{PREFIX}/customers"))
        assert len(answers) == 2 and all(len(answer.body) <= 8 * 1024 * 1024 for answer in answers)
        assert [record["Id"] for answer in answers for record in answer.json()] == numbers
        texts = [record["Text"] for answer in pages(server, caller, f"{PREFIX}/customers" + query(orderby="Text", top=7)) for record in answer.json()]
        assert len(texts) == 12, "values too long for an address are paged by counting"


NASTY = ["it's", '"', "\\", '") || true || ("', "' or Name ne '", "%", "+&=#?", "\t\n\r", "\x01\x7f", "null", "ä\U0001f600\u2028", "$.Name", "@"]


def test_a_filter_finds_what_it_names_and_nothing_else(server, demo):
    with Caller(server.port, demo.new_key()) as caller:
        numbers = {name: caller.create(name) for name in NASTY}
        for name, number in numbers.items():
            literal = "'" + name.replace("'", "''") + "'"
            found = caller.call("GET", "customers" + query(filter=f"Name eq {literal}")).json()
            assert [record["Id"] for record in found] == [number], name
            others = caller.call("GET", "customers" + query(filter=f"not (Name eq {literal})")).json()
            assert len(others) == len(NASTY) - 1, name


@pytest.mark.parametrize("text, position", [("Name eq", 8), ("Name == 'x'", 6), ("Größe eq 'x' und Name eq 'y'", 14), ("(Name eq 'x'", 1),
                                            ("Name eq 'x' or " * 70 + "Name eq 'x'", 961), ("(" * 17 + "Name eq 'x'" + ")" * 17, 17)])
def test_a_wrong_filter_is_told_where(caller, text, position):
    answer = caller.call("GET", "customers" + query(filter=text))
    assert answer.status == 400 and answer.json()["code"] == "invalid_query"
    assert f"$filter is wrong at character {position}: " in answer.json()["detail"], answer.json()


# --- conditions and browsers ---------------------------------------------------------------------------------------------------------------------


def test_a_known_version_is_not_sent_again(caller):
    number = caller.create()
    first = caller.call("GET", f"customers/{number}")
    assert first.header("etag") == '"1"'
    again = caller.call("GET", f"customers/{number}", headers={"If-None-Match": first.header("etag")})
    assert (again.status, again.body, again.header("etag"), again.header("content-length")) == (304, b"", '"1"', None)
    assert caller.call("PUT", f"customers/{number}", {"Name": "B"}, headers={"If-Match": '"1"'}).header("etag") == '"2"'
    assert caller.call("GET", f"customers/{number}", headers={"If-None-Match": '"1"'}).status == 200, "on the same connection"
    head = caller.call("HEAD", f"customers/{number}")
    assert (head.status, head.body) == (200, b"") and int(head.header("content-length")) > 0


def test_browsers_may_call(caller):
    origin = {"Origin": "https://app.example"}
    preflight = caller.call("OPTIONS", "customers/1", headers={**origin, "Access-Control-Request-Method": "PUT"}, authorization=False)
    assert (preflight.status, preflight.header("allow")) == (204, "GET, HEAD, PUT, DELETE, OPTIONS")
    assert preflight.header("access-control-allow-methods") == preflight.header("allow") and preflight.header("access-control-allow-origin") == "*"
    assert {"Authorization", "If-Match", "Idempotency-Key"} <= set(preflight.header("access-control-allow-headers").split(", "))
    refused = caller.call("GET", "customers/1", headers=origin, authorization=False)
    assert (refused.status, refused.header("access-control-allow-origin")) == (401, "*")
    made = caller.call("POST", "customers", {"Name": "A"}, headers=origin)
    assert {"ETag", "Link", "Hallmark-Receipt"} <= set(made.header("access-control-expose-headers").split(", "))
    assert caller.call("OPTIONS", "unknown", headers=origin, authorization=False).status == 404


# --- the contract over the wire ---------------------------------------------------------------------------------------------------------------------

GOOD = {"Name": "A"}
CASES = [
    # method, path, body, headers, authorization (None: the token), status, code
    ("GET", "customers/999999999999", None, {}, None, 404, "record_not_found"),
    ("PUT", "customers/999999999999", GOOD, {}, None, 404, "record_not_found"),
    ("DELETE", "customers/999999999999", None, {}, None, 404, "record_not_found"),
    ("GET", "customers/999999999999/history", None, {}, None, 404, "record_not_found"),
    ("GET", "customers/0", None, {}, None, 404, "not_found"),
    ("GET", "nowhere", None, {}, None, 404, "not_found"),
    ("PATCH", "customers", GOOD, {}, None, 405, "method_not_allowed"),
    ("DELETE", "customers", None, {}, None, 405, "method_not_allowed"),
    ("POST", "customers/1", GOOD, {}, None, 405, "method_not_allowed"),
    ("PUT", "history", GOOD, {}, None, 405, "method_not_allowed"),
    ("GET", "customers", None, {}, False, 401, "token_missing"),
    ("GET", "customers", None, {}, "Bearer x", 401, "invalid_token"),
    ("GET", "customers?access_token=x", None, {}, None, 400, "two_credentials"),
    ("PUT", "customers", GOOD, {}, None, 400, "invalid_member"),
    ("PUT", "customers/1", {"Name": "A", "Id": 2}, {}, None, 400, "invalid_member"),
    ("POST", "customers", {"Name": 5}, {}, None, 400, "invalid_member"),
    ("POST", "customers", "{", {}, None, 400, "invalid_json"),
    ("DELETE", "customers/1", None, {"If-Match": "1"}, None, 400, "invalid_header"),
    ("DELETE", "customers/1", None, {"Idempotency-Key": "a b"}, None, 400, "invalid_header"),
    ("GET", "customers?$expand=x", None, {}, None, 400, "invalid_query"),
    ("GET", "history?collecton=customers", None, {}, None, 400, "invalid_query"),
]


def test_every_refusal_leaves_the_connection_and_the_data_alone(caller, cluster, key):
    before = cluster.query("SELECT count(*) FROM hallmark.change_history WHERE client_id = %s", [key.client_id])
    caller.token()
    wire = caller.wire
    for method, path, body, headers, authorization, status, code in CASES:
        answer = caller.call(method, path, body, headers=headers, authorization=authorization)
        assert (answer.status, answer.json()["code"]) == (status, code), (method, path, answer)
        assert answer.header("content-type") == "application/problem+json" and answer.json()["Message"]
        assert (answer.header("allow") is not None) == (status == 405)
        assert (answer.header("www-authenticate") is not None) == (status == 401)
    assert caller.wire is wire, "one connection for all"
    assert cluster.query("SELECT count(*) FROM hallmark.change_history WHERE client_id = %s", [key.client_id]) == before


# --- history --------------------------------------------------------------------------------------------------------------------------------------------


def test_a_history_outlives_its_record(server, caller, key):
    number = int(caller.call("POST", "customers", '{"Name": "Anna", "Price": 1.50}').body)
    receipts = [caller.call("PUT", f"customers/{number}", {"Name": "Anna", "Price": 1.5, "Mail": None}).header("hallmark-receipt"),
                caller.call("DELETE", f"customers/{number}").header("hallmark-receipt")]
    first = caller.call("GET", f"customers/{number}/history?page_size=2")
    page = json.loads(first.body, parse_float=str)
    assert [change["receipt"] for change in page["changes"]] == receipts[::-1]
    assert page["changes"][0]["fields"] == [{"name": "Mail", "old": None}, {"name": "Name", "old": "Anna"}, {"name": "Price", "old": "1.5"}]
    assert page["changes"][1]["fields"] == [{"name": "Mail", "new": None}, {"name": "Price", "old": "1.50", "new": "1.5"}]
    assert [change["sentence"].split(" with ")[0] for change in page["changes"]] == [
        f"Rechnungs-Import deleted customers {number}", f"Rechnungs-Import changed customers {number} (Mail, Price)"]
    assert all(change["application"]["name"] == "Rechnungs-Import" and change["key"] == {"client_id": key.client_id, "name": key.name}
               and change["holder"] == key.holder for change in page["changes"])
    last = caller.call("GET", next_path(server, first))
    assert [change["method"] for change in last.json()["changes"]] == ["POST"] and last.header("link") is None
    assert "next_page_token" not in last.json()


def test_the_history_has_one_address_more(caller):
    caller.create()
    assert caller.call("GET", "/history?page_size=1").json()["changes"] == caller.call("GET", "history?page_size=1").json()["changes"]
