# SPDX-License-Identifier: Apache-2.0
"""Asking for a link when the password is forgotten: what nobody learns from it, what nobody does to others with it, and that it works."""

import collections
import concurrent.futures
import os
import re
import secrets

import pytest

import consents
import harness
from demo import Caller, serving
from mail_relay import relaying
from people import LANGUAGES, Browser, Person, alert_of, ticket_of

PATH = "/password/forgotten"
SPENT = "This link has been used, or is too old. Ask for a new one."
USES, ROUNDS = 200, 100 if os.environ.get("HALLMARK_SOAK") else 10


@pytest.fixture(scope="module")
def relay():
    with relaying() as relay:
        yield relay


@pytest.fixture
def node(cluster, relay):
    """Each with slow-downs of its own: all tests come from one address."""
    cluster.query("DELETE FROM hallmark.auth_failure")
    with serving(cluster, smtp_url=relay.url, mail_from="no-reply@example.com") as node:
        yield node


@pytest.fixture
def person(cluster, command_line):
    return Person(cluster, command_line)


@pytest.fixture
def browser(node):
    return Browser(node.url)


def ask(browser, email, path=PATH, **fields):
    return browser.submit(PATH, form=ticket_of(browser.see(path)), email=email, **fields)


def settled(cluster):
    """Every request was looked at."""
    harness.wait_until(lambda: cluster.query("SELECT count(*) FROM hallmark.link_request") == [(0,)], 20, "the end of the requests")


def set_password(browser, link, password):
    return browser.submit("/password", form=ticket_of(browser.see(link)), password=password, again=password)


def said(answer, email):
    """The answer without what is another one each time."""
    text = re.sub(r'name="form" value="[^"]*"', "", answer.text.replace(email, "EMAIL"))
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in ("date", "request-id", "x-request-id", "set-cookie")}
    headers.pop("content-length", None)
    return answer.status_code, headers, text


# --- what nobody learns -------------------------------------------------------------------------------------------------------------


def test_known_and_unknown_are_answered_alike(cluster, relay, browser, person, command_line):
    disabled, emails = Person(cluster, command_line), [person.email, f"bob-{secrets.token_hex(6)}@example.com"]
    command_line.run("user", "disable", disabled.email)
    emails += [disabled.email, person.email.upper()]
    answers = [said(ask(browser, email), email) for email in emails]
    assert answers[0][0] == 200 and all(answer == answers[0] for answer in answers)
    relay.wait_for(person)
    settled(cluster)
    assert relay.to(disabled) == [] and not [mail for mail in relay.mails if emails[1] in mail.recipients]


def test_asking_writes_the_same_whoever_is_asked_for(cluster, person, command_line):
    """What takes time is one row, and looking the person up is the work of another thread: here there is none, and both rows are there."""
    port = harness.free_port()
    with serving(cluster, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="no-reply@example.com") as node, cluster.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE hallmark.password_link IN ACCESS EXCLUSIVE MODE")  # nothing can be settled
        browser, unknown = Browser(node.url), f"bob-{secrets.token_hex(6)}@example.com"
        for email in (person.email, unknown):
            assert ask(browser, email).status_code == 200
        blocker.rollback()
        settled(cluster)
    assert cluster.query("SELECT count(*) FROM hallmark.mail AS m JOIN hallmark.user AS u ON u.id = m.user_id WHERE u.email = %s", [person.email]) == [(1,)]


def test_slow_down_is_the_same_for_known_and_unknown(cluster, browser, person):
    unknown, seen = f"bob-{secrets.token_hex(6)}@example.com", {}
    for email in (person.email, unknown):
        answers = [ask(browser, email) for _ in range(16)]
        assert [answer.status_code for answer in answers[:10]] == [200] * 10
        seen[email] = next(answer for answer in answers[10:] if answer.status_code == 429)
        assert int(seen[email].headers["retry-after"]) >= 1 and "Too many attempts" in alert_of(seen[email])
    assert re.sub(r"\d+", "", said(seen[person.email], person.email)[2]) == re.sub(r"\d+", "", said(seen[unknown], unknown)[2])
    settled(cluster)
    assert cluster.query("SELECT count(*) FROM hallmark.mail AS m JOIN hallmark.user AS u ON u.id = m.user_id WHERE u.email = %s", [person.email]) == [(1,)]


