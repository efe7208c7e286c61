"""A moment on a visitor's line of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """Something that happened. `kind` is page, message, spoken, event, lead, person, file or end; `note` says more."""

    at: datetime
    kind: str
    what: str
    note: str = ""
    url: str = ""
