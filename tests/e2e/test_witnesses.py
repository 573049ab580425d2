# SPDX-License-Identifier: Apache-2.0
"""Witnesses from outside watch the log as anybody can, cosign what they saw, and an auditor reads who has."""

import base64
import hashlib
import json
import pathlib
import subprocess
import time

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving
from test_export import verify
from tree import has_grown, read_note

ORIGIN = "books.example/history"
NONCE = "3f6c9d1e20b74a58"


class Witness:
    """With the openssl command and what the server tells everybody: it signs a checkpoint only when it goes on from the last one."""

    def __init__(self, folder, name):
        self.name, self.key = name, folder / f"{name.rpartition('/')[2]}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", self.key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n\4" + public).digest()[:4]
        self.verifier = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
        self.seen = None

    def look(self, server):
        note = get(server, "/history/checkpoint").body.decode()
        _, size, root = read_note(note)
        if self.seen:
            growth = get(server, f"/history/consistency?from={self.seen[0]}&to={size}").body.decode()
            path = [base64.b64decode(line) for line in growth.partition("\n\n")[0].split("\n")[3:]]
            assert has_grown(*self.seen, size, root, path)
        self.seen = size, root
        return note

    def cosign(self, note, at=None):
        """The note with a line of ours behind."""
        at, message = at or int(time.time()), self.key.with_suffix(".message")
        message.write_text(f"cosignature/v1\ntime {at}\n" + note.partition("\n\n")[0] + "\n")
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", message], check=True, capture_output=True).stdout
        return f"{note}— {self.name} {base64.b64encode(self.id + at.to_bytes(8, 'big') + signature).decode()}\n"


def get(server, path):
    return harness.ask(server.port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")


class Books:
    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.world = cluster, folder, World(cluster)
        self.command_line = self.world.command_line
        self.verifier = self.command_line.run("checkpoint", "key-make", str(folder / "key.pem"), f"--origin={ORIGIN}").stdout.strip()
        self.key = self.world.new_key()
        self.first, self.second = Witness(folder, "witness.example/w1"), Witness(folder, "witness.example/w2")
        self.command_line.json("witness", "add", self.first.verifier)

    def serving(self):
        return serving(self.cluster, checkpoint_key_file=self.folder / "key.pem", checkpoint_file=self.folder / "head", history_origin=ORIGIN)

    def is_sealed(self):
        return self.cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]

    def grow(self, server):
        with Caller(server.port, self.key) as caller:
            caller.create("grown")
        harness.wait_until(self.is_sealed, 30, "sealing")

    def add(self, note, check=True):
        return self.command_line.run("checkpoint", "cosignature", "-", stdin=note, check=check)

    def export(self, *words, check=True):
        return self.command_line.run("history", "export", f"--account={self.key.account}", *words, check=check)


@pytest.fixture(scope="module")
def books():
    with own_cluster() as cluster, own_folder("hallmark-witness-") as made:
        yield Books(cluster, pathlib.Path(made))


@pytest.fixture(scope="module")
def server(books):
    with books.serving() as server:
        books.grow(server)
        yield server


def test_checkpoint_is_told_with_its_cosignatures(books, server):
    note = books.first.look(server)
    assert get(server, "/history/checkpoint?witnesses=1").status == 404
    cosigned = books.first.cosign(note)
    assert books.add(cosigned).stdout == f"witness.example/w1 {read_note(note)[1]}: kept\n"
    assert "was there already" in books.add(cosigned).stdout
    assert get(server, "/history/checkpoint").body.decode() == get(server, "/history/checkpoint?witnesses=1").body.decode() == cosigned
    listed = books.command_line.json("witness", "list")
    assert [(row["name"], row["state"], row["last_size"]) for row in listed] == [("witness.example/w1", "active", read_note(note)[1])]
    books.grow(server)
    assert "example/w1" not in get(server, "/history/checkpoint").body.decode() and get(server, "/history/checkpoint?witnesses=1").body.decode() == cosigned
    assert get(server, "/history/checkpoint?witnesses=2").status == 404
    again = books.first.cosign(books.first.look(server))
    books.add(again)
    assert get(server, "/history/checkpoint?witnesses=1").body.decode() == again


