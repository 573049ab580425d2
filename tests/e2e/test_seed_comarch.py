# SPDX-License-Identifier: Apache-2.0
"""What Comarch ERP XT tells its customers about its API, in its order; the clicks are commands here, and calls of the management API. (The
wire as its public clients use it: test_gateway.py and test_comarch.py.)"""

import base64
import json

import pytest

from demo import PREFIX, Caller
from test_management import operator  # noqa: F401 (a fixture)
from test_offices import refused


@pytest.fixture(scope="module")
def account(demo):
    return demo.new_account("Sklep")


@pytest.fixture(scope="module")
def key(demo, account):
    return demo.new_key(account, application=demo.new_application("Sklep internetowy"), name="Produkcja")


@pytest.fixture
def caller(server, key):
    with Caller(server.port, key) as made:
        yield made


def test_authorization_is_oauth(server, key, caller):
    basic = base64.b64encode(f"{key.client_id}:{key.secret}".encode()).decode()
    answer = caller.call("POST", f"{PREFIX}/token", "grant_type=client_credentials", authorization=f"Basic {basic}", media="application/x-www-form-urlencoded")
    assert answer.status == 200 and answer.json()["token_type"] == "Bearer" and answer.json()["expires_in"] == 600


def test_data_travel_as_json(caller):
    number = caller.create("Żółw")
    answer = caller.call("GET", f"customers/{number}")
    assert answer.header("content-type") == "application/json" and answer.json() == {"Id": number, "Name": "Żółw"}


def test_access_is_switched_on_for_the_account(server, demo, account, key):
    demo.json("account", "api-off", account)
    with Caller(server.port, key) as caller:
        refused(caller.ask_for_token(), 401, "invalid_client")
        demo.json("account", "api-on", account)
        assert caller.ask_for_token().status == 200


def test_keys_are_made_for_each_application(demo, account, key):
    other = demo.new_key(account, key.holder, demo.new_application("Kurier"), name="Produkcja")
    applications = {row["client_id"]: row["application"] for row in demo.json("key", "list", f"--account={account}")}
    assert (applications[key.client_id], applications[other.client_id]) == ("Sklep internetowy", "Kurier")


@pytest.mark.parametrize("collection", ["products", "customers", "invoices"])
def test_each_source_can_be_read_made_changed_and_deleted(caller, collection):
    record = {"Items": []} if collection == "invoices" else {"Name": "A"}
    made = caller.call("POST", collection, record)
    assert made.status == 200
    path = f"{collection}/{int(made.body)}"
    assert caller.call("GET", path).status == 200
    assert caller.call("PUT", path, {**record, "Note": "changed"}).status == 204
    assert caller.call("DELETE", path).status == 204


def test_every_answer_has_one_of_the_statuses(server, demo, caller, cluster):
    number = caller.create("A")
    assert caller.call("GET", "customers").status == 200
    assert caller.call("PUT", f"customers/{number}", {"Name": "B"}).status == 204
    assert caller.call("DELETE", f"customers/{number}").status == 204
    assert caller.call("POST", "customers", "not json").status == 400
    assert caller.call("GET", "customers", authorization=False).status == 401
    with Caller(server.port, demo.new_key(scopes="products:read")) as other:
        assert other.call("GET", "customers").status == 403
    assert caller.call("GET", "customers/1").status == 404
    assert caller.call("PATCH", f"customers/{number}", {"Name": "B"}).status == 405
    cluster.query("ALTER TABLE hallmark.record RENAME TO record_away")
    try:
        answer = caller.call("GET", "products/1")
        assert answer.status == 500 and answer.json()["code"] == "server_error"
    finally:
        cluster.query("ALTER TABLE hallmark.record_away RENAME TO record")
    assert all(json.loads(answer.body)["Message"] for answer in [caller.call("GET", "customers/1")]), "where its clients read what was wrong"


def test_the_history_says_through_which_application(caller):
    number = caller.create("Kontrahent")
    assert caller.call("PUT", f"customers/{number}", {"Name": "Kontrahent", "City": "Kraków"}).status == 204
    changed, created = caller.call("GET", f"customers/{number}/history").json()["changes"]
    assert created["sentence"].startswith(f'Sklep internetowy created customers {number} with the key "Produkcja" on ')
    assert changed["sentence"].startswith(f'Sklep internetowy changed customers {number} (City) with the key "Produkcja" on ')


def test_access_is_asked_for_and_granted(demo, server, operator):  # noqa: F811
    """An admin asks, the operator grants; a trial account may have it, too."""
    operator.done("PUT", "activation", {"by_default": False}, version="*")
    try:
        key = demo.new_key()
    finally:
        operator.done("PUT", "activation", {"by_default": True}, version="*")
    path = f"accounts/{key.account}"
    with Caller(server.port, key) as caller:
        refused(caller.ask_for_token(), 401, "invalid_client")
        assert operator.done("POST", f"{path}/access", {}, status=201)["access"] == "requested"
        refused(caller.ask_for_token(), 401, "invalid_client")
        operator.done("PUT", f"{path}/access", {"access": "granted", "trial": True}, version="*")
        assert caller.call("GET", "customers").status == 200
