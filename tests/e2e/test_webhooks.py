# SPDX-License-Identifier: Apache-2.0
"""Webhooks: an account subscribes, changes are told in order, signed as Standard Webhooks say, and a bad receiver harms nobody."""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import threading
import time

import pytest

import harness
from demo import Caller, World, number_of, own_cluster, own_folder, serving
from receiver import receiving

ALLOWED = {"webhook_allow_private": True, "webhook_allow_http": True}
FLAGS = ["--webhook-allow-private", "--webhook-allow-http"]


@pytest.fixture(scope="module")
def cluster():
    """One of our own: the nodes of other tests would send what they may not, and find our outbox later."""
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def demo(cluster):
    return World(cluster)


@pytest.fixture(scope="module")
def node(cluster):
    with serving(cluster, **ALLOWED) as server:
        yield server


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


class Hook:
    """A webhook of an account, by the command line."""

    def __init__(self, demo, account, url, *words):
        self.demo, self.account = demo, account
        made = demo.json("webhook", "create", f"--account={account}", "--name=Hook", f"--url={url}", *FLAGS, *words)[0]
        self.id, self.secret = made["webhook_id"], made.get("secret") or made.get("public_key")

    def run(self, verb, *words):
        return self.demo.json("webhook", verb, self.id, f"--account={self.account}", *words)

    def log(self, *words):
        return self.run("deliveries", *words)

    def wait_for_log(self, condition, seconds=30):
        return harness.wait_until(lambda: [row for row in self.log() if condition(row)], seconds, "a row of the delivery log")

    def state(self):
        return self.run("show")[0]

    def make_due(self, cluster):
        """As if the time until the next attempt had passed."""
        cluster.query("UPDATE hallmark.webhook_event SET due_at = now() WHERE account_id = %s AND lease IS NULL", (number_of(self.account),))


@pytest.fixture
def key(demo):
    return demo.new_key()


def check_hmac(secret, delivery):
    """The signatures of a delivery that this secret proves."""
    content = f"{delivery.id}.{delivery.headers['webhook-timestamp']}.".encode() + delivery.body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}" in delivery.headers["webhook-signature"].split(" ")


# --- what is told -------------------------------------------------------------------------------------------------------------


