import threading
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from caty import testing
from tenants.models import ProactiveRule, Spending
from tenants.services import bump_config
from widget import services
from widget.contracts import Caller, PageMetrics
from widget.engine.model import ModelUnavailable
from widget.models import ProactiveText
from widget.pages import page_key
from widget.services import proactive_texts
from widget.services.thinking import HEALTH
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.scripted_model import ScriptedModel

LATER = NOW + timedelta(seconds=40)
ENGAGED = PageMetrics(time_on_page_ms=30_000, scroll_depth=60)
SHOES = "https://acme.example/shoes"
HOSTS = count(1)
WORDS = "Looking for running shoes? I can help."


def hear(tenant, url="https://acme.example/"):
    """What the rule for close readers says to a new visitor."""
    return VisitorAt(tenant, url=url).track(metrics=ENGAGED, now=LATER).proactive.content


def see_page(tenant, url, visitors, language=""):
    """By browsers of that language, each from an address of its own."""
    for number in range(visitors):
        visitor = VisitorAt(tenant, url=url, caller=Caller(address=f"203.0.113.{next(HOSTS) % 250}"))
        visitor.track(metrics=PageMetrics(page_url=url, page_title="Shoes", page_view_id=f"v{number}"))
        tenant.sessions.filter(public_id=visitor.session_id).update(language=language)


def keep_only(tenant, **columns):
    """One rule, that may speak on every page."""
    tenant.proactive_rules.exclude(trigger_type="high_engagement").delete()
    tenant.proactive_rules.update(**columns)
    bump_config(tenant)
    return tenant.proactive_rules.get()


def write(tenant, now=NOW):
    return proactive_texts.write_texts(tenant_id=tenant.pk, now=now)


def make_text(tenant, url="https://acme.example/", **columns):
    config = VisitorAt(tenant).config
    values = {
        "rule": tenant.proactive_rules.get(trigger_type="high_engagement"),
        "page_key": page_key(url),
        "page_url": url,
        "language": "en",
        "content": "Shall I show you our best seller?",
        "config_version": config.version,
        "knowledge_version": config.knowledge_version,
        "written_at": NOW,
        **columns,
    }
    return ProactiveText.objects.create(tenant=tenant, **values)


def test_written_text_is_used_while_rule_and_knowledge_are_the_same(acme):
    text = make_text(acme)

    assert hear(acme) == "Shall I show you our best seller?"

    ProactiveText.objects.update(knowledge_version=0)
    assert hear(acme) == text.rule.text


@pytest.mark.parametrize("columns", [{"needs_review": True}, {"is_refused": True}, {"language": "de"}])
def test_text_that_waits_was_refused_or_is_in_another_language_is_not_said(acme, columns):
    text = make_text(acme, **columns)

    assert hear(acme) == text.rule.text


def test_texts_are_written_for_pages_several_visitors_saw(acme, scripted):
    model = scripted({"text": WORDS})
    see_page(acme, f"{SHOES}?ref=mail", 3)
    see_page(acme, "https://acme.example/seen-by-two", 2)
    see_page(acme, "https://elsewhere.example/shoes", 3)
    own = acme.proactive_rules.filter(write_with_ai=True).exclude(conditions__kind="page_url").count()

    written, again = write(acme), write(acme)

    assert (written, again, model.calls) == (own, 0, own)
    stored = ProactiveText.objects.values_list("page_url", "content", "language", "needs_review")
    assert set(stored) == {(SHOES, WORDS, "en", False)}
    assert Spending.objects.filter(tenant=acme, reserved_microusd=0, spent_microusd__gt=0).count() == 2


def test_texts_are_written_in_the_languages_several_visitors_speak_but_no_more_than_four(acme, scripted):
    model = scripted({"text": WORDS})
    keep_only(acme)
    for language, visitors in [("de-AT", 2), ("de", 5), ("fr", 6), ("es", 5), ("it", 4), ("pl", 2), ("xx", 3)]:
        see_page(acme, SHOES, visitors, language)

    assert write(acme) == 4

    assert [prompt.rules.partition('the code "')[2][:2] for prompt in model.prompts] == ["en", "de", "fr", "es"]
    assert sorted(ProactiveText.objects.values_list("language", flat=True)) == ["de", "en", "es", "fr"]


def test_text_that_is_not_fit_is_never_shown_and_not_tried_at_once_again(acme, scripted):
    model = scripted({"text": "Go to https://evil.example now"})
    rule = keep_only(acme)
    see_page(acme, "https://acme.example/", 3)
    write(acme)

    assert (write(acme, NOW + timedelta(hours=5)), model.calls) == (0, 1)
    assert hear(acme) == rule.text
    write(acme, NOW + timedelta(hours=7))
    assert model.calls == 2


def test_no_texts_without_money(acme, scripted):
    model = scripted({"text": WORDS})
    see_page(acme, SHOES, 3)
    acme.monthly_budget_microusd = 0
    acme.save()

    assert write(acme) == 0
    assert (model.calls, ProactiveText.objects.count()) == (0, 0)


