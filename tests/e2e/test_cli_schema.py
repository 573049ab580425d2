# SPDX-License-Identifier: Apache-2.0
"""The command line on databases that are new, old, altered or not ours; and the signing keys from the first to the withdrawn one."""

import base64
import itertools
import json
import os
import re
import threading

import pytest

import harness
from demo import Caller, World, own_cluster, serving

DONE, FAILED = 0, 1


# --- migrations ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare():
    """A cluster whose databases the tests make themselves."""
    cluster = harness.Cluster()
    cluster.master_key_file = harness.make_master_key(cluster.folder)
    yield cluster
    cluster.destroy()


databases = itertools.count(1)


@pytest.fixture
def empty(bare):
    """An empty database, as (name, run): run(words...) runs a command on it as its owner."""
    name = f"empty{next(databases)}"
    bare_query(bare, f"CREATE DATABASE {name}")
    line = harness.CommandLine(bare)

    def run(*words, user="hallmark_owner", check=False):
        settings = {"HALLMARK_DATABASE_URL": bare.conninfo("hallmark_server", name), "HALLMARK_MIGRATION_URL": bare.conninfo(user, name)}
        return line.run(*words, check=check, environment=settings)

    yield name, run
    bare_query(bare, f"DROP DATABASE {name} WITH (FORCE)")


def bare_query(cluster, sql, database="postgres"):
    with cluster.connect(database=database) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_role_that_may_not_make_roles_hears_what_it_needs(bare, empty):
    name, run = empty
    bare_query(bare, "DROP ROLE IF EXISTS hallmark_server")
    bare_query(bare, f"DROP ROLE IF EXISTS limited; CREATE ROLE limited LOGIN; ALTER DATABASE {name} OWNER TO limited")
    refused = run("migrate", user="limited")
    assert refused.returncode == FAILED and "CREATE ROLE hallmark_server LOGIN" in refused.stderr
    assert bare_query(bare, "SELECT count(*) FROM pg_namespace WHERE nspname = 'hallmark'", name) == [(0,)], "nothing is left of it"
    bare_query(bare, "CREATE ROLE hallmark_server LOGIN")
    assert run("migrate", user="limited").returncode == DONE
    assert run("account", "create", "--name=Limited", user="limited").returncode == DONE
    assert run("account", "list", user="hallmark_server").returncode == DONE, "the server's role needs nothing more"
    refused = run("migrate", user="nobody_at_all")
    assert refused.returncode == FAILED and "nobody_at_all" in refused.stderr


def test_migrating_twice_changes_nothing(bare, empty):
    name, run = empty
    first, second = run("migrate"), run("migrate")
    assert (first.returncode, second.returncode) == (DONE, DONE)
    applied = re.findall(r"^applied ([0-9]{4}) ", first.stdout, re.MULTILINE)
    assert applied == [f"{number:04}" for number in range(1, len(applied) + 1)] and applied
    assert "nothing to do" in second.stdout and "applied" not in second.stdout.replace("nothing to do", "")
    assert bare_query(bare, "SELECT count(*) FROM hallmark.schema_migration", name) == [(len(applied),)]


