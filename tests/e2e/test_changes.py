# SPDX-License-Identifier: Apache-2.0
"""The feed of changes: each sealed change of an account once, in order, however often the reader dies."""

import threading
import time

import pytest

import harness
from demo import Caller, World, number_of, own_cluster, own_folder, serving

ORIGIN = "books.example/history"


@pytest.fixture(scope="module")
def cluster():
    """One of our own: who seals a history is bound to what was published of it."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def server(cluster):
    """A node that seals."""
    with own_folder("hallmark-feed-") as folder:
        key_file = folder / "checkpoint.pem"
        harness.CommandLine(cluster).run("checkpoint", "key-make", str(key_file), f"--origin={ORIGIN}")
        with serving(cluster, checkpoint_key_file=key_file, checkpoint_file=folder / "head", history_origin=ORIGIN) as running:
            yield running


@pytest.fixture
def key(demo):
    return demo.new_key()


def feed(caller, since=None, **parameters):
    """One answer."""
    query = "&".join(f"{name}={value}" for name, value in {"since": since, **parameters}.items() if value is not None)
    answer = caller.call("GET", f"/changes?{query}")
    assert answer.status == 200, answer
    return answer.json()


def read_until(caller, count, since=None, **parameters):
    """Changes behind a cursor until there are so many, and the last cursor."""
    changes = []
    end = time.monotonic() + 30
    while len(changes) < count and time.monotonic() < end:
        page = feed(caller, since, wait=2, **parameters)
        changes += page["changes"]
        since = page["next"]
    return changes, since


def history_of(cluster, key):
    return [row[0] for row in cluster.query("SELECT history_id FROM hallmark.history_leaf WHERE account_id = %s ORDER BY account_seq",
                                            (number_of(key.account),))]


def sealed(cluster, key):
    """How many of the account's changes are not sealed yet: none is what the tests wait for."""
    return cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history WHERE account_id = %s)"
                         " = (SELECT count(*) FROM hallmark.history_leaf WHERE account_id = %s)", [number_of(key.account)] * 2)[0][0]


def test_changes_come_once_and_in_order(server, cluster, key):
    with Caller(server.port, key) as caller:
        customer = caller.create("Ada")
        product = caller.create("Pen", "products")
        assert caller.call("PUT", f"customers/{customer}", {"Name": "Grace"}).status == 204
        harness.wait_until(lambda: sealed(cluster, key), what="the seal")
        page = feed(caller)
        records = [change for change in page["changes"] if change["collection"] in ("customers", "products")]
        assert [(change["collection"], change["record"], change["version"]) for change in records] == [
            ("customers", customer, 1), ("products", product, 1), ("customers", customer, 2)]
        assert [change["sequence"] for change in page["changes"]] == list(range(1, len(page["changes"]) + 1)) and page["more"] is False
        assert records[2]["fields"] == [{"name": "Name", "old": "Ada", "new": "Grace"}]
        again = feed(caller, page["next"])
        assert again == {"changes": [], "next": page["next"], "more": False}
        one_by_one, since = [], None
        while True:
            small = feed(caller, since, page_size=1)
            one_by_one += small["changes"]
            since = small["next"]
            if not small["more"]:
                break
        assert one_by_one == page["changes"] and since == page["next"]
        only = feed(caller, collection="products")
        assert [change["record"] for change in only["changes"]] == [product] and only["next"] == page["next"]
        nothing = feed(caller, collection="invoices")
        assert (nothing["changes"], nothing["next"]) == ([], page["next"]), "what is passed over is not looked at again"


@pytest.mark.parametrize("query", ["since=x", "since=chg_", "wait=31", "wait=-1", "page_size=0", "page_size=1001", "x=1"])
def test_wrong_questions_are_refused(server, key, query):
    with Caller(server.port, key) as caller:
        answer = caller.call("GET", f"/changes?{query}")
        assert (answer.status, answer.json()["code"]) == (400, "invalid_query")


