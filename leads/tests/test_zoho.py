"""The Zoho connector, against recorded shapes: what goes out is compared to the letter."""

from datetime import timedelta

from leads import services
from leads.connectors import get_connector
from leads.connectors.base import Delivered, RemoteField
from leads.mapping import Mapped
from leads.models import Delivery, RemoteLead
from leads.tests.conftest import NOON
from leads.tests.journey import HELLO, capture_lead, send_all
from leads.tests.messages import REFERENCE, note_message
from leads.tests.standins.web import Told
from leads.tests.standins.zoho import LEAD_ID, NOTE_ID, NOTHING, refusal, rows, written
from leads.tests.zoho import (
    EMAIL,
    LEAD,
    RECORD,
    SEARCH,
    SECRETS,
    SETTINGS,
    UPSERT,
    bodies,
    check,
    knows_nobody,
    send,
    send_lead,
    sent,
)

NOTES = f"GET {LEAD}/Notes"


def test_a_lead_is_looked_for_and_made(zoho):
    knows_nobody(zoho)

    outcome = send_lead(email=EMAIL, name="Ann Lovelace", company="Engines", phone="+4930123456")

    fields = "Email%2CPhone%2CFirst_Name%2CLast_Name%2CCompany%2CLead_Source"
    assert sent(zoho) == [
        ("GET", f"Leads/search?email=ann%2Bx%40example.com&fields={fields}&converted=false&per_page=1", None),
        (
            "POST",
            "Leads/upsert",
            {
                "data": [
                    {
                        "Last_Name": "Lovelace",
                        "Email": EMAIL,
                        "Phone": "+4930123456",
                        "First_Name": "Ann",
                        "Company": "Engines",
                        "Lead_Source": "Website chat",
                    }
                ],
                "duplicate_check_fields": ["Email"],
                "trigger": ["workflow"],
            },
        ),
    ]
    assert (outcome.record, outcome.reason) == (RECORD, "")
    assert zoho.web.calls[1].headers["authorization"] == "Zoho-oauthtoken t1"


def test_an_address_and_nothing_else_makes_a_lead(zoho):
    knows_nobody(zoho)
    assert isinstance(send_lead(email=EMAIL), Delivered)
    assert bodies(zoho, "POST")[0]["data"] == [
        {"Last_Name": "[not provided]", "Email": EMAIL, "Lead_Source": "Website chat"}
    ]


def test_a_number_and_nothing_else_makes_a_lead(zoho):
    knows_nobody(zoho)
    assert isinstance(send_lead(phone="+4930123456"), Delivered)
    look, make = sent(zoho)
    assert look[1].startswith("Leads/search?phone=%2B4930123456&")
    assert make[2]["data"] == [{"Last_Name": "[not provided]", "Phone": "+4930123456", "Lead_Source": "Website chat"}]


def test_what_stands_there_is_filled_up_and_not_replaced(zoho):
    standing = {"id": LEAD_ID, "Email": EMAIL, "Last_Name": "King", "Company": None, "Lead_Source": "Fair"}
    zoho.answers[SEARCH] = [rows(standing)]
    zoho.answers[f"PUT {LEAD}"] = [written(message="record updated")]

    outcome = send_lead(email=EMAIL, name="Ann Lovelace", company="Engines")

    assert sent(zoho)[1:] == [
        (
            "PUT",
            LEAD,
            {"data": [{"First_Name": "Ann", "Company": "Engines"}], "trigger": ["workflow"]},
        )
    ]
    assert outcome.record == RECORD


def test_a_mapping_may_say_that_ours_is_the_better_word(zoho):
    standing = {"id": LEAD_ID, "Email": EMAIL, "Company": "Mills", "Lead_Source": "Fair"}
    zoho.answers[SEARCH] = [rows(standing)]
    zoho.answers[f"PUT {LEAD}"] = [written()]
    send_lead(email=EMAIL, company="Engines", rows=(Mapped("company", "Company", overwrite=True),))
    assert bodies(zoho, "PUT") == [{"data": [{"Company": "Engines"}], "trigger": ["workflow"]}]


def test_what_stood_in_for_a_name_makes_room_for_it(zoho):
    zoho.answers[SEARCH] = [rows({"id": LEAD_ID, "Email": EMAIL, "Last_Name": "[not provided]", "Lead_Source": "x"})]
    zoho.answers[f"PUT {LEAD}"] = [written()]
    send_lead(email=EMAIL, name="Ann Lovelace")
    assert bodies(zoho, "PUT")[0]["data"] == [{"First_Name": "Ann", "Last_Name": "Lovelace"}]


def test_nothing_is_written_where_nothing_is_new(zoho):
    owner = {"name": "Patricia", "id": "1", "email": "p@example.com"}
    zoho.answers[SEARCH] = [rows({"id": LEAD_ID, "Email": EMAIL, "Lead_Source": "Website chat", "Owner": owner})]
    assert isinstance(send_lead(email=EMAIL), Delivered)
    assert len(sent(zoho)) == 1


def test_a_lead_is_found_by_its_id_first(zoho):
    zoho.answers[f"GET {LEAD}"] = [rows({"id": LEAD_ID, "Email": "new@example.com", "Lead_Source": "Website chat"})]
    outcome = send_lead(email=EMAIL, record=RECORD)
    assert outcome.record == RECORD
    assert sent(zoho) == [("GET", f"{LEAD}?fields=Email%2CLead_Source&converted=false", None)]


