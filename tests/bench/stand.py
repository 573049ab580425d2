# SPDX-License-Identifier: Apache-2.0
"""What the measures of scripts/bench stand on: PostgreSQL, a server, minimal programs, and wrk, each on its core."""

import base64
import hashlib
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PG = pathlib.Path("/usr/lib/postgresql/15/bin")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WRITE_CONNECTIONS = 16
SERVER_CORE, LOAD_CORE = "0", "1"


def run(*words, **options):
    done = subprocess.run([str(w) for w in words], text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{words[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def as_service(words):
    """PostgreSQL will not run as root."""
    if os.getuid() != 0:
        return words
    try:
        pwd.getpwnam("hallmark")
    except KeyError:
        run("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "hallmark")
    return ["setpriv", "--reuid", "hallmark", "--regid", "hallmark", "--clear-groups", "--", *words]


def base62(number, width):
    text = ""
    while len(text) < width:
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text


def credential(prefix, account, length):
    """The public format of server/base/credential.h: prefix, route, random, CRC-32."""
    text = prefix + base62(account, 8) + "".join(random.choice(BASE62) for _ in range(length))
    return text + base62(zlib.crc32(text.encode()), 6)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    def __init__(self, folder):
        self.folder = folder
        run(*as_service([PG / "initdb", "-D", folder / "data", "-U", "hallmark_owner", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]))
        with open(folder / "settings", "w") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nmax_connections = 100\nshared_buffers = 512MB\n")
        run(*as_service(["sh", "-c", f"cat '{folder}/settings' >> '{folder}/data/postgresql.conf'"]))
        run(*as_service([PG / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "start"]))
        self.psql("postgres", "CREATE DATABASE hallmark")

    def url(self, user):
        return f"host={self.folder} user={user} dbname=hallmark"

    def psql(self, database, sql):
        return run(*as_service(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "hallmark_owner", "-d", database, "-f", "-"]), input=sql).strip()

    def stop(self):
        run(*as_service([PG / "pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop"]))


class Hallmark:
    def __init__(self, binary, database, folder):
        self.binary, self.database, self.folder = binary, database, folder
        self.port, self.operations = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        (folder / "master.key").write_text(run("openssl", "rand", "-hex", "32"))
        os.chmod(folder / "master.key", 0o600)

    def cli(self, *words, stdin=None):
        environment = dict(os.environ, HALLMARK_MIGRATION_URL=self.database.url("hallmark_owner"), HALLMARK_DATABASE_URL=self.database.url("hallmark_owner"),
                           HALLMARK_MASTER_KEY_FILE=str(self.folder / "master.key"))
        return run(self.binary, *words, env=environment, input=stdin)

    def row(self, *words):
        return json.loads(self.cli(*words, "--format", "json"))[0]

    def prepare(self):
        self.cli("migrate")
        api = self.row("api", "create", "--name", "bench", "--prefix", "/api", "--audience", f"{self.url}/api")["id"]
        self.cli("collection", "create", "--api", api, "--name", "customers")
        account = self.row("account", "create", "--name", "Bench")["id"]
        user = self.row("user", "create", "--email", "bench@example.com", "--name", "Bench")["id"]
        scopes = "customers:read customers:write history:read"
        self.cli("member", "set", "--account", account, "--user", user, "--role", "owner", "--permissions", scopes)
        application = self.row("application", "create", "--name", "Bench")["id"]
        key = self.row("key", "create", "--account", account, "--application", application, "--holder", user, "--name", "Bench", "--scopes", scopes)
        self.client_id, self.secret = key["client_id"], key["secret"]

    def start(self):
        # feed, housekeeping, webhooks, sealing, one read, two list, the rest writes
        words = [self.binary, "serve", "--threads", "1", "--listen", f"127.0.0.1:{self.port}", "--operations-listen", f"127.0.0.1:{self.operations}",
                 "--master-key-file", self.folder / "master.key", "--db-connections", str(WRITE_CONNECTIONS + 7), "--log-level", "info",
                 "--webhook-allow-private", "--webhook-allow-http"]
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *map(str, words)], env=dict(os.environ, HALLMARK_DATABASE_URL=self.database.url("hallmark_server")),
                                        stdout=open(self.folder / "log", "w"), stderr=subprocess.STDOUT)
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/health/ready", timeout=1).read()
                return (time.monotonic() - began) * 1000
            except OSError:
                if self.process.poll() is not None or time.monotonic() - began > 20:
                    sys.exit("hallmark did not become ready:\n" + (self.folder / "log").read_text()[-2000:])
                time.sleep(0.002)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def rss_megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def request(self, path, method="GET", body=None, headers=None):
        asked = urllib.request.Request(self.url + path, data=body.encode() if body else None, method=method, headers=headers or {})
        return urllib.request.urlopen(asked).read()

    def many_clients(self, count):
        """Keys like the one that the command line made, straight into the tables; their Basic credentials."""
        account = int(self.database.psql("hallmark", "SELECT id FROM hallmark.account WHERE name = 'Bench'"))
        pairs = [(credential("hmk_", account, 14), credential("hms_", account, 43)) for _ in range(count)]
        values = ",".join(f"('{key}', '\\x{hashlib.sha256(secret.encode()).hexdigest()}'::bytea)" for key, secret in pairs)
        self.database.psql("hallmark", f"""WITH given (key, digest) AS (VALUES {values}),
            made AS (INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id, scopes, secrets_made)
                SELECT account_id, key, application_id, key, holder_id, scopes, 1 FROM given, hallmark.client WHERE client.client_id = '{self.client_id}' RETURNING client_id)
            INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask) SELECT {account}, key, 1, digest, 'bench' FROM given, made WHERE made.client_id = key""")
        return [base64.b64encode(f"{key}:{secret}".encode()).decode() for key, secret in pairs]

    def account(self, name):
        return next(row["id"] for row in json.loads(self.cli("account", "list", "--format", "json")) if row["name"] == name)

    @staticmethod
    def account_ident(number):
        return "acc_" + base62(number, 8)

    def token(self, client_id=None, secret=None):
        basic = base64.b64encode(f"{client_id or self.client_id}:{secret or self.secret}".encode()).decode()
        body = self.request("/oauth2/token", "POST", "grant_type=client_credentials",
                            {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"})
        return json.loads(body)["access_token"]


class Minimal:
    def __init__(self, binary, *words):
        self.port = free_port()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, binary, str(self.port), *map(str, words)])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.wait()


def wrk(url, script, seconds, connections):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script)
        lua.flush()
        out = run("taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua.name, url)
    if re.search(r"Non-2xx", out):
        sys.exit(f"answers other than 2xx at {url}:\n{out}")
    latency = {p: v for p, v in re.findall(r"^\s+(50|99)%\s+(\S+)", out, re.M)}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), latency["50"], latency["99"]


