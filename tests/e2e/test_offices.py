# SPDX-License-Identifier: Apache-2.0
"""Accounting offices: one key for many client accounts, each with a template of its own, and a switch on the client's side."""

import dataclasses
import re
import time

import pytest

import harness
from demo import SCOPES, Admin, Caller, number_of, serving

BOOKKEEPING = "customers:read customers:write history:read"


@dataclasses.dataclass(frozen=True)
class Office:
    key: object  # demo.Key
    clients: list
    template: str


def new_office(demo, clients=2, scopes=BOOKKEEPING, holder_scopes=SCOPES, key_scopes=SCOPES):
    """An office with a key that is linked to fresh client accounts."""
    account = demo.new_account("Office Ltd")
    key = demo.new_key(account, demo.new_holder(account, holder_scopes), name="All clients", scopes=key_scopes, office=True)
    template = demo.json("template", "create", f"--account={account}", "--name=Bookkeeping", f"--scopes={scopes}")[0]["id"]
    accounts = [demo.new_account(f"Client {number}") for number in range(clients)]
    if accounts:
        demo.json("link", "create", f"--key={key.client_id}", f"--accounts={' '.join(accounts)}", f"--template={template}")
    return Office(key, accounts, template)


@pytest.fixture(scope="module")
def office(demo):
    return new_office(demo)


@pytest.fixture
def caller(server, office):
    with Caller(server.port, office.key) as made:
        yield made


@pytest.fixture
def admin(cluster):
    with Admin(cluster) as made:
        yield made


def refused(answer, status, code, *words):
    body = answer.json()
    assert (answer.status, body.get("error", body.get("code"))) == (status, code), answer
    told = body.get("error_description", body.get("detail"))
    assert all(word in told for word in words), told


def token_for(caller, account, **more):
    answer = caller.ask_for_token(account=account, **more)
    assert answer.status == 200, answer
    return answer.json()["access_token"]


# --- at the token endpoint ------------------------------------------------------------------------------------------------------


def test_what_no_office_key_may_ask_for(server, demo, office):
    with Caller(server.port, demo.new_key()) as caller:
        refused(caller.ask_for_token(account=office.clients[0]), 400, "invalid_target", "office key")
        refused(caller.ask_for_token(account="acc_1"), 400, "invalid_target", "account")
        assert caller.ask_for_token(account=caller.key.account).status == 200, "its own account is no other"
        assert caller.call("GET", "/oauth2/accounts").json() == {"accounts": []}


def test_an_office_key_never_opens_the_offices_own_account(server, caller, office):
    refused(caller.ask_for_token(account=office.key.account), 400, "invalid_target", "own account")
    refused(caller.ask_for_token(scope="customers:read"), 400, "invalid_scope", "account")
    answer = caller.ask_for_token()
    assert answer.status == 200 and "scope" not in answer.json(), "a token that validates elsewhere must not look like a right"
    for path in ("customers", "/history"):
        refused(caller.call("GET", path), 403, "account_needed", "account")


def test_accounts_that_are_not_linked_are_not_told_apart_from_none(server, demo, caller):
    stranger = demo.new_account("Stranger")
    answers = [caller.ask_for_token(account=account) for account in (stranger, "acc_0zzzzzzz")]
    for answer in answers:
        refused(answer, 400, "invalid_target", "not linked")
    assert answers[0].body == answers[1].body


def test_a_token_opens_one_client_account(server, demo, caller, office):
    first, second = office.clients
    caller.access_token = token_for(caller, first)
    number = caller.create("Ada")
    assert caller.call("GET", f"customers/{number}").status == 200
    caller.access_token = token_for(caller, second)
    assert caller.call("GET", f"customers/{number}").status == 404, "another client's record is not there"
    assert caller.call("GET", "customers").json() == []
    assert [entry["account"] for entry in caller.call("GET", "/oauth2/accounts").json()["accounts"]] == [second], "and lists no other client"


@pytest.mark.parametrize("form, status", [("https://books.example/{}", 200), ("https://books.example//{}", 400), ("https://other.example/{}", 400)])
def test_the_account_may_stand_in_the_resource(caller, office, form, status):
    assert caller.ask_for_token(resource=form.format(office.clients[0])).status == status


