# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect as applications see it: ID tokens, userinfo, discovery, and subjects of an application's own. Every token is checked with two
libraries of others. Cases that the OpenID Foundation's basic and configuration plans have bear the names of their modules."""

import base64
import hashlib
import json
import re
import time
import urllib.error
import urllib.request

import pytest
from authlib.jose import JsonWebKey, JsonWebToken
from jwcrypto import jwk, jws

import harness
import people as people_pages
import visits
from consents import DEAD, People, ask, base62, claims_of, get, redeem, refresh, refused, tokens
from demo import Caller, World, number_of, own_cluster, serving

FORM = "application/x-www-form-urlencoded"
EVERYTHING = "openid profile email"
ONE_FACTOR = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
TWO_FACTORS = "https://refeds.org/profile/mfa"


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def people(cluster):
    made = People(World(cluster))
    yield made
    made.close()


@pytest.fixture(scope="module")
def node(cluster, people):
    with serving(cluster, threads=2) as running:
        yield running


@pytest.fixture(scope="module")
def caller(node):
    with Caller(node.port, None) as made:
        yield made


@pytest.fixture(scope="module")
def client(people):
    return people.new_client()


@pytest.fixture
def person(people):
    return people.new_person()


def document(node, path):
    with urllib.request.urlopen(node.url + path, timeout=10) as answer:
        return json.load(answer)


def header_of(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


def proven(node, token, algorithm, audience):
    """The claims of a JWT that both libraries take, with the one algorithm."""
    keys = document(node, "/oauth2/jwks")
    assert header_of(token)["alg"] == algorithm and header_of(token).keys() == {"alg", "kid", "typ"}
    ours = jws.JWS()
    ours.allowed_algs = [algorithm]
    ours.deserialize(token, jwk.JWKSet.from_json(json.dumps(keys)).get_key(header_of(token)["kid"]))
    wanted = {"iss": {"essential": True, "value": node.url}, "aud": {"essential": True, "value": audience}}
    theirs = JsonWebToken([algorithm]).decode(token, JsonWebKey.import_key_set(keys), claims_options=wanted)
    theirs.validate()
    assert json.loads(ours.payload) == dict(theirs)
    return dict(theirs)


def left_half(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def identified(node, client, got, algorithm="RS256"):
    """The claims of the ID token in a token answer; its at_hash fits the access token beside it."""
    claims = proven(node, got["id_token"], algorithm, client.client_id)
    assert claims["at_hash"] == left_half(got["access_token"])
    assert claims["iat"] <= time.time() + 1 and claims["exp"] - claims["iat"] == got["expires_in"]
    return claims


def given(people, caller, client, person, scopes=EVERYTHING, **more):
    """The token answer for what a person has just consented to."""
    return tokens(redeem(caller, client, people.new_code(client, person, scopes, **more)))


# --- ID tokens ----------------------------------------------------------------------------------------------------------------


def test_oidcc_server(people, caller, node, client, person):
    """A code with openid yields an ID token with what OpenID Connect Core section 2 wants, and no more than that."""
    before = int(time.time())
    got = given(people, caller, client, person, nonce="n-0S6_WzA2Mj", methods=["pwd"])
    claims = identified(node, client, got)
    assert header_of(got["id_token"])["typ"] == "JWT"
    assert claims.keys() == {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "amr", "acr"}
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (person.user, client.client_id, "n-0S6_WzA2Mj")
    assert before <= claims["auth_time"] <= claims["iat"] <= time.time() + 1
    assert (claims["amr"], claims["acr"]) == (["pwd"], ONE_FACTOR)
    assert claims_of(got["access_token"])["scope"] == "email openid profile" == got["scope"]


def test_without_openid_there_is_no_id_token(people, caller, client, person):
    got = given(people, caller, client, person, "customers:read email profile", nonce="n")
    assert "id_token" not in got


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(people, caller, node, client, person):
    claims = identified(node, client, given(people, caller, client, person, "openid"))
    assert "nonce" not in claims and "amr" not in claims and "acr" not in claims, "what is not known is not told"


@pytest.mark.parametrize("nonce", ["x" * 64, "x" * 512, 'a"b\\c</script>', "ä€😀"])
def test_a_nonce_comes_back_as_it_was(people, caller, node, client, person, nonce):
    if len(nonce.encode()) <= 512:
        assert identified(node, client, given(people, caller, client, person, nonce=nonce))["nonce"] == nonce


def test_two_factors_are_told(people, caller, node, client, person):
    claims = identified(node, client, given(people, caller, client, person, methods=["pwd", "otp", "mfa"]))
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], TWO_FACTORS)


def test_oidcc_refresh_token(people, caller, node, client, person):
    """OpenID Connect Core section 12.2: the same issuer, subject, audience and login, and no nonce."""
    got = given(people, caller, client, person, "openid offline_access profile customers:read", nonce="once", methods=["pwd"])
    first = identified(node, client, got)
    for narrower in (None, "openid customers:read"):
        again = tokens(refresh(caller, client, got["refresh_token"], scope=narrower))
        claims = identified(node, client, again)
        assert "nonce" not in claims and claims["iat"] >= first["iat"]
        assert {name: claims[name] for name in ("iss", "sub", "aud", "auth_time", "amr", "acr")} == \
            {name: first[name] for name in ("iss", "sub", "aud", "auth_time", "amr", "acr")}
    assert "id_token" not in tokens(refresh(caller, client, got["refresh_token"], scope="customers:read"))


def test_a_public_client_gets_one_at_each_rotation_and_at_a_retry(people, caller, node, person):
    native = people.new_client(public=True)
    got = given(people, caller, native, person)
    identified(node, native, got)
    for _ in range(2):
        identified(node, native, tokens(refresh(caller, native, got["refresh_token"])))


def test_claims_that_were_asked_for_stand_in_the_id_token_when_their_scope_was_granted(people, caller, node, client, person):
    asked = ["email", "email_verified", "name", "phone_number", "sub", "exp"]
    got = given(people, caller, client, person, "openid email", id_token_claims=asked)
    for answer in (got, tokens(refresh(caller, client, got["refresh_token"]))):
        claims = identified(node, client, answer)
        assert (claims["email"], claims["email_verified"], claims["sub"]) == (person.email, False, person.user)
        assert "name" not in claims, "nobody consented to profile"


@pytest.mark.parametrize("name", ['Ada "Countess" O\'Hara\\', "Łukasz Żółć 李小龍 😀", "</script><b>", "A" * 200])
def test_names_come_through_whole(people, caller, node, client, name):
    person = people.new_person(name=name)
    assert identified(node, client, given(people, caller, client, person, id_token_claims=["name"]))["name"] == name


def test_an_id_token_is_no_access_token(people, caller, client, person):
    got = given(people, caller, client, person, "openid customers:read")
    assert get(caller, got["id_token"]) == DEAD
    assert userinfo(caller, got["id_token"]).status == 401


def test_oidcc_codereuse(people, caller, client, person):
    code = people.new_code(client, person, EVERYTHING)
    got = tokens(redeem(caller, client, code))
    assert userinfo(caller, got["access_token"]).status == 200
    refused(redeem(caller, client, code), 400, "invalid_grant")
    assert userinfo(caller, got["access_token"]).status == 401, "what the first use gave has ended"


# --- userinfo -----------------------------------------------------------------------------------------------------------------


def userinfo(caller, token, method="GET", path="/oauth2/userinfo", **how):
    return caller.call(method, path, authorization=f"Bearer {token}", **how)


def told(answer):
    assert answer.status == 200 and answer.header("content-type") == "application/json", answer
    assert answer.header("cache-control") == "no-store"
    return answer.json()


def challenged(answer, status, **parameters):
    """A refusal of RFC 6750: its challenge has these parameters, and the body says more."""
    assert answer.status == status, answer
    challenge = answer.header("www-authenticate") or ""
    words = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    assert challenge.startswith("Bearer ")
    assert {name: words.get(name) for name in ("error", "scope")} == {"error": None, "scope": None, **parameters}
    return answer.json()


@pytest.fixture(scope="module")
def ada(people):
    return people.new_person()


@pytest.fixture(scope="module")
def access_token(people, caller, client, ada):
    return given(people, caller, client, ada)["access_token"]


def everything_of(person):
    return {"sub": person.user, "name": person.name, "email": person.email, "email_verified": False}


