"""A shop with colleagues and conversations for `test_live_properties`: what each may do, and what must hold of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count

from caty.lib.errors import CatyError
from caty.tests.waiting import until
from tenants.config import load_config
from widget import services
from widget.contracts import Caller, LeadForm, VisitorMessage
from widget.engine import live as steps
from widget.models import Answer, Handoff, Message, Session
from widget.services import answering
from widget.services.standing import standing_of
from widget.services.watching import watch_conversations
from widget.tests.colleagues import Colleague
from widget.tests.conftest import NOW, VisitorAt
from widget.tests.flights import Flight

NUMBERS = count(1)
OURS = (Message.Role.ASSISTANT, Message.Role.PROACTIVE)


@dataclass
class Conversation:
    """`said` is what must stand in the transcript of visitor and colleagues: (role, words), in order."""

    visitor: VisitorAt
    said: list[tuple[str, str]] = field(default_factory=list)
    sent: tuple[str, str] | None = None  # client id and words of the visitor's last message
    replied: dict[int, tuple[str, str]] = field(default_factory=dict)  # of a colleague's last one
    flights: list[Flight] = field(default_factory=list)
    lines: int = 0  # of the assistant, when last looked at
    was_held: bool = False  # by a person, when last looked at

    @property
    def session(self) -> Session:
        return self.visitor.session

    @property
    def held(self) -> list[Flight]:
        return [flight for flight in self.flights if flight.is_held]


class World:
    def __init__(self, tenant) -> None:
        self.tenant = tenant
        self.config = load_config(tenant)
        self.now = NOW
        self.colleagues = [self._hire(), self._hire()]
        self.conversations = [self._begin(), self._begin()]

    def _hire(self) -> Colleague:
        return Colleague(self.tenant, f"Ann{next(NUMBERS)}")

    def _begin(self) -> Conversation:
        caller = Caller(address=f"203.0.{next(NUMBERS) % 200}.7")
        return Conversation(VisitorAt(self.tenant, now=self.now, caller=caller))

    # What visitors do.

    def write(self, one: Conversation, *, again: bool = False) -> None:
        number = next(NUMBERS)
        client_id, words = one.sent if again and one.sent else (f"c{number}", f"Question {number}?")
        if len(one.flights) > len(one.held):
            return  # one waits in line already, and whoever comes after it would wait for long
        call = partial(self._post, one, client_id, words)
        flight = Flight(call, client_id=client_id, words=f"Answer {number}.", now=self.now)
        one.flights.append(flight)
        flight.start()
        self.await_flights()
        stored = Message.objects.filter(session=one.session, client_message_id=client_id).exists()
        if one.sent != (client_id, words) and stored:
            one.said.append(("visitor", words))
            one.sent = (client_id, words)

    def _post(self, one: Conversation, client_id: str, words: str) -> object:
        return services.post_message(
            **self._of(one),
            config=self.config,
            message=VisitorMessage(text=words, client_message_id=client_id),
            caller=Caller(address="203.0.113.9"),
        )

    def ask_for_person(self, one: Conversation) -> None:
        self.try_(lambda: services.request_handoff(**self._of(one), config=self.config, caller=Caller(address="x")))

    def leave_details(self, one: Conversation) -> None:
        form = LeadForm(email=f"jane{next(NUMBERS)}@example.com")
        caller = Caller(address="x")
        self.try_(lambda: services.submit_lead(**self._of(one), config=self.config, form=form, caller=caller))

    def end(self, one: Conversation) -> None:
        self.try_(lambda: services.end_session(**self._of(one)))

    def come_back(self, number: int) -> Conversation:
        """A new visitor, where the conversation has ended."""
        if self.conversations[number].session.ended_at is not None and not self.conversations[number].flights:
            self.check()
            self.conversations[number] = self._begin()
        return self.conversations[number]

    def _of(self, one: Conversation) -> dict:
        return {"tenant": self.tenant, "session_id": one.visitor.session_id, "now": self.now}

    # What colleagues do.

    def reply(self, by: Colleague, one: Conversation, *, again: bool = False) -> None:
        number = next(NUMBERS)
        key = by.membership.pk
        before = one.replied.get(key)
        sent = before if again and before else (f"r{number}", f"Reply {number}.")
        is_said = self.try_(lambda: by.write(one.visitor, sent[1], client_id=sent[0], now=self.now))
        if is_said and sent != before:
            one.said.append(("staff", sent[1]))
            one.replied[key] = sent

    def leave_business(self, number: int) -> None:
        self.colleagues[number].membership.delete()
        self.colleagues[number] = self._hire()

    # What happens by itself.

    def answer_again(self) -> None:
        """What the sweep hints, a worker does."""
        answering.hint_unanswered(now=self.now)
        left = Answer.objects.filter(state__in=Answer.OPEN, lease_until__lte=self.now).order_by("lease_until")
        for key in left.values_list("pk", flat=True):
            answering.answer_again(answer_id=key, now=self.now)

    def sweep(self) -> None:
        watch_conversations(now=self.now)

    def end_idle(self) -> None:
        services.end_idle_sessions(now=self.now)

    def try_(self, act: Callable[[], object]) -> bool:
        """Whether it was possible; what is refused in words is no error."""
        try:
            act()
        except CatyError:
            return False
        return True

    def land(self, flight: Flight, *, dies: bool = False) -> None:
        work = Answer.objects.get(question__client_message_id=flight.client_id)
        flight.land(dies=dies)
        self.await_flights()
        if dies:
            self.now += answering.LEASE
        elif work.state == Answer.State.RUNNING:
            work.refresh_from_db()
            assert work.state != Answer.State.SKIPPED or work.draft == flight.words

    def await_flights(self) -> None:
        """Until each is held in the model, waits behind one that is, or has landed."""
        for one in self.conversations:
            until(lambda one=one: all(_is_at_rest(flight, one) for flight in one.flights))
            one.flights = [flight for flight in one.flights if flight.is_alive()]

    def settle(self) -> None:
        """All that was begun is carried to its end, and nobody does anything any more."""
        for one in self.conversations:
            while one.flights:
                self.land(one.held[0])
                self.check()
        self.now += answering.LEASE
        self.answer_again()
        self.check()

    def pass_days(self) -> None:
        """The sweeps alone go on."""
        for passed in (timedelta(minutes=16), timedelta(minutes=16), timedelta(hours=25), timedelta(hours=1)):
            self.now += passed
            for sweep in (self.sweep, self.answer_again, self.end_idle):
                sweep()
                self.check()

    # What must hold.

    def check_answered(self) -> None:
        """Where no person has the conversation, the visitor has had the last word nowhere."""
        for one in self.conversations:
            session = one.session
            last = session.messages.order_by("-sequence").values_list("role", flat=True).first()
            is_theirs = session.ended_at is None and session.mode != Session.Mode.PERSON
            assert not is_theirs or last != Message.Role.VISITOR, "nobody answered the visitor"

    def check(self) -> None:
        for one in self.conversations:
            session = one.session
            _check_transcript(one, session)
            _check_standing(session)
            _check_calls(session)
            one.was_held = steps.is_held(standing_of(session), self.now)


def _is_at_rest(flight: Flight, one: Conversation) -> bool:
    if flight.is_asked.is_set() or not flight.is_alive():
        return True
    session = one.session
    work = Answer.objects.filter(session=session, question__client_message_id=flight.client_id).first()
    if work is None:
        return False
    others = Answer.objects.filter(session=session, state=Answer.State.RUNNING, lease_until__gt=flight.began_at)
    if work.state == Answer.State.RUNNING:
        return others.filter(pk=work.pk).exists()
    is_left = work.state in (Answer.State.WAITING, Answer.State.ABANDONED)
    return is_left and session.mode != Session.Mode.PERSON and others.exists()


def _check_transcript(one: Conversation, session: Session) -> None:
    rows = list(session.messages.order_by("sequence").values_list("sequence", "role", "content"))
    assert [sequence for sequence, *_ in rows] == list(range(1, session.last_sequence + 1))
    assert [(role, words) for _, role, words in rows if role not in OURS] == one.said
    lines = sum(role in OURS for _, role, _ in rows)
    assert lines == one.lines or not one.was_held, "the assistant spoke while a person had the conversation"
    one.lines = lines
    staff = [sequence for sequence, role, _ in rows if role == Message.Role.STAFF]
    for asked, answered in session.answers.filter(message__isnull=False).values_list(
        "question__sequence", "message__sequence"
    ):
        assert not [one for one in staff if asked < one < answered], "the assistant answered what a person had"


def _check_standing(session: Session) -> None:
    is_over = session.ended_at is not None
    is_with_person = session.mode == Session.Mode.PERSON
    assert not is_over or session.mode == Session.Mode.ASSISTANT
    assert session.owner_id is None or is_with_person
    assert not is_with_person or session.owner_until is not None
    assert session.awaiting_since is None or session.mode != Session.Mode.ASSISTANT
    assert session.mode != Session.Mode.WAITING or session.awaiting_since is not None


def _check_calls(session: Session) -> None:
    calls = list(session.handoffs.order_by("pk"))
    still_open = [call for call in calls if call.closed_at is None]
    assert len(still_open) == (session.mode != Session.Mode.ASSISTANT)
    if session.mode == Session.Mode.PERSON:
        assert still_open[0].taken_at is not None
        assert still_open[0].due_at is None
    if session.mode == Session.Mode.WAITING:
        assert still_open[0].taken_at is None
        assert still_open[0].due_at is not None
    for call in calls:
        assert bool(call.outcome) == (call.closed_at is not None)
        assert (call.promised_by is not None) == (call.outcome in (Handoff.Outcome.MISSED, Handoff.Outcome.CLOSED))
        times = [call.requested_at, call.taken_at, call.first_reply_at, call.closed_at]
        told = [time for time in times if time is not None]
        assert told == sorted(told)
        assert call.escalates_at is None or call.closed_at is None
