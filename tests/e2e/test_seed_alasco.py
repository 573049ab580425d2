# SPDX-License-Identifier: Apache-2.0
"""What Alasco tells its customers about API credentials, in its order; the clicks are commands here.

Answered differently on purpose: there is no DATEV connector of ours. Not here yet: a plan as the condition, who of the members may make a
key (the command line is the operator's), and the setting by which an account has one set at a time; here a set is replaced."""

import re

import pytest

from demo import Caller
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
