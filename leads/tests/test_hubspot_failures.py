"""What HubSpot's refusals and silences mean for a delivery."""

from datetime import UTC, datetime

import pytest

from leads.connectors import get_connector
from leads.connectors.api import seconds_to_midnight
from leads.connectors.base import Delivered, Misconfigured, QuotaSpent, Rejected, TryLater
from leads.connectors.hubspot import HubSpotSecrets, HubSpotSettings
from leads.tests.sending import lead, lead_message
from leads.tests.standins.hubspot import TOKEN
from leads.tests.standins.serving import Told

KEY_HELP = (
    "In HubSpot, under Settings → Integrations → Service Keys, make a key with the rights "
    "crm.objects.contacts.read, crm.objects.contacts.write and crm.schemas.contacts.read, and enter it here."
)


def send(token=TOKEN, **details):
    message = lead_message("hubspot", lead(**(details or {"email": "ann@example.com"})))
    return get_connector("hubspot").deliver(message, HubSpotSettings(), HubSpotSecrets(token=token))


def test_a_refused_address_with_nothing_else_is_told_in_hubspot_s_words(hubspot):
    outcome = send(email="nobody")
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "HubSpot did not accept it (answer 400). Email address is invalid."
    assert hubspot.contacts == {}


def test_a_rule_of_the_account_s_own_that_wants_more_is_told_in_its_words(hubspot):
    words = "A budget is needed once a contact has a company"
    error = {"message": words, "code": "REQUIRED", "context": {"propertyName": ["budget"]}}
    refusal = Told(400, {"message": "Property values were not valid: [{}]", "errors": [error]})
    hubspot.fail("POST", "/contacts", refusal)
    outcome = send()
    assert isinstance(outcome, Rejected)
    assert outcome.reason == f"HubSpot did not accept it (answer 400). {words}."


@pytest.mark.parametrize("body", [None, [], {"errors": "none"}, {"errors": [7, {"context": None}], "message": None}])
def test_a_refusal_without_words_is_one_all_the_same(hubspot, body):
    hubspot.fail("POST", "/contacts", Told(400, body))
    outcome = send()
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "HubSpot did not accept it (answer 400)."


def test_a_wrong_key_stops_the_connection_and_says_where_the_right_one_is(hubspot):
    outcome = send(token="pat-eu1-old")
    assert isinstance(outcome, Misconfigured)
    words = "HubSpot does not accept our credentials (answer 401). Authentication credentials not found."
    assert outcome.reason == f"{words} {KEY_HELP}"
    assert len(hubspot.calls) == 1


def test_a_key_without_the_right_to_write_stops_the_connection(hubspot):
    scopes = Told(403, {"message": "This app hasn't been granted all required scopes", "category": "MISSING_SCOPES"})
    hubspot.fail("POST", "/contacts", scopes)
    outcome = send()
    assert isinstance(outcome, Misconfigured)
    assert "(answer 403). This app hasn't been granted all required scopes." in outcome.reason


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (Told(429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "7"}), 7),
        (Told(429, {"policyName": "SECONDLY"}), None),
        (Told(423, {"message": "locked"}), None),
        (Told(477, None, {"Retry-After": "86400"}), 21_600),
        (Told(503), None),
        (Told(521), None),
    ],
)
def test_what_passes_is_tried_later(hubspot, told, seconds):
    hubspot.fail("GET", "ann%40example.com", told)
    outcome = send()
    assert isinstance(outcome, TryLater)
    assert (outcome.retry_after_seconds, outcome.is_ambiguous) == (seconds, False)
    assert len(hubspot.calls) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 21_600), ({"Retry-After": "3600"}, 3600), ({"Retry-After": "2"}, 60)],
)
def test_a_spent_day_rests_until_it_is_over(hubspot, headers, seconds):
    body = {"message": "You have reached your daily limit.", "errorType": "RATE_LIMIT", "policyName": "DAILY"}
    hubspot.fail("GET", "ann%40example.com", Told(429, body, headers))
    outcome = send()
    assert isinstance(outcome, QuotaSpent)
    assert outcome.retry_after_seconds == seconds
    assert outcome.reason == "HubSpot takes nothing more today: the account's daily allowance is used up."


@pytest.mark.parametrize(
    ("time", "seconds"),
    [((12, 0, 0, 0), 21_600), ((18, 0, 0, 1), 21_600), ((22, 30, 0, 0), 5400), ((23, 59, 59, 1), 60)],
)
def test_midnight_is_a_minute_away_at_least_and_six_hours_at_most(time, seconds):
    assert seconds_to_midnight(datetime(2026, 1, 28, *time, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("told", [Told(breaks=True), Told(500), Told(201, {"archived": False})])
def test_a_contact_that_may_have_been_made_is_found_again(hubspot, told):
    hubspot.fail("POST", "/contacts", told, done_first=True)
    first = send()
    assert isinstance(first, TryLater)
    assert first.is_ambiguous

    second = send()

    assert isinstance(second, Delivered)
    assert second.remote_id == "101"
    assert len(hubspot.contacts) == 1
