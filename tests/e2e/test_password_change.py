# SPDX-License-Identifier: Apache-2.0
"""A person who is logged in sets another password: who may not, what it ends, and that guessing the old one is slowed like a login."""

import concurrent.futures
import re
import secrets

import pytest

import consents
import harness
from consents import DEAD, People, get, redeem, refresh, refused, tokens
from demo import Caller, number_of, serving
from people import LANGUAGES, Browser, Person, alert_of, ticket_of

PATH = "/password/change"


@pytest.fixture(scope="module")
def server(cluster):
    """With slow-downs of its own: all tests come from one address."""
    cluster.query("DELETE FROM hallmark.auth_failure")
    with serving(cluster) as made:
        yield made


@pytest.fixture
def person(cluster, command_line):
    return Person(cluster, command_line)


@pytest.fixture
def browser(server, person):
    made = Browser(server.url)
    assert made.log_in(person).status_code == 303
    return made


def change(browser, person, old=None, new="a new password of hers", again=None, form=None, **how):
    form = ticket_of(browser.see(PATH)) if form is None else form
    return browser.submit(PATH, form=form, old=person.password if old is None else old, password=new, again=new if again is None else again, **how)


def done(answer):
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions?password=changed"), (answer.status_code, answer.text)


def stays(person, browser, password=None):
    """The old password works, and the login goes on."""
    assert browser.see("/sessions").status_code == 200
    assert Browser(browser.url).log_in(person, **({"password": password} if password else {})).status_code == 303


# --- it works -----------------------------------------------------------------------------------------------------------------------


