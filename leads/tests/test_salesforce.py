"""The Salesforce connector, against a Salesforce that remembers."""

from datetime import timedelta

import pytest

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import Delivered, Misconfigured, RemoteField, RemoteRecord
from leads.mapping import Mapped
from leads.models import Delivery, RemoteLead
from leads.tests.conftest import NOON
from leads.tests.journey import HELLO, capture_lead, send_all
from leads.tests.messages import REFERENCE, note_message
from leads.tests.salesforce import (
    DOMAIN,
    EMAIL,
    SECRETS,
    SETTINGS,
    calls_of,
    check,
    send,
    send_lead,
    the_lead,
    token_calls,
)
from leads.tests.standins.salesforce import refusal
from leads.tests.standins.web import Told


def test_a_lead_and_its_conversation_arrive_once(acme, salesforce):
    secrets = {"consumer_key": "key", "consumer_secret": "secret"}
    connection = services.connect(tenant=acme, kind="salesforce", settings={"domain": DOMAIN}, secrets=secrets)
    capture_lead(acme, email=EMAIL, name="Ann King Lovelace", company="Engines", transcript=(HELLO,))

    assert send_all() == [("lead.captured", "delivered"), ("lead.note", "delivered")]

    assert the_lead(salesforce) == {
        "FirstName": "Ann King",
        "LastName": "Lovelace",
        "Company": "Engines",
        "Email": EMAIL,
        "LeadSource": "Website chat",
    }
    remote = RemoteLead.objects.get(connection=connection)
    assert remote.remote_id in salesforce.rows["Lead"]
    assert remote.url == f"https://acme.my.salesforce.com/lightning/r/Lead/{remote.remote_id}/view"
    (task,) = salesforce.rows["Task"].values()
    note = Delivery.objects.get(event="lead.note")
    assert task["Subject"] == f"Chat on Acme (Caty {note.pk})"
    assert (task["WhoId"], task["Status"]) == (remote.remote_id, "Completed")
    assert "Visitor (2026-01-28 12:00 UTC): Hello, I am Ann" in task["Description"]
    assert token_calls(salesforce) == 1


def test_a_note_that_may_have_arrived_is_sent_once(acme, salesforce):
    secrets = {"consumer_key": "key", "consumer_secret": "secret"}
    services.connect(tenant=acme, kind="salesforce", settings={"domain": DOMAIN}, secrets=secrets)
    capture_lead(acme, email=EMAIL, transcript=(HELLO,))
    salesforce.fails = [("POST", "sobjects/Lead", Told(breaks=True)), ("POST", "sobjects/Task", Told(breaks=True))]

    send_all()
    for minutes in (2, 4):
        states = send_all(NOON + timedelta(minutes=minutes))

    assert states == [("lead.captured", "delivered"), ("lead.note", "delivered")]
    assert (len(salesforce.rows["Lead"]), len(salesforce.rows["Task"])) == (1, 1)


def test_an_address_and_nothing_else_makes_a_lead(salesforce):
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Delivered)
    assert the_lead(salesforce) == {
        "LastName": "[not provided]",
        "Company": "[not provided]",
        "Email": EMAIL,
        "LeadSource": "Website chat",
    }


def test_a_number_and_nothing_else_makes_a_lead_that_is_found_again(salesforce):
    send_lead(phone="+4930123456")
    send_lead(phone="+4930123456", company="Engines")
    assert the_lead(salesforce)["Phone"] == "+4930123456"
    assert the_lead(salesforce)["Company"] == "Engines"


def test_what_stood_in_for_a_name_makes_room_for_it(salesforce):
    send_lead(email=EMAIL)
    send_lead(email=EMAIL, name="Ann Lovelace")
    assert (the_lead(salesforce)["FirstName"], the_lead(salesforce)["LastName"]) == ("Ann", "Lovelace")


