# SPDX-License-Identifier: Apache-2.0
"""Sending a person to us and getting them back with a code (RFC 6749 section 4.1, RFC 7636, RFC 9207, OpenID Connect Core section 3.1), without
JavaScript; and as somebody does it who wants a code that is not theirs."""

import html
import re
import secrets
import urllib.parse

import pytest

import consents
import harness
from consents import REDIRECT, People, refused, tokens
from demo import SCOPES, Caller, number_of
from people import LANGUAGES, Browser, alert_of, ticket_of
from visits import WANTED, Visitor, answer_of, boxes_of, consent, go_through_login, location_of, path_of, request_of, see_consent

@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def caller(server, demo):
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


def code_for(visitor, asked):
    return answer_of(consent(visitor, see_consent(visitor, asked)))["code"]


def redeem(caller, client, code, verifier, **other):
    return consents.ask(caller, "/oauth2/token", client, grant_type="authorization_code", code=code, redirect_uri=REDIRECT, code_verifier=verifier, **other)


# --- the whole way ------------------------------------------------------------------------------------------------------------------


def test_a_person_lets_an_application_in(server, caller, visitor, web):
    asked, verifier = request_of(web)
    page = see_consent(visitor, asked)
    assert web.name in page.text and "shop.example" in page.text and visitor.login.email in page.text
    assert boxes_of(page) == ["customers:read", "customers:write"]
    came = answer_of(consent(visitor, page))
    assert set(came) == {"code", "state", "iss"}
    assert came["state"] == asked["state"] and came["iss"] == server.url
    assert came["code"].startswith("hmc_" + visitor.accounts[0][4:]), "its route is the account"
    got = tokens(redeem(caller, web, came["code"], verifier))
    claims = consents.claims_of(got["access_token"])
    assert (claims["account"], claims["sub"], claims["scope"]) == (visitor.accounts[0], visitor.login.id, WANTED)
    assert consents.get(caller, got["access_token"]) == consents.ALLOWED
    refused(redeem(caller, web, came["code"], verifier), 400, "invalid_grant")


def test_consent_is_remembered_and_more_is_asked_for_again(visitor, web):
    asked, _ = request_of(web, scope="customers:read")
    code_for(visitor, asked)
    assert "code" in answer_of(visitor.browser.see(path_of(request_of(web, scope="customers:read")[0])))
    see_consent(visitor, request_of(web)[0])
    see_consent(visitor, request_of(web, scope="customers:read", prompt="consent")[0])


def test_an_application_on_a_device_is_asked_for_every_time(visitor, native):
    """RFC 8252 section 8.6: anybody could pretend to be it."""
    asked, _ = request_of(native, redirect_uri="http://127.0.0.1:51004/callback")
    page = see_consent(visitor, asked)
    assert "an application on this device" in page.text
    answer_of(consent(visitor, page), redirect="http://127.0.0.1:51004/callback")
    see_consent(visitor, request_of(native, redirect_uri="http://127.0.0.1:51005/callback")[0])


def test_what_is_unticked_is_not_given(caller, visitor, web):
    asked, verifier = request_of(web, scope="openid " + WANTED)
    page = see_consent(visitor, asked)
    assert boxes_of(page) == ["customers:read", "customers:write"], "openid has no box"
    code = answer_of(consent(visitor, page, scopes=["customers:read"]))["code"]
    assert tokens(redeem(caller, web, code, verifier))["scope"] == "customers:read openid"


def test_nothing_ticked_is_asked_again(visitor, web):
    page = consent(visitor, see_consent(visitor, request_of(web)[0]), scopes=[])
    assert page.status_code == 400 and alert_of(page) == "Tick at least one line, or refuse."
    assert "code" in answer_of(consent(visitor, page))


def test_what_was_not_offered_cannot_be_ticked(caller, visitor, web):
    asked, verifier = request_of(web, scope="customers:read")
    page = see_consent(visitor, asked)
    code = answer_of(consent(visitor, page, scopes=["customers:read", "customers:write", "history:read", "profile"]))["code"]
    assert consents.claims_of(tokens(redeem(caller, web, code, verifier))["access_token"])["scope"] == "customers:read"


