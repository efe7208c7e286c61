from datetime import timedelta

import pytest

from tenants.models import Behavior, ProactiveRule, Spending
from tenants.services import bump_config
from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import PageView, ProactiveShowing, ProactiveText
from widget.pages import page_key
from widget.services import proactive_texts
from widget.tests.conftest import NOW, PHONE, VisitorAt

LATER = NOW + timedelta(seconds=40)
ENGAGED = PageMetrics(time_on_page_ms=30_000, scroll_depth=60)


def ask(visitor, trigger_type="high_engagement", now=LATER, page_url=""):
    return services.get_proactive(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        trigger_type=trigger_type,
        page_url=page_url,
        now=now,
    )


def test_track_announces_and_proactive_gives_the_same_message(visitor):
    announced = visitor.track(metrics=ENGAGED, now=LATER).proactive

    answer = ask(visitor)

    assert announced.trigger_type == "high_engagement"
    rule = ProactiveRule.objects.get(tenant=visitor.tenant, trigger_type="high_engagement")
    assert answer.message == announced
    assert announced.content == rule.text
    assert [action.action for action in announced.suggested_actions] == ["message", "dismiss"]
    assert ask(visitor, now=LATER + timedelta(minutes=5)).message == announced
    assert visitor.session.proactive_count == 1


def test_each_rule_speaks_once_a_session(visitor):
    visitor.track(metrics=ENGAGED, now=LATER)

    again = visitor.track(metrics=ENGAGED, now=LATER + timedelta(minutes=5))

    assert again.proactive is None
    assert ProactiveShowing.objects.count() == 1


def test_nothing_is_announced_or_used_up_while_the_chat_is_open(visitor):
    beside_the_chat = visitor.track(metrics=ENGAGED, is_chat_open=True, now=LATER)

    assert beside_the_chat.proactive is None
    assert beside_the_chat.engagement_score > 0
    assert ProactiveShowing.objects.count() == 0
    assert (visitor.session.proactive_count, visitor.session.proactive_at) == (0, None)
    assert not visitor.session.messages.exists()
    assert visitor.track(now=LATER + timedelta(seconds=1)).proactive.trigger_type == "high_engagement"


def test_neither_call_asks_a_model(visitor, scripted):
    model = scripted()

    assert visitor.track(metrics=ENGAGED, now=LATER).proactive
    assert ask(visitor).message

    assert model.calls == 0


def test_prices_and_a_second_visit_make_it_speak(acme, visitor):
    prices = PageMetrics(page_url="https://acme.example/Pricing?plan=2")
    services.end_session(tenant=acme, session_id=visitor.session_id, now=NOW)
    visitor.started = visitor.start(visitor_id=visitor.started.visitor_id)

    first = visitor.track(metrics=prices, now=LATER).proactive
    second = visitor.track(now=LATER + timedelta(seconds=30)).proactive

    assert (first.trigger_type, second.trigger_type) == ("pricing_page", "return_visitor")


def test_a_rule_of_the_tenants_own_speaks(acme, visitor):
    acme.proactive_rules.create(trigger_type="big_basket", name="Big basket", text="Free delivery!", min_engagement=30)
    bump_config(acme)

    said = visitor.track(metrics=PageMetrics(scroll_depth=100), now=LATER).proactive

    assert (said.trigger_type, said.content) == ("big_basket", "Free delivery!")


def test_exit_intent_is_told_by_an_event(visitor):
    result = visitor.track(TrackedEvent(type="exit_intent"), now=LATER)

    assert result.proactive.trigger_type == "exit_intent"


def test_who_is_about_to_leave_is_offered_the_form_where_the_business_wants_it(visitor):
    Behavior.objects.filter(tenant=visitor.tenant).update(lead_ask_on_exit=True)
    bump_config(visitor.tenant)

    said = visitor.track(TrackedEvent(type="exit_intent"), now=LATER).proactive

    assert [action.action for action in said.suggested_actions] == ["lead_form", "message", "dismiss"]


@pytest.mark.parametrize(
    ("data", "speaks"), [(None, True), ({"idle_seconds": 15}, True), ({"idle_seconds": 3}, False), ("x", True)]
)
def test_abandoned_form_is_told_by_an_event(visitor, data, speaks):
    result = visitor.track(TrackedEvent(type="form_abandonment", data=data), now=LATER)

    assert (result.proactive is not None) == speaks


def test_nothing_is_said_before_the_delay_and_within_the_cooldown(visitor):
    assert ask(visitor, now=NOW + timedelta(seconds=4)).reason == "delay"
    assert ask(visitor).message is not None
    assert ask(visitor, "exit_intent", now=LATER + timedelta(seconds=29)).reason == "cooldown"
    assert ask(visitor, "exit_intent", now=LATER + timedelta(seconds=30)).message is not None


def test_at_most_three_a_session(visitor):
    for number, trigger in enumerate(["high_engagement", "exit_intent", "form_abandonment"]):
        assert ask(visitor, trigger, now=LATER + number * timedelta(minutes=1)).message

    assert ask(visitor, "pricing_page", LATER + timedelta(minutes=5), "https://acme.example/pricing").reason == "cap"


