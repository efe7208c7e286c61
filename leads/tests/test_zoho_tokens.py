"""How the Zoho connector comes by access tokens, of which Zoho gives ten in ten minutes. Recorded shapes."""

from threading import Barrier, Thread
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from pydantic import ValidationError

from caty.lib import redis
from leads.connectors import get_connector
from leads.connectors.base import Delivered, Failed, Misconfigured, TryLater
from leads.connectors.zoho import ZohoSecrets, ZohoSettings
from leads.tests.conftest import NOON
from leads.tests.messages import lead_message
from leads.tests.standins.web import Told
from leads.tests.standins.zoho import INVALID_TOKEN, refusal
from leads.tests.zoho import EMAIL, SEARCH, SECRETS, SETTINGS, check, knows_nobody, send_lead, sent


def test_a_token_is_asked_for_once_and_its_secrets_stand_in_no_address(zoho):
    knows_nobody(zoho)
    for _lead in range(3):
        send_lead(email=EMAIL)
    (call,) = zoho.token_calls
    assert (call.method, call.target) == ("POST", "/oauth/v2/token")
    assert parse_qs(call.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["1000.ID"],
        "client_secret": ["secret"],
        "refresh_token": ["1000.refresh"],
    }


def test_the_token_is_shared_with_other_connections_of_the_same_credentials_alone(zoho):
    knows_nobody(zoho)
    connector, message = get_connector("zoho"), lead_message("zoho", email=EMAIL)
    other = ZohoSecrets(**{**SECRETS.model_dump(), "refresh_token": "1000.other"})
    for secrets in (SECRETS, SECRETS.model_copy(), other):
        connector.deliver(message, SETTINGS, secrets)
    assert len(zoho.token_calls) == 2


def test_a_token_that_ended_is_renewed_once_and_the_call_repeated(zoho):
    knows_nobody(zoho)
    send_lead(email=EMAIL)
    zoho.refuses = {"t1"}
    assert isinstance(send_lead(email=EMAIL), Delivered)
    assert isinstance(send_lead(email=EMAIL), Delivered)
    assert len(zoho.token_calls) == 2


def test_workers_that_are_refused_at_once_renew_once(zoho):
    knows_nobody(zoho)
    send_lead(email=EMAIL)
    zoho.refuses = {"t1"}
    together, answer = Barrier(3), zoho.answer

    def refuse_together(call):
        told = answer(call)
        if told is INVALID_TOKEN:
            together.wait(timeout=10)
        return told

    zoho.answer = refuse_together
    outcomes = []
    threads = [Thread(target=lambda: outcomes.append(send_lead(email=EMAIL))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert [type(outcome) for outcome in outcomes] == 3 * [Delivered]
    assert len(zoho.token_calls) == 2


def test_a_token_that_is_refused_again_needs_a_colleague(zoho):
    zoho.refuses = {"t1", "t2"}
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("Zoho CRM does not accept our credentials (answer 401). invalid oauth token.")
    assert len(zoho.token_calls) == 2


def test_a_scope_that_is_missing_costs_no_token(zoho):
    zoho.answers[SEARCH] = [refusal(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")]
    outcome = check()
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("The code does not allow all that is needed.")
    assert len(zoho.token_calls) == 1


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (Told(200, {"error": "invalid_code"}), Misconfigured, "our access was withdrawn"),
        (Told(200, {"error": "invalid_client"}), Misconfigured, "does not know the client ID in this data centre"),
        (Told(200, {"error": "invalid_client_secret"}), Misconfigured, "the client secret does not fit"),
        (Told(400, {"error": "odd", "error_description": "Something odd."}), Misconfigured, ": Something odd. You"),
        (Told(404), Misconfigured, "answer 404"),
        (
            Told(400, {"error": "Access Denied", "error_description": "You have made too many requests continuously."}),
            TryLater,
            "to wait before we sign in again",
        ),
        (Told(503, {"access_token": "t9"}), TryLater, "fault of its own"),
        (Told(200, {"token": "t1"}), TryLater, "no access token"),
    ],
)
def test_why_there_is_no_token_is_told_in_words_without_any_of_the_answer(zoho, told, kind, words):
    zoho.token_answers = [told]
    outcome = check()
    assert isinstance(outcome, kind)
    assert words in outcome.reason
    assert (outcome.answer, sent(zoho)) == ("", [])


def test_whoever_signs_in_too_often_waits_ten_minutes(zoho):
    zoho.token_answers = [
        Told(400, {"error": "Access Denied", "error_description": "You have made too many requests."})
    ]
    assert send_lead(email=EMAIL).retry_after_seconds == 600


@pytest.mark.parametrize("address", ["https://attacker.example", "https://www.zohoapis.eu.attacker.example", ""])
def test_an_answer_that_sends_us_elsewhere_is_not_followed(zoho, address):
    zoho.api_domain = address
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("Zoho sends us to an address that is not one of its own.")
    assert sent(zoho) == []
    assert list(redis.client().scan_iter(match=f"*{settings.REDIS_KEY_PREFIX}:*token:zoho:*")) == []


def test_only_zoho_s_own_data_centres_can_be_chosen():
    with pytest.raises(ValidationError):
        ZohoSettings(data_centre="attacker.example")


def test_fields_can_not_be_read_with_wrong_credentials(zoho):
    zoho.token_answers = [Told(200, {"error": "invalid_code"})]
    with pytest.raises(Failed) as caught:
        get_connector("zoho").read_fields(SETTINGS, SECRETS, now=NOON)
    assert "Self Client" in caught.value.outcome.reason
