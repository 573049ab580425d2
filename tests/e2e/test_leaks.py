# SPDX-License-Identifier: Apache-2.0
"""POST /oauth2/leaks: a reported secret ends at once, everywhere and once, its account is told, and nobody learns by the answer which secrets there are."""

import concurrent.futures
import json
import pathlib
import random
import re
import urllib.parse
import zlib

import pytest

import harness
from consents import ALLOWED, DEAD, People, get, redeem, refresh, refused, tokens
from demo import BASE62, Caller, make_secret, number_of, serving
from test_administrative_history import changes, fields, of_key

DICE = random.Random(7)
OF_KEYS = "history:read keys:read secrets:read"
OF_RECORDS = "history:read customers:read"
PATTERNS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "secret-pattern.txt"
ACCEPTED = {"accepted": True}


@pytest.fixture(scope="module")
def node(cluster):
    """Its own node: whoever reports too many secrets that are none is slowed there."""
    with serving(cluster, threads=2) as server:
        yield server


def report(port, secret, media="form", **more):
    told = {"secret": secret, **more}
    body = json.dumps(told) if media == "json" else urllib.parse.urlencode(told)
    with Caller(port, None) as caller:
        answer = caller.call("POST", "/oauth2/leaks", body, authorization=False,
                             media="application/json" if media == "json" else "application/x-www-form-urlencoded")
    return answer


def accepted(answer):
    assert (answer.status, answer.json()) == (202, ACCEPTED), answer
    return answer


def generation(cluster, key):
    return cluster.query("SELECT generation FROM hallmark.client WHERE client_id = %s", [key.client_id])[0][0]


