# SPDX-License-Identifier: Apache-2.0
"""An SMTP relay on loopback: keeps the mails that it took, and answers as the test says."""

import base64
import contextlib
import dataclasses
import email
import email.policy
import quopri
import re
import socketserver
import threading

import harness


@dataclasses.dataclass
class Mail:
    sender: str
    recipients: list
    data: bytes
    login: str | None
    encrypted: bool

    @property
    def message(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def text(self):
        return self.message.get_content()

    @property
    def link(self):
        """Its path and query; the mail has one link."""
        [found] = re.findall(r"https?://[^/\s]+(/password\?link=[0-9A-Za-z_-]+)", self.text)
        return found


class Relay(socketserver.ThreadingTCPServer):
    """`answers` maps a step (greeting, EHLO, AUTH, MAIL, RCPT, DATA, or END for what comes behind the mail) to a reply, to a function of the
    number of times that this step was reached that gives one (None: as usual), or to DROP: the connection ends. `gate`, when it is set to an
    Event, holds back the reply to END."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    DROP = object()

    def __init__(self, tls=None, login=None, port=0, utf8=True):
        self.tls, self.login, self.utf8, self.gate = tls, login, utf8, None
        self.mails, self.answers, self.reached, self.lock = [], {}, {}, threading.Lock()
        super().__init__(("127.0.0.1", port), Session)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def handle_error(self, request, client_address):
        """Who hangs up is none of the test's business."""

    def reply(self, step, usual):
        with self.lock:
            self.reached[step] = self.reached.get(step, 0) + 1
            answer, count = self.answers.get(step), self.reached[step]
        answer = answer(count) if callable(answer) else answer
        return usual if answer is None else answer

    def to(self, person):
        with self.lock:
            return [mail for mail in self.mails if person.email in mail.recipients]

    def wait_for(self, person, count=1, seconds=30):
        """The newest mail of this person, once there are so many."""
        return harness.wait_until(lambda: len(self.to(person)) >= count and self.to(person)[-1], seconds, f"{count} mails")

    def close(self):
        self.shutdown()
        self.server_close()


class Session(socketserver.StreamRequestHandler):
    def say(self, step, usual):
        answer = self.server.reply(step, usual)
        if answer is Relay.DROP:
            raise ConnectionAbortedError
        self.wfile.write(answer.encode() + b"\r\n")
        return answer.startswith(("2", "3"))

    def handle(self):
        self.sender, self.recipients, self.user, self.encrypted = None, [], None, False
        with contextlib.suppress(ConnectionError, OSError):
            if not self.say("greeting", "220 relay.example ESMTP"):
                return
            while line := self.rfile.readline():
                verb, _, rest = line.decode("utf-8").strip().partition(" ")
                if getattr(self, "on_" + verb.lower(), self.on_unknown)(rest) is False:
                    return

    def on_unknown(self, rest):
        self.wfile.write(b"502 5.5.1 what?\r\n")

    def on_ehlo(self, rest):
        words = ["relay.example"] + ["SMTPUTF8"] * self.server.utf8 + ["STARTTLS"] * (self.server.tls is not None and not self.encrypted) + ["AUTH PLAIN"] * bool(self.server.login)
        self.say("EHLO", "\r\n".join(f"250{'-' if place < len(words) else ' '}{word}" for place, word in enumerate(words, 1)))

    def on_starttls(self, rest):
        if self.say("STARTTLS", "220 go on"):
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile, self.encrypted = self.request.makefile("rb"), socketserver._SocketWriter(self.request), True

    def on_auth(self, rest):
        kind, _, response = rest.partition(" ")
        if kind == "PLAIN" and not response:
            self.wfile.write(b"334 \r\n")
            response = self.rfile.readline().decode().strip()
        _, user, password = base64.b64decode(response).decode().split("\0")
        if (user, password) == self.server.login and self.say("AUTH", "235 fine"):
            self.user = user
        else:
            self.wfile.write(b"535 5.7.8 no such login\r\n")

    def on_mail(self, rest):
        if self.server.login and not self.user:
            self.wfile.write(b"530 5.7.0 authentication required\r\n")
        elif self.say("MAIL", "250 ok"):
            self.sender, self.recipients = re.search(r"<(.*?)>", rest)[1], []

    def on_rcpt(self, rest):
        if self.say("RCPT", "250 ok"):
            self.recipients.append(re.search(r"<(.*?)>", rest)[1])

    def on_data(self, rest):
        if not self.say("DATA", "354 go on"):
            return
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or self.server.answers.get("BODY") is Relay.DROP:
                raise ConnectionAbortedError
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.server.gate:
            self.server.gate.wait()
        mail = Mail(self.sender, self.recipients, b"".join(lines), self.user, self.encrypted)
        answer = self.server.reply("END", "250 2.0.0 taken")
        if answer is Relay.DROP or answer.startswith("2"):
            with self.server.lock:
                self.server.mails.append(mail)
        if answer is Relay.DROP:
            raise ConnectionAbortedError
        self.wfile.write(answer.encode() + b"\r\n")

    def on_rset(self, rest):
        self.wfile.write(b"250 ok\r\n")

    on_noop = on_rset

    def on_quit(self, rest):
        self.wfile.write(b"221 bye\r\n")
        return False


@contextlib.contextmanager
def relaying(**how):
    relay = Relay(**how)
    try:
        yield relay
    finally:
        relay.close()


def is_readable(data):
    """No line that a relay may refuse: ASCII but for addresses, at most 998 bytes."""
    return all(len(line) <= 998 for line in data.split(b"\r\n")) and b"\n" not in data.replace(b"\r\n", b"") and quopri.decodestring(data)
