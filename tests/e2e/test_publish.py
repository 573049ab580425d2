# SPDX-License-Identifier: Apache-2.0
"""Checkpoints are brought out of the database's reach: each once and in order, and none of a log that is not the one that was published."""

import base64
import json
import pathlib

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving
from receiver import receiving
from tree import read_note

ORIGIN = "books.example/history"


class Books:
    """A sealed history that grows when it is told to."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.world = cluster, folder, World(cluster)
        self.command_line = self.world.command_line
        self.verifier = self.command_line.run("checkpoint", "key-make", str(folder / "key.pem"), f"--origin={ORIGIN}").stdout.strip()
        self.key = self.world.new_key()
        self.names = 0

    def file(self):
        self.names += 1
        return self.folder / f"journal-{self.names}"

    def grow(self, times=1):
        """So many checkpoints more; returns the newest size."""
        with serving(self.cluster, checkpoint_key_file=self.folder / "key.pem", checkpoint_file=self.folder / "head", history_origin=ORIGIN) as server:
            with Caller(server.port, self.key) as caller:
                for _ in range(times):
                    caller.create("grown")
                    harness.wait_until(self.is_sealed, 30, "sealing")
        return self.cluster.query("SELECT max(size) FROM hallmark.history_checkpoint")[0][0]

    def is_sealed(self):
        return self.cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]

    def sizes(self, after=0):
        return [size for size, in self.cluster.query("SELECT size FROM hallmark.history_checkpoint WHERE size > %s ORDER BY size", [after])]

    def publish(self, *words, check=True):
        return self.command_line.run("checkpoint", "publish", *words, check=check)


@pytest.fixture(scope="module")
def books():
    with own_cluster() as cluster, own_folder("hallmark-publish-") as made:
        yield Books(cluster, pathlib.Path(made))


def published(path):
    """The sizes that stand there; each line is whole, and its note the one that was signed."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    assert all(read_note(line["note"])[:2] == (ORIGIN, line["size"]) and line["published_at"].endswith("Z") for line in lines)
    return [line["size"] for line in lines]


def edit(path, text):
    with path.open("r+") as file:
        file.truncate()
        file.write(text)


# --- to a file ------------------------------------------------------------------------------------------------------------------


def test_each_checkpoint_is_appended_once(books):
    path = books.file()
    first = books.grow()
    books.publish(f"--to={path}")
    assert published(path) == [first], "the newest stands for all before it"
    before = path.read_bytes()
    books.publish(f"--to={path}", f"--verifier={books.verifier}")
    assert path.read_bytes() == before
    books.grow(3)
    books.publish(f"--to={path}", f"--verifier={books.verifier}")
    assert published(path) == [first, *books.sizes(first)] and len(books.sizes(first)) >= 3
    assert path.read_bytes().startswith(before)
    assert json.loads(path.read_text().splitlines()[-1])["note"] == books.command_line.run("checkpoint", "show").stdout


def test_follower_goes_on_where_a_killed_one_ended(books):
    path = books.file()
    first = books.grow()
    for _ in range(3):
        with books.command_line.started("checkpoint", "publish", f"--to={path}", "--follow"):
            size = books.grow(2)
            harness.wait_until(lambda size=size: size in published(path), 30, "the newest checkpoint")
    assert published(path) == [first, *books.sizes(first)]


def test_one_publishes_to_a_file_at_a_time(books):
    path = books.file()
    books.grow()
    with books.command_line.started("checkpoint", "publish", f"--to={path}", "--follow"):
        harness.wait_until(lambda: published(path), 30, "the first line")
        done = books.publish(f"--to={path}", check=False)
        assert done.returncode == 1 and "another process" in done.stderr
    books.publish(f"--to={path}")


def test_line_that_a_crash_cut_off_is_ended(books):
    path = books.file()
    first = books.grow()
    books.publish(f"--to={path}")
    with path.open("a") as file:
        file.write('{"published_at":"2026')
    books.publish(f"--to={path}")
    second = books.grow()
    books.publish(f"--to={path}")
    lines = path.read_text().split("\n")
    assert lines[-1] == "" and lines[1] == '{"published_at":"2026'
    assert [json.loads(line)["size"] for line in (lines[0], *lines[2:-1])] == [first, *books.sizes(first)] and second in books.sizes(first)


def test_file_of_something_else_is_left_alone(books):
    path = books.file()
    books.publish(f"--to={path}")
    edit(path, "something else\n")
    done = books.publish(f"--to={path}", check=False)
    assert done.returncode == 1 and "tells no checkpoint" in done.stderr and path.read_text() == "something else\n"
    assert books.publish(f"--to={books.folder}", check=False).returncode == 1
    assert books.publish(f"--to={books.folder}/not/there", check=False).returncode == 1


