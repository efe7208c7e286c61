"""Why a try failed, and whether another one makes sense."""

from dataclasses import dataclass

import anthropic
import httpx2

_PASSING_ERRORS = ("overloaded_error", "api_error", "rate_limit_error", "timeout_error")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`reason` is one of UNAVAILABLE_REASONS. `may_be_billed`: the request went out, and nobody knows what became
    of it."""

    reason: str
    is_worth_retrying: bool = False
    retry_after_seconds: float | None = None
    may_be_billed: bool = False


def classify(error: Exception, *, is_late: bool) -> Failure:
    """Return what an exception of the client means. `is_late`: the call's time was up when it came."""
    if isinstance(error, anthropic.APIStatusError):
        return Failure(reason="timeout") if is_late else _classify_status(error)
    cause = error if isinstance(error, httpx2.HTTPError) else error.__cause__
    never_left = isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout))
    is_timeout = isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout)
    if is_late or is_timeout:
        return Failure(reason="timeout", may_be_billed=not never_left)
    is_network = isinstance(error, (anthropic.APIConnectionError, httpx2.HTTPError))
    return Failure(reason="unreachable", is_worth_retrying=is_network, may_be_billed=is_network and not never_left)


def classify_type(kind: object) -> Failure:
    """Return what an error's `type` means, as it stands in an answer or in a stream."""
    if kind in _PASSING_ERRORS:
        return Failure(reason="overloaded", is_worth_retrying=True)
    return Failure(reason="rejected")


def _classify_status(error: anthropic.APIStatusError) -> Failure:
    if error.status_code not in (408, 429) and error.status_code < 500:
        return classify_type(error.type)
    headers = error.response.headers
    return Failure(
        reason="overloaded",
        is_worth_retrying=headers.get("x-should-retry") != "false",
        retry_after_seconds=_retry_after(headers.get("retry-after")),
    )


def _retry_after(header: str | None) -> float | None:
    """Return the seconds a server asks to wait. A date or nonsense reads as too long: it did ask for a pause."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return float("inf")
    return seconds if seconds >= 0 else 0.0
