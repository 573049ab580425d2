# SPDX-License-Identifier: Apache-2.0
"""/openapi.json: it is what it says it is, all of it, and real answers are as it says."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

import harness
from consents import People, base62
from demo import Key
from test_management import ADMIN, Desk, application, operator  # noqa: F401 (fixtures)

CLIENTS = pathlib.Path(__file__).parents[1] / "clients"


@pytest.fixture(scope="module")
def document(server, demo):
    assert demo.api  # there is something to describe
    with harness.Wire(server.port) as wire:
        wire.send(b"GET /openapi.json HTTP/1.1\r\nHost: demo.example\r\n\r\n")
        answer = wire.answer()
    assert answer.status == 200 and answer.header("content-type") == "application/json" and answer.header("etag")
    return answer.json()


def operations_of(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_document_is_valid(document, tmp_path):
    """By a validator of another maker, against the schema that the specification publishes."""
    for name in ("package.json", "package-lock.json", "openapi.mjs"):
        shutil.copy(CLIENTS / name, tmp_path)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=1000"], cwd=tmp_path, check=True,
                   capture_output=True, timeout=300)
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    ran = subprocess.run(["node", "openapi.mjs", "openapi.json"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_operation_has_its_own_name_and_says_what_it_needs(document):
    names = [operation["operationId"] for _, _, operation in operations_of(document)]
    assert len(names) == len(set(names)) and len(names) > 50
    for path, method, operation in operations_of(document):
        assert operation["summary"] and operation["tags"] and operation["security"][0]["token"], path
        in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path)), path
        assert ("requestBody" in operation) == (method in ("post", "put")), path
        assert "default" in operation["responses"], path


def test_collections_stand_in_it_as_they_are(document):
    paths = document["paths"]
    assert set(paths["/api2/public/customers"]) == {"get", "post"} and set(paths["/api2/public/customers/{id}"]) == {"get", "put", "delete"}
    body = paths["/api2/public/customers"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["Name"] and body["properties"]["Name"] == {"type": "string"}
    assert paths["/api2/public/customers/{id}"]["delete"]["security"] == [{"token": ["customers:write"]}]


def fits(value, schema):
    kinds = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}
    wanted = schema.get("type", list(kinds))
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if not any(isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in wanted):
        return False
    if isinstance(value, dict) and "properties" in schema:
        return set(value) == set(schema["properties"]) and all(fits(value[name], part) for name, part in schema["properties"].items())
    return all(fits(item, schema["items"]) for item in value) if isinstance(value, list) and "items" in schema else True


def test_real_answers_are_as_it_says(document, operator, demo, application):  # noqa: F811
    """Every GET of the management API, with something to show wherever a test can make it."""
    account = operator.key.account
    own = f"accounts/{account}"
    template = operator.done("POST", f"{own}/templates", {"name": "T", "scopes": "keys:read"}, status=201)["id"]
    key = operator.done("POST", f"{own}/keys", {"application_id": application, "name": "K", "holder_id": operator.key.holder, "scopes": "keys:read"}, status=201)
    office = demo.new_account("Office")
    office_key = demo.new_key(office, office=True, scopes="customers:read").client_id
    office_template = demo.json("template", "create", f"--account={office}", "--name=O", "--scopes=customers:read")[0]["id"]
    demo.json("link", "create", f"--key={office_key}", f"--accounts={account}", f"--template={office_template}")
    people = People(demo)
    grant = "grt_" + base62(people.new_code(people.new_client(), people.new_person(account)).grant, 11)
    people.close()
    known = {"kid": operator.done("GET", "signing-keys")["items"][0]["kid"],
             "account": account, "user": operator.key.holder, "application": application, "key": key["client_id"], "template": template,
             "api": operator.done("GET", "apis")["items"][0]["id"], "collection": "customers", "office_key": office_key, "grant": grant}
    examples = {"holder": operator.key.holder, "scope": "keys:write", "at": "2099-01-01T00:00:00Z", "key": key["client_id"], "collection": "keys", "record": "1",
                "from": "2026-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"}
    asked = 0
    for path, method, operation in operations_of(document):
        if method != "get" or not path.startswith(ADMIN):
            continue
        concrete = re.sub(r"\{(\w+)\}", lambda match: known[match[1]], path)
        asking = [f"{name['name']}={examples[name['name']]}" for name in operation["parameters"] if name["in"] == "query" and name["required"]]
        concrete += "?" + "&".join(asking) if asking else ""
        answer = operator.call("GET", concrete)
        assert answer.status == 200, (path, answer)
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert fits(answer.json(), schema), (path, answer.json())
        asked += 1
    assert asked >= 24
    made = next(operation for path, method, operation in operations_of(document) if method == "post" and path.endswith("{account}/keys"))
    assert fits(key, made["responses"]["201"]["content"]["application/json"]["schema"])


ROLES = {"owner": lambda word: word.split(":")[0] not in OPERATOR_NOUNS, "admin": lambda word: word.split(":")[0] not in (*OPERATOR_NOUNS, "owners"),
         "auditor": lambda word: word.endswith(":read") and word.split(":")[0] not in OPERATOR_NOUNS,
         "member": lambda word: word in ("grants:read", "grants:write")}
OPERATOR_NOUNS = ("all-accounts", "apis", "collections", "revocations", "signing-keys", "users")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_where_its_scopes_say(document, demo, server, role):
    """Every operation of the document with a key of each role that holds whatever its holder may: 403 exactly where the scope is not the role's."""
    account, application = demo.new_account(), demo.new_application()[0]
    demo.new_holder(account)
    holder = demo.new_holder(account, "")
    demo.json("member", "set", f"--account={account}", f"--user={holder}", f"--role={role}", "--permissions=")
    made = demo.json("key", "create", f"--account={account}", f"--application={application}", f"--holder={holder}", "--name=All", "--preset=holder_now")[0]
    known = {"kid": "x" * 43, "account": account, "user": holder, "application": application, "key": made["client_id"],
             "template": "tpl_00000000001", "api": "api_00000000001",
             "collection": "nothing", "office_key": made["client_id"], "office": demo.new_account(), "grant": "grt_00000000001"}
    with Desk(server.port, Key(made["client_id"], made["secret"], "All", account, application, "", holder, "")) as desk:
        for path, method, operation in operations_of(document):
            if not path.startswith(ADMIN):
                continue
            (scope,) = operation["security"][0]["token"]
            concrete = re.sub(r"\{(\w+)\}", lambda match: known[match[1]], path)
            # what is let in is refused later, for an empty body or a version that never is: nothing is changed
            body = {"nothing": 1} if method in ("post", "put") else None
            answer = desk.call(method.upper(), concrete, body, headers={"If-Match": '"999999"'})
            assert (answer.status == 403) == (not ROLES[role](scope)), (role, method, path, answer)
            if answer.status == 403:
                assert answer.json()["missing"] == scope
