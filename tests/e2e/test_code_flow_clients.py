# SPDX-License-Identifier: Apache-2.0
"""Libraries of other makers send a person to us and come back with tokens, over TLS: openid-client (Node.js), Authlib, mod_auth_openidc (Apache)."""

import os
import re
import shutil
import socket
import subprocess

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken
from authlib.oidc.core import CodeIDToken

import demo as demo_data
import harness
from consents import REDIRECT, People
from test_clients import NODE_CHECKS, NPM_SECONDS, make_certificate, trusting
from visits import Visitor, answer_of, consent, go_through_login, location_of

pytestmark = pytest.mark.clients

CHECKS = (NODE_CHECKS / "code_flow.mjs").read_text()
SCOPE = "openid email customers:read customers:write"


@pytest.fixture(scope="module")
def node(cluster, demo):
    folder = harness.private_folder("hallmark-tls-")
    certificate, key = make_certificate(folder)
    with demo_data.serving(cluster, tls_cert=certificate, tls_key=key) as server:
        server.certificate = str(certificate)
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def folk(demo):
    made = People(demo)
    yield made
    made.close()


@pytest.fixture(scope="module")
def web(folk):
    return folk.new_client()


@pytest.fixture(scope="module")
def native(folk):
    return folk.new_client(public=True)


@pytest.fixture
def visitor(folk, node):
    made = Visitor(folk, node)
    trusting(made.browser, node)
    return made


def come_back(visitor, node, address):
    """What the person does at an address to which an application sent the browser: where the browser comes back to."""
    assert address.startswith(node.url + "/authorize?")
    page = visitor.browser.see(address[len(node.url):])
    if page.status_code == 303 and location_of(page).startswith("/login"):
        page = go_through_login(visitor, page)
    if page.status_code == 200:
        page = consent(visitor, page, answer="deny" if "refuses" in address else "allow")
    return location_of(page)


# --- openid-client ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "code_flow.mjs"):
        shutil.copy(NODE_CHECKS / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=1000"], cwd=folder, check=True,
                   timeout=NPM_SECONDS)
    return folder


@pytest.mark.parametrize("kind", ["web", "native"])
@pytest.mark.parametrize("check", re.findall(r"^export async function (\w+)", CHECKS, re.MULTILINE))
def test_openid_client(request, node_folder, node, visitor, check, kind):
    client = request.getfixturevalue(kind)
    settings = {"HALLMARK_URL": node.url, "NODE_EXTRA_CA_CERTS": node.certificate, "CLIENT_ID": client.client_id, "CLIENT_SECRET": client.secret or "",
                "REDIRECT_URI": REDIRECT}
    with subprocess.Popen(["node", "code_flow.mjs", check], cwd=node_folder, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as running:
        address = running.stdout.readline().strip()
        if address:
            running.stdin.write(come_back(visitor, node, address) + "\n")
            running.stdin.flush()
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors


# --- Authlib ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["web", "native"])
def test_authlib(request, node, visitor, kind):
    client = request.getfixturevalue(kind)
    how = {} if client.secret else {"token_endpoint_auth_method": "none"}
    session = trusting(OAuth2Session(client.client_id, client.secret, redirect_uri=REDIRECT, scope=SCOPE, code_challenge_method="S256", **how), node)
    metadata = session.get(f"{node.url}/.well-known/openid-configuration", withhold_token=True).json()
    verifier = "v" * 43
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-0S6")
    token = session.fetch_token(metadata["token_endpoint"], authorization_response=come_back(visitor, node, address), state=state, code_verifier=verifier)
    keys = session.get(metadata["jwks_uri"], withhold_token=True).json()
    claims = JsonWebToken(metadata["id_token_signing_alg_values_supported"]).decode(
        token["id_token"], keys, claims_cls=CodeIDToken, claims_options={"iss": {"value": node.url}},
        claims_params={"nonce": "n-0S6", "client_id": client.client_id, "access_token": token["access_token"]})
    claims.validate()
    person = session.get(metadata["userinfo_endpoint"]).json()
    assert (person["sub"], person["email"]) == (claims["sub"], visitor.login.email)
    old = token["access_token"]
    fresh = session.refresh_token(metadata["token_endpoint"])
    assert fresh["access_token"] != old
    session.revoke_token(metadata["revocation_endpoint"], token=fresh["refresh_token"], token_type_hint="refresh_token")
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(metadata["token_endpoint"], refresh_token=fresh["refresh_token"])


# --- mod_auth_openidc ---------------------------------------------------------------------------------------------------------------


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def apache(folk, node):
    """Apache in a process of its own, with an application of its own. Gives its address."""
    folder, port = harness.private_folder("hallmark-apache-"), harness.free_port()
    client = folk.new_client()
    url = f"http://127.0.0.1:{port}"
    folk.world.json("application", "offer", client.application, f"--redirect-uris={url}/protected/callback")
    folder.chmod(0o755)  # it serves as another user
    shutil.copy(node.certificate, folder / "certificate")
    (folder / "pages" / "protected").mkdir(parents=True)
    (folder / "pages" / "protected" / "page").write_text("for people with a session")
    given = {"FOLDER": folder, "PORT": port, "ISSUER": node.url, "CERTIFICATE": folder / "certificate", "CLIENT_ID": client.client_id, "CLIENT_SECRET": client.secret,
             "PASSPHRASE": "only-for-a-test", "USER": "User www-data\nGroup www-data" if os.getuid() == 0 else ""}
    text = (NODE_CHECKS / "apache.conf").read_text()
    for name, value in given.items():
        text = text.replace(f"@{name}@", str(value))
    (folder / "apache.conf").write_text(text)
    running = subprocess.Popen(["/usr/sbin/apache2", "-f", folder / "apache.conf", "-D", "FOREGROUND"])
    harness.wait_until(lambda: listens(port), 20, "Apache")
    yield url
    running.terminate()
    running.wait(timeout=20)
    shutil.rmtree(folder)


def test_mod_auth_openidc(apache, node, visitor):
    application = requests.Session()
    application.trust_env = False
    sent = application.get(apache + "/protected/page", allow_redirects=False)
    assert sent.status_code == 302, sent.text
    back = application.get(come_back(visitor, node, sent.headers["location"]), allow_redirects=False)
    assert (back.status_code, back.headers.get("location")) == (302, apache + "/protected/page"), back.text
    page = application.get(back.headers["location"], allow_redirects=False)
    assert (page.status_code, page.text) == (200, "for people with a session")
    assert page.headers["x-person"] == visitor.login.email
    assert requests.get(apache + "/protected/page", allow_redirects=False, timeout=30).status_code == 302, "nobody else has that session"
