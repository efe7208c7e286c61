"""Measures retrieval against its bars: `python -m benchmarks.retrieval DATA_DIR`.

DATA_DIR holds one folder per question set (passages.jsonl, queries.jsonl). Ends with status 1 where a bar is missed.
"""

import argparse
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.retrieval_sets import QuestionSet, drop_half, enlarge, mistype, read_set
from tenants.knowledge import serialise
from tenants.knowledge.analysis import Analyzer
from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.index import LexicalIndex, inverse_frequency
from tenants.knowledge.probability import probability, zone
from tenants.knowledge.ranking import rank

TIMED_QUESTIONS = 400


@dataclass(frozen=True)
class Figures:
    """Shares of the answerable questions (found first, among 3, among 5; answered rightly, wrongly) and of the others.

    `calibration_error` weighs both kinds of question alike, as the probabilities were fitted; None without the second.
    """

    name: str
    first: float
    in_three: float
    in_five: float
    threshold: float
    right: float
    wrong: float
    false: float | None
    calibration_error: float | None


@dataclass(frozen=True)
class Bar:
    """What is asked of one figure; `at_most` turns the comparison round."""

    what: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True)
class Speed:
    """Milliseconds per question (50th, 95th percentile; the baseline's 95th), seconds to build and load, megabytes."""

    p50_ms: float
    p95_ms: float
    baseline_p95_ms: float
    build_seconds: float
    load_seconds: float
    blob_mb: float
    memory_mb: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--only-quality", action="store_true", help="leave out the large knowledge bases")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(measure_memory(options.memory_of, read_set(options.data_dir / "stackfaq", variants=0)))
        return 0
    bars = list(quality_bars(options.data_dir))
    if not options.only_quality:
        bars += speed_bars(options.data_dir)
    print()
    for bar in bars:
        sign = "≤" if bar.at_most else "≥"
        print(f"{'ok  ' if bar.is_met else 'MISS'} {bar.what:<48} {bar.value:8.3f} {sign} {bar.limit:g}")
    return 0 if all(bar.is_met for bar in bars) else 1


def quality_bars(folder: Path) -> Iterator[Bar]:
    """Prints a line of figures per set and yields the bars."""
    sets = {name: read_set(folder / name, variants=0) for name in ("stackfaq", "mtrag-cloud", "xquad-de")}
    sets |= {name: read_set(folder / name, variants=9) for name in ("banking77", "clinc150", "hint3-sofmattress")}
    print(f"{'set':<28}{'R@1':>7}{'R@3':>7}{'R@5':>7}{'t':>6}{'right':>7}{'wrong':>7}{'false':>7}{'ECE':>7}")
    plain = {name: show(measure(questions)) for name, questions in sets.items()}
    dropped = {name: show(measure(drop_half(questions))) for name, questions in sets.items()}
    typed = {name: show(measure(mistype(questions))) for name, questions in sets.items()}
    followed = show(measure(sets["mtrag-cloud"], with_history=True))
    unvaried = show(measure(read_set(folder / "banking77", variants=0)))
    yield from ranking_bars(plain, followed, unvaried)
    for name in ("stackfaq", "banking77", "mtrag-cloud", "xquad-de"):
        yield Bar(f"{name}: R@1 lost to typos", plain[name].first - typed[name].first, 0.06, at_most=True)
    yield from refusal_bars(plain, dropped)


def ranking_bars(plain: dict[str, Figures], followed: Figures, unvaried: Figures) -> Iterator[Bar]:
    yield Bar("stackfaq: R@1", plain["stackfaq"].first, 0.74)
    yield Bar("stackfaq: R@5", plain["stackfaq"].in_five, 0.92)
    yield Bar("banking77 k9: R@1", plain["banking77"].first, 0.67)
    yield Bar("banking77 k9: R@5", plain["banking77"].in_five, 0.88)
    yield Bar("banking77: R@1 won by nine variants", plain["banking77"].first - unvaried.first, 0.20)
    yield Bar("clinc150 k9: R@1", plain["clinc150"].first, 0.70)
    yield Bar("hint3-sofmattress k9: R@3", plain["hint3-sofmattress"].in_three, 0.85)
    yield Bar("mtrag-cloud with history: R@5", followed.in_five, 0.85)
    yield Bar("xquad-de: R@1", plain["xquad-de"].first, 0.88)


