"""Open panels and staff pages of one measurement, in a process of their own: a plan as a line of JSON on stdin, reports
as lines of JSON on stdout.

A panel waits for news as panel.js does, and asks again at once. A staff page hears a stream of hints and asks for the
news that each is about, at most once a second, as inbox.js does. Colleagues write replies and visitors write back at a
steady rate; measured is until the words stand in the answer that the other side gets.
"""

import asyncio
import json
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load import Tally, tell
from benchmarks.visitors import Connection, Target, message_request

WAIT_SECONDS = 20  # as panel.js waits
PAUSE_SECONDS = 1.0  # between two questions of a page, as in inbox.js
POLL_SECONDS = 15.0  # of a page that hears its stream
LATE_SECONDS = 20.0  # what has not come by then is lost
TOKEN = "b" * 32  # against requests of other sites, in cookie and header alike


class Delivery:
    """Words on their way from one side to the other."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._sent: dict[str, float] = {}

    def send(self) -> str:
        """New words, which count from now on."""
        words = f"words-{secrets.token_hex(6)}"
        self._sent[words] = time.monotonic()
        return words

    def find(self, text: str) -> None:
        """Those that stand in what has come."""
        for words in [one for one in self._sent if one in text]:
            self.seconds.append(time.monotonic() - self._sent.pop(words))

    @property
    def underway(self) -> int:
        return len(self._sent)


class Staff:
    """What the browser of one colleague sends."""

    def __init__(self, port: int, cookie: str) -> None:
        self._head = [
            f"Host: 127.0.0.1:{port}",
            "X-Forwarded-Proto: https",
            f"Referer: https://127.0.0.1:{port}/admin/inbox/",
            f"Cookie: {cookie}; csrftoken={TOKEN}",
        ]

    def get(self, path: str, **query: object) -> bytes:
        return self._request(f"GET {path}?{urlencode(query)} HTTP/1.1", [])

    def post(self, path: str, **form: str) -> bytes:
        body = urlencode(form).encode()
        kind = ["Content-Type: application/x-www-form-urlencoded", f"X-CSRFToken: {TOKEN}"]
        return self._request(f"POST {path} HTTP/1.1", [*kind, f"Content-Length: {len(body)}"]) + body

    def _request(self, first: str, more: list[str]) -> bytes:
        return "\r\n".join([first, *self._head, *more]).encode() + b"\r\n\r\n"


class Hints(asyncio.Protocol):
    """A stream of hints; `heard` is set by each, and by its end, and `wanted` is what they were about."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.is_open = True
        self.wanted: set[str] = set()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *hints, self._rest = (self._rest + data).split(b"\n\n")
        for hint in hints:
            if b"event: changed" in hint:
                self.wanted.add(json.loads(hint.partition(b"data: ")[2])["what"])
                self.heard.set()

    def connection_lost(self, error) -> None:
        self.is_open = False
        self.heard.set()


