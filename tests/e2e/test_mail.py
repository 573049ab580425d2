# SPDX-License-Identifier: Apache-2.0
"""Mails that carry links: what a relay gets, and what becomes of them when it refuses, is slow, goes away, or when a node dies."""

import hashlib
import secrets
import ssl
import subprocess
import threading
import urllib.request

import pytest

import harness
from demo import own_folder, serving
from mail_relay import Relay, relaying
from people import LANGUAGES, Browser, ticket_of
from test_management import BOOKS, WORDS, Desk, refused

FROM = "Hällmark <no-reply@example.com>"
MAIL_ENVIRONMENT = {"HALLMARK_SMTP_URL": "smtp://relay.example"}


class Invited:
    """Somebody without a password, who is told by mail."""

    def __init__(self, cluster, command_line, name="Łucja Ødegård", email=None, language="en"):
        self.cluster, self.command_line = cluster, command_line
        self.email = email or f"lucja-{secrets.token_hex(6)}@example.com"
        command_line.run("user", "create", f"--email={self.email}", f"--name={name}", f"--invite={language}", environment=MAIL_ENVIRONMENT)

    def mails(self):
        return self.cluster.query(
            "SELECT m.state, m.attempts, m.detail, m.sealed, m.digest FROM hallmark.mail AS m JOIN hallmark.user AS u ON u.id = m.user_id WHERE u.email = %s ORDER BY m.id",
            [self.email])

    def wait_for(self, state, attempts=1):
        return harness.wait_until(lambda: [mail for mail in self.mails() if mail[0] == state and mail[1] >= attempts], 20, f"a mail that is {state}")

    def hurry(self):
        """The next attempt is due now; true when there was one to wait for."""
        return self.cluster.query("UPDATE hallmark.mail SET due_at = now() FROM hallmark.user AS u WHERE u.id = mail.user_id AND u.email = %s AND mail.lease IS NULL"
                                  " AND mail.state = 'waiting' RETURNING mail.id", [self.email])


@pytest.fixture
def relay():
    with relaying() as relay:
        yield relay


@pytest.fixture
def node(cluster, relay):
    with serving(cluster, smtp_url=relay.url, mail_from=FROM) as node:
        yield node


@pytest.fixture
def invited(cluster, command_line):
    return lambda **how: Invited(cluster, command_line, **how)


def metric(node, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{node.operations_port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return int(next(line.rsplit(" ", 1)[1] for line in lines if line.startswith(name + " ")))


# --- what a relay refuses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step, answer", [
    ("RCPT", "550 5.1.1 nobody here"), ("MAIL", "553 5.7.1 not from you"), ("DATA", "554 5.5.0 no"), ("END", "554 5.7.1 looks like spam"),
])
def test_mail_that_is_refused_for_good_is_not_tried_again(node, relay, invited, step, answer):
    relay.answers[step] = answer
    person = invited()
    [(_, attempts, detail, sealed, _)] = person.wait_for("failed")
    assert attempts == 1 and answer[:3] in detail and sealed is None, "what cannot be sent is not kept"
    assert relay.to(person) == []
    assert node.wait_for_log(lambda line: line["event"] == "mail_failed" and answer[:3] in line["reason"])
    relay.answers.clear()
    other = invited()
    assert relay.wait_for(other), "the next one goes out"


@pytest.mark.parametrize("step, answer", [
    ("greeting", "554 5.3.2 not now"), ("greeting", "421 4.3.2 closing"), ("greeting", Relay.DROP), ("EHLO", "502 5.5.1 never heard of it"), ("MAIL", "451 4.3.0 try later"),
    ("MAIL", "530 5.7.0 who are you"), ("RCPT", "450 4.2.0 greylisted"), ("RCPT", Relay.DROP), ("DATA", "452 4.3.1 full"), ("BODY", Relay.DROP), ("END", "451 4.4.0 broken"),
])
def test_mail_that_is_refused_for_now_is_tried_again(node, relay, invited, step, answer):
    relay.answers[step] = answer
    person = invited()
    [(_, _, detail, sealed, _)] = harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "what the relay said")
    assert bytes(sealed)[0] == 1 and (answer is Relay.DROP or answer[:3] in detail)
    assert relay.to(person) == []
    relay.answers.clear()
    assert person.hurry()
    mail = relay.wait_for(person)
    [(_, attempts, _, sealed, _)] = person.wait_for("sent")
    assert attempts == 2 and sealed is None and len(relay.to(person)) == 1 and mail.link


