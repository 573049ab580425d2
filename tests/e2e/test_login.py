# SPDX-License-Identifier: Apache-2.0
"""Logging in and out as a person does it, without JavaScript; and as somebody does it who is not that person."""

import concurrent.futures
import ctypes
import hashlib
import json
import re
import secrets
import time
import urllib.parse

import pytest

import harness
from demo import own_cluster, own_folder, serving
from people import LANGUAGES, Browser, Person, alert_of, ticket_of

WRONG = "The e-mail address or the password is wrong."
STALE = "This page was open for too long, or was sent from another one. Please log in here."
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@pytest.fixture
def person(cluster, command_line):
    return Person(cluster, command_line)


@pytest.fixture
def browser(server):
    return Browser(server.url)


# --- the way in -------------------------------------------------------------------------------------------------------------------


def test_login_sessions_logout(cluster, server, browser, person):
    page = browser.see("/login")
    assert page.status_code == 200 and alert_of(page) is None
    answer = browser.log_in(person)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")
    cookie = browser.cookies["hallmark-session"]
    [session] = person.sessions()
    assert hashlib.sha256(cookie.encode()).digest() in [bytes(value) for value in session if isinstance(value, memoryview)]
    assert cookie.encode() not in repr(session).encode(), "only its digest is stored"

    listing = browser.see("/sessions")
    assert listing.status_code == 200
    assert "Ada Lovelace" in listing.text and person.email in listing.text and "Test/1.0" in listing.text and "127.0.0.1" in listing.text
    assert "this one" in listing.text and listing.text.count("End this login") == 0

    gone = browser.submit("/logout", form=ticket_of(listing))
    assert (gone.status_code, gone.headers["location"]) == (303, "/login?left=yes")
    assert "hallmark-session" not in browser.cookies and person.sessions() == []
    assert "You are logged out." in browser.see("/login?left=yes").text
    browser.cookies["hallmark-session"] = cookie
    assert browser.see("/sessions").status_code == 303, "an old cookie is worth nothing"


def test_item_18_session_identifier_changes_at_login(browser, person):
    """Fixation: a cookie that somebody planted, or that was there before, is never the session."""
    planted = secrets.token_urlsafe(32)
    browser.cookies.set("hallmark-session", planted, domain="127.0.0.1", path="/")
    browser.log_in(person)
    first = browser.cookies.get("hallmark-session", domain="127.0.0.1")
    assert first != planted
    browser.log_in(person)
    second = browser.cookies.get("hallmark-session", domain="127.0.0.1")
    assert second not in (first, planted) and len(person.sessions()) == 1


def test_credential_post_is_answered_by_303(browser, person):
    """Never 307 or 308, which would send the password on (item 8)."""
    assert browser.log_in(person).status_code == 303


def test_only_the_right_password_of_an_active_person_opens(browser, server, person, command_line):
    nobody = Browser(server.url)
    cases = [{"password": "wrong"}, {"password": person.password + " "}, {"password": person.password.swapcase()}, {"password": ""}, {"email": ""},
             {"email": "nobody@example.com"}, {"password": "x" * 1025}, {"password": "\u202e" + person.password}]
    for fields in cases:
        answer = nobody.log_in(person, **fields)
        assert (answer.status_code, alert_of(answer)) == (403, WRONG), fields
        assert "hallmark-session" not in nobody.cookies
    assert browser.log_in(person, email=person.email.upper()).status_code == 303, "case does not count in an address"
    command_line.run("user", "disable", person.email)
    assert browser.see("/sessions").status_code == 303, "who is disabled is logged in no longer"
    assert alert_of(browser.log_in(person)) == WRONG
    command_line.run("user", "enable", person.email)
    assert browser.log_in(person).status_code == 303