def test_changes_of_an_account_are_told(node, demo, key, receiver):
    hook = Hook(demo, key.account, receiver.url("/all"))
    chosen = Hook(demo, key.account, receiver.url("/chosen"), "--collections=products", "--events=deleted", "--documents")
    with Caller(node.port, key) as caller:
        number = caller.create("Ada", ExternalReferences=[{"System": "erp", "Id": "4711"}])
        assert caller.call("PUT", f"customers/{number}", {"Name": "Grace", "City": "Paris"}).status == 204
        assert caller.call("DELETE", f"customers/{number}").status == 204
        product = caller.create("Pen", "products")
        assert caller.call("DELETE", f"products/{product}").status == 204
    receiver.wait_for(lambda all: len(receiver.got("/all")) >= 6 and len(receiver.got("/chosen")) >= 2)
    told = {one.type: one for one in receiver.got("/all")}
    assert set(told) == {"webhook.ping", "customers.created", "customers.updated", "customers.deleted", "products.created", "products.deleted"}
    data = told["customers.updated"].event["data"]
    assert data == {"id": told["customers.updated"].id, "account": key.account, "webhook": hook.id, "collection": "customers", "record": number,
                    "version": 2, "history_id": data["history_id"], "application": key.application_name, "key": key.client_id,
                    "external_references": {"erp": "4711"}, "changed": ["City", "Name"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", told["customers.updated"].event["timestamp"])
    ping, deleted = sorted(receiver.got("/chosen"), key=lambda one: one.type, reverse=True)
    assert (ping.type, deleted.type) == ("webhook.ping", "products.deleted")
    assert deleted.event["data"]["document"]["Name"] == "Pen"
    assert all(one.headers["content-type"] == "application/json" for one in receiver.got())
    hook.wait_for_log(lambda row: row["type"] == "customers.deleted")
    assert {(row["result"], row["status"]) for row in hook.log()} == {("delivered", 204)}
    hook.run("delete")
    chosen.run("delete")
    assert demo.json("webhook", "list", f"--account={key.account}") == []


def test_events_of_a_record_come_in_order(node, demo, key, receiver):
    """The first event of a record fails until it may not: what comes behind it in this record waits, other records do not."""
    failed, mended = threading.Event(), threading.Event()

    def answer(delivery):
        if delivery.event["data"].get("version") == 1 and delivery.event["data"]["record"] == first[0] and not mended.is_set():
            failed.set()
            return 500
        return 204

    def of_first():
        return [one for one in receiver.got() if one.event["data"].get("record") == first[0]]

    receiver.answers["/"], first = answer, [None]
    hook = Hook(demo, key.account, receiver.url())
    hook.wait_for_log(lambda row: row["type"] == "webhook.ping")
    hook.run("disable")  # nothing is written while the record is not known
    with Caller(node.port, key) as caller:
        first[0] = caller.create("A")
        hook.run("enable")
        hook.run("redeliver", "--from=2020-01-01T00:00:00Z")
        assert failed.wait(20)
        for name in "BCD":
            assert caller.call("PUT", f"customers/{first[0]}", {"Name": name}).status == 204
        other = caller.create("Other")
    receiver.wait_for(lambda all: any(one.event["data"].get("record") == other for one in all))
    assert {one.event["data"]["version"] for one in of_first()} == {1}
    mended.set()
    hook.make_due(node.cluster)
    receiver.wait_for(lambda all: any(one.event["data"]["version"] == 4 for one in of_first()))
    versions = [one.event["data"]["version"] for one in of_first()]
    assert versions == sorted(versions) and set(versions) == {1, 2, 3, 4} and versions[-3:] == [2, 3, 4]
    assert len({one.id for one in of_first()}) == 4, "the id tells a repeat"
    hook.run("delete")


# --- signatures ---------------------------------------------------------------------------------------------------------------


def test_secrets_rotate_with_both_signatures(node, demo, key, receiver):
    hook = Hook(demo, key.account, receiver.url())
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", hook.secret)
    fresh = hook.run("rotate")[0]["secret"]
    receiver.wait_for(lambda all: len(all) == 1)
    receiver.deliveries.clear()
    hook.run("test")
    [test] = receiver.wait_for(lambda all: all)
    assert test.type == "webhook.test" and check_hmac(hook.secret, test) and check_hmac(fresh, test)
    last = hook.run("rotate", "--old-until=2020-01-01T00:00:00Z")[0]["secret"]
    receiver.deliveries.clear()
    hook.run("test")
    [test] = receiver.wait_for(lambda all: all)
    assert check_hmac(last, test) and not check_hmac(fresh, test) and not check_hmac(hook.secret, test)
    assert abs(int(test.headers["webhook-timestamp"]) - time.time()) < 60
    hook.run("delete")


def test_secrets_outlive_the_master_key(receiver):
    with own_cluster() as cluster:
        world = World(cluster)
        hook = Hook(world, world.new_account(), receiver.url())
        fresh = hook.run("rotate")[0]["secret"]
        with own_folder("hallmark-master-") as folder:
            new_key = harness.make_master_key(folder)
            world.command_line.run("signing-key", "reseal", f"--new-master-key-file={new_key}")
            with serving(cluster, master_key_file=new_key, **ALLOWED):
                [ping] = receiver.wait_for(lambda all: all)
    assert check_hmac(hook.secret, ping) and check_hmac(fresh, ping)


def test_openssl_verifies_ed25519(node, demo, key, receiver):
    hook = Hook(demo, key.account, receiver.url(), "--signing=ed25519")
    [ping] = receiver.wait_for(lambda all: all)
    scheme, signature = ping.headers["webhook-signature"].split(",")
    assert scheme == "v1a" and hook.secret.startswith("whpk_")
    with own_folder("hallmark-openssl-") as folder:
        prefix = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519 up to the key
        (folder / "public.der").write_bytes(prefix + base64.b64decode(hook.secret.removeprefix("whpk_")))
        (folder / "signature").write_bytes(base64.b64decode(signature))
        (folder / "content").write_bytes(f"{ping.id}.{ping.headers['webhook-timestamp']}.".encode() + ping.body)

        def verify():
            return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "public.der", "-rawin",
                                   "-in", folder / "content", "-sigfile", folder / "signature"], capture_output=True).returncode
        assert verify() == 0
        with open(folder / "content", "ab") as content:
            content.write(b" ")
        assert verify() != 0
    hook.run("delete")


