# SPDX-License-Identifier: Apache-2.0
"""A token that was shown to an api manages nothing, and one that manages opens no api."""

import base64
import json

import pytest

from demo import PREFIX, Caller

RECORDS = "customers:read customers:write history:read"
ALL = f"{RECORDS} keys:read keys:write"


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture(scope="module")
def key(demo):
    """Of an admin who has given it rights of both kinds."""
    account = demo.new_account()
    return demo.new_key(account, demo.new_holder(account, RECORDS), scopes=ALL)


@pytest.fixture
def caller(server, key):
    with Caller(server.port, key) as made:
        yield made


@pytest.fixture(scope="module")
def management(server):
    return f"{server.url}/admin/v1"


def token(caller, status=200, **parameters):
    answer = caller.ask_for_token(**parameters)
    assert answer.status == status, answer
    return answer.json()["access_token"] if status == 200 else answer.json()


def call(caller, path, access_token):
    return caller.call("GET", path, authorization=f"Bearer {access_token}")


def keys_of(caller):
    return f"/admin/v1/accounts/{caller.key.account}/keys"


@pytest.mark.parametrize("resource", [None, "https://books.example"])
def test_a_token_of_an_api_manages_nothing(caller, management, resource):
    shown = token(caller, **({"resource": resource} if resource else {}))
    assert call(caller, "customers", shown).status == 200
    refused = call(caller, keys_of(caller), shown)
    assert (refused.status, refused.json()["code"], refused.json()["layer"]) == (401, "invalid_token", "token")
    assert "https://books.example" in refused.json()["detail"] and f"resource={management}" in refused.json()["detail"]
    for _ in range(2):  # remembered or not
        assert call(caller, keys_of(caller), shown).status == 401


def test_what_a_refusal_points_to_says_what_to_ask_for(caller, management):
    challenge = call(caller, keys_of(caller), token(caller)).header("www-authenticate")
    where = challenge.split('resource_metadata="')[1].split('"')[0]
    document = caller.call("GET", where[len(management) - len("/admin/v1"):], authorization=False).json()
    assert document["resource"] == management
    assert call(caller, keys_of(caller), token(caller, resource=document["resource"])).status == 200
    server = caller.call("GET", "/.well-known/oauth-authorization-server", authorization=False).json()
    assert management in server["protected_resources"]


def test_a_token_that_manages_opens_no_api(caller, management):
    mine = token(caller, resource=management)
    assert claims(mine)["aud"] == management and set(claims(mine)["scope"].split()) == set(ALL.split())
    assert call(caller, keys_of(caller), mine).status == 200
    for path in ("customers", "history", "customers/1"):
        refused = call(caller, path, mine)
        assert refused.status == 401 and "resource=https://books.example" in refused.json()["detail"], refused


def test_histories_and_whoami_take_both(caller, management):
    for each in (token(caller), token(caller, resource=management)):
        for path in ("/history", "/changes", "/whoami"):
            assert call(caller, path, each).status == 200, path


def test_what_is_administrative_goes_to_no_api(caller, management):
    assert set(claims(token(caller))["scope"].split()) == set(RECORDS.split())
    assert set(claims(token(caller, path=f"{PREFIX}/token"))["scope"].split()) == set(RECORDS.split())
    for parameters, error in (({"scope": "customers:read keys:read"}, "invalid_target"),
                              ({"scope": "keys:read", "resource": "https://books.example"}, "invalid_scope"),
                              ({"scope": "keys:read", "path": f"{PREFIX}/token"}, "invalid_scope")):
        body = token(caller, status=400, **parameters)
        assert body["error"] == error and f"resource={management}" in body["error_description"], body


def test_scopes_that_are_administrative_need_no_resource(demo, server, caller, management):
    assert claims(token(caller, scope="keys:read"))["aud"] == management
    assert claims(token(caller, scope="history:read keys:read"))["aud"] == management
    assert claims(token(caller, scope="history:read"))["aud"] == "https://books.example"
    with Caller(server.port, demo.new_key(caller.key.account, caller.key.holder, scopes="keys:read keys:write")) as simple:
        assert simple.call("GET", keys_of(simple)).status == 200