@pytest.mark.parametrize("media", ["form", "json"])
def test_a_reported_secret_ends_at_once(node, demo, media):
    key = demo.new_key()
    with Caller(node.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        accepted(report(node.port, key.secret, media, url="https://paste.example/1", note="seen in a public repository"))
        assert caller.call("GET", "customers").status == 401, "tokens that were issued under it"
        assert caller.ask_for_token().status == 401


def test_another_node_refuses_within_a_second(node, server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        accepted(report(node.port, key.secret))
        harness.wait_until(lambda: caller.call("GET", "customers").status == 401, 1, "the refusal on the other node")
        assert caller.ask_for_token().status == 401


def test_the_other_secret_of_the_key_lives_on(node, demo):
    key = demo.new_key()
    new = demo.json("key", "replace", key.client_id, "--old-until=2099-01-01T00:00:00Z")[0]["secret"]
    accepted(report(node.port, key.secret))
    with Caller(node.port, key) as caller:
        assert caller.ask_for_token().status == 401
        assert caller.ask_for_token(secret=new).status == 200


def test_the_account_is_told(node, demo):
    account = demo.new_account()
    holder = demo.new_holder(account, OF_RECORDS)
    key, auditor = (demo.new_key(account, holder, scopes=scopes) for scopes in (OF_RECORDS, OF_KEYS))
    accepted(report(node.port, key.secret, url="https://paste.example/2"))
    accepted(report(node.port, key.secret))
    with Caller(node.port, auditor) as caller:
        keys, secrets = (of_key(changes(caller, noun), key) for noun in ("keys", "secrets"))
    assert [change["application"] for change in (keys[-1], secrets[-1])] == [{"name": "leak report"}] * 2
    assert fields(keys[-1])["generation"] == (1, 2) and fields(secrets[-1])["not_after"][1]
    assert len(keys) == 2 and len(secrets) == 2, "made, and ended once"
    line = node.wait_for_log(lambda line: line.get("event") == "secret_leaked" and line["client"] == key.client_id)
    assert (line["level"], line["url"], line["secret_number"]) == ("warn", "https://paste.example/2", 1)


def test_what_a_stranger_writes_brings_no_secret_into_the_log(node, demo):
    key = demo.new_key()
    accepted(report(node.port, key.secret, url=f"https://paste.example/?q={key.secret}", note='"},{\n'))
    line = node.wait_for_log(lambda line: line.get("event") == "secret_leaked" and line["client"] == key.client_id)
    assert "withheld" in line["url"] and line["note"] == '"},{\n'


@pytest.mark.parametrize("found", ["hmr_{}", "hmc_{}", "hms%5F{}", "hmr%5f{}", "whsec_{}", "eyJhbGciOiJFUzI1NiJ9.{}.x"])
def test_nor_does_what_was_found_beside_it(node, demo, found):
    key = demo.new_key()
    accepted(report(node.port, key.secret, note=f"beside it: {found.format(key.secret[4:])}"))
    line = node.wait_for_log(lambda line: line.get("event") == "secret_leaked" and line["client"] == key.client_id)
    assert "withheld" in line["note"]


@pytest.fixture(scope="module")
def people(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.mark.parametrize("public", [False, True])
def test_a_reported_refresh_token_ends_all_that_came_of_its_code(node, people, public):
    client, person = people.new_client(public=public), people.new_person()
    with Caller(node.port, None) as caller:
        issued = people.new_code(client, person)
        got = tokens(redeem(caller, client, issued))
        assert get(caller, got["access_token"]) == ALLOWED
        leaked = got["refresh_token"]
        if public:  # spent already: whoever has it may have its successor too
            got = tokens(refresh(caller, client, leaked))
        accepted(report(node.port, leaked, url="https://paste.example/3"))
        assert get(caller, got["access_token"]) == DEAD
        refused(refresh(caller, client, got["refresh_token"]), 400, "invalid_grant")
        line = node.wait_for_log(lambda line: line.get("event") == "secret_leaked" and line["client"] == client.client_id)
        assert line["url"] == "https://paste.example/3" and "secret_number" not in line


@pytest.mark.parametrize("resource", ["https://books.example", "management"])
def test_a_reported_access_token_ends_alone(node, demo, resource):
    key = demo.new_key(scopes="history:read customers:read")
    with Caller(node.port, key) as caller:
        resource = f"{node.url}/admin/v1" if resource == "management" else resource
        leaked, other = (caller.ask_for_token(resource=resource).json()["access_token"] for _ in range(2))
        accepted(report(node.port, leaked, "json"))
        assert caller.call("GET", "/history", authorization=f"Bearer {leaked}").status == 401
        assert caller.call("GET", "/history", authorization=f"Bearer {other}").status == 200
        line = node.wait_for_log(lambda line: line.get("event") == "secret_leaked" and line["client"] == key.client_id)
        assert line["key"] == "an access token"


def test_an_access_token_of_nobody_ends_nothing_and_tells_nothing(node, demo):
    key = demo.new_key()
    with Caller(node.port, key) as caller:
        head, payload, signature = caller.token().split(".")
        forged = f"{head}.{payload}.{signature[:-4]}AAAA"
        accepted(report(node.port, forged))
        assert caller.call("GET", "customers").status == 200


def test_many_reports_at_once_end_it_once(node, cluster, demo):
    key = demo.new_key()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for answer in pool.map(lambda _: report(node.port, key.secret), range(6)):
            accepted(answer)
    assert generation(cluster, key) == 2


def test_a_secret_of_another_account_is_not_found_by_its_route(node, cluster, demo):
    """The route is part of the secret: with another one it is another secret, whose checksum says so."""
    key, other = demo.new_key(), demo.new_key()
    moved = key.secret[:4] + other.secret[4:12] + key.secret[12:]
    assert report(node.port, moved).status == 400
    assert generation(cluster, key) == generation(cluster, other) == 1


def test_unknown_secrets_are_answered_alike_and_slowed(cluster, demo):
    key, gone = demo.new_key(), demo.new_key()
    demo.json("key", "delete", gone.client_id)
    with serving(cluster, threads=1) as node:
        answers = [accepted(report(node.port, secret)) for secret in (key.secret, make_secret(key.secret, DICE), key.secret)]
        assert len({(answer.status, answer.body, tuple(sorted(name for name, _ in answer.headers))) for answer in answers}) == 1
        statuses = [report(node.port, make_secret(key.secret, DICE)).status for _ in range(30)]
        assert set(statuses) == {202, 429}, statuses
        slowed = report(node.port, key.secret)
        assert slowed.status == 429 and int(slowed.header("retry-after")) > 0 and slowed.json()["layer"] == "limit"


# --- the format -----------------------------------------------------------------------------------------------------------------


def test_a_scanner_finds_secrets_with_what_is_published(server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        told = caller.call("GET", "/oauth2/key-format", authorization=False).json()
    published = dict(line.split() for line in PATTERNS.read_text().splitlines() if line and not line.startswith("#"))
    assert {kind["name"]: kind["regex"] for kind in told["credentials"]} == published
    text = f'export ID={key.client_id}\nSECRET="{key.secret}"; OTHER={key.secret[:-1]}!'
    found = [match[0] for kind in told["credentials"] if kind["secret"] for match in re.finditer(kind["regex"], text)]
    assert found == [key.secret]
    length = told["checksum"]["length"]
    number, checksum = zlib.crc32(found[0][:-length].encode()), ""
    for _ in range(length):
        number, digit = divmod(number, len(told["checksum"]["digits"]))
        checksum = told["checksum"]["digits"][digit] + checksum
    assert checksum == found[0][-length:] and told["checksum"]["digits"] == BASE62
    assert told["report_leaks_to"].endswith("/oauth2/leaks")


def test_a_number_of_an_account_is_in_its_secrets(demo):
    key = demo.new_key()
    assert number_of(f"acc_{key.secret[4:12]}") == number_of(key.account)
