"""The real client against a local stand-in for Anthropic's API."""

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import anthropic
import pytest

from benchmarks.claude_stand_in import Settings, StandInThread
from widget.engine.claude import ClaudeModel, find_claude
from widget.engine.contracts import Usage
from widget.engine.model import Prompt
from widget.engine.schema import REPLY_SCHEMA
from widget.tests.claude_calls import ANSWER, KEY, ask, ignore, refusal_of
from widget.tests.engine_cast import PROMPT


def test_answer_comes_with_its_usage():
    with StandInThread(Settings(answer=ANSWER)) as stand_in:
        reply = ask(stand_in)

    assert reply.text == ANSWER
    assert reply.stop_reason == "end_turn"
    assert reply.usage == Usage(
        model="claude-haiku-5-5", input_tokens=10, output_tokens=len(ANSWER) // 4, cache_read_tokens=100
    )


def test_one_model_a_key_and_none_without():
    assert find_claude(api_key="", base_url="http://127.0.0.1:1") is None
    assert find_claude(api_key="a", base_url="http://127.0.0.1:1") is find_claude(
        api_key="a", base_url="http://127.0.0.1:1"
    )


def test_content_is_streamed_decoded():
    pieces = []
    with StandInThread(Settings(answer=ANSWER, tokens=len(ANSWER))) as stand_in:
        ask(stand_in, on_delta=pieces.append)

    assert "".join(pieces) == 'Ja, 2€ 😀 "jetzt"'
    assert len(pieces) > 5


@pytest.mark.parametrize("on_delta", [None, ignore])
def test_answer_is_the_same_whole_as_streamed(on_delta):
    with StandInThread(Settings(answer=ANSWER)) as stand_in:
        reply = ask(stand_in, on_delta=on_delta)

    assert (reply.text, reply.stop_reason, reply.usage.output_tokens) == (ANSWER, "end_turn", len(ANSWER) // 4)
    assert stand_in.seen.requests[0].get("stream", False) is (on_delta is not None)


def test_request_caches_the_rules_and_asks_for_the_schema():
    with StandInThread() as stand_in:
        ask(stand_in)

    [sent] = stand_in.seen.requests
    assert sent["system"] == [{"type": "text", "text": PROMPT.rules, "cache_control": {"type": "ephemeral"}}]
    assert sent["messages"] == [{"role": "user", "content": PROMPT.message}]
    assert sent["output_config"] == {"format": {"type": "json_schema", "schema": REPLY_SCHEMA}}
    assert sent["max_tokens"] == 500
    assert sent["thinking"] == {"type": "disabled"}
    assert stand_in.seen.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "max_tokens"),
    [
        ("claude-sonnet-5-5", {"type": "between_tools"}, None, 500),
        ("claude-opus-5-5", None, "low", 1524),
        ("claude-haiku-4-5-20251001", None, None, 500),
        ("claude-of-tomorrow", None, None, 500),
    ],
)
def test_each_model_is_kept_quiet_in_its_own_way(model, thinking, effort, max_tokens):
    with StandInThread() as stand_in:
        ask(stand_in, prompt=Prompt(model=model, max_output_tokens=500, rules="r", message="m", schema=REPLY_SCHEMA))

    [sent] = stand_in.seen.requests
    assert sent.get("thinking") == thinking
    assert sent["output_config"].get("effort") == effort
    assert sent["max_tokens"] == max_tokens


def test_more_calls_at_once_than_a_pool_holds_each_have_a_connection():
    answers = []
    with StandInThread(Settings(answer=ANSWER, seconds=0.3)) as stand_in:
        callers = [threading.Thread(target=lambda: answers.append(ask(stand_in).text)) for _ in range(40)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    assert answers == [ANSWER] * 40


def test_page_of_a_proxy_is_unreachable():
    with StandInThread(Settings(fail="html")) as stand_in:
        assert refusal_of(stand_in).reason == "unreachable"


def test_connections_are_kept_for_the_next_call_and_shared_between_keys():
    with StandInThread(Settings(answer=ANSWER)) as stand_in:
        for key in ("one", "two", "three"):
            ClaudeModel(api_key=key, base_url=stand_in.url).complete(PROMPT, deadline_seconds=5.0)

    assert stand_in.seen.connections == 1
    assert [sent["authorization"] for sent in stand_in.seen.headers] == ["Bearer one", "Bearer two", "Bearer three"]


@pytest.mark.parametrize("fail", ["400", "529", "reset", "truncated"])
def test_neither_error_nor_log_tells_the_key_or_the_words(fail, caplog):
    caplog.set_level(logging.DEBUG)
    secret = Prompt(
        model="claude-haiku-5-5", max_output_tokens=500, rules="house rules", message="my salary", schema=REPLY_SCHEMA
    )
    with StandInThread(Settings(fail=fail)) as stand_in:
        error = refusal_of(stand_in, prompt=secret)

    assert error.__context__ is None
    assert error.__cause__ is None
    for word in (KEY, "salary", "house rules"):
        assert word not in repr(error)
        assert word not in caplog.text


GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys
import time
import gevent
from benchmarks.claude_stand_in import Settings
from widget.tests.claude_calls import ANSWER, KEY, ask, ignore, refusal_of
from widget.tests.engine_cast import PROMPT
from widget.engine.claude import ClaudeModel
from widget.engine.model import ModelUnavailable

def ask(deadline):
    started_at = time.monotonic()
    try:
        ClaudeModel(api_key="k", base_url=sys.argv[1]).complete(PROMPT, deadline_seconds=deadline)
    except ModelUnavailable as error:
        return error.reason, deadline, time.monotonic() - started_at

jobs = [gevent.spawn(ask, deadline) for deadline in [0.2, 0.6] * 10]
gevent.joinall(jobs)
for job in jobs:
    reason, deadline, took = job.value
    assert reason == "timeout", job.value
    assert deadline - 0.05 <= took < deadline + 0.35, job.value
"""


def test_every_greenlet_has_its_own_deadline():
    root = Path(__file__).resolve().parents[2]
    with StandInThread(Settings(fail="drip_pings")) as stand_in:
        run = subprocess.run(
            [sys.executable, "-c", GEVENT, stand_in.url], cwd=root, capture_output=True, text=True, timeout=60
        )

    assert run.returncode == 0, run.stderr


def test_schema_uses_nothing_that_the_api_does_not_know():
    # The package writes what the API lacks into descriptions; here it finds nothing to write.
    transformed = anthropic.transform_schema(REPLY_SCHEMA)

    assert "{" not in json.dumps(sorted(_descriptions(transformed)))
    assert list(transformed["properties"]) == list(REPLY_SCHEMA["properties"])


def _descriptions(schema):
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "description":
                yield value
            else:
                yield from _descriptions(value)
