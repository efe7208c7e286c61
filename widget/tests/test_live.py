"""People who answer: who has a conversation, what the assistant does meanwhile, and what becomes of the call."""

from datetime import time, timedelta

import pytest

from leads.models import StaffMail
from tenants.models import Behavior, OpeningTime, Tenant
from tenants.services import NotAColleague, bump_config
from widget import services
from widget.engine.live import LEASE
from widget.models import Answer, Handoff, Message, Reading
from widget.services import live, presence
from widget.services.watching import watch_conversations
from widget.tests.colleagues import Colleague
from widget.tests.conftest import CALLER, NOW, VisitorAt
from widget.tests.scripted_model import answer

WAIT = timedelta(minutes=5)


@pytest.fixture
def ann(acme):
    return Colleague(acme, "Ann")


@pytest.fixture
def ben(acme):
    return Colleague(acme, "Ben")


def call_person(visitor, *, now=NOW, email=""):
    return services.request_handoff(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        email=email,
        caller=CALLER,
        now=now,
    )


def lines(visitor) -> list[tuple[str, str]]:
    return list(visitor.session.messages.order_by("sequence").values_list("role", "content"))


def close_shop(tenant: Tenant) -> None:
    """Open on Tuesdays from nine to five, and it is Monday."""
    OpeningTime.objects.create(tenant=tenant, weekday=1, opens_at=time(9), closes_at=time(17))
    bump_config(tenant)


def test_visitor_who_asks_for_a_person_waits_for_one(visitor):
    told = call_person(visitor)

    call = Handoff.objects.get()
    assert (visitor.session.mode, visitor.session.awaiting_since) == ("waiting", NOW)
    assert (told.is_available, told.message) == (True, visitor.config.behavior.handoff_message)
    assert (call.reason, call.due_at, call.escalates_at) == ("user_request", NOW + WAIT, NOW + WAIT / 2)


def test_who_waits_is_still_answered_by_the_assistant(visitor):
    call_person(visitor)

    assert visitor.say("And what does it cost?").answered_by == "knowledge"


def test_person_who_took_over_answers_alone(visitor, ann):
    call_person(visitor)
    ann.take(visitor)

    told = visitor.say("Are you there?")
    ann.write(visitor, "Yes.")

    assert (told.answered_by, told.content) == ("none", "")
    assert lines(visitor)[-2:] == [("visitor", "Are you there?"), ("staff", "Yes.")]
    call = Handoff.objects.get()
    assert (call.taker, call.replier, call.first_reply_at) == (ann.membership, ann.membership, NOW)
    assert visitor.session.awaiting_since is None


def test_answer_that_comes_when_a_person_has_taken_over_is_kept_for_their_eyes_alone(acme, ann, scripted):
    visitor = VisitorAt(acme)

    def take_meanwhile(_):
        ann.take(visitor)
        return answer(content="We sell bees.")

    scripted(take_meanwhile)

    told = visitor.say("What do you sell?")

    assert (told.answered_by, told.content) == ("none", "")
    assert lines(visitor) == [("visitor", "What do you sell?")]
    work = Answer.objects.get()
    assert (work.state, work.draft) == ("skipped", "We sell bees.")


def test_all_are_called_where_who_took_over_does_not_write(visitor, ann):
    call_person(visitor)

    ann.take(visitor, now=NOW + timedelta(minutes=1))
    assert Handoff.objects.get().escalates_at == NOW + timedelta(minutes=1) + WAIT
    ann.write(visitor)

    assert Handoff.objects.get().escalates_at is None


def test_whoever_was_called_need_not_come_once_somebody_has_taken_over(acme, visitor, ann):
    Colleague(acme, "Olga", role="owner")
    call_person(visitor)
    assert list(StaffMail.objects.values_list("kind", "state")) == [("handoff", "pending")]

    ann.take(visitor)

    assert StaffMail.objects.get().state == "skipped"


def test_given_back_the_assistant_answers_again(visitor, ann):
    ann.take(visitor)

    ann.hand_back(visitor)

    assert visitor.say("Hello?").answered_by == "knowledge"
    assert Handoff.objects.get().outcome == "handed_back"


def test_second_who_takes_over_is_refused_and_may_insist(visitor, ann, ben):
    ann.take(visitor)

    with pytest.raises(live.Taken):
        ben.take(visitor)
    assert visitor.session.owner == ann.membership

    ben.take(visitor, is_insisting=True)

    assert visitor.session.owner == ben.membership
    with pytest.raises(live.NotYours):
        ann.write(visitor)
    assert not Message.objects.filter(role="staff").exists()


