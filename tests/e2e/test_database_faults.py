# SPDX-License-Identifier: Apache-2.0
"""A database that breaks: whatever happens to it, the client hears the truth, and the server is back within two seconds."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
import uuid

import psycopg2
import pytest

import harness
from demo import SCOPES, Admin, Caller, World, number_of, own_cluster, serving
from relay import Relay
from writers import Writers

pytestmark = pytest.mark.chaos
BACK_SECONDS = 2
KILLS = 50 if os.environ.get("HALLMARK_SOAK") else 8


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def world(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


@pytest.fixture(scope="module")
def node(cluster):
    with serving(cluster) as server:
        yield server


@pytest.fixture
def caller(node, world):
    with Caller(node.port, world.new_key()) as made:
        yield made


def history_of(cluster, key, record=None):
    """(record, version, method, after, id, digest) of every change of an account's records."""
    rows = cluster.query(
        "SELECT h.record_id, h.version, h.method, v.after, h.id, encode(h.frozen_digest, 'hex') FROM hallmark.change_history h"
        " JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at) WHERE h.account_id = %s AND h.collection_id > 0 ORDER BY h.id", [number_of(key.account)])
    return [row for row in rows if record is None or row[0] == record]


def server_backends(cluster, *, waiting_for_a_lock=False):
    condition = " AND wait_event_type = 'Lock'" if waiting_for_a_lock else ""
    return [row[0] for row in cluster.query(f"SELECT pid FROM pg_stat_activity WHERE usename = 'hallmark_server' AND pid <> pg_backend_pid(){condition}")]


def wait_for_waiting_write(cluster):
    return harness.wait_until(lambda: server_backends(cluster, waiting_for_a_lock=True), 5, "a write that waits for the record's lock")


@contextlib.contextmanager
def locked(cluster, record):
    """Somebody else holds the record."""
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM hallmark.record WHERE id = %s FOR UPDATE", [record])
        yield connection


def assert_busy(answer):
    assert (answer.status, answer.json()["code"]) == (503, "overloaded"), answer
    assert int(answer.header("retry-after")) >= 1 and "nothing was done" in answer.json()["detail"]


# --- backends that end ----------------------------------------------------------------------------------------------------------


def test_ending_every_backend_under_load_costs_503s_only(cluster, world, node):
    with Writers(node.port, world.new_key()) as writers:
        for number in range(KILLS):
            goal = writers.acknowledged() + 40
            harness.wait_until(lambda: writers.wrong or writers.acknowledged() >= goal, 30, "writes")
            before = writers.acknowledged()
            cluster.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'hallmark_server'")
            ended = time.monotonic()
            harness.wait_until(lambda: writers.wrong or writers.acknowledged() > before + 5, 30, "the server to be back")
            assert time.monotonic() - ended < BACK_SECONDS, f"kill {number}"
    writers.assert_truth(cluster)
    assert set(writers.statuses) <= {200, 204, 503}, writers.statuses
    assert writers.slowest_answer < 6, "an answer comes within five seconds"


