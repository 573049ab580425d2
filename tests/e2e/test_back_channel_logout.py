# SPDX-License-Identifier: Apache-2.0
"""Telling applications that a login has ended (OpenID Connect Back-Channel Logout 1.0). What the plan of the OpenID Foundation has as a module is
called as that is."""

import concurrent.futures
import json
import re
import threading
import time
import urllib.parse

import pytest
import requests
from jwcrypto import jwk, jws

import consents
import harness
from consents import REDIRECT, People, base62, claims_of, tokens
from demo import Caller, World, number_of, own_cluster, serving
from people import Person, ticket_of
from receiver import receiving
from visits import Visitor, answer_of, consent, path_of, request_of, see_consent

ALLOWED = {"webhook_allow_private": True, "webhook_allow_http": True}
EVENT = "http://schemas.openid.net/event/backchannel-logout"
AFTER = "https://shop.example/after"


@pytest.fixture(scope="module")
def cluster():
    """One of our own: the nodes of other tests would send what they may not."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def server(cluster, demo):
    assert demo.api
    with serving(cluster, **ALLOWED) as made:
        yield made


@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def visitor(folk, server):
    return Visitor(folk, server)


class Shop:
    """An application that wants to be told, and what it knows of those who are logged in."""

    def __init__(self, folk, server, receiver, path="/", session="yes", **identity):
        self.folk, self.server, self.receiver, self.path = folk, server, receiver, path
        self.client = folk.new_client()
        self.register(receiver.url(path), session)
        if identity:
            folk.world.json("application", "identity", self.client.application, *(f"--{name.replace('_', '-')}={value}" for name, value in identity.items()))

    def register(self, uri, session="yes"):
        self.folk.world.json("application", "logout", self.client.application, f"--back-channel={uri}", f"--session={session}", f"--redirect-uris={AFTER}",
                             "--webhook-allow-private", "--webhook-allow-http")

    def log_in(self, visitor, scope="openid customers:read"):
        """The claims of the ID token."""
        asked, verifier = request_of(self.client, scope=scope, nonce="n-0S6")
        with Caller(self.server.port, None) as caller:
            code = answer_of(consent(visitor, see_consent(visitor, asked)))["code"]
            got = tokens(consents.ask(caller, "/oauth2/token", self.client, grant_type="authorization_code", code=code, redirect_uri=REDIRECT, code_verifier=verifier))
        self.id_token = got.get("id_token")
        return self.id_token and claims_of(self.id_token)

    def told(self):
        return self.receiver.got(self.path)

    def wait(self, count=1):
        self.receiver.wait_for(lambda _: len(self.told()) >= count, 20, f"{count} logout tokens")
        assert len(self.told()) == count
        return check(self.server, self.told()[-1])


def check(server, delivery):
    """The claims of a logout token, after all that section 2.6 has an application check."""
    assert delivery.headers["content-type"] == "application/x-www-form-urlencoded"
    [(name, token)] = urllib.parse.parse_qsl(delivery.body.decode(), strict_parsing=True)
    assert name == "logout_token"
    keys = jwk.JWKSet.from_json(requests.get(f"{server.url}/oauth2/jwks", timeout=10).text)
    signed = jws.JWS()
    signed.deserialize(token)
    header = signed.jose_header if isinstance(signed.jose_header, dict) else json.loads(signed.objects["protected"])
    signed.verify(keys.get_key(header["kid"]))
    claims = json.loads(signed.payload)
    assert set(header) == {"alg", "kid", "typ"} and header["typ"] == "logout+jwt"
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}, "and no nonce"
    assert claims["iss"] == server.url and claims["events"] == {EVENT: {}}
    assert abs(claims["iat"] - time.time()) < 60 and 0 < claims["exp"] - claims["iat"] <= 120
    return {**claims, "alg": header["alg"]}


def waiting(cluster, shop):
    return cluster.query("SELECT attempts FROM hallmark.logout_token WHERE client_id = %s", [shop.client.client_id])


def attempts_of(server):
    text = harness.ask(server.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body.decode()
    return {result: int(count) for result, count in re.findall(r'hallmark_logout_deliveries_total\{result="(\w+)"\} (\d+)', text)}


def make_due(cluster, shop):
    """As if the time until the next attempt had passed."""
    return cluster.query("UPDATE hallmark.logout_token SET due_at = now() WHERE client_id = %s AND lease IS NULL RETURNING 1", [shop.client.client_id])


def log_out(visitor):
    page = visitor.browser.see("/sessions")
    assert visitor.browser.submit("/logout", form=ticket_of(page)).status_code == 303


# --- the plan of the OpenID Foundation ----------------------------------------------------------------------------------------------


def test_oidcc_backchannel_logout_discovery_endpoint_verification(server):
    for name in ("openid-configuration", "oauth-authorization-server"):
        found = requests.get(f"{server.url}/.well-known/{name}", timeout=10).json()
        assert found["backchannel_logout_supported"] is True and found["backchannel_logout_session_supported"] is True
        assert found["end_session_endpoint"].startswith(server.url)


@pytest.mark.parametrize("identity", [{}, {"id_token_alg": "ES256"}, {"subject_type": "pairwise"}], ids=str)
def test_oidcc_backchannel_rp_initiated_logout(folk, server, receiver, visitor, identity):
    shop = Shop(folk, server, receiver, **identity)
    known = shop.log_in(visitor)
    query = urllib.parse.urlencode({"id_token_hint": shop.id_token, "post_logout_redirect_uri": AFTER, "state": "s"})
    answer = visitor.browser.see(f"/oauth2/logout?{query}")
    assert (answer.status_code, answer.headers["location"]) == (303, AFTER + "?state=s")
    told = shop.wait()
    assert (told["sub"], told["sid"], told["aud"]) == (known["sub"], known["sid"], known["aud"])
    assert told["alg"] == identity.get("id_token_alg", "RS256")
    assert (told["sub"] == visitor.login.id) is (identity != {"subject_type": "pairwise"})
    asked, _ = request_of(shop.client, scope="openid", prompt="none")
    assert answer_of(visitor.browser.see(path_of(asked)))["error"] == "login_required", "and they are logged out"


# --- every way in which a login ends ------------------------------------------------------------------------------------------------


ENDS = {
    "logout": log_out,
    "logout everywhere": lambda v: v.browser.submit("/logout", form=ticket_of(v.browser.see("/sessions")), everywhere="yes"),
    "password": lambda v: v.login.set_password("another password of hers"),
    "own password": lambda v: v.browser.submit("/password/change", form=ticket_of(v.browser.see("/password/change")), old=v.login.password,
                                               password="another password of hers", again="another password of hers"),
    "disabled": lambda v: v.login.command_line.run("user", "disable", v.login.email),
    "erased": lambda v: v.login.command_line.run("person", "erase", v.login.id, "--yes"),
    "another person at this browser": lambda v: v.browser.log_in(Person(v.login.cluster, v.login.command_line)),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_application_of_the_login_is_told_and_no_other(folk, server, cluster, receiver, visitor, end):
    shops = [Shop(folk, server, receiver, f"/{number}") for number in range(2)]
    known = [shop.log_in(visitor, scope) for shop, scope in zip(shops, ("openid", "openid offline_access customers:read"))]
    shops[0].log_in(visitor)  # twice in one login
    mute = folk.new_client()  # has nowhere to be told
    others = [Shop(folk, server, receiver, f"/other/{number}") for number in range(3)]
    assert others[0].log_in(visitor, "customers:read") is None, "without openid it knows of no login"
    other = Visitor(folk, server)
    others[1].log_in(other)
    ENDS[end](visitor)
    assert [shop.wait()["sid"] for shop in shops] == [claims["sid"] for claims in known]
    harness.wait_until(lambda: cluster.query("SELECT count(*) FROM hallmark.logout_token") == [(0,)], 20, "an empty outbox")
    assert all(shop.told() == [] for shop in others) and mute.client_id
    log_out(other)
    others[1].wait()


def test_login_that_is_ended_from_another_place(folk, server, receiver, visitor):
    shop, here = Shop(folk, server, receiver), Visitor.__new__(Visitor)
    here.login, here.browser = visitor.login, type(visitor.browser)(server.url)
    known = shop.log_in(visitor)
    here.browser.log_in(here.login)
    [there] = [row[1] for row in visitor.login.sessions() if f"ses_{base62(row[1], 11)}" == known["sid"]]
    page = here.browser.see("/sessions")
    assert here.browser.submit("/sessions", form=ticket_of(page), session=there).status_code == 303
    assert shop.wait()["sid"] == known["sid"] and here.browser.see("/sessions").status_code == 200


def test_application_that_did_not_ask_for_it_is_told_which_login_too(folk, server, receiver, visitor):
    """backchannel_logout_session_required says that it needs the sid, not that others get none."""
    shop = Shop(folk, server, receiver, session="no")
    known = shop.log_in(visitor)
    log_out(visitor)
    assert shop.wait()["sid"] == known["sid"]


def test_application_that_gave_its_tokens_back_is_told_too(folk, server, receiver, visitor):
    """It may have a login of its own that goes on."""
    shop = Shop(folk, server, receiver)
    shop.log_in(visitor)
    folk.world.cluster.query("UPDATE hallmark.family SET state = 'revoked' WHERE client_id = %s RETURNING 1", [shop.client.client_id])
    log_out(visitor)
    shop.wait()


def test_login_that_ran_out_is_told_to_nobody(folk, server, cluster, receiver, visitor):
    shop = Shop(folk, server, receiver)
    shop.log_in(visitor)
    cluster.query("UPDATE hallmark.session SET created_at = now() - interval '13 hours', seen_at = now() - interval '2 hours' WHERE user_id = %s RETURNING 1",
                  [number_of(visitor.login.id)])
    cluster.query("DELETE FROM hallmark.session WHERE user_id = %s RETURNING 1", [number_of(visitor.login.id)])
    assert waiting(cluster, shop) == [] and shop.told() == []


def test_one_login_ended_twice_at_once_is_told_once(folk, server, cluster, receiver, visitor):
    shop = Shop(folk, server, receiver)
    shop.log_in(visitor)
    form = ticket_of(visitor.browser.see("/sessions"))
    with concurrent.futures.ThreadPoolExecutor(20) as crowd:
        list(crowd.map(lambda _: requests.post(server.url + "/logout", data={"form": form}, cookies=visitor.browser.cookies, allow_redirects=False, timeout=30),
                       range(20)))
    shop.wait()
    assert waiting(cluster, shop) == []


# --- receivers ----------------------------------------------------------------------------------------------------------------------


def test_application_that_is_away_is_told_when_it_is_back(folk, server, cluster, receiver, visitor):
    shop = Shop(folk, server, receiver)
    receiver.answers["/"] = 500
    shop.log_in(visitor)
    log_out(visitor)
    first = shop.wait()
    harness.wait_until(lambda: make_due(cluster, shop), 20, "the end of the first attempt")
    receiver.answers.clear()
    assert shop.wait(2)["jti"] == first["jti"], "the same one, so that it counts once"
    harness.wait_until(lambda: waiting(cluster, shop) == [], 20, "an empty outbox")


def test_after_some_attempts_it_is_given_up(folk, server, cluster, receiver, visitor):
    shop = Shop(folk, server, receiver)
    receiver.answers["/"] = (503, {"Retry-After": "1"})
    shop.log_in(visitor)
    log_out(visitor)
    for attempt in range(1, 4):
        shop.wait(attempt)
        harness.wait_until(lambda: make_due(cluster, shop), 20, "the end of the attempt")
    shop.wait(4)
    harness.wait_until(lambda: waiting(cluster, shop) == [], 20, "an empty outbox")
    line = server.wait_for_log(lambda line: line["event"] == "logout_not_delivered" and line["client"] == shop.client.client_id)
    assert (line["attempts"], line["status"]) == (4, 503)


@pytest.mark.parametrize("status", [400, 410])
def test_refusal_is_final(folk, server, cluster, receiver, visitor, status):
    shop, before = Shop(folk, server, receiver), attempts_of(server)
    receiver.answers["/"] = status
    shop.log_in(visitor)
    log_out(visitor)
    shop.wait()
    harness.wait_until(lambda: waiting(cluster, shop) == [], 20, "an empty outbox")
    assert server.wait_for_log(lambda line: line["event"] == "logout_not_delivered" and line["client"] == shop.client.client_id)["status"] == status
    assert len(shop.told()) == 1
    counted, result = attempts_of(server), {400: "given_up", 410: "gone"}[status]
    assert set(counted) == {"delivered", "retry", "given_up", "gone"} and counted[result] > before[result]


def test_redirect_is_not_followed(folk, server, cluster, receiver, visitor):
    shop = Shop(folk, server, receiver)
    receiver.answers["/"] = (307, {"Location": receiver.url("/elsewhere")})
    shop.log_in(visitor)
    log_out(visitor)
    shop.wait()
    harness.wait_until(lambda: make_due(cluster, shop), 20, "the end of the attempt")
    assert receiver.got("/elsewhere") == []


def test_slow_application_holds_up_no_other_and_no_logout(folk, server, receiver, visitor):
    slow, quick, gate = Shop(folk, server, receiver, "/slow"), Shop(folk, server, receiver, "/quick"), threading.Event()
    receiver.answers["/slow"] = lambda _: gate.wait(15) and 200
    try:
        for _ in range(6):
            someone = Visitor(folk, server)
            slow.log_in(someone)
            log_out(someone)
        slow.receiver.wait_for(lambda _: slow.told(), 20)
        quick.log_in(visitor)
        log_out(visitor)
        quick.wait()
        assert len(slow.told()) < 6, "one application has only so many under way"
    finally:
        gate.set()
    receiver.wait_for(lambda _: len(slow.told()) == 6, 30)


def test_address_that_is_not_allowed_now_is_not_called(folk, cluster, receiver):
    """Registered where private addresses are allowed, served by a node that allows none."""
    with own_cluster() as lone:
        world = World(lone)
        assert world.api
        people = People(world)
        try:
            with serving(lone) as server:
                shop, visitor = Shop(people, server, receiver), Visitor(people, server)
                shop.log_in(visitor)
                log_out(visitor)
                harness.wait_until(lambda: waiting(lone, shop) == [(1,)] and make_due(lone, shop), 20, "the end of the attempt")
                assert shop.told() == []
        finally:
            people.close()


def test_application_that_wants_it_no_more(folk, server, cluster, receiver, visitor):
    disabled, silent = Shop(folk, server, receiver, "/disabled"), Shop(folk, server, receiver, "/silent")
    receiver.answers.update({"/disabled": 500, "/silent": 500})
    for shop in (disabled, silent):
        shop.log_in(visitor)
    log_out(visitor)
    for shop in (disabled, silent):
        shop.wait()
        harness.wait_until(lambda: cluster.query("SELECT 1 FROM hallmark.logout_token WHERE client_id = %s AND lease IS NULL", [shop.client.client_id]), 20, "the attempt")
    folk.world.json("application", "disable", disabled.client.application)
    silent.register("")
    for shop in (disabled, silent):
        make_due(cluster, shop)
        harness.wait_until(lambda: waiting(cluster, shop) == [], 20, "an empty outbox")
        assert len(shop.told()) == 1


def test_two_nodes_tell_it_once(folk, server, cluster, receiver):
    shop = Shop(folk, server, receiver)
    with serving(cluster, issuer=server.url, **ALLOWED):
        for _ in range(10):
            visitor = Visitor(folk, server)
            shop.log_in(visitor)
            log_out(visitor)
        receiver.wait_for(lambda _: len(shop.told()) >= 10)
        harness.wait_until(lambda: waiting(cluster, shop) == [], 20, "an empty outbox")
    assert len({check(server, one)["jti"] for one in shop.told()}) == len(shop.told()) == 10


@pytest.mark.chaos
def test_kill_of_the_node_that_sends_loses_none(folk, server, cluster, receiver):
    """Killed while the application has the request and has not answered: another node repeats it, as the same one."""
    shop, gate = Shop(folk, server, receiver), threading.Event()
    with own_cluster() as lone:
        world = World(lone)
        assert world.api
        people = People(world)
        try:
            first = harness.Server(lone, **ALLOWED)
            try:
                shop, visitor = Shop(people, first, receiver, "/lone"), Visitor(people, first)
                receiver.answers["/lone"] = lambda _: gate.wait(10) and 200
                shop.log_in(visitor)
                log_out(visitor)
                receiver.wait_for(lambda _: shop.told(), 20)
                first.kill()
            finally:
                first.close()
            gate.set()
            lone.query("UPDATE hallmark.logout_token SET due_at = now() RETURNING 1")  # the lease has ended
            with serving(lone, issuer=first.url, **ALLOWED):
                receiver.wait_for(lambda _: len(shop.told()) == 2, 30)
                harness.wait_until(lambda: waiting(lone, shop) == [], 20, "an empty outbox")
            one, two = (json.loads(jws_payload(delivery)) for delivery in shop.told())
            assert one["jti"] == two["jti"] and one["sid"] == two["sid"]
        finally:
            people.close()


def jws_payload(delivery):
    signed = jws.JWS()
    signed.deserialize(urllib.parse.parse_qs(delivery.body.decode())["logout_token"][0])
    return signed.objects["payload"]
