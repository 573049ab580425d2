# SPDX-License-Identifier: Apache-2.0
"""Races inside the database: which single statement decides when many come at the same moment. No server takes part."""

import collections
import hashlib
import json
import threading

import psycopg2
import pytest

from sql_statements import AUTHOR, Session, migrated_cluster, write

ACCOUNT, COLLECTION = 7, 3
WRITERS = 200


@pytest.fixture(scope="module")
def cluster():
    made = migrated_cluster(connections=WRITERS + 20)
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def sessions(cluster):
    made = [Session(cluster) for _ in range(WRITERS)]
    for session in made:  # so that nothing is planned while they race
        session.prepare("record_create", "record_replace", "record_delete", "idempotency_find")
    yield made
    for session in made:
        session.close()


@pytest.fixture(scope="module")
def owner(cluster):
    connection = psycopg2.connect(cluster.conninfo("hallmark_owner"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def at_once(sessions, work):
    """work(session, number) in a thread for each session, started together; the results in the sessions' order."""
    start, results = threading.Barrier(len(sessions)), [None] * len(sessions)

    def run(number):
        start.wait()
        try:
            results[number] = work(sessions[number], number)
        except psycopg2.Error as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(sessions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not [result for result in results if isinstance(result, Exception)]
    return results


def create(session, document="{}", **given):
    return write(session, "create", account_id=ACCOUNT, collection_id=COLLECTION, document=document, **given)


def chain(owner, record_id):
    """The record's history: (version, before, after, id, at), by version."""
    owner.execute("SELECT version, before, after, history.id, history.at FROM hallmark.change_history AS history"
                  " JOIN hallmark.history_value AS value ON value.account_id = history.account_id AND value.history_id = history.id"
                  " AND value.at = history.at WHERE history.account_id = %s AND record_id = %s ORDER BY version", (ACCOUNT, record_id))
    return owner.fetchall()


def assert_chain(rows, versions):
    assert [row[0] for row in rows] == list(range(1, versions + 1)), "dense versions"
    assert all(earlier[2] == later[1] for earlier, later in zip(rows, rows[1:])), "each after is the next before"
    assert all(earlier[3] < later[3] and earlier[4] <= later[4] for earlier, later in zip(rows, rows[1:])), "ids and times rise with the version"


def test_replaces_of_one_record(sessions, owner):
    record = create(sessions[0], '{"Writer": -1}')["record_id"]
    where = {"account_id": ACCOUNT, "collection_id": COLLECTION, "record_id": record}
    results = at_once(sessions, lambda session, number: write(session, "replace", **where, document=json.dumps({"Writer": number})))
    assert {result["result"] for result in results} == {"written"}
    assert sorted(result["version"] for result in results) == list(range(2, WRITERS + 2))
    rows = chain(owner, record)
    assert_chain(rows, WRITERS + 1)
    by_version = {result["version"]: number for number, result in enumerate(results)}
    assert all(json.loads(row[2])["Writer"] == by_version[row[0]] for row in rows[1:]), "each answer tells the version that it made"
    owner.execute("SELECT version, history_id, document::text FROM hallmark.record WHERE id = %s", (record,))
    assert owner.fetchone() == (WRITERS + 1, rows[-1][3], rows[-1][2])


def test_one_of_those_who_expect_the_same_version_wins(sessions, owner):
    record = create(sessions[0])["record_id"]
    where = {"account_id": ACCOUNT, "collection_id": COLLECTION, "record_id": record}
    results = at_once(sessions, lambda session, number: write(session, "replace", **where, document="{}", expected_version=1))
    assert collections.Counter(result["result"] for result in results) == {"written": 1, "version_differs": WRITERS - 1}
    assert {result["version"] for result in results} == {2}
    assert_chain(chain(owner, record), 2)


def test_replaces_and_one_delete(sessions, owner):
    record = create(sessions[0])["record_id"]
    where = {"account_id": ACCOUNT, "collection_id": COLLECTION, "record_id": record}

    def work(session, number):
        return write(session, "delete" if number % 10 == 0 else "replace", **where, document=json.dumps({"Writer": number}))

    results = at_once(sessions, work)
    counts = collections.Counter(result["result"] for result in results)
    assert sum(result["result"] == "written" for result in results[::10]) == 1, "one deletes"
    rows = chain(owner, record)
    assert_chain(rows, counts["written"] + 1)
    assert rows[-1][2] is None and counts["missing"] == WRITERS - counts["written"]


def keyed(request, key):
    return {"key_digest": hashlib.sha256(key).digest(), "request_digest": hashlib.sha256(request).digest()}


def find(session, request, key):
    return session.one("idempotency_find", account_id=ACCOUNT, client_id=AUTHOR["client_id"], **keyed(request, key))


def answer_of(session, result, request, key):
    """What the server answers: with a key, only `written` is the last word."""
    return result if result["result"] == "written" else find(session, request, key)


def test_creates_with_one_key_make_one_record(sessions, owner):
    for round_number in range(5):
        key = b"create %d" % round_number

        def work(session, number):
            return answer_of(session, create(session, '{"Name": "A"}', **keyed(b"same", key)), b"same", key)

        results = at_once(sessions, work)
        assert collections.Counter(result["result"] for result in results) == {"written": 1, "replayed": WRITERS - 1}
        assert len({(result["record_id"], result["version"], result["history_id"], bytes(result["frozen_digest"])) for result in results}) == 1
        assert_chain(chain(owner, results[0]["record_id"]), 1)


@pytest.mark.parametrize("kind, expected_version", [("replace", 0), ("replace", 1), ("delete", 0), ("delete", 1)])
def test_writes_with_one_key_are_done_once(sessions, owner, kind, expected_version):
    """Those who waited for the winner see a record that has changed or gone, and still get the winner's answer."""
    for round_number in range(5):
        record = create(sessions[0])["record_id"]
        key = f"{kind} {expected_version} {round_number}".encode()

        def work(session, number):
            done = write(session, kind, account_id=ACCOUNT, collection_id=COLLECTION, record_id=record, document="{}",
                         expected_version=expected_version, **keyed(b"same", key))
            return answer_of(session, done, b"same", key)

        results = at_once(sessions, work)
        assert collections.Counter(result["result"] for result in results) == {"written": 1, "replayed": WRITERS - 1}
        assert_chain(chain(owner, record), 2)


def test_key_for_two_requests_is_used_by_one(sessions):
    def work(session, number):
        request = b"request %d" % (number % 2)
        return answer_of(session, create(session, **keyed(request, b"two requests")), request, b"two requests")

    results = at_once(sessions, work)
    assert collections.Counter(result["result"] for result in results) == {"written": 1, "replayed": WRITERS // 2 - 1, "key_reused": WRITERS // 2}


def test_writes_to_many_records_of_one_account(sessions, owner):
    """A writer locks nothing but its record, and each acknowledged write has its one row in both tables of the history."""
    owner.execute("SELECT count(*) FROM hallmark.change_history")
    before = owner.fetchone()[0]

    def work(session, number):
        where = {"account_id": ACCOUNT, "collection_id": COLLECTION, "record_id": create(session)["record_id"]}
        for turn in range(4):
            assert write(session, "replace", **where, document=json.dumps({"Turn": turn}))["version"] == turn + 2
        return where["record_id"]

    for record in at_once(sessions, work):
        assert_chain(chain(owner, record), 5)
    owner.execute("SELECT (SELECT count(*) FROM hallmark.change_history), (SELECT count(*) FROM hallmark.history_value)")
    changes, values = owner.fetchone()
    assert changes == values == before + 5 * WRITERS


def test_change_that_waits_for_a_record_locks_nobody_else(sessions, cluster):
    """While one transaction holds a record, other records of the account are written."""
    held, free = create(sessions[0])["record_id"], create(sessions[0])["record_id"]
    holder = Session(cluster)
    holder.connection.autocommit = False
    where = {"account_id": ACCOUNT, "collection_id": COLLECTION}
    write(holder, "replace", **where, record_id=held, document="{}")
    waiter = threading.Thread(target=write, args=(sessions[1], "replace"), kwargs={**where, "record_id": held, "document": "{}"})
    waiter.start()
    for session in sessions[2:20]:
        assert write(session, "replace", **where, record_id=free, document="{}")["result"] == "written"
    assert waiter.is_alive()
    holder.connection.rollback()
    waiter.join()
    assert sessions[0].one("record_find", **where, record_id=held)["version"] == 2, "the one that was rolled back left nothing"
    holder.close()


def test_secrets_that_come_together_stay_two(sessions, owner):
    owner.execute("INSERT INTO hallmark.account (id, name) VALUES (1, 'a'); INSERT INTO hallmark.\"user\" (id, email, name) VALUES (1, 'a@b', 'a');"
                  "INSERT INTO hallmark.member (account_id, user_id) VALUES (1, 1);"
                  "INSERT INTO hallmark.application (id, account_id, name) VALUES (1, 0, 'a');"
                  "INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id) VALUES (1, 'k', 1, 'k', 1)")

    def work(session, number):
        try:
            session.cursor.execute("INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) VALUES (1, 'k', %s, %s, 'm')",
                                   (number + 1, hashlib.sha256(b"%d" % number).digest()))
        except psycopg2.errors.CheckViolation:
            return False
        return True

    assert at_once(sessions[:50], work).count(True) == 2
