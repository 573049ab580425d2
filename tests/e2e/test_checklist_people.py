# SPDX-License-Identifier: Apache-2.0
"""What is sent and what must come back, where people are: the items of the security checklist that are about the authorization endpoint, codes and
pushed requests, by their numbers. Those that are named elsewhere are not repeated: 18 in test_login.py, 28, 29 and 66 to 72 in test_consents.py,
114 and 115 there and in test_introspection.py."""

import base64
import hashlib
import html
import re
import secrets
import urllib.parse

import pytest

import consents
from consents import REDIRECT, People, refused, tokens
from demo import Caller, number_of
from people import Browser, ticket_of
from visits import WANTED, Visitor, answer_of, boxes_of, consent, go_through_login, location_of, path_of, request_of, see_consent


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
def web(folk):
    return folk.new_client()


@pytest.fixture(scope="module")
def native(folk):
    return folk.new_client(public=True)


@pytest.fixture
def visitor(folk, server):
    return Visitor(folk, server)


@pytest.fixture
def stranger(server):
    return Browser(server.url)


def error_of(browser, client, **given):
    return answer_of(browser.see(path_of(request_of(client, **given)[0])))["error"]


def is_error_page(page):
    return page.status_code == 400 and "location" not in page.headers and "This does not work" in page.text


def redeem(caller, client, code, verifier, **other):
    return consents.ask(caller, "/oauth2/token", client, **{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier, **other})


# --- the authorization endpoint -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", [REDIRECT + "x", REDIRECT.upper(), REDIRECT + "?a=b", REDIRECT + "/", REDIRECT.replace("callback", "%2e/callback"),
                                 REDIRECT.replace("//", "//user@"), REDIRECT.replace(".example", ".example:8443"), REDIRECT + "/../callback", REDIRECT + "#f", REDIRECT + ";x"])
def test_item_01_redirect_uris_that_are_nearly_right(stranger, web, uri):
    assert is_error_page(stranger.see(path_of(request_of(web, redirect_uri=uri)[0])))


def test_item_02_loopback_ports_are_free(visitor, native):
    port = secrets.randbelow(60000) + 1024
    page = see_consent(visitor, request_of(native, redirect_uri=f"http://127.0.0.1:{port}/callback")[0])
    assert "code" in answer_of(consent(visitor, page), redirect=f"http://127.0.0.1:{port}/callback")
    for uri in (f"http://localhost:{port}/callback", f"http://127.0.0.1:{port}/other", f"http://127.0.0.2:{port}/callback", f"https://127.0.0.1:{port}/callback"):
        assert is_error_page(visitor.browser.see(path_of(request_of(native, redirect_uri=uri)[0]))), uri


@pytest.mark.parametrize("uri", ["http://shop.example/", "javascript:alert(1)", "data:text/html,x", "https://shop.example/#f", "https://u@shop.example/",
                                 *(f"https://shop.example/?{name}=x" for name in ("code", "state", "iss", "response", "error"))])
def test_items_03_05_redirect_uris_that_cannot_be_registered(folk, web, uri):
    done = folk.world.command_line.run("application", "offer", web.application, f"--redirect-uris={uri}", check=False)
    assert done.returncode == 2 and "cannot be registered" in done.stderr


def test_item_04_errors_travel_only_where_the_client_is_proven(stranger, web):
    assert is_error_page(stranger.see(path_of(request_of(web, client_id=consents.credential("hmk_", "acc_00000000"))[0])))
    assert is_error_page(stranger.see(path_of(request_of(web, redirect_uri="https://evil.example/", scope="nothing")[0])))
    assert error_of(stranger, web, scope="nothing") == "invalid_scope"


@pytest.mark.parametrize("response_type", ["token", "id_token", "code id_token", "code token", "none"])
def test_item_06_no_other_response_type(stranger, web, response_type):
    assert error_of(stranger, web, response_type=response_type) == "unsupported_response_type"


def test_item_07_twice_is_wrong_empty_is_absent_unknown_is_ignored(stranger, web):
    asked, _ = request_of(web)
    for name in asked:
        assert is_error_page(stranger.see(path_of(asked) + f"&{name}=")), f"{name}, the second time empty"
    assert error_of(stranger, web, response_type="") == "invalid_request"
    assert location_of(stranger.see(path_of({**asked, "colour": "blue", "nonce": ""}))).startswith("/login")


def test_item_08_credentials_are_answered_by_303(visitor, web):
    location = location_of(visitor.browser.see(path_of(request_of(web)[0])))
    assert visitor.browser.log_in(visitor.login, path=location).status_code == 303
    page = visitor.browser.see(path_of(request_of(web)[0]))
    assert consent(visitor, page).status_code == 303


