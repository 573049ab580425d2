# SPDX-License-Identifier: Apache-2.0
"""32 writers on two nodes that both seal; each of them and PostgreSQL are killed in turn. Afterwards the log is whole, and every checkpoint
that anybody saw on the way is one of its beginnings."""

import contextlib
import hashlib
import os
import pathlib
import random
import threading
import time

import pytest

import harness
from demo import World, own_cluster, own_folder
from tree import node, read_note
from writers import Writers

pytestmark = pytest.mark.chaos
ORIGIN = "books.example/history"
KILLS = 300 if os.environ.get("HALLMARK_SOAK") else 6
WRITES_A_ROUND = 60


class Node:
    """One that seals, is killed, and comes back at the same address with the head that it published."""

    def __init__(self, cluster, key_file, head):
        self.cluster, self.flags = cluster, {"checkpoint_key_file": key_file, "checkpoint_file": head, "history_origin": ORIGIN}
        self.head = head
        self.server = harness.Server(cluster, **self.flags)
        self.port = self.server.port

    def kill(self):
        self.server.kill()
        self.alarms()
        self.server.close()
        self.server = harness.Server(self.cluster, port=self.port, **self.flags)

    def alarms(self):
        assert not self.server.log("history_alarm"), self.server.log("history_alarm")


class Witness:
    """Keeps every checkpoint that a node told anybody: in its file, and over HTTP."""

    def __init__(self, nodes):
        self.nodes, self.notes, self.wrong = nodes, set(), []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(look, node), daemon=True) for look in (self._file, self._http) for node in nodes]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _watch(self, look, watched):
        while not self._stop.wait(0.05):
            try:
                note = look(watched)
                if note:
                    self.notes.add(read_note(note))
            except OSError:
                pass  # it is dead just now
            except Exception as error:  # a thread has nobody to raise to
                self.wrong.append(repr(error))

    @staticmethod
    def _file(watched):
        return watched.head.read_text() if watched.head.exists() else None

    @staticmethod
    def _http(watched):
        answer = harness.ask(watched.port, "GET /history/checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return answer.body.decode() if answer and answer.status == 200 else None


def roots_of(leaves):
    """The root over each beginning of the leaves, by size."""
    roots, peaks = [hashlib.sha256(b"").digest()], []
    for count, leaf in enumerate(leaves, 1):
        peaks.append(leaf)
        while count & 1 == 0:
            right = peaks.pop()
            peaks.append(node(peaks.pop(), right))
            count >>= 1
        root = peaks[-1]
        for peak in reversed(peaks[:-1]):
            root = node(peak, root)
        roots.append(root)
    return roots


def check_leaves(cluster):
    """Rows are leaves, once each; indexes and each account's sequence are dense, and each leaf names the one before it."""
    changes = cluster.query("SELECT count(*) FROM hallmark.change_history")[0][0]
    rows = cluster.query("""SELECT leaf.leaf_index, leaf.account_id, leaf.account_seq, leaf.history_id, leaf.leaf, change.frozen
        FROM hallmark.history_leaf AS leaf
        JOIN hallmark.change_history AS change ON change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
        ORDER BY leaf.leaf_index""")
    assert len(rows) == changes == len({(row[1], row[3]) for row in rows}) == cluster.query("SELECT count(*) FROM hallmark.history_leaf")[0][0]
    last = {}
    for place, (index, account, seq, _, leaf, frozen) in enumerate(rows):
        seq_before, leaf_before = last.get(account, (0, bytes(32)))
        assert (index, seq) == (place, seq_before + 1)
        entry = b"\1" + index.to_bytes(8, "big") + account.to_bytes(8, "big") + seq.to_bytes(8, "big") + leaf_before + hashlib.sha256(bytes(frozen)).digest()
        assert bytes(leaf) == hashlib.sha256(b"\0" + entry).digest()
        last[account] = (seq, bytes(leaf))
    return [bytes(row[4]) for row in rows]


def check_checkpoints(notes, roots):
    for origin, size, root in notes:
        assert origin == ORIGIN and size < len(roots), f"a checkpoint of {size} changes was told, and the log has {len(roots) - 1}"
        assert root == roots[size], f"the checkpoint of {size} changes is of another log"


def all_sealed(cluster):
    return cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]


@contextlib.contextmanager
def two_nodes(cluster, folder):
    key_file, heads = folder / "checkpoint.pem", [folder / "first", folder / "second"]
    harness.CommandLine(cluster).run("checkpoint", "key-make", str(key_file), f"--origin={ORIGIN}")
    first = Node(cluster, key_file, heads[0])
    harness.wait_until(heads[0].exists, 30, "the first head")
    heads[1].write_text(heads[0].read_text())
    heads[1].chmod(0o666)
    second = Node(cluster, key_file, heads[1])
    try:
        yield first, second
    finally:
        first.server.close()
        second.server.close()


def kill_in_turn(cluster, nodes, crews, dice):
    for number in range(KILLS):
        for crew in crews:
            goal = crew.acknowledged() + WRITES_A_ROUND
            harness.wait_until(lambda crew=crew, goal=goal: crew.wrong or crew.acknowledged() >= goal, 60, f"writes of round {number}")
            assert not crew.wrong, crew.wrong[:3]
        time.sleep(dice.random() / 5)  # the moment is chosen by chance, since no moment may be a wrong one
        victim = number % 3
        if victim < 2:
            nodes[victim].kill()
        else:
            cluster.kill()
            cluster.start()


def test_log_stays_whole_whoever_dies():
    dice = random.Random(20_261_127)
    with own_cluster() as cluster, own_folder("hallmark-chaos-") as made, two_nodes(cluster, pathlib.Path(made)) as nodes:
        world = World(cluster)
        crews = [Writers(watched.port, world.new_key(), creators=6, changers=4, readers=0) for watched in nodes]  # 16 threads each
        with Witness(nodes) as witness:
            with crews[0], crews[1]:
                kill_in_turn(cluster, nodes, crews, dice)
            harness.wait_until(lambda: all_sealed(cluster), 60, "the seal of everything")
            for watched in nodes:
                watched.alarms()
                harness.wait_until(lambda watched=watched: read_note(watched.head.read_text())[1] == cluster.query("SELECT size FROM hallmark.history_log")[0][0],
                                   30, "the last head of each")
            time.sleep(0.2)  # for the witness to see it
        assert not witness.wrong, witness.wrong[:3]
        for crew in crews:
            crew.assert_truth(cluster)
        roots = roots_of(check_leaves(cluster))
        seen = witness.notes | {read_note(note) for (note,) in cluster.query("SELECT note FROM hallmark.history_checkpoint")}
        check_checkpoints(seen, roots)
        assert len(witness.notes) > KILLS and max(size for _, size, _ in witness.notes) == len(roots) - 1
        print(f"{KILLS} kills, {len(roots) - 1} changes, {len(witness.notes)} checkpoints seen of {len(seen)}")
        for watched in nodes:
            assert watched.server.stop() == 0, watched.server.errors()