def test_person_without_password_cannot_log_in(cluster, browser, command_line, person):
    cluster.query("UPDATE hallmark.user SET password_hash = NULL WHERE email = %s RETURNING id", [person.email])
    assert alert_of(browser.log_in(person)) == WRONG
    assert alert_of(browser.log_in(person, password="nobody is here!!")) == WRONG


def test_what_was_typed_stays_but_for_the_password(browser, person):
    answer = browser.log_in(person, email='"><b>@example.com', password="typed secret")
    assert "typed secret" not in answer.text and 'value="&#34;&gt;&lt;b&gt;@example.com"' in answer.text and "<b>" not in answer.text


def test_password_change_logs_out_everywhere(browser, server, person):
    other = Browser(server.url)
    browser.log_in(person), other.log_in(person)
    person.set_password(secrets.token_urlsafe(16))
    assert browser.see("/sessions").status_code == other.see("/sessions").status_code == 303
    assert browser.log_in(person).status_code == 303


def hash_with_less_work(password):
    """An Argon2id hash with smaller parameters than today's, in its text form."""
    library, room, word, size = ctypes.CDLL("libargon2.so.1"), ctypes.create_string_buffer(128), password.encode(), ctypes.c_size_t
    assert library.argon2id_hash_encoded(1, 64, 1, word, size(len(word)), b"saltsalt", size(8), size(32), room, size(128)) == 0
    return room.value.decode()