def test_migrations_at_once_wait_for_one_another(bare, empty):
    name, run = empty
    done = []
    threads = [threading.Thread(target=lambda: done.append(run("migrate"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.returncode for each in done] == [DONE] * 4, [each.stderr for each in done]
    assert sum("applied 0001" in each.stdout for each in done) == 1


def test_altered_migration_is_refused(bare, empty):
    name, run = empty
    run("migrate", check=True)
    bare_query(bare, "UPDATE hallmark.schema_migration SET digest = sha256('other') WHERE number = 3", name)
    refused = run("migrate")
    assert refused.returncode == FAILED and "migration 3" in refused.stderr


def test_newer_database_is_refused_by_an_older_program(bare, empty):
    name, run = empty
    run("migrate", check=True)
    bare_query(bare, "INSERT INTO hallmark.schema_migration (number, name, digest) VALUES (9999, 'future', sha256('x'))", name)
    refused = run("migrate")
    assert refused.returncode == FAILED and "older than the database" in refused.stderr


def test_server_refuses_a_database_that_is_not_migrated(bare, empty):
    _, run = empty
    done = run("serve", f"--master-key-file={bare.master_key_file}", f"--listen=127.0.0.1:{harness.free_port()}",
               f"--operations-listen=127.0.0.1:{harness.free_port()}")
    assert done.returncode == FAILED and "hallmark migrate" in done.stderr


def test_database_of_another_encoding_is_refused(bare):
    bare_query(bare, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    url = bare.conninfo("hallmark_owner", "latin")
    done = harness.CommandLine(bare).run("migrate", check=False, environment={"HALLMARK_MIGRATION_URL": url})
    assert done.returncode == FAILED and "UTF8" in done.stderr


# --- signing keys -------------------------------------------------------------------------------------------------------------


def kid_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]


def test_signing_keys_from_first_to_withdrawn():
    """Rotation by hand, withdrawal after a compromise, and another master key: on a cluster of its own."""
    with own_cluster() as cluster:
        world = World(cluster)
        line = world.command_line
        with serving(cluster) as server, Caller(server.port, world.new_key()) as caller:
            made = line.json("signing-key", "list")
            assert sorted((row["algorithm"], row["state"]) for row in made) == [("ES256", "active"), ("RS256", "active")]
            first, of_identity = [[row for row in made if row["algorithm"] == name] for name in ("ES256", "RS256")]
            assert kid_of(caller.token()) == first[0]["kid"]

            upcoming = line.json("signing-key", "rotate")[0]
            assert upcoming["state"] == "next"
            published = {jwk["kid"] for jwk in caller.call("GET", "/oauth2/jwks", authorization=False).json()["keys"]}
            assert published == {first[0]["kid"], of_identity[0]["kid"], upcoming["kid"]}, "a key is published before it signs"
            early = line.run("signing-key", "rotate", check=False)
            assert early.returncode == FAILED and "less than a day" in early.stderr
            assert kid_of(caller.ask_for_token().json()["access_token"]) == first[0]["kid"]

            assert line.json("signing-key", "rotate", "--now")[0]["kid"] == upcoming["kid"]
            assert kid_of(caller.ask_for_token().json()["access_token"]) == upcoming["kid"]
            assert caller.call("GET", "customers").status == 200, "tokens of the retiring key still live"

            line.run("signing-key", "withdraw", first[0]["kid"])
            assert caller.call("GET", "customers").status == 401, "what a withdrawn key signed is refused at once"
            assert first[0]["kid"] not in caller.call("GET", "/oauth2/jwks", authorization=False).body.decode()
            caller.access_token = None
            assert caller.call("GET", "customers").status == 200

            line.run("signing-key", "withdraw", upcoming["kid"])
            caller.access_token = None
            assert kid_of(caller.token()) not in (first[0]["kid"], upcoming["kid"]), "another takes its place"
            token = caller.token()

        new_key = cluster.folder / "new.key"
        new_key.write_text(harness.secrets.token_hex(32))
        new_key.chmod(0o600)
        who = harness.unprivileged()
        if who:
            os.chown(new_key, who["user"], who["group"])
        line.run("webhook", "create", f"--account={caller.key.account}", "--name=Hook", "--url=https://receiver.example/")
        line.run("webhook", "rotate", line.json("webhook", "list", f"--account={caller.key.account}")[0]["id"], f"--account={caller.key.account}")
        done = line.run("signing-key", "reseal", f"--new-master-key-file={new_key}")
        assert "sealed 1 webhooks anew" in done.stdout
        again = line.run("signing-key", "reseal", f"--new-master-key-file={new_key}", check=False)
        assert again.returncode == FAILED and "nothing is changed" in again.stderr
        before = line.json("signing-key", "list")
        for words in (["rotate"], ["rotate", "--now"]):
            done = line.run("signing-key", *words, check=False)
            assert done.returncode == FAILED and "does not open" in done.stderr, "no node could open a key under the old master key"
        assert line.json("signing-key", "list") == before
        with serving(cluster, master_key_file=new_key) as server, Caller(server.port, caller.key) as later:
            assert later.ask_for_token().status == 200
            answer = later.call("GET", "customers", authorization=f"Bearer {token}")
            assert answer.status == 401, "another issuer (the port) is another server; its key is the same"
            assert kid_of(later.token()) == kid_of(token)
