# SPDX-License-Identifier: Apache-2.0
"""The HTTP edge against hostile clients: every line sends raw bytes to a real server and sees the refusal and the end of the connection."""

import os
import re
import resource
import time

import pytest

from harness import Edge, Wire, ask, wait_until

SMUGGLED = b"GET /hello HTTP/1.1\r\nHost: smuggled\r\nX-Smuggled: yes\r\n\r\n"
GET = "GET {path} HTTP/1.1\r\n"
POST = "POST {path} HTTP/1.1\r\nHost: x\r\n"
MANY = "".join(f"x-{i}: y\r\n" for i in range(64))

# name: (bytes, status, code). Code None: the library's own, hard-wired answer to what it cannot parse.
HOSTILE = {
    "no Host": (GET + "\r\n", 400, "malformed_http"),
    "two Hosts": (GET + "Host: x\r\nHost: y\r\n\r\n", 400, "malformed_http"),
    "the same Host twice": (GET + "Host: x\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "empty Host": (GET + "Host: \r\n\r\n", 400, "malformed_http"),
    "Host with a path": (GET + "Host: x/y\r\n\r\n", 400, "malformed_http"),
    "Host with a user": (GET + "Host: me@x\r\n\r\n", 400, "malformed_http"),
    "two Hosts in HTTP/1.0": ("GET {path} HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400, "malformed_http"),
    "two Content-Lengths": (POST + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", 400, "malformed_http"),
    "the same Content-Length twice": (POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, "malformed_http"),
    "Content-Length and chunked": (POST + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400, "malformed_http"),
    "chunked and Content-Length": (POST + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400, "malformed_http"),
    "chunked twice": (POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_http"),
    "chunked in HTTP/1.0": ("POST {path} HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_http"),
    "gzip, chunked": (POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, "malformed_http"),
    "chunked, chunked": (POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "malformed_http"),
    "identity": (POST + "Transfer-Encoding: identity\r\n\r\n", 400, "malformed_http"),
    "Content-Length +5": (POST + "Content-Length: +5\r\n\r\nabcde", 400, "malformed_http"),
    "Content-Length -1": (POST + "Content-Length: -1\r\n\r\n", 400, "malformed_http"),
    "Content-Length 5, 5": (POST + "Content-Length: 5, 5\r\n\r\nabcde", 400, "malformed_http"),
    "Content-Length 0x5": (POST + "Content-Length: 0x5\r\n\r\nabcde", 400, "malformed_http"),
    "Content-Length empty": (POST + "Content-Length: \r\n\r\n", 400, "malformed_http"),
    "Content-Length beyond 64 bits": (POST + "Content-Length: 99999999999999999999\r\n\r\n", 400, "malformed_http"),
    "folded field": (GET + "Host: x\r\nA: b\r\n c\r\n\r\n", 400, "malformed_http"),
    "folded with a tab": (GET + "Host: x\r\nA: b\r\n\tc\r\n\r\n", 400, "malformed_http"),
    "fold right behind the request line": (GET + " Host: x\r\n\r\n", 400, None),
    "bare line feeds": ("GET {path} HTTP/1.1\nHost: x\n\n", 400, "malformed_http"),
    "one bare line feed": (GET + "Host: x\nA: b\r\n\r\n", 400, "malformed_http"),
    "bare line feed at the end": (GET + "Host: x\r\n\n", 400, "malformed_http"),
    "bare line feed in front": ("\n" + GET + "Host: x\r\n\r\n", 400, "malformed_http"),
    "bare carriage return in a value": (GET + "Host: x\r\nA: b\rc\r\n\r\n", 400, None),
    "HTTP/1.9": ("GET {path} HTTP/1.9\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "HTTP/1.2": ("GET {path} HTTP/1.2\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "HTTP/2.0": ("GET {path} HTTP/2.0\r\nHost: x\r\n\r\n", 400, None),
    "HTTP/1.10": ("GET {path} HTTP/1.10\r\nHost: x\r\n\r\n", 400, None),
    "http/1.1": ("GET {path} http/1.1\r\nHost: x\r\n\r\n", 400, None),
    "HTTP/2's preface": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, None),
    "lower-case method": ("get {path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "method that is no token": ("G(T {path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "endless method": ("A" * 33 + " {path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "two blanks in the request line": ("GET  {path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, None),
    "absolute form": ("GET http://evil.example{path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "asterisk": ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "authority form": ("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "no slash in front": ("GET x/..{path} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "fragment": ("GET {path}#top HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "control byte in the path": ("GET {path}\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400, None),
    "DEL in the path": ("GET {path}\x7f HTTP/1.1\r\nHost: x\r\n\r\n", 400, None),
    "non-ASCII in the path": ("GET {path}\xe9 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "non-ASCII in the query": ("GET {path}?a=\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
    "blank before the colon": (GET + "Host : x\r\n\r\n", 400, None),
    "empty name": (GET + "Host: x\r\n: y\r\n\r\n", 400, None),
    "field without colon": (GET + "Host: x\r\nabc\r\n\r\n", 400, None),
    "NUL in a value": (GET + "Host: x\r\nA: b\0c\r\n\r\n", 400, None),
    "non-ASCII in a name": (GET + "Host: x\r\n\xe9: y\r\n\r\n", 400, None),
    "two Authorizations": (GET + "Host: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400, "malformed_http"),
    "two Content-Types": (POST + "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n", 400, "malformed_http"),
    "unknown expectation": (POST + "Expect: a-miracle\r\nContent-Length: 3\r\n\r\nabc", 400, "malformed_http"),
    "chunk size that is no number": (POST + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "malformed_http"),
    "chunk longer than its size": (POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400, "malformed_http"),
    "chunk size beyond 64 bits": (POST + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400, "malformed_http"),
    "65 fields": (GET + "Host: x\r\n" + MANY + "\r\n", 431, "head_too_large"),
    "101 fields": (GET + "Host: x\r\n" + "".join(f"x-{i}: y\r\n" for i in range(100)) + "\r\n", 400, None),
    "head of 17 KB": (GET + "Host: x\r\nA: " + "b" * 17 * 1024 + "\r\n\r\n", 431, "head_too_large"),
    "head of 100 KB": (GET + "Host: x\r\nA: " + "b" * 100 * 1024 + "\r\n\r\n", 431, "head_too_large"),
    "path of 8193 bytes": ("GET /" + "a" * 8192 + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri_too_long"),
    "query of 20 KB": ("GET {path}?" + "a" * 20 * 1024 + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri_too_long"),
}


@pytest.fixture(params=["edge", "server"])
def target(request):
    """The edge alone, and the whole program."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_request_is_refused_and_its_connection_closed(target, name):
    text, status, code = HOSTILE[name]
    data = text.replace("{path}", target.path).encode("latin-1")
    with Wire(target.port) as wire:
        answer = wire.ask(data + SMUGGLED)
        assert answer.status == status, answer
        assert answer.header("connection") == "close"
        if code is not None:
            assert answer.json()["code"] == code
            assert answer.header("content-type") == "application/problem+json"
            assert answer.header("x-request-id") == answer.json()["request_id"]
        assert wire.is_closed(), "what stood behind the refused request was taken for another one"


def test_head_of_420_kilobytes_is_refused(edge):
    with Wire(edge.port) as wire:
        answer = wire.ask(b"GET /hello HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 420 * 1024 + b"\r\n\r\n")
        assert answer is None or answer.status == 400 # the connection may be reset while the rest is still being sent
        assert wire.is_closed()


# --- what is not hostile ------------------------------------------------------------------------------------------------------

HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
FRIENDLY = {
    "plain": HELLO,
    "an empty line in front": b"\r\n" + HELLO,
    "64 fields": ("GET /hello HTTP/1.1\r\nHost: x\r\n" + "".join(f"x-{i}: y\r\n" for i in range(63)) + "\r\n").encode(),
    "a head of almost 16 KB": b"GET /hello HTTP/1.1\r\nHost: x\r\nA: " + b"b" * (16 * 1024 - 40) + b"\r\n\r\n",
    "a target of 8 KB": b"GET /hello?" + b"a" * (8 * 1024 - 7) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "escapes in the query": b"GET /hello?a=%2f%00%ff&b=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "IPv6 host with port": b"GET /hello HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
    "names in any case": b"GET /hello HTTP/1.1\r\nhOsT: x\r\nACCEPT: */*\r\n\r\n",
    "Latin-1 in a value": b"GET /hello HTTP/1.1\r\nHost: x\r\nUser-Agent: caf\xe9\r\n\r\n",
    "an upgrade to HTTP/2 that is not taken":
        b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
}


@pytest.mark.parametrize("name", FRIENDLY)
def test_well_formed_request_is_answered(edge, name):
    answer = ask(edge.port, FRIENDLY[name])
    assert answer.status == 200 and answer.json() == {"hello": True}, answer


def test_http_1_0_without_host_is_answered_and_closed(edge):
    with Wire(edge.port) as wire:
        assert wire.ask("GET /hello HTTP/1.0\r\n\r\n").status == 200
        assert wire.is_closed()


@pytest.mark.parametrize("path", ["/hello/", "//hello", "/./hello", "/a/../hello", "/%68ello", "/hello%2f", "/hello%00", "/hello;x", "/hello\\", "/HELLO",
                                  "/hello/x", "/hell", "/"])
def test_path_in_another_spelling_is_not_found(edge, path):
    with Wire(edge.port) as wire:
        answer = wire.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        # This edge has no policy: a plain path might be an api's, so it says 503 for these.
        assert (answer.status, answer.json()["code"]) in ((404, "not_found"), (503, "policy_stale")), answer
        assert ("%" in path or ";" in path or "." in path or "\\" in path or "//" in path) == (answer.status == 404)
        assert wire.ask(HELLO).status == 200, "the connection goes on"


def test_requests_follow_each_other_on_one_connection(edge):
    with Wire(edge.port) as wire:
        for _ in range(3):
            assert wire.ask(HELLO).header("connection") == "keep-alive"
        wire.send(HELLO + HELLO)
        assert wire.answer().status == wire.answer().status == 200


# --- bodies ---------------------------------------------------------------------------------------------------------------------


def test_bytes_behind_a_body_are_never_a_request(edge):
    with Wire(edge.port) as wire:
        answer = wire.ask(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + SMUGGLED)
        assert answer.status == 200 and answer.json() == {"bytes": 3}
        assert answer.header("connection") == "close"
        assert wire.is_closed()


def test_chunked_request_is_the_last_of_its_connection(edge):
    """Also when nothing stands behind it yet: what comes later could be what another reader took for the end of its body."""
    with Wire(edge.port) as wire:
        answer = wire.ask(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        assert answer.json() == {"bytes": 3} and answer.header("connection") == "close"
        assert wire.is_closed()


@pytest.mark.parametrize("body", [b"3\r\nabc\r\n0\r\n\r\n", b"3\nabc\n0\n\n", b"3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"])
def test_chunked_body_ends_its_connection(edge, body):
    """How it was framed cannot be looked at again, so nothing behind it may be taken for a request."""
    with Wire(edge.port) as wire:
        answer = wire.ask(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED)
        assert answer.status in (200, 400), answer
        assert answer.header("connection") == "close"
        assert wire.is_closed()


def test_body_over_the_limit_is_refused_before_it_is_read(edge):
    with Wire(edge.port) as wire:
        answer = wire.ask(f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {1024 * 1024 + 2}\r\n\r\n")
        assert (answer.status, answer.json()["code"]) == (413, "content_too_large")
        assert answer.header("content-type") == "application/problem+json" and answer.header("x-request-id")
        assert wire.is_closed()


def test_body_of_a_record_is_accepted_up_to_its_limit(edge):
    limit = 1024 * 1024
    head = "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n"
    assert ask(edge.port, head.format(limit).encode() + b"x" * limit).json() == {"bytes": limit}
    assert ask(edge.port, head.format(limit + 1).encode() + b"x" * (limit + 1)).status == 413


def test_chunked_body_over_the_limit_is_refused(edge):
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with Wire(edge.port) as wire:
        wire.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(17):
                wire.send(chunk)
        except (BrokenPipeError, ConnectionResetError):
            return # refused while it was being sent
        answer = wire.answer()
        assert answer is None or (answer.status, answer.json()["code"]) == (413, "content_too_large")


def test_route_limits_its_body(edge):
    head = "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n"
    assert ask(edge.port, head.format(65536).encode() + b"x" * 65536).json() == {"bytes": 65536}
    with Wire(edge.port) as wire:
        answer = wire.ask(head.format(65537).encode() + b"x" * 65537)
        assert (answer.status, answer.json()["error"]) == (413, "content_too_large")
        assert wire.is_closed()


def test_expect_continue(edge):
    with Wire(edge.port) as wire:
        assert wire.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").status == 100
        assert wire.ask("abc").json() == {"bytes": 3}
    answer = ask(edge.port, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    assert answer.status == 413


def test_form_needs_its_media_type(edge):
    for media_type in ("application/json", "application/x-www-form-urlencoded2", "text/plain; application/x-www-form-urlencoded"):
        answer = ask(edge.port, f"POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 3\r\n\r\na=b")
        assert (answer.status, answer.json()["error"]) == (400, "invalid_request"), media_type
    answer = ask(edge.port, "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: Application/X-WWW-Form-URLencoded ; charset=UTF-8\r\n"
                 "Content-Length: 3\r\n\r\na=b")
    assert answer.json() == {"bytes": 3}


# --- answers --------------------------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_security_headers(edge):
    requests = [HELLO, b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n", b"DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /hello HTTP/1.1\r\n\r\n", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n",
                b"GET /document HTTP/1.1\r\nHost: x\r\n\r\n"]
    ids = set()
    for request in requests:
        answer = ask(edge.port, request)
        assert answer.header("x-content-type-options") == "nosniff", answer
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cache-control") in ("no-store", "public, max-age=300")
        assert answer.header("strict-transport-security") is None, "this one is plain HTTP"
        assert answer.header("server") is None
        ids.add(answer.header("x-request-id"))
    assert len(ids) == len(requests)
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i) for i in ids)


def test_head_is_get_without_body(edge):
    with Wire(edge.port) as wire:
        answer = wire.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", to_head=True)
        assert (answer.status, answer.header("content-length")) == (200, "14")
        answer = wire.ask("HEAD /hello%2f HTTP/1.1\r\nHost: x\r\n\r\n", to_head=True)
        assert answer.status == 404
        assert wire.ask(HELLO).body == b'{"hello":true}', "no byte of a body was left in between"


def test_method_that_is_not_there(edge):
    answer = ask(edge.port, "PATCH /echo HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, answer.header("allow")) == (405, "POST, PUT, OPTIONS")
    assert answer.json()["code"] == "method_not_allowed"
    answer = ask(edge.port, "GET /form HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, answer.json()["error"], answer.header("pragma")) == (405, "method_not_allowed", "no-cache")


def test_options_and_cors(edge):
    plain = ask(edge.port, "OPTIONS /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n")
    assert (plain.status, plain.header("allow")) == (204, "GET, HEAD, OPTIONS")
    assert plain.header("access-control-allow-origin") is None, "this route is not for browsers of other origins"
    preflight = ask(edge.port, "OPTIONS /form HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\r\n")
    assert (preflight.status, preflight.header("access-control-allow-origin")) == (204, "*")
    assert preflight.header("access-control-allow-methods") == "POST, OPTIONS"
    allowed = preflight.header("access-control-allow-headers").split(", ")
    assert set(allowed) == {"Authorization", "Content-Type", "MCP-Protocol-Version", "DPoP", "Idempotency-Key", "If-Match", "If-None-Match"}
    refused = ask(edge.port, "GET /form HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n")
    assert (refused.status, refused.header("access-control-allow-origin")) == (405, "*"), "refusals can be read by the page too"
    exposed = refused.header("access-control-expose-headers").split(", ")
    assert set(exposed) == {"WWW-Authenticate", "DPoP-Nonce", "Retry-After", "RateLimit", "RateLimit-Policy", "ETag", "Link", "Location",
                            "Hallmark-Receipt", "Idempotency-Replayed"}
    assert ask(edge.port, "OPTIONS /form HTTP/1.1\r\nHost: x\r\n\r\n").header("access-control-allow-origin") is None


def test_document_is_not_sent_again(edge):
    with Wire(edge.port) as wire:
        answer = wire.ask("GET /document HTTP/1.1\r\nHost: x\r\n\r\n")
        etag = answer.header("etag")
        assert re.fullmatch(r'"[A-Za-z0-9_-]{22}"', etag) and answer.header("cache-control") == "public, max-age=300"
        for tags in (etag, "W/" + etag, '"other", ' + etag, "*"):
            again = wire.ask(f"GET /document HTTP/1.1\r\nHost: x\r\nIf-None-Match: {tags}\r\n\r\n")
            assert (again.status, again.body, again.header("etag")) == (304, b"", etag), tags
        assert wire.ask('GET /document HTTP/1.1\r\nHost: x\r\nIf-None-Match: "other"\r\n\r\n').status == 200


def test_route_that_needs_policy_is_refused_without_one(edge):
    answer = ask(edge.port, "GET /needs-policy HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, answer.json()["code"], answer.header("retry-after")) == (503, "policy_stale", "1")


def test_listener_decides_which_host_serves_not_the_host_field(edge):
    for host in ("operations", "operations:80", "public", "127.0.0.1"):
        assert ask(edge.port, f"GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n").status == 503, host
        assert ask(edge.operations_port, f"GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n").status == 200, host
        assert ask(edge.operations_port, f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n").status == 404, host


# --- the log --------------------------------------------------------------------------------------------------------------------


def test_request_has_one_line_in_the_log(edge):
    answer = ask(edge.port, "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n")
    line = edge.wait_for_log(lambda line: line.get("request_id") == answer.header("x-request-id"))
    assert line["event"] == "request" and line["level"] == "info"
    assert (line["method"], line["route"], line["status"], line["code"]) == ("DELETE", "/hello", 405, "method_not_allowed")
    assert line["address"] == "127.0.0.1" and 0 <= line["dur_ms"] < 1000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["ts"])
    assert sum(known.get("request_id") == line["request_id"] for known in edge.log()) == 1


def test_refusal_by_the_library_has_its_line_too(edge):
    answer = ask(edge.port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n")
    line = edge.wait_for_log(lambda line: line.get("request_id") == answer.header("x-request-id"))
    assert (line["status"], line["code"]) == (413, "content_too_large")


def test_nothing_that_was_sent_is_in_the_log(edge):
    marks = [f"mark{i}" for i in range(6)]
    ask(edge.port, f"GET /hello?{marks[0]}=x HTTP/1.1\r\nHost: {marks[1]}\r\nAuthorization: Bearer {marks[2]}\r\nCookie: {marks[3]}\r\n\r\n")
    ask(edge.port, f"GET /{marks[4]} HTTP/1.1\r\nHost: x\r\n\r\n")
    ask(edge.port, f"POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\n{marks[5]}")
    last = ask(edge.port, HELLO)
    edge.wait_for_log(lambda line: line.get("request_id") == last.header("x-request-id"))
    text = edge.log_path.read_text() + edge.errors()
    assert not [mark for mark in marks if mark in text]


# --- addresses --------------------------------------------------------------------------------------------------------------------

ADDRESS = "GET /address HTTP/1.1\r\nHost: x\r\n{}\r\n"


def test_forwarded_address_does_not_count_without_a_trusted_proxy(edge):
    answer = ask(edge.port, ADDRESS.format("X-Forwarded-For: 192.0.2.1\r\n"))
    assert answer.json() == {"address": "127.0.0.1"}


def test_forwarded_address_counts_behind_a_trusted_proxy(start_edge):
    edge = start_edge("--trusted-proxy", "127.0.0.0/8,10.0.0.0/8", "--behind-proxy")
    for fields, address in {
        "": "127.0.0.1",
        "X-Forwarded-For: 192.0.2.1\r\n": "192.0.2.1",
        "X-Forwarded-For: 198.51.100.7, 192.0.2.1, 10.1.2.3\r\n": "192.0.2.1",
        "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.1.2.3\r\n": "192.0.2.1",
        "X-Forwarded-For: 2001:db8::1\r\n": "2001:db8::1",
    }.items():
        answer = ask(edge.port, ADDRESS.format(fields))
        assert answer.json() == {"address": address}, fields
        assert answer.header("strict-transport-security") == "max-age=31536000; includeSubDomains", "TLS ends in front"
    assert ask(edge.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").header("strict-transport-security") is None


# --- starting ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, complaint", [
    (["--listen", "0.0.0.0:0"], "plain HTTP on 0.0.0.0:0"),
    (["--listen", "[::]:0"], "plain HTTP on [::]:0"),
    (["--operations-listen", "0.0.0.0:0"], "must be on a loopback address"),
    (["--operations-listen", "0.0.0.0:0", "--behind-proxy"], "must be on a loopback address"),
    (["--listen", "localhost:0"], "no address and port"),
    (["--listen", "127.0.0.1"], "no address and port"),
    (["--listen", "127.0.0.1:65536"], "no address and port"),
    (["--listen", "::1:80"], "no address and port"),
    (["--listen", "192.0.2.1:0", "--behind-proxy"], "cannot listen on port"),
    (["--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"], "cannot read the certificate /nonexistent"),
    (["--threads", "7"], "at least 27 are needed"),
])
def test_start_is_refused(arguments, complaint):
    with pytest.raises(RuntimeError, match=re.escape(complaint)):
        Edge(*arguments)


def test_port_in_use_is_refused(edge):
    with pytest.raises(RuntimeError, match="cannot listen on port"):
        Edge("--listen", f"127.0.0.1:{edge.port}")


def test_listens_beyond_loopback_behind_a_proxy(start_edge):
    edge = start_edge("--listen", "[::]:0", "--behind-proxy")
    for host in ("127.0.0.1", "::1"):
        with Wire(edge.port, host) as wire:
            assert wire.ask(HELLO).status == 200


# --- many connections ---------------------------------------------------------------------------------------------------------------


def metric(edge, name):
    text = ask(edge.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body.decode()
    return int(dict(line.split() for line in text.splitlines())[name])


def open_connections(edge):
    return metric(edge, "connections") - 1  # without the one that asks


def test_accepting_pauses_at_the_limit_of_connections(start_edge):
    edge = start_edge("--connections-max", 8, "--threads", 1)
    wires = [Wire(edge.port) for _ in range(8)]
    assert all(wire.ask(HELLO).status == 200 for wire in wires)
    waiting = Wire(edge.port, timeout=0.5)
    waiting.send(HELLO)
    with pytest.raises(TimeoutError):
        waiting.answer()
    assert open_connections(edge) == 8, "the operations listener has room of its own"
    assert metric(edge, "pauses") == 1, "nobody looks at the listening socket while there is no room"
    wires.pop().socket.close()
    waiting.socket.settimeout(10)
    assert waiting.answer().status == 200, "the one that waited is let in"
    for wire in [waiting, *wires]:
        wire.socket.close()
    wait_until(lambda: open_connections(edge) == 0, 10, "the end of all connections")
    assert ask(edge.port, HELLO).status == 200


def test_descriptors_run_out(start_edge):
    """accept fails again and again then, and the listening socket stays readable: the loop must not spin."""
    edge = start_edge("--threads", 1)
    used = len(os.listdir(f"/proc/{edge.pid}/fd"))
    before = resource.prlimit(edge.pid, resource.RLIMIT_NOFILE, (used + 4, resource.prlimit(edge.pid, resource.RLIMIT_NOFILE)[1]))
    wires = [Wire(edge.port, timeout=1) for _ in range(8)]
    edge.wait_for_log(lambda line: line.get("event") == "accept_failed")
    time.sleep(1)  # the time over which attempts are counted
    attempts = len(edge.log("accept_failed"))
    assert 2 <= attempts <= 40, "about ten a second"
    resource.prlimit(edge.pid, resource.RLIMIT_NOFILE, before)
    for wire in wires:
        wire.socket.settimeout(10)
        assert wire.ask(HELLO).status == 200, "those that waited are let in when there are descriptors again"
        wire.socket.close()