@pytest.mark.parametrize("with_second_step", [False, True])
def test_old_hash_is_made_anew_at_login(cluster, browser, person, with_second_step):
    if with_second_step:
        person.switch_totp_on()
    cluster.query("UPDATE hallmark.user SET password_hash = %s WHERE email = %s RETURNING id", [hash_with_less_work(person.password), person.email])

    def fresh():
        return cluster.query("SELECT password_hash FROM hallmark.user WHERE email = %s", [person.email])[0][0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    if with_second_step:
        form = second_step(browser, person)
        harness.wait_until(fresh, what="the hash of today")
        assert browser.submit("/login/code", form=form, code=person.code()).status_code == 303
    else:
        assert browser.log_in(person).status_code == 303
        harness.wait_until(fresh, what="the hash of today")
    assert browser.see("/sessions").status_code == 200, "nobody was logged out by it"
    other = Browser(browser.url)
    assert other.log_in(person).status_code == (200 if with_second_step else 303)


# --- a link that sets the password --------------------------------------------------------------------------------------------------


SPENT = "This link has been used, or is too old. Ask for a new one."


def link_for(person):
    return person.command_line.run("user", "password-link", person.email).stdout.strip()


def set_password(browser, link, password, again=None):
    return browser.submit("/password", form=ticket_of(browser.see(link)), password=password, again=password if again is None else again)


def test_invited_person_sets_a_password_and_logs_in(cluster, server, browser, command_line, person):
    cluster.query("UPDATE hallmark.user SET password_hash = NULL WHERE email = %s RETURNING id", [person.email])
    link, fresh = link_for(person), secrets.token_urlsafe(16)
    for _ in range(2):
        page = browser.see(link)
        assert page.status_code == 200 and person.email in page.text, "looking spends nothing"
    for password, again, said in (("short", None, "This password will not do: it is too short or too long."), ("", "", "This password will not do: it is too short or too long."),
                                  (fresh, fresh + "x", "The two passwords are not the same."), (fresh, "", "The two passwords are not the same.")):
        answer = set_password(browser, link, password, again)
        assert (answer.status_code, alert_of(answer)) == (400, said) and fresh not in answer.text
    answer = set_password(browser, link, fresh)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?password=set")
    assert "Your password is set." in browser.see("/login?password=set").text
    assert browser.log_in(person, password=fresh).status_code == 303
    again = browser.see(link)
    assert (again.status_code, alert_of(again)) == (400, SPENT)
    [change] = cluster.query("SELECT v.person, v.after FROM hallmark.change_history AS c JOIN hallmark.history_value AS v ON v.history_id = c.id"
                             " WHERE c.collection = 'users' AND v.after LIKE %s ORDER BY c.id DESC LIMIT 1", [f"%{person.email}%"])
    assert change[0] == "Ada Lovelace" and "argon2" not in change[1]


@pytest.mark.parametrize("link", ["", "?link=", "?link=x", "?link=" + "A" * 43, "?link=" + "A" * 44, "?link=%00", "?link=a&link=b", "?link=../../etc/passwd"])
def test_link_that_is_none_says_so(browser, link):
    answer = browser.see("/password" + link)
    assert (answer.status_code, alert_of(answer)) == (400, SPENT)
    assert alert_of(browser.submit("/password", form="x", password="twelve characters", again="twelve characters")) == SPENT


def test_link_needs_the_form_that_was_shown(server, browser, person):
    link = link_for(person)
    form = ticket_of(Browser(server.url).see(link))
    assert alert_of(browser.submit("/password", form=form, link=link.split("=")[1], password="twelve characters", again="twelve characters")) == SPENT
    form = ticket_of(browser.see(link))
    assert browser.submit("/password", form=form, password="twelve characters", again="twelve characters", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert browser.log_in(person).status_code == 303, "nothing was changed"


def test_one_link_sets_one_password_over_two_servers(cluster, server, person):
    with serving(cluster) as other:
        link, words = link_for(person), [secrets.token_urlsafe(16) for _ in range(16)]
        browsers = [Browser((server if place % 2 else other).url) for place in range(len(words))]
        forms = [ticket_of(one.see(link)) for one in browsers]
        with concurrent.futures.ThreadPoolExecutor(len(words)) as pool:
            answers = list(pool.map(lambda three: three[0].submit("/password", form=three[1], password=three[2], again=three[2]).status_code, zip(browsers, forms, words)))
        assert answers.count(303) == 1 and answers.count(400) == len(words) - 1, answers
        assert Browser(server.url).log_in(person, password=words[answers.index(303)]).status_code == 303


# --- where it leads ---------------------------------------------------------------------------------------------------------------


def test_who_is_sent_to_log_in_comes_back(browser, person):
    sent = browser.see("/sessions")
    assert sent.status_code == 303 and sent.headers["location"].startswith("/login?continue=eyJ")
    answer = browser.log_in(person, path=sent.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sessions", "eyJhbGciOiJub25lIn0.e30."])
def test_login_leads_nowhere_that_it_did_not_choose(browser, person, onward):
    """No open redirect: what is no ticket of ours is left out of the page."""
    page = browser.get(browser.url + "/login", params={"continue": onward}, timeout=30)
    assert "evil.example" not in page.text and "javascript" not in page.text
    answer = browser.submit("/login", form=ticket_of(page), email=person.email, password=person.password, **{"continue": onward, "onward": onward})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")


# --- forms of others --------------------------------------------------------------------------------------------------------------


def test_form_of_another_browser_or_site_is_refused(server, browser, person):
    """Items 17 and 21: without the ticket, with somebody else's, with a changed one, or from another site nothing is done."""
    mine, theirs = ticket_of(browser.see("/login")), ticket_of(Browser(server.url).see("/login"))
    sent = {"email": person.email, "password": person.password}
    for form in ("", "x", theirs, mine[:-2] + ("AA" if mine[-2:] != "AA" else "BB"), mine + ".", "." .join(reversed(mine.split(".")))):
        answer = browser.submit("/login", form=form, **sent)
        assert (answer.status_code, alert_of(answer)) == (400, STALE)
    for site in ("cross-site", "same-site", "", "SAME-ORIGIN"):
        answer = browser.submit("/login", form=mine, headers={"Sec-Fetch-Site": site}, **sent)
        assert (answer.status_code, alert_of(answer)) == (400, STALE)
    twice = browser.post(browser.url + "/login", data=f"form={mine}&email=a&email=b&password=c", headers={"Content-Type": "application/x-www-form-urlencoded"},
                         allow_redirects=False, timeout=30)
    assert (twice.status_code, alert_of(twice)) == (400, STALE)
    assert person.sessions() == []
    assert browser.submit("/login", form=mine, headers={"Sec-Fetch-Site": "same-origin"}, **sent).status_code == 303


def test_form_with_two_cookies_of_one_name_is_refused(browser, person):
    form = ticket_of(browser.see("/login"))
    cookie = browser.cookies["hallmark-form"]
    answer = Browser(browser.url).submit("/login", form=form, email=person.email, password=person.password,
                                       headers={"Cookie": f"hallmark-form={cookie}; hallmark-form=planted"})
    assert (answer.status_code, alert_of(answer)) == (400, STALE)


def test_sessions_are_ended_by_their_own_person_only(server, browser, person, cluster, command_line):
    other_person, other = Person(cluster, command_line), Browser(server.url)
    browser.log_in(person), other.log_in(other_person)
    listing, theirs = browser.see("/sessions"), other.see("/sessions")
    number = cluster.query("SELECT s.id FROM hallmark.session AS s JOIN hallmark.user AS u ON u.id = s.user_id WHERE u.email = %s", [other_person.email])[0][0]
    browser.submit("/sessions", form=ticket_of(listing), session=number)
    browser.submit("/sessions", form=ticket_of(theirs), session=number)
    for form in ("", ticket_of(browser.see("/login")), ticket_of(theirs)):
        assert browser.submit("/logout", form=form).headers["location"] == "/sessions"
        assert browser.submit("/logout", form=form, everywhere="yes").headers["location"] == "/sessions"
    assert len(person.sessions()) == len(other_person.sessions()) == 1
    second = Browser(server.url)
    second.log_in(person)
    listing = browser.see("/sessions")
    assert listing.text.count("End this login") == 1
    number = re.search(r'name="session" value="(\d+)"', listing.text)[1]
    assert browser.submit("/sessions", form=ticket_of(listing), session=number).headers["location"] == "/sessions?ended=yes"
    assert "That login was ended." in browser.see("/sessions?ended=yes").text
    assert second.see("/sessions").status_code == 303 and browser.see("/sessions").status_code == 200


def test_logout_everywhere(server, browser, person):
    browsers = [browser, Browser(server.url), Browser(server.url)]
    for one in browsers:
        one.log_in(person)
    browser.submit("/logout", form=ticket_of(browser.see("/sessions")), everywhere="yes")
    assert person.sessions() == [] and [one.see("/sessions").status_code for one in browsers] == [303] * 3


# --- the second step --------------------------------------------------------------------------------------------------------------


def second_step(browser, person):
    page = browser.log_in(person)
    assert page.status_code == 200 and "authenticator" in page.text and "hallmark-session" not in browser.cookies
    return ticket_of(page)


def test_second_step_with_a_code_that_works_once(server, browser, person):
    person.switch_totp_on()
    form, code = second_step(browser, person), person.code()
    for wrong in ("", "000000" if code != "000000" else "111111", code + "1", "aaaa-bbbb-cccc-dddd", person.code(5), person.code(-5)):
        answer = browser.submit("/login/code", form=form, code=wrong)
        assert (answer.status_code, alert_of(answer)) == (403, "This code is not right, or was used already.")
        form = ticket_of(answer)
    assert browser.submit("/login/code", form=form, code=f"{code[:3]} {code[3:]}").headers["location"] == "/sessions"
    assert person.cluster.query("SELECT methods FROM hallmark.session AS s JOIN hallmark.user AS u ON u.id = s.user_id WHERE u.email = %s", [person.email]) == [(["pwd", "otp", "mfa"],)]
    again = Browser(server.url)
    assert again.submit("/login/code", form=second_step(again, person), code=code).status_code == 403, "it was used"
    assert again.submit("/login/code", form=form, code=person.code(1)).status_code == 400, "the form of another browser"


def test_recovery_code_works_once(server, browser, person):
    person.switch_totp_on()
    code = person.recovery_codes[3]
    assert browser.submit("/login/code", form=second_step(browser, person), code=code.upper().replace("-", " ")).status_code == 303
    assert browser.submit("/login/code", form=second_step(Browser(server.url), person), code=code).status_code == 400
    again = Browser(server.url)
    assert again.submit("/login/code", form=second_step(again, person), code=code).status_code == 403
    person.command_line.run("user", "totp-off", person.email)
    assert Browser(server.url).log_in(person).status_code == 303


def test_second_step_ends_with_the_password_it_began_with(browser, person):
    person.switch_totp_on()
    form = second_step(browser, person)
    person.set_password(secrets.token_urlsafe(16))
    assert alert_of(browser.submit("/login/code", form=form, code=person.code())) == STALE


def test_one_code_logs_in_once_however_many_try(server, person):
    """Eight browsers send one code at the same moment: one session."""
    person.switch_totp_on()
    browsers = [Browser(server.url) for _ in range(8)]
    forms = [second_step(one, person) for one in browsers]
    code = person.code()
    with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
        answers = list(pool.map(lambda pair: pair[0].submit("/login/code", form=pair[1], code=code).status_code, zip(browsers, forms)))
    assert answers.count(303) == 1 and len(person.sessions()) == 1, answers


def test_sealed_second_factor_follows_the_master_key(tmp_path):
    with own_cluster() as cluster:
        line = harness.CommandLine(cluster)
        person = Person(cluster, line)
        person.switch_totp_on()
        with own_folder("hallmark-login-") as folder:
            new_key = harness.make_master_key(folder)
            assert "sealed 1 second factors anew" in line.run("signing-key", "reseal", f"--new-master-key-file={new_key}").stdout
            with serving(cluster, master_key_file=new_key) as server:
                browser = Browser(server.url)
                assert browser.submit("/login/code", form=second_step(browser, person), code=person.code()).status_code == 303


# --- guessing ---------------------------------------------------------------------------------------------------------------------


def guess(server, person, times, browser=None):
    browser = browser or Browser(server.url)
    return [browser.log_in(person, password="wrong guess") for _ in range(times)]


def test_guessing_is_slowed_and_remembered_and_does_not_lock_the_owner_out(cluster, command_line, tmp_path):
    person, other = Person(cluster, command_line), Person(cluster, command_line)
    with serving(cluster, trusted_proxy="127.0.0.1/32") as server:
        owner = Browser(server.url, **{"X-Forwarded-For": "198.51.100.7"})
        assert owner.log_in(person).status_code == 303
        answers = guess(server, person, 14, Browser(server.url, **{"X-Forwarded-For": "203.0.113.5"}))
        slowed = [answer for answer in answers if answer.status_code == 429]
        assert [answer.status_code for answer in answers[:10]] == [403] * 10 and slowed
        assert 1 <= int(slowed[-1].headers["retry-after"]) <= 60 and "Too many attempts" in alert_of(slowed[-1])
        stranger = Browser(server.url, **{"X-Forwarded-For": "192.0.2.77"})
        assert stranger.log_in(person).status_code == 429, "from elsewhere too, since addresses are cheap"
        assert owner.log_in(person).status_code == 303, "but not in a browser that the owner has used before"
        assert stranger.log_in(other).status_code == 303, "and nobody else"
        guess(server, person, 3, Browser(server.url, **{"X-Forwarded-For": "203.0.113.6"}))
        harness.wait_until(lambda: cluster.query("SELECT count(*) FROM hallmark.auth_failure WHERE failures > 10")[0][0] >= 1, what="the failures, saved")
    with serving(cluster, trusted_proxy="127.0.0.1/32") as server:
        def slow_again():
            return Browser(server.url, **{"X-Forwarded-For": "203.0.113.9"}).log_in(person, password="wrong guess").status_code == 429
        harness.wait_until(slow_again, what="the slow-down after a restart")


def test_parallel_guesses_are_counted_each(server, person):
    """Item 48: forty at once are not one."""
    browsers = [Browser(server.url) for _ in range(40)]
    forms = [ticket_of(one.see("/login")) for one in browsers]
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda pair: pair[0].submit("/login", form=pair[1], email=person.email, password="wrong guess").status_code, zip(browsers, forms)))
    assert set(answers) <= {403, 429, 503} and answers.count(403) <= 20, answers
    assert Browser(server.url).log_in(person).status_code == 429


def test_loops_never_wait_and_visitors_who_leave_are_forgotten(cluster, command_line):
    """Fifty logins are sent, and half of those who sent them hang up; meanwhile one thread answers others in no time; then all is at rest."""
    person = Person(cluster, command_line)
    with serving(cluster, threads=1) as server:
        form_page = Browser(server.url)
        form = ticket_of(form_page.see("/login"))
        body = urllib.parse.urlencode({"form": form, "email": person.email, "password": "wrong guess"})
        request = (f"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
                   f"Cookie: hallmark-form={form_page.cookies['hallmark-form']}\r\n\r\n{body}")
        wires = [harness.Wire(server.port, timeout=60) for _ in range(50)]
        for wire in wires:
            wire.send(request)
        for wire in wires[::2]:
            wire.socket.close()
        began = time.monotonic()
        for _ in range(20):
            assert Browser(server.url).see("/login").status_code == 200
        assert time.monotonic() - began < 20
        assert {wire.answer().status for wire in wires[1::2]} <= {403, 429, 503}
        for wire in wires[1::2]:
            wire.socket.close()

        def at_rest():
            metrics = harness.ask(server.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body.decode()
            figures = dict(line.split(" ") for line in metrics.splitlines() if line.startswith("hallmark_work_"))
            return figures["hallmark_work_waiting"] == "0" and int(figures["hallmark_work_done_total"]) >= 1
        harness.wait_until(at_rest, what="the last hash")


# --- headers ----------------------------------------------------------------------------------------------------------------------


def test_pages_are_framed_stored_and_scripted_by_nobody(browser, person):
    """Items 10 and 11."""
    answers = [browser.see("/login"), browser.log_in(person, password="wrong"), browser.log_in(person), browser.see("/sessions")]
    for page in answers:
        assert page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "no-referrer" and page.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in page.headers if name.lower().startswith("access-control")]
        if page.status_code != 303:
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["content-security-policy"] == POLICY and page.headers["x-frame-options"] == "DENY"
            assert set(re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)) == set() and "<script" not in page.text


