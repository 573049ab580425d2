# SPDX-License-Identifier: Apache-2.0
"""GET /whoami: what a token's holder is told of himself, and that a call which is only tried is answered as if it were made."""

import collections
import random
import urllib.parse

import pytest

from demo import PREFIX, Admin, Caller, number_of
from test_refusals import GATEWAY, READS, key_case, office_case

METHODS = ["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "BREW"]
PATHS = ["customers", "customers", "products/9000000000000000000", "v1.2/customers", "invoices/", "customers/9000000000000000000/history", "history", "nothing",
         "customers/0", "customers/1/2/3", "v9/customers", ""]
EXPLAINED = ("status", "code", "detail", "layer", "missing", "granted_by")
CALLS = 30  # of each state
SCOPES = ["customers:read", "products:read"]


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


def whoami(caller, **parameters):
    return caller.call("GET", f"/whoami?{urllib.parse.urlencode(parameters)}")


def compare(caller, method, path, seen):
    """Tries a call, makes it, and sees that both say the same."""
    tried = whoami(caller, **{"as": f"{method} {PREFIX}/{path}"})
    made = caller.call(method, path, "{" if method in ("POST", "PUT") else None)  # no record comes of such a body
    if tried.status != 200:  # who asks is refused himself; that a path is none is told before that
        assert tried.status == 401 or tried.json()["layer"] == "address", tried
        assert made.status in (tried.status, 404, 405), made
        seen[tried.status] += 1
        return
    told = tried.json()["as"]
    if told["allowed"]:
        assert made.status in (200, 204, 400, 404), (told, made)
        assert made.status != 404 or method == "HEAD" or made.json()["code"] == "record_not_found", (told, made)
    elif method == "HEAD":
        assert made.status == told["status"], (told, made)
    else:
        real = made.json()
        assert [told.get(name) for name in EXPLAINED] == [real.get(name) for name in EXPLAINED], (told, real)
    seen["allowed" if told["allowed"] else told["status"]] += 1


def test_what_is_tried_is_what_would_be(server, demo, admin):
    dice, seen = random.Random(2026), collections.Counter()
    for name, (make, take_away, _, told) in {**GATEWAY, "nothing": (key_case, lambda case: None, None, (None,))}.items():
        if told[0] == 429:
            continue  # asking is a request, too
        case = make(demo, admin)
        with Caller(server.port, case.key) as caller:
            scope = " ".join(dice.sample(SCOPES, dice.randint(1, 2)))
            caller.access_token = caller.ask_for_token(scope=scope, **({"account": case.client} if case.client else {})).json()["access_token"]
            for number in range(CALLS):
                if number == CALLS // 5:
                    take_away(case)
                compare(caller, dice.choice(METHODS), dice.choice(PATHS), seen)
    assert min(seen[kind] for kind in ("allowed", 401, 403, 404, 405)) >= 10, seen


def test_who_i_am(server, demo, admin):
    case = key_case(demo, admin)
    with Caller(server.port, case.key) as caller:
        told = whoami(caller).json()
        assert told["client_id"] == case.key.client_id and told["name"] == case.key.name and told["account"] == case.key.account
        assert told["application"] == {"id": case.key.application, "name": case.key.application_name}
        assert (told["scope"], told["effective_scope"], told["reduced"]) == (READS, READS, [])
        case.holder(permissions=["products:read"])
        told = whoami(caller).json()
        assert (told["scope"], told["effective_scope"]) == (READS, "products:read")
        assert told["reduced"] == [{"code": "holder_right_missing", "layer": "holder", "missing": "customers:read", "granted_by": "account_admin"}]
        case.holder(permissions=[])
        case.key_scopes("products:read")
        assert [(entry["layer"], entry["missing"]) for entry in whoami(caller).json()["reduced"]] == [("client", "customers:read"), ("holder", "products:read")]
        case.account(case.key.account, api_access=False)
        assert [(entry["layer"], entry["missing"]) for entry in whoami(caller).json()["reduced"]] == [("activation", READS)]


def test_an_office(server, demo, admin):
    case = office_case(demo, admin)
    with Caller(server.port, case.key) as caller:
        told = whoami(caller).json()
        assert told["office"] == case.key.account and "account" not in told and told["reduced"][0]["code"] == "account_needed"
        caller.access_token = caller.ask_for_token(account=case.client).json()["access_token"]
        told = whoami(caller).json()
        assert (told["office"], told["account"], told["template"], told["effective_scope"]) == (case.key.account, case.client, "Books", READS)
        case.other_template("products:read")
        told = whoami(caller, **{"as": f"GET {PREFIX}/customers"}).json()
        assert (told["template"], told["effective_scope"], told["as"]["layer"]) == ("Other", "products:read", "template")


def test_nothing_is_done_and_nothing_is_told_without_a_token(server, demo, cluster):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        assert whoami(caller, **{"as": f"POST {PREFIX}/customers"}).json()["as"]["allowed"]
        assert caller.call("GET", "customers").json() == []
        assert caller.call("GET", "/whoami", authorization=False).status == 401
        assert caller.call("GET", f"/whoami?access_token={caller.token()}").status == 400
    assert cluster.query("SELECT count(*) FROM hallmark.record WHERE account_id = %s", [number_of(key.account)])[0][0] == 0