def test_unknown_trigger_says_so(visitor):
    assert ask(visitor, "no_such_rule").reason == "unknown_trigger"
    assert ProactiveShowing.objects.count() == 0


def dismiss(visitor, message):
    services.dismiss_proactive(
        tenant=visitor.tenant, session_id=visitor.session_id, message_id=message.message_id, now=LATER
    )


def test_dismissed_message_is_not_given_again(visitor):
    dismiss(visitor, ask(visitor).message)

    assert ask(visitor).reason == "dismissed"


def test_only_own_messages_can_be_dismissed(visitor, acme):
    other = VisitorAt(acme)
    message = ask(visitor).message

    with pytest.raises(services.ProactiveNotFound):
        services.dismiss_proactive(tenant=acme, session_id=other.session_id, message_id=message.message_id, now=LATER)

    assert ProactiveShowing.objects.get().dismissed_at is None


def test_phones_are_left_alone_where_the_tenant_says_so(acme):
    acme.behavior.proactive_mobile_enabled = False
    acme.behavior.save()
    phone = VisitorAt(acme, user_agent=PHONE)

    assert ask(phone).reason == "mobile_disabled"


def test_written_text_is_used_while_rule_and_knowledge_are_the_same(visitor):
    rule = ProactiveRule.objects.get(tenant=visitor.tenant, trigger_type="high_engagement")
    ProactiveText.objects.create(
        tenant=visitor.tenant,
        rule=rule,
        page_key=page_key("https://acme.example/"),
        page_url="https://acme.example/",
        content="Shall I show you our best seller?",
        config_version=visitor.config.version,
        knowledge_version=visitor.config.knowledge_version,
        written_at=NOW,
    )

    assert ask(visitor).message.content == "Shall I show you our best seller?"

    ProactiveText.objects.update(knowledge_version=0)
    assert ask(VisitorAt(visitor.tenant)).message.content == rule.text


def test_answering_a_proactive_message_scores(visitor):
    ask(visitor)

    posted = visitor.say("Yes please", now=LATER)

    assert posted.lead_score == 15


def test_writing_after_waving_a_proactive_message_away_does_not_score(visitor):
    dismiss(visitor, ask(visitor).message)

    posted = visitor.say("When do you open?", now=LATER)

    assert posted.lead_score == 0


def test_rule_made_anew_under_its_name_does_not_speak_twice(acme, visitor):
    visitor.track(metrics=ENGAGED, now=LATER)
    rule = ProactiveRule.objects.get(tenant=acme, trigger_type="high_engagement")
    rule.delete()
    rule.pk = None
    rule.save()
    bump_config(acme)

    again = visitor.track(metrics=ENGAGED, now=LATER + timedelta(minutes=5))

    assert again.proactive is None
    assert ProactiveShowing.objects.count() == 1


def see_page(acme, url, visitors):
    for number in range(visitors):
        visitor = VisitorAt(acme, url=url)
        visitor.track(metrics=PageMetrics(page_url=url, page_title="Shoes", page_view_id=f"v{number}"))


def test_texts_are_written_for_pages_several_visitors_saw(acme, scripted):
    model = scripted({"text": "Looking for running shoes? I can help."})
    see_page(acme, "https://acme.example/shoes?ref=mail", 3)
    see_page(acme, "https://acme.example/seen-by-two", 2)
    see_page(acme, "https://elsewhere.example/shoes", 3)
    own = acme.proactive_rules.filter(write_with_ai=True, url_contains="").count()

    written = proactive_texts.write_texts(tenant_id=acme.pk, now=NOW)
    again = proactive_texts.write_texts(tenant_id=acme.pk, now=NOW)

    assert (written, again, model.calls) == (own, 0, own)
    assert set(ProactiveText.objects.values_list("page_url", "content")) == {
        ("https://acme.example/shoes", "Looking for running shoes? I can help.")
    }
    assert Spending.objects.filter(tenant=acme, reserved_microusd=0, spent_microusd__gt=0).count() == 2


def test_text_that_is_not_fit_is_never_shown_and_not_tried_at_once_again(acme, scripted):
    model = scripted({"text": "Go to https://evil.example now"})
    see_page(acme, "https://acme.example/", 3)
    proactive_texts.write_texts(tenant_id=acme.pk, now=NOW)
    calls = model.calls

    assert proactive_texts.write_texts(tenant_id=acme.pk, now=NOW) == 0
    assert model.calls == calls > 0
    rule = acme.proactive_rules.get(trigger_type="high_engagement")
    assert ask(VisitorAt(acme)).message.content == rule.text


def test_no_texts_without_money(acme, scripted):
    model = scripted({"text": "Looking for shoes?"})
    see_page(acme, "https://acme.example/shoes", 3)
    acme.monthly_budget_microusd = 0
    acme.save()

    assert proactive_texts.write_texts(tenant_id=acme.pk, now=NOW) == 0
    assert (model.calls, ProactiveText.objects.count()) == (0, 0)


def test_page_views_belong_to_the_tenant(visitor, rival):
    visitor.track(metrics=ENGAGED)

    assert PageView.objects.for_tenant(rival).count() == 0