def test_a_lead_that_is_not_there_any_more_is_made_again(zoho):
    gone = (
        NOTHING,
        refusal(404, "NOT_FOUND", "no such record"),
        refusal(400, "INVALID_DATA", "the id given seems to be invalid", resource_path_index=1),
        rows({"id": LEAD_ID, "Email": EMAIL, "$converted": True}),
    )
    for told in gone:
        zoho.web.calls.clear()
        knows_nobody(zoho)
        zoho.answers[f"GET {LEAD}"] = [told]
        zoho.answers[UPSERT] = [written("554023000000999999")]
        assert send_lead(email=EMAIL, record=RECORD).remote_id == "554023000000999999"
        assert [method for method, _target, _body in sent(zoho)] == ["GET", "GET", "POST"]


def test_a_conversation_becomes_a_note(zoho):
    zoho.answers["POST Notes"] = [written(NOTE_ID, status=201)]

    outcome = send(note_message(RECORD))

    assert (outcome.remote_id, outcome.url) == (NOTE_ID, RECORD.url)
    ((method, target, body),) = sent(zoho)
    assert (method, target) == ("POST", "Notes")
    assert body == {
        "data": [
            {
                "Note_Title": "Chat on Acme",
                "Note_Content": "Chat on Acme\n\n"
                "Visitor (2026-01-28 12:00 UTC): Hello, I am Ann\n\n"
                "Assistant (2026-01-28 12:00 UTC): Hello Ann\n\n"
                f"Whole conversation: https://caty.example/c/1\n\nCaty {REFERENCE}",
                "Parent_Id": {"module": {"api_name": "Leads"}, "id": LEAD_ID},
            }
        ]
    }


def test_a_note_that_may_have_arrived_is_looked_for_on_every_page(zoho):
    ours = {"id": NOTE_ID, "Note_Title": "Chat", "Note_Content": f"…\n\nCaty {REFERENCE}"}
    zoho.answers[NOTES] = [rows({"id": "1", "Note_Content": None}, more=True), rows(ours)]

    outcome = send(note_message(RECORD, is_ambiguous=True))

    assert outcome.remote_id == NOTE_ID
    assert [target for _method, target, _body in sent(zoho)] == [
        f"{LEAD}/Notes?fields=Note_Title%2CNote_Content&page=1&per_page=200",
        f"{LEAD}/Notes?fields=Note_Title%2CNote_Content&page=2&per_page=200",
    ]


def test_a_note_that_did_not_arrive_is_sent_again(zoho):
    for none in (NOTHING, rows({"id": "1", "Note_Content": "Called her"})):
        zoho.answers[NOTES] = [none]
        zoho.answers["POST Notes"] = [written(NOTE_ID, status=201)]
        assert send(note_message(RECORD, is_ambiguous=True)).remote_id == NOTE_ID


def test_a_lead_and_its_conversation_go_through_the_outbox(acme, zoho):
    connection = services.connect(
        tenant=acme, kind="zoho", settings=SETTINGS.model_dump(), secrets=SECRETS.model_dump()
    )
    knows_nobody(zoho)
    zoho.answers["POST Notes"] = [Told(breaks=True), written(NOTE_ID, status=201)]
    zoho.answers[NOTES] = [NOTHING]
    capture_lead(acme, email=EMAIL, transcript=(HELLO,))

    send_all()
    assert Delivery.objects.get(event="lead.note").is_ambiguous
    assert send_all(NOON + timedelta(minutes=2)) == [("lead.captured", "delivered"), ("lead.note", "delivered")]

    remote = RemoteLead.objects.get(connection=connection)
    assert (remote.remote_id, remote.url) == (LEAD_ID, RECORD.url)
    assert [target.split("?")[0] for _method, target, _body in sent(zoho)] == [
        "Leads/search",
        "Leads/upsert",
        "Notes",
        f"{LEAD}/Notes",
        "Notes",
    ]


def test_send_a_test_names_the_account_and_writes_nothing(zoho):
    zoho.answers[SEARCH] = [NOTHING]
    zoho.answers["GET org"] = [Told(200, {"org": [{"company_name": "Acme Ltd", "id": "1"}]})]
    assert check().reason == "It works: this is the account of Acme Ltd."
    assert {method for method, _target, _body in sent(zoho)} == {"GET"}


def test_send_a_test_works_where_the_account_s_name_may_not_be_read(zoho):
    zoho.answers[SEARCH] = [NOTHING]
    zoho.answers["GET org"] = [refusal(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")]
    assert check().reason == "It works: Zoho CRM accepts our credentials."
    assert len(zoho.token_calls) == 1


def test_fields_that_can_be_written_are_read(zoho):
    both = {"web_update": True, "api_create": True, "web_create": True, "api_update": True}
    fields = [
        {"api_name": "Email", "field_label": "Email", "data_type": "email", "operation_type": both},
        {
            "api_name": "Fax",
            "field_label": "Fax",
            "data_type": "phone",
            "operation_type": {**both, "api_update": False},
        },
        {"api_name": "Score1", "field_label": "Points", "data_type": "integer", "operation_type": both},
        {
            "api_name": "Age",
            "field_label": "Age",
            "data_type": "formula",
            "operation_type": both,
            "field_read_only": True,
        },
    ]
    zoho.answers["GET settings/fields"] = [Told(200, {"fields": fields})]

    assert get_connector("zoho").read_fields(SETTINGS, SECRETS, now=NOON) == [
        RemoteField(name="Email", label="Email", kind="email"),
        RemoteField(name="Score1", label="Points", kind="integer"),
    ]
    assert sent(zoho) == [("GET", "settings/fields?module=Leads", None)]
