# SPDX-License-Identifier: Apache-2.0
"""An HTTP server between a client and Hallmark, or in its place: it passes requests on, breaks, or says what it was told to say."""

import contextlib
import http.client
import http.server
import threading

import harness


class Between:
    """`url` is where it listens. Requests go on to `port`, if there is one; `answers` takes (method, path) first: a function of the handler,
    or (status, headers, body). `heard` has every request that came."""

    def __init__(self, port=None):
        self.port, self.answers, self.heard = port, {}, []
        self.own_port = harness.free_port()
        self.url = f"http://127.0.0.1:{self.own_port}"
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                between.heard.append((self.command, self.path, dict(self.headers), self.body))
                answer = between.answers.get((self.command, self.path.split("?")[0]))
                if callable(answer):
                    answer(self)
                elif answer:
                    self.say(*answer)
                else:
                    self.say(*self.pass_on())

            do_GET = do_POST = do_PUT = do_DELETE = serve

            def pass_on(self):
                wire = http.client.HTTPConnection("127.0.0.1", between.port, timeout=30)
                with contextlib.closing(wire):
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                    wire.request(self.command, self.path, self.body or None, {**headers, "Host": f"127.0.0.1:{between.own_port}"})
                    answer = wire.getresponse()
                    hop = ("content-length", "connection", "date", "server", "transfer-encoding")
                    return answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in hop], answer.read()

            def say(self, status, headers, body):
                body = body if isinstance(body, bytes) else body.encode()
                self.send_response(status)
                for name, value in dict(headers).items() if isinstance(headers, dict) else headers:
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):  # who asked may have heard enough
                    self.wfile.write(body if status != 204 else b"")

            def hang_up(self):
                """Ends the connection without an answer."""
                self.close_connection = True

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self._server = Quiet(("127.0.0.1", self.own_port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def heard_of(self, method, path):
        return [request for request in self.heard if request[0] == method and request[1].split("?")[0] == path]