def test_two_accounts_at_once_are_refused(caller, office):
    first, second = office.clients
    refused(caller.ask_for_token(account=first, resource=f"https://books.example/{second}"), 400, "invalid_target", "one at a time")
    assert caller.ask_for_token(account=first, resource=f"https://books.example/{first}").status == 200


def test_scopes_are_at_most_those_of_key_holder_and_template(server, demo):
    office = new_office(demo, 1, scopes="customers:read customers:write products:read invoices:read", holder_scopes="customers:read customers:write products:read",
                        key_scopes="customers:read products:read")
    with Caller(server.port, office.key) as caller:
        account = office.clients[0]
        assert caller.ask_for_token(account=account).json()["scope"] == "customers:read products:read"
        refused(caller.ask_for_token(account=account, scope="invoices:read"), 400, "invalid_scope", "of this key")
        demo.json("link", "create", f"--key={office.key.client_id}", f"--accounts={account}",
                  f"--template={demo.json('template', 'create', f'--account={office.key.account}', '--name=Narrow', '--scopes=products:read')[0]['id']}")
        refused(caller.ask_for_token(account=account, scope="customers:read"), 400, "invalid_scope", "template")
        assert caller.ask_for_token(account=account).json()["scope"] == "products:read"


# --- what is taken away -----------------------------------------------------------------------------------------------------------


def changes_of(demo, office):
    """Per layer: the statement, what takes the right away and what gives it back, and how a token request and a call are refused."""
    key, client = office.key, office.clients[0]
    link = {"office_account_id": number_of(key.account), "client_id": key.client_id}
    account, office_account = number_of(client), number_of(key.account)
    template = number_of(office.template)
    narrow = number_of(demo.json("template", "create", f"--account={key.account}", "--name=Narrow", "--scopes=history:read")[0]["id"])
    give = ("link_create", {**link, "accounts": [account], "template_id": template})
    return {
        "link": (("link_end", {**link, "account_id": account}), give, (400, "invalid_target"), (403, "link_ended")),
        "template": (("link_change", {**link, "account_id": account, "template_id": narrow}), give, (200, None), (403, "template_right_missing")),
        "switch": (("office_set", {"account_id": account, "office_account_id": office_account, "allowed": False}),
                   ("office_set", {"account_id": account, "office_account_id": office_account, "allowed": True}), (400, "invalid_target"), (403, "office_off")),
        "api access": (("account_set", {"id": account, "api_access": False}), ("account_set", {"id": account, "api_access": True}),
                       (400, "invalid_target"), (403, "api_access_off")),
        "closed": (("account_set", {"id": account, "state": "closed"}), ("account_set", {"id": account, "state": "active"}),
                   (400, "invalid_target"), (401, "invalid_token")),
        "office's api access": (("account_set", {"id": office_account, "api_access": False}), ("account_set", {"id": office_account, "api_access": True}),
                                (401, "invalid_client"), (403, "api_access_off")),
        "holder": (("member_set", {"account_id": office_account, "user_id": number_of(key.holder), "permissions": ["history:read"]}),
                   ("member_set", {"account_id": office_account, "user_id": number_of(key.holder), "permissions": SCOPES.split()}), (200, None),
                   (403, "holder_right_missing")),
    }


def test_what_was_taken_away_is_refused_on_the_next_request(server, demo, admin, caller, office):
    caller.access_token = token_for(caller, office.clients[0])
    for layer, (take, give, of_token, of_call) in changes_of(demo, office).items():
        assert caller.call("GET", "customers?$top=1").status == 200, layer
        admin.change(take[0], **take[1])
        refused(caller.call("GET", "customers?$top=1"), *of_call)
        answer = caller.ask_for_token(account=office.clients[0])
        assert answer.status == of_token[0] and answer.json().get("error") == of_token[1], (layer, answer)
        admin.change(give[0], **give[1])
        if layer == "closed":
            assert caller.call("GET", "customers?$top=1").status == 401, "opened again, an account has its new tokens alone"
            caller.access_token = token_for(caller, office.clients[0])
        assert caller.call("GET", "customers?$top=1").status == 200, layer


