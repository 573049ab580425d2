# SPDX-License-Identifier: Apache-2.0
"""Runs the statements of schema/queries by name, as the server's role does, on a cluster that was migrated without the binary."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import uuid

import psycopg2

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "schema"
EMBED = ROOT / "scripts" / "embed-sql"


def _load_embed():
    loader = importlib.machinery.SourceFileLoader("embed_sql", str(EMBED))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("embed_sql", loader))
    loader.exec_module(module)
    return module


embed = _load_embed()
STATEMENTS = {path.stem: embed.Statement(path) for path in sorted((SCHEMA / "queries").glob("*.sql"))}


def psql(cluster, script, user="hallmark_owner"):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", cluster.conninfo(user)],
                          input=script, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def migrate(cluster, first=1, last=9999, user="hallmark_owner"):
    script = subprocess.run([EMBED, "migrations", SCHEMA, str(first), str(last)], check=True, capture_output=True, text=True).stdout
    psql(cluster, script, user)


def migrated_cluster(connections=300):
    cluster = harness.Cluster()
    with cluster.connect() as connection:
        connection.autocommit = True
        connection.cursor().execute(f"ALTER SYSTEM SET max_connections = {connections}")
    cluster.stop()
    cluster.start()
    migrate(cluster)
    return cluster


class Session:
    """One connection of the server's role. run(name, parameter=value, ...): a statement by name; what is not given is NULL."""

    def __init__(self, cluster):
        self.connection = psycopg2.connect(cluster.conninfo())
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.prepared = set()

    def prepare(self, *names):
        for name in names:
            if name not in self.prepared:
                self.cursor.execute(f"PREPARE {name} AS {STATEMENTS[name].sql}")
                self.prepared.add(name)

    def run(self, name, /, **given):
        statement = STATEMENTS[name]
        names = [parameter for parameter, _ in statement.parameters]
        unknown = given.keys() - set(names)
        if unknown:
            raise TypeError(f"{name} has no parameters {sorted(unknown)}")
        self.prepare(name)
        call = f"EXECUTE {name}" + (f" ({', '.join(['%s'] * len(names))})" if names else "")
        self.cursor.execute(call, [given.get(parameter) for parameter in names])
        columns = [column for column, _ in statement.columns]
        return [dict(zip(columns, row)) for row in self.cursor.fetchall()]

    def one(self, name, /, **given):
        rows = self.run(name, **given)
        assert len(rows) == 1, f"{name} returned {len(rows)} rows"
        return rows[0]

    def close(self):
        self.connection.close()


SALT = bytes(range(16))
AUTHOR = {
    "application_id": 77, "application_name": "Invoice Robot", "client_id": "hmk_1", "key_name": "night run", "holder_id": 5, "user_id": 0,
    "person": "Anna Muster", "token_jti": "jti-1", "address": "192.0.2.1",
}


def write(session, kind, /, **given):
    """record_create, record_replace or record_delete with an author, salts and a request id."""
    name = f"record_{kind}"
    values = {**AUTHOR, "request_id": str(uuid.uuid4()), "before_salt": SALT, "after_salt": SALT, "person_salt": SALT, "address_salt": SALT,
              "collection": "customers", "expected_version": 0, **given}
    names = {parameter for parameter, _ in STATEMENTS[name].parameters}
    return session.one(name, **{key: value for key, value in values.items() if key in names})
