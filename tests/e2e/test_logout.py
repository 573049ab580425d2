# SPDX-License-Identifier: Apache-2.0
"""Logging out of an application and of Hallmark (OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0). Where the plans of the OpenID
Foundation have a module for it, a test is called as that is."""

import base64
import hmac
import html
import re
import time
import urllib.parse

import pytest

from consents import People, base62
from demo import number_of
from hints import Signer
from people import LANGUAGES, Browser, Person, ticket_of
from test_management import Desk, account, operator, owner, refused  # noqa: F401 (fixtures)

LOGOUT = "/oauth2/logout"
AFTER = "https://shop.example/after"
BAD_URIS = ["", "shop.example", "http://shop.example/after", "https://shop.example/after#x", "https://ada@shop.example/", "https://shop.example/a/../b",
            "javascript:alert(1)", "data:text/html,x", "https://shop.example/?state=x", 'https://shop.example/"', "//shop.example/", "https://" + "x" * 2000]


# --- what is registered -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", BAD_URIS)
def test_address_after_logout_that_cannot_be_registered(demo, command_line, owner, uri):
    made = owner.done("POST", f"{owner.of}/applications", {"name": f"Own {len(uri)} {uri[:20]}"}, status=201)
    refused(owner.ask("PUT", f"{owner.of}/applications/{made['id']}/logout", {"post_logout_redirect_uris": [AFTER, uri]}, version="*"),
            400, "invalid_member", "post_logout_redirect_uris")
    if uri:
        done = command_line.run("application", "logout", made["id"], f"--redirect-uris={AFTER} {uri}", check=False)
        assert done.returncode == 2 and "cannot be registered" in done.stderr
    assert owner.done("GET", f"{owner.of}/applications/{made['id']}/logout")["post_logout_redirect_uris"] == ""


@pytest.mark.parametrize("body, words", [
    ({"post_logout_redirect_uris": AFTER}, "array"), ({"post_logout_redirect_uris": [1]}, "item"),
    ({"post_logout_redirect_uris": [f"{AFTER}/{n}" for n in range(101)]}, "hundred"), ({"backchannel_logout_uri": "ftp://shop.example/"}, "has to be a URL"),
    ({"backchannel_logout_uri": "https://shop.example/" + "x" * 2000}, "has to be a URL"), ({"backchannel_logout_uri": 1}, "string"),
    ({"backchannel_logout_session_required": "yes"}, "true or false")])
def test_registration_that_is_wrong(owner, body, words):
    made = owner.done("POST", f"{owner.of}/applications", {"name": f"Own {words} {sorted(body)} {len(str(body))}"}, status=201)
    answer = owner.ask("PUT", f"{owner.of}/applications/{made['id']}/logout", body, version="*")
    assert answer.status == 400 and words in answer.json()["detail"], answer


def test_address_of_the_back_channel_is_one_that_may_be_called(demo, command_line):
    application, _ = demo.new_application()
    for url in ("http://shop.example/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://a:b@shop.example/"):
        done = command_line.run("application", "logout", application, f"--back-channel={url}", check=False)
        assert done.returncode == 2 and "will not do" in done.stderr, url
    made = demo.json("application", "logout", application, "--back-channel=http://127.0.0.1/", "--webhook-allow-private", "--webhook-allow-http")[0]
    assert made["backchannel_logout_uri"] == "http://127.0.0.1/"


