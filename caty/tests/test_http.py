"""The only way out: public addresses, one deadline, no redirect."""

import socket
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from caty.lib import destinations, http
from caty.lib.destinations import OutboundRefused, is_public
from caty.lib.http import OutboundFailed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: test\r\n\r\nok"


class Server:
    """Answers each connection with the given pieces, one every `pause_seconds`; keeps what it was sent."""

    def __init__(self, *pieces: bytes, pause_seconds: float = 0.0):
        self.pieces, self.pause_seconds = pieces, pause_seconds
        self.received: list[bytes] = []
        self.is_stopped = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?a=1"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.answer(connection)

    def answer(self, connection):
        try:
            self.received.append(self.read(connection))
            for piece in self.pieces:
                connection.sendall(piece)
                self.is_stopped.wait(self.pause_seconds)
        except OSError:
            return

    def read(self, connection) -> bytes:
        """A whole request, as its Content-Length says; of TLS whatever comes first."""
        received = connection.recv(65536)
        while b": " in received and b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")), 0)
        return received + (connection.recv(65536) if len(body) < length else b"")

    def stop(self):
        self.is_stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(timeout=5)


@pytest.fixture
def serve(settings):
    """`serve(*pieces)` → a local server that OUTBOUND_ALLOW names."""
    servers = []

    def start(*pieces: bytes, **options) -> Server:
        server = Server(*pieces, **options)
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, f"127.0.0.1:{server.port}"]
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@contextmanager
def names(monkeypatch, **answers: list[str]):
    """The resolver's answers, by name with _ for the dot; records how often each was asked for."""
    asked = []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        addresses = answers.get(host.replace(".", "_"), [host])
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked


def test_what_was_asked_for_is_sent_and_the_answer_read(serve):
    server = serve(OK)

    answer = http.request("POST", server.url, headers={"X-One": "1"}, content=b'{"a":1}')

    assert (answer.status, answer.body, answer.headers["x-kind"], answer.is_complete) == (200, b"ok", "test", True)
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert b"X-One: 1" in head
    assert b"User-Agent: Caty/1.0" in head


def test_a_redirect_is_an_answer_and_is_not_followed(serve):
    target = serve(OK)
    server = serve(f"HTTP/1.1 302 Found\r\nLocation: {target.url}\r\nContent-Length: 0\r\n\r\n".encode())

    answer = http.request("GET", server.url)

    assert answer.status == 302
    assert target.received == []


def test_a_long_answer_is_cut(serve):
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)

    answer = http.request("GET", server.url, max_answer_bytes=100_000)

    assert (len(answer.body), answer.is_complete) == (100_000, False)


def test_a_body_that_breaks_off_keeps_its_status(serve):
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    answer = http.request("GET", server.url)

    assert (answer.status, answer.body, answer.is_complete) == (200, b"abc", False)


def test_a_server_that_drips_its_headers_is_left_at_the_deadline(serve):
    server = serve(b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 1000, pause_seconds=0.05)
    started = time.monotonic()

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", server.url, timeout_seconds=0.4)

    assert (failed.value.reason, failed.value.is_ambiguous) == ("deadline", True)
    assert time.monotonic() - started < 1.5


def test_a_server_that_drips_its_body_is_left_at_the_deadline(serve):
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", *[b"x"] * 1000, pause_seconds=0.05)
    started = time.monotonic()

    answer = http.request("GET", server.url, timeout_seconds=0.4)

    assert (answer.status, answer.is_complete) == (200, False)
    assert time.monotonic() - started < 1.5


def test_a_server_that_says_nothing_may_have_acted(serve):
    server = serve(b"", pause_seconds=30)

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", server.url, timeout_seconds=0.3)

    assert (failed.value.reason, failed.value.is_ambiguous) == ("deadline", True)


def test_a_server_that_hangs_up_may_have_acted(serve):
    server = serve(b"")

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", server.url)

    assert (failed.value.reason, failed.value.is_ambiguous) == ("broken", True)


def test_a_closed_port_was_not_reached(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1:1"]

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", "http://127.0.0.1:1/")

    assert (failed.value.reason, failed.value.is_ambiguous) == ("connect", False)


def test_tls_that_fails_was_not_reached(serve):
    server = serve(b"this is no TLS")

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", server.url.replace("http:", "https:"))

    assert (failed.value.reason, failed.value.is_ambiguous) == ("tls", False)


def test_a_name_nobody_knows_was_not_reached(monkeypatch):
    def getaddrinfo(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    with pytest.raises(OutboundFailed) as failed:
        http.request("POST", "https://nowhere.example/")

    assert (failed.value.reason, failed.value.is_ambiguous) == ("name", False)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "ключ"])
def test_a_header_can_not_carry_another(serve, value):
    server = serve(OK)

    with pytest.raises(OutboundRefused):
        http.request("POST", server.url, headers={"X-Token": value})

    assert server.received == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fec0::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_a_private_address_is_refused_in_every_spelling(host):
    with pytest.raises(OutboundRefused) as refused:
        http.request("POST", f"https://{host}/")

    assert refused.value.message == "The address leads to a private network."


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "https://",
        "https:///path",
        "//hooks.example/",
        "https://user@hooks.example/",
        "https://user:pass@hooks.example/",
        "https://hooks.example:22/",
        "https://hooks.example:80/",
        "https://hooks.example:99999/",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example#@127.0.0.1:22/ x",
        "https://[::1%25eth0]/",
        "https://hooks.example/" + "a" * 2000,
        "",
    ],
)
def test_an_address_that_is_no_plain_https_is_refused_before_any_look_up(monkeypatch, url):
    with names(monkeypatch) as asked, pytest.raises(OutboundRefused):
        http.request("POST", url)

    assert asked == []


def test_a_name_with_one_private_answer_is_refused(monkeypatch):
    with names(monkeypatch, hooks_example=["93.184.215.14", "10.0.0.1"]), pytest.raises(OutboundRefused):
        http.request("POST", "https://hooks.example/")


def test_a_name_is_looked_up_once_and_its_checked_address_called(monkeypatch):
    called = []

    def create_connection(address, *args, **kwargs):
        called.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    with names(monkeypatch, hooks_example=["93.184.215.14"]) as asked, pytest.raises(OutboundFailed):
        http.request("POST", "https://hooks.example:8443/")

    assert called == [("93.184.215.14", 8443)]
    assert asked.count("hooks.example") == 1


def test_ipv4_is_preferred_where_a_name_has_both(monkeypatch):
    with names(monkeypatch, hooks_example=["2606:2800:21f:cb07::1", "93.184.215.14"]):
        found = destinations.find_destination("https://hooks.example/", timeout_seconds=1)

    assert found.address == "93.184.215.14"


def test_an_exception_is_for_one_host_and_port(serve, settings):
    server = serve(OK)

    assert http.request("GET", server.url).status == 200
    with pytest.raises(OutboundRefused):
        http.request("GET", f"http://localhost:{server.port}/")
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(OutboundRefused):
        http.request("GET", server.url)
    assert len(server.received) == 1


def test_proxies_of_the_environment_are_not_asked(serve, monkeypatch):
    server, proxy = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    http.request("GET", server.url)

    assert proxy.received == []


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address):
    assert is_public(ip_address(address))
