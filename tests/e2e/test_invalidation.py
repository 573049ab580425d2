# SPDX-License-Identifier: Apache-2.0
"""Revocation against cache fills: once a change is answered, no request with an older right is let through, on any node."""

import base64
import contextlib
import hashlib
import json
import os
import random
import signal
import time

import pytest

import harness
from demo import SCOPES, Admin, Caller, World, make_secret, number_of, own_cluster, serving
from relay import Relay

pytestmark = pytest.mark.chaos
CYCLES = 3_000 if os.environ.get("HALLMARK_SOAK") else 300  # of each kind
FILLERS = 4  # connections whose requests are under way while the change is made
JITTER_US = 2000  # the change starts so long after them at most


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def world(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def node(cluster):
    with serving(cluster, threads=2) as server:
        yield server


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


@pytest.fixture
def key(world):
    made = world.new_key()
    world.new_holder(made.account)  # another owner: no account is without one, and this one's holder leaves
    return made


@contextlib.contextmanager
def callers(node, key, count=FILLERS):
    made = [Caller(node.port, key) for _ in range(count)]
    try:
        token = made[0].token()
        for caller in made:
            caller.access_token = token
        yield made
    finally:
        for caller in made:
            caller.close()


def renew(made, seconds=2):
    """All of them with one new token, once the node gives one."""
    answer = harness.wait_until(lambda: (answer := made[0].ask_for_token()).status == 200 and answer, seconds, "a new token")
    for caller in made:
        caller.access_token = answer.json()["access_token"]


# What can be taken away: (statement, parameters that take, parameters that give back, what the gateway says then).
def changes_of_key(key):
    account = {"account_id": number_of(key.account)}
    client = {**account, "client_id": key.client_id}
    application = {"id": number_of(key.application)}
    member = {**account, "user_id": number_of(key.holder)}
    return {
        "key": ("client_change", {**client, "state": "disabled"}, {**client, "state": "active"}, (401, "invalid_token")),
        "application": ("application_set", {**application, "state": "disabled"}, {**application, "state": "active"}, (401, "invalid_token")),
        "account": ("account_set", {"id": number_of(key.account), "state": "closed"}, {"id": number_of(key.account), "state": "active"}, (401, "invalid_token")),
        "api access": ("account_set", {"id": number_of(key.account), "api_access": False}, {"id": number_of(key.account), "api_access": True}, (403, "api_access_off")),
        "permission": ("member_set", {**member, "permissions": ["products:read"]}, {**member, "permissions": sorted(SCOPES.split())}, (403, "holder_right_missing")),
        "membership": ("member_set", {**member, "state": "left"}, {**member, "state": "active"}, None),
    }


KINDS = ("key", "application", "account", "api access", "permission", "membership")
ENDINGS = ("key", "application", "account")  # being active again brings back no token of before


def busy_wait(microseconds):
    """Shorter than a sleep can be: it only moves the change against the fills."""
    end = time.perf_counter_ns() + microseconds * 1000
    while time.perf_counter_ns() < end:
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_no_older_right_is_let_through_after_the_answer(node, admin, key, kind):
    statement, take, give, expected = changes_of_key(key)[kind]
    dice = random.Random(kind)
    with callers(node, key) as fillers, callers(node, key) as checkers:
        for cycle in range(CYCLES):
            token = fillers[0].access_token
            for number, filler in enumerate(fillers):  # after the change before, no cache has the client: these fill it
                if number % 2:
                    filler.send_for_token()
                else:
                    filler.send("GET", "customers?$top=1", authorization=f"Bearer {token}")
            busy_wait(dice.randrange(JITTER_US))
            admin.change(statement, **take)
            for checker in checkers:
                checker.send("GET", "customers?$top=1", authorization=f"Bearer {token}")
            for checker in checkers:
                answer = checker.answer()
                assert answer.status in (401, 403), f"cycle {cycle}: {kind} was taken away, and a request was let through"
                assert expected is None or (answer.status, answer.json()["code"]) == expected, answer
            refused = checkers[cycle % len(checkers)].ask_for_token(scope="customers:read")
            # 429: who asks for a switched-off key again and again is slowed down, as whoever guesses is.
            assert refused.status in (400, 401, 429), f"cycle {cycle}: a token with the scope that was taken away: {refused}"
            for filler in fillers:
                filler.answer()  # was asked before the change: either word is right
            admin.change(statement, **give)
            if kind in ENDINGS:
                answer = checkers[0].call("GET", "customers", authorization=f"Bearer {token}")
                assert answer.status == 401, "enabling again revives no token"
                renew(fillers)
            answer = checkers[0].call("GET", "customers?$top=1", authorization=f"Bearer {fillers[0].access_token}")
            assert answer.status == 200, f"cycle {cycle}: {kind} was given back: {answer}"
            answer = checkers[1].ask_for_token()  # a success, too, after which failures are counted from the first again
            assert answer.status == 200, f"cycle {cycle}: {kind} was given back: {answer}"


@pytest.fixture(scope="module")
def relay(cluster):
    made = Relay(cluster)
    yield made
    made.close()


@pytest.fixture(scope="module")
def node_behind_relay(cluster, relay):
    """Of one thread, so that there is one way on which clients are read."""
    with serving(cluster, threads=1, environment={"HALLMARK_DATABASE_URL": relay.conninfo()}) as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("asked", ["for a record", "for a token"])
def test_fill_that_was_under_way_is_not_kept(node_behind_relay, relay, admin, key, kind, asked):
    """The client was read before the change, and what was read arrives after it: it may answer whoever asked, and nobody else."""
    statement, take, give, _ = changes_of_key(key)[kind]
    with callers(node_behind_relay, key, 2) as (filler, checker):
        for cycle in range(5):
            if kind in ENDINGS:  # the last round took the tokens with it
                renew((filler, checker))
            for api_access in (False, True):  # the caches forget the client
                admin.change("account_set", id=number_of(key.account), api_access=api_access)
            fill = relay.rule(key.client_id, "hold_answer")
            filler.send("GET", "customers?$top=1") if asked == "for a record" else filler.send_for_token()
            assert fill.met.wait(5), "nobody read the client"
            admin.change(statement, **take)
            fill.release.set()
            assert filler.answer().status in (200, 401, 403)
            assert checker.call("GET", "customers?$top=1").status in (401, 403), f"cycle {cycle}: the fill was kept"
            assert checker.ask_for_token(scope="customers:read").status in (400, 401), f"cycle {cycle}: the fill was kept"
            admin.change(statement, **give)
            assert checker.ask_for_token().status == 200


def test_replaced_secret_and_its_tokens_are_refused_after_the_answer(node, admin, key):
    replace = {"account_id": number_of(key.account), "client_id": key.client_id, "mask": "hms_...test"}
    dice = random.Random("secret")
    secret = key.secret
    with callers(node, key) as fillers, callers(node, key, 2) as checkers:
        token = fillers[0].access_token
        for cycle in range(CYCLES // 2):
            new = make_secret(key.secret, dice)
            for filler in fillers:
                filler.send_for_token(secret=secret)
            busy_wait(dice.randrange(JITTER_US))
            admin.change("client_secret_replace", **replace, digest=digest_of(new))
            assert checkers[0].ask_for_token(secret=secret).status == 401, f"cycle {cycle}: a replaced secret was taken"
            assert checkers[1].call("GET", "customers", authorization=f"Bearer {token}").status == 401, f"cycle {cycle}"
            for filler in fillers:
                filler.answer()
            fresh = checkers[0].ask_for_token(secret=new)
            assert fresh.status == 200, fresh
            token, secret = fresh.json()["access_token"], new
            assert checkers[1].call("GET", "customers", authorization=f"Bearer {token}").status == 200


def digest_of(secret):
    return hashlib.sha256(secret.encode()).digest()


def test_revoked_token_is_refused_after_the_answer(node, cluster, admin, key):
    """A row in hallmark.revocation: the way of single tokens."""
    with callers(node, key) as made:
        for cycle in range(20):
            token = made[0].ask_for_token().json()["access_token"]
            assert made[cycle % len(made)].call("GET", "customers", authorization=f"Bearer {token}").status == 200
            payload = token.split(".")[1]
            jti = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]
            cluster.query("INSERT INTO hallmark.revocation (kind, subject, account_id, until) VALUES ('jti', %s, %s, now() + interval '1 hour')",
                          [jti, number_of(key.account)])
            admin.wait_for_nodes()
            for caller in made:
                assert caller.call("GET", "customers", authorization=f"Bearer {token}").status == 401
            assert made[0].call("GET", "customers").status == 200, "other tokens live on"


# --- two nodes ----------------------------------------------------------------------------------------------------------------


def test_second_node_follows_within_a_second(node, cluster, admin, key):
    statement, take, give, _ = changes_of_key(key)["application"]
    with serving(cluster, threads=1) as second, callers(node, key, 1) as here, callers(second, key, 1) as there:
        slowest = 0
        for _ in range(30):
            token = here[0].access_token
            on_second = there[0].access_token
            assert there[0].call("GET", "customers", authorization=f"Bearer {on_second}").status == 200
            began = time.monotonic()
            admin.one(statement, **take)  # committed, not waited for
            while there[0].call("GET", "customers", authorization=f"Bearer {on_second}").status == 200:
                assert time.monotonic() < began + 1, "the second node lets a disabled application through after a second"
            slowest = max(slowest, time.monotonic() - began)
            admin.wait_for_nodes()
            assert here[0].call("GET", "customers", authorization=f"Bearer {token}").status == 401
            assert there[0].call("GET", "customers", authorization=f"Bearer {on_second}").status == 401
            admin.change(statement, **give)
            renew(here)
            renew(there)
        assert slowest < 1


def test_both_nodes_refuse_once_the_change_is_answered(node, cluster, admin, key):
    with serving(cluster, threads=2) as second, callers(node, key, 2) as here, callers(second, key, 2) as there:
        for statement, take, give, _ in (changes_of_key(key)[kind] for kind in ("application", "api access", "permission")):
            for cycle in range(CYCLES // 20):
                for caller in (*here, *there):
                    caller.send("GET", "customers?$top=1")
                admin.change(statement, **take)
                for caller in (*here, *there):
                    caller.answer()
                    assert caller.call("GET", "customers?$top=1").status in (401, 403), f"cycle {cycle}"
                admin.change(statement, **give)
                renew(here)
                renew(there)
                for caller in (*here, *there):
                    assert caller.call("GET", "customers?$top=1").status == 200


# --- the feed -----------------------------------------------------------------------------------------------------------------


def backends(cluster, like):
    """Process ids of the server's backends whose last statement looks like this."""
    return [row[0] for row in cluster.query("SELECT pid FROM pg_stat_activity WHERE usename = 'hallmark_server' AND query LIKE %s", [like])]


def feed_backends(cluster):
    return backends(cluster, "%hallmark.node%")


@pytest.fixture
def lone_node(cluster, node):
    """A node of its own; the shared one is not asked. Whatever blocks the feed blocks both."""
    with serving(cluster, threads=2) as server:
        yield server


def refusal(caller):
    answer = caller.call("GET", "customers?$top=1")
    assert answer.status in (200, 503), f"a node that is blind never says {answer.status}: a token is not wrong because we cannot see"
    if answer.status == 503:
        assert int(answer.header("retry-after")) >= 1 and answer.json()["code"] in ("policy_stale", "overloaded")
    return answer


def test_node_without_sight_refuses_with_503_and_comes_back(lone_node, cluster, key):
    """The tables cannot be read and nothing is told: after five seconds the node refuses, and two seconds after the end of it serves again."""
    with callers(lone_node, key, 1) as (caller,):
        assert refusal(caller).status == 200
        with cluster.connect() as blocker, blocker.cursor() as cursor:
            began = time.monotonic()
            cursor.execute("LOCK TABLE hallmark.node, hallmark.policy_change IN ACCESS EXCLUSIVE MODE")
            served_until = began
            while time.monotonic() < began + 5 + 2.5:
                answer = refusal(caller)
                if answer.status == 200:
                    served_until = time.monotonic()
                elif answer.json()["code"] == "policy_stale":
                    break
            refused_at = time.monotonic()
            assert answer.status == 503 and answer.json()["code"] == "policy_stale", "a node that has been blind for longer than five seconds goes on"
            assert 2 < refused_at - began < 7.5 and served_until - began < 7
            token = caller.ask_for_token()
            assert token.status == 503 and token.header("retry-after"), "no tokens either"
            health = caller.call("GET", "/health/ready", authorization=False)
            assert health.status == 503
            assert caller.call("GET", "/health/alive", authorization=False).status == 200
            blocker.rollback()
            released = time.monotonic()
        harness.wait_until(lambda: refusal(caller).status == 200, 2, "sight within two seconds")
        assert time.monotonic() - released < 2


def test_stopped_feed_never_lets_an_older_right_through(lone_node, cluster, admin, key):
    """The feed's backends stand still (SIGSTOP): whatever the node does, it never serves what was taken away and answered."""
    statement, take, give, _ = changes_of_key(key)["application"]
    with callers(lone_node, key, 2) as made:
        assert refusal(made[0]).status == 200
        stopped = feed_backends(cluster)
        assert stopped
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            admin.one(statement, **take)
            while True:
                status = made[0].call("GET", "customers?$top=1").status
                assert status in (200, 401, 503)
                if status != 200:
                    break
                assert time.monotonic() - began < 5 + 2, "a node that cannot hear goes on for longer than five seconds"
            end = time.monotonic() + 2
            while time.monotonic() < end:
                assert made[1].call("GET", "customers?$top=1").status in (401, 503)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        admin.wait_for_nodes()
        assert made[0].call("GET", "customers?$top=1").status == 401
        admin.change(statement, **give)
        renew(made)
        harness.wait_until(lambda: made[0].call("GET", "customers?$top=1").status == 200, 2, "service within two seconds")


def test_changes_while_the_feed_is_cut_are_not_missed(lone_node, cluster, admin, key):
    statement, take, give, _ = changes_of_key(key)["application"]
    with callers(lone_node, key, 2) as made:
        for cycle in range(8):
            for pid in feed_backends(cluster):
                cluster.query("SELECT pg_terminate_backend(%s)", [pid])
            admin.change(statement, **take)
            for caller in made:
                assert caller.call("GET", "customers?$top=1").status in (401, 503), f"cycle {cycle}"
            for pid in feed_backends(cluster):
                cluster.query("SELECT pg_terminate_backend(%s)", [pid])
            admin.change(statement, **give)
            renew(made)
            harness.wait_until(lambda: refusal(made[0]).status == 200, 2, "service within two seconds")


def test_node_that_cannot_say_that_it_lives_refuses(lone_node, cluster, admin, key):
    """Its row is locked by somebody. After six seconds no command waits for it, so it must not serve what it may not have heard of."""
    statement, take, give, _ = changes_of_key(key)["application"]
    with callers(lone_node, key, 2) as made:
        with cluster.connect() as blocker, blocker.cursor() as cursor:
            cursor.execute("SELECT FROM hallmark.node FOR UPDATE")
            harness.wait_until(lambda: admin.one("nodes_behind", through=2**62)["nodes"] == 0, 10, "a node that nobody waits for")
            for caller in made:
                caller.send("GET", "customers?$top=1")
            assert [caller.answer().status for caller in made] == [503, 503], "nobody waits for it any more, and it serves"
            admin.one(statement, **take)
        harness.wait_until(lambda: made[0].call("GET", "customers?$top=1").status == 401, 2, "sight within two seconds")
        admin.change(statement, **give)
        renew(made)
        assert refusal(made[0]).status == 200


def test_node_that_cannot_apply_a_change_refuses(lone_node, cluster, admin, key):
    """The feed is heard, but what it tells cannot be applied: a set of the policy cannot be read, and a change behind it has to wait."""
    statement, take, give, _ = changes_of_key(key)["application"]
    with callers(lone_node, key, 2) as made:
        with cluster.connect() as blocker, blocker.cursor() as cursor:
            cursor.execute("LOCK TABLE hallmark.collection IN ACCESS EXCLUSIVE MODE")
            cluster.query("UPDATE hallmark.api SET token_seconds = token_seconds + 1")
            admin.one(statement, **take)
            began = time.monotonic()
            while (status := made[0].call("GET", "customers?$top=1").status) == 200:
                assert time.monotonic() - began < 5 + 2, "a change that was never applied is passed over for longer than five seconds"
            assert status in (401, 503)
            assert made[1].call("GET", "customers?$top=1").status in (401, 503)
        admin.wait_for_nodes()
        assert made[0].call("GET", "customers?$top=1").status == 401
        admin.change(statement, **give)
        renew(made)
        harness.wait_until(lambda: refusal(made[0]).status == 200, 2, "service within two seconds")


def test_node_that_stands_still_is_not_waited_for_and_refuses_when_it_wakes(lone_node, cluster, admin, key):
    """A node that is stopped for longer than its feed may be silent knows that when it goes on: it has missed the change and must not serve."""
    statement, take, give, _ = changes_of_key(key)["application"]
    with callers(lone_node, key, 2) as made:
        assert refusal(made[0]).status == 200
        os.kill(lone_node.pid, signal.SIGSTOP)
        try:
            admin.one(statement, **take)
            harness.wait_until(lambda: admin.one("nodes_behind", through=admin.one("policy_change_last")["id"])["nodes"] == 0, 10, "the others")
            for caller in made:
                caller.send("GET", "customers?$top=1")  # the change is answered; these wait in the socket of the node that sleeps
        finally:
            os.kill(lone_node.pid, signal.SIGCONT)
        for caller in made:
            assert caller.answer().status in (401, 503), "a node that slept served what was taken away meanwhile"
        admin.change(statement, **give)
        renew(made, 5)
        assert refusal(made[0]).status == 200
