"""An answer that grows before the visitor's eyes stops growing when a person takes over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from caty.lib import bell
from caty.lib.database import release_connection
from widget.models import Session
from widget.queries import conversation_topic


@contextmanager
def until_taken_over(session_key: int, show: Callable[[str], None] | None) -> Iterator[Callable[[str], None] | None]:
    """`show`, to be called without an open transaction, which shows nothing more once a person has the conversation.

    The database is asked when the conversation's bell has rung, or, where no ring can be heard, every two seconds.
    """
    if show is None:
        yield None
        return
    with bell.listening(conversation_topic(session_key)) as listener:
        yield _Gate(session_key, show, listener).pass_on


class _Gate:
    def __init__(self, session_key: int, show: Callable[[str], None], listener: bell.Listener | None) -> None:
        self._session_key = session_key
        self._show = show
        self._listener = listener
        self._looked_at = time.monotonic()
        self._is_shut = False

    def pass_on(self, text: str) -> None:
        if not self._is_shut and self._is_time_to_look():
            self._looked_at = time.monotonic()
            self._is_shut = self._is_taken_over()
        if not self._is_shut:
            self._show(text)

    def _is_time_to_look(self) -> bool:
        if self._listener is not None and self._listener.take_ring():
            return True
        hears = self._listener is not None and self._listener.hears
        return not hears and time.monotonic() - self._looked_at >= bell.LOOK_SECONDS

    def _is_taken_over(self) -> bool:
        try:
            return Session.objects.filter(pk=self._session_key, mode=Session.Mode.PERSON).exists()
        finally:
            release_connection()