def test_refusing(visitor, web):
    asked, _ = request_of(web)
    page = see_consent(visitor, asked)
    came = answer_of(consent(visitor, page, answer="deny"))
    assert (came["error"], came["state"]) == ("access_denied", asked["state"]) and "iss" in came
    assert visitor.browser.see(path_of(asked)).status_code == 200, "nothing was remembered"


def test_rights_that_the_person_lacks_are_locked(folk, server, caller, web):
    visitor = Visitor(folk, server, permissions="customers:read")
    asked, verifier = request_of(web)
    page = see_consent(visitor, asked)
    assert boxes_of(page) == ["customers:read"] and "you do not have the right customers:write yourself" in page.text
    code = answer_of(consent(visitor, page, scopes=["customers:read", "customers:write"]))["code"]
    assert consents.claims_of(tokens(redeem(caller, web, code, verifier))["access_token"])["scope"] == "customers:read"


def test_without_any_right_there_is_nothing_to_allow(folk, server, web):
    visitor = Visitor(folk, server, permissions="invoices:read")
    page = see_consent(visitor, request_of(web)[0])
    assert 'value="allow"' not in page.text and 'value="deny"' in page.text and boxes_of(page) == []
    forced = consent(visitor, page, scopes=["customers:read"])
    assert forced.status_code == 400 and 'action="/authorize/consent"' in forced.text, "nothing was given"


# --- who, and where -----------------------------------------------------------------------------------------------------------------


def accounts_of(page):
    """Where the choices lead."""
    return [html.unescape(to) for to in re.findall(r'class="choice" href="([^"]*)"', page.text)]


def test_who_belongs_to_several_accounts_picks_one(folk, server, caller, web):
    visitor = Visitor(folk, server, accounts=3)
    asked, verifier = request_of(web)
    page = go_through_login(visitor, visitor.browser.see(path_of(asked)))
    choices = accounts_of(page)
    assert len(choices) == 3
    [path] = [path for path in choices if visitor.accounts[1] in path]
    code = answer_of(consent(visitor, visitor.browser.see(path)))["code"]
    assert consents.claims_of(tokens(redeem(caller, web, code, verifier))["access_token"])["account"] == visitor.accounts[1]


def test_an_account_can_be_named(folk, server, visitor, web):
    other = Visitor(folk, server, accounts=2)
    asked, _ = request_of(web, account=other.accounts[1])
    code = code_for(other, asked)
    assert code.startswith("hmc_" + other.accounts[1][4:])
    foreign = go_through_login(visitor, visitor.browser.see(path_of(asked)))
    assert "You belong to no account in which this application can be let in." in foreign.text
    nonsense = answer_of(visitor.browser.see(path_of({**asked, "account": "acc_"})))
    assert nonsense["error"] == "invalid_target"


def test_an_account_whose_access_is_off_cannot_be_picked(folk, server, web):
    visitor = Visitor(folk, server, accounts=2)
    folk.world.json("account", "api-off", visitor.accounts[0])
    page = see_consent(visitor, request_of(web)[0])
    assert "code" in answer_of(consent(visitor, page)), "the only one that is open is taken"
    shut = visitor.browser.see(path_of(request_of(web, account=visitor.accounts[0])[0]))
    assert accounts_of(shut) == [] and "API access of this account is not switched on." in shut.text


def test_an_accounts_own_application_is_let_into_no_other(folk, server, caller):
    visitor, owner = Visitor(folk, server), folk.world.new_account()
    application = folk.world.json("application", "create", f"--account={owner}", "--name=Own " + secrets.token_hex(4))[0]["id"]
    folk.world.json("application", "offer", application, f"--redirect-uris={REDIRECT}", f"--scopes={SCOPES}")
    made = folk.world.json("client", "create", f"--application={application}", f"--account={owner}")[0]
    client = consents.Client(made["client_id"], made["secret"], application, "Own")
    page = go_through_login(visitor, visitor.browser.see(path_of(request_of(client)[0])))
    assert "You belong to no account in which this application can be let in." in page.text


