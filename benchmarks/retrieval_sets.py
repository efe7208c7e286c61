"""Question sets for measuring retrieval: found in a folder, read, mistyped, and with half of their knowledge gone.

A set is a folder with `passages.jsonl` {id, title, alts[], body, lang} and `queries.jsonl` {id, text, gold[],
history[]}: `title` is a question that the passage answers, a heading or nothing, `alts` are further wordings of that
question, `gold` the passages that answer a query (none: nothing does), `history` the turns before it {role, text}.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from tenants.knowledge.index import Entry

MOST_VARIANTS = 9
MOST_SHARED_TITLES = 0.2
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


class SetUnreadable(Exception):
    """A file is not in the format above; its text is the whole message."""


@dataclass(frozen=True)
class Asked:
    """A question; `gold` are the ids of passages that answer it, `earlier` the visitor's turn before."""

    text: str
    gold: frozenset[str]
    earlier: str


@dataclass(frozen=True)
class QuestionSet:
    """A knowledge base and the questions put to it. `variation` says what was done to them."""

    name: str
    variation: str
    language: str
    ids: tuple[str, ...]
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...]

    @property
    def label(self) -> str:
        return f"{self.name} {self.variation}".strip()

    @property
    def family(self) -> str:
        """What sets of one origin have in common: `hint3-sofmattress` and `hint3-curekart` are of `hint3`."""
        return Path(self.name).name.split("-")[0]

    @property
    def has_questions(self) -> bool:
        return any(entry.questions for entry in self.entries)

    @property
    def has_variants(self) -> bool:
        return any(len(entry.questions) > 1 for entry in self.entries)

    @property
    def has_history(self) -> bool:
        return any(one.earlier for one in self.asked)


def find_sets(folder: Path) -> list[Path]:
    """The folders of sets in `folder`, at any depth or itself, in order of their names."""
    found = (path.parent for path in folder.rglob("passages.jsonl"))
    return sorted(path for path in found if (path / "queries.jsonl").is_file())


def read_set(folder: Path, *, name: str = "", variants: int = MOST_VARIANTS) -> QuestionSet:
    """The set in `folder`, with up to so many variants of each question. Raises SetUnreadable."""
    passages = _read_lines(folder / "passages.jsonl")
    queries = _read_lines(folder / "queries.jsonl")
    if not passages or not queries:
        raise SetUnreadable(f"{folder} has no passages or no queries.")
    try:
        ids = tuple(str(passage["id"]) for passage in passages)
        return QuestionSet(
            name=name or folder.name,
            variation="",
            language=passages[0].get("lang") or "en",
            ids=ids,
            entries=_entries(passages, variants),
            asked=tuple(_asked(line, frozenset(ids)) for line in queries),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SetUnreadable(f"{folder}: {type(error).__name__} {error}") from error


def with_variants(questions: QuestionSet, count: int) -> QuestionSet:
    """With so many wordings of each question beside the first: k0 to k9. Prose, without questions, is left as it is."""
    if not questions.has_questions:
        return questions
    entries = tuple(replace(entry, questions=entry.questions[: 1 + count]) for entry in questions.entries)
    return _varied(questions, f"k{count}", entries=entries)


def drop_half(questions: QuestionSet) -> QuestionSet:
    """The same questions put to a random half of the passages: the other half's have no answer now."""
    kept = sorted(random.Random(5).sample(range(len(questions.ids)), max(1, len(questions.ids) // 2)))
    ids = tuple(questions.ids[number] for number in kept)
    asked = tuple(replace(one, gold=one.gold & set(ids)) for one in questions.asked)
    entries = tuple(questions.entries[number] for number in kept)
    return _varied(questions, "drop", ids=ids, entries=entries, asked=asked)


def mistype(questions: QuestionSet) -> QuestionSet:
    """One edit in a quarter of the words of three letters or more."""
    chance = random.Random(7)
    asked = tuple(replace(one, text=_mistyped(one.text, chance)) for one in questions.asked)
    return _varied(questions, "typos", asked=asked)


def split_history(questions: QuestionSet) -> tuple[QuestionSet, QuestionSet]:
    """Each question as if it were the first of its conversation, and as it was asked."""
    alone = replace(questions, asked=tuple(replace(one, earlier="") for one in questions.asked))
    return alone, _varied(questions, "history")


def _varied(questions: QuestionSet, variation: str, **changes) -> QuestionSet:
    return replace(questions, variation=f"{questions.variation} {variation}".strip(), **changes)


def _read_lines(path: Path) -> list[dict]:
    try:
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise SetUnreadable(f"{path}: {error}") from error


def _entries(passages: list[dict], variants: int) -> tuple[Entry, ...]:
    """Titles are questions, unless many passages share theirs: those are headings of pages, and belong to the text."""
    titles = Counter(passage.get("title") for passage in passages if passage.get("title"))
    shared = sum(count for count in titles.values() if count > 1)
    if shared > MOST_SHARED_TITLES * titles.total():
        return tuple(Entry((), f"{passage.get('title') or ''}\n{passage['body']}".strip()) for passage in passages)
    return tuple(Entry(_questions(passage, variants), passage["body"]) for passage in passages)


def _questions(passage: dict, variants: int) -> tuple[str, ...]:
    return tuple(filter(None, [passage.get("title"), *(passage.get("alts") or [])[:variants]]))


def _asked(line: dict, known: frozenset[str]) -> Asked:
    turns = [turn["text"] for turn in line.get("history") or () if turn.get("role") == "user"]
    gold = frozenset(map(str, line.get("gold") or ()))
    return Asked(line["text"], gold & known, turns[-1] if turns else "")


def _mistyped(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    return " ".join(_edited(word, chance) if len(word) > 2 and chance.random() < 0.25 else word for word in words)


def _edited(word: str, chance: random.Random) -> str:
    place, letter = chance.randrange(len(word)), chance.choice(ALPHABET)
    before, at, after = word[:place], word[place], word[place + 1 :]
    swapped = before + after[:1] + at + after[1:]
    return chance.choice([before + after, before + letter + at + after, before + letter + after, swapped])
