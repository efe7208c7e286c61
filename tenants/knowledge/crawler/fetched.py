"""A page as it came from its server, not yet read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caty.lib.http import HttpAnswer

OUR_NAME = "caty"
LONGEST_VALIDATOR = 200
CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([a-z0-9._:-]{1,40})""")
# Wishes with a colon of their own; before any other colon stands the crawler that the wish is for.
VALUED_WISHES = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """`address` is where the redirects ended; `etag` and `last_modified` are for asking the next time.

    `is_unchanged`: the server says that nothing has changed since, and sent no content. `is_hidden`: it asks search
    engines to leave the page out (X-Robots-Tag). `charset` is what the server said, empty where it said none.
    """

    address: str
    status: int
    content: bytes
    media_type: str
    charset: str
    etag: str
    last_modified: str
    is_unchanged: bool = False
    is_hidden: bool = False


def read_answer(address: str, answer: HttpAnswer) -> Fetched:
    """What the headers of an answer say about its page."""
    media_type, charset = _read_content_type(answer.headers.get("content-type", ""))
    return Fetched(
        address=address,
        status=answer.status,
        content=answer.body,
        media_type=media_type,
        charset=charset,
        etag=_clean_validator(answer.headers.get("etag", "")),
        last_modified=_clean_validator(answer.headers.get("last-modified", "")),
        is_unchanged=answer.status == 304,
        is_hidden=any(wish in ("noindex", "none") for wish in _wishes(answer.headers.get("x-robots-tag", ""))),
    )


def _read_content_type(line: str) -> tuple[str, str]:
    """Media type and charset in lower case; each empty where the server doesn't say."""
    media_type, _, parameters = line.lower().partition(";")
    named = CHARSET.search(parameters)
    return media_type.strip(), named[1] if named else ""


def _clean_validator(text: str) -> str:
    """What a server can be sent back in a header, else nothing."""
    text = text.strip()
    return text if len(text) <= LONGEST_VALIDATOR and text.isascii() and text.isprintable() else ""


def _wishes(line: str) -> Iterator[str]:
    """The wishes for all crawlers and for us, in `noindex, caty: nofollow, other: none`."""
    meant = True
    for piece in line.lower().split(","):
        name, colon, wish = piece.partition(":")
        if colon and name.strip() not in VALUED_WISHES:
            meant, piece = name.strip() == OUR_NAME, wish
        if meant:
            yield piece.strip()