def test_oidcc_userinfo_get(caller, ada, access_token):
    got = told(userinfo(caller, access_token))
    assert abs(got.pop("updated_at") - time.time()) < 600
    assert got == everything_of(ada)


def test_oidcc_userinfo_post_header(caller, ada, access_token):
    assert told(userinfo(caller, access_token, "POST"))["sub"] == ada.user
    assert told(userinfo(caller, access_token, "POST", body="other=1", media=FORM))["sub"] == ada.user
    assert told(userinfo(caller, access_token, "POST", body="access_token=nonsense", media="text/plain"))["sub"] == ada.user


def test_oidcc_userinfo_post_body(caller, ada, access_token):
    answer = caller.call("POST", "/oauth2/userinfo", f"access_token={access_token}", authorization=False, media=FORM)
    assert told(answer)["sub"] == ada.user


@pytest.mark.parametrize("scopes, wanted", [
    ("openid", {"sub"}), ("openid profile", {"sub", "name", "updated_at"}), ("openid email", {"sub", "email", "email_verified"}),
    ("openid email profile", {"sub", "name", "updated_at", "email", "email_verified"}), ("openid offline_access customers:read", {"sub"})])
def test_oidcc_scope(people, caller, client, ada, scopes, wanted):
    """oidcc-scope-profile, -email, -all"""
    assert told(userinfo(caller, given(people, caller, client, ada, scopes)["access_token"])).keys() == wanted


def test_a_refresh_narrows_what_is_told(people, caller, client, ada):
    got = given(people, caller, client, ada)
    narrower = tokens(refresh(caller, client, got["refresh_token"], scope="openid email"))["access_token"]
    assert told(userinfo(caller, narrower)).keys() == {"sub", "email", "email_verified"}


def test_a_change_is_told_at_once(people, caller, client, cluster):
    person = people.new_person()
    token = given(people, caller, client, person)["access_token"]
    before = told(userinfo(caller, token))
    cluster.query("UPDATE hallmark.user SET name = 'Ada King', profile_at = '2020-01-01' WHERE id = %s RETURNING id", [number_of(person.user)])
    after = told(userinfo(caller, token))
    assert after["name"] == "Ada King" and after["updated_at"] >= before["updated_at"], "the moment is the database's to say"


def test_who_asks_without_a_token_hears_no_error(caller):
    challenged(caller.call("GET", "/oauth2/userinfo", authorization=False), 401)
    challenged(caller.call("GET", "/oauth2/userinfo", authorization="Basic eDp5"), 401)
    challenged(caller.call("POST", "/oauth2/userinfo", "token=x", authorization=False, media=FORM), 401)


def test_what_is_no_token_is_refused(caller, access_token, node, people, client, ada):
    head, payload, signature = access_token.split(".")
    other = given(people, caller, client, ada)["access_token"].split(".")
    for wrong in ("", "x", "a.b.c", f"{head}.{payload}.", f"{head}.{other[1]}.{signature}", access_token + "x",
                  f"{base64.urlsafe_b64encode(json.dumps({'alg': 'none', 'typ': 'at+jwt'}).encode()).decode().rstrip('=')}.{payload}."):
        challenged(userinfo(caller, wrong), 401, error="invalid_token")


@pytest.mark.parametrize("headers, query, form", [(1, "?access_token=TOKEN", None), (0, "?access_token=TOKEN", None), (1, "", "access_token=TOKEN"),
                                                  (0, "?access_token=TOKEN", "access_token=TOKEN"), (0, "?a=1&access_token=TOKEN", None)])
def test_a_token_comes_once_and_not_in_the_address(caller, access_token, headers, query, form):
    answer = caller.call("POST" if form else "GET", "/oauth2/userinfo" + query.replace("TOKEN", access_token), form and form.replace("TOKEN", access_token),
                         authorization=f"Bearer {access_token}" if headers else False, media=FORM)
    assert (answer.status, answer.json()["code"]) == (400, "two_credentials")


def test_a_form_with_the_token_twice_is_refused(caller, access_token):
    form = f"access_token={access_token}&access_token={access_token}"
    answer = caller.call("POST", "/oauth2/userinfo", form, authorization=False, media=FORM)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")