def test_cursor_of_another_account_is_refused(server, demo, key):
    with Caller(server.port, key) as caller, Caller(server.port, demo.new_key()) as other:
        cursor = feed(caller)["next"]
        assert other.call("GET", f"/changes?since={cursor}").status == 400
        mistyped = cursor[:-1] + ("0" if cursor[-1] != "0" else "1")
        assert caller.call("GET", f"/changes?since={mistyped}").status == 400


def test_feed_needs_its_right_and_withholds_values(server, cluster, demo):
    key = demo.new_key(scopes="history:read products:write customers:read")
    with Caller(server.port, key) as caller:
        caller.create("Pen", "products")
        harness.wait_until(lambda: sealed(cluster, key), what="the seal")
        [change] = feed(caller, collection="products")["changes"]
        assert change["withheld"] is True and "fields" not in change
    with Caller(server.port, demo.new_key(scopes="customers:read")) as caller:
        assert caller.call("GET", "/changes").status == 403


def test_reader_waits_for_the_next_change(server, cluster, key):
    with Caller(server.port, key) as reader, Caller(server.port, key) as writer:
        since = feed(reader)["next"]
        harness.wait_until(lambda: sealed(cluster, key), what="the seal")
        _, since = read_until(reader, 0, since)
        since = feed(reader, since)["next"]
        began = time.monotonic()
        assert feed(reader, since, wait=1)["changes"] == [] and 0.9 < time.monotonic() - began < 5
        reader.send("GET", f"/changes?since={since}&wait=30")
        time.sleep(0.5)
        began = time.monotonic()
        record = writer.create("Ada")
        page = reader.answer().json()
        assert [change["record"] for change in page["changes"]] == [record] and time.monotonic() - began < 10


def test_wait_may_be_longer_than_other_answers(server, cluster, key):
    with Caller(server.port, key) as reader:
        harness.wait_until(lambda: sealed(cluster, key), what="the seal")
        since = feed(reader)["next"]
        began = time.monotonic()
        assert feed(reader, since, wait=6) == {"changes": [], "next": since, "more": False}
        assert 5.9 < time.monotonic() - began < 12


def test_stop_ends_the_wait(server, cluster, start_server, key):
    running = start_server(cluster)
    with Caller(running.port, key) as reader:
        harness.wait_until(lambda: sealed(cluster, key), what="the seal")
        since = feed(reader)["next"]
        reader.send("GET", f"/changes?since={since}&wait=30")
        time.sleep(0.5)
        began = time.monotonic()
        assert running.stop() == 0, running.errors()
        assert time.monotonic() - began < 10
        assert reader.answer().json()["changes"] == []


@pytest.mark.chaos
def test_killed_reader_sees_exactly_the_history(server, cluster, key):
    """32 writers; a reader that keeps its cursor, and dies again and again between and inside of its requests."""
    writers, each = 32, 25

    def write():
        with Caller(server.port, key) as caller:
            for number in range(each):
                caller.create(f"N{number}")

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    seen, since, turn = [], None, 0
    end = time.monotonic() + 90
    while (any(thread.is_alive() for thread in threads) or not sealed(cluster, key) or len(seen) < len(history_of(cluster, key))) \
            and time.monotonic() < end:
        with Caller(server.port, key) as reader:
            reader.send("GET", "/changes?page_size=40&wait=1" + (f"&since={since}" if since else ""))
            turn += 1
            if turn % 3 == 0:
                continue  # it dies before it has read the answer, and begins again where it was
            page = reader.answer().json()
        seen += [(change["sequence"], change["id"]) for change in page["changes"]]
        since = page["next"]
    for thread in threads:
        thread.join()
    assert [sequence for sequence, _ in seen] == list(range(1, len(seen) + 1)), "no gap, no repeat, in order"
    assert [number for _, number in seen] == history_of(cluster, key) and len(seen) >= writers * each
