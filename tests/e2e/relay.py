# SPDX-License-Identifier: Apache-2.0
"""A relay between a server and its PostgreSQL that breaks on purpose, at a message that is recognised by what is in it."""

import contextlib
import select
import shutil
import socket
import threading

import harness

READY_FOR_QUERY = b"Z\x00\x00\x00\x05"
CHUNK = 65536
NEVER_MEANT = b"\0secret_use_save\0"  # names keys at any time, and nobody waits for it


class Rule:
    """What happens to the first message to the database that contains `mark`, and when it has happened."""

    def __init__(self, mark, what, bytes_passed=0, seconds=0):
        self.mark, self.what, self.bytes_passed, self.seconds = mark, what, bytes_passed, seconds
        self.met, self.release = threading.Event(), threading.Event()


class Relay:
    """Listens on a Unix socket of its own folder. Rules are met once:

    drop_request   the message never reaches the database, and both sides are closed
    leave_request  the message reaches the database, and the server's side is closed; the database's stays open
    drop_answer    the database has done its work and said so; bytes_passed of its answer are passed on, and both sides are closed
    hide_answer    the same, and both sides stay open
    hold_answer    the answer is passed on when `release` is set
    dribble        the answer is passed on byte by byte
    delay          the message is passed on after so many seconds"""

    def __init__(self, cluster):
        self.target = str(cluster.folder / ".s.PGSQL.5432")
        self.folder = harness.private_folder("hallmark-relay-")
        self.folder.chmod(0o755)
        self.rules = []
        self.frozen = threading.Event()  # while it is set nothing is passed on
        self._stop = threading.Event()
        path = self.folder / ".s.PGSQL.5432"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o777)
        self._listener.listen(100)
        threading.Thread(target=self._accept, daemon=True).start()

    def conninfo(self, user="hallmark_server"):
        return f"host={self.folder} user={user} dbname=hallmark"

    def rule(self, mark, what, **how):
        self.rules.append(Rule(mark.encode(), what, **how))
        return self.rules[-1]

    def close(self):
        self._stop.set()
        self._listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self):
        while not self._stop.is_set():
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        database = socket.socket(socket.AF_UNIX)
        with client, database, contextlib.suppress(OSError):
            database.connect(self.target)
            rule, answered = None, b""
            while not self._stop.is_set():
                if self.frozen.is_set():
                    self._stop.wait(0.01)
                    continue
                for side in select.select([client, database], [], [], 0.1)[0]:
                    data = side.recv(CHUNK)
                    if not data:
                        return
                    if side is client:
                        rule = rule or self._rule_of(data)
                        if rule and rule.what == "drop_request":
                            rule.met.set()
                            return
                        if rule and rule.what == "delay":
                            rule.met.set()
                            self._stop.wait(rule.seconds)
                            rule = None
                        database.sendall(data)
                        if rule and rule.what == "leave_request":
                            client.close()
                            rule.met.set()
                            self._stop.wait()
                    elif rule is None:
                        client.sendall(data)
                    else:
                        answered += data
                        if READY_FOR_QUERY not in answered:
                            continue
                        if not self._apply(rule, client, answered):
                            return
                        rule, answered = None, b""

    def _rule_of(self, data):
        found = next((rule for rule in self.rules if rule.mark in data and NEVER_MEANT not in data), None)
        if found:
            self.rules.remove(found)
        return found

    def _apply(self, rule, client, answered):
        """False: both sides are closed now."""
        if rule.what == "hold_answer":
            rule.met.set()
            rule.release.wait(30)
            client.sendall(answered)
        elif rule.what == "dribble":
            for place in range(len(answered)):
                client.sendall(answered[place:place + 1])
        else:
            client.sendall(answered[:rule.bytes_passed])
        rule.met.set()
        if rule.what == "hide_answer":
            self._stop.wait()
        return rule.what in ("hold_answer", "dribble")