def test_other_methods_are_refused(caller, access_token):
    for method in ("PUT", "DELETE"):
        answer = userinfo(caller, access_token, method)
        assert answer.status == 405 and {"GET", "POST"} <= set(answer.header("allow").replace(",", "").split())


def test_a_token_without_openid_is_refused(people, caller, client, ada):
    token = given(people, caller, client, ada, "profile email customers:read")["access_token"]
    body = challenged(userinfo(caller, token), 403, error="insufficient_scope", scope="openid")
    assert (body["layer"], body["missing"]) == ("token", "openid")


def test_a_key_speaks_for_nobody(people, node):
    with Caller(node.port, people.world.new_key()) as key:
        challenged(key.call("GET", "/oauth2/userinfo"), 403, error="insufficient_scope", scope="openid")


def test_a_token_with_openids_scopes_alone_opens_nothing_else(people, caller, client, ada):
    token = given(people, caller, client, ada, EVERYTHING + " offline_access")["access_token"]
    assert told(userinfo(caller, token))["email"] == ada.email
    for method, path, body in (("GET", "customers/1", None), ("GET", "customers", None), ("POST", "customers", {"Name": "x"}), ("DELETE", "customers/1", None),
                               ("GET", "/api2/public/changes", None), ("GET", f"/admin/v1/accounts/{ada.account}/keys", None), ("GET", "/admin/v1/accounts", None)):
        answer = caller.call(method, path, body, authorization=f"Bearer {token}")
        assert answer.status in (401, 403, 404) and not (answer.status == 404 and "record" in answer.json()["code"]), (path, answer)


def test_a_token_for_any_api_will_do(people, caller, client, ada):
    people.world.json("api", "create", "--name=other", "--prefix=/other", "--audience=https://other.example")
    token = given(people, caller, client, ada, "openid email", resource="https://other.example")["access_token"]
    assert claims_of(token)["aud"] == "https://other.example"
    assert told(userinfo(caller, token))["email"] == ada.email


@pytest.mark.parametrize("ended", ["person", "member", "application", "grant", "family", "account"])
def test_nothing_is_told_once_it_ended(people, caller, ended):
    client, person = people.new_client(), people.new_person()
    got = given(people, caller, client, person)
    assert userinfo(caller, got["access_token"]).status == 200
    world = people.world
    commands = {"person": ("user", "disable", person.email), "application": ("application", "disable", client.application),
                "member": ("member", "end", f"--account={person.account}", f"--user={person.user}"), "account": ("account", "close", person.account)}
    if ended in commands:
        world.json(*commands[ended])
    elif ended == "grant":
        [grant] = world.json("grant", "list", f"--account={person.account}")
        world.json("grant", "revoke", grant["grant_id"], f"--account={person.account}")
    else:
        assert ask(caller, "/oauth2/revoke", client, token=got["refresh_token"]).status == 200
    harness.wait_until(lambda: userinfo(caller, got["access_token"]).status == 401, 5, "the refusal")


def test_it_is_refused_while_the_account_has_no_access(people, caller, client):
    person = people.new_person()
    token = given(people, caller, client, person)["access_token"]
    people.world.json("account", "api-off", person.account)
    answer = userinfo(caller, token)
    assert (answer.status, answer.json()["code"]) == (403, "api_access_off")


def test_browsers_of_any_origin_may_ask(caller, access_token):
    answer = userinfo(caller, access_token, headers={"Origin": "https://app.example"})
    assert answer.header("access-control-allow-origin") == "*"


# --- through the pages: what the claims parameter asks for ----------------------------------------------------------------------


@pytest.fixture
def visitor(people, node):
    return visits.Visitor(people, node)


def asked_for(caller, client, visitor, claims, scope="openid", ticked=None):
    """Goes through login and consent; the boxes on the page, and the token answer."""
    asked, verifier = visits.request_of(client, scope=scope, claims=json.dumps(claims), nonce="n")
    page = visits.see_consent(visitor, asked)
    code = visits.answer_of(visits.consent(visitor, page, scopes=ticked))["code"]
    return visits.boxes_of(page), tokens(ask(caller, "/oauth2/token", client, grant_type="authorization_code", code=code, redirect_uri=asked["redirect_uri"],
                                             code_verifier=verifier))