def test_crash_of_one_backend_under_load(cluster, world, node):
    """kill -9 of a backend in the middle of writes: PostgreSQL throws everybody out and recovers."""
    def answers():
        with contextlib.suppress(psycopg2.Error):
            return cluster.query("SELECT 1")

    with Writers(node.port, world.new_key()) as writers:
        for _ in range(KILLS // 4):
            goal = writers.acknowledged() + 40
            harness.wait_until(lambda: writers.wrong or writers.acknowledged() >= goal, 30, "writes")
            os.kill(server_backends(cluster)[-1], signal.SIGKILL)
            before = writers.acknowledged()
            harness.wait_until(answers, 30, "PostgreSQL to be back")
            back = time.monotonic()
            harness.wait_until(lambda: writers.wrong or writers.acknowledged() > before + 5, 30, "the server to be back")
            assert time.monotonic() - back < BACK_SECONDS
    writers.assert_truth(cluster)
    assert set(writers.statuses) <= {200, 204, 503}, writers.statuses


def test_database_that_is_away_and_comes_back(cluster, world, node):
    with Writers(node.port, world.new_key()) as writers:
        harness.wait_until(lambda: writers.acknowledged() > 20, 30, "writes")
        cluster.stop()
        at_stop = writers.acknowledged()
        with Caller(node.port, writers.key) as caller:
            caller.access_token = writers.token
            for _ in range(5):
                began = time.monotonic()
                answer = caller.call("GET", "customers")
                assert answer.status == 503 and answer.header("retry-after") and time.monotonic() - began < 2.5, answer
            ready = caller.call("GET", "/health/ready", authorization=False)
            assert ready.status == 503 and ready.json()["checks"]["database"] is False
            assert caller.call("GET", "/health/alive", authorization=False).status == 200
        cluster.start()
        back = time.monotonic()
        harness.wait_until(lambda: writers.wrong or writers.acknowledged() > at_stop + 5, 30, "the server to be back")
        assert time.monotonic() - back < BACK_SECONDS
        harness.wait_until(node.is_ready, BACK_SECONDS, "readiness")
    writers.assert_truth(cluster)
    assert set(writers.statuses) <= {200, 204, 503}, writers.statuses


def test_server_starts_again_only_with_its_database(cluster):
    """A server that is started while the database is away says so and ends; nothing is served half."""
    cluster.stop()
    try:
        server = harness.Server(cluster, wait=False)
        with contextlib.closing(server):
            assert server.process.wait(20) == 1 and "hallmark:" in server.errors()
    finally:
        cluster.start()


# --- locks ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_write_that_waits_for_a_lock_too_long_is_503_and_never_done(cluster, caller, method):
    record = caller.create("before")
    body = {"Name": "after"} if method == "PUT" else None
    with locked(cluster, record):
        began = time.monotonic()
        answer = caller.call(method, f"customers/{record}", body)
        assert 1 < time.monotonic() - began < 3
        assert_busy(answer)
        assert caller.call("GET", f"customers/{record}").json()["Name"] == "before", "reads wait for nobody"
        assert caller.create("another"), "nor do writes of other records"
    harness.wait_until(lambda: not server_backends(cluster, waiting_for_a_lock=True), 5)
    assert [change[2] for change in history_of(cluster, caller.key, record)] == ["POST"]
    assert caller.call(method, f"customers/{record}", body).status == 204, "asked again it is done"


def test_lock_that_is_held_shortly_costs_nothing(cluster, caller):
    record = caller.create("before")
    with locked(cluster, record):
        caller.send("PUT", f"customers/{record}", {"Name": "after"})
        wait_for_waiting_write(cluster)
    assert caller.answer().status == 204


@pytest.mark.parametrize("held_until", ["before the answer", "after the answer"])
@pytest.mark.parametrize("keyed", [False, True], ids=["plain", "keyed"])
def test_backend_that_is_ended_in_the_middle_of_a_write(cluster, caller, keyed, held_until):
    record = caller.create("before")
    headers = {"Idempotency-Key": str(uuid.uuid4())} if keyed else {}
    with locked(cluster, record) as lock:
        caller.send("PUT", f"customers/{record}", {"Name": "after"}, headers=headers)
        for pid in wait_for_waiting_write(cluster):
            cluster.query("SELECT pg_terminate_backend(%s)", [pid])
        if held_until == "before the answer":
            lock.rollback()
        answer = caller.answer()
    assert answer.status in (204, 503)
    changes = [change[2] for change in history_of(cluster, caller.key, record)]
    assert changes == (["POST", "PUT"] if answer.status == 204 else ["POST"]), "the answer was not the truth"
    if answer.status == 503:
        assert_busy(answer)
        assert caller.call("PUT", f"customers/{record}", {"Name": "after"}, headers=headers).status == 204
    assert [change[2] for change in history_of(cluster, caller.key, record)] == ["POST", "PUT"]


# --- answers that are lost ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def relay(cluster):
    made = Relay(cluster)
    yield made
    made.close()


@pytest.fixture(scope="module")
def node_behind_relay(cluster, relay):
    with serving(cluster, environment={"HALLMARK_DATABASE_URL": relay.conninfo()}) as server:
        yield server


@pytest.fixture
def relayed(node_behind_relay, world):
    """A caller whose key has a name of its own: it stands in every write and in nothing else that is sent to the database."""
    with Caller(node_behind_relay.port, world.new_key(name=f"mark {uuid.uuid4()}")) as made:
        yield made


WRITES = {
    "POST": (lambda caller: ("customers", {"Name": "after"})),
    "PUT": (lambda caller: (f"customers/{caller.create('before')}", {"Name": "after"})),
    "DELETE": (lambda caller: (f"customers/{caller.create('before')}", None)),
}


def write(caller, method, **how):
    path, body = WRITES[method](caller)
    return (lambda: caller.call(method, path, body, **how))


@pytest.mark.parametrize("method", WRITES)
def test_write_whose_answer_was_lost_is_looked_up(cluster, relay, relayed, method):
    ask = write(relayed, method)
    before = len(history_of(cluster, relayed.key))
    rule = relay.rule(relayed.key.name, "drop_answer")
    answer = ask()
    assert rule.met.is_set(), "the relay saw no write"
    assert answer.status == (200 if method == "POST" else 204), "it was done, and the client is told so"
    changes = history_of(cluster, relayed.key)
    assert len(changes) == before + 1, "once"
    record, version, _, _, history_id, digest = changes[-1]
    assert answer.header("hallmark-receipt") == f"{history_id}:{digest}"
    if method == "POST":
        assert int(answer.body) == record
    if method != "DELETE":
        assert answer.header("etag") == f'"{version}"'


@pytest.mark.parametrize("method", WRITES)
def test_write_that_never_reached_the_database_is_503(cluster, relay, relayed, method):
    ask = write(relayed, method)
    before = len(history_of(cluster, relayed.key))
    rule = relay.rule(relayed.key.name, "drop_request")
    answer = ask()
    assert rule.met.is_set()
    assert_busy(answer)
    assert len(history_of(cluster, relayed.key)) == before
    assert ask().status in (200, 204)
    assert len(history_of(cluster, relayed.key)) == before + 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_write_that_goes_on_without_its_connection_is_ended_first(cluster, relay, relayed, method):
    """The connection breaks while the database still works on the write, which waits for a lock: as long as its backend lives it may commit."""
    record = relayed.create("before")
    body = {"Name": "after"} if method == "PUT" else None
    with locked(cluster, record):
        rule = relay.rule(relayed.key.name, "leave_request")
        answer = relayed.call(method, f"customers/{record}", body)
        assert rule.met.is_set()
        assert_busy(answer)
    assert not server_backends(cluster, waiting_for_a_lock=True)
    assert [change[2] for change in history_of(cluster, relayed.key, record)] == ["POST"], "what was said not to be done came after all"
    assert relayed.call(method, f"customers/{record}", body).status == 204


@pytest.mark.parametrize("passed", [1, 5, 20, 60, 100])
def test_answer_that_is_cut_is_no_answer(cluster, relay, relayed, passed):
    rule = relay.rule(relayed.key.name, "drop_answer", bytes_passed=passed)
    answer = relayed.call("POST", "customers", {"Name": "cut"})
    assert rule.met.is_set() and answer.status == 200
    assert [change[0] for change in history_of(cluster, relayed.key)] == [int(answer.body)]


def test_answer_in_single_bytes_is_an_answer(cluster, relay, relayed):
    rule = relay.rule(relayed.key.name, "dribble")
    answer = relayed.call("POST", "customers", {"Name": "byte by byte"})
    assert rule.met.wait(5) and answer.status == 200
    assert [change[0] for change in history_of(cluster, relayed.key)] == [int(answer.body)]


def test_silent_database_is_asked_by_another_way(cluster, relay, relayed):
    """The write was done, and its answer never comes: after the statement's two seconds the server finds out."""
    rule = relay.rule(relayed.key.name, "hide_answer")
    began = time.monotonic()
    answer = relayed.call("POST", "customers", {"Name": "silence"})
    assert rule.met.is_set() and time.monotonic() - began < 5.5
    assert answer.status == 200
    assert [change[0] for change in history_of(cluster, relayed.key)] == [int(answer.body)]


@pytest.mark.parametrize("keyed", [False, True], ids=["plain", "keyed"])
def test_outcome_that_cannot_be_known_is_said_to_be_unknown(cluster, relay, relayed, keyed):
    """Nothing passes any more, so nobody can look: 503 with its own code, and a repeat with the key finds the first answer."""
    relayed.create("warm")
    headers = {"Idempotency-Key": str(uuid.uuid4())} if keyed else {}
    rule = relay.rule(relayed.key.name, "hide_answer")
    freeze = threading.Thread(target=lambda: rule.met.wait(10) and relay.frozen.set())
    freeze.start()
    try:
        began = time.monotonic()
        answer = relayed.call("POST", "customers", {"Name": "unknown"}, headers=headers)
        assert time.monotonic() - began < 5.5
        assert (answer.status, answer.json()["code"]) == (503, "outcome_unknown"), answer
        assert answer.header("retry-after")
    finally:
        freeze.join()
        relay.frozen.clear()
    harness.wait_until(lambda: relayed.call("GET", "customers?$top=1").status == 200, 10, "the server to be back")
    done = [change for change in history_of(cluster, relayed.key) if json.loads(change[3])["Name"] == "unknown"]
    assert len(done) == 1
    if keyed:
        again = relayed.call("POST", "customers", {"Name": "unknown"}, headers=headers)
        assert (again.status, int(again.body)) == (200, done[0][0])
        assert len([change for change in history_of(cluster, relayed.key) if json.loads(change[3])["Name"] == "unknown"]) == 1


def test_late_answer_of_a_write_never_says_that_nothing_was_done(cluster, admin, relay, relayed):
    """The client is read slowly, and then the write's answer is lost and cannot be looked up: the five seconds of the whole answer end first."""
    token = relayed.token()
    admin.change("member_set", account_id=number_of(relayed.key.account), user_id=number_of(relayed.key.holder),
                 permissions=[*sorted(SCOPES.split()), "more:read"])  # the caches forget the client
    slow = relay.rule(relayed.key.client_id, "delay", seconds=1.5)
    hidden = relay.rule(relayed.key.name, "hide_answer")
    freeze = threading.Thread(target=lambda: hidden.met.wait(10) and relay.frozen.set())
    freeze.start()
    try:
        answer = relayed.call("POST", "customers", {"Name": "late"}, authorization=f"Bearer {token}")
    finally:
        freeze.join()
        relay.frozen.clear()
    assert slow.met.is_set() and hidden.met.is_set()
    assert (answer.status, answer.json()["code"]) == (503, "outcome_unknown"), answer
    assert len(history_of(cluster, relayed.key)) == 1
    harness.wait_until(lambda: relayed.call("GET", "customers?$top=1").status == 200, 10, "the server to be back")


def test_relay_under_load(cluster, relay, node_behind_relay, world):
    """Answers and requests of writes are dropped again and again while writers write."""
    key = world.new_key(name=f"mark {uuid.uuid4()}")
    with Writers(node_behind_relay.port, key) as writers:
        for number in range(30):
            rule = relay.rule(key.name, ("drop_answer", "drop_request")[number % 2], **({"bytes_passed": number * 3} if number % 2 == 0 else {}))
            assert rule.met.wait(20), "no write came by"
        goal = writers.acknowledged() + 10
        harness.wait_until(lambda: writers.wrong or writers.acknowledged() > goal, 30, "writes at the end")
    writers.assert_truth(cluster)
    assert set(writers.statuses) <= {200, 204, 503}, writers.statuses


# --- a database that has no room ------------------------------------------------------------------------------------------------------


def test_database_without_free_connections(cluster, caller, node):
    """Others have taken every connection: 503 and not ready; two seconds after the first is free again all is well."""
    record = caller.create("before")
    others = []
    try:
        with cluster.connect() as admin, admin.cursor() as cursor:
            admin.autocommit = True
            while True:
                cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'hallmark_server'")
                with contextlib.suppress(psycopg2.OperationalError):
                    while True:
                        others.append(psycopg2.connect(cluster.conninfo("hallmark_owner")))
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hallmark_server'")
                if cursor.fetchone()[0] == 0:
                    break
            for method, body in (("GET", None), ("PUT", {"Name": "after"})):
                answer = caller.call(method, f"customers/{record}", body)
                assert answer.status == 503 and int(answer.header("retry-after")) >= 1 and answer.json()["code"] in ("overloaded", "policy_stale"), answer
            assert not node.is_ready()
    finally:
        for other in others:
            other.close()
    freed = time.monotonic()
    harness.wait_until(lambda: caller.call("PUT", f"customers/{record}", {"Name": "after"}).status == 204, 10, "the server to be back")
    assert time.monotonic() - freed < BACK_SECONDS
    assert [change[2] for change in history_of(cluster, caller.key, record)] == ["POST", "PUT"]


@pytest.fixture
def small_disk():
    """A folder on a file system of 24 MB."""
    folder = harness.private_folder("hallmark-disk-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", folder], capture_output=True).returncode != 0:
        os.rmdir(folder)
        pytest.skip("a small file system can only be mounted by root")
    who = harness.unprivileged()
    if who:
        os.chown(folder, who["user"], who["group"])
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    os.rmdir(folder)


def test_full_disk_is_503_and_costs_nothing_that_was_acknowledged(small_disk):
    with own_cluster() as cluster:
        world = World(cluster)
        data = small_disk / "data"
        data.mkdir()
        who = harness.unprivileged()
        if who:
            os.chown(data, who["user"], who["group"])
        with cluster.connect() as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(f"CREATE TABLESPACE small LOCATION '{data}'")
            cursor.execute("ALTER TABLE hallmark.record SET TABLESPACE small")
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * 12 * 1024 * 1024)
        with serving(cluster) as server, Caller(server.port, world.new_key()) as caller:
            done = []
            while len(done) < 500:
                answer = caller.call("POST", "customers", {"Name": harness.secrets.token_hex(100_000)})
                if answer.status != 200:
                    break
                done.append(int(answer.body))
            assert_busy(answer)
            assert {row[0] for row in cluster.query("SELECT id FROM hallmark.record")} == set(done) == {change[0] for change in history_of(cluster, caller.key)}
            assert caller.call("GET", f"customers/{done[0]}").status == 200, "reads go on"
            ballast.unlink()
            assert caller.call("POST", "customers", {"Name": "room again"}).status == 200
