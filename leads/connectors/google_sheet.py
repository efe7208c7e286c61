"""One sheet of a Google spreadsheet: its headings, its rows, and what Google's refusals mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as site
from django.utils.translation import gettext as _

from leads.connectors.api import Api, Reply
from leads.connectors.base import Form, Misconfigured, Outcome, QuotaSpent, retry_after_seconds
from leads.connectors.google_account import ServiceAccount, fetch_token
from leads.connectors.tokens import Token, shared_token

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
QUOTA_SECONDS = 60
RAW = {"valueInputOption": "RAW"}  # as it is: nothing that a visitor typed becomes a formula
ABOUT = "properties.title,sheets(properties(sheetId,title),data.rowData.values.formattedValue)"

Cells = Sequence[str | int | None]  # None leaves a cell as it is


@dataclass(frozen=True)
class Sheet:
    """`name` stands on its tab, `gid` in its address, `headings` in its first row. Everything raises Failed."""

    api: Api
    spreadsheet_id: str
    title: str
    name: str
    gid: int
    headings: tuple[str, ...]

    def find_row(self, column: int, value: str) -> int | None:
        """The number of the first row that has `value` in this column, counted from 0."""
        letters = letters_of(column)
        query = {"majorDimension": "COLUMNS", "fields": "values"}
        reply = self.api.get(*self._values, in_sheet(self.name, f"{letters}:{letters}"), query=query)
        cells = reply.pick("values", 0, default=[])
        return cells.index(value) + 1 if value in cells else None

    def write(self, row: int, cells: Cells, *, column: int = 0) -> None:
        place = f"{letters_of(column)}{row}:{letters_of(column + len(cells) - 1)}{row}"
        body = {"range": in_sheet(self.name, place), "majorDimension": "ROWS", "values": [list(cells)]}
        self.api.call("PUT", *self._values, body["range"], query=RAW, body=body)

    def append(self, cells: Cells, *, column: int = 0) -> int | None:
        """Add a row below the table whose first heading stands in this column; its number, where Google tells it."""
        place = in_sheet(self.name, f"{letters_of(column)}1")
        reply = self.api.post(
            *self._values,
            f"{place}:append",
            query={**RAW, "insertDataOption": "INSERT_ROWS"},
            body={"majorDimension": "ROWS", "values": [list(cells)]},
        )
        written = re.search(r"![A-Z]+(\d+)", str(reply.pick("updates", "updatedRange")))
        return int(written[1]) if written else None

    def link(self, row: int | None) -> str:
        place = f"&range={row}:{row}" if row else ""
        return f"https://docs.google.com/spreadsheets/d/{self.spreadsheet_id}/edit#gid={self.gid}{place}"

    @property
    def _values(self) -> tuple[str, ...]:
        return ("v4", "spreadsheets", self.spreadsheet_id, "values")


def open_sheet(account: ServiceAccount, spreadsheet_id: str, name: str, *, settings: Form, now: datetime) -> Sheet:
    """The sheet of this name, or without one the first. Raises Failed."""
    api = _api(account, name, settings=settings, now=now)
    query = {"ranges": in_sheet(name, "1:1"), "fields": ABOUT}
    reply = api.get("v4", "spreadsheets", spreadsheet_id, query=query)
    # Google tells of the sheet that was asked for alone.
    cells = reply.pick("sheets", 0, "data", 0, "rowData", 0, "values", default=[])
    return Sheet(
        api=api,
        spreadsheet_id=spreadsheet_id,
        title=reply.pick("properties", "title", default=""),
        name=reply.pick("sheets", 0, "properties", "title", default=name),
        gid=reply.pick("sheets", 0, "properties", "sheetId", default=0),
        headings=tuple(cell.get("formattedValue", "").strip() for cell in cells),
    )


def in_sheet(name: str, cells: str) -> str:
    """`'Bob''s leads'!A1`; without a name, of the first sheet."""
    quoted = name.replace("'", "''")
    return f"'{quoted}'!{cells}" if name else cells


def letters_of(column: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    before, letter = divmod(column, 26)
    return (letters_of(before - 1) if before else "") + chr(ord("A") + letter)


class _SheetsApi(Api):
    def address(self, *path: str, query: Mapping | None = None) -> str:
        """Google's verbs stand behind a path with a colon of their own, which must not be escaped."""
        return super().address(*path, query=query).replace("%3Aappend?", ":append?")


def _api(account: ServiceAccount, name: str, *, settings: Form, now: datetime) -> Api:
    token: Token | None = None

    def authorise(*, is_renewed: bool = False) -> dict[str, str]:
        nonlocal token
        token = shared_token(
            "google",
            {"account": account.text, "scope": SCOPE},  # with the key itself: its owner's name is anybody's to write
            lambda: fetch_token(account, scope=SCOPE, settings=settings, now=now),
            refused=token.value if token and is_renewed else "",
        )
        return {"Authorization": f"Bearer {token.value}"}

    return _SheetsApi(
        site.GOOGLE_SHEETS_URL,
        name="Google Sheets",
        settings=settings,
        now=now,
        authorise=authorise,
        judge=lambda reply: _judge(reply, account, name, now=now),
        words=_words,
        has_renewal=True,
    )


def _words(reply: Reply) -> str:
    return str(reply.pick("error", "message", default=""))


def _judge(reply: Reply, account: ServiceAccount, name: str, *, now: datetime) -> Outcome | None:
    """https://developers.google.com/workspace/sheets/api/troubleshoot-api-errors"""
    said = _words(reply)
    is_off = "SERVICE_DISABLED" in str(reply.pick("error", "details")) or "has not been used in project" in said
    if reply.status == 429 or reply.pick("error", "status") == "RESOURCE_EXHAUSTED":
        seconds = max(QUOTA_SECONDS, retry_after_seconds(reply.answer, now=now) or 0)
        return QuotaSpent(reason=_("Google asked us to slow down."), retry_after_seconds=seconds, **reply.told)
    if reply.status == 403 and is_off:
        reason = _("The Google Sheets API is switched off in this account's project. Switch it on, and wait a minute.")
        return Misconfigured(reason=reason, **reply.told)
    if reply.status == 403:
        reason = _("Google lets us not write into this spreadsheet. Share it, as Editor, with %s.") % account.email
        return Misconfigured(reason=reason, account=account.email, **reply.told)
    if reply.status == 404:
        return Misconfigured(reason=_("There is no such spreadsheet. Paste its address once more."), **reply.told)
    if reply.status == 400 and said.startswith("Unable to parse range"):
        words = _("The spreadsheet has no sheet “%s”. Enter the name that stands on its tab.") % name
        return Misconfigured(reason=words, **reply.told)
    if reply.status == 400:
        # All rows are alike: what is refused for one is refused for all, until a colleague has seen to it.
        words = _("Google refuses to write into this spreadsheet: %s") % (said[:300] or reply.status)
        return Misconfigured(reason=words, **reply.told)
    return None