def test_what_stands_there_is_filled_up_and_not_replaced(salesforce):
    salesforce.add("Lead", Email=EMAIL, LastName="King", Company="Mills", Phone="")

    send_lead(email=EMAIL, name="Ann Lovelace", company="Engines", phone="+4930123456")

    assert the_lead(salesforce) == {
        "Email": EMAIL,
        "FirstName": "Ann",
        "LastName": "King",
        "Company": "Mills",
        "Phone": "+4930123456",
        "LeadSource": "Website chat",
    }
    assert [call.json for call in salesforce.web.calls if call.method == "PATCH"] == [
        {"Phone": "+4930123456", "FirstName": "Ann", "LeadSource": "Website chat"}
    ]


def test_a_mapping_may_say_that_ours_is_the_better_word(salesforce):
    salesforce.add("Lead", Email=EMAIL, LastName="King", Company="Mills", LeadSource="Fair")
    send_lead(email=EMAIL, company="Engines", rows=(Mapped("company", "Company", overwrite=True),))
    assert the_lead(salesforce)["Company"] == "Engines"


def test_nothing_is_written_where_nothing_is_new(salesforce):
    send_lead(email=EMAIL)
    salesforce.web.calls.clear()
    outcome = send_lead(email=EMAIL)
    assert isinstance(outcome, Delivered)
    assert calls_of(salesforce) == ["GET query/"]


def test_a_lead_is_found_by_its_id_when_its_address_was_changed_there(salesforce):
    remote_id = salesforce.add("Lead", Email="new@example.com", LastName="King", Company="Mills")
    outcome = send_lead(email=EMAIL, name="Ann", record=RemoteRecord(remote_id=remote_id))
    assert outcome.remote_id == remote_id
    assert (the_lead(salesforce)["Email"], the_lead(salesforce)["FirstName"]) == ("new@example.com", "Ann")


def test_a_lead_that_was_deleted_there_is_made_again(salesforce):
    outcome = send_lead(email=EMAIL, record=RemoteRecord(remote_id="00Q000000000000009"))
    assert calls_of(salesforce) == ["GET sobjects/Lead/00Q000000000000009", "GET query/", "POST sobjects/Lead/"]
    assert the_lead(salesforce)["Email"] == EMAIL
    assert outcome.record.remote_id in salesforce.rows["Lead"]


def test_a_lead_that_was_converted_gets_a_new_one_beside_it(salesforce):
    old = salesforce.add("Lead", Email=EMAIL, LastName="King", Company="Mills", IsConverted=True)
    outcome = send_lead(email=EMAIL, record=RemoteRecord(remote_id=old))
    assert isinstance(outcome, Delivered)
    assert outcome.remote_id != old
    assert calls_of(salesforce) == [f"GET sobjects/Lead/{old}", "GET query/", "POST sobjects/Lead/"]


@pytest.mark.parametrize(
    "told",
    [
        refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"),
        refusal(404, "ENTITY_IS_DELETED", "entity is deleted"),
    ],
)
def test_a_lead_that_goes_between_look_and_write_gets_a_new_one(salesforce, told):
    old = salesforce.add("Lead", Email=EMAIL, LastName="King", Company="Mills")
    salesforce.fails = [("PATCH", "sobjects/Lead", told)]
    outcome = send_lead(email=EMAIL, name="Ann")
    assert isinstance(outcome, Delivered)
    assert outcome.remote_id != old
    assert salesforce.rows["Lead"][outcome.remote_id]["FirstName"] == "Ann"


def test_a_note_on_a_lead_that_was_converted_goes_to_its_contact(salesforce):
    lead = salesforce.add("Lead", Email=EMAIL, IsConverted=True, ConvertedContactId="003000000000000001")
    outcome = send(note_message(RemoteRecord(remote_id=lead)))
    assert isinstance(outcome, Delivered)
    (task,) = salesforce.rows["Task"].values()
    assert task["WhoId"] == "003000000000000001"


