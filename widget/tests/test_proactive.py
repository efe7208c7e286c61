from datetime import time, timedelta

import pytest

from tenants.models import Behavior, OpeningTime, ProactiveRule
from tenants.services import bump_config
from tenants.services.starting_rules import make_rule
from widget import services
from widget.contracts import PageMetrics, TrackedEvent
from widget.models import PageView, ProactiveShowing
from widget.tests.conftest import CALLER, NOW, PHONE, VisitorAt

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
    make_rule(
        acme, [("engagement", "at_least", 30)], trigger_type="big_basket", name="Big basket", text="Free delivery!"
    )
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
    make_rule(acme, [("visits", "at_least", 1)], trigger_type="high_engagement", name=rule.name, text=rule.text)
    bump_config(acme)

    again = visitor.track(metrics=ENGAGED, now=LATER + timedelta(minutes=5))

    assert again.proactive is None
    assert ProactiveShowing.objects.count() == 1


def own_rule(acme, *conditions, **columns):
    """The only rule of Acme."""
    acme.proactive_rules.all().delete()
    make_rule(acme, conditions, **{"trigger_type": "mine", "name": "Mine", "text": "Hello!", **columns})
    bump_config(acme)


def test_an_event_of_the_site_that_a_rule_asks_for_is_remembered_for_the_visit(acme):
    own_rule(acme, ("event", "is", "added_to_cart"), ("pages", "at_least", 2))
    visitor = VisitorAt(acme)

    visitor.track(TrackedEvent(type="added_to_cart"), TrackedEvent(type="other"), now=LATER)
    said = visitor.track(
        metrics=PageMetrics(page_view_id="two", page_url="https://acme.example/b"), now=LATER
    ).proactive

    assert said.content == "Hello!"
    assert visitor.session.happened == ["added_to_cart"]


def test_opening_hours_of_the_business_count(acme):
    own_rule(acme, ("hours", "is", "closed"))
    OpeningTime.objects.create(tenant=acme, weekday=0, opens_at=time(9), closes_at=time(17))
    bump_config(acme)

    assert VisitorAt(acme).track(now=LATER).proactive is None  # a Monday, ten o'clock
    evening = NOW.replace(hour=20)
    assert VisitorAt(acme, now=evening).track(now=evening + timedelta(minutes=1)).proactive.content == "Hello!"


def test_once_a_page_is_once_on_each_page_and_proactive_gives_that_of_the_page(acme):
    own_rule(acme, ("visits", "at_least", 1), once_per="page")
    visitor = VisitorAt(acme)

    first = visitor.track(now=LATER).proactive
    again = visitor.track(now=LATER + timedelta(minutes=1)).proactive
    other = visitor.track(
        metrics=PageMetrics(page_view_id="b", page_url="https://acme.example/b"), now=LATER + timedelta(minutes=2)
    ).proactive

    assert (first.content, again, other.content) == ("Hello!", None, "Hello!")
    asked = ask(visitor, "mine", LATER + timedelta(minutes=3), "https://acme.example/")
    assert asked.message.message_id == first.message_id


@pytest.mark.parametrize(("once_per", "speaks"), [("session", True), ("visitor", False), ("days", False)])
def test_what_was_said_in_an_earlier_visit_counts_where_the_rule_says_so(acme, once_per, speaks):
    own_rule(acme, ("visits", "at_least", 1), once_per=once_per, once_days=2)
    visitor = VisitorAt(acme)
    assert visitor.track(now=LATER).proactive

    later = NOW + timedelta(days=1)
    visitor.now = later
    visitor.started = visitor.start(visitor_id=visitor.started.visitor_id)

    assert (visitor.track(now=later + timedelta(minutes=1)).proactive is not None) is speaks


def test_waved_away_means_waved_away_in_the_next_visit_too(acme):
    own_rule(acme, ("visits", "at_least", 1))
    visitor = VisitorAt(acme)
    dismiss(visitor, visitor.track(now=LATER).proactive)

    visitor.now = NOW + timedelta(days=1)
    visitor.started = visitor.start(visitor_id=visitor.started.visitor_id)

    assert visitor.track(now=visitor.now + timedelta(minutes=1)).proactive is None
    assert ask(visitor, "mine", visitor.now + timedelta(minutes=2)).reason == "dismissed"


def test_nobody_is_spoken_to_who_has_asked_for_a_person(visitor):
    services.request_handoff(
        tenant=visitor.tenant, config=visitor.config, session_id=visitor.session_id, caller=CALLER, now=NOW
    )

    assert ask(visitor).reason == "handed_over"


def test_who_is_left_alone_hears_nothing_and_is_counted(acme):
    own_rule(acme, ("visits", "at_least", 1), holdout_percent=50)
    alone = heard = 0
    for _ in range(12):
        visitor = VisitorAt(acme)
        said = visitor.track(now=LATER).proactive
        showing = ProactiveShowing.objects.get(session=visitor.session)
        assert showing.is_held_out == (said is None)
        assert visitor.session.proactive_count == (said is not None)
        alone, heard = alone + (said is None), heard + (said is not None)
        if said is None:
            assert ask(visitor, "mine").reason == "held_out"
            assert not visitor.session.messages.exists()

    assert alone
    assert heard


def test_a_message_upon_which_the_chat_was_opened_is_heeded(acme):
    own_rule(acme, ("visits", "at_least", 1))
    visitor, other = VisitorAt(acme), VisitorAt(acme)
    said = visitor.track(now=LATER).proactive
    theirs = other.track(now=LATER).proactive

    visitor.track(
        TrackedEvent(type="proactive_opened", data=said.message_id),
        TrackedEvent(type="proactive_opened", data=theirs.message_id),
        TrackedEvent(type="proactive_opened", data={"x": 1}),
        now=LATER + timedelta(seconds=5),
    )

    opened = dict(ProactiveShowing.objects.values_list("message__public_id", "opened_at"))
    assert opened == {said.message_id: LATER + timedelta(seconds=5), theirs.message_id: None}


def test_page_views_belong_to_the_tenant(visitor, rival):
    visitor.track(metrics=ENGAGED)

    assert PageView.objects.for_tenant(rival).count() == 0
