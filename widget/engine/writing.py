"""Having a model write what nobody waits for: its answer is read with no trust, and paid for in any case."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from widget.engine import pricing
from widget.engine.contracts import Usage
from widget.engine.model import ChatModel, ModelUnavailable, Prompt
from widget.engine.schema import InvalidReply

Content = TypeVar("Content")

ADDRESS = re.compile(r"://|www\.|\b[\w-]+\.(?:com|net|org|io|de|fr|es|it|nl|pl|shop|app)\b|\S@\S", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True)
class Written(Generic[Content]):
    """`content`, or None with a `problem`: a reason of ModelUnavailable, or invalid_reply."""

    content: Content | None
    problem: str = ""
    cost_microusd: int = 0


def write(
    prompt: Prompt, read: Callable[[str], Content], *, model: ChatModel, deadline_seconds: float
) -> Written[Content]:
    """Ask once. `read` makes something of the answer's text, or raises InvalidReply."""
    usage: Usage | None = None
    content, problem = None, ""
    try:
        answer = model.complete(prompt, deadline_seconds=deadline_seconds)
        usage = answer.usage
        content = read(answer.text)
    except ModelUnavailable as error:
        usage, problem = error.usage, error.reason
    except InvalidReply:
        problem = "invalid_reply"
    except Exception:  # noqa: BLE001  what was reserved is settled also where a library breaks its promises
        problem = "unreachable"
    return Written(content=content, problem=problem, cost_microusd=pricing.cost_microusd(usage))


def numbers_in(text: str) -> frozenset[str]:
    """The numbers of a text, such that 1,000 and 1.000 are one."""
    return frozenset(number.replace(",", "").replace(".", "") for number in NUMBER.findall(text))
