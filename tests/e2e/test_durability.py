# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the server and of PostgreSQL under load: every acknowledged write is there with its history row, and none is there twice."""

import os
import random
import time

import pytest

import harness
from demo import Caller, World, make_secret, own_cluster
from writers import Writers

pytestmark = pytest.mark.chaos
ROUNDS = 300 if os.environ.get("HALLMARK_SOAK") else 10
WRITES_A_ROUND = 40
BACK_SECONDS = 2


@pytest.fixture
def cluster():
    with own_cluster() as made:
        yield made


class Victim:
    """A server that is killed and started again at the same address."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.server = harness.Server(cluster)
        self.port = self.server.port

    def kill_server(self):
        self.server.kill()
        self.start_server()

    def start_server(self):
        self.server.close()
        self.server = harness.Server(self.cluster, port=self.port)

    def kill_database(self):
        self.cluster.kill()
        self.cluster.start()

    def stop_database_at_once(self):
        self.cluster.stop("immediate")
        self.cluster.start()

    def close(self):
        self.server.close()


def wait_for_writes(writers, count, what):
    goal = writers.acknowledged() + count
    harness.wait_until(lambda: writers.wrong or writers.acknowledged() >= goal, 30, what)
    assert not writers.wrong, writers.wrong[:3]


def test_nothing_acknowledged_is_lost_whatever_dies(cluster):
    dice = random.Random(20_261_121)
    victim = Victim(cluster)
    try:
        with Writers(victim.port, World(cluster).new_key()) as writers:
            for number in range(ROUNDS):
                wait_for_writes(writers, WRITES_A_ROUND, f"writes of round {number}")
                time.sleep(dice.random() / 20)  # the moment is chosen by chance, since no moment may be a wrong one
                disaster = (victim.kill_server, victim.kill_database, victim.stop_database_at_once)[number % 3]
                disaster()
                back = time.monotonic()
                wait_for_writes(writers, 1, f"the first write after round {number}")
                assert time.monotonic() - back < BACK_SECONDS, f"round {number}: the server took longer to be back"
            wait_for_writes(writers, WRITES_A_ROUND, "writes at the end")
        writers.assert_truth(cluster)
        unknown = sum(entry.unknown for entry in writers.entries)
        assert unknown > 0, "no kill met a write: the test shows nothing"
        print(f"{ROUNDS} kills, {writers.acknowledged()} acknowledged writes, {unknown} answers lost, answers by status {dict(writers.statuses)}")
        assert victim.server.stop() == 0, victim.server.errors()
    finally:
        victim.close()


def test_slow_down_survives_a_kill(cluster):
    """Failures that were counted before the kill still slow the guesser afterwards."""
    victim = Victim(cluster)
    try:
        key = World(cluster).new_key()
        wrong = make_secret(key.secret, random.Random(1))
        with Caller(victim.port, key) as guesser:
            answers = [guesser.ask_for_token(secret=wrong) for _ in range(40)]
            slowed = [answer for answer in answers if answer.status == 429]
            assert slowed and int(slowed[-1].header("retry-after")) >= 1
            harness.wait_until(lambda: cluster.query("SELECT coalesce(max(failures), 0) FROM hallmark.auth_failure")[0][0] > 10, 10, "the saved count")
        victim.server.kill()
        cluster.query("UPDATE hallmark.auth_failure SET failures = 20, last_at = now()")  # as if he had gone on: a start may take longer than a second
        victim.start_server()
        with Caller(victim.port, key) as guesser:
            answer = guesser.ask_for_token(secret=wrong)
            assert answer.status == 429 and int(answer.header("retry-after")) > 1, "a restart is no way around the slow-down"
        assert victim.server.stop() == 0, victim.server.errors()
    finally:
        victim.close()
