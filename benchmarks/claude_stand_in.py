"""A local stand-in for Anthropic's Messages API, for benchmarks and tests: JSON or a stream, slow or failing at will.

    python benchmarks/claude_stand_in.py --port 4411 --seconds 10

Settings come from the command line or STAND_IN_SECONDS and so on. Single calls differ by the path in ANTHROPIC_BASE_URL
(`http://127.0.0.1:4411/seconds=2/fail=529`), by the model's name (`stand-in-fail-529`) or by a mark in the visitor's
words (`[[fail=529]]`). Standard library only; one process holds thousands of streams.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import threading
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

# Also run by its path, from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.stand_in_answers import visitor_words
from benchmarks.stand_in_call import FAILURES, Call, Settings

_SETTING = re.compile(r"(seconds|first|tokens|fail|retry_after|times|stamp)=([\w.-]+)")
_MARK = re.compile(r"\[\[([^\]]*)\]\]")
_MODEL_FAILURE = re.compile(r"fail-([a-z0-9_]+)$")


@dataclass
class Seen:
    """What the stand-in was asked last, for tests."""

    requests: deque[dict] = field(default_factory=lambda: deque(maxlen=100))
    headers: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=100))
    connections: int = 0
    failures: Counter = field(default_factory=Counter)


class StandIn:
    """The server. `settings` may be exchanged between calls."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.seen = Seen()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._hold_connection, host, port, backlog=4096)

    async def _hold_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server stops
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request_line = await reader.readline()
        if not request_line:
            return False
        headers: dict[str, str] = {}
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        self.seen.requests.append(body)
        self.seen.headers.append(headers)
        settings = self._settings_for(request_line.split()[1].decode(), body)
        return await Call(settings, body, writer).run()

    def _settings_for(self, path: str, body: dict) -> Settings:
        words = visitor_words(body)
        chosen = dict(_SETTING.findall(path))
        for mark in _MARK.findall(words):
            chosen.update(_SETTING.findall(mark))
        by_model = _MODEL_FAILURE.search(str(body.get("model", "")))
        if by_model:
            chosen["fail"] = by_model.group(1)
        kinds = {
            "seconds": float,
            "first": float,
            "tokens": int,
            "times": int,
            "stamp": int,
            "fail": str,
            "retry_after": str,
        }
        settings = replace(self.settings, **{name: kinds[name](value) for name, value in chosen.items()})
        if settings.fail and settings.times:
            self.seen.failures[settings.fail] += 1
            if self.seen.failures[settings.fail] > settings.times:
                return replace(settings, fail="")
        return settings


class StandInThread:
    """A stand-in on a free port of the loopback, in a thread of this process.

    with StandInThread(Settings(fail="529")) as stand_in: ClaudeModel(api_key="k", base_url=stand_in.url)
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.server = StandIn(settings or Settings())
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def seen(self) -> Seen:
        return self.server.seen

    def __enter__(self) -> "StandInThread":
        self._thread.start()
        self._is_up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self.server.serve("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._is_up.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment = os.environ.get
    parser.add_argument("--host", default=environment("STAND_IN_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(environment("STAND_IN_PORT", "4411")))
    parser.add_argument("--seconds", type=float, default=float(environment("STAND_IN_SECONDS", "2")))
    parser.add_argument("--first", type=float, default=float(environment("STAND_IN_FIRST", "0.3")))
    parser.add_argument("--tokens", type=int, default=int(environment("STAND_IN_TOKENS", "20")))
    parser.add_argument("--fail", choices=("", *FAILURES), default=environment("STAND_IN_FAIL", ""))
    parser.add_argument("--retry-after", default=environment("STAND_IN_RETRY_AFTER", ""))
    parser.add_argument("--times", type=int, default=int(environment("STAND_IN_TIMES", "0")))
    return parser.parse_args()


async def _serve_for_ever(arguments: argparse.Namespace) -> None:
    chosen = vars(arguments)
    host, port = chosen.pop("host"), chosen.pop("port")
    server = await StandIn(Settings(**chosen)).serve(host, port)
    print(f"Claude stand-in on http://{host}:{port}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_for_ever(_parse_arguments()))
