"""What we send to Salesforce, beside what simple-salesforce sends for the same intent. It was written without us."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.api import SFType
from simple_salesforce.login import SalesforceLogin

from leads.connectors import get_connector
from leads.connectors.base import MappedValue, RemoteRecord
from leads.connectors.crm import Found
from leads.connectors.salesforce import SalesforceSecrets, SalesforceSettings
from leads.notes import note_of, note_text
from leads.tests.conftest import NOON
from leads.tests.messages import LINES, REFERENCE, snapshot
from leads.tests.standins.web import Call, Told, serving

LEAD_ID = "00Q000000000001AAA"
RECORD = RemoteRecord(remote_id=LEAD_ID)
TOKEN = '{"access_token": "token", "instance_url": "https://acme.my.salesforce.com"}'
ODD_EMAILS = ("ann@example.com", "o'neil+x&y=z@example.co.uk", 'a"b\\c@example.com', "jörg@bücher.example")


def capture_all(call: Call) -> Told:
    """Whatever is asked, in the shape that both sides can go on with."""
    if call.path == "/services/oauth2/token":
        return Told(200, {"access_token": "token", "instance_url": f"http://{call.headers['host']}"})
    if call.method == "GET" and "query" in call.path:
        return Told(200, {"totalSize": 0, "done": True, "records": []})
    if call.method == "PATCH":
        return Told(204)
    return Told(200, {"id": LEAD_ID, "success": True, "errors": [], "Id": LEAD_ID, "fields": [], "objectDescribe": {}})


@pytest.fixture
def web(settings):
    with serving(capture_all) as web:
        settings.SALESFORCE_URL = web.url
        settings.SALESFORCE_HOSTS = [".my.salesforce.com", "127.0.0.1"]
        settings.OUTBOUND_ALLOW = [web.url.removeprefix("http://")]
        yield web


@pytest.fixture
def ours(web):
    """Our connector and its way to the server; the call for the token isn't counted."""
    connector = get_connector("salesforce")
    settings = SalesforceSettings(domain="acme.my.salesforce.com")
    api = connector.open(settings, SalesforceSecrets(consumer_key="key", consumer_secret="secret"), now=NOON)
    web.calls.clear()
    return connector, api


@pytest.fixture
def theirs(web, monkeypatch):
    """Their client. It knows https alone, so that its addresses are rewritten for the server on loopback."""
    make = SFType.__init__

    def make_plain(self, *args, **options):
        make(self, *args, **options)
        self.base_url = self.base_url.replace("https://", "http://")

    monkeypatch.setattr(SFType, "__init__", make_plain)
    client = Salesforce(instance_url=web.url, session_id="token", version="64.0")
    client.base_url = client.base_url.replace("https://", "http://")
    return client


def sent(web) -> list[tuple]:
    """Method, path, query, body and credential of each call, and forget them."""
    told = [
        (
            call.method,
            call.path,
            parse_qsl(urlsplit(call.target).query),
            call.json,
            call.headers["authorization"],
            call.headers.get("content-type") if call.body else None,
        )
        for call in web.calls
    ]
    web.calls.clear()
    return told


def values(**fields) -> tuple[MappedValue, ...]:
    return tuple(MappedValue(field=name, value=value) for name, value in fields.items())


def test_a_lead_is_created_as_they_do(web, ours, theirs):
    connector, api = ours
    row = {"LastName": "Lovelace", "Company": "Engines", "Email": "ann+x@example.com", "Note__c": "ü “”"}

    connector.create(api, snapshot(email="ann+x@example.com"), values(**row))
    ours_sent = sent(web)
    theirs.Lead.create(row)

    assert ours_sent == sent(web)


def test_a_lead_is_updated_by_its_id_as_they_do(web, ours, theirs):
    connector, api = ours
    connector.update(api, Found(RECORD), values(Phone="+4930123456"))
    ours_sent = sent(web)
    theirs.Lead.update(LEAD_ID, {"Phone": "+4930123456"})
    assert ours_sent == sent(web)


def test_we_add_a_header_that_lets_duplicates_pass(web, ours):
    connector, api = ours
    connector.create(api, snapshot(email="ann@example.com"), ())
    connector.update(api, Found(RECORD), values(Phone="1"))
    assert [call.headers["sforce-duplicate-rule-header"] for call in web.calls] == 2 * ["allowSave=true"]


