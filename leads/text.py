"""Text from outside made fit for a column: nothing that PostgreSQL refuses, never longer than there is room."""

import math
import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

MOST_FIELDS = 20
MOST_KEY = 60
MOST_VALUE = 500
LARGEST_INTEGER = 2**53  # beyond it, receivers that read numbers as doubles would see another one
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def bounded(text: str, most: int) -> str:
    """`text` without NUL and lone surrogates, trimmed, at most `most` characters."""
    return UNSTORABLE.sub("", text).strip()[:most].rstrip()


def one_line(text: str, most: int) -> str:
    """As `bounded`, with line breaks and other control characters turned into single spaces."""
    return bounded(" ".join(CONTROLS.sub(" ", UNSTORABLE.sub("", text)).split()), most)


def scalars(fields: Mapping) -> dict:
    """The first 20 entries of `fields` that have a name and a scalar value; strings bounded, odd numbers as text."""
    kept = {}
    for key, value in fields.items():
        name = one_line(str(key), MOST_KEY)
        if name and len(kept) < MOST_FIELDS and isinstance(value, str | int | float | bool | None):
            kept[name] = _storable(value)
    return kept


def shown(value) -> str:
    """A further detail as people read it, on one line."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "" if value is None else " ".join(str(value).split())


def split_detail(text: str, names: Iterable[str] = ()) -> tuple[str, str]:
    """Name and value of “name: value”, by the longest of the known `names`, else at the first colon. Without a colon,
    the name is empty."""
    known = [name for name in names if text.startswith(f"{name}:")]
    name = max(known, key=len) if known else text.partition(":")[0] if ":" in text else ""
    return name.strip(), text[len(name) + 1 :].strip() if name else text.strip()


def _storable(value):
    if isinstance(value, str):
        return bounded(value, MOST_VALUE)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return "" if value.bit_length() > MOST_VALUE else str(value)
    return value
