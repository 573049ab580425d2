# SPDX-License-Identifier: Apache-2.0
"""POST /oauth2/introspect (RFC 7662, RFC 9701), over two nodes: who is told what of which token. Names have the items of the security checklist."""

import base64
import json
import random
import urllib.parse

import harness
import pytest
from jwcrypto import jwk, jws

from consents import ALLOWED, DEAD, People, ask, claims_of, credential, get, redeem, refresh, refused, tokens
from demo import COLLECTIONS, SCOPES, Admin, Caller, World, make_secret, number_of, own_cluster, serving
from test_refusals import office_case

AUDIENCE, OTHER_AUDIENCE = "https://books.example", "https://crm.example"
SIGNED = "application/token-introspection+jwt"
GRANTED = "customers:read customers:write"
DICE = random.Random(7662)


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def people(cluster):
    made = People(World(cluster))
    made.world.other_api = made.world.json("api", "create", "--name=crm", "--prefix=/crm", f"--audience={OTHER_AUDIENCE}", "--algorithm=EdDSA")[0]["id"]
    made.world.json("signing-key", "rotate", "--algorithm=EdDSA", "--now")
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(people):
    return people.world


@pytest.fixture(scope="module")
def nodes(cluster, people):
    with serving(cluster, threads=2) as first, serving(cluster, threads=1, issuer=first.url) as second:
        yield first, second


@pytest.fixture(scope="module")
def admin(cluster, nodes):
    with Admin(cluster) as made:
        yield made


