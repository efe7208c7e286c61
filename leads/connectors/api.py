"""Calls to a CRM: one after the other within one deadline, each ending in what was asked for or in Failed."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from caty.lib import http
from caty.lib.http import HttpAnswer
from leads.connectors.base import (
    LONGEST_WAIT_SECONDS,
    Failed,
    Form,
    Misconfigured,
    Outcome,
    Rejected,
    TryLater,
    judge,
    retry_after_seconds,
    unreachable,
)

# Far below the lease of a delivery, whatever number of calls it takes.
DEADLINE_SECONDS = 45.0
CALL_SECONDS = 15.0
MOST_ANSWER_BYTES = 4 * 1024 * 1024  # Salesforce describes its leads in up to half a megabyte
RETRIED = frozenset((408, 423, 425, 429, 477))
LONGEST_WORDS = 300


@dataclass(frozen=True)
class Reply:
    """An answer, with its body read as JSON (None where it is none)."""

    answer: HttpAnswer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.answer.headers

    @cached_property
    def json(self):
        try:
            return json.loads(self.answer.body)
        except ValueError:
            return None

    def pick(self, *path: str | int, default=None):
        """What stands at `path` in the body, or the default where any step of it is missing."""
        value = self.json
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return default if value is None else value

    def get_text(self, *path: str | int) -> str:
        """What stands at `path`, as text. Raises Failed where it is missing: then nobody knows what was done."""
        value = self.pick(*path)
        if value is None:
            raise Failed(TryLater(reason=_("The answer can't be read."), is_ambiguous=True, **self.told))
        return str(value)

    @property
    def told(self) -> dict:
        """What of it an outcome keeps for the log."""
        return {"status": self.status, "answer": self.answer.body[:4096].decode("utf-8", "replace")}


Authorise = Callable[..., dict[str, str]]  # called with is_renewed=True once a credential was refused
Judge = Callable[[Reply], Outcome | None]


class Api:
    """One CRM under one credential, for one delivery. `name` is the CRM's, for sentences.

    `authorise` gives the headers that carry the credential; called with `is_renewed=True` it must not give again what
    was refused, or raise Failed. `judge` turns what is special to this CRM into an outcome, and gives None for the
    rest; `words` reads the CRM's own sentence out of a refusal.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        settings: Form,
        now: datetime,
        authorise: Authorise,
        judge: Judge = lambda reply: None,
        words: Callable[[Reply], str] = lambda reply: "",
        has_renewal: bool = False,
    ):
        self.url, self.name, self.settings, self.now = url.rstrip("/"), name, settings, now
        self._authorise, self._judge, self._words, self._has_renewal = authorise, judge, words, has_renewal
        self._ends = time.monotonic() + DEADLINE_SECONDS

    def get(self, *path: str, query: Mapping | None = None, expected: tuple[int, ...] = ()) -> Reply:
        return self.call("GET", *path, query=query, expected=expected)

    def post(self, *path: str, body, query: Mapping | None = None, expected: tuple[int, ...] = ()) -> Reply:
        return self.call("POST", *path, query=query, body=body, expected=expected)

    def patch(self, *path: str, body, query: Mapping | None = None, expected: tuple[int, ...] = ()) -> Reply:
        return self.call("PATCH", *path, query=query, body=body, expected=expected)

    def call(
        self,
        method: str,
        *path: str,
        query: Mapping | None = None,
        body=None,
        expected: tuple[int, ...] = (),
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool | None = None,
    ) -> Reply:
        """Parts of `path` are escaped. Gives the answer where it is 2xx or has one of the `expected` statuses.

        `is_repeatable` says that doing it twice does no harm: by default so for all but POST. Raises Failed.
        """
        repeatable = method != "POST" if is_repeatable is None else is_repeatable
        address = self.address(*path, query=query)
        reply = self._send(method, address, body, {**self._authorise(), **(headers or {})}, repeatable)
        if reply.status == 401 and self._has_renewal and 401 not in expected:
            renewed = {**self._authorise(is_renewed=True), **(headers or {})}
            reply = self._send(method, address, body, renewed, repeatable)
        if reply.status in expected:
            return reply
        if not 200 <= reply.status < 300:
            raise Failed(self._judge(reply) or self.refusal(reply, is_repeatable=repeatable))
        if not reply.answer.is_complete:
            raise Failed(TryLater(reason=_("The answer broke off."), is_ambiguous=not repeatable, **reply.told))
        return reply

    def address(self, *path: str, query: Mapping | None = None) -> str:
        parts = "/".join(quote(str(part), safe="") for part in path)
        return f"{self.url}/{parts}" + (f"?{urlencode(query)}" if query else "")

    def refusal(self, reply: Reply, *, is_repeatable: bool = True) -> Outcome:
        """A failed answer as an outcome, by what all CRMs have in common."""
        status = reply.status
        if status in RETRIED or status >= 500:
            return TryLater(
                reason=judge(reply.answer, now=self.now).reason,
                retry_after_seconds=retry_after_seconds(reply.answer, now=self.now),
                is_ambiguous=status >= 500 and not is_repeatable,
                **reply.told,
            )
        told = self._words(reply).strip().rstrip(".")[:LONGEST_WORDS]
        if status in (401, 402, 403):
            sentence = _("%(name)s does not accept our credentials (answer %(status)d).")
            reason = sentence % {"name": self.name, "status": status}
            return Misconfigured(reason=f"{reason} {told}.".strip() if told else reason, **reply.told)
        if 300 <= status < 400:
            return TryLater(reason=judge(reply.answer, now=self.now).reason, **reply.told)
        sentence = _("%(name)s did not accept it (answer %(status)d).")
        reason = sentence % {"name": self.name, "status": status}
        return Rejected(reason=f"{reason} {told}." if told else reason, **reply.told)

    def _send(self, method, address, body, headers, is_repeatable: bool) -> Reply:
        content, kind = _encoded(body)
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Failed(TryLater(reason=_("%s took too long to answer.") % self.name))
        try:
            answer = http.request(
                method,
                address,
                headers={"Accept": "application/json", **kind, **headers},
                content=content,
                timeout_seconds=min(CALL_SECONDS, left),
                max_answer_bytes=MOST_ANSWER_BYTES,
            )
        except http.OutboundRefused as error:
            raise Failed(Misconfigured(reason=_("We may not send to this address: %s") % error)) from error
        except http.OutboundFailed as error:
            failed = unreachable(error)
            is_ambiguous = failed.is_ambiguous and not is_repeatable
            raise Failed(TryLater(reason=failed.reason, is_ambiguous=is_ambiguous)) from error
        return Reply(answer)


def seconds_to_midnight(now: datetime) -> int:
    """Until a daily allowance is renewed: the next midnight in UTC, a minute away at least and six hours at most.

    Whose midnight counts is not told, so that a late one must not cost another day.
    """
    midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(60, min(LONGEST_WAIT_SECONDS, math.ceil((midnight - now).total_seconds())))


def is_host_within(url: str, suffixes: tuple[str, ...]) -> bool:
    """Whether the URL's host is one of these, or a part of one written with a dot before it: `.my.salesforce.com`."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return any(host == suffix.lstrip(".") or (suffix[0] == "." and host.endswith(suffix)) for suffix in suffixes)


def _encoded(body) -> tuple[bytes, dict[str, str]]:
    """JSON; text of a form where the body is made of pairs."""
    if body is None:
        return b"", {}
    if isinstance(body, tuple):
        return urlencode(body).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return json.dumps(body, separators=(",", ":")).encode(), {"Content-Type": "application/json"}
