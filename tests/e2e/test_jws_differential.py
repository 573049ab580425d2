# SPDX-License-Identifier: Apache-2.0
"""Thousands of changed tokens, judged by server/token, by jwcrypto and by libjwt.

No token that we accept may be one that a strict peer refuses, unless a row of WHY_WE_ACCEPT says why. The changes come from one seed;
half of them are signed again afterwards, so that the checks behind the signature are reached too."""

import base64
import collections
import json
import os
import pathlib
import random
import subprocess
import time

import pytest
from jwcrypto import jwk, jws, jwt

SEED = 20261121
TOKENS = 6000
TOKENS_SOAK = 100000

ISSUER = "https://auth.example"
AUDIENCE = "https://api.example"
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
OF_LIBJWT = ("ES256", "RS256")  # of ours it knows these
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256

# (peer, what is particular about the token): why we accept what the peer refuses
WHY_WE_ACCEPT = {
    ("jwcrypto", "Ed25519"): "RFC 9864 gave EdDSA over that curve a name of its own, which jwcrypto 1.1 does not know",
    ("libjwt", "Ed25519"): "the same",
    ("libjwt", "typ in full"): "RFC 7515 section 4.1.9: application/ may stand before the type; libjwt compares with JWT alone",
    ("jwcrypto", "typ as claim"): "typ is a member of headers; jwcrypto reads it as claim too (RFC 7519 has no such claim), and wants a text",
}

EVERY_WORD = {
    "ok", "too_long", "segments", "encoding", "header", "type", "critical", "unknown_key", "algorithm", "signature", "payload",
    "claim", "issuer", "audience", "not_yet", "expired",
}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Checker:
    """tests/support/token_check.c: one line asked, one line answered."""

    def __init__(self):
        path = pathlib.Path(os.environ.get("HALLMARK_BUILD", "build/test")) / "tests" / "token_check"
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.jwks = json.loads(self.ask("jwks"))
        self.keys = {key["kid"]: jwk.JWK(**key) for key in self.jwks["keys"]}
        self.kids = {key["alg"]: key["kid"] for key in self.jwks["keys"]}

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "token_check ended"
        return answer.rstrip("\n")

    def sign(self, algorithm, header, payload):
        return self.ask("sign", algorithm, header.hex(), payload.hex()).encode()

    def jws(self, kind, kid, token):
        return self.ask("jws", kind.encode().hex(), kid.encode().hex(), token.hex()).split(" ")

    def access(self, now, token):
        return self.ask("access", ISSUER.encode().hex(), AUDIENCE.encode().hex(), str(now), token.hex())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0  # a leak or a broken assertion ends it otherwise


@pytest.fixture(scope="module")
def checker():
    running = Checker()
    yield running
    running.close()


# --- changes ---------------------------------------------------------------------------------------------------------


def header_of(checker, algorithm, kind):
    return {"alg": algorithm, "kid": checker.kids[algorithm], "typ": kind}


def claims_now(now):
    return {
        "iss": ISSUER, "sub": "somebody", "aud": AUDIENCE, "client_id": "a client", "iat": now, "exp": now + 600, "jti": "0123456789",
        "scope": "customers:read", "account": "acc_0000000B", "application": "app_0000000000C", "generation": 3,
    }


def dump(rng, members):
    """As JSON text, in one of the spellings that mean the same."""
    style = rng.randrange(8)
    if style == 0:
        return json.dumps(members, indent=1).encode()
    if style == 1:
        shuffled = list(members.items())
        rng.shuffle(shuffled)
        return json.dumps(dict(shuffled)).encode()
    if style == 2:
        text = json.dumps(members, separators=(",", ":"))
        at = text.index('"') + 1
        return (text[:at] + "\\u%04x" % ord(text[at]) + text[at + 1:]).encode()
    return json.dumps(members, separators=(",", ":")).encode()


def broken_json(rng, text):
    """Text that strict readers refuse."""
    return rng.choice([
        lambda: text + rng.choice([b" x", b"\0", b"{}", b"]", b","]),
        lambda: rng.choice([b"\xef\xbb\xbf", b"\0", b"[", b"//\n"]) + text,
        lambda: text[:rng.randrange(1, len(text))],
        lambda: b"[" + text + b"]",
        lambda: json.dumps(text.decode("utf-8", "replace")).encode(),
        lambda: text.replace(b'"', b"'"),
        lambda: text[:-1] + b',"\xff":1}',
        lambda: text[:-1] + b',"a\\u0000":1}',
        lambda: text[:-1] + b',"a":"\\ud800"}',
        lambda: text[:-1] + b",}",
        lambda: duplicate_member(rng, text),
        lambda: duplicate_member(rng, text),
        lambda: rng.choice([b"null", b"1", b"true", b"", b"{", b"{}" * 2]),
    ])()