def test_registration_is_an_admins_and_stands_in_the_history(demo, owner, operator, cluster):
    made = owner.done("POST", f"{owner.of}/applications", {"name": "Shop front"}, status=201)
    path, back = f"{owner.of}/applications/{made['id']}/logout", "https://shop.example/back"
    shown = owner.done("GET", path)
    assert (shown["post_logout_redirect_uris"], shown["backchannel_logout_uri"], shown["backchannel_logout_session_required"]) == ("", None, False)
    assert owner.ask("PUT", path, {}).status == 428
    changed = owner.done("PUT", path, {"post_logout_redirect_uris": [AFTER, f"{AFTER}?a=b"], "backchannel_logout_uri": back,
                                       "backchannel_logout_session_required": True}, version=shown["version"])
    assert changed["post_logout_redirect_uris"] == f"{AFTER} {AFTER}?a=b" and changed["backchannel_logout_uri"] == back
    assert owner.ask("PUT", path, {"backchannel_logout_uri": ""}, version=shown["version"]).status == 412
    kept = owner.done("PUT", path, {"backchannel_logout_uri": ""}, version=changed["version"])
    assert (kept["backchannel_logout_uri"], kept["post_logout_redirect_uris"], kept["backchannel_logout_session_required"]) == (
        None, f"{AFTER} {AFTER}?a=b", True)
    told = cluster.query("SELECT after::jsonb ->> 'backchannel_logout_uri' FROM hallmark.history_value WHERE after LIKE %s ORDER BY history_id",
                         (f"%{AFTER}?a=b%",))
    assert told == [(back,), (None,)]
    known_to_all, _ = demo.new_application()
    assert owner.ask("PUT", f"{owner.of}/applications/{known_to_all}/logout", {}, version="*").status == 404
    assert operator.done("PUT", f"applications/{known_to_all}/logout", {"post_logout_redirect_uris": []}, version="*")["id"] == known_to_all


# --- RP-initiated logout ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(demo):
    """An application with addresses to go to, and its client."""
    people = People(demo)
    client = people.new_client()
    people.close()
    demo.json("application", "logout", client.application, f"--redirect-uris={AFTER} {AFTER}?kept=yes shop.example:/after")
    return client


@pytest.fixture(scope="module")
def signer(cluster, server):
    return Signer(cluster)


