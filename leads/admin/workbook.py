"""Rows as an Excel workbook, written to a temporary file line by line. Imported by the worker alone."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from leads.admin.export import FORMULA_STARTS

WIDTH = 18  # of a column, in characters


@contextmanager
def written(headings: Sequence[str], rows: Iterable[Sequence], *, zone: tzinfo) -> Iterator[BinaryIO]:
    """The workbook, open for reading. Moments are dates in `zone`; text is text, whatever it looks like."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder}) as book:
            _fill(book, headings, rows, zone)
        with path.open("rb") as file:
            yield file


def _fill(book: xlsxwriter.Workbook, headings, rows, zone) -> None:
    sheet = book.add_worksheet()
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    # Or what is text here would become a formula when somebody edits the cell.
    quoted = book.add_format({"quote_prefix": True})
    sheet.set_column(0, len(headings) - 1, WIDTH)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(number, column, value.astimezone(zone).replace(tzinfo=None), moment)
            elif isinstance(value, int):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, value, quoted if value.startswith(FORMULA_STARTS) else None)