def test_nobody_writes_who_has_not_taken_over(visitor, ann):
    with pytest.raises(live.NotYours):
        ann.write(visitor)

    assert lines(visitor) == []


def test_reply_sent_twice_is_said_once(visitor, ann):
    ann.take(visitor)

    first = ann.write(visitor, "Hello.", client_id="r-1")
    again = ann.write(visitor, "Hello.", client_id="r-1")

    assert first == again
    assert lines(visitor) == [("staff", "Hello.")]


def test_visitor_who_sends_the_id_of_a_colleagues_line_is_refused(visitor, ann):
    ann.take(visitor)
    ann.write(visitor, "Hello.", client_id="r-1")

    with pytest.raises(services.IdempotencyConflict):
        visitor.say("Hello.", client_message_id="staff:r-1")

    assert lines(visitor) == [("staff", "Hello.")]


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_reply_needs_words_and_not_too_many(visitor, ann, text):
    ann.take(visitor)

    with pytest.raises(live.ReplyInvalid):
        ann.write(visitor, text)

    assert lines(visitor) == []


def test_viewer_reads_and_does_not_answer(acme, visitor):
    viewer = Colleague(acme, "Vic", role="viewer")

    for refused in (viewer.take, viewer.write, viewer.hand_back, viewer.end):
        with pytest.raises(live.MayNotAnswer):
            refused(visitor)
    viewer.look(visitor)

    assert visitor.session.mode == "assistant"


def test_colleague_of_another_business_finds_nothing(rival, visitor):
    stranger = Colleague(rival, "Sid")

    for act in (stranger.take, stranger.write, stranger.hand_back, stranger.end, stranger.look, stranger.type):
        with pytest.raises(live.ConversationNotFound):
            act(visitor)
    with pytest.raises(live.ConversationNotFound):
        stranger.note(visitor, "Hm")

    assert (visitor.session.mode, Reading.objects.count()) == ("assistant", 0)


def test_conversation_is_given_to_a_colleague(visitor, ann, ben):
    ann.take(visitor)

    ann.give(visitor, ben)

    assert visitor.session.owner == ben.membership
    ben.write(visitor)


def test_it_is_given_to_nobody_of_another_business_and_to_no_viewer(acme, rival, visitor, ann):
    ann.take(visitor)

    with pytest.raises(NotAColleague):
        ann.give(visitor, Colleague(rival, "Sid"))
    with pytest.raises(live.MayNotAnswer):
        ann.give(visitor, Colleague(acme, "Vic", role="viewer"))

    assert visitor.session.owner == ann.membership


def test_person_ends_it(visitor, ann):
    ann.take(visitor)
    ann.write(visitor)

    ann.end(visitor)
    ann.end(visitor)

    assert (visitor.session.ended_at, visitor.session.mode) == (NOW, "assistant")
    assert Handoff.objects.get().outcome == "ended"
    with pytest.raises(live.Over):
        ann.write(visitor)


def test_process_whose_clock_is_behind_ends_nothing_before_it_began(visitor, ann):
    behind = NOW - timedelta(seconds=2)
    call_person(visitor)

    ann.take(visitor, now=behind)
    ann.write(visitor, now=behind)
    ann.end(visitor, now=behind)

    call = Handoff.objects.get()
    assert (call.taken_at, call.first_reply_at, call.closed_at) == (NOW, NOW, NOW)


def test_person_who_has_gone_leaves_a_waiting_visitor_to_others(visitor, ann):
    ann.take(visitor)
    visitor.say("Are you there?", now=NOW + timedelta(minutes=1))
    late = NOW + LEASE

    watch_conversations(now=late)

    session = visitor.session
    assert (session.mode, session.owner, session.awaiting_since) == ("waiting", None, NOW + timedelta(minutes=1))
    assert list(Handoff.objects.order_by("pk").values_list("reason", "outcome", "due_at")) == [
        ("taken", "lapsed", None),
        ("lapsed", "", late + WAIT),
    ]


def test_person_who_has_gone_leaves_others_to_the_assistant(visitor, ann):
    ann.take(visitor)

    watch_conversations(now=NOW + LEASE - timedelta(seconds=1))
    assert visitor.session.mode == "person"
    watch_conversations(now=NOW + LEASE)

    assert visitor.session.mode == "assistant"


def test_visitor_who_writes_to_somebody_gone_is_answered_by_the_assistant(visitor, ann):
    ann.take(visitor)

    assert visitor.say("Hello?", now=NOW + LEASE).answered_by == "knowledge"


def test_colleague_who_left_the_business_has_no_conversation(visitor, ann):
    ann.take(visitor)
    ann.membership.delete()

    watch_conversations(now=NOW)

    assert visitor.session.mode == "assistant"


