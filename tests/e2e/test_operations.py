# SPDX-License-Identifier: Apache-2.0
"""What an operator does and sees: stop, reload, metrics, logs, health, peers that are slow, clocks that jump."""

import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

import harness
from demo import PREFIX, Caller, own_cluster, own_folder, serving

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LATE = 5  # seconds that a busy machine may add


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key()


# --- stop -------------------------------------------------------------------------------------------------------------------------


def test_stop_answers_what_is_in_flight(cluster, demo, key):
    """A write waits for a record that somebody holds; SIGTERM comes; the record is let go; the write is answered, and the server ends."""
    with serving(cluster) as server, Caller(server.port, key) as busy, Caller(server.port, key) as idle:
        record = busy.create("before")
        assert idle.call("GET", "/health/alive", authorization=False).status == 200
        with cluster.connect() as lock, lock.cursor() as cursor:
            cursor.execute("SELECT FROM hallmark.record WHERE id = %s FOR UPDATE", [record])
            busy.send("PUT", f"customers/{record}", {"Name": "after"})
            harness.wait_until(lambda: cluster.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'hallmark_server' AND wait_event_type = 'Lock'"), 5, "the waiting write")
            server.signal(signal.SIGTERM)
            assert idle.wire.is_closed(), "an idle connection is closed at once"
            idle.close()
            assert server.is_running()
            harness.wait_until(lambda: not harness.accepts(server.port), LATE, "the end of listening")
        answer = busy.answer()
        assert (answer.status, answer.header("connection")) == (204, "close")
        assert server.process.wait(harness.STOP_SECONDS) == 0
    assert cluster.query("SELECT version FROM hallmark.record WHERE id = %s", [record]) == [(2,)]


def test_stopped_node_is_waited_for_no_longer(cluster, demo, key):
    with serving(cluster):
        nodes = cluster.query("SELECT count(*) FROM hallmark.node")[0][0]
        assert nodes >= 1
    assert cluster.query("SELECT count(*) FROM hallmark.node") == [(nodes - 1,)]


@pytest.mark.parametrize("trouble", ["a table that is locked", "a database that stands still", "a database that is away"])
def test_stop_ends_whatever_the_database_does(trouble):
    """At most the ten seconds of the drain: nobody waits for a statement that does not come back."""
    with own_cluster() as cluster:
        server = harness.Server(cluster)
        with contextlib.closing(server), contextlib.ExitStack() as undo:
            if trouble == "a table that is locked":
                connection = undo.enter_context(cluster.connect())
                connection.cursor().execute("LOCK TABLE hallmark.idempotency, hallmark.node, hallmark.policy_change, hallmark.signing_key IN ACCESS EXCLUSIVE MODE")
                harness.wait_until(lambda: cluster.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'hallmark_server'"), 15, "a statement that waits")
            elif trouble == "a database that stands still":
                postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
                for pid in [postmaster, *harness.children_of(postmaster)]:
                    os.kill(pid, signal.SIGSTOP)
                    undo.callback(os.kill, pid, signal.SIGCONT)
            else:
                cluster.stop("immediate")
            began = time.monotonic()
            assert server.stop(10 + LATE) == 0, server.errors()
            assert time.monotonic() - began < 10 + LATE


def test_second_signal_does_not_harm(cluster):
    with serving(cluster) as server:
        for _ in range(3):
            server.signal(signal.SIGTERM)
        assert server.process.wait(harness.STOP_SECONDS) in (0, -signal.SIGTERM)
        server.process.returncode = 0


# --- reload -----------------------------------------------------------------------------------------------------------------------


def make_certificate(folder, name):
    """A self-signed certificate with its key beside it, under fixed names."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "new.key", "-out", folder / "new.crt"], check=True, capture_output=True)
    who = harness.unprivileged()
    for suffix in ("key", "crt"):
        if who:
            os.chown(folder / f"new.{suffix}", who["user"], who["group"])
        os.replace(folder / f"new.{suffix}", folder / f"tls.{suffix}")


def certificate_of(port):
    with socket.create_connection(("127.0.0.1", port)) as plain, ssl._create_unverified_context().wrap_socket(plain) as wire:
        return wire.getpeercert(binary_form=True)


def test_hangup_reloads_the_certificate(cluster, key):
    with own_folder("hallmark-tls-") as folder:
        make_certificate(folder, "first")
        check_reload(cluster, key, folder)


def check_reload(cluster, key, folder):
    with serving(cluster, tls_cert=folder / "tls.crt", tls_key=folder / "tls.key") as server, \
            Caller(server.port, key, tls=ssl._create_unverified_context()) as caller:
        first = certificate_of(server.port)
        answer = caller.call("GET", "customers")
        assert answer.status == 200 and answer.header("strict-transport-security")
        wire = caller.wire
        make_certificate(folder, "second")
        server.signal(signal.SIGHUP)
        server.wait_for_log(lambda line: line["event"] == "reloaded")
        second = certificate_of(server.port)
        assert second != first and {certificate_of(server.port) for _ in range(8)} == {second}, "every thread has the new one"
        assert caller.call("GET", "customers").status == 200 and caller.wire is wire, "open connections go on"
        (folder / "tls.crt").write_text("no certificate")
        server.signal(signal.SIGHUP)
        server.wait_for_log(lambda line: line["event"] == "reload_failed")
        assert certificate_of(server.port) == second, "what cannot be read changes nothing"
        assert caller.call("GET", "customers").status == 200


# --- metrics ----------------------------------------------------------------------------------------------------------------------

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:{NAME}="(?:[^"\\\n]|\\[\\"n])*",?)*)\}})? ([-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|Inf|NaN))$')


def parse_metrics(text):
    """Prometheus text format 0.0.4, strictly: {family: (type, {(name, labels): value})}."""
    assert text.endswith("\n")
    families, current = {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ", 3)[2]
            assert current not in families and line.split(" ", 3)[3], line
            families[current] = [None, {}]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and families[name][0] is None and kind in ("counter", "gauge", "histogram"), line
            families[name][0] = kind
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            kind, samples = families[current]
            assert kind and (name == current or kind == "histogram" and name in (f"{current}_bucket", f"{current}_sum", f"{current}_count")), line
            assert (name, labels) not in samples, f"twice: {line}"
            samples[name, labels] = float(value)
    return families


def metrics_of(server):
    with harness.Wire(server.operations_port) as wire:
        answer = wire.ask("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.status == 200 and answer.header("content-type").startswith("text/plain; version=0.0.4")
    return parse_metrics(answer.body.decode())


def test_metrics_are_prometheus_text_and_count(cluster, demo, key):
    with serving(cluster) as server, Caller(server.port, key) as caller:
        before = metrics_of(server)
        for kind, samples in before.values():
            assert samples and all(value >= 0 for value in samples.values())
        for name, (kind, _) in before.items():
            assert (kind == "counter") == name.endswith("_total"), name
        record = caller.create()
        for _ in range(10):
            assert caller.call("GET", f"customers/{record}").status == 200
        assert caller.call("GET", "nothing").status == 404
        harness.wait_until(lambda: metrics_of(server)["hallmark_answers_total"][1]["hallmark_answers_total", 'class="4xx"'] >= 1, 5, "the counter")
        after = metrics_of(server)
        answers = {labels: after["hallmark_answers_total"][1][name, labels] - before["hallmark_answers_total"][1][name, labels]
                   for name, labels in after["hallmark_answers_total"][1]}
        assert answers['class="2xx"'] >= 12 and answers['class="4xx"'] == 1 and answers['class="5xx"'] == 0
        kind, durations = after["http_server_request_duration_seconds"]
        assert kind == "histogram"
        buckets = [(float(labels.split('"')[1].replace("+Inf", "inf")), value) for (name, labels), value in durations.items() if name.endswith("_bucket")]
        assert [bound for bound, _ in buckets] == sorted(bound for bound, _ in buckets) and [count for _, count in buckets] == sorted(count for _, count in buckets)
        assert buckets[-1] == (float("inf"), durations["http_server_request_duration_seconds_count", None])
        text = json.dumps([list(map(str, samples)) for _, samples in after.values()])
        assert key.client_id not in text and key.account not in text, "no label grows with customers"


def test_metrics_and_secrets_stay_off_the_public_listener(server, key):
    with Caller(server.port, key) as caller:
        assert caller.call("GET", "/metrics", authorization=False).status == 404
    with harness.Wire(server.operations_port) as wire:
        assert wire.ask(f"GET {PREFIX}/customers HTTP/1.1\r\nHost: x\r\n\r\n").status == 404


# --- logs -------------------------------------------------------------------------------------------------------------------------


def test_every_request_is_one_line_of_json(cluster, demo, key):
    with serving(cluster) as server, Caller(server.port, key) as caller:
        answers = [caller.ask_for_token(), caller.ask_for_token(secret="hms_wrong"), caller.call("GET", "customers"), caller.call("POST", "customers", {"Name": "Ada"}),
                   caller.call("GET", "customers/1?a=%22%0a"), caller.call("GET", "nothing"), caller.call("PATCH", "customers"), caller.call("POST", "customers", "{"),
                   caller.call("GET", "customers", authorization="Bearer " + "x" * 5000), caller.call("GET", "/health/alive", authorization=False),
                   caller.call("HEAD", "customers"), caller.call("OPTIONS", "customers", authorization=False)]
        ids = [answer.header("x-request-id") for answer in answers]
        assert all(UUID.fullmatch(request_id) for request_id in ids) and len(set(ids)) == len(ids)
        harness.wait_until(lambda: set(ids) <= {line["request_id"] for line in server.log("request")}, 5, "the lines of all requests")
        lines = [json.loads(line) for line in server.log_path.read_text().splitlines()]
        assert all({"ts", "level", "event"} <= line.keys() and line["level"] in ("error", "warn", "info", "debug") for line in lines)
        assert all(datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00")) for line in lines)
        by_id = {request_id: [line for line in lines if line.get("request_id") == request_id and line["event"] == "request"] for request_id in ids}
        for answer, request_id in zip(answers, ids):
            assert len(by_id[request_id]) == 1, "one line a request"
            line = by_id[request_id][0]
            assert line["status"] == answer.status and line["dur_ms"] >= 0 and line["address"] == "127.0.0.1"
        created = by_id[ids[3]][0]
        assert (created["client"], created["account"], created["method"]) == (key.client_id, key.account, "POST")
        refused = by_id[ids[5]][0]
        assert refused["code"] == "not_found" and "nothing" not in refused.get("route", ""), "the route is the pattern, not what was sent"


def test_no_log_shows_what_was_sent_in_secret(cluster, demo):
    """Secrets and tokens in every place where a client may put them by mistake."""
    key = demo.new_key()
    with serving(cluster, log_level="debug") as server, Caller(server.port, key) as caller:
        token = caller.token()
        basic = key.basic()
        form = "application/x-www-form-urlencoded"
        caller.call("POST", f"/oauth2/token?client_secret={key.secret}", "grant_type=client_credentials", authorization=False, media=form)
        caller.call("POST", "/oauth2/token", f"grant_type={key.secret}&client_id={key.client_id}&client_secret={key.secret}", authorization=False, media=form)
        caller.call("POST", "/oauth2/token", f"grant_type=client_credentials&scope={key.secret}", authorization=basic, media=form)
        caller.call("POST", "/oauth2/token", f"grant_type=client_credentials&resource={key.secret}", authorization=basic, media=form)
        caller.call("POST", "/oauth2/token", f"grant_type=client_credentials&{key.secret}={token}", authorization=basic, media=form)
        caller.call("POST", "/oauth2/token", f"grant_type=client_credentials&client_id={key.secret}&client_secret={key.client_id}", authorization=False, media=form)
        caller.call("GET", f"customers?access_token={token}", authorization=False)
        caller.call("GET", f"customers?$filter=Name%20eq%20'{key.secret}'")
        caller.call("GET", f"customers?${key.secret}=1")
        caller.call("GET", f"/history?{key.secret}=1")
        caller.call("GET", f"{key.secret}/{token}")
        caller.call("GET", "customers", authorization=token)
        caller.call("GET", "customers", authorization=basic)
        caller.call("GET", "customers", headers={"Cookie": f"session={key.secret}"})
        caller.call("POST", "customers", {"Name": 1, key.secret: token})
        caller.call("POST", "customers", '{"Name":"a","' + key.secret + '":tru}')
        caller.call("POST", "customers", {"Name": "a"}, headers={"Idempotency-Key": token + "\t"})
        last = caller.call("GET", "customers").header("x-request-id")
        server.wait_for_log(lambda line: line.get("request_id") == last)
        log = server.log_path.read_text() + server.errors()
        for hidden in (key.secret, token, token.split(".")[2], basic.split()[1]):
            assert hidden not in log, next(line for line in log.splitlines() if hidden in line)


# --- health -----------------------------------------------------------------------------------------------------------------------


def test_health_on_both_listeners(server):
    for port in (server.port, server.operations_port):
        with harness.Wire(port) as wire:
            assert wire.ask("GET /health/alive HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
            ready = wire.ask("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
            assert ready.status == 200 and set(ready.json()["checks"].values()) == {True}


def test_server_tells_the_service_manager(cluster):
    with own_folder("hallmark-notify-") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        path = str(folder / "notify")
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.settimeout(harness.START_SECONDS)
        with serving(cluster, environment={"NOTIFY_SOCKET": path}):
            assert listener.recv(100) == b"READY=1"
        assert listener.recv(100) == b"STOPPING=1"


# --- housekeeping -----------------------------------------------------------------------------------------------------------------

# A table, a row that has expired, one that has not, and what tells the two apart.
EXPIRING = {
    "idempotency": ("INSERT INTO hallmark.idempotency SELECT 1, 'janitor', sha256(int4send(n)), sha256(''), 1, 1, 1, now() - interval '{age}' FROM generate_series(1, {rows}) n",
                    "client_id = 'janitor'", "25 hours", "23 hours"),
    "revocation": ("INSERT INTO hallmark.revocation SELECT 'jti', 'janitor {age} ' || n, 0, now() - interval '{age}' FROM generate_series(1, {rows}) n",
                   "subject LIKE 'janitor %%'", "2 hours", "-1 hours"),
    "auth_failure": ("INSERT INTO hallmark.auth_failure SELECT substr(sha256(('janitor {age}' || n)::bytea), 1, 16), 1, now() - interval '{age}' FROM generate_series(1, {rows}) n",
                     "failures = 1", "1 hour", "1 minute"),
    "node": ("INSERT INTO hallmark.node SELECT 'janitor {age} ' || n, now(), now() - interval '{age}', 2::bigint ^ 62 FROM generate_series(1, {rows}) n",
             "id LIKE 'janitor %%'", "2 hours", "10 minutes"),
}


def test_janitor_drops_what_has_expired_and_nothing_else(cluster):
    """More than one batch of each, by whichever of two nodes holds the lock."""
    def count(table):
        return cluster.query(f"SELECT count(*) FROM hallmark.{table} WHERE {EXPIRING[table][1]}")[0][0]

    before = {table: count(table) for table in EXPIRING}
    for table, (insert, _, old, young) in EXPIRING.items():
        cluster.query(insert.format(age=old, rows=2500))
    cluster.query("UPDATE hallmark.policy_change SET at = now() - interval '2 hours' WHERE id < (SELECT max(id) FROM hallmark.policy_change)")
    for table, (insert, _, old, young) in EXPIRING.items():
        cluster.query(insert.format(age=young, rows=3).replace("sha256(int4send(n))", "sha256(int8send(n))"))
    with serving(cluster), serving(cluster):
        harness.wait_until(lambda: all(count(table) - before[table] <= 3 for table in EXPIRING), 30, "the janitor")
        harness.wait_until(lambda: cluster.query("SELECT count(*) FROM hallmark.policy_change WHERE at < now() - interval '1 hour'") == [(0,)], 30, "the janitor")
        assert {table: count(table) - before[table] for table in EXPIRING} == dict.fromkeys(EXPIRING, 3)
        newest = cluster.query("SELECT count(*) FROM hallmark.policy_change")[0][0]
        assert newest >= 1, "the newest change stays, so that the feed's end is known"
    for table in EXPIRING:
        cluster.query(f"DELETE FROM hallmark.{table} WHERE {EXPIRING[table][1]}")


def test_months_of_the_history_are_made_ahead(cluster):
    """A month that is missing is made again by the janitor, with the triggers that refuse to alter it."""
    partition, = cluster.query("SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months', '\"change_history_\"YYYY_MM')")[0]
    guards = ("history_months_detached", "history_months_dropped")
    for guard in guards:
        cluster.query(f"ALTER EVENT TRIGGER {guard} DISABLE")
    cluster.query(f"ALTER TABLE hallmark.change_history DETACH PARTITION hallmark.{partition}")
    cluster.query(f"DROP TABLE hallmark.{partition}")
    for guard in guards:
        cluster.query(f"ALTER EVENT TRIGGER {guard} ENABLE ALWAYS")
    with serving(cluster):
        harness.wait_until(lambda: cluster.query("SELECT to_regclass(%s) IS NOT NULL", [f"hallmark.{partition}"]) == [(True,)], 30, "the month")
    triggers = {row[0] for row in cluster.query("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [f"hallmark.{partition}"])}
    assert {"history_refuse", "history_refuse_truncate"} <= triggers


# --- slow peers -------------------------------------------------------------------------------------------------------------------


def seconds_until_closed(wire, prodding=b""):
    """How long the other side keeps a connection on which a byte comes now and then."""
    began = time.monotonic()
    wire.socket.settimeout(0.5)
    while time.monotonic() - began < 40:
        with contextlib.suppress(TimeoutError):
            if not wire.socket.recv(65536):
                break
        try:
            wire.send(prodding)
        except OSError:
            break
    return time.monotonic() - began


def test_slow_peers_are_cut_off(server, demo):
    """A body that dribbles, a head that dribbles, and a reader that takes nothing of a large list; meanwhile everybody else is served."""
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        for number in range(8):
            caller.create(str(number) * 900_000)
        token = caller.token()
        head = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
        with harness.Wire(server.port) as slow_head, harness.Wire(server.port) as slow_body, harness.Wire(server.port, receive_buffer=4096) as reader:
            slow_head.send(f"GET {PREFIX}/customers HTTP/1.1\r\n{head}X-Slow: ")
            slow_body.send(f"POST {PREFIX}/customers HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{")
            reader.send(f"GET {PREFIX}/customers HTTP/1.1\r\n{head}\r\n")
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor() as pool:
                dribbles = [pool.submit(seconds_until_closed, wire, b" ") for wire in (slow_head, slow_body)]
                open_now = lambda: metrics_of(server)["hallmark_connections_open"][1]["hallmark_connections_open", None]  # noqa: E731
                while not all(dribble.done() for dribble in dribbles):
                    asked = time.monotonic()
                    assert caller.call("GET", "customers?$top=1&$filter=Name%20eq%20'x'").status == 200
                    assert time.monotonic() - asked < 2, "somebody's slowness is everybody's"
                    time.sleep(0.2)  # not to be the load itself
                assert all(9 < dribble.result() < 10 + LATE for dribble in dribbles)
            caller.close()
            harness.wait_until(lambda: open_now() <= 1, 30, "the end of the reader that takes nothing")
            assert time.monotonic() - began < 25 + LATE


# --- clocks -----------------------------------------------------------------------------------------------------------------------

LIBFAKETIME = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@contextlib.contextmanager
def with_clock(cluster, **flags):
    """A node whose wall clock can be set: set_clock(seconds that it is ahead)."""
    with own_folder("hallmark-clock-") as folder:
        clock = folder / "clock"
        clock.write_text("+0")
        folder.chmod(0o755)
        environment = {"LD_PRELOAD": str(LIBFAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0"}

        def set_clock(ahead):
            new = folder / "new"
            new.write_text(f"{ahead:+d}")
            os.replace(new, clock)

        with serving(cluster, environment=environment, **flags) as server:
            yield server, set_clock


@pytest.mark.skipif(LIBFAKETIME is None, reason="the package faketime is not installed")
def test_clock_that_jumps(cluster, demo):
    """Tokens live and die by the wall clock; everything else goes on, forwards and back, within the deadlines that hold at any time."""
    hour = 3600
    key = demo.new_key()
    with with_clock(cluster) as (server, set_clock), Caller(server.port, key) as caller:
        def ask(*words, **how):
            began = time.monotonic()
            answer = caller.call(*words, **how)
            assert time.monotonic() - began < 3, f"{words} took {time.monotonic() - began:.1f} s after the clock jumped"
            return answer

        def assert_serves(seconds):
            """A new token, reads and writes; a change is heard; and that goes on."""
            caller.access_token = None
            record = int(ask("POST", "customers", {"Name": "Ada"}).body)
            demo.json("account", "api-off", key.account)
            assert ask("GET", f"customers/{record}").status == 403
            demo.json("account", "api-on", key.account)
            assert ask("GET", f"customers/{record}").status == 200
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                assert ask("GET", "customers?$top=1").status == 200, "the feed died of the jump"
                assert ask("GET", "/health/ready", authorization=False).status == 200
                time.sleep(0.1)  # not to be a load

        def jump_during_a_write(ahead):
            """The answer, and how long it took, of a write that waits for a record while the clock jumps."""
            record = caller.create()
            with cluster.connect() as lock, lock.cursor() as cursor:
                cursor.execute("SELECT FROM hallmark.record WHERE id = %s FOR UPDATE", [record])
                caller.send("PUT", f"customers/{record}", {"Name": "after"})
                harness.wait_until(lambda: cluster.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'hallmark_server' AND wait_event_type = 'Lock'"), 5)
                set_clock(ahead)
                began = time.monotonic()
                answer = caller.answer()
                return answer, time.monotonic() - began

        old = caller.token()
        assert ask("GET", "customers").status == 200
        set_clock(hour)
        assert ask("GET", "customers", authorization=f"Bearer {old}").status == 401, "the token has expired by the new clock"
        assert_serves(1)
        future = caller.token()
        set_clock(0)
        assert ask("GET", "customers", authorization=f"Bearer {future}").status == 401, "a token from the future"
        assert ask("GET", "customers", authorization=f"Bearer {old}").status == 200
        assert_serves(6)
        answer, seconds = jump_during_a_write(-hour)
        assert answer.status == 503 and answer.json()["code"] == "overloaded" and seconds < 4, "a deadline is no matter of the wall clock"
        set_clock(0)
        assert_serves(0)
        answer, seconds = jump_during_a_write(hour)
        assert answer.status == 503 and answer.json()["code"] in ("overloaded", "outcome_unknown") and seconds < 4


@pytest.mark.parametrize("when", ["2038-01-19 03:14:05", "2099-12-31 23:59:55"])
@pytest.mark.skipif(LIBFAKETIME is None, reason="the package faketime is not installed")
def test_clock_far_ahead(cluster, demo, when):
    ahead = int(datetime.datetime.fromisoformat(when + "+00:00").timestamp() - time.time())
    with with_clock(cluster) as (server, set_clock), Caller(server.port, demo.new_key()) as caller:
        set_clock(ahead)
        answer = caller.ask_for_token()
        assert answer.status == 200
        caller.access_token = answer.json()["access_token"]
        assert caller.call("GET", "customers").status == 200
        assert caller.create()