# --- what nobody does to others -----------------------------------------------------------------------------------------------------


def test_nobody_fills_a_mailbox_or_makes_links_worthless(cluster, relay, node, browser, person):
    ask(browser, person.email)
    link = relay.wait_for(person).link
    for _ in range(3):
        ask(Browser(node.url), person.email)
    settled(cluster)
    assert len(relay.to(person)) == 1 and browser.see(link).status_code == 200
    cluster.query("UPDATE hallmark.mail SET created_at = now() - interval '11 minutes' FROM hallmark.user AS u WHERE u.id = mail.user_id AND u.email = %s RETURNING 1", [person.email])
    ask(browser, person.email)
    assert browser.see(relay.wait_for(person, 2).link).status_code == 200 and alert_of(browser.see(link)) == SPENT, "a new one ends the old one"


def test_form_of_another_browser_or_site_asks_for_nothing(cluster, node, browser, person):
    mine, theirs = ticket_of(browser.see(PATH)), ticket_of(Browser(node.url).see(PATH))
    for form in ("", "x", theirs, mine + ".", ticket_of(browser.see("/login"))):
        assert browser.submit(PATH, form=form, email=person.email).status_code == 400
    assert browser.submit(PATH, form=mine, email=person.email, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert browser.submit(PATH, email=person.email).status_code == 400
    settled(cluster)
    assert cluster.query("SELECT count(*) FROM hallmark.mail AS m JOIN hallmark.user AS u ON u.id = m.user_id WHERE u.email = %s", [person.email]) == [(0,)]


@pytest.mark.parametrize("email", ["", "nobody", "a@" + "b" * 253, "a@example.com\0", "\ud800@example.com".encode("utf-8", "surrogatepass")])
def test_what_is_no_address(browser, email):
    answer = ask(browser, email)
    assert answer.status_code == 400 and alert_of(answer)


@pytest.mark.parametrize("email", ["a@example.com\r\nBcc: all@example.com", "a@example.com,b@example.com", "' OR 1=1 --@example.com", '"><script>@example.com', "%@%", "_@example.com"])
def test_what_is_no_person(cluster, browser, email):
    settled(cluster)
    before = cluster.query("SELECT count(*) FROM hallmark.mail")
    answer = ask(browser, email)
    assert answer.status_code == 200 and "<script>" not in answer.text
    settled(cluster)
    assert cluster.query("SELECT count(*) FROM hallmark.mail") == before


def test_link_leads_to_the_issuer_whatever_the_request_says(relay, node, browser, person):
    form = ticket_of(browser.see(PATH))
    cookie = f"hallmark-form={browser.cookies['hallmark-form']}"
    names = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "Cookie": cookie}
    assert browser.submit(PATH, form=form, email=person.email, headers=names).status_code == 200
    mail = relay.wait_for(person)
    assert f"{node.url}/password?link=" in mail.text and "evil.example" not in mail.data.decode()


# --- the way back in ----------------------------------------------------------------------------------------------------------------


def test_new_password_by_mail_ends_every_login(cluster, relay, node, browser, person):
    there = Browser(node.url)
    there.log_in(person)
    page = browser.see("/login")
    assert f'href="{PATH}"' in page.text
    answer = ask(browser, person.email)
    assert person.email in answer.text and "on its way" in answer.text
    mail, fresh = relay.wait_for(person), secrets.token_urlsafe(16)
    assert there.see("/sessions").status_code == 200, "asking alone does nothing"
    answer = set_password(browser, mail.link, fresh)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?password=set")
    assert there.see("/sessions").status_code == 303, "wherever the person was logged in"
    assert browser.log_in(person).status_code == 403 and browser.log_in(person, password=fresh).status_code == 303
    assert alert_of(browser.see(mail.link)) == SPENT
    assert mail.link.split("=")[1] not in node.log_path.read_text()


