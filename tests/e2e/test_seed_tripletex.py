# SPDX-License-Identifier: Apache-2.0
"""What Tripletex tells its customers about integrations and keys, step by step in its order; the clicks are commands here, and calls of the
management API.

Answered differently on purpose: a secret is not sent by e-mail (we have no such command), and is never shown a second time."""

import re

import pytest

from demo import SCOPES, Caller
from test_management import WORDS, desk_of, key_of, new_key, operator  # noqa: F401 (a fixture)
from test_offices import refused, token_for

HOURS_ONLY = "customers:read"


@pytest.fixture(scope="module")
def office(demo):
    """An accounting office with an admin and an employee who may do little."""
    account = demo.new_account("Regnskap AS")
    return {"account": account, "admin": demo.new_holder(account), "employee": demo.new_holder(account, HOURS_ONLY, "Kari"),
            "application": demo.new_application()}


@pytest.fixture(scope="module")
def clients(demo):
    return [demo.new_account(name) for name in ("Bakeri AS", "Verksted AS", "Butikk AS")]


@pytest.fixture(scope="module")
def office_key(demo, office):
    return demo.new_key(office["account"], office["admin"], office["application"], name="Alle klienter", office=True)


@pytest.fixture(scope="module")
def template(demo, office):
    return demo.json("template", "create", f"--account={office['account']}", "--name=Regnskap", "--scopes=customers:read customers:write")[0]["id"]


# --- two kinds of keys ------------------------------------------------------------------------------------------------------------


def test_there_are_keys_of_end_users_and_of_offices(demo, office, office_key):
    end_user = demo.new_key(office["account"], office["admin"], office["application"])
    kinds = {row["client_id"]: row["office"] for row in demo.json("key", "list", f"--account={office['account']}")}
    assert kinds[end_user.client_id] is False and kinds[office_key.client_id] is True


def test_an_office_key_may_hang_on_another_employee(demo, office):
    made = demo.new_key(office["account"], office["employee"], office["application"], scopes=HOURS_ONLY, office=True)
    assert demo.json("key", "show", made.client_id)[0]["holder_id"] == office["employee"]


def test_an_integration_that_does_not_know_offices_is_told_what_is_wrong(server, office_key, demo, clients):
    """It asks for a token and calls, as with any key: the refusal names what is missing. A key of the client account works as it is."""
    with Caller(server.port, office_key) as caller:
        refused(caller.call("GET", "customers"), 403, "account_needed", "office key", "parameter account")
    with Caller(server.port, demo.new_key(clients[0])) as caller:
        assert caller.call("GET", "customers").status == 200


# --- 1: switching integrations on -------------------------------------------------------------------------------------------------


def test_api_access_is_switched_on_at_the_office(server, demo, office, office_key):
    demo.json("account", "api-off", office["account"])
    with Caller(server.port, office_key) as caller:
        assert caller.ask_for_token().json()["error"] == "invalid_client"
        demo.json("account", "api-on", office["account"])
        assert caller.ask_for_token().status == 200


# --- 2: making a key --------------------------------------------------------------------------------------------------------------


def test_a_key_never_has_more_than_whom_it_is_made_on(demo, command_line, office):
    words = ["key", "create", f"--account={office['account']}", f"--application={office['application'][0]}", "--name=x", f"--holder={office['employee']}"]
    done = command_line.run(*words, f"--scopes={HOURS_ONLY} customers:write", check=False)
    assert done.returncode == 1 and "customers:write" in done.stderr, "the locked right is named"
    assert demo.json(*words, f"--scopes={HOURS_ONLY}")


def test_the_application_is_picked_or_typed_in(demo, office):
    picked, name = office["application"]
    assert name in {row["name"] for row in demo.json("application", "list")}
    typed = demo.json("application", "create", f"--account={office['account']}", "--name=Eget oppsett")[0]
    assert typed["account_id"] == office["account"], "a custom one is known to its account alone"
    assert demo.new_key(office["account"], office["admin"], (typed["id"], typed["name"])).application_name == "Eget oppsett"


def test_a_key_may_have_all_that_its_user_has(server, demo, office):
    key = demo.new_key(office["account"], office["admin"], office["application"], scopes=SCOPES)
    with Caller(server.port, key) as caller:
        assert set(caller.ask_for_token().json()["scope"].split()) == set(SCOPES.split())


def test_the_same_key_does_not_serve_the_office_and_a_client(server, office, office_key):
    with Caller(server.port, office_key) as caller:
        refused(caller.ask_for_token(account=office["account"]), 400, "invalid_target", "own account", "key of its own")


# --- 3: the key -------------------------------------------------------------------------------------------------------------------


def test_the_secret_is_shown_once_and_to_nobody_by_mail(demo, command_line, office):
    key = demo.new_key(office["account"], office["admin"], office["application"], name="Vises en gang")
    for words in (["key", "show", key.client_id], ["key", "list", f"--account={office['account']}"]):
        shown = command_line.run(*words).stdout
        assert key.secret not in shown and re.search(r"hms_\S*" + key.secret[-4:], shown), "masked: prefix and last four"
    assert "mail" not in re.sub(r"(?i)e-mail address", "", command_line.run("key", "create", "--help").stdout), "no secret leaves by e-mail"


def test_the_key_stands_in_the_overview(demo, office, office_key):
    row, = [row for row in demo.json("key", "list", f"--account={office['account']}") if row["client_id"] == office_key.client_id]
    assert (row["name"], row["application"], row["state"], row["office"]) == ("Alle klienter", office["application"][1], "active", True)


