# SPDX-License-Identifier: Apache-2.0
"""An export that ends with a nonce of who checks it: what was cut off at its very end, or an older one, is found."""

import json
import pathlib

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving
from test_export import verify

ORIGIN = "books.example/history"
NONCE, OTHER = "3f6c9d1e20b74a58", "77c1f0a2d9e84b36"


class Books:
    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.world = cluster, folder, World(cluster)
        self.command_line = self.world.command_line
        self.verifier = self.command_line.run("checkpoint", "key-make", str(folder / "key.pem"), f"--origin={ORIGIN}").stdout.strip()
        self.key = self.world.new_key()

    def serving(self):
        return serving(self.cluster, checkpoint_key_file=self.folder / "key.pem", checkpoint_file=self.folder / "head", history_origin=ORIGIN)

    def is_sealed(self):
        return self.cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]

    def export(self, *words, account=None, check=True):
        return self.command_line.run("history", "export", f"--account={account or self.key.account}", *words, check=check)


@pytest.fixture(scope="module")
def books():
    with own_cluster() as cluster, own_folder("hallmark-closed-") as made:
        yield Books(cluster, pathlib.Path(made))


@pytest.fixture(scope="module")
def closed(books):
    """An export with the nonce, and one without from right before it; changes go on meanwhile and behind it."""
    with books.serving() as server, Caller(server.port, books.key) as caller:
        for number in range(20):
            caller.create(f"before {number}")
        harness.wait_until(books.is_sealed, 30, "sealing")
        older = books.export().stdout
        caller.create("at the very end")
        export = books.export(f"--nonce={NONCE}").stdout
        caller.create("behind the end")
        harness.wait_until(books.is_sealed, 30, "sealing")
    return export, older


def test_closed_export_ends_with_the_nonce(books, closed):
    lines = [json.loads(line) for line in closed[0].splitlines()]
    last = lines[-2]
    assert (last["facts"]["collection"], last["facts"]["method"]) == ("history-exports", "POST") and last["facts"]["collection_id"] < 0
    assert json.loads(last["values"]["after"])["nonce"] == NONCE and last["values"]["person"]
    assert lines[0]["complete"] and lines[0]["last_seq"] == last["seq"] == len(lines) - 2
    documents = [line["values"].get("after", "") for line in lines[1:-1]]
    assert any("at the very end" in text for text in documents) and not any("behind the end" in text for text in documents)
    code, said = verify(closed[0], books.verifier, nonce=NONCE)
    assert code == 0 and "closed after the nonce was known" in said, said
    assert verify(closed[0], books.verifier)[0] == 0, "and who has no nonce sees a whole export"


def test_older_export_is_found(books, closed):
    """It is proven, and lacks what came last: only who has made up a nonce sees it."""
    export, older = closed
    assert verify(older, books.verifier)[0] == 0
    for text, nonce in ((older, NONCE), (export, OTHER), (older, OTHER)):
        code, said = verify(text, books.verifier, nonce=nonce)
        assert code == 1 and f"line {len(text.splitlines())} " in said and "this nonce" in said, said


def withheld(line):
    change = json.loads(line)
    change["values"] = {name: value for name, value in change["values"].items() if not name.startswith("after")}
    return json.dumps({**change, "erased": ["after"]})


def told_anew(line):
    change = json.loads(line)
    change["values"]["after"] = change["values"]["after"].replace(NONCE, OTHER)
    return json.dumps(change)


FORGERIES = {
    "the change that closes it is missing": lambda lines: [json.dumps({**json.loads(lines[0]), "last_seq": len(lines) - 3}), *lines[1:-2], json.dumps({"end": True, "changes": len(lines) - 3})],
    "what was before it is missing": lambda lines: [json.dumps({**json.loads(lines[0]), "last_seq": len(lines) - 3}), *lines[1:-3], *lines[-2:-1], json.dumps({"end": True, "changes": len(lines) - 3})],
    "it is said to be a selection": lambda lines: [json.dumps({**json.loads(lines[0]), "complete": False}), *lines[1:]],
    "a selection of the last alone": lambda lines: [json.dumps({**json.loads(lines[0]), "complete": False}), lines[-2], json.dumps({"end": True, "changes": 1})],
    "its value is withheld": lambda lines: [*lines[:-2], withheld(lines[-2]), lines[-1]],
    "its value is told anew": lambda lines: [*lines[:-2], told_anew(lines[-2]), lines[-1]],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_end_is_found(books, closed, forgery):
    forged = "".join(line + "\n" for line in FORGERIES[forgery](closed[0].splitlines()))
    for nonce in (NONCE, OTHER):
        code, said = verify(forged, books.verifier, nonce=nonce)
        assert code == 1 and said.startswith("NOT PROVEN: line "), said


def test_record_that_tells_the_nonce_closes_nothing(books):
    """Whoever writes records knows what an operator is told, too."""
    with books.serving() as server, Caller(server.port, books.key) as caller:
        caller.call("POST", "customers", {"Name": "history-exports", "nonce": OTHER})
        harness.wait_until(books.is_sealed, 30, "sealing")
    export = books.export().stdout
    assert OTHER in export.splitlines()[-2] and verify(export, books.verifier, nonce=OTHER)[0] == 1


def test_what_belongs_to_no_account_is_closed_too(books):
    with books.serving():
        export = books.export(f"--nonce={OTHER}", account="acc_00000000").stdout
    assert verify(export, books.verifier, nonce=OTHER)[0] == 0


@pytest.mark.parametrize("words", [["--nonce=short"], ["--nonce="], [f"--nonce={'x' * 129}"], ["--nonce=with a blank"], [f"--nonce={NONCE}", "--csv"],
                                   [f"--nonce={NONCE}", "--collection=customers"], [f"--nonce={NONCE}", "--to=2020-01-01"]])
def test_what_cannot_be_closed(books, words):
    done = books.export(*words, check=False)
    assert done.returncode == 2 and done.stdout == "" and "nonce" in done.stderr


def test_nothing_is_announced_in_an_account_that_is_not_there(books):
    before = books.cluster.query("SELECT count(*) FROM hallmark.change_history")
    done = books.export(f"--nonce={NONCE}", account="acc_0000zzzz", check=False)
    assert done.returncode == 1 and "no such account" in done.stderr
    assert books.cluster.query("SELECT count(*) FROM hallmark.change_history") == before


def test_nothing_is_exported_while_nobody_seals(books):
    done = books.export(f"--nonce={NONCE}", check=False)
    assert done.returncode == 1 and done.stdout == "" and "not sealed" in done.stderr
