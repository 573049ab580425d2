# SPDX-License-Identifier: Apache-2.0
"""The command line over HTTP: what it prints is what it prints beside the database, and nobody on the way gets at the key."""

import itertools
import json
import os
import re
import subprocess

import pytest

import harness
from between import Between
from demo import SCOPES, own_folder, serving
from test_management import OPERATOR_WORDS, WORDS

DONE, FAILED, USAGE, BESIDE = 0, 1, 2, 3
TOKEN = "/oauth2/token"
METADATA = "/.well-known/oauth-authorization-server"
NOWHERE = {"HALLMARK_DATABASE_URL": "host=/nowhere", "HALLMARK_MIGRATION_URL": "host=/nowhere", "HALLMARK_MASTER_KEY_FILE": ""}
JSON = {"Content-Type": "application/json"}
_numbers = itertools.count(1)


def own(path, mode=0o600):
    path.chmod(mode)
    if os.getuid() == 0:
        who = harness.unprivileged()
        os.chown(path, who["user"], who["group"])
    return path


class Remote:
    """`hallmark` commands with a server's URL and a key, and without any database."""

    def __init__(self, command_line, folder, url, key):
        self.command_line, self.url, self.key = command_line, url, key
        self.file = folder / f"key-{next(_numbers)}"
        self.file.write_text(f"{key.client_id}\n{key.secret}\n")
        own(self.file)

    def run(self, *words, check=True, url=None, **environment):
        settings = {**NOWHERE, "HALLMARK_URL": url or self.url, "HALLMARK_KEY_FILE": str(self.file), **environment}
        done = self.command_line.run(*words, check=check, environment=settings)
        assert self.key.secret not in done.stdout + done.stderr
        return done

    def json(self, *words, **how):
        return json.loads(self.run(*words, "--format=json", **how).stdout)

    def one(self, *words, **how):
        [row] = self.json(*words, **how)
        return row

    def refused(self, *words, code=FAILED, **how):
        """Standard error of a command that must fail, and print nothing."""
        done = self.run(*words, check=False, **how)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert re.fullmatch(r"hallmark: [^\n]+\n(Try: [^\n]+\n)?", done.stderr), done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def folder():
    with own_folder("hallmark-remote-") as made:
        yield made


@pytest.fixture(scope="module")
def operator(demo):
    account = demo.new_account("Operator")
    demo.json("account", "operator-on", account)
    return demo.new_key(account, demo.new_holder(account), scopes=" ".join([*WORDS, *OPERATOR_WORDS, "owners:write", *SCOPES.split()]))


@pytest.fixture(scope="module")
def remote(command_line, folder, server, operator):
    return Remote(command_line, folder, server.url, operator)


@pytest.fixture(scope="module")
def world(demo):
    """An account with a member, an application, a key, an office and a link."""
    key = demo.new_key(name="Zażółć 💙 \"<b>\"")
    office = demo.new_account("Office Ltd")
    office_key = demo.new_key(office, demo.new_holder(office), name="All clients", office=True)
    template = demo.json("template", "create", f"--account={office}", "--name=Bookkeeping", "--scopes=customers:read")[0]["id"]
    demo.json("link", "create", f"--key={office_key.client_id}", f"--accounts={key.account}", f"--template={template}")
    email = demo.json("member", "list", f"--account={key.account}")[0]["email"]
    return {"account": key.account, "key": key.client_id, "application": key.application, "application_name": key.application_name, "email": email,
            "holder": key.holder, "office": office, "office_key": office_key.client_id, "template": template}


# --- the same as beside the database --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    "account list", "account show {account}", "activation show", "user list", "user show {email}", "member list --account={account}",
    "application list", "application list --account={account}", "application show {application_name}",
    "application show {application_name} --account={account}", "key list --account={account}",
    "key show {key}", "key secrets {key}", "template list --account={office}", "template show {template} --account={office}",
    "link list --key={office_key}", "office list --account={account}", "api list", "api show demo", "collection list", "collection show customers",
    "signing-key list", "member show --account={account} --user={holder}", "link show --key={office_key} --account={account}", "revocation list",
    "application show-logout {application}", "application show-identity {application}", "grant list --account={account}", "history who-could --account={account} --scope=customers:write --at=2030-01-01T00:00:00Z",
    "history touched --account={account} --key={key}",
])
def test_what_is_read_is_the_same(command_line, remote, world, words):
    words = [word.format(**world) for word in words.split(" ")]
    for form in ("table", "json"):
        beside = command_line.run(*words, f"--format={form}").stdout
        assert beside.count("\n") >= 1 and "{" + words[0] not in beside
        assert remote.run(*words, f"--format={form}").stdout == beside


