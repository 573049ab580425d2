# SPDX-License-Identifier: Apache-2.0
"""Whoever reads the history stands in a log: each question once, with what was asked and how much was given, or it is not answered."""

import time

import pytest

import harness
from demo import Caller, World, number_of, own_cluster, own_folder, serving
from test_management import BOOKS, Desk, refused

ORIGIN = "books.example/history"
ROOM = 1024  # of one thread: two batches


@pytest.fixture(scope="module")
def cluster():
    """One of our own: it seals, and its log of reads is shut."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def flags(cluster):
    with own_folder("hallmark-reads-") as folder:
        key_file = folder / "checkpoint.pem"
        harness.CommandLine(cluster).run("checkpoint", "key-make", str(key_file), f"--origin={ORIGIN}")
        yield {"checkpoint_key_file": key_file, "checkpoint_file": folder / "head", "history_origin": ORIGIN}


@pytest.fixture(scope="module")
def server(cluster, flags):
    with serving(cluster, **flags) as running:
        yield running


@pytest.fixture
def desk(demo, server):
    account = demo.new_account("Watched Ltd")
    with Desk(server.port, demo.new_key(account, demo.new_holder(account, BOOKS), scopes=f"history:read {BOOKS}")) as made:
        yield made


def reads(cluster, key):
    return cluster.query("SELECT question, given FROM hallmark.history_read WHERE account_id = %s ORDER BY at, request_id", [number_of(key.account)])


def wait_for_reads(cluster, key, count):
    return harness.wait_until(lambda: len(reads(cluster, key)) >= count and reads(cluster, key), 20, "the log of reads")


def test_each_kind_of_question_is_logged(cluster, demo, desk):
    record = desk.create("Ada")
    receipt = desk.call("PUT", f"customers/{record}", {"Name": "Grace"}).header("hallmark-receipt").split(":")[0]
    harness.wait_until(lambda: desk.call("GET", f"/history/proof?change={receipt}").status == 200, 30, "the seal")
    paths = {"/history?page_size=1": 1, "/history?filter=x": None, f"/api2/public/v1.2/customers/{record}/history": 2, "/changes?collection=customers": 2,
             f"/history/proof?change={receipt}": 1, f"/admin/v1/{desk.of}/as-of/touched?key={desk.key.client_id}": 1}
    answers = {path: desk.call("GET", path) for path in paths if path.startswith("/")}
    given = {path: count for path, count in paths.items() if answers[path].status == 200}
    assert len(given) >= 5, answers
    logged = wait_for_reads(cluster, desk.key, len(given))
    for path, count in given.items():
        assert (path, count) in logged, logged
    assert not any(question.startswith("/history?filter") for question, _ in logged), "what was refused told nothing"
    assert len([question for question, _ in logged if question == "/history?page_size=1"]) == 1, "each once"


def test_who_and_from_where(cluster, demo, desk):
    answer = desk.call("GET", "/history")
    wait_for_reads(cluster, desk.key, 1)
    [row] = cluster.query("SELECT request_id::text, application_name, client_id, user_id, address, now() - at < interval '1 minute' FROM hallmark.history_read"
                          " WHERE account_id = %s", [number_of(desk.key.account)])
    assert row == (answer.header("x-request-id"), desk.key.application_name, desk.key.client_id, None, "127.0.0.1", True)


def test_log_is_listed_in_pages_and_by_the_command_line(cluster, demo, desk):
    for size in range(1, 6):
        assert desk.call("GET", f"/history?page_size={size}").status == 200
    wait_for_reads(cluster, desk.key, 5)
    seen, path = [], f"{desk.of}/history-reads?page_size=2"
    while path:
        answer = desk.ask("GET", path)
        assert answer.status == 200, answer
        seen += [row["question"] for row in answer.json()["items"] if row["question"].startswith("/history?")]
        link = answer.header("link")
        path = link.split("/admin/v1/")[1].split(">")[0] if link else None
    assert seen == [f"/history?page_size={size}" for size in range(5, 0, -1)]
    rows = demo.json("history", "reads", f"--account={desk.key.account}")
    assert [row["question"] for row in rows if row["question"].startswith("/history?")] == seen
    assert demo.json("history", "reads", f"--account={desk.key.account}", "--to=2001-01-01T00:00:00Z") == []
    assert any("history-reads" in question for question, _ in wait_for_reads(cluster, desk.key, 8)), "who looks at the log stands there too"
    with Desk(desk.port, demo.new_key(desk.key.account, desk.key.holder, scopes="customers:read")) as stranger:
        refused(stranger.ask("GET", f"{desk.of}/history-reads"), 403, "insufficient_scope", "history:read")


def test_command_line_tells_of_itself_first(cluster, demo, desk):
    account = f"--account={desk.key.account}"
    desk.create("Ada")
    harness.wait_until(lambda: cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)],
                       30, "the seal")
    demo.command_line.run("history", "export", account, "--collection=customers")
    demo.json("history", "touched", account, f"--key={desk.key.client_id}")
    assert reads(cluster, desk.key) == [(f"hallmark history export {account} --collection=customers", None),
                                        (f"hallmark history touched {account} --key={desk.key.client_id}", None)]
    assert cluster.query("SELECT DISTINCT application_name, client_id, person IS NOT NULL FROM hallmark.history_read WHERE account_id = %s",
                         [number_of(desk.key.account)]) == [("hallmark command line", None, True)]


def test_what_cannot_be_logged_is_not_told(cluster, demo, desk):
    """The log takes no rows: reads go on until there is no room for more, then they are refused; nothing of it is lost or stands twice."""
    before = len(reads(cluster, desk.key))
    with cluster.connect() as lock:
        lock.cursor().execute("LOCK TABLE hallmark.history_read IN EXCLUSIVE MODE")
        done = demo.command_line.run("history", "touched", f"--account={desk.key.account}", f"--key={desk.key.client_id}", check=False,
                                     environment={"PGOPTIONS": "-c lock_timeout=200"})
        assert (done.returncode, done.stdout) == (1, "") and "log of reads" in done.stderr
        given, end = 0, time.monotonic() + 90
        answer = desk.call("GET", "/history?page_size=1")
        while answer.status == 200 and time.monotonic() < end:
            given += 1
            answer = desk.call("GET", "/history?page_size=1")
        assert answer.status == 503 and answer.header("retry-after"), answer
        assert 0 < given <= ROOM
        assert desk.create("Ada"), "whoever writes is not held up"
        lock.rollback()
    harness.wait_until(lambda: len(reads(cluster, desk.key)) - before == given, 30, "all that was given")
    harness.wait_until(lambda: desk.call("GET", "/history?page_size=1").status == 200, 10, "answers again")


def test_orderly_stop_loses_no_row(cluster, demo, flags):
    key = demo.new_key()
    with serving(cluster) as running, Caller(running.port, key) as caller:
        for _ in range(20):
            assert caller.call("GET", "/history").status == 200
    assert len(reads(cluster, key)) == 20
