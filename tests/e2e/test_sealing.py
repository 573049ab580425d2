# SPDX-License-Identifier: Apache-2.0
"""The history is sealed: every change gets its place within a second, whatever dies, and nothing is signed that does not go on from what was
published."""

import base64
import contextlib
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving
from tree import node, root_of

ORIGIN = "books.example/history"
SECOND = 1.0


@pytest.fixture(scope="module")
def cluster():
    """One of our own: who seals a history is bound to what was published of it, and its tests count all of its changes."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def folder():
    with own_folder("hallmark-seal-") as made:
        yield pathlib.Path(made)


@pytest.fixture(scope="module")
def keys(cluster, folder):
    """A checkpoint key; where it lies and what verifies it."""
    path = folder / "checkpoint.pem"
    verifier = harness.CommandLine(cluster).run("checkpoint", "key-make", str(path), f"--origin={ORIGIN}").stdout.strip()
    return path, verifier


def sealing(cluster, keys, head, **flags):
    return serving(cluster, checkpoint_key_file=keys[0], checkpoint_file=head, history_origin=ORIGIN, **flags)


@contextlib.contextmanager
def dying(cluster, keys, head):
    """A node that is going to be killed."""
    server = harness.Server(cluster, checkpoint_key_file=keys[0], checkpoint_file=head, history_origin=ORIGIN)
    with contextlib.closing(server):
        yield server


def size_of(cluster):
    return cluster.query("SELECT size FROM hallmark.history_log")[0][0]


def everything_is_sealed(cluster):
    return cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]


def wait_until_sealed(cluster, seconds=30):
    harness.wait_until(lambda: everything_is_sealed(cluster), seconds, "sealing")


# --- what stands there, worked out anew -----------------------------------------------------------------------------------------


def check_log(cluster):
    """Rows are leaves, indexes and sequences are dense, and each checkpoint is over the leaves before it."""
    rows = cluster.query("""SELECT leaf.leaf_index, leaf.account_id, leaf.account_seq, leaf.leaf, change.frozen
        FROM hallmark.history_leaf AS leaf
        JOIN hallmark.change_history AS change ON change.account_id = leaf.account_id AND change.id = leaf.history_id AND change.at = leaf.at
        ORDER BY leaf.leaf_index""")
    assert len(rows) == cluster.query("SELECT count(*) FROM hallmark.change_history")[0][0] == size_of(cluster)
    last, leaves = {}, []
    for place, (index, account, seq, leaf, frozen) in enumerate(rows):
        seq_before, leaf_before = last.get(account, (0, bytes(32)))
        assert (index, seq) == (place, seq_before + 1)
        entry = b"\1" + index.to_bytes(8, "big") + account.to_bytes(8, "big") + seq.to_bytes(8, "big") + leaf_before + hashlib.sha256(frozen).digest()
        assert bytes(leaf) == hashlib.sha256(b"\0" + entry).digest()
        last[account] = (seq, bytes(leaf))
        leaves.append(bytes(leaf))
    notes = cluster.query("SELECT size, note FROM hallmark.history_checkpoint ORDER BY size")
    assert notes[-1][0] == len(leaves)
    for size, note in notes[-40:]:
        origin, told, root = note.split("\n")[:3]
        assert (origin, int(told), base64.b64decode(root)) == (ORIGIN, size, root_of(leaves[:size]))
    return leaves


# --- in normal work -------------------------------------------------------------------------------------------------------------


def test_every_change_gets_its_place(cluster, demo, keys, folder):
    head = folder / "head"
    with sealing(cluster, keys, head) as server, Caller(server.port, demo.new_key()) as caller:
        for number in range(30):
            record = caller.create(f"sealed {number}")
            assert caller.call("PUT", f"customers/{record}", {"Name": f"again {number}"}).status == 204
        wait_until_sealed(cluster)
        harness.wait_until(lambda: int(head.read_text().split("\n")[1]) == size_of(cluster), 10, "the published head")
    leaves = check_log(cluster)
    assert base64.b64decode(head.read_text().split("\n")[2]) == root_of(leaves)
    assert demo.command_line.run("checkpoint", "show").stdout == head.read_text()


def test_receipt_is_proven(cluster, demo, keys, folder):
    """With what the answer to the write said, and the checkpoint: the operator is asked for the path alone."""
    with sealing(cluster, keys, folder / "head") as server, Caller(server.port, demo.new_key()) as caller, Caller(server.port, demo.new_key()) as stranger:
        answer = caller.call("POST", "customers", {"Name": "with a receipt"})
        change, digest = answer.header("hallmark-receipt").split(":")
        wait_until_sealed(cluster)
        told = caller.call("GET", f"/history/proof?change={change}").json()
        version, extra, index, *path = told["proof"].partition("\n\n")[0].split("\n")
        note = told["proof"].partition("\n\n")[2]
        entry = base64.b64decode(extra.removeprefix("extra "))
        assert (version, index) == ("c2sp.org/tlog-proof@v1", f"index {told['index']}")
        assert entry[-32:].hex() == digest, "the receipt's digest is what the leaf commits to"
        leaf = hashlib.sha256(b"\0" + entry).digest()
        assert leaf.hex() == told["leaf"]
        origin, size, root = note.split("\n")[:3]
        assert origin == ORIGIN and leads_to(base64.b64decode(root), leaf, told["index"], int(size), [base64.b64decode(step) for step in path])
        assert harness.ask(server.port, "GET /history/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n").body.decode() == note
        assert stranger.call("GET", f"/history/proof?change={change}").status == 404
        assert caller.call("GET", "/history/proof?change=9223372036854775807").status == 404
        for wrong in ("", "?change=", "?change=-1", "?change=1&change=2", "?change=x", "?other=1", f"?change={2**63}"):
            assert caller.call("GET", f"/history/proof{wrong}").status == 400, wrong
        assert caller.call("GET", f"/history/proof?change={change}", authorization=False).status == 401


def leads_to(root, leaf, index, size, path):
    """The audit path, from the root down."""
    if size == 1:
        return not path and root == leaf
    split = 1 << (size - 1).bit_length() - 1
    *below, sibling = path

    def up(at, count, steps):
        if count == 1:
            assert not steps
            return leaf
        middle = 1 << (count - 1).bit_length() - 1
        if at < middle:
            return node(up(at, middle, steps[:-1]), steps[-1])
        return node(steps[-1], up(at - middle, count - middle, steps[:-1]))
    assert split < size and len(below) < 64 and len(sibling) == 32
    return up(index, size, path) == root


def test_two_nodes_share_the_work_and_one_takes_over(cluster, demo, keys, folder):
    first, second = folder / "first", folder / "second"
    for head in (first, second):
        write_as_owner(head, (folder / "head").read_text())
    with dying(cluster, keys, first) as one, sealing(cluster, keys, second) as other, Caller(other.port, demo.new_key()) as caller:
        caller.create("with two")
        wait_until_sealed(cluster)
        for head in (first, second):
            harness.wait_until(lambda head=head: int(head.read_text().split("\n")[1]) == size_of(cluster), 10, "the head of each")
        one.kill()
        caller.create("with the other")
        wait_until_sealed(cluster)
    check_log(cluster)


def test_open_transaction_holds_sealing_up_and_is_told(cluster, demo, keys, folder):
    with sealing(cluster, keys, folder / "second") as server, Caller(server.port, demo.new_key()) as caller, cluster.connect() as connection:
        wait_until_sealed(cluster)
        before = size_of(cluster)
        connection.cursor().execute("SELECT pg_current_xact_id()")
        caller.create("waits for somebody else")
        harness.wait_until(lambda: metric(server, "hallmark_history_lag_seconds") > 1, 20, "the lag")
        assert metric(server, "hallmark_history_oldest_transaction_seconds") > 0 and size_of(cluster) == before
        assert server.is_ready(), "one stuck transaction does not drain every node"
        pid = connection.get_backend_pid()
        harness.wait_until(lambda: [line["oldest_transaction_pid"] for line in server.log("history_lag")] == [pid], 20, "who it is")
        connection.rollback()
        wait_until_sealed(cluster)
        harness.wait_until(lambda: metric(server, "hallmark_history_lag_seconds") == 0, 20, "no lag")
        assert metric(server, "hallmark_history_sealed") == size_of(cluster)
    check_log(cluster)


def metric(server, name):
    answer = harness.ask(server.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body.decode()
    return float(re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", answer, re.M)[1])


# --- what must not be signed ----------------------------------------------------------------------------------------------------


def alarm_of(server):
    return {line["alarm"] for line in server.log("history_alarm")}


def write_as_owner(path, text):
    path.write_text(text)
    path.chmod(0o666)


@pytest.mark.parametrize("trouble, alarm", [("no head", "no_head"), ("a longer log was published", "behind"), ("another log was published", "forked")])
def test_log_is_not_signed_unless_it_goes_on_from_what_was_published(cluster, demo, keys, folder, trouble, alarm):
    """As after the restore of an older backup, or when somebody has made the log anew."""
    wait_until_sealed_once(cluster, keys, folder)
    head = folder / "troubled"
    head.unlink(missing_ok=True)
    size = size_of(cluster)
    if trouble != "no head":
        root = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
        write_as_owner(head, sign(keys, f"{ORIGIN}\n{size + 5 if alarm == 'behind' else size}\n{root}\n"))
    with sealing(cluster, keys, head) as server, Caller(server.port, demo.new_key()) as caller:
        harness.wait_until(lambda: alarm in alarm_of(server), 20, "the alarm")
        assert caller.create("is written all the same")
        time.sleep(2 * SECOND)  # in which it would have been sealed
        assert size_of(cluster) == size
        assert all(line["hint"] for line in server.log("history_alarm"))
        assert f'hallmark_history_alarm{{alarm="{alarm}"}} 1' in harness.ask(server.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body.decode()
    check_heads_are_untouched(head, trouble)


def check_heads_are_untouched(head, trouble):
    assert head.exists() == (trouble != "no head")


def wait_until_sealed_once(cluster, keys, folder):
    with sealing(cluster, keys, folder / "second"):
        wait_until_sealed(cluster)


def sign(keys, text):
    """A note, made with the openssl command."""
    name, key_id, _ = keys[1].split("+", 2)
    with tempfile.NamedTemporaryFile() as told:
        told.write(text.encode())
        told.flush()
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(keys[0]), "-in", told.name], check=True, capture_output=True).stdout
    return f"{text}\n— {name} {base64.b64encode(bytes.fromhex(key_id) + signature).decode()}\n"


def test_altered_change_stops_sealing_and_is_named():
    with own_cluster() as cluster, own_folder("hallmark-altered-") as made:
        path = pathlib.Path(made)
        world = World(cluster)
        key_file = path / "checkpoint.pem"
        keys = key_file, world.command_line.run("checkpoint", "key-make", str(key_file), f"--origin={ORIGIN}").stdout.strip()
        with sealing(cluster, keys, path / "head"):
            wait_until_sealed(cluster)
        cluster.query("""ALTER TABLE hallmark.change_history DISABLE TRIGGER history_refuse""")
        with serving(cluster) as server, Caller(server.port, world.new_key()) as caller:
            record = caller.create("altered before it was sealed")
        changed = cluster.query("UPDATE hallmark.change_history SET application_name = 'Somebody else' WHERE record_id = %s AND collection = 'customers' RETURNING id", [record])[0][0]
        sealed = size_of(cluster)
        with sealing(cluster, keys, path / "head") as server:
            harness.wait_until(lambda: [line["change"] for line in server.log("history_alarm") if line["alarm"] == "altered"] == [changed], 20, "the alarm")
            assert size_of(cluster) == sealed


# --- when things die ------------------------------------------------------------------------------------------------------------


def test_killed_sealers_leave_no_gap_and_no_repeat(cluster, demo, keys, folder):
    key = demo.new_key()
    head = folder / "second"
    for _ in range(4):
        with dying(cluster, keys, head) as server, Caller(server.port, key) as caller:
            for number in range(40):
                caller.create(f"killed {number}")
            server.kill()
    wait_until_sealed_once(cluster, keys, folder)
    check_log(cluster)
