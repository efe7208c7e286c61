"""Hints to pages of the inbox that something has changed: `text/event-stream`, as the HTML standard has it.

A comment at once and every 15 seconds (routers cut what is silent), and `changed` with {"what": "inbox"} or, of the
open conversation, {"what": "conversation"}; the page then asks for news. A stream is worth its connection only while
somebody looks: it ends by itself after ten minutes, when its person may no longer see what it is about, and when the
process is told to stop; the browser comes again. Who finds no place for one asks every two seconds instead.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from django.contrib.auth import get_user
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from caty.lib import bell, stopping
from caty.lib.bell import Listener
from caty.lib.database import release_connection
from caty.lib.event_streams import COMMENT, COMMENT_SECONDS, event, event_stream
from tenants.staff import EVERYONE, staff_of
from widget.queries import conversation_topic, desk_topic, inbox_topic, talk_topic
from widget.services import inbox

BEGINNING = b"retry: 1000\n" + COMMENT
CHECK_SECONDS = 30.0  # after so long it is asked again whether the person may still see it
LONGEST_SECONDS = 600.0
PAUSE_SECONDS = 0.25  # between two hints: what comes together is told together
MOST_OF_A_PERSON = 20  # in one process; a page has one
MOST_BUSINESSES = 100  # of a person; the operator of more asks instead


class Places:
    """How many streams each person has in this process."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self, person: int) -> bool:
        with self._lock:
            if self._taken[person] >= MOST_OF_A_PERSON:
                return False
            self._taken[person] += 1
            return True

    def leave(self, person: int) -> None:
        with self._lock:
            self._taken[person] -= 1
            self._taken += Counter()  # who has none takes no memory


PLACES = Places()


@require_GET
def stream(request: HttpRequest) -> HttpResponse:
    """The hints for one person's list `tab` and, with `open`, one conversation. 429 or 503 where there is no place."""
    tenants = staff_of(request).tenant_ids(EVERYONE)
    topics = dict.fromkeys(_topics_of_list(request, tenants[:MOST_BUSINESSES]), "inbox")
    reference = request.GET.get("open", "")
    if reference:
        session = inbox.find_conversation(request.user, reference)
        if session is None:
            raise Http404
        topics[conversation_topic(session.pk)] = "conversation"
    if not topics or len(tenants) > MOST_BUSINESSES or stopping.is_stopping():
        return _no_place(503, "UNAVAILABLE")
    if not PLACES.take(request.user.pk):
        return _no_place(429, "RATE_LIMITED")
    hints = Hints(request, topics)
    if not hints.begin():
        return _no_place(503, "UNAVAILABLE")
    release_connection()
    return event_stream(hints)


def _topics_of_list(request: HttpRequest, tenants: list[int]) -> Iterator[str]:
    yield from map(inbox_topic, tenants)
    yield from map(desk_topic, inbox.membership_keys(request.user))
    if request.GET.get("tab") == inbox.ALL:
        yield from map(talk_topic, tenants)


def _no_place(status: int, code: str) -> JsonResponse:
    return JsonResponse({"error": "There is no place for a stream: ask for news instead.", "code": code}, status=status)


class Hints:
    """The body of one stream. `topics` are what it listens to, with the word that each is told by."""

    def __init__(self, request: HttpRequest, topics: dict[str, str]) -> None:
        self._person = request.user.pk
        self._login = type(request.session), request.session.session_key
        self._tenants = set(staff_of(request).tenant_ids(EVERYONE))
        self._topics = topics
        self._listener: Listener | None = None
        self._stack = ExitStack()

    def begin(self) -> bool:
        """Listen from now on; whether there was a place. It is left by `close`, and at once where there was none."""
        self._stack.callback(PLACES.leave, self._person)
        self._listener = self._stack.enter_context(bell.listening(*self._topics))
        if self._listener is None:
            self.close()
        return self._listener is not None

    def close(self) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[bytes]:
        began = told_at = checked_at = time.monotonic()
        yield BEGINNING
        while not stopping.is_stopping() and time.monotonic() - began < LONGEST_SECONDS:
            heard = self._listener.wait(stopping.LOOK_SECONDS)
            now = time.monotonic()
            if now - checked_at >= CHECK_SECONDS:
                if not self._may_still_see():
                    return
                checked_at = now
            if heard:
                yield from self._told(heard)
                told_at = now
                time.sleep(PAUSE_SECONDS)
            elif now - told_at >= COMMENT_SECONDS:
                yield COMMENT
                told_at = now

    def _told(self, heard: frozenset[str]) -> Iterator[bytes]:
        for what in sorted({self._topics[topic] for topic in heard}):
            yield event("changed", json.dumps({"what": what}).encode())

    def _may_still_see(self) -> bool:
        """Whether the person is still logged in and works for the same businesses."""
        kind, key = self._login
        asked = HttpRequest()
        asked.session = kind(key)
        asked.user = get_user(asked)
        try:
            return set(staff_of(asked).tenant_ids(EVERYONE)) == self._tenants
        finally:
            release_connection()
