# SPDX-License-Identifier: Apache-2.0
"""What Alasco tells its customers about API credentials, in its order; the clicks are commands here, and calls of the management API.

Answered differently on purpose: there is no DATEV connector of ours."""

import re

import pytest

from demo import Caller
from test_management import WORDS, desk_of, key_of, new_key, operator  # noqa: F401 (a fixture)
from test_offices import refused


@pytest.fixture(scope="module")
def account(demo):
    return demo.new_account("Bauherr")


@pytest.fixture
def key(demo, account):
    return demo.new_key(account, name="Buchhaltung")


def test_the_interface_has_to_be_active(server, demo, account, key):
    demo.json("account", "api-off", account)
    with Caller(server.port, key) as caller:
        refused(caller.ask_for_token(), 401, "invalid_client")
        demo.json("account", "api-on", account)
        assert caller.call("GET", "customers").status == 200


def test_there_is_no_connector_of_other_products(command_line):
    assert "datev" not in command_line.run("--help").stdout.lower()


def test_the_token_is_shown_once_when_the_set_is_made(demo, command_line, account):
    application, _ = demo.new_application()
    done = command_line.run("key", "create", f"--account={account}", f"--application={application}", f"--holder={demo.new_holder(account)}",
                            "--name=ERP", "--scopes=customers:read")
    assert re.search(r"^Key     hmk_\w+$", done.stdout, re.MULTILINE) and re.search(r"^Secret  hms_\w+$", done.stdout, re.MULTILINE)
    assert "shown this once" in done.stderr, "and is to be kept in a safe place"


def test_afterwards_the_key_is_seen_and_the_token_is_masked(demo, key):
    row, = demo.json("key", "show", key.client_id)
    assert row["client_id"] == key.client_id and key.secret not in str(row) and row["secrets"][0]["mask"].endswith(key.secret[-4:])


def test_replacing_ends_the_old_token_and_keeps_the_key(server, demo, key):
    with Caller(server.port, key) as caller:
        token = caller.token()
        fresh = demo.json("key", "replace", key.client_id)[0]
        assert fresh["client_id"] == key.client_id and fresh["secret"] != key.secret
        refused(caller.ask_for_token(), 401, "invalid_client")
        refused(caller.call("GET", "customers", authorization=f"Bearer {token}"), 401, "invalid_token")
        assert caller.ask_for_token(secret=fresh["secret"]).status == 200


def test_deleting_is_final(server, demo, command_line, key):
    with Caller(server.port, key) as caller:
        caller.create("A")
        demo.json("key", "delete", key.client_id)
        refused(caller.call("GET", "customers"), 401, "invalid_token")
        refused(caller.ask_for_token(), 401, "invalid_client")
    for verb in ("replace", "enable"):
        assert command_line.run("key", verb, key.client_id, check=False).returncode == 1, "nothing brings it back"
    with Caller(server.port, demo.new_key(key.account, key.holder)) as other:
        change = other.call("GET", f"/history?key={key.client_id}").json()["changes"][0]
        assert change["key"]["name"] == "Buchhaltung", "the history keeps its name"


# --- the same through the management API --------------------------------------------------------------------------------------------


def test_only_who_may_manages_credentials(demo, server):
    account, application = demo.new_account("Bauherr"), demo.new_application()[0]
    with desk_of(demo, server, account, "admin") as admin:
        assert new_key(admin, application, scopes="keys:read")["secret"]
    with desk_of(demo, server, account, "auditor", scopes=" ".join(word for word in WORDS if word.endswith(":read"))) as auditor:
        assert auditor.ask("GET", f"{auditor.of}/keys").status == 200
        body = {"application_id": application, "name": "ERP", "holder_id": auditor.key.holder, "scopes": "keys:read"}
        refused(auditor.ask("POST", f"{auditor.of}/keys", body), 403, "insufficient_scope", "keys:write")


def test_the_plan_is_the_condition(demo, server, operator):  # noqa: F811
    key = demo.new_key()
    operator.done("PUT", "activation", {"plan_needed": True}, version="*")
    try:
        with Caller(server.port, key) as caller:
            refused(caller.ask_for_token(), 401, "invalid_client")
            operator.done("PUT", f"accounts/{key.account}/access", {"plan": True}, version="*")
            assert caller.call("GET", "customers").status == 200
    finally:
        operator.done("PUT", "activation", {"plan_needed": False}, version="*")


def test_an_account_has_one_set_whose_token_is_made_anew(demo, server):
    account, application = demo.new_account("Bauherr"), demo.new_application()[0]
    with desk_of(demo, server, account, "owner", scopes=" ".join([*WORDS, "customers:read"])) as desk:
        made = new_key(desk, application)
        desk.done("PUT", desk.of, {"keys_rule": "one"}, version="*")
        body = {"application_id": application, "name": "Second", "holder_id": desk.key.holder, "scopes": "customers:read"}
        refused(desk.ask("POST", f"{desk.of}/keys", body), 409, "conflict", "one key")
        fresh = desk.done("POST", f"{desk.of}/keys/{made['client_id']}/secrets", {}, status=201)
        assert fresh["client_id"] == made["client_id"]
        with Caller(server.port, key_of(desk, made)) as caller:
            refused(caller.ask_for_token(), 401, "invalid_client")
            assert caller.ask_for_token(secret=fresh["secret"]).status == 200
        shown = desk.done("GET", f"{desk.of}/keys/{made['client_id']}")
        assert "secret" not in shown and shown["secrets"][0]["mask"].endswith(fresh["secret"][-4:])
        desk.done("DELETE", f"{desk.of}/keys/{made['client_id']}", status=204, version="*")
