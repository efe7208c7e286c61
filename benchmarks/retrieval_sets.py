"""Question sets for measuring retrieval: reading them, mistyping them, and making large knowledge bases of them."""

import json
import random
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from tenants.knowledge.index import Entry

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
WORDS_PER_DISTRACTOR = 180
TAIL_WORDS = 40_000
SYLLABLES = [c + v for c in "bcdfghklmnprstvz" for v in "aeiou"]


@dataclass(frozen=True)
class Asked:
    """A question; `gold` are the ids of passages that answer it, `earlier` the visitor's turn before."""

    text: str
    gold: frozenset[str]
    earlier: str


@dataclass(frozen=True)
class QuestionSet:
    """A knowledge base and the questions put to it. `variants` per entry: 0 to 9 further wordings."""

    name: str
    language: str
    ids: tuple[str, ...]
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...]


def read_set(folder: Path, *, variants: int) -> QuestionSet:
    """The set in `folder`: passages.jsonl and queries.jsonl."""
    passages = _read_lines(folder / "passages.jsonl")
    entries = (Entry(_questions(passage, variants), passage["body"]) for passage in passages)
    return QuestionSet(
        name=f"{folder.name} k{variants}" if passages[0]["title"] else folder.name,
        language=passages[0]["lang"],
        ids=tuple(passage["id"] for passage in passages),
        entries=tuple(entries),
        asked=tuple(_asked(line) for line in _read_lines(folder / "queries.jsonl")),
    )


def drop_half(questions: QuestionSet) -> QuestionSet:
    """The same questions put to a random half of the passages: the other half's have no answer now."""
    kept = sorted(random.Random(5).sample(range(len(questions.ids)), len(questions.ids) // 2))
    ids = tuple(questions.ids[number] for number in kept)
    asked = tuple(replace(one, gold=one.gold & set(ids)) for one in questions.asked)
    entries = tuple(questions.entries[number] for number in kept)
    return replace(questions, name=f"{questions.name}/drop", ids=ids, entries=entries, asked=asked)


def mistype(questions: QuestionSet) -> QuestionSet:
    """One edit in a quarter of the words of three letters or more."""
    chance = random.Random(7)
    asked = tuple(replace(one, text=_mistyped(one.text, chance)) for one in questions.asked)
    return replace(questions, name=f"{questions.name}/typos", asked=asked)


def enlarge(questions: QuestionSet, source: QuestionSet, size: int) -> QuestionSet:
    """Filled up to `size` passages with text that runs on like `source`, 8 % of its words invented.

    The questions of both sets are asked, in turn, every other one with typos.
    """
    chance = random.Random(11)
    pairs = zip(
        questions.asked, mistype(source).asked, mistype(questions).asked[::-1], source.asked[::-1], strict=False
    )
    asked = tuple(one for pair in pairs for one in pair)
    words = [word for entry in source.entries for word in entry.text.split()]
    followers: dict[str, list[str]] = {}
    for word, after in pairwise(words):
        followers.setdefault(word, []).append(after)
    missing = size - len(questions.ids)
    added = tuple(Entry((), _babble(words, followers, chance)) for _ in range(missing))
    ids = questions.ids + tuple(f"distractor-{number}" for number in range(missing))
    entries = questions.entries + added
    return replace(questions, name=f"{size:,} passages", ids=ids, entries=entries, asked=asked)


def _read_lines(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _questions(passage: dict, variants: int) -> tuple[str, ...]:
    return tuple(filter(None, [passage["title"], *passage["alts"][:variants]]))


def _asked(line: dict) -> Asked:
    turns = [turn["text"] for turn in line["history"] if turn["role"] == "user"]
    return Asked(line["text"], frozenset(line["gold"]), turns[-1] if turns else "")


def _mistyped(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    return " ".join(_edited(word, chance) if len(word) > 2 and chance.random() < 0.25 else word for word in words)


def _edited(word: str, chance: random.Random) -> str:
    place, letter = chance.randrange(len(word)), chance.choice(ALPHABET)
    before, at, after = word[:place], word[place], word[place + 1 :]
    swapped = before + after[:1] + at + after[1:]
    return chance.choice([before + after, before + letter + at + after, before + letter + after, swapped])


def _babble(words: list[str], followers: dict[str, list[str]], chance: random.Random) -> str:
    word, text = chance.choice(words), []
    for _ in range(WORDS_PER_DISTRACTOR):
        text.append(_tail_word(chance) if chance.random() < 0.08 else word)
        word = chance.choice(followers.get(word) or words)
    return " ".join(text)


def _tail_word(chance: random.Random) -> str:
    """One of 40,000 invented words; the n-th is about n times rarer than the first."""
    rank = int(TAIL_WORDS ** chance.random())
    return "".join(SYLLABLES[(rank // 80**power + 37 * power) % 80] for power in range(3))