def duplicate_member(rng, text):
    name = rng.choice(["alg", "kid", "typ", "iss", "exp", "aud", "x"])
    spelled = rng.choice([name, "\\u%04x%s" % (ord(name[0]), name[1:])])
    value = rng.choice(['"none"', '"x"', "1", "null", '"ES256"'])
    more = '"%s":%s,' % (spelled, value)
    if name == "x":
        more += '"x":%s,' % value
    return b"{" + more.encode() + text[1:]


HEADER_VALUES = {
    "alg": ["none", "None", "nOnE", "NONE", "", "HS256", "HS512", "ES256", "RS256", "PS256", "EdDSA", "Ed25519", "ES384", "RS512",
            "es256", "ES256 ", ["ES256"], ["none", "ES256"], {"alg": "ES256"}, None, 256, True],
    "typ": ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT", "application/jwt", "logout+jwt", "dpop+jwt",
            "at+jwt ", "", None, ["at+jwt"], 1, "application/application/at+jwt"],
    "kid": ["", "../../../dev/null", "' OR 1=1--", "x" * 43, "A" * 5000, "a\0b", None, 7, ["x"], {"kid": "x"}],
    "crit": [["exp"], [], ["b64"], None, "exp"],
    "b64": [False, True],
    "jku": ["https://evil.example/jwks.json"],
    "x5u": ["https://evil.example/cert.pem"],
    "jwk": [{"kty": "oct", "k": "AAAA"}],
    "x5c": [["AAAA"], "AAAA"],
    "cty": ["JWT"],
    "zip": ["DEF"],
}

NUMBERS = [0, -1, 1, "1", 1.5, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), None, True, [1], {}, 10**30]
CLAIM_VALUES = {
    "iss": ["", ISSUER + "/", ISSUER.upper(), "https://evil.example", None, 1, [ISSUER], ISSUER[:-1]],
    "aud": ["", AUDIENCE + "/", "https://other.example", [], [AUDIENCE], ["https://other.example", AUDIENCE],
            ["https://other.example"], [AUDIENCE, 1], [[AUDIENCE]], None, {}, 1],
    "sub": ["", None, 1, ["x"], "\"quoted\" \\ \u00e4\U0001f600"],
    "client_id": ["", None, 1],
    "jti": ["", None, 1],
    "scope": ["", None, ["x"], 1, "a b c"],
    "account": ["", "acc_00000000", "acc_zzzzzzzz", "app_0000000000C", 11, None],
    "application": ["", "app_00000000000", "app_zzzzzzzzzzz", 12, None],
    "generation": NUMBERS,
    "iat": NUMBERS,
    "exp": NUMBERS,
    "nbf": NUMBERS,
    "other": [None, {"a": [1, {"b": 2}]}, "x" * 100],
}


def changed_members(rng, members, values):
    """Some members left out, put in, or given another value."""
    members = dict(members)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        name = rng.choice(list(values))
        if name in members and rng.random() < 0.25:
            del members[name]
        else:
            members[name] = rng.choice(values[name])
    return members


def moved_times(rng, claims, now):
    claims = dict(claims)
    name = rng.choice(["exp", "iat", "nbf"])
    claims[name] = now + rng.choice([-100000, -61, -11, -1, 0, 9, 10, 11, 12, 59, 61, 100000])
    return claims


def changed_header(rng, header):
    if rng.random() < 0.3:
        return broken_json(rng, dump(rng, header))
    return dump(rng, changed_members(rng, header, HEADER_VALUES))


def changed_payload(rng, claims, now):
    way = rng.random()
    if way < 0.25:
        return broken_json(rng, dump(rng, claims))
    if way < 0.5:
        return dump(rng, moved_times(rng, claims, now))
    text = dump(rng, changed_members(rng, claims, CLAIM_VALUES))
    if rng.random() < 0.1:
        text = text[:-1] + rng.choice([b',"z":1e400}', b',"z":-0}', b',"z":1e5}', b',"z":9223372036854775808}', b',"z":NaN}'])
    return text


