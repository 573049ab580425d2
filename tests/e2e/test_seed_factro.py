# SPDX-License-Identifier: Apache-2.0
"""What factro tells its customers about its API and webhooks, in its order; the clicks are commands here, and calls of the management API.

Answered differently on purpose: an API can be switched off again, and so can each webhook."""

from demo import Caller, World, own_cluster, serving
from receiver import receiving
from test_management import WORDS, desk_of, new_key
from test_offices import refused
from test_webhooks import ALLOWED, Hook


def test_a_new_account_has_the_api(server, demo):
    account = demo.new_account("Neue Cloud")
    assert demo.json("account", "show", account)[0]["api_access"] is True
    with Caller(server.port, demo.new_key(account)) as caller:
        assert caller.call("GET", "customers").status == 200, "the owner makes a key, and it works"


def test_the_api_can_be_switched_off_and_on_again(server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        assert caller.call("GET", "customers").status == 200
        demo.json("account", "api-off", key.account)
        refused(caller.call("GET", "customers"), 403, "api_access_off", "account admin")
        demo.json("account", "api-on", key.account)
        assert caller.call("GET", "customers").status == 200


def test_an_account_without_the_api_gets_it_later(server, demo):
    account = demo.new_account("Alte Cloud")
    demo.json("account", "api-off", account)
    with Caller(server.port, demo.new_key(account)) as caller:
        refused(caller.ask_for_token(), 401, "invalid_client")
        demo.json("account", "api-on", account)
        assert caller.ask_for_token().status == 200


def test_webhooks_tell_what_happens_and_can_be_ended():
    """On a cluster of its own: a node that may not reach private addresses would take events out of a shared outbox."""
    with own_cluster() as cluster, receiving() as receiver, serving(cluster, **ALLOWED) as node:
        demo = World(cluster)
        key = demo.new_key()
        tell_and_end(demo, key, receiver, node)


def tell_and_end(demo, key, receiver, node):
    with Caller(node.port, key) as caller:
        hook = Hook(demo, key.account, receiver.url())
        number = caller.create("Leistung")
        told = receiver.wait_for(lambda all: [one for one in all if one.type == "customers.created"])[0]
        assert told.event["data"]["record"] == number
        hook.run("disable")
        assert hook.state()["state"] == "disabled"
        hook.run("enable")
        assert hook.state()["state"] == "active"
        hook.run("delete")
        assert demo.json("webhook", "list", f"--account={key.account}") == []


def test_what_a_plan_does_not_have_is_left_out_of_the_request(server, demo):
    """A member that is not required may be missing; what is required is named."""
    with Caller(server.port, demo.new_key()) as caller:
        assert caller.call("POST", "customers", {"Name": "Projekt"}).status == 200
        assert caller.call("POST", "customers", {"Manager": "Anna"}).json()["code"] == "invalid_member"


def test_the_owner_does_it_through_the_management_api(server, demo):
    account, application = demo.new_account("Neue Cloud"), demo.new_application()[0]
    with desk_of(demo, server, account, "owner", scopes=" ".join([*WORDS, "customers:read"])) as desk:
        assert desk.done("GET", desk.of)["api_access"] is True
        assert new_key(desk, application)["state"] == "active"
        assert desk.done("PUT", desk.of, {"api_access": False}, version="*")["access_shut"] == "switched off"
        refused(desk.ask("GET", desk.of), 403, "api_access_off", "account admin")
    demo.json("account", "api-on", account)