def test_a_second_node_refuses_within_a_second(demo, cluster, admin, office):
    with serving(cluster, threads=1) as second, Caller(second.port, office.key) as there:
        there.access_token = token_for(there, office.clients[0])
        for layer, (take, give, _, of_call) in changes_of(demo, office).items():
            assert there.call("GET", "customers?$top=1").status == 200, layer
            admin.one(take[0], **take[1])
            began = time.monotonic()
            harness.wait_until(lambda: there.call("GET", "customers?$top=1").status == of_call[0], 1, f"refusal after {layer}")
            assert time.monotonic() - began < 1
            admin.change(give[0], **give[1])
            if layer == "closed":
                there.access_token = token_for(there, office.clients[0])


def test_a_newer_template_does_not_widen_old_links(server, demo):
    office = new_office(demo, 1, scopes="products:read")
    account, key = office.clients[0], office.key
    with Caller(server.port, key) as caller:
        caller.access_token = token_for(caller, account)
        newer = demo.json("template", "revise", office.template, f"--account={key.account}", "--scopes=products:read customers:read")[0]
        assert newer["version"] == 2
        assert caller.ask_for_token(account=account).json()["scope"] == "products:read"
        listed = demo.json("link", "list", f"--key={key.client_id}")[0]
        assert (listed["template_version"], listed["newest_version"]) == (1, 2)
        demo.json("link", "change", f"--key={key.client_id}", f"--account={account}", f"--template={office.template}")
        assert caller.ask_for_token(account=account).json()["scope"] == "customers:read products:read"
        demo.json("link", "change", f"--key={key.client_id}", f"--account={account}", f"--template={office.template}", "--template-version=1")
        assert caller.ask_for_token(account=account).json()["scope"] == "products:read"


def test_a_warm_node_asks_the_database_for_nothing(cluster, office):
    """Client and link come from memory; an empty page and a token need nothing else."""
    with serving(cluster, threads=1) as node, Caller(node.port, office.key) as caller:
        caller.access_token = token_for(caller, office.clients[0])
        assert caller.call("GET", "customers?$top=0").status == 200

        def reads():
            with harness.Wire(node.operations_port) as wire:
                wire.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                text = wire.answer().body.decode()
            return {name: int(re.search(rf"^hallmark_{name}_total (\d+)$", text, re.MULTILINE)[1])
                    for name in ("client_cache_misses", "link_cache_misses", "link_cache_hits")}

        before = reads()
        for _ in range(50):
            assert caller.call("GET", "customers?$top=0").status == 200
            assert caller.ask_for_token(account=office.clients[0]).status == 200
        assert reads() == {**before, "link_cache_hits": before["link_cache_hits"] + 100}


# --- the list of accounts ---------------------------------------------------------------------------------------------------------


def test_the_accounts_that_a_key_may_ask_for(server, demo, admin):
    office = new_office(demo, 5)
    admin.change("link_end", office_account_id=number_of(office.key.account), client_id=office.key.client_id, account_id=number_of(office.clients[0]))
    admin.change("account_set", id=number_of(office.clients[1]), api_access=False)
    admin.change("office_set", account_id=number_of(office.clients[2]), office_account_id=number_of(office.key.account), allowed=False)
    admin.change("account_set", id=number_of(office.clients[3]), state="closed")
    states = dict(zip(office.clients, ["ended", "api_access_off", "office_off", "closed", "active"]))
    with Caller(server.port, office.key) as caller:
        whole = caller.call("GET", "/oauth2/accounts").json()
        assert "next_page_token" not in whole
        assert {entry["account"]: entry["state"] for entry in whole["accounts"]} == states
        assert all(entry["template"] == {"id": office.template, "name": "Bookkeeping", "version": 1} and entry["scopes"] == BOOKKEEPING
                   and entry["name"].startswith("Client ") for entry in whole["accounts"])
        seen, path = [], "/oauth2/accounts?page_size=2"
        while path:
            answer = caller.call("GET", path)
            seen += answer.json()["accounts"]
            link = answer.header("link")
            path = link[link.index("/oauth2"):link.index(">")] if link else None
        assert seen == whole["accounts"]
        for wrong in ("page_size=0", "page_size=1001", "page_token=x", "page_size=a"):
            assert caller.call("GET", f"/oauth2/accounts?{wrong}").status == 400, wrong
        assert caller.call("GET", "/oauth2/accounts", authorization=False).status == 401
        assert caller.call("POST", "/oauth2/accounts", {}).status == 405