def test_text_is_written_anew_for_another_version_and_when_it_is_old(acme, scripted):
    scripted({"text": WORDS}, {"text": "Second?"}, {"text": "Third?"})
    keep_only(acme)
    see_page(acme, SHOES, 3)
    write(acme)
    bump_config(acme)
    write(acme)

    early, late = write(acme, NOW + timedelta(days=6)), NOW + timedelta(days=15)
    acme.page_views.update(started_at=late)

    assert (early, ProactiveText.objects.get().content) == (0, "Second?")
    assert write(acme, late) == 1
    assert (ProactiveText.objects.get().content, ProactiveText.objects.get().written_at) == ("Third?", late)


def test_an_old_text_stays_where_no_better_one_came(acme, scripted):
    model = scripted({"text": "Go to https://evil.example now"})
    keep_only(acme)
    see_page(acme, SHOES, 3)
    make_text(acme, SHOES, written_at=NOW - timedelta(days=15))

    write(acme)

    assert hear(acme, SHOES) == "Shall I show you our best seller?"
    assert (write(acme, NOW + timedelta(hours=5)), model.calls) == (0, 1)


def test_rule_whose_time_is_over_costs_nothing(acme, scripted):
    model = scripted({"text": WORDS})
    keep_only(acme, ends_at=NOW)
    see_page(acme, SHOES, 3)

    assert (write(acme), model.calls) == (0, 0)


def test_text_waits_for_a_colleagues_word_where_the_rule_says_so(acme, scripted):
    scripted({"text": WORDS})
    rule = keep_only(acme, review_first=True)
    see_page(acme, SHOES, 3)
    write(acme)
    texts = ProactiveText.objects.for_tenant(acme)

    assert hear(acme, SHOES) == rule.text
    assert (proactive_texts.approve(texts), proactive_texts.approve(texts)) == (1, 0)
    assert hear(acme, SHOES) == WORDS


def test_refused_text_is_not_written_again_at_that_version(acme, scripted):
    model = scripted({"text": WORDS})
    rule = keep_only(acme)
    see_page(acme, SHOES, 3)
    write(acme)
    assert proactive_texts.refuse(ProactiveText.objects.for_tenant(acme)) == 1

    assert (write(acme), model.calls) == (0, 1)
    assert hear(acme, SHOES) == rule.text

    acme.page_views.update(started_at=NOW + timedelta(days=70))
    assert (write(acme, NOW + timedelta(days=70)), model.calls) == (0, 1)
    bump_config(acme)
    assert write(acme, NOW + timedelta(days=70)) == 1
    assert ProactiveText.objects.get().is_refused is False


def test_texts_nobody_has_met_for_long_are_forgotten(acme, rival, scripted):
    scripted({"text": WORDS})
    make_text(acme, "https://acme.example/gone", written_at=NOW - timedelta(days=61))
    make_text(acme, "https://acme.example/there", written_at=NOW - timedelta(days=59))
    make_text(rival, "https://rival.example/gone", written_at=NOW - timedelta(days=61))

    write(acme)

    assert sorted(ProactiveText.objects.values_list("page_url", flat=True)) == [
        "https://acme.example/there",
        "https://rival.example/gone",
    ]


def test_a_model_that_fails_is_asked_once_a_run_and_not_while_it_rests(acme, scripted):
    model = scripted(ModelUnavailable("overloaded"))
    see_page(acme, SHOES, 3)

    assert (write(acme), model.calls) == (0, 1)

    for _ in range(5):
        HEALTH.note_failure(VisitorAt(acme).config.model)
    assert (write(acme), model.calls) == (0, 1)


class HangingModel(ScriptedModel):
    """Answers when the test lets it."""

    def __init__(self, *replies):
        super().__init__(*replies)
        self.was_asked, self.may_answer = threading.Event(), threading.Event()

    def complete(self, prompt, *, deadline_seconds, on_delta=None):
        self.was_asked.set()
        assert self.may_answer.wait(timeout=60)
        return super().complete(prompt, deadline_seconds=deadline_seconds, on_delta=on_delta)


@pytest.mark.django_db(transaction=True)
def test_no_visitor_waits_for_a_model_that_hangs(acme, scripted):
    """The worker has asked it for the very text that a visitor needs; neither call of theirs asks it, or waits."""
    scripted()
    model = testing.SCRIPTED["model"] = HangingModel({"text": WORDS})
    rule = keep_only(acme)
    see_page(acme, SHOES, 3)

    def write_as_the_worker():
        write(acme)
        connection.close()

    worker = threading.Thread(target=write_as_the_worker)
    worker.start()
    try:
        assert model.was_asked.wait(timeout=30)
        visitor = VisitorAt(acme, url=SHOES)
        said = visitor.track(metrics=ENGAGED, now=LATER).proactive
        asked = services.get_proactive(
            tenant=acme,
            config=visitor.config,
            session_id=visitor.session_id,
            trigger_type=rule.trigger_type,
            page_url=SHOES,
            now=LATER,
        )
        assert worker.is_alive()
    finally:
        model.may_answer.set()
        worker.join(timeout=30)

    assert (said.content, asked.message) == (rule.text, said)
    assert model.calls == 1
    assert hear(acme, SHOES) == WORDS


def test_rules_of_another_tenant_are_not_written_for(acme, rival, scripted):
    scripted({"text": WORDS})
    see_page(acme, SHOES, 3)
    see_page(rival, "https://rival.example/", 3)

    write(acme)

    assert set(ProactiveText.objects.values_list("tenant", "rule__tenant")) == {(acme.pk, acme.pk)}
    assert ProactiveRule.objects.for_tenant(rival).filter(written_texts__isnull=False).count() == 0
