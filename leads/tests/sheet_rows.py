"""A lead, its row, and how it is sent to the stand-in of Google Sheets."""

import json
from dataclasses import replace

from leads.connectors import get_connector
from leads.connectors.base import LeadSnapshot, Outcome, OutgoingMessage
from leads.connectors.sheets import SheetsSecrets, SheetsSettings
from leads.models import Connection
from leads.tests.conftest import NOON, make_connection
from leads.tests.standins.google import KEY_FILE, SPREADSHEET_ID

LEAD = LeadSnapshot(
    lead_id="lead_x",
    name="=HYPERLINK(1)",
    email="ann@example.com",
    phone="+12025550143",
    company="Lee Ltd",
    custom_fields={"size": "M", "colour": "red"},
    status="new",
    intent="pricing_inquiry",
    score=75,
    band="hot",
    reasons=(("Wants to buy", 30),),
    tags=("vip", "Berlin"),
    page_url="https://acme.example/pricing",
    conversation_url="https://caty.example/c/1",
)
ROW = [
    "lead_x",
    "2026-01-28 12:00",
    "=HYPERLINK(1)",
    "ann@example.com",
    "+12025550143",
    "Lee Ltd",
    75,
    "hot",
    "Pricing inquiry",
    "new",
    "vip, Berlin",
    "size: M; colour: red",
    "+30 Wants to buy",
    "https://acme.example/pricing",
    "",
    "",
    "https://caty.example/c/1",
]
MESSAGE = OutgoingMessage(
    delivery_id="d1",
    event="lead.captured",
    body="{}",
    data={},
    business_name="Acme",
    occurred_at=NOON,
    sent_at=NOON,
    lead=LEAD,
)
SETTINGS = SheetsSettings(spreadsheet=SPREADSHEET_ID, sheet="Leads")
SECRETS = SheetsSecrets(service_account=json.dumps(KEY_FILE))
LINK = f"https://docs.google.com/spreadsheets/d/{SPREADSHEET_ID}/edit#gid=7&range="


def send(lead=LEAD, sheet="Leads", **changes) -> Outcome:
    connector = get_connector("sheets")
    return connector.deliver(
        replace(MESSAGE, lead=lead, **changes), SheetsSettings(spreadsheet=SPREADSHEET_ID, sheet=sheet), SECRETS
    )


def connect(tenant) -> Connection:
    settings = {"spreadsheet": SPREADSHEET_ID, "sheet": "Leads"}
    return make_connection(
        tenant, kind="sheets", settings=settings, secrets={"service_account": SECRETS.service_account}
    )