def test_item_09_issuer_in_every_answer(server, stranger, visitor, web):
    failed = answer_of(stranger.see(path_of(request_of(web, scope="nothing")[0])))
    came = answer_of(consent(visitor, see_consent(visitor, request_of(web)[0])))
    assert failed["iss"] == came["iss"] == server.url


def test_items_10_11_pages_are_framed_by_nobody_and_tell_nobody(visitor, web):
    page = see_consent(visitor, request_of(web)[0])
    login = visitor.browser.see("/login")
    for seen in (page, login):
        assert "frame-ancestors 'none'" in seen.headers["content-security-policy"] and "default-src 'none'" in seen.headers["content-security-policy"]
        assert seen.headers["x-frame-options"].upper() == "DENY" and seen.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r'(?:src|href)="(?:https?:)?//', seen.text), "nothing is loaded from elsewhere"


def test_item_12_no_site_reads_the_authorization_endpoint(stranger, web):
    page = stranger.get(stranger.url + path_of(request_of(web)[0]), headers={"Origin": "https://evil.example"}, allow_redirects=False)
    assert not [name for name in page.headers if name.lower().startswith("access-control-")]


def test_item_13_nonce_and_state_are_never_cut(caller, visitor, web):
    nonce, state = "n" * 64, "s" * 2000
    asked, verifier = request_of(web, scope="openid", nonce=nonce, state=state)
    came = answer_of(consent(visitor, see_consent(visitor, asked)))
    assert came["state"] == state
    assert consents.claims_of(tokens(redeem(caller, web, came["code"], verifier))["id_token"])["nonce"] == nonce
    too_long = visitor.browser.submit("/authorize", **request_of(web, state="s" * 10000)[0])
    assert is_error_page(too_long)


@pytest.mark.parametrize("response_mode", ["fragment", "query.jwt", "web_message", "FORM_POST"])
def test_item_14_no_other_response_mode(stranger, web, response_mode):
    assert error_of(stranger, web, response_mode=response_mode) == "invalid_request"


def test_item_15_consent_says_who_what_and_how_long(visitor, web, native):
    page = see_consent(visitor, request_of(web)[0])
    for said in (web.name, "Example Software", "shop.example", "see: customers", "add, change and delete: customers", "365"):
        assert said in html.unescape(page.text), said
    consent(visitor, page)
    assert "code" in answer_of(visitor.browser.see(path_of(request_of(web)[0]))), "the same is not asked again"
    asked, _ = request_of(native, redirect_uri="http://127.0.0.1/callback")
    consent(visitor, see_consent(visitor, asked))
    see_consent(visitor, request_of(native, redirect_uri="http://127.0.0.1/callback")[0])


def test_item_17_consent_needs_the_form_of_this_browser(visitor, web, folk, server):
    page = see_consent(visitor, request_of(web)[0])
    for form in ({}, {"form": ""}, {"form": "a.b.c"}, {"form": ticket_of(page) + "x"}):
        assert is_error_page(visitor.browser.submit("/authorize/consent", answer="allow", scope="customers:read", **form))
    thief = Visitor(folk, server)
    thief.browser.log_in(thief.login)
    assert is_error_page(thief.browser.submit("/authorize/consent", answer="allow", scope="customers:read", form=ticket_of(page)))


def test_item_19_prompt_none_shows_nothing(stranger, visitor, web, folk, server):
    visitor.browser.log_in(visitor.login)
    several = Visitor(folk, server, accounts=2)
    several.browser.log_in(several.login)
    for browser in (stranger, visitor.browser, several.browser):
        assert "error" in answer_of(browser.see(path_of(request_of(web, prompt="none")[0])))
    for prompt in ("none login", "login none", "none consent select_account", "never"):
        assert error_of(stranger, web, prompt=prompt) == "invalid_request"


def test_item_20_max_age_and_claims(visitor, web, cluster):
    consent(visitor, see_consent(visitor, request_of(web)[0]))
    cluster.query("UPDATE hallmark.session SET created_at = created_at - interval '30 seconds' WHERE user_id = %s", [number_of(visitor.login.id)])
    for age in ("0", "1"):
        assert location_of(visitor.browser.see(path_of(request_of(web, max_age=age)[0]))).startswith("/login")
        assert error_of(visitor.browser, web, max_age=age, prompt="none") == "login_required"
    for claims in ("{", "[]", '"a"', '{"id_token":{},"id_token":{}}'):
        assert error_of(visitor.browser, web, scope="openid", claims=claims) == "invalid_request"


