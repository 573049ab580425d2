# SPDX-License-Identifier: Apache-2.0
"""Logging out of an application and of Hallmark (OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0). Where the plans of the OpenID
Foundation have a module for it, a test is called as that is."""

import pytest

from test_management import Desk, account, operator, owner, refused  # noqa: F401 (fixtures)

AFTER = "https://shop.example/after"
BAD_URIS = ["", "shop.example", "http://shop.example/after", "https://shop.example/after#x", "https://ada@shop.example/", "https://shop.example/a/../b",
            "javascript:alert(1)", "data:text/html,x", "https://shop.example/?state=x", 'https://shop.example/"', "//shop.example/", "https://" + "x" * 2000]


# --- what is registered -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", BAD_URIS)
def test_address_after_logout_that_cannot_be_registered(demo, command_line, owner, uri):
    made = owner.done("POST", f"{owner.of}/applications", {"name": f"Own {len(uri)} {uri[:20]}"}, status=201)
    refused(owner.ask("PUT", f"{owner.of}/applications/{made['id']}/logout", {"post_logout_redirect_uris": [AFTER, uri]}, version="*"),
            400, "invalid_member", "post_logout_redirect_uris")
    if uri:
        done = command_line.run("application", "logout", made["id"], f"--redirect-uris={AFTER} {uri}", check=False)
        assert done.returncode == 2 and "cannot be registered" in done.stderr
    assert owner.done("GET", f"{owner.of}/applications/{made['id']}/logout")["post_logout_redirect_uris"] == ""


@pytest.mark.parametrize("body, words", [
    ({"post_logout_redirect_uris": AFTER}, "array"), ({"post_logout_redirect_uris": [1]}, "item"),
    ({"post_logout_redirect_uris": [f"{AFTER}/{n}" for n in range(101)]}, "hundred"), ({"backchannel_logout_uri": "ftp://shop.example/"}, "has to be a URL"),
    ({"backchannel_logout_uri": "https://shop.example/" + "x" * 2000}, "has to be a URL"), ({"backchannel_logout_uri": 1}, "string"),
    ({"backchannel_logout_session_required": "yes"}, "true or false")])
def test_registration_that_is_wrong(owner, body, words):
    made = owner.done("POST", f"{owner.of}/applications", {"name": f"Own {words} {sorted(body)} {len(str(body))}"}, status=201)
    answer = owner.ask("PUT", f"{owner.of}/applications/{made['id']}/logout", body, version="*")
    assert answer.status == 400 and words in answer.json()["detail"], answer


def test_address_of_the_back_channel_is_one_that_may_be_called(demo, command_line):
    application, _ = demo.new_application()
    for url in ("http://shop.example/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://a:b@shop.example/"):
        done = command_line.run("application", "logout", application, f"--back-channel={url}", check=False)
        assert done.returncode == 2 and "will not do" in done.stderr, url
    made = demo.json("application", "logout", application, "--back-channel=http://127.0.0.1/", "--webhook-allow-private", "--webhook-allow-http")[0]
    assert made["backchannel_logout_uri"] == "http://127.0.0.1/"


def test_registration_is_an_admins_and_stands_in_the_history(demo, owner, operator, cluster):
    made = owner.done("POST", f"{owner.of}/applications", {"name": "Shop front"}, status=201)
    path, back = f"{owner.of}/applications/{made['id']}/logout", "https://shop.example/back"
    shown = owner.done("GET", path)
    assert (shown["post_logout_redirect_uris"], shown["backchannel_logout_uri"], shown["backchannel_logout_session_required"]) == ("", None, False)
    assert owner.ask("PUT", path, {}).status == 428
    changed = owner.done("PUT", path, {"post_logout_redirect_uris": [AFTER, f"{AFTER}?a=b"], "backchannel_logout_uri": back,
                                       "backchannel_logout_session_required": True}, version=shown["version"])
    assert changed["post_logout_redirect_uris"] == f"{AFTER} {AFTER}?a=b" and changed["backchannel_logout_uri"] == back
    assert owner.ask("PUT", path, {"backchannel_logout_uri": ""}, version=shown["version"]).status == 412
    kept = owner.done("PUT", path, {"backchannel_logout_uri": ""}, version=changed["version"])
    assert (kept["backchannel_logout_uri"], kept["post_logout_redirect_uris"], kept["backchannel_logout_session_required"]) == (
        None, f"{AFTER} {AFTER}?a=b", True)
    told = cluster.query("SELECT after::jsonb ->> 'backchannel_logout_uri' FROM hallmark.history_value WHERE after LIKE %s ORDER BY history_id",
                         (f"%{AFTER}?a=b%",))
    assert told == [(back,), (None,)]
    known_to_all, _ = demo.new_application()
    assert owner.ask("PUT", f"{owner.of}/applications/{known_to_all}/logout", {}, version="*").status == 404
    assert operator.done("PUT", f"applications/{known_to_all}/logout", {"post_logout_redirect_uris": []}, version="*")["id"] == known_to_all
