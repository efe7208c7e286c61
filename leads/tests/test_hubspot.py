"""HubSpot, against a stand-in whose requests a description of HubSpot's API judges that isn't ours."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from leads import delivery, services
from leads.connectors import get_connector
from leads.connectors.base import Delivered, Failed, MappedValue, Misconfigured, RemoteField, RemoteRecord
from leads.connectors.hubspot import HubSpotSecrets, HubSpotSettings
from leads.contracts import TranscriptLine
from leads.models import RemoteLead
from leads.tests.conftest import NOON, WEIGHTS, said
from leads.tests.sending import check_message, lead, lead_message
from leads.tests.standins import hubspot as standin
from leads.tests.standins.serving import Call, Told

CONTACTS = "/crm/objects/2026-09/contacts"
ANN = {"email": "ann@example.com", "phone": "+12025550143", "name": "Ann Lee", "company": "Lee Ltd"}
FIELDS = "email,phone,firstname,lastname,company"


def send(message, *, hub_id="", token=standin.TOKEN):
    return get_connector("hubspot").deliver(message, HubSpotSettings(hub_id=hub_id), HubSpotSecrets(token=token))


def send_lead(details, **more):
    return send(lead_message("hubspot", lead(**details), **more))


def level(value, *, overwrite=False, name="level"):
    return MappedValue(field=name, value=value, overwrite=overwrite, label="Level")


def test_a_new_lead_becomes_a_contact(hubspot):
    outcome = send_lead(ANN)

    # Reading a contact is not in the description: compared literally.
    assert hubspot.told == [
        ("GET", f"{CONTACTS}/ann%40example.com", {"idProperty": "email", "properties": FIELDS}, None),
        (
            "POST",
            CONTACTS,
            {},
            {
                "properties": {
                    "email": "ann@example.com",
                    "phone": "+12025550143",
                    "firstname": "Ann",
                    "lastname": "Lee",
                    "company": "Lee Ltd",
                },
                "associations": [],
            },
        ),
    ]
    assert hubspot.calls[0].headers["authorization"] == "Bearer pat-eu1-acme"
    assert outcome == Delivered(remote_id="101", record=RemoteRecord(remote_id="101"))


def test_an_address_alone_is_enough(hubspot):
    send_lead({"email": "ann+x/y@example.com"})
    assert hubspot.calls[0].path == f"{CONTACTS}/ann%2Bx%2Fy%40example.com"
    assert hubspot.contacts == {"101": {"email": "ann+x/y@example.com"}}


def test_a_phone_number_alone_is_enough_and_stands_in_for_the_name_until_there_is_one(hubspot):
    outcome = send_lead({"phone": "+12025550143"})
    assert hubspot.contacts == {"101": {"phone": "+12025550143", "firstname": "+12025550143"}}

    send_lead({"phone": "+12025550143", "name": "Ann Lee"}, record=outcome.record)

    assert hubspot.contacts == {"101": {"phone": "+12025550143", "firstname": "Ann", "lastname": "Lee"}}


def test_a_contact_with_the_same_phone_number_is_filled_up(hubspot):
    hubspot.contacts["7"] = {"phone": "+12025550143", "firstname": "Dr Ann"}

    outcome = send_lead({"phone": "+12025550143", "name": "Ann Lee"})

    assert outcome.remote_id == "7"
    assert hubspot.told == [
        (
            "POST",
            f"{CONTACTS}/search",
            {},
            {
                "filterGroups": [{"filters": [{"propertyName": "phone", "operator": "EQ", "value": "+12025550143"}]}],
                "properties": ["phone", "firstname", "lastname"],
                "sorts": ["createdate"],
                "limit": 1,
                "after": "0",
            },
        ),
        ("PATCH", f"{CONTACTS}/7", {}, {"properties": {"lastname": "Lee"}}),
    ]


def test_what_stands_there_is_filled_up_and_not_replaced(hubspot):
    hubspot.contacts["7"] = {"email": "ann@example.com", "firstname": "Dr Ann", "phone": ""}

    outcome = send_lead(ANN)

    assert outcome == Delivered(remote_id="7", record=RemoteRecord(remote_id="7"))
    patch = {"phone": "+12025550143", "lastname": "Lee", "company": "Lee Ltd"}
    assert hubspot.told[1:] == [("PATCH", f"{CONTACTS}/7", {}, {"properties": patch})]


def test_ours_replaces_what_stands_there_where_the_mapping_says_so(hubspot):
    hubspot.contacts["7"] = {"email": "ann@example.com", "firstname": "Dr Ann", "lastname": "King"}
    send_lead({"email": "ann@example.com", "name": "Ann Lee"}, overwrite=("firstname",))
    assert hubspot.told[1:] == [("PATCH", f"{CONTACTS}/7", {}, {"properties": {"firstname": "Ann"}})]


def test_nothing_is_written_where_nothing_is_new(hubspot):
    hubspot.contacts["7"] = {"email": "ann@example.com", "firstname": "Ann", "lastname": "Lee"}
    send_lead({"email": "ann@example.com", "name": "Ann Lee"}, overwrite=("firstname",))
    assert [call.method for call in hubspot.calls] == ["GET"]


def test_the_contact_that_the_lead_has_had_comes_first(hubspot):
    hubspot.contacts |= {"7": {"email": "old@example.com"}, "8": {"email": "ann@example.com"}}

    outcome = send_lead({"email": "ann@example.com", "name": "Ann Lee"}, record=RemoteRecord(remote_id="7"))

    assert outcome.remote_id == "7"
    query = {"properties": "email,firstname,lastname"}
    assert hubspot.told[0] == ("GET", f"{CONTACTS}/7", query, None)
    assert hubspot.contacts["7"] == {"email": "old@example.com", "firstname": "Ann", "lastname": "Lee"}


def test_a_contact_that_was_deleted_there_is_made_again(hubspot):
    outcome = send_lead({"email": "ann@example.com"}, record=RemoteRecord(remote_id="7"))
    assert [call.method for call in hubspot.calls] == ["GET", "GET", "POST"]
    assert outcome.record == RemoteRecord(remote_id="101")


def test_a_further_address_of_a_contact_is_known_when_it_says_so(hubspot):
    hubspot.contacts["7"] = {"email": "work@example.com"}
    hubspot.further_emails["ann@example.com"] = "7"

    outcome = send_lead({"email": "ann@example.com", "name": "Ann Lee"})

    assert outcome.remote_id == "7"
    assert [(call.method, call.path.rpartition("/")[2]) for call in hubspot.calls] == [
        ("GET", "ann%40example.com"),
        ("POST", "contacts"),
        ("GET", "7"),
        ("PATCH", "7"),
    ]
    assert hubspot.contacts == {"7": {"email": "work@example.com", "firstname": "Ann", "lastname": "Lee"}}


def test_a_lead_leads_to_its_contact_where_the_hub_id_is_known(hubspot):
    outcome = send(lead_message("hubspot", lead(email="ann@example.com")), hub_id="4242")
    assert outcome.url == "https://app.hubspot.com/contacts/4242/record/0-1/101"


def test_properties_that_are_not_there_are_left_out_and_said_so(hubspot):
    further = (level("gold", name="tier"), level("x", name="rank"), level("silver"))

    outcome = send_lead({"email": "ann@example.com"}, further=further)

    assert hubspot.contacts == {"101": {"email": "ann@example.com", "level": "silver"}}
    assert outcome.reason == "Left out, since HubSpot has no such field: Level → tier, Level → rank"


def test_an_unknown_property_that_only_the_message_names_is_left_out(hubspot):
    message = 'Property values were not valid: [{"message":"Property \\"tier\\" does not exist","name":"tier"}]'
    hubspot.fail("POST", "/contacts", Told(400, {"message": message}))
    outcome = send_lead({"email": "ann@example.com"}, further=(level("gold", name="tier"),))
    assert hubspot.contacts == {"101": {"email": "ann@example.com"}}
    assert outcome.reason == "Left out, since HubSpot has no such field: Level → tier"


def test_a_value_that_is_not_taken_is_left_out_and_said_so(hubspot):
    hubspot.contacts["7"] = {"email": "ann@example.com"}
    outcome = send_lead({"email": "ann@example.com", "phone": "+12025550143"}, further=(level("lead"),))
    assert hubspot.contacts["7"] == {"email": "ann@example.com", "phone": "+12025550143"}
    assert outcome.reason == "Left out, since HubSpot does not take what we have: Level → level"


def test_an_address_that_another_contact_has_is_left_out(hubspot):
    hubspot.contacts |= {"7": {"phone": "+12025550143"}, "8": {"email": "ann@example.com"}}

    outcome = send_lead({"email": "ann@example.com", "company": "Lee Ltd"}, record=RemoteRecord(remote_id="7"))

    assert outcome.reason == "Left out, since HubSpot does not take what we have: E-mail → email"
    assert hubspot.contacts == {
        "7": {"phone": "+12025550143", "company": "Lee Ltd"},
        "8": {"email": "ann@example.com"},
    }


def test_a_refused_address_is_left_out_where_there_is_a_phone_number(hubspot):
    outcome = send_lead({"email": "nobody", "phone": "+12025550143"})
    assert hubspot.contacts == {"101": {"phone": "+12025550143", "firstname": "+12025550143"}}
    assert outcome.reason == "Left out, since HubSpot does not take what we have: E-mail → email"


def check(hub_id="", token=standin.TOKEN):
    connector = get_connector("hubspot")
    return connector.check(check_message(), HubSpotSettings(hub_id=hub_id), HubSpotSecrets(token=token))


@pytest.mark.parametrize("hub_id", ["", "4242"])
def test_send_a_test_reads_and_names_the_account(hubspot, hub_id):
    assert check(hub_id) == Delivered(reason="It works: this is the account of Hub ID 4242.")
    # Neither call is in the description: compared literally.
    assert hubspot.told == [
        ("GET", CONTACTS, {"limit": "1"}, None),
        ("GET", "/account-info/2026-09/details", {}, None),
    ]


def test_send_a_test_is_content_with_a_key_that_may_not_ask_for_the_account(hubspot):
    hubspot.fail("GET", "/details", Told(403, {"message": "no"}))
    assert check() == Delivered(reason="It works: HubSpot accepts our credentials.")


def test_send_a_test_says_that_the_hub_id_is_another_account_s(hubspot):
    outcome = check("17")
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason.startswith("This key belongs to the account with the Hub ID 4242. In HubSpot, under Settings")


def test_fields_that_people_can_fill_in_are_offered(hubspot):
    fields = get_connector("hubspot").read_fields(HubSpotSettings(), HubSpotSecrets(token=standin.TOKEN), now=NOON)
    assert fields == [
        RemoteField(name="email", label="E-mail", kind="string"),
        RemoteField(name="phone", label="Phone", kind="string"),
        RemoteField(name="firstname", label="First", kind="string"),
        RemoteField(name="lastname", label="Last", kind="string"),
        RemoteField(name="company", label="Company", kind="string"),
        RemoteField(name="level", label="Level", kind="string"),
    ]
    assert hubspot.told == [("GET", "/crm/properties/2026-09/contacts", {}, None)]


def test_a_wrong_key_can_not_read_fields(hubspot):
    with pytest.raises(Failed) as failed:
        get_connector("hubspot").read_fields(HubSpotSettings(), HubSpotSecrets(token="other"), now=NOON)
    assert isinstance(failed.value.outcome, Misconfigured)


@pytest.mark.parametrize("hub_id", ["acme", "12 34", "٣"])
def test_a_hub_id_is_a_number(hub_id):
    with pytest.raises(ValidationError, match="A Hub ID is a number, such as 12345678"):
        HubSpotSettings(hub_id=hub_id)


def test_a_captured_lead_and_its_conversation_arrive(acme, hubspot):
    secrets = {"token": standin.TOKEN}
    services.connect(tenant=acme, kind="hubspot", settings={"hub_id": "4242"}, secrets=secrets)
    hello = TranscriptLine(role="visitor", content="Hello", at=NOON)
    services.capture_lead(
        said(email="ann@example.com", name="Ann Lee", transcript=(hello,)), tenant=acme, weights=WEIGHTS, now=NOON
    )

    for at in (NOON, NOON + timedelta(seconds=1)):
        for pk in delivery.find_due(now=at):
            delivery.deliver(pk, now=at)

    assert hubspot.contacts == {"101": {"email": "ann@example.com", "firstname": "Ann", "lastname": "Lee"}}
    ((contact, note),) = hubspot.notes.values()
    assert contact == "101"
    assert "Hello" in note["hs_note_body"]
    assert RemoteLead.objects.get().url == "https://app.hubspot.com/contacts/4242/record/0-1/101"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CONTACTS, b'{"properties":{"score":75}}'),
        ("POST", CONTACTS, b'{"associations":[]}'),
        ("POST", CONTACTS, b'{"properties":{},"id":"7"}'),
        ("PATCH", f"{CONTACTS}/7", b'{"firstname":"Ann"}'),
        ("POST", f"{CONTACTS}/search", b'{"filterGroups":[{"filters":[{"propertyName":"phone","operator":"IS"}]}]}'),
        ("POST", "/crm/objects/2026-09/notes", b'{"properties":{},"associations":[{"to":{"id":7},"types":[]}]}'),
        ("PUT", f"{CONTACTS}/7", b"{}"),
    ],
)
def test_the_stand_in_complains_of_what_the_description_does_not_allow(method, path, body):
    stand_in = standin.HubSpot()
    told = stand_in.take(Call(method, path, {}, {"authorization": f"Bearer {standin.TOKEN}"}, body))
    assert told.status == 400
    assert len(stand_in.complaints) == 1
