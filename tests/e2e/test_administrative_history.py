# SPDX-License-Identifier: Apache-2.0
"""What admins change stands in the same history as what applications change: who, through what, old and new, and never a secret."""

import json
import os
import pwd

import pytest

from demo import SCOPES, Caller
from harness import unprivileged

OPERATOR = pwd.getpwuid(unprivileged().get("user", os.getuid())).pw_name  # as whom the harness runs the command line
OF_KEYS = "keys:read secrets:read members:read accounts:read"


@pytest.fixture
def office(demo):
    """A key that an admin lives with, and another that may read what was done to it."""
    account = demo.new_account("Müster & Söhne")
    holder = demo.new_holder(account, permissions=f"{SCOPES} {OF_KEYS}")
    watched = demo.new_key(account=account, holder=holder, name="Nacht-Import")
    auditor = demo.new_key(account=account, holder=holder, scopes=f"history:read {OF_KEYS}")
    return watched, auditor


def changes(caller, noun):
    """Of one noun, oldest first."""
    answer = caller.call("GET", f"/history?collection={noun}")
    assert answer.status == 200, answer
    return answer.json()["changes"][::-1]


def of_key(told, key):
    return [change for change in told if change["external_references"].get("Key") == key.client_id]


def fields(change):
    return {field["name"]: (field.get("old"), field.get("new")) for field in change["fields"]}


def test_life_of_a_key_is_told(server, demo, office):
    watched, auditor = office
    demo.json("key", "disable", watched.client_id)
    demo.json("key", "enable", watched.client_id)
    demo.json("key", "replace", watched.client_id)
    demo.json("key", "delete", watched.client_id)
    with Caller(server.port, auditor) as caller:
        told = of_key(changes(caller, "keys"), watched)
        secrets = of_key(changes(caller, "secrets"), watched)
    assert [change["method"] for change in told] == ["POST", "PUT", "PUT", "PUT", "PUT"]
    assert [fields(change).get("state") for change in told] == [(None, "active"), ("active", "disabled"), ("disabled", "active"), None, ("active", "deleted")]
    assert fields(told[0])["name"] == (None, "Nacht-Import") and len({change["record"] for change in told}) == 1
    assert [change["version"] for change in told] == [1, 2, 3, 4, 5]
    assert [change["method"] for change in secrets] == ["POST", "PUT", "POST"] and secrets[0]["fields"]
    for change in told + secrets:
        assert change["application"] == {"name": "hallmark command line"} and "key" not in change
        assert change["person"] == OPERATOR
        assert change["sentence"].startswith("hallmark command line ")
    assert "digest" not in json.dumps(secrets) and watched.secret not in json.dumps(secrets)


def test_right_that_is_taken_away_is_told(server, demo, office):
    watched, auditor = office
    demo.json("member", "set", f"--account={watched.account}", f"--user={watched.holder}", "--role=owner", f"--permissions=history:read {OF_KEYS}")
    demo.json("account", "api-off", watched.account)
    demo.json("account", "api-on", watched.account)
    with Caller(server.port, auditor) as caller:
        last = changes(caller, "members")[-1]
        before, after = fields(last)["permissions"]
        switched = [fields(change)["api_access"] for change in changes(caller, "accounts")[1:]]
    assert "customers:write" in before and "customers:write" not in after
    assert switched == [(True, False), (False, True)]


def test_values_of_keys_are_for_who_may_read_keys(server, demo, office):
    watched, _ = office
    with Caller(server.port, watched) as caller:
        told = changes(caller, "keys")
    assert len(told) == 2 and all(change["withheld"] is True and "fields" not in change for change in told)
    assert "Nacht-Import" not in json.dumps([{**change, "key": None} for change in told])


def test_change_by_hand_names_the_role(server, cluster, office):
    watched, auditor = office
    cluster.query("UPDATE hallmark.client SET description = 'by hand' WHERE client_id = %s", [watched.client_id])
    with Caller(server.port, auditor) as caller:
        last = of_key(changes(caller, "keys"), watched)[-1]
    assert (last["application"], last["person"]) == ({"name": "database"}, "hallmark_owner")
    assert fields(last)["description"] == ("", "by hand")


def test_no_collection_is_called_like_a_noun(demo):
    done = demo.command_line.run("collection", "create", f"--api={demo.api}", "--name=keys", check=False)
    assert done.returncode == 1 and "not allowed" in done.stderr
