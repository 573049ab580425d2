# SPDX-License-Identifier: Apache-2.0
"""The OpenID Foundation's plans for providers (basic, configuration, form post): each of their modules as a test of our own, named as theirs,
with the same steps. The form post plan is the basic one with another response mode, so each module runs in both."""

import html
import json
import re
import secrets
import time
import urllib.parse

import pytest
from jwcrypto import jwk, jws, jwt

import consents
import harness
from consents import REDIRECT, People, refused, tokens
from demo import Caller, number_of
from visits import Visitor, answer_of, consent, go_through_login, location_of, path_of, request_of

MODES = ("query", "form_post")


@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def caller(server, demo):
    assert demo.api
    with Caller(server.port, None) as made:
        yield made


@pytest.fixture(scope="module")
def client(folk):
    return folk.new_client()


@pytest.fixture
def visitor(folk, server):
    return Visitor(folk, server)


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


class Relying:
    """A relying party with one response mode, and the person in front of it."""

    def __init__(self, server, caller, client, visitor, mode):
        self.server, self.caller, self.client, self.visitor, self.mode = server, caller, client, visitor, mode
        self.verifier = self.asked = None

    def ask(self, **given):
        given = {"scope": "openid", "nonce": secrets.token_urlsafe(9), "response_mode": None if self.mode == "query" else self.mode, **given}
        self.asked, self.verifier = request_of(self.client, **given)
        return self.visitor.browser.see(path_of(self.asked))

    def came_back(self, answer):
        """The members of the authorization response."""
        if self.mode == "query":
            return answer_of(answer)
        assert answer.status_code == 200 and f'<form id="answer" method="post" action="{REDIRECT}">' in answer.text, answer.text
        return {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)}

    def is_consent(self, page):
        return page.status_code == 200 and 'action="/authorize/consent"' in page.text

    def let_in(self, answer):
        """Whatever the person has to do until they are back."""
        if answer.status_code == 303 and location_of(answer).startswith("/login"):
            answer = go_through_login(self.visitor, answer)
        if self.is_consent(answer):
            answer = consent(self.visitor, answer)
        came = self.came_back(answer)
        assert came.get("state") == self.asked.get("state") and came["iss"] == self.server.url
        return came

    def redeem(self, came, **other):
        return consents.ask(self.caller, "/oauth2/token", self.client, grant_type="authorization_code", code=came["code"], redirect_uri=REDIRECT,
                            code_verifier=self.verifier, **other)

    def claims(self, got, **expected):
        """Of the ID token, whose signature is checked against the published keys."""
        keys = jwk.JWKSet.from_json(self.caller.call("GET", "/oauth2/jwks", authorization=False).body.decode())
        checked = jwt.JWT(jwt=got["id_token"], key=keys, algs=["RS256", "ES256"])
        claims = json.loads(checked.claims)
        assert claims["iss"] == self.server.url and claims["aud"] == self.client.client_id
        assert claims["iat"] <= time.time() + 60 and claims["exp"] > time.time()
        assert claims.get("nonce") == self.asked.get("nonce")
        for name, value in expected.items():
            assert claims[name] == value, name
        return claims

    def whole(self, **given):
        """From asking to the ID token's claims."""
        got = tokens(self.redeem(self.let_in(self.ask(**given))))
        return got, self.claims(got)

    def userinfo(self, got, method="GET", **how):
        return self.caller.call(method, "/oauth2/userinfo", authorization=f"Bearer {got['access_token']}", **how)


@pytest.fixture
def relying(server, caller, client, visitor, mode):
    return Relying(server, caller, client, visitor, mode)


# --- configuration -------------------------------------------------------------------------------------------------------------------


def test_oidcc_discovery_endpoint_verification(server, caller):
    answer = caller.call("GET", "/.well-known/openid-configuration", authorization=False)
    assert answer.status == 200 and answer.header("content-type") == "application/json"
    metadata = answer.json()
    assert metadata["issuer"] == server.url
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert metadata[name].startswith(server.url + "/"), name
    assert "code" in metadata["response_types_supported"] and "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"} and "openid" in metadata["scopes_supported"]
    assert set(MODES) <= set(metadata["response_modes_supported"])
    assert metadata["request_parameter_supported"] is False and metadata["request_uri_parameter_supported"] is False
    keys = caller.call("GET", metadata["jwks_uri"][len(server.url):], authorization=False).json()["keys"]
    assert keys and all(not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key) for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)


# --- basic, and form post ------------------------------------------------------------------------------------------------------------


def test_oidcc_server(relying):
    got, claims = relying.whole()
    assert got["token_type"] == "Bearer" and claims["sub"]


def test_oidcc_response_type_missing(relying):
    came = relying.came_back(relying.ask(response_type=None))
    assert came["error"] in ("invalid_request", "unsupported_response_type") and came["state"] == relying.asked["state"]