def test_oidcc_claims_essential(caller, node, client, visitor):
    """The person is asked for the scope of each claim, and the claim stands where it was asked for."""
    boxes, got = asked_for(caller, client, visitor, {"userinfo": {"name": {"essential": True}}, "id_token": {"email": None, "shoe_size": None}})
    assert set(boxes) == {"profile", "email"}
    claims = identified(node, client, got)
    assert claims["email"] == visitor.login.email and "name" not in claims and "shoe_size" not in claims
    assert claims["amr"] == ["pwd"] and claims["acr"] == ONE_FACTOR and claims["sid"].startswith("ses_")
    assert told(userinfo(caller, got["access_token"]))["name"] == "Ada Lovelace"


def test_what_the_person_unticks_is_not_told(caller, node, client, visitor):
    _, got = asked_for(caller, client, visitor, {"id_token": {"email": {"essential": True}, "name": None}}, ticked=["profile"])
    claims = identified(node, client, got)
    assert "email" not in claims and claims["name"] == "Ada Lovelace"
    assert "email" not in told(userinfo(caller, got["access_token"]))


def test_a_request_without_openid_asks_for_no_claims(caller, client, visitor):
    boxes, got = asked_for(caller, client, visitor, {"id_token": {"email": None}, "userinfo": {"name": None}}, scope="customers:read")
    assert boxes == ["customers:read"] and got["scope"] == "customers:read" and "id_token" not in got


@pytest.mark.parametrize("claims", ['{"id_token":[]}', '{"userinfo":"email"}', '{"id_token":{"email":null},"id_token":{}}', '"x"', "{", '{"id_token":1}'])
def test_claims_that_are_not_well_formed_are_refused(visitor, client, claims):
    asked, _ = visits.request_of(client, scope="openid", claims=claims)
    assert visits.answer_of(visitor.browser.see(visits.path_of(asked)))["error"] == "invalid_request"


# --- through the pages: what a request insists on -------------------------------------------------------------------------------


def insisting(client, how, **given):
    return visits.request_of(client, **{"scope": "openid", "claims": json.dumps({"id_token": {"acr": how}}), **given})


def log_in(visitor, answer):
    """From being sent to log in to the page behind it, with the second step where it is asked for."""
    location = visits.location_of(answer)
    assert location.startswith("/login?continue="), location
    answer = visitor.browser.log_in(visitor.login, path=location)
    if answer.status_code == 200:
        answer = visitor.browser.submit("/login/code", form=people_pages.ticket_of(answer), code=visitor.login.code())
    return visitor.browser.see(visits.location_of(answer))


def given_after(caller, client, visitor, page, asked, verifier):
    code = visits.answer_of(visits.consent(visitor, page))["code"]
    return tokens(ask(caller, "/oauth2/token", client, grant_type="authorization_code", code=code, redirect_uri=asked["redirect_uri"], code_verifier=verifier))


@pytest.mark.parametrize("how", [{"essential": True, "value": TWO_FACTORS}, {"essential": True, "values": ["urn:of:nobody", TWO_FACTORS]}])
@pytest.mark.parametrize("pushed", [False, True])
def test_oidcc_essential_acr_of_two_factors(people, caller, node, client, visitor, how, pushed):
    """OpenID Connect Core section 5.5.1.1: who has a second step goes through it, and is told so."""
    visitor.login.switch_totp_on()
    asked, verifier = insisting(client, how)
    way = asked
    if pushed:
        answer = ask(caller, "/oauth2/par", client, **{name: value for name, value in asked.items() if name != "client_id"})
        assert answer.status == 201, answer
        way = {"client_id": client.client_id, "request_uri": answer.json()["request_uri"]}
    page = log_in(visitor, visitor.browser.see(visits.path_of(way)))
    claims = identified(node, client, given_after(caller, client, visitor, page, asked, verifier))
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], TWO_FACTORS)


def test_who_has_no_second_step_cannot_be_what_is_insisted_on(people, client, visitor):
    """A failed login, and told as one (OpenID Connect Core Error Code unmet_authentication_requirements 1.0)."""
    asked, _ = insisting(client, {"essential": True, "value": TWO_FACTORS})
    answer = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    for answer in (answer, visitor.browser.see(visits.path_of(asked)), visitor.browser.see(visits.path_of({**asked, "prompt": "none"}))):
        told = visits.answer_of(answer)
        assert (told["error"], told["state"]) == ("unmet_authentication_requirements", asked["state"]) and "code" not in told


