# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks on loopback: keeps what it gets, and answers as the test says."""

import contextlib
import dataclasses
import http.server
import json
import socketserver
import threading
import time

import harness


@dataclasses.dataclass
class Delivery:
    path: str
    headers: dict
    body: bytes
    at: float

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def event(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.event["type"]


class Receiver(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """`answers` maps a path to what is answered there: a status, a pair of status and headers, or a function of the delivery that gives
    one of these (and may wait). 204 where nothing is said. With `flood` every answer goes on for ever."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, tls=None):
        self.flood = False
        self.deliveries, self.answers, self.lock = [], {}, threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def handle_error(self, request, client_address):
        """Who hangs up while we write is none of the test's business."""

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def got(self, path=None, type=None):
        with self.lock:
            return [one for one in self.deliveries if path in (None, one.path) and (type is None or one.type == type)]

    def wait_for(self, condition, seconds=30, what="deliveries"):
        """condition(all deliveries) until it is true."""
        return harness.wait_until(lambda: condition(self.got()), seconds, what)

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        delivery = Delivery(self.path, {name.lower(): value for name, value in self.headers.items()}, body, time.time())
        with self.server.lock:
            self.server.deliveries.append(delivery)
        answer = self.server.answers.get(self.path, 204)
        answer = answer(delivery) if callable(answer) else answer
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()
        while self.server.flood:
            self.wfile.write(b"\0<no end> " * 1000)

    do_GET = do_POST

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def receiving(tls=None):
    receiver = Receiver(tls)
    try:
        yield receiver
    finally:
        receiver.close()