def test_cookies_are_ours_alone(server, person):
    browser = Browser(server.url)
    answers = [browser.see("/login?ui_locales=de"), browser.log_in(person)]
    lines = [line for answer in answers for line in answer.raw.headers.getlist("set-cookie")]
    assert {line.split("=")[0] for line in lines} == {"hallmark-form", "hallmark-session", "hallmark-known", "hallmark-language"}
    assert all("; Path=/; HttpOnly; SameSite=Lax" in line and "Secure" not in line and "Domain" not in line for line in lines), lines


def test_cookies_behind_tls_have_the_host_prefix(cluster, person):
    with serving(cluster, issuer="https://login.example.com", behind_proxy=True) as server:
        url = f"http://127.0.0.1:{server.port}"
        page = Browser(url).see("/login?ui_locales=de")
        lines = page.raw.headers.getlist("set-cookie")
        assert {line.split("=")[0] for line in lines} == {"__Host-hallmark-form", "__Host-hallmark-language"}
        assert all(line.split("; ")[1:5] == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] for line in lines), lines
        cookie = lines[1 if "form" in lines[1].split("=")[0] else 0].split(";")[0]
        sent = {"form": ticket_of(page), "email": person.email, "password": person.password}
        assert Browser(url).submit("/login", headers={"Cookie": cookie.removeprefix("__Host-")}, **sent).status_code == 400, "a plain name is not ours here"
        assert Browser(url).submit("/login", headers={"Cookie": cookie}, **sent).status_code == 303