def test_who_switched_the_second_step_on_later_logs_in_once_more(people, caller, node, client, visitor):
    visits.see_consent(visitor, visits.request_of(client)[0])
    visitor.login.switch_totp_on()
    asked, verifier = insisting(client, {"essential": True, "value": TWO_FACTORS})
    methods = people.world.cluster.query("SELECT methods FROM hallmark.session WHERE user_id = %s", [number_of(visitor.login.id)])
    assert methods == [(["pwd"],)], "this login goes on as it was"
    told = visits.answer_of(visitor.browser.see(visits.path_of({**asked, "prompt": "none"})))
    assert told["error"] == "login_required"
    page = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    assert identified(node, client, given_after(caller, client, visitor, page, asked, verifier))["acr"] == TWO_FACTORS


def test_a_consent_page_of_a_login_with_two_factors_gives_nothing_when_there_is_only_one(people, client, visitor):
    visitor.login.switch_totp_on()
    asked, _ = insisting(client, {"essential": True, "value": TWO_FACTORS})
    page = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    people.world.cluster.query("UPDATE hallmark.session SET methods = '{pwd}' WHERE user_id = %s RETURNING id", [number_of(visitor.login.id)])
    answer = visits.consent(visitor, page)
    assert visits.location_of(answer).startswith("/authorize?"), "it is asked again, and logged in for"


@pytest.mark.parametrize("how", [{"essential": True, "value": ONE_FACTOR}, {"essential": True, "values": [ONE_FACTOR, TWO_FACTORS]}])
@pytest.mark.parametrize("has_second", [False, True])
def test_oidcc_essential_acr_of_one_factor(caller, node, client, visitor, how, has_second):
    """Also who has two is told as the one that was asked for, where only that was."""
    if has_second:
        visitor.login.switch_totp_on()
    asked, verifier = insisting(client, how)
    page = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    got = given_after(caller, client, visitor, page, asked, verifier)
    wanted = TWO_FACTORS if has_second and "values" in how else ONE_FACTOR
    for claims in (identified(node, client, got), identified(node, client, tokens(refresh(caller, client, got["refresh_token"])))):
        assert claims["acr"] == wanted and claims["amr"][:1] == ["pwd"] and ("otp" in claims["amr"]) is has_second


@pytest.mark.parametrize("how", [None, {"essential": True}, {"value": TWO_FACTORS}, {"essential": False, "values": [TWO_FACTORS]}, {"values": ["urn:of:nobody"]}])
def test_an_acr_that_is_a_wish_stops_nobody(caller, node, client, visitor, how):
    asked, verifier = insisting(client, how, acr_values=TWO_FACTORS)
    page = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    assert identified(node, client, given_after(caller, client, visitor, page, asked, verifier))["acr"] == ONE_FACTOR


@pytest.mark.parametrize("how", [{"essential": True, "value": "urn:of:nobody"}, {"essential": True, "values": []}, {"essential": True, "values": ["x", 1, None]},
                                 {"essential": True, "value": 2}, {"essential": True, "value": TWO_FACTORS + " "}, {"essential": True, "values": TWO_FACTORS}])
def test_oidcc_essential_acr_that_nobody_can_have(caller, client, visitor, how):
    """Nobody is sent to log in for it."""
    asked, _ = insisting(client, how)
    assert visits.answer_of(visitor.browser.see(visits.path_of(asked)))["error"] == "unmet_authentication_requirements"
    refused(ask(caller, "/oauth2/par", client, **{name: value for name, value in asked.items() if name != "client_id"}), 400, "unmet_authentication_requirements")
    without = visits.request_of(client, scope="customers:read", claims=asked["claims"])[0]
    assert visits.see_consent(visitor, without), "a request that is none of OpenID's has no ID token for it to stand in"