def test_address_counts_as_verified_once_a_link_that_was_mailed_there_was_opened(cluster, demo, relay, node, browser, person, command_line):
    """email_verified (OpenID Connect Core section 5.1), in ID tokens and at userinfo; a link that an administrator hands over proves nothing."""
    people, account = consents.People(demo), demo.new_account()
    client = people.new_client()
    demo.json("member", "set", f"--account={account}", f"--user={person.id}", "--role=member")

    def verified():
        with Caller(node.port, None) as caller:
            code = people.new_code(client, consents.Person(account, person.id, person.email, "Ada"), scopes="email openid", id_token_claims=["email_verified"])
            got = consents.tokens(consents.redeem(caller, client, code))
            told = caller.call("GET", "/oauth2/userinfo", authorization=f"Bearer {got['access_token']}").json()
            assert told["email_verified"] is consents.claims_of(got["id_token"])["email_verified"]
            return told["email_verified"]

    link = command_line.run("user", "password-link", person.email).stdout.strip()
    assert set_password(browser, link[link.index("/password"):], secrets.token_urlsafe(16)).status_code == 303 and not verified()
    ask(browser, person.email)
    link = relay.wait_for(person).link
    assert browser.see(link).status_code == 200 and not verified(), "to look at the page, as mail programs do, is not enough"
    assert set_password(browser, link, secrets.token_urlsafe(16)).status_code == 303 and verified()
    person.set_password(secrets.token_urlsafe(16))
    assert verified()
    cluster.query("UPDATE hallmark.user SET email = 'other-' || email WHERE email = %s RETURNING id", [person.email])
    assert not verified(), "of another address nothing is known"
    people.close()


def test_link_does_not_go_round_the_second_factor(relay, browser, person):
    person.switch_totp_on()
    ask(browser, person.email)
    fresh = secrets.token_urlsafe(16)
    set_password(browser, relay.wait_for(person).link, fresh)
    answer = browser.log_in(person, password=fresh)
    assert answer.status_code == 200 and browser.see("/sessions").status_code == 303
    assert browser.submit("/login/code", form=ticket_of(answer), code=person.code()).status_code == 303


def test_link_lives_for_an_hour(cluster, relay, browser, person):
    ask(browser, person.email)
    link = relay.wait_for(person).link
    [(seconds,)] = cluster.query("SELECT extract(epoch FROM expires_at - now())::int FROM hallmark.password_link AS l JOIN hallmark.user AS u ON u.id = l.user_id WHERE u.email = %s",
                                 [person.email])
    assert 3500 < seconds <= 3600
    cluster.query("UPDATE hallmark.password_link SET expires_at = now() FROM hallmark.user AS u WHERE u.id = user_id AND u.email = %s RETURNING 1", [person.email])
    assert alert_of(browser.see(link)) == SPENT


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_in_the_language_of_the_page(relay, browser, person, language):
    ask(browser, person.email, f"{PATH}?ui_locales={language}")
    assert relay.wait_for(person).message["Content-Language"] == language


def test_without_a_relay_the_page_says_who_can_help(cluster, server, person):
    browser = Browser(server.url)
    page = browser.see(PATH)
    assert page.status_code == 200 and "Ask an admin" in page.text and "<form" not in page.text
    assert "Ask an admin" in browser.submit(PATH, form="x", email=person.email).text
    assert cluster.query("SELECT count(*) FROM hallmark.link_request") == [(0,)]


# --- many at once -------------------------------------------------------------------------------------------------------------------


@pytest.mark.chaos
def test_of_200_uses_of_a_link_on_two_nodes_one_wins(cluster, node, person):
    """Each round a link, and its form sent 200 times with other passwords. 503 means that nothing was done: there was no room to hash."""
    with serving(cluster) as other:
        for _ in range(ROUNDS):
            browser, link = Browser(node.url), person.command_line.run("user", "password-link", person.email).stdout.strip()
            form, words = ticket_of(browser.see(link)), [secrets.token_urlsafe(16) for _ in range(USES)]
            cookies = dict(browser.cookies)

            def use(number):
                one = Browser((node if number % 2 else other).url)
                one.cookies.update(cookies)
                return one.submit("/password", form=form, password=words[number], again=words[number]).status_code

            with concurrent.futures.ThreadPoolExecutor(USES) as pool:
                answers = list(pool.map(use, range(USES)))
            assert collections.Counter(answers)[303] == 1 and set(answers) <= {303, 400, 503}, collections.Counter(answers)
            assert Browser(node.url).log_in(person, password=words[answers.index(303)]).status_code == 303
