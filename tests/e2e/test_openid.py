# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect as applications see it: ID tokens, userinfo, discovery, and subjects of an application's own. Every token is checked with two
libraries of others. Cases that the OpenID Foundation's basic and configuration plans have bear the names of their modules."""

import base64
import hashlib
import json
import time
import urllib.request

import pytest
from authlib.jose import JsonWebKey, JsonWebToken
from jwcrypto import jwk, jws

from consents import DEAD, People, claims_of, get, redeem, refresh, tokens
from demo import Caller, World, own_cluster, serving

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