def test_looking_keeps_it(visitor, ann):
    visitor.say("Hello?")
    ann.take(visitor)

    ann.look(visitor, read_sequence=99, now=NOW + LEASE - timedelta(seconds=1))
    watch_conversations(now=NOW + LEASE)

    assert visitor.session.mode == "person"
    assert Reading.objects.get().sequence == 2
    assert presence.find_looking(visitor.session.pk, NOW + LEASE) == [ann.membership.pk]


def test_looking_keeps_it_for_nobody_who_may_only_look_by_now(visitor, ann):
    ann.take(visitor)
    ann.membership.role = "viewer"
    ann.membership.save()

    ann.look(visitor, now=NOW + LEASE - timedelta(seconds=1))
    watch_conversations(now=NOW + LEASE)

    assert visitor.session.mode == "assistant"


def test_read_is_never_unread(visitor, ann):
    visitor.say("Hello?")

    ann.look(visitor, read_sequence=2)
    ann.look(visitor, read_sequence=1)

    assert Reading.objects.get().sequence == 2


def test_visitor_nobody_comes_to_is_told_so_and_when_to_hear(visitor):
    call_person(visitor)

    watch_conversations(now=NOW + WAIT - timedelta(seconds=1))
    assert visitor.session.mode == "waiting"
    watch_conversations(now=NOW + WAIT)
    watch_conversations(now=NOW + 2 * WAIT)

    call = Handoff.objects.get()
    assert (visitor.session.mode, call.outcome) == ("assistant", "missed")
    assert call.promised_by == NOW + WAIT + timedelta(hours=4)
    assert [text for _, text in lines(visitor)][1:] == [
        "I'm sorry, nobody is free at the moment. Leave your e-mail address and we'll get back to you by "
        "Monday 14:05 (UTC)."
    ]


def offered(visitor) -> list[str]:
    return [one["action"] for one in visitor.session.messages.last().suggested_actions]


def test_who_waited_in_vain_is_offered_the_form_unless_they_have_left_an_address(acme, visitor):
    call_person(visitor)
    watch_conversations(now=NOW + WAIT)
    assert offered(visitor) == ["lead_form"]

    call_person(visitor, email="mia@example.org", now=NOW + 2 * WAIT)
    watch_conversations(now=NOW + 4 * WAIT)
    assert offered(visitor) == []


def test_business_without_a_form_offers_none_to_who_waited_in_vain(acme, visitor):
    Behavior.objects.filter(tenant=acme).update(lead_form_enabled=False)
    bump_config(acme)
    call_person(visitor)

    watch_conversations(now=NOW + WAIT)

    assert offered(visitor) == []


def test_outside_opening_hours_nobody_is_waited_for(acme, visitor):
    close_shop(acme)

    told = call_person(visitor)
    again = call_person(visitor, now=NOW + timedelta(minutes=1))

    assert not told.is_available
    assert told.message == again.message
    assert told.message == (
        "Nobody is here right now. Leave your e-mail address and we'll get back to you by Tuesday 13:00 (UTC)."
    )
    call = Handoff.objects.get()
    assert (call.outcome, visitor.session.mode) == ("closed", "assistant")


def test_where_colleagues_do_not_answer_here_nobody_is_waited_for(acme, visitor):
    acme.behavior.live_enabled = False
    acme.behavior.save()
    bump_config(acme)

    assert not call_person(visitor).is_available
    assert visitor.session.mode == "assistant"


def test_promise_is_told_in_the_visitors_language(acme):
    visitor = VisitorAt(acme)
    visitor.tenant.sessions.update(language="de-AT")
    close_shop(acme)

    assert call_person(visitor).message.endswith("dann melden wir uns bis Dienstag 13:00 (UTC).")


def test_person_may_take_a_day_to_answer(visitor, ann):
    visitor.say("Hello?")
    ann.take(visitor)
    ann.look(visitor, now=NOW + timedelta(minutes=10))

    services.end_idle_sessions(now=NOW + timedelta(minutes=40))
    assert visitor.session.ended_at is None
    services.end_idle_sessions(now=NOW + timedelta(hours=25))

    assert visitor.session.ended_at == NOW + timedelta(hours=25)
    assert Handoff.objects.get().outcome == "ended"


def test_note_is_read_by_nobody_but_colleagues(visitor, ann, scripted):
    model = scripted(answer(), answer())
    visitor.say("Hello?")
    ann.note(visitor, "Rude last time.")

    visitor.say("Still there?")

    assert model.calls == 2
    assert "Rude" not in repr(model.prompts)
    assert all("Rude" not in text for _, text in lines(visitor))