class Visitor:
    """Somebody who is logged in, and what their application knows of it."""

    def __init__(self, server, cluster, command_line, signer, shop):
        self.server, self.signer, self.shop = server, signer, shop
        self.person, self.browser = Person(cluster, command_line), Browser(server.url)
        self.browser.log_in(self.person)

    def sid(self):
        [session] = self.person.sessions()
        return f"ses_{base62(session[1], 11)}"

    def claims(self, **other):
        now = int(time.time())
        claims = {"iss": self.server.url, "sub": self.person.id, "aud": self.shop.client_id, "iat": now, "exp": now + 300, "sid": self.sid(), **other}
        return {name: value for name, value in claims.items() if value is not None}

    def hint(self, **other):
        return self.signer.sign(self.claims(**other))

    def ask(self, browser=None, method="GET", **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        if method == "GET":
            return (browser or self.browser).see(f"{LOGOUT}?{query}")
        # a form of another site: browsers send no SameSite=Lax cookie with it, and say where it comes from
        answer = Browser(self.server.url, **{"Sec-Fetch-Site": "cross-site"}).post(
            self.server.url + LOGOUT, data=query, headers={"Content-Type": "application/x-www-form-urlencoded"}, allow_redirects=False, timeout=30)
        return answer if answer.status_code != 303 else (browser or self.browser).see(answer.headers["location"])

    def is_in(self):
        return self.browser.see("/sessions").status_code == 200


@pytest.fixture
def visitor(server, cluster, command_line, signer, shop):
    return Visitor(server, cluster, command_line, signer, shop)


def nothing_happened(visitor, answer, *words):
    """An error is a page that says what is wrong; it leads nowhere but to our own page of logging out."""
    assert answer.status_code == 400 and "location" not in answer.headers and answer.headers["content-type"].startswith("text/html"), answer.headers
    assert all(word in html.unescape(answer.text) for word in words), answer.text
    assert re.findall(r'href="([^"]*)"', answer.text.split("<main>")[1]) == [LOGOUT]
    assert visitor.is_in()


def asked(visitor, answer):
    """The person is asked; what is on the page."""
    assert answer.status_code == 200 and 'action="/logout"' in answer.text and visitor.person.email in answer.text
    assert visitor.is_in(), "nothing has ended before they say so"
    return ticket_of(answer)


def done(answer):
    assert answer.status_code == 200 and "You are logged out." in answer.text
    return [html.unescape(link) for link in re.findall(r'href="([^"]*)"', answer.text.split("<main>")[1].split("<footer>")[0])]


FORGED = {
    "no token": lambda v: "x",
    "a letter of its claims": lambda v: v.hint()[:150] + ("A" if v.hint()[150] != "A" else "B") + v.hint()[151:],
    "no signature": lambda v: v.hint().rsplit(".", 1)[0] + ".",
    "alg none": lambda v: v.signer.sign(v.claims(), alg="none").rsplit(".", 1)[0] + ".",
    "another algorithm": lambda v: v.signer.sign(v.claims(), alg="HS256"),
    "a key of nobody": lambda v: v.signer.sign(v.claims(), kid="x" * 43),
    "an access token": lambda v: v.signer.sign(v.claims(), typ="at+jwt"),
    "a logout token": lambda v: v.signer.sign(v.claims(), typ="logout+jwt"),
    "no type": lambda v: v.signer.sign(v.claims(), typ=None),
    "another issuer": lambda v: v.hint(iss="https://other.example"),
    "no issuer": lambda v: v.hint(iss=None),
    "for nobody": lambda v: v.hint(aud=None),
    "for two": lambda v: v.hint(aud=[v.shop.client_id, "hmk_other"]),
    "of nobody": lambda v: v.hint(sub=None),
    "a session that is a number": lambda v: v.hint(sid=1),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("forged", FORGED)
def test_oidcc_rp_initiated_logout_modified_id_token_hint(visitor, forged, method):
    answer = visitor.ask(method=method, id_token_hint=FORGED[forged](visitor), post_logout_redirect_uri=AFTER, state="s")
    nothing_happened(visitor, answer, "id_token_hint")


def test_oidcc_rp_initiated_logout_bad_id_token_hint(visitor):
    """One that was made for another client than the one that asks, and one of a client that is none."""
    nothing_happened(visitor, visitor.ask(id_token_hint=visitor.hint(), client_id="hmk_other", post_logout_redirect_uri=AFTER), "another client")
    nothing_happened(visitor, visitor.ask(id_token_hint=visitor.hint(aud="hmk_other"), post_logout_redirect_uri=AFTER), "typing error")


@pytest.mark.parametrize("uri", ["https://evil.example/", "https://shop.example/", f"{AFTER}/", f"{AFTER}#x", f"{AFTER}@evil.example", f"{AFTER}%2f", "//evil.example",
                                 "javascript:alert(1)", "/sessions", "https://shop.example:443/after", "https://SHOP.example/after", "http://shop.example/after",
                                 f"{AFTER} https://evil.example", f"{AFTER}\r\nLocation: https://evil.example", f"{AFTER}\0", "x" * 9000])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(visitor, uri):
    for method in ("GET", "POST") if len(uri) < 5000 else ("POST",):
        answer = visitor.ask(method=method, id_token_hint=visitor.hint(), post_logout_redirect_uri=uri, state="s")
        nothing_happened(visitor, answer, "well formed" if "\0" in uri else "post_logout_redirect_uri")


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(visitor):
    nothing_happened(visitor, visitor.ask(id_token_hint=visitor.hint(), post_logout_redirect_uri=f"{AFTER}?foo=bar"), "byte for byte")


def test_oidcc_rp_initiated_logout_no_id_token_hint(visitor):
    nothing_happened(visitor, visitor.ask(post_logout_redirect_uri=AFTER, state="s"), "for which client")


@pytest.mark.parametrize("query", ["state=a&state=b", "client_id=a&client_id=a", "state=%ff", "&".join(f"a{n}=1" for n in range(65))])
def test_malformed_logout(visitor, query):
    nothing_happened(visitor, visitor.browser.see(f"{LOGOUT}?{query}"), "well formed")


@pytest.mark.parametrize("client", ["hmk_", "x", "\u202e", "'; DROP TABLE hallmark.session; --", "hmk_" + "0" * 28, "x" * 4000])
def test_logout_for_a_client_that_is_none(visitor, client):
    nothing_happened(visitor, visitor.ask(client_id=client, post_logout_redirect_uri=AFTER), "client")


def test_application_that_is_off_gets_nobody_back(visitor, demo):
    people = People(demo)
    off = people.new_client()
    people.close()
    demo.json("application", "logout", off.application, f"--redirect-uris={AFTER}")
    demo.json("application", "disable", off.application)
    nothing_happened(visitor, visitor.ask(client_id=off.client_id, post_logout_redirect_uri=AFTER), "switched off")
    nothing_happened(visitor, visitor.ask(id_token_hint=visitor.hint(aud=off.client_id), post_logout_redirect_uri=AFTER), "switched off")
    answer = visitor.ask(id_token_hint=visitor.hint(aud=off.client_id))
    assert (answer.status_code, answer.headers["location"]) == (303, LOGOUT) and not visitor.is_in(), "but everybody may leave"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oidcc_rp_initiated_logout(visitor, method):
    answer = visitor.ask(method=method, id_token_hint=visitor.hint(), post_logout_redirect_uri=AFTER, state="a b&c=d#é\r\n")
    assert answer.status_code == 303 and answer.headers["location"] == AFTER + "?state=a%20b%26c%3Dd%23%C3%A9%0D%0A"
    assert visitor.person.sessions() == [] and "hallmark-session" not in visitor.browser.cookies and not visitor.is_in()


def test_logout_with_a_hint_that_has_expired_and_names_its_audience_as_a_list(visitor):
    hint = visitor.hint(exp=1, iat=0, aud=[visitor.shop.client_id])
    answer = visitor.ask(id_token_hint=hint, client_id=visitor.shop.client_id, post_logout_redirect_uri=f"{AFTER}?kept=yes", state="s", logout_hint="x")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{AFTER}?kept=yes&state=s") and not visitor.is_in()


def test_oidcc_rp_initiated_logout_no_state(visitor):
    answer = visitor.ask(id_token_hint=visitor.hint(), post_logout_redirect_uri=AFTER)
    assert (answer.status_code, answer.headers["location"]) == (303, AFTER) and not visitor.is_in()


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(visitor):
    answer = visitor.ask(id_token_hint=visitor.hint(), state="s")
    assert (answer.status_code, answer.headers["location"]) == (303, LOGOUT) and not visitor.is_in()
    assert done(visitor.browser.see(LOGOUT)) == []


@pytest.fixture(scope="module")
def quiet_shop(demo):
    """An application that has subjects of its own."""
    people = People(demo)
    client = people.new_client()
    people.close()
    demo.json("application", "identity", client.application, "--subject-type=pairwise")
    demo.json("application", "logout", client.application, f"--redirect-uris={AFTER}")
    return client


class QuietVisitor(Visitor):
    """As an application knows them that has subjects of its own."""

    def own(self, text):
        [[salt]] = self.person.cluster.query("SELECT salt FROM hallmark.sector WHERE application_id = %s", [number_of(self.shop.application)])
        return base64.urlsafe_b64encode(hmac.digest(bytes(salt), text.encode(), "sha256")).decode().rstrip("=")

    def claims(self, **other):
        return super().claims(**{"sub": self.own(self.person.id), "sid": self.own(self.sid()), **other})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout_of_an_application_with_subjects_of_its_own(server, cluster, command_line, demo, signer, quiet_shop, method):
    """The sid that it was told is of this login; the one that others are told is not, nor is that of another login."""
    visitor = QuietVisitor(server, cluster, command_line, signer, quiet_shop)
    for sid in (visitor.sid(), visitor.own("ses_00000000001")):
        page = visitor.ask(method=method, id_token_hint=visitor.hint(sid=sid), post_logout_redirect_uri=AFTER)
        asked(visitor, page)
    answer = visitor.ask(method=method, id_token_hint=visitor.hint(), post_logout_redirect_uri=AFTER, state="s")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{AFTER}?state=s") and not visitor.is_in()
    visitor.browser.log_in(visitor.person)
    demo.json("application", "disable", quiet_shop.application)
    answer = visitor.ask(method=method, id_token_hint=visitor.hint())
    assert (answer.status_code, answer.headers["location"]) == (303, LOGOUT) and not visitor.is_in(), "everybody may leave one that is off"
    demo.json("application", "enable", quiet_shop.application)


@pytest.mark.parametrize("parameters", [{}, {"state": "s"}], ids=["no_params", "only_state"])
def test_oidcc_rp_initiated_logout_no_params_or_only_state(visitor, parameters):
    ticket = asked(visitor, visitor.ask(**parameters))
    answer = visitor.browser.submit("/logout", form=ticket)
    assert (answer.status_code, answer.headers["location"]) == (303, LOGOUT) and not visitor.is_in()
    assert done(visitor.browser.see(LOGOUT)) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_person_is_asked_when_another_login_is_meant(visitor, server, cluster, command_line, signer, shop, method):
    """A hint of somebody else, of this person's other login, of no login, or none at all: and then they are sent back as they agreed to it."""
    other = Visitor(server, cluster, command_line, signer, shop)
    hints = [other.hint(), visitor.hint(sid="ses_00000000001"), visitor.hint(sid=None), None]
    for hint in hints:
        proof = {"id_token_hint": hint} if hint else {"client_id": shop.client_id}
        page = visitor.ask(method=method, **proof, post_logout_redirect_uri=AFTER, state="s")
        asked(visitor, page)
        assert shop.name in page.text and "form-action 'self' https://shop.example;" in page.headers["content-security-policy"] + ";"
    answer = visitor.browser.submit("/logout", form=ticket_of(page))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{AFTER}?state=s")
    assert not visitor.is_in() and other.is_in()


def test_question_is_of_this_login_alone(visitor, server, cluster, command_line, signer, shop):
    """Nobody can make another person's browser answer it, nor this one's with another page."""
    page = visitor.ask(client_id=shop.client_id, post_logout_redirect_uri=AFTER)
    other = Visitor(server, cluster, command_line, signer, shop)
    answer = other.browser.submit("/logout", form=ticket_of(page))
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions") and other.is_in()
    answer = visitor.browser.submit("/logout", form=ticket_of(page), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["location"] == "/sessions" and visitor.is_in()


def test_link_to_an_application_is_no_open_door(server, shop):
    """Nobody is logged in, and nothing proves that somebody ever was: then it is a link that they may press, not a redirect."""
    nobody = Browser(server.url)
    assert done(nobody.see(f"{LOGOUT}?client_id={shop.client_id}&state=s&post_logout_redirect_uri={urllib.parse.quote(AFTER)}")) == [f"{AFTER}?state=s"]
    assert done(nobody.see(f"{LOGOUT}?client_id={shop.client_id}&post_logout_redirect_uri=shop.example:/after")) == [], "only http and https are links"
    assert done(nobody.see(f"{LOGOUT}?client_id={shop.client_id}")) == []


def test_who_is_logged_out_already_is_sent_back(visitor):
    hint = visitor.hint()
    visitor.browser.cookies.clear()
    for uri in (AFTER, "shop.example:/after"):
        answer = visitor.ask(id_token_hint=hint, post_logout_redirect_uri=uri, state="s")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{uri}?state=s")
    assert done(visitor.ask(id_token_hint=hint)) == []


def test_ticket_of_a_request_cannot_be_made_by_others(visitor, shop):
    """The one that a POST yields stands for what was checked; another one asks for nothing but a logout."""
    page = visitor.ask(client_id=shop.client_id, post_logout_redirect_uri=AFTER)
    of_form = ticket_of(page)
    of_request = html.unescape(re.search(r"ui_locales=de&amp;ask=([^\"]+)", page.text)[1])
    for ticket in (of_form, of_request[:-2], "x", of_request.replace(".", "")):
        page = visitor.browser.see(f"{LOGOUT}?ask={urllib.parse.quote(ticket)}")
        asked(visitor, page)
        assert "shop.example" not in page.headers["content-security-policy"] and shop.name not in page.text
    assert shop.name in visitor.browser.see(f"{LOGOUT}?ask={of_request}").text


@pytest.mark.parametrize("language, question, left", [("en", "Log out?", "You are logged out."), ("de", "Abmelden?", "Sie sind abgemeldet."),
                                                      ("nb", "Logge ut?", "Du er logget ut."), ("pl", "Wylogować się?", "Wylogowano.")])
def test_logout_in_the_language_that_was_asked_for(visitor, shop, language, question, left):
    assert language in LANGUAGES
    for method in ("GET", "POST"):
        page = visitor.ask(method=method, client_id=shop.client_id, post_logout_redirect_uri=AFTER, ui_locales=f"xx {language}")
        assert question in page.text and f'lang="{language}"' in page.text
    visitor.browser.submit("/logout", form=ticket_of(page))
    assert left in visitor.browser.see(LOGOUT).text, "and so it stays"


def test_logout_is_discovered(server):
    for name in ("openid-configuration", "oauth-authorization-server"):
        assert Browser(server.url).see(f"/.well-known/{name}").json()["end_session_endpoint"] == server.url + LOGOUT
