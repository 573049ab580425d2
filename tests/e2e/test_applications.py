# SPDX-License-Identifier: Apache-2.0
"""The page of applications that act in somebody's name: what it tells, and how one loses its access; without JavaScript."""

import html
import re

import pytest

from consents import ALLOWED, DEAD, People, claims_of, get, redeem, refresh, refused, tokens
from demo import Caller, number_of
from people import LANGUAGES, Browser, Person, ticket_of

SCOPES = "customers:read customers:write offline_access openid profile"


@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture
def caller(server):
    with Caller(server.port, None) as made:
        yield made


class Giver:
    """Somebody at a browser who has let an application in."""

    def __init__(self, folk, server, client, account="Books & <Sons>", scopes=SCOPES):
        self.login = Person(folk.world.cluster, folk.world.command_line, name="Ada Lovelace")
        self.user, self.name, self.account = self.login.id, "Ada Lovelace", folk.world.new_account(account)
        self.member("customers:read customers:write")
        self.client, self.browser = client, Browser(server.url)
        self.code = folk.new_code(client, self, scopes=scopes)
        self.browser.log_in(self.login)

    def member(self, permissions):
        self.login.command_line.json("member", "set", f"--account={self.account}", f"--user={self.login.id}", "--role=member", f"--permissions={permissions}")

    def ways_out(self):
        """Where the links lead that take access away."""
        return [html.unescape(path) for path in re.findall(r'href="(/applications/end\?[^"]*)"', self.browser.see("/applications").text)]


@pytest.fixture
def client(folk):
    return folk.new_client(scopes="customers:read customers:write")


@pytest.fixture
def giver(folk, server, client):
    return Giver(folk, server, client)


def words_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text)))


# --- what others try ----------------------------------------------------------------------------------------------------------


def test_who_is_not_logged_in_sees_nothing(server, giver):
    stranger = Browser(server.url)
    for path in ("/applications", *giver.ways_out()):
        assert stranger.see(path).headers["location"].startswith("/login?continue="), path
    assert stranger.submit("/applications/end", form="x").headers["location"].startswith("/login?continue=")


def test_nobody_sees_or_ends_what_another_gave(folk, server, client, giver, caller):
    got = tokens(redeem(caller, client, giver.code))
    other = Giver(folk, server, client)
    [path] = giver.ways_out()
    assert other.browser.see(path).headers["location"] == "/applications", "as if it was not there"
    form = ticket_of(giver.browser.see(path))
    assert other.browser.submit("/applications/end", form=form).headers["location"] == "/applications"
    assert giver.browser.submit("/applications/end", form=form, headers={"Sec-Fetch-Site": "cross-site"}).headers["location"] == "/applications"
    assert get(caller, got["access_token"]) == ALLOWED and giver.ways_out() == [path]


@pytest.mark.parametrize("query", ["", "?account=", "?account=acc_00000001", "?account=acc_00000001&grant=grt_00000000001", "?account=x&grant=y", "?grant=%00",
                                   "?account=acc_00000001&grant=grt_00000000001&grant=grt_00000000002", "?account=usr_00000000001&grant=grt_00000000001"])
def test_what_is_none_leads_back_to_the_list(giver, query):
    assert giver.browser.see("/applications/end" + query).headers["location"] == "/applications"


def test_a_form_of_another_kind_ends_nothing(giver):
    [path] = giver.ways_out()
    for form in ("", "x", ticket_of(giver.browser.see("/sessions")), ticket_of(giver.browser.see(path))[:-2]):
        assert giver.browser.submit("/applications/end", form=form).headers["location"] == "/applications"
    assert giver.ways_out() == [path]


# --- what it is for -----------------------------------------------------------------------------------------------------------


def test_it_tells_what_each_may_since_when_and_until_when_it_did(giver, client, caller, cluster):
    words = words_of(giver.browser.see("/applications"))
    for part in ("Applications that act for you", client.name, "Example Software", "Books & <Sons>", "see: customers", "add, change and delete: customers",
                 "know that it is you", "know your name", "do all this while you are away, too", "Last used not yet"):
        assert part in words, part
    tokens(redeem(caller, client, giver.code))
    cluster.query("UPDATE hallmark.refresh_token SET used_at = '2026-02-03 04:05:06Z', created_at = '2026-02-03 04:00:00Z' WHERE family_id = %s RETURNING 1", [giver.code.family])
    assert "Last used 2026-02-03 04:05 UTC" in words_of(giver.browser.see("/applications"))
    giver.member("customers:read")
    words = words_of(giver.browser.see("/applications"))
    assert "see: customers" in words and "add, change" not in words, "what they may no longer do themselves, nobody does in their name"
    giver.login.command_line.json("account", "api-off", giver.account)
    assert "does not work at present" in words_of(giver.browser.see("/applications"))


def test_access_is_taken_away_in_two_steps_and_at_once(giver, client, caller, cluster):
    got = tokens(redeem(caller, client, giver.code))
    [path] = giver.ways_out()
    asking = giver.browser.see(path)
    assert asking.status_code == 200 and client.name in words_of(asking) and "Books & <Sons>" in words_of(asking)
    assert get(caller, got["access_token"]) == ALLOWED, "to look is not to do"
    done = giver.browser.submit("/applications/end", form=ticket_of(asking))
    assert (done.status_code, done.headers["location"]) == (303, "/applications?ended=yes")
    assert get(caller, got["access_token"]) == DEAD
    refused(refresh(caller, client, got["refresh_token"]), 400, "invalid_grant")
    words = words_of(giver.browser.see("/applications?ended=yes"))
    assert "That application has no access any more." in words and "You have let no application in." in words
    again = giver.browser.submit("/applications/end", form=ticket_of(asking))
    assert again.headers["location"] == "/applications?ended=yes", "twice is once"
    told = cluster.query("SELECT c.application_name, c.user_id, v.person, v.address FROM hallmark.change_history AS c JOIN hallmark.history_value AS v ON v.history_id = c.id"
                         " WHERE c.account_id = %s AND c.collection = 'grants' AND c.method = 'PUT' ORDER BY c.id LIMIT 1", [number_of(giver.account)])
    assert told == [("hallmark", number_of(giver.user), "Ada Lovelace", "127.0.0.1")]
    assert claims_of(got["access_token"])["sub"] == giver.user


def test_one_of_many_is_taken_and_the_others_stay(folk, server, giver, client, caller):
    other = folk.new_client()
    kept = tokens(redeem(caller, other, folk.new_code(other, giver)))
    assert len(giver.ways_out()) == 2
    page = giver.browser.see("/applications").text
    path = next(way for way in giver.ways_out() if page.index(html.escape(way)) < page.index(other.name)) if page.index(client.name) < page.index(other.name) else giver.ways_out()[1]
    assert client.name in words_of(giver.browser.see(path))
    giver.browser.submit("/applications/end", form=ticket_of(giver.browser.see(path)))
    assert len(giver.ways_out()) == 1 and get(caller, kept["access_token"]) == ALLOWED


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_of_its_reader(giver, language):
    title = {"en": "Applications that act for you", "de": "Anwendungen, die für Sie handeln", "nb": "Programmer som handler for deg", "pl": "Aplikacje, które działają za Ciebie"}
    page = giver.browser.see(f"/applications?ui_locales={language}")
    assert f'<html lang="{language}">' in page.text and title[language] in words_of(page)
    assert page.headers["cache-control"] == "no-store" and "default-src 'none'" in page.headers["content-security-policy"]
