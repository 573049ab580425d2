# SPDX-License-Identifier: Apache-2.0
"""Libraries of other makers, used as their manuals say, over TLS: openid-client and jose, requests-oauthlib, Authlib, golang.org/x/oauth2."""

import os
import pathlib
import re
import shutil
import ssl
import subprocess
import time
import urllib.parse

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.jose import JsonWebToken
from authlib.jose.errors import BadSignatureError
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, TokenExpiredError
from oauthlib.oauth2.rfc6749.errors import InvalidScopeError
from requests_oauthlib import OAuth2Session as OauthlibSession

import demo as demo_data
import harness
from demo import PREFIX, SCOPES, Caller

pytestmark = pytest.mark.clients

AUDIENCE = "https://books.example"
OTHER_AUDIENCE = "https://archive.example"
NODE_CHECKS = pathlib.Path(__file__).parent.parent / "clients"
NPM_SECONDS = 45
CHECK_SECONDS = 30


def make_certificate(folder):
    certificate, key = folder / "server.crt", folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=hallmark.example",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    key.chmod(0o644)
    return certificate, key


@pytest.fixture(scope="module")
def node(cluster, demo):
    """A server with TLS: these libraries rightly want it. Its address knows the certificate to trust."""
    folder = harness.private_folder("hallmark-tls-")
    certificate, key = make_certificate(folder)
    demo.json("api", "create", "--name=archive", "--prefix=/archive", f"--audience={OTHER_AUDIENCE}")
    with demo_data.serving(cluster, tls_cert=certificate, tls_key=key) as server:
        server.certificate = str(certificate)
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key()


@pytest.fixture(scope="module")
def wrong_secret(demo):
    """A secret that is well formed, but somebody else's."""
    return demo.new_key().secret


# --- openid-client and jose (Node.js) ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    """The libraries of package-lock.json. Without npm or its registry this is an error: these tests are never skipped."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "openid_client.mjs", "run.mjs"):
        shutil.copy(NODE_CHECKS / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=1000"], cwd=folder, check=True,
                   timeout=NPM_SECONDS)
    return folder