def test_a_claim_that_names_the_person_is_kept_to(people, caller, node, client, visitor):
    """OpenID Connect Core section 3.1.2.2: nobody else's tokens are the answer."""
    def naming(subject, **given):
        return visits.request_of(client, scope="openid", claims=json.dumps({"id_token": {"sub": {"value": subject}}}), **given)

    other = visits.Visitor(people, node)
    asked, verifier = naming(visitor.login.id)
    page = log_in(visitor, visitor.browser.see(visits.path_of(asked)))
    got = given_after(caller, client, visitor, page, asked, verifier)
    assert identified(node, client, got)["sub"] == visitor.login.id
    for subject in (other.login.id, "usr_00000000001", "", "x"):
        assert visits.answer_of(visitor.browser.see(visits.path_of(naming(subject, prompt="none")[0])))["error"] == "login_required"
        assert visits.location_of(visitor.browser.see(visits.path_of(naming(subject)[0]))).startswith("/login?continue=")
    asked, _ = naming(other.login.id, id_token_hint=got["id_token"])
    assert visits.answer_of(visitor.browser.see(visits.path_of(asked)))["error"] == "invalid_request"
    assert "code" in visits.answer_of(visitor.browser.see(visits.path_of(naming(visitor.login.id, id_token_hint=got["id_token"], prompt="none")[0])))


def test_a_login_is_known_to_an_application_with_its_own_subjects_by_a_sid_of_its_own(people, caller, node, visitor):
    """Two applications that compared the sid of one login would know that they have the same person before them."""
    first, second, plain = (people.new_client() for _ in range(3))
    for client in (first, second):
        identity(people, client, subject_type="pairwise")
    sids = {}
    for client in (first, second, plain):
        _, got = asked_for(caller, client, visitor, {})
        sid = identified(node, client, got)["sid"]
        assert identified(node, client, tokens(refresh(caller, client, got["refresh_token"])))["sid"] == sid, "the same login is known again"
        sids[client.client_id] = sid
    [session] = visitor.login.sessions()
    assert sids[plain.client_id] == f"ses_{base62(session[1], 11)}" and len(set(sids.values())) == 3
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", sids[client.client_id]) for client in (first, second))


# --- discovery ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def discovered(node):
    return document(node, "/.well-known/openid-configuration")


def test_oidcc_discovery_endpoint_verification(node, discovered):
    """oidcc-config-certification-test-plan: what OpenID Connect Discovery section 3 requires, and that each address is one."""
    assert discovered["issuer"] == node.url
    assert {"code"} == set(discovered["response_types_supported"]) and "authorization_code" in discovered["grant_types_supported"]
    assert set(discovered["subject_types_supported"]) == {"public", "pairwise"}
    assert set(discovered["id_token_signing_alg_values_supported"]) >= {"ES256", "RS256"}, "RS256 has to be among them"
    assert {"openid", "profile", "email", "offline_access"} <= set(discovered["scopes_supported"])
    assert discovered["claims_parameter_supported"] is True and discovered["request_uri_parameter_supported"] is False
    assert discovered["acr_values_supported"] == [ONE_FACTOR, TWO_FACTORS]
    for name, url in discovered.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.startswith(node.url + "/")
            try:
                status = urllib.request.urlopen(urllib.request.Request(url, method="OPTIONS"), timeout=10).status
            except urllib.error.HTTPError as error:
                status = error.code
            assert status == 204 or status == 405, f"{name}: {status}"


def test_the_two_documents_are_one(node, discovered):
    assert document(node, "/.well-known/oauth-authorization-server") == discovered


def test_every_claim_that_is_told_was_announced(people, caller, node, client, person, discovered):
    got = given(people, caller, client, person, nonce="n", methods=["pwd"], session=0, id_token_claims=["email", "email_verified", "name", "updated_at"])
    heard = set(identified(node, client, got)) | set(told(userinfo(caller, got["access_token"])))
    assert set(discovered["claims_supported"]) == heard | {"sid"}


def test_oidcc_discovery_jwks_uri_keys(node, discovered):
    keys = document(node, discovered["jwks_uri"].removeprefix(node.url))["keys"]
    assert {key["alg"] for key in keys} >= set(discovered["id_token_signing_alg_values_supported"])
    assert all(key["use"] == "sig" and not {"d", "p", "q", "k"} & key.keys() for key in keys) and len({key["kid"] for key in keys}) == len(keys)


# --- what an application chooses ------------------------------------------------------------------------------------------------