# --- a log that is not the one that was published -------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["shorter", "another", "another of the same size"])
@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_log_that_is_not_the_published_one_is_told(books, trouble, follow):
    path = books.file()
    books.publish(f"--to={path}")
    line = json.loads(path.read_text())
    origin, size, root = read_note(line["note"])
    if trouble == "another":
        books.grow()
    told = size + 1000 if trouble == "shorter" else size
    root = root if trouble == "shorter" else bytes(32)
    edit(path, json.dumps({**line, "size": told, "note": f"{origin}\n{told}\n{base64.b64encode(root).decode()}\n\n— x AAAA\n"}) + "\n")
    before = path.read_bytes()
    done = books.publish(f"--to={path}", *follow, check=False)
    assert done.returncode == 1 and ("the log is shorter" if trouble == "shorter" else "the log is another") in done.stderr
    assert path.read_bytes() == before


def test_checkpoint_of_another_key_or_tree_is_not_published(books):
    path, other = books.file(), books.file()
    books.grow()
    stranger = books.command_line.run("checkpoint", "key-make", str(books.file()), f"--origin={ORIGIN}").stdout.strip()
    done = books.publish(f"--to={path}", f"--verifier={stranger}", check=False)
    assert done.returncode == 1 and "none of the keys" in done.stderr and path.read_bytes() == b""
    size, note = books.cluster.query("SELECT size, note FROM hallmark.history_checkpoint ORDER BY size DESC LIMIT 1")[0]
    try:
        books.cluster.query("ALTER TABLE hallmark.history_checkpoint DISABLE TRIGGER ALL")
        books.cluster.query("UPDATE hallmark.history_checkpoint SET note = %s WHERE size = %s", [f"{ORIGIN}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n\n— x AAAA\n", size])
        done = books.publish(f"--to={other}", check=False)
        assert done.returncode == 1 and "not one of the log" in done.stderr and other.read_bytes() == b""
    finally:
        books.cluster.query("UPDATE hallmark.history_checkpoint SET note = %s WHERE size = %s", [note, size])
        books.cluster.query("ALTER TABLE hallmark.history_checkpoint ENABLE TRIGGER ALL")
    books.publish(f"--to={other}", f"--verifier={stranger},{books.verifier}")
    assert published(other) == [size]


# --- to somebody who keeps them -------------------------------------------------------------------------------------------------


def test_checkpoints_are_posted(books):
    with receiving() as receiver:
        first = books.grow()
        books.publish(f"--post={receiver.url('/keep')}")
        sent = receiver.got("/keep")[0]
        assert sent.headers["content-type"] == "text/plain; charset=utf-8" and sent.body.decode() == books.command_line.run("checkpoint", "show").stdout
        with books.command_line.started("checkpoint", "publish", f"--post={receiver.url('/follow')}", "--follow"):
            receiver.wait_for(lambda _: receiver.got("/follow"))
            last = books.grow(2)
            receiver.wait_for(lambda _: read_note(receiver.got("/follow")[-1].body.decode())[1] == last)
        assert [read_note(one.body.decode())[1] for one in receiver.got("/follow")] == [first, *books.sizes(first)]


def test_what_was_not_taken_is_sent_again_and_not_written_down(books):
    path, tries = books.file(), []

    def answer(_):
        tries.append(1)
        return 503 if len(tries) < 3 else 204

    with receiving() as receiver:
        receiver.answers["/busy"] = answer
        size = books.grow()
        done = books.publish(f"--post={receiver.url('/busy')}", f"--to={path}", check=False)
        assert done.returncode == 1 and "it answered 503" in done.stderr and published(path) == []
        with books.command_line.started("checkpoint", "publish", f"--post={receiver.url('/busy')}", f"--to={path}", "--follow"):
            harness.wait_until(lambda: published(path) == [size], 30, "the line")
        assert [read_note(one.body.decode())[1] for one in receiver.got("/busy")] == [size] * 3
        receiver.answers["/elsewhere"] = (302, {"Location": receiver.url("/followed")})
        assert books.publish(f"--post={receiver.url('/elsewhere')}", check=False).returncode == 1 and receiver.got("/followed") == []
        books.publish(f"--post={receiver.url('/busy')}", f"--to={path}")
        assert len(receiver.got("/busy")) == 3, "the file says that it was sent"


@pytest.mark.parametrize("words", [[], ["--follow"], ["--post=http://books.example/"], ["--post=http://127.0.0.1.example/"], ["--post=http://[::2]/"],
                                   ["--post=ftp://127.0.0.1/"], ["--post=file:///etc/passwd"], ["--post=http://127.0.0.1@books.example/"], ["--post="],
                                   ["--to=/tmp/never", "--verifier=x"]])
def test_what_cannot_be_meant(books, words):
    done = books.publish(*words, check=False)
    assert done.returncode == 2 and done.stderr
    assert not pathlib.Path("/tmp/never").exists()