@pytest.mark.parametrize("check", re.findall(r"^export async function (\w+)", (NODE_CHECKS / "openid_client.mjs").read_text(), re.MULTILINE))
def test_openid_client_and_jose(node_folder, node, key, wrong_secret, check):
    settings = {"HALLMARK_URL": node.url, "NODE_EXTRA_CA_CERTS": node.certificate, "CLIENT_ID": key.client_id, "CLIENT_SECRET": key.secret,
                "WRONG_SECRET": wrong_secret, "AUDIENCE": AUDIENCE, "OTHER_AUDIENCE": OTHER_AUDIENCE, "SCOPES": SCOPES, "API": PREFIX}
    done = subprocess.run(["node", "run.mjs", check], cwd=node_folder, env={**os.environ, **settings}, timeout=CHECK_SECONDS, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def trusting(session, node):
    """A session of requests that trusts the server and nothing else, whatever the environment says."""
    session.verify, session.trust_env = node.certificate, False
    return session


# --- requests-oauthlib ------------------------------------------------------------------------------------------------------------


def oauthlib_session(node, key, **client):
    session = OauthlibSession(client=BackendApplicationClient(client_id=key.client_id, **client))
    return trusting(session, node)


def fetch_with_basic(session, node, key, secret=None):
    return session.fetch_token(f"{node.url}/oauth2/token", client_id=key.client_id, client_secret=secret or key.secret, verify=node.certificate)


def fetch_with_body(session, node, key, secret=None):
    return session.fetch_token(f"{node.url}/oauth2/token", client_secret=secret or key.secret, include_client_id=True, verify=node.certificate)


def keep_a_customer(session, node):
    """What an application does with its token, whatever session it has."""
    customers = f"{node.url}{PREFIX}/customers"
    created = session.post(customers, json={"Name": "Ada Lovelace", "Discount": 12.5})
    assert created.status_code == 200, created.text
    record = created.json()
    assert session.get(f"{customers}/{record}").json() == {"Id": record, "Name": "Ada Lovelace", "Discount": 12.5}
    assert session.put(f"{customers}/{record}", json={"Name": "Ada King"}).status_code == 204
    found = session.get(customers, params={"$filter": f"Name eq 'Ada King' and Id eq {record}", "$top": 5})
    assert [row["Id"] for row in found.json()] == [record]
    assert session.delete(f"{customers}/{record}").status_code == 204
    assert session.get(f"{customers}/{record}").status_code == 404


@pytest.mark.parametrize("fetch", [fetch_with_basic, fetch_with_body])
def test_requests_oauthlib_works_with_its_token(node, key, fetch):
    session = oauthlib_session(node, key)
    token = fetch(session, node, key)
    assert token["expires_in"] == 600 and sorted(token["scope"]) == sorted(SCOPES.split())
    keep_a_customer(session, node)


@pytest.mark.parametrize("scope", ["customers:read", "customers:read products:write", "products:write customers:read"])
def test_requests_oauthlib_finds_the_scope_as_it_asked(node, key, scope, monkeypatch):
    """It raises when the answer names another scope than the one asked for, unless it is told not to."""
    monkeypatch.delenv("OAUTHLIB_RELAX_TOKEN_SCOPE", raising=False)
    session = oauthlib_session(node, key, scope=scope.split())
    assert "scope" not in fetch_with_basic(session, node, key), "what was asked is granted as it is, and not repeated"
    assert session.get(f"{node.url}{PREFIX}/customers").status_code == 200
    assert session.get(f"{node.url}{PREFIX}/invoices").status_code == 403


def test_requests_oauthlib_names_the_refusal(node, key, wrong_secret):
    for fetch in (fetch_with_basic, fetch_with_body):
        with pytest.raises(InvalidClientError):
            fetch(oauthlib_session(node, key), node, key, secret=wrong_secret)
    with pytest.raises(InvalidScopeError):
        fetch_with_basic(oauthlib_session(node, key, scope=["keys:write"]), node, key)


def test_requests_oauthlib_asks_again_when_its_token_is_old(node, key):
    session = oauthlib_session(node, key)
    first = fetch_with_basic(session, node, key)["access_token"]
    session.token = {**session.token, "expires_in": -1, "expires_at": time.time() - 1}
    with pytest.raises(TokenExpiredError):
        session.get(f"{node.url}{PREFIX}/customers")
    assert fetch_with_basic(session, node, key)["access_token"] != first
    assert session.get(f"{node.url}{PREFIX}/customers").status_code == 200


# --- Authlib ----------------------------------------------------------------------------------------------------------------------


def authlib_session(node, key, method="client_secret_basic", secret=None, **more):
    session = AuthlibSession(key.client_id, secret or key.secret, token_endpoint=f"{node.url}/oauth2/token", token_endpoint_auth_method=method,
                             grant_type="client_credentials", **more)
    return trusting(session, node)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_works_with_its_token(node, key, method):
    session = authlib_session(node, key, method)
    token = session.fetch_token()
    assert token["token_type"] == "Bearer" and token["expires_in"] == 600 and "refresh_token" not in token
    keep_a_customer(session, node)


def test_authlib_narrows_scope(node, key):
    session = authlib_session(node, key, scope="customers:read")
    assert "scope" not in session.fetch_token()
    assert session.get(f"{node.url}{PREFIX}/customers").status_code == 200
    refused = session.post(f"{node.url}{PREFIX}/customers", json={"Name": "Ada"})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_names_the_refusal(node, key, wrong_secret, method):
    with pytest.raises(OAuthError) as caught:
        authlib_session(node, key, method, secret=wrong_secret).fetch_token()
    assert caught.value.error == "invalid_client"


def test_authlib_asks_again_by_itself_when_its_token_is_old(node, key):
    renewed = []
    session = authlib_session(node, key, update_token=lambda token, **_: renewed.append(token["access_token"]))
    first = session.fetch_token()["access_token"]
    session.token = {**session.token, "expires_at": int(time.time()) - 1}
    assert session.get(f"{node.url}{PREFIX}/customers").status_code == 200
    assert renewed == [session.token["access_token"]] and renewed != [first]


def test_authlib_asks_about_its_token_and_takes_it_back(node, key):
    session = authlib_session(node, key)
    token = session.fetch_token()["access_token"]
    told = session.introspect_token(f"{node.url}/oauth2/introspect", token=token, token_type_hint="access_token").json()
    assert (told["active"], told["client_id"], told["aud"]) == (True, key.client_id, AUDIENCE)
    assert session.revoke_token(f"{node.url}/oauth2/revoke", token=token, token_type_hint="access_token").status_code == 200
    assert session.introspect_token(f"{node.url}/oauth2/introspect", token=token).json() == {"active": False}


def test_authlib_verifies_the_token(node, key):
    token = authlib_session(node, key).fetch_token()["access_token"]
    keys = trusting(requests.Session(), node).get(f"{node.url}/oauth2/jwks").json()
    wanted = {"iss": {"essential": True, "value": node.url}, "aud": {"essential": True, "value": AUDIENCE}, "client_id": {"value": key.client_id}}
    claims = JsonWebToken(["ES256"]).decode(token, keys, claims_options=wanted)
    claims.validate()
    assert claims.header["typ"] == "at+jwt"
    head, payload, signature = token.split(".")
    other = authlib_session(node, key, scope="customers:read").fetch_token()["access_token"].split(".")[1]
    assert payload != other
    with pytest.raises(BadSignatureError):
        JsonWebToken(["ES256"]).decode(f"{head}.{other}.{signature}", keys)


# --- golang.org/x/oauth2 ----------------------------------------------------------------------------------------------------------


class GoClient:
    """How golang.org/x/oauth2 finds out what a server wants: the header first; after any error the same request with the secret in the
    body; what worked is remembered. The requests have its bytes."""

    def __init__(self, port, tls, key):
        self.port, self.tls, self.key = port, tls, key
        self.asked = []

    def ask(self, caller, form, authorization):
        body = urllib.parse.urlencode(sorted(form.items()))
        caller.send("POST", demo_data.TOKEN_PATH, body, authorization=authorization, media="application/x-www-form-urlencoded",
                    headers={"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"})
        answer = caller.answer()
        self.asked.append((answer.status, answer.json().get("error")))
        return answer

    def token(self, header_secret=None):
        """header_secret: what reaches the server in the header, when it is not the right one."""
        form = {"grant_type": "client_credentials", "scope": "customers:read"}
        with Caller(self.port, self.key, tls=self.tls) as caller:
            answer = self.ask(caller, form, self.key.basic(header_secret))
            if answer.status != 200:
                answer = self.ask(caller, {**form, "client_id": self.key.client_id, "client_secret": self.key.secret}, False)
        return answer


@pytest.fixture(scope="module")
def trust(node):
    return ssl.create_default_context(cafile=node.certificate)


def test_go_needs_no_second_try(node, trust, key):
    go = GoClient(node.port, trust, key)
    assert go.token().status == 200 and go.asked == [(200, None)]


PROBES = 40  # four times as many failures as are free in a row


def test_go_probing_is_never_slowed_down(node, trust, demo, wrong_secret):
    """A header that does not arrive as it was sent, as behind a proxy with credentials of its own: the body's right secret works each time,
    and takes back what the failed header counted."""
    go = GoClient(node.port, trust, demo.new_key())
    began = time.monotonic()
    for _ in range(PROBES):
        assert go.token(header_secret=wrong_secret).status == 200
    assert go.asked == [(401, "invalid_client"), (200, None)] * PROBES
    assert time.monotonic() - began < 10, "a pause of one second after each failure would take longer"
