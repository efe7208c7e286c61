"""A chat model that speaks word by word, as fast as a test lets it."""

import threading

from widget.engine.model import ModelReply
from widget.tests.browser.wire import PATIENCE_SECONDS
from widget.tests.scripted_model import ScriptedModel


class PacedModel(ScriptedModel):
    """Streams each word of its answer when it is let; `let(3)` for three, `let_all()` for the rest and ever after."""

    def __init__(self, *replies) -> None:
        super().__init__(*replies)
        self._words = threading.Semaphore(0)
        self._is_free = threading.Event()

    def let(self, words: int) -> None:
        self._words.release(words)

    def let_all(self) -> None:
        self._is_free.set()
        self._words.release(1000)

    def complete(self, prompt, *, deadline_seconds, on_delta=None) -> ModelReply:
        def speak(word: str) -> None:
            if not self._is_free.is_set():
                assert self._words.acquire(timeout=PATIENCE_SECONDS)
            on_delta(word)

        return super().complete(prompt, deadline_seconds=deadline_seconds, on_delta=speak if on_delta else None)
