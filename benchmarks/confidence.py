"""Measures how often a model is right when it says how sure it is: `make calibrate ARGS=DATA_DIR`.

DATA_DIR holds one folder per question set (passages.jsonl, queries.jsonl). Questions of all sets are put to the model
as visitors' are, with the passages that search finds; an answer is right where the passage it names first answers the
question. What the model says of its certainty is fitted to that (isotonic regression, pool adjacent violators) on all
sets but one and tried on that one, in turn. Prints both, and the line for CONFIDENCE_CURVES fitted on all.

Asks Claude with ANTHROPIC_API_KEY and costs money: it says at most how much first, and goes on with --yes. --stand-in
asks a stand-in that always claims 0.9 and names the passage found first.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claude_stand_in import Settings, StandInThread
from benchmarks.retrieval_sets import Asked, QuestionSet, read_set
from tenants.contracts import Found, FoundPassage
from tenants.knowledge.builder import build
from tenants.knowledge.calibration import calibrate
from tenants.knowledge.index import LexicalIndex
from tenants.knowledge.probability import confidence, probability, zone
from tenants.knowledge.ranking import rank
from widget.engine.catalogue import DEFAULT_MODEL
from widget.engine.claude import ClaudeModel
from widget.engine.confidence import Curve, read_curve
from widget.engine.contracts import ReplyRequest
from widget.engine.reply import estimate_ceiling, generate
from widget.tests.engine_cast import make_config

AS_STATED = ((0.0, 0.0), (1.0, 1.0))
SURE = 0.8
PASSAGES = 8
AT_ONCE = 8
MOST_POINTS = 8


@dataclass(frozen=True)
class Answered:
    """One answer: how sure the model said it was, and whether it was right."""

    stated: float
    is_right: bool


def main() -> int:
    options = _options()
    sets = [read_set(folder, variants=0) for folder in sorted(options.data_dir.iterdir()) if folder.is_dir()]
    requests = {one.name: _requests(one, options.questions, options.model) for one in sets}
    most = sum(estimate_ceiling(request) for rows in requests.values() for request, _ in rows) / 1e6
    with ExitStack() as stack:
        model = _find_model(options, stack)
        if model is None:
            print("ANTHROPIC_API_KEY is not set; --stand-in tries the command without it.", file=sys.stderr)
            return 2
        if not options.stand_in and not options.yes:
            print(f"This asks {sum(map(len, requests.values()))} questions for ${most:.2f} at most: add --yes.")
            return 2
        answers = {name: _ask_all(rows, model) for name, rows in requests.items()}
    return _report(answers, options.model)


def fit(answers: Sequence[Answered]) -> Curve:
    """The share that was right by what was stated, rising: neighbours that fall are pooled (PAVA).

    Each block counts one right and one wrong answer more than it holds (Laplace), so that few say little.
    """
    blocks: list[list[float]] = []  # stated in all, right, count
    for block in _by_statement(answers):
        blocks.append(block)
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    points: dict[float, float] = {}
    for block in _few(blocks):
        share = (block[1] + 1) / (block[2] + 2)
        points[round(block[0] / block[2], 3)] = round(max(share, *points.values(), 0.0), 3)
    return tuple(points.items())


def measure(answers: Sequence[Answered], curve: Curve) -> tuple[int, float | None, float]:
    """How many answers are SURE, which share of them was right, and the expected calibration error of all."""
    told = [(read_curve(curve, one.stated), one.is_right) for one in answers]
    sure = [is_right for sureness, is_right in told if sureness >= SURE]
    gaps: dict[int, float] = {}
    for sureness, is_right in told:
        place = min(9, int(sureness * 10))
        gaps[place] = gaps.get(place, 0.0) + sureness - is_right
    error = sum(map(abs, gaps.values())) / len(told) if told else 0.0
    return len(sure), sum(sure) / len(sure) if sure else None, error


def _report(answers: dict[str, list[Answered]], model: str) -> int:
    """1 where the promise is broken on a set that was held out."""
    print(f"{'held out':<24}{'answers':>8}{'right':>7}   as stated: ≥0.8, right, ECE   calibrated: ≥0.8, right, ECE")
    is_kept = True
    for name, held_out in answers.items():
        curve = fit([one for other, rows in answers.items() if other != name for one in rows])
        right = sum(one.is_right for one in held_out) / max(1, len(held_out))
        before, after = measure(held_out, AS_STATED), measure(held_out, curve)
        is_kept = is_kept and (after[1] is None or after[1] >= SURE)
        print(f"{name:<24}{len(held_out):>8}{right:>7.2f}   {_cells(before)}   {_cells(after)}")
    everything = [one for rows in answers.values() for one in rows]
    print("\nCONFIDENCE_CURVES=" + json.dumps({model: fit(everything)}))
    return 0 if is_kept else 1


def _cells(figures: tuple[int, float | None, float]) -> str:
    count, right, error = figures
    share = "    –" if right is None else f"{right:5.2f}"
    return f"{count:>14} {share} {error:5.2f}"


def _by_statement(answers: Sequence[Answered]) -> list[list[float]]:
    """A block for each certainty that was stated, rising."""
    blocks: dict[float, list[float]] = {}
    for one in answers:
        block = blocks.setdefault(one.stated, [0.0, 0.0, 0.0])
        for place, amount in enumerate((one.stated, float(one.is_right), 1.0)):
            block[place] += amount
    return [blocks[stated] for stated in sorted(blocks)]


def _share(block: Sequence[float]) -> float:
    return block[1] / block[2]


def _few(blocks: list[list[float]]) -> list[list[float]]:
    """At most MOST_POINTS: of all neighbours, those with the fewest answers together are pooled first."""
    blocks = list(blocks)
    while len(blocks) > MOST_POINTS:
        place = min(range(len(blocks) - 1), key=lambda number: blocks[number][2] + blocks[number + 1][2])
        pooled = [a + b for a, b in zip(blocks[place], blocks[place + 1], strict=True)]
        blocks[place : place + 2] = [pooled]
    return blocks


def _requests(questions: QuestionSet, count: int, model: str) -> list[tuple[ReplyRequest, Asked]]:
    """A sample of the set's questions as the study gets them, always the same one."""
    index = build(questions.entries, language=questions.language)
    index.thresholds = calibrate(index, questions.entries)
    sample = random.Random(5).sample(questions.asked, min(count, len(questions.asked)))
    config = make_config(model=model, language=questions.language)
    found = [(_found(questions, index, one), one) for one in sample]
    return [(_request(config, one, passages), one) for passages, one in found]


