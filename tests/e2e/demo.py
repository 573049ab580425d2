# SPDX-License-Identifier: Apache-2.0
"""What an account admin makes with the command line, what an application does with it, and what both look like at the speed of tests."""

import base64
import contextlib
import dataclasses
import itertools
import json
import select
import shutil
import time
import zlib

import harness
import sql_statements

PREFIX = "/api2/public"
TOKEN_PATH = "/oauth2/token"
COLLECTIONS = {"customers": {"Name": "string"}, "products": {"Name": "string"}, "invoices": {"Items": "array"}}
SCOPES = " ".join(["history:read", *(f"{name}:{right}" for name in COLLECTIONS for right in ("read", "write"))])
NODE_SECONDS = 10  # as long as a command waits for the nodes

_numbers = itertools.count(1)


class Lost(Exception):
    """The connection ended before the whole answer was there."""


class NotTaken(Lost):
    """Nobody listened: no byte of the request was sent."""


@dataclasses.dataclass(frozen=True)
class Key:
    client_id: str
    secret: str
    name: str
    account: str
    application: str
    application_name: str
    holder: str
    scopes: str

    def basic(self, secret=None):
        return "Basic " + base64.b64encode(f"{self.client_id}:{secret or self.secret}".encode()).decode()


class World:
    """The demo api on a cluster, and as many accounts with keys as tests want."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.command_line = harness.CommandLine(cluster)
        self.api = self._api()

    def _api(self):
        known = [api for api in self.json("api", "list") if api["prefix"] == PREFIX]
        if known:
            return known[0]["id"]
        api = self.json("api", "create", "--name=demo", f"--prefix={PREFIX}", f"--token-path={PREFIX}/token", "--audience=https://books.example")
        for name, required in COLLECTIONS.items():
            self.json("collection", "create", f"--api={api[0]['id']}", f"--name={name}", "--versions=v1.1 v1.2", f"--required={json.dumps(required)}")
        return api[0]["id"]

    def json(self, *words):
        return self.command_line.json(*words)

    def new_account(self, name="Books Ltd"):
        return self.json("account", "create", f"--name={name}")[0]["id"]

    def new_holder(self, account, permissions=SCOPES, name="Dana Owner"):
        user = self.json("user", "create", f"--email=dana{next(_numbers)}@demo.example", f"--name={name}")[0]["id"]
        self.json("member", "set", f"--account={account}", f"--user={user}", "--role=owner", f"--permissions={permissions}")
        return user

    def new_application(self, name=None):
        name = name or f"Importer {next(_numbers)}"
        return self.json("application", "create", f"--name={name}", "--maker=Example Software")[0]["id"], name

    def new_key(self, account=None, holder=None, application=None, name="Production", scopes=SCOPES, office=False):
        """A key, with whatever it needs that is not given; application is a pair of id and name."""
        account = account or self.new_account()
        holder = holder or self.new_holder(account)
        application, application_name = application or self.new_application()
        made = self.json("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", f"--name={name}", f"--scopes={scopes}",
                         *(["--office"] if office else []))
        return Key(made[0]["client_id"], made[0]["secret"], name, account, application, application_name, holder, scopes)


class Caller:
    """An application with a key, on one kept connection to one node."""

    def __init__(self, port, key, timeout=15, tls=None):
        self.port, self.key, self.timeout, self.tls = port, key, timeout, tls
        self.wire = None
        self.access_token = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.wire:
            self.wire.socket.close()
            self.wire = None

    def _connect(self):
        """Makes a connection when there is none, or when the node has ended the idle one."""
        if self.wire and select.select([self.wire.socket], [], [], 0)[0]:
            self.close()
        if not self.wire:
            self.wire = harness.Wire(self.port, timeout=self.timeout, tls=self.tls)

    def send(self, method, path, body=None, headers=(), authorization=None, media="application/json"):
        """Sends a request and does not wait. `path` may be relative to the api; `authorization` False sends none."""
        if authorization is None:
            authorization = f"Bearer {self.token()}"
        lines = [f"{method} {path if path.startswith('/') else f'{PREFIX}/{path}'} HTTP/1.1", "Host: demo.example"]
        lines += [f"Authorization: {authorization}"] if authorization else []
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
            lines += [f"Content-Type: {media}"]
        if body is not None or method in ("POST", "PUT"):
            lines += [f"Content-Length: {len(data)}"]
        try:
            self._connect()
        except OSError as error:
            raise NotTaken(str(error)) from error
        try:
            self.wire.send("\r\n".join([*lines, "", ""]).encode() + data)
        except OSError as error:
            self.close()
            raise Lost(str(error)) from error

    def answer(self, to_head=False):
        """The next answer of the connection."""
        try:
            answer = self.wire.answer(to_head=to_head)
        except (OSError, AssertionError) as error:
            self.close()
            raise Lost(str(error)) from error
        if answer is None or answer.header("connection") == "close":
            self.close()
        if answer is None:
            raise Lost("no answer")
        return answer

    def call(self, method, path, body=None, **how):
        self.send(method, path, body, **how)
        return self.answer(to_head=method == "HEAD")

    def send_for_token(self, path=TOKEN_PATH, secret=None, **parameters):
        form = "&".join(["grant_type=client_credentials", *(f"{name}={value.replace(' ', '+')}" for name, value in parameters.items())])
        self.send("POST", path, form, authorization=self.key.basic(secret), media="application/x-www-form-urlencoded")

    def ask_for_token(self, **how):
        self.send_for_token(**how)
        return self.answer()

    def token(self):
        """The token in use; the first use gets one."""
        if self.access_token is None:
            answer = self.ask_for_token()
            assert answer.status == 200, answer
            self.access_token = answer.json()["access_token"]
        return self.access_token

    def create(self, name="Ada", collection="customers", **members):
        """A new record's id."""
        answer = self.call("POST", collection, {"Name": name, **members})
        assert answer.status == 200, answer
        return int(answer.body)


class Admin(sql_statements.Session):
    """Administrative changes as the command line makes them, with its own statements, on one kept connection."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wait_for_nodes(self):
        """Until every live node has applied all that was committed: what a command does before it answers."""
        last = self.one("policy_change_last")["id"]
        end = time.monotonic() + NODE_SECONDS
        while self.one("nodes_behind", through=last)["nodes"] > 0:
            assert time.monotonic() < end, "the nodes did not follow"

    def change(self, name, **given):
        self.one(name, **given)
        self.wait_for_nodes()


BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def number_of(ident):
    """The number behind acc_..., usr_..., app_...: what stands in the tables."""
    number = 0
    for character in ident.split("_", 1)[1]:
        number = number * 62 + BASE62.index(character)
    return number


def make_secret(like, dice):
    """Another secret of the same account, with the checksum that belongs to it."""
    body = like[:12] + "".join(dice.choice(BASE62) for _ in range(43))
    number, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = BASE62[digit] + checksum
    return body + checksum


@contextlib.contextmanager
def serving(cluster, **flags):
    """A node that has to live until it is stopped, and to end in peace."""
    server = harness.Server(cluster, **flags)
    try:
        yield server
        code = server.stop()
        assert code == 0, server.errors()
    finally:
        server.close()


@contextlib.contextmanager
def own_folder(prefix):
    folder = harness.private_folder(prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def own_cluster():
    cluster = harness.migrated_cluster()
    try:
        yield cluster
    finally:
        cluster.destroy()