def test_oidcc_idtoken_signature(relying):
    got, _ = relying.whole()
    header, payload, signature = got["id_token"].split(".")
    forged = {**got, "id_token": f"{header}.{payload}.{signature[:-4]}AAAA"}
    with pytest.raises(jws.InvalidJWSSignature):
        relying.claims(forged)


@pytest.mark.parametrize("method, how", [("GET", {}), ("POST", {})], ids=["oidcc_userinfo_get", "oidcc_userinfo_post_header"])
def test_oidcc_userinfo(relying, method, how):
    got, claims = relying.whole()
    answer = relying.userinfo(got, method, **how)
    assert answer.status == 200 and answer.json()["sub"] == claims["sub"]


def test_oidcc_userinfo_post_body(relying):
    got, claims = relying.whole()
    answer = relying.caller.call("POST", "/oauth2/userinfo", urllib.parse.urlencode({"access_token": got["access_token"]}), authorization=False,
                                 media="application/x-www-form-urlencoded")
    assert answer.status == 200 and answer.json()["sub"] == claims["sub"]


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(relying):
    _, claims = relying.whole(nonce=None)
    assert "nonce" not in claims


SCOPES_AND_CLAIMS = {"profile": {"name"}, "email": {"email", "email_verified"}, "address": set(), "phone": set(), "profile email address phone": {"name", "email"}}


@pytest.mark.parametrize("scope", SCOPES_AND_CLAIMS, ids=["oidcc_scope_profile", "oidcc_scope_email", "oidcc_scope_address", "oidcc_scope_phone", "oidcc_scope_all"])
def test_oidcc_scope(relying, scope):
    got, claims = relying.whole(scope=f"openid {scope}")
    person = relying.userinfo(got).json()
    assert SCOPES_AND_CLAIMS[scope] <= set(person) and person["sub"] == claims["sub"]


def test_oidcc_ensure_other_scope_order_succeeds(relying):
    got, _ = relying.whole(scope="email openid")
    assert relying.userinfo(got).json()["email"] == relying.visitor.login.email


@pytest.mark.parametrize("display", ["page", "popup"], ids=["oidcc_display_page", "oidcc_display_popup"])
def test_oidcc_display(relying, display):
    relying.whole(display=display)


def age(cluster, visitor, seconds):
    """The person logged in so long ago."""
    cluster.query("UPDATE hallmark.session SET created_at = created_at - %s * interval '1 second' WHERE user_id = %s", [seconds, number_of(visitor.login.id)])


def test_oidcc_prompt_login(relying, cluster, visitor):
    _, first = relying.whole()
    age(cluster, visitor, 60)
    answer = relying.ask(prompt="login")
    assert location_of(answer).startswith("/login"), "they have to log in again"
    second = relying.claims(tokens(relying.redeem(relying.let_in(answer))))
    assert second["sub"] == first["sub"] and second["auth_time"] >= first["auth_time"]


def test_oidcc_prompt_none_not_logged_in(relying):
    came = relying.came_back(relying.ask(prompt="none"))
    assert came["error"] in ("login_required", "interaction_required") and came["state"] == relying.asked["state"]


def test_oidcc_prompt_none_logged_in(relying):
    _, first = relying.whole()
    second = relying.claims(tokens(relying.redeem(relying.came_back(relying.ask(prompt="none")))))
    assert second["sub"] == first["sub"] and second.get("auth_time") == first.get("auth_time")


def test_oidcc_max_age_1(relying, cluster, visitor):
    _, first = relying.whole()
    age(cluster, visitor, 60)
    answer = relying.ask(max_age="1")
    assert location_of(answer).startswith("/login")
    second = relying.claims(tokens(relying.redeem(relying.let_in(answer))))
    assert abs(second["auth_time"] - time.time()) < 60 and second["auth_time"] >= first["auth_time"]


