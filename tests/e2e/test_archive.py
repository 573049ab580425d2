# SPDX-License-Identifier: Apache-2.0
"""A month of the history goes to a file and out of the database: the file is proven, and so is what stays; whatever dies meanwhile, nothing is lost."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import threading

import psycopg2
import pytest

import harness
from demo import Caller, World, number_of, own_cluster, own_folder, serving
from test_export import verify

ORIGIN = "books.example/history"
MONTHS = (15, 14, 13, 12, 1, 0)  # how long ago; twelve whole ones are kept

# What a write did then. Nothing but its moment differs from what the statements of records do.
OLD_CHANGE = """
WITH drawn AS (SELECT nextval('hallmark.history_id_seq') AS id, gen_random_uuid() AS request, sha256('\\x01' || convert_to(%(after)s, 'UTF8')) AS after_digest),
frozen AS (SELECT *, hallmark.history_frozen(%(account)s, id, %(at)s, 1, 'Importer', 'hmk_old', 'Old', %(holder)s, NULL, NULL, 'POST', 1, 'customers', id, '{}', 1,
    request, NULL, after_digest, NULL, NULL) AS bytes FROM drawn),
told AS (INSERT INTO hallmark.change_history (account_id, id, at, application_id, application_name, client_id, key_name, holder_id, method, collection_id, collection,
    record_id, external_references, version, request_id, after_digest, frozen, frozen_digest)
    SELECT %(account)s, id, %(at)s, 1, 'Importer', 'hmk_old', 'Old', %(holder)s, 'POST', 1, 'customers', id, '{}', 1, request, after_digest, bytes, sha256(bytes) FROM frozen)
INSERT INTO hallmark.history_value (account_id, history_id, at, after, after_salt) SELECT %(account)s, id, %(at)s, %(after)s, '\\x01' FROM frozen RETURNING history_id"""


class Archived:
    """A cluster with months of long ago."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        self.world = World(cluster)
        self.run = self.world.command_line.run
        self.verifier = self.run("checkpoint", "key-make", str(folder / "checkpoint.pem"), f"--origin={ORIGIN}").stdout.strip()
        for ago in MONTHS[:-1]:
            for parent in ("change_history", "history_value"):
                cluster.query(f"""SELECT hallmark.history_partition_attach(%s, %s, format('FOR VALUES FROM (%%L) TO (%%L)', %s, %s))
                    WHERE to_regclass(%s) IS NULL""", (parent, f"{parent}_{self.month(ago).replace('-', '_')}", self.day(ago, 0), self.day(ago - 1, 0),
                                                       f"hallmark.{parent}_{self.month(ago).replace('-', '_')}"))

    def month(self, ago):
        return self.cluster.query("SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => %s), 'YYYY-MM')", (ago,))[0][0]

    def day(self, ago, days):
        return self.cluster.query("""SELECT ((date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => %s) + make_interval(days => %s)) AT TIME ZONE 'UTC')::text""",
                                  (ago, days))[0][0]

    def change(self, account, ago, day=1, name="Ada", holder=None):
        after = json.dumps({"Id": 1, "Name": name})
        return self.cluster.query(OLD_CHANGE, {"account": number_of(account), "at": self.day(ago, day), "after": after, "holder": holder and number_of(holder)})[0][0]

    def serving(self, **flags):
        return serving(self.cluster, checkpoint_key_file=self.folder / "checkpoint.pem", checkpoint_file=self.folder / "head", history_origin=ORIGIN, **flags)

    def is_sealed(self):
        """Of an archive the leaves stay."""
        return self.cluster.query("SELECT NOT EXISTS (SELECT FROM hallmark.change_history AS change WHERE NOT EXISTS (SELECT FROM hallmark.history_leaf AS leaf"
                                  " WHERE leaf.account_id = change.account_id AND leaf.history_id = change.id)) AND (SELECT max(size) FROM hallmark.history_checkpoint) ="
                                  " (SELECT size FROM hallmark.history_log)") == [(True,)]

    def seal(self):
        with self.serving():
            harness.wait_until(self.is_sealed, 30, "sealing")

    def words(self, ago, path, *more):
        return ["history", "archive", f"--month={self.month(ago)}", f"--to={path}", f"--verifier={self.verifier}", *more]

    def archive(self, ago, path, *more, check=True):
        return self.run(*self.words(ago, path, *more), check=check)

    def proven(self, account):
        text = self.run("history", "export", f"--account={account}").stdout
        code, said = verify(text, self.verifier)
        assert code == 0, said
        return text, said

    def months(self):
        return {row[0] for row in self.cluster.query("SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'hallmark.change_history'::regclass")}

    def has(self, ago):
        return f"change_history_{self.month(ago).replace('-', '_')}" in self.months()


