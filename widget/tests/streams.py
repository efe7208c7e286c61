"""Reading an answer as a stream of events, and a model that writes it when a test lets it."""

import json
import threading

from widget.engine.model import ModelReply
from widget.tests.scripted_model import ScriptedModel

STREAM = {"Accept": "text/event-stream"}
SECONDS = 10


class WatchedModel(ScriptedModel):
    """Writes a word whenever the test lets it, and says so when it has been asked."""

    def __init__(self, *replies):
        super().__init__(*replies)
        self.asked = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def complete(self, prompt, *, deadline_seconds, on_delta=None) -> ModelReply:
        def show(text):
            assert self.may_go_on.acquire(timeout=SECONDS)
            on_delta(text)

        self.asked.release()
        reply = super().complete(prompt, deadline_seconds=deadline_seconds, on_delta=show if on_delta else None)
        assert self.may_go_on.acquire(timeout=SECONDS)
        return reply


def ask(door, session_id, text="What are your opening hours?", **more):
    return door.post("message", {"session_id": session_id, "message": text, **more}, headers=STREAM)


def events(body: bytes) -> list[tuple[str, dict]]:
    """Name and data of each event; a comment is ("", {})."""
    found = []
    for block in body.decode().removesuffix("\n\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines.get("event", ""), json.loads(lines.get("data", "{}"))))
    return found


def read(response) -> list[tuple[str, dict]]:
    return events(b"".join(response.streaming_content))
