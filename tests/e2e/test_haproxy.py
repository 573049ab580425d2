# SPDX-License-Identifier: Apache-2.0
"""HAProxy before an api of the company's own, with the configuration that tests/clients offers as a recipe: it checks our tokens offline, with
the public keys that the server publishes as PEM."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import pytest
from jwcrypto import jwk, jws

import harness
from demo import Caller
from harness import ask

pytestmark = pytest.mark.clients

RECIPE = pathlib.Path(__file__).parent.parent / "clients"
AUDIENCE = "https://books.example"
BRIEF_AUDIENCE = "https://brief.example"
BRIEF_SECONDS = 10  # the least that an api can say


class Answering(http.server.ThreadingHTTPServer):
    """An HTTP server in a thread; `answer(method, path, headers)` gives status, media type and body."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                status, media, body = answer(self.command, self.path, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", media)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = respond

            def log_message(self, *_):
                """Says nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def mirror(method, path, headers):
    """The company's api: says what reached it."""
    return 200, "application/json", json.dumps({"method": method, "path": path, "headers": [[name.lower(), value] for name, value in headers.items()]}).encode()


def is_listening(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Haproxy(harness.Process):
    """HAProxy with the recipe, as an operator makes it."""

    def __init__(self, issuer, api, audience=AUDIENCE, keys_from=None):
        self.port = harness.free_port()
        self.files = harness.private_folder("hallmark-haproxy-")
        configuration = self.files / "haproxy.cfg"
        with open(RECIPE / "haproxy.cfg", "rb") as template, open(configuration, "wb") as out:
            subprocess.run([RECIPE / "haproxy-keys", keys_from or issuer, self.files / "keys"], stdin=template, stdout=out, check=True, timeout=30)
        settings = {"API_LISTEN": f"127.0.0.1:{self.port}", "API_SERVER": f"127.0.0.1:{api.server_port}", "ISSUER": issuer, "AUDIENCE": audience}
        super().__init__(["/usr/sbin/haproxy", "-db", "-f", str(configuration)], settings)
        harness.wait_until(lambda: not self.is_running() or is_listening(self.port), what="HAProxy")
        if not self.is_running():
            errors = self.errors()
            self.close()
            raise RuntimeError(f"HAProxy did not start: {errors}")

    def close(self):
        super().close()
        shutil.rmtree(self.files)

    def call(self, token=None, method="GET", path="/customers", headers=()):
        """The answer to one request; `token` stands behind Bearer, `headers` are whole lines."""
        lines = [f"{method} {path} HTTP/1.1", "Host: api.example", *headers]
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        if method == "POST":
            lines.append("Content-Length: 0")
        return ask(self.port, "\r\n".join([*lines, "", ""]))


@pytest.fixture(scope="module")
def api():
    with Answering(mirror) as running:
        yield running


@pytest.fixture(scope="module")
def key(demo):
    return demo.new_key()


@pytest.fixture(scope="module")
def proxy(server, api):
    running = Haproxy(server.url, api)
    yield running
    running.close()


@pytest.fixture(scope="module", autouse=True)
def brief(demo, server, key, api):
    """HAProxy for an api whose tokens soon end, and one of them that was let through before the other tests, so that it is old after them."""
    demo.json("api", "create", "--name=brief", "--prefix=/brief", f"--audience={BRIEF_AUDIENCE}", f"--token-seconds={BRIEF_SECONDS}")
    running = Haproxy(server.url, api, BRIEF_AUDIENCE)
    token = token_of(server, key, resource=BRIEF_AUDIENCE)
    assert running.call(token).status == 200
    yield running, token
    running.close()


def token_of(server, key, **parameters):
    with Caller(server.port, key) as caller:
        answer = caller.ask_for_token(**parameters)
        assert answer.status == 200, answer
        return answer.json()["access_token"]


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


def assert_refused(answer):
    assert answer.status == 401 and answer.json()["status"] == 401, answer
    assert 'error="invalid_token"' in answer.header("www-authenticate")


# --- with our tokens --------------------------------------------------------------------------------------------------------------


def test_our_token_is_let_through(proxy, server, key):
    token = token_of(server, key)
    claims = json.loads(decoded(token.split(".")[1]))
    forged = ["X-Hallmark-Account: acc_forged", "x-hallmark-application: forged", "X_Hallmark_Client: forged", "X-Hallmark-Role: owner"]
    answer = proxy.call(token, path="/customers?x=1", headers=forged)
    assert answer.status == 200, answer
    seen = answer.json()
    assert (seen["method"], seen["path"]) == ("GET", "/customers?x=1")
    told = sorted((name, value) for name, value in seen["headers"] if "hallmark" in name)
    assert told == [("x-hallmark-account", str(claims["account"])), ("x-hallmark-application", str(claims["application"])),
                    ("x-hallmark-client", key.client_id), ("x-hallmark-scope", claims["scope"])]
    assert "authorization" not in dict(seen["headers"])


def test_scope_decides(proxy, server, key):
    assert proxy.call(token_of(server, key, scope="customers:write"), method="POST").status == 200
    refused = proxy.call(token_of(server, key, scope="customers:read"), method="POST")
    assert refused.status == 403 and 'scope="customers:write"' in refused.header("www-authenticate")


def test_no_token_is_let_through(proxy, server, key):
    for headers in ([], [f"Authorization: {key.basic()}"]):
        refused = proxy.call(headers=headers)
        assert refused.status == 401 and refused.header("www-authenticate") == 'Bearer realm="api"'
    token = token_of(server, key)
    assert proxy.call(token, headers=[f"Authorization: Bearer {token}"]).status == 400


def test_token_for_another_api_is_refused(proxy, server, key):
    assert_refused(proxy.call(token_of(server, key, resource=BRIEF_AUDIENCE)))


def public_pem(server, token):
    kid = json.loads(decoded(token.split(".")[0]))["kid"]
    return ask(server.port, f"GET /oauth2/keys/{kid}.pem HTTP/1.1\r\nHost: id.example\r\n\r\n").body


def with_more_rights(head, payload, signature, _):
    return ".".join([head, encoded({**json.loads(decoded(payload)), "account": "acc_other"}), signature])


def with_a_bit_flipped(head, payload, signature, _):
    changed = bytearray(decoded(signature))
    changed[20] ^= 1
    return ".".join([head, payload, encoded(bytes(changed))])


def with_a_later_end(head, payload, signature, _):
    return ".".join([head, encoded({**json.loads(decoded(payload)), "exp": 4102444800}), signature])


def unsigned(head, payload, _, __):
    return ".".join([encoded({**json.loads(decoded(head)), "alg": "none"}), payload, ""])


def unsigned_with_our_signature(head, payload, signature, _):
    return ".".join([encoded({**json.loads(decoded(head)), "alg": "none"}), payload, signature])


def signed_with_the_public_key_as_a_secret(head, payload, _, pem):
    text = ".".join([encoded({**json.loads(decoded(head)), "alg": "HS256"}), payload])
    return f"{text}.{encoded(hmac.digest(pem, text.encode(), hashlib.sha256))}"


def signed_with_another_key(head, payload, _, __):
    made = jws.JWS(decoded(payload))
    made.add_signature(jwk.JWK.generate(kty="EC", crv="P-256"), protected=decoded(head).decode())
    return made.serialize(compact=True)


def with_an_unknown_kid(head, payload, signature, _):
    return ".".join([encoded({**json.loads(decoded(head)), "kid": "nobody"}), payload, signature])


def without_signature(head, payload, _, __):
    return f"{head}.{payload}"


CHANGES = [with_more_rights, with_a_bit_flipped, with_a_later_end, unsigned, unsigned_with_our_signature, signed_with_the_public_key_as_a_secret,
           signed_with_another_key, with_an_unknown_kid, without_signature]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_token_is_refused(proxy, server, key, change):
    token = token_of(server, key)
    changed = change(*token.split("."), public_pem(server, token))
    assert_refused(proxy.call(changed))
    assert proxy.call(token).status == 200, "it was the change that was refused"


# --- with tokens that our server would not make -----------------------------------------------------------------------------------

ISSUER = "https://issuer.example"


@pytest.fixture(scope="module")
def two_keys():
    return {kid: jwk.JWK.generate(kty="EC", crv="P-256", kid=kid, alg="ES256", use="sig") for kid in ("first", "-second")}


@pytest.fixture(scope="module")
def proxy_of_two_keys(two_keys, api):
    """HAProxy with the keys of an issuer that publishes two, and a third that HAProxy cannot verify."""
    unusable = jwk.JWK.generate(kty="OKP", crv="Ed25519", kid="third", alg="EdDSA", use="sig")
    published = [json.loads(key.export_public()) for key in (*two_keys.values(), unusable)]
    files = {"/oauth2/jwks": json.dumps({"keys": published}, separators=(",", ":")).encode(),
             **{f"/oauth2/keys/{kid}.pem": key.export_to_pem() for kid, key in two_keys.items()}}
    with Answering(lambda _, path, __: (200, "text/plain", files[path]) if path in files else (404, "text/plain", b"")) as issuer:
        running = Haproxy(ISSUER, api, keys_from=issuer.url)
    yield running
    running.close()


def signed(key, head=(), **claims):
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "hmk_x", "client_id": "hmk_x", "iat": now, "exp": now + 60, "jti": "1", "scope": "customers:read"}
    usual = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    made = jws.JWS(json.dumps(usual))
    made.add_signature(key, protected=json.dumps({"typ": "at+jwt", "alg": "ES256", "kid": key.kid, **dict(head)}))
    return made.serialize(compact=True)


