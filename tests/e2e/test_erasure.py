# SPDX-License-Identifier: Apache-2.0
"""A person, or a record, is erased: nothing of the values is left in the database, every proof holds, and what is missing without an erasure is
found by both who check an export."""

import contextlib
import json
import pathlib
import subprocess
import threading

import pytest

import harness
from demo import SCOPES, Caller, World, own_cluster, own_folder, serving
from test_export import verify

ORIGIN = "books.example/history"
PERSON, ADDRESS = "Zebedee Quuxley", "zebedee@quuxley.example"
CUSTOMER = "Vivienne Xanthopoulos"


class Sealed:
    """A node that seals, an account with records, a person whose key wrote them."""

    def __init__(self, cluster, server, verifier):
        self.cluster, self.server, self.verifier = cluster, server, verifier
        self.world = World(cluster)
        self.command_line = self.world.command_line

    def new_person(self):
        account = self.world.new_account()
        user = self.world.json("user", "create", f"--email={ADDRESS}", f"--name={PERSON}")[0]["id"]
        self.world.json("member", "set", f"--account={account}", f"--user={user}", "--role=owner", f"--permissions={SCOPES}")
        return account, user

    def run(self, *words, check=True, **environment):
        return self.command_line.run(*words, check=check, environment=environment)

    def export(self, account, *words):
        return self.run("history", "export", f"--account={account}", *words).stdout

    def proven(self, account, *words):
        """The export of an account, which both programs have to prove; with what they say."""
        text = self.export(account, *words)
        code, said = verify(text, self.verifier)
        assert code == 0, said
        return [json.loads(line) for line in text.splitlines()][1:-1], said

    def is_sealed(self):
        return self.cluster.query("SELECT (SELECT count(*) FROM hallmark.change_history) = (SELECT size FROM hallmark.history_log)") == [(True,)]

    def dump(self):
        return subprocess.run([harness.PG_BIN / "pg_dump", "--data-only", self.cluster.conninfo("hallmark_owner")], capture_output=True, check=True,
                              **harness.unprivileged()).stdout.lower()

    def holds(self, text):
        """Whether the text stands anywhere in the database, plain or in bytes."""
        dump = self.dump()
        return text.lower().encode() in dump or text.encode().hex().encode() in dump


@pytest.fixture(scope="module")
def sealed():
    with own_cluster() as cluster, own_folder("hallmark-erase-") as folder:
        folder = pathlib.Path(folder)
        command_line = harness.CommandLine(cluster)
        verifier = command_line.run("checkpoint", "key-make", str(folder / "checkpoint.pem"), f"--origin={ORIGIN}").stdout.strip()
        with serving(cluster, checkpoint_key_file=folder / "checkpoint.pem", checkpoint_file=folder / "head", history_origin=ORIGIN) as server:
            yield Sealed(cluster, server, verifier)


# --- what cannot be ---------------------------------------------------------------------------------------------------------------


def test_erasing_has_to_be_meant_and_to_be_allowed(sealed):
    account, user = sealed.world.new_account(), sealed.world.new_holder(sealed.world.new_account())
    assert sealed.run("person", "erase", user, check=False).returncode == 2, "without --yes"
    assert sealed.run("person", "erase", "usr_nobody!", "--yes", check=False).returncode == 2
    unknown = sealed.run("person", "erase", f"{user[:-1]}{'1' if user[-1] == '0' else '0'}", "--yes", check=False)
    assert unknown.returncode == 1 and "no such person" in unknown.stderr
    as_server = sealed.run("person", "erase", user, "--yes", check=False, HALLMARK_MIGRATION_URL=sealed.cluster.conninfo())
    assert as_server.returncode == 1 and "may not do that" in as_server.stderr, "the server's role erases nothing"
    unknown = sealed.run("record", "erase", f"--account={account}", "--collection=customers", "--record=999999", "--yes", check=False)
    assert unknown.returncode == 1 and "no such record" in unknown.stderr
    assert sealed.cluster.query("SELECT count(*) FROM hallmark.erasure") == [(0,)]


# --- a person ---------------------------------------------------------------------------------------------------------------------