def test_sheet_may_be_kept_for_ever(browser):
    path = re.search(r'href="(/assets/[^"]*\.css)"', browser.see("/login").text)[1]
    sheet = browser.see(path)
    assert sheet.status_code == 200 and sheet.headers["content-type"] == "text/css; charset=utf-8" and sheet.headers["cache-control"] == "public, max-age=31536000"
    assert hashlib.sha256(sheet.content).hexdigest()[:12] in path
    assert browser.see("/assets/other.css").status_code == 404


def test_wrong_methods_and_sizes_are_told_in_a_line(browser):
    for path, method, status in (("/logout", "GET", 405), ("/login", "PUT", 405), ("/login/code", "GET", 405)):
        answer = browser.request(method, browser.url + path, timeout=30)
        assert answer.status_code == status and "POST" in answer.headers["allow"] and answer.headers["content-type"] == "text/plain; charset=utf-8"
    large = browser.post(browser.url + "/login", data={"email": "x" * 70000}, timeout=30)
    assert large.status_code == 413 and large.headers["content-type"] == "text/plain; charset=utf-8"
    other = browser.post(browser.url + "/login", data=json.dumps({"email": "x"}), headers={"Content-Type": "application/json"}, timeout=30)
    assert other.status_code == 400 and "x-www-form-urlencoded" in other.text


