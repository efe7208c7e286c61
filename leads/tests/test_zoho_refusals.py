"""What the Zoho connector makes of refusals, in recorded shapes."""

import pytest

from leads.connectors.base import Misconfigured, QuotaSpent, Rejected, TryLater
from leads.mapping import Mapped
from leads.tests.messages import note_message
from leads.tests.standins.web import Told
from leads.tests.standins.zoho import (
    LEAD_ID,
    NOTHING,
    error,
    record_refusal,
    refusal,
    rows,
    written,
)
from leads.tests.zoho import (
    EMAIL,
    LEAD,
    RECORD,
    SEARCH,
    UPSERT,
    bodies,
    knows_nobody,
    send,
    send_lead,
)

THERE = {"Owner": {"name": "Patricia", "id": "1"}, "module": {"api_name": "Leads", "id": "2"}, "id": LEAD_ID}


@pytest.mark.parametrize("status", [200, 202, 207, 400])
def test_a_refusal_is_one_whatever_its_status(zoho, status):
    knows_nobody(zoho)
    told = record_refusal(status, "MANDATORY_NOT_FOUND", "required field not found", api_name="Region")
    zoho.answers[UPSERT] = [told]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == f"Zoho CRM did not accept it (answer {status}). required field not found (Region)."


@pytest.mark.parametrize("status", [200, 202, 207, 400])
def test_a_note_is_not_taken_for_stored_by_its_status_alone(zoho, status):
    zoho.answers["POST Notes"] = [record_refusal(status, "INVALID_DATA", "the related id given seems to be invalid")]
    outcome = send(note_message(RECORD))
    assert isinstance(outcome, Rejected)
    assert "the related id given seems to be invalid" in outcome.reason


def test_a_value_that_is_refused_is_left_out_and_said_so(zoho):
    knows_nobody(zoho)
    told = record_refusal(
        202,
        "INVALID_DATA",
        "invalid data",
        expected_data_type="integer",
        api_name="Points",
        json_path="$.data[0].Points",
    )
    zoho.answers[UPSERT] = [told, written(action="insert")]

    outcome = send_lead(email=EMAIL, rows=(Mapped("band", "Points"),))

    assert outcome.reason == "Left out, since Zoho CRM does not take what we have: Temperature → Points"
    assert "Points" not in bodies(zoho, "POST")[1]["data"][0]


def test_several_values_that_are_refused_at_once_are_left_out(zoho):
    knows_nobody(zoho)
    several = [error("INVALID_DATA", "invalid data", api_name=name) for name in ("Points", "Company")]
    zoho.answers[UPSERT] = [
        record_refusal(400, "MULTIPLE_OR_MULTI_ERRORS", "Multiple errors", errors=several),
        written(action="insert"),
    ]
    outcome = send_lead(email=EMAIL, company="x" * 300, rows=(Mapped("score", "Points"),))
    assert outcome.reason == ("Left out, since Zoho CRM does not take what we have: Score → Points, Company → Company")


def test_a_lead_without_address_is_not_made_where_the_address_is_refused(zoho):
    knows_nobody(zoho)
    zoho.answers[UPSERT] = [record_refusal(202, "INVALID_DATA", "invalid data", api_name="Email")]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "Zoho CRM did not accept it (answer 202). invalid data (Email)."


def test_a_record_that_is_there_all_the_same_is_filled_up(zoho):
    knows_nobody(zoho)
    duplicate = record_refusal(400, "DUPLICATE_DATA", "duplicate data", api_name="Phone", duplicate_record=THERE)
    zoho.answers[UPSERT] = [duplicate]
    zoho.answers[f"GET {LEAD}"] = [rows({"id": LEAD_ID, "Phone": "+4930123456", "Lead_Source": "Fair"})]
    zoho.answers[f"PUT {LEAD}"] = [written()]

    outcome = send_lead(email=EMAIL, phone="+4930123456")

    assert outcome.record == RECORD
    assert bodies(zoho, "PUT")[0]["data"] == [{"Email": EMAIL}]


def test_the_id_of_a_duplicate_is_read_in_its_older_shape_as_well(zoho):
    knows_nobody(zoho)
    zoho.answers[UPSERT] = [record_refusal(202, "DUPLICATE_DATA", "duplicate data", api_name="Email", id=LEAD_ID)]
    zoho.answers[f"GET {LEAD}"] = [rows({"id": LEAD_ID, "Email": EMAIL, "Lead_Source": "Fair"})]
    assert send_lead(email=EMAIL).record == RECORD


