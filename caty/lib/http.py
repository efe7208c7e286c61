"""The only way out: one request to a public address, within a deadline, without redirects."""

import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from caty.lib.destinations import Destination, NameNotFound, OutboundRefused, find_destination

__all__ = ["HttpAnswer", "OutboundFailed", "OutboundRefused", "request"]

CONNECT_SECONDS = 5.0
LONGEST_ANSWER_BYTES = 64 * 1024
CHUNK_BYTES = 8 * 1024
USER_AGENT = "Caty/1.0"
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
HEADER_VALUE = re.compile(r"[\t -~\u00a1-\u00ff]*")


class OutboundFailed(Exception):
    """No answer came. `reason` is name, connect, tls, deadline or broken.

    `is_ambiguous`: the request may have arrived and been acted on, so sending it again may do things twice.
    """

    def __init__(self, reason: str, *, is_ambiguous: bool):
        super().__init__(reason)
        self.reason = reason
        self.is_ambiguous = is_ambiguous


@dataclass(frozen=True)
class HttpAnswer:
    """`headers` have lower-case names. `is_complete` is False where the body was too long, or broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration_ms: int
    is_complete: bool = True


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout_seconds: float = 15.0,
    max_answer_bytes: int = LONGEST_ANSWER_BYTES,
) -> HttpAnswer:
    """Send `content` to `url` and read the answer; `timeout_seconds` bounds all of it, however it drips.

    Any status is an answer, a redirect as well: none is followed. Raises OutboundRefused and OutboundFailed.
    """
    started = time.monotonic()
    sent_headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **_checked(headers or {})}
    try:
        destination = find_destination(url, timeout_seconds=min(CONNECT_SECONDS, timeout_seconds))
    except NameNotFound as error:
        raise OutboundFailed("name", is_ambiguous=False) from error
    left_seconds = max(0.001, timeout_seconds - (time.monotonic() - started))
    prepared = {
        "method": method,
        "url": destination.url,
        "headers": sent_headers,
        "data": content or None,
        "timeout": (min(CONNECT_SECONDS, left_seconds), left_seconds),
    }
    with _Watch(left_seconds) as watch, _open_session(destination, watch) as session:
        try:
            return _exchange(session, watch, prepared, max_answer_bytes)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _failure(error, watch) from error


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """What a tenant typed must not end a header and begin another."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise OutboundRefused("A header contains a character that headers can't carry.")
    return dict(headers)


class _Watch:
    """Ends the connection when its time is up: socket time-outs bound each read, and never a dripping whole.

    Holds a duplicate of the socket, since TLS takes the original over.
    """

    def __init__(self, seconds: float):
        self.is_open = self.is_over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *_) -> None:
        self._timer.cancel()
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def hold(self, connected: socket.socket) -> None:
        with self._lock:
            self._socket = connected.dup()
            if self.is_over:
                self._shut_down()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            if self._socket is not None:
                self._shut_down()

    def _shut_down(self) -> None:
        with suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)


class _PinnedAdapter(IPFilterAdapter):
    """Connects to the address that was checked, whatever the name says by now, and lets the watch see the socket.

    The library's own filter looks at that address a second time.
    """

    def __init__(self, destination: Destination, watch: _Watch):
        super().__init__(is_https_proto=destination.scheme == "https")
        self._destination = destination
        self._watch = watch

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        to, pinned = self._destination, request.copy()
        pinned.url = f"{to.scheme}://{_bracketed(to.address)}:{to.port}/"
        # An operator's exception is private on purpose: only the filter of the class above is left out for it.
        owner = super(IPFilterAdapter, self) if to.is_excepted else super()
        host_parameters, pool_parameters = owner.build_connection_pool_key_attributes(pinned, verify, cert)
        is_own_port = to.port == {"http": 80, "https": 443}[to.scheme]
        request.headers["Host"] = _bracketed(to.host) + ("" if is_own_port else f":{to.port}")
        if to.scheme == "https":
            pool_parameters.update(server_hostname=to.host, assert_hostname=to.host)
        return host_parameters, pool_parameters

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._watch)
        return pool


def _watched(connection_class: type[HTTPConnection], watch: _Watch) -> type[HTTPConnection]:
    class Watched(connection_class):
        def _new_conn(self):
            connected = super()._new_conn()
            watch.hold(connected)
            return connected

        def connect(self):
            super().connect()
            watch.is_open = True

    return Watched


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _open_session(destination: Destination, watch: _Watch) -> HTTPSession:
    session = HTTPSession(
        Config(
            ip_filter_enable=False,  # by the adapter mounted below
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, CONNECT_SECONDS),
        )
    )
    session.trust_env = False
    session.mount(f"{destination.scheme}://", _PinnedAdapter(destination, watch))
    return session


def _exchange(session: HTTPSession, watch: _Watch, prepared: dict, max_bytes: int) -> HttpAnswer:
    started = time.monotonic()
    with session.request(**prepared, stream=True) as response:
        if watch.is_over:
            # An end in the middle of the headers looks like their end.
            raise requests.Timeout
        body, is_complete = _read_body(response, max_bytes)
        return HttpAnswer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            duration_ms=round((time.monotonic() - started) * 1000),
            is_complete=is_complete and not watch.is_over,
        )


def _read_body(response: requests.Response, max_bytes: int) -> tuple[bytes, bool]:
    """At most `max_bytes`. The status has been told by now, so a body that breaks off is no failure."""
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                return bytes(body[:max_bytes]), False
    except (HTTPError, OSError):
        return bytes(body), False
    return bytes(body), True


def _failure(error: Exception, watch: _Watch) -> OutboundFailed:
    if watch.is_over or isinstance(error, requests.Timeout):
        reason = "deadline" if watch.is_open or watch.is_over else "connect"
    elif isinstance(error, requests.exceptions.SSLError):
        reason = "tls"
    else:
        reason = "broken" if watch.is_open else "connect"
    return OutboundFailed(reason, is_ambiguous=watch.is_open)