@pytest.fixture(scope="module")
def caller(nodes):
    with Caller(nodes[0].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def elsewhere(nodes):
    with Caller(nodes[1].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def client(people):
    return people.new_client()


@pytest.fixture(scope="module")
def native(people):
    return people.new_client(public=True)


@pytest.fixture(scope="module")
def books(people, world):
    """The company's own API, which asks about the tokens that it is sent."""
    return people.new_client(introspects=world.api)


@pytest.fixture(scope="module")
def crm(people, world):
    """Another API of the company."""
    return people.new_client(introspects=world.other_api)


@pytest.fixture
def person(people):
    return people.new_person()


def basic_of(who):
    return who.basic() if hasattr(who, "basic") else who.authorization()


def introspect(caller, who, token, accept=None, authorization=None, **form):
    body = urllib.parse.urlencode({"token": token, **form})
    return caller.call("POST", "/oauth2/introspect", body, headers={"Accept": accept} if accept else {}, media="application/x-www-form-urlencoded",
                       authorization=basic_of(who) if authorization is None else authorization)


def is_not_stored(answer):
    assert answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache" and answer.header("x-content-type-options") == "nosniff"


def told(caller, who, token, **how):
    """What an active token is told as."""
    answer = introspect(caller, who, token, **how)
    assert answer.status == 200 and answer.header("content-type") == "application/json", answer
    is_not_stored(answer)
    assert answer.json()["active"] is True, answer
    return answer.json()


def inactive(caller, who, token, **how):
    """Nothing but that it is not active, in the same bytes whatever the reason."""
    answer = introspect(caller, who, token, **how)
    assert (answer.status, answer.header("content-type"), answer.body) == (200, "application/json", b'{"active":false}'), answer
    is_not_stored(answer)


def tokens_of(people, caller, client, person, scopes=GRANTED):
    return tokens(redeem(caller, client, people.new_code(client, person, scopes=scopes)))


def token_of(caller, key, **parameters):
    caller.key = key
    answer = caller.ask_for_token(**parameters)
    assert answer.status == 200, answer
    return answer.json()["access_token"]


# --- who may ask --------------------------------------------------------------------------------------------------------------


def test_item_114_a_client_has_to_prove_who_it_is(people, caller, client, native, books, person):
    held = tokens_of(people, caller, native, person)
    wrong = "Basic " + base64.b64encode(f"{books.client_id}:{make_secret(books.secret, DICE)}".encode()).decode()
    other_secret = "Basic " + base64.b64encode(f"{books.client_id}:{client.secret}".encode()).decode()
    for form, authorization in (({}, False), ({"client_id": books.client_id}, False), ({"client_id": native.client_id}, False), ({}, wrong), ({}, other_secret),
                                ({"client_id": books.client_id, "client_secret": make_secret(books.secret, DICE)}, False), ({}, "Basic ==="),
                                ({}, f"Bearer {held['access_token']}")):
        answer = introspect(caller, None, held["access_token"], authorization=authorization, **form)
        refused(answer, 401, "invalid_client")
        assert answer.header("www-authenticate").startswith("Basic "), "RFC 7662 section 2.3: 401, however the client tried"
        assert "active" not in answer.json()
    assert told(caller, None, held["access_token"], authorization=False, client_id=books.client_id, client_secret=books.secret)
    refused(introspect(caller, books, held["access_token"], client_id=books.client_id, client_secret=books.secret), 400, "invalid_request")


def test_a_public_client_may_not_ask_about_its_own_tokens(people, caller, native, person):
    held = tokens_of(people, caller, native, person)
    for token in held["access_token"], held["refresh_token"]:
        answer = introspect(caller, None, token, authorization=False, client_id=native.client_id)
        refused(answer, 401, "invalid_client")
        assert "secret" in answer.json()["error_description"]


@pytest.mark.parametrize("end", [{"state": "closed"}, {"api_access": False}])
def test_a_key_of_a_closed_account_is_told_nothing(world, admin, caller, end):
    key = world.new_key()
    token = token_of(caller, key)
    assert told(caller, key, token)["client_id"] == key.client_id
    admin.change("account_set", id=number_of(key.account), **end)
    refused(introspect(caller, key, token), 401, "invalid_client")


def test_item_114_another_audience_is_told_nothing(people, world, caller, client, books, crm, person):
    key = world.new_key()
    ours, theirs = token_of(caller, key), token_of(caller, key, resource=OTHER_AUDIENCE)
    of_person = tokens_of(people, caller, client, person)["access_token"]
    assert told(caller, books, ours)["aud"] == AUDIENCE and told(caller, crm, theirs)["aud"] == OTHER_AUDIENCE
    inactive(caller, books, theirs)
    inactive(caller, crm, ours)
    inactive(caller, crm, of_person)
    for nobody in (client, world.new_key(account=key.account), people.new_client()):
        inactive(caller, nobody, ours)
        inactive(caller, nobody, theirs)


def test_item_114_refresh_tokens_are_told_to_their_own_client_alone(people, caller, client, native, books, crm, person):
    own, of_native = tokens_of(people, caller, client, person), tokens_of(people, caller, native, person)
    assert told(caller, client, own["refresh_token"])
    for other in (books, crm, people.new_client()):
        inactive(caller, other, own["refresh_token"])
        inactive(caller, other, of_native["refresh_token"])
    inactive(caller, client, of_native["refresh_token"])
    inactive(caller, client, of_native["access_token"])


def test_what_belongs_to_one_account_does_not_look_into_another(people, world, caller):
    own = world.new_key()
    application = world.json("application", "create", "--name=Their gateway", f"--account={own.account}")[0]["id"]
    made = world.json("client", "create", f"--application={application}", f"--account={own.account}", f"--introspects={world.api}")[0]
    theirs = type("Client", (), {"authorization": lambda self: "Basic " + base64.b64encode(f"{made['client_id']}:{made['secret']}".encode()).decode()})()
    assert told(caller, theirs, token_of(caller, own))["account"] == own.account
    inactive(caller, theirs, token_of(caller, world.new_key()))


# --- what is asked ------------------------------------------------------------------------------------------------------------


def rubbish(held, key):
    """Name -> text: everything that looks like a token and is none."""
    header, payload, signature = held["access_token"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    hmac = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": kid}).encode()).rstrip(b"=").decode()
    wider = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    wider = base64.urlsafe_b64encode(json.dumps({**wider, "scope": SCOPES}).encode()).rstrip(b"=").decode()
    refresh_token = held["refresh_token"]
    return {
        "alg none": f"{none}.{payload}.", "alg none with a signature": f"{none}.{payload}.{signature}", "alg HS256": f"{hmac}.{payload}.{signature}",
        "other claims": f"{header}.{wider}.{signature}", "truncated": held["access_token"][:-1], "without signature": f"{header}.{payload}",
        "empty signature": f"{header}.{payload}.", "one part": payload, "dots": "..", "five parts": f"{header}.{payload}.{signature}.{signature}.x",
        "padding": held["access_token"] + "=", "a line break": held["access_token"] + "\n", "in front": " " + held["access_token"],
        "right-to-left": "\u202e" + held["access_token"], "emoji": "🔑" * 50, "combining": "e\u0301" * 40, "C1": "\u0085\u009b31m", "quotes": '"};--<script>',
        "60 kB": "x" * 60_000, "60 kB of parts": "a." * 30_000, "a refresh token, mistyped": refresh_token[:-1] + ("0" if refresh_token[-1] != "0" else "1"),
        "a refresh token, cut": refresh_token[:-1], "an unknown refresh token": credential("hmr_", "acc_" + refresh_token[4:12]),
        "of an account that is none": credential("hmr_", "acc_zzzzzzz0"[:12]), "a code": credential("hmc_", "acc_" + refresh_token[4:12]),
        "a client id": key.client_id, "a secret": key.secret, "null": "null", "a number": "0", "a NUL's name": "%00",
    }


def test_item_114_whatever_is_no_token_is_inactive_and_no_more(people, world, caller, client, books, person):
    held, key = tokens_of(people, caller, client, person), world.new_key()
    for name, text in rubbish(held, key).items():
        for who in (books, client):
            answer = introspect(caller, who, text)
            assert (answer.status, answer.body) == (200, b'{"active":false}'), name
    assert told(caller, books, held["access_token"]) and told(caller, client, held["refresh_token"]), "and none of it ended anything"


def test_malformed_requests(people, caller, client, books, person):
    token = tokens_of(people, caller, client, person)["access_token"]
    media, path = "application/x-www-form-urlencoded", "/oauth2/introspect"

    def post(body, media=media, path=path):
        return caller.call("POST", path, body, authorization=books.authorization(), media=media)

    for body in ("", "token=", "token_type_hint=access_token", f"Token={token}", f"token={token}&token={token}", f"token=&token={token}&token=x", "token=%ff",
                 f"token={token}%00", "token=%", f"token={token}&token_type_hint=a&token_type_hint=b"):
        answer = post(body)
        refused(answer, 400, "invalid_request")
        assert "active" not in answer.json() and token not in answer.body.decode(), body
    assert "token is missing" in post("a=b").json()["error_description"]
    refused(post(json.dumps({"token": token}), media="application/json"), 400, "invalid_request")
    for query in (f"token={token}", f"a=b&tok%65n={token}", f"refresh_token={token}"):
        answer = post(f"token={token}", path=f"{path}?{query}")
        refused(answer, 400, "invalid_request")
        assert "URL" in answer.json()["error_description"]
    assert post(f"token={token}", path=path + "/").status == 404
    answer = caller.call("POST", path, "token=" + "x" * 100_000, authorization=books.authorization(), media=media)
    assert answer.status == 413, "100 kB are too much to look at"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_post_asks(caller, books, method):
    answer = caller.call(method, "/oauth2/introspect", authorization=books.authorization())
    assert answer.status == 405 and answer.header("allow") == "POST, OPTIONS"


def test_a_page_in_a_browser_may_not_ask(caller):
    answer = caller.call("OPTIONS", "/oauth2/introspect", authorization=False, headers={"Origin": "https://evil.example"})
    assert answer.status == 204 and answer.header("access-control-allow-origin") is None and answer.header("access-control-allow-methods") is None


# --- what is told -------------------------------------------------------------------------------------------------------------


def test_a_token_of_a_person(people, caller, client, books, person, nodes):
    token = tokens_of(people, caller, client, person)["access_token"]
    claims = claims_of(token)
    common = {"active": True, "scope": GRANTED, "client_id": client.client_id, "token_type": "Bearer", "sub": person.user, "aud": AUDIENCE, "iss": nodes[0].url,
              "account": person.account, "application": client.application, **{name: claims[name] for name in ("exp", "iat", "jti")}}
    assert told(caller, books, token) == {**common, "username": person.name}
    assert told(caller, client, token) == common, "a client is not told a name that the person did not give it"
    assert told(caller, client, token, token_type_hint="refresh_token") == told(caller, client, token, token_type_hint="nonsense") == common


def test_a_token_of_a_key(world, caller, books, nodes):
    key = world.new_key()
    token = token_of(caller, key, scope="customers:read history:read")
    claims = claims_of(token)
    assert told(caller, books, token) == told(caller, key, token) == {
        "active": True, "scope": "customers:read history:read", "client_id": key.client_id, "token_type": "Bearer", "sub": key.client_id, "aud": AUDIENCE,
        "iss": nodes[0].url, "account": key.account, "application": key.application, **{name: claims[name] for name in ("exp", "iat", "jti")}}


def test_a_refresh_token_is_looked_at_and_not_used(people, caller, elsewhere, client, person, cluster, nodes):
    held = tokens_of(people, caller, client, person)
    tables = "SELECT r::text, f::text FROM hallmark.refresh_token r JOIN hallmark.family f ON (f.account_id, f.id) = (r.account_id, r.family_id) WHERE r.account_id = %s"
    before = cluster.query(tables, [number_of(person.account)])
    got = told(caller, client, held["refresh_token"], token_type_hint="access_token")
    assert got == told(elsewhere, client, held["refresh_token"])
    lifetime = got.pop("exp") - got.pop("iat")
    assert got == {"active": True, "scope": GRANTED, "client_id": client.client_id, "sub": person.user, "iss": nodes[0].url, "account": person.account,
                   "application": client.application}
    assert lifetime == 90 * 86400, "unless it is used before"
    assert cluster.query(tables, [number_of(person.account)]) == before
    assert tokens(refresh(caller, client, held["refresh_token"]))


def test_a_refresh_token_names_the_audience_that_the_person_was_asked_for(people, caller, client, person):
    held = tokens(redeem(caller, client, people.new_code(client, person, resource=AUDIENCE), resource=AUDIENCE))
    assert told(caller, client, held["refresh_token"])["aud"] == AUDIENCE


@pytest.mark.parametrize("column", ["ends_at", "idle"])
def test_a_refresh_token_ends_as_at_the_token_endpoint(people, caller, client, person, cluster, column):
    code = people.new_code(client, person)
    held = tokens(redeem(caller, client, code))["refresh_token"]
    assert told(caller, client, held)
    if column == "ends_at":
        cluster.query("UPDATE hallmark.family SET ends_at = now() WHERE id = %s", [code.family])
    else:
        cluster.query("UPDATE hallmark.refresh_token SET created_at = now() - interval '90 days' WHERE family_id = %s", [code.family])
    inactive(caller, client, held)
    refused(refresh(caller, client, held), 400, "invalid_grant")


def test_scopes_are_what_is_left_now_and_what_the_gateway_says(people, world, caller, elsewhere, client, books):
    person = people.new_person(permissions="customers:read customers:write products:read")
    held = tokens_of(people, caller, client, person, scopes="customers:read customers:write openid products:read profile")
    token = held["access_token"]

    def left(who=books):
        return told(caller, who, token).get("scope"), told(elsewhere, who, token).get("scope")

    def gateway():
        return caller.call("GET", "/whoami", authorization=f"Bearer {token}").json()["effective_scope"]

    everything = "customers:read customers:write openid products:read profile"
    assert left(client) == (everything, everything) and gateway() == everything
    assert left() == ("customers:read customers:write products:read",) * 2, "OpenID's scopes mean nothing to an api of records"
    world.json("member", "set", f"--account={person.account}", f"--user={person.user}", "--permissions=products:read invoices:read")
    assert left() == ("products:read", "products:read") and left(client)[0] == gateway() == "openid products:read profile"
    assert told(caller, client, held["refresh_token"])["scope"] == "openid products:read profile"
    world.json("member", "set", f"--account={person.account}", f"--user={person.user}", "--permissions=invoices:read")
    assert left() == (None, None), "an empty scope is left out: RFC 6749 section 3.3 has none"


def test_an_api_is_told_its_own_scopes(world, caller, books, crm):
    world.json("collection", "create", f"--api={world.other_api}", "--name=leads")
    account = world.new_account()
    key = world.new_key(account, world.new_holder(account, permissions=f"{SCOPES} leads:read leads:write"),
                        scopes="customers:read leads:read leads:write history:read keys:read")
    assert told(caller, books, token_of(caller, key))["scope"] == "customers:read history:read"
    assert told(caller, crm, token_of(caller, key, resource=OTHER_AUDIENCE))["scope"] == "history:read leads:read leads:write"
    assert "leads:read" in told(caller, key, token_of(caller, key))["scope"]


# --- what ends a token --------------------------------------------------------------------------------------------------------


def soon_inactive(caller, who, token):
    """On a node that is told by the feed: within a second or so."""
    harness.wait_until(lambda: introspect(caller, who, token).json() == {"active": False}, 10, "that the other node follows")
    inactive(caller, who, token)


class Life:
    """A person's tokens, a key's, and who asks about them."""

    def __init__(self, people, caller, admin, books):
        self.people, self.world, self.caller, self.admin, self.books = people, people.world, caller, admin, books
        self.client, self.person, self.key = people.new_client(), people.new_person(), people.world.new_key()
        self.code = people.new_code(self.client, self.person)
        self.held = tokens(redeem(caller, self.client, self.code))
        self.of_key = token_of(caller, self.key)

    def member(self, **given):
        self.admin.change("member_set", account_id=number_of(self.person.account), user_id=number_of(self.person.user), **given)

    def key_change(self, **given):
        self.admin.change("client_change", account_id=number_of(self.key.account), client_id=self.key.client_id, **given)

    def account(self, of, **given):
        self.admin.change("account_set", id=number_of(of.account), **given)

    def leave(self):
        self.world.new_holder(self.key.account)  # an account has an owner
        self.admin.change("member_set", account_id=number_of(self.key.account), user_id=number_of(self.key.holder), state="left")

    def revocation(self, kind, subject, account=0):
        self.admin.change("revocation_add", kind=kind, subject=subject, account_id=account, until="2099-01-01")


# What ends: of a person the access and the refresh token, each "dead" or "alive"; of a key its access token.
OF_PERSONS = {
    "the access token": (lambda life: ask(life.caller, "/oauth2/revoke", life.client, token=life.held["access_token"]), "alive"),
    "the refresh token": (lambda life: ask(life.caller, "/oauth2/revoke", life.client, token=life.held["refresh_token"]), "dead"),
    "a code that was used again": (lambda life: refused(redeem(life.caller, life.client, life.code), 400, "invalid_grant"), "dead"),
    "the grant": (lambda life: life.world.json("grant", "revoke", claims_of(life.held["access_token"])["grant"], f"--account={life.person.account}"), "dead"),
    "the membership": (lambda life: life.member(state="left"), "dead"),
    "the person": (lambda life: life.world.json("user", "disable", life.person.email), "dead"),
    "the account": (lambda life: life.account(life.person, state="closed"), "dead"),
    "API access": (lambda life: life.account(life.person, api_access=False), "dead"),
    "another password": (lambda life: life.world.command_line.run("user", "set-password", life.person.email, stdin="correct horse battery staple\n"), "dead"),
    "a revoked account": (lambda life: life.revocation("account", str(number_of(life.person.account)), number_of(life.person.account)), "dead"),
}
OF_KEYS = {
    "the access token": lambda life: ask(life.caller, "/oauth2/revoke", KeyClient(life.key), token=life.of_key),
    "the key": lambda life: life.key_change(state="disabled"),
    "a new secret at once": lambda life: life.world.json("key", "replace", life.key.client_id),
    "the application": lambda life: life.world.json("application", "disable", life.key.application),
    "the account": lambda life: life.account(life.key, state="closed"),
    "API access": lambda life: life.account(life.key, api_access=False),
    "the holder": lambda life: life.leave(),
    "a revoked client": lambda life: life.revocation("client", life.key.client_id),
    "a revoked application": lambda life: life.revocation("application", str(number_of(life.key.application))),
}


class KeyClient:
    def __init__(self, key):
        self.key, self.authorization = key, key.basic

    def named(self):
        return {}


@pytest.mark.parametrize("what", OF_PERSONS)
def test_item_114_what_ends_a_token_of_a_person_ends_it_here_at_once_and_there_soon(people, caller, elsewhere, admin, books, what):
    end, refresh_token = OF_PERSONS[what]
    life = Life(people, caller, admin, books)
    for node in (caller, elsewhere):
        assert told(node, books, life.held["access_token"]) and told(node, life.client, life.held["access_token"])
    end(life)
    if what == "a code that was used again":
        soon_inactive(caller, books, life.held["access_token"])
    inactive(caller, books, life.held["access_token"])
    inactive(caller, life.client, life.held["access_token"])
    soon_inactive(elsewhere, books, life.held["access_token"])
    if refresh_token == "dead":
        inactive(caller, life.client, life.held["refresh_token"])
        soon_inactive(elsewhere, life.client, life.held["refresh_token"])
    else:
        assert told(caller, life.client, life.held["refresh_token"]) and tokens(refresh(caller, life.client, life.held["refresh_token"]))
    assert told(caller, books, life.of_key), "what does not hang on it goes on"


def test_an_application_that_is_disabled_ends_its_tokens_of_persons(people, caller, elsewhere, admin, books):
    life = Life(people, caller, admin, books)
    life.world.json("application", "disable", life.client.application)
    inactive(caller, books, life.held["access_token"])
    soon_inactive(elsewhere, books, life.held["access_token"])
    refused(introspect(caller, life.client, life.held["refresh_token"]), 401, "invalid_client")


@pytest.mark.parametrize("what", OF_KEYS)
def test_item_114_what_ends_a_token_of_a_key_ends_it_here_at_once_and_there_soon(people, caller, elsewhere, admin, books, what):
    life = Life(people, caller, admin, books)
    for node in (caller, elsewhere):
        assert told(node, books, life.of_key)
    OF_KEYS[what](life)
    inactive(caller, books, life.of_key)
    soon_inactive(elsewhere, books, life.of_key)
    assert told(caller, books, life.held["access_token"]), "what does not hang on it goes on"


def test_enabling_again_revives_nothing(people, caller, admin, books):
    life = Life(people, caller, admin, books)
    life.key_change(state="disabled")
    life.key_change(state="active")
    inactive(caller, books, life.of_key)
    assert told(caller, books, token_of(caller, life.key))


OF_OFFICES = {
    "the link ends": lambda case: case.change("link_end", **case.link()),
    "the client's switch": lambda case: case.switch_off(),
    "the client's API access": lambda case: case.account(case.client, api_access=False),
    "the client is closed": lambda case: case.account(case.client, state="closed"),
    "the office is closed": lambda case: case.account(case.key.account, state="closed"),
}


@pytest.mark.parametrize("what", OF_OFFICES)
def test_what_ends_a_token_of_an_office(world, admin, caller, elsewhere, books, what):
    case = office_case(world, admin)
    token = token_of(caller, case.key, account=case.client)
    assert (told(caller, books, token)["account"], told(elsewhere, books, token)["scope"]) == (case.client, "customers:read products:read")
    OF_OFFICES[what](case)
    inactive(caller, books, token)
    soon_inactive(elsewhere, books, token)


def test_an_office_is_told_what_template_and_holder_leave(world, admin, caller, books):
    case = office_case(world, admin)
    token = token_of(caller, case.key, account=case.client)
    case.other_template("products:read")
    assert told(caller, books, token)["scope"] == "products:read"
    inactive(caller, books, token_of(caller, case.key)), "without a client account it opens nothing"


# --- signed answers (RFC 9701) ------------------------------------------------------------------------------------------------


def signed(caller, who, token, accept=SIGNED):
    """The claims of a signed answer, checked with the published keys, and its header."""
    answer = introspect(caller, who, token, accept=accept)
    assert answer.status == 200 and answer.header("content-type") == SIGNED, answer
    is_not_stored(answer)
    keys = jwk.JWKSet.from_json(caller.call("GET", "/oauth2/jwks", authorization=False).body.decode())
    made = jws.JWS()
    made.deserialize(answer.body.decode())
    made.verify(keys.get_key(made.jose_header["kid"]))
    return json.loads(made.payload), made.jose_header, answer.body.decode()


def test_a_signed_answer_says_the_same(people, caller, client, books, person, nodes):
    held = tokens_of(people, caller, client, person)
    for who, token in ((books, held["access_token"]), (client, held["access_token"]), (client, held["refresh_token"])):
        claims, header, _ = signed(caller, who, token)
        assert (header["typ"], header["alg"]) == ("token-introspection+jwt", "ES256") and set(header) == {"typ", "alg", "kid"}
        assert claims.pop("token_introspection") == told(caller, who, token)
        assert abs(claims.pop("iat") - claims_of(held["access_token"])["iat"]) < 60
        assert claims == {"iss": nodes[0].url, "aud": who.client_id}, "neither sub nor exp: nobody takes it for a token"


def test_what_is_inactive_is_signed_too(people, caller, crm, client, person):
    for who, token in ((crm, "x"), (client, "x"), (crm, tokens_of(people, caller, client, person)["access_token"])):
        claims, _, _ = signed(caller, who, token)
        assert claims["token_introspection"] == {"active": False} and claims["aud"] == who.client_id


def test_it_is_signed_with_the_algorithm_of_the_api(world, caller, crm):
    claims, header, _ = signed(caller, crm, token_of(caller, world.new_key(), resource=OTHER_AUDIENCE))
    assert header["alg"] == "EdDSA" and claims["token_introspection"]["aud"] == OTHER_AUDIENCE


def test_a_signed_answer_opens_nothing(people, world, caller, books, client, person):
    key = world.new_key()
    token = token_of(caller, key)
    answers = [signed(caller, who, token)[2] for who in (books, key)]
    for answer in answers:
        assert get(caller, answer) == DEAD
        inactive(caller, books, answer)
        inactive(caller, key, answer)
    assert get(caller, token) == ALLOWED


@pytest.mark.parametrize("accept, is_signed", [
    (SIGNED, True), (SIGNED.upper(), True), (f"{SIGNED};q=0.5, text/html", True), (f"application/json, {SIGNED}", True),
    (f"application/json;q=0.4, {SIGNED};q=0.5", True), (f"application/json, {SIGNED};q=0.9", False), (f"{SIGNED};q=0", False), (f"{SIGNED};q=x", False),
    ("application/json", False), ("application/jwt", False), ("*/*", False), ("application/*", False), ("", False), (f"x{SIGNED}", False)])
def test_accept_chooses(caller, books, accept, is_signed):
    answer = introspect(caller, books, "x", accept=accept)
    assert answer.header("content-type") == (SIGNED if is_signed else "application/json")


# --- what is told of the endpoint, and of those who ask -----------------------------------------------------------------------


def test_the_metadata_is_true(caller, nodes):
    document = caller.call("GET", "/.well-known/oauth-authorization-server", authorization=False).json()
    assert document["introspection_endpoint"] == f"{nodes[0].url}/oauth2/introspect"
    assert document["introspection_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert sorted(document["introspection_signing_alg_values_supported"]) == ["ES256", "EdDSA", "RS256"], "RS256 is there for ID tokens"
    assert "none" in document["token_endpoint_auth_methods_supported"], "a client that can keep no secret redeems its codes there"


def test_item_120_the_log_says_why_and_never_the_token(people, caller, nodes, books, client, person):
    held = tokens_of(people, caller, client, person)
    answer = introspect(caller, books, held["refresh_token"])
    other = introspect(caller, books, held["access_token"][:-2])
    why = [nodes[0].wait_for_log(lambda line, one=one: line.get("request_id") == one.header("x-request-id"))["detail"] for one in (answer, other)]
    assert "no refresh token of this client" in why[0] and why[1] in ("signature", "encoding")
    log = nodes[0].log_path.read_text()
    assert held["refresh_token"] not in log and held["access_token"][:-2] not in log


def test_item_48_guessing_a_secret_is_slowed_here_too(people, world, caller):
    books = people.new_client(introspects=world.api)
    wrong = ["Basic " + base64.b64encode(f"{books.client_id}:{make_secret(books.secret, DICE)}".encode()).decode() for _ in range(30)]
    assert {introspect(caller, None, "x", authorization=authorization).status for authorization in wrong} == {401, 429}


def test_stock_names_of_collections_are_all_told(world, caller, books):
    token = token_of(caller, world.new_key())
    assert set(told(caller, books, token)["scope"].split()) == {"history:read", *(f"{name}:{right}" for name in COLLECTIONS for right in ("read", "write"))}
