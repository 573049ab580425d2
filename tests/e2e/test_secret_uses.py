# SPDX-License-Identifier: Apache-2.0
"""What is told of the use of secrets, and the three ways in which one replaces another."""

import json
import re
import time

import pytest

import harness
from demo import Caller, World, own_cluster, serving

SAVED_SECONDS = 15  # it is a second on an idle machine
ISSUER = "https://id.example"  # of all nodes


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def world(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def node(cluster):
    with serving(cluster, threads=2, issuer=ISSUER, trusted_proxy="127.0.0.1") as server:
        yield server


@pytest.fixture
def key(world):
    return world.new_key()


def ask(node, key, secret=None, times=1, address=None):
    """Statuses of token requests."""
    headers = {"X-Forwarded-For": address} if address else {}
    with Caller(node.port, key) as caller:
        statuses = []
        for _ in range(times):
            caller.send("POST", "/oauth2/token", "grant_type=client_credentials", headers=headers, authorization=key.basic(secret),
                        media="application/x-www-form-urlencoded")
            statuses.append(caller.answer().status)
        return statuses


def secrets_of(world, key):
    return world.json("key", "secrets", key.client_id)


def wait_for_uses(world, key, *uses):
    """Waits until the secrets of the key have these counts, in order."""
    return harness.wait_until(lambda: (rows := secrets_of(world, key)) and tuple(row["uses"] for row in rows) == uses and rows, SAVED_SECONDS,
                              f"{uses} uses")


def replace(world, key, *words):
    return world.json("key", "replace", key.client_id, *words)[0]["secret"]


def test_each_use_is_told_with_time_address_and_count(node, world, key):
    row, = secrets_of(world, key)
    assert (row["uses"], row["last_used_at"], row["last_used_from"], row["live"]) == (0, None, None, True)
    version = world.json("key", "show", key.client_id)[0]["version"]
    assert ask(node, key, times=7, address="203.0.113.9") == [200] * 7
    assert ask(node, key, times=5, address="2001:db8::5") == [200] * 5
    row, = wait_for_uses(world, key, 12)
    assert row["last_used_from"] == "2001:db8::5"
    assert row["secret"].startswith("hms_") and row["secret"].endswith(key.secret[-4:]) and key.secret not in json.dumps(row)
    shown, = world.json("key", "show", key.client_id)
    assert shown["version"] == version, "a use is no change"
    [of_key] = shown["secrets"]
    assert (of_key["uses"], of_key["last_used_from"]) == (12, "2001:db8::5") and re.match(r"\d{4}-\d\d-\d\dT", of_key["last_used_at"]), of_key
    listed, = world.json("key", "list", f"--account={key.account}")
    assert listed["secrets"] == shown["secrets"]
    for words in (["key", "show", key.client_id], ["key", "list", f"--account={key.account}"], ["key", "secrets", key.client_id]):
        table = world.command_line.run(*words).stdout
        assert "2001:db8::5" in table and key.secret not in table


def test_what_is_no_use(node, world, key):
    other = world.new_key()
    assert set(ask(node, key, secret=other.secret, times=3)) == {401}
    assert ask(node, key) == [200]
    with Caller(node.port, key) as caller:
        caller.token()
        assert caller.call("GET", "customers?$top=1").status == 200  # a token says nothing of the secret that it was got with
        assert caller.ask_for_token(scope="nothing:read").status == 400  # but who asks for too much has proved who it is
    wait_for_uses(world, key, 3)
    assert secrets_of(world, other)[0]["uses"] == 0


def test_a_request_that_waits_for_a_link_is_one_use(node, world):
    office, client = world.new_account("Office"), world.new_account("Client")
    key = world.new_key(account=office, office=True)
    template = world.json("template", "create", f"--account={office}", "--name=Books", "--scopes=customers:read")[0]["id"]
    world.json("link", "create", f"--key={key.client_id}", f"--accounts={client}", f"--template={template}")
    with Caller(node.port, key) as caller:
        assert caller.ask_for_token(account=client).status == 200
    wait_for_uses(world, key, 1)


def test_uses_on_several_nodes_come_together(node, world, cluster, key):
    with serving(cluster, threads=2, issuer=ISSUER) as second:
        assert ask(node, key, times=20) + ask(second, key, times=20) == [200] * 40
        wait_for_uses(world, key, 40)


def test_a_stop_forgets_none(world, cluster, key):
    with serving(cluster, threads=2, issuer=ISSUER) as node:
        for _ in range(4):
            assert ask(node, key, times=25) == [200] * 25
    assert secrets_of(world, key)[0]["uses"] == 100


def test_a_request_writes_nothing(node, world, cluster, key):
    assert ask(node, key) == [200]
    wait_for_uses(world, key, 1)
    [(before,)] = cluster.query("SELECT xmin::text FROM hallmark.client_secret_use WHERE client_id = %s", (key.client_id,))
    began = time.monotonic()
    ask(node, key, times=300)
    seconds = time.monotonic() - began
    wait_for_uses(world, key, 301)
    [(writes,)] = cluster.query("SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'client_secret_use'")
    [(updates,)] = cluster.query("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'client_secret_use'")
    assert before and writes == 1 and updates < 60 + seconds * 4, "a row a second and thread, not one a request"


# --- replacing ----------------------------------------------------------------------------------------------------------------


def test_at_once_the_old_secret_is_dead_and_its_tokens_with_it(node, world, key):
    with Caller(node.port, key) as caller:
        token = caller.token()
        new = replace(world, key)
        assert ask(node, key) == [401] and ask(node, key, secret=new) == [200]
        assert caller.call("GET", "customers", authorization=f"Bearer {token}").status == 401


def test_until_a_moment_both_live_and_each_shows_its_own_use(node, world, key):
    new = replace(world, key, "--old-until=2100-01-01T00:00:00Z")
    assert ask(node, key, times=2, address="203.0.113.1") == [200] * 2 and ask(node, key, secret=new, times=3, address="203.0.113.2") == [200] * 3
    old, fresh = wait_for_uses(world, key, 2, 3)
    assert (old["last_used_from"], fresh["last_used_from"]) == ("203.0.113.1", "203.0.113.2")
    assert old["not_after"].startswith("2100-01-01") and old["live"] and fresh["not_after"] is None
    world.json("key", "secrets", key.client_id)
    cut = time.time() + 2
    cluster_time = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(cut))
    other = world.new_key()
    second = replace(world, other, f"--old-until={cluster_time}")
    harness.wait_until(lambda: ask(node, other) == [401] or time.sleep(0.1), SAVED_SECONDS, "the end of the old secret")
    assert ask(node, other, secret=second) == [200]


