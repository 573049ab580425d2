# SPDX-License-Identifier: Apache-2.0
"""An export proves itself: what a superuser alters in the tables, or somebody in the file, is found by who has the export and the key alone."""

import csv
import io
import json
import os
import pathlib
import pty
import re
import subprocess
import sys

import pytest

import harness
from demo import Caller, World, own_cluster, own_folder, serving

ORIGIN = "books.example/history"
VERIFY = pathlib.Path(__file__).parents[2] / "scripts" / "verify-history.py"
CHANGES = 300  # more than a tile
TABLES = ("change_history", "history_value", "history_leaf", "history_node", "history_checkpoint", "history_log")


class Audited:
    """A sealed history, and a copy of its tables to go back to."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        self.world = World(cluster)
        self.verifier = self._make_key("checkpoint.pem")
        key = self.world.new_key()
        self.account = key.account
        with self.serving() as server, Caller(server.port, key) as caller, Caller(server.port, self.world.new_key()) as stranger:
            record = caller.create("Zoë = \"first\"")
            stranger.create("of another account")
            for number in range(CHANGES):
                assert caller.call("PUT", f"customers/{record}", {"Name": f"name {number}", "Price": 12.30}).status == 204
            caller.create("other", collection="products")
            assert caller.call("DELETE", f"customers/{record}").status == 204
            harness.wait_until(self.is_sealed, 30, "sealing")
        cluster.query("CREATE SCHEMA kept")
        for table in TABLES:
            cluster.query(f"CREATE TABLE kept.{table} AS SELECT * FROM hallmark.{table}")
            cluster.query(f"ALTER TABLE hallmark.{table} DISABLE TRIGGER ALL")

    def _make_key(self, name):
        return self.world.command_line.run("checkpoint", "key-make", str(self.folder / name), f"--origin={ORIGIN}").stdout.strip()

    def serving(self):
        return serving(self.cluster, checkpoint_key_file=self.folder / "checkpoint.pem", checkpoint_file=self.folder / "head", history_origin=ORIGIN)

    def is_sealed(self):
        return self.cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]

    def restore(self):
        for table in TABLES:
            self.cluster.query(f"DELETE FROM hallmark.{table}")
            self.cluster.query(f"INSERT INTO hallmark.{table} SELECT * FROM kept.{table}")

    def export(self, *words, check=True):
        return self.world.command_line.run("history", "export", f"--account={self.account}", *words, check=check)


def place_of(said):
    """What was found, up to the line where."""
    return re.match(r"proven: \d+ changes(?: of account \d+)?|NOT PROVEN: line \d+", said)[0]


def verify(text, *verifiers, nonce=None, witnesses=(), more=()):
    """By both programs; they have to agree. What the one that is not ours says."""
    theirs = subprocess.run([sys.executable, VERIFY, *(["--nonce", nonce] if nonce else []), *(word for key in witnesses for word in ("--witness", key)), *(word for pair in more for word in pair), "-", *verifiers], input=text, text=True, capture_output=True, check=False)
    ours = subprocess.run([harness.binary(), "history", "verify", "-", f"--verifier={','.join(verifiers)}", *([f"--nonce={nonce}"] if nonce else []), *([f"--witness={','.join(witnesses)}"] if witnesses else []),
                           *(f"{option}={value}" for option, value in more)], input=text, text=True, capture_output=True, check=False,
                          env=harness.sanitizer_environment())
    said = theirs.stdout + theirs.stderr
    assert ours.returncode == theirs.returncode and place_of(ours.stdout) == place_of(theirs.stdout), f"{said}{ours.stdout}{ours.stderr}"
    return theirs.returncode, said


@pytest.fixture(scope="module")
def audited():
    with own_cluster() as cluster, own_folder("hallmark-audit-") as folder:
        yield Audited(cluster, pathlib.Path(folder))


@pytest.fixture(scope="module")
def export(audited):
    return audited.export().stdout


def test_untouched_history_is_proven(audited, export):
    code, said = verify(export, audited.verifier)
    assert code == 0 and said.startswith("proven: "), said
    lines = [json.loads(line) for line in export.splitlines()]
    assert lines[0]["complete"] and len(lines) == lines[0]["last_seq"] + 2 and lines[-1]["changes"] > CHANGES
    facts = [line["facts"] for line in lines[1:-1] if line["facts"]["collection"] == "customers"]
    assert len(facts) == CHANGES + 2 and {fact["application_name"] for fact in facts} != {"hallmark command line"}


def test_selection_is_proven_as_one(audited):
    code, said = verify(audited.export("--collection=products").stdout, audited.verifier)
    assert code == 0 and "1 changes" in said and "a selection" in said, said
    assert verify(audited.export("--to=2020-01-01").stdout, audited.verifier)[0] == 0
    assert audited.export("--from=yesterday", check=False).returncode == 2


def test_progress_is_for_who_sits_at_a_terminal(audited):
    ours, theirs = pty.openpty()
    try:
        done = audited.world.command_line.run("history", "export", f"--account={audited.account}", stderr=theirs)
        told = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    last = json.loads(done.stdout.splitlines()[-1])
    assert re.search(rf"\r{last['changes']} changes, at (\d+) of \1\r?\n$", told), told
    assert audited.export().stderr == ""


def test_table_is_for_people(audited):
    rows = list(csv.DictReader(io.StringIO(audited.export("--csv", "--collection=customers").stdout)))
    assert len(rows) == CHANGES + 2 and rows[0]["method"] == "POST" and json.loads(rows[0]["after"])["Name"] == 'Zoë = "first"'
    assert rows[-1]["after"] == "" and rows[0]["time"].endswith("Z")


# --- in the tables ----------------------------------------------------------------------------------------------------------------

OURS = "account_id = (SELECT account_id FROM hallmark.change_history WHERE collection = 'products')"
ONE = f"id = (SELECT min(id) + 20 FROM hallmark.change_history WHERE {OURS} AND collection = 'customers')"
SEQ = f"(SELECT account_seq FROM kept.history_leaf WHERE history_id = (SELECT min(id) + 20 FROM kept.change_history WHERE {OURS.replace('hallmark.', 'kept.')} AND collection = 'customers'))"
ONE_VALUE = ONE.replace("id = (", "history_id = (", 1)
REFREEZE = """UPDATE hallmark.change_history SET frozen = hallmark.history_frozen(account_id, id, at, application_id, application_name, client_id, key_name, holder_id,
    user_id, token_jti, method, collection_id, collection, record_id, external_references, version, request_id, before_digest, after_digest, person_digest,
    address_digest); UPDATE hallmark.change_history SET frozen_digest = sha256(frozen)"""
TAMPERINGS = {
    "an application's name is edited": [f"UPDATE hallmark.change_history SET application_name = 'Nobody' WHERE {ONE}"],
    "a fact is edited, and frozen anew": [f"UPDATE hallmark.change_history SET application_name = 'Nobody' WHERE {ONE}", REFREEZE],
    "the clock is put back": [f"UPDATE hallmark.change_history SET at = at - interval '1 second' WHERE {ONE}",
                              f"UPDATE hallmark.history_leaf SET at = at - interval '1 second' WHERE {ONE_VALUE}",
                              f"UPDATE hallmark.history_value SET at = at - interval '1 second' WHERE {ONE_VALUE}", REFREEZE],
    "a change is deleted": [f"DELETE FROM hallmark.change_history WHERE {ONE}"],
    "a change is deleted with its place": [f"DELETE FROM hallmark.change_history WHERE {ONE}", f"DELETE FROM hallmark.history_leaf WHERE {ONE_VALUE}"],
    "a change is deleted, and those behind it move up": [
        f"DELETE FROM hallmark.change_history WHERE {ONE}", f"DELETE FROM hallmark.history_leaf WHERE {ONE_VALUE}",
        f"UPDATE hallmark.history_leaf SET account_seq = account_seq + 100000 WHERE {OURS} AND account_seq > {SEQ}",
        f"UPDATE hallmark.history_leaf SET account_seq = account_seq - 100001 WHERE {OURS} AND account_seq > 100000"],
    "the last changes are deleted": [f"DELETE FROM hallmark.change_history WHERE {OURS} AND id > (SELECT max(id) - 3 FROM hallmark.change_history WHERE {OURS})"],
    "two changes are swapped": [
        f"UPDATE hallmark.history_leaf SET account_seq = CASE account_seq WHEN 30 THEN 100031 ELSE 100030 END WHERE {OURS} AND account_seq IN (30, 31)",
        f"UPDATE hallmark.history_leaf SET account_seq = account_seq - 100000 WHERE {OURS} AND account_seq > 100000"],
    "a change is told of another record": [f"UPDATE hallmark.change_history SET record_id = record_id + 1 WHERE {ONE}"],
    "a change is put in": [
        f"UPDATE hallmark.history_leaf SET account_seq = account_seq + 100000 WHERE {OURS} AND account_seq >= 40",
        f"UPDATE hallmark.history_leaf SET account_seq = account_seq - 99999 WHERE {OURS} AND account_seq > 100000",
        f"""INSERT INTO hallmark.history_leaf (account_id, account_seq, log_id, leaf_index, history_id, at, leaf)
            SELECT account_id, 40, 9, leaf_index, -1, at, leaf FROM hallmark.history_leaf WHERE {OURS} AND account_seq = 39""",
        f"""INSERT INTO hallmark.change_history SELECT (change).* FROM (SELECT jsonb_populate_record(change, '{{"id": -1}}') AS change
            FROM hallmark.change_history AS change WHERE {ONE}) AS made""",
        "UPDATE hallmark.change_history SET at = (SELECT at FROM hallmark.history_leaf WHERE history_id = -1) WHERE id = -1"],
    "a value is edited": [f"""UPDATE hallmark.history_value SET after = after || ' ' WHERE {ONE_VALUE}"""],
    "a salt is edited": [f"UPDATE hallmark.history_value SET after_salt = sha256('x') WHERE {ONE_VALUE}"],
    "a value is edited, and its digest": [f"UPDATE hallmark.history_value SET after = '{{}}' WHERE {ONE_VALUE}",
                                          f"UPDATE hallmark.change_history SET after_digest = sha256((SELECT after_salt FROM hallmark.history_value WHERE {ONE_VALUE}) || '{{}}') WHERE {ONE}", REFREEZE],
    "a person is put in": [f"UPDATE hallmark.history_value SET person = 'Eve', person_salt = sha256('x') WHERE {ONE_VALUE}"],
    "a leaf is edited": [f"UPDATE hallmark.history_leaf SET leaf = sha256('x') WHERE {ONE_VALUE}"],
    "a node is edited": ["UPDATE hallmark.history_node SET hash = sha256('x')"],
    "a node is deleted": ["DELETE FROM hallmark.history_node"],
    "the checkpoint's root is edited": ["UPDATE hallmark.history_checkpoint SET note = regexp_replace(note, '\\n[A-Za-z0-9+/]{4}', E'\\nAAAA')"],
    "the checkpoint's size is edited": ["UPDATE hallmark.history_checkpoint SET note = regexp_replace(note, '\\n(\\d+)\\n', E'\\n1\\\\1\\n')"],
    "the checkpoint is signed by nobody": ["UPDATE hallmark.history_checkpoint SET note = regexp_replace(note, '— .*', E'— x AAAA\\n')"],
    "everything is truncated": [f"DELETE FROM hallmark.change_history WHERE {OURS} AND collection = 'customers'"],
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_is_altered_in_the_tables_is_found(audited, tampering):
    try:
        for statement in TAMPERINGS[tampering]:
            audited.cluster.query(statement)
        done = audited.export(check=False)
        code, said = verify(done.stdout, audited.verifier)
        assert code == 1 and said.startswith("NOT PROVEN: line "), said
    finally:
        audited.restore()


def test_log_that_was_made_anew_with_another_key_is_found(audited, export):
    """As somebody would who owns the database and not the key."""
    stranger = audited._make_key("stranger.pem")
    assert verify(export, stranger)[0] == 1
    assert verify(export, stranger, audited.verifier)[0] == 0


# --- in the file ------------------------------------------------------------------------------------------------------------------


def drop(lines, at):
    return lines[:at] + lines[at + 1:]


FORGERIES = {
    "nothing": lambda lines: [],
    "the first line is missing": lambda lines: lines[1:],
    "the last line is missing": lambda lines: lines[:-1],
    "cut off": lambda lines: lines[:20],
    "a change is missing": lambda lines: drop(lines, 50),
    "the last change is missing": lambda lines: drop(lines, -2),
    "the last change is missing, and the count is less": lambda lines: [*lines[:-2], json.dumps({"end": True, "changes": len(lines) - 3})],
    "two are swapped": lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]],
    "one stands there twice": lambda lines: [*lines[:10], lines[9], *lines[10:]],
    "it is no complete one any more": lambda lines: [lines[0].replace('"complete":true', '"complete":1'), *drop(lines[1:], 50)],
    "another account": lambda lines: [json.dumps({**json.loads(lines[0]), "account_id": 1}), *lines[1:]],
    "a member twice": lambda lines: [*lines[:9], lines[9].replace('"facts":', '"seq":1,"facts":', 1), *lines[10:]],
    "an unknown fact": lambda lines: [*lines[:9], lines[9].replace('"facts": {', '"facts":{"note":1,', 1).replace('"facts":{', '"facts":{"note":1,', 1), *lines[10:]],
    "something behind the end": lambda lines: [*lines, lines[5]],
    "no JSON": lambda lines: [*lines[:9], "{", *lines[10:]],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_altered_in_the_file_is_found(audited, export, forgery):
    forged = "".join(line + "\n" for line in FORGERIES[forgery](export.splitlines()))
    code, said = verify(forged, audited.verifier)
    assert code == 1 and said.startswith("NOT PROVEN: line "), said
