# SPDX-License-Identifier: Apache-2.0
"""Refusals explain themselves: each 401, 403 and 429 of gateway and token endpoint, and what the token endpoint refuses of scopes and accounts, names
the layer that refused, the right that is missing, and who can grant it. Whoever has not proven anything learns nothing by it."""

import dataclasses
import random

import pytest

from demo import Admin, Caller, make_secret, number_of

LAYERS = {"token", "client", "holder", "template", "link", "activation", "address", "limit"}
GRANTERS = {"caller", "account_admin", "office_admin", "client_account_admin", "operator", "time"}
READS = "customers:read products:read"
DICE = random.Random(401)


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


@dataclasses.dataclass
class Case:
    """What a case has to do with: a key of its own and, of an office key, one client account."""
    demo: object
    admin: object
    key: object
    client: str = None
    template: str = None

    def change(self, name, **given):
        self.admin.change(name, **given)

    def key_scopes(self, *scopes):
        self.admin.cursor.execute("UPDATE hallmark.client SET scopes = %s WHERE client_id = %s", [sorted(scopes), self.key.client_id])
        self.admin.wait_for_nodes()

    def holder(self, **given):
        self.change("member_set", account_id=number_of(self.key.account), user_id=number_of(self.key.holder), **given)

    def holder_leaves(self):
        self.demo.new_holder(self.key.account)  # an account has an owner
        self.holder(state="left")

    def account(self, account, **given):
        self.change("account_set", id=number_of(account), **given)

    def link(self):
        return {"office_account_id": number_of(self.key.account), "client_id": self.key.client_id, "account_id": number_of(self.client)}

    def other_template(self, scopes):
        made = self.demo.json("template", "create", f"--account={self.key.account}", "--name=Other", f"--scopes={scopes}")[0]["id"]
        self.change("link_change", **self.link(), template_id=number_of(made))

    def switch_off(self):
        self.change("office_set", account_id=number_of(self.client), office_account_id=number_of(self.key.account), allowed=False)


def key_case(demo, admin):
    return Case(demo, admin, demo.new_key(scopes=READS))


def office_case(demo, admin):
    office, client = demo.new_account("Office Ltd"), demo.new_account("Client")
    key = demo.new_key(office, demo.new_holder(office), scopes=READS, office=True)
    template = demo.json("template", "create", f"--account={office}", "--name=Books", f"--scopes={READS}")[0]["id"]
    demo.json("link", "create", f"--key={key.client_id}", f"--accounts={client}", f"--template={template}")
    return Case(demo, admin, key, client, template)


def explained(answer, status, code, layer, missing, granted_by):
    body = answer.json()
    told = (answer.status, body.get("error", body.get("code")), body.get("layer"), body.get("missing"), body.get("granted_by"))
    assert told == (status, code, layer, missing, granted_by), answer
    assert layer in LAYERS and granted_by in GRANTERS
    return answer


# --- the gateway ----------------------------------------------------------------------------------------------------------------

