"""Google Sheets: what is refused, by Google and by us, and what staff read of it."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import (
    Misconfigured,
    QuotaSpent,
    Rejected,
    TryLater,
)
from leads.connectors.google_account import read_account
from leads.connectors.sheets import SheetsSecrets, SheetsSettings
from leads.models import Connection, Delivery
from leads.tests.conftest import NOON, WEIGHTS, said
from leads.tests.receiver import Answer
from leads.tests.sheet_rows import MESSAGE, SETTINGS, connect, send
from leads.tests.standins.google import EMAIL, KEY_FILE, SPREADSHEET_ID, googling, refusal


@pytest.fixture
def google(settings):
    with googling(settings) as stand_in:
        yield stand_in


def test_whoever_writes_down_anothers_name_does_not_get_their_token(google):
    send()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = SheetsSecrets(service_account=json.dumps({**KEY_FILE, "private_key": pem_of(stranger)}))
    google.asked.clear()

    outcome = get_connector("sheets").deliver(MESSAGE, SETTINGS, forged)

    assert outcome.reason.startswith("Google does not accept this key: Invalid JWT Signature.")
    assert isinstance(outcome, Misconfigured)
    assert google.asked == []


def pem_of(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


OFF = "Google Sheets API has not been used in project 12 before or it is disabled. Enable it by visiting https://x"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refusal(403, "PERMISSION_DENIED", "The caller does not have permission"),
            Misconfigured,
            f"Google lets us not write into this spreadsheet. Share it, as Editor, with {EMAIL}.",
        ),
        (refusal(403, "PERMISSION_DENIED", OFF), Misconfigured, "The Google Sheets API is switched off"),
        (
            refusal(403, "PERMISSION_DENIED", "x", details=[{"reason": "SERVICE_DISABLED"}]),
            Misconfigured,
            "The Google Sheets API is switched off",
        ),
        (refusal(404, "NOT_FOUND", "Requested entity was not found."), Misconfigured, "There is no such spreadsheet."),
        (
            refusal(400, "INVALID_ARGUMENT", "Unable to parse range: 'Leads'!1:1"),
            Misconfigured,
            "The spreadsheet has no sheet “Leads”.",
        ),
        (
            refusal(400, "FAILED_PRECONDITION", "This operation is not supported for this document"),
            Misconfigured,
            "Google refuses to write into this spreadsheet: This operation is not supported for this document",
        ),
        (
            refusal(401, "UNAUTHENTICATED", "Invalid credentials."),
            Misconfigured,
            "Google Sheets does not accept our credentials (answer 401). Invalid credentials.",
        ),
        (refusal(409, "ABORTED", "Try again."), Rejected, "Google Sheets did not accept it (answer 409). Try again."),
        (refusal(500, "INTERNAL", "x"), TryLater, "It had a fault of its own (answer 500)."),
        (refusal(503, "UNAVAILABLE", "x"), TryLater, "It had a fault of its own (answer 503)."),
        (Answer(302), TryLater, "It sent us on to another address"),
    ],
)
def test_googles_refusals_are_told_apart(google, answer, kind, words):
    google.refusals = [answer] * 2
    outcome = send()
    assert type(outcome) is kind
    assert outcome.reason.startswith(words)
    assert google.rows == []


@pytest.mark.parametrize(("headers", "seconds"), [({}, 60), ({"Retry-After": "5"}, 60), ({"Retry-After": "90"}, 90)])
def test_a_quota_that_is_spent_gives_google_a_minute_at_least(google, headers, seconds):
    google.refusals = [replace(refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), headers=headers)]
    outcome = send()
    assert isinstance(outcome, QuotaSpent)
    assert (outcome.reason, outcome.retry_after_seconds) == ("Google asked us to slow down.", seconds)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(500), TryLater, "It had a fault of its own (answer 500)."),
        (Answer(200, body=b"{}"), TryLater, "Google gave us no access token."),
        (
            Answer(400, body=b'{"error":"invalid_grant","error_description":"Invalid grant: account not found"}'),
            Misconfigured,
            "Google does not accept this key: Invalid grant: account not found. Make a new one",
        ),
    ],
)
def test_a_key_that_gives_no_token_is_told(google, answer, kind, words):
    google.token_refusals = [answer]
    outcome = send()
    assert type(outcome) is kind
    assert outcome.reason.startswith(words)
    assert outcome.answer == ""  # a token could stand in it
    assert google.asked == []


def test_a_sheet_without_the_reference_is_not_written(google):
    google.rows = [["Name", "E-mail"], ["Bob", "bob@example.com"]]
    outcome = send()
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason == (
        "The first row of the sheet “Leads” has no “Reference”. Put it back, or use an empty sheet."
    )
    assert google.rows == [["Name", "E-mail"], ["Bob", "bob@example.com"]]


def test_the_accounts_address_is_told_to_staff_though_others_are_masked(acme, google):
    connect(acme)
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    google.refusals = [refusal(403, "PERMISSION_DENIED", "ann@example.com may not")]
    assert delivery.deliver(Delivery.objects.get().pk, now=NOON) == "paused"
    words = f"Google lets us not write into this spreadsheet. Share it, as Editor, with {EMAIL}."
    assert Connection.objects.get().paused_reason == words
    attempt = Delivery.objects.get().tries.get()
    assert attempt.message == words
    assert "ann@example.com" not in attempt.answer_excerpt


def test_a_test_tells_whoever_may_only_read(acme, google):
    google.rows = [["Reference"]]
    take = google.take

    def read_only(asked):
        denied = refusal(403, "PERMISSION_DENIED", "The caller does not have permission")
        return denied if asked.method == "PUT" else take(asked)

    google.take = read_only
    tryout = delivery.test_connection(connect(acme), now=NOON)
    assert (tryout.is_ok, tryout.message[-len(EMAIL) - 1 :]) == (False, f"{EMAIL}.")


@pytest.mark.parametrize(
    "text",
    [
        SPREADSHEET_ID,
        f"https://docs.google.com/spreadsheets/d/{SPREADSHEET_ID}",
        f"https://docs.google.com/spreadsheets/d/{SPREADSHEET_ID}/edit?gid=0#gid=0",
        f" https://docs.google.com/spreadsheets/u/1/d/{SPREADSHEET_ID}/edit\n",
    ],
)
def test_a_spreadsheet_is_named_by_its_address_or_id(text):
    assert SheetsSettings(spreadsheet=text).spreadsheet == SPREADSHEET_ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Customers",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vQ_abcdefghijklmnopqrstuv/pubhtml",
        f"https://evil.example/spreadsheets/d/{SPREADSHEET_ID}",
        f"{SPREADSHEET_ID}/../../x",
    ],
)
def test_what_names_no_spreadsheet_is_refused(text):
    with pytest.raises(ValidationError, match=r"Paste the spreadsheet's address"):
        SheetsSettings(spreadsheet=text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "authorized_user"}, "Paste the whole key file"),
        ({"token_uri": "https://evil.example/token"}, "This key file is not one of Google's."),
        ({"client_email": "caty@evil.example"}, "This key file is not one of Google's."),
        ({"client_email": None}, "This key file is not one of Google's."),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}, "The private key in this file can't be read."),
        ({"private_key": pem_of(ec.generate_private_key(ec.SECP256R1()))}, "The private key in this file can't be"),
        ({"private_key": None}, "The private key in this file can't be read."),
    ],
)
def test_a_key_file_that_can_not_work_is_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        SheetsSecrets(service_account=json.dumps({**KEY_FILE, **changes}))


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "AIzaSyA-key"])
def test_what_is_no_key_file_is_refused(text):
    with pytest.raises(ValidationError, match="Paste the whole key file"):
        SheetsSecrets(service_account=text)


def test_a_key_file_stays_readable_when_a_form_takes_its_line_breaks(google):
    pasted = json.dumps(KEY_FILE, indent=2).replace("\n", "")
    assert read_account(SheetsSecrets(service_account=pasted).service_account).email == EMAIL