def test_every_published_key_counts(proxy_of_two_keys, two_keys):
    for key in two_keys.values():
        assert proxy_of_two_keys.call(signed(key)).status == 200
    assert_refused(proxy_of_two_keys.call(signed(two_keys["first"], {"kid": "-second"})))


@pytest.mark.parametrize("head, claims", [
    ({}, {"exp": 1}), ({}, {"exp": None}), ({}, {"exp": -1}), ({}, {"exp": "soon"}), ({}, {"exp": 99999999999999999999}),
    ({}, {"iss": None}), ({}, {"iss": "https://issuer.example/"}), ({}, {"iss": "https://ISSUER.example"}),
    ({}, {"aud": None}), ({}, {"aud": BRIEF_AUDIENCE}), ({}, {"aud": [BRIEF_AUDIENCE]}),
    ({"typ": "JWT"}, {}), ({"typ": "dpop+jwt"}, {}), ({"kid": "third"}, {}), ({"kid": ""}, {}),
])
def test_token_that_lacks_something_is_refused(proxy_of_two_keys, two_keys, head, claims):
    assert_refused(proxy_of_two_keys.call(signed(two_keys["first"], head, **claims)))


# --- at the end, since it takes a token's lifetime --------------------------------------------------------------------------------


def test_expired_token_is_refused(brief, server):
    proxy, token = brief
    expires = json.loads(decoded(token.split(".")[1]))["exp"]
    harness.wait_until(lambda: time.time() > expires + 1, BRIEF_SECONDS + 5, "the end of the token")
    assert_refused(proxy.call(token))
    own = ask(server.port, f"GET /history HTTP/1.1\r\nHost: id.example\r\nAuthorization: Bearer {token}\r\n\r\n")
    assert own.status == 401 and 'error="invalid_token"' in own.header("www-authenticate"), "the gateway sees it as HAProxy does"