# --- 4: tying the key to clients --------------------------------------------------------------------------------------------------


def test_many_clients_are_linked_at_once_with_a_template(server, demo, office_key, clients, template):
    demo.json("link", "create", f"--key={office_key.client_id}", f"--accounts={' '.join(clients[:2])}", f"--template={template}")
    with Caller(server.port, office_key) as caller:
        listed = caller.call("GET", "/oauth2/accounts").json()["accounts"]
        assert {(entry["account"], entry["state"], entry["template"]["name"]) for entry in listed} == {(account, "active", "Regnskap") for account in clients[:2]}
        for account in clients[:2]:
            assert caller.ask_for_token(account=account).json()["scope"] == "customers:read customers:write", "what the template says"
        refused(caller.ask_for_token(account=clients[2]), 400, "invalid_target", "not linked")


def test_one_client_is_linked_alone(server, demo, office_key, clients, template):
    demo.json("link", "create", f"--key={office_key.client_id}", f"--accounts={clients[2]}", f"--template={template}")
    with Caller(server.port, office_key) as caller:
        assert caller.ask_for_token(account=clients[2]).status == 200


# --- 5 and 6: logging in, and the client's own switch ----------------------------------------------------------------------------------


def test_the_integration_logs_in_with_the_office_key(server, demo, office_key, clients):
    with Caller(server.port, office_key) as caller:
        caller.access_token = token_for(caller, clients[0])
        number = caller.create("Kunde")
    with Caller(server.port, demo.new_key(clients[0])) as own:
        change = own.call("GET", f"customers/{number}/history").json()["changes"][0]
        assert (change["application"]["name"], change["key"]["name"], change["office"]["name"]) == (
            office_key.application_name, "Alle klienter", "Regnskap AS")


def test_the_client_has_a_switch_that_is_on_by_default(server, demo, office, office_key, clients):
    assert [row["allowed"] for row in demo.json("office", "list", f"--account={clients[0]}")] == [True]
    with Caller(server.port, office_key) as caller:
        caller.access_token = token_for(caller, clients[0])
        demo.json("office", "deny", f"--account={clients[0]}", f"--office={office['account']}")
        refused(caller.call("GET", "customers"), 403, "office_off", "client account")
        demo.json("office", "allow", f"--account={clients[0]}", f"--office={office['account']}")
        assert caller.call("GET", "customers").status == 200


# --- questions that are asked often ------------------------------------------------------------------------------------------------


def test_the_rights_of_a_key_are_seen_with_it(demo, office_key):
    assert set(demo.json("key", "show", office_key.client_id)[0]["scopes"].split()) == set(SCOPES.split())


def test_a_lost_key_is_replaced(server, demo, office, template, clients):
    key = demo.new_key(office["account"], office["admin"], office["application"], office=True)
    demo.json("link", "create", f"--key={key.client_id}", f"--accounts={clients[0]}", f"--template={template}")
    with Caller(server.port, key) as caller:
        old = token_for(caller, clients[0])
        fresh = demo.json("key", "replace", key.client_id)[0]["secret"]
        assert caller.ask_for_token(account=clients[0]).json()["error"] == "invalid_client", "the old secret is gone"
        answer = caller.ask_for_token(secret=fresh, account=clients[0])
        assert answer.status == 200, "the key keeps its id and its links"
        refused(caller.call("GET", "customers", authorization=f"Bearer {old}"), 401, "invalid_token")


# --- the same through the management API --------------------------------------------------------------------------------------------


def test_terms_are_accepted_by_name_and_version(demo, operator):  # noqa: F811
    operator.done("PUT", "activation", {"terms_name": "API-vilkår", "terms_version": "3"}, version="*")
    try:
        path = f"accounts/{demo.new_account('Bakeri AS')}/access"
        refused(operator.ask("POST", path, {"terms_name": "API-vilkår", "terms_version": "2"}), 409, "conflict", "version \"3\"")
        accepted = operator.done("POST", path, {"terms_name": "API-vilkår", "terms_version": "3"}, status=201)
        assert (accepted["terms_name"], accepted["terms_version"]) == ("API-vilkår", "3")
    finally:
        operator.done("PUT", "activation", {"terms_name": "", "terms_version": ""}, version="*")


def test_rights_are_everything_or_what_is_held_now_or_one_by_one(demo, server):
    account, application = demo.new_account("Verksted AS"), demo.new_application()[0]
    every = " ".join([*WORDS, "owners:write", "history:read", "customers:read", "customers:write"])
    with desk_of(demo, server, account, "owner", permissions="customers:read customers:write", scopes=every) as desk:
        everything = new_key(desk, application, preset="holder", scopes=None)
        held_now = new_key(desk, application, preset="holder_now", scopes=None)
        chosen = new_key(desk, application, scopes="customers:read")
        assert everything["follows_holder"] and not held_now["follows_holder"] and chosen["scopes"] == "customers:read"
        with Caller(server.port, key_of(desk, everything)) as follows, Caller(server.port, key_of(desk, held_now)) as stays:
            demo.json("member", "set", f"--account={account}", f"--user={desk.key.holder}",
                      "--permissions=customers:read customers:write invoices:read")
            assert "invoices:read" in follows.ask_for_token().json()["scope"].split()
            assert stays.call("GET", "customers").status == 200
            refused(stays.call("GET", "invoices"), 403, "insufficient_scope", "invoices:read")
        locked = {row["scope"]: row["reason"] for row in desk.done("GET", f"{desk.of}/rights?holder={desk.key.holder}")["items"] if not row["may_be_given"]}
        assert "products:read" in locked and "holder" in locked["products:read"]
