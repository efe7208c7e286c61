"""Visitors of `make chaos`: each asks, leaves an address and goes; what fails is sent once more until it is taken."""

import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from benchmarks.visitors import ORIGIN, PAGE

PATIENCE_SECONDS = 600
PAUSE_SECONDS = 0.5
SAYS_MORE = 4  # one in so many goes on talking after having left an address: a second note


class Refused(Exception):
    """The API said no for good."""


@dataclass
class Tally:
    """What the API took: how many notes each accepted address must come to, by business."""

    accepted: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    repeated: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Visitor:
    """One browser at one business."""

    def __init__(self, port: int, key: str, number: int, tally: Tally) -> None:
        self.number, self.tally = number, tally
        self._port, self._key = port, key
        self._session = ""

    def run(self) -> None:
        email = f"visitor{self.number}@chaos.example"
        self._start()
        self._ask("What does it cost?", 1)
        self._send("lead", {"email": email, "name": f"Visitor {self.number}"}, key=f"lead-{self.number}")
        notes = 1
        if self.number % SAYS_MORE == 0:
            self._ask("And when will it arrive?", 2)
            notes = 2
        self._send("end", {})
        with self.tally.lock:
            self.tally.accepted[email] = notes

    def _start(self) -> None:
        self._session = self._send("session", {"page": {"url": PAGE}}, is_in_session=False)["session_id"]

    def _ask(self, words: str, turn: int) -> None:
        self._send("message", {"message": words, "client_message_id": f"{self.number}-{turn}"})

    def _send(self, path: str, body: dict, *, key: str = "", is_in_session: bool = True) -> dict:
        """Until it is taken. Raises Refused."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            whole = {**({"session_id": self._session} if is_in_session else {}), **body}
            try:
                return self._request(path, whole, key)
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    raise Refused(f"{path}: {error.code} {error.read()[:200]!r}") from error
            except (OSError, ValueError):
                pass  # the connection broke, or the answer did
            if time.monotonic() > ends:
                raise Refused(f"{path}: not taken within {PATIENCE_SECONDS} s")
            with self.tally.lock:
                self.tally.repeated += 1
            time.sleep(PAUSE_SECONDS)

    def _request(self, path: str, body: dict, key: str) -> dict:
        headers = {
            "Content-Type": "application/json",
            "X-API-Key": self._key,
            "Origin": ORIGIN,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": f"10.1.{self.number >> 8 & 255}.{self.number & 255}",
            **({"Idempotency-Key": key} if key else {}),
        }
        url = f"http://127.0.0.1:{self._port}/api/widget/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.loads(answer.read())


def visit_all(port: int, keys: list[str], *, leads: int, at_once: int) -> tuple[Tally, list[threading.Thread]]:
    """Start so many visitors' threads; the tally fills while they run."""
    tally, numbers, lock = Tally(), iter(range(leads)), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                Visitor(port, keys[number % len(keys)], number, tally).run()
            except Refused as error:
                with tally.lock:
                    tally.refused.append(str(error))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    return tally, threads
