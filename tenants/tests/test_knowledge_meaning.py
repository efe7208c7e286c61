import subprocess
import sys
from dataclasses import replace

import numpy
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import knowledge
from tenants.knowledge import encoding, loading, vectors
from tenants.knowledge.articles import ArticleText, delete_article, save_article
from tenants.knowledge.builder import build
from tenants.knowledge.index import Entry, Thresholds
from tenants.knowledge.probability import probability, zone
from tenants.knowledge.ranking import rank
from tenants.models import KnowledgeVectors, Passage
from tenants.tests.knowledge_cases import SHOP, make_tenant, teach

ENTRIES = (Entry(("How long does delivery take?",), "Two days."), Entry(("Can I return a lamp?",), "Yes."))
MONEY_BACK = "what of my money"
NO_NUMPY = """
import sys, django; django.setup()
from tenants.knowledge import encoding, meaning, searching
sys.exit("numpy" in sys.modules or "onnxruntime" in sys.modules)
"""


@pytest.fixture(autouse=True)
def fresh_cache():
    loading.cache.clear()
    yield
    loading.cache.clear()


@pytest.fixture
def scripted(settings):
    settings.SEMANTIC_ENCODER = "tenants.tests.scripted_encoder.find_encoder"


@pytest.fixture
def acme(db):
    return make_tenant("Acme")


def first(tenant, text: str) -> str:
    found = knowledge.search(tenant, text)
    return found.passages[0].title if found.passages else ""


def units_of(tenant) -> set[tuple[int, int]]:
    return set(vectors.load(bytes(KnowledgeVectors.objects.get(tenant=tenant).blob)).units)


def keys_of(tenant) -> list[int]:
    return [key for key, _ in units_of(tenant)]


def test_a_near_meaning_comes_first_where_words_say_nothing():
    index = build(ENTRIES, language="en")

    assert rank(index, "refund please").passages == ()
    assert [number for number, _ in rank(index, "refund please", cosines=[0.1, 0.6]).passages] == [1, 0]


def test_words_and_meaning_are_added_up():
    index = build(ENTRIES, language="en")

    close = rank(index, "how long does delivery take", cosines=[0.3, 0.4]).passages
    far = rank(index, "delivery", cosines=[0.0, 0.9]).passages

    assert [number for number, _ in close] == [0, 1]
    assert [number for number, _ in far] == [1, 0]


def test_meaning_is_evidence_beside_that_of_words():
    ranked = rank(build(ENTRIES, language="en"), "refund please", cosines=[0.1, 0.6])

    evidence = ranked.evidence
    assert (evidence.has_question, evidence.covered, evidence.has_content) == (True, 0.0, False)
    assert (evidence.nearness, evidence.nearness_lead) == (0.6, 0.5)
    assert probability(replace(evidence, nearness=None)) < 0.01
    assert probability(evidence) == pytest.approx(0.69458, abs=1e-5)


def test_without_a_word_in_common_the_nearest_is_only_suggested():
    evidence = rank(build(ENTRIES, language="en"), "refund please", cosines=[0.0, 0.9]).evidence

    assert probability(evidence) > 0.9
    assert zone(evidence, probability(evidence), Thresholds()) == "suggest"


def test_where_meaning_counts_an_answer_has_to_be_likelier():
    evidence = rank(build(ENTRIES, language="en"), "how long does delivery take", cosines=[0.9, 0.0]).evidence

    assert zone(evidence, 0.76, Thresholds()) == "suggest"
    assert zone(evidence, 0.77, Thresholds()) == "answer"
    assert zone(replace(evidence, nearness=None), 0.76, Thresholds()) == "answer"


def test_meaning_does_not_count_for_prose():
    evidence = rank(build([Entry((), "Founded in Leipzig.")], language="en"), "Leipzig", cosines=[0.9]).evidence

    assert probability(evidence) == probability(replace(evidence, nearness=None))


def test_vectors_are_loaded_as_they_were_stored():
    made = vectors.make([(7, 1), (2**40, 2**63)], numpy.array([[1.0, 0.0], [-0.6, 0.8]], numpy.float32))

    loaded = vectors.load(vectors.dump(made))

    assert loaded.units == [(7, 1), (2**40, 2**63)]
    assert loaded.rows.tolist() == [[127, 0], [-76, 102]]


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: b[:-1] + b"\x01"])
def test_damaged_vectors_are_refused(damage):
    stored = vectors.dump(vectors.make([(7, 1)], numpy.array([[1.0, 0.0]], numpy.float32)))

    with pytest.raises(vectors.VectorsUnreadable):
        vectors.load(damage(stored))


def test_the_nearest_wording_of_a_passage_counts():
    made = vectors.make([(5, 1), (5, 2), (9, 3)], numpy.array([[0, 1], [1, 0], [0, 1]], numpy.float32))

    cosines = vectors.Nearness(made, [9, 5, 100]).cosines(numpy.array([1, 0], numpy.float32))

    assert cosines == pytest.approx([0, 1, 0])


def test_knowledge_is_found_by_its_meaning(acme, scripted):
    teach(acme, *SHOP)
    before = first(acme, MONEY_BACK)

    knowledge.encode(acme.pk)

    assert before != "Can I return a lamp?"
    assert first(acme, MONEY_BACK) == "Can I return a lamp?"