def test_nothing_is_an_empty_list(remote, demo):
    account = demo.new_account("Empty Ltd")
    assert remote.json("key", "list", f"--account={account}") == []
    empty = remote.run("key", "list", f"--account={account}").stdout
    assert empty == demo.command_line.run("key", "list", f"--account={account}").stdout and empty.startswith("client_id")


def test_pages_are_put_together(remote, demo):
    """More rows than a page has."""
    account = demo.new_account("Many Ltd")
    for _ in range(3):
        demo.json("template", "create", f"--account={account}", "--name=One", "--scopes=customers:read")
    demo.cluster.query("""INSERT INTO hallmark.access_template (account_id, id, name, scopes)
        SELECT account_id, id + n, 'T' || n, scopes FROM hallmark.access_template, generate_series(1, 150) AS n
        WHERE account_id = (SELECT max(account_id) FROM hallmark.access_template WHERE name = 'One')""")
    rows = remote.json("template", "list", f"--account={account}")
    assert len({row["id"] for row in rows}) == len(rows) == 453


def test_account_is_made_changed_and_closed(remote, command_line):
    made = remote.one("account", "create", "--name=Zoë & Söhne")
    account = made["id"]
    assert made["name"] == "Zoë & Söhne" and command_line.json("account", "show", account) == [made]
    assert remote.one("account", "api-off", account)["api_access"] is False
    assert remote.one("account", "api-on", account)["api_access"] is True
    assert remote.one("account", "rules", account, "--keys=one", "--confirm-wide=true")["keys_rule"] == "one"
    assert remote.one("account", "close", account)["state"] == "closed"
    assert remote.one("account", "open", account)["state"] == "active"
    assert "neither true nor false" in remote.refused("account", "rules", account, "--confirm-wide=perhaps", code=USAGE)


def test_person_is_made_disabled_and_found_by_address(remote):
    email = f"pat{next(_numbers)}@remote.example"
    made = remote.one("user", "create", f"--email={email}", "--name=Pat")
    assert remote.one("user", "show", email.upper()) == made
    assert remote.one("user", "disable", email)["state"] == "disabled" and remote.one("user", "enable", email)["state"] == "active"
    assert "no such person" in remote.refused("user", "show", "nobody@remote.example")


def test_member_is_invited_changed_and_ended(remote, demo):
    account, email = demo.new_account("Members Ltd"), f"mo{next(_numbers)}@remote.example"
    made = remote.one("member", "invite", f"--account={account}", f"--email={email}", "--name=Mo", "--role=member", "--permissions=customers:read")
    assert (made["role"], made["permissions"]) == ("member", "customers:read")
    of = (f"--account={account}", f"--user={made['user_id']}")
    changed = remote.one("member", "set", *of, "--role=auditor", "--permissions=customers:read customers:write")
    assert (changed["role"], changed["permissions"]) == ("auditor", "customers:read customers:write")
    assert remote.json("member", "end", *of) == [] and remote.json("member", "list", *of[:1])[0]["state"] == "left"
    assert "no_such" in remote.refused("member", "set", of[0], "--user=usr_0000000000z", "--role=member")


def test_application_is_made_renamed_and_disabled(remote, demo):
    account, name = demo.new_account("Apps Ltd"), f"Zażółć 💙 {next(_numbers)}"
    shared = remote.one("application", "create", f"--name={name}", "--maker=M", "--scopes=customers:read")
    mine = remote.one("application", "create", f"--name={name}", f"--account={account}", "--description=d")
    assert remote.one("application", "rename", mine["id"], f"--name={name} 2", f"--account={account}")["name"] == f"{name} 2"
    assert remote.one("application", "disable", shared["id"])["state"] == "disabled"
    assert remote.one("application", "enable", shared["id"])["state"] == "active"
    assert remote.one("application", "limit", shared["id"], "--requests=5", "--seconds=7")["requests"] == 5
    assert remote.one("application", "show", f"{name} 2", f"--account={account}")["id"] == mine["id"]
    remote.refused("application", "rename", mine["id"], "--name=x")  # an account's own: --account is missing