# --- how the person is asked --------------------------------------------------------------------------------------------------------


def test_prompt_none(folk, server, visitor, web):
    def silent(**given):
        return answer_of(visitor.browser.see(path_of(request_of(web, prompt="none", **given)[0])))
    assert silent()["error"] == "login_required"
    visitor.browser.log_in(visitor.login)
    assert silent()["error"] == "consent_required"
    code_for(visitor, request_of(web)[0])
    assert "code" in silent()
    several = Visitor(folk, server, accounts=2)
    several.browser.log_in(several.login)
    came = answer_of(several.browser.see(path_of(request_of(web, prompt="none")[0])))
    assert came["error"] == "account_selection_required"


def test_prompt_login_asks_for_a_new_login(visitor, web, cluster):
    code_for(visitor, request_of(web)[0])
    cluster.query("UPDATE hallmark.session SET created_at = created_at - interval '1 minute' WHERE user_id = %s", [number_of(visitor.login.id)])
    old = visitor.login.sessions()
    asked, _ = request_of(web, prompt="login")
    answer = visitor.browser.see(path_of(asked))
    assert location_of(answer).startswith("/login?continue=")
    assert "code" in answer_of(go_through_login(visitor, answer))
    assert visitor.login.sessions() != old


def test_max_age(visitor, web, cluster):
    code_for(visitor, request_of(web)[0])
    assert "code" in answer_of(visitor.browser.see(path_of(request_of(web, max_age="600")[0])))
    cluster.query("UPDATE hallmark.session SET created_at = created_at - interval '11 minutes' WHERE user_id = %s", [number_of(visitor.login.id)])
    answer = visitor.browser.see(path_of(request_of(web, max_age="600")[0]))
    assert location_of(answer).startswith("/login?continue=")
    assert "code" in answer_of(go_through_login(visitor, answer))


def test_select_account_shows_the_choice(visitor, web):
    code_for(visitor, request_of(web)[0])
    page = visitor.browser.see(path_of(request_of(web, prompt="select_account")[0]))
    [path] = accounts_of(page)
    assert "already let in" in page.text
    assert "code" in answer_of(visitor.browser.see(path))


def test_login_hint_stands_in_the_form(visitor, web):
    location = location_of(visitor.browser.see(path_of(request_of(web, login_hint='ada"><b>@people.example')[0])))
    assert 'value="ada&#34;&gt;&lt;b&gt;@people.example"' in visitor.browser.see(location).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_in_the_language_that_was_asked_for(visitor, web, language):
    page = see_consent(visitor, request_of(web, ui_locales=f"fr {language}")[0])
    assert f'<html lang="{language}">' in page.text


# --- mistakes: at the client ------------------------------------------------------------------------------------------------------------


TOLD_AT_THE_CLIENT = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "x" * 42}, "invalid_request"),
    ({"code_challenge": "x" * 42 + "="}, "invalid_request"),
    ({"scope": "customers:everything"}, "invalid_scope"),
    ({"scope": "customers:read  customers:write"}, "invalid_scope"),
    ({"scope": 'customers:read "'}, "invalid_scope"),
    ({"scope": "phone"}, "invalid_scope"),
    ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ({"resource": "books#fragment"}, "invalid_target"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"nonce": "n" * 513}, "invalid_request"),
    ({"request": "eyJ"}, "request_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"scope": "openid", "claims": "[]"}, "invalid_request"),
    ({"scope": "openid", "claims": '{"id_token":'}, "invalid_request"),
]


@pytest.mark.parametrize("given, error", TOLD_AT_THE_CLIENT, ids=lambda value: str(value)[:40])
def test_mistakes_are_told_at_the_client(server, web, given, error):
    asked, _ = request_of(web, **given)
    came = answer_of(Browser(server.url).see(path_of(asked)))
    assert (came["error"], came["state"], came["iss"]) == (error, asked["state"], server.url)
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", came["error_description"]), "RFC 6749 section 4.1.2.1"