def identity(people, client, **flags):
    return people.world.json("application", "identity", client.application, *(f"--{name.replace('_', '-')}={value}" for name, value in flags.items()))[0]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_oidcc_userinfo_signed(people, caller, node, person, algorithm):
    """An application that wants userinfo signed gets a JWT for itself, which is no ID token: it has no exp."""
    client = people.new_client()
    assert identity(people, client, userinfo_alg=algorithm)["userinfo_alg"] == algorithm
    answer = userinfo(caller, given(people, caller, client, person)["access_token"])
    assert (answer.status, answer.header("content-type"), answer.header("cache-control")) == (200, "application/jwt", "no-store")
    claims = proven(node, answer.body.decode(), algorithm, client.client_id)
    assert claims.keys() == {"iss", "aud", "sub", "name", "updated_at", "email", "email_verified"} and claims["sub"] == person.user
    identity(people, client, userinfo_alg="")
    assert told(userinfo(caller, given(people, caller, client, person)["access_token"]))["sub"] == person.user


def test_oidcc_idtoken_rs256_and_es256(people, caller, node, person):
    client = people.new_client()
    identified(node, client, given(people, caller, client, person))
    identity(people, client, id_token_alg="ES256")
    got = given(people, caller, client, person)
    identified(node, client, got, "ES256")
    identified(node, client, tokens(refresh(caller, client, got["refresh_token"])), "ES256")


def test_a_key_for_an_algorithm_is_made_when_an_application_wants_it(people, node, person):
    """By a node that starts, or in its housekeeping."""
    client = people.new_client()
    identity(people, client, id_token_alg="PS256")
    with serving(people.world.cluster, threads=1, issuer=node.url) as later, Caller(later.port, None) as other:
        identified(node, client, given(people, other, client, person), "PS256")


def test_oidcc_pairwise_subjects(people, caller, node, person):
    """Two applications cannot find out that they have the same person before them; each finds them again; everything agrees."""
    first, second, plain = (people.new_client() for _ in range(3))
    for client in (first, second):
        assert identity(people, client, subject_type="pairwise")["subject_type"] == "pairwise"
    subjects = {}
    for client in (first, second, plain, first):
        got = given(people, caller, client, person)
        subject = identified(node, client, got)["sub"]
        assert told(userinfo(caller, got["access_token"]))["sub"] == subject
        assert identified(node, client, tokens(refresh(caller, client, got["refresh_token"])))["sub"] == subject
        assert subjects.setdefault(client.client_id, subject) == subject, "the same person is known again"
        assert claims_of(got["access_token"])["sub"] == person.user, "our own gateway has to know them"
    assert subjects[plain.client_id] == person.user and len(set(subjects.values())) == 3
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", subjects[client.client_id]) for client in (first, second))
    other = people.new_person(account=person.account)
    assert identified(node, first, given(people, caller, first, other))["sub"] not in subjects.values()


def test_a_pairwise_subject_survives_whatever_else_changes(people, caller, node, person, cluster):
    client = people.new_client()
    identity(people, client, subject_type="pairwise")
    before = identified(node, client, given(people, caller, client, person))["sub"]
    identity(people, client, subject_type="public")
    assert identified(node, client, given(people, caller, client, person))["sub"] == person.user
    identity(people, client, subject_type="pairwise", id_token_alg="ES256")
    assert identified(node, client, given(people, caller, client, person), "ES256")["sub"] == before
    [[salt]] = cluster.query("SELECT encode(salt, 'hex') FROM hallmark.sector WHERE application_id = %s", [number_of(client.application)])
    history = cluster.query("SELECT string_agg(before || after, '') FROM hallmark.history_value WHERE account_id = 0")
    assert salt not in str(history) and "subject_type" in str(history), "the history tells the choice, and not what it hangs on"


@pytest.mark.parametrize("flag", ["--id-token-alg=none", "--id-token-alg=HS256", "--userinfo-alg=EdDSA", "--subject-type=private"])
def test_what_cannot_be_chosen_is_refused(people, client, flag):
    done = people.world.command_line.run("application", "identity", client.application, flag, check=False)
    assert done.returncode != 0 and "internal" not in done.stderr.lower() and done.stderr.strip()