# --- languages --------------------------------------------------------------------------------------------------------------------


TITLES = {"en": "Log in", "de": "Anmelden", "nb": "Logg inn", "pl": "Zaloguj się"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_that_of_the_browser_or_the_one_chosen(server, language):
    page = Browser(server.url, **{"Accept-Language": f"{language}-XX, en;q=0.1"}).see("/login")
    assert f'<html lang="{language}">' in page.text and f"<h1>{TITLES[language]}</h1>" in page.text
    browser = Browser(server.url, **{"Accept-Language": "fr"})
    assert f'<html lang="{language}">' in browser.see(f"/login?ui_locales=fr%20{language}").text
    assert f'<html lang="{language}">' in browser.see("/login").text, "and stays chosen"


# --- the command line -------------------------------------------------------------------------------------------------------------


def test_password_is_read_from_a_file_or_standard_input_and_has_to_be_good(command_line, person, browser):
    for wrong, why in (("short\n", "too short"), ("", "there is none"), ("x" * 1025 + "\n", "too long"), ("tab\tin the middle\n", "control character")):
        done = command_line.run("user", "set-password", person.email, stdin=wrong, check=False)
        assert done.returncode == 2 and why in done.stderr, wrong
    assert command_line.run("user", "set-password", "nobody@example.com", stdin="twelve characters\n", check=False).returncode == 1
    with own_folder("hallmark-login-") as folder:
        path = folder / "password"
        path.write_text("żółta łódź podwodna\n", encoding="utf-8")
        command_line.run("user", "set-password", person.email, f"--from-file={path}")
        assert command_line.run("user", "set-password", person.email, f"--from-file={folder}/none", check=False).returncode == 1
    assert browser.log_in(person, password="żółta łódź podwodna").status_code == 303
    assert command_line.run("user", "totp-on", "nobody@example.com", check=False).returncode == 1
    shown = command_line.run("user", "totp-on", person.email).stdout
    assert re.search(r"^Authenticator key  [A-Z2-7]{32}$", shown, re.MULTILINE) and len(re.findall(r"^Recovery code      (?:[a-z2-7]{4}-){3}[a-z2-7]{4}$", shown, re.MULTILINE)) == 10
