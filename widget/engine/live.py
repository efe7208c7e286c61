"""Who answers a conversation, and how that changes: assistant, waiting for a person, a person, ended. Pure.

    assistant ──ask──▶ waiting ──take──▶ person ──hand_back──▶ assistant
        └──────────────take──────────────▲  │
                       waiting ◀──lapse─────┘ (who took it has gone, and the visitor waits)
                       waiting ──give_up──▶ assistant (nobody took it)
    any ──end──▶ ended

A person holds a conversation by a lease, which everything they do in it renews: whoever goes away without a word
leaves it to others. While a person has it, the assistant says nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ASSISTANT, WAITING, PERSON, ENDED = "assistant", "waiting", "person", "ended"
LEASE = timedelta(minutes=15)


class NotPossible(Exception):
    """Somebody wanted what can't be done as it stands. `why`: taken, not_yours or over."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Who answers. `owner` is the person who has it, by their key, until `owner_until`; `awaiting_since` is since when
    the visitor waits for a person's words, None where they don't."""

    mode: str = ASSISTANT
    owner: int | None = None
    owner_until: datetime | None = None
    awaiting_since: datetime | None = None


def may_assistant_speak(standing: Standing) -> bool:
    """Also while a person is waited for: who waits is not left alone."""
    return standing.mode in (ASSISTANT, WAITING)


def is_held(standing: Standing, now: datetime) -> bool:
    """Whether a person has it and is still there."""
    return standing.mode == PERSON and standing.owner is not None and standing.owner_until > now


def ask(standing: Standing, now: datetime) -> Standing:
    """The visitor wants a person. Asked again, or of a person who has it already, it changes nothing."""
    _require_going_on(standing)
    if standing.mode == ASSISTANT:
        return Standing(mode=WAITING, awaiting_since=now)
    return standing


def give_up(standing: Standing) -> Standing:
    """Nobody took it: the assistant goes on alone. Only of those who wait; others stay as they are."""
    return Standing() if standing.mode == WAITING else standing


def take(standing: Standing, by: int, now: datetime, *, is_insisting: bool = False) -> Standing:
    """`by` has it from now on. Raises NotPossible (taken) where another is there, unless `by` insists, and (over)."""
    _require_going_on(standing)
    if is_held(standing, now) and standing.owner != by and not is_insisting:
        raise NotPossible("taken")
    return replace(standing, mode=PERSON, owner=by, owner_until=_until(standing, by, now))


def assign(standing: Standing, by: int, to: int, now: datetime) -> Standing:
    """`by` gives it to `to`. Raises NotPossible (taken) where a third one is there, and (over)."""
    return replace(take(standing, by, now), owner=to, owner_until=_until(standing, to, now))


def renew(standing: Standing, by: int, now: datetime) -> Standing:
    """`by` is there; nothing changes where they don't have it, or no longer."""
    if not (is_held(standing, now) and standing.owner == by):
        return standing
    return replace(standing, owner_until=_until(standing, by, now))


def hand_back(standing: Standing, by: int, now: datetime) -> Standing:
    """The assistant answers from now on. Raises NotPossible (taken) where another has it, and (over)."""
    _require_going_on(standing)
    if is_held(standing, now) and standing.owner != by:
        raise NotPossible("taken")
    return Standing()


def note_visitor(standing: Standing, now: datetime) -> Standing:
    """The visitor has written: where a person is to answer, they wait from their first words on."""
    if standing.mode not in (WAITING, PERSON):
        return standing
    return replace(standing, awaiting_since=standing.awaiting_since or now)


def note_person(standing: Standing, by: int, now: datetime) -> Standing:
    """`by` has written to the visitor. Raises NotPossible (not_yours) unless they have it, and (over)."""
    _require_going_on(standing)
    if not (is_held(standing, now) and standing.owner == by):
        raise NotPossible("not_yours")
    return replace(standing, owner_until=_until(standing, by, now), awaiting_since=None)


def lapse(standing: Standing, now: datetime) -> Standing:
    """Who had it has gone: others are called where the visitor waits, else the assistant goes on. Nothing changes while
    somebody has it."""
    if standing.mode != PERSON or is_held(standing, now):
        return standing
    if standing.awaiting_since is None:
        return Standing()
    return Standing(mode=WAITING, awaiting_since=standing.awaiting_since)


def end(standing: Standing, now: datetime, by: int | None = None) -> Standing:
    """It is over; the visitor (`by` None) may end it at any time. Raises NotPossible (taken) where another person has
    it. Ended again, nothing changes."""
    if by is not None and is_held(standing, now) and standing.owner != by:
        raise NotPossible("taken")
    return Standing(mode=ENDED)


def _until(standing: Standing, by: int, now: datetime) -> datetime:
    """Until when `by` has it; never shorter than before, by the clock of whatever process."""
    before = standing.owner_until if standing.owner == by else None
    return max(before or now + LEASE, now + LEASE)


def _require_going_on(standing: Standing) -> None:
    if standing.mode == ENDED:
        raise NotPossible("over")
