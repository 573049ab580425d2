# SPDX-License-Identifier: Apache-2.0
"""Many writers at the same moment, through the whole server: nothing is lost, nothing happens twice, and the history is a chain."""

import collections
import json
import uuid

import pytest

from demo import Caller, number_of

pytestmark = pytest.mark.chaos
WRITERS = 200


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key()


@pytest.fixture(scope="module")
def writers(server, key):
    """As many connections as writers, with one token."""
    callers = [Caller(server.port, key) for _ in range(WRITERS)]
    token = callers[0].token()
    for caller in callers:
        caller.access_token = token
    yield callers
    for caller in callers:
        caller.close()


def ask_at_once(callers, method, path, body_of, headers_of=lambda number: {}):
    """Every request is sent before the first answer is read. Each caller asks until the server took its request: 503 says that nothing was done."""
    answers, left = {}, list(enumerate(callers))
    while left:
        for number, caller in left:
            caller.send(method, path, body_of(number), headers=headers_of(number))
        got = [(number, caller, caller.answer()) for number, caller in left]
        assert all(answer.json()["code"] == "overloaded" for _, _, answer in got if answer.status == 503)
        answers.update((number, answer) for number, _, answer in got if answer.status != 503)
        left = [(number, caller) for number, caller, answer in got if answer.status == 503]
    return [answers[number] for number in range(len(callers))]


def changes_of(cluster, key, record=None):
    """Rows of the history of records in the order of versions, with their values."""
    of_record = "" if record is None else " AND h.record_id = %s"
    return cluster.query(
        "SELECT h.record_id, h.version, h.method, v.before, v.after, h.id, h.at, h.request_id::text FROM hallmark.change_history h"
        " JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at)"
        f" WHERE h.account_id = %s AND h.collection_id > 0{of_record} ORDER BY h.record_id, h.version", [number_of(key.account), *([record] if record else [])])


def assert_chain(changes):
    """Versions from one without a gap; each `after` is the next `before`; moments and ids rise."""
    assert [change[1] for change in changes] == list(range(1, len(changes) + 1))
    for earlier, later in zip(changes, changes[1:]):
        assert later[3] == earlier[4] and later[5] > earlier[5] and later[6] >= earlier[6]
    assert changes[0][3] is None


def test_parallel_puts_on_one_record_form_a_chain(cluster, writers, key):
    record = writers[0].create("start")
    answers = ask_at_once(writers, "PUT", f"customers/{record}", lambda number: {"Name": f"writer {number}"})
    assert collections.Counter(answer.status for answer in answers) == {204: WRITERS}
    assert sorted(int(answer.header("etag").strip('"')) for answer in answers) == list(range(2, WRITERS + 2)), "each write has a version of its own"
    changes = changes_of(cluster, key, record)
    assert_chain(changes)
    assert len(changes) == WRITERS + 1
    by_request = {change[7]: change for change in changes}
    for number, answer in enumerate(answers):
        change = by_request[answer.header("x-request-id")]
        assert json.loads(change[4])["Name"] == f"writer {number}" and change[1] == int(answer.header("etag").strip('"'))
    assert json.loads(changes[-1][4]) == writers[0].call("GET", f"customers/{record}").json(), "the record is what the last change says"


def test_parallel_posts_into_one_account_are_all_there(cluster, writers, demo, server):
    key = demo.new_key()
    with Caller(server.port, key) as first:
        for caller in writers:
            caller.access_token = first.token()
    answers = ask_at_once(writers, "POST", "customers", lambda number: {"Name": f"record {number}"})
    assert collections.Counter(answer.status for answer in answers) == {200: WRITERS}
    ids = [int(answer.body) for answer in answers]
    assert len(set(ids)) == WRITERS
    changes = {change[0]: change for change in changes_of(cluster, key)}
    assert changes.keys() == set(ids) and len(changes_of(cluster, key)) == WRITERS
    for number, answer in enumerate(answers):
        change = changes[ids[number]]
        assert json.loads(change[4])["Name"] == f"record {number}" and change[7] == answer.header("x-request-id") and change[2] == "POST"
    assert cluster.query("SELECT count(*) FROM hallmark.record WHERE account_id = %s", [number_of(key.account)]) == [(WRITERS,)]
    assert cluster.query("SELECT count(*) FROM hallmark.idempotency WHERE account_id = %s", [number_of(key.account)]) == [(0,)]


def test_parallel_posts_with_one_idempotency_key_are_one(cluster, writers, demo, server):
    key = demo.new_key()
    with Caller(server.port, key) as first:
        for caller in writers:
            caller.access_token = first.token()
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answers = ask_at_once(writers, "POST", "customers", lambda number: {"Name": "once"}, lambda number: headers)
    assert collections.Counter(answer.status for answer in answers) == {200: WRITERS}
    assert len({(answer.body, answer.header("hallmark-receipt"), answer.header("etag")) for answer in answers}) == 1
    assert len(changes_of(cluster, key)) == 1
    assert cluster.query("SELECT count(*) FROM hallmark.record WHERE account_id = %s", [number_of(key.account)]) == [(1,)]


def test_parallel_writes_with_one_if_match_have_one_winner(cluster, writers, demo, server):
    key = demo.new_key()
    with Caller(server.port, key) as first:
        record = first.create("start")
        tag = first.call("GET", f"customers/{record}").header("etag")
        for caller in writers:
            caller.access_token = first.token()
    answers = ask_at_once(writers, "PUT", f"customers/{record}", lambda number: {"Name": f"writer {number}"}, lambda number: {"If-Match": tag})
    assert collections.Counter(answer.status for answer in answers) == {204: 1, 400: WRITERS - 1}
    assert {answer.json()["code"] for answer in answers if answer.status == 400} == {"version_mismatch"}
    assert_chain(changes_of(cluster, key, record))


def test_parallel_deletes_have_one_winner_and_puts_beside_them_are_told(cluster, writers, demo, server):
    key = demo.new_key()
    with Caller(server.port, key) as first:
        record = first.create("start")
        for caller in writers:
            caller.access_token = first.token()
    half = WRITERS // 2
    for number, caller in enumerate(writers):
        if number % 2:
            caller.send("DELETE", f"customers/{record}")
        else:
            caller.send("PUT", f"customers/{record}", {"Name": f"writer {number}"})
    answers = [caller.answer() for caller in writers]
    deletes, puts = answers[1::2], answers[0::2]
    done = {answer.header("x-request-id") for answer in answers if answer.status == 204}
    assert sum(answer.status == 204 for answer in deletes) == 1 and {answer.status for answer in answers} <= {204, 404, 503}
    assert len(deletes) == len(puts) == half
    changes = changes_of(cluster, key, record)
    assert_chain(changes)
    assert {change[7] for change in changes[1:]} == done and changes[-1][2] == "DELETE"