def test_a_note_is_looked_for_before_it_is_sent_again(salesforce):
    lead = RemoteRecord(remote_id=salesforce.add("Lead", Email=EMAIL))
    first = send(note_message(lead))
    again = send(note_message(lead, is_ambiguous=True))
    assert again.remote_id == first.remote_id
    assert len(salesforce.rows["Task"]) == 1


def test_a_long_conversation_fits_a_task(salesforce):
    message = note_message(RemoteRecord(remote_id=salesforce.add("Lead", Email=EMAIL)))
    message.data["lines"] = 20 * [{"role": "visitor", "content": "x" * 3000, "at": "2026-01-28T12:00:00+00:00"}]
    send(message)
    (task,) = salesforce.rows["Task"].values()
    assert 29_000 < len(task["Description"]) <= 32_000
    assert f"Caty {REFERENCE}" in task["Description"]


def test_a_field_that_is_not_there_is_left_out_and_said_so(salesforce):
    salesforce.add("Lead", Email="bob@example.com")
    rows = (Mapped("band", "Warmth__c"), Mapped("score", "Score__c"), Mapped("status", "Note__c"))
    outcome = send_lead(email=EMAIL, rows=rows)
    assert outcome.reason == ("Left out, since Salesforce has no such field: Temperature → Warmth__c, Score → Score__c")
    assert salesforce.rows["Lead"][outcome.remote_id]["Note__c"] == "new"


def test_a_field_that_the_user_may_not_write_is_left_out_and_said_so(salesforce):
    message = "Unable to create/update fields: Note__c. Please check the security settings of this field."
    salesforce.fails = [
        ("POST", "sobjects/Lead", refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, ("Note__c",)))
    ]
    outcome = send_lead(email=EMAIL, rows=(Mapped("status", "Note__c"),))
    assert outcome.reason == "Left out, since Salesforce has no such field: Status → Note__c"
    assert "Note__c" not in the_lead(salesforce)


def test_a_value_that_is_too_long_is_left_out_and_what_is_demanded_filled(salesforce):
    outcome = send_lead(email=EMAIL, company="x" * 300)
    assert outcome.reason == "Left out, since Salesforce does not take what we have: Company → Company"
    assert the_lead(salesforce)["Company"] == "[not provided]"


def test_a_name_of_a_field_that_would_change_the_question_is_left_out(salesforce):
    outcome = send_lead(email=EMAIL, rows=(Mapped("score", "Id FROM User --"),))
    assert outcome.reason == "Left out, since Salesforce has no such field: Score → Id FROM User --"
    assert all("User" not in call.target for call in salesforce.web.calls)


def test_send_a_test_names_the_account_and_writes_nothing(salesforce):
    assert check().reason == "It works: this is the account of acme.my.salesforce.com."
    assert calls_of(salesforce) == ["GET sobjects/Lead/", "GET sobjects/Task/"]


def test_send_a_test_says_what_the_user_may_not_do(salesforce):
    salesforce.fails = [("GET", "sobjects/Task", Told(200, {"objectDescribe": {"createable": False}}))]
    outcome = check()
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("The user as whom the app runs in Salesforce may not create and edit this: Task.")


def test_fields_that_can_be_written_are_read(salesforce):
    fields = get_connector("salesforce").read_fields(SETTINGS, SECRETS, now=NOON)
    assert [field.name for field in fields] == [
        "FirstName",
        "LastName",
        "Company",
        "Email",
        "Phone",
        "LeadSource",
        "Note__c",
    ]
    assert fields[-1] == RemoteField(name="Note__c", label="Note", kind="string")


def test_a_connection_is_tried_out_from_the_admin(acme, salesforce):
    secrets = {"consumer_key": "key", "consumer_secret": "secret"}
    connection = services.connect(tenant=acme, kind="salesforce", settings={"domain": DOMAIN}, secrets=secrets)
    assert delivery.test_connection(connection, now=NOON).is_ok
