"""Pipedrive, against a stand-in with its shapes: every request is compared literally."""

import pytest
from pydantic import ValidationError

from leads.connectors import get_connector
from leads.connectors.base import Delivered, MappedValue, Misconfigured, RemoteField, RemoteRecord
from leads.connectors.pipedrive import PipedriveSecrets, PipedriveSettings
from leads.tests.conftest import NOON
from leads.tests.sending import check_message, lead, lead_message
from leads.tests.standins.pipedrive import POINTS, TIER, TOKEN

ANN = {"email": "ann@example.com", "phone": "+12025550143", "name": "Ann Lee", "company": "Lee Ltd"}
LEAD = "adf21080-0e10-11eb-879b-05d71fb42600"
PERSONS = "/api/v2/persons"


def send_lead(details, *, company="", **more):
    connector = get_connector("pipedrive")
    message = lead_message("pipedrive", lead(**details), **more)
    return connector.deliver(message, PipedriveSettings(company=company), PipedriveSecrets(token=TOKEN))


def entry(value, *, primary=True, label="work"):
    return {"value": value, "primary": primary, "label": label}


def own(field, value, *, overwrite=False):
    return MappedValue(field=field, value=value, overwrite=overwrite, label="Detail")


def test_a_new_lead_becomes_a_person_and_an_entry_in_the_lead_inbox(pipedrive):
    outcome = send_lead(ANN)

    search = {"term": "ann@example.com", "fields": "email", "exact_match": "true"}
    person = {"name": "Ann Lee", "emails": [entry("ann@example.com")], "phones": [entry("+12025550143")]}
    assert pipedrive.told == [
        ("GET", f"{PERSONS}/search", search, None),
        ("POST", PERSONS, {}, person),
        ("GET", "/v1/leads", {"person_id": "31"}, None),
        ("POST", "/v1/leads", {}, {"title": "Chat: Ann Lee, Lee Ltd", "person_id": 31}),
    ]
    assert {call.headers["x-api-token"] for call in pipedrive.calls} == {TOKEN}
    assert outcome == Delivered(remote_id="31", record=RemoteRecord(remote_id="31", extra={"lead": LEAD}))


def test_an_address_alone_is_enough(pipedrive):
    send_lead({"email": "ann@example.com"})
    assert pipedrive.told[1] == (
        "POST",
        PERSONS,
        {},
        {"name": "ann@example.com", "emails": [entry("ann@example.com")]},
    )
    assert pipedrive.leads[LEAD]["title"] == "Chat: ann@example.com"


def test_a_phone_number_alone_is_enough_and_stands_in_for_the_name_until_there_is_one(pipedrive):
    outcome = send_lead({"phone": "+12025550143"})

    search = {"term": "+12025550143", "fields": "phone", "exact_match": "true"}
    assert pipedrive.told[0] == ("GET", f"{PERSONS}/search", search, None)
    assert pipedrive.persons[31]["name"] == "+12025550143"
    pipedrive.calls.clear()

    send_lead({"phone": "+12025550143", "name": "Ann Lee"}, record=outcome.record)

    assert pipedrive.told == [
        ("GET", f"{PERSONS}/31", {}, None),
        ("PATCH", f"{PERSONS}/31", {}, {"name": "Ann Lee"}),
        ("GET", f"/v1/leads/{LEAD}", {}, None),
    ]


def test_a_person_of_this_address_is_filled_up_and_not_replaced(pipedrive):
    pipedrive.add_person(9, name="Another Ann", emails=[entry("ann@example.com")])
    pipedrive.add_person(7, name="Dr Ann", emails=[entry("x@example.com"), entry("ann@example.com", primary=False)])

    outcome = send_lead(ANN, further=(own(TIER, "gold"),))

    assert outcome.remote_id == "7"
    change = {"phones": [entry("+12025550143")], "custom_fields": {TIER: "gold"}}
    assert pipedrive.told[1:3] == [
        ("GET", f"{PERSONS}/7", {}, None),
        ("PATCH", f"{PERSONS}/7", {}, change),
    ]


def test_an_address_of_ours_comes_before_those_that_were_there_and_they_stay(pipedrive):
    home = entry("home@example.com", primary=False, label="home")
    known = entry("ann@example.com", primary=False, label="other")
    pipedrive.add_person(7, name="Ann", emails=[entry("work@example.com"), known, home])

    send_lead({"email": "ann@example.com"}, record=RemoteRecord(remote_id="7"), overwrite=("emails",))

    emails = [entry("ann@example.com"), entry("work@example.com", primary=False), home]
    assert pipedrive.told[1] == ("PATCH", f"{PERSONS}/7", {}, {"emails": emails})


def test_the_address_that_a_person_has_first_need_not_be_written(pipedrive):
    pipedrive.add_person(7, emails=[entry("x@example.com", primary=False), entry("ann@example.com")])
    send_lead({"email": "ann@example.com"}, record=RemoteRecord(remote_id="7"), overwrite=("emails",))
    assert not [call for call in pipedrive.calls if call.method == "PATCH"]


