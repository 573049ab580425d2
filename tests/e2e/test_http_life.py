# SPDX-License-Identifier: Apache-2.0
"""The HTTP edge in time: slow peers, deadlines, the graceful stop; and TLS with its reload."""

import concurrent.futures
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest

from harness import Wire, accepts, ask, private_folder, wait_until

HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
LATE = 3  # seconds that a busy machine may add


def open_connections(edge):
    """Without the one that asks."""
    text = ask(edge.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body.decode()
    return int(re.search(r"^connections (\d+)$", text, re.MULTILINE).group(1)) - 1


# --- slow peers: all of them at once, since each takes its ten seconds ----------------------------------------------------------


def drip(edge, start, drops, pause=0.5):
    """Sends a byte now and then until the connection ends; returns (seconds, what was answered)."""
    with Wire(edge.port, timeout=pause) as wire:
        began = time.monotonic()
        wire.send(start)
        for drop in drops:
            try:
                if not wire._more():
                    break
            except TimeoutError:
                pass
            try:
                wire.send(drop)
            except (BrokenPipeError, ConnectionResetError):
                break
        return time.monotonic() - began, wire.read


def be_slow_in_the_head(edge):
    return drip(edge, b"GET /hello HTTP/1.1\r\nHost: x\r\nA: ", [b"a"] * 60)


def be_slow_in_the_body(edge):
    return drip(edge, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", [b"a"] * 60)


def be_slow_in_chunks(edge):
    return drip(edge, b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", [b"1\r\na\r\n"] * 60)


def stay_silent(edge):
    return drip(edge, b"", [b""] * 60)


def stay_idle(edge):
    with Wire(edge.port) as wire:
        assert wire.ask(HELLO).status == 200
        began = time.monotonic()
        assert wire.is_closed()
        return time.monotonic() - began, b""


def never_read(edge):
    """8 MB come, nobody takes them. The connection is gone when it is no longer counted."""
    with Wire(edge.port, receive_buffer=4096) as wire:
        began = time.monotonic()
        wire.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: open_connections(edge) >= 1, 5)
        wait_until(lambda: open_connections(edge) == 0, 30, "the end of a reader that takes nothing")
        return time.monotonic() - began, b""


def wait_for_never(edge):
    with Wire(edge.port) as wire:
        began = time.monotonic()
        answer = wire.ask("GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        seconds = time.monotonic() - began
        assert wire.ask(HELLO).status == 200, "the connection goes on"
        return seconds, answer


@pytest.fixture(scope="module")
def slow_peers(edge):
    from harness import Edge

    unread = Edge()  # of its own: its connections are counted
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        peers = {peer.__name__: pool.submit(peer, edge) for peer in (
            be_slow_in_the_head, be_slow_in_the_body, be_slow_in_chunks, stay_silent, stay_idle, wait_for_never)}
        peers["never_read"] = pool.submit(never_read, unread)
        yield peers
    unread.close()


@pytest.mark.parametrize("peer", ["be_slow_in_the_head", "be_slow_in_the_body", "be_slow_in_chunks", "stay_silent", "stay_idle"])
def test_slow_peer_is_cut_off_after_ten_seconds(slow_peers, peer):
    seconds, answered = slow_peers[peer].result(60)
    assert 9 < seconds < 10 + LATE
    assert answered == b""


def test_reader_that_takes_nothing_is_cut_off(slow_peers):
    seconds, _ = slow_peers["never_read"].result(60)
    assert 5 < seconds < 20 + LATE  # TCP_USER_TIMEOUT counts from the last byte that was taken, and is looked at when a probe is due


def test_answer_that_does_not_come_is_503_after_five_seconds(slow_peers):
    seconds, answer = slow_peers["wait_for_never"].result(60)
    assert 4.5 < seconds < 5 + LATE
    assert (answer.status, answer.json()["code"], answer.header("retry-after")) == (503, "overloaded", "1")


# --- the graceful stop ------------------------------------------------------------------------------------------------------------


def test_stop_answers_what_is_in_flight_and_closes_the_rest(start_edge):
    edge = start_edge()
    idle = [Wire(edge.port) for _ in range(10)]
    assert all(wire.ask(HELLO).status == 200 for wire in idle)
    busy = [Wire(edge.port) for _ in range(10)]
    for wire in busy:
        wire.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: open_connections(edge) >= 20, 10)
    began = time.monotonic()
    edge.signal(signal.SIGTERM)
    for wire in idle:
        assert wire.is_closed()
    assert time.monotonic() - began < 0.9, "idle connections do not wait for the others"
    for wire in busy:
        answer = wire.answer()
        assert answer.json() == {"slow": True} and answer.header("connection") == "close"
        assert wire.is_closed()
    assert edge.process.wait(10) == 0, edge.errors()
    assert time.monotonic() - began < 2 + LATE
    with pytest.raises(ConnectionRefusedError):
        Wire(edge.port)


def test_stop_takes_half_a_request_to_its_end(start_edge):
    edge = start_edge()
    with Wire(edge.port) as wire:
        wire.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        wait_until(lambda: open_connections(edge) == 1, 10)
        edge.signal(signal.SIGTERM)
        wait_until(lambda: not accepts(edge.port), 10, "the end of listening")
        wire.send(b"def")
        answer = wire.answer()
        assert answer.json() == {"bytes": 6} and answer.header("connection") == "close"
    assert edge.process.wait(10) == 0, edge.errors()


def ask_until_refused(port, path):
    """One request after the other, on new and on kept connections, until nobody listens; returns how many were answered."""
    answered = 0
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"
    while True:
        try:
            with Wire(port) as wire:
                for _ in range(5):
                    answer = wire.ask(request)
                    if answer is None:
                        break  # closed before a byte of an answer came: such a request may be sent again
                    assert answer.status == 200, answer
                    answered += 1
                    if answer.header("connection") == "close":
                        break
        except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            if not accepts(port):
                return answered


@pytest.mark.parametrize("program", ["edge", "hallmark"])
def test_stop_under_load_breaks_no_answer(program, request):
    running = request.getfixturevalue("start_edge")() if program == "edge" else request.getfixturevalue("start_server")(request.getfixturevalue("cluster"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        peers = [pool.submit(ask_until_refused, running.port, running.path) for _ in range(8)]
        wait_until(lambda: len(running.log("request")) > 100, 20, "some load")
        began = time.monotonic()
        running.signal(signal.SIGTERM)
        assert all(peer.result(30) > 0 for peer in peers)
    assert running.process.wait(15) == 0, running.errors()
    assert time.monotonic() - began < 5 + LATE


@pytest.fixture
def open_folder():
    """A folder whose files the server can read, which runs as another user."""
    folder = private_folder("hallmark-tls-")
    yield folder
    shutil.rmtree(folder)


def test_whole_program_speaks_tls_and_reloads(cluster, start_server, open_folder):
    certificate, key = make_certificate(open_folder, "first")
    key.chmod(0o644)
    server = start_server(cluster, tls_cert=certificate, tls_key=key)
    request = f"GET {server.path} HTTP/1.1\r\nHost: x\r\n\r\n"
    with Wire(server.port, tls=trusting(certificate)) as wire:
        answer = wire.ask(request)
        assert answer.status == 200 and answer.header("strict-transport-security")
    second, second_key = make_certificate(open_folder, "second")
    certificate.write_bytes(second.read_bytes())
    key.write_bytes(second_key.read_bytes())
    server.signal(signal.SIGHUP)
    server.wait_for_log(lambda line: line.get("event") == "reloaded")

    def is_second():
        try:
            with Wire(server.port, tls=trusting(second)) as wire:
                return wire.ask(request).status == 200
        except ssl.SSLCertVerificationError:
            return False

    wait_until(is_second, 10)
    assert server.stop() == 0, server.errors()


def test_stop_gives_up_after_ten_seconds(start_edge):
    edge = start_edge()
    with Wire(edge.port, receive_buffer=4096) as wire:
        wire.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        wire._more()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            edge.signal(signal.SIGTERM)
            ended = pool.submit(edge.process.wait, 30)
            while not ended.done():  # a reader that takes a little again and again is never stalled
                time.sleep(0.2)
                try:
                    wire.socket.recv(1024)
                except ConnectionResetError:
                    break
            assert ended.result() == 0, edge.errors()
        assert 9 < time.monotonic() - began < 12 + LATE


# --- TLS --------------------------------------------------------------------------------------------------------------------------


def make_certificate(folder, name):
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def trusting(*certificates, version=None, ciphers=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for certificate in certificates:
        context.load_verify_locations(certificate)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    return context


@pytest.fixture
def tls_edge(start_edge, tmp_path):
    certificate, key = make_certificate(tmp_path, "first")
    edge = start_edge("--tls-cert", certificate, "--tls-key", key)
    edge.certificate, edge.key = certificate, key
    return edge


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_is_spoken(tls_edge, version):
    context = trusting(tls_edge.certificate, version=version)
    with Wire(tls_edge.port, tls=context) as wire:
        answer = wire.ask(HELLO)
        assert answer.json() == {"hello": True}
        assert answer.header("strict-transport-security") == "max-age=31536000; includeSubDomains"
        body = b"x" * 100000
        assert wire.ask(b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + body).json() == {"bytes": 100000}
        assert len(wire.ask("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").body) == 8 * 1024 * 1024
        session = wire.socket.session
    resumed = context.wrap_socket(socket.create_connection(("127.0.0.1", tls_edge.port)), server_hostname="127.0.0.1", session=session)
    with resumed:
        resumed.sendall(HELLO)
        assert resumed.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_tls_refuses_what_is_weak(tls_edge):
    old = ssl.TLSVersion.TLSv1_1
    weak = [
        {"version": old, "ciphers": "ALL:@SECLEVEL=0"},
        {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES128-SHA256"},
        {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"},
        {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-CHACHA20-POLY1305"},
        {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "AES128-GCM-SHA256"},
        {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "DHE-RSA-AES128-GCM-SHA256"},
        {"alpn": ["h2"]},
        {"alpn": ["imap"]},
    ]
    for how in weak:
        with pytest.raises(ssl.SSLZeroReturnError):  # the server ended it: what the client's own library refuses looks different
            Wire(tls_edge.port, tls=trusting(tls_edge.certificate, **how))
    with Wire(tls_edge.port, tls=trusting(tls_edge.certificate, alpn=["h2", "http/1.1"])) as wire:
        assert wire.socket.selected_alpn_protocol() == "http/1.1"
        assert wire.ask(HELLO).status == 200


def test_plain_request_on_the_tls_port_gets_nothing(tls_edge):
    with Wire(tls_edge.port) as wire:
        wire.send(HELLO)
        while wire._more():
            pass
        assert b"HTTP/1.1" not in wire.read  # a TLS alert at most
    assert ask(tls_edge.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").status == 200, "operations stay plain, on loopback"


def test_reload_swaps_the_certificate(tls_edge, tmp_path):
    first = tls_edge.certificate.read_bytes()
    before = Wire(tls_edge.port, tls=trusting(tls_edge.certificate))
    silent = [socket.create_connection(("127.0.0.1", tls_edge.port)) for _ in range(8)]
    wait_until(lambda: open_connections(tls_edge) >= 9, 10)
    trust_first = trusting(tls_edge.certificate)
    second, second_key = make_certificate(tmp_path, "second")
    tls_edge.certificate.write_bytes(second.read_bytes())
    tls_edge.key.write_bytes(second_key.read_bytes())
    tls_edge.signal(signal.SIGHUP)
    tls_edge.wait_for_log(lambda line: line.get("event") == "reloaded")
    trust_second = trusting(second)

    def is_second():
        try:
            with Wire(tls_edge.port, tls=trust_second) as wire:
                return wire.ask(HELLO).status == 200
        except ssl.SSLCertVerificationError:
            return False

    assert all(wait_until(is_second, 10) for _ in range(4)), "every thread has it"
    assert before.ask(HELLO).status == 200, "connections that are open stay"
    before.socket.close()
    for plain in silent:  # accepted with the old context, which has to live on until they have spoken
        with trust_first.wrap_socket(plain, server_hostname="127.0.0.1") as spoken:
            spoken.sendall(HELLO)
            assert spoken.recv(100).startswith(b"HTTP/1.1 200")
    assert first != tls_edge.certificate.read_bytes()


def test_reload_of_a_broken_file_keeps_the_old_certificate(tls_edge):
    context = trusting(tls_edge.certificate)
    good = tls_edge.key.read_bytes()
    tls_edge.key.write_bytes(b"-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----\n")
    tls_edge.signal(signal.SIGHUP)
    tls_edge.wait_for_log(lambda line: line.get("event") == "not_reloaded")
    with Wire(tls_edge.port, tls=context) as wire:
        assert wire.ask(HELLO).status == 200
    tls_edge.key.write_bytes(good)
    tls_edge.signal(signal.SIGHUP)
    tls_edge.wait_for_log(lambda line: line.get("event") == "reloaded")


def test_stop_with_tls_connections(tls_edge):
    context = trusting(tls_edge.certificate)
    idle = Wire(tls_edge.port, tls=context)
    assert idle.ask(HELLO).status == 200
    busy = Wire(tls_edge.port, tls=context)
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: open_connections(tls_edge) >= 2, 10)
    tls_edge.signal(signal.SIGTERM)
    assert busy.answer().json() == {"slow": True}
    assert idle.is_closed()
    assert tls_edge.process.wait(15) == 0, tls_edge.errors()
