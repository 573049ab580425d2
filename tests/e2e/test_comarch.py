# SPDX-License-Identifier: Apache-2.0
"""Integrations that were written for Comarch ERP XT, with nothing changed but the address: the requests here have the bytes that public clients
in Java (okhttp), C# (HttpClient), JavaScript (axios, fetch) and PHP (streams, curl) put on the wire."""

import base64
import json

import pytest

import demo as demo_data
import harness

pytestmark = pytest.mark.clients

API = "/api2/public"
# name: singular, versions, required members; as scripts/run makes them.
COLLECTIONS = {
    "products": ("product", "v1.1 v1.3", {"Name": "string"}),
    "customers": ("customer", "v1.1 v1.2", {"Name": "string"}),
    "paymenttypes": ("paymenttype", "v1.1", {"Name": "string"}),
    "bankaccounts": ("bankaccount", "v1.1", {"AccountNumber": "string"}),
    "invoices": ("invoice", "v1.1 v1.2 v1.3 v1.4", {"Items": "array"}),
    "proformas": ("proforma", "v1.1 v1.3", {"Items": "array"}),
    "customprints": ("customprint", "v1.1", {"Name": "string"}),
}
SCOPES = " ".join(f"{name}:{right}" for name in COLLECTIONS for right in ("read", "write"))
GRANT = "grant_type=client_credentials"


@pytest.fixture(scope="module")
def world():
    with demo_data.own_cluster() as cluster:
        api = harness.CommandLine(cluster).json("api", "create", "--name=comarch", f"--prefix={API}", f"--token-path={API}/token",
                                                "--audience=https://app.erpxt.example/api2/public")[0]["id"]
        made = demo_data.World(cluster)
        for name, (singular, versions, required) in COLLECTIONS.items():
            made.json("collection", "create", f"--api={api}", f"--name={name}", f"--singular={singular}", f"--versions={versions}",
                      f"--required={json.dumps(required)}")
        yield made


@pytest.fixture(scope="module")
def server(world):
    with demo_data.serving(world.cluster) as running:
        yield running


@pytest.fixture(scope="module")
def key(world):
    account = world.new_account()
    return world.new_key(account=account, holder=world.new_holder(account, permissions=SCOPES), scopes=SCOPES)


@pytest.fixture
def wire(server):
    with harness.Wire(server.port) as connection:
        yield connection


def basic(key, padding=True):
    encoded = base64.b64encode(f"{key.client_id}:{key.secret}".encode()).decode()
    return encoded if padding else encoded.rstrip("=")


def lines(*head, body=""):
    data = body.encode()
    return "\r\n".join([*head, "", ""]).encode() + data


# --- a token ----------------------------------------------------------------------------------------------------------------------


def okhttp(key, port):
    return lines(f"POST {API}/token HTTP/1.1", f"Authorization: Basic {basic(key, padding=False)}", "Content-Type: application/x-www-form-urlencoded",
                 f"Content-Length: {len(GRANT)}", f"Host: 127.0.0.1:{port}", "Connection: Keep-Alive", "Accept-Encoding: gzip", "User-Agent: okhttp/4.9.1",
                 body=GRANT)


def dotnet_core(key, port):
    return lines(f"POST {API}/token HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: application/x-www-form-urlencoded", f"Authorization: Basic {basic(key)}",
                 "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(GRANT)}", body=GRANT)


def node_fetch(key, port):
    return lines(f"POST {API}/token HTTP/1.1", f"host: 127.0.0.1:{port}", "connection: keep-alive", f"Authorization: Basic {basic(key)}",
                 "Content-Type: application/x-www-form-urlencoded", "Accept: application/json", "accept-language: *", "sec-fetch-mode: cors",
                 "user-agent: node", "accept-encoding: gzip, deflate", f"content-length: {len(GRANT)}", body=GRANT)


def axios(key, port):
    return lines(f"POST {API}/token HTTP/1.1", "Accept: application/json, text/plain, */*", "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
                 f"Authorization: Basic {basic(key)}", "User-Agent: axios/1.6.2", f"Content-Length: {len(GRANT)}", "Accept-Encoding: gzip, compress, deflate, br",
                 f"Host: 127.0.0.1:{port}", "Connection: close", body=GRANT)


