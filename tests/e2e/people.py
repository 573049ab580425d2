# SPDX-License-Identifier: Apache-2.0
"""People with passwords, and a browser without JavaScript, as the tests of pages need them."""

import base64
import hashlib
import hmac
import html
import re
import secrets
import struct
import time

import requests

LANGUAGES = ("en", "de", "nb", "pl")


class Person:
    def __init__(self, cluster, command_line, name="Ada Lovelace"):
        self.email = f"ada-{secrets.token_hex(6)}@example.com"
        self.password = secrets.token_urlsafe(16)
        self.id = command_line.json("user", "create", f"--email={self.email}", f"--name={name}")[0]["id"]
        self.command_line, self.cluster = command_line, cluster
        self.totp_secret, self.recovery_codes = None, []
        self.set_password(self.password)

    def set_password(self, password):
        self.command_line.run("user", "set-password", self.email, stdin=password + "\n")
        self.password = password

    def switch_totp_on(self):
        made = self.command_line.json("user", "totp-on", self.email)[0]
        self.totp_secret, self.recovery_codes = made["totp_secret"], made["recovery_codes"]

    def code(self, steps=0):
        """What an authenticator app shows, `steps` half minutes from now."""
        step = int(time.time()) // 30 + steps
        mac = hmac.new(base64.b32decode(self.totp_secret), struct.pack(">Q", step), hashlib.sha1).digest()
        at = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"

    def sessions(self):
        return self.cluster.query("SELECT s.* FROM hallmark.session AS s JOIN hallmark.user AS u ON u.id = s.user_id WHERE lower(u.email) = lower(%s)", [self.email])


class Browser(requests.Session):
    """Keeps cookies, follows nothing, and fills forms in as they come."""

    def __init__(self, url, **headers):
        super().__init__()
        self.url = url
        self.headers.update({"User-Agent": "Test/1.0", **headers})

    def see(self, path, **how):
        return self.get(self.url + path, allow_redirects=False, timeout=30, **how)

    def submit(self, path, **fields):
        headers = fields.pop("headers", None)
        return self.post(self.url + path, data=fields, headers=headers, allow_redirects=False, timeout=30)

    def log_in(self, person, path="/login", **fields):
        page = self.see(path)
        return self.submit("/login", form=ticket_of(page), **{"email": person.email, "password": person.password, **fields})


def ticket_of(page):
    return html.unescape(re.search(r'name="form" value="([^"]*)"', page.text)[1])


def alert_of(page):
    found = re.search(r'role="alert"[^>]*>([^<]*)<', page.text)
    return html.unescape(found[1]) if found else None