def test_person_is_gone_everywhere_and_every_proof_holds(sealed):
    account, user = sealed.new_person()
    key = sealed.world.new_key(account=account, holder=user)
    witness = sealed.world.new_key(account=account)
    with Caller(sealed.server.port, key) as caller, Caller(sealed.server.port, witness) as other:
        record = caller.create("Ada")
        assert caller.call("PUT", f"customers/{record}", {"Name": "Ada L."}).status == 204
        mine = other.create("Grace")
        done = sealed.world.json("person", "erase", user, "--yes")[0]
        assert done["remaining"] == 0 and done["accounts"] == 2 and done["changes"] >= 4, done
        assert caller.call("GET", f"customers/{record}").status in (401, 403), "what the person held works no more"
        told = other.call("GET", f"customers/{mine}/history").json()["changes"]
    for value in (PERSON, ADDRESS):
        assert not sealed.holds(value)
    lines, said = sealed.proven(account)
    assert "values of 2 were erased" in said, said
    assert [line["erased"] for line in lines if "erased" in line] == [["address"], ["address"]]
    erasure = [line for line in lines if line["facts"]["collection"] == "erasures"]
    assert len(erasure) == 1 and json.loads(erasure[0]["facts"]["external_references"])["Kind"] == "person"
    assert [change["address"] for change in told] == ["127.0.0.1"], "others' addresses stay"
    assert "values of" in sealed.proven("acc_00000000")[1], "the person's own data stood in the history of all accounts"
    again = sealed.world.json("person", "erase", user, "--yes")[0]
    assert (again["accounts"], again["changes"], again["erased"]) == (0, 0, 0), "a second time there is nothing"
    assert len(sealed.proven(account)[0]) == len(lines), "nor is anything told"


def test_selection_brings_the_erasures_that_it_needs(sealed):
    account, user = sealed.new_person()
    key = sealed.world.new_key(account=account, holder=user)
    with Caller(sealed.server.port, key) as caller:
        caller.create("Ada")
    sealed.run("person", "erase", user, "--yes")
    lines, said = sealed.proven(account, "--collection=customers")
    assert [line["facts"]["collection"] for line in lines] == ["customers", "erasures"] and "a selection" in said
    table = sealed.export(account, "--collection=customers", "--csv")
    assert len(table.splitlines()) == 2, "people who want a table asked for customers"


def test_person_who_still_writes_is_erased_to_the_last_change(sealed):
    account, user = sealed.new_person()
    key = sealed.world.new_key(account=account, holder=user)
    stop, refused = threading.Event(), threading.Event()

    def go_on():
        with Caller(sealed.server.port, key) as caller:
            record = caller.create("Ada")
            while not stop.is_set():
                if caller.call("PUT", f"customers/{record}", {"Name": "Ada L."}).status != 204:
                    refused.set()
                    return

    writers = [threading.Thread(target=go_on) for _ in range(4)]
    for writer in writers:
        writer.start()
    try:
        harness.wait_until(lambda: sealed.cluster.query("SELECT count(*) > 40 FROM hallmark.change_history WHERE client_id = %s", (key.client_id,)) == [(True,)])
        done = sealed.world.json("person", "erase", user, "--yes")[0]
        assert done["remaining"] == 0
        assert refused.wait(20)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    left = sealed.cluster.query("""SELECT count(*) FROM hallmark.change_history AS change JOIN hallmark.history_value AS value
        ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
        WHERE change.client_id = %s AND (value.address IS NOT NULL OR value.address_salt IS NOT NULL)""", (key.client_id,))
    assert left == [(0,)]
    sealed.proven(account)


# --- a record ---------------------------------------------------------------------------------------------------------------------


def test_record_is_forgotten_and_its_changes_stay(sealed):
    key = sealed.world.new_key()
    erase = ["record", "erase", f"--account={key.account}", "--collection=customers"]
    with Caller(sealed.server.port, key) as caller:
        record, other = caller.create(CUSTOMER), caller.create("Grace")
        product = caller.create("Grace", collection="products")
        assert caller.call("PUT", f"customers/{record}", {"Name": CUSTOMER, "Mail": "x@y.example"}).status == 204
        still = sealed.run(*erase, f"--record={record}", "--yes", check=False)
        assert still.returncode == 1 and "delete it first" in still.stderr
        assert caller.call("DELETE", f"customers/{record}").status == 204
        done = sealed.world.json(*erase, f"--record={record}", "--yes")[0]
        assert (done["accounts"], done["changes"], done["erased"], done["remaining"]) == (1, 3, 4, 0)
        changes = caller.call("GET", f"customers/{record}/history").json()["changes"]
        assert len(changes) == 3 and all(change["erased"] for change in changes)
        assert caller.call("GET", f"customers/{other}").json()["Name"] == "Grace"
        assert "erased" not in caller.call("GET", f"products/{product}/history").json()["changes"][0]
    assert not sealed.holds(CUSTOMER) and not sealed.holds("x@y.example")
    lines, said = sealed.proven(key.account)
    assert [line["erased"] for line in lines if "erased" in line] == [["after"], ["before", "after"], ["before"]] and "values of 3" in said
    assert sealed.world.json(*erase, f"--record={record}", "--yes")[0]["erased"] == 0


# --- what is missing without an erasure -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def superuser(cluster):
    """Somebody whom no trigger stops."""
    cluster.query("ALTER TABLE hallmark.history_value DISABLE TRIGGER history_value_guard")
    try:
        yield
    finally:
        cluster.query("ALTER TABLE hallmark.history_value ENABLE ALWAYS TRIGGER history_value_guard")


