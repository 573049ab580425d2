# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the server and of PostgreSQL in the middle of a code's redemption, a refresh, a revocation, a login and a session's end: no code
or refresh token works twice, and what was acknowledged is there afterwards."""

import collections
import contextlib
import hashlib
import os
import queue
import random
import threading
import time

import pytest
import requests

import harness
from consents import DEAD, People, ask, get, redeem, refresh, refused
from demo import Caller, Lost, World, own_cluster
from people import Browser, Person, ticket_of

pytestmark = pytest.mark.chaos
KILLS = 100 if os.environ.get("HALLMARK_SOAK") else 6
LIVES_A_ROUND = 4  # of each kind, between two kills
PAUSE = 0.02       # before asking again
CODES = 60         # ready at the beginning of each round


class Node:
    """A server that is killed and started again at the same address."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.server = harness.Server(cluster)
        self.port, self.url = self.server.port, self.server.url

    def kill(self):
        self.server.kill()
        self.server.close()
        self.server = harness.Server(self.cluster, port=self.port)

    def kill_database(self):
        self.cluster.kill()
        self.cluster.start()


class Crew:
    """Threads that live one life after another and enter what they were told into a ledger."""

    def __init__(self, node):
        self.node, self.wrong, self.ledger = node, [], collections.defaultdict(list)
        self.lives, self.unheard = collections.Counter(), collections.Counter()
        self._stop, self._threads = threading.Event(), []

    def add(self, life, *arguments):
        self._threads.append(threading.Thread(target=self._run, args=(life, arguments), daemon=True))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "one never heard an answer"

    def _run(self, life, arguments):
        try:
            while not self._stop.is_set():
                life(self, *arguments)
                self.lives[life.__name__] += 1
        except Stopped:
            pass
        except Exception as error:  # a thread has nobody to raise to
            self.wrong.append(f"{life.__name__}: {error!r}")

    def next_of(self, codes):
        while not self._stop.is_set():
            with contextlib.suppress(queue.Empty):
                return codes.get(timeout=0.2)
        raise Stopped

    def insist(self, what, once):
        """Asks until somebody says yes or no. Gives the answer, and how many tries before it may have been done without one: no answer came,
        or 503, which a server also says when its database died while it worked."""
        unheard = 0
        while not self._stop.is_set():
            try:
                answer = once()
                if status_of(answer) != 503:
                    return answer, unheard
            except (Lost, requests.exceptions.RequestException):
                self.unheard[what] += 1
            unheard += 1
            time.sleep(PAUSE)
        raise Stopped


def status_of(answer):
    return answer.status_code if isinstance(answer, requests.Response) else answer.status


class Stopped(Exception):
    """The test is over; what was being asked stays unknown."""


def grant_life(crew, client, codes):
    """A code is redeemed, what it gave refreshed, and all of it revoked."""
    code = crew.next_of(codes)
    with Caller(crew.node.port, None) as caller:
        answer, unheard = crew.insist("redeem", lambda: redeem(caller, client, code))
        if answer.status != 200:
            assert unheard and answer.json()["error"] == "invalid_grant", f"a fresh code, {unheard} unheard answers: {answer!r}"
            crew.ledger["spent unheard"].append((client, code))
            return
        first = answer.json()
        crew.ledger["redeemed"].append((client, code))
        answer, unheard = crew.insist("refresh", lambda: refresh(caller, client, first["refresh_token"]))
        assert answer.status == 200, f"a retry inside the window, {unheard} unheard answers: {answer!r}"
        held = answer.json().get("refresh_token", first["refresh_token"])
        crew.ledger["refreshed"].append((client, code, held))
        answer, _ = crew.insist("revoke", lambda: ask(caller, "/oauth2/revoke", client, token=held))
        assert answer.status == 200, answer
        crew.ledger["revoked"].append((client, code, held, first["access_token"]))


def login_life(crew, person):
    """A person logs in and out again."""
    browser = Browser(crew.node.url)
    form, _ = crew.insist("form", lambda: browser.see("/login"))
    answer, _ = crew.insist("login", lambda: browser.submit("/login", form=ticket_of(form), email=person.email, password=person.password))
    assert answer.headers.get("location") == "/sessions", f"{answer.status_code} {answer.headers}"
    cookies = dict(browser.cookies)
    crew.ledger["begun"].append(cookies)
    listing, _ = crew.insist("sessions", lambda: browser.see("/sessions"))
    assert listing.status_code == 200, "a login that was acknowledged is not there"
    ticket = ticket_of(listing)
    answer, _ = crew.insist("logout", lambda: browser.submit("/logout", form=ticket))
    assert answer.status_code == 303, answer.status_code
    if answer.headers["location"] == "/login?left=yes":
        crew.ledger["ended"].append(cookies)