def test_until_the_new_one_was_used_so_often(node, world, key):
    with Caller(node.port, key) as caller:
        token = caller.token()
        new = replace(world, key, "--old-until-uses=5")
        assert caller.call("GET", "customers?$top=1", authorization=f"Bearer {token}").status == 200, "nothing is cut off"
        assert ask(node, key, secret=new, times=4) == [200] * 4
        wait_for_uses(world, key, 1, 4)
        assert ask(node, key, times=10) == [200] * 10, "uses of the old one do not count"
        wait_for_uses(world, key, 11, 4)
        assert [row["live"] for row in secrets_of(world, key)] == [True, True]
        assert world.json("key", "show", key.client_id)[0]["secrets"][0]["ends_after_uses"] == 5
        assert ask(node, key, secret=new) == [200]
        wait_for_uses(world, key, 11, 5)
        harness.wait_until(lambda: ask(node, key) == [401] or time.sleep(0.1), SAVED_SECONDS, "the end of the old secret")
        assert ask(node, key, secret=new) == [200]
        assert [row["live"] for row in secrets_of(world, key)] == [False, True]
        assert caller.call("GET", "customers?$top=1", authorization=f"Bearer {token}").status == 200


@pytest.mark.parametrize("words", [["--old-until-uses=0"], ["--old-until-uses=-1"], ["--old-until-uses=many"], ["--old-until-uses=2147483648"]])
def test_a_number_of_uses_that_makes_no_sense_is_refused(node, world, key, words):
    assert world.command_line.run("key", "replace", key.client_id, *words, check=False).returncode != 0
    assert ask(node, key) == [200] and len(secrets_of(world, key)) == 1, "nothing was done"
