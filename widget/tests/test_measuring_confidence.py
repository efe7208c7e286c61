"""The command that measures how sure a model may be taken to be."""

import json
import subprocess
import sys

import pytest

from benchmarks.confidence import Answered, fit, main, measure
from widget.engine.confidence import read_curve

# Of a model that claims too much: right in 4 of 10, 7 of 10 and 96 of 100.
BOASTER = [
    *(Answered(0.9, number < 40) for number in range(100)),
    *(Answered(0.95, number < 70) for number in range(100)),
    *(Answered(1.0, number < 96) for number in range(100)),
]


def test_what_was_claimed_becomes_what_was_right():
    assert fit(BOASTER) == ((0.9, 0.402), (0.95, 0.696), (1.0, 0.951))


def test_sure_is_then_what_is_right_four_times_in_five():
    as_stated, calibrated = measure(BOASTER, ((0.0, 0.0), (1.0, 1.0))), measure(BOASTER, fit(BOASTER))

    assert as_stated[:2] == (300, pytest.approx(206 / 300))
    assert calibrated[:2] == (100, 0.96)
    assert calibrated[2] < 0.01 < as_stated[2]


def test_who_is_surer_is_never_taken_to_be_less_sure():
    upside_down = [Answered(0.5, True), Answered(0.5, True), Answered(0.9, False), Answered(0.9, True)]

    curve = fit(upside_down)

    assert read_curve(curve, 0.5) <= read_curve(curve, 0.9)


def test_few_answers_prove_little_and_none_nothing():
    assert fit([Answered(1.0, True)]) == ((1.0, 0.667),)
    assert fit([]) == ()


def test_curve_stays_short():
    answers = [Answered(number / 1000, number % 1000 < number) for number in range(1000)]

    assert len(fit(answers)) <= 8


def write_set(folder, name):
    """Three questions with answers, and one that nothing answers."""
    (folder / name).mkdir()
    topics = ("shipping to Malta", "returning shoes", "opening hours")
    passages = [
        {"id": f"a{n}", "title": f"What about {topic}?", "alts": [], "body": f"All about {topic}.", "lang": "en"}
        for n, topic in enumerate(topics)
    ]
    queries = [
        {"id": f"q{n}", "text": f"Tell me about {topic}", "gold": [f"a{n}"], "history": [], "kind": "", "lang": "en"}
        for n, topic in enumerate(topics)
    ]
    queries.append({**queries[0], "id": "q9", "text": "Who won the cup for shipping?", "gold": []})
    for file, rows in (("passages", passages), ("queries", queries)):
        (folder / name / f"{file}.jsonl").write_text("\n".join(map(json.dumps, rows)))


def test_the_command_measures_a_folder_of_sets(tmp_path):
    for name in ("one", "two"):
        write_set(tmp_path, name)

    command = [sys.executable, "-m", "benchmarks.confidence", str(tmp_path), "--stand-in", "--model", "claude-x"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stderr
    assert 'CONFIDENCE_CURVES={"claude-x": [[0.9, 0.7]]}' in run.stdout


def test_without_a_key_nothing_is_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setattr(sys, "argv", ["confidence", str(tmp_path)])
    write_set(tmp_path, "one")

    assert main() == 2
    assert "ANTHROPIC_API_KEY is not set" in capsys.readouterr().err
