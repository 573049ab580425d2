# SPDX-License-Identifier: Apache-2.0
"""What ends with what: codes, refresh tokens and access tokens of people, on the node that was told and on another."""

import secrets
import threading
import types

import psycopg2
import pytest

import harness
from consents import ALLOWED, DEAD, People, get, redeem, refresh, refused, tokens, wait_for
from demo import Admin, Caller, World, number_of, own_cluster, serving
from people import Browser, ticket_of
from sql_statements import Session

SCOPE = "customers:read customers:write"
ACTOR = '{"application_name": "hallmark"}'


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
def nodes(cluster, people):
    with serving(cluster, threads=2) as first, serving(cluster, threads=1, issuer=first.url) as second:
        yield first, second


@pytest.fixture(scope="module")
def caller(nodes):
    with Caller(nodes[0].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def elsewhere(nodes):
    with Caller(nodes[1].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def admin(cluster):
    with Admin(cluster) as made:
        yield made


class Life:
    """Somebody who can log in, and whom two applications act for: one that can keep a secret and one that cannot."""

    def __init__(self, people, url):
        self.people, self.url, self.run = people, url, people.world.json
        self.clients = (people.new_client(), people.new_client(public=True))
        self.person = people.new_person()
        self.set_password()

    def set_password(self):
        self.password = secrets.token_urlsafe(16)
        self.people.world.command_line.run("user", "set-password", self.person.email, stdin=self.password + "\n")

    def log_in(self, browser=None):
        """A browser in which the person is logged in."""
        browser = browser or Browser(self.url)
        assert browser.log_in(types.SimpleNamespace(email=self.person.email, password=self.password)).status_code == 303
        return browser

    def session(self):
        """The number of the newest login."""
        return self.people.world.cluster.query("SELECT max(id) FROM hallmark.session WHERE user_id = %s", [number_of(self.person.user)])[0][0]

    def code(self, client, **given):
        return self.people.new_code(client, self.person, **given)

    def member(self, *words):
        return self.run("member", *words, f"--account={self.person.account}", f"--user={self.person.user}")


@pytest.fixture
def life(people, nodes):
    return Life(people, nodes[0].url)


def is_over(caller, elsewhere, client, got, unused, seconds=10):
    """Nothing of it is worth anything; and no answer says why."""
    assert get(caller, got["access_token"]) == DEAD
    wait_for(elsewhere, got["access_token"], DEAD, seconds)
    for node in (caller, elsewhere):
        for answer in (refresh(node, client, got["refresh_token"]), redeem(node, client, unused)):
            assert answer.status in (400, 401) and answer.json()["error"] in ("invalid_grant", "invalid_client"), answer


# --- for good -----------------------------------------------------------------------------------------------------------------


def set_password_by_link(life):
    browser, life.password = Browser(life.url), secrets.token_urlsafe(16)
    link = life.people.world.command_line.run("user", "password-link", life.person.email).stdout.strip()
    answer = browser.submit("/password", form=ticket_of(browser.see(link)), password=life.password, again=life.password)
    assert answer.headers["location"] == "/login?password=set"


def log_out_everywhere(life):
    browser = life.log_in()
    answer = browser.submit("/logout", form=ticket_of(browser.see("/sessions")), everywhere="yes")
    assert answer.headers["location"] == "/login?left=yes"


def of_applications(verb):
    return lambda life: [life.run("application", verb, client.application) for client in life.clients]


def revoke_grants(life):
    for row in life.run("grant", "list", f"--account={life.person.account}"):
        life.run("grant", "revoke", row["grant_id"], f"--account={life.person.account}")


ENDINGS = {
    "another password by the command line": (Life.set_password, None),
    "another password by a link": (set_password_by_link, None),
    "logged out everywhere": (log_out_everywhere, None),
    "the person is disabled": (lambda life: life.run("user", "disable", life.person.email), lambda life: life.run("user", "enable", life.person.email)),
    "the member leaves": (lambda life: life.member("end"), lambda life: life.member("set")),
    "the account is closed": (lambda life: life.run("account", "close", life.person.account), lambda life: life.run("account", "open", life.person.account)),
    "the application is disabled": (of_applications("disable"), of_applications("enable")),
    "the consent is withdrawn": (revoke_grants, None),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ended_is_over_at_once_and_does_not_come_back(life, caller, elsewhere, ending):
    end, undo = ENDINGS[ending]
    held = [(client, life.code(client), tokens(redeem(caller, client, life.code(client)))) for client in life.clients]
    assert {get(node, got["access_token"]) for node in (caller, elsewhere) for _, _, got in held} == {ALLOWED}
    end(life)
    for client, unused, got in held:
        is_over(caller, elsewhere, client, got, unused)
    if undo is not None:
        undo(life)
        for client, unused, got in held:
            is_over(caller, elsewhere, client, got, unused)
    for client in life.clients:
        fresh = tokens(redeem(caller, client, life.code(client)))
        assert get(caller, fresh["access_token"]) == get(elsewhere, fresh["access_token"]) == ALLOWED, "in the same second, too"
        assert tokens(refresh(elsewhere, client, fresh["refresh_token"]))


def test_who_is_erased_leaves_nothing_behind(life, caller, elsewhere):
    held = [(client, life.code(client), tokens(redeem(caller, client, life.code(client)))) for client in life.clients]
    life.people.world.command_line.run("person", "erase", life.person.user, "--yes")
    for client, unused, got in held:
        wait_for(caller, got["access_token"], DEAD)
        is_over(caller, elsewhere, client, got, unused)
        assert life.code(client) is None


def test_a_closed_account_and_a_disabled_application_end_the_tokens_of_keys_too(people, caller, elsewhere, nodes):
    key = people.world.new_key()
    with Caller(nodes[0].port, key) as holder:
        for end, undo in ((("account", "close", key.account), ("account", "open", key.account)),
                          (("application", "disable", key.application), ("application", "enable", key.application))):
            holder.access_token = None
            token = holder.token()
            people.world.json(*end)
            assert get(caller, token) == get(elsewhere, token) == DEAD
            people.world.json(*undo)
            assert get(caller, token) == get(elsewhere, token) == DEAD
            holder.access_token = None
            assert get(elsewhere, holder.token()) == ALLOWED, "the key itself works as before"


# --- for a while --------------------------------------------------------------------------------------------------------------


def offer(scopes):
    return lambda life: [life.run("application", "offer", client.application, f"--scopes={scopes}") for client in life.clients]


PAUSES = {
    "a right is taken away": (lambda life: life.member("set", "--permissions=products:read"), lambda life: life.member("set", f"--permissions={SCOPE}"),
                              (403, "person_right_missing"), "invalid_scope"),
    "the application asks for less": (offer("products:read"), offer(SCOPE), (403, "application_right_missing"), "invalid_scope"),
    "the offer is withdrawn": (offer(""), offer(SCOPE), (403, "application_right_missing"), "invalid_scope"),
    "access to the API is switched off": (lambda life: life.run("account", "api-off", life.person.account),
                                          lambda life: life.run("account", "api-on", life.person.account), (403, "api_access_off"), "invalid_target"),
}


@pytest.mark.parametrize("pause", PAUSES)
def test_what_is_shut_opens_nothing_and_opens_again(life, caller, elsewhere, pause):
    shut, open_again, wanted, error = PAUSES[pause]
    held = [(client, tokens(redeem(caller, client, life.code(client)))) for client in life.clients]
    shut(life)
    for client, got in held:
        assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == wanted
        for node in (caller, elsewhere):
            refused(refresh(node, client, got["refresh_token"]), 400, error)
    open_again(life)
    for client, got in held:
        assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == ALLOWED
        assert tokens(refresh(elsewhere, client, got["refresh_token"]))


# --- one login ----------------------------------------------------------------------------------------------------------------


OFFLINE = f"{SCOPE} offline_access"


def test_a_logout_ends_what_was_given_in_that_login(life, caller, elsewhere, cluster):
    client, other = life.clients
    browser = life.log_in()
    here = life.session()
    life.log_in()
    there = life.session()
    unused, got = life.code(client, session=here), tokens(redeem(caller, client, life.code(client, session=here)))
    away = tokens(redeem(caller, client, life.code(client, session=here, scopes=OFFLINE)))
    kept = tokens(redeem(caller, other, life.code(other, session=there)))
    assert browser.submit("/logout", form=ticket_of(browser.see("/sessions"))).status_code == 303
    is_over(caller, elsewhere, client, got, unused)
    assert life.code(client, session=here) is None, "nothing more comes of a login that has ended"
    for who, tokens_of in ((client, away), (other, kept)):
        assert get(caller, tokens_of["access_token"]) == get(elsewhere, tokens_of["access_token"]) == ALLOWED
        assert tokens(refresh(caller, who, tokens_of["refresh_token"]))
    told = cluster.query("SELECT c.user_id, v.person, v.after::json ->> 'reason' FROM hallmark.change_history AS c JOIN hallmark.history_value AS v"
                         " ON v.history_id = c.id WHERE c.account_id = %s AND c.collection = 'families'", [number_of(life.person.account)])
    assert told == [(number_of(life.person.user), life.person.name, "the login it was given in ended")]
    life.set_password()
    assert get(caller, away["access_token"]) == DEAD
    refused(refresh(caller, client, away["refresh_token"]), 400, "invalid_grant")


def test_a_login_that_is_ended_from_another_one_takes_its_own_with_it(life, caller, elsewhere):
    client = life.clients[0]
    life.log_in()
    far = life.session()
    got, unused = tokens(redeem(caller, client, life.code(client, session=far))), life.code(client, session=far)
    browser = life.log_in()
    assert browser.submit("/sessions", form=ticket_of(browser.see("/sessions")), session=far).status_code == 303
    is_over(caller, elsewhere, client, got, unused)


def test_a_new_login_of_the_same_person_goes_on_and_one_of_another_ends_it(life, people, nodes, caller, elsewhere):
    client = life.clients[0]
    browser = life.log_in()
    first = life.session()
    got = tokens(redeem(caller, client, life.code(client, session=first)))
    unused = life.code(client, session=first)
    life.log_in(browser)
    assert life.session() == first and get(caller, got["access_token"]) == ALLOWED
    Life(people, nodes[0].url).log_in(browser)
    wait_for(caller, got["access_token"], DEAD)
    is_over(caller, elsewhere, client, got, unused)


def test_a_login_that_ends_by_itself_ends_nothing_else(life, caller, admin, cluster):
    client = life.clients[0]
    life.log_in()
    got = tokens(redeem(caller, client, life.code(client, session=life.session())))
    cluster.query("UPDATE hallmark.session SET seen_at = now() - interval '2 hours' WHERE id = %s RETURNING id", [life.session()])
    admin.change("session_expire", most=1000)
    assert life.session() is None and get(caller, got["access_token"]) == ALLOWED
    assert tokens(refresh(caller, client, got["refresh_token"]))


def test_the_janitor_leaves_logins_that_live_as_long_as_they_were_set_to(life, admin, cluster):
    life.log_in()
    life.run("lifetime", "set", "session_idle", "--seconds=86400")
    cluster.query("UPDATE hallmark.session SET seen_at = now() - interval '2 hours' WHERE id = %s RETURNING id", [life.session()])
    admin.run("session_expire", most=1000)
    life.run("lifetime", "set", "session_idle", "--seconds=3600")
    assert life.session() is not None


# --- in between ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(cluster):
    """Two connections: what the first has begun, the second meets."""
    made = Session(cluster), Session(cluster)
    made[0].connection.autocommit = False
    yield made
    for one in made:
        one.close()


def meets(two, cluster, name, **given):
    """Runs a statement on the second connection while the first has not committed; it has to wait, and goes on when it has."""
    waiting = threading.Thread(target=lambda: two[1].run(name, **given))
    waiting.start()
    harness.wait_until(lambda: cluster.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s",
                                             [two[1].connection.info.backend_pid]) == [(1,)], 10, "the second waits for the first")
    two[0].connection.commit()
    waiting.join(10)
    assert not waiting.is_alive()


def new_person_in_tables(cluster, life):
    life.log_in()
    return number_of(life.person.user), life.session()


def test_a_code_that_is_being_made_while_its_login_ends_is_found(life, two, cluster, caller):
    user, session = new_person_in_tables(cluster, life)
    kept = types.SimpleNamespace(session=two[0], world=life.people.world)
    code = People.new_code(kept, life.clients[0], life.person, session=session)
    meets(two, cluster, "session_end", user_id=user, id=session, actor=ACTOR)
    refused(redeem(caller, life.clients[0], code), 400, "invalid_grant")


def test_a_code_that_is_being_redeemed_while_its_login_ends_gives_nothing_that_lasts(life, two, cluster, caller):
    import hashlib
    user, session = new_person_in_tables(cluster, life)
    client = life.clients[0]
    code = life.code(client, session=session, verifier=False)
    assert two[0].one("code_redeem", account_id=number_of(life.person.account), digest=hashlib.sha256(code.text.encode()).digest(),
                      client_id=client.client_id, redirect_uri=code.redirect_uri, refresh_digest=b"r" * 32)["result"] == "done"
    meets(two, cluster, "session_end", user_id=user, id=session, actor=ACTOR)
    assert cluster.query("SELECT state FROM hallmark.family WHERE id = %s", [code.family]) == [("revoked",)]


def test_a_login_that_began_with_the_old_password_does_not_outlive_it(life, two, cluster):
    user, first = new_person_in_tables(cluster, life)
    digest = cluster.query("SELECT hallmark.password_digest(password_hash) FROM hallmark.user WHERE id = %s", [user])[0][0]
    two[0].one("session_begin", user_id=user, password_digest=digest, digest=b"d" * 32, methods=["pwd"], address="", program="", actor=ACTOR)
    meets(two, cluster, "user_password", email=life.person.email, password_hash="another")
    assert cluster.query("SELECT count(*) FROM hallmark.session WHERE user_id = %s", [user]) == [(0,)]


def test_no_generation_falls(cluster, life):
    for table, row in (("user", number_of(life.person.user)), ("account", number_of(life.person.account)), ("application", number_of(life.clients[0].application))):
        with pytest.raises(psycopg2.errors.CheckViolation):
            cluster.query(f'UPDATE hallmark."{table}" SET generation = generation - 1 WHERE id = %s RETURNING id', [row])
