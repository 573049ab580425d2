# SPDX-License-Identifier: Apache-2.0
"""People whom an application sends to us: through login and consent, and back, as a browser without JavaScript does it."""

import html
import re
import secrets
import urllib.parse

import people
from consents import REDIRECT, challenge_of
from demo import SCOPES
from people import Browser, ticket_of

WANTED = "customers:read customers:write"


class Visitor:
    """A person who can log in, at a browser."""

    def __init__(self, folk, server, accounts=1, permissions=SCOPES, **headers):
        self.login = people.Person(folk.world.cluster, folk.world.command_line, name="Ada Lovelace")
        self.accounts = [folk.world.new_account() for _ in range(accounts)]
        for account in self.accounts:
            folk.world.json("member", "set", f"--account={account}", f"--user={self.login.id}", "--role=member", f"--permissions={permissions}")
        self.browser = Browser(server.url, **headers)


def request_of(client, **given):
    verifier = secrets.token_urlsafe(48)
    asked = {"response_type": "code", "client_id": client.client_id, "redirect_uri": REDIRECT, "scope": WANTED, "state": secrets.token_urlsafe(9),
             "code_challenge": challenge_of(verifier), "code_challenge_method": "S256", **given}
    return {name: value for name, value in asked.items() if value is not None}, verifier


def path_of(asked):
    return "/authorize?" + urllib.parse.urlencode(asked, doseq=True)


def location_of(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def answer_of(answer, redirect=REDIRECT):
    """The members of an answer that travels by redirect."""
    target, _, query = location_of(answer).partition("?")
    assert target == redirect, location_of(answer)
    return dict(urllib.parse.parse_qsl(query, strict_parsing=True))


def go_through_login(visitor, answer):
    """From being sent to log in to the page behind it."""
    location = location_of(answer)
    assert location.startswith("/login?continue="), location
    return visitor.browser.see(location_of(visitor.browser.log_in(visitor.login, path=location)))


def see_consent(visitor, asked):
    page = visitor.browser.see(path_of(asked))
    if page.status_code == 303:
        page = go_through_login(visitor, page)
    assert page.status_code == 200 and 'action="/authorize/consent"' in page.text, page.text
    return page


def boxes_of(page):
    return [html.unescape(word) for word in re.findall(r'name="scope" value="([^"]*)" checked', page.text)]


def consent(visitor, page, answer="allow", scopes=None):
    return visitor.browser.submit("/authorize/consent", form=ticket_of(page), answer=answer, scope=boxes_of(page) if scopes is None else scopes)
