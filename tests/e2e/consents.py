# SPDX-License-Identifier: Apache-2.0
"""People who give applications something, without the pages on which they do it: what a page keeps at the end is kept here by the same statement."""

import base64
import dataclasses
import hashlib
import itertools
import json
import secrets
import time
import urllib.parse
import zlib

import harness
import sql_statements
from demo import BASE62, SCOPES, number_of

REDIRECT = "https://shop.example/callback"
_numbers = itertools.count(1)


def base62(number, digits):
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text


def credential(prefix, account):
    """A code (hmc_) or refresh token (hmr_) as the server makes them."""
    body = prefix + account[4:] + "".join(secrets.choice(BASE62) for _ in range(43))
    return body + base62(zlib.crc32(body.encode()), 6)


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@dataclasses.dataclass(frozen=True)
class Client:
    client_id: str
    secret: str | None
    application: str
    name: str

    def authorization(self, secret=None):
        if self.secret is None:
            return False
        return "Basic " + base64.b64encode(f"{self.client_id}:{secret or self.secret}".encode()).decode()

    def named(self):
        """Form members of a client that can keep no secret."""
        return {} if self.secret else {"client_id": self.client_id}


@dataclasses.dataclass(frozen=True)
class Person:
    account: str
    user: str
    email: str
    name: str


@dataclasses.dataclass(frozen=True)
class Code:
    text: str
    verifier: str | None
    redirect_uri: str
    grant: int
    family: int


class People:
    """Applications, persons and codes on the demo api of a World."""

    def __init__(self, world):
        self.world = world
        self.session = sql_statements.Session(world.cluster)

    def close(self):
        self.session.close()

    def new_client(self, public=False, scopes=SCOPES, introspects=None, application=None):
        application, name = application or self.world.new_application()
        self.world.json("application", "offer", application, f"--redirect-uris={REDIRECT} http://127.0.0.1/callback", f"--scopes={scopes}")
        made = self.world.json("client", "create", f"--application={application}", *(["--public"] if public else []),
                               *([f"--introspects={introspects}"] if introspects else []))[0]
        assert ("secret" in made) is not public
        return Client(made["client_id"], made.get("secret"), application, name)

    def new_person(self, account=None, permissions=SCOPES, name="Ada Lovelace"):
        account = account or self.world.new_account()
        email = f"ada{next(_numbers)}@people.example"
        user = self.world.json("user", "create", f"--email={email}", f"--name={name}")[0]["id"]
        self.world.json("member", "set", f"--account={account}", f"--user={user}", "--role=member", f"--permissions={permissions}")
        return Person(account, user, email, name)

    def new_code(self, client, person, scopes="customers:read customers:write", resource="", redirect_sent=True, verifier=True, session=0, **given):
        """What the consent page does at its end."""
        text, verifier = credential("hmc_", person.account), secrets.token_urlsafe(48) if verifier else None
        grant, family = secrets.randbits(62) + 1, secrets.randbits(62) + 1
        rows = self.session.run(
            "code_issue", account_id=number_of(person.account), user_id=number_of(person.user), application_id=number_of(client.application),
            client_account_id=0, client_id=client.client_id, grant_id=grant, family_id=family, digest=hashlib.sha256(text.encode()).digest(),
            redirect_uri=REDIRECT, redirect_sent=redirect_sent, code_challenge=verifier and challenge_of(verifier), scopes=scopes.split(),
            resource=resource, auth_time_us=int(time.time() * 1_000_000), session_id=session,
            actor=json.dumps({"application_name": client.name, "user_id": number_of(person.user), "person": person.name}), **given)
        if not rows:
            return None
        return Code(text, verifier, REDIRECT, rows[0]["grant_id"], family)


def ask(caller, path, client, authorization=None, **form):
    """POSTs a form as this client."""
    send(caller, path, client, authorization, **form)
    return caller.answer()


def send(caller, path, client, authorization=None, **form):
    body = urllib.parse.urlencode({**client.named(), **{name: value for name, value in form.items() if value is not None}})
    caller.send("POST", path, body, authorization=client.authorization() if authorization is None else authorization,
                media="application/x-www-form-urlencoded")


def redemption(issued, **other):
    return {"grant_type": "authorization_code", "code": issued.text, "redirect_uri": issued.redirect_uri, "code_verifier": issued.verifier, **other}


def redeem(caller, client, issued, authorization=None, **other):
    return ask(caller, "/oauth2/token", client, authorization, **redemption(issued, **other))


def refresh(caller, client, token, authorization=None, **other):
    return ask(caller, "/oauth2/token", client, authorization, **{"grant_type": "refresh_token", "refresh_token": token, **other})


def refused(answer, status, error):
    assert (answer.status, answer.json().get("error")) == (status, error), answer
    assert answer.header("cache-control") == "no-store"


def tokens(answer):
    assert answer.status == 200, answer
    assert answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache"
    return answer.json()


def get(caller, token, path="customers/1"):
    """The status and code of a read; 404 is a right that was there."""
    answer = caller.call("GET", path, authorization=f"Bearer {token}")
    return answer.status, answer.json().get("code")


ALLOWED = (404, "record_not_found")
DEAD = (401, "invalid_token")


def wait_for(caller, token, wanted, seconds=10):
    """On a node that is told by the feed."""
    harness.wait_until(lambda: get(caller, token) == wanted, seconds, f"{wanted}")