def test_somebody_who_is_a_contact_already_is_told_of(zoho):
    knows_nobody(zoho)
    there = {**THERE, "module": {"api_name": "Contacts", "id": "3"}}
    zoho.answers[UPSERT] = [record_refusal(400, "DUPLICATE_DATA", "duplicate data", duplicate_record=there)]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "Zoho CRM has this person under Contacts already and makes no lead beside."


def test_a_value_that_another_record_has_is_left_out_of_an_update(zoho):
    zoho.answers[SEARCH] = [rows({"id": LEAD_ID, "Email": EMAIL, "Lead_Source": "Fair"})]
    duplicate = record_refusal(400, "DUPLICATE_DATA", "duplicate data", api_name="Company", id="5")
    zoho.answers[f"PUT {LEAD}"] = [duplicate, written()]
    outcome = send_lead(email=EMAIL, name="Ann", company="Engines")
    assert outcome.reason == "Left out, since Zoho CRM does not take what we have: Company → Company"
    assert bodies(zoho, "PUT")[1]["data"] == [{"First_Name": "Ann"}]


@pytest.mark.parametrize(
    "told",
    [
        record_refusal(400, "CONVERTED_RECORD", "can't update the converted record"),
        record_refusal(202, "INVALID_DATA", "the id given seems to be invalid", api_name="id"),
        refusal(400, "INVALID_DATA", "the id given seems to be invalid", resource_path_index=1),
    ],
)
def test_a_lead_that_goes_between_look_and_write_gets_a_new_one(zoho, told):
    zoho.answers[SEARCH] = [rows({"id": LEAD_ID, "Email": EMAIL})]
    zoho.answers[f"PUT {LEAD}"] = [told]
    zoho.answers[UPSERT] = [written("554023000000999999")]
    assert send_lead(email=EMAIL).remote_id == "554023000000999999"


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (record_refusal(202, "RECORD_LOCKED", "the record is locked"), TryLater, "locked"),
        (record_refusal(202, "INTERNAL_ERROR", "Internal server error"), TryLater, "fault of its own"),
        (refusal(500, "INTERNAL_ERROR", "Internal server error"), TryLater, "fault of its own"),
        (refusal(400, "LIMIT_EXCEEDED", "too fast"), TryLater, "slow down"),
        (refusal(429, "TOO_MANY_REQUESTS", "too many requests fired in concurrent"), TryLater, "slow down"),
        (refusal(403, "NO_PERMISSION", "permission denied"), Misconfigured, "permission denied"),
        (record_refusal(202, "NO_PERMISSION", "permission denied"), Misconfigured, "permission denied"),
        (refusal(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope"), Misconfigured, "does not allow all"),
        (Told(302, headers={"Location": "https://elsewhere.example/"}), TryLater, "another address"),
    ],
)
def test_refusals_end_as_what_can_be_done_about_them(zoho, told, kind, words):
    knows_nobody(zoho)
    zoho.answers[UPSERT] = [told]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, kind)
    assert words in outcome.reason


@pytest.mark.parametrize(
    "told",
    [
        Told(429, error("LIMIT_EXCEEDED", "limit exceeded"), {"X-API-CREDITS-REMAINING": "0"}),
        refusal(429, "LIMIT_EXCEEDED", "You have used all your API credits."),
    ],
)
def test_spent_credits_are_waited_for_an_hour_at_a_time(zoho, told):
    zoho.answers[SEARCH] = [told]
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, QuotaSpent)
    assert outcome.retry_after_seconds == 3600


def test_to_make_a_lead_by_its_address_twice_does_no_harm_and_by_its_number_may(zoho):
    zoho.answers[SEARCH] = [NOTHING]
    zoho.answers[UPSERT] = [Told(breaks=True)]
    assert not send_lead(email=EMAIL).is_ambiguous
    assert send_lead(phone="+4930123456").is_ambiguous


@pytest.mark.parametrize("told", [Told(breaks=True), Told(500), Told(201), record_refusal(202, "INTERNAL_ERROR")])
def test_a_note_that_may_have_been_stored_is_marked_so(zoho, told):
    zoho.answers["POST Notes"] = [told]
    outcome = send(note_message(RECORD))
    assert isinstance(outcome, TryLater)
    assert outcome.is_ambiguous
