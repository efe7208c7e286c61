"""Google Sheets: a lead is one row, whatever happens to the sheet and on the way."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import gspread
import pytest
import requests
import time_machine
from google.oauth2 import service_account

from leads import delivery, services
from leads.connectors.base import (
    Delivered,
    LeadSnapshot,
    RemoteRecord,
)
from leads.connectors.google_account import read_account, sign
from leads.connectors.google_sheet import in_sheet, letters_of
from leads.connectors.sheets import COLUMNS
from leads.models import Delivery, RemoteLead
from leads.tests.conftest import NOON, WEIGHTS, said
from leads.tests.receiver import Answer
from leads.tests.sheet_rows import LEAD, LINK, ROW, connect, send
from leads.tests.standins.google import KEY_FILE, SPREADSHEET_ID, decoded, googling


@pytest.fixture
def google(settings):
    with googling(settings) as stand_in:
        yield stand_in


def test_an_empty_sheet_gets_its_headings_once_and_a_row_for_each_lead(google):
    first, second = send(), send(replace(LEAD, lead_id="lead_y"))

    assert google.rows == [list(COLUMNS), ROW, ["lead_y", *ROW[1:]]]
    record = RemoteRecord(remote_id="lead_x", url=f"{LINK}2:2")
    assert first == Delivered(remote_id="lead_x", url=record.url, record=record)
    assert second.url == f"{LINK}3:3"


def test_a_repeat_and_a_change_rewrite_the_leads_own_row(google):
    send()
    send(replace(LEAD, lead_id="lead_y"))
    google.rows[1], google.rows[2] = google.rows[2], google.rows[1]  # sorted by staff

    outcome = send(replace(LEAD, score=90, status="contacted"), occurred_at=NOON + timedelta(days=1))

    assert outcome.url == f"{LINK}3:3"
    expected = ROW.copy()
    expected[6], expected[9] = 90, "contacted"
    assert google.rows[2] == expected
    assert len(google.rows) == 3


def test_columns_of_staffs_own_are_left_alone_wherever_they_stand(google):
    google.rows = [["Whose", "Name", "Paid", "Reference", "Score"], ["Bob", "?", "yes", "lead_x", 1]]

    send()
    send(replace(LEAD, lead_id="lead_y"))

    assert google.rows[1:] == [
        ["Bob", "=HYPERLINK(1)", "yes", "lead_x", 75],
        ["", "=HYPERLINK(1)", "", "lead_y", 75],
    ]


def test_a_table_that_does_not_begin_in_the_first_column_is_written_where_it_stands(google):
    google.rows = [["", "", "Reference", "Name"]]
    send()
    assert google.rows[1] == ["", "", "lead_x", "=HYPERLINK(1)"]


@pytest.mark.parametrize(("name", "value"), [("email", "ann@example.com"), ("phone", "+12025550143")])
def test_a_lead_of_which_nothing_else_is_known_has_a_row(google, name, value):
    bare = LeadSnapshot(
        lead_id="lead_x",
        **{"name": "", "email": "", "phone": "", "company": "", name: value},
        custom_fields={},
        status="new",
        intent="",
        score=0,
        band="cold",
    )
    send(bare)
    written = dict(zip(google.rows[0], google.rows[1], strict=True))
    assert {heading: cell for heading, cell in written.items() if cell} == {
        "Reference": "lead_x",
        "Added (UTC)": "2026-01-28 12:00",
        {"email": "E-mail", "phone": "Phone"}[name]: value,
        "Temperature": "cold",
        "Status": "new",
    }
    assert written["Score"] == 0


def test_requests_are_written_out_as_google_wants_them(google):
    google.sheet = "Bob's leads"
    send(sheet="Bob's leads")
    send(sheet="Bob's leads")

    begin = f"/v4/spreadsheets/{SPREADSHEET_ID}"
    sheet = "%27Bob%27%27s%20leads%27%21"
    about = ("GET", begin, {"ranges": "'Bob''s leads'!1:1", "fields": asked_fields(google)})
    look = ("GET", f"{begin}/values/{sheet}A%3AA", {"majorDimension": "COLUMNS", "fields": "values"})
    assert [(one.method, one.path, dict(one.query)) for one in google.asked] == [
        about,
        ("PUT", f"{begin}/values/{sheet}A1%3AQ1", {"valueInputOption": "RAW"}),
        look,
        (
            "POST",
            f"{begin}/values/{sheet}A1:append",
            {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"},
        ),
        about,
        look,
        ("PUT", f"{begin}/values/{sheet}A2%3AQ2", {"valueInputOption": "RAW"}),
    ]
    assert google.asked[3].body == {"majorDimension": "ROWS", "values": [ROW]}
    kept = [None if heading == "Added (UTC)" else cell for heading, cell in zip(COLUMNS, ROW, strict=True)]
    assert google.asked[6].body == {"range": "'Bob''s leads'!A2:Q2", "majorDimension": "ROWS", "values": [kept]}
    assert {one.headers["authorization"] for one in google.asked} == {"Bearer ya29.1"}


def asked_fields(google) -> str:
    fields = dict(google.asked[0].query)["fields"]
    assert fields == "properties.title,sheets(properties(sheetId,title),data.rowData.values.formattedValue)"
    return fields


class _ToLoopback(requests.adapters.HTTPAdapter):
    """Sends what is meant for Google to the stand-in."""

    def __init__(self, url: str):
        super().__init__()
        self.stand_in = url

    def send(self, request, **options):
        request.url = request.url.replace("https://sheets.googleapis.com", self.stand_in)
        return super().send(request, **options)


def test_gspread_reads_our_rows_and_writes_its_own_as_we_do(google):
    send()
    send()
    ours = google.asked.copy()
    session = requests.Session()
    session.headers["Authorization"] = "Bearer ya29.gspread"
    session.mount("https://", _ToLoopback(google.url))
    theirs = gspread.Client(auth=None, session=session).open_by_key(SPREADSHEET_ID).worksheet("Leads")

    assert theirs.get("A1:Q9") == [list(COLUMNS), ROW]
    google.asked.clear()
    theirs.append_row(ROW, value_input_option="RAW", insert_data_option="INSERT_ROWS", table_range="A1")
    theirs.update([ours[-1].body["values"][0]], "A2:Q2", value_input_option="RAW")

    def said(one):
        query = {name: value for name, value in one.query if value != "False"}
        return one.method, unquote(one.path), query, one.body["values"]

    assert [said(one) for one in google.asked if one.method != "GET"] == [said(ours[3]), said(ours[6])]


def test_the_statement_is_the_one_that_googles_own_library_signs():
    account = read_account(json.dumps(KEY_FILE))
    scope = "https://www.googleapis.com/auth/spreadsheets"
    theirs = service_account.Credentials.from_service_account_info(KEY_FILE, scopes=[scope])
    with time_machine.travel(NOON, tick=False):
        wanted = theirs._make_authorization_grant_assertion().decode()

    ours = sign(account, scope=scope, now=NOON)

    for mine, his in zip(ours.split(".")[:2], wanted.split(".")[:2], strict=True):
        assert json.loads(decoded(mine)) == json.loads(decoded(his))


def test_a_token_is_fetched_once_and_again_when_it_is_refused(google):
    send()
    send()
    assert google.tokens == 1
    google.expired = {"Bearer ya29.1"}

    assert isinstance(send(), Delivered)

    assert google.tokens == 2
    assert google.asked[-1].headers["authorization"] == "Bearer ya29.2"


def test_an_append_that_may_have_arrived_is_found_and_not_made_twice(acme, google):
    connect(acme)
    services.capture_lead(said(email="ann@example.com"), tenant=acme, weights=WEIGHTS, now=NOON)
    row = Delivery.objects.get()
    google.rows = [list(COLUMNS)]
    take, google.take = google.take, lambda asked: lose_the_answer(take, asked)
    assert delivery.deliver(row.pk, now=NOON) == "pending"
    row.refresh_from_db()
    assert (row.is_ambiguous, len(google.rows)) == (True, 2)
    assert row.due_at >= NOON + timedelta(seconds=60)
    google.take = take

    assert delivery.deliver(row.pk, now=row.due_at) == "delivered"

    assert len(google.rows) == 2
    standing = RemoteLead.objects.get()
    assert (standing.remote_id, standing.url) == (row.lead.public_id, f"{LINK}2:2")


def lose_the_answer(take, asked) -> Answer:
    answer = take(asked)
    return Answer(resets=True) if asked.method == "POST" and asked.path.endswith(":append") else answer


@pytest.mark.parametrize("headings", [[], ["Mine", "Reference"]])
def test_a_test_says_where_leads_will_go_and_writes_nothing_but_headings(acme, google, headings):
    google.rows = [headings.copy()] if headings else []
    tryout = delivery.test_connection(connect(acme), now=NOON)
    assert (tryout.is_ok, tryout.message) == (True, "It works: leads go into the sheet “Leads” of “Customers 2026”.")
    assert google.rows == [headings or list(COLUMNS)]


def test_without_a_name_the_first_sheet_is_used(google):
    google.sheet = "Tabelle1"
    assert isinstance(send(sheet=""), Delivered)
    assert dict(google.asked[0].query)["ranges"] == "1:1"
    assert google.rows[1] == ROW


def test_places_are_named_as_spreadsheets_name_them():
    assert [letters_of(column) for column in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert in_sheet("It's", "A:A") == "'It''s'!A:A"
    assert in_sheet("", "1:1") == "1:1"