# name: what kind of key; what changes after its token was issued; scopes of the token; the answer to a GET of customers
GATEWAY = {
    "the token lacks the scope": (key_case, lambda case: None, "products:read", (403, "insufficient_scope", "token", "customers:read", "caller")),
    "the key lost the scope": (key_case, lambda case: case.key_scopes("products:read"), READS,
                               (403, "key_right_missing", "client", "customers:read", "account_admin")),
    "the holder lost the permission": (key_case, lambda case: case.holder(permissions=["products:read"]), READS,
                                       (403, "holder_right_missing", "holder", "customers:read", "account_admin")),
    "another address": (key_case, lambda case: case.demo.json("key", "allow-address", case.key.client_id, "--addresses=192.0.2.0/24"), READS,
                        (403, "address_not_allowed", "address", None, "account_admin")),
    "the holder left": (key_case, lambda case: case.holder_leaves(), READS,
                        (403, "holder_right_missing", "holder", "customers:read", "account_admin")),
    "API access off": (key_case, lambda case: case.account(case.key.account, api_access=False), READS,
                       (403, "api_access_off", "activation", None, "account_admin")),
    "the account closed": (key_case, lambda case: case.account(case.key.account, state="closed"), READS, (401, "invalid_token", "token", None, "caller")),
    "the key disabled": (key_case, lambda case: case.change("client_change", account_id=number_of(case.key.account), client_id=case.key.client_id,
                                                            state="disabled"), READS, (401, "invalid_token", "token", None, "caller")),
    "the link ended": (office_case, lambda case: case.change("link_end", **case.link()), READS, (403, "link_ended", "link", None, "office_admin")),
    "the client's switch": (office_case, lambda case: case.switch_off(), READS, (403, "office_off", "link", None, "client_account_admin")),
    "another template": (office_case, lambda case: case.other_template("products:read"), READS,
                         (403, "template_right_missing", "template", "customers:read", "office_admin")),
    "the client's API access off": (office_case, lambda case: case.account(case.client, api_access=False), READS,
                                    (403, "api_access_off", "activation", None, "account_admin")),
    "the office's holder": (office_case, lambda case: case.holder(permissions=["products:read"]), READS,
                            (403, "holder_right_missing", "holder", "customers:read", "account_admin")),
    "requests used up": (key_case, lambda case: case.demo.json("key", "limit", case.key.client_id, "--requests=1", "--seconds=3600"), READS,
                         (429, "rate_limited", "limit", None, "time")),
}


@pytest.mark.parametrize("name", GATEWAY)
def test_the_gateway_names_the_layer(server, demo, admin, name):
    make, take_away, scope, told = GATEWAY[name]
    case = make(demo, admin)
    with Caller(server.port, case.key) as caller:
        parameters = {"account": case.client} if case.client else {}
        caller.access_token = caller.ask_for_token(scope=scope, **parameters).json()["access_token"]
        assert caller.call("GET", "products?$top=0").status == 200
        take_away(case)
        if told[0] == 429:
            caller.call("GET", "products?$top=0")
        answer = explained(caller.call("GET", "customers?$top=0"), *told)
        challenge = answer.header("www-authenticate") or ""
        assert ('error="insufficient_scope", scope="customers:read"' in challenge) == (told[3] is not None), "RFC 6750 section 3"
        assert answer.json()["detail"] == answer.json()["Message"]
        if told[3]:
            assert told[3] in answer.json()["detail"]


def test_every_right_that_one_layer_lacks_is_named(server, demo, admin):
    """The history of a record needs two rights."""
    case = Case(demo, admin, demo.new_key(scopes="products:read history:read"))
    with Caller(server.port, case.key) as caller:
        explained(caller.call("GET", "customers/1/history"), 403, "insufficient_scope", "token", "customers:read", "caller")
        caller.access_token = caller.ask_for_token(scope="products:read").json()["access_token"]
        answer = explained(caller.call("GET", "customers/1/history"), 403, "insufficient_scope", "token", "customers:read history:read", "caller")
        assert 'scope="customers:read history:read"' in answer.header("www-authenticate")
        explained(caller.call("GET", "/history?limit=1"), 403, "insufficient_scope", "token", "history:read", "caller")


def test_an_office_token_without_an_account(server, demo, admin):
    with Caller(server.port, office_case(demo, admin).key) as caller:
        explained(caller.call("GET", "customers"), 403, "account_needed", "token", None, "caller")


@pytest.mark.parametrize("authorization, code", [(False, "token_missing"), ("Bearer x", "invalid_token"), ("Basic eDp5", "token_missing")])
def test_without_a_valid_token_only_the_token_is_told(server, demo, authorization, code):
    with Caller(server.port, demo.new_key()) as caller:
        explained(caller.call("GET", "customers", authorization=authorization), 401, code, "token", None, "caller")
        assert caller.call("GET", "nothing-here", authorization=authorization).status == 404, "and the order of refusal is what it was"


