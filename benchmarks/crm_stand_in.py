"""A HubSpot on loopback for each of many accounts, in a process of its own, that fails as a bad day's would.

Prints its port. Accounts are told apart by their token. Faults, before or after the call has taken effect: 500, 429
with a Retry-After in seconds or as a date, silence beyond every time-out, a connection that is reset, a body that
drips, a 207 in which a part failed. /_storm begins them, /_calm ends them, /_down answers 503 to all until /_up;
/_state gives every account's contacts and notes, and what the description of HubSpot's API had against requests.
"""

import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from leads.tests.standins.hubspot import TOKEN, HubSpot  # noqa: E402
from leads.tests.standins.serving import Call, Told  # noqa: E402

SILENT_SECONDS = 18.0  # longer than a call may take
DRIP_SECONDS = 4.0
FAULTS = {  # in so many of a thousand calls
    "500": 15,
    "500_after": 10,
    "429_seconds": 10,
    "429_date": 5,
    "silence": 1,
    "silence_after": 3,
    "reset": 8,
    "reset_after": 8,
    "drip": 10,
    "partial": 10,
}


class Weather:
    """What goes wrong now."""

    def __init__(self) -> None:
        self.is_stormy = self.is_down = False
        self.counts: Counter = Counter()
        self._chance = random.Random(7)
        self._lock = threading.Lock()

    def pick(self) -> str:
        with self._lock:
            if self.is_down:
                self.counts["down"] += 1
                return "down"
            if not self.is_stormy:
                return ""
            roll = self._chance.randrange(1000)
            for name, share in FAULTS.items():
                if roll < share:
                    self.counts[name] += 1
                    return name
                roll -= share
            return ""


class Accounts:
    """One HubSpot for each token, each with a lock: the stand-in is written for one call at a time."""

    def __init__(self) -> None:
        self._accounts: dict[str, HubSpot] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def take(self, call: Call) -> Told:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            account = self._accounts.setdefault(token, HubSpot())
            lock = self._locks[token]
        with lock:
            told = account.take(Call(**{**vars(call), "headers": {**call.headers, "authorization": f"Bearer {TOKEN}"}}))
            account.calls.clear()  # nobody reads them here, and there are tens of thousands
            return told

    def state(self) -> list[dict]:
        with self._lock:
            return [
                {
                    "contacts": [row.get("email", "") for row in account.contacts.values()],
                    "notes": [
                        {"of": account.contacts[owner].get("email", ""), "body": body["hs_note_body"]}
                        for owner, body in account.notes.values()
                    ],
                    "complaints": account.complaints,
                }
                for account in self._accounts.values()
            ]


WEATHER = Weather()
ACCOUNTS = Accounts()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        if self.path.startswith("/_"):
            self._send(Told(200, self._control(self.path)))
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = Call(method=self.command, path=parts.path, query=query, headers=headers, body=body)
        self._fail(WEATHER.pick(), call)

    do_GET = do_POST = do_PATCH = _answer

    def _control(self, path: str):
        if path == "/_state":
            return {"accounts": ACCOUNTS.state(), "faults": WEATHER.counts}
        if path in ("/_storm", "/_calm"):
            WEATHER.is_stormy = path == "/_storm"
        elif path in ("/_down", "/_up"):
            WEATHER.is_down = path == "/_down"
        return {}

    def _fail(self, fault: str, call: Call) -> None:
        told = None
        if not fault or fault in ("drip", "partial") or fault.endswith("_after"):
            told = ACCOUNTS.take(call)
        if fault == "down":
            self._send(Told(503, {"message": "down"}))
        elif fault.startswith("500"):
            self._send(Told(500, {"message": "internal error"}))
        elif fault.startswith("429"):
            self._send(Told(429, {"message": "slow down", "policyName": "SECONDLY"}, _retry_after(fault)))
        elif fault.startswith("silence"):
            time.sleep(SILENT_SECONDS)
        elif fault.startswith("reset"):
            self.connection.close()
        elif fault == "partial" and call.path.endswith("/batch/read"):
            self._send(Told(207, _partial(told.json)))
        else:
            self._send(told, drips=fault == "drip")

    def _send(self, told: Told, *, drips: bool = False) -> None:
        body = json.dumps(told.json).encode()
        self.send_response(told.status)
        headers = {**told.headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        pieces = [body[start : start + 40] for start in range(0, len(body), 40)] if drips else [body]
        for piece in pieces:
            self.wfile.write(piece)
            if drips:
                self.wfile.flush()
                time.sleep(DRIP_SECONDS / len(pieces))

    def log_message(self, *_):
        """Nothing is written to stderr."""


def _retry_after(fault: str) -> dict[str, str]:
    if fault == "429_seconds":
        return {"Retry-After": "2"}
    return {"Retry-After": format_datetime(datetime.now(tz=UTC) + timedelta(seconds=3), usegmt=True)}


def _partial(body: dict) -> dict:
    """A batch of which nothing could be read this time."""
    error = {"status": "error", "category": "INTERNAL_ERROR", "message": "could not be read", "errors": []}
    return {**body, "results": [], "numErrors": 1, "errors": [error]}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        """Whoever hangs up on us has been killed, or was made to wait too long."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