def test_key_is_made_used_changed_and_deleted(remote, demo, server, command_line):
    from demo import Caller, Key
    account = demo.new_account("Keys Ltd")
    holder, (application, application_name) = demo.new_holder(account), demo.new_application()
    words = ("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--name=Night run 💙")
    made = remote.one(*words, "--scopes=customers:read", "--expires=2099-01-01T00:00:00Z")
    assert set(made) == {"client_id", "secret"}
    key = Key(made["client_id"], made["secret"], "", account, application, application_name, holder, "")
    with Caller(server.port, key) as caller:
        assert caller.ask_for_token().status == 200
    table = remote.run(*words, "--preset=holder_now")
    assert re.fullmatch(r"Key     hmk_\w+\nSecret  hms_\w+\n", table.stdout) and "Night run 💙" in table.stderr
    of = key.client_id
    assert command_line.json("key", "show", of)[0]["expires_at"].startswith("2099-01-01")
    changed = remote.one("key", "change", of, "--name=Day run", "--expires=infinity", "--scopes=customers:read customers:write")
    assert (changed["name"], changed["expires_at"], changed["scopes"]) == ("Day run", None, "customers:read customers:write")
    second = remote.one("key", "replace", of, "--old-until-uses=3")
    assert second["client_id"] == of and second["secret"] != key.secret and len(remote.json("key", "secrets", of)) == 2
    assert remote.one("key", "allow-address", of, "--addresses=192.0.2.0/24 2001:db8::/32")["addresses"]
    assert remote.one("key", "limit", of, "--requests=100")["requests"] == 100
    assert remote.one("key", "disable", of)["state"] == "disabled" and remote.one("key", "enable", of)["state"] == "active"
    assert remote.json("key", "delete", of) == [] and command_line.json("key", "show", of)[0]["state"] == "deleted"


def test_template_and_link_are_made_changed_and_ended(remote, demo, folder):
    office = demo.new_account("Office Ltd")
    key = demo.new_key(office, demo.new_holder(office), office=True).client_id
    clients = [demo.new_account(f"Client {number}") for number in range(3)]
    template = remote.one("template", "create", f"--account={office}", "--name=Reading", "--scopes=customers:read")["id"]
    assert remote.one("template", "revise", template, f"--account={office}", "--scopes=customers:read customers:write")["version"] == 2
    assert remote.one("link", "create", f"--key={key}", f"--accounts={clients[0]}", f"--template={template}", "--template-version=1")["account_id"] == clients[0]
    file = folder / "accounts"
    file.write_text("\n".join(clients[1:]) + "\n")
    assert len(remote.json("link", "create", f"--key={key}", f"--file={own(file)}", f"--template={template}")) == 2
    assert {row["account_id"] for row in remote.json("link", "list", f"--key={key}")} == set(clients)
    assert remote.one("link", "change", f"--key={key}", f"--account={clients[0]}", f"--template={template}")["template_version"] == 2
    assert remote.one("office", "deny", f"--account={clients[0]}", f"--office={office}")
    assert remote.one("office", "allow", f"--account={clients[0]}", f"--office={office}")
    assert remote.json("link", "end", f"--key={key}", f"--account={clients[0]}") == []
    assert {row["account_id"]: row["state"] for row in remote.json("link", "list", f"--key={key}")}[clients[0]] == "ended"


def test_api_and_collection_are_made(remote):
    word = f"remote{next(_numbers)}"
    api = remote.one("api", "create", f"--name={word}", f"--prefix=/{word}", f"--audience=https://{word}.example", "--token-seconds=60")
    row = remote.one("collection", "create", f"--api={api['id']}", f"--name={word}", "--versions=v1 v2", "--methods=GET", '--required={"Name":"string"}')
    assert row["name"] == word and remote.one("api", "show", word) == api
    assert "no JSON object" in remote.refused("collection", "create", f"--api={api['id']}", "--name=x", "--required=[]", code=USAGE)


def test_history_names_the_key_that_asked(remote, command_line, operator):
    account = remote.one("account", "create", "--name=Told Ltd")["id"]
    export = command_line.run("history", "touched", f"--account={account}", f"--key={operator.client_id}").stdout
    assert account in export or "account" in export


# --- what is not there ----------------------------------------------------------------------------------------------------------------