def test_item_21_nothing_changes_between_login_and_consent(caller, visitor, web, native):
    """What the page carries is sealed: what the browser adds beside it counts for nothing."""
    asked, verifier = request_of(web, scope="customers:read")
    page = see_consent(visitor, asked)
    forged = visitor.browser.submit("/authorize/consent?scope=customers:write&client_id=" + native.client_id, form=ticket_of(page), answer="allow",
                                    scope=["customers:read", "customers:write"], client_id=native.client_id, redirect_uri="https://evil.example/", response_type="token")
    came = answer_of(forged)
    assert consents.claims_of(tokens(redeem(caller, web, came["code"], verifier))["access_token"])["scope"] == "customers:read"


def test_item_22_a_scope_without_end(caller, stranger, web):
    many = " ".join(f"a{n}:read" for n in range(10000))
    refused(consents.ask(caller, "/oauth2/par", web, **request_of(web, scope="x" * 60000)[0]), 400, "invalid_scope")
    assert consents.ask(caller, "/oauth2/par", web, **request_of(web, scope=many)[0]).status in (400, 413)
    assert stranger.see(path_of(request_of(web, scope="x" * 7000)[0])).status_code in (400, 414)


# --- codes ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [{"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}, {"code_challenge_method": None},
                                   {"code_challenge_method": "s256"}])
def test_items_23_24_nothing_but_s256(stranger, web, given):
    assert error_of(stranger, web, **given) == "invalid_request"


def test_item_25_a_verifier_that_nobody_asked_for(folk, caller, visitor):
    client = folk.new_client()
    folk.world.json("application", "offer", client.application, "--pkce-optional=yes")
    asked, _ = request_of(client, nonce="n", code_challenge=None, code_challenge_method=None)
    code = answer_of(consent(visitor, see_consent(visitor, asked)))["code"]
    refused(redeem(caller, client, code, "v" * 43), 400, "invalid_grant")


def code_for(visitor, client, **given):
    asked, verifier = request_of(client, **given)
    page = visitor.browser.see(path_of(asked))
    if page.status_code == 303 and location_of(page).startswith("/login"):
        page = go_through_login(visitor, page)
    return answer_of(consent(visitor, page) if page.status_code == 200 else page)["code"], verifier


def test_items_26_30_31_32_every_wrong_use_is_the_same_refusal(folk, caller, visitor, web, cluster):
    """Unknown, expired, foreign, with another verifier or redirect URI: nobody learns which; and none of it spends the code."""
    code, verifier = code_for(visitor, web)
    other, expired = folk.new_client(), code_for(visitor, web)
    cluster.query("UPDATE hallmark.authorization_code SET expires_at = now() - interval '1 second' WHERE digest = %s", [hashlib.sha256(expired[0].encode()).digest()])
    answers = [redeem(caller, web, consents.credential("hmc_", visitor.accounts[0]), verifier), redeem(caller, web, *expired), redeem(caller, other, code, verifier),
               redeem(caller, web, code, "w" * 43), redeem(caller, web, code, None), redeem(caller, web, code, verifier, redirect_uri=REDIRECT + "x"),
               redeem(caller, web, code, verifier, redirect_uri=None)]
    for answer in answers:
        refused(answer, 400, "invalid_grant")
    assert len({answer.json()["error_description"] for answer in answers}) == 1
    for wrong in ("v" * 42, "v" * 129, "v" * 42 + "%", "v" * 42 + "\u00e9"):
        assert redeem(caller, web, code, wrong).json()["error"] in ("invalid_grant", "invalid_request")
    refused(redeem(caller, web, code, verifier, client_secret=web.secret), 400, "invalid_request")
    tokens(redeem(caller, web, code, verifier))


def test_item_27_a_code_lives_for_a_minute(caller, visitor, web, cluster):
    code, verifier = code_for(visitor, web)
    digest = hashlib.sha256(code.encode()).digest()
    [[seconds]] = cluster.query("SELECT extract(epoch FROM expires_at - created_at) FROM hallmark.authorization_code WHERE digest = %s", [digest])
    assert 0 < seconds <= 60
    cluster.query("UPDATE hallmark.authorization_code SET created_at = created_at - interval '61 seconds', expires_at = expires_at - interval '61 seconds' WHERE digest = %s", [digest])
    refused(redeem(caller, web, code, verifier), 400, "invalid_grant")


