"""Answers that are in the making for as long as a test wants: calls in threads of their own, held within the model."""

import json
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from widget.engine.contracts import Usage
from widget.engine.model import ModelReply
from widget.tests.scripted_model import answer

SECONDS = 20
_current = threading.local()


class Died(BaseException):
    """The end of the process: nobody catches it, and what it was at stays as it is."""


class Flight(threading.Thread):
    """One call that asks the model. It is held there until the test has it answer, or die."""

    def __init__(self, call: Callable[[], object], *, client_id: str, words: str, now: datetime) -> None:
        super().__init__(daemon=True)
        self.client_id = client_id
        self.words = words  # what the model answers
        self.began_at = now
        self.result: object = None
        self.is_asked = threading.Event()
        self._may_go_on = threading.Event()
        self._call = call
        self._dies = False

    @property
    def is_held(self) -> bool:
        return self.is_asked.is_set() and self.is_alive()

    def run(self) -> None:
        _current.flight = self
        try:
            self.result = self._call()
        except (Exception, Died) as error:  # noqa: BLE001 - handed to the test
            self.result = error
        finally:
            connection.close()

    def hold(self) -> None:
        self.is_asked.set()
        assert self._may_go_on.wait(SECONDS)
        if self._dies:
            raise Died

    def land(self, *, dies: bool = False) -> None:
        self._dies = dies
        self._may_go_on.set()
        self.join(SECONDS)
        assert not self.is_alive()


class HeldModel:
    """Says what the flight it is asked in is to say; whoever asks outside of one is answered at once."""

    def complete(self, prompt, *, deadline_seconds, on_delta=None) -> ModelReply:
        flight = getattr(_current, "flight", None)
        if flight is not None:
            flight.hold()
        words = flight.words if flight else "From the worker."
        usage = Usage(model=prompt.model, input_tokens=100, output_tokens=50)
        return ModelReply(text=json.dumps(answer(content=words)), usage=usage, stop_reason="end_turn")
