# SPDX-License-Identifier: Apache-2.0
"""The command line: every command, its exit codes, and what it prints."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import unicodedata

import pytest

import harness
from demo import SCOPES, Caller, number_of

DONE, FAILED, USAGE = 0, 1, 2
ROWS = "".join(file.read_text() for file in sorted((pathlib.Path(__file__).parents[2] / "server" / "app").glob("command_rows_*.c")))
COMMANDS = [tuple(word for word in found if word) for found in re.findall(r'^    \{"([a-z-]+)",\s*(?:"([a-z-]+)"|NULL),', ROWS, re.MULTILINE)]


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key()


@pytest.fixture(scope="module")
def overview(command_line):
    return command_line.run("--help").stdout


def exit_code(command_line, *words, **how):
    return command_line.run(*words, check=False, **how).returncode


def columns(table):
    return table.splitlines()[0].split()


# --- help, usage, exit codes --------------------------------------------------------------------------------------------------


def test_the_table_was_read():
    assert ("serve",) in COMMANDS and ("key", "create") in COMMANDS and len(COMMANDS) > 30


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command_line, overview, command):
    done = command_line.run(*command, "--help")
    assert done.stdout.startswith(f"Usage: hallmark {' '.join(command)}") and done.stderr == ""
    assert f"  hallmark {' '.join(command)} " in overview
    options = re.findall(r"^  --([a-z-]+)", done.stdout, re.MULTILINE)
    named = {name for name in options if re.search(r"secret|password|token$|master-key$", name)}
    assert not {name for name in named if not name.endswith("-file")}, "secrets are never taken from arguments"


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != ("serve",)], ids=" ".join)
def test_every_command_refuses_what_it_does_not_know(command_line, command):
    done = command_line.run(*command, "--no-such-flag=1", check=False)
    assert (done.returncode, done.stdout) == (USAGE, "") and "no-such-flag" in done.stderr
    assert f"hallmark {' '.join(command)} --help" in done.stderr, "a mistake in the usage names the help"


@pytest.mark.parametrize("words", [
    [], ["nothing"], ["key"], ["key", "nothing"], ["account", "create"], ["account", "create", "--name"], ["account", "create", "--name=a", "--name=b"],
    ["account", "show"], ["account", "show", "acc_00000000", "one too many"], ["account", "show", "acc_1"], ["account", "show", "usr_00000000001"],
    ["account", "list", "--format=xml"], ["user", "list", "extra"], ["key", "show", "nonsense"], ["member", "set", "--account=acc_00000001", "--user=1"],
    ["api", "create", "--name=x", "--prefix=/x", "--audience=https://x", "--token-seconds=many"], ["completion", "tcsh"],
    ["serve", "--threads=1000"], ["serve", "--listen=0.0.0.0:80"], ["serve", "--operations-listen=0.0.0.0:81"], ["serve", "--issuer=https://x/"],
    ["serve", "--tls-cert=/nowhere"], ["serve", "--master-key-file=/nowhere"], ["serve", "--trusted-proxy=10.0.0.1/8"],
    ["signing-key", "rotate", "--algorithm=HS256"], ["signing-key", "reseal"],
], ids=" ".join)
def test_wrong_usage_is_exit_code_2(command_line, words):
    done = command_line.run(*words, check=False)
    assert done.returncode == USAGE and done.stderr and done.stdout == ""


@pytest.mark.parametrize("words", [
    ["account", "show", "acc_00000zzz"], ["user", "show", "nobody@demo.example"], ["application", "show", "Nothing"], ["api", "show", "nothing"],
    ["collection", "show", "nothing"], ["user", "disable", "nobody@demo.example"], ["account", "close", "acc_00000zzz"],
    ["signing-key", "withdraw", "nothing"], ["member", "end", "--account=acc_00000zzz", "--user=usr_0000000000z"],
    ["application", "disable", "app_0000000000z"], ["application", "rename", "app_0000000000z", "--name=x"],
    ["user", "create", "--email=no-address", "--name=x"], ["collection", "create", "--api=api_0000000000z", "--name=x"],
    ["api", "create", "--name=Upper", "--prefix=/x", "--audience=https://x.example"], ["api", "create", "--name=x", "--prefix=x", "--audience=https://x.example"],
], ids=" ".join)
def test_what_cannot_be_done_is_exit_code_1(command_line, words):
    done = command_line.run(*words, check=False)
    assert done.returncode == FAILED and done.stderr.startswith("hallmark: ") and done.stdout == ""


def test_database_that_is_away_is_exit_code_1(command_line):
    for words in (["account", "list"], ["migrate"], ["serve"]):
        nowhere = {"HALLMARK_DATABASE_URL": "host=/nowhere", "HALLMARK_MIGRATION_URL": "host=/nowhere"}
        done = command_line.run(*words, check=False, environment=nowhere)
        assert done.returncode == FAILED and "/nowhere" in done.stderr, words


def test_version_manual_and_completions(command_line):
    assert re.fullmatch(r"hallmark [0-9.]+\n", command_line.run("--version").stdout)
    manual = command_line.run("manual").stdout
    for command in COMMANDS:
        assert " ".join(command) in manual
    for shell in ("bash", "zsh", "fish"):
        completion = command_line.run("completion", shell).stdout
        assert "signing-key" in completion and "withdraw" in completion
    subprocess.run(["bash", "-n"], input=command_line.run("completion", "bash").stdout, text=True, check=True)


def test_output_that_cannot_be_written_is_a_failure(command_line, key):
    """A secret that nobody saw is lost: whoever asked for it has to hear that."""
    with open("/dev/full", "wb") as full:
        for words in (["key", "replace", key.client_id], ["account", "list"], ["account", "list", "--format=json"], ["manual"]):
            settings = {"HALLMARK_DATABASE_URL": command_line.cluster.conninfo(), "HALLMARK_MIGRATION_URL": command_line.cluster.conninfo("hallmark_owner")}
            done = subprocess.run([harness.binary(), *words], stdout=full, stderr=subprocess.PIPE, env={**os.environ, **settings}, **harness.unprivileged())
            assert done.returncode == FAILED and done.stderr, words


# --- what is made is shown ----------------------------------------------------------------------------------------------------


def test_everything_that_is_made_is_listed_and_shown(demo, command_line, key):
    email = command_line.json("user", "list")[0]["email"]
    shown = {
        ("account", "show", key.account): key.account,
        ("application", "show", key.application_name): key.application,
        ("key", "show", key.client_id): key.client_id,
        ("user", "show", email): email,
        ("api", "show", "demo"): demo.api,
        ("collection", "show", "customers"): "customers",
    }
    for words, expected in shown.items():
        assert expected in command_line.json(*words)[0].values(), words
        table = command_line.run(*words).stdout
        assert expected in table and len(table.splitlines()) == 2, words
    lists = [("account", "list"), ("user", "list"), ("application", "list"), ("api", "list"), ("collection", "list"), ("signing-key", "list"),
             ("key", "list", f"--account={key.account}"), ("member", "list", f"--account={key.account}")]
    for words in lists:
        rows = command_line.json(*words)
        table = command_line.run(*words).stdout
        assert isinstance(rows, list) and len(table.splitlines()) == len(rows) + 1, words
        if rows:
            assert columns(table) == list(rows[0]), words
    assert command_line.json("member", "list", f"--account={demo.new_account()}") == []


def test_states_go_there_and_back(demo, command_line, key):
    user = demo.json("user", "create", "--email=there-and-back@demo.example", "--name=Tom")[0]
    steps = [
        (("account", "close", key.account), ("state", "closed")), (("account", "open", key.account), ("state", "active")),
        (("account", "api-off", key.account), ("api_access", False)), (("account", "api-on", key.account), ("api_access", True)),
        (("user", "disable", "there-and-back@demo.example"), ("state", "disabled")), (("user", "enable", "there-and-back@demo.example"), ("state", "active")),
        (("application", "disable", key.application), ("state", "disabled")), (("application", "enable", key.application), ("state", "active")),
        (("key", "disable", key.client_id), ("state", "disabled")), (("key", "enable", key.client_id), ("state", "active")),
        (("member", "set", f"--account={key.account}", f"--user={user['id']}", "--role=auditor", "--permissions=customers:read"), ("role", "auditor")),
        (("member", "end", f"--account={key.account}", f"--user={user['id']}"), ("state", "left")),
    ]
    for words, (column, value) in steps:
        row = command_line.json(*words)[0]
        assert row[column] == value, words
    once = demo.new_key()
    assert command_line.json("key", "delete", once.client_id)[0]["state"] == "deleted"
    for words in (("key", "enable", once.client_id), ("key", "replace", once.client_id)):
        assert exit_code(command_line, *words) == FAILED, "what was deleted stays deleted"


def test_what_exists_is_not_made_twice(demo, command_line):
    email = "Twice@demo.example"
    command_line.json("user", "create", f"--email={email}", "--name=A")
    for words in (["user", "create", f"--email={email.upper()}", "--name=B"], ["api", "create", "--name=demo", "--prefix=/other", "--audience=https://other.example"],
                  ["collection", "create", f"--api={demo.api}", "--name=customers"]):
        done = command_line.run(*words, check=False)
        assert done.returncode == FAILED and "there is one already" in done.stderr


# --- keys and secrets ---------------------------------------------------------------------------------------------------------


def test_mistyped_key_is_refused_before_any_look_up(command_line, key):
    for place in range(len(key.client_id)):
        for other in ("x", "0", "_"):
            typed = key.client_id[:place] + other + key.client_id[place + 1:]
            if typed == key.client_id:
                continue
            nowhere = {"HALLMARK_DATABASE_URL": "host=/nowhere", "HALLMARK_MIGRATION_URL": "host=/nowhere"}
            if place % 8 == 0:
                assert exit_code(command_line, "key", "replace", typed, environment=nowhere) == USAGE, typed
    swapped = key.client_id[:20] + key.client_id[21] + key.client_id[20] + key.client_id[22:]
    if swapped != key.client_id:
        done = command_line.run("key", "show", swapped, check=False)
        assert done.returncode == USAGE and "mistyped" in done.stderr


def test_secret_is_shown_once_and_stored_as_digest_only(demo, command_line, cluster, server):
    account = demo.new_account()
    words = ["key", "create", f"--account={account}", f"--application={demo.new_application()[0]}", f"--holder={demo.new_holder(account)}", "--name=Secret",
             f"--scopes={SCOPES}"]
    as_table = command_line.run(*words)
    secret = re.search(r"^Secret +(hms_[0-9A-Za-z]{57})$", as_table.stdout, re.MULTILINE)[1]
    client_id = re.search(r"^Key +(hmk_[0-9A-Za-z]+)$", as_table.stdout, re.MULTILINE)[1]
    assert "once" in as_table.stderr and secret not in as_table.stderr
    as_json = json.loads(command_line.run(*words, "--format=json").stdout)[0]
    assert set(as_json) == {"client_id", "secret"} and as_json["secret"] != secret
    for words in (["key", "show", client_id], ["key", "list", f"--account={account}"]):
        for shape in ("table", "json"):
            shown = command_line.run(*words, f"--format={shape}").stdout
            assert secret[-4:] in shown and secret[:12] not in shown, "a list shows the mask only"
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        token = caller.token()
        caller.create()
    dump = subprocess.run([harness.PG_BIN / "pg_dump", "--inserts", "-d", cluster.conninfo("hallmark_owner")], capture_output=True, check=True).stdout
    digest = hashlib.sha256(secret.encode()).hexdigest().encode()
    assert digest in dump
    for hidden in (secret, as_json["secret"], key.secret, token, token.split(".")[2]):
        assert hidden.encode() not in dump and hidden.encode().hex().encode() not in dump


def test_key_reaches_no_further_than_its_holder(demo, command_line):
    account = demo.new_account()
    holder = demo.new_holder(account, permissions="customers:read customers:write")
    words = ["key", "create", f"--account={account}", f"--application={demo.new_application()[0]}", f"--holder={holder}", "--name=Wide"]
    refused = command_line.run(*words, "--scopes=customers:read products:read", check=False)
    assert refused.returncode == FAILED and "products:read" in refused.stderr
    assert command_line.json("key", "list", f"--account={account}") == []
    assert command_line.run(*words, "--scopes=customers:read").returncode == DONE
    stranger = demo.new_holder(demo.new_account())
    refused = command_line.run(*[word.replace(holder, stranger) for word in words], "--scopes=customers:read", check=False)
    assert refused.returncode == FAILED and "no active member" in refused.stderr


def test_replaced_secret(demo, command_line, server):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        old_token = caller.token()
        first = command_line.json("key", "replace", key.client_id)[0]
        assert first["client_id"] == key.client_id
        assert caller.ask_for_token().status == 401, "replaced at once: the old secret is refused"
        assert caller.call("GET", "customers", authorization=f"Bearer {old_token}").status == 401, "and so are its tokens"
        new = caller.ask_for_token(secret=first["secret"])
        assert new.status == 200
        second = command_line.json("key", "replace", key.client_id, "--old-until=2100-01-01T00:00:00Z")[0]
        for secret in (first["secret"], second["secret"]):
            assert caller.ask_for_token(secret=secret).status == 200, "both live while one replaces the other"
        assert caller.call("GET", "customers", authorization=f"Bearer {new.json()['access_token']}").status == 200
        third = command_line.run("key", "replace", key.client_id, "--old-until=2100-01-01T00:00:00Z", check=False)
        assert third.returncode == FAILED and "two live secrets" in third.stderr, "two live at most"


def test_old_secret_ends_when_it_was_said(demo, command_line, server, cluster):
    key = demo.new_key()
    end = cluster.query("SELECT to_char((now() + interval '1.5 s') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")[0][0]
    new = command_line.json("key", "replace", key.client_id, f"--old-until={end}")[0]
    with Caller(server.port, key) as caller:
        assert caller.ask_for_token().status == 200
        harness.wait_until(lambda: caller.ask_for_token().status == 401, 5, "the end of the old secret")
        assert cluster.query("SELECT now() >= %s::timestamptz", [end]) == [(True,)], "not before its time"
        assert caller.ask_for_token(secret=new["secret"]).status == 200


def test_key_with_a_beginning_and_an_end(demo, command_line, server):
    account = demo.new_account()
    words = ["key", "create", f"--account={account}", f"--application={demo.new_application()[0]}", f"--holder={demo.new_holder(account)}", "--name=Timed",
             "--scopes=customers:read"]
    base = demo.new_key()
    cases = [(["--not-before=2100-01-01T00:00:00Z"], 401), (["--expires=2020-01-01T00:00:00Z"], 401),
             (["--not-before=2020-01-01T00:00:00Z", "--expires=2100-01-01T00:00:00Z"], 200)]
    for times, status in cases:
        made = command_line.json(*words, *times)[0]
        timed = type(base)(**{**base.__dict__, "client_id": made["client_id"], "secret": made["secret"]})
        with Caller(server.port, timed) as caller:
            assert caller.ask_for_token().status == status, times
    assert exit_code(command_line, *words, "--not-before=2100-01-01", "--expires=2020-01-01") == FAILED
    assert exit_code(command_line, *words, "--expires=next tuesday, maybe") in (FAILED, USAGE)


# --- names --------------------------------------------------------------------------------------------------------------------

NAMES = {
    "right to left": "شركة الأمثلة — חשבוניות",
    "combining": "Cafe\u0301 Zu\u0308rich \u0915\u094d\u0937",
    "emoji with joiners": "Team \U0001f469\u200d\U0001f4bb \U0001f1f3\U0001f1f4",
    "wide": "請求書インポーター",
    "quotes": "O'Neil \"& Sons\" \\ {}; DROP TABLE x --",
    "looks like a flag": "--name",
    "longest": "ż" * 200,
    "one": "x",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_come_back_as_they_were_given(demo, command_line, server, name):
    made = command_line.json("account", "create", f"--name={name}")[0]
    assert made["name"] == name and command_line.json("account", "show", made["id"])[0]["name"] == name
    table = command_line.run("account", "show", made["id"]).stdout.splitlines()
    assert len(table) == 2 and name in table[1]
    application = demo.new_application(name)
    with Caller(server.port, demo.new_key(account=made["id"], application=application, name=name)) as caller:
        record = caller.create()
        change = caller.call("GET", f"customers/{record}/history").json()["changes"][0]
        assert (change["application"]["name"], change["key"]["name"]) == (name, name) and name in change["sentence"]


@pytest.mark.parametrize("name", ["", " ", "\t", "a\nb", "a\rb", "a\x1b[31mb", "a\x7fb", "ż" * 200 + "x", b"\xff\xfe", b"caf\xe9", b"\xc0\x80", b"\xed\xa0\x80"])
def test_names_that_are_none_are_refused(command_line, name):
    before = len(command_line.json("account", "list"))
    argument = b"--name=" + name if isinstance(name, bytes) else f"--name={name}".encode()
    done = subprocess.run([harness.binary(), "account", "create", argument], capture_output=True, **harness.unprivileged(),
                          env={**os.environ, "HALLMARK_DATABASE_URL": command_line.cluster.conninfo(), "HALLMARK_MIGRATION_URL": command_line.cluster.conninfo("hallmark_owner")})
    assert done.returncode in (FAILED, USAGE) and done.stdout == b"" and done.stderr
    assert len(command_line.json("account", "list")) == before


@pytest.mark.parametrize("character", ["\u0085", "\u009b31m", "\u202e", "\u2028", "\u2066"])
def test_names_do_not_steer_the_terminal(command_line, character):
    """Control characters beyond ASCII, line separators and changes of direction: refused, or not printed as they are."""
    done = command_line.run("account", "create", f"--name=a{character}b", check=False)
    if done.returncode == DONE:
        assert not any(unicodedata.category(each) == "Cc" and each != "\n" or each in "\u202e\u2028\u2066" for each in done.stdout), ascii(done.stdout)
        assert len(done.stdout.splitlines()) == 2


# --- the server's own arguments -----------------------------------------------------------------------------------------------


def test_master_key_file_has_to_be_private_and_well_formed(command_line, cluster):
    cases = {"readable by others": ("ab" * 32, 0o644), "too short": ("ab" * 31, 0o600), "too long": ("ab" * 33, 0o600), "no hexadecimal": ("zz" * 32, 0o600), "empty": ("", 0o600)}
    for name, (text, mode) in cases.items():
        path = cluster.folder / "bad.key"
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)
        who = harness.unprivileged()
        if who:
            os.chown(path, who["user"], who["group"])
        done = command_line.run("serve", f"--master-key-file={path}", check=False)
        assert done.returncode == USAGE and str(path) in done.stderr and not (text and text in done.stderr), name


def test_master_key_from_the_environment_does_not_stay_there(cluster):
    key = cluster.master_key_file.read_text().strip()
    port, operations_port = harness.free_port(), harness.free_port()
    command = [harness.binary(), "serve", f"--listen=127.0.0.1:{port}", f"--operations-listen=127.0.0.1:{operations_port}"]
    process = harness.Process(command, {"HALLMARK_DATABASE_URL": cluster.conninfo(), "HALLMARK_MASTER_KEY": key})
    with contextlib.closing(process):
        process.wait_for_log(lambda line: line["event"] == "serving", 60)
        assert key.encode() not in pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
        assert key.encode() not in pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert process.stop() == 0, process.errors()


def test_accounts_are_numbers_in_the_tables(demo, cluster):
    account = demo.new_account("Number Ltd")
    assert cluster.query("SELECT name FROM hallmark.account WHERE id = %s", [number_of(account)]) == [("Number Ltd",)]
