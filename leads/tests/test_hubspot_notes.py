"""Conversations as notes of a HubSpot contact: each one once."""

import pytest

from leads.connectors import get_connector
from leads.connectors.base import Delivered, RemoteRecord
from leads.connectors.hubspot import HubSpotSecrets, HubSpotSettings
from leads.tests.sending import note_message
from leads.tests.standins.hubspot import TOKEN
from leads.tests.standins.serving import Told

NOTE = (
    "<p>Chat on Acme</p>"
    "<p><b>Visitor</b> (2026-01-28 11:58 UTC): Is 3 &lt; 4?</p>"
    "<p><b>Assistant</b> (2026-01-28 11:59 UTC): Yes.<br>Always.</p>"
    "<p>Whole conversation: https://caty.example/c/1</p>"
    "<p>Caty 0190-d1</p>"
)


def send(message):
    return get_connector("hubspot").deliver(message, HubSpotSettings(), HubSpotSecrets(token=TOKEN))


def test_a_conversation_becomes_a_note_of_the_contact(hubspot):
    hubspot.contacts["7"] = {}

    outcome = send(note_message(record=RemoteRecord(remote_id="7", url="https://app.hubspot.com/x")))

    assert outcome == Delivered(remote_id="9001", url="https://app.hubspot.com/x")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    body = {
        "properties": {"hs_timestamp": "2026-01-28T12:00:00Z", "hs_note_body": NOTE},
        "associations": [{"to": {"id": "7"}, "types": types}],
    }
    assert hubspot.told == [("POST", "/crm/objects/2026-09/notes", {}, body)]


def test_a_note_that_may_have_arrived_is_looked_for_first(hubspot):
    hubspot.contacts["7"] = {}
    record = RemoteRecord(remote_id="7")
    hubspot.fail("POST", "/notes", Told(breaks=True), done_first=True)
    assert send(note_message(record=record)).is_ambiguous
    hubspot.calls.clear()

    outcome = send(note_message(record=record, is_ambiguous=True))

    assert outcome.remote_id == "9001"
    assert len(hubspot.notes) == 1
    # Neither reading associations nor reading notes is in the description: compared literally.
    assert hubspot.told == [
        ("POST", "/crm/associations/2026-09/contacts/notes/batch/read", {}, {"inputs": [{"id": "7"}]}),
        (
            "POST",
            "/crm/objects/2026-09/notes/batch/read",
            {},
            {"inputs": [{"id": "9001"}], "properties": ["hs_note_body"], "propertiesWithHistory": []},
        ),
    ]


@pytest.mark.parametrize("notes", [{}, {"9001": ("7", {"hs_note_body": "<p>Of another chat</p>"})}])
def test_a_note_that_did_not_arrive_is_sent_again(hubspot, notes):
    hubspot.contacts["7"] = {}
    hubspot.notes |= notes
    outcome = send(note_message(record=RemoteRecord(remote_id="7"), is_ambiguous=True))
    assert hubspot.notes[outcome.remote_id][1]["hs_note_body"] == NOTE
    assert len(hubspot.notes) == len(notes) + 1
