# SPDX-License-Identifier: Apache-2.0
"""The pages in Chromium: axe-core finds nothing in any language and theme, everything is done by keyboard alone, and fits into 320 pixels.
The pictures are left in the build folder, screenshots/."""

import json
import os
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

import consents
import harness
from demo import SCOPES, serving
from people import LANGUAGES, Person

pytestmark = pytest.mark.clients

BROWSER = pathlib.Path(__file__).parent.parent / "browser"
NPM_SECONDS = 120
BROWSER_SECONDS = 240


@pytest.fixture(scope="module")
def folder():
    """The libraries of package-lock.json, where an unprivileged user finds them: Chromium's sandbox does not run as root."""
    made = harness.private_folder("hallmark-browser-")
    for name in ("package.json", "package-lock.json", "pages.mjs"):
        shutil.copy(BROWSER / name, made)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=1000"], cwd=made, check=True, timeout=NPM_SECONDS)
    made.chmod(0o755)
    (made / "screenshots").mkdir()
    (made / "screenshots").chmod(0o777)
    yield made
    kept = pathlib.Path(os.environ.get("HALLMARK_BUILD", "build/test")) / "screenshots"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(made / "screenshots", kept)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def application(demo):
    """One that asks for more than the person has."""
    made = consents.People(demo)
    yield made.new_client()
    made.close()


def path_of_request(application, **given):
    return "/authorize?" + urllib.parse.urlencode({
        "response_type": "code", "client_id": application.client_id, "scope": "openid profile email offline_access " + SCOPES,
        "code_challenge": consents.challenge_of("v" * 43), "code_challenge_method": "S256", **given})


@pytest.fixture(scope="module")
def server(cluster):
    """One that would send mails, so that the page that asks for one has its form; nobody takes them."""
    with serving(cluster, smtp_url="smtp://127.0.0.1:9", mail_from="no-reply@example.com") as node:
        yield node


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_in_browser(server, cluster, command_line, demo, application, folder, language, theme):
    person = Person(cluster, command_line, name="Łucja Ødegård-Hälldahl")
    person.switch_totp_on()
    for name in ("Ødegårds Bücher & Söhne", "Żółw"):
        demo.json("member", "set", f"--account={demo.new_account(name)}", f"--user={person.id}", "--role=member", "--permissions=customers:read customers:write history:read")
    link = command_line.run("user", "password-link", person.email).stdout.strip()
    given = {"authorize": path_of_request(application), "as_form": path_of_request(application, response_mode="form_post", prompt="select_account"),
             "link": link, "url": server.url, "email": person.email, "password": person.password, "totp": person.totp_secret, "language": language, "theme": theme,
             "chromium": shutil.which("chromium"), "sandbox": os.getuid() != 0, "pictures": str(folder / "screenshots")}
    done = subprocess.run([shutil.which("node"), "pages.mjs"], cwd=folder, input=json.dumps(given), capture_output=True, text=True, timeout=BROWSER_SECONDS,
                          env={**os.environ, "HOME": str(folder)}, **harness.unprivileged())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