@pytest.mark.parametrize("query", ["?", "?witnesses=", "?witnesses=x", "?witnesses=-1", "?witnesses=13", "?witnesses=1&witnesses=1", "?size=1", "?witnesses=1&size=1"])
def test_other_questions_have_no_meaning(server, query):
    assert get(server, f"/history/checkpoint{query}").status == (200 if query == "?" else 400)


def test_what_is_no_cosignature_of_ours_is_not_kept(books, server):
    books.grow(server)
    note = get(server, "/history/checkpoint").body.decode()
    size = read_note(note)[1]
    root = note.split("\n")[2]
    other = note.replace(root, base64.b64encode(bytes(32)).decode())
    wrong = books.first.cosign(note)[:-20] + "A" * 17 + "==\n"
    cases = {
        "": "no checkpoint", "x\n": "no checkpoint", note: "none of our witnesses", books.second.cosign(note): "none of our witnesses", other: "no checkpoint of this log",
        books.first.cosign(other): "no checkpoint of this log", books.first.cosign(note.replace(f"\n{size}\n", f"\n{size + 1}\n")): "no checkpoint of this log",
        books.first.cosign(note.replace("\n\n", "\nmore\n\n", 1)): "no checkpoint of this log", wrong: "cosignature of witness.example/w1 is wrong",
        books.first.cosign(other).replace(other, note): "cosignature of witness.example/w1 is wrong", "x" * 20000: "longer than any note",
    }
    for text, said in cases.items():
        done = books.add(text, check=False)
        assert done.returncode == 1 and said in done.stderr, (said, done.stderr)
    assert get(server, "/history/checkpoint").body.decode() == note
    assert books.command_line.run("checkpoint", "cosignature", str(books.folder / "not-there"), check=False).returncode == 1


@pytest.mark.parametrize("key", ["", "x", "name+00000000+AQ==", "witness.example/w1+00000000+" + "A" * 44, "a b+00000000+" + "A" * 44])
def test_key_that_is_none_is_no_witness(books, key):
    assert books.command_line.run("witness", "add", key, check=False).returncode != 0


def test_key_of_a_log_is_no_witness(books):
    assert books.command_line.run("witness", "add", books.verifier, check=False).returncode == 1
    done = books.command_line.run("history", "verify", "-", f"--verifier={books.verifier}", f"--witness={books.verifier}", stdin="", check=False)
    assert done.returncode == 2 and "no key of a witness" in done.stderr


# --- who checks an export -------------------------------------------------------------------------------------------------------


def test_export_says_who_has_cosigned(books, server):
    books.grow(server)
    plain = books.export().stdout
    for witnesses in ([books.first.verifier], [books.first.verifier, books.second.verifier]):
        code, said = verify(plain, books.verifier, witnesses=witnesses)
        assert code == 1 and said.startswith("NOT PROVEN: line 1: none of the witnesses"), said
    assert verify(plain, books.verifier)[0] == 0, "nobody asked for witnesses"
    books.add(books.first.cosign(books.first.look(server), at=1764201600))
    books.grow(server)
    cosigned = books.export("--witnesses=1").stdout
    code, said = verify(cosigned, books.verifier, witnesses=[books.first.verifier])
    assert code == 0 and "; cosigned by witness.example/w1 at 2025-11-27T00:00:00Z" in said, said
    assert verify(cosigned, books.verifier, witnesses=[books.second.verifier])[0] == 1
    assert verify(cosigned, books.verifier, witnesses=[books.second.verifier, books.first.verifier])[0] == 0
    assert books.export("--witnesses=2", check=False).returncode == 1 and books.export("--witnesses=x", check=False).returncode == 2


