# SPDX-License-Identifier: Apache-2.0
"""What the gateway allows, against a model of it: people, rights, keys, templates, links and switches change at random, and each change is
asked about on two nodes as soon as it is answered."""

import collections
import dataclasses
import random

import pytest

from demo import Admin, Caller, number_of, serving

CALLS = {  # what needs which scope, and what is answered to who has it
    "customers:read": ("GET", "customers?$top=0", 200), "customers:write": ("DELETE", "customers/9000000000000000000", 404),
    "products:read": ("GET", "products?$top=0", 200), "products:write": ("DELETE", "products/9000000000000000000", 404),
}
STEPS = 300


@dataclasses.dataclass
class Key:
    made: object  # demo.Key
    office: bool
    scopes: set
    permissions: set  # of its holder
    holder_active: bool = True
    active: bool = True
    generation: int = 0  # how often it was disabled


@dataclasses.dataclass
class Account:
    open: bool = True
    api: bool = True
    generation: int = 0  # how often it was closed


@dataclasses.dataclass
class Link:
    template: int
    version: int
    active: bool = True


@dataclasses.dataclass
class Token:
    key: Key
    account: str
    scopes: set
    generation: int
    text: str


class Model:
    """The reference: what stands in the database, and what follows from it."""

    def __init__(self):
        self.keys, self.accounts, self.links, self.templates, self.denied = [], {}, {}, {}, set()

    def reach(self, key, account):
        """Scopes that a key has in an account now; None when it cannot reach it at all."""
        if not self.accounts[key.made.account].api:
            return None
        scopes = key.scopes & (key.permissions if key.holder_active else set())
        if not key.office:
            return scopes if account == key.made.account else None
        link = self.links.get((key.made.client_id, account))
        if link is None or not link.active or not self.accounts[account].api or (account, key.made.account) in self.denied:
            return None
        return scopes & self.templates[link.template][link.version - 1]

    def alive(self, key, account):
        return key.active and self.accounts[key.made.account].open and self.accounts[account].open

    def generation(self, key, account):
        """Of all that a token hangs on: what ended once stays ended, whoever enables or opens again."""
        return key.generation + sum(self.accounts[name].generation for name in {key.made.account, account})

    def status(self, token, scope):
        if token.generation != self.generation(token.key, token.account) or not self.alive(token.key, token.account):
            return 401
        reach = self.reach(token.key, token.account)
        return CALLS[scope][2] if reach is not None and scope in reach & token.scopes else 403

    def token(self, key, account):
        """Scopes of a new token for this account; None when it is refused."""
        if not self.alive(key, account):
            return None
        return self.reach(key, account) or None


