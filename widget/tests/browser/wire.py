"""What browsers and the API say to one another: written down, and broken where a test asks for it."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import islice
from urllib.parse import parse_qs

from django.core.handlers.wsgi import WSGIHandler
from django.test.testcases import LiveServerThread

Fault = Callable[[Callable, dict, Callable], Iterable[bytes]]
PATIENCE_SECONDS = 15
SILENCE_SECONDS = 0.2


@dataclass(frozen=True)
class Call:
    """One request as it arrived, preflights among them."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """`session` for /api/widget/session; other paths as they are."""
        return self.path.removeprefix("/api/widget/")

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def asked(self) -> dict[str, str]:
        """The query string, the first value of each name."""
        return {name: values[0] for name, values in parse_qs(self.query).items()}


class Wire:
    """A WSGI application around another. Calls come in from many threads; a test reads them from its own."""

    def __init__(self, application: Callable) -> None:
        self.calls: list[Call] = []
        self.application = application
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._changed = threading.Condition()
        self._polling = self._working = 0

    def __call__(self, environ: dict, start_response: Callable) -> Iterator[bytes]:
        call = self._write_down(environ)
        is_poll = call.name == "messages" and call.method == "POST" and call.json.get("wait", 0) > 0
        try:
            self._count(1, is_poll=is_poll)
            answer = self._find_application(call)(environ, start_response)
            try:
                yield from answer
            finally:
                getattr(answer, "close", lambda: None)()
        finally:
            self._count(-1, is_poll=is_poll)

    def named(self, name: str) -> list[Call]:
        """The real requests of one endpoint so far; preflights are told by `preflights`."""
        return [call for call in self.calls if call.name == name and call.method != "OPTIONS"]

    @property
    def preflights(self) -> list[Call]:
        return [call for call in self.calls if call.method == "OPTIONS"]

    def wait_for(self, name: str, count: int = 1) -> list[Call]:
        """The endpoint's requests as soon as there are so many; fails when they don't come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.named(name)) >= count, timeout=PATIENCE_SECONDS)
        assert came, f"{len(self.named(name))} of {count} calls of {name} came: {self.calls}"
        return self.named(name)

    def settle(self) -> None:
        """Return once all requests are answered, polls aside, and none came for a moment; fails when it doesn't end."""
        with self._changed:
            while self._working or self._changed.wait(timeout=SILENCE_SECONDS):
                if self._working:
                    assert self._changed.wait(timeout=PATIENCE_SECONDS), "requests are still being answered"

    def end_polls(self) -> None:
        """Wait until nobody waits for messages any more; the conversations must have ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._polling, timeout=PATIENCE_SECONDS)

    def breaks(self, name: str, *faults: Fault) -> None:
        """The next requests of this endpoint meet these faults, one each."""
        self._faults[name].extend(faults)

    def forget(self) -> None:
        """Begin anew: no calls, no faults."""
        with self._changed:
            self.calls.clear()
            self._faults.clear()

    def _write_down(self, environ: dict) -> Call:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers["CONTENT-TYPE"] = environ.get("CONTENT_TYPE", "")
        call = Call(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), headers, body)
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        return call

    def _find_application(self, call: Call) -> Callable:
        faults = self._faults[call.name]
        if call.method == "OPTIONS" or not faults:
            return self.application
        return partial(faults.pop(0), self.application)

    def _count(self, change: int, *, is_poll: bool) -> None:
        with self._changed:
            if is_poll:
                self._polling += change
            else:
                self._working += change
            self._changed.notify_all()


class Api:
    """The whole installation on a port of its own, served by threads."""

    def __init__(self) -> None:
        self.wire = Wire(WSGIHandler())
        self._thread = LiveServerThread("127.0.0.1", lambda _: self.wire)
        self._thread.daemon = True

    def __enter__(self) -> "Api":
        self._thread.start()
        self._thread.is_ready.wait()
        if self._thread.error:
            raise self._thread.error
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.terminate()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._thread.port}"


def refuse(status: str, code: str, **headers: str) -> Fault:
    """Answer with an error of the contract's shape: `refuse("429 Too Many Requests", "RATE_LIMITED")`."""
    body = {"success": False, "error": "No.", "code": code, "request_id": "req_test"}

    def answer(_: Callable, __: dict, start_response: Callable) -> Iterable[bytes]:
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        open_to_all = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "Retry-After")]
        start_response(status, [("Content-Type", "application/json"), *open_to_all, *given])
        return [json.dumps(body).encode()]

    return answer


def refuse_at(event: threading.Event, status: str, code: str) -> Fault:
    """Say nothing until the event, then answer with an error."""

    def answer(application: Callable, environ: dict, start_response: Callable) -> Iterable[bytes]:
        event.wait(4 * PATIENCE_SECONDS)
        return refuse(status, code)(application, environ, start_response)

    return answer


def cut_after(parts: int) -> Fault:
    """Let so many parts of the answer through, then end it, though the server has done its work."""

    def answer(application: Callable, environ: dict, start_response: Callable) -> Iterator[bytes]:
        whole = application(environ, start_response)
        try:
            yield from islice(whole, parts)
            for _ in whole:  # a stream is made while it is read
                pass
        finally:
            whole.close()

    return answer


def hold_until(event: threading.Event) -> Fault:
    """Say nothing until the event."""

    def answer(application: Callable, environ: dict, start_response: Callable) -> Iterable[bytes]:
        event.wait(PATIENCE_SECONDS)
        return application(environ, start_response)

    return answer


def nothing_until(event: threading.Event) -> Fault:
    """At the event, answer a page that waited for messages: nobody has spoken."""
    silence = {"success": True, "messages": [], "last_sequence": 0, "mode": "assistant", "is_answering": False}

    def answer(_: Callable, __: dict, start_response: Callable) -> Iterable[bytes]:
        event.wait(PATIENCE_SECONDS)
        start_response("200 OK", [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")])
        return [json.dumps(silence).encode()]

    return answer