# --- the proof ------------------------------------------------------------------------------------------------------------------


def rows_of(cluster, table, columns):
    return {row[0]: row[1:] for row in cluster.query(f"SELECT {columns} FROM hallmark.{table}")}


def assert_grants(cluster, node, ledger):
    codes = rows_of(cluster, "authorization_code", "family_id, used_at IS NOT NULL")
    families = rows_of(cluster, "family", "id, state, rotates")
    tokens = rows_of(cluster, "refresh_token", "encode(digest, 'hex'), family_id, spent_at IS NULL")
    unspent = collections.Counter(family for family, is_unspent in tokens.values() if is_unspent)
    assert all(unspent[family] == 1 for family in families), "each family has one token that is not spent"
    assert set(families) == {family for family, (is_used,) in codes.items() if is_used}, "a family for each used code and for no other"
    for _, code in ledger["redeemed"] + ledger["spent unheard"]:
        assert codes[code.family] == (True,), "a redemption was told, and is not there"
    for _, code, held in ledger["refreshed"]:
        assert tokens[hashlib.sha256(held.encode()).hexdigest()] == (code.family, True), "a refresh was told, and is not there"
    for _, code, *_ in ledger["revoked"]:
        assert families[code.family][0] == "revoked", "a revocation was told, and is not there"
    with Caller(node.port, None) as caller:
        for client, code in ledger["redeemed"] + ledger["spent unheard"]:
            refused(redeem(caller, client, code), 400, "invalid_grant")
        for client, _, held, access in ledger["revoked"]:
            refused(refresh(caller, client, held), 400, "invalid_grant")
            assert get(caller, access) == DEAD


def assert_sessions(node, ledger):
    for cookies in ledger["begun"]:
        browser = Browser(node.url)
        browser.cookies.update(cookies)
        assert browser.see("/sessions").status_code == (303 if cookies in ledger["ended"] else 200)


def make_codes(world, clients, person, queues):
    people = People(world)  # a connection of now: the one before may be dead
    for client, codes in zip(clients, queues):
        for _ in range(CODES - codes.qsize()):
            codes.put(people.new_code(client, person))
    people.close()


def kill_in_turn(node, crew, refill, dice):
    for number in range(KILLS):
        refill()
        goal = {life: crew.lives[life] + LIVES_A_ROUND for life in ("grant_life", "login_life")}
        harness.wait_until(lambda goal=goal: crew.wrong or all(crew.lives[life] >= count for life, count in goal.items()), 60, f"lives of round {number}")
        assert not crew.wrong, crew.wrong[:3]
        time.sleep(dice.random() / 5)  # the moment is chosen by chance, since no moment may be a wrong one
        (node.kill, node.kill_database)[number % 2]()


def test_what_people_gave_is_kept_whoever_dies():
    dice = random.Random(20_261_128)
    with own_cluster() as cluster:
        world, node = World(cluster), Node(cluster)
        try:
            world.json("lifetime", "set", "code", "--seconds=600")  # they wait for their turn
            people = People(world)
            clients, person = [people.new_client(), people.new_client(public=True)], people.new_person()
            people.close()
            crew, queues = Crew(node), [queue.Queue(), queue.Queue()]
            for client, codes in zip(clients, queues):
                for _ in range(3):
                    crew.add(grant_life, client, codes)
            for _ in range(2):
                crew.add(login_life, Person(cluster, world.command_line))
            with crew:
                kill_in_turn(node, crew, lambda: make_codes(world, clients, person, queues), dice)
                goal = {life: crew.lives[life] + 1 for life in ("grant_life", "login_life")}
                harness.wait_until(lambda: crew.wrong or all(crew.lives[life] >= count for life, count in goal.items()), 60, "lives after the last kill")
            assert not crew.wrong, crew.wrong[:3]
            assert sum(crew.unheard.values()) > 0, "no kill met a request: the test shows nothing"
            print(f"{KILLS} kills, {dict(crew.lives)}, unheard {dict(crew.unheard)}")
            assert_grants(cluster, node, crew.ledger)
            assert_sessions(node, crew.ledger)
            assert node.server.stop() == 0, node.server.errors()
        finally:
            node.server.close()