TAKEN = {
    "a value and its salt": "SET after = NULL, after_salt = NULL",
    "an address and its salt": "SET address = NULL, address_salt = NULL",
    "all of them": "SET before = NULL, before_salt = NULL, after = NULL, after_salt = NULL, address = NULL, address_salt = NULL",
}


@pytest.mark.parametrize("taken", TAKEN)
def test_value_that_was_taken_secretly_is_missed(sealed, taken):
    key = sealed.world.new_key()
    with Caller(sealed.server.port, key) as caller:
        record = caller.create("Ada")
        assert caller.call("PUT", f"customers/{record}", {"Name": "Ada L."}).status == 204
        caller.create("Grace")
    harness.wait_until(sealed.is_sealed, 30, "sealing")
    lines, _ = sealed.proven(key.account)
    place = next(
        number for number, line in enumerate(lines, 2) if line["facts"]["collection"] == "customers" and line["facts"]["method"] == "PUT")
    with superuser(sealed.cluster):
        sealed.cluster.query(f"UPDATE hallmark.history_value {TAKEN[taken]} WHERE history_id = %s", (lines[place - 2]["facts"]["id"],))
    code, said = verify(sealed.export(key.account), sealed.verifier)
    assert code == 1 and said.startswith(f"NOT PROVEN: line {place} ") and "no erasure of it" in said, said


def test_erasure_that_comes_before_explains_nothing(sealed):
    """As somebody could try who erases a record once, and then hides what is done to it later."""
    key = sealed.world.new_key()
    with Caller(sealed.server.port, key) as caller:
        record = caller.create("Ada")
        assert caller.call("DELETE", f"customers/{record}").status == 204
        sealed.run("record", "erase", f"--account={key.account}", "--collection=customers", f"--record={record}", "--yes")
        other = caller.create("Grace")
    harness.wait_until(sealed.is_sealed, 30, "sealing")
    sealed.proven(key.account)
    with superuser(sealed.cluster):
        sealed.cluster.query("UPDATE hallmark.history_value SET after = NULL, after_salt = NULL WHERE history_id = (SELECT id FROM hallmark.change_history"
                             " WHERE record_id = %s AND collection = 'customers')", (other,))
    code, said = verify(sealed.export(key.account), sealed.verifier)
    assert code == 1 and "no erasure of it" in said, said


def alter(lines, place, **members):
    line = json.loads(lines[place])
    line.update(members)
    return [*lines[:place], json.dumps({name: value for name, value in line.items() if value is not None}), *lines[place + 1:]]


FORGERIES = {
    "the names are missing": lambda lines, erased, kept: alter(lines, erased, erased=None),
    "a name is missing": lambda lines, erased, kept: alter(lines, erased, erased=["before"]),
    "the names in another order": lambda lines, erased, kept: alter(lines, erased, erased=["after", "before"]),
    "a name too many": lambda lines, erased, kept: alter(lines, erased, erased=["before", "after", "address"]),
    "no names": lambda lines, erased, kept: alter(lines, erased, erased=[]),
    "names of another form": lambda lines, erased, kept: alter(lines, erased, erased="before"),
    "names where nothing is missing": lambda lines, erased, kept: alter(lines, kept, erased=["after"]),
    "no names where nothing is missing": lambda lines, erased, kept: alter(lines, kept, erased=[]),
    "another's value is taken": lambda lines, erased, kept: alter(lines, kept, erased=["after", "address"], values={}),
    "the erasure is left out of a selection": lambda lines, erased, kept: [
        lines[0], *(line for line in lines[1:-1] if '"erasures"' not in line), json.dumps({"end": True, "changes": len(lines) - 3})],
}


@pytest.fixture(scope="module")
def forged(sealed):
    """The lines of a selection with a change that lacks values, and one that does not."""
    key = sealed.world.new_key()
    with Caller(sealed.server.port, key) as caller:
        record = caller.create("Ada")
        assert caller.call("PUT", f"customers/{record}", {"Name": "Ada L."}).status == 204
        assert caller.call("DELETE", f"customers/{record}").status == 204
        caller.create("Grace")
    sealed.run("record", "erase", f"--account={key.account}", "--collection=customers", f"--record={record}", "--yes")
    text = sealed.export(key.account, "--collection=customers")
    assert verify(text, sealed.verifier)[0] == 0
    return text.splitlines()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_erasure_is_found(sealed, forged, forgery):
    kept = next(place for place, line in enumerate(forged) if '"Grace' in line)
    text = "".join(line + "\n" for line in FORGERIES[forgery](forged, 2, kept))
    code, said = verify(text, sealed.verifier)
    assert code == 1 and said.startswith("NOT PROVEN: line "), said
