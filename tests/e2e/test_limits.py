# SPDX-License-Identifier: Apache-2.0
"""Limits of requests: one node is exact, nodes agree within a second, a restart forgets nothing that matters, and what answers say is true."""

import re
import threading
import time

import pytest

import harness
from demo import Caller, World, own_cluster, serving
from test_operations import LIBFAKETIME, with_clock

LONG = 3600  # seconds of a window in which a whole test happens
AGREE_SECONDS = 1
SLOW = 5  # a machine with other work and a sanitizer takes so many times as long
ISSUER = "https://id.example"  # of all nodes


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def world(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def node(cluster):
    with serving(cluster, threads=2, issuer=ISSUER) as server:
        yield server


@pytest.fixture
def key(world):
    return world.new_key()


@pytest.fixture(autouse=True)
def room_in_the_window():
    """A test that begins just before a window ends would see two of them."""
    left = LONG - time.time() % LONG
    if left < 60:
        time.sleep(left + 1)


def limit(world, key, requests, seconds=LONG):
    return world.json("key", "limit", key.client_id, f"--requests={requests}", f"--seconds={seconds}")


def burst(ports, key, count, token):
    """Statuses of `count` requests that are asked at the same time, spread over the ports."""
    answers, barrier = [], threading.Barrier(count)

    def ask(port):
        with Caller(port, key) as caller:
            caller.access_token = token
            caller.call("GET", "nothing-here")  # connects; 404 for a path is not counted
            barrier.wait()
            answers.append(caller.call("GET", "customers?$top=1"))

    threads = [threading.Thread(target=ask, args=(ports[i % len(ports)],)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


def passed(answers):
    assert {answer.status for answer in answers} <= {200, 429}, answers
    return sum(answer.status == 200 for answer in answers)


def token_of(node, key):
    with Caller(node.port, key) as caller:
        return caller.token()


def fields(answer, name):
    """A structured field with the policies' parameters: {"key": {"q": 50, "w": 60}}."""
    value = answer.header(name)
    assert re.fullmatch(r'"[a-z]+"(;[a-z]=\d+)+(, "[a-z]+"(;[a-z]=\d+)+)*', value), value
    return {policy: {n: int(v) for n, v in re.findall(r";([a-z])=(\d+)", parameters)}
            for policy, parameters in re.findall(r'"([a-z]+)"((?:;[a-z]=\d+)+)', value)}


def test_of_a_hundred_at_once_fifty_pass(node, world, key):
    token = token_of(node, key)
    limit(world, key, 50)
    answers = burst([node.port], key, 100, token)
    assert passed(answers) == 50
    left = sorted(fields(answer, "ratelimit")["key"]["r"] for answer in answers if answer.status == 200)
    assert left == list(range(50)), "each of them was told another number of requests that are left"
    for answer in answers:
        assert fields(answer, "ratelimit-policy") == {"key": {"q": 50, "w": LONG}}
        if answer.status == 429:
            problem = answer.json()
            assert (problem["code"], problem["layer"], problem["violated-policies"]) == ("rate_limited", "limit", ["key"])
            assert answer.header("content-type") == "application/problem+json"
            assert int(answer.header("retry-after")) >= fields(answer, "ratelimit")["key"]["t"] > 0


def test_below_the_limit_nobody_is_refused(node, world, key):
    token = token_of(node, key)
    limit(world, key, 120)
    assert passed(burst([node.port], key, 60, token)) == 60
    assert passed(burst([node.port], key, 60, token)) == 60
    assert passed(burst([node.port], key, 10, token)) == 0


def test_retry_after_is_true(node, world, key):
    limit(world, key, 2, seconds=3)
    with Caller(node.port, key) as caller:
        caller.token()
        for _ in range(2):
            answer = caller.call("GET", "customers?$top=1")
            while answer.status == 200:
                answer = caller.call("GET", "customers?$top=1")
            assert answer.status == 429
            wait = int(answer.header("retry-after"))
            assert 1 <= wait <= 3
            time.sleep(wait)
            assert caller.call("GET", "customers?$top=1").status == 200, f"after the {wait} s that were asked for"


def test_the_token_endpoint_counts_too_and_only_who_is_right(node, world, key):
    limit(world, key, 2)
    with Caller(node.port, key) as caller:
        for _ in range(2):
            assert caller.ask_for_token().status == 200
        refused = caller.ask_for_token()
        assert (refused.status, refused.json()["error"]) == (429, "rate_limited")
        assert int(refused.header("retry-after")) > 0 and refused.header("content-type") == "application/json"


def test_keys_of_an_application_share_its_limit(node, world, key):
    other = world.new_key(application=(key.application, key.application_name))
    tokens = {one: token_of(node, one) for one in (key, other)}
    world.json("application", "limit", key.application, "--requests=10", f"--seconds={LONG}")
    answers = [*burst([node.port], key, 8, tokens[key]), *burst([node.port], other, 8, tokens[other])]
    assert passed(answers) == 10
    assert "all keys of this application" in next(answer for answer in answers if answer.status == 429).json()["detail"]
    world.json("application", "limit", key.application, "--requests=0")
    assert passed(burst([node.port], other, 8, tokens[other])) == 8, "the change has acted before the command ended"


def test_a_limit_of_its_own_goes_before_the_server_s(world, cluster):
    key, free = world.new_key(), world.new_key()
    world.json("key", "limit", free.client_id, "--requests=0")
    with serving(cluster, key_limit=f"5/{LONG}", application_limit=f"1000/{LONG}") as node:
        assert passed(burst([node.port], key, 9, token_of(node, key))) == 4, "its token was the fifth"
        assert passed(burst([node.port], free, 9, token_of(node, free))) == 9
        limit(world, key, 8)
        assert passed(burst([node.port], key, 9, token_of(node, key))) == 2, "what was counted stays counted"
        world.json("key", "limit", key.client_id)
        with Caller(node.port, key) as caller:
            assert caller.ask_for_token().status == 429, "the server's own limit again"


@pytest.mark.parametrize("words", [["--requests=-1"], ["--requests=1", "--seconds=0"], ["--requests=1", "--seconds=86401"], ["--requests=1000000001"],
                                   ["--requests=many"], ["--requests=99999999999999999999"]])
def test_a_limit_that_makes_no_sense_is_refused(world, key, words):
    assert world.command_line.run("key", "limit", key.client_id, *words, check=False).returncode != 0


def test_nodes_agree_within_a_second(node, world, cluster, key):
    token = token_of(node, key)
    limit(world, key, 40)
    with serving(cluster, threads=2, issuer=ISSUER) as second, Caller(second.port, key) as caller:
        caller.access_token = token
        at_once = passed(burst([node.port, second.port], key, 160, token))
        assert 40 <= at_once <= 80, "one limit a node at most"
        assert passed(burst([node.port, second.port], key, 20, token)) + at_once <= 80
        time.sleep(AGREE_SECONDS * SLOW)
        assert passed(burst([node.port, second.port], key, 20, token)) == 0


def test_what_one_node_counted_another_one_knows(node, world, cluster, key):
    token = token_of(node, key)
    limit(world, key, 30)
    with serving(cluster, issuer=ISSUER) as second, Caller(second.port, key) as caller:
        caller.access_token = token
        assert caller.call("GET", "customers?$top=1").status == 200  # it knows the key now
        assert passed(burst([node.port], key, 29, token)) == 29
        begun = time.monotonic()
        passes = 0
        while caller.call("GET", "customers?$top=1").status == 200:
            passes += 1
            time.sleep(0.05)
            assert time.monotonic() - begun < AGREE_SECONDS * SLOW
        assert passes <= 29


def test_a_restart_forgets_nothing(world, cluster, key):
    with serving(cluster, issuer=ISSUER) as node:
        token = token_of(node, key)
        limit(world, key, 20)
        assert passed(burst([node.port], key, 19, token)) == 19
        assert "r=0" in burst([node.port], key, 1, token)[0].header("ratelimit")
    with serving(cluster, issuer=ISSUER) as again, Caller(again.port, key) as caller:
        caller.access_token = token
        harness.wait_until(lambda: caller.call("GET", "customers?$top=1").status == 429, 10, "what the node before had counted")


def test_refusals_are_counted(node, world, key):
    def refused():
        with harness.Wire(node.operations_port) as wire:
            text = wire.ask("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body.decode()
        return {name: int(re.search(rf"^{name} (\d+)$", text, re.M)[1])
                for name in ("hallmark_rate_limited_key_total", "hallmark_rate_table_full_total")}
    token = token_of(node, key)
    limit(world, key, 1)
    before = refused()
    burst([node.port], key, 5, token)
    after = refused()
    assert after["hallmark_rate_limited_key_total"] - before["hallmark_rate_limited_key_total"] == 4
    assert after["hallmark_rate_table_full_total"] == 0


@pytest.mark.skipif(LIBFAKETIME is None, reason="the package faketime is not installed")
def test_a_clock_that_jumps_refuses_nobody_for_long(world, cluster, key):
    """An hour forwards, back, and back once more: each time there is a whole window's room, and not more."""
    limit(world, key, 3)
    with with_clock(cluster, threads=1) as (node, set_clock), Caller(node.port, key) as caller:
        for ahead in (0, 2 * LONG, 0, -2 * LONG):
            set_clock(ahead)
            statuses = [caller.ask_for_token().status for _ in range(5)]
            assert statuses == [200] * 3 + [429] * 2, (ahead, statuses)
