"""A web server on loopback that answers as it is told and keeps what it was sent."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event

from caty.tests.loopback import serving


@dataclass
class Answer:
    """`resets` closes the connection without a word; `waits_for` does so once it is set."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b"ok"
    resets: bool = False
    waits_for: Event | None = None


@dataclass
class Received:
    headers: dict  # names in lower case
    body: bytes


class Receiver:
    """Gives its `answers` one after the other, the last for ever."""

    def __init__(self):
        self.answers = [Answer()]
        self.received: list[Received] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, received: Received) -> Answer:
        self.received.append(received)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def handler_for(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Received(headers, body))
            self.close_connection = True
            if answer.waits_for is not None:
                answer.waits_for.wait(timeout=10)
            elif not answer.resets:
                self._send(answer)

        def _send(self, answer: Answer):
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args):
            """Nothing is written to stderr."""

    return Handler


@contextmanager
def receiving():
    receiver = Receiver()
    with serving(handler_for(receiver)) as receiver.port:
        yield receiver
