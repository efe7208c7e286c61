"""Large knowledge bases made of the text of small ones."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from benchmarks.retrieval_sets import Asked, QuestionSet, mistype
from tenants.knowledge.index import Entry

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
SHORTEST_PASSAGE, LONGEST_PASSAGE = 60, 300  # words; real ones outside of it, such as mere labels, are no model
MOST_ASKED = 400
WITH_QUESTION = 0.25
FORMS = 100  # gives 43,000 terms where 18,000 (manuals) to 180,000 (German encyclopaedia) are to be expected


def enlarge(sets: Sequence[QuestionSet], size: int) -> QuestionSet:
    """A knowledge base of `size` passages in the language that most of the sets' passages have.

    First come the real passages of all sets in that language, in random order. The rest is put together of real
    sentences: drawn from all passages of prose until the length of a real passage, drawn likewise, is reached. So
    frequent words are as frequent, and stand as often together, as in real text. A larger collection also has more rare
    words (Heaps' law): a word that stands in the sources only once gets up to a hundred forms, the n-th being n times
    rarer than the first, each the beginning of that word and the end of another. A quarter of the added passages has
    its shortest sentence for a question.

    The questions of the sets are asked in turn, every other one with typos. Those that prose answers have no gold: its
    sentences stand in many passages now.
    """
    language = Counter(chain.from_iterable([one.language] * len(one.ids) for one in sets)).most_common(1)[0][0]
    spoken = [one for one in sets if one.language == language]
    chance = random.Random(11)
    real = [(f"{one.name}/{id_}", entry) for one in spoken for id_, entry in zip(one.ids, one.entries, strict=True)]
    chance.shuffle(real)
    writer = _Writer([entry for _, entry in real], chance)
    made = [(f"made/{number}", writer.passage()) for number in range(size - len(real))]
    ids, entries = zip(*(real + made)[:size], strict=True)
    asked = [_qualified(one) for one in spoken]
    return QuestionSet(f"{size:,} passages", "", language, ids, entries, tuple(_in_turn(asked)[:MOST_ASKED]))


def _qualified(questions: QuestionSet) -> list[Asked]:
    """Every other question mistyped, with gold as the large knowledge base names it."""
    both = zip(questions.asked, mistype(questions).asked, strict=True)
    alternating = [pair[number % 2] for number, pair in enumerate(both)]
    prefix = f"{questions.name}/"
    known = {prefix + id_ for id_, entry in zip(questions.ids, questions.entries, strict=True) if entry.questions}
    return [replace(one, gold=known & {prefix + gold for gold in one.gold}) for one in alternating]


def _in_turn(lists: Iterable[list[Asked]]) -> list[Asked]:
    return [one for turn in zip_longest(*lists) for one in turn if one is not None]


class _Writer:
    """Puts passages together from the sentences of others."""

    def __init__(self, entries: Sequence[Entry], chance: random.Random) -> None:
        self._chance = chance
        prose = [entry for entry in entries if not entry.questions] or list(entries)
        texts = [" ".join((*entry.questions, entry.text)) for entry in prose]
        self._sentences = [sentence for text in texts for sentence in SENTENCE_END.split(text) if sentence.strip()]
        lengths = [len(entry.text.split()) for entry in prose]
        self._lengths = [n for n in lengths if SHORTEST_PASSAGE <= n <= LONGEST_PASSAGE] or [SHORTEST_PASSAGE]
        counts = Counter(word for sentence in self._sentences for word in sentence.split())
        self._rare = [word for word, count in counts.items() if count == 1 and word.isalpha()]
        self._places = {word: place for place, word in enumerate(self._rare)}

    def passage(self) -> Entry:
        length, sentences = self._chance.choice(self._lengths), []
        while sum(map(len, sentences)) < length:
            sentences.append([self._formed(word) for word in self._chance.choice(self._sentences).split()])
        question = " ".join(min(sentences, key=len))
        text = " ".join(chain.from_iterable(sentences))
        return Entry((question,) if self._chance.random() < WITH_QUESTION else (), text)

    def _formed(self, word: str) -> str:
        place = self._places.get(word)
        form = int(FORMS ** self._chance.random()) if place is not None else 1
        if form == 1:
            return word
        other = self._rare[(place + 7919 * form) % len(self._rare)]
        return word[: (len(word) + 1) // 2] + other[len(other) // 2 :]