def test_a_state_that_cannot_be_is_not_repeated(server, web):
    came = answer_of(Browser(server.url).see(path_of(request_of(web, state="a\r\nb")[0])))
    assert came["error"] == "invalid_request" and "state" not in came


def test_what_nobody_understands_is_passed_over(visitor, web):
    """OpenID Connect Core section 5.4, RFC 6749 section 3.1."""
    code_for(visitor, request_of(web, scope=WANTED + " phone address", display="page", acr_values="0", colour="blue", id_token_hint=None)[0])


# --- mistakes: not at the client --------------------------------------------------------------------------------------------------------


NOT_TOLD_AT_THE_CLIENT = [
    {"client_id": None}, {"client_id": "shop"}, {"client_id": "hmk_0000000012345678901234abcdef"}, {"redirect_uri": "https://shop.example/callback/"},
    {"redirect_uri": "https://shop.example/callback?x=1"}, {"redirect_uri": "https://SHOP.example/callback"}, {"redirect_uri": "https://shop.example.evil.example/callback"},
    {"redirect_uri": "https://shop.example@evil.example/callback"}, {"redirect_uri": "https://shop.example/callback#x"}, {"redirect_uri": "http://shop.example/callback"},
    {"redirect_uri": "https://shop.example/%63allback"}, {"redirect_uri": "https://shop.example/x/../callback"}, {"redirect_uri": "javascript:alert(1)"},
    {"redirect_uri": "http://localhost/callback"}, {"redirect_uri": "//shop.example/callback"}, {"redirect_uri": "http://127.0.0.1:80/other"},
    {"redirect_uri": None},  # the application has two
    {"request_uri": "https://shop.example/request.jwt"}, {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
]


@pytest.mark.parametrize("given", NOT_TOLD_AT_THE_CLIENT, ids=lambda value: str(value)[:70])
def test_nobody_is_sent_where_nothing_is_proven(server, web, given):
    page = Browser(server.url).see(path_of(request_of(web, **given)[0]))
    assert page.status_code == 400 and "location" not in page.headers
    assert "This does not work" in page.text and "evil.example" not in page.text


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge", "nonce"])
def test_what_comes_twice_is_refused(server, web, name):
    asked, _ = request_of(web, nonce="n")
    page = Browser(server.url).see(path_of(asked) + "&" + urllib.parse.urlencode({name: asked[name]}))
    assert page.status_code == 400 and name in page.text


@pytest.mark.parametrize("query", ["", "?", "?%", "?client_id=%ff", "?client_id=%00", "?" + "&".join(f"a{n}=1" for n in range(100)), "?client_id", "?=&=&="])
def test_rubbish_gets_a_page(server, query):
    assert Browser(server.url).see("/authorize" + query).status_code == 400


def test_a_disabled_application_asks_nobody(folk, server):
    client = folk.new_client()
    folk.world.json("application", "disable", client.application)
    page = Browser(server.url).see(path_of(request_of(client)[0]))
    assert page.status_code == 400 and "location" not in page.headers


def test_a_key_asks_nobody(server, demo):
    page = Browser(server.url).see(path_of(request_of(demo.new_key())[0]))
    assert page.status_code == 400 and "location" not in page.headers


# --- forms that somebody else sends --------------------------------------------------------------------------------------------------


def test_consent_is_bound_to_browser_session_and_time(folk, server, visitor, web):
    asked, _ = request_of(web)
    page = see_consent(visitor, asked)
    thief = Visitor(folk, server)
    thief.browser.log_in(thief.login)
    stolen = thief.browser.submit("/authorize/consent", form=ticket_of(page), answer="allow", scope=boxes_of(page))
    assert stolen.status_code == 400 and "location" not in stolen.headers
    other_site = visitor.browser.submit("/authorize/consent", form=ticket_of(page), answer="allow", scope=boxes_of(page), headers={"Sec-Fetch-Site": "cross-site"})
    assert other_site.status_code == 400
    for form in ("", "x", ticket_of(page)[:-2], ticket_of(visitor.browser.see("/sessions"))):
        assert visitor.browser.submit("/authorize/consent", form=form, answer="allow", scope="customers:read").status_code == 400
    visitor.browser.log_in(Visitor(folk, server).login)
    late = consent(visitor, page)
    assert location_of(late).startswith("/authorize?"), "somebody else's login: asked anew"


def test_a_right_that_went_meanwhile_is_not_given(folk, visitor, web):
    page = see_consent(visitor, request_of(web)[0])
    folk.world.json("member", "set", f"--account={visitor.accounts[0]}", f"--user={visitor.login.id}", "--role=member", "--permissions=customers:read")
    assert answer_of(consent(visitor, page))["error"] == "access_denied"


def test_pages_cannot_be_framed_and_lead_to_the_client_alone(visitor, web):
    page = see_consent(visitor, request_of(web)[0])
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "form-action 'self' https://shop.example;" in policy
    assert page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self';" in visitor.browser.see("/login").headers["content-security-policy"]


def test_the_login_page_may_lead_to_the_client(visitor, web):
    """Chromium holds the redirects that follow a form to form-action, too."""
    location = location_of(visitor.browser.see(path_of(request_of(web)[0])))
    assert "form-action 'self' https://shop.example;" in visitor.browser.see(location).headers["content-security-policy"]


# --- the other ways in and out -------------------------------------------------------------------------------------------------------


def test_post_comes_again_by_itself(visitor, web):
    asked, _ = request_of(web, state="a b&c=d%")
    answer = visitor.browser.submit("/authorize", **asked)
    path, _, query = location_of(answer).partition("?")
    assert path == "/authorize" and dict(urllib.parse.parse_qsl(query)) == asked
    page = go_through_login(visitor, visitor.browser.see(location_of(answer)))
    assert answer_of(consent(visitor, page))["state"] == "a b&c=d%"


def test_too_long_to_be_carried(server, web):
    page = Browser(server.url).submit("/authorize", **request_of(web, state="s" * 6000)[0])
    assert page.status_code == 400 and "push them" in page.text


def test_form_post(visitor, web):
    asked, _ = request_of(web, response_mode="form_post", state='"><script>')
    page = consent(visitor, see_consent(visitor, asked))
    assert page.status_code == 200 and f'action="{REDIRECT}"' in page.text and "<script>" not in page.text, "the person's browser sends it by script or by button"
    fields = {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)}
    assert set(fields) == {"code", "state", "iss"} and fields["state"] == '"><script>'
    assert "script-src 'self'; form-action 'self' https://shop.example;" in page.headers["content-security-policy"]
    script = re.search('<script src="([^"]*)" defer></script>', page.text)[1]
    sent = visitor.browser.see(script)
    assert sent.headers["content-type"] == "text/javascript; charset=utf-8" and "submit()" in sent.text
    assert "script" not in visitor.browser.see("/sessions").headers["content-security-policy"], "no other page runs anything"
    wrong = Browser(visitor.browser.url).see(path_of({**asked, "scope": "nothing"}))
    assert wrong.status_code == 200 and 'name="error" value="invalid_scope"' in wrong.text


