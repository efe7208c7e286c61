"""Brings one file, and goes where redirects point as long as each address is one we may go to."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from caty.lib import http
from caty.lib.http import HttpAnswer, OutboundFailed, OutboundRefused
from tenants.knowledge.crawler.failures import FetchFailed, failure_of_connection, failure_of_time
from tenants.knowledge.crawler.robots import USER_AGENT_TOKEN
from tenants.knowledge.crawler.spelling import host_of, normalise, secured

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What to ask with, and what it may cost. `check(address, is_redirect)` raises where we must not go."""

    check: Callable[[str, bool], None]
    seconds: float
    largest_bytes: int
    headers: Mapping[str, str]


def bring(address: str, errand: Errand) -> tuple[str, HttpAnswer]:
    """The first answer that is no redirect, and the address that gave it. Its body may be cut at `largest_bytes`.

    Raises FetchFailed where none came, or half of one.
    """
    deadline = time.monotonic() + errand.seconds
    visited: list[str] = []
    current = normalise(address)
    if current is None:
        raise FetchFailed(_("This is no web address."))
    while True:
        current = secured(current)
        _check_way(current, visited, errand)
        visited.append(current)
        answer = _ask(current, errand, deadline, is_redirect=len(visited) > 1)
        if answer.status not in REDIRECTS or not answer.headers.get("location"):
            return current, answer
        current = _target(answer, current)


def _check_way(current: str, visited: list[str], errand: Errand) -> None:
    if current in visited:
        raise FetchFailed(_("The page redirects in a circle."), answer_status=302)
    if len(visited) > MOST_REDIRECTS:
        raise FetchFailed(_("The page redirects too often."), answer_status=302)
    errand.check(current, bool(visited))


def _ask(address: str, errand: Errand, deadline: float, *, is_redirect: bool) -> HttpAnswer:
    left_seconds = deadline - time.monotonic()
    if left_seconds <= 0:
        raise failure_of_time()
    try:
        answer = http.request(
            "GET",
            address,
            headers={"User-Agent": f"{USER_AGENT_TOKEN}/1.0 (+{settings.SITE_URL})", **errand.headers},
            timeout_seconds=left_seconds,
            max_answer_bytes=errand.largest_bytes,
        )
    except OutboundRefused as error:
        sentence = _("The page redirects to an address that can't be used: %(host)s.") % {"host": host_of(address)}
        raise FetchFailed(sentence if is_redirect else error.message) from error
    except OutboundFailed as error:
        raise failure_of_connection(error, address) from error
    if answer.status == 200 and not answer.is_complete and len(answer.body) < errand.largest_bytes:
        if time.monotonic() >= deadline:
            raise failure_of_time()
        raise FetchFailed(_("The connection broke off in the middle of the page."), is_temporary=True)
    return answer


def _target(answer: HttpAnswer, current: str) -> str:
    location = answer.headers["location"]
    with suppress(UnicodeError):
        # Headers are read as Latin-1; servers that write other alphabets mean UTF-8.
        location = location.encode("latin-1").decode()
    target = normalise(location, base=current)
    if target is None:
        raise FetchFailed(_("The page redirects to something that is no web address."), answer_status=answer.status)
    return target
