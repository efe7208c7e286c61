"""Ways to ask the same: which of them are indexed, and when two are one. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from tenants.knowledge.analysis import WORD, fold

MOST_WRITTEN = 9  # a language, of one article
MOST_USED = 40  # of one article
MOST_IN_ALL = 40_000  # of a tenant: with twice as many a question takes longer than 10 ms to look up


def room_for(questions: int) -> int:
    """How many other ways to ask each of so many questions may have in the index."""
    return min(MOST_USED, MOST_IN_ALL // max(1, questions))


def folded(text: str) -> str:
    """What is left of a wording when case, accents and punctuation are taken away: two that fold alike are one."""
    return " ".join(WORD.findall(fold(text)))


def used_variants(typed: Sequence[str], written: Mapping[str, Sequence[str]], *, most: int) -> tuple[str, ...]:
    """The wordings that are indexed beside the title: all that people typed, then, up to `most`, of each language in
    turn."""
    rows = (wordings[:MOST_WRITTEN] for wordings in written.values())
    in_turn = filter(None, chain.from_iterable(zip_longest(*rows)))
    return (*typed, *unlike(in_turn, besides=typed)[: max(0, most - len(typed))])


def unlike(wordings: Iterable[str], *, besides: Iterable[str] = ()) -> list[str]:
    """Those that say something and repeat neither one another nor any of `besides`, in order."""
    seen = {"", *map(folded, besides)}
    kept = []
    for wording in wordings:
        key = folded(wording)
        if key not in seen:
            seen.add(key)
            kept.append(wording)
    return kept