class Run:
    """The same changes, made in the database and in the model."""

    def __init__(self, demo, admin, dice):
        self.demo, self.admin, self.dice, self.model, self.tokens = demo, admin, dice, Model(), []
        self.seen = collections.Counter()
        office, *clients = [demo.new_account(name) for name in ("Office Ltd", "First", "Second")]
        self.office, self.clients = office, clients
        self.model.accounts = {account: Account() for account in (office, *clients)}
        for account, is_office in ((office, True), (office, True), (office, False), (clients[0], False)):
            demo.new_holder(account)  # who is left when the other owner leaves
            made = demo.new_key(account, demo.new_holder(account, " ".join(CALLS)), scopes=" ".join(CALLS), office=is_office)
            self.model.keys.append(Key(made, is_office, set(CALLS), set(CALLS)))
        for number in range(2):
            self.model.templates[number_of(demo.json("template", "create", f"--account={office}", f"--name={number}", f"--scopes={' '.join(CALLS)}")[0]["id"])] = [set(CALLS)]

    def some_scopes(self):
        return {scope for scope in CALLS if self.dice.random() < 0.6}

    def office_key(self):
        return self.dice.choice([key for key in self.model.keys if key.office])

    # each makes one change

    def permissions(self):
        key = self.dice.choice(self.model.keys)
        key.permissions = self.some_scopes()
        self.admin.change("member_set", account_id=number_of(key.made.account), user_id=number_of(key.made.holder), permissions=sorted(key.permissions))

    def member(self):
        key = self.dice.choice(self.model.keys)
        key.holder_active = not key.holder_active
        self.admin.change("member_set", account_id=number_of(key.made.account), user_id=number_of(key.made.holder),
                          state="active" if key.holder_active else "left")

    def key_scopes(self):
        key = self.dice.choice(self.model.keys)
        key.scopes = self.some_scopes()
        self.admin.cursor.execute("UPDATE hallmark.client SET scopes = %s WHERE client_id = %s", [sorted(key.scopes), key.made.client_id])
        self.admin.wait_for_nodes()

    def key_state(self):
        key = self.dice.choice(self.model.keys)
        key.active, key.generation = not key.active, key.generation + key.active
        self.admin.change("client_change", account_id=number_of(key.made.account), client_id=key.made.client_id,
                          state="active" if key.active else "disabled")

    def account(self):
        name = self.dice.choice(list(self.model.accounts))
        account = self.model.accounts[name]
        if self.dice.random() < 0.5:
            account.api = not account.api
        else:
            account.open, account.generation = not account.open, account.generation + account.open
        self.admin.change("account_set", id=number_of(name), api_access=account.api, state="active" if account.open else "closed")

    def template(self):
        number = self.dice.choice(list(self.model.templates))
        self.model.templates[number].append(self.some_scopes())
        self.admin.change("template_revise", account_id=number_of(self.office), id=number, scopes=sorted(self.model.templates[number][-1]))

    def link(self):
        key, account, number = self.office_key(), self.dice.choice(self.clients), self.dice.choice(list(self.model.templates))
        version = self.dice.randint(1, len(self.model.templates[number]))
        self.model.links[key.made.client_id, account] = Link(number, version)
        self.admin.change("link_create", office_account_id=number_of(self.office), client_id=key.made.client_id, accounts=[number_of(account)],
                          template_id=number, template_version=version)

    def unlink(self):
        key, account = self.office_key(), self.dice.choice(self.clients)
        if (key.made.client_id, account) in self.model.links:
            self.model.links[key.made.client_id, account].active = False
            self.admin.change("link_end", office_account_id=number_of(self.office), client_id=key.made.client_id, account_id=number_of(account))

    def switch(self):
        account = self.dice.choice(self.clients)
        self.model.denied ^= {(account, self.office)}
        self.admin.change("office_set", account_id=number_of(account), office_account_id=number_of(self.office),
                          allowed=(account, self.office) not in self.model.denied)

    def step(self):
        self.dice.choice([self.permissions, self.member, self.key_scopes, self.key_state, self.account, self.template, self.link, self.link, self.unlink,
                          self.switch])()

    # what is asked

    def ask_for_token(self, node):
        key = self.dice.choice(self.model.keys)
        account = self.dice.choice(self.clients) if key.office else key.made.account
        home = self.model.accounts[key.made.account]
        if not (key.active and home.open and home.api):
            return  # invalid_client: a few of those, and the slow-down answers instead
        with Caller(node.port, key.made) as caller:
            answer = caller.ask_for_token(account=account)
        want = self.model.token(key, account)
        assert (answer.status == 200) == (want is not None), (answer, want)
        if want is not None:
            assert set(answer.json()["scope"].split()) == want
            self.tokens.append(Token(key, account, want, self.model.generation(key, account), answer.json()["access_token"]))

    def check(self, callers):
        for token in self.dice.sample(self.tokens, min(4, len(self.tokens))):
            scope = self.dice.choice(list(CALLS))
            method, path, _ = CALLS[scope]
            for caller in callers:
                answer = caller.call(method, path, authorization=f"Bearer {token.text}")
                assert answer.status == self.model.status(token, scope), (answer, scope, token, self.model.__dict__)
                self.seen[answer.status] += 1


@pytest.mark.parametrize("seed", range(2))
def test_what_is_allowed_is_what_the_model_allows(server, demo, cluster, seed):
    dice = random.Random(seed)
    with Admin(cluster) as admin, serving(cluster, threads=2, issuer=server.url) as second:
        run = Run(demo, admin, dice)
        with Caller(server.port, run.model.keys[0].made) as here, Caller(second.port, run.model.keys[0].made) as there:
            for _ in range(STEPS):
                run.step()
                for node in (server, second):
                    run.ask_for_token(node)
                run.check((here, there))
        assert min(run.seen[status] for status in (200, 401, 403, 404)) > 10, run.seen