def php_stream(key, port):
    return lines(f"POST {API}/token HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", f"Content-Length: {len(GRANT)}",
                 f"Authorization: Basic {basic(key)}", "Content-Type: application/x-www-form-urlencoded", "Accept: application/json", body=GRANT)


def old_php_stream(key, port):
    return php_stream(key, port).replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)


def php_curl(key, port):
    return lines(f"POST {API}/token HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Basic {basic(key)}", "Content-Type: application/x-www-form-urlencoded",
                 "Accept: application/json", f"Content-Length: {len(GRANT)}", body=GRANT)


@pytest.mark.parametrize("client", [okhttp, dotnet_core, node_fetch, axios, php_stream, old_php_stream, php_curl])
def test_token(wire, server, key, client):
    assert basic(key).endswith("="), "or nobody could leave the padding out"
    request = client(key, server.port)
    answer = wire.ask(request)
    assert answer.status == 200 and answer.header("content-type").startswith("application/json"), answer
    token = answer.json()
    assert token["access_token"] and token["token_type"].lower() == "bearer"
    assert token["expires_in"] == token["expires"] == 600, "some clients read the one, some the other"
    if b"close" in request:
        assert wire.is_closed()
    else:
        assert wire.ask(request).status == 200, "the connection lives on"


def test_token_of_the_dotnet_framework_waits_for_continue(wire, server, key):
    head, body = dotnet_core(key, server.port).split(b"\r\n\r\n")
    wire.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert wire.answer().status == 100
    assert wire.ask(body).status == 200


# --- records ----------------------------------------------------------------------------------------------------------------------


class Client:
    """Calls as C#'s HttpClient sends them, on one connection."""

    def __init__(self, server, key):
        self.port, self.wire = server.port, harness.Wire(server.port)
        self.token = self.wire.ask(dotnet_core(key, server.port)).json()["access_token"]

    def call(self, method, target, document=None, token=None):
        head = [f"{method} {API}/{target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {token or self.token}"]
        if document is None:
            return self.wire.ask(lines(*head))
        # Json.NET indents with line ends of Windows, and does not escape what is not ASCII.
        body = json.dumps(document, indent=2, ensure_ascii=False).replace("\n", "\r\n")
        return self.wire.ask(lines(*head, "Accept: application/json", "Content-Type: application/json; charset=utf-8", f"Content-Length: {len(body.encode())}",
                                   body=body))

    def create(self, target, document):
        """As Int32.Parse reads the answer."""
        answer = self.call("POST", target, document)
        assert answer.status == 200 and answer.body.isdigit(), answer
        return int(answer.body)


@pytest.fixture
def client(server, world):
    """Each test has an account of its own."""
    account = world.new_account()
    made = Client(server, world.new_key(account=account, holder=world.new_holder(account, permissions=SCOPES), scopes=SCOPES))
    yield made
    made.wire.socket.close()


CUSTOMER = {"Name": "Zakład Usług Ślusarskich „Żółw”", "CustomerTaxNumber": "5250001009", "CustomerType": 1, "Mail": "biuro@zolw.example",
            "Address": {"Street": "Łąkowa", "BuildingNumber": "7", "PostalCode": "00-001", "City": "Łódź"}}


def test_life_of_a_customer(client):
    record = client.create("v1.2/customers", CUSTOMER)
    for path in (f"v1.2/customers/{record}", f"v1.2/customers/{record}/", f"customers/{record}", f"v1.1/customers/{record}"):
        assert client.call("GET", path).json() == {"Id": record, **CUSTOMER}, path
    changed = {"Id": record, **CUSTOMER, "Mail": "nowy@zolw.example"}
    for path in ("v1.2/customers", "v1.2/customers/", "customers"):
        answer = client.call("PUT", path, changed)
        assert (answer.status, answer.body) == (204, b""), answer
        assert client.call("GET", f"v1.2/customers/{record}").json() == changed
    answer = client.call("DELETE", f"v1.2/customers/{record}")
    assert (answer.status, answer.body) == (204, b"")
    assert client.call("GET", f"v1.2/customers/{record}").status == 404