@pytest.fixture
def archived():
    with own_cluster() as cluster, own_folder("hallmark-archive-") as folder:
        yield Archived(cluster, pathlib.Path(folder))


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.name not in ("checkpoint.pem", "head"))


# --- what may not go --------------------------------------------------------------------------------------------------------------


def test_month_that_may_not_go_stays(archived):
    account, path = archived.world.new_account(), archived.folder / "old.ndjson"
    archived.change(account, 15)
    unsealed = archived.archive(15, path, "--drop", check=False)
    assert unsealed.returncode == 1 and "not sealed yet" in unsealed.stderr
    archived.seal()
    for ago, told in ((0, "is not over"), (-1, "is not over"), (1, "12 whole months are kept"), (12, "12 whole months are kept"), (14, "comes first"), (99, "no month")):
        refused = archived.archive(ago, path, "--drop", check=False)
        assert refused.returncode == 1 and told in refused.stderr, (ago, refused.stderr)
    wrong = archived.run("history", "archive", "--month=2026-13", f"--to={path}", f"--verifier={archived.verifier}", check=False)
    assert wrong.returncode == 1 and "no month such as" in wrong.stderr
    as_server = archived.world.command_line.run(*archived.words(15, path, "--drop"), check=False, environment={"HALLMARK_MIGRATION_URL": archived.cluster.conninfo()})
    assert as_server.returncode == 1 and "permission denied" in as_server.stderr
    assert files(archived.folder) == [] and archived.has(15)
    assert archived.world.json("history", "retain", "--months=13")[0]["months"] == 13
    assert "13 whole months" in archived.archive(13, path, check=False).stderr


def test_wrong_key_lets_nothing_go(archived):
    account = archived.world.new_account()
    archived.change(account, 15)
    archived.seal()
    other = archived.run("checkpoint", "key-make", str(archived.folder / "other.pem"), f"--origin={ORIGIN}").stdout.strip()
    refused = archived.run("history", "archive", f"--month={archived.month(15)}", f"--to={archived.folder / 'old'}", f"--verifier={other}", "--drop", check=False)
    assert refused.returncode == 1 and "NOT PROVEN" in refused.stderr
    assert files(archived.folder) == ["other.pem"] and archived.has(15)


# --- what goes --------------------------------------------------------------------------------------------------------------------