def test_what_the_management_api_alone_could_change(remote, demo):
    """Commands that came with it: each also works beside the database."""
    account, word = demo.new_account("Old Ltd"), f"later{next(_numbers)}"
    assert remote.one("account", "rename", account, "--name=New Ltd")["name"] == "New Ltd"
    assert demo.json("account", "rename", account, "--name=Newer Ltd")[0]["name"] == "Newer Ltd"
    person = remote.one("user", "create", f"--email={word}@remote.example", "--name=A")
    assert remote.one("user", "change", person["id"], f"--email={word}2@remote.example", "--name=B")["name"] == "B"
    assert demo.json("user", "change", person["id"], "--name=C")[0]["email"] == f"{word}2@remote.example"
    application = remote.one("application", "create", f"--name={word}")["id"]
    assert remote.one("application", "change", application, "--maker=M", "--scopes=customers:read")["scopes"] == "customers:read"
    assert demo.json("application", "change", application, "--description=D")[0]["maker"] == "M"
    assert remote.one("application", "logout", application, "--redirect-uris=https://a.example/out")["post_logout_redirect_uris"] == "https://a.example/out"
    api = remote.one("api", "create", f"--name={word}", f"--prefix=/{word}", f"--audience=https://{word}.example")["id"]
    assert remote.one("api", "change", api, "--token-seconds=120")["token_seconds"] == 120
    assert demo.json("api", "change", api, "--state=disabled")[0]["state"] == "disabled"
    remote.one("collection", "create", f"--api={api}", f"--name={word}")
    assert remote.one("collection", "change", word, '--required={"Name":"string"}')["required"] == {"Name": "string"}
    assert demo.json("collection", "change", word, "--state=disabled")[0]["state"] == "disabled"
    made = ("revocation", "add", "--kind=jti", f"--subject={word}", "--until=2099-01-01T00:00:00Z")
    assert remote.one(*made)["subject"] == word and demo.json(*made)[0]["subject"] == word
    assert word in [row["subject"] for row in remote.json("revocation", "list")]


def test_rights_are_told_to_whoever_gives_them(remote, demo):
    account = demo.new_account("Rights Ltd")
    holder = demo.new_holder(account, "customers:read")
    words = ("key", "rights", f"--account={account}", f"--holder={holder}")
    beside, here = ({row["scope"]: row["may_be_given"] for row in rows} for rows in (demo.json(*words), remote.json(*words)))
    assert beside.keys() == here.keys() and beside["customers:read"] and not beside["customers:write"] and here["customers:read"]


@pytest.mark.parametrize("words, why", [
    ("account operator-on {account}", "operator"), ("user totp-on {email}", "master key"), ("signing-key rotate", "/admin/v1/signing-keys"),
    ("history export --account={account}", "history"), ("checkpoint show", "history"), ("person erase {holder} --yes", "brings back"),
    ("client create --application={application}", "does not offer"), ("lifetime list", "does not offer"),
])
def test_what_works_only_beside_the_database_says_so(remote, world, words, why):
    words = [word.format(**world) for word in words.split(" ")]
    told = remote.refused(*words, code=BESIDE)
    assert "works only beside the database" in told and why in told and "HALLMARK_URL" in told


def test_a_word_that_does_not_fit_is_named(remote, world):
    assert "without --account" in remote.refused("template", "create", "--name=x", "--scopes=customers:read", code=BESIDE)
    assert "with --by" in remote.refused("key", "confirm", world["key"], f"--by={world['holder']}", code=BESIDE)


def test_a_database_on_the_command_line_counts_for_more(command_line, remote, world):
    done = command_line.run("account", "show", world["account"], f"--migration-url={command_line.cluster.conninfo('hallmark_owner')}",
                            environment={"HALLMARK_URL": "http://127.0.0.1:1"})
    assert world["account"] in done.stdout
    assert "/nowhere" in remote.run("account", "list", "--database-url=host=/nowhere", check=False).stderr


# --- the key --------------------------------------------------------------------------------------------------------------------------