def test_pkce_can_be_left_out_where_that_is_allowed(folk, caller, visitor):
    client = folk.new_client()
    folk.world.json("application", "offer", client.application, "--pkce-optional=yes")
    without = {"code_challenge": None, "code_challenge_method": None}
    assert answer_of(visitor.browser.see(path_of(request_of(client, **without)[0])))["error"] == "invalid_request", "without a nonce"
    code = code_for(visitor, request_of(client, nonce="n-0S6", **without)[0])
    tokens(redeem(caller, client, code, None))


def test_an_only_redirect_uri_need_not_be_sent(folk, caller, visitor):
    client = folk.new_client()
    folk.world.json("application", "offer", client.application, f"--redirect-uris={REDIRECT}")
    asked, verifier = request_of(client, redirect_uri=None)
    code = code_for(visitor, asked)
    tokens(consents.ask(caller, "/oauth2/token", client, grant_type="authorization_code", code=code, code_verifier=verifier))


# --- pushed (RFC 9126) ---------------------------------------------------------------------------------------------------------------


def push(caller, client, **asked):
    return consents.ask(caller, "/oauth2/par", client, **asked)


def pushed_path(client, answer):
    return path_of({"client_id": client.client_id, "request_uri": answer.json()["request_uri"]})


def test_a_pushed_request_leads_to_a_code_once(folk, caller, visitor, web):
    asked, verifier = request_of(web)
    answer = push(caller, web, **asked)
    assert answer.status == 201 and 5 <= answer.json()["expires_in"] <= 600 and answer.header("cache-control") == "no-store"
    path = pushed_path(web, answer)
    for _ in range(2):
        assert location_of(visitor.browser.see(path)).startswith("/login?continue="), "it survives being opened"
    page = go_through_login(visitor, visitor.browser.see(path + "&scope=openid&state=forged"))
    came = answer_of(consent(visitor, page))
    assert came["state"] == asked["state"], "what the browser brings beside it counts for nothing"
    tokens(redeem(caller, web, came["code"], verifier))
    again = visitor.browser.see(path)
    assert again.status_code == 400 and "invalid_request_uri" in again.text


