# SPDX-License-Identifier: Apache-2.0
"""The statements behind lists: order, keyset pages, filters, and pages that are cut by bytes."""

import itertools
import json
import random
import uuid

import psycopg2
import pytest

from sql_statements import Session, migrated_cluster, write

ACCOUNT, COLLECTION, BULKY = 7, 3, 4
VALUES = [None, True, False, 0, -1.5, 12.30, 1e20, "", "a", "B", "ä", "zz", [], [1], {}, {"a": 1}, "absent"]


@pytest.fixture(scope="module")
def cluster():
    made = migrated_cluster()
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def server(cluster):
    session = Session(cluster)
    yield session
    session.close()


@pytest.fixture(scope="module")
def records(server):
    """120 records with two members of all kinds of values; the word absent leaves a member out."""
    dice = random.Random(1)
    made = {}
    for number in range(120):
        document = {name: value for name in ("A", "B") if (value := dice.choice(VALUES)) != "absent"}
        document["N"] = number
        made[create(server, COLLECTION, document)] = document
    create(server, BULKY, {"N": 1})  # of another collection: never seen
    return made


def create(server, collection, document):
    return write(server, "create", account_id=ACCOUNT, collection_id=collection, document=json.dumps(document))["record_id"]


def page(server, name, **given):
    values = {"account_id": ACCOUNT, "collection_id": COLLECTION, "after_id": 0, "skip": 0, "most": 1000, "bytes_most": 1 << 23, **given}
    return server.run(name, **values)


def in_pages(server, keys, descending, size):
    after = {"after_values": None, "after_id": 0}
    while rows := page(server, "record_list_ordered", order_keys=json.dumps(keys), order_descending=json.dumps(descending), most=size, **after):
        yield from rows
        after = {"after_values": json.dumps(rows[-1]["order_values"]), "after_id": rows[-1]["id"]}


def test_by_id_in_pages(server, records):
    seen, after = [], 0
    while rows := page(server, "record_list", after_id=after, most=7):
        seen += [row["id"] for row in rows]
        after = seen[-1]
    assert seen == sorted(records)
    assert [row["id"] for row in page(server, "record_list", skip=100, most=5)] == seen[100:105]


@pytest.mark.parametrize("descending", itertools.product([False, True], repeat=2))
def test_pages_put_together_are_the_whole_list(server, records, descending):
    """Whatever the values are: no record twice, none left out, and the same order as in one page."""
    whole = [row["id"] for row in page(server, "record_list_ordered", order_keys='["A", "B"]', order_descending=json.dumps(list(descending)))]
    assert sorted(whole) == sorted(records)
    for size in (1, 7, 119):
        assert [row["id"] for row in in_pages(server, ["A", "B"], list(descending), size)] == whole


def test_order_is_that_of_the_values(server, records):
    rows = page(server, "record_list_ordered", order_keys='["N"]', order_descending="[true]")
    assert [json.loads(row["document"])["N"] for row in rows] == list(range(119, -1, -1))
    assert rows[0]["order_values"] == [119]
    names = [row["order_values"][0] for row in page(server, "record_list_ordered", order_keys='["A"]', order_descending="[false]")]
    texts = [name for name in names if isinstance(name, str)]
    assert texts == sorted(texts) and names.index(None) < names.index(texts[0]), "null comes first, as OData has it"


def test_four_keys(server, records):
    keys, descending = ["A", "B", "N", "Id"], [True, False, True, False]
    whole = [row["id"] for row in page(server, "record_list_ordered", order_keys=json.dumps(keys), order_descending=json.dumps(descending))]
    assert [row["id"] for row in in_pages(server, keys, descending, 11)] == whole and len(whole) == len(records)


@pytest.mark.parametrize("name, extra", [("record_list", {}), ("record_list_ordered", {"order_keys": '["N"]', "order_descending": "[false]"})])
def test_filter_is_a_parameter(server, records, name, extra):
    found = page(server, name, filter="$.N >= 10 && $.N < 13", **extra)
    assert [json.loads(row["document"])["N"] for row in found] == [10, 11, 12]
    assert page(server, name, filter='$.A == "zz" && $.A == 5', **extra) == []
    hostile = '$.A == "x\' OR true --"'
    assert page(server, name, filter=hostile, **extra) == []
    with pytest.raises(psycopg2.errors.SyntaxError):
        page(server, name, filter="$.A == ", **extra)


@pytest.mark.parametrize("name, extra", [("record_list", {}), ("record_list_ordered", {"order_keys": '["N"]', "order_descending": "[true]"})])
def test_page_that_is_cut_is_longer_than_its_bound(server, records, name, extra):
    for number in range(6):
        create(server, BULKY, {"N": number, "Text": "x" * 10000})
    rows = page(server, name, collection_id=BULKY, bytes_most=25000, **extra)
    sizes = [len(row["document"]) for row in rows]
    assert 25000 < sum(sizes) < 25000 + 20000 and len(rows) < 7, "whoever asked can see that there is more"
    whole = page(server, name, collection_id=BULKY, bytes_most=1 << 23, **extra)
    assert rows == whole[: len(rows)]
    first = page(server, name, collection_id=BULKY, bytes_most=1, most=3, **extra)
    assert first == whole[: len(first)] and len(first) >= 1, "one row at least"


def test_history_pages_and_filters(server):
    account = ACCOUNT + 1
    made = [write(server, "create", account_id=account, collection_id=COLLECTION, document="{}", application_id=number % 3, user_id=number % 2,
                  client_id=f"hmk_{number % 3}", request_id=str(uuid.uuid4())) for number in range(30)]

    def changes(**given):
        return [row["id"] for row in server.run("history_list", **{"account_id": account, "most": 100, "bytes_most": 1 << 23, **given})]

    newest_first = [row["history_id"] for row in reversed(made)]
    assert changes() == newest_first
    assert changes(most=5) + changes(before_id=newest_first[4]) == newest_first
    assert changes(application_id=1) == changes(client_id="hmk_1") == newest_first[1::3]
    assert changes(user_id=1) == newest_first[0::2] and changes(user_id=5) == newest_first, "the person, or the holder"
    assert changes(record_id=made[4]["record_id"]) == [made[4]["history_id"]] and changes(account_id=account + 1) == []
    assert changes(collection="nothing") == []
    times = [row["at_us"] for row in server.run("history_list", account_id=account, most=100, bytes_most=1 << 23)]
    assert changes(from_us=times[9]) == newest_first[:10] and changes(to_us=times[9]) == newest_first[10:], "from inclusive, to exclusive"
    assert changes(from_us=0, to_us=9223372036854775807, application_id=0, record_id=0, user_id=0, before_id=0) == newest_first


def test_history_page_is_cut_by_bytes(server):
    account = ACCOUNT + 2
    for _ in range(6):
        write(server, "create", account_id=account, collection_id=COLLECTION, document=json.dumps({"Text": "x" * 10000}))
    rows = server.run("history_list", account_id=account, most=100, bytes_most=25000)
    assert len(rows) == 3 and sum(len(row["after"]) for row in rows) > 25000