def test_key_file_that_others_can_read_is_refused(remote, folder):
    for mode in (0o644, 0o640, 0o604, 0o700, 0o620):
        copy = folder / "open"
        copy.write_text(remote.file.read_text())
        own(copy, mode)
        assert "chmod 600" in remote.refused("account", "list", f"--key-file={copy}", code=USAGE)
    link = folder / "link"
    link.symlink_to(remote.file)
    assert "symbolic link" in remote.refused("account", "list", f"--key-file={link}", code=USAGE)
    assert "No such file" in remote.refused("account", "list", f"--key-file={folder}/none", code=USAGE)
    assert "--key-file" in remote.refused("account", "list", code=USAGE, HALLMARK_KEY_FILE="")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_key_file_of_somebody_else_is_refused(remote, folder):
    copy = folder / "theirs"
    copy.write_text(remote.file.read_text())
    copy.chmod(0o666)
    told = remote.refused("account", "list", f"--key-file={copy}", code=USAGE)
    assert "belongs to somebody else" in told


def test_json_of_key_create_is_a_key_file(remote, demo, server, folder):
    made = demo.command_line.run("key", "create", f"--account={remote.key.account}", f"--application={remote.key.application}",
                                 f"--holder={remote.key.holder}", "--name=Made", "--scopes=accounts:read", "--format=json").stdout
    file = folder / "made.json"
    file.write_text(made)
    own(file)
    assert remote.json("account", "list", f"--key-file={file}")


def test_wrong_key_is_told_so(command_line, folder, server, demo):
    key, other = demo.new_key(), demo.new_key()
    mixed = Remote(command_line, folder, server.url, key)
    mixed.file.write_text(f"{key.client_id}\n{other.secret}\n")
    assert "invalid_client" in mixed.refused("account", "list")
    mixed.file.write_text(f"{key.client_id}\n{key.secret[:-1]}x\n")
    told = mixed.refused("account", "list", code=USAGE)
    assert "mistyped" in told and key.secret[:-1] not in told


def test_missing_right_is_named(command_line, folder, server, demo):
    key = demo.new_key(scopes="keys:read customers:read")
    clerk = Remote(command_line, folder, server.url, key)
    assert clerk.json("key", "list", f"--account={key.account}")
    told = clerk.refused("account", "list")
    assert "accounts:read" in told and "insufficient_scope" in told
    assert "keys:write" in clerk.refused("key", "replace", key.client_id)
    assert clerk.refused("key", "list", f"--account={demo.new_account()}")


# --- values that people write ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "💙" * 100, "'; DROP TABLE hallmark.account; --", "<script>", "%s%n", "../../..", "a\"b\\c", "Zażółć gęślą jaźń"])
def test_names_arrive_as_they_were_written(remote, name):
    assert remote.one("account", "create", f"--name={name}")["name"] == name


@pytest.mark.parametrize("name", ["", "💙" * 101, "x" * 60000, "a\nb", "a\u202eb"])
def test_names_that_are_none_are_refused(remote, name):
    assert "name" in remote.refused("account", "create", f"--name={name}") or len(name) > 1000


def test_name_that_is_no_text_is_refused(remote, server):
    settings = {**os.environ, **NOWHERE, **harness.sanitizer_environment(), "HALLMARK_URL": server.url, "HALLMARK_KEY_FILE": str(remote.file)}
    done = subprocess.run([harness.binary(), "account", "create", b"--name=\xff\xfe"], env=settings, cwd="/tmp", capture_output=True, **harness.unprivileged())
    assert done.returncode == USAGE and b"UTF-8" in done.stderr


# --- two admins at once ----------------------------------------------------------------------------------------------------------------


def test_change_of_an_old_version_is_refused(remote, command_line):
    account = remote.one("account", "create", "--name=Versions")
    command_line.json("account", "api-off", account["id"])
    told = remote.refused("account", "close", account["id"], f"--expected-version={account['version']}")
    assert "changed_meanwhile" in told and command_line.json("account", "show", account["id"])[0]["state"] == "active"
    assert remote.one("account", "close", account["id"], f"--expected-version={account['version'] + 1}")["state"] == "closed"
    assert "a number" in remote.refused("account", "open", account["id"], "--expected-version=0", code=USAGE)


def test_expected_version_is_never_passed_over(remote, command_line, world):
    assert "no" in remote.refused("office", "deny", f"--account={world['account']}", f"--office={world['office']}", "--expected-version=1", code=USAGE)
    done = command_line.run("account", "api-off", world["account"], "--expected-version=1", check=False)
    assert done.returncode == USAGE and "--url" in done.stderr