def test_relay_that_is_away(cluster, invited):
    port = harness.free_port()
    with serving(cluster, smtp_url=f"smtp://127.0.0.1:{port}", mail_from=FROM) as node:
        person = invited()
        harness.wait_until(lambda: [mail for mail in person.mails() if "connect" in mail[2]], 20, "an attempt")
        assert node.is_ready(), "nobody else is held up"
        assert node.wait_for_log(lambda line: line["event"] == "mail_waits" and line["reason"])
        with relaying(port=port) as relay:
            person.hurry()
            assert relay.wait_for(person).recipients == [person.email]


def test_mail_that_waits_for_long_raises_an_alarm_and_is_ended_with_its_link(cluster, relay, node, invited):
    relay.answers["RCPT"] = "450 4.2.0 greylisted"
    person = invited()
    harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
    cluster.query("UPDATE hallmark.mail SET created_at = now() - interval '10 minutes' FROM hallmark.user AS u WHERE u.id = mail.user_id AND u.email = %s RETURNING 1", [person.email])
    line = node.wait_for_log(lambda line: line["event"] == "mail_stuck", 30)
    assert line["level"] == "error" and line["waiting"] >= 1 and line["oldest_seconds"] >= 600 and "450" in line["reason"]
    assert metric(node, "hallmark_mail_oldest_seconds") >= 600 and metric(node, "hallmark_mails_waiting") >= 1
    cluster.query("UPDATE hallmark.password_link SET expires_at = now() FROM hallmark.user AS u WHERE u.id = password_link.user_id AND u.email = %s RETURNING 1", [person.email])
    [(_, _, detail, sealed, _)] = person.wait_for("failed")
    assert "not sent while its link worked" in detail and "450" in detail and sealed is None
    assert person.email in str(person.command_line.json("mail", "list")[0]) and "not sent" in person.command_line.run("mail", "list").stdout


# --- nodes that die -----------------------------------------------------------------------------------------------------------------


def test_node_that_dies_between_sending_and_telling(cluster, relay, invited):
    """The relay has taken the mail, and nobody was told: it goes out once more, recognisable as the same."""
    relay.gate = threading.Event()
    node = harness.Server(cluster, smtp_url=relay.url, mail_from=FROM)
    try:
        person = invited()
        harness.wait_until(lambda: relay.reached.get("DATA"), 20, "the mail")
        node.kill()
        relay.gate.set()
        harness.wait_until(lambda: relay.to(person), 20, "the mail at the relay")
        [(state, attempts, _, sealed, _)] = person.mails()
        assert (state, attempts) == ("waiting", 1) and sealed is not None
        relay.gate = None
        with serving(cluster, smtp_url=relay.url, mail_from=FROM) as other:
            assert relay.to(person) == relay.to(person)[:1], "the lease has not ended"
            cluster.query("UPDATE hallmark.mail SET due_at = now() WHERE state = 'waiting' RETURNING 1")
            again = relay.wait_for(person, 2)
            assert person.wait_for("sent", 2)
            first = relay.to(person)[0]
            assert again.message["Message-ID"] == first.message["Message-ID"] and again.message["Date"] == first.message["Date"] and again.link == first.link
            browser = Browser(other.url)
            form = ticket_of(browser.see(first.link))
            assert browser.submit("/password", form=form, password="twelve characters", again="twelve characters").status_code == 303
            assert browser.see(again.link).status_code == 400, "one link, however often it arrived"
    finally:
        relay.gate = None
        node.close()