def compare(name, ours, other, options):
    """Each of the two is (url, lua script)."""
    rates = {"ours": [], "other": []}
    latencies = []
    for url, script in (ours, other):
        wrk(url, script, 1, options.connections)  # warm
    for _ in range(options.rounds):
        rate, p50, p99 = wrk(*ours, options.seconds, options.connections)
        rates["ours"].append(rate)
        latencies.append((p50, p99))
        rates["other"].append(wrk(*other, options.seconds, options.connections)[0])
    mine, theirs = statistics.median(rates["ours"]), statistics.median(rates["other"])
    p50, p99 = latencies[len(latencies) // 2]
    print(f"{name:<12} {mine:>9.0f}/s   minimal {theirs:>9.0f}/s   ratio {mine / theirs:.2f}   p50 {p50}  p99 {p99}", flush=True)
    return {"name": name, "ours": mine, "minimal": theirs, "ratio": round(mine / theirs, 3), "p50": p50, "p99": p99}


def lua(method, path, headers, body=None):
    lines = [f'wrk.method = "{method}"', f'wrk.path = "{path}"']
    lines += [f'wrk.headers["{k}"] = "{v}"' for k, v in headers.items()]
    if body is not None:
        lines.append(f"wrk.body = '{body}'")
    return "\n".join(lines) + "\n"


def statement_file(folder, name):
    path = folder / f"{name}.sql"
    shutil.copy(ROOT / "schema/queries" / f"{name}.sql", path)
    return path