def test_another_password_ends_all_logins_but_this_one(server, cluster, person, browser):
    elsewhere = Browser(server.url)
    elsewhere.log_in(person)
    link = person.command_line.run("user", "password-link", person.email).stdout.strip()
    before = {row[1]: row for row in person.sessions()}
    [mine] = cluster.query("SELECT id, methods, created_at FROM hallmark.session WHERE user_id = %s ORDER BY id LIMIT 1", [number_of(person.id)])
    cookie = browser.cookies["hallmark-session"]
    assert "/password/change" in browser.see("/sessions").text
    answer = change(browser, person)
    done(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert browser.cookies["hallmark-session"] != cookie and "Your password is changed." in browser.see("/sessions?password=changed").text
    [(now, methods, since)] = cluster.query("SELECT id, methods, created_at FROM hallmark.session WHERE user_id = %s", [number_of(person.id)])
    assert now not in before and (methods, since) == mine[1:], "another session, no younger than the login"
    assert elsewhere.see("/sessions").status_code == 303
    stolen = Browser(server.url)
    stolen.cookies.set("hallmark-session", cookie)
    assert stolen.see("/sessions").status_code == 303, "the cookie from before is worth nothing"
    assert Browser(server.url).log_in(person).status_code == 403
    person.password = "a new password of hers"
    assert Browser(server.url).log_in(person).status_code == 303
    assert Browser(server.url).see(link.removeprefix(server.url)).status_code == 400, "nor is a link that was made before"
    told = cluster.query("SELECT c.user_id, v.after FROM hallmark.change_history AS c JOIN hallmark.history_value AS v ON v.history_id = c.id"
                         " WHERE c.collection = 'users' AND c.record_id = %s ORDER BY c.id DESC LIMIT 1", [number_of(person.id)])
    assert told[0][0] == number_of(person.id) and "argon2" not in told[0][1], "the history tells that they did it, and no hash"


def test_what_applications_were_given_ends(demo, server, person, browser):
    people = People(demo)
    client, account = people.new_client(), demo.new_account()
    demo.json("member", "set", f"--account={account}", f"--user={person.id}", "--role=member", "--permissions=customers:read")
    of_person = consents.Person(account, person.id, person.email, "Ada Lovelace")
    with Caller(server.port, None) as caller:
        code = people.new_code(client, of_person, scopes="customers:read offline_access")
        got = tokens(redeem(caller, client, code))
        done(change(browser, person))
        assert get(caller, got["access_token"]) == DEAD
        refused(refresh(caller, client, got["refresh_token"]), 400, "invalid_grant")
    people.close()


def test_second_step_is_asked_for_as_before(server, person, browser):
    person.switch_totp_on()
    browser = Browser(server.url)
    browser.submit("/login/code", form=ticket_of(browser.log_in(person)), code=person.code())
    done(change(browser, person))
    assert browser.see("/sessions").status_code == 200
    person.password = "a new password of hers"
    other = Browser(server.url)
    assert other.submit("/login/code", form=ticket_of(other.log_in(person)), code=person.code(1)).status_code == 303


# --- who may not --------------------------------------------------------------------------------------------------------------------


def test_nobody_without_a_login_of_the_last_minutes(cluster, server, person, browser):
    stranger = Browser(server.url)
    for answer in (stranger.see(PATH), change(stranger, person, form="x")):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?continue=")
    form = ticket_of(browser.see(PATH))
    cluster.query("UPDATE hallmark.session SET created_at = now() - interval '11 minutes' WHERE user_id = %s RETURNING 1", [number_of(person.id)])
    for answer in (browser.see(PATH), change(browser, person, form=form)):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?continue=")
    again = browser.log_in(person, path=answer.headers["location"])
    assert again.headers["location"] == PATH and browser.see(PATH).status_code == 200, "and back again"
    stays(person, browser)


def test_form_of_another_browser_login_or_site_changes_nothing(server, person, browser):
    other = Browser(server.url)
    other.log_in(person)
    mine, theirs = ticket_of(browser.see(PATH)), ticket_of(other.see(PATH))
    for form in ("", "x", theirs, ticket_of(browser.see("/sessions")), ticket_of(browser.see("/second-factor"))):
        answer = change(browser, person, form=form)
        assert answer.status_code == 400 and "too long" in alert_of(answer)
    assert change(browser, person, form=mine, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    stays(person, browser)


@pytest.mark.parametrize("new, again, words", [("x" * 11, None, "too short"), ("x" * 1025, None, "too long"), ("twelve\x01chars!", None, "will not do"),
                                               ("", None, "too short"), ("a new password", "a new passwort", "not the same")])
def test_password_that_will_not_do_changes_nothing(server, person, browser, new, again, words):
    for old in (None, "wrong"):
        answer = change(browser, person, old=old, new=new, again=again)
        assert answer.status_code == 400 and words in alert_of(answer), "whatever the old one is"
        assert person.password not in answer.text and (new == "" or new not in answer.text)
    stays(person, browser)


@pytest.mark.parametrize("old", ["", "wrong", "x" * 1025, "ä" * 20])
def test_wrong_old_password_changes_nothing_and_is_not_shown(server, person, browser, old):
    answer = change(browser, person, old=old)
    assert answer.status_code == 403 and "not your current password" in alert_of(answer)
    assert "a new password of hers" not in answer.text and 'aria-invalid="true"' in answer.text
    stays(person, browser)


def test_guessing_is_slowed_like_a_login_and_by_the_same_count(server, person, browser):
    form = ticket_of(browser.see(PATH))
    answers = []
    for number in range(40):
        answers.append(change(browser, person, old=f"guess {number}", form=form))
        if answers[-1].status_code == 429:
            break
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    assert change(browser, person, form=form).status_code == 429, "the right one is not told from the others then"
    assert Browser(server.url).log_in(person).status_code == 429, "who guesses here has no more tries there"
    assert browser.see("/sessions").status_code == 200


def test_of_many_at_once_one_changes_it(server, person, browser):
    form, cookies = ticket_of(browser.see(PATH)), dict(browser.cookies)

    def use(number):
        one = Browser(server.url)
        one.cookies.update(cookies)
        return number, change(one, person, new=f"a new password, number {number}", form=form)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        won = [number for number, answer in pool.map(use, range(4)) if answer.headers.get("location") == "/sessions?password=changed"]
    assert len(won) == 1 and len(person.sessions()) == 1
    person.password = f"a new password, number {won[0]}"
    assert Browser(server.url).log_in(person).status_code == 303


# --- the page -----------------------------------------------------------------------------------------------------------------------


def test_page_is_in_every_language_and_for_password_managers(browser, person):
    titles = set()
    for language in LANGUAGES:
        page = browser.see(f"{PATH}?ui_locales={language}")
        titles.add(page.text.split("<h1>")[1].split("</h1>")[0])
        assert f'lang="{language}"' in page.text
        assert page.text.count('autocomplete="new-password"') == 2 and 'autocomplete="current-password"' in page.text and f'value="{person.email}"' in page.text
    assert len(titles) == len(LANGUAGES)


def test_wrong_old_password_costs_what_a_wrong_login_costs(server, person, browser):
    form = ticket_of(browser.see(PATH))

    def hashed():
        told = harness.ask(server.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body.decode()
        return int(re.search(r"^hallmark_work_done_total (\d+)$", told, re.MULTILINE)[1])

    before = hashed()
    assert change(browser, person, old=secrets.token_hex(8), form=form).status_code == 403
    assert hashed() == before + 1
    assert change(browser, person, old=secrets.token_hex(8), new="short", form=form).status_code == 400
    assert hashed() == before + 1, "what cannot be a password costs nothing"
