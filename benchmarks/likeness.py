"""Measures how well questions are grouped by likeness: `python -m benchmarks.likeness DATA_DIR`.

DATA_DIR holds one folder per question set (passages.jsonl, queries.jsonl). All wordings of a set's entries, mixed, are
sorted into groups in the order they come in, as visitors' questions are, for several thresholds. Printed are the
share of pairs of one entry's wordings that are joined, the share of joined pairs that are of one entry, and the
share of questions in a group most of which is about their entry.
"""

import argparse
import random
from collections import Counter
from itertools import chain
from pathlib import Path

from benchmarks.retrieval_sets import QuestionSet, read_set
from tenants.knowledge import likeness
from tenants.knowledge.builder import build
from tenants.knowledge.index import Entry

SETS = ("stackfaq", "clinc150", "hint3-sofmattress", "banking77")
THRESHOLDS = (0.35, 0.40, 0.45, 0.50, 0.55)
MOST_QUESTIONS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    folder = parser.parse_args().data_dir
    print(f"{'set':<20}{'from':>6}{'pairs joined':>14}{'joined rightly':>16}{'in its group':>14}{'groups':>8}")
    for name in SETS:
        questions = read_set(folder / name, variants=9)
        for threshold in THRESHOLDS:
            likeness.LEAST_ALIKE = threshold
            print(f"{name:<20}{threshold:>6.2f}" + measure(questions))


def measure(questions: QuestionSet) -> str:
    # Visitors ask what isn't known: the words are weighed by an index that knows the topics alone.
    index = build([Entry((), f"{entry.text} {entry.questions[0]}") for entry in questions.entries], language="en")
    asked = wordings_of(questions)
    groups = sort_into_groups(asked, likeness.comparer_for(index, language="en"))
    of_one = sum(map(pairs, Counter(entry for entry, _ in asked).values()))
    counts = [Counter(entry for entry, _ in group) for group in groups]
    rightly = sum(pairs(number) for count in counts for number in count.values())
    joined = sum(pairs(count.total()) for count in counts)
    at_home = sum(max(count.values()) for count in counts)
    return f"{rightly / of_one:>14.2f}{rightly / joined:>16.2f}{at_home / len(asked):>14.2f}{len(groups):>8}"


def wordings_of(questions: QuestionSet) -> list[tuple[str, str]]:
    """(entry, wording), mixed."""
    typed = (
        (key, text) for key, entry in zip(questions.ids, questions.entries, strict=True) for text in entry.questions
    )
    logged = ((min(one.gold), one.text) for one in questions.asked if len(one.gold) == 1)
    found = list(dict.fromkeys(chain(typed, logged)))
    random.Random(3).shuffle(found)
    return found[:MOST_QUESTIONS]


def sort_into_groups(
    asked: list[tuple[str, str]], comparer: likeness.Comparer
) -> list[list[tuple[str, likeness.Worded]]]:
    groups: list[list[tuple[str, likeness.Worded]]] = []
    for entry, text in asked:
        worded = comparer.read(text)
        place = likeness.find_group(worded, [[other for _, other in group] for group in groups])
        if place is None:
            groups.append([])
            place = -1
        groups[place].append((entry, worded))
    return groups


def pairs(number: int) -> int:
    return number * (number - 1) // 2


if __name__ == "__main__":
    main()
