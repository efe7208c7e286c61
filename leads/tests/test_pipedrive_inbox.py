"""Entries of Pipedrive's lead inbox, the deals that become of them, and the notes with either: each one once."""

import pytest

from leads.connectors import get_connector
from leads.connectors.base import Delivered, Misconfigured, QuotaSpent, Rejected, RemoteRecord, TryLater
from leads.connectors.pipedrive import PipedriveSecrets, PipedriveSettings
from leads.tests.sending import lead, lead_message, note_message
from leads.tests.standins.pipedrive import TOKEN
from leads.tests.standins.serving import Told

ANN = {"email": "ann@example.com"}
LEAD = "adf21080-0e10-11eb-879b-05d71fb42600"
OTHER = "adf21080-0e10-11eb-879b-05d71fb42699"
RECORD = RemoteRecord(remote_id="7", extra={"lead": LEAD})
NOTE = (
    "<p>Chat on Acme</p>"
    "<p><b>Visitor</b> (2026-01-28 11:58 UTC): Is 3 &lt; 4?</p>"
    "<p><b>Assistant</b> (2026-01-28 11:59 UTC): Yes.<br>Always.</p>"
    "<p>Whole conversation: https://caty.example/c/1</p>"
    "<p>Caty 0190-d1</p>"
)
CONTENT = {"content": NOTE, "add_time": "2026-01-28 12:00:00"}


def send(message):
    return get_connector("pipedrive").deliver(message, PipedriveSettings(), PipedriveSecrets(token=TOKEN))


def send_lead(**more):
    return send(lead_message("pipedrive", lead(**ANN), **more))


@pytest.fixture
def ann(pipedrive):
    """Ann as person 7, of whom nothing is new."""
    entry = {"value": "ann@example.com", "primary": True, "label": "work"}
    pipedrive.add_person(7, name="Ann", emails=[entry])
    return pipedrive


def put(pipedrive, lead_id, **columns):
    pipedrive.leads[lead_id] = {"id": lead_id, "person_id": 7, "is_archived": False, **columns}


def test_an_open_entry_of_this_person_is_used(ann):
    put(ann, OTHER)
    assert send_lead().record == RemoteRecord(remote_id="7", extra={"lead": OTHER})
    assert list(ann.leads) == [OTHER]


@pytest.mark.parametrize("columns", [{"is_archived": True}, {"person_id": 8}])
def test_an_entry_that_is_closed_or_another_person_s_is_not(ann, columns):
    put(ann, OTHER, **columns)
    ann.fail("GET", "/v1/leads", Told(200, {"success": True, "data": [ann.leads[OTHER]]}))  # even if it is listed
    assert send_lead().record.extra["lead"] != OTHER
    assert len(ann.leads) == 2


def test_an_entry_that_was_deleted_is_made_again(ann):
    outcome = send_lead(record=RemoteRecord(remote_id="7", extra={"lead": OTHER}))

    assert ann.told[1:] == [
        ("GET", f"/v1/leads/{OTHER}", {}, None),
        ("GET", "/v1/leads", {"person_id": "7"}, None),
        ("GET", "/api/v2/deals", {"person_id": "7", "status": "open"}, None),
        ("POST", "/v1/leads", {}, {"title": "Chat: ann@example.com", "person_id": 7}),
    ]
    assert outcome.record.extra == {"lead": LEAD}


def test_an_entry_that_became_a_deal_is_not_made_again(ann):
    ann.deals[55] = {"id": 55, "person_id": 7, "status": "open"}
    outcome = send_lead(record=RECORD)
    assert outcome.record == RemoteRecord(remote_id="7", extra={"deal": "55"})
    ann.calls.clear()

    assert send_lead(record=outcome.record).record == outcome.record

    assert ann.steps == ["GET /api/v2/persons/7", "GET /api/v2/deals/55"]
    assert ann.leads == {}


def test_after_a_deal_is_won_a_new_entry_is_made(ann):
    ann.deals[55] = {"id": 55, "person_id": 7, "status": "won"}
    outcome = send_lead(record=RemoteRecord(remote_id="7", extra={"deal": "55"}))
    assert outcome.record.extra == {"lead": LEAD}


def test_whoever_may_be_new_is_left_to_the_search_for_a_while_when_the_entry_fails(pipedrive):
    pipedrive.fail("POST", "/v1/leads", Told(429, None, {"Retry-After": "2"}))
    pipedrive.unindexed.add(31)
    first = send_lead()
    assert (first.retry_after_seconds, first.is_ambiguous) == (2, True)
    pipedrive.unindexed.clear()

    second = send_lead()

    assert second.record == RemoteRecord(remote_id="31", extra={"lead": LEAD})
    assert len(pipedrive.persons) == 1


