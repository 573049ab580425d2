# SPDX-License-Identifier: Apache-2.0
"""A person switches the second step of their login on and off: who may not, what it ends, and that it works."""

import concurrent.futures
import html
import re

import pytest

from people import LANGUAGES, Browser, Person, alert_of, ticket_of

PATH = "/second-factor"


@pytest.fixture
def person(cluster, command_line):
    return Person(cluster, command_line)


@pytest.fixture
def browser(server, person):
    made = Browser(server.url)
    assert made.log_in(person).status_code == 303
    return made


def secret_in(page):
    [found] = re.findall(r"<dd>([A-Z2-7]{32})</dd>", page.text)
    return found


def codes_in(page):
    return re.findall(r"<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>", page.text)


def switch_on(browser, person):
    page = browser.see(PATH)
    person.totp_secret = secret_in(page)
    return browser.submit(PATH, form=ticket_of(page), code=person.code())


def is_on(cluster, person):
    [(factor, secrets, codes)] = cluster.query(
        "SELECT second_factor, (SELECT count(*) FROM hallmark.totp WHERE user_id = u.id), (SELECT count(*) FROM hallmark.recovery_code WHERE user_id = u.id)"
        " FROM hallmark.user AS u WHERE email = %s", [person.email])
    assert (factor, secrets) in ((None, 0), ("totp", 1)) and codes in (0, *range(1, 11))
    return factor == "totp"


# --- who may not --------------------------------------------------------------------------------------------------------------------


def test_nobody_without_a_login_of_the_last_minutes(cluster, server, person, browser):
    stranger = Browser(server.url)
    for answer in (stranger.see(PATH), stranger.submit(PATH, form="x", code="000000")):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?continue=")
    form = ticket_of(browser.see(PATH))
    person.totp_secret = secret_in(browser.see(PATH))
    cluster.query("UPDATE hallmark.session SET created_at = now() - interval '11 minutes' FROM hallmark.user AS u WHERE u.id = user_id AND email = %s RETURNING 1", [person.email])
    for answer in (browser.see(PATH), browser.submit(PATH, form=form, code=person.code()), browser.submit(PATH, form=form, off="yes")):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?continue=")
    assert not is_on(cluster, person)
    again = browser.log_in(person, path=answer.headers["location"])
    assert again.headers["location"] == PATH and browser.see(PATH).status_code == 200, "and back again"


def test_form_of_another_browser_login_or_site_switches_nothing(cluster, server, person, browser):
    other = Browser(server.url)
    other.log_in(person)
    page, theirs = browser.see(PATH), other.see(PATH)
    person.totp_secret = secret_in(page)
    for form in ("", "x", ticket_of(theirs), ticket_of(browser.see("/sessions"))):
        assert browser.submit(PATH, form=form, code=person.code()).status_code == 400
    assert browser.submit(PATH, form=ticket_of(page), code=person.code(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert not is_on(cluster, person)


@pytest.mark.parametrize("code", ["", "000000", "12345", "abcdef", "9" * 400])
def test_code_that_is_wrong_switches_nothing_on(cluster, person, browser, code):
    page = browser.see(PATH)
    answer = browser.submit(PATH, form=ticket_of(page), code=code)
    assert answer.status_code == 403 and alert_of(answer) and secret_in(answer) == secret_in(page), "the same key, to try again"
    assert not is_on(cluster, person) and browser.log_in(person).status_code == 303


def test_code_is_spent_by_switching_on(browser, server, person):
    page = browser.see(PATH)
    person.totp_secret = secret_in(page)
    code, other = person.code(), Browser(server.url)
    assert len(codes_in(browser.submit(PATH, form=ticket_of(page), code=code))) == 10
    form = ticket_of(other.log_in(person))
    assert other.submit("/login/code", form=form, code=code).status_code == 403 and other.see("/sessions").status_code == 303
    assert other.submit("/login/code", form=form, code=person.code(1)).status_code == 303


def test_of_many_at_once_one_switches_on(cluster, person, browser):
    page = browser.see(PATH)
    person.totp_secret, form, code, cookies = secret_in(page), ticket_of(page), None, dict(browser.cookies)
    code = person.code()

    def use(_):
        one = Browser(browser.url)
        one.cookies.update(cookies)
        return codes_in(one.submit(PATH, form=form, code=code))

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        shown = [codes for codes in pool.map(use, range(16)) if codes]
    assert len(shown) == 1 and len(shown[0]) == 10 and is_on(cluster, person)
    other = Browser(browser.url)
    assert other.submit("/login/code", form=ticket_of(other.log_in(person)), code=shown[0][0]).status_code == 303, "those that were shown are those that work"


# --- on and off ---------------------------------------------------------------------------------------------------------------------


def test_on_new_codes_and_off(cluster, server, person, browser):
    elsewhere = Browser(server.url)
    elsewhere.log_in(person)
    page = browser.see(PATH)
    assert f"otpauth://totp/{person.email.replace('@', '%40')}?secret={secret_in(page)}&issuer=127.0.0.1%3A" in html.unescape(page.text)
    assert secret_in(page) != secret_in(browser.see(PATH)), "each time another one, until one is taken"
    answer = switch_on(browser, person)
    codes = codes_in(answer)
    assert answer.status_code == 200 and len(codes) == len(set(codes)) == 10 and answer.headers["cache-control"] == "no-store"
    assert is_on(cluster, person) and elsewhere.see("/sessions").status_code == 303, "a login with the password alone ends"
    assert browser.see("/sessions").status_code == 200
    page = browser.see(PATH)
    assert codes_in(page) == [] and not re.search(r"[A-Z2-7]{32}", page.text), "shown once"
    other = Browser(server.url)
    assert other.log_in(person).status_code == 200 and other.submit("/login/code", form=ticket_of(other.log_in(person)), code=codes[0]).status_code == 303

    fresh = codes_in(browser.submit(PATH, form=ticket_of(page), codes="yes"))
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert other.submit("/login/code", form=ticket_of(other.log_in(person)), code=codes[1]).status_code == 403
    assert other.submit("/login/code", form=ticket_of(other.log_in(person)), code=fresh[1]).status_code == 303
    gone = browser.submit(PATH, form=ticket_of(page), off="yes")
    assert (gone.status_code, gone.headers["location"]) == (303, PATH) and not is_on(cluster, person)
    assert Browser(server.url).log_in(person).status_code == 303
    told = cluster.query("SELECT v.person, v.after::jsonb ->> 'second_factor' FROM hallmark.change_history AS c JOIN hallmark.history_value AS v ON v.history_id = c.id"
                         " WHERE c.collection = 'users' AND v.after LIKE %s AND v.person = 'Ada Lovelace' ORDER BY c.id", [f"%{person.email}%"])
    assert [factor for _, factor in told] == ["totp", None], "the history tells who did it, and no secret"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_in_each_language(browser, language):
    page = browser.see(f"{PATH}?ui_locales={language}")
    assert f'<html lang="{language}">' in page.text and f'href="{PATH}"' in browser.see("/sessions").text
