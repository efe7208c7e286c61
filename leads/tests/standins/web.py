"""A web server on loopback for stand-ins: it notes every call and asks the stand-in for the answer."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from caty.tests import loopback


@dataclass(frozen=True)
class Call:
    """A request as it came over the wire; `target` is path and query, still encoded."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @cached_property
    def json(self):
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Told:
    """An answer. `breaks` closes the connection instead, after all that the call asked for has been done."""

    status: int = 200
    json: object = None
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False


@dataclass
class Web:
    """`calls` are those that arrived, in order."""

    url: str
    calls: list[Call] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Call], Told]):
    """Serve `answer` on a free port of 127.0.0.1."""
    web = Web("")

    class Handler(BaseHTTPRequestHandler):
        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, self.path, headers, body)
            web.calls.append(call)
            told = answer(call)
            self.close_connection = True
            if not told.breaks:
                self._send(told)

        do_GET = do_POST = do_PATCH = do_PUT = do

        def _send(self, told: Told):
            body = b"" if told.json is None else json.dumps(told.json).encode()
            self.send_response(told.status)
            for name, value in {"Content-Type": "application/json", **told.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Nothing is written to stderr."""

    with loopback.serving(Handler) as port:
        web.url = f"http://127.0.0.1:{port}"
        yield web
