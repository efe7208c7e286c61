import json
from dataclasses import replace

import pytest

from benchmarks import answers
from benchmarks.retrieval_baselines import PlainBm25
from benchmarks.retrieval_confidence import fit, leave_each_out
from benchmarks.retrieval_figures import Figures, Judged, calibration_error, find_shares, measure
from benchmarks.retrieval_large import enlarge
from benchmarks.retrieval_sets import drop_half, find_sets, read_set, with_variants
from tenants.knowledge.index import Entry

DELIVERY = {
    "id": "a",
    "title": "How long does delivery take?",
    "alts": ["When will my parcel arrive?", "shipping time"],
    "body": "Two to three working days.",
    "lang": "en",
}
RETURNS = {"id": "b", "title": "Can I return a lamp?", "alts": [], "body": "Within 30 days.", "lang": "en"}
ASKED = (
    {"id": "1", "text": "how long is delivery", "gold": ["a"], "history": []},
    {"id": "2", "text": "returning a lamp", "gold": ["b"], "history": []},
    {"id": "3", "text": "do you sell vouchers", "gold": [], "history": []},
    {"id": "4", "text": "and back?", "gold": ["b"], "history": [{"role": "user", "text": "Can I return it?"}]},
)


def write_set(folder, passages=(DELIVERY, RETURNS), queries=ASKED):
    folder.mkdir(parents=True)
    for name, lines in (("passages", passages), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_sets_are_found_at_any_depth(tmp_path):
    write_set(tmp_path / "shop")
    write_set(tmp_path / "more" / "office")
    (tmp_path / "notes").mkdir()

    assert [path.name for path in find_sets(tmp_path)] == ["office", "shop"]
    assert [path.name for path in find_sets(tmp_path / "shop")] == ["shop"]


def test_sets_of_the_same_name_are_told_apart(tmp_path):
    write_set(tmp_path / "one" / "shop")
    write_set(tmp_path / "two" / "shop")

    assert [questions.name for questions in answers.read_sets(tmp_path)] == ["one/shop", "two/shop"]


def test_a_set_is_measured_in_all_its_variations(tmp_path):
    questions = read_set(write_set(tmp_path / "shop"))

    assert [varied.label for varied in answers.variations(questions)] == [
        "shop k0",
        "shop k0 drop",
        "shop k0 typos",
        "shop k9",
        "shop k9 drop",
        "shop k9 typos",
        "shop k9 history",
        "shop k9 history drop",
    ]


def test_variants_are_taken_in_order(tmp_path):
    questions = with_variants(read_set(write_set(tmp_path / "shop")), 1)

    assert questions.entries[0].questions == ("How long does delivery take?", "When will my parcel arrive?")


def test_titles_that_passages_share_are_headings(tmp_path):
    pages = [{"id": str(n), "title": "Opening hours", "alts": [], "body": f"Part {n}.", "lang": "en"} for n in range(2)]

    assert read_set(write_set(tmp_path / "pages", pages)).entries[1] == Entry((), "Opening hours\nPart 1.")


def test_what_dropped_passages_answered_has_no_answer(tmp_path):
    dropped = drop_half(read_set(write_set(tmp_path / "shop")))

    assert len(dropped.ids) == 1
    assert {gold for one in dropped.asked for gold in one.gold} == set(dropped.ids)


def test_a_set_nobody_knows_is_measured_and_has_no_bars_of_its_own(tmp_path, capsys):
    write_set(tmp_path / "shop")

    code = answers.main([str(tmp_path), "--only", "quality"])

    printed = capsys.readouterr().out
    assert "shop k9 typos" in printed
    assert "shop k9: R@1" not in printed
    assert "FAQ sets (2): false answers, mean" in printed
    assert code == 0


def test_a_missed_bar_ends_with_1(tmp_path, capsys):
    hopeless = [{"id": "1", "text": "unheard of", "gold": ["a"], "history": []}]
    write_set(tmp_path / "stackfaq", queries=hopeless)

    assert answers.main([str(tmp_path), "--only", "quality"]) == 1
    assert "MISS stackfaq k0: R@1" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", '{"text": "no id"}\n', "[]\n"])
def test_files_that_are_no_set_end_with_2(tmp_path, capsys, content):
    write_set(tmp_path / "shop")
    (tmp_path / "shop" / "passages.jsonl").write_text(content)

    assert answers.main([str(tmp_path)]) == 2
    assert "shop" in capsys.readouterr().err


def test_a_folder_without_sets_ends_with_2(tmp_path, capsys):
    assert answers.main([str(tmp_path)]) == 2


def test_shares_of_what_was_found():
    found = find_shares([0, 1, 3, None])

    assert (found.first, found.in_three, found.in_five) == (0.25, 0.5, 0.75)
    assert found.reciprocal == (1 + 1 / 2 + 1 / 4) / 4


def test_calibration_error_weighs_both_kinds_of_question_alike():
    right = [Judged(0.65, 0, True, "answer")] * 9
    false = [Judged(0.65, None, False, "answer")]

    assert calibration_error([*right, *false]) == pytest.approx(0.65 - 0.5)


def judged_set(tmp_path, name: str, rights: list[tuple[float, bool]]) -> Figures:
    """Figures of a set whose questions were as likely, and as rightly answered, as this."""
    judged = tuple(Judged(likelihood, 0 if is_right else 3, True, "answer") for likelihood, is_right in rights)
    measured = measure(read_set(write_set(tmp_path / name)))
    return replace(measured, judged=judged)


def test_the_set_on_which_a_likelihood_is_worth_least_decides(tmp_path):
    good = judged_set(tmp_path, "good", [(0.82, True)] * 50)
    bad = judged_set(tmp_path, "bad", [(0.85, False)] * 10 + [(0.95, True)] * 50)

    assert fit([good]) == 0.80
    assert fit([good, bad]) == 0.86


def test_too_few_questions_decide_nothing(tmp_path):
    assert fit([judged_set(tmp_path, "few", [(0.99, False)] * 19)]) == 0.80
    assert fit([judged_set(tmp_path, "many", [(0.99, False)] * 20)]) == 1.0


def test_what_is_fitted_without_a_family_is_tried_on_its_worst_set(tmp_path):
    first = judged_set(tmp_path, "shop-one", [(0.95, True)] * 15 + [(0.95, False)] * 5)
    second = judged_set(tmp_path, "shop-two", [(0.95, True)] * 30)
    other = judged_set(tmp_path, "office", [(0.85, False)] * 10 + [(0.95, True)] * 40)

    office, shop = leave_each_out([first, second, other])

    assert (shop.family, shop.sure_from, shop.label, shop.count, shop.share) == ("shop", 0.86, "shop-one", 20, 0.75)
    assert (office.sure_from, office.share) == (0.96, None)


def test_one_family_alone_can_not_be_left_out(tmp_path):
    assert list(leave_each_out([judged_set(tmp_path, "shop", [(0.95, True)] * 30)])) == []


def test_plain_bm25_prefers_rare_words_and_short_passages():
    search = PlainBm25(["lamp red", "lamp blue", "lamp lamp and a great many other words", "a vase"])

    assert search.find("blue lamp") == [1, 0, 2]


def test_a_large_knowledge_base_keeps_the_real_passages_and_is_the_same_each_time(tmp_path):
    prose = {
        "id": "p",
        "title": "",
        "alts": [],
        "body": "The workshop is in Leipzig. It opens on Saturdays.",
        "lang": "en",
    }
    shop, workshop = read_set(write_set(tmp_path / "shop")), read_set(write_set(tmp_path / "workshop", [prose]))

    large = enlarge([shop, workshop], 20)

    assert len(large.entries) == len(set(large.ids)) == 20
    assert {"shop/a", "shop/b", "workshop/p"} <= set(large.ids)
    assert {gold for one in large.asked for gold in one.gold} == {"shop/a", "shop/b"}
    assert large == enlarge([shop, workshop], 20)
