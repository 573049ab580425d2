# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: private PostgreSQL clusters, servers, the command line, and a wire on which any bytes can be sent.

Environment: HALLMARK_BINARY (the program under test), HALLMARK_BUILD (the build folder, for tests/edge_server). As root everything runs as an
unprivileged user, since PostgreSQL refuses to run as root; the binary has to be where that user can reach it."""

import atexit
import contextlib
import functools
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import psycopg2

PG_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
UNPRIVILEGED_USERS = ("hallmark", "postgres")
START_SECONDS = 60
STOP_SECONDS = 30


def unprivileged():
    """Keyword arguments for subprocess: another user when we are root."""
    if os.getuid() != 0:
        return {}
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("root needs an unprivileged user to run PostgreSQL as: " + " or ".join(UNPRIVILEGED_USERS))


def private_folder(prefix):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if os.getuid() == 0:
        who = unprivileged()
        os.chown(folder, who["user"], who["group"])
    return folder


def process_state(pid):
    """Fields of /proc/PID/stat behind the name: state, parent, ...; None when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    state = process_state(pid)
    return state is not None and state[0] != "Z"


def children_of(parent):
    states = {int(entry.name): process_state(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()}
    return [pid for pid, state in states.items() if state is not None and int(state[1]) == parent]


@functools.cache
def sanitizer_environment():
    """For programs that were built with sanitizers: which leaks are the library's, in a file that any user can read."""
    folder = private_folder("hallmark-leaks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / "leaks.txt"
    shutil.copy(pathlib.Path(__file__).parent.parent / "support" / "leaks.txt", copy)
    folder.chmod(0o755)
    copy.chmod(0o644)
    return {"LSAN_OPTIONS": f"suppressions={copy}:print_suppressions=0"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binary():
    path = os.environ.get("HALLMARK_BINARY")
    if not path:
        raise RuntimeError("HALLMARK_BINARY does not say where the program is")
    return path


def edge_binary():
    return str(pathlib.Path(os.environ.get("HALLMARK_BUILD", "build/test")) / "tests" / "edge_server")


def wait_until(condition, seconds=START_SECONDS, what="what was waited for"):
    """Polls something outside of this process; returns the first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {seconds} s")
        time.sleep(0.02)


# What no log may hold: a secret or its way over the wire, a token, the names of the headers that carry them.
SECRET = re.compile(rb"hm[scr]_[0-9A-Za-z]{8}|eyJhbGciOi|eyJ0eXAiOi|eyJ[0-9A-Za-z_-]{8,}\.|(?i:\b(?:bearer|basic) +[0-9A-Za-z+/=_.-]{24}|client_secret=)")
leaks = []  # lines of logs that hold such a thing; looked at when the session ends


def look_for_secrets(path, *known):
    """Every log is looked through when its process ends; `known` are secrets of any form."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as log:
        leaks.extend(line[:500] for line in log if SECRET.search(line) or any(secret in line for secret in known))


# --- PostgreSQL -----------------------------------------------------------------------------------------------------------


class Cluster:
    """A private cluster on a Unix socket, fsync on. The superuser is hallmark_owner, the database hallmark."""

    def __init__(self):
        self.folder = private_folder("hallmark-pg-")
        self.data = self.folder / "data"
        self._run("initdb", "-D", self.data, "-U", "hallmark_owner", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        with open(self.data / "postgresql.conf", "a", encoding="ascii") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nmax_connections = 200\n")
        self.start()
        with self.connect(database="postgres") as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE hallmark")

    def _run(self, program, *arguments):
        done = subprocess.run([PG_BIN / program, *map(str, arguments)], capture_output=True, text=True, cwd="/tmp", **unprivileged())
        if done.returncode != 0:
            log = (self.folder / "log").read_text(errors="replace")[-2000:] if (self.folder / "log").exists() else ""
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}{log}")

    def start(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-t", START_SECONDS, "-l", self.folder / "log", "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self.data, "-w", "-t", STOP_SECONDS, "-m", mode, "stop")

    def kill(self):
        """As a power cut: the postmaster and its children get SIGKILL. It is stopped first, so that no child is born meanwhile."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        family = [postmaster, *children_of(postmaster)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in family), what="the end of PostgreSQL")
        for lock in (self.data / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
            lock.unlink()  # after a power cut nobody has that number; here the dead may keep it until they are reaped

    def conninfo(self, user="hallmark_server", database="hallmark"):
        return f"host={self.folder} user={user} dbname={database}"

    @contextlib.contextmanager
    def connect(self, user="hallmark_owner", database="hallmark"):
        connection = psycopg2.connect(self.conninfo(user, database))
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql, parameters=(), user="hallmark_owner"):
        """Runs one statement, commits, and returns its rows."""
        with self.connect(user) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows

    def destroy(self):
        with contextlib.suppress(RuntimeError):
            self.stop("immediate")
        look_for_secrets(self.folder / "log")
        shutil.rmtree(self.folder, ignore_errors=True)


# --- processes --------------------------------------------------------------------------------------------------------------


class Process:
    """A server process whose output goes to files."""

    secrets = ()  # that its output must not show, beside those of a known form

    def __init__(self, command, environment=None, as_other_user=True):
        self.folder = private_folder("hallmark-run-")
        self.log_path = self.folder / "log"
        self.error_path = self.folder / "errors"
        with open(self.log_path, "wb") as log, open(self.error_path, "wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=errors, cwd=self.folder,
                env={**os.environ, **sanitizer_environment(), **(environment or {})},
                **(unprivileged() if as_other_user else {}))

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def errors(self):
        return self.error_path.read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM; returns the exit code. A program under a sanitizer ends with an error when it leaked."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.is_running():
            self.kill()
        for path in (self.log_path, self.error_path):
            look_for_secrets(path, *self.secrets)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, event=None):
        """The JSON lines of the log, all or those of one event. Lines that are no JSON are errors but for those before the first one."""
        lines = [json.loads(line) for line in self.log_path.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if event is None or line.get("event") == event]

    def wait_for_log(self, condition, seconds=10):
        """Waits until a line satisfies the condition, and returns it."""
        return wait_until(lambda: next(filter(condition, self.log()), None), seconds, "a line of the log")


class Edge(Process):
    """The HTTP edge alone (tests/support/edge_server.c)."""

    path = "/hello"

    def __init__(self, *arguments):
        super().__init__([edge_binary(), *map(str, arguments)], as_other_user=False)  # the build folder may be closed to others
        try:
            line = wait_until(self._first_line, what="the edge server")
            _, port, operations_port = line.split()
            self.port, self.operations_port = int(port), int(operations_port)
        except Exception as fault:
            errors = self.errors()
            self.close()
            raise RuntimeError(f"the edge server did not start: {fault} {errors}") from fault

    def _first_line(self):
        if not self.is_running():
            raise RuntimeError(f"it ended with {self.process.returncode}")
        lines = self.log_path.read_text().splitlines(keepends=True)
        return next((line for line in lines if line.startswith("listening ") and line.endswith("\n")), None)


class Server(Process):
    """`hallmark serve` on a migrated cluster, ready to answer. Flags are given without their dashes: Server(cluster, threads=1)."""

    path = "/health/alive"

    def __init__(self, cluster, master_key_file=None, wait=True, environment=None, **flags):
        self.cluster = cluster
        self.port = int(flags.pop("port", 0)) or free_port()
        self.operations_port = free_port()
        self.master_key_file = master_key_file or cluster.master_key_file
        flags = {
            "listen": f"127.0.0.1:{self.port}",
            "operations_listen": f"127.0.0.1:{self.operations_port}",
            "master_key_file": self.master_key_file,
            **flags,
        }
        self.secrets = (pathlib.Path(self.master_key_file).read_bytes().strip(),)
        self.is_tls = "tls_cert" in flags
        self.url = str(flags.setdefault("issuer", f"{'https' if self.is_tls else 'http'}://127.0.0.1:{self.port}"))
        words = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}") for name, value in flags.items() if value is not False]
        super().__init__([binary(), "serve", *words], {"HALLMARK_DATABASE_URL": cluster.conninfo(), **(environment or {})})
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=START_SECONDS):
        def is_ready():
            if not self.is_running():
                raise RuntimeError(f"hallmark serve ended with {self.process.returncode}: {self.errors()}")
            return self.is_ready()
        wait_until(is_ready, seconds, "readiness")

    def is_ready(self):
        with contextlib.suppress(OSError, urllib.error.URLError):
            context = ssl._create_unverified_context() if self.is_tls else None
            scheme = "https" if self.is_tls else "http"
            with urllib.request.urlopen(f"{scheme}://127.0.0.1:{self.port}/health/ready", timeout=5, context=context) as answer:
                return answer.status == 200
        return False


# --- the command line ---------------------------------------------------------------------------------------------------------


class CommandLine:
    """`hallmark` commands against one cluster, as its owner."""

    def __init__(self, cluster):
        self.cluster = cluster

    def _how(self, environment):
        settings = {
            "HALLMARK_DATABASE_URL": self.cluster.conninfo(),
            "HALLMARK_MIGRATION_URL": self.cluster.conninfo("hallmark_owner"),
            "HALLMARK_MASTER_KEY_FILE": str(self.cluster.master_key_file),
        }
        inherited = {name: value for name, value in os.environ.items() if name != "HALLMARK_URL"}
        return {"text": True, "cwd": "/tmp", "env": {**inherited, **sanitizer_environment(), **settings, **(environment or {})}, **unprivileged()}

    @contextlib.contextmanager
    def started(self, *words, environment=None):
        """A command that goes on until it is killed."""
        with subprocess.Popen([binary(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **self._how(environment)) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *words, stdin=None, check=True, environment=None, stderr=subprocess.PIPE):
        """Returns the finished process, with stdout and stderr as text; stderr may be another file, such as a terminal."""
        done = subprocess.run([binary(), *map(str, words)], input=stdin, stdout=subprocess.PIPE, stderr=stderr, **self._how(environment))
        if check and done.returncode != 0:
            raise RuntimeError(f"hallmark {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr}")
        return done

    def json(self, *words, stdin=None):
        """The result of a command as a Python value."""
        return json.loads(self.run(*words, "--format=json", stdin=stdin).stdout)


def make_master_key(folder):
    path = folder / "master.key"
    path.write_text(secrets.token_hex(32) + "\n")
    path.chmod(0o600)
    if os.getuid() == 0:
        who = unprivileged()
        os.chown(path, who["user"], who["group"])
    return path


def migrated_cluster():
    """A new cluster with the schema in it and a master key beside it."""
    cluster = Cluster()
    try:
        cluster.master_key_file = make_master_key(cluster.folder)
        CommandLine(cluster).run("migrate")
    except Exception:
        cluster.destroy()
        raise
    return cluster


# --- the wire -------------------------------------------------------------------------------------------------------------------


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        """The value, or None; a header that came twice is an error."""
        values = [value for known, value in self.headers if known == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:300]!r}"


class Wire:
    """A connection on which any bytes can be sent."""

    def __init__(self, port, host="127.0.0.1", timeout=15, tls=None, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        self.read = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def _more(self):
        """False at the end of the stream; a reset is one too."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.read += data
        return bool(data)

    def answer(self, to_head=False):
        """The next answer; None when the connection ended before one."""
        while b"\r\n\r\n" not in self.read:
            if not self._more():
                assert not self.read, f"half an answer: {self.read!r}"
                return None
        head, self.read = self.read.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines[0]
        status = int(lines[0].split()[1])
        headers = [(name.lower(), value) for name, value in (line.split(": ", 1) for line in lines[1:])]
        length = next((int(value) for name, value in headers if name == "content-length"), 0)
        if to_head or status in (204, 304) or status < 200:
            length = 0
        while len(self.read) < length:
            if not self._more():
                break
        body, self.read = self.read[:length], self.read[length:]
        assert len(body) == length, f"{len(body)} of {length} bytes of the body"
        return Answer(status, headers, body)

    def is_closed(self):
        """True when the other side ends the connection without another byte; waits for it as long as the timeout."""
        return not self.read and not self._more()

    def ask(self, data, **how):
        self.send(data)
        return self.answer(**how)


def accepts(port):
    """Whether somebody listens there. Who connects in the moment in which the listener is closed sees a reset."""
    try:
        Wire(port).socket.close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def ask(port, data, **how):
    """One request on a connection of its own."""
    with Wire(port) as wire:
        return wire.ask(data, **how)