def test_a_pushed_request_belongs_to_who_pushed_it(folk, server, caller, web, native):
    answer = push(caller, web, **request_of(web)[0])
    page = Browser(server.url).see(pushed_path(native, answer))
    assert page.status_code == 400 and "invalid_request_uri" in page.text
    assert push(caller, web, **request_of(web, client_id=native.client_id)[0]).status == 400


def test_a_pushed_request_ends(folk, server, caller, web, cluster):
    path = pushed_path(web, push(caller, web, **request_of(web)[0]))
    cluster.query("UPDATE hallmark.authorization_request SET expires_at = now()")
    assert "invalid_request_uri" in Browser(server.url).see(path).text


def test_refusing_spends_a_pushed_request(visitor, caller, web):
    path = pushed_path(web, push(caller, web, **request_of(web)[0]))
    page = go_through_login(visitor, visitor.browser.see(path))
    assert answer_of(consent(visitor, page, answer="deny"))["error"] == "access_denied"
    harness.wait_until(lambda: "invalid_request_uri" in visitor.browser.see(path).text, 10, "it is spent")


def test_pushing_wants_the_client_to_prove_itself(caller, web, native):
    refused(push(caller, web, authorization=web.authorization(secret=consents.credential("hms_", "acc_00000000")), **request_of(web)[0]), 401, "invalid_client")
    assert push(caller, native, **request_of(native, redirect_uri="http://127.0.0.1/callback")[0]).status == 201
    assert caller.call("GET", "/oauth2/par", authorization=False).status == 405
    refused(push(caller, web, **request_of(web, request_uri="urn:ietf:params:oauth:request_uri:x")[0]), 400, "invalid_request")


@pytest.mark.parametrize("given, error", TOLD_AT_THE_CLIENT, ids=lambda value: str(value)[:40])
def test_mistakes_are_told_to_who_pushes(caller, web, given, error):
    refused(push(caller, web, **request_of(web, **given)[0]), 400, error)


def test_a_secret_is_not_kept_with_what_was_pushed(folk, caller, web, cluster):
    answer = consents.ask(caller, "/oauth2/par", consents.Client(web.client_id, None, web.application, web.name), client_secret=web.secret, **request_of(web)[0])
    assert answer.status == 201
    assert all(web.secret not in row[0] for row in cluster.query("SELECT parameters::text FROM hallmark.authorization_request"))


def test_where_pushing_is_wanted_nothing_else_will_do(folk, caller, visitor):
    client = folk.new_client()
    folk.world.json("application", "offer", client.application, "--pushed-only=yes")
    asked, _ = request_of(client)
    assert answer_of(visitor.browser.see(path_of(asked)))["error"] == "invalid_request"
    page = go_through_login(visitor, visitor.browser.see(pushed_path(client, push(caller, client, **asked))))
    assert "code" in answer_of(consent(visitor, page))