def test_month_goes_and_everything_stays_proven(archived):
    first, second, third = (archived.world.new_account() for _ in range(3))
    gone = [archived.change(first, 15, day, name=f"first {day}") for day in range(1, 9)]
    kept = archived.change(first, 14)
    gone.append(archived.change(first, 15, 20))  # sealed behind a change of the next month
    archived.change(second, 15)
    archived.change(third, 12)
    archived.seal()
    path = archived.folder / "old.ndjson"
    told = archived.archive(15, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in told.stdout and "still in the database" in told.stdout and "10 changes" in told.stdout
    assert path.stat().st_mode & 0o777 == 0o600 and files(archived.folder) == ["old.ndjson"] and archived.has(15)
    code, said = verify(path.read_text(), archived.verifier)
    assert code == 0 and f"10 of them of the month {archived.month(15)}" in said, said

    dropped = archived.archive(15, path, "--drop")
    assert digest in dropped.stdout and not archived.has(15) and archived.has(14)
    assert archived.cluster.query("SELECT count(*) FROM hallmark.change_history WHERE id = ANY (%s)", (gone,)) == [(0,)]
    archived.seal()  # a restart that needs nothing of what went
    text, said = archived.proven(first)
    assert "9 more were archived" in said
    facts = [json.loads(line)["facts"] for line in text.splitlines()[1:-1]]
    assert kept in [fact["id"] for fact in facts] and not set(gone) & {fact["id"] for fact in facts}
    told = json.loads(next(fact for fact in facts if fact["collection"] == "archives")["external_references"])
    assert (told["SHA256"], told["Changes"], told["File"]) == (digest, "9", "old.ndjson")
    assert "1 more were archived" in archived.proven(second)[1] and "archived" not in archived.proven(third)[1]
    archived.proven("acc_00000000")
    selected = archived.run("history", "export", f"--account={first}", "--collection=customers", "--csv")
    assert digest in selected.stderr and len(selected.stdout.splitlines()) == 2, "who gets less is told"
    assert archived.run("history", "export", f"--account={third}").stderr == ""
    listed = archived.world.json("history", "archives")
    assert [(row["month"], row["changes"], row["digest"]) for row in listed] == [(archived.month(15), 10, digest)]
    again = archived.archive(15, path, "--drop", check=False)
    assert again.returncode == 1 and "archived already" in again.stderr

    archived.archive(14, archived.folder / "next.ndjson", "--drop")
    archived.seal()
    assert "10 more were archived" in archived.proven(first)[1]
    assert verify((archived.folder / "next.ndjson").read_text(), archived.verifier)[0] == 0


def test_change_that_went_without_an_archive_is_missed(archived):
    account = archived.world.new_account()
    for day in range(1, 5):
        archived.change(account, 15, day)
        archived.change(account, 14, day)
    archived.seal()
    archived.archive(15, archived.folder / "old", "--drop")
    archived.seal()
    month = archived.month(14).replace("-", "_")
    with pytest.raises(psycopg2.errors.IntegrityConstraintViolation):
        archived.cluster.query(f"ALTER TABLE hallmark.change_history DETACH PARTITION hallmark.change_history_{month}")
    archived.cluster.query("ALTER EVENT TRIGGER history_months_detached DISABLE")  # by somebody whom nothing stops
    for parent in ("change_history", "history_value"):
        archived.cluster.query(f"ALTER TABLE hallmark.{parent} DETACH PARTITION hallmark.{parent}_{month}")
    text = archived.run("history", "export", f"--account={account}").stdout
    code, said = verify(text, archived.verifier)
    assert code == 1 and "are missing" in said, said


def test_erased_values_are_explained_in_the_archive(archived):
    account, user = archived.world.new_account(), archived.world.new_holder(archived.world.new_account())
    record = archived.change(account, 15, name="Vivienne Xanthopoulos")
    archived.change(account, 15, holder=user)
    path = archived.folder / "old"
    with archived.serving():
        harness.wait_until(archived.is_sealed, 30, "sealing")
        archived.archive(15, path)
        archived.run("record", "erase", f"--account={account}", "--collection=customers", f"--record={record}", "--yes")
        refused = archived.archive(15, path, "--drop", check=False)
        assert refused.returncode == 1 and "were erased since" in refused.stderr and archived.has(15)
        path.unlink()
        archived.archive(15, path, "--drop")
    code, said = verify(path.read_text(), archived.verifier)
    assert code == 0 and "values of 1 were erased" in said, said
    assert "Vivienne" not in path.read_text() and not archived.has(15)
    lines = path.read_text().splitlines()
    cut = [line for line in lines[:-1] if '"erasures"' not in line]
    code, said = verify("".join(f"{line}\n" for line in [*cut, json.dumps({"end": True, "changes": len(cut) - 1})]), archived.verifier)
    assert code == 1 and "no erasure of it" in said, said


def test_readers_are_told_what_was_archived(archived):
    key = archived.world.new_key()
    gone = [archived.change(key.account, 15, day, name=f"old {day}") for day in range(1, 4)]
    kept = archived.change(key.account, 13)
    mixed = archived.change(key.account, 15, 20)  # sealed behind a change that stays
    archived.seal()
    with archived.serving() as server, Caller(server.port, key) as caller:
        record = caller.create("Ada")
        harness.wait_until(archived.is_sealed, 30, "sealing")
        first = caller.call("GET", "/changes?page_size=1").json()["next"]
        archived.archive(15, archived.folder / "old.ndjson", "--drop")
        harness.wait_until(archived.is_sealed, 30, "sealing")
        digest = hashlib.sha256((archived.folder / "old.ndjson").read_bytes()).hexdigest()
        for target in (f"/history/proof?change={gone[0]}", f"/history/proof?change={mixed}"):
            answer = caller.call("GET", target)
            assert answer.status == 404 and answer.json()["code"] == "archived" and digest in answer.json()["detail"] and "old.ndjson" in answer.json()["detail"]
        assert caller.call("GET", f"/history/proof?change={kept}").status == 200

        seen, target, refusals = [], f"/changes?page_size=1&since={first}", 0
        for _ in range(40):
            answer = caller.call("GET", target)
            told = answer.json()
            if answer.status == 404:
                assert told["code"] == "archived" and digest in told["detail"], told
                refusals += 1
                target = f"/changes?page_size=1&since={told['detail'].rsplit('since=', 1)[1]}"
                continue
            assert answer.status == 200
            seen += [change["id"] for change in told["changes"]]
            target = f"/changes?page_size=1&since={told['next']}"
            if not told["more"]:
                break
        assert kept in seen and not set(gone + [mixed]) & set(seen) and refusals >= 1
        here = archived.cluster.query("SELECT id FROM hallmark.change_history WHERE account_id = %s", (number_of(key.account),))
        assert set(seen) >= {row[0] for row in here if row[0] >= kept} and len(seen) == len(set(seen)), "all that is here, once"
        listed = caller.call("GET", "/history").json()
        assert digest in listed["archived"] and archived.month(15) in listed["archived"]
        assert digest in caller.call("GET", f"customers/{record}/history").json()["archived"]
        assert "archived" not in caller.call("GET", "/history?page_size=1").json(), "only the last page says so"


FORGERIES = {
    "another month": lambda lines: [lines[0].replace('"from":', '"from":9'), *lines[1:]],
    "a change is missing at the end": lambda lines: [*lines[:-2], lines[-1]],
    "cut off": lambda lines: lines[:-1],
    "accounts in another order": lambda lines: [lines[0], *sorted(lines[1:-1], key=lambda line: -json.loads(line)["facts"]["account_id"]), lines[-1]],
    "twice": lambda lines: [lines[0], lines[1], *lines[1:]],
    "a value altered": lambda lines: [lines[0], lines[1].replace("Ada", "Eve"), *lines[2:]],
    "an application altered": lambda lines: [lines[0], lines[1].replace("Importer", "Impostor"), *lines[2:]],
    "it is complete, too": lambda lines: [lines[0].replace('"from"', '"complete":true,"from"'), *lines[1:]],
    "its month is a number": lambda lines: [lines[0].replace('"archive":"', '"archive":1,"was":"'), *lines[1:]],
}


def test_altered_archive_is_found_and_lets_nothing_go(archived):
    accounts = sorted((archived.world.new_account() for _ in range(2)), key=number_of)
    for day in range(1, 4):
        for account in accounts:
            archived.change(account, 15, day)
    archived.seal()
    path, forged = archived.folder / "old", archived.folder / "forged"
    archived.archive(15, path)
    lines = path.read_text().splitlines()
    for name, forge in FORGERIES.items():
        text = "".join(line + "\n" for line in forge(lines))
        code, said = verify(text, archived.verifier)
        assert code == 1 and said.startswith("NOT PROVEN: line "), (name, said)
        forged.write_text(text)
        forged.chmod(0o644)
        assert archived.archive(15, forged, "--drop", check=False).returncode == 1, name
    fewer = "".join(line + "\n" for line in [*lines[:-2], json.dumps({"end": True, "changes": len(lines) - 3})])
    assert verify(fewer, archived.verifier)[0] == 0, "a file with less is proven, too"
    forged.write_text(fewer)
    refused = archived.archive(15, forged, "--drop", check=False)
    assert refused.returncode == 1 and "has 6 changes and the file 5" in refused.stderr and archived.has(15)


# --- what dies meanwhile ----------------------------------------------------------------------------------------------------------


def test_file_that_cannot_grow_lets_nothing_go(archived):
    account = archived.world.new_account()
    for day in range(1, 21):
        archived.change(account, 15, day)
    archived.seal()
    path = archived.folder / "old"
    environment = {**os.environ, **harness.sanitizer_environment(), "HALLMARK_MIGRATION_URL": archived.cluster.conninfo("hallmark_owner")}
    limited = subprocess.run(["bash", "-c", 'ulimit -f 4; exec "$@"', "bash", harness.binary(), *archived.words(15, path, "--drop")], capture_output=True, text=True, cwd="/tmp",
                             env=environment, check=False, **harness.unprivileged())
    assert limited.returncode == 1 and "File too large" in limited.stderr, limited.stderr
    assert files(archived.folder) == [] and archived.has(15)
    no_folder = archived.archive(15, archived.folder / "nowhere" / "old", "--drop", check=False)
    assert no_folder.returncode == 1 and "No such file" in no_folder.stderr
    archived.archive(15, path, "--drop")
    assert not archived.has(15)


@contextlib.contextmanager
def reading(cluster):
    """A transaction that still reads the history: its months cannot go."""
    with contextlib.closing(psycopg2.connect(cluster.conninfo("hallmark_owner"))) as connection:
        connection.cursor().execute("SELECT count(*) FROM hallmark.change_history")
        yield


def test_death_between_file_and_drop_loses_nothing(archived):
    account = archived.world.new_account()
    archived.change(account, 15)
    archived.seal()
    path = archived.folder / "old"
    environment = {**os.environ, **harness.sanitizer_environment(), "HALLMARK_MIGRATION_URL": archived.cluster.conninfo("hallmark_owner")}
    (archived.folder / "old.unfinished").write_text("of an earlier death")
    (archived.folder / "old.unfinished").chmod(0o666)
    with reading(archived.cluster):
        process = subprocess.Popen([harness.binary(), *archived.words(15, path, "--drop")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", env=environment,
                                   **harness.unprivileged())
        harness.wait_until(path.exists, 30, "the file")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert archived.has(15) and verify(path.read_text(), archived.verifier)[0] == 0
    harness.wait_until(lambda: archived.cluster.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%archive_drop%%' AND pid <> pg_backend_pid()"
                                                      " AND state <> 'idle'") == [(0,)], 30, "the end of what was asked for")
    if archived.has(15):  # what the dead asked for may have been done before its connection was seen to be lost
        written = path.stat().st_mtime_ns
        archived.archive(15, path, "--drop")
        assert path.stat().st_mtime_ns == written, "the file is taken, not written again"
    assert not archived.has(15)
    archived.seal()
    assert "1 more were archived" in archived.proven(account)[1]


def test_month_that_is_being_read_stays_for_now(archived):
    account = archived.world.new_account()
    archived.change(account, 15)
    archived.seal()
    with reading(archived.cluster):
        refused = archived.archive(15, archived.folder / "old", "--drop", check=False)
    assert refused.returncode == 1 and "still in the database" in refused.stderr and archived.has(15)
    assert archived.cluster.query("SELECT count(*) FROM hallmark.archive") == [(0,)]
    archived.archive(15, archived.folder / "old", "--drop")
    assert not archived.has(15)


def test_writers_do_not_notice(archived):
    key = archived.world.new_key()
    archived.change(key.account, 15)
    stop, written, refused = threading.Event(), [], []

    def go_on(port):
        with Caller(port, key) as caller:
            while not stop.is_set():
                answer = caller.call("POST", "customers", {"Name": "Ada"})
                (written if answer.status == 200 else refused).append(answer)

    with archived.serving() as server:
        harness.wait_until(archived.is_sealed, 30, "sealing")
        writers = [threading.Thread(target=go_on, args=(server.port,)) for _ in range(4)]
        for writer in writers:
            writer.start()
        try:
            harness.wait_until(lambda: len(written) > 50, 30, "writes")
            archived.archive(15, archived.folder / "old", "--drop")
            so_far = len(written)
            harness.wait_until(lambda: len(written) > so_far + 50, 30, "writes behind it")
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        harness.wait_until(archived.is_sealed, 30, "sealing")
        said = archived.proven(key.account)[1]
    assert not refused and not archived.has(15) and "1 more were archived" in said
    assert archived.cluster.query("SELECT count(*) FROM hallmark.change_history WHERE collection = 'customers' AND account_id = %s", (number_of(key.account),)) == [(len(written),)]