# --- the history ----------------------------------------------------------------------------------------------------------------


def test_the_history_of_the_client_names_application_key_office_and_client(server, demo, caller, office):
    client = office.clients[0]
    caller.access_token = token_for(caller, client)
    number = caller.create("Ada")
    own = demo.new_key(client)
    with Caller(server.port, own) as owner:
        change = owner.call("GET", f"customers/{number}/history").json()["changes"][0]
        assert change["application"]["name"] == office.key.application_name and change["key"] == {"client_id": office.key.client_id, "name": "All clients"}
        assert change["office"] == {"account": office.key.account, "name": "Office Ltd"}
        assert f'created customers {number} with the key "All clients" of Office Ltd on ' in change["sentence"]
        assert owner.call("PUT", f"customers/{number}", {"Name": "Grace"}).status == 204
        assert "office" not in owner.call("GET", f"customers/{number}/history").json()["changes"][0], "a key of its own has no office"
    assert [entry["record"] for entry in caller.call("GET", f"customers/{number}/history").json()["changes"]] == [number, number]


# --- the command line ---------------------------------------------------------------------------------------------------------------


def test_the_client_sees_who_reaches_in(demo, office):
    row, = demo.json("office", "list", f"--account={office.clients[1]}")
    assert (row["office_account_id"], row["office"], row["client_id"], row["key"], row["application"], row["template"], row["allowed"], row["state"]) == (
        office.key.account, "Office Ltd", office.key.client_id, "All clients", office.key.application_name, "Bookkeeping", True, "active")
    demo.json("office", "deny", f"--account={office.clients[1]}", f"--office={office.key.account}")
    assert demo.json("office", "list", f"--account={office.clients[1]}")[0]["allowed"] is False
    demo.json("office", "allow", f"--account={office.clients[1]}", f"--office={office.key.account}")
    assert demo.json("office", "list", f"--account={office.clients[1]}")[0]["allowed"] is True
    assert demo.json("office", "list", f"--account={office.key.account}") == []


def test_links_are_made_in_bulk_and_all_or_none(demo, command_line, tmp_path):
    office = new_office(demo, 0)
    accounts = [demo.new_account(f"Bulk {number}") for number in range(3)]
    folder = harness.private_folder("hallmark-links-")
    listed = folder / "accounts"
    listed.write_text("\n".join(accounts) + "\n")
    listed.chmod(0o644)
    words = ["link", "create", f"--key={office.key.client_id}", f"--template={office.template}"]
    assert command_line.run(*words, f"--accounts={accounts[0]} acc_0zzzzzzz", check=False).returncode == 1
    assert command_line.run(*words, check=False).returncode == 2
    assert command_line.run(*words, "--accounts=acc_1", check=False).returncode == 2
    assert demo.json("link", "list", f"--key={office.key.client_id}") == []
    assert {row["account_id"] for row in demo.json(*words, f"--file={listed}")} == set(accounts)
    ended = demo.json("link", "end", f"--key={office.key.client_id}", f"--account={accounts[0]}")[0]
    assert ended["state"] == "ended"
    assert demo.json(*words, f"--accounts={accounts[0]}")[0]["state"] == "active", "what has ended is made anew"
    plain = demo.new_key()
    done = command_line.run("link", "create", f"--key={plain.client_id}", f"--template={office.template}", f"--accounts={accounts[0]}", check=False)
    assert done.returncode == 1 and "no office's key" in done.stderr
    harness.shutil.rmtree(folder)


def test_templates_are_listed_with_every_version(demo, command_line):
    office = new_office(demo, 1)
    demo.json("template", "revise", office.template, f"--account={office.key.account}", "--name=Wide", "--scopes=customers:read")
    assert [(row["id"], row["version"], row["name"]) for row in demo.json("template", "list", f"--account={office.key.account}") if row["account_id"]] == [
        (office.template, 2, "Wide")]
    assert [(row["version"], row["links"]) for row in demo.json("template", "show", office.template, f"--account={office.key.account}")] == [(2, 0), (1, 1)]
    assert command_line.run("template", "revise", office.template, "--scopes=customers:read", check=False).returncode == 1, "it is the office's"