def test_item_34_only_digests_are_kept(caller, visitor, web, cluster):
    code, verifier = code_for(visitor, web, scope=WANTED + " offline_access")
    got = tokens(redeem(caller, web, code, verifier))
    pushed = consents.ask(caller, "/oauth2/par", web, **request_of(web)[0]).json()["request_uri"]
    for secret in (code, got["refresh_token"], pushed.rpartition(":")[2]):
        assert len(re.sub(r"^hm._.{8}", "", secret)) >= 43, "at least 256 random bits"
    tables = [row[0] for row in cluster.query("SELECT tablename FROM pg_tables WHERE schemaname = 'hallmark' AND tablename ~ '^(authorization_|refresh_|family|grant|session)'")]
    kept = " ".join(str(row) for table in tables for row in cluster.query(f'SELECT t::text FROM hallmark."{table}" AS t'))
    for secret in (code, got["refresh_token"], pushed, pushed.rpartition(":")[2], got["access_token"], visitor.browser.cookies["hallmark-session"]):
        assert secret not in kept


# --- pushed requests ----------------------------------------------------------------------------------------------------------------


def push(caller, client, **given):
    return consents.ask(caller, "/oauth2/par", client, **request_of(client, **given)[0])


def pushed_path(client, answer):
    assert answer.status == 201, answer
    return path_of({"client_id": client.client_id, "request_uri": answer.json()["request_uri"]})


def test_items_49_50_51_52_pushing(caller, web):
    anonymous = consents.Client(web.client_id, None, web.application, web.name)
    refused(push(caller, anonymous), 400, "invalid_client")
    refused(consents.ask(caller, "/oauth2/par", web, authorization=web.authorization(consents.credential("hms_", "acc_00000000")), **request_of(web)[0]), 401, "invalid_client")
    refused(push(caller, web, request_uri="urn:ietf:params:oauth:request_uri:abc"), 400, "invalid_request")
    assert caller.call("GET", "/oauth2/par", authorization=False).status == 405
    assert 5 <= push(caller, web).json()["expires_in"] <= 600


def test_items_53_54_55_56_a_pushed_request(caller, visitor, web, native, cluster):
    expired = pushed_path(web, push(caller, web))
    cluster.query("UPDATE hallmark.authorization_request SET expires_at = now() - interval '1 second'")
    assert is_error_page(visitor.browser.see(expired))
    answer = push(caller, web)
    assert is_error_page(visitor.browser.see(pushed_path(native, answer))), "another client's"
    path = pushed_path(web, answer)
    assert [location_of(visitor.browser.see(path))[:7] for _ in range(3)] == ["/login?"] * 3, "opened again before the login"
    page = go_through_login(visitor, visitor.browser.see(path))
    assert "code" in answer_of(consent(visitor, page))
    assert is_error_page(visitor.browser.see(path)), "it is spent"
    assert is_error_page(consent(visitor, page)), "and so is its page"


def test_item_57_where_pushing_is_wanted(folk, stranger):
    client = folk.new_client()
    folk.world.json("application", "offer", client.application, "--pushed-only=yes")
    assert error_of(stranger, client) == "invalid_request"


# --- who the client is --------------------------------------------------------------------------------------------------------------


def basic(text):
    return "Basic " + base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def ask_as(caller, authorization, **form):
    body = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": "hmr_nobody", **form})
    return caller.call("POST", "/oauth2/token", body, authorization=authorization, media="application/x-www-form-urlencoded")


def test_item_35_two_methods_at_once(caller, web):
    assertion = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": "a.b.c"}
    refused(ask_as(caller, web.authorization(), client_id=web.client_id, client_secret=web.secret), 400, "invalid_request")
    refused(ask_as(caller, web.authorization(), **assertion), 400, "invalid_request")


@pytest.mark.parametrize("spoil", [lambda id, secret: "Basic !!!!", lambda id, secret: basic(id), lambda id, secret: basic(f"{id}:{secret}%"),
                                   lambda id, secret: basic(f"{id}:{secret}")[:-8] + " " + basic(f"{id}:{secret}")[-8:],
                                   lambda id, secret: basic(f"{id}:{secret}") + "=", lambda id, secret: basic(f"{id}:{secret}") + "AAAA",
                                   lambda id, secret: basic(f"{id}:{secret}".encode() + b"\xff")])
def test_item_36_loose_basic_authentication(caller, web, spoil):
    answer = ask_as(caller, spoil(web.client_id, web.secret))
    refused(answer, 401, "invalid_client")
    assert answer.header("www-authenticate").startswith("Basic ")


