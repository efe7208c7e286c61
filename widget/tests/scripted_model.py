"""A ChatModel that says what a test tells it to."""

import json
from collections.abc import Callable
from typing import Any

from widget.engine.contracts import Usage
from widget.engine.model import ModelReply, Prompt

ANSWER: dict[str, Any] = {
    "content": "We ship within two days.",
    "sources": [],
    "suggested_actions": [],
    "intent": "information_seeking",
    "confidence": 0.9,
    "is_answered": True,
    "name": "",
    "company": "",
}


def answer(**fields: Any) -> dict[str, Any]:
    """A valid structured reply with some fields replaced."""
    return {**ANSWER, **fields}


class ScriptedModel:
    """Gives its replies in order, the last one for ever, and remembers the `prompts` it got.

    A reply is a dict (sent as JSON), a string (sent as it is), a ModelReply, an exception (raised), or a function of
    the prompt that returns one of these. The content of a dict is streamed word by word; one with nothing but a
    `search` asks for that to be looked up.
    """

    def __init__(self, *replies: Any, input_tokens: int = 100, output_tokens: int = 50) -> None:
        self.prompts: list[Prompt] = []
        self.deadlines: list[float] = []
        self._replies = list(replies or [ANSWER])
        self._tokens = {"input_tokens": input_tokens, "output_tokens": output_tokens}

    @property
    def calls(self) -> int:
        return len(self.prompts)

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        on_delta: Callable[[str], None] | None = None,
    ) -> ModelReply:
        reply = self._replies[min(len(self.prompts), len(self._replies) - 1)]
        self.prompts.append(prompt)
        self.deadlines.append(deadline_seconds)
        if callable(reply) and not isinstance(reply, type):
            reply = reply(prompt)
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, ModelReply):
            return reply
        usage = Usage(model=prompt.model, **self._tokens)
        if isinstance(reply, dict) and reply.keys() == {"search"}:
            return ModelReply(text="", usage=usage, stop_reason="tool_use", search=reply["search"])
        if isinstance(reply, dict) and on_delta:
            for word in str(reply.get("content", "")).split(" "):
                on_delta(word + " ")
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return ModelReply(text=text, usage=usage, stop_reason="end_turn")
