"""A web site on loopback, under as many names as a test likes; keeps what it was asked for."""

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event

from caty.tests.loopback import serving

HTML = "text/html; charset=utf-8"


@dataclass
class Page:
    """`drips`: its body comes byte by byte, without end."""

    body: bytes = b"<p>Hello"
    status: int = 200
    headers: dict = field(default_factory=dict)
    media_type: str = HTML
    drips: bool = False


@dataclass
class Asked:
    host: str
    path: str
    headers: dict  # names in lower case


def redirect(location: str, status: int = 302) -> Page:
    return Page(b"", status=status, headers={"Location": location})


def linking(*targets: str) -> Page:
    return Page("".join(f'<a href="{target}">more</a>' for target in targets).encode())


class Website:
    """`pages` by path with its query; what isn't among them is not found."""

    def __init__(self):
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.is_stopped = Event()
        self.port = 0

    def url(self, path: str = "/", host: str = "shop.example") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Page:
        self.asked.append(asked)
        return self.pages.get(asked.path, Page(b"not here", status=404))


def handler_for(website: Website) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            page = website.answer(Asked(headers["host"].rpartition(":")[0], self.path, headers))
            self.close_connection = True
            self.send_response_only(page.status)
            length = 1_000_000 if page.drips else len(page.body)
            for name, value in {"Content-Type": page.media_type, "Content-Length": length, **page.headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.drip() if page.drips else self.send(page.body)

        def send(self, body: bytes):
            try:
                self.wfile.write(body)
            except OSError:
                """Whoever asked has had enough."""

        def drip(self):
            while not website.is_stopped.wait(0.02):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return

        def log_message(self, *args):
            """Nothing is written to stderr."""

    return Handler


@contextmanager
def publishing():
    website = Website()
    with serving(handler_for(website)) as website.port:
        try:
            yield website
        finally:
            website.is_stopped.set()  # what drips, ends


class Resolver:
    """The name system at the edge of a test: knows `addresses`, and of other names under .example nothing."""

    def __init__(self, addresses: dict[str, str]):
        self.addresses = addresses
        self.asked: list[str] = []
        self.ask_system = socket.getaddrinfo

    def getaddrinfo(self, host, port, *args, **kwargs):
        self.asked.append(host)
        if host in self.addresses:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.addresses[host], port))]
        if str(host).endswith(".example"):
            raise socket.gaierror(-2, "Name or service not known")
        return self.ask_system(host, port, *args, **kwargs)