# --- receivers that are not good ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer, status", [(500, 500), (404, 404), ((302, {"Location": "/elsewhere"}), 302), ((308, {"Location": "/elsewhere"}), 308)])
def test_failure_is_tried_again_and_no_redirect_is_followed(node, demo, key, receiver, answer, status):
    receiver.answers["/"] = answer
    hook = Hook(demo, key.account, receiver.url())
    [row] = hook.wait_for_log(lambda row: True)
    assert (row["result"], row["status"], row["attempt"]) == ("retry", status, 1) and row["next_at"] is not None
    assert hook.state()["failing_since"] is not None and receiver.got("/elsewhere") == []
    receiver.answers["/"] = 200
    hook.make_due(node.cluster)
    hook.wait_for_log(lambda row: row["result"] == "delivered" and row["attempt"] == 2)
    assert hook.state()["failing_since"] is None and hook.state()["waiting"] == 0
    assert len({one.id for one in receiver.got()}) == 1
    hook.run("delete")


def test_gone_ends_the_subscription(node, demo, key, receiver):
    receiver.answers["/"] = 410
    hook = Hook(demo, key.account, receiver.url())
    harness.wait_until(lambda: hook.state()["state"] == "disabled", what="the end of the subscription")
    assert hook.state()["reason"] == "the receiver answered 410 Gone"
    with Caller(node.port, key) as caller:
        caller.create("nobody is told")
    assert hook.state()["waiting"] == 0
    node.wait_for_log(lambda line: line["event"] == "webhook_stopped" and line["webhook"] == hook.id)
    receiver.answers["/"] = 204
    hook.run("enable")
    assert hook.run("redeliver", "--from=2020-01-01T00:00:00Z")[0]["events"] == 1
    receiver.wait_for(lambda all: all[-1].type == "customers.created")
    hook.run("delete")


def test_retry_after_holds_the_whole_receiver(node, demo, key, receiver):
    receiver.answers["/"] = (429, {"Retry-After": "3600"})
    hook = Hook(demo, key.account, receiver.url())
    [row] = hook.wait_for_log(lambda row: row["status"] == 429)
    [held] = node.cluster.query("SELECT extract(epoch FROM hold_until - now()), (SELECT extract(epoch FROM min(due_at) - now()) FROM hallmark.webhook_event"
                                " WHERE account_id = %s) FROM hallmark.webhook_health WHERE account_id = %s", [number_of(key.account)] * 2)
    assert all(3500 < float(seconds) <= 3600 for seconds in held)
    hook.run("test")
    healthy = Hook(demo, key.account, receiver.url("/healthy"))
    receiver.wait_for(lambda all: receiver.got("/healthy"))
    assert len(receiver.got("/")) == 1, "the test event waits too"
    hook.run("delete")
    healthy.run("delete")


def test_slow_and_dead_receivers_hold_up_nobody(node, demo, key, receiver):
    release = threading.Event()
    receiver.answers["/slow"] = lambda delivery: 204 if release.wait(30) else 204
    slow = Hook(demo, key.account, receiver.url("/slow"))
    dead = Hook(demo, key.account, f"http://127.0.0.1:{harness.free_port()}/")
    quick = Hook(demo, key.account, receiver.url("/quick"))
    began = time.monotonic()
    with Caller(node.port, key) as caller:
        for number in range(60):
            caller.create(f"N{number}")
    receiver.wait_for(lambda all: len(receiver.got("/quick")) == 61)
    assert time.monotonic() - began < 19 and len(receiver.got("/slow")) <= 16, "a slow one has few under way"
    [row] = dead.wait_for_log(lambda row: row["type"] == "webhook.ping")
    assert row["status"] is None and "onnect" in row["detail"]
    release.set()
    for hook in (slow, dead, quick):
        hook.run("delete")


