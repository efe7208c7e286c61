"""A web server on loopback for a stand-in, which gets each call and gives its answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from caty.tests.loopback import serving


@dataclass(frozen=True)
class Call:
    """`path` is as it was sent, escapes and all; `headers` have names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def told(self) -> tuple:
        """What tests compare: method, path, query and body."""
        return (self.method, self.path, self.query, self.json)


@dataclass(frozen=True)
class Told:
    """An answer; `breaks` closes the connection without a word instead."""

    status: int = 200
    json: object = None
    headers: dict = field(default_factory=dict)
    breaks: bool = False


class StandIn(Protocol):
    def take(self, call: Call) -> Told: ...


@contextmanager
def answering(stand_in: StandIn) -> Iterator[str]:
    """Yields the address of a server that hands `stand_in` every call."""
    with serving(_handler_for(stand_in)) as port:
        yield f"http://127.0.0.1:{port}"


def _handler_for(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            parts = urlsplit(self.path)
            told = stand_in.take(
                Call(
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
            )
            self.close_connection = True
            if not told.breaks:
                self._send(told)

        do_GET = do_POST = do_PATCH = _answer

        def _send(self, told: Told):
            body = b"" if told.json is None else json.dumps(told.json).encode()
            self.send_response(told.status)
            headers = {"Content-Type": "application/json", **told.headers, "Content-Length": str(len(body))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Nothing is written to stderr."""

    return Handler