def test_oidcc_max_age_10000(relying):
    _, first = relying.whole()
    second = relying.claims(tokens(relying.redeem(relying.came_back(relying.ask(max_age="10000")))))
    assert second["auth_time"] == first["auth_time"] and second["sub"] == first["sub"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(relying):
    relying.whole(extra="foobar")


def test_oidcc_id_token_hint(relying):
    got, first = relying.whole()
    second = relying.claims(tokens(relying.redeem(relying.came_back(relying.ask(prompt="none", id_token_hint=got["id_token"])))))
    assert second["sub"] == first["sub"]


def test_oidcc_id_token_hint_of_somebody_else(relying, server, caller, client, folk, mode):
    """OpenID Connect Core section 3.1.2.1: a hint at somebody else is no silent answer about whoever is there."""
    other = Relying(server, caller, client, Visitor(folk, server), mode)
    got, _ = other.whole()
    relying.whole()
    assert relying.came_back(relying.ask(prompt="none", id_token_hint=got["id_token"]))["error"] == "login_required"
    assert relying.came_back(relying.ask(prompt="none", id_token_hint=got["id_token"][:-4] + "AAAA"))["error"] == "invalid_request"


def test_oidcc_login_hint(relying):
    relying.whole(login_hint="buffy@" + urllib.parse.urlsplit(relying.server.url).hostname)


def test_oidcc_ui_locales(relying):
    relying.whole(ui_locales="se")


def test_oidcc_claims_locales(relying):
    relying.whole(claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(relying):
    relying.whole(acr_values="1 2")


@pytest.mark.parametrize("later_s", [0, 30], ids=["oidcc_codereuse", "oidcc_codereuse_30seconds"])
def test_oidcc_codereuse(relying, cluster, later_s):
    came = relying.let_in(relying.ask(scope="openid customers:read"))
    got = tokens(relying.redeem(came))
    cluster.query("UPDATE hallmark.authorization_code SET created_at = created_at - %s * interval '1 second', used_at = used_at - %s * interval '1 second' "
                  "WHERE used_at IS NOT NULL", [later_s, later_s])
    refused(relying.redeem(came), 400, "invalid_grant")
    harness.wait_until(lambda: relying.userinfo(got).status == 401, 10, "what the first use gave ends")


def test_oidcc_ensure_registered_redirect_uri(relying):
    asked, _ = request_of(relying.client, scope="openid", redirect_uri=REDIRECT + "/" + secrets.token_hex(4))
    page = relying.visitor.browser.see(path_of(asked))
    assert page.status_code == 400 and "location" not in page.headers


def test_oidcc_ensure_post_request_succeeds(relying):
    relying.asked, relying.verifier = request_of(relying.client, scope="openid", nonce="n", response_mode=None if relying.mode == "query" else relying.mode)
    posted = relying.visitor.browser.submit("/authorize", **relying.asked)
    tokens(relying.redeem(relying.let_in(relying.visitor.browser.see(location_of(posted)))))


def test_oidcc_server_client_secret_post(relying):
    came = relying.let_in(relying.ask())
    body = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": REDIRECT, "code_verifier": relying.verifier,
            "client_id": relying.client.client_id, "client_secret": relying.client.secret}
    answer = relying.caller.call("POST", "/oauth2/token", urllib.parse.urlencode(body), authorization=False, media="application/x-www-form-urlencoded")
    relying.claims(tokens(answer))


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(relying):
    came = relying.came_back(relying.ask(request="eyJhbGciOiJub25lIn0.e30."))
    assert came["error"] == "request_not_supported" and came["state"] == relying.asked["state"]


def test_oidcc_claims_essential(relying):
    asked = '{"userinfo":{"name":{"essential":true}},"id_token":{"email":null,"nobody_knows_it":null}}'
    got, claims = relying.whole(claims=asked)
    person = relying.userinfo(got).json()
    assert (person["sub"], person["name"]) == (claims["sub"], "Ada Lovelace")
    assert claims["email"] == relying.visitor.login.email and "name" not in claims


def test_oidcc_claims_that_the_person_unticks(relying):
    """What is essential to the application is still the person's to give."""
    page = go_through_login(relying.visitor, relying.ask(claims='{"userinfo":{"name":{"essential":true}},"id_token":{"email":null}}'))
    came = relying.came_back(consent(relying.visitor, page, scopes=["email"]))
    got = tokens(relying.redeem(came))
    assert relying.claims(got)["email"] == relying.visitor.login.email and "name" not in relying.userinfo(got).json()


def test_oidcc_ensure_request_object_with_redirect_uri(relying):
    """A redirect URI that stands in a request object alone leads nowhere."""
    asked, _ = request_of(relying.client, scope="openid", redirect_uri=None, request="eyJhbGciOiJub25lIn0.e30.")
    page = relying.visitor.browser.see(path_of(asked))
    assert page.status_code == 400 and "location" not in page.headers


def test_oidcc_refresh_token(relying, caller, folk, server):
    got, first = relying.whole(scope="openid offline_access")
    fresh = tokens(consents.refresh(caller, relying.client, got["refresh_token"]))
    assert fresh["access_token"] != got["access_token"]
    if "id_token" in fresh:
        relying.asked = {**relying.asked, "nonce": None} if "nonce" not in consents.claims_of(fresh["id_token"]) else relying.asked
        second = relying.claims(fresh)
        assert (second["iss"], second["sub"], second["aud"], second["auth_time"]) == (first["iss"], first["sub"], first["aud"], first["auth_time"])
    other = folk.new_client()
    refused(consents.refresh(caller, other, got["refresh_token"]), 400, "invalid_grant")


def test_oidcc_ensure_request_with_valid_pkce_succeeds(relying):
    came = relying.let_in(relying.ask())
    right, relying.verifier = relying.verifier, "w" * 43
    refused(relying.redeem(came), 400, "invalid_grant")
    relying.verifier = right
    tokens(relying.redeem(came))