def test_long_failure_pauses_with_a_notice(node, demo, key, receiver):
    receiver.answers["/"] = 500
    hook = Hook(demo, key.account, receiver.url())
    hook.wait_for_log(lambda row: row["attempt"] == 1)
    node.cluster.query("UPDATE hallmark.webhook_health SET failing_since = now() - interval '6 days', failures = 20 WHERE account_id = %s",
                       (number_of(key.account),))
    hook.make_due(node.cluster)
    harness.wait_until(lambda: hook.state()["state"] == "paused", what="the pause")
    assert hook.state()["reason"] == "the receiver failed for days" and hook.state()["waiting"] == 1
    [told] = node.cluster.query("SELECT change.application_name, value.after::jsonb ->> 'state' FROM hallmark.change_history AS change"
                                " JOIN hallmark.history_value AS value ON value.account_id = change.account_id AND value.history_id = change.id"
                                " WHERE change.account_id = %s AND change.collection = 'webhooks' AND change.method = 'PUT'", (number_of(key.account),))
    assert told == ("hallmark server", "paused")
    node.wait_for_log(lambda line: line["event"] == "webhook_stopped" and line["state"] == "paused")
    receiver.answers["/"] = 204
    hook.run("enable")
    hook.wait_for_log(lambda row: row["result"] == "delivered")
    hook.run("delete")


def test_account_switches_its_webhooks_off(node, demo, key, receiver):
    hook = Hook(demo, key.account, receiver.url())
    receiver.wait_for(lambda all: all)
    demo.json("webhook", "all-off", key.account)
    with Caller(node.port, key) as caller:
        caller.create("untold")
        hook.run("test")
        assert hook.state()["waiting"] == 1
        demo.json("webhook", "all-on", key.account)
        caller.create("told")
    receiver.wait_for(lambda all: {one.type for one in all} == {"webhook.ping", "webhook.test", "customers.created"})
    assert len(receiver.got(type="customers.created")) == 1
    [again] = hook.run("redeliver", "--from=2020-01-01T00:00:00Z")
    assert again["events"] == 2
    receiver.wait_for(lambda all: len(receiver.got(type="customers.created")) == 3)
    one = receiver.got(type="customers.created")[0].id
    assert hook.run("redeliver", f"--event={one}") == [{"events": 1}]
    receiver.wait_for(lambda all: sum(delivery.id == one for delivery in all) == 3)
    hook.run("disable")
    assert hook.state()["state"] == "disabled"
    hook.run("delete")


# --- where a webhook may go ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url, says", [
    ("http://receiver.example/", "https://"), ("https://127.0.0.1/", "private"), ("https://0x7f.1/", "private"), ("https://[::ffff:10.0.0.1]/", "private"),
    ("https://name:word@receiver.example/", "password"), ("https://receiver.example:25/", "port"), ("ftp://receiver.example/", "https://")])
def test_bad_urls_are_refused_at_once(demo, key, url, says):
    done = demo.command_line.run("webhook", "create", f"--account={key.account}", "--name=Hook", f"--url={url}", check=False)
    assert done.returncode == 2 and says in done.stderr and "whsec" not in done.stdout


def test_the_address_decides_when_it_is_connected_to(receiver):
    """`localhost` is no private address by its text; a node that does not allow private addresses does not connect to what it means."""
    with own_cluster() as cluster:
        world = World(cluster)
        hook = Hook(world, world.new_account(), receiver.url().replace("127.0.0.1", "localhost"))
        with serving(cluster, webhook_allow_http=True):
            [row] = hook.wait_for_log(lambda row: True)
    assert (row["result"], row["status"], row["detail"]) == ("retry", None, "its host has a private or special address")
    assert receiver.got() == []


def test_certificates_are_checked_and_answers_cut(node, demo, key, receiver):
    with own_folder("hallmark-tls-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "certificate"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate", folder / "key")
        with receiving(context) as secure:
            unknown = Hook(demo, key.account, secure.url().replace("http:", "https:"))
            [row] = unknown.wait_for_log(lambda row: True)
            assert (row["result"], row["status"]) == ("retry", None) and "certificate" in row["detail"], "nobody trusts it"
            assert secure.got() == []
    receiver.answers["/"], receiver.flood = (200, {"Content-Length": "1000000000"}), True
    hook = Hook(demo, key.account, receiver.url())
    [row] = hook.wait_for_log(lambda row: True)
    assert (row["result"], row["status"]) == ("delivered", 200) and len(row["detail"]) <= 300, "an answer without end is cut off"
    for made in (unknown, hook):
        made.run("delete")