def test_node_that_stops_gives_back_what_it_was_sending(cluster, relay, invited):
    relay.gate = gate = threading.Event()
    try:
        with serving(cluster, smtp_url=relay.url, mail_from=FROM):
            person = invited()
            harness.wait_until(lambda: relay.reached.get("DATA"), 20, "the mail")
        [(state, attempts, _, _, _)] = person.mails()
        assert (state, attempts) == ("waiting", 0), "another node takes it at once"
    finally:
        gate.set()


def test_each_mail_goes_out_from_one_node(cluster, relay, node, invited):
    with serving(cluster, smtp_url=relay.url, mail_from=FROM):
        people = [invited() for _ in range(12)]
        for person in people:
            relay.wait_for(person)
            person.wait_for("sent")
        assert [len(relay.to(person)) for person in people] == [1] * len(people)


# --- who gets what ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_as_it_is_read(node, relay, invited, language):
    person = invited(language=language)
    mail = relay.wait_for(person)
    message = mail.message
    assert mail.sender == "no-reply@example.com" and mail.recipients == [person.email]
    assert str(message["From"]) == FROM and message["To"].addresses[0].display_name == "Łucja Ødegård" and message["To"].addresses[0].addr_spec == person.email
    assert message["Content-Language"] == language and message["Auto-Submitted"] == "auto-generated" and message["Message-ID"].endswith("@example.com>")
    assert message["Date"].datetime.tzinfo is not None and message.get_content_type() == "text/plain"
    words = {"en": "invited", "de": "eingeladen", "nb": "invitert", "pl": "zaproszenie"}[language]
    assert words in message["Subject"] and person.email in mail.text and f"127.0.0.1:{node.port}" in mail.text and f"{node.url}{mail.link}" in mail.text
    lines = mail.data.split(b"\r\n")
    assert all(len(line) <= 78 for line in lines) and all(byte < 128 for byte in mail.data) and b"\n" not in b"".join(lines)
    page = Browser(node.url).see(mail.link)
    assert page.status_code == 200 and person.email in page.text