def refusal_bars(plain: dict[str, Figures], dropped: dict[str, Figures]) -> Iterator[Bar]:
    faq = [plain["clinc150"], plain["hint3-sofmattress"], dropped["stackfaq"], dropped["banking77"]]
    faq += [dropped["clinc150"], dropped["hint3-sofmattress"]]
    chunks = [plain["mtrag-cloud"], dropped["xquad-de"], dropped["mtrag-cloud"]]
    yield Bar("hint3-sofmattress: false answers", plain["hint3-sofmattress"].false, 0.08, at_most=True)
    yield Bar("clinc150: false answers", plain["clinc150"].false, 0.03, at_most=True)
    yield Bar("clinc150: right answers", plain["clinc150"].right, 0.38)
    yield Bar("stackfaq/drop: false answers", dropped["stackfaq"].false, 0.05, at_most=True)
    yield Bar("stackfaq/drop: right answers", dropped["stackfaq"].right, 0.38)
    yield Bar("banking77/drop: false answers", dropped["banking77"].false, 0.16, at_most=True)
    yield Bar("FAQ sets: false answers, mean", _mean(faq, "false"), 0.06, at_most=True)
    yield Bar("FAQ sets: wrong answers, mean", _mean(faq, "wrong"), 0.04, at_most=True)
    yield Bar("chunk sets: wrong answers, mean", _mean(chunks, "wrong"), 0.06, at_most=True)
    yield Bar("FAQ sets: calibration error, mean", _mean(faq, "calibration_error"), 0.10, at_most=True)
    yield Bar("chunk sets: calibration error, mean", _mean(chunks, "calibration_error"), 0.13, at_most=True)


def _mean(figures: list[Figures], name: str) -> float:
    return statistics.fmean(getattr(one, name) for one in figures)


def show(figures: Figures) -> Figures:
    """Prints the figures as a line of the table and hands them on."""
    shares = (figures.first, figures.in_three, figures.in_five)
    rest = (figures.right, figures.wrong, figures.false, figures.calibration_error)
    cells = [f"{share:7.3f}" for share in shares] + [f"{figures.threshold:6.2f}"]
    cells += ["      -" if share is None else f"{share:7.3f}" for share in rest]
    print(f"{figures.name:<28}{''.join(cells)}", flush=True)
    return figures


def built(questions: QuestionSet) -> LexicalIndex:
    """The set's index, calibrated as shipped."""
    index = build(questions.entries, language=questions.language)
    index.thresholds = calibrate(index, questions.entries)
    index.references = range(index.passage_count)
    return index


def measure(questions: QuestionSet, *, with_history: bool = False) -> Figures:
    """Puts every question of the set to its index."""
    index = built(questions)
    ranks: Counter[int] = Counter()
    zones: Counter[tuple[str, str]] = Counter()
    judged: list[tuple[float, bool, bool]] = []
    for one in questions.asked:
        ranked = rank(index, one.text, earlier=one.earlier if with_history else "", limit=5)
        found = [questions.ids[number] for number, _ in ranked.passages]
        place = next((place for place, name in enumerate(found) if name in one.gold), 9)
        likelihood = probability(ranked.evidence) if ranked.evidence else 0.0
        decided = zone(ranked.evidence, likelihood, index.thresholds) if ranked.evidence else "refuse"
        kind = "unanswerable" if not one.gold else "right" if place == 0 else "wrong"
        zones[kind, decided] += 1
        ranks[place] += bool(one.gold)
        judged.append((likelihood, place == 0, bool(one.gold)))
    return _figures(questions, index, ranks, zones, judged, with_history)


def _figures(questions, index, ranks, zones, judged, with_history) -> Figures:
    answerable = sum(ranks.values())
    unanswerable = len(judged) - answerable
    has_questions = any(entry.questions for entry in questions.entries)
    return Figures(
        name=questions.name + (" + history" if with_history else ""),
        first=ranks[0] / answerable,
        in_three=sum(ranks[place] for place in range(3)) / answerable,
        in_five=sum(ranks[place] for place in range(5)) / answerable,
        threshold=index.thresholds.question if has_questions else index.thresholds.chunk,
        right=zones["right", "answer"] / answerable,
        wrong=zones["wrong", "answer"] / answerable,
        false=zones["unanswerable", "answer"] / unanswerable if unanswerable else None,
        calibration_error=_calibration_error(judged) if unanswerable else None,
    )