def changed_signature(rng, signature):
    size = len(signature)
    half = size // 2
    one = (1).to_bytes(half, "big")
    zero = bytes(half)
    order = ORDER.to_bytes(32, "big") if size == 64 else one

    def flip():
        changed = bytearray(signature)
        changed[rng.randrange(size)] ^= 1 << rng.randrange(8)
        return bytes(changed)

    def other_root():
        if size != 64:
            return signature
        return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")

    return rng.choice([
        flip, flip, other_root,
        lambda: zero + zero,
        lambda: order + order,
        lambda: one + one,
        lambda: signature[:32] + order if size == 64 else zero + one,
        lambda: signature[half:] + signature[:half],
        lambda: signature[:-1],
        lambda: signature + b"\0",
        lambda: b"\0" + signature,
        lambda: bytes([0x30, size + 4, 2, half]) + signature[:half] + bytes([2, half]) + signature[half:] if size == 64 else b"\x30\x06\2\1\0\2\1\0",
        lambda: rng.randbytes(size),
        lambda: b"",
    ])()


def changed_text(rng, token):
    """The same bytes in other characters, and other damage of the text."""
    at = rng.randrange(len(token))
    parts = token.split(b".")
    which = rng.randrange(len(parts))

    def in_part(change):
        changed = list(parts)
        changed[which] = change(parts[which])
        return b".".join(changed)

    def other_tail(part):
        digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if not part or len(part) % 4 == 0:
            return part
        return part[:-1] + bytes([digits[digits.index(part[-1]) ^ rng.choice([1, 2, 3])]])

    return rng.choice([
        lambda: in_part(lambda part: part + rng.choice([b"=", b"==", b" ", b"\n", b"\0", b"!", b"A", b"%3d"])),
        lambda: in_part(lambda part: rng.choice([b" ", b"\n", b"\t", b"="]) + part),
        lambda: in_part(lambda part: part.replace(b"-", b"+").replace(b"_", b"/")),
        lambda: in_part(other_tail),
        lambda: in_part(lambda part: b""),
        lambda: token[:at] + rng.choice([b" ", b"\r\n", b".", b"\0", b"\xc3\xa4"]) + token[at:],
        lambda: token[:at] + token[at + 1:],
        lambda: token[:at] + bytes([token[at] ^ (1 << rng.randrange(8))]) + token[at + 1:],
        lambda: token + b"." + parts[which],
        lambda: b".".join(reversed(parts)),
        lambda: b".".join(parts[:2]),
        lambda: token + b"A" * 9000,
    ])()


def changed_token(rng, checker, algorithm, header, claims, now):
    """A token in which something was changed, and what kind of change it was."""
    way = rng.choice(["none", "text", "text", "signature", "signature", "header", "header signed", "header signed", "payload",
                      "payload signed", "payload signed", "payload signed", "both signed", "signed by another"])
    head = changed_header(rng, header) if way in ("header", "header signed", "both signed") else dump(rng, header)
    body = changed_payload(rng, claims, now) if way.startswith("payload") or way == "both signed" else dump(rng, claims)
    if way == "signed by another":
        return way, checker.sign(rng.choice(ALGORITHMS), head, body)
    if way in ("header", "payload"):
        signed, signature = checker.sign(algorithm, dump(rng, header), dump(rng, claims)).rsplit(b".", 1)
        start = encode(head).encode() + b"." + encode(body).encode()
        return way if start != signed else "none", start + b"." + signature
    token = checker.sign(algorithm, head, body)
    if way == "text":
        changed = changed_text(rng, token)
        return way if changed != token else "none", changed
    if way == "signature":
        start, signature = token.rsplit(b".", 1)
        return way, start + b"." + encode(changed_signature(rng, decode(signature.decode()))).encode()
    return way, token


# --- peers -----------------------------------------------------------------------------------------------------------


def lenient_part(token, index):
    """Header (0) or payload (1) as a reader has it that looks at nothing closely; {} when there is none."""
    try:
        members = json.loads(base64.urlsafe_b64decode(token.split(b".")[index] + b"==="))
    except (ValueError, IndexError):
        return {}
    return members if isinstance(members, dict) else {}


def key_named(checker, token):
    kid = lenient_part(token, 0).get("kid")
    return kid if isinstance(kid, str) and kid in checker.keys else None


def jwcrypto_accepts(checker, token):
    kid = key_named(checker, token)
    if kid is None:
        return False
    peer = jws.JWS()
    peer.allowed_algs = list(ALGORITHMS)
    try:
        peer.deserialize(token.decode("ascii"), checker.keys[kid])
        return isinstance(json.loads(peer.payload), dict)
    except (jws.InvalidJWSObject, jws.InvalidJWSSignature, ValueError):
        return False


