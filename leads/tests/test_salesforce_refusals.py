"""What the Salesforce connector makes of refusals, ended sessions and wrong addresses."""

import pytest
from pydantic import ValidationError

from leads.connectors import get_connector
from leads.connectors.base import Delivered, Failed, Misconfigured, QuotaSpent, Rejected, RemoteRecord, TryLater
from leads.connectors.salesforce import SalesforceSettings
from leads.tests.conftest import NOON
from leads.tests.messages import note_message
from leads.tests.salesforce import EMAIL, SECRETS, SETTINGS, calls_of, check, send, send_lead, the_lead, token_calls
from leads.tests.standins.salesforce import refusal
from leads.tests.standins.web import Told


def test_a_lead_without_address_is_not_made_where_the_address_is_refused(salesforce):
    refused = refusal(400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address", ("Email",))
    salesforce.fails = [("POST", "sobjects/Lead", refused)]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "Salesforce did not accept it (answer 400). Email: invalid email address."
    assert salesforce.rows["Lead"] == {}


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]"), Rejected, "Region__c"),
        (refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Only in the EU."), Rejected, "Only in the EU."),
        (refusal(400, "DUPLICATES_DETECTED", "Use one of these records?"), Rejected, "duplicate rule"),
        (refusal(400, "UNABLE_TO_LOCK_ROW"), TryLater, "busy"),
        (refusal(503, "SERVER_UNAVAILABLE"), TryLater, "not available"),
        (refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaSpent, "daily limit"),
        (refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), TryLater, "busy"),
        (refusal(403, "API_DISABLED_FOR_ORG", "API is not enabled"), Misconfigured, "API is not enabled"),
        (refusal(403, "INSUFFICIENT_ACCESS", "insufficient access rights"), Misconfigured, "insufficient access"),
        (refusal(400, "INVALID_TYPE", "sObject type 'Lead' is not supported."), Misconfigured, "not supported"),
        (Told(500), TryLater, "fault of its own"),
        (Told(302, headers={"Location": "https://elsewhere.example/"}), TryLater, "another address"),
    ],
)
def test_refusals_end_as_what_can_be_done_about_them(salesforce, told, kind, words):
    salesforce.fails = [("POST", "sobjects/Lead", told)]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, kind)
    assert words in outcome.reason
    assert salesforce.rows["Lead"] == {}


def test_a_spent_day_is_waited_for_an_hour_at_a_time(salesforce):
    salesforce.fails = [("GET", "query", refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))]
    assert send_lead(email=EMAIL).retry_after_seconds == 3600


@pytest.mark.parametrize(
    ("told", "is_ambiguous"),
    [(Told(breaks=True), True), (Told(500), True), (refusal(503, "SERVER_UNAVAILABLE"), True)],
)
@pytest.mark.parametrize("path", ["sobjects/Lead", "sobjects/Task"])
def test_what_may_have_been_made_is_marked_so(salesforce, path, told, is_ambiguous):
    lead = RemoteRecord(remote_id=salesforce.add("Lead", Email="bob@example.com"))
    salesforce.fails = [("POST", path, told)]
    outcome = send_lead(email=EMAIL) if path == "sobjects/Lead" else send(note_message(lead))
    assert isinstance(outcome, TryLater)
    assert outcome.is_ambiguous is is_ambiguous


def test_a_duplicate_rule_s_answer_about_other_people_is_not_kept(salesforce):
    salesforce.fails = [("POST", "sobjects/Lead", refusal(400, "DUPLICATES_DETECTED", "Bob Smith, bob@example.com"))]
    outcome = send_lead(email=EMAIL)
    assert "Bob" not in f"{outcome}"


def test_a_session_that_ended_is_renewed_once_and_the_call_repeated(salesforce):
    send_lead(email=EMAIL)
    salesforce.end_session()
    outcome = send_lead(email=EMAIL, phone="+4930123456")
    assert isinstance(outcome, Delivered)
    assert the_lead(salesforce)["Phone"] == "+4930123456"
    assert token_calls(salesforce) == 2


def test_a_token_that_is_refused_again_needs_a_colleague(salesforce):
    told = refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
    salesforce.fails = [("GET", "query", told), ("GET", "query", told)]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("Salesforce does not accept our credentials (answer 401). Session expired or")
    assert "External Client App Manager" in outcome.reason
    assert token_calls(salesforce) == 2


def test_wrong_credentials_are_told_in_words_without_any_of_the_answer(salesforce):
    salesforce.secret = "another"
    outcome = check()
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith(
        "Salesforce does not accept our credentials: the consumer secret does not fit the consumer key. You find"
    )
    assert outcome.answer == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://login.attacker.example",
        "https://acme.my.salesforce.com.attacker.example",
        "https://attacker.example/.my.salesforce.com",
        "",
    ],
)
def test_an_answer_that_sends_us_elsewhere_is_not_followed(salesforce, address):
    salesforce.instance_url = address
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("Salesforce sends us to an address that is not one of its own.")
    assert (calls_of(salesforce), outcome.answer) == ([], "")


@pytest.mark.parametrize(
    ("entered", "domain"),
    [
        ("acme.my.salesforce.com", "acme.my.salesforce.com"),
        ("https://ACME.my.salesforce.com/", "acme.my.salesforce.com"),
        ("https://acme.lightning.force.com/lightning/page/home", "acme.my.salesforce.com"),
        ("https://acme.my.salesforce-setup.com/lightning/setup/SetupOneHome/home", "acme.my.salesforce.com"),
        ("acme--uat.sandbox.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com"),
        ("https://acme--uat.sandbox.lightning.force.com/", "acme--uat.sandbox.my.salesforce.com"),
        ("https://user:pass@acme.my.salesforce.com:443/x", "acme.my.salesforce.com"),
    ],
)
def test_any_address_of_a_salesforce_may_be_pasted(entered, domain):
    assert SalesforceSettings(domain=entered).domain == domain


@pytest.mark.parametrize(
    "entered",
    [
        "",
        "acme",
        "login.salesforce.com",
        "https://attacker.example/acme.my.salesforce.com",
        "127.0.0.1",
        "https://[::1",
    ],
)
def test_other_addresses_are_refused(entered):
    with pytest.raises(ValidationError, match=r"such as acme\.my\.salesforce\.com"):
        SalesforceSettings(domain=entered)


def test_fields_can_not_be_read_with_wrong_credentials(salesforce):
    salesforce.secret = "another"
    with pytest.raises(Failed) as caught:
        get_connector("salesforce").read_fields(SETTINGS, SECRETS, now=NOON)
    assert isinstance(caught.value.outcome, Misconfigured)