def _request(config, asked: Asked, found: Found) -> ReplyRequest:
    return ReplyRequest(config=config, message=asked.text, found=found, confidence_curve=AS_STATED)


def _found(questions: QuestionSet, index: LexicalIndex, asked: Asked) -> Found:
    ranked = rank(index, asked.text, limit=PASSAGES)
    if ranked.evidence is None:
        return Found()
    likelihood = probability(ranked.evidence)
    passages = tuple(_passage(questions, number) for number, _ in ranked.passages)
    decided = zone(ranked.evidence, likelihood, index.thresholds)
    return Found(passages=passages, probability=confidence(likelihood), zone=decided)


def _passage(questions: QuestionSet, number: int) -> FoundPassage:
    entry = questions.entries[number]
    question = entry.questions[0] if entry.questions else ""
    return FoundPassage(
        reference=questions.ids[number],
        article_id=number,
        question=question,
        heading="",
        title=question,
        body=entry.text,
        url="",
    )


def _ask_all(rows: list[tuple[ReplyRequest, Asked]], model: ClaudeModel) -> list[Answered]:
    """What the model answered; a question that it left open, or that failed, tells nothing of its certainty."""

    def ask(row: tuple[ReplyRequest, Asked]) -> Answered | None:
        request, asked = row
        reply = generate(request, model=model, deadline_seconds=60.0)
        if reply.answered_by != "ai" or reply.is_unanswered:
            return None
        return Answered(reply.confidence, bool(reply.passages_used) and reply.passages_used[0] in asked.gold)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for one in pool.map(ask, rows) if one is not None]


def _find_model(options: argparse.Namespace, stack: ExitStack) -> ClaudeModel | None:
    if options.stand_in:
        return ClaudeModel(api_key="none", base_url=stack.enter_context(StandInThread(Settings())).url)
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    return ClaudeModel(api_key=key, base_url=os.environ.get("ANTHROPIC_BASE_URL")) if key else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--model", default=os.environ.get("ANTHROPIC_MODEL", DEFAULT_MODEL))
    parser.add_argument("--questions", type=int, default=150, help="of each set")
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--yes", action="store_true", help="spend the money")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