# --- nodes that share, and die ------------------------------------------------------------------------------------------------


@pytest.mark.chaos
def test_two_nodes_share_without_a_double_send(cluster, node, demo, key, receiver):
    hook = Hook(demo, key.account, receiver.url())
    with serving(cluster, **ALLOWED), Caller(node.port, key) as caller:
        for number in range(300):
            caller.create(f"N{number}")
        receiver.wait_for(lambda all: len({one.id for one in all}) == 301, 60)
        harness.wait_until(lambda: hook.state()["waiting"] == 0, what="the end of the outbox")
    assert len(receiver.got()) == 301
    hook.run("delete")


@pytest.mark.chaos
def test_killed_node_repeats_with_the_same_id(cluster, demo, key, receiver):
    """SIGKILL while a thousand are out: each arrives at least once."""
    receiver.answers = {f"/{number}": take_a_while for number in range(5)}
    hooks = [Hook(demo, key.account, receiver.url(f"/{number}")) for number in range(5)]
    killed = harness.Server(cluster, **ALLOWED)
    try:
        with Caller(killed.port, key) as caller:
            for number in range(200):
                caller.create(f"N{number}")
        receiver.wait_for(lambda all: len(all) > 100)
        killed.kill()
    finally:
        killed.close()
    assert not all_told(cluster, key), "it was killed before the end"
    cluster.query("UPDATE hallmark.webhook_event SET due_at = now() WHERE lease IS NOT NULL")  # as if the leases had ended
    receiver.answers = {}
    with serving(cluster, **ALLOWED):
        harness.wait_until(lambda: all_told(cluster, key), 90, "the end of the outbox")
    wanted = {row[0] for row in cluster.query("SELECT id FROM hallmark.change_history WHERE account_id = %s AND collection_id > 0", (number_of(key.account),))}
    for number in range(5):
        got = [number_of(one.id) for one in receiver.got(f"/{number}") if one.type != "webhook.ping"]
        assert set(got) == wanted and len(wanted) == 200
    for hook in hooks:
        hook.run("delete")


def take_a_while(delivery):
    time.sleep(0.2)
    return 204


def all_told(cluster, key):
    return not cluster.query("SELECT 1 FROM hallmark.webhook_event WHERE account_id = %s LIMIT 1", (number_of(key.account),))


def test_metrics_count_deliveries(node, demo, key, receiver):
    Hook(demo, key.account, receiver.url()).wait_for_log(lambda row: row["result"] == "delivered")
    text = harness.ask(node.operations_port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body.decode()
    counts = dict(re.findall(r'hallmark_webhook_deliveries_total\{result="(\w+)"\} (\d+)', text))
    assert set(counts) == {"delivered", "retry", "given_up", "gone"} and int(counts["delivered"]) >= 1


# --- receivers of other makers ------------------------------------------------------------------------------------------------


@pytest.mark.clients
def test_standardwebhooks_verifies_ours(node, demo, key, receiver, standardwebhooks):
    hook = Hook(demo, key.account, receiver.url())
    [ping] = receiver.wait_for(lambda all: all)
    told = {"secret": hook.secret, "headers": ping.headers, "body": ping.body.decode()}
    assert standardwebhooks(told) == {"type": "webhook.ping", "data": ping.event["data"], "timestamp": ping.event["timestamp"]}
    assert standardwebhooks({**told, "body": told["body"] + " "}) is None
    assert standardwebhooks({**told, "headers": {**ping.headers, "webhook-timestamp": str(int(time.time()) + 5)}}) is None
    hook.run("delete")


CHECKS = pathlib.Path(__file__).parent.parent / "clients"


@pytest.fixture(scope="module")
def standardwebhooks(tmp_path_factory):
    """What the npm package makes of {secret, headers, body}: the event, or None when it refuses."""
    folder = tmp_path_factory.mktemp("standardwebhooks")
    for name in ("package.json", "package-lock.json", "standard_webhooks.mjs"):
        shutil.copy(CHECKS / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=1000"], cwd=folder,
                   check=True, timeout=60)

    def verify(told):
        done = subprocess.run(["node", "standard_webhooks.mjs"], cwd=folder, input=json.dumps(told), capture_output=True, text=True, timeout=30)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout) if done.returncode == 0 else None
    return verify
