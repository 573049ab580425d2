# SPDX-License-Identifier: Apache-2.0
"""Migrations carry what is there, embed-sql refuses what is wrong, and who may not make the server's role is told what to do."""

import hashlib
import json
import re
import shutil
import subprocess

import pytest

import harness
from sql_statements import EMBED, SCHEMA, STATEMENTS, migrate, psql

FIXTURES = sorted((SCHEMA / "fixtures").glob("*.sql"))


@pytest.fixture
def cluster():
    made = harness.Cluster()
    yield made
    made.destroy()


def rows_of_all_tables(cluster):
    tables = psql(cluster, "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'hallmark'::regnamespace AND relkind IN ('r', 'p')"
                           " AND NOT relispartition AND relname <> 'schema_migration' ORDER BY 1").split()
    return {table: [json.loads(line) for line in psql(cluster, f"SELECT to_jsonb(t) FROM {table} AS t").splitlines()] for table in tables}


def test_later_migrations_carry_the_rows_of_earlier_ones(cluster):
    done, kept = 0, {}
    for fixture in FIXTURES:
        number = int(fixture.name[:4])
        migrate(cluster, done + 1, number)
        psql(cluster, fixture.read_text())
        done, kept = number, rows_of_all_tables(cluster)
    assert [table for table, rows in kept.items() if not rows] == [], "tables without a fixture"
    migrate(cluster, done + 1)
    carried = rows_of_all_tables(cluster)
    for table, rows in kept.items():
        for row in rows:
            assert any(all(now.get(column) == value for column, value in row.items()) for now in carried[table]), f"{table} has lost {row}"


def test_role_that_may_not_make_roles_is_told_what_to_do(cluster):
    psql(cluster, "CREATE ROLE poor LOGIN; GRANT CREATE ON DATABASE hallmark TO poor; GRANT ALL ON SCHEMA public TO poor")
    with pytest.raises(RuntimeError) as refused:
        migrate(cluster, user="poor")
    assert "may not make it" in str(refused.value) and "CREATE ROLE hallmark_server LOGIN" in str(refused.value)
    assert psql(cluster, "SELECT count(*) FROM pg_namespace WHERE nspname = 'hallmark'").strip() == "0", "nothing of it is left"
    psql(cluster, "CREATE ROLE hallmark_server LOGIN")
    migrate(cluster, user="poor")
    assert psql(cluster, "SELECT max(number) FROM hallmark.schema_migration", "hallmark_server").strip() == str(migration_count())


def migration_count():
    return len(list((SCHEMA / "migrations").glob("*.sql")))


def test_database_in_another_encoding_is_refused(cluster):
    psql(cluster, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    done = subprocess.run(["psql", "-X", "-q", cluster.conninfo("hallmark_owner", "latin")], capture_output=True, text=True,
                          input=subprocess.run([EMBED, "migrations", SCHEMA], capture_output=True, text=True).stdout)
    assert done.returncode != 0 and "needs UTF8" in done.stderr


def test_migration_is_recorded_with_its_digest_in_one_transaction(cluster):
    migrate(cluster)
    for line in psql(cluster, "SELECT number, encode(digest, 'hex') FROM hallmark.schema_migration ORDER BY number").splitlines():
        number, digest = line.split("\t")
        script = subprocess.run([EMBED, "migrations", SCHEMA, number, number], capture_output=True, text=True).stdout
        text = re.search(r"^BEGIN;\n(.*)\nINSERT INTO hallmark\.schema_migration .*\nCOMMIT;$", script, re.DOTALL | re.MULTILINE)[1]
        assert hashlib.sha256(text.encode()).hexdigest() == digest
    with pytest.raises(RuntimeError):
        migrate(cluster, 2, 2)


# --- embed-sql ------------------------------------------------------------------------------------------------------------------


def embed(schema, output):
    listed = sorted(str(path.relative_to(schema)) for path in schema.glob("*/*.sql") if path.parent.name != "fixtures")
    return subprocess.run([EMBED, "build", schema, output, *listed], capture_output=True, text=True)


@pytest.fixture
def schema(tmp_path):
    shutil.copytree(SCHEMA, tmp_path / "schema")
    return tmp_path / "schema"


def test_table_is_sorted_and_counts_parameters(schema, tmp_path):
    assert embed(schema, tmp_path / "out").returncode == 0
    rows = re.findall(r'^STATEMENT_ROW\((\w+), "(\w+)", (\w+), (\d+)\)$', (tmp_path / "out" / "statement_table.inc").read_text(), re.MULTILINE)
    assert [(symbol.lower(), name, lane.lower(), int(count)) for symbol, name, lane, count in rows] == [
        (name, name, statement.lane, len(statement.parameters)) for name, statement in sorted(STATEMENTS.items())]
    assert "--" not in (tmp_path / "out" / "statement_text.inc").read_text(), "comments are dropped"


HEAD = "-- lane: read\n-- parameters: a bigint\n-- columns: b bigint\n"


@pytest.mark.parametrize("name, text, complaint", [
    ("queries/x.sql", "SELECT 1", "no line"),
    ("queries/x.sql", HEAD.replace("read", "quick") + "SELECT $1", "the lane 'quick'"),
    ("queries/x.sql", HEAD.replace("a bigint", "bigint") + "SELECT $1", "not a name and a type"),
    ("queries/x.sql", HEAD + "SELECT $1; SELECT 2", "more than one statement"),
    ("queries/x.sql", HEAD + "SELECT 1", "1 parameters are declared"),
    ("queries/x.sql", HEAD + "SELECT $2", "1 parameters are declared"),
    ("queries/x.sql", HEAD + "SELECT '$1'", "1 parameters are declared"),
    ("queries/X.sql", HEAD + "SELECT $1", "lower-case"),
    ("migrations/1_x.sql", "SELECT 1", "NNNN_thought"),
    ("migrations/0001_again.sql", "SELECT 1", "a number stands twice"),
    ("migrations/9999_late.sql", "SELECT 1", "is missing"),
])
def test_embed_sql_refuses(schema, tmp_path, name, text, complaint):
    (schema / name).write_text(text)
    done = embed(schema, tmp_path / "out")
    assert done.returncode == 1 and complaint in done.stderr


def test_embed_sql_keeps_what_is_quoted(schema, tmp_path):
    (schema / "queries" / "x.sql").write_text(HEAD + "SELECT $1 AS b, '--' AS \"/*\", $tag$ -- ; $9 $tag$ /* left_out\n; */ -- left_out")
    assert embed(schema, tmp_path / "out").returncode == 0
    text = (tmp_path / "out" / "statement_text.inc").read_text()
    assert '"SELECT $1 AS b, \'--\' AS \\"/*\\", $tag$ -- ; $9 $tag$' in text and "left_out" not in text


@pytest.mark.parametrize("change", ["add", "remove"])
def test_embed_sql_compares_the_list_with_the_folders(schema, tmp_path, change):
    listed = sorted(str(path.relative_to(schema)) for path in schema.glob("*/*.sql") if path.parent.name != "fixtures")
    if change == "add":
        (schema / "queries" / "x.sql").write_text(HEAD + "SELECT $1")
    else:
        (schema / "queries" / "client_find.sql").unlink()
    done = subprocess.run([EMBED, "build", schema, tmp_path, *listed], capture_output=True, text=True)
    assert done.returncode == 1 and ("not listed" if change == "add" else "not there") in done.stderr
