# SPDX-License-Identifier: Apache-2.0
"""What people's applications do at the token endpoint: codes redeemed and refresh tokens used, beside a minimal libh2o program that sends
the same statements; and whether tokens wait while passwords are hashed."""

import base64
import hashlib
import html
import re
import secrets
import statistics
import threading
import urllib.parse
import urllib.request

from stand import WRITE_CONNECTIONS, Minimal, credential, lua, statement_file, wrk

A_SECOND = 8_000 # more codes and tokens than can be used
REDIRECT = "https://shop.example/callback"
VERIFIER = "v" * 43
LOGINS = 4
PASSWORD = "a long password of the bench"

# A code for each digest of a file, and what one consent gives to it.
GRANT = """INSERT INTO hallmark."grant" (account_id, id, user_id, application_id, scopes)
SELECT {account}, 1, member.user_id, client.application_id, '{{customers:read}}'
FROM hallmark.member, hallmark.client WHERE member.account_id = {account} AND client.client_id = '{client}' LIMIT 1 ON CONFLICT DO NOTHING"""
CODE = """TRUNCATE hallmark.refresh_token, hallmark.family, hallmark.authorization_code;
CREATE TEMPORARY TABLE given (number serial, digest text);
COPY given (digest) FROM stdin;
{digests}
\\.
INSERT INTO hallmark.authorization_code (account_id, digest, grant_id, family_id, user_id, client_account_id, client_id, redirect_uri,
    redirect_sent, code_challenge, scopes, resource, auth_time, expires_at, generation)
SELECT {account}, decode(given.digest, 'hex'), 1, given.number, of_grant.user_id, 0, '{client}', '{redirect}', true, '{challenge}', of_grant.scopes, '',
    now(), now() + interval '1 hour', (SELECT hallmark.grant_generation({account}, 1))
FROM given, hallmark."grant" AS of_grant WHERE of_grant.account_id = {account} AND of_grant.id = 1;
VACUUM ANALYZE hallmark.authorization_code"""
TOKENS = """TRUNCATE hallmark.refresh_token, hallmark.family, hallmark.authorization_code;
CREATE TEMPORARY TABLE given (number serial, digest text);
COPY given (digest) FROM stdin;
{digests}
\\.
INSERT INTO hallmark.family (account_id, id, grant_id, user_id, client_account_id, client_id, scopes, resource, auth_time, rotates, ends_at, generation)
SELECT {account}, given.number, 1, of_grant.user_id, 0, '{client}', of_grant.scopes, '', now(), {rotates}, now() + interval '1 day',
    (SELECT hallmark.grant_generation({account}, 1))
FROM given, hallmark."grant" AS of_grant WHERE of_grant.account_id = {account} AND of_grant.id = 1;
INSERT INTO hallmark.refresh_token (account_id, digest, family_id) SELECT {account}, decode(digest, 'hex'), number FROM given;
VACUUM ANALYZE hallmark.refresh_token"""


def challenge():
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Shop:
    """An application, confidential and public, to which somebody has given something."""

    def __init__(self, server, folder, seconds):
        self.server, self.folder, self.database = server, folder, server.database
        self.count = A_SECOND * seconds
        self.account = int(self.database.psql("hallmark", "SELECT id FROM hallmark.account WHERE name = 'Bench'"))
        application = server.row("application", "create", "--name", "Shop")["id"]
        server.cli("application", "offer", application, f"--redirect-uris={REDIRECT}", "--scopes=customers:read")
        made = server.row("client", "create", f"--application={application}")
        self.client, self.secret = made["client_id"], made["secret"]
        self.native = server.row("client", "create", f"--application={application}", "--public")["client_id"]
        self.database.psql("hallmark", GRANT.format(account=self.account, client=self.client))

    def things(self, prefix):
        """Codes or refresh tokens, in a file for wrk, and their digests, in another for the minimal program."""
        texts = [credential(prefix, self.account, 43) for _ in range(self.count)]
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        (self.folder / "texts").write_text("\n".join(texts) + "\n")
        (self.folder / "digests").write_text("\n".join(digests) + "\n")
        return "\n".join(digests)

    def headers(self, public):
        basic = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        return {"Content-Type": "application/x-www-form-urlencoded", **({} if public else {"Authorization": f"Basic {basic}"})}

    def script(self, form, public):
        """Each request takes the next line."""
        fixed = urllib.parse.urlencode({**({"client_id": self.native} if public else {}), **form})
        return lua("POST", "/oauth2/token", self.headers(public)) + f"""
local texts = {{}}
for line in io.lines("{self.folder / 'texts'}") do texts[#texts + 1] = line end
local at = 0
request = function() at = at % #texts + 1; return wrk.format(nil, nil, nil, "{fixed}" .. texts[at]) end
"""


