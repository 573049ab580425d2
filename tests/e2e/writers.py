# SPDX-License-Identifier: Apache-2.0
"""Writers that go on through kills, as careful clients do, and keep a ledger of what they were told; and the proof that it was the truth."""

import collections
import dataclasses
import itertools
import json
import threading
import time

from demo import Caller, Lost, NotTaken, number_of

PAUSE = 0.02  # before asking again
LOST, NOT_TAKEN = "lost", "not taken"
NOTHING_WAS_DONE = {"overloaded", "policy_stale"}


@dataclasses.dataclass
class Entry:
    """One write that somebody wanted: what was asked, and all that was answered to it."""

    marker: str
    method: str
    record: int
    keyed: bool
    acknowledged: bool = False
    unknown: bool = False  # an answer was lost, or was "outcome unknown"
    request_id: str = ""
    receipt: str = ""


class Writers:
    """Threads that create and change records. Those with an Idempotency-Key ask again until they know; those without ask again only when the
    answer says that nothing was done."""

    def __init__(self, port, key, creators=4, changers=2, readers=1):
        self.port, self.key = port, key
        self.entries, self.wrong, self.statuses = [], [], collections.Counter()
        self.slowest_answer = 0
        self._stop, self._lock, self._numbers = threading.Event(), threading.Lock(), itertools.count(1)
        with Caller(port, key) as first:
            self.token = first.token()
            records = [first.create(f"start {number}") for number in range(2 * changers)]
        jobs = [(self._create, (keyed,)) for keyed in (False, True) for _ in range(creators)]
        jobs += [(self._change, (record, number % 2 == 0)) for number, record in enumerate(records)]
        jobs += [(self._read, (records[0],)) for _ in range(readers)]
        self._threads = [threading.Thread(target=self._run, args=job, daemon=True) for job in jobs]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a writer never heard its answer"

    def acknowledged(self):
        return sum(entry.acknowledged for entry in list(self.entries))

    def _run(self, job, arguments):
        caller = Caller(self.port, self.key)
        caller.access_token = self.token
        try:
            while not self._stop.is_set():
                job(caller, *arguments)
        except Exception as error:  # a thread has nobody to raise to
            self.wrong.append(repr(error))
        caller.close()

    def _create(self, caller, keyed):
        self._write(caller, Entry(self._marker(), "POST", 0, keyed), "customers")

    def _change(self, caller, record, keyed):
        self._write(caller, Entry(self._marker(), "PUT", record, keyed), f"customers/{record}")

    def _marker(self):
        return f"write-{next(self._numbers)}"

    def _read(self, caller, record):
        answer = self._ask(caller, "GET", f"customers/{record}")
        if answer in (LOST, NOT_TAKEN) or answer.status == 503:
            time.sleep(PAUSE)
        elif answer.status != 200:
            self.wrong.append(repr(answer))

    def _write(self, caller, entry, path):
        with self._lock:
            self.entries.append(entry)
        headers = {"Idempotency-Key": entry.marker} if entry.keyed else {}
        while not self._take(entry, self._ask(caller, entry.method, path, {"Name": entry.marker}, headers=headers)):
            if self._stop.is_set():
                return  # it stays as unknown as it is
            time.sleep(PAUSE)

    def _ask(self, caller, *words, **how):
        """The answer, LOST or NOT_TAKEN."""
        began = time.monotonic()
        try:
            answer = caller.call(*words, **how)
        except Lost as error:
            word = NOT_TAKEN if isinstance(error, NotTaken) else LOST
            self.statuses[word] += 1
            return word
        self.slowest_answer = max(self.slowest_answer, time.monotonic() - began)
        self.statuses[answer.status] += 1
        return answer

    def _take(self, entry, answer):
        """Enters the answer. True: there is nothing more to ask."""
        if answer == NOT_TAKEN:
            return False
        if answer == LOST or answer.status == 503 and answer.json()["code"] == "outcome_unknown":
            entry.unknown = True
            return not entry.keyed
        if answer.status == 503 and answer.json()["code"] in NOTHING_WAS_DONE and answer.header("retry-after"):
            return False
        if answer.status != (200 if entry.method == "POST" else 204):
            self.wrong.append(f"{entry} was answered {answer!r}")
            return True
        entry.request_id, entry.receipt = answer.header("x-request-id"), answer.header("hallmark-receipt")
        entry.record = entry.record or int(answer.body)
        entry.acknowledged = True
        return True

    # --- the proof ------------------------------------------------------------------------------------------------------------

    def assert_truth(self, cluster):
        """Every acknowledged write is there once, with its history row; what was said not to be done was not; nothing is there twice."""
        assert not self.wrong, self.wrong[:3]
        rows = cluster.query(
            "SELECT h.record_id, h.version, h.method, h.id, encode(h.frozen_digest, 'hex'), v.before, v.after FROM hallmark.change_history h"
            " JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at)"
            " WHERE h.account_id = %s AND h.collection_id > 0 ORDER BY h.record_id, h.version", [number_of(self.key.account)])
        by_marker = collections.defaultdict(list)
        for row in rows:
            by_marker[json.loads(row[6])["Name"]].append(row)
        for entry in self.entries:
            found = by_marker[entry.marker]
            assert len(found) <= 1, f"{entry} is there {len(found)} times"
            assert not entry.acknowledged or found, f"{entry} was acknowledged and is not there"
            assert entry.acknowledged or entry.unknown or not found, f"{entry} was said not to be done, and is there"
            if entry.acknowledged:
                record, _, method, history_id, digest, _, _ = found[0]
                assert (record, method, f"{history_id}:{digest}") == (entry.record, entry.method, entry.receipt), entry
        self._assert_chains(cluster, rows)

    def _assert_chains(self, cluster, rows):
        state = {row[0]: row[1:] for row in cluster.query("SELECT id, version, history_id, document::text FROM hallmark.record WHERE account_id = %s",
                                                          [number_of(self.key.account)])}
        for record, changes in itertools.groupby(rows, key=lambda row: row[0]):
            changes = list(changes)
            assert [change[1] for change in changes] == list(range(1, len(changes) + 1)), f"versions of the record {record}"
            for earlier, later in zip(changes, changes[1:]):
                assert later[5] == earlier[6], f"the record {record} between the versions {earlier[1]} and {later[1]}"
            assert state.pop(record) == (changes[-1][1], changes[-1][3], changes[-1][6]), f"the record {record} and its last change"
        assert not state, "records without a history"
