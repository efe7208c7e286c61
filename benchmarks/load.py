"""The visitors of one measurement, in a process of their own: a plan as a line of JSON on stdin, reports on stdout.

    {"kind": "loop", "target": {"port": 8000, "api_key": "caty_…"}, "name": "config", "connections": 8, "seconds": 2}

Each report is a line of JSON too. The last one has the time of every answer and the processor time spent here.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.streams import StreamConnection, stream_request
from benchmarks.visitors import Answer, Broken, Connection, Target, message_request, request_for

MOST_CONNECTIONS = 64


class Tally:
    """What came back: seconds of each good answer, and how often what went wrong."""

    def __init__(self) -> None:
        self.durations: list[float] = []
        self.errors: Counter = Counter()
        self.in_flight = 0
        self.most_in_flight = 0

    async def count(self, connection: Connection, request: bytes, *, is_chat: bool = False) -> Answer | None:
        """Ask and count the answer; None where there was none."""
        answer = None
        with self.underway():
            answer = await connection.ask(request)
        if answer is None:
            return None
        problem = _problem(answer, is_chat=is_chat)
        if problem:
            self.errors[problem] += 1
        else:
            self.durations.append(answer.seconds)
        return answer

    @contextmanager
    def underway(self) -> Iterator[None]:
        """Count what goes on in the block, and what goes wrong with its connection."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        except (Broken, TimeoutError, OSError) as error:
            self.errors[type(error).__name__] += 1
        finally:
            self.in_flight -= 1

    def report(self, **more) -> None:
        tell(
            durations=[round(seconds, 5) for seconds in self.durations],
            errors=dict(self.errors),
            most_in_flight=self.most_in_flight,
            client_cpu_seconds=time.process_time(),
            **more,
        )


def _problem(answer: Answer, *, is_chat: bool) -> str:
    """Why an answer doesn't count; a chat must have been answered by the model, not from knowledge alone."""
    if answer.status != 200:
        return f"status {answer.status}"
    if is_chat:
        answered_by = json.loads(answer.body)["response"]["answered_by"]
        return "" if answered_by == "ai" else f"answered by {answered_by}"
    return ""


def tell(**report) -> None:
    print(json.dumps(report), flush=True)


async def run_sessions(target: Target, plan: dict) -> None:
    """Open `count` conversations and report their ids."""
    tally, found = Tally(), []

    async def open_some(count: int) -> None:
        connection = await Connection.open(target.port)
        for _ in range(count):
            answer = await tally.count(connection, request_for(target, "session", []))
            if answer is not None and answer.status == 200:
                found.append(json.loads(answer.body)["session_id"])
        connection.close()

    share = -(-plan["count"] // 16)
    await asyncio.gather(*(open_some(share) for _ in range(16)))
    tally.report(sessions=found[: plan["count"]])


async def run_chats(target: Target, plan: dict) -> None:
    """Hold a chat in every session. They begin evenly over `ramp_seconds`; with `again` each goes on asking.

    "held" is reported when all have begun. The end of stdin lets nobody ask again.
    """
    tally, sessions, stopped = Tally(), plan["sessions"], asyncio.Event()
    pause = plan["ramp_seconds"] / len(sessions)

    async def chat(place: int) -> None:
        await asyncio.sleep(place * pause)
        connection = await Connection.open(target.port)
        while True:
            if not connection.is_open:
                connection = await Connection.open(target.port)
            await tally.count(connection, message_request(target, sessions[place], plan.get("words", "")), is_chat=True)
            if stopped.is_set() or not plan.get("again"):
                break
        connection.close()

    chats = [asyncio.create_task(chat(place)) for place in range(len(sessions))]
    watcher = asyncio.create_task(_wait_for_end_of_stdin(stopped))
    await asyncio.sleep(plan["ramp_seconds"])
    tell(event="held", in_flight=tally.in_flight)
    await asyncio.gather(*chats)
    watcher.cancel()
    tally.report()


async def _wait_for_end_of_stdin(stopped: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stopped.set()


async def run_streams(target: Target, plan: dict) -> None:
    """Read one answer as a stream in every session. They begin evenly over `ramp_seconds`; then "held" is reported."""
    tally, sessions, firsts, passed_on = Tally(), plan["sessions"], [], []
    pause = plan["ramp_seconds"] / len(sessions)

    async def stream(place: int) -> None:
        await asyncio.sleep(place * pause)
        with tally.underway():
            streamed = await StreamConnection.read(target, stream_request(target, sessions[place]))
            tally.durations.append(streamed.whole)
            firsts.append(round(streamed.first, 5))
            passed_on.append(round(streamed.passed_on, 5))

    streams = [asyncio.create_task(stream(place)) for place in range(len(sessions))]
    await asyncio.sleep(plan["ramp_seconds"])
    tell(event="held", in_flight=tally.in_flight)
    await asyncio.gather(*streams)
    tally.report(firsts=firsts, passed_on=passed_on)


async def run_leavers(target: Target, plan: dict) -> None:
    """Send a message in every session and leave after `leave_after` seconds; with `streams` in the middle of one."""
    ask = stream_request if plan.get("streams") else message_request

    async def leave(session: str) -> None:
        connection = await Connection.open(target.port)
        connection.transport.write(ask(target, session))
        await asyncio.sleep(plan["leave_after"])
        connection.close()

    await asyncio.gather(*(leave(session) for session in plan["sessions"]))
    Tally().report()


async def run_loop(target: Target, plan: dict) -> None:
    """Ask for `seconds` as fast as answers come, on so many `connections`."""
    tally, loop = Tally(), asyncio.get_running_loop()
    began = loop.time()

    async def ask_again_and_again() -> None:
        connection = await Connection.open(target.port)
        while loop.time() < began + plan["seconds"]:
            if not connection.is_open:
                connection = await Connection.open(target.port)
            await tally.count(connection, request_for(target, plan["name"], plan.get("sessions", [])))
        connection.close()

    await asyncio.gather(*(ask_again_and_again() for _ in range(plan["connections"])))
    tally.report(seconds=loop.time() - began)


async def run_rate(target: Target, plan: dict) -> None:
    """Ask `per_second` times a second for `seconds`, whether or not answers come; on connections that are free."""
    tally, free, loop = Tally(), [], asyncio.get_running_loop()
    began = loop.time()

    async def ask() -> None:
        usable = [connection for connection in free if connection.is_open]
        free[:] = usable[:-1]
        connection = usable[-1] if usable else await Connection.open(target.port)
        await tally.count(connection, request_for(target, plan["name"], plan.get("sessions", [])))
        if len(free) < MOST_CONNECTIONS:
            free.append(connection)

    asked = []
    for number in range(round(plan["per_second"] * plan["seconds"])):
        await asyncio.sleep(max(0.0, began + number / plan["per_second"] - loop.time()))
        asked.append(asyncio.create_task(ask()))
    await asyncio.gather(*asked)
    tally.report(seconds=loop.time() - began)


KINDS = {
    "sessions": run_sessions,
    "chats": run_chats,
    "streams": run_streams,
    "leavers": run_leavers,
    "loop": run_loop,
    "rate": run_rate,
}

if __name__ == "__main__":
    chosen = json.loads(sys.stdin.readline())
    asyncio.run(KINDS[chosen["kind"]](Target(**chosen["target"]), chosen))