def test_export_is_of_one_log_with_what_was_kept(books, server):
    """Before or after: a kept checkpoint binds the export, and that of another log does not."""
    def asked(old, new):
        path = books.folder / f"growth-{old}-{new}"
        path.write_bytes(get(server, f"/history/consistency?from={old}&to={new}").body)
        return path

    kept = books.folder / "kept"
    kept.write_bytes(get(server, "/history/checkpoint").body)
    old = read_note(kept.read_text())[1]
    books.grow(server)
    export = books.export().stdout
    size = read_note(json.loads(export.partition("\n")[0])["checkpoint"])[1]
    books.grow(server)
    later = books.folder / "later"
    later.write_bytes(get(server, "/history/checkpoint").body)
    newest = read_note(later.read_text())[1]
    for note, growth, sentence in ((kept, asked(old, size), old), (later, asked(size, newest), newest)):
        code, said = verify(export, books.verifier, more=[("--kept", note), ("--growth", growth)])
        assert code == 0 and f"one log with the checkpoint of {sentence} that was kept" in said, said
    forged = books.folder / "forged"
    forged.write_text(asked(old, size).read_text().replace("\n\n", "\n" + base64.b64encode(bytes(32)).decode() + "\n\n", 1))
    for note, growth in ((kept, asked(old, newest)), (later, asked(old, size)), (kept, forged)):
        code, said = verify(export, books.verifier, more=[("--kept", note), ("--growth", growth)])
        assert code == 1 and said.startswith("NOT PROVEN: line 1: the log and the checkpoint"), said


def test_kept_file_that_is_none(books):
    none = books.folder / "none"
    none.write_text("x\n")
    for words, code in (([f"--kept={none}"], 2), ([f"--growth={none}"], 2), ([f"--kept={none}", f"--growth={none}"], 1), ([f"--kept={none}x", f"--growth={none}"], 1)):
        assert books.command_line.run("history", "verify", "-", f"--verifier={books.verifier}", *words, stdin="", check=False).returncode == code, words


def test_forged_cosignature_is_found(books, server):
    books.grow(server)
    note = books.first.look(server)
    books.add(books.first.cosign(note))
    export = books.export("--witnesses=1").stdout
    line = next(line for line in export.partition("\\n\\n")[2].split("\\n") if "example/w1" in line)
    for forged in (line[:60] + ("A" if line[60] != "A" else "B") + line[61:], books.first.cosign(note.replace("\n", "\nx\n", 1)).split("\n")[-2].replace("—", line[0])):
        text = export.replace(line, forged)
        assert text != export
        code, said = verify(text, books.verifier, witnesses=[books.first.verifier])
        assert code == 1 and "line 1: the cosignature of witness.example/w1 is wrong" in said, said
        assert verify(text, books.verifier)[0] == 0, "it is nothing to who does not know the witness"


def test_closed_export_waits_for_the_witness(books, server):
    """What closes it has to be cosigned, too."""
    with books.command_line.started("history", "export", f"--account={books.key.account}", f"--nonce={NONCE}", "--witnesses=1") as exporting:
        harness.wait_until(lambda: books.is_sealed() and books.cluster.query("SELECT count(*) FROM hallmark.history_export") != [(0,)], 30, "the announcement")
        assert exporting.poll() is None
        books.add(books.first.cosign(books.first.look(server)))
        export, errors = exporting.communicate(timeout=120)
    assert exporting.returncode == 0, errors
    code, said = verify(export, books.verifier, nonce=NONCE, witnesses=[books.first.verifier])
    assert code == 0 and "cosigned by witness.example/w1" in said and "closed after" in said, said


def test_witness_that_was_ended_is_told_no_more(books, server):
    books.command_line.json("witness", "add", books.second.verifier)
    books.grow(server)
    both = books.second.cosign(books.first.cosign(books.first.look(server)))
    assert len(books.add(both).stdout.splitlines()) == 2
    assert get(server, "/history/checkpoint?witnesses=2").body.decode() == both
    assert books.command_line.json("witness", "end", books.second.verifier)[0]["state"] == "ended"
    assert get(server, "/history/checkpoint?witnesses=2").status == 404 and "example/w2" not in get(server, "/history/checkpoint").body.decode()
    assert books.add(both).stdout.startswith("witness.example/w1")
    assert books.command_line.json("witness", "add", books.second.verifier)[0]["state"] == "active"
    assert get(server, "/history/checkpoint?witnesses=2").body.decode() == both
    changes = books.cluster.query("SELECT method, collection FROM hallmark.change_history WHERE collection = 'witnesses' ORDER BY id")
    assert [method for method, _ in changes] == ["POST", "POST", "PUT", "PUT"]