@pytest.mark.parametrize("unset", [{"Id": 0}, {"Id": None}, {}])
def test_new_record_has_no_id_yet(client, unset):
    """Json.NET writes a number that nobody set as 0."""
    document = {"AccountNumber": "PL61109010140000071219812874", "Primary": False}
    record = client.create("bankaccounts/", {**unset, **document})
    assert record > 0 and client.call("GET", f"bankaccounts/{record}").json() == {"Id": record, **document}


DOCUMENTS = {"products": {"Name": "Śruba", "Rate": 23.0, "SaleNetPrice": 12.30}, "customers": CUSTOMER, "paymenttypes": {"Name": "przelew"},
             "bankaccounts": {"AccountNumber": "PL61109010140000071219812874"}, "invoices": {"IssueDate": "2026-03-01", "Items": [{"ProductId": 1, "Quantity": 2.5}]},
             "proformas": {"Items": []}, "customprints": {"Name": "Wydruk"}}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_each_collection_at_each_of_its_addresses(client, name):
    for prefix in ("", *(f"{version}/" for version in COLLECTIONS[name][1].split())):
        for slash in ("", "/"):
            record = client.create(f"{prefix}{name}{slash}", DOCUMENTS[name])
            assert client.call("GET", f"{prefix}{name}/{record}{slash}").json() == {"Id": record, **DOCUMENTS[name]}
            assert client.call("PUT", f"{prefix}{name}{slash}", {"Id": record, **DOCUMENTS[name]}).status == 204
            assert [row["Id"] for row in client.call("GET", f"{prefix}{name}{slash}").json()] == [record]
            assert client.call("DELETE", f"{prefix}{name}/{record}{slash}").status == 204
    assert client.call("GET", name).json() == []
    assert client.call("GET", f"v9.9/{name}").status == 404


# --- lists ------------------------------------------------------------------------------------------------------------------------


def test_customer_is_found_by_mail(client):
    mails = ["ada+books@example.com", "ada@example.com", "o'hara@example.com", "łukasz@example.com"]
    records = {mail: client.create("v1.2/customers", {"Name": mail, "Mail": mail}) for mail in mails}
    for mail, query in [
        ("ada@example.com", "$filter=Mail%20eq%20'ada@example.com'"),  # HttpClient
        ("ada@example.com", "$filter=Mail+eq+'ada@example.com'"),  # axios
        ("ada@example.com", "$filter=Mail%20eq%20%27ada%40example.com%27"),  # okhttp, encodeURIComponent
        ("ada@example.com", "%24filter=Mail+eq+%27ada%40example.com%27"),  # http_build_query
        ("ada@example.com", "$filter=Mail eq 'ada@example.com'".replace(" ", "%20") + "&$top=1"),
        ("ada@example.com", "&$filter=Mail%20eq%20'ada@example.com'%20&"),
        ("ada+books@example.com", "$filter=Mail%20eq%20'ada%2Bbooks@example.com'"),
        ("o'hara@example.com", "$filter=Mail%20eq%20'o''hara@example.com'"),
        ("o'hara@example.com", "%24filter=Mail+eq+%27o%27%27hara%40example.com%27"),
        ("łukasz@example.com", "$filter=Mail%20eq%20'%C5%82ukasz@example.com'"),
    ]:
        for path in ("v1.2/customers", "v1.2/customers/", "customers/"):
            answer = client.call("GET", f"{path}?{query}")
            assert answer.status == 200 and [row["Id"] for row in answer.json()] == [records[mail]], (query, answer)
    assert client.call("GET", "customers?$filter=Mail%20eq%20'nobody@example.com'").json() == []


ORDERED = [
    "?&$orderby=IssueDate%20desc,%20Id%20desc%20&$skip={skip}%20&$top={top}",  # a C# client, blanks before each '&' and all
    "?$orderby=IssueDate%20desc%2C%20Id%20desc&$skip={skip}&$top={top}",  # encodeURIComponent
    "?$orderby=IssueDate+desc,+Id+desc&$skip={skip}&$top={top}",  # axios
    "?%24orderby=IssueDate+desc%2C+Id+desc&%24skip={skip}&%24top={top}",  # http_build_query
    "?$top={top}&$skip={skip}&$orderby=IssueDate%20desc,Id%20desc",
]


@pytest.mark.parametrize("query", ORDERED)
def test_last_invoices_page_by_page(client, query):
    days = ["2026-01-31", "2026-03-01", "2025-12-24", "2026-03-01", "2026-03-01", "2025-12-24", "2026-02-28"]
    records = [(day, client.create("v1.4/invoices", {"IssueDate": f"{day}T00:00:00", "Items": []})) for day in days]
    expected = [record for _, record in sorted(records, reverse=True)]
    found, skip, top = [], 0, 3
    while True:
        answer = client.call("GET", "v1.4/invoices" + query.format(skip=skip, top=top))
        assert answer.status == 200, answer
        page = [row["Id"] for row in answer.json()]
        found += page
        skip += top
        if len(page) < top:
            break
    assert found == expected


@pytest.mark.parametrize("query, names", [
    ("$filter=IssueDate%20ge%20datetime'2026-02-01'%20and%20GrossTotal%20gt%20100", ["b"]),
    ("$filter=IssueDate+lt+datetime'2026-02-01T00:00:00'", ["a"]),
    ("$filter=PaymentStatus%20ne%200", ["b"]),
    ("$filter=not%20(PaymentStatus%20eq%200)%20or%20Number%20eq%20'FS/1/2026'", ["a", "b"]),
    ("$filter=Description%20eq%20null&$orderby=Number%20desc", ["c", "b"]),
])
def test_filters_of_the_manual(client, query, names):
    invoices = {"a": {"Number": "FS/1/2026", "IssueDate": "2026-01-15", "GrossTotal": 50, "PaymentStatus": 0, "Description": "x"},
                "b": {"Number": "FS/2/2026", "IssueDate": "2026-02-15", "GrossTotal": 123.00, "PaymentStatus": 2},
                "c": {"Number": "FS/3/2026", "IssueDate": "2026-03-15", "GrossTotal": 99.99, "PaymentStatus": 0, "Description": None}}
    records = {client.create("invoices", {**invoice, "Items": []}): name for name, invoice in invoices.items()}
    answer = client.call("GET", f"invoices?{query}")
    assert answer.status == 200, answer
    found = [records[row["Id"]] for row in answer.json()]
    assert (found if "orderby" in query else sorted(found)) == names


# --- refusals ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, method, target, document, word", [
    (400, "POST", "v1.2/customers", {"Mail": "x"}, "Name"),
    (400, "POST", "v1.2/customers", {"Name": 7}, "Name"),
    (400, "PUT", "v1.2/customers", CUSTOMER, "Id"),
    (400, "GET", "v1.4/invoices?$orderby=IssueDate%20downwards", None, "$orderby"),
    (400, "GET", "v1.4/invoices?$filter=Mail%20is%20'x'", None, "$filter"),
    (400, "GET", "v1.4/invoices?$skip=-1", None, "$skip"),
    (404, "GET", "v1.2/customers/999999", None, ""),
    (404, "PUT", "v1.2/customers", {"Id": 999999, **CUSTOMER}, ""),
    (404, "DELETE", "v1.2/customers/999999", None, ""),
    (404, "GET", "v1.2/elephants", None, ""),
    (405, "DELETE", "v1.2/customers", None, ""),
])
def test_refusals_have_a_message(client, status, method, target, document, word):
    answer = client.call(method, target, document)
    assert answer.status == status and "json" in answer.header("content-type"), answer
    assert len(answer.json()["Message"]) > 5 and word in answer.json()["Message"], answer


def test_token_of_no_use_has_a_message(client):
    answer = client.call("GET", "v1.2/customers", token=client.token[:-4] + "AAAA")
    assert answer.status == 401 and answer.json()["Message"] and answer.header("www-authenticate").startswith("Bearer ")


def test_missing_right_has_a_message(server, world):
    reader = Client(server, world.new_key(account=(account := world.new_account()), holder=world.new_holder(account, permissions=SCOPES), scopes="customers:read"))
    assert reader.call("GET", "v1.2/customers").status == 200
    answer = reader.call("POST", "v1.2/customers", CUSTOMER)
    assert answer.status == 403 and "customers:write" in answer.json()["Message"], answer
    reader.wire.socket.close()