def jwcrypto_accepts_access(checker, token):
    kid = key_named(checker, token)
    wanted = {"iss": ISSUER, "aud": AUDIENCE, "exp": None, "iat": None, "sub": None, "jti": None, "client_id": None}
    if kid is None:
        return False
    try:
        jwt.JWT(jwt=token.decode("ascii"), key=checker.keys[kid], algs=list(ALGORITHMS), check_claims=wanted)
    except (jwt.JWException, ValueError, TypeError):
        return False
    return True


def particular(token):
    """What may be right about a token and still unknown to a peer."""
    header = lenient_part(token, 0)
    if header.get("alg") == "Ed25519":
        return "Ed25519"
    if str(header.get("typ")).lower().startswith("application/"):
        return "typ in full"
    if "typ" in lenient_part(token, 1):
        return "typ as claim"
    return None


class Tally:
    def __init__(self):
        self.words = collections.Counter()
        self.accepted_after = collections.Counter()  # way of changing -> how many we accepted
        self.lax = collections.Counter()  # (peer, our word) of tokens that the peer alone accepted

    def judge(self, way, word, peers, token):
        self.words[word] += 1
        if word == "ok":
            self.accepted_after[way] += 1
        for peer, accepts in peers.items():
            if word != "ok" and accepts:
                self.lax[peer, word] += 1
            if word == "ok" and not accepts:
                assert (peer, particular(token)) in WHY_WE_ACCEPT, f"{peer} refuses what we accept, changed by {way}: {token!r}"


def judge_many(checker, count, tally):
    rng = random.Random(SEED)
    for _ in range(count):
        algorithm, now = rng.choice(ALGORITHMS), int(time.time())
        kind = rng.choice(["JWT", "at+jwt"])
        way, token = changed_token(rng, checker, algorithm, header_of(checker, algorithm, kind), claims_now(now), now)
        word, of_libjwt = checker.jws(kind, key_named(checker, token) or "", token)
        peers = {"jwcrypto": jwcrypto_accepts(checker, token)}
        if kind == "JWT" and algorithm in OF_LIBJWT:
            peers["libjwt"] = of_libjwt == "accepted"
        tally.judge(way, word, peers, token)
        tally.judge(way, checker.access(now, token), {"jwcrypto": jwcrypto_accepts_access(checker, token)}, token)


def check_reached(tally):
    """That the test tests: each of our refusals was seen, what the peers let through was among the tokens, and good ones too."""
    assert set(tally.words) == EVERY_WORD
    for way in ("none", "signature", "header signed", "payload signed"):
        assert tally.accepted_after[way] > 0, way
    assert tally.accepted_after["text"] == 0, "a token has one spelling"
    assert tally.accepted_after["header"] == tally.accepted_after["payload"] == 0, "a signature is of one text"
    for lax in (("libjwt", "encoding"), ("libjwt", "header"), ("libjwt", "critical"), ("jwcrypto", "header"), ("jwcrypto", "claim")):
        assert tally.lax[lax] > 0, lax


def test_no_token_is_accepted_that_a_strict_peer_refuses(checker):
    tally = Tally()
    judge_many(checker, TOKENS, tally)
    print(dict(tally.words), dict(tally.lax))
    check_reached(tally)


@pytest.mark.soak
def test_no_token_is_accepted_that_a_strict_peer_refuses_at_length(checker):
    tally = Tally()
    judge_many(checker, TOKENS_SOAK, tally)
    check_reached(tally)


def test_jwcrypto_reads_each_algorithm_of_ours(checker):
    for algorithm in ALGORITHMS:
        for kind in ("JWT", "at+jwt"):
            now = int(time.time())
            header, claims = header_of(checker, algorithm, kind), claims_now(now)
            token = checker.sign(algorithm, json.dumps(header).encode(), json.dumps(claims).encode())
            read = jwt.JWT(jwt=token.decode(), key=checker.keys[checker.kids[algorithm]], algs=[algorithm])
            assert json.loads(read.claims) == claims


def test_published_keys_are_public_and_named_by_their_thumbprints(checker):
    for key in checker.jwks["keys"]:
        assert key["kid"] == jwk.JWK(**key).thumbprint()
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
    assert sorted(checker.kids) == sorted(ALGORITHMS)
