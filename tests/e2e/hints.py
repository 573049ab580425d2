# SPDX-License-Identifier: Apache-2.0
"""Tokens signed with the server's own key, which the master key opens: whatever the server could have signed, and what it never would."""

import base64
import json
import pathlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_private_key


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """The active ES256 key of a cluster (server/token/seal.h says how it is sealed)."""

    def __init__(self, cluster):
        self.kid, sealed = cluster.query("SELECT kid, sealed FROM hallmark.signing_key WHERE state = 'active' AND algorithm = 'ES256'")[0]
        master = bytes.fromhex(pathlib.Path(cluster.master_key_file).read_text().strip())
        key, sealed = HKDF(hashes.SHA256(), 32, None, b"hallmark seal v1").derive(master), bytes(sealed)
        self.key = load_der_private_key(AESGCM(key).decrypt(sealed[1:13], sealed[13:], f"signing key ES256 {self.kid}".encode()), None)

    def sign(self, claims, typ="JWT", **header):
        head = {name: value for name, value in {"alg": "ES256", "kid": self.kid, "typ": typ, **header}.items() if value is not None}
        signed = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(claims).encode())}"
        r, s = utils.decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