def code_measure(shop):
    return {
        "fill": CODE.format(account=shop.account, client=shop.client, redirect=REDIRECT, challenge=challenge(), digests=shop.things("hmc_")),
        "script": shop.script({"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER, "code": ""}, False),
        "statement": ("code_redeem", shop.account, f"@line+{shop.folder / 'digests'}", shop.client, REDIRECT, challenge(), "NULL", "@random32"),
    }


def kept_measure(shop):
    return {
        "fill": TOKENS.format(account=shop.account, client=shop.client, rotates=False, digests=shop.things("hmr_")),
        "script": shop.script({"grant_type": "refresh_token", "refresh_token": ""}, False),
        "statement": ("refresh_keep", shop.account, f"@line+{shop.folder / 'digests'}", shop.client, "NULL", "NULL"),
    }


def rotated_measure(shop):
    return {
        "fill": TOKENS.format(account=shop.account, client=shop.native, rotates=True, digests=shop.things("hmr_")),
        "script": shop.script({"grant_type": "refresh_token", "refresh_token": ""}, True),
        "statement": ("refresh_rotate", shop.account, f"@line+{shop.folder / 'digests'}", shop.native, "NULL", "NULL", "@random32", "@random32"),
    }


def compare_statement(name, shop, minimal, made, options):
    """Each round starts with fresh rows, since a code is used once."""
    statement, *arguments = made["statement"]
    rates, latencies = {"ours": [], "other": []}, []
    for number in range(options.rounds + 1): # the first warms
        shop.database.psql("hallmark", made["fill"])
        ours = wrk(shop.server.url, made["script"], options.seconds, options.connections)
        shop.database.psql("hallmark", made["fill"])
        other = Minimal(minimal, "write", shop.database.url("hallmark_server"), statement_file(shop.folder, statement), WRITE_CONNECTIONS, *arguments)
        theirs = wrk(other.url, lua("POST", "/oauth2/token", shop.headers(False), "grant_type=x"), options.seconds, options.connections)
        other.stop()
        if number > 0:
            rates["ours"].append(ours[0])
            rates["other"].append(theirs[0])
            latencies.append(ours[1:])
    mine, least = statistics.median(rates["ours"]), statistics.median(rates["other"])
    p50, p99 = latencies[len(latencies) // 2]
    print(f"{name:<12} {mine:>9.0f}/s   minimal {least:>9.0f}/s   ratio {mine / least:.2f}   p50 {p50}  p99 {p99}", flush=True)
    return {"name": name, "ours": mine, "minimal": least, "ratio": round(mine / least, 3), "p50": p50, "p99": p99}


def measure_statements(server, minimal, folder, options):
    shop = Shop(server, folder, options.seconds)
    measures = (("redemption", code_measure), ("refresh", kept_measure), ("rotation", rotated_measure))
    return [compare_statement(name, shop, minimal, make(shop), options) for name, make in measures]


# --- passwords ------------------------------------------------------------------------------------------------------------------


class Login(threading.Thread):
    """Somebody who logs in again and again, so that one password is being hashed at any moment."""

    def __init__(self, server, number):
        super().__init__(daemon=True)
        self.server, self.email, self.count, self.ended = server, f"login{number}@example.com", 0, threading.Event()
        server.row("user", "create", "--email", self.email, "--name", "Ada")
        server.cli("user", "set-password", self.email, stdin=PASSWORD + "\n")

    def run(self):
        while not self.ended.is_set():
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            page = browser.open(f"{self.server.url}/login").read().decode()
            ticket = html.unescape(re.search(r'name="form" value="([^"]*)"', page)[1])
            form = urllib.parse.urlencode({"form": ticket, "email": self.email, "password": PASSWORD}).encode()
            answer = browser.open(f"{self.server.url}/login", form)
            self.count += answer.url.endswith("/sessions")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measure_hashing(server, token_script, options):
    """p99 of token requests while four logins are hashed, beside the same without."""
    p99, rates, logins = {True: [], False: []}, {True: [], False: []}, 0
    for _ in range(options.rounds):
        for is_hashing in (False, True):
            people = [Login(server, secrets.token_hex(6)) for _ in range(LOGINS)] if is_hashing else []
            for person in people:
                person.start()
            rate, _, slowest = wrk(server.url, token_script, options.seconds, 8)
            for person in people:
                person.ended.set()
            for person in people:
                person.join()
                logins += person.count
            p99[is_hashing].append(milliseconds(slowest))
            rates[is_hashing].append(rate)
    with_it, without = statistics.median(p99[True]), statistics.median(p99[False])
    print(f"hashing      token p99 {with_it:.1f} ms while {LOGINS} log in, {without:.1f} ms without; {statistics.median(rates[True]):.0f}/s and {statistics.median(rates[False]):.0f}/s, "
          f"{logins} logins", flush=True)
    return {"p99_with": with_it, "p99_without": without, "rate_with": statistics.median(rates[True]), "rate_without": statistics.median(rates[False]), "logins": logins}
