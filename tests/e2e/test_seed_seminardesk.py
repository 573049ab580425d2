# SPDX-License-Identifier: Apache-2.0
"""What SeminarDesk tells its customers about its private API, in its order; the clicks are commands here, and calls of the management
API.

Answered differently on purpose: a secret can not be made visible again, only replaced."""

import re

import pytest

from demo import Caller, World, own_cluster, serving
from receiver import receiving
from test_management import WORDS, desk_of, key_of, new_key
from test_offices import refused
from test_webhooks import ALLOWED, Hook


@pytest.fixture(scope="module")
def account(demo):
    return demo.new_account("Seminarhaus")


@pytest.fixture
def lone_world():
    """Of its own: a node that may not reach private addresses would take events out of a shared outbox."""
    with own_cluster() as cluster:
        yield World(cluster)


@pytest.fixture(scope="module")
def holder(demo, account):
    return demo.new_holder(account)


# --- setting keys up ----------------------------------------------------------------------------------------------------------------


def test_the_operator_switches_the_interface_on(server, demo, account, holder):
    key = demo.new_key(account, holder)
    demo.json("account", "api-off", account)
    with Caller(server.port, key) as caller:
        refused(caller.ask_for_token(), 401, "invalid_client")
        demo.json("account", "api-on", account)
        assert caller.call("GET", "customers").status == 200


def test_several_keys_each_with_a_name_and_maybe_a_description(demo, account, holder):
    application, _ = demo.new_application()
    words = ["key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--scopes=customers:read"]
    demo.json(*words, "--name=Newsletter")
    demo.json(*words, "--name=Rechnungen", "--description=für die Buchhaltung")
    assert {"Newsletter", "Rechnungen"} <= {row["name"] for row in demo.json("key", "list", f"--account={account}")}


def test_each_system_has_a_key_with_the_rights_that_it_needs(server, demo, account, holder):
    newsletter = demo.new_key(account, holder, name="Newsletter", scopes="customers:read customers:write")
    invoicing = demo.new_key(account, holder, name="Rechnungen", scopes="invoices:read invoices:write")
    with Caller(server.port, newsletter) as caller:
        number = caller.create("Anna")
        refused(caller.call("GET", "invoices"), 403, "insufficient_scope", "invoices:read")
        refused(caller.call("POST", "invoices", {"Items": []}), 403, "insufficient_scope", "invoices:write")
    with Caller(server.port, invoicing) as caller:
        assert caller.call("POST", "invoices", {"Items": []}).status == 200
        refused(caller.call("GET", f"customers/{number}"), 403, "insufficient_scope", "customers:read")


def test_the_rights_of_a_key_are_seen_in_the_overview(demo, account, holder):
    key = demo.new_key(account, holder, scopes="customers:read products:read")
    row, = [row for row in demo.json("key", "list", f"--account={account}") if row["client_id"] == key.client_id]
    assert row["scopes"] == "customers:read products:read"


# --- using it -----------------------------------------------------------------------------------------------------------------------


def test_the_secret_stays_masked_and_is_not_made_visible_again(server, demo, command_line, account, holder):
    key = demo.new_key(account, holder)
    shown = command_line.run("key", "list", f"--account={account}").stdout
    assert key.secret not in shown and re.search(r"hms_\S*" + key.secret[-4:], shown)
    assert not any(word in command_line.run("--help").stdout for word in ("reveal", "unmask"))
    fresh = demo.json("key", "replace", key.client_id)[0]["secret"]
    with Caller(server.port, key) as caller:
        assert caller.ask_for_token(secret=fresh).status == 200, "who lost it gets another one"


def test_external_references_are_told_by_webhooks_and_filter_lists(lone_world):
    """A profile that a billing program knows as well: both point at each other, and a change of address finds its way."""
    key = lone_world.new_key()
    with receiving() as receiver, serving(lone_world.cluster, **ALLOWED) as node, Caller(node.port, key) as caller:
        hook = Hook(lone_world, key.account, receiver.url())
        number = caller.create("Anna", ExternalReferences=[{"System": "rechnungen", "Id": "K-17"}])
        assert caller.call("PUT", f"customers/{number}", {"Name": "Anna", "City": "Freiburg"}).status == 204
        told = receiver.wait_for(lambda all: [one for one in all if one.type == "customers.updated"])[0].event["data"]
        assert (told["record"], told["external_references"], told["changed"]) == (number, {"rechnungen": "K-17"}, ["City"])
        found = caller.call("GET", "customers?ExternalSystem=rechnungen&ExternalId=K-17").json()
        assert [(record["Id"], record["ExternalReferences"]) for record in found] == [(number, [{"System": "rechnungen", "Id": "K-17"}])]
        assert caller.call("GET", f"customers/{number}/history").json()["changes"][0]["external_references"] == {"rechnungen": "K-17"}
        hook.run("delete")


# --- the same through the management API --------------------------------------------------------------------------------------------


def test_the_rights_of_a_key_are_changed_later(demo, server):
    account, application = demo.new_account("Seminarhaus"), demo.new_application()[0]
    rights = "customers:read customers:write history:read"
    with desk_of(demo, server, account, "owner", permissions=rights, scopes=" ".join([*WORDS, rights])) as desk:
        made = new_key(desk, application, name="Newsletter", description="für die Buchhaltung", scopes="customers:read")
        path = f"{desk.of}/keys/{made['client_id']}"
        with Caller(server.port, key_of(desk, made)) as caller:
            refused(caller.call("POST", "customers", {"Name": "A"}), 403, "insufficient_scope")
            assert desk.done("PUT", path, {"scopes": "customers:read customers:write"}, version="*")["scopes"] == "customers:read customers:write"
            caller.access_token = None
            assert caller.call("POST", "customers", {"Name": "A"}).status == 200
            desk.done("PUT", path, {"scopes": "customers:read"}, version="*")
            refused(caller.call("POST", "customers", {"Name": "B"}), 403, "key_right_missing")
        shown = desk.done("GET", path)
        assert (shown["name"], shown["description"], shown["scopes"]) == ("Newsletter", "für die Buchhaltung", "customers:read")
        assert "secret" not in shown, "what was shown once is not shown again"
