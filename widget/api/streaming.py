"""An answer as a stream of events while it is being written: `text/event-stream`, as the HTML standard has it.

A comment at once and every 15 seconds (routers cut what is silent); `delta` with {"content": …}, repeated; then one
`done`, whose data is the plain answer's JSON and takes the place of the deltas, or one `error` with an error's.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial

from django.http import HttpRequest, StreamingHttpResponse

from caty.lib.api import ServerError, as_expected, error_answer
from caty.lib.database import release_connection
from caty.lib.event_streams import COMMENT, COMMENT_SECONDS, MEDIA_TYPE, event, event_stream
from widget.api.answers import MessageAnswer
from widget.contracts import PostedAnswer

log = logging.getLogger(__name__)

ACCEPT_SECONDS = 10.0  # after so long the stream begins, whether or not the message is accepted
LONGEST_SECONDS = 60.0  # an answer takes 25 and storing it a few


def is_asked_for(request: HttpRequest) -> bool:
    """Whether the Accept header names the media type of event streams."""
    accepted = request.META.get("HTTP_ACCEPT", "").split(",")
    return any(one.partition(";")[0].strip().lower() == MEDIA_TYPE for one in accepted)


def stream(request: HttpRequest, post: Callable[..., PostedAnswer]) -> StreamingHttpResponse:
    """Have `post(on_accepted=…, on_delta=…)` write an answer, and pass it on to the visitor meanwhile.

    What it raises before it has accepted the message is raised here: that is an ordinary error with its status.
    """
    written = WrittenAnswer(request)
    # Whoever only passes on what another one writes needs no database.
    release_connection()
    written.begin(post)
    return event_stream(written)


class WrittenAnswer:
    """What one thread (a greenlet in a web process) writes and another passes on, as the body of a response.

    A visitor who leaves stops nothing: the answer is stored all the same. `close` waits for that, so that there are
    never more such threads than the server has connections, and a server that stops in order waits for them too. The
    text that nobody has fetched yet is at most an answer's: a slow reader gets fewer and longer pieces of it.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._changed = threading.Condition()
        self._is_accepted = False
        self._refusal: Exception | None = None
        self._text = ""
        self._last = b""
        self._is_over = False
        self._thread: threading.Thread | None = None

    def begin(self, post: Callable[..., PostedAnswer]) -> None:
        """Start writing, and return once the message is accepted. Raises what `post` raises before that."""
        # With the context go the request's id in the logs and the language.
        write = partial(copy_context().run, self._write, post)
        self._thread = threading.Thread(target=write, name="answer", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_accepted or self._is_over, ACCEPT_SECONDS)
            self._is_accepted = self._refusal is None
        if self._refusal is not None:
            raise self._refusal

    def __iter__(self) -> Iterator[bytes]:
        yield COMMENT
        while True:
            text, is_over = self._fetch()
            if text:
                yield event("delta", json.dumps({"content": text}, ensure_ascii=False).encode())
            elif is_over:
                yield self._last
                return
            else:
                yield COMMENT

    def close(self) -> None:
        self._thread.join(LONGEST_SECONDS)

    def _fetch(self) -> tuple[str, bool]:
        """The text written since the last time, and whether that was all; waits for either, up to COMMENT_SECONDS."""
        with self._changed:
            self._changed.wait_for(lambda: self._text or self._is_over, COMMENT_SECONDS)
            text, self._text = self._text, ""
            return text, self._is_over

    def _write(self, post: Callable[..., PostedAnswer]) -> None:
        try:
            posted = post(on_accepted=self._accept, on_delta=self._add)
            self._last = event("done", MessageAnswer.of(posted).model_dump_json().encode())
        except Exception as error:  # noqa: BLE001  told to the visitor in either way
            self._fail(error)
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify()
            release_connection()

    def _accept(self) -> None:
        with self._changed:
            self._is_accepted = True
            self._changed.notify()

    def _add(self, text: str) -> None:
        with self._changed:
            self._text += text
            self._changed.notify()

    def _fail(self, error: Exception) -> None:
        with self._changed:
            if not self._is_accepted:
                self._refusal = error
                return
        expected = as_expected(error)
        if expected is None:
            log.error("stream.failed", exc_info=error)
        self._last = event("error", error_answer(expected or ServerError(), self._request).content)
