# SPDX-License-Identifier: Apache-2.0
"""The sealed history for anybody: its tree is rebuilt from tiles alone, and each checkpoint proves that it goes on from every one before."""

import base64
import pathlib

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving
from tree import has_grown, read_note, root_of

ORIGIN = "books.example/history"
WIDTH = 256
CHANGES = 560  # with those of the demo two full tiles and a part
BATCHES = 24


class Log:
    """A node that seals, with nothing but what it says over HTTP."""

    def __init__(self, server):
        self.server = server

    def get(self, path, headers=""):
        return harness.ask(self.server.port, f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")

    def checkpoint(self):
        return read_note(self.get("/history/checkpoint").body.decode())

    def tile(self, level, number, width=WIDTH):
        path = f"{number % 1000:03}"
        while number >= 1000:
            number //= 1000
            path = f"x{number % 1000:03}/{path}"
        answer = self.get(f"/history/tile/{level}/{path}" + ("" if width == WIDTH else f".p/{width}"))
        assert answer.status == 200 and answer.header("content-type") == "application/octet-stream", answer.body
        assert len(answer.body) == 32 * width
        return [answer.body[at:at + 32] for at in range(0, len(answer.body), 32)]

    def level(self, level, size):
        count, hashes = size >> 8 * level, []
        for number in range(count // WIDTH):
            hashes += self.tile(level, number)
        return hashes + (self.tile(level, count // WIDTH, count % WIDTH) if count % WIDTH else [])

    def growth(self, old, size=None):
        answer = self.get(f"/history/consistency?from={old}" + ("" if size is None else f"&to={size}"))
        assert answer.status == 200, answer.body
        proof, _, note = answer.body.decode().partition("\n\n")
        version, told_from, told_to, *path = proof.split("\n")
        assert (version, told_from) == ("hallmark.consistency@v1", f"from {old}")
        _, told_size, root = read_note(note)
        assert told_to == f"to {told_size}" and size in (None, told_size)
        return told_size, root, [base64.b64decode(step, validate=True) for step in path]


@pytest.fixture(scope="module")
def world():
    """A history that was sealed in many batches; its checkpoints, as they were read over HTTP when they were the newest."""
    with own_cluster() as cluster, own_folder("hallmark-tiles-") as made:
        folder, demo = pathlib.Path(made), World(cluster)
        demo.command_line.run("checkpoint", "key-make", str(folder / "key.pem"), f"--origin={ORIGIN}")
        with serving(cluster, checkpoint_key_file=folder / "key.pem", checkpoint_file=folder / "head", history_origin=ORIGIN) as server:
            log, seen = Log(server), {}
            with Caller(server.port, demo.new_key()) as caller:
                record = caller.create("counted")
                for _ in range(BATCHES):
                    for number in range(CHANGES // BATCHES):
                        assert caller.call("PUT", f"customers/{record}", {"Name": f"name {number}"}).status == 204
                    harness.wait_until(lambda: cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)],
                                       30, "sealing")
                    origin, size, root = log.checkpoint()
                    assert origin == ORIGIN and size not in seen
                    seen[size] = root
            yield cluster, log, seen


def test_tree_is_rebuilt_from_tiles_alone(world):
    _, log, seen = world
    size = max(seen)
    assert size > 2 * WIDTH and size % WIDTH
    leaves = log.level(0, size)
    assert len(leaves) == size and root_of(leaves) == seen[size]
    assert log.level(1, size) == [root_of(leaves[at:at + WIDTH]) for at in range(0, size - WIDTH + 1, WIDTH)]
    for older in seen:
        assert log.level(0, older) == leaves[:older] and root_of(leaves[:older]) == seen[older]


def test_every_checkpoint_goes_on_from_every_one_before(world):
    cluster, log, seen = world
    notes = dict(cluster.query("SELECT size, note FROM hallmark.history_checkpoint"))
    roots = {size: read_note(note)[2] for size, note in notes.items()}
    assert {size: roots[size] for size in seen} == seen
    sizes = sorted(roots)[-40:]
    for place, size in enumerate(sizes):
        for old in sizes[:place + 1]:
            told, root, path = log.growth(old, size)
            assert (told, root) == (size, roots[size])
            assert has_grown(old, roots[old], size, root, path), (old, size)
            assert not has_grown(old, bytes(32), size, root, path) and not has_grown(old, roots[old], size, bytes(32), path)


def test_growth_from_any_size(world):
    """A size of which no checkpoint was signed is as good: the leaves tell its root."""
    _, log, seen = world
    size = max(seen)
    leaves = log.level(0, size)
    for old in (*range(1, 20), 255, 256, 257, 511, 512, 513, size - 1, size):
        told, root, path = log.growth(old)
        assert told == size and root == seen[size] and has_grown(old, root_of(leaves[:old]), size, root, path), old


def test_growth_that_cannot_be_asked_for(world):
    _, log, seen = world
    size = max(seen)
    unsigned = next(at for at in range(size, 0, -1) if at not in dict(world[0].query("SELECT size, 1 FROM hallmark.history_checkpoint")))
    for query in ("", "?", "?from=", "?from=0", "?from=-1", "?from=1x", "?from=01", "?to=5", "?from=1&from=2", "?from=1&to=0", "?from=1&to=x", "?from=1&x=1",
                  f"?from={2**63}", f"?from={size + 1}", f"?from=1&to={2**63}", f"?from={size}&to={min(seen)}"):
        assert log.get(f"/history/consistency{query}").status == 400, query
    for query in (f"?from=1&to={size + 1}", f"?from=1&to={unsigned}", f"?from=1&to={2**63 - 1}"):
        assert log.get(f"/history/consistency{query}").status == 404, query


def test_tiles_that_are_not_there(world):
    cluster, log, seen = world
    size = max(seen)
    signed = {at for at, in cluster.query("SELECT size FROM hallmark.history_checkpoint")}
    last = f"0/{size // WIDTH:03}"
    unsigned = next(width for width in range(1, size % WIDTH) if size // WIDTH * WIDTH + width not in signed)
    for path in ("", "0", "0/", "0/0", "0/000/", "0/x000/000", "0/999", last, f"{last}.p/{unsigned}", f"{last}.p/{size % WIDTH + 1}", f"{last}.p/0", f"{last}.p/256",
                 "0/000.p", "1/000", "1/001", "1/000.p/3", "2/000", "2/000.p/1", "7/000", "63/000", "6/063", "0/x018/x014/x398/x509/x481/983", "entries/000",
                 "0/000?x", "0/../checkpoint", "x/000"):
        answer = log.get(f"/history/tile/{path}")
        assert answer.status == (200 if path == "0/000?x" else 404) or (".." in path and answer.status == 400), path
        assert answer.status == 200 or "immutable" not in (answer.header("cache-control") or ""), "nobody keeps a refusal"
    assert "entry comes with the proof" in log.get("/history/tile/entries/000").body.decode()


def test_tile_is_kept_for_ever_and_open_to_browsers(world):
    _, log, _ = world
    answer = log.get("/history/tile/0/000", "Origin: https://auditor.example\r\n")
    assert answer.header("cache-control") == "public, max-age=31536000, immutable" and answer.header("access-control-allow-origin") == "*"
    again = log.get("/history/tile/0/000", f"If-None-Match: {answer.header('etag')}\r\n")
    assert again.status == 304 and again.body == b""
    assert log.get("/history/consistency?from=1").header("cache-control") == "no-store"
    assert harness.ask(log.server.port, "POST /history/tile/0/000 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").status == 405


def test_damaged_log_proves_nothing(world):
    """A hash that is missing is a fault of ours: it is said, and no shorter tile is handed out to be kept."""
    cluster, log, seen = world
    cluster.query("ALTER TABLE hallmark.history_leaf DISABLE TRIGGER ALL; CREATE TABLE kept_leaf AS SELECT * FROM hallmark.history_leaf WHERE leaf_index = 200")
    try:
        cluster.query("DELETE FROM hallmark.history_leaf WHERE leaf_index = 200")
        assert log.get("/history/tile/0/000").status == 500
        assert log.get("/history/consistency?from=201").status == 500
        assert log.get(f"/history/consistency?from={max(seen)}").status == 200
    finally:
        cluster.query("INSERT INTO hallmark.history_leaf SELECT * FROM kept_leaf; ALTER TABLE hallmark.history_leaf ENABLE TRIGGER ALL; DROP TABLE kept_leaf")
    assert log.get("/history/tile/0/000").status == 200
