# SPDX-License-Identifier: Apache-2.0
"""POST /oauth2/key-check: an integrator who was handed a key asks whether it is right, and what it may do."""

import random

import pytest

from demo import Admin, Caller, make_secret, number_of
from test_refusals import READS, explained, key_case, office_case


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


def check(caller, body="", secret=None):
    return caller.call("POST", "/oauth2/key-check", body, authorization=caller.key.basic(secret), media="application/x-www-form-urlencoded")


def test_a_right_key(server, demo, admin):
    case = key_case(demo, admin)
    with Caller(server.port, case.key) as caller:
        told = check(caller).json()
        assert (told["client_id"], told["name"], told["account"]) == (case.key.client_id, case.key.name, case.key.account)
        assert told["application"] == {"id": case.key.application, "name": case.key.application_name}
        assert (told["state"], told["scope"], told["effective_scope"], told["reduced"], told["office"]) == ("active", READS, READS, [], False)
        case.holder(permissions=["products:read"])
        told = check(caller).json()
        assert told["effective_scope"] == "products:read" == caller.ask_for_token().json()["scope"]
        assert told["reduced"] == [{"code": "holder_right_missing", "layer": "holder", "missing": "customers:read", "granted_by": "account_admin"}]
        assert demo.json("key", "show", case.key.client_id)[0]["reduced_by"] == "customers:read", "and the command line says the same"
        case.holder_leaves()
        assert demo.json("key", "show", case.key.client_id)[0]["reduced_by"] == READS
        assert check(caller).json()["effective_scope"] == ""


def test_a_key_that_may_nothing_says_why(server, demo, admin):
    case = key_case(demo, admin)
    with Caller(server.port, case.key) as caller:
        case.account(case.key.account, api_access=False)
        told = check(caller).json()
        assert (told["state"], told["scope"], told["effective_scope"]) == ("api_access_off", READS, "")
        case.account(case.key.account, api_access=True)
        case.change("client_change", account_id=number_of(case.key.account), client_id=case.key.client_id, state="disabled")
        assert check(caller).json()["state"] == "disabled"
        explained(caller.ask_for_token(), 401, "invalid_client", "client", None, "account_admin")


def test_an_office_and_a_secret_that_is_being_replaced(server, demo, admin):
    case = office_case(demo, admin)
    new = demo.json("key", "replace", case.key.client_id, "--old-until=2099-01-01T00:00:00Z")[0]["secret"]
    with Caller(server.port, case.key) as caller:
        for secret in (None, new):
            told = check(caller, secret=secret).json()
            assert told["office"] and told["state"] == "active", told


def test_a_wrong_secret_learns_nothing(server, demo, admin):
    dice = random.Random(3)
    case, off = key_case(demo, admin), key_case(demo, admin)
    off.change("client_change", account_id=number_of(off.key.account), client_id=off.key.client_id, state="disabled")
    answers = set()
    for key in (case.key, off.key):
        with Caller(server.port, key) as caller:
            answers.add(explained(check(caller, secret=make_secret(key.secret, dice)), 401, "invalid_client", "client", None, "account_admin").body)
            answers.add(caller.ask_for_token(secret=make_secret(key.secret, dice)).body)
    assert len(answers) == 1
    with Caller(server.port, case.key) as caller:
        statuses = {check(caller, secret=make_secret(case.key.secret, dice)).status for _ in range(30)}
        assert statuses == {401, 429}, "guessing is slowed here, too"
        assert check(caller).status == 429, "and at first whoever has the right secret, from this address"