class Play:
    def __init__(self, plan: dict) -> None:
        self.target = Target(**plan["target"])
        self.plan = plan
        self.talks = plan["conversations"][: plan["panels"]]
        self.staff = [Staff(self.target.port, cookie) for cookie in plan["cookies"]]
        self.tally = Tally()
        self.replies, self.words = Delivery(), Delivery()
        self.free: list[Connection] = []
        self.news = 0

    async def carry_out(self) -> None:
        pause = self.plan["ramp_seconds"] / max(1, len(self.talks))
        panels = [asyncio.create_task(self._panel(number, number * pause)) for number in range(len(self.talks))]
        pages = [asyncio.create_task(self._page(number, number * pause)) for number in range(self.plan["pages"])]
        await asyncio.sleep(self.plan["ramp_seconds"] + 2)
        tell(event="open")
        await asyncio.gather(self._steadily(self._reply), self._steadily(self._write))
        await self._await_late_ones()
        for task in (*panels, *pages):
            if task.done() and task.exception():
                self.tally.errors[f"{type(task.exception()).__name__} of a page"] += 1
            task.cancel()
        self._report()

    def _report(self) -> None:
        for name, delivery in (("reply", self.replies), ("visitor's words", self.words)):
            if delivery.underway:
                self.tally.errors[f"{name} not delivered"] = delivery.underway
        self.tally.report(replies=self.replies.seconds, words=self.words.seconds, news=self.news)

    async def _await_late_ones(self) -> None:
        deadline = time.monotonic() + LATE_SECONDS
        while (self.replies.underway or self.words.underway) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)

    async def _panel(self, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        talk = self.talks[number]
        after, shown = talk["sequence"], {}
        connection = await Connection.open(self.target.port)
        while True:
            body = {"session_id": talk["session_id"], "after": after, "limit": 100, "wait": WAIT_SECONDS, **shown}
            request = self.target.request("/api/widget/messages", body, visitor=number)
            connection, answer = await self._ask(connection, request)
            if answer is not None:
                told = json.loads(answer)
                found = told["messages"]
                person = (told["person"] or {}).get("name", "")
                shown = {"mode": told["mode"], "typing": told["is_typing"], "person": person}
                after = max([after, *(one["sequence"] for one in found)])
                self.replies.find(" ".join(one["content"] for one in found if one["role"] == "staff"))

    async def _page(self, number: int, delay: float) -> None:
        await asyncio.sleep(delay)
        talk, plan = self.talks[number], self.plan
        staff = self.staff[talk["colleague"]]
        hints = await self._listen(staff, talk)
        connection = await Connection.open(self.target.port)
        seen = {"tab": "mine", "page": 1, "open": talk["reference"], "after": talk["sequence"], "note": 0}
        whole_at = 0.0
        while True:
            hints.heard.clear()
            wanted, hints.wanted = hints.wanted, set()
            is_whole = len(wanted) != 1 or time.monotonic() - whole_at > POLL_SECONDS
            whole_at = time.monotonic() if is_whole else whole_at
            half = {} if is_whole else {"what": wanted.pop()}
            connection, answer = await self._ask(connection, staff.get(plan["news"], **seen, **half))
            if answer is not None:
                self.news += 1
                told = json.loads(answer)
                self.words.find(told.get("lines", ""))
                seen |= {name: told[name]["mark"] for name in ("tabs", "rows", "head") if name in told}
                seen |= {"after": told.get("last", seen["after"]), "note": told.get("last_note", seen["note"])}
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                async with asyncio.timeout(POLL_SECONDS - PAUSE_SECONDS):
                    await hints.heard.wait()
            except TimeoutError:
                pass
            if not hints.is_open:
                hints = await self._listen(staff, talk)

    async def _listen(self, staff: Staff, talk: dict) -> Hints:
        loop = asyncio.get_running_loop()
        transport, hints = await loop.create_connection(Hints, "127.0.0.1", self.target.port)
        transport.write(staff.get(self.plan["stream"], tab="mine", open=talk["reference"]))
        return hints

    async def _ask(self, connection: Connection, request: bytes) -> tuple[Connection, bytes | None]:
        if not connection.is_open:
            connection = await Connection.open(self.target.port)
        answer = await self.tally.count(connection, request)
        if answer is None or answer.status != 200:
            await asyncio.sleep(1)  # counted as an error; asked again like a browser would
            return connection, None
        return connection, answer.body

    async def _steadily(self, act) -> None:
        """So many a second, whether or not those before have been answered; the last are waited for."""
        loop, acts = asyncio.get_running_loop(), []
        began = loop.time()
        for number in range(round(self.plan["per_second"] * self.plan["seconds"])):
            await asyncio.sleep(max(0.0, began + number / self.plan["per_second"] - loop.time()))
            acts.append(asyncio.create_task(self._on_free_connection(act, number)))
        await asyncio.gather(*acts)

    async def _on_free_connection(self, act, number: int) -> None:
        usable = [one for one in self.free if one.is_open]
        connection = usable.pop() if usable else await Connection.open(self.target.port)
        self.free = usable
        await self.tally.count(connection, act(number))
        self.free.append(connection)

    def _reply(self, number: int) -> bytes:
        """A colleague's, to every panel in turn."""
        talk = self.talks[number * 7 % len(self.talks)]
        path = self.plan["act"].replace("REFERENCE", talk["reference"])
        return self.staff[talk["colleague"]].post(path, text=self.replies.send(), client_id=secrets.token_hex(12))

    def _write(self, number: int) -> bytes:
        """A visitor's whose conversation is open on a page."""
        talk = self.talks[number % self.plan["pages"]]
        return message_request(self.target, talk["session_id"], self.words.send())


if __name__ == "__main__":
    asyncio.run(Play(json.loads(sys.stdin.readline())).carry_out())
