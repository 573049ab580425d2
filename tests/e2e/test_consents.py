# SPDX-License-Identifier: Apache-2.0
"""Codes, refresh tokens and the rights of people, over two nodes. Names have the items of the security checklist."""

import base64
import json
import os
import secrets

import pytest

from demo import Caller, World, number_of, own_cluster, serving
from consents import ALLOWED, DEAD, REDIRECT, People, claims_of, credential, get, redeem, redemption, refresh, refused, tokens, wait_for

SCOPE = "customers:read customers:write"
RACES = 100 if os.environ.get("HALLMARK_SOAK") else 10


@pytest.fixture(scope="module")
def cluster():
    with own_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def people(cluster):
    made = People(World(cluster))
    yield made
    made.close()


@pytest.fixture(scope="module")
def nodes(cluster, people):
    with serving(cluster, threads=2) as first, serving(cluster, threads=1, issuer=first.url) as second:
        yield first, second


@pytest.fixture(scope="module")
def caller(nodes):
    with Caller(nodes[0].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def elsewhere(nodes):
    with Caller(nodes[1].port, None) as made:
        yield made


@pytest.fixture(scope="module")
def client(people):
    return people.new_client()


@pytest.fixture(scope="module")
def native(people):
    return people.new_client(public=True)


@pytest.fixture(params=["confidential", "public"])
def either(request, client, native):
    return client if request.param == "confidential" else native


@pytest.fixture
def person(people):
    return people.new_person()


def changes_of(cluster, account, noun):
    return [json.loads(row[0]) for row in cluster.query(
        "SELECT v.after FROM hallmark.change_history h JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at)"
        " WHERE h.account_id = %s AND h.collection = %s ORDER BY h.id", [number_of(account), noun])]


# --- a code is redeemed -------------------------------------------------------------------------------------------------------


def test_a_code_yields_tokens_for_the_person(people, caller, either, person, cluster):
    code = people.new_code(either, person)
    got = tokens(redeem(caller, either, code))
    claims = claims_of(got["access_token"])
    assert (claims["sub"], claims["account"], claims["application"], claims["client_id"]) == (person.user, person.account, either.application, either.client_id)
    assert claims["scope"] == got["scope"] == SCOPE and got["expires_in"] == 600 and got["token_type"] == "Bearer"
    assert number_of(claims["grant"]) == code.grant and number_of(claims["family"]) == code.family
    assert got["refresh_token"].startswith("hmr_" + person.account[4:]), "the account is the route, whoever the client is"
    created = caller.call("POST", "customers", {"Name": "Ada's"}, authorization=f"Bearer {got['access_token']}")
    assert created.status == 200
    row = cluster.query("SELECT h.application_name, h.client_id, h.user_id, h.holder_id, v.person FROM hallmark.change_history h"
                        " JOIN hallmark.history_value v ON (v.account_id, v.history_id, v.at) = (h.account_id, h.id, h.at)"
                        " WHERE h.account_id = %s AND h.collection = 'customers'", [number_of(person.account)])
    assert row == [(either.name, either.client_id, number_of(person.user), None, person.name)], "the history names application and person"


def test_items_25_26_30_31_a_code_is_bound_and_no_wrong_try_burns_it(people, caller, either, person, client, native):
    code = people.new_code(either, person)
    other = native if either is client else client
    for wrong in ({"code_verifier": None}, {"code_verifier": secrets.token_urlsafe(48)}, {"code_verifier": code.verifier + "x"},
                  {"code_verifier": code.verifier[:42]}, {"code_verifier": "x" * 129}, {"code_verifier": "ä" * 43},
                  {"redirect_uri": None}, {"redirect_uri": REDIRECT + "/"}, {"redirect_uri": "http://127.0.0.1/callback"},
                  {"code": code.text[:-1] + ("0" if code.text[-1] != "0" else "1")}, {"code": credential("hmc_", person.account)},
                  {"code": credential("hmc_", "acc_00000001")}, {"code": "x"}):
        answer = redeem(caller, either, code, **wrong)
        refused(answer, 400, "invalid_grant")
    refused(redeem(caller, either, code, code=None), 400, "invalid_request")
    refused(redeem(caller, other, code), 400, "invalid_grant")
    assert tokens(redeem(caller, either, code))


def test_item_25_a_verifier_for_a_code_without_challenge_is_refused(people, caller, client, person):
    code = people.new_code(client, person, verifier=False)
    refused(redeem(caller, client, code, code_verifier=secrets.token_urlsafe(48)), 400, "invalid_grant")
    assert tokens(redeem(caller, client, code))


def test_item_31_a_redirect_uri_that_was_not_sent_may_be_left_out(people, caller, client, person):
    assert tokens(redeem(caller, client, people.new_code(client, person, redirect_sent=False), redirect_uri=None))
    code = people.new_code(client, person, redirect_sent=False)
    refused(redeem(caller, client, code, redirect_uri=REDIRECT + "x"), 400, "invalid_grant")
    assert tokens(redeem(caller, client, code))


def test_failed_client_authentication_does_not_burn_the_code(people, caller, client, person):
    code = people.new_code(client, person)
    wrong = "Basic " + base64.b64encode(f"{client.client_id}:{credential('hms_', 'acc_00000000')}".encode()).decode()
    refused(redeem(caller, client, code, authorization=wrong), 401, "invalid_client")
    refused(redeem(caller, client, code, authorization=False, client_id=client.client_id), 400, "invalid_client")
    assert tokens(redeem(caller, client, code))


def test_items_27_32_expired_unknown_foreign_and_used_are_one_answer(people, caller, client, native, person, cluster):
    expired, foreign, used = (people.new_code(who, person) for who in (client, native, client))
    cluster.query("UPDATE hallmark.authorization_code SET expires_at = now() - interval '1 second' WHERE family_id = %s", [expired.family])
    tokens(redeem(caller, client, used))
    unknown = people.new_code(client, person)
    cluster.query("DELETE FROM hallmark.authorization_code WHERE family_id = %s", [unknown.family])
    bodies = {redeem(caller, client, code).body for code in (expired, unknown, foreign, used)}
    assert len(bodies) == 1, bodies


def test_the_code_lives_sixty_seconds(people, client, person, cluster):
    code = people.new_code(client, person)
    assert cluster.query("SELECT extract(epoch FROM expires_at - created_at)::int FROM hallmark.authorization_code WHERE family_id = %s",
                         [code.family]) == [(60,)]


def test_item_28_second_use_ends_what_the_first_gave_and_the_history_says_so(people, caller, elsewhere, either, person, cluster):
    other = tokens(redeem(caller, either, people.new_code(either, person)))
    code = people.new_code(either, person)
    got = tokens(redeem(caller, either, code))
    assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == ALLOWED
    refused(redeem(caller, either, code), 400, "invalid_grant")
    wait_for(caller, got["access_token"], DEAD)
    wait_for(elsewhere, got["access_token"], DEAD)
    refused(refresh(caller, either, got["refresh_token"]), 400, "invalid_grant")
    told = changes_of(cluster, person.account, "families")
    assert [(row["state"], row["reason"]) for row in told] == [("revoked", "the code was used again")]
    assert get(caller, other["access_token"]) == ALLOWED, "what another code gave stays"


def test_item_28_a_code_that_was_stolen_without_its_verifier_ends_nothing(people, caller, native, person):
    code = people.new_code(native, person)
    got = tokens(redeem(caller, native, code))
    refused(redeem(caller, native, code, code_verifier=secrets.token_urlsafe(48)), 400, "invalid_grant")
    refused(redeem(caller, native, code, code_verifier=None), 400, "invalid_grant")
    assert tokens(refresh(caller, native, got["refresh_token"])) and get(caller, got["access_token"]) == ALLOWED


def test_item_34_digests_alone_are_stored(people, caller, native, person, cluster):
    code = people.new_code(native, person)
    first = tokens(redeem(caller, native, code))["refresh_token"]
    second = tokens(refresh(caller, native, first))["refresh_token"]
    for table in ("authorization_code", "refresh_token", "family", "grant"):
        rows = cluster.query(f"SELECT encode(convert_to(t::text, 'UTF8'), 'escape') FROM hallmark.\"{table}\" t WHERE account_id = %s", [number_of(person.account)])
        assert rows
        for secret in (code.text, code.verifier, first, second):
            assert not any(secret in row[0] or secret.encode().hex() in row[0] for row in rows), table


# --- resource and account -----------------------------------------------------------------------------------------------------


def test_item_75_a_code_for_one_resource_gives_no_token_for_another(people, caller, client, person, cluster):
    people.world.json("api", "create", "--name=second", "--prefix=/second", "--audience=https://second.example")
    books, second = "https://books.example", "https://second.example"
    code = people.new_code(client, person, resource=books)
    refused(redeem(caller, client, code, resource=second), 400, "invalid_target")
    refused(redeem(caller, client, code, resource="https://nobody.example"), 400, "invalid_target")
    got = tokens(redeem(caller, client, code))
    assert claims_of(got["access_token"])["aud"] == books
    refused(refresh(caller, client, got["refresh_token"], resource=second), 400, "invalid_target")
    assert claims_of(tokens(refresh(caller, client, got["refresh_token"], resource=books))["access_token"])["aud"] == books


def test_the_person_chose_the_account(people, caller, client, person):
    code = people.new_code(client, person)
    refused(redeem(caller, client, code, account=people.world.new_account()), 400, "invalid_target")
    refused(redeem(caller, client, code, resource=f"https://books.example/{people.world.new_account()}"), 400, "invalid_target")
    assert claims_of(tokens(redeem(caller, client, code, account=person.account))["access_token"])["account"] == person.account


# --- the effective right ------------------------------------------------------------------------------------------------------


def test_no_code_beyond_what_person_and_application_have(people, person):
    narrow = people.new_client(scopes="customers:read")
    assert people.new_code(narrow, person, scopes="customers:write") is None
    assert people.new_code(narrow, people.new_person(permissions="products:read"), scopes="customers:read") is None
    assert people.new_code(narrow, person, scopes="customers:read openid profile")


def test_what_is_shut_is_refused_on_the_next_request_on_every_node_until_it_is_open_again(people, caller, elsewhere, client):
    run = people.world.json
    person = people.new_person()
    member = ("member", "set", f"--account={person.account}", f"--user={person.user}")
    cases = (
        ((*member, "--permissions=products:read"), (*member, f"--permissions={SCOPE}"), (403, "person_right_missing")),
        (("application", "offer", client.application, "--scopes=products:read"), ("application", "offer", client.application, f"--scopes={SCOPE}"),
         (403, "application_right_missing")),
        (("account", "api-off", person.account), ("account", "api-on", person.account), (403, "api_access_off")),
    )
    got = tokens(redeem(caller, client, people.new_code(client, person)))
    for take, give, wanted in cases:
        assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == ALLOWED, take
        run(*take)
        assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == wanted, take
        answer = refresh(caller, client, got["refresh_token"])
        assert answer.status in (400, 401) and answer.json()["error"] in ("invalid_scope", "invalid_target"), take
        run(*give)
    assert get(caller, got["access_token"]) == ALLOWED and tokens(refresh(caller, client, got["refresh_token"]))


def test_a_right_that_is_lost_in_part_leaves_the_rest(people, caller, client, person):
    got = tokens(redeem(caller, client, people.new_code(client, person)))
    people.world.json("member", "set", f"--account={person.account}", f"--user={person.user}", "--permissions=customers:read")
    assert tokens(refresh(caller, client, got["refresh_token"]))["scope"] == "customers:read"
    people.world.json("member", "set", f"--account={person.account}", f"--user={person.user}", f"--permissions={SCOPE}")
    assert tokens(refresh(caller, client, got["refresh_token"]))["scope"] == SCOPE, "the family keeps what was granted"


def nothing_is_lost(caller, who, cluster, code, shut, open_again, error, detail):
    """While nothing can be given, asking spends nothing; an hour later the same token works."""
    held = tokens(redeem(caller, who, code))["refresh_token"]
    shut()
    for _ in range(2):
        answer = refresh(caller, who, held)
        refused(answer, 400, error)
        assert detail in answer.json()["error_description"]
    cluster.query("UPDATE hallmark.refresh_token SET created_at = created_at - interval '1 hour', spent_at = spent_at - interval '1 hour' WHERE family_id = %s",
                  [code.family])
    open_again()
    assert tokens(refresh(caller, who, held))["scope"] == SCOPE


def test_a_person_without_rights_for_a_while_loses_no_refresh_token(people, caller, either, person, cluster):
    def may(permissions):
        return lambda: people.world.json("member", "set", f"--account={person.account}", f"--user={person.user}", f"--permissions={permissions}")

    nothing_is_lost(caller, either, cluster, people.new_code(either, person), may("products:read"), may(SCOPE), "invalid_scope", "Nothing is left")


def test_an_application_without_an_offer_for_a_while_loses_no_refresh_token(people, caller, either, person, cluster):
    def offer(scopes):
        return lambda: people.world.json("application", "offer", either.application, f"--scopes={scopes}")

    nothing_is_lost(caller, either, cluster, people.new_code(either, person), offer("products:read"), offer(SCOPE), "invalid_scope", "Nothing is left")


@pytest.mark.parametrize("shut, open_again, detail", [
    (["account", "api-off"], ["account", "api-on"], "switched off"),
    (["account", "set-access", "--access=refused"], ["account", "set-access", "--access=granted"], "not granted"),
])
def test_an_account_without_access_for_a_while_loses_no_refresh_token(people, caller, either, person, cluster, shut, open_again, detail):
    """invalid_grant would tell the client to forget the token (RFC 6749 section 5.2)."""
    nothing_is_lost(caller, either, cluster, people.new_code(either, person), lambda: people.world.json(*shut, person.account),
                    lambda: people.world.json(*open_again, person.account), "invalid_target", detail)
    answer = refresh(caller, either, credential("hmr_", person.account))
    refused(answer, 400, "invalid_grant")


def test_an_api_that_is_off_for_a_while_costs_no_refresh_token(people, caller, either, person, cluster):
    name = f"pause{secrets.token_hex(4)}"
    made = people.world.json("api", "create", f"--name={name}", f"--prefix=/{name}", f"--audience=https://{name}.example")[0]
    code = people.new_code(either, person, resource=f"https://{name}.example")
    nothing_is_lost(caller, either, cluster, code, lambda: people.world.json("api", "change", made["id"], "--state=disabled"),
                    lambda: people.world.json("api", "change", made["id"], "--state=active"), "invalid_target", "")


def test_scopes_of_the_management_alone_cost_no_refresh_token_for_another_api(people, caller, either, cluster):
    """What is left is nothing that the audience knows."""
    person = people.new_person()
    member = ("member", "set", f"--account={person.account}", f"--user={person.user}")
    scopes = f"{SCOPE} keys:read"
    people.world.json("application", "offer", either.application, f"--scopes={scopes}")
    people.world.json(*member, "--role=admin")
    code = people.new_code(either, person, scopes=scopes, resource="https://books.example")
    nothing_is_lost(caller, either, cluster, code, lambda: people.world.json(*member, "--permissions=products:read"),
                    lambda: people.world.json(*member, f"--permissions={SCOPE}"), "invalid_scope", "Nothing is left")
    people.world.json("application", "offer", either.application, f"--scopes={SCOPE}")


def test_item_16_a_revoked_grant_ends_everything_at_once_and_for_ever(people, caller, elsewhere, either, person, cluster):
    code, unused = people.new_code(either, person), people.new_code(either, person)
    assert code.grant == unused.grant, "one grant a person, application and account"
    got = tokens(redeem(caller, either, code))
    listed = people.world.json("grant", "list", f"--account={person.account}")
    assert [(row["user_id"], row["application_id"], row["scopes"], row["state"], row["families"]) for row in listed] == [
        (person.user, either.application, SCOPE, "active", 1)]
    people.world.json("grant", "revoke", listed[0]["grant_id"], f"--account={person.account}")
    assert get(caller, got["access_token"]) == DEAD
    wait_for(elsewhere, got["access_token"], DEAD)
    refused(refresh(caller, either, got["refresh_token"]), 400, "invalid_grant")
    refused(redeem(caller, either, unused), 400, "invalid_grant")
    again = people.new_code(either, person)
    assert again.grant != code.grant, "who consents again gives a new grant"
    assert tokens(redeem(caller, either, again)) and get(caller, got["access_token"]) == DEAD
    assert [row["state"] for row in changes_of(cluster, person.account, "grants")] == ["active", "revoked", "active"]


def test_item_72_an_application_gets_nothing_for_itself_and_a_key_nothing_for_people(people, caller, client, native, person):
    refused(redeem(caller, client, people.new_code(client, person), grant_type="client_credentials"), 400, "unauthorized_client")
    refused(redeem(caller, native, people.new_code(native, person), grant_type="client_credentials"), 400, "unauthorized_client")
    key = people.world.new_key(account=person.account)
    refused(redeem(caller, client, people.new_code(client, person), authorization=key.basic()), 400, "unauthorized_client")
    refused(refresh(caller, client, credential("hmr_", person.account), authorization=key.basic()), 400, "unauthorized_client")


# --- refresh tokens -----------------------------------------------------------------------------------------------------------


def test_item_68_a_confidential_client_keeps_its_refresh_token(people, caller, client, person):
    got = tokens(redeem(caller, client, people.new_code(client, person)))
    for _ in range(3):
        again = tokens(refresh(caller, client, got["refresh_token"]))
        assert "refresh_token" not in again and get(caller, again["access_token"]) == ALLOWED


def test_item_66_a_public_client_rotates_and_reuse_ends_the_family(people, caller, elsewhere, native, person, cluster):
    first = tokens(redeem(caller, native, people.new_code(native, person)))
    second = tokens(refresh(caller, native, first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    third = tokens(refresh(caller, native, second["refresh_token"]))
    refused(refresh(caller, native, first["refresh_token"]), 400, "invalid_grant")
    refused(refresh(caller, native, third["refresh_token"]), 400, "invalid_grant")
    for got in (first, second, third):
        wait_for(caller, got["access_token"], DEAD)
        wait_for(elsewhere, got["access_token"], DEAD)
    assert [row["reason"] for row in changes_of(cluster, person.account, "families")] == ["a spent refresh token was used again"]


def test_a_lost_answer_is_told_again_inside_the_window(people, caller, elsewhere, native, person):
    first = tokens(redeem(caller, native, people.new_code(native, person)))["refresh_token"]
    successors = {tokens(refresh(who, native, first))["refresh_token"] for who in (caller, elsewhere, caller)}
    assert len(successors) == 1 and successors != {first}
    assert tokens(refresh(elsewhere, native, successors.pop()))


def test_after_the_window_the_family_ends(people, caller, native, person, cluster):
    code = people.new_code(native, person)
    first = tokens(redeem(caller, native, code))["refresh_token"]
    second = tokens(refresh(caller, native, first))["refresh_token"]
    cluster.query("UPDATE hallmark.refresh_token SET spent_at = spent_at - interval '31 seconds' WHERE family_id = %s AND spent_at IS NOT NULL", [code.family])
    refused(refresh(caller, native, first), 400, "invalid_grant")
    refused(refresh(caller, native, second), 400, "invalid_grant")


def test_item_69_nobody_else_uses_a_refresh_token_and_no_try_ends_it(people, caller, client, native, person):
    held = {who: tokens(redeem(caller, who, people.new_code(who, person)))["refresh_token"] for who in (client, native)}
    refused(refresh(caller, native, held[client]), 400, "invalid_grant")
    refused(refresh(caller, client, held[native]), 400, "invalid_grant")
    refused(refresh(caller, people.new_client(), held[client]), 400, "invalid_grant")
    refused(refresh(caller, client, held[client], authorization=False, client_id=client.client_id), 400, "invalid_client")
    refused(refresh(caller, client, credential("hmr_", person.account)), 400, "invalid_grant")
    refused(refresh(caller, client, "hmr_x"), 400, "invalid_grant")
    refused(refresh(caller, client, None), 400, "invalid_request")
    for who, token in held.items():
        assert tokens(refresh(caller, who, token))


def test_item_70_narrower_works_wider_does_not_and_the_whole_comes_back(people, caller, either, person):
    held = tokens(redeem(caller, either, people.new_code(either, person)))["refresh_token"]
    for scope in ("customers:read products:read", "products:read", "keys:write"):
        refused(refresh(caller, either, held, scope=scope), 400, "invalid_scope")
    narrow = tokens(refresh(caller, either, held, scope="customers:read"))
    assert narrow["scope"] == "customers:read" == claims_of(narrow["access_token"])["scope"]
    held = narrow.get("refresh_token", held)
    assert tokens(refresh(caller, either, held))["scope"] == SCOPE


@pytest.mark.parametrize("column, table", [("ends_at", "family"), ("idle", "refresh_token")])
def test_item_71_absolute_and_idle_end_are_both_kept(people, caller, either, client, person, cluster, column, table):
    code = people.new_code(either, person)
    held = tokens(redeem(caller, either, code))["refresh_token"]
    days = 90 if either is client else 30
    if column == "ends_at":
        cluster.query("UPDATE hallmark.family SET ends_at = now() WHERE id = %s", [code.family])
    else:
        cluster.query("UPDATE hallmark.refresh_token SET created_at = now() - %s * interval '1 day', used_at = NULL WHERE family_id = %s", [days, code.family])
    refused(refresh(caller, either, held), 400, "invalid_grant")


def test_lifetimes_stand_in_one_table_and_can_be_set(people, caller, client, native, person, cluster):
    listed = {row["name"]: row["seconds"] for row in people.world.json("lifetime", "list")}
    assert listed == {"code": 60, "pushed_request": 60, "refresh_confidential": 31536000, "refresh_confidential_idle": 7776000, "refresh_public": 7776000,
                      "refresh_public_idle": 2592000, "refresh_retry": 30, "session": 43200, "session_idle": 3600}
    people.world.json("lifetime", "set", "refresh_public", "--seconds=600")
    code = people.new_code(native, person)
    tokens(redeem(caller, native, code))
    people.world.json("lifetime", "set", "refresh_public", "--seconds=7776000")
    assert cluster.query("SELECT extract(epoch FROM ends_at - created_at)::int FROM hallmark.family WHERE id = %s", [code.family]) == [(600,)]
    assert people.world.command_line.run("lifetime", "set", "code", "--seconds=601", check=False).returncode == 1


# --- revocation (RFC 7009) ----------------------------------------------------------------------------------------------------


def revoke(caller, client, token, **other):
    from consents import ask
    return ask(caller, "/oauth2/revoke", client, token=token, **other)


def test_item_115_a_revoked_refresh_token_ends_its_family_before_the_answer_and_soon_elsewhere(people, caller, elsewhere, either, person, cluster):
    got = tokens(redeem(caller, either, people.new_code(either, person)))
    assert get(caller, got["access_token"]) == get(elsewhere, got["access_token"]) == ALLOWED
    assert revoke(caller, either, got["refresh_token"], token_type_hint="access_token").status == 200, "a wrong hint still works"
    assert get(caller, got["access_token"]) == DEAD
    wait_for(elsewhere, got["access_token"], DEAD)
    refused(refresh(caller, either, got["refresh_token"]), 400, "invalid_grant")
    assert [row["reason"] for row in changes_of(cluster, person.account, "families")] == ["the client revoked a token"]
    assert revoke(caller, either, got["refresh_token"]).status == 200, "once more changes nothing"


def test_item_115_a_revoked_access_token_ends_alone(people, caller, elsewhere, either, person):
    got = tokens(redeem(caller, either, people.new_code(either, person)))
    assert revoke(caller, either, got["access_token"]).status == 200
    assert get(caller, got["access_token"]) == DEAD
    wait_for(elsewhere, got["access_token"], DEAD)
    again = tokens(refresh(caller, either, got["refresh_token"]))
    assert get(caller, again["access_token"]) == get(elsewhere, again["access_token"]) == ALLOWED


def test_item_115_unknown_tokens_and_those_of_others_are_answered_alike_and_stay(people, caller, client, native, person):
    got = tokens(redeem(caller, native, people.new_code(native, person)))
    answers = [revoke(caller, client, token) for token in (got["access_token"], got["refresh_token"], credential("hmr_", person.account), "x", "a.b.c")]
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"{}")}
    assert get(caller, got["access_token"]) == ALLOWED and tokens(refresh(caller, native, got["refresh_token"]))


def test_revocation_wants_a_client_and_a_token(people, caller, client, person):
    from consents import ask
    got = tokens(redeem(caller, client, people.new_code(client, person)))
    refused(ask(caller, "/oauth2/revoke", client), 400, "invalid_request")
    refused(ask(caller, "/oauth2/revoke", client, False, token=got["refresh_token"], client_id=client.client_id), 400, "invalid_client")
    refused(ask(caller, "/oauth2/revoke", client, False, token=got["refresh_token"]), 400, "invalid_client")
    assert get(caller, got["access_token"]) == ALLOWED


# --- many at once -------------------------------------------------------------------------------------------------------------


def ask_at_once(callers, client, form):
    """Every request is sent before the first answer is read; 503 says that nothing was done, and is asked again."""
    from consents import send
    answers, left = [], list(callers)
    while left:
        for caller in left:
            send(caller, "/oauth2/token", client, **form)
        got = [(caller, caller.answer()) for caller in left]
        answers += [answer for _, answer in got if answer.status != 503]
        left = [caller for caller, answer in got if answer.status == 503]
    return answers


@pytest.fixture(scope="module")
def crowd(nodes):
    made = [Caller(nodes[number % 2].port, None, timeout=60) for number in range(200)]
    yield made
    for caller in made:
        caller.close()


@pytest.mark.chaos
@pytest.mark.parametrize("turn", range(RACES))
def test_item_29_of_200_uses_of_a_code_on_two_nodes_one_wins(people, crowd, caller, client, native, person, turn):
    who = (client, native)[turn % 2]
    code = people.new_code(who, person)
    answers = ask_at_once(crowd, who, redemption(code))
    won = [answer.json() for answer in answers if answer.status == 200]
    assert len(won) == 1 and {answer.json()["error"] for answer in answers if answer.status != 200} == {"invalid_grant"}
    wait_for(caller, won[0]["access_token"], DEAD)
    refused(refresh(caller, who, won[0]["refresh_token"]), 400, "invalid_grant")


@pytest.mark.chaos
@pytest.mark.parametrize("turn", range(RACES))
def test_item_67_of_200_uses_of_a_refresh_token_on_two_nodes_all_get_one_successor(people, crowd, caller, native, person, cluster, turn):
    code = people.new_code(native, person)
    held = tokens(redeem(caller, native, code))["refresh_token"]
    answers = ask_at_once(crowd, native, {"grant_type": "refresh_token", "refresh_token": held})
    assert {answer.status for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1 and cluster.query("SELECT count(*) FROM hallmark.refresh_token WHERE family_id = %s", [code.family]) == [(2,)]
    assert tokens(refresh(caller, native, successors.pop()))
