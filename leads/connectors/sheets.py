"""Leads as rows of a Google spreadsheet, one each, found again by the lead's reference.

Staff may move, delete and add columns, and sort: rows are written by the headings that stand in the first row, and
columns that we don't know are left alone.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from leads import backoff
from leads.connectors.base import (
    Connector,
    Delivered,
    Failed,
    Form,
    LeadSnapshot,
    Misconfigured,
    Outcome,
    OutgoingMessage,
    Pace,
    RemoteRecord,
)
from leads.connectors.google_account import read_account
from leads.connectors.google_sheet import Cells, Sheet, open_sheet
from leads.events import CAPTURED, UPDATED
from leads.mapping import FIELDS
from leads.text import bounded

MOST_CELL = 5000  # characters; Google allows 50,000
REFERENCE, ADDED, SCORE, DETAILS = "Reference", "Added (UTC)", "Score", "Further details"
# Heading, and what of leads.mapping.FIELDS stands below it. In one language, since rows are written by them.
COLUMNS = {
    REFERENCE: "lead_id",
    ADDED: "",
    "Name": "name",
    "E-mail": "email",
    "Phone": "phone",
    "Company": "company",
    SCORE: "score",
    "Temperature": "band",
    "Wants": "intent",
    "Status": "status",
    "Tags": "tags",
    DETAILS: "",
    "Why it scores so": "reasons",
    "Page": "page_url",
    "Came from": "referrer",
    "Agreed to": "consent",
    "Conversation": "conversation_url",
}


class SheetsSettings(Form):
    spreadsheet: str = Field(
        title=gettext_lazy("Spreadsheet"),
        description=gettext_lazy("Its address, as your browser shows it while it is open."),
        max_length=500,
    )
    sheet: str = Field(
        default="",
        title=gettext_lazy("Sheet"),
        description=gettext_lazy("The name on the tab at the bottom. Empty: the first one."),
        max_length=100,
    )

    @field_validator("spreadsheet")
    @classmethod
    def _has_id(cls, text: str) -> str:
        address = re.match(r"https://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/([\w-]{20,100})(?:[/?#]|$)", text)
        spreadsheet_id = address[1] if address else text
        if not re.fullmatch(r"[A-Za-z0-9_-]{20,100}", spreadsheet_id):
            raise ValueError(_("Paste the spreadsheet's address: https://docs.google.com/spreadsheets/d/…"))
        return spreadsheet_id


class SheetsSecrets(Form):
    service_account: str = Field(
        title=gettext_lazy("Key file of the service account"),
        description=gettext_lazy("Open the JSON file that Google gave you, and paste all that is in it."),
        max_length=8000,
    )

    @field_validator("service_account")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        read_account(text)
        return text


class SheetsConnector(Connector):
    label = gettext_lazy("Google Sheets")
    guide = gettext_lazy(
        "At console.cloud.google.com make a project, switch on the “Google Sheets API”, and under “Service accounts” "
        "make one with a key of the kind JSON. Share your spreadsheet, as Editor, with the account's e-mail address. "
        "Each lead becomes a row that is kept up to date. You may sort, move columns and add your own; only the "
        "headings have to stay as they are."
    )
    events = offers = (CAPTURED, UPDATED)
    patience = backoff.CRM
    pace = Pace(deliveries=20, seconds=60)  # of two reads each; Google allows 60 of an account in a minute
    sends_current_lead = True
    Settings = SheetsSettings
    Secrets = SheetsSecrets

    def deliver(self, message: OutgoingMessage, settings: SheetsSettings, secrets: SheetsSecrets) -> Outcome:
        try:
            sheet = _open(message, settings, secrets)
            row = _write_row(sheet, message)
        except Failed as failure:
            return failure.outcome
        record = RemoteRecord(remote_id=message.lead.lead_id, url=sheet.link(row))
        return Delivered(remote_id=record.remote_id, url=record.url, record=record)

    def check(self, message: OutgoingMessage, settings: SheetsSettings, secrets: SheetsSecrets) -> Outcome:
        """Writes the headings, or one that is there already: whoever may only read is told so."""
        try:
            sheet = _open(message, settings, secrets)
            if any(sheet.headings):
                sheet.write(1, [REFERENCE], column=_reference_column(sheet))
            else:
                sheet.write(1, list(COLUMNS))
        except Failed as failure:
            return failure.outcome
        words = _("It works: leads go into the sheet “%(sheet)s” of “%(spreadsheet)s”.")
        return Delivered(reason=words % {"sheet": sheet.name, "spreadsheet": sheet.title})


def _open(message: OutgoingMessage, settings: SheetsSettings, secrets: SheetsSecrets) -> Sheet:
    account = read_account(secrets.service_account)
    return open_sheet(account, settings.spreadsheet, settings.sheet, settings=settings, now=message.sent_at)


def _write_row(sheet: Sheet, message: OutgoingMessage) -> int | None:
    """The number of the lead's row. Raises Failed."""
    if not any(sheet.headings):
        sheet.write(1, list(COLUMNS))
        sheet = replace(sheet, headings=tuple(COLUMNS))
    row = sheet.find_row(_reference_column(sheet), message.lead.lead_id)
    if row is not None:
        sheet.write(row, _cells(message.lead, sheet.headings, added_at=None))
        return row
    # Google begins below the first heading, wherever that stands.
    first = next(column for column, heading in enumerate(sheet.headings) if heading)
    added_at = f"{message.occurred_at:%Y-%m-%d %H:%M}"
    return sheet.append(_cells(message.lead, sheet.headings[first:], added_at=added_at), column=first)


def _reference_column(sheet: Sheet) -> int:
    if REFERENCE not in sheet.headings:
        words = _("The first row of the sheet “%(sheet)s” has no “%(heading)s”. Put it back, or use an empty sheet.")
        raise Failed(Misconfigured(reason=words % {"sheet": sheet.name, "heading": REFERENCE}))
    return sheet.headings.index(REFERENCE)


def _cells(lead: LeadSnapshot, headings: Iterable[str], *, added_at: str | None) -> Cells:
    """A cell for each heading; None, which leaves a cell as it is, for those that aren't ours."""
    details = "; ".join(f"{name}: {value}" for name, value in lead.custom_fields.items())
    own = {ADDED: added_at, DETAILS: bounded(details, MOST_CELL), SCORE: lead.score}
    return [own[heading] if heading in own else _text(lead, heading) for heading in headings]


def _text(lead: LeadSnapshot, heading: str) -> str | None:
    return bounded(FIELDS[COLUMNS[heading]].read(lead), MOST_CELL) if heading in COLUMNS else None