def _calibration_error(judged: list[tuple[float, bool, bool]]) -> float:
    """Expected calibration error over ten bins; answerable and unanswerable questions weigh half each."""
    totals = Counter(is_answerable for _, _, is_answerable in judged)
    gaps: dict[int, float] = defaultdict(float)
    for likelihood, is_right, is_answerable in judged:
        gaps[min(9, int(likelihood * 10))] += (likelihood - is_right) / (2 * totals[is_answerable])
    return sum(abs(gap) for gap in gaps.values())


def speed_bars(folder: Path) -> list[Bar]:
    """Prints a line per size of knowledge base and gives the bars."""
    small = measure_speed(folder, 2_000)
    large = measure_speed(folder, 20_000)
    return [
        Bar("2,000 passages: p95 ms", small.p95_ms, 5, at_most=True),
        Bar("20,000 passages: p95 ms", large.p95_ms, 20, at_most=True),
        Bar("20,000 passages: p95, times a naive BM25's", large.p95_ms / large.baseline_p95_ms, 0.5, at_most=True),
        Bar("20,000 passages: MB of memory", large.memory_mb, 60, at_most=True),
        Bar("20,000 passages: seconds to build", large.build_seconds, 15, at_most=True),
    ]


def measure_speed(folder: Path, size: int) -> Speed:
    """Builds, stores, loads and asks a knowledge base of `size` passages, and a naive BM25 beside it."""
    questions = enlarge(read_set(folder / "stackfaq", variants=0), read_set(folder / "mtrag-cloud", variants=0), size)
    started = time.perf_counter()
    blob = serialise.dump(built(questions))
    build_seconds = time.perf_counter() - started
    started = time.perf_counter()
    index = serialise.load(blob)
    load_seconds = time.perf_counter() - started
    texts = [one.text for one in questions.asked[:TIMED_QUESTIONS]]
    p50, p95 = _percentiles(lambda text: rank(index, text), texts)
    _, baseline = _percentiles(naive_bm25(questions), texts)
    memory = _memory_in_fresh_process(folder, blob)
    speed = Speed(p50, p95, baseline, build_seconds, load_seconds, len(blob) / 1e6, memory)
    print(f"\n{questions.name}: {len(index.terms):,} terms, {len(index.bodies.ids):,} postings of bodies\n{speed}")
    return speed


def _percentiles(ask: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    took = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        took.append(1000 * (time.perf_counter() - started))
    cuts = statistics.quantiles(took, n=20)
    return cuts[9], cuts[18]


def naive_bm25(questions: QuestionSet) -> Callable[[str], list]:
    """BM25 as anyone would write it first: a dict of lists of pairs over question and body together."""
    analyzer = Analyzer(questions.language)
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    texts = [analyzer.terms(" ".join((*entry.questions, entry.text))) for entry in questions.entries]
    average = statistics.fmean(map(len, texts))
    for number, terms in enumerate(texts):
        for term, count in Counter(terms).items():
            weight = count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(terms) / average))
            postings[term].append((number, weight))
    idf = {term: inverse_frequency(len(row), len(texts)) for term, row in postings.items()}

    def ask(text: str) -> list[tuple[int, float]]:
        scores: dict[int, float] = defaultdict(float)
        for term in analyzer.terms(text):
            for number, weight in postings.get(term, ()):
                scores[number] += idf[term] * weight
        return sorted(scores.items(), key=lambda item: -item[1])[:8]

    return ask


def _memory_in_fresh_process(folder: Path, blob: bytes) -> float:
    with tempfile.NamedTemporaryFile() as file:
        file.write(blob)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.retrieval", str(folder), "--memory-of", file.name]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(path: Path, questions: QuestionSet) -> float:
    """Megabytes this process grew by when it loaded the index and answered from it."""
    blob = path.read_bytes()
    before = _resident_mb()
    index = serialise.load(blob)
    for one in questions.asked[:TIMED_QUESTIONS]:
        rank(index, one.text)
    return round(_resident_mb() - before, 1)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / math.pow(2, 20)


if __name__ == "__main__":
    sys.exit(main())
