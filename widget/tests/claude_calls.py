"""Calls of the real client to the local stand-in for Anthropic's API."""

import pytest

from widget.engine.claude import ClaudeModel
from widget.engine.model import ModelUnavailable
from widget.tests.engine_cast import PROMPT

KEY = "sk-ant-very-secret"
ANSWER = '{"content": "Ja, 2\\u20ac \\ud83d\\ude00 \\"jetzt\\"", "sources": []}'


def ask(stand_in, *, prompt=PROMPT, deadline_seconds=5.0, on_delta=None, **options):
    """One call whose pauses take no time."""
    options.setdefault("sleep", lambda seconds: None)
    model = ClaudeModel(api_key=KEY, base_url=stand_in.url, **options)
    return model.complete(prompt, deadline_seconds=deadline_seconds, on_delta=on_delta)


def refusal_of(stand_in, **options) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        ask(stand_in, **options)
    return caught.value


def ignore(piece):
    """Somebody watches, so the answer is asked for as a stream."""