def test_without_the_setting_nothing_is_made_or_asked(acme):
    teach(acme, *SHOP)

    knowledge.encode(acme.pk)

    assert knowledge.encode_stale() == 0
    assert KnowledgeVectors.objects.count() == 0
    with CaptureQueriesContext(connection) as captured:
        knowledge.search(acme, MONEY_BACK)
    assert not [query for query in captured if "knowledgevectors" in query["sql"]]


def test_without_the_setting_the_extra_is_not_imported():
    assert subprocess.run([sys.executable, "-c", NO_NUMPY], check=False).returncode == 0


def test_other_languages_are_searched_by_words_alone(scripted, db):
    german = make_tenant("Lampen", language="de")
    teach(german, *SHOP)

    knowledge.encode(german.pk)

    assert KnowledgeVectors.objects.count() == 0
    assert knowledge.search(german, "Aurora").passages[0].title == "Which bulbs fit the Aurora lamp?"


def test_every_wording_of_a_question_has_a_vector(acme, scripted):
    teach(acme, *SHOP)

    knowledge.encode(acme.pk)

    delivery = Passage.objects.get(question="How long does delivery take?")
    assert keys_of(acme).count(delivery.pk) == 3
    assert set(keys_of(acme)) == set(Passage.objects.for_tenant(acme).values_list("pk", flat=True))


def test_work_that_takes_long_is_done_in_slices(acme, scripted, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(encoding, "SLICE_SECONDS", 0)
    monkeypatch.setattr(encoding, "TEXTS_AT_ONCE", 3)
    teach(acme, *SHOP)

    made, hinted = [], []
    for _ in range(3):
        with django_capture_on_commit_callbacks() as callbacks:
            knowledge.encode(acme.pk)
        made.append(len(keys_of(acme)))
        hinted.append(len(callbacks))

    assert (made, hinted) == ([3, 6, 7], [1, 1, 0])


def test_work_that_is_done_may_be_done_again(acme, scripted):
    teach(acme, *SHOP)
    knowledge.encode(acme.pk)
    units = units_of(acme)

    knowledge.encode(acme.pk)

    assert units_of(acme) == units


def test_an_emptied_knowledge_base_has_no_vectors(acme, scripted):
    article = teach(acme, SHOP[0])[0]
    knowledge.encode(acme.pk)
    delete_article(acme, article_id=article.pk)
    knowledge.rebuild(acme.pk)

    knowledge.encode(acme.pk)

    assert keys_of(acme) == []
    assert knowledge.search(acme, MONEY_BACK).passages == ()


def test_there_is_a_bound_to_what_is_kept(acme, scripted, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(encoding, "MOST_VECTORS", 3)
    monkeypatch.setattr(encoding, "TEXTS_AT_ONCE", 1)
    teach(acme, *SHOP)

    with django_capture_on_commit_callbacks() as callbacks:
        knowledge.encode(acme.pk)
        knowledge.encode(acme.pk)

    assert (len(keys_of(acme)), callbacks) == (3, [])
    assert knowledge.encode_stale() == 0


def test_only_what_changed_is_made_anew(acme, scripted):
    articles = teach(acme, *SHOP)
    knowledge.encode(acme.pk)
    before = set(keys_of(acme))
    save_article(acme, ArticleText(title="Can I return a lamp?", body="No longer."), article_id=articles[1].pk)
    knowledge.rebuild(acme.pk)

    knowledge.encode(acme.pk)

    assert len(before - set(keys_of(acme))) == len(set(keys_of(acme)) - before) == 1
    assert first(acme, MONEY_BACK) == "Can I return a lamp?"


def test_a_wording_added_to_a_passage_is_made_beside_the_others(acme, scripted):
    teach(acme, *SHOP)
    knowledge.encode(acme.pk)
    before = units_of(acme)
    Passage.objects.filter(question="Which bulbs fit the Aurora lamp?").update(variants=["what light does it want"])

    knowledge.encode(acme.pk)

    assert before < units_of(acme)
    assert len(units_of(acme) - before) == 1


def test_what_has_no_vector_yet_is_found_by_its_words(acme, scripted):
    teach(acme, *SHOP)
    knowledge.encode(acme.pk)

    teach(acme, ArticleText(title="Do you repair vases?", body="We do."))

    assert first(acme, "repair a vase") == "Do you repair vases?"


def test_vectors_that_can_not_be_read_are_done_without(acme, scripted):
    teach(acme, *SHOP)
    knowledge.encode(acme.pk)
    KnowledgeVectors.objects.update(blob=b"damaged")

    assert first(acme, "aurora bulbs") == "Which bulbs fit the Aurora lamp?"


def test_one_tenants_vectors_say_nothing_of_anothers(acme, scripted):
    rival = make_tenant("Rival")
    for tenant in (acme, rival):
        teach(tenant, *SHOP)

    knowledge.encode(acme.pk)

    assert first(acme, MONEY_BACK) == "Can I return a lamp?"
    assert first(rival, MONEY_BACK) != "Can I return a lamp?"
    assert not KnowledgeVectors.objects.filter(tenant=rival).exists()


def test_the_sweep_hints_what_is_missing_or_older(acme, scripted, django_capture_on_commit_callbacks):
    teach(acme, SHOP[0])
    knowledge.encode(acme.pk)
    british = make_tenant("British", language="en-gb")
    teach(british, SHOP[0])
    teach(make_tenant("Lampen", language="de"), SHOP[0])
    make_tenant("Empty")

    with django_capture_on_commit_callbacks() as callbacks:
        assert knowledge.encode_stale() == 1

    assert [callback.args[1]["tenant_id"] for callback in callbacks] == [british.pk]
