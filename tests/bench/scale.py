# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand keys and ten thousand links beside a hundred of each: whether anybody who uses a few of them notices."""

import base64
import os
import shutil
import statistics

from stand import Database, Hallmark, lua, wrk

FEW, MANY_KEYS, MANY_LINKS = 100, 100_000, 10_000
ACTIVE = 100 # keys and client accounts that are in use, on either side
FIRST_CLIENT = 1_000_000 # the number of the first account that the office is linked to
PAGE_CONNECTIONS = 2 # pages have connections to the database of their own, and no more than these
ALLOWED = 0.85

# Keys that nobody uses, and what an office reaches: straight into the tables, and without their rows in the history, which would take minutes.
QUIETLY = "SET session_replication_role = replica;\n"
KEYS = QUIETLY + """WITH made AS (
    INSERT INTO hallmark.client (account_id, client_id, application_id, name, holder_id, scopes, secrets_made)
    SELECT account_id, 'hmk_idle' || step, application_id, 'Idle ' || step, holder_id, scopes, 1
    FROM hallmark.client, generate_series(1, {count}) AS step WHERE client.client_id = '{key}' RETURNING account_id, client_id)
INSERT INTO hallmark.client_secret (account_id, client_id, id, digest, mask)
SELECT account_id, client_id, 1, sha256(convert_to(client_id, 'UTF8')), 'idle' FROM made"""
LINKS = QUIETLY + """INSERT INTO hallmark.account (id, name) SELECT {first} + step, 'Client ' || step FROM generate_series(1, {count}) AS step;
INSERT INTO hallmark.office_access (account_id, office_account_id, allowed)
SELECT {first} + step, account_id, true FROM hallmark.client, generate_series(1, {count}) AS step WHERE client_id = '{key}';
INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
SELECT {first} + step, client.account_id, client.client_id, template.account_id, template.id, template.version
FROM hallmark.client, hallmark.access_template AS template, generate_series(1, {count}) AS step
WHERE client.client_id = '{key}' AND template.account_id = client.account_id"""


class Side:
    """A database with so many keys and links, and a server on it."""

    def __init__(self, binary, folder, keys, links):
        folder.mkdir()
        (folder / "pg").mkdir()
        os.chmod(folder, 0o711)
        if os.getuid() == 0:
            shutil.chown(folder / "pg", "hallmark", "hallmark")
        self.database = Database(folder / "pg")
        self.server = Hallmark(binary, self.database, folder)
        self.server.prepare()
        self.basics = self.server.many_clients(ACTIVE)
        self.admin = self._admin()
        self.office = self._office()
        self.database.psql("hallmark", KEYS.format(count=keys - ACTIVE, key=self.server.client_id) if keys > ACTIVE else "")
        self.database.psql("hallmark", LINKS.format(first=FIRST_CLIENT, count=links, key=self.office[0]))
        self.database.psql("hallmark", "VACUUM ANALYZE")
        self.ready_ms = self.server.start()
        self.rss_start = self.server.rss_megabytes()

    def _key(self, account, name, scopes, *more):
        """A key with a holder of its own, in an account: id, secret."""
        row = self.server.row
        user = row("user", "create", "--email", f"{name}@example.com", "--name", name)["id"]
        self.server.cli("member", "set", "--account", account, "--user", user, "--role", "owner", "--permissions", scopes)
        application = row("application", "create", "--name", name)["id"]
        key = row("key", "create", "--account", account, "--application", application, "--holder", user, "--name", name, "--scopes", scopes, *more)
        return key["client_id"], key["secret"]

    def _admin(self):
        self.account = self.server.account("Bench")
        return self._key(self.account, "admin", "keys:read links:read")

    def _office(self):
        self.office_account = self.server.row("account", "create", "--name", "Office")["id"]
        key = self._key(self.office_account, "office", "customers:read links:read", "--office")
        self.server.row("template", "create", "--account", self.office_account, "--name", "Books", "--scopes", "customers:read")
        self.office_admin = self._key(self.office_account, "office-admin", "keys:read links:read")
        return key

    def stop(self):
        if self.server.process:
            self.server.stop()
        self.database.stop()

    def token_scripts(self):
        """Those in use ask in turn: each key for itself, and the office for each of its clients."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        keys = ",".join(f"'Basic {basic}'" for basic in self.basics)
        office = base64.b64encode(":".join(self.office).encode()).decode()
        clients = ",".join(f"'{self.server.account_ident(FIRST_CLIENT + 1 + number)}'" for number in range(ACTIVE))
        return {
            "a key's token": lua("POST", "/oauth2/token", form, "grant_type=client_credentials") + f"""
local keys, at = {{{keys}}}, 0
request = function() at = at % #keys + 1; wrk.headers["Authorization"] = keys[at]; return wrk.format() end
""",
            "an office's token": lua("POST", "/oauth2/token", {**form, "Authorization": f"Basic {office}"}) + f"""
local clients, at = {{{clients}}}, 0
request = function() at = at % #clients + 1; return wrk.format(nil, nil, nil, "grant_type=client_credentials&account=" .. clients[at]) end
""",
        }

    def scripts(self):
        def reading(path, token):
            return lua("GET", path, {"Authorization": f"Bearer {token}"})
        server = self.server
        return {
            **self.token_scripts(),
            "a known token": reading("/api/customers?$top=0", server.token()),
            "a page of keys": reading(f"/admin/v1/accounts/{self.account}/keys", server.token(*self.admin)),
            "a page of links": reading(f"/admin/v1/accounts/{self.office_account}/keys/{self.office[0]}/links", server.token(*self.office_admin)),
        }


def compare_figure(name, few, many, scripts, options):
    connections = PAGE_CONNECTIONS if name.startswith("a page") else options.connections
    rates = {few: [], many: []}
    for side in (few, many):
        wrk(side.server.url, scripts[side][name], 1, connections) # warm
    for round_number in range(options.rounds):
        for side in ((few, many), (many, few))[round_number % 2]: # who comes second finds a warmer machine
            rates[side].append(wrk(side.server.url, scripts[side][name], options.seconds, connections)[0])
    ratio = statistics.median(rates[many]) / statistics.median(rates[few])
    print(f"{name:<18} {statistics.median(rates[many]):>9.0f}/s   with a hundred {statistics.median(rates[few]):>9.0f}/s   ratio {ratio:.2f}"
          + ("" if ratio >= ALLOWED else "   TOO SLOW"), flush=True)
    return round(ratio, 3)


def measure(binary, folder, options):
    sides = []
    try:
        sides.append(Side(binary, folder / "few", FEW, FEW))
        sides.append(Side(binary, folder / "many", MANY_KEYS, MANY_LINKS))
        few, many = sides
        scripts = {side: side.scripts() for side in sides}
        ratios = {name: compare_figure(name, few, many, scripts, options) for name in scripts[few]}
        print(f"ready after {many.ready_ms:.0f} ms, with a hundred {few.ready_ms:.0f} ms; RSS at the start {many.rss_start:.1f} and {few.rss_start:.1f} MB, "
              f"after all rounds {many.server.rss_megabytes():.1f} and {few.server.rss_megabytes():.1f} MB", flush=True)
        return {"ratios": ratios, "ready_ms": many.ready_ms, "rss_start": many.rss_start, "rss_after": many.server.rss_megabytes()}
    finally:
        for side in sides:
            side.stop()