@pytest.fixture
def behind(cluster, command_line, folder, operator):
    """A server behind somebody: (Between, Remote)."""
    with Between() as between, serving(cluster, issuer=between.url) as server:
        between.port = server.port
        yield between, Remote(command_line, folder, between.url, operator)


def test_somebody_who_is_faster_is_not_overwritten(behind, command_line):
    between, remote = behind
    account = remote.one("account", "create", "--name=Race")["id"]
    path = f"/admin/v1/accounts/{account}/state"

    def after_another(handler):
        command_line.json("account", "api-off", account)
        handler.say(*handler.pass_on())

    between.answers["PUT", path] = after_another
    assert "changed_meanwhile" in remote.refused("account", "close", account)
    assert command_line.json("account", "show", account)[0]["state"] == "active"


# --- answers that are lost --------------------------------------------------------------------------------------------------------------


def lose_first(between, method, path):
    """The first request is done, and its answer lost."""
    lost = []

    def answer(handler):
        done = handler.pass_on()
        lost.append(done)
        if len(lost) == 1:
            handler.hang_up()
        else:
            handler.say(*done)

    between.answers[method, path] = answer
    return lost


def test_lost_answer_is_asked_for_again(behind, command_line):
    between, remote = behind
    lost = lose_first(between, "POST", "/admin/v1/accounts")
    name = f"Once {next(_numbers)}"
    made = remote.one("account", "create", f"--name={name}")
    assert len(lost) == 2 and [row["id"] for row in command_line.json("account", "list") if row["name"] == name] == [made["id"]]
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in between.heard_of("POST", "/admin/v1/accounts")}
    assert len(keys) == 1


def test_lost_secret_is_told_to_be_lost(behind, demo, command_line):
    between, remote = behind
    account = demo.new_account("Lost Ltd")
    holder, application = demo.new_holder(account), demo.new_application()[0]
    lose_first(between, "POST", f"/admin/v1/accounts/{account}/keys")
    told = remote.refused("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--name=K", "--scopes=customers:read")
    [key] = command_line.json("key", "list", f"--account={account}")
    assert key["client_id"] in told and "key replace" in told


def test_lost_change_is_not_made_twice(behind, command_line):
    between, remote = behind
    account = remote.one("account", "create", "--name=Lost change")["id"]
    lost = lose_first(between, "PUT", f"/admin/v1/accounts/{account}/state")
    assert "look at it before you ask again" in remote.refused("account", "close", account)
    assert len(lost) == 1 and command_line.json("account", "show", account)[0]["state"] == "closed"
    lost = lose_first(between, "GET", f"/admin/v1/accounts/{account}")
    assert remote.one("account", "show", account)["state"] == "closed" and len(lost) == 2


# --- servers that are away, or are none --------------------------------------------------------------------------------------------------


def test_server_that_is_away(remote):
    url = f"http://127.0.0.1:{harness.free_port()}"
    told = remote.refused("account", "list", url=url)
    assert url in told and "cannot be reached" in told


@pytest.mark.parametrize("url", ["http://auth.example.com", "https://auth.example.com/", "https://AUTH.example.com", "auth.example.com", "ftp://127.0.0.1",
                                 "https://user:secret@auth.example.com", "https://auth.example.com/path", "http://127.0.0.1.example.com", "https://a b"])
def test_url_that_is_no_issuer(remote, url):
    assert "issuer" in remote.run("account", "list", url=url, check=False).stderr
    assert remote.run("account", "list", url=url, check=False).returncode == USAGE


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"], check=True, capture_output=True)
    return own(folder / f"{name}.crt", 0o644), own(folder / f"{name}.key")


def test_certificate_is_checked(command_line, cluster, folder, operator):
    certificate, key = make_certificate(folder, "IP:127.0.0.1")
    other, _ = make_certificate(folder, "DNS:other.example")
    with serving(cluster, tls_cert=certificate, tls_key=key) as server:
        safe = Remote(command_line, folder, server.url, operator)
        assert "certificate" in safe.refused("account", "list")
        assert "certificate" in safe.refused("account", "list", f"--ca-file={other}")
        assert safe.refused("account", "list", f"--ca-file={folder}/none")
        assert safe.json("account", "list", f"--ca-file={certificate}")
    certificate, key = make_certificate(folder, "DNS:elsewhere.example")
    with serving(cluster, tls_cert=certificate, tls_key=key) as server:
        assert "127.0.0.1" in Remote(command_line, folder, server.url, operator).refused("account", "list", f"--ca-file={certificate}")


