"""What readers are given, what they give back, and why they refuse."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a file or web page says.

    `title` may be empty. `text` is Markdown or plain text. `pairs` are the questions and answers of a CSV file. What
    follows is of a web page only: `links` are absolute addresses in their order, `language` is the primary subtag,
    `colours` are "#rrggbb", `styles` is the CSS that stands in the page, `stylesheets` the addresses of more.
    """

    title: str
    text: str
    pairs: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    language: str = ""
    description: str = ""
    colours: tuple[str, ...] = ()
    site_name: str = ""
    styles: str = ""
    stylesheets: tuple[str, ...] = ()
    is_hidden_from_search: bool = False
    follows_links: bool = True


@dataclass(frozen=True, kw_only=True)
class Source:
    """The bytes to read and what is said about them; any of it may be missing or wrong."""

    content: bytes
    name: str = ""
    media_type: str = ""
    address: str = ""


class Reason(StrEnum):
    """Why a file isn't read. The words for people are in reading.py."""

    EMPTY = "empty"
    EMPTY_PAGE = "empty_page"
    SCANNED = "scanned"
    PROTECTED_PDF = "protected_pdf"
    PROTECTED = "protected"
    OLD_WORD = "old_word"
    SPREADSHEET = "spreadsheet"
    OTHER_DOCUMENT = "other_document"
    UNKNOWN = "unknown"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_SLOW = "too_slow"
    TOO_COMPLICATED = "too_complicated"
    BROKEN = "broken"


class Unreadable(Exception):
    """A reader's refusal."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason
