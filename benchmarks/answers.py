"""How well questions are answered from a business's own knowledge: `make bench-answers DATA=folder`.

Measures every set of questions in the folder (format: retrieval_sets.py), then search among 100, 2,000 and 20,000
passages made of them, beside plain BM25 and PostgreSQL's full-text search. Exits with 1 where a bar is missed, with 2
where the folder can't be read.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

# Run by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from benchmarks.retrieval_bars import Bar, quality_bars
from benchmarks.retrieval_baselines import find_by_bm25, find_by_full_text_search
from benchmarks.retrieval_confidence import confidence_bars
from benchmarks.retrieval_figures import Figures, Finding, find_place, find_shares, measure
from benchmarks.retrieval_sets import (
    MOST_VARIANTS,
    QuestionSet,
    SetUnreadable,
    drop_half,
    find_sets,
    mistype,
    read_set,
    split_history,
    with_variants,
)
from benchmarks.retrieval_speed import measure_sizes
from benchmarks.site import production_environment, run

PARTS = ("quality", "sizes", "tenants")
POOL_MAX = "6"  # connections of a web process
NAMED = 34


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with a folder for each set of questions")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these alone")
    parser.add_argument("--semantic", action="store_true", help="search English sets by meaning too (optional extra)")
    chosen = parser.parse_args(arguments)
    try:
        sets = read_sets(chosen.folder)
    except SetUnreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with _database() as connection:
        bars = list(_measure(sets, chosen.only, connection, find_meaning() if chosen.semantic else None))
    if "tenants" in chosen.only:
        bars += measure_tenants(chosen.folder)
    print()
    for bar in bars:
        print(bar)
    return 0 if all(bar.is_met for bar in bars) else 1


def read_sets(folder: Path) -> list[QuestionSet]:
    """All sets in the folder. Raises SetUnreadable, also where there is none."""
    folders = find_sets(folder)
    if not folders:
        raise SetUnreadable(f"There is no set of questions in {folder}.")
    names = [path.name for path in folders]
    return [read_set(p, name=p.name if names.count(p.name) == 1 else str(p.relative_to(folder))) for p in folders]


def _database():
    """PostgreSQL for the baseline; None where no server is named."""
    address = os.environ.get("DATABASE_URL")
    return psycopg.connect(address, autocommit=True) if address else nullcontext()


def find_meaning():
    """The optional search by meaning."""
    # Imported here: without the extra it can't be.
    from benchmarks.retrieval_meaning import Meaning

    return Meaning()


def _measure(
    sets: list[QuestionSet], parts: list[str], connection: psycopg.Connection | None, meaning
) -> Iterator[Bar]:
    if "quality" in parts:
        measured = measure_quality(sets, connection, meaning)
        yield from quality_bars(measured)
        yield from confidence_bars(measured)
    if "sizes" in parts:
        yield from measure_sizes([split_history(one)[0] for one in sets], connection)


def measure_tenants(folder: Path) -> Iterator[Bar]:
    """Lets retrieval_tenants.py measure, in a process set up as the web process is; its bars."""
    if not os.environ.get("DATABASE_URL"):
        print("\nWithout a database, search among many businesses can't be measured.")
        return
    environment = production_environment(os.environ, model_url="http://127.0.0.1:1") | {"DB_POOL_MAX": POOL_MAX}
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    program = "import sys, django; django.setup(); from benchmarks import retrieval_tenants; retrieval_tenants."
    with tempfile.NamedTemporaryFile() as plan:
        run(environment, "-c", program + "make(*sys.argv[1:])", str(folder.resolve()), plan.name)
        patched = "from gevent import monkey; monkey.patch_all(); " + program + "main(sys.argv[1])"
        *lines, bars = run(environment, "-c", patched, plan.name).splitlines()
    print("\n".join(lines), flush=True)
    yield from (Bar(*fields) for fields in json.loads(bars))


def measure_quality(sets: list[QuestionSet], connection: psycopg.Connection | None, meaning) -> dict[str, Figures]:
    """Prints what is found and what would be answered for each set; the figures by label."""
    ours = ("R@1", "R@3", "R@5", "MRR", "BM25:", "R@1", "R@5", "MRR", "ts_rank:", "R@1", "R@5", "MRR")
    print(f"{'Found, of the questions with an answer':<{NAMED + 5}}{''.join(f'{name:>9}' for name in ours)}")
    measured = {}
    for questions in (varied for one in sets for varied in variations(one)):
        measured[questions.label] = figures = measure(questions, meaning and meaning.of(questions))
        show_finding(figures, connection)
    show_answering(list(measured.values()))
    return measured


def variations(questions: QuestionSet) -> Iterator[QuestionSet]:
    """The set without and with its variants: as it is, half of its passages gone, mistyped, after what came before."""
    for count in (0, MOST_VARIANTS) if questions.has_variants else (0,):
        alone, followed = split_history(with_variants(questions, count))
        yield from (alone, drop_half(alone), mistype(alone))
    if questions.has_history:
        yield from (followed, drop_half(followed))


def show_finding(figures: Figures, connection: psycopg.Connection | None) -> None:
    """Print a line of what was found, by us and by others."""
    questions = figures.questions
    one = figures.finding
    cells = [f"{share:9.3f}" for share in (one.first, one.in_three, one.in_five, one.reciprocal)]
    cells += _cells_of_other(questions, find_by_bm25(questions))
    if connection is not None:
        cells += _cells_of_other(questions, find_by_full_text_search(questions, connection))
    asked = sum(bool(asked.gold) for asked in questions.asked)
    print(f"{questions.label:<{NAMED}}{asked:>5}{''.join(cells)}", flush=True)


def _cells_of_other(questions: QuestionSet, found: list[list[int]]) -> list[str]:
    numbers = [number for number, one in enumerate(questions.asked) if one.gold]
    shares: Finding = find_shares([find_place(questions, number, found[number]) for number in numbers])
    return [f"{'':9}"] + [f"{share:9.3f}" for share in (shares.first, shares.in_five, shares.reciprocal)]


def show_answering(measured: list[Figures]) -> None:
    """Print a table of what would be said without a model, to the questions with an answer and to the others."""
    names = ("t", "right", "wrong", "suggest", "helped", "refused", "others", "false", "ECE", "sure", "right")
    print(f"\n{'Answered without a model':<{NAMED + 5}}{''.join(f'{name:>9}' for name in names)}")
    for figures in measured:
        one, questions = figures.answering, figures.questions
        shares = (one.threshold, one.right, one.wrong, one.suggested, one.helped, one.refused)
        unanswerable = sum(not asked.gold for asked in questions.asked)
        cells = [f"{share:9.3f}" for share in shares] + [f"{unanswerable:9}"]
        cells += [_cell(one.false), _cell(one.calibration_error), f"{one.sure:9}", _cell(one.sure_right)]
        print(f"{questions.label:<{NAMED}}{len(questions.asked) - unanswerable:>5}{''.join(cells)}")


def _cell(share: float | None) -> str:
    return f"{'-':>9}" if share is None else f"{share:9.3f}"


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