@pytest.fixture
def pretender(command_line, folder, operator):
    """Somebody who gives out tokens, and says otherwise what a test tells: (Between, Remote)."""
    with Between() as between:
        metadata = {"issuer": between.url, "token_endpoint": between.url + TOKEN}
        between.answers["GET", METADATA] = (200, JSON, json.dumps(metadata))
        between.answers["POST", TOKEN] = (200, JSON, '{"access_token":"t0ken","token_type":"Bearer"}')
        yield between, Remote(command_line, folder, between.url, operator)


@pytest.mark.parametrize("status, media, body, words", [
    (200, "text/html", "<html><script>alert(1)</script>", "not with JSON"), (502, "text/html", "<h1>Bad gateway", "502"),
    (200, "application/json", "<html>", "no JSON"), (200, "application/json", "", "no JSON"), (200, "application/json", "[]", "no JSON"),
    (200, "application/json", '{"items":[1]}', "no list"), (200, "application/json", '{"items":{}}', "no list"), (200, "application/json", "{}", "no list"),
    (200, "application/json", '{"items":[],"items":[]}', "no JSON"), (200, "application/json", '{"items":[{"a":' + "[" * 100000, "no JSON"),
    (200, "application/json", b'{"items":[{"a":"\xff"}]}', "no JSON"), (500, "application/json", "{}", "500"), (404, "text/plain", "no", "404"),
    (403, "application/problem+json", '{"code":"c\\u001b[2J","detail":"a\\u001b]0;x\\u0007\\u009b1mb"}', "a?]0;x"),
    (301, "text/html", "", "301"), (100000 % 1000 + 299, "application/json", '{"items":[]', "no JSON"),
])
def test_answer_that_is_none(pretender, status, media, body, words):
    between, remote = pretender
    between.answers["GET", "/admin/v1/accounts"] = (status, {"Content-Type": media}, body)
    told = remote.refused("account", "list")
    assert words in told and "\x1b" not in told and "\x9b" not in told


def test_huge_answer_is_cut_off(pretender):
    between, remote = pretender
    between.answers["GET", "/admin/v1/accounts"] = (200, JSON, b'{"items":[' + b" " * (17 << 20) + b"]}")
    assert "larger than 16 megabytes" in remote.refused("account", "list")


def test_control_characters_do_not_reach_the_terminal(pretender):
    between, remote = pretender
    between.answers["GET", "/admin/v1/accounts"] = (200, JSON, '{"items":[{"id":"\\u001b[2J","\\u001bx":"\\n"}]}')
    assert "\x1b" not in remote.run("account", "list").stdout
    between.answers["GET", "/admin/v1/accounts"] = (200, JSON, '{"items":[{"id":"a\x9bb\x7fc\xa0é"}]}'.encode())
    assert remote.run("account", "list").stdout == "id\na?b?c\xa0é\n"
    shown = remote.run("account", "list", "--format=json").stdout
    assert "\x9b" not in shown and json.loads(shown) == [{"id": "a\x9bb\x7fc\xa0é"}]


def test_no_redirect_is_followed(pretender, server):
    between, remote = pretender
    with Between() as elsewhere:
        for where, words in ((("GET", METADATA), "302"), (("POST", TOKEN), "307"), (("GET", "/admin/v1/accounts"), "302")):
            before = between.answers.get(where)
            between.answers[where] = (int(words), {"Location": elsewhere.url + where[1]}, "")
            assert words in remote.refused("account", "list")
            between.answers[where] = before
        assert elsewhere.heard == []


@pytest.mark.parametrize("metadata", [{}, {"issuer": "https://other.example", "token_endpoint": "https://other.example/oauth2/token"},
                                      {"issuer": None, "token_endpoint": None}, {"issuer": "{url}"}, {"issuer": "{url}", "token_endpoint": "{elsewhere}/oauth2/token"},
                                      {"issuer": "{url}", "token_endpoint": "{url}.example/oauth2/token"}, {"issuer": "{url}", "token_endpoint": "{url}@x/oauth2/token"}])