def test_item_36_what_is_not_loose(caller, web):
    """Percent-encoding (RFC 6749 section 2.3.1), and missing padding alone."""
    encoded = "".join(f"%{byte:02X}" for byte in web.client_id.encode())
    for authorization in (basic(f"{encoded}:{web.secret}"), basic(f"{web.client_id}:{web.secret}").rstrip("=")):
        refused(ask_as(caller, authorization), 400, "invalid_grant")


def test_item_37_a_secret_in_the_query(caller, web):
    body = urllib.parse.urlencode({"grant_type": "client_credentials"})
    answer = caller.call("POST", f"/oauth2/token?client_id={web.client_id}&client_secret={web.secret}", body, authorization=False, media="application/x-www-form-urlencoded")
    refused(answer, 400, "invalid_request")


def test_item_38_another_method_than_that_of_the_client(caller, web, native):
    refused(ask_as(caller, False, client_id=web.client_id), 400, "invalid_client")
    refused(ask_as(caller, False, client_id=native.client_id, client_secret=web.secret), 400, "invalid_client")
    assert ask_as(caller, basic(f"{native.client_id}:{web.secret}")).status == 401


# --- the token endpoint and what is published -----------------------------------------------------------------------------------------


def test_item_63_what_is_no_form(caller, web):
    assert caller.call("GET", "/oauth2/token", authorization=web.authorization()).status == 405
    for body, media, status in (('{"grant_type":"client_credentials"}', "application/json", 400), ("grant_type=client_credentials&x=" + "y" * 70_000, "application/x-www-form-urlencoded", 413)):
        with Caller(caller.port, None) as other:
            assert other.call("POST", "/oauth2/token", body, authorization=web.authorization(), media=media).status == status, media


def test_item_64_no_reply_is_stored(caller, visitor, web):
    asked, verifier = request_of(web, scope="openid customers:read")
    code = answer_of(consent(visitor, see_consent(visitor, asked)))["code"]
    answers = [redeem(caller, web, code, verifier)]
    token = answers[0].json()["access_token"]
    answers += [caller.call("GET", "/oauth2/userinfo", authorization=f"Bearer {token}"), caller.call("GET", "/oauth2/userinfo", authorization="Bearer x"),
                consents.ask(caller, "/oauth2/introspect", web, token=token), consents.ask(caller, "/oauth2/revoke", web, token=token),
                redeem(caller, web, code, verifier)]
    assert [answer.status for answer in answers] == [200, 200, 401, 200, 200, 400]
    for answer in answers:
        assert (answer.header("cache-control"), answer.header("pragma")) == ("no-store", "no-cache"), answer


@pytest.mark.parametrize("form", [{"grant_type": "password", "username": "ada", "password": "x"}, {"grant_type": "implicit"},
                                  {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}])
def test_item_65_grants_that_are_not_there(caller, web, form):
    refused(consents.ask(caller, "/oauth2/token", web, **form), 400, "unsupported_grant_type")


def test_items_112_113_what_is_published(server, stranger):
    for name in ("openid-configuration", "oauth-authorization-server"):
        assert stranger.see(f"/.well-known/{name}").json()["issuer"] == server.url
    keys = stranger.see("/oauth2/jwks").json()["keys"]
    assert keys and all({"kid", "alg", "use", "kty"} <= set(key) and not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key) for key in keys)


@pytest.mark.parametrize("hint", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_item_116_a_hint_that_proves_nothing_leads_nowhere(visitor, stranger, hint):
    visitor.browser.log_in(visitor.login)
    for browser in (visitor.browser, stranger):
        page = browser.see("/oauth2/logout?" + urllib.parse.urlencode({"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example/"}))
        assert page.status_code == 400 and "location" not in page.headers
    page = visitor.browser.see("/oauth2/logout")
    assert page.status_code == 200 and 'action="/logout"' in page.text and visitor.browser.see("/sessions").status_code == 200, "a GET ends nothing"


# --- all of it ----------------------------------------------------------------------------------------------------------------------


def test_item_120_no_answer_tells_of_our_insides(stranger, visitor, web):
    """Whatever is sent: no statement, path, or name of a table comes back."""
    asked, _ = request_of(web)
    for name in asked:
        for value in ("'", "\\", "%s", "\u202e", "a" * 300, "{}", "../..", "\x7f"):
            page = stranger.see("/authorize?" + urllib.parse.urlencode({**asked, name: value}))
            assert page.status_code in (303, 400)
            assert not re.search(r"SELECT|hallmark\.\w+|/server/|psql|libpq|\.c:", page.text + page.headers.get("location", "")), (name, value)
    assert boxes_of(see_consent(visitor, asked)) == ["customers:read", "customers:write"]
