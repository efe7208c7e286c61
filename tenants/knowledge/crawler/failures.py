"""Why a page could not be fetched, in words for the owner of the site."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from caty.lib.errors import CatyError
from caty.lib.http import OutboundFailed
from tenants.knowledge.crawler.spelling import host_of

GONE = (404, 410)
TOO_MANY = 429
LATER = (408, 425, TOO_MANY)
LONGEST_WAIT_SECONDS = 24 * 60 * 60


class FetchFailed(CatyError):
    """A page did not come; `message` says why.

    `is_gone`: it is there no more. `is_temporary`: it may come another time, where the server said so after
    `retry_after_seconds`. `answer_status`: what the server answered with, 0 where it didn't.
    """

    code = "FETCH_FAILED"
    message = "The page could not be read."

    def __init__(
        self,
        message: str = "",
        *,
        answer_status: int = 0,
        is_temporary: bool = False,
        retry_after_seconds: int | None = None,
    ):
        super().__init__(message, retry_after=retry_after_seconds)
        self.answer_status = answer_status
        self.is_gone = answer_status in GONE
        self.is_temporary = is_temporary
        self.retry_after_seconds = retry_after_seconds


def failure_of_status(status: int, headers: Mapping[str, str]) -> FetchFailed:
    """What an answer that is no page means."""
    is_temporary = status >= 500 or status in LATER
    return FetchFailed(
        _sentence(status) % {"status": status},
        answer_status=status,
        is_temporary=is_temporary,
        retry_after_seconds=_seconds_to_wait(headers) if is_temporary else None,
    )


def failure_of_connection(error: OutboundFailed, address: str) -> FetchFailed:
    """What it means that no answer came. All of it may pass: names and certificates are mended as well."""
    sentences = {
        "name": _("There is no site named %(host)s."),
        "deadline": _("The server did not answer in time."),
        "tls": _("The secure connection (https) to %(host)s failed."),
        "connect": _("The server of %(host)s can't be reached."),
    }
    sentence = sentences.get(error.reason, _("The server broke the connection off."))
    return FetchFailed(sentence % {"host": host_of(address)}, is_temporary=True)


def failure_of_time() -> FetchFailed:
    return FetchFailed(_("The server did not answer in time."), is_temporary=True)


def failure_of_size(largest_bytes: int) -> FetchFailed:
    return FetchFailed(_("The page is larger than %(size)s MB.") % {"size": f"{largest_bytes / 1024**2:.3g}"})


def _sentence(status: int) -> str:
    if status == 404:
        return _("The page was not found (%(status)s).")
    if status == 410:
        return _("The page has been removed (%(status)s).")
    if status in (401, 402, 403, 407, 451):
        return _("The site doesn't let us read this page (%(status)s).")
    if status == TOO_MANY:
        return _("The server asks us to come back later (%(status)s).")
    if status >= 500:
        return _("The server had a problem (%(status)s).")
    return _("The server answered without a page (%(status)s).")


def _seconds_to_wait(headers: Mapping[str, str]) -> int | None:
    """Retry-After, in seconds or as a date by the server's own clock; at most a day. RFC 9110, 10.2.3."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT_SECONDS)
    until = _read_date(text)
    if until is None:
        return None
    now = _read_date(headers.get("date", "")) or datetime.now(UTC)
    return min(max(0, round((until - now).total_seconds())), LONGEST_WAIT_SECONDS)


def _read_date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