@pytest.mark.parametrize("email", ODD_EMAILS)
def test_a_lead_is_looked_for_as_they_do_with_whatever_stands_in_the_address(web, ours, theirs, email):
    connector, api = ours

    connector.find(api, snapshot(email=email), record=None, fields=("Phone", "LastName"))
    ours_sent = sent(web)
    theirs.query(
        format_soql(
            "SELECT Id, IsConverted, Phone, LastName FROM Lead WHERE Email = {} AND IsConverted = false"
            " ORDER BY CreatedDate DESC LIMIT 1",
            email,
        )
    )

    assert ours_sent == sent(web)


@pytest.mark.parametrize("reference", [REFERENCE, "100%_it's"])
def test_a_note_is_looked_for_as_they_do(web, ours, theirs, reference):
    connector, api = ours

    connector.find_note(api, RECORD, reference)
    ours_sent = sent(web)
    soql = "SELECT Id FROM Task WHERE WhoId = {} AND Subject LIKE '%{:like}%' LIMIT 1"
    theirs.query(format_soql(soql, LEAD_ID, reference))

    assert ours_sent == sent(web)


def test_a_note_is_added_as_they_do(web, ours, theirs):
    connector, api = ours
    note = note_of(REFERENCE, {"lines": LINES, "conversation_url": ""}, business_name="Acme")

    connector.add_note(api, RECORD, note, at=NOON)
    ours_sent = sent(web)
    theirs.Task.create(
        {
            "WhoId": LEAD_ID,
            "Subject": f"Chat on Acme (Caty {REFERENCE})",
            "Description": note_text(note, most=32_000),
            "Status": "Completed",
            "ActivityDate": "2026-01-28",
        }
    )

    assert ours_sent == sent(web)


def test_fields_are_read_as_they_do(web, ours, theirs):
    connector, api = ours
    connector.list_fields(api)
    ours_sent = sent(web)
    theirs.Lead.describe()
    assert ours_sent == sent(web)


def test_a_lead_is_read_by_its_id_where_they_do_and_only_what_is_needed(web, ours, theirs):
    connector, api = ours
    connector.find(api, snapshot(), record=RECORD, fields=("Phone",))
    ((method, path, query, *rest),) = sent(web)
    theirs.Lead.get(LEAD_ID)
    ((their_method, their_path, their_query, *their_rest),) = sent(web)
    assert (method, path, rest) == (their_method, their_path, their_rest)
    assert (query, their_query) == ([("fields", "Id,IsConverted,Phone")], [])


def test_what_stands_in_a_path_is_escaped_by_us_and_not_by_them(web, ours, theirs):
    # An id is Salesforce's own word, yet nothing that came over the wire may choose another address.
    odd = "a+x/y@b.co?z#1"
    connector, api = ours
    connector.update(api, Found(RemoteRecord(remote_id=odd)), values(Phone="1"))
    theirs.Lead.update(odd, {"Phone": "1"})
    assert [call.target for call in web.calls] == [
        "/services/data/v64.0/sobjects/Lead/a%2Bx%2Fy%40b.co%3Fz%231",
        "/services/data/v64.0/sobjects/Lead/a+x/y@b.co?z",
    ]


def test_a_token_is_asked_for_as_they_do(web, settings, monkeypatch):
    credentials = SalesforceSecrets(consumer_key="key+/:", consumer_secret="sec ret&=")
    get_connector("salesforce").open(SalesforceSettings(domain="acme.my.salesforce.com"), credentials, now=NOON)
    (call,) = web.calls
    posted = {}

    class Session:
        """Takes what they would send to https."""

        def post(self, url, data, headers, **options):
            posted.update(path=urlsplit(url).path, form=data, authorization=headers["Authorization"])
            return type("Answer", (), {"status_code": 200, "json": lambda self: json.loads(TOKEN)})()

    SalesforceLogin(
        consumer_key="key+/:", consumer_secret="sec ret&=", domain="acme.my", session=Session(), proxies=None
    )

    assert (call.method, call.path, dict(parse_qsl(call.body.decode())), call.headers["authorization"]) == (
        "POST",
        posted["path"],
        posted["form"],
        posted["authorization"],
    )
