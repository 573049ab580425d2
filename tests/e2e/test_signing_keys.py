# SPDX-License-Identifier: Apache-2.0
"""Signing keys by the management API: made, promoted and withdrawn while tokens are had and used."""

import base64
import concurrent.futures
import json

import pytest
import requests

from demo import Caller, World, own_cluster, serving
from test_management import Desk, operator, owner, refused  # noqa: F401 (fixtures)
from test_management import account  # noqa: F401 (fixture)


@pytest.fixture(scope="module")
def cluster():
    """One of our own: other tests keep their tokens."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def server(cluster, demo):
    assert demo.api
    with serving(cluster, threads=2) as made:
        yield made


def keys_of(operator, algorithm):
    """State to kids."""
    found = {}
    for row in operator.done("GET", "signing-keys")["items"]:
        if row["algorithm"] == algorithm:
            found.setdefault(row["state"], []).append(row["kid"])
    return found


def published(server):
    return {key["kid"] for key in requests.get(f"{server.url}/oauth2/jwks", timeout=10).json()["keys"]}


def kid_of(token):
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def end_next(operator, algorithm):
    for kid in keys_of(operator, algorithm).get("next", []):
        operator.done("DELETE", f"signing-keys/{kid}", status=204)


def test_whole_life_of_a_key(server, demo, operator):
    [old] = keys_of(operator, "ES256")["active"]
    answer = operator.ask("POST", "signing-keys", {"algorithm": "ES256"})
    made = answer.json()
    assert (answer.status, made["state"], made["algorithm"]) == (201, "next", "ES256") and answer.header("location").endswith(f"/admin/v1/signing-keys/{made['kid']}")
    assert made["kid"] in published(server) and operator.done("GET", f"signing-keys/{made['kid']}") == made
    refused(operator.ask("POST", "signing-keys", {"algorithm": "ES256"}), 409, "conflict", "there already")
    refused(operator.ask("POST", f"signing-keys/{made['kid']}/promotion", {}), 409, "conflict", "less than a day")
    refused(operator.ask("POST", f"signing-keys/{old}/promotion", {"now": True}), 409, "conflict", "only a key that is next")
    with Caller(server.port, demo.new_key()) as caller:
        before = caller.token()
        assert kid_of(before) == old and caller.call("GET", "customers").status == 200
        assert operator.done("POST", f"signing-keys/{made['kid']}/promotion", {"now": True}, status=201)["state"] == "active"
        assert kid_of(caller.ask_for_token().json()["access_token"]) == made["kid"]
        assert caller.call("GET", "customers").status == 200, "what the old one signed is good"
        refused(operator.ask("DELETE", f"signing-keys/{made['kid']}"), 409, "conflict", "no next key")
        operator.done("DELETE", f"signing-keys/{old}", status=204)
        assert old not in published(server)
        assert caller.call("GET", "customers").status == 401, "and refused as soon as it was withdrawn"
    operator.access_token = None  # it was the old one's, too
    refused(operator.ask("DELETE", f"signing-keys/{old}"), 404, "no_such")


def test_key_that_signs_gives_its_place_to_the_next(server, demo, operator):
    [old] = keys_of(operator, "ES256")["active"]
    made = operator.done("POST", "signing-keys", {"algorithm": "ES256"}, status=201)
    operator.done("DELETE", f"signing-keys/{old}", status=204)
    operator.access_token = None
    assert keys_of(operator, "ES256")["active"] == [made["kid"]]
    with Caller(server.port, demo.new_key()) as caller:
        assert kid_of(caller.token()) == made["kid"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
def test_key_of_each_algorithm(server, operator, algorithm):
    end_next(operator, algorithm)
    made = operator.done("POST", "signing-keys", {"algorithm": algorithm}, status=201)
    [jwk] = [key for key in requests.get(f"{server.url}/oauth2/jwks", timeout=10).json()["keys"] if key["kid"] == made["kid"]]
    assert jwk["alg"] == algorithm and "d" not in jwk
    end_next(operator, algorithm)


def test_request_that_is_asked_again_makes_one_key(operator):
    end_next(operator, "RS256")
    answers = [operator.ask("POST", "signing-keys", {"algorithm": "RS256"}, key="once") for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200] and answers[1].header("idempotent-replayed") == "true"
    assert answers[0].json() == answers[1].json()
    refused(operator.ask("POST", "signing-keys", {"algorithm": "EdDSA"}, key="once"), 409, "conflict", "another request")


def test_two_operators_at_once_make_one_key(server, operator):
    end_next(operator, "EdDSA")

    def make(_):
        return requests.post(f"{server.url}/admin/v1/signing-keys", json={"algorithm": "EdDSA"}, headers={"Authorization": f"Bearer {operator.token()}"}, timeout=30)

    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        assert sorted(answer.status_code for answer in crowd.map(make, range(8))) == [201] + [409] * 7
    assert len(keys_of(operator, "EdDSA")["next"]) == 1


@pytest.mark.parametrize("body", [{}, {"algorithm": "HS256"}, {"algorithm": "none"}, {"algorithm": ""}, {"algorithm": 1}, {"algorithm": None}, {"algorithm": "ES256 "}])
def test_algorithm_that_is_none(operator, body):
    refused(operator.ask("POST", "signing-keys", body), 400, "invalid_member", "algorithm")


def test_who_asks_goes_away_meanwhile(server, operator):
    """The key of RSA is made off the loop: nobody waits for it, and nothing is left of it."""
    end_next(operator, "PS256")
    for _ in range(5):
        with Desk(server.port, operator.key) as leaver:
            leaver.access_token = operator.token()
            leaver.send("POST", "/admin/v1/signing-keys", {"algorithm": "PS256"})
    assert operator.ask("GET", "signing-keys").status == 200


def test_only_operators(owner, operator):
    [active] = keys_of(operator, "ES256")["active"]
    for method, path, body in (("POST", "signing-keys", {"algorithm": "ES256"}), ("GET", f"signing-keys/{active}", None), ("DELETE", f"signing-keys/{active}", None),
                               ("POST", f"signing-keys/{active}/promotion", {"now": True})):
        refused(owner.ask(method, path, body), 403, "insufficient_scope", "signing-keys")
    for path in ("signing-keys/nobody", "signing-keys/nobody/promotion"):
        refused(operator.ask("POST" if path.endswith("n") else "GET", path, {} if path.endswith("n") else None), 404, "no_such")


def test_history_tells_who(cluster, operator):
    end_next(operator, "EdDSA")
    made = operator.done("POST", "signing-keys", {"algorithm": "EdDSA"}, status=201)
    rows = cluster.query("SELECT application_name, method FROM hallmark.change_history WHERE collection = 'signing-keys' AND external_references::jsonb ->> 'Kid' = %s", [made["kid"]])
    assert rows == [(operator.key.application_name, "POST")]
