"""Whatever visitors, colleagues, the model, the clock and failures do, in whatever order: no conversation has two
owners, the assistant is silent while a person has it, and nothing that anybody said is lost.

LIVE_EXAMPLES tries more orders than the suite does.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from caty import testing
from caty.lib import redis
from tenants.services import bump_config
from widget.models import Answer, Handoff, Session
from widget.tests.flights import HeldModel
from widget.tests.live_world import World

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLES = int(os.environ.get("LIVE_EXAMPLES", "12"))
WITHOUT_REDIS = "redis://127.0.0.1:1/0"
conversations = st.integers(0, 1)
colleagues = st.integers(0, 1)
passing = st.sampled_from([timedelta(seconds=1), timedelta(minutes=2), timedelta(minutes=16), timedelta(minutes=31)])


@pytest.fixture
def shop(acme, settings):
    settings.CHAT_MODEL = "caty.testing.find_scripted_model"
    testing.SCRIPTED["model"] = HeldModel()
    acme.sessions_per_hour = acme.messages_per_minute = acme.leads_per_hour = acme.answers_per_hour = 100_000
    acme.daily_budget_microusd = acme.monthly_budget_microusd = 10**12
    acme.save()
    bump_config(acme)
    yield acme
    testing.SCRIPTED.clear()


def test_no_order_of_events_breaks_a_conversation(shop, settings):
    run_state_machine_as_test(lambda: Conversations(shop, settings), settings=OPTIONS)


OPTIONS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def take(machine, *, number, by) -> None:
    machine._act(by, number, lambda who, where: who.take(where, is_insisting=True, now=machine.world.now))


def reply(machine, *, number, by) -> None:
    machine.world.reply(machine.world.colleagues[by], machine.world.conversations[number])


def hand_back(machine, *, number, by) -> None:
    machine._act(by, number, lambda who, where: who.hand_back(where, now=machine.world.now))


def end(machine, *, number, by) -> None:
    machine._act(by, number, lambda who, where: who.end(where, now=machine.world.now))


def write(machine, *, number, by) -> None:
    machine.world.write(machine.world.conversations[number])


MEANWHILE = (take, take, reply, hand_back, end, write)


class Conversations(RuleBasedStateMachine):
    def __init__(self, tenant, configured) -> None:
        super().__init__()
        self.world = World(tenant)
        self.is_behind = False
        self.configured = configured
        self.redis_url = configured.REDIS_URL

    def teardown(self) -> None:
        self.redis_comes_back()
        try:
            self.world.settle()
            self.world.check_answered()
            self.world.pass_days()
            assert not Session.objects.filter(ended_at=None).exists()
            assert not Handoff.objects.filter(closed_at=None).exists()
            assert not Answer.objects.filter(state__in=Answer.OPEN).exists()
        finally:
            Session.objects.all().delete()

    @invariant()
    def holds(self) -> None:
        self.world.check()

    @rule(number=conversations, again=st.booleans())
    def visitor_writes(self, number, again):
        self.world.write(self.world.come_back(number), again=again)

    @rule(number=conversations)
    def visitor_asks_for_a_person(self, number):
        self.world.ask_for_person(self.world.conversations[number])

    @rule(number=conversations)
    def visitor_leaves_details(self, number):
        self.world.leave_details(self.world.conversations[number])

    @rule(number=conversations)
    def visitor_ends(self, number):
        self.world.end(self.world.conversations[number])

    @rule(number=conversations, which=st.integers(0, 2), dies=st.booleans())
    def model_answers_or_its_process_dies(self, number, which, dies):
        one = self.world.conversations[number]
        if one.held:
            is_alone = len(one.flights) == len(one.held)
            self.world.land(one.held[which % len(one.held)], dies=dies and is_alone)

    @rule(number=conversations, by=colleagues, meanwhile=st.lists(st.sampled_from(MEANWHILE), max_size=3))
    def model_answers_late(self, number, by, meanwhile):
        """What the other rules come to by chance and seldom."""
        one = self.world.come_back(number)
        self.world.write(one)
        for act in meanwhile:
            act(self, number=number, by=by)
            self.world.check()
        for flight in one.held:
            self.world.land(flight)

    @rule(number=conversations, by=colleagues, insists=st.booleans())
    def colleague_takes_over(self, number, by, insists):
        self._act(by, number, lambda who, where: who.take(where, is_insisting=insists, now=self.world.now))

    @rule(number=conversations, by=colleagues, again=st.booleans())
    def colleague_replies(self, number, by, again):
        self.world.reply(self.world.colleagues[by], self.world.conversations[number], again=again)

    @rule(number=conversations, by=colleagues)
    def colleague_hands_back(self, number, by):
        self._act(by, number, lambda who, where: who.hand_back(where, now=self.world.now))

    @rule(number=conversations, by=colleagues)
    def colleague_ends(self, number, by):
        self._act(by, number, lambda who, where: who.end(where, now=self.world.now))

    @rule(number=conversations, by=colleagues, to=colleagues)
    def colleague_gives_it_away(self, number, by, to):
        other = self.world.colleagues[to]
        self._act(by, number, lambda who, where: who.give(where, other, now=self.world.now))

    @rule(number=conversations, by=colleagues)
    def colleague_looks(self, number, by):
        self._act(by, number, lambda who, where: who.look(where, read_sequence=99, now=self.world.now))

    @rule(by=colleagues)
    def colleague_leaves_the_business(self, by):
        self.world.leave_business(by)

    @rule(passed=passing)
    def time_passes(self, passed):
        self.world.now += passed
        self.is_behind = False

    @rule()
    def clock_of_the_next_process_is_behind(self):
        if not self.is_behind:
            self.world.now -= timedelta(seconds=2)
        self.is_behind = True

    @rule()
    def conversations_are_watched(self):
        self.world.sweep()

    @rule()
    def idle_ones_are_ended(self):
        self.world.end_idle()

    @rule()
    def worker_answers_what_was_left(self):
        self.world.answer_again()

    @rule()
    def redis_goes_away(self):
        self.configured.REDIS_URL = WITHOUT_REDIS

    @rule()
    def redis_comes_back(self):
        self.configured.REDIS_URL = self.redis_url
        redis.forget_all()

    def _act(self, by, number, act) -> None:
        who, where = self.world.colleagues[by], self.world.conversations[number].visitor
        self.world.try_(lambda: act(who, where))
