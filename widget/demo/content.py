"""What the demo business wrote down, and who came by in its first week: the two files beside this one."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
HELP_PATH = "/demo/help/"


@dataclass(frozen=True, kw_only=True)
class DemoArticle:
    """A question with its answer; `url` is the help page in the demo shop that shows it."""

    title: str
    variants: tuple[str, ...]
    url: str
    category: str
    body: str

    @property
    def slug(self) -> str:
        return self.url.removeprefix(HELP_PATH)


@lru_cache(maxsize=1)
def load_articles() -> tuple[DemoArticle, ...]:
    """All articles, in the order of the file."""
    lines = (HERE / "articles.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(DemoArticle(**{**row, "variants": tuple(row["variants"])}) for row in rows)


def load_conversations() -> list[dict]:
    """A week of conversations, as `conversations.json` holds them: oldest first, times as `days_ago` with a local
    time `at`, or as `minutes_ago`; inside a conversation in seconds after its start."""
    return json.loads((HERE / "conversations.json").read_text("utf-8"))