@pytest.mark.parametrize("told", [Told(breaks=True), Told(502), Told(201, {"success": True, "data": None})])
def test_a_person_that_may_have_been_made_is_found_again(pipedrive, told):
    pipedrive.fail("POST", "/persons", told, done_first=True)
    first = send_lead()
    assert isinstance(first, TryLater)
    assert first.is_ambiguous

    assert send_lead().remote_id == "31"
    assert len(pipedrive.persons) == 1


@pytest.mark.parametrize(
    ("extra", "owner"), [({"lead": LEAD}, {"lead_id": LEAD}), ({"deal": "55"}, {"deal_id": 55}), ({}, {"person_id": 7})]
)
def test_a_conversation_becomes_a_note_of_the_entry_the_deal_or_the_person(ann, extra, owner):
    put(ann, LEAD)
    outcome = send(note_message(record=RemoteRecord(remote_id="7", extra=extra)))
    assert ann.told == [("POST", "/v1/notes", {}, {**CONTENT, **owner})]
    assert outcome == Delivered(remote_id="501")


def test_a_note_of_an_entry_that_is_gone_is_the_person_s(ann):
    outcome = send(note_message(record=RECORD))
    assert ann.told == [
        ("POST", "/v1/notes", {}, {**CONTENT, "lead_id": LEAD}),
        ("POST", "/v1/notes", {}, {**CONTENT, "person_id": 7}),
    ]
    assert outcome == Delivered(remote_id="501")


@pytest.mark.parametrize("owner", [{"lead_id": LEAD}, {"person_id": 7}])
def test_a_note_that_may_have_arrived_is_looked_for_first(ann, owner):
    ann.notes |= {500: {"id": 500, "content": None, **owner}, 501: {"id": 501, **CONTENT, **owner}}
    outcome = send(note_message(record=RECORD, is_ambiguous=True))
    assert outcome == Delivered(remote_id="501")
    assert ann.told[0] == ("GET", "/v1/notes", {"lead_id": LEAD, "sort": "add_time DESC", "limit": "100"}, None)
    assert ann.steps == ["GET /v1/notes"] * (1 if "lead_id" in owner else 2)


def test_a_note_that_did_not_arrive_is_sent_again(ann):
    put(ann, LEAD)
    ann.fail("POST", "/notes", Told(breaks=True))
    assert send(note_message(record=RECORD)).is_ambiguous
    assert send(note_message(record=RECORD, is_ambiguous=True)) == Delivered(remote_id="501")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 2),
        ({"Retry-After": "1"}, 2),
        ({"Retry-After": "5", "x-ratelimit-reset": "9"}, 9),
        ({"Retry-After": "9", "x-ratelimit-reset": "5"}, 9),
        ({"x-ratelimit-reset": "9" * 40, "x-daily-ratelimit-token-remaining": "12"}, 21_600),
        ({"x-ratelimit-reset": "soon"}, 2),
    ],
)
def test_too_many_calls_are_made_up_for_by_waiting(ann, headers, seconds):
    ann.fail("GET", "/search", Told(429, {"success": False}, headers))
    outcome = send_lead()
    assert isinstance(outcome, TryLater)
    assert (outcome.retry_after_seconds, outcome.is_ambiguous) == (seconds, False)


def test_a_spent_day_rests_whatever_the_answer_says_of_seconds(ann):
    headers = {"x-daily-ratelimit-token-remaining": "0", "Retry-After": "2"}
    ann.fail("GET", "/search", Told(429, {"success": False}, headers))
    outcome = send_lead()
    assert isinstance(outcome, QuotaSpent)
    assert outcome.retry_after_seconds == 21_600


def test_an_account_that_is_not_paid_for_stops_the_connection(ann):
    ann.fail("GET", "/search", Told(402, {"success": False, "error": "payment required"}))
    outcome = send_lead()
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("Pipedrive says that the account is not paid for (answer 402).")


def test_what_is_refused_for_good_is_told_in_pipedrive_s_words(ann):
    ann.fail("POST", "/v1/leads", Told(400, {"success": False, "error": "Leads are switched off"}))
    outcome = send_lead()
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "Pipedrive did not accept it (answer 400). Leads are switched off."
