"""Leads as a file for spreadsheets, streamed row by row."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from leads.admin.words import intent_in_words
from leads.models import Lead

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_AT_ONCE = 500


class _Line:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def as_csv(leads: Iterable[Lead]) -> StreamingHttpResponse:
    """An attachment in UTF-8 with a byte order mark, which spreadsheets need to read accents."""
    answer = StreamingHttpResponse(_lines(leads), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="leads.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def harmless(value) -> str:
    """Text that no spreadsheet takes for a formula: visitors typed it."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(leads: Iterable[Lead]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"
    yield writer.writerow(_headings())
    for lead in leads:
        yield writer.writerow([harmless(value) for value in _cells(lead)])


def _headings() -> list[str]:
    return [
        _("Reference"),
        _("Business"),
        _("Name"),
        _("E-mail"),
        _("Phone"),
        _("Company"),
        _("Status"),
        _("Temperature"),
        _("Score"),
        _("Wants"),
        _("Tags"),
        _("Notes"),
        _("Further details"),
        _("Page"),
        _("Came from"),
        _("Captured"),
    ]


def _cells(lead: Lead) -> list:
    return [
        lead.public_id,
        lead.tenant.name,
        lead.name,
        lead.email,
        lead.phone,
        lead.company,
        lead.get_status_display(),
        lead.get_band_display(),
        lead.score,
        intent_in_words(lead.intent),
        ", ".join(lead.tags),
        lead.notes,
        "; ".join(f"{name}: {value}" for name, value in lead.custom_fields.items()),
        lead.page_url,
        lead.referrer,
        lead.captured_at.isoformat(timespec="seconds"),
    ]