def test_secret_goes_only_to_the_server_itself(pretender, metadata):
    between, remote = pretender
    with Between() as elsewhere:
        told = {name: value and value.format(url=between.url, elsewhere=elsewhere.url) for name, value in metadata.items()}
        between.answers["GET", METADATA] = (200, JSON, json.dumps(told))
        assert remote.refused("account", "list")
        assert elsewhere.heard == [] and between.heard_of("POST", TOKEN) == []


def test_token_goes_only_to_the_server_itself(pretender):
    between, remote = pretender
    with Between() as elsewhere:
        for where in (f"{elsewhere.url}/admin/v1/accounts", f"{between.url}@127.0.0.1:{elsewhere.own_port}/admin/v1/accounts", f"{between.url}/other"):
            between.answers["GET", "/admin/v1/accounts"] = (200, {**JSON, "Link": f'<{where}>; rel="next"'}, '{"items":[]}')
            assert "elsewhere" in remote.refused("account", "list")
        assert elsewhere.heard == []


@pytest.mark.parametrize("token", ['{"access_token":7}', '{"access_token":""}', '{"access_token":"a\\r\\nX-Evil: 1"}', '{"access_token":"' + "a" * 9000 + '"}', "{}"])
def test_token_that_is_none(pretender, token):
    between, remote = pretender
    between.answers["POST", TOKEN] = (200, JSON, token)
    assert "without a token" in remote.refused("account", "list")
    assert between.heard_of("GET", "/admin/v1/accounts") == []


def test_token_is_asked_for_the_management_api_where_it_has_a_name(pretender):
    between, remote = pretender
    metadata = {"issuer": between.url, "token_endpoint": between.url + TOKEN, "protected_resources": [f"{between.url}/admin/v1", "https://books.example"]}
    between.answers["GET", METADATA] = (200, JSON, json.dumps(metadata))
    between.answers["GET", "/admin/v1/accounts"] = (200, JSON, '{"items":[]}')
    assert remote.json("account", "list") == []
    [(_, _, headers, body)] = between.heard_of("POST", TOKEN)
    assert b"resource=" + between.url.encode() + b"/admin/v1" in body and headers["Authorization"].startswith("Basic ")
    [(_, _, headers, _)] = between.heard_of("GET", "/admin/v1/accounts")
    assert headers["Authorization"] == "Bearer t0ken"


def test_secret_that_is_none_is_not_printed(pretender, world):
    between, remote = pretender
    words = ("key", "create", f"--account={world['account']}", f"--application={world['application']}", f"--holder={world['holder']}", "--name=K", "--scopes=a:read")
    path = f"/admin/v1/accounts/{world['account']}/keys"
    for body in ("{}", '{"client_id":"x","secret":"y"}', json.dumps({"client_id": world["key"]}), json.dumps({"client_id": world["key"], "secret": "hms_\x1b"})):
        between.answers["POST", path] = (201, JSON, body)
        assert remote.refused(*words)


def test_proxy_of_the_environment_never_sees_what_goes_to_this_machine(pretender):
    between, remote = pretender
    between.answers["GET", "/admin/v1/accounts"] = (200, JSON, '{"items":[]}')
    with Between() as proxy:
        assert remote.json("account", "list", http_proxy=proxy.url, all_proxy=proxy.url) == []
        assert proxy.heard == []


def test_pages_without_end_end(pretender):
    between, remote = pretender
    pages = itertools.count()

    def page(handler):
        number = next(pages)
        link = {} if number == 50 else {"Link": f'<{between.url}/admin/v1/accounts?cursor={number}>; rel="next"'}
        handler.say(200, {**JSON, **link}, json.dumps({"items": [{"id": number}]}))

    between.answers["GET", "/admin/v1/accounts"] = page
    assert [row["id"] for row in remote.json("account", "list")] == list(range(51))


def test_help_manual_and_completion_tell_of_it(command_line):
    shown = command_line.run("key", "list", "--help").stdout
    assert "--url URL" in shown and "HALLMARK_KEY_FILE" in shown and "--expected-version N" in shown
    assert "--url" not in command_line.run("checkpoint", "show", "--help").stdout and "--url" not in command_line.run("serve", "--help").stdout
    assert command_line.run("user", "password-link", "--help").stdout.count("\n  --url") == 1
    manual = command_line.run("manual").stdout
    assert "HALLMARK_KEY_FILE" in manual and "works only beside the database" in manual
    assert "--key-file" in command_line.run("completion", "bash").stdout
