"""Leads as a file for spreadsheets: which columns there are, and small lists streamed as CSV at once."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from leads.admin.lead_form import person_in_words
from leads.admin.words import NETWORKS, arrival_in_words, intent_in_words
from leads.models import Lead

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_AT_ONCE = 500
MOST_AT_ONCE = 5_000  # leads; more are written by a worker

# Heading and what stands below it: text, a whole number or a moment. Leads are those of the list in the admin, which
# know how their deliveries stand. A new column goes to the end, where it moves nobody's own formulas.
COLUMNS = (
    (_("Reference"), lambda lead: lead.public_id),
    (_("Business"), lambda lead: lead.tenant.name),
    (_("Name"), lambda lead: lead.name),
    (_("E-mail"), lambda lead: lead.email),
    (_("Phone"), lambda lead: lead.phone),
    (_("Company"), lambda lead: lead.company),
    (_("Status"), lambda lead: str(Lead.Status(lead.status).label)),
    (_("Temperature"), lambda lead: str(Lead.Band(lead.band).label)),
    (_("Score"), lambda lead: lead.score),
    (_("Wants"), lambda lead: str(intent_in_words(lead.intent))),
    (_("Tags"), lambda lead: ", ".join(lead.tags)),
    (_("Notes"), lambda lead: lead.notes),
    (_("Further details"), lambda lead: "; ".join(f"{name}: {value}" for name, value in lead.custom_fields.items())),
    (_("Page"), lambda lead: lead.page_url),
    (_("Came from"), lambda lead: lead.referrer),
    (_("Captured"), lambda lead: lead.captured_at),
    (_("Delivery"), lambda lead: str(arrival_in_words(lead))),
    (_("Looked after by"), lambda lead: person_in_words(lead.owner) if lead.owner else ""),
    (_("First page"), lambda lead: lead.first_page_url),
    (_("Clicked on"), lambda lead: str(NETWORKS.get(lead.ad_network, lead.ad_network))),
    (_("Campaign's source"), lambda lead: lead.utm_source),
    (_("Campaign's medium"), lambda lead: lead.utm_medium),
    (_("Campaign"), lambda lead: lead.utm_campaign),
    (_("Campaign's search words"), lambda lead: lead.utm_term),
    (_("Campaign's variant"), lambda lead: lead.utm_content),
    (_("Agreed to"), lambda lead: lead.consent_text),
    (_("Version"), lambda lead: lead.consent_version or ""),
    (_("Agreed"), lambda lead: lead.consent_at or ""),
    (_("Last changed"), lambda lead: lead.updated_at),
)


def headings() -> list[str]:
    return [str(heading) for heading, _value in COLUMNS]


def cells(lead: Lead) -> list:
    return [value(lead) for _heading, value in COLUMNS]


def as_csv(leads: Iterable[Lead]) -> StreamingHttpResponse:
    """An attachment, streamed row by row."""
    answer = StreamingHttpResponse(_lines(leads), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="leads.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def csv_lines(rows: Iterable[Iterable]) -> str:
    """Rows of cells as lines in which nothing is a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(_as_text(value)) for value in row] for row in rows)
    return text.getvalue()


def csv_head() -> str:
    """A byte order mark, which spreadsheets need to read accents, and the headings."""
    return "\ufeff" + csv_lines([headings()])


def harmless(value) -> str:
    """Text that no spreadsheet takes for a formula: visitors typed it."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(leads: Iterable[Lead]) -> Iterator[str]:
    yield csv_head()
    for lead in leads:
        yield csv_lines([cells(lead)])


def _as_text(value) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
