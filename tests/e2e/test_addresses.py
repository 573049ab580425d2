# SPDX-License-Identifier: Apache-2.0
"""From where a key may be used: blocks of addresses, asked at the token endpoint and at the gateway, behind trusted proxies and without."""

import ipaddress
import random

import pytest

import harness
from demo import Admin, Caller, number_of, serving
from test_administrative_history import changes, fields, of_key
from test_refusals import explained

HERE, ELSEWHERE = "127.0.0.0/8", "192.0.2.0/24"


@pytest.fixture(scope="module")
def proxied(cluster):
    """A node that believes what its proxy says."""
    with serving(cluster, threads=2, trusted_proxy="127.0.0.1") as node:
        yield node


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


def allow(demo, key, *blocks):
    return demo.json("key", "allow-address", key.client_id, *([f"--addresses={' '.join(blocks)}"] if blocks else []))[0]


def form(caller, address, path="/oauth2/token", body="grant_type=client_credentials"):
    return caller.call("POST", path, body, authorization=caller.key.basic(), media="application/x-www-form-urlencoded", headers={"X-Forwarded-For": address})


def test_without_blocks_from_anywhere(server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        assert allow(demo, key, ELSEWHERE)["addresses"] == ELSEWHERE
        assert caller.call("GET", "customers").status == 403
        assert allow(demo, key)["addresses"] == ""
        assert caller.call("GET", "customers").status == 200


def test_both_places_refuse_and_say_so(server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        caller.token()
        management = caller.ask_for_token(resource=f"{server.url}/admin/v1").json()["access_token"]
        allow(demo, key, ELSEWHERE, "2001:db8::/32")
        answer = explained(caller.call("GET", "customers"), 403, "address_not_allowed", "address", None, "account_admin")
        assert "127.0.0.1" in answer.json()["detail"]
        for path in ("customers/1", "/history", "/changes", "/whoami", "/oauth2/accounts"):
            explained(caller.call("GET", path), 403, "address_not_allowed", "address", None, "account_admin")
        answer = caller.call("GET", f"/admin/v1/accounts/{key.account}/keys", authorization=f"Bearer {management}")
        explained(answer, 403, "address_not_allowed", "address", None, "account_admin")
        assert caller.call("GET", "nothing-here").status == 404 and caller.call("PATCH", "customers").status == 405, "the order of refusal"
        for _ in range(15):  # a right secret is no guess
            explained(caller.ask_for_token(), 400, "unauthorized_client", "address", None, "account_admin")
        allow(demo, key, ELSEWHERE, HERE)
        assert caller.call("GET", "customers").status == 200 and caller.ask_for_token().status == 200


def test_a_second_node_refuses_within_a_second(demo, proxied, admin):
    key = demo.new_key()
    with Caller(proxied.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        admin.one("client_allow_address", account_id=number_of(key.account), client_id=key.client_id, addresses=ELSEWHERE)
        harness.wait_until(lambda: caller.call("GET", "customers").status == 403, 1, "the refusal")


def test_the_address_is_the_one_that_no_trusted_proxy_has(demo, proxied, server):
    key = demo.new_key()
    allow(demo, key, ELSEWHERE)
    with Caller(proxied.port, key) as caller:
        assert form(caller, "192.0.2.7").status == 200
        assert form(caller, "::ffff:192.0.2.7").status == 200, "mapped into IPv6 it is the same address"
        assert form(caller, "[::ffff:192.0.2.7]:4711").status == 200
        assert form(caller, "192.0.2.7, 198.51.100.1").status == 400, "the last hop that is not trusted counts"
        assert "198.51.100.1" in form(caller, "192.0.2.7, 198.51.100.1").json()["error_description"]
        assert form(caller, "198.51.100.1, 192.0.2.7").status == 200
    with Caller(server.port, key) as caller:
        assert form(caller, "192.0.2.7").status == 400, "without a trusted proxy the header says nothing"


def test_blocks_mean_what_they_mean_elsewhere(demo, proxied, admin):
    """Random blocks and addresses, against Python's ipaddress."""
    dice, key, seen = random.Random(11), demo.new_key(), set()
    with Caller(proxied.port, key) as caller:
        token = form(caller, "192.0.2.1").json()["access_token"]
        for _ in range(40):
            is_old = dice.random() < 0.5
            base = dice.getrandbits(32) if is_old else (0x20010DB8 << 96) | dice.getrandbits(96)
            address = (ipaddress.IPv4Address if is_old else ipaddress.IPv6Address)(base)
            blocks = [ipaddress.ip_network((address, dice.randint(8, address.max_prefixlen)), strict=False) for _ in range(dice.randint(1, 3))]
            blocks += [ipaddress.ip_network((ipaddress.IPv4Address(dice.getrandbits(32)), dice.randint(8, 32)), strict=False)]
            flipped = type(address)(base ^ (1 << dice.randrange(address.max_prefixlen)))
            admin.change("client_allow_address", account_id=number_of(key.account), client_id=key.client_id, addresses=", ".join(map(str, blocks)))
            for asked in (address, flipped):
                want = 200 if any(asked in block for block in blocks) else 403
                seen.add(want)
                answer = caller.call("GET", "customers?$top=0", authorization=f"Bearer {token}", headers={"X-Forwarded-For": str(asked)})
                assert answer.status == want, (str(asked), blocks)
    assert seen == {200, 403}


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.1/16", "256.0.0.0/8", "192.0.2.0/33", "2001:db8::1/32", "::ffff:10.0.0.0/90", "example.org", "*", "10.0.0.0/8;", "-1"])
def test_what_is_no_block_is_refused_by_name(demo, command_line, wrong):
    key = demo.new_key()
    done = command_line.run("key", "allow-address", key.client_id, f"--addresses=192.0.2.0/24 {wrong}", check=False)
    assert done.returncode != 0 and wrong in done.stderr, done.stderr
    assert demo.json("key", "show", key.client_id)[0]["addresses"] == "", "nothing of it was done"


def test_at_most_64_blocks(demo, command_line):
    key = demo.new_key()
    blocks = [f"10.0.{number}.0/24" for number in range(65)]
    assert command_line.run("key", "allow-address", key.client_id, f"--addresses={' '.join(blocks)}", check=False).returncode != 0
    assert allow(demo, key, *blocks[:64], *blocks[:3])["addresses"].count("/24") == 64, "one that stands twice counts once"


def test_blocks_are_shown_and_changes_of_them_are_told(server, demo):
    account = demo.new_account()
    holder = demo.new_holder(account, "history:read keys:read")
    key, auditor = (demo.new_key(account, holder, scopes="history:read keys:read") for _ in range(2))
    allow(demo, key, HERE, "2001:db8::/32")
    assert demo.json("key", "show", key.client_id)[0]["addresses"] == "127.0.0.0/8, 2001:db8::/32"
    with Caller(server.port, auditor) as caller:
        told = of_key(changes(caller, "keys"), key)[-1]
    assert fields(told)["addresses"] == ([], ["127.0.0.0/8", "2001:db8::/32"])


def test_the_management_api_sets_them(server, demo):
    account = demo.new_account()
    admin_key = demo.new_key(account, scopes="keys:read keys:write")
    key = demo.new_key(account)
    path = f"/admin/v1/accounts/{account}/keys/{key.client_id}"
    with Caller(server.port, admin_key) as desk:
        tag = desk.call("GET", path).header("etag")
        assert desk.call("PUT", f"{path}/addresses", {"addresses": HERE}).status == 428
        answer = desk.call("PUT", f"{path}/addresses", {"addresses": HERE}, headers={"If-Match": tag})
        assert answer.status == 200 and answer.json()["addresses"] == HERE, answer
        assert desk.call("PUT", f"{path}/addresses", {"addresses": HERE}, headers={"If-Match": tag}).status == 412
        assert desk.call("GET", path).json()["addresses"] == HERE
        refused = desk.call("PUT", f"{path}/addresses", {"addresses": "10.0.0.1/8"}, headers={"If-Match": answer.header("etag")})
        assert refused.status == 400 and "10.0.0.1/8" in refused.json()["detail"], refused