# --- the token endpoint ---------------------------------------------------------------------------------------------------------

TOKEN = {
    "not the key's": (key_case, lambda case: None, {"scope": "invoices:read"}, (400, "invalid_scope", "client", "invoices:read", "account_admin")),
    "not the holder's": (key_case, lambda case: case.holder(permissions=["products:read"]), {"scope": READS},
                         (400, "invalid_scope", "holder", "customers:read", "account_admin")),
    "the holder has none": (key_case, lambda case: case.holder(permissions=[]), {}, (400, "invalid_scope", "holder", READS, "account_admin")),
    "the key has none": (key_case, lambda case: case.key_scopes(), {}, (400, "invalid_scope", "client", None, "account_admin")),
    "not the template's": (office_case, lambda case: case.other_template("products:read"), {"scope": "customers:read"},
                           (400, "invalid_scope", "template", "customers:read", "office_admin")),
    "the template has none": (office_case, lambda case: case.other_template("invoices:read"), {}, (400, "invalid_scope", "template", READS, "office_admin")),
    "the link ended": (office_case, lambda case: case.change("link_end", **case.link()), {}, (400, "invalid_target", "link", None, "office_admin")),
    "the client's switch": (office_case, lambda case: case.switch_off(), {}, (400, "invalid_target", "link", None, "client_account_admin")),
    "the client's API access off": (office_case, lambda case: case.account(case.client, api_access=False), {},
                                    (400, "invalid_target", "activation", None, "account_admin")),
    "the client closed": (office_case, lambda case: case.account(case.client, state="closed"), {}, (400, "invalid_target", "activation", None, "operator")),
    "another address": (key_case, lambda case: case.demo.json("key", "allow-address", case.key.client_id, "--addresses=192.0.2.0/24"), {},
                        (400, "unauthorized_client", "address", None, "account_admin")),
    "no account": (office_case, lambda case: None, {"account": None, "scope": READS}, (400, "invalid_scope", "token", None, "caller")),
    "requests used up": (key_case, lambda case: case.demo.json("key", "limit", case.key.client_id, "--requests=1", "--seconds=3600"), {},
                         (429, "rate_limited", "limit", None, "time")),
}


@pytest.mark.parametrize("name", TOKEN)
def test_the_token_endpoint_names_the_layer(server, demo, admin, name):
    make, take_away, parameters, told = TOKEN[name]
    case = make(demo, admin)
    parameters = {**({"account": case.client} if case.client else {}), **parameters}
    parameters = {name: value for name, value in parameters.items() if value is not None}
    with Caller(server.port, case.key) as caller:
        take_away(case)
        if told[0] == 429:
            caller.ask_for_token(**parameters)
        explained(caller.ask_for_token(**parameters), *told)


def test_whoever_is_not_let_in_hears_the_same_of_every_key(server, demo, admin):
    """Unknown, wrong, switched off: one answer, whatever layer stands behind it."""
    case = key_case(demo, admin)
    off = key_case(demo, admin)
    off.account(off.key.account, api_access=False)
    unknown = dataclasses.replace(case.key, client_id=demo.new_key().client_id)
    answers = []
    for key, secret in ((case.key, make_secret(case.key.secret, DICE)), (unknown, None), (off.key, None), (off.key, make_secret(off.key.secret, DICE))):
        with Caller(server.port, key) as caller:
            answers.append(explained(caller.ask_for_token(secret=secret), 401, "invalid_client", "client", None, "account_admin"))
    assert len({answer.body for answer in answers}) == 1


def test_too_many_failures_are_a_limit(server, demo):
    key = demo.new_key()
    with Caller(server.port, key) as caller:
        answers = [caller.ask_for_token(secret=make_secret(key.secret, DICE)) for _ in range(30)]
        slowed = [answer for answer in answers if answer.status == 429]
        assert slowed, answers
        explained(slowed[0], 429, "too_many_failures", "limit", None, "time")
