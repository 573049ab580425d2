# SPDX-License-Identifier: Apache-2.0
"""One pushed request, allowed two hundred times at once on two nodes: one code comes of it."""

import concurrent.futures
import urllib.parse

import pytest

import consents
from consents import People, tokens
from demo import Caller, serving
from people import Browser, ticket_of
from visits import Visitor, boxes_of, go_through_login, path_of, request_of

pytestmark = pytest.mark.chaos

USES, ROUNDS, SOAK_ROUNDS, THREADS = 200, 10, 100, 16


@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def nodes(cluster, demo):
    assert demo.api
    with serving(cluster, threads=2) as first, serving(cluster, threads=1, issuer=first.url) as second:
        yield first, second


def code_of(answer):
    location = answer.headers.get("location", "")
    return dict(urllib.parse.parse_qsl(location.partition("?")[2])).get("code")


def allow_at_once(visitor, nodes, page):
    """The same browser, in as many windows as there are threads."""
    form = {"form": ticket_of(page), "answer": "allow", "scope": boxes_of(page)}

    def allow(number):
        browser = Browser(nodes[number % 2].url)
        browser.cookies.update(visitor.browser.cookies)
        return browser.submit("/authorize/consent", **form)

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(allow, range(USES)))


def race(folk, nodes, rounds):
    client = folk.new_client()
    with Caller(nodes[0].port, None) as caller:
        for _ in range(rounds):
            visitor = Visitor(folk, nodes[0])
            asked, verifier = request_of(client)
            pushed = consents.ask(caller, "/oauth2/par", client, **asked)
            path = path_of({"client_id": client.client_id, "request_uri": pushed.json()["request_uri"]})
            page = go_through_login(visitor, visitor.browser.see(path))
            answers = allow_at_once(visitor, nodes, page)
            codes = [code for code in map(code_of, answers) if code]
            assert len(codes) == 1
            assert {answer.status_code for answer in answers} <= {303, 400}
            tokens(consents.ask(caller, "/oauth2/token", client, grant_type="authorization_code", code=codes[0], redirect_uri=consents.REDIRECT, code_verifier=verifier))


def test_one_code_comes_of_a_pushed_request(folk, nodes):
    race(folk, nodes, ROUNDS)


@pytest.mark.soak
def test_one_code_comes_of_a_pushed_request_in_many_rounds(folk, nodes):
    race(folk, nodes, SOAK_ROUNDS)