def test_nothing_is_written_where_nothing_is_new(pipedrive):
    pipedrive.add_person(
        7, name="Ann Lee", emails=[entry("ann@example.com")], custom_fields={TIER: "gold", POINTS: 75.0}
    )
    pipedrive.leads[LEAD] = {"id": LEAD, "person_id": 7, "is_archived": True}
    record = RemoteRecord(remote_id="7", extra={"lead": LEAD})
    further = (own(TIER, "gold", overwrite=True), own(f"{POINTS}#number", "75", overwrite=True))

    outcome = send_lead({"email": "ann@example.com", "name": "Ann Lee"}, record=record, further=further)

    assert pipedrive.steps == [f"GET {PERSONS}/7", f"GET /v1/leads/{LEAD}"]
    assert outcome.record == record


@pytest.mark.parametrize(("score", "number"), [("75", 75), ("7.5", 7.5), ("-0", 0)])
def test_a_number_goes_into_a_field_of_numbers_as_one(pipedrive, score, number):
    send_lead({"email": "ann@example.com"}, further=(own(f"{POINTS}#number", score),))
    assert pipedrive.told[1][3]["custom_fields"] == {POINTS: number}


@pytest.mark.parametrize("score", ["many", "nan", "inf", "1e999"])
def test_what_is_no_number_is_left_out_of_a_field_of_numbers(pipedrive, score):
    outcome = send_lead({"email": "ann@example.com"}, further=(own(f"{POINTS}#number", score), own(TIER, "gold")))
    assert pipedrive.persons[31]["custom_fields"] == {TIER: "gold", POINTS: None}
    assert outcome.reason == f"Left out, since Pipedrive does not take what we have: Detail → {POINTS}#number"


def test_a_field_that_is_not_there_is_left_out_and_said_so(pipedrive):
    gone = "d" * 40
    outcome = send_lead({"email": "ann@example.com"}, further=(own(gone, "x"), own(TIER, "gold")))
    assert pipedrive.persons[31]["custom_fields"][TIER] == "gold"
    assert outcome.reason == f"Left out, since Pipedrive has no such field: Detail → {gone}"


def test_a_refused_value_of_an_unnamed_field_takes_all_own_fields_with_it(pipedrive):
    outcome = send_lead({"email": "ann@example.com"}, further=(own(POINTS, "75"), own(TIER, "gold")))
    assert pipedrive.persons[31]["emails"] == [entry("ann@example.com")]
    words = f"Left out, since Pipedrive does not take what we have: Detail → {POINTS}, Detail → {TIER}"
    assert outcome.reason == words


@pytest.mark.parametrize("deleted", [{}, {"is_deleted": True}])
def test_a_person_that_was_deleted_there_is_made_again(pipedrive, deleted):
    if deleted:
        pipedrive.add_person(7, **deleted)
    outcome = send_lead({"email": "ann@example.com"}, record=RemoteRecord(remote_id="7"))
    assert pipedrive.steps[:3] == [f"GET {PERSONS}/7", f"GET {PERSONS}/search", f"POST {PERSONS}"]
    assert outcome.remote_id != "7"


def test_a_lead_leads_to_its_person_where_the_company_domain_is_known(pipedrive):
    outcome = send_lead({"email": "ann@example.com"}, company="https://Acme.pipedrive.com/leads/inbox")
    assert outcome.url == "https://acme.pipedrive.com/person/31"


@pytest.mark.parametrize("company", ["acme.example.com", "a b", "acme/", "https://acme.pipedrive.com.evil.example"])
def test_a_company_domain_is_a_name(company):
    with pytest.raises(ValidationError, match=r"Enter the part before \.pipedrive\.com, such as acme"):
        PipedriveSettings(company=company)


def test_send_a_test_names_the_account(pipedrive):
    connector = get_connector("pipedrive")
    outcome = connector.check(check_message(), PipedriveSettings(), PipedriveSecrets(token=TOKEN))
    assert outcome == Delivered(reason="It works: this is the account of Acme Ltd.")
    assert pipedrive.told == [("GET", "/v1/users/me", {}, None)]


def test_send_a_test_says_where_the_right_token_is(pipedrive):
    connector = get_connector("pipedrive")
    outcome = connector.check(check_message(), PipedriveSettings(), PipedriveSecrets(token="old"))
    assert isinstance(outcome, Misconfigured)
    assert outcome.reason == (
        "Pipedrive does not accept our credentials (answer 401). unauthorized access. "
        "In Pipedrive, under Personal preferences → API, copy your personal API token and enter it here."
    )


def test_standard_fields_and_own_ones_of_text_and_numbers_are_offered(pipedrive):
    fields = get_connector("pipedrive").read_fields(PipedriveSettings(), PipedriveSecrets(token=TOKEN), now=NOON)
    assert fields == [
        RemoteField(name="name", label="Name", kind="text"),
        RemoteField(name="emails", label="E-mail", kind="text"),
        RemoteField(name="phones", label="Phone", kind="text"),
        RemoteField(name=TIER, label="Tier", kind="varchar"),
        RemoteField(name=f"{POINTS}#number", label="Points", kind="double"),
    ]
    assert pipedrive.told == [
        ("GET", "/api/v2/personFields", {"limit": "500"}, None),
        ("GET", "/api/v2/personFields", {"limit": "500", "cursor": "page-two"}, None),
    ]