def test_name_and_address_that_would_be_headers(cluster, node, relay, invited):
    name = 'Eve" <evil@example.com>, "Bcc: all@example.com'
    person = invited(name=name)
    message = relay.wait_for(person).message
    [to] = message["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, person.email) and "Bcc" not in message and "evil@example.com" not in relay.to(person)[0].recipients
    for email in ("a,b@example.com", 'a"@example.com', "a<b>c@example.com", "a:b;@example.com", "(a)@example.com", "a@[127.0.0.1]", "a\\@example.com"):
        bad = invited(email=secrets.token_hex(4) + email)
        [(_, _, detail, _, _)] = bad.wait_for("failed")
        assert "address" in detail and relay.to(bad) == [], email
    cluster.query("UPDATE hallmark.link_request SET language = 'en' RETURNING id")  # no header is made of it: four languages are all that there are


def test_address_in_another_script(node, relay, invited):
    person = invited(email=f"łucja-{secrets.token_hex(4)}@example.com")
    mail = relay.wait_for(person)
    assert mail.recipients == [person.email] and person.email.encode() in mail.data


def test_only_who_is_active_and_has_no_password_is_invited(cluster, relay, node, command_line, invited):
    nobody = invited()
    relay.wait_for(nobody)
    for words in (("user", "set-password", nobody.email), ("user", "disable", nobody.email)):
        command_line.run(*words, stdin="twelve characters\n")
        cluster.query("INSERT INTO hallmark.link_request (kind, email, language) VALUES ('invited', upper(%s), 'en')", [nobody.email])
    other = invited()
    relay.wait_for(other)
    assert len(relay.to(nobody)) == 1 and cluster.query("SELECT count(*) FROM hallmark.link_request") == [(0,)]


def test_mail_is_dropped_when_its_link_is_worth_nothing_any_more(relay, node, invited, command_line):
    relay.answers["RCPT"] = "450 4.2.0 greylisted"
    person = invited()
    harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
    command_line.run("user", "disable", person.email)
    relay.answers.clear()
    person.hurry()
    assert person.wait_for("failed") and relay.to(person) == []


@pytest.mark.parametrize("is_operator", [False, True])
def test_admins_invite_over_http(demo, server, node, relay, cluster, is_operator):
    account, emails = demo.new_account("Inviting Ltd"), [f"new-{secrets.token_hex(6)}@example.com" for _ in range(3)]
    if is_operator:
        demo.json("account", "operator-on", account)
    scopes = " ".join([*WORDS, "owners:write", *BOOKS.split()] + ["users:write"] * is_operator)
    key = demo.new_key(account, demo.new_holder(account, BOOKS), scopes=scopes)
    path = "users" if is_operator else f"accounts/{account}/members"
    with Desk(server.port, key) as desk:
        refused(desk.ask("POST", path, {"email": emails[0], "name": "N", "invite": "de"}), 400, "invalid_member", "sends no mail", "password-link")
    with Desk(node.port, key) as desk:
        refused(desk.ask("POST", path, {"email": emails[0], "name": "N", "invite": "xx"}), 400, "invalid_member")
        refused(desk.ask("POST", path, {"email": emails[0], "name": "N", "invite": True}), 400, "invalid_member", "string")
        desk.done("POST", path, {"email": emails[1], "name": "N"}, status=201)
        for status in (201, 200):
            desk.done("POST", path, {"email": emails[2], "name": "N", "invite": "de"}, status=status, key=f"once-{emails[2]}")
    harness.wait_until(lambda: any(emails[2] in mail.recipients for mail in relay.mails), 20, "the mail")
    harness.wait_until(lambda: cluster.query("SELECT count(*) FROM hallmark.link_request") == [(0,)], 20, "the end of the requests")
    assert [mail.message["Content-Language"] for mail in relay.mails if set(mail.recipients) & set(emails)] == ["de"], "what is asked again is done once"


# --- the link is a secret -----------------------------------------------------------------------------------------------------------


def test_link_stands_sealed_while_it_waits_and_nowhere_afterwards(cluster, relay, node, invited):
    relay.answers["RCPT"] = "450 4.2.0 greylisted"
    person = invited()
    harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
    rows = person.mails()
    relay.answers.clear()
    person.hurry()
    link = relay.wait_for(person).link.split("=")[1]
    person.wait_for("sent")
    [(_, _, _, sealed, digest)] = rows
    assert bytes(digest) == hashlib.sha256(link.encode()).digest() and link.encode() not in bytes(sealed)
    everything = repr([rows, person.mails(), cluster.query("SELECT * FROM hallmark.password_link"), cluster.query("SELECT * FROM hallmark.history_value")])
    assert link not in everything and person.mails()[0][3] is None
    assert link not in node.log_path.read_text()


def test_waiting_mail_follows_the_master_key(cluster, relay, command_line, invited):
    with serving(cluster, smtp_url=f"smtp://127.0.0.1:{harness.free_port()}", mail_from=FROM):
        person = invited()
        harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
    with own_folder("hallmark-mail-") as folder:
        new_key = harness.make_master_key(folder)
        assert "mails anew" in command_line.run("signing-key", "reseal", f"--new-master-key-file={new_key}").stdout
        try:
            person.hurry()
            with serving(cluster, master_key_file=new_key, smtp_url=relay.url, mail_from=FROM) as node:
                assert Browser(node.url).see(relay.wait_for(person).link).status_code == 200
        finally:
            command_line.run("signing-key", "reseal", f"--new-master-key-file={cluster.master_key_file}", environment={"HALLMARK_MASTER_KEY_FILE": str(new_key)})


def test_mail_sealed_under_another_key_fails_and_says_so(cluster, relay, node, invited):
    relay.answers["RCPT"] = "450 4.2.0 greylisted"
    person = invited()
    harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
    cluster.query("UPDATE hallmark.mail SET sealed = '\\x01' || sha256('x'), due_at = now() FROM hallmark.user AS u WHERE u.id = mail.user_id AND u.email = %s RETURNING 1", [person.email])
    [(_, _, detail, _, _)] = person.wait_for("failed")
    assert "master key" in detail and relay.to(person) == []


# --- the way to the relay -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate():
    """(certificate, key) of 127.0.0.1 and localhost, readable by the server."""
    with own_folder("hallmark-relay-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=relay", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"], check=True, capture_output=True)
        (folder / "certificate.pem").chmod(0o644)
        yield folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


class ImplicitTls(Relay):
    """smtps://: TLS from the first byte on."""

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address


def test_login_goes_over_tls_only(cluster, certificate, tls, invited):
    with own_folder("hallmark-login-") as folder:
        password = secrets.token_urlsafe(16)
        path = harness.make_master_key(folder)
        path.write_text(password + "\n")
        relay = ImplicitTls(login=("hallmark", password))
        relay.context = tls
        try:
            how = {"smtp_url": relay.url.replace("smtp:", "smtps:"), "mail_from": FROM, "smtp_user": "hallmark", "smtp_password_file": path}
            with serving(cluster, **how):
                person = invited()
                [(_, _, detail, _, _)] = harness.wait_until(lambda: [mail for mail in person.mails() if mail[2]], 20, "an attempt")
                assert "certificate" in detail, "nobody vouches for this relay"
            with serving(cluster, smtp_ca_file=certificate[0], **how) as node:
                person.hurry()
                assert relay.wait_for(person).login == "hallmark"
                assert password not in node.log_path.read_text()
            path.write_text("wrong\n")
            with serving(cluster, smtp_ca_file=certificate[0], **how):
                other = invited()
                [(state, _, detail, _, _)] = harness.wait_until(lambda: [mail for mail in other.mails() if mail[2]], 20, "an attempt")
                assert state == "waiting" and "535" in detail, "that is mended by people, and the mail waits"
        finally:
            relay.close()


@pytest.mark.parametrize("flags, words", [
    ({"smtp_url": "smtp://127.0.0.1"}, "--smtp-url and --mail-from go together"), ({"mail_from": "a@example.com"}, "--smtp-url and --mail-from go together"),
    ({"smtp_url": "http://127.0.0.1", "mail_from": "a@example.com"}, "a relay is smtp://host"), ({"smtp_url": "smtp://u:p@host", "mail_from": "a@example.com"}, "a relay is"),
    ({"smtp_url": "smtp://host/path", "mail_from": "a@example.com"}, "a relay is"), ({"smtp_url": "smtp://", "mail_from": "a@example.com"}, "a relay is"),
    ({"smtp_url": "smtp://h", "mail_from": "nobody"}, "it is an address"), ({"smtp_url": "smtp://h", "mail_from": "A <a@example.com"}, "it is an address"),
    ({"smtp_url": "smtp://h", "mail_from": "a@example.com", "smtp_user": "u"}, "go together"),
    ({"smtp_url": "smtp://h", "mail_from": "a@example.com", "smtp_user": "u", "smtp_password_file": "/nonexistent"}, "No such file"),
])
def test_options_that_will_not_do(cluster, flags, words):
    server = harness.Server(cluster, wait=False, **flags)
    try:
        assert server.process.wait(30) == 2 and words in server.errors()
    finally:
        server.close()


def test_without_a_relay_the_command_line_says_so(command_line, cluster):
    email = f"nobody-{secrets.token_hex(6)}@example.com"
    done = command_line.run("user", "create", f"--email={email}", "--name=N", "--invite=en", check=False)
    assert done.returncode == 2 and "no relay is set" in done.stderr and "password-link" in done.stderr
    command_line.run("user", "create", f"--email={email}", "--name=N")
    assert "no relay is set" in command_line.run("user", "password-link", email, "--by-mail=en", check=False).stderr
    assert "/password?link=" in command_line.run("user", "password-link", email).stdout
    for words in (("user", "password-link", email, "--by-mail=xx"), ("user", "create", "--email=x@example.com", "--name=N", "--invite=EN")):
        assert "not allowed" in command_line.run(*words, check=False, environment=MAIL_ENVIRONMENT).stderr
    assert "no active person" in command_line.run("user", "password-link", "not@example.com", "--by-mail=de", check=False, environment=MAIL_ENVIRONMENT).stderr
