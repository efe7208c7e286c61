"""What every connector takes, gives back and says of itself."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from caty.lib.http import HttpAnswer, OutboundFailed
from leads.backoff import WEBHOOK, Patience

LONGEST_WAIT_SECONDS = 6 * 3600


class Form(BaseModel):
    """Base of Settings and Secrets. Titles and descriptions of the fields are what the admin's form shows."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NoSecrets(Form):
    """For destinations that need none."""


@dataclass(frozen=True, kw_only=True)
class LeadSnapshot:
    """The lead as it is at the moment of sending. `transcript` is [{role, content, at}], oldest first."""

    lead_id: str
    name: str
    email: str
    phone: str
    company: str
    custom_fields: dict
    status: str
    intent: str
    score: int
    band: str
    reasons: tuple[tuple[str, int], ...] = ()
    tags: tuple[str, ...] = ()
    transcript: tuple[dict, ...] = ()
    page_url: str = ""
    first_page_url: str = ""
    referrer: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    consent_text: str = ""
    conversation_url: str = ""


@dataclass(frozen=True, kw_only=True)
class RemoteRecord:
    """Where a lead stands at a destination. `extra` are further ids that the kind of destination needs."""

    remote_id: str
    url: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MappedValue:
    """A value on its way into a field of a CRM. Without `overwrite` it only fills what is empty there.

    `label` is what staff call the field of ours.
    """

    field: str
    value: str
    overwrite: bool = False
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class RemoteField:
    """A field that a CRM has. `name` is its API's, `label` what its users call it."""

    name: str
    label: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """One delivery. `delivery_id` stays the same over all tries, `body` is the exact text frozen at the event, `data`
    its data, of a call for a person as much as colleagues may be told; `sent_at` is this try's time, in UTC.

    `is_ambiguous`: an earlier try may have arrived without our hearing of it. `record` is where the lead stands there,
    if that is known; `values` is the lead as the connection's mapping puts it into the destination's fields.
    """

    delivery_id: str
    event: str
    body: str
    data: dict
    business_name: str
    occurred_at: datetime
    sent_at: datetime
    attempt: int = 1
    is_ambiguous: bool = False
    record: RemoteRecord | None = None
    values: tuple[MappedValue, ...] = ()
    lead: LeadSnapshot | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a try ended. `reason` is for shop owners; `status` and `answer` are the other side's, for the log.

    E-mail addresses in `reason` are masked, but for `account`, which staff have to know and is nobody's own.
    """

    reason: str = ""
    account: str = ""
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivered(Outcome):
    """It is there, under `remote_id`, to be seen at `url`, where the destination tells these.

    A `reason` says what was left out. `record` is where the lead stands from now on.
    """

    remote_id: str = ""
    url: str = ""
    record: RemoteRecord | None = None


@dataclass(frozen=True, kw_only=True)
class TryLater(Outcome):
    """May go well another time, not before `retry_after_seconds` where the destination asked for that.

    `is_ambiguous`: it may have arrived all the same, so that the next try has to look before it creates anything.
    """

    retry_after_seconds: int | None = None
    is_ambiguous: bool = False


@dataclass(frozen=True, kw_only=True)
class QuotaSpent(Outcome):
    """The destination takes nothing from this account for a while. No try is used up; all that is for it waits."""

    retry_after_seconds: int


@dataclass(frozen=True, kw_only=True)
class Rejected(Outcome):
    """This one will never be taken as it is; others may."""


@dataclass(frozen=True, kw_only=True)
class Misconfigured(Outcome):
    """Nothing will be taken until a colleague changes the connection."""


@dataclass(frozen=True, kw_only=True)
class Gone(Outcome):
    """The destination says that it is no more and wants nothing further."""


@dataclass(frozen=True)
class Pace:
    """At most so many deliveries in so many seconds under one credential, below what the destination allows."""

    deliveries: int
    seconds: int


class Connector:
    """Carries messages to one kind of destination. Stateless; no database; every network call has a time limit."""

    label: str
    guide: str  # how to set it up and where to find what it asks for, in a few sentences
    events: tuple[str, ...]  # those a new connection of this kind asks for
    offers: tuple[str, ...]  # all that it can carry
    Settings: type[Form]
    Secrets: type[Form]
    Once: type[Form] = NoSecrets  # what is entered once, such as a code, and exchanged for a secret
    exchanged: tuple[str, ...] = ()  # the secrets that come of it; nobody is asked for them
    patience: Patience = WEBHOOK  # how long, and how often, a delivery is tried
    pace: Pace | None = None
    reads_lead = True  # else it sends the event as it was frozen, and is handed no lead beside
    sends_current_lead = False  # the lead as it is, not the event: one that is newer makes an older one pointless
    mapping: tuple[tuple[str, str], ...] = ()  # (our field, theirs) of a new connection; none: nothing can be mapped

    def deliver(self, message: OutgoingMessage, settings: Form, secrets: Form) -> Outcome:
        """Send it. A repeat must do no harm: the one before may have arrived without our hearing of it."""
        raise NotImplementedError

    def check(self, message: OutgoingMessage, settings: Form, secrets: Form) -> Outcome:
        """Try the connection out with a message that is recognisably a test."""
        raise NotImplementedError

    def exchange(self, once: Form, settings: Form, secrets: Form, *, now: datetime) -> dict[str, str]:
        """Those of the secrets that `exchanged` names, empty in `secrets` so far. Raises Failed."""
        raise NotImplementedError

    def read_fields(self, settings: Form, secrets: Form, *, now: datetime) -> list[RemoteField]:
        """The fields that leads can be mapped to. Raises Failed."""
        raise NotImplementedError


class Failed(Exception):
    """A call to a destination didn't go well; `outcome` says how."""

    def __init__(self, outcome: Outcome):
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


def judge(answer: HttpAnswer, *, now: datetime, rejected: frozenset[int] = frozenset()) -> Outcome:
    """An HTTP answer as an outcome: 2xx alone is success, a redirect is not followed and counts as a failure.

    `rejected` are the statuses by which this kind of destination refuses one message for good.
    """
    told = {"status": answer.status, "answer": answer.body[:4096].decode("utf-8", "replace")}
    if 200 <= answer.status < 300:
        return Delivered(**told)
    if answer.status in rejected:
        return Rejected(reason=_("It refused this one (answer %d).") % answer.status, **told)
    if answer.status in (401, 403):
        return Misconfigured(reason=_("It does not accept our credentials (answer %d).") % answer.status, **told)
    if answer.status == 410:
        return Gone(reason=_("It says that it no longer exists (answer 410)."), **told)
    return TryLater(
        reason=_failure(answer.status),
        retry_after_seconds=retry_after_seconds(answer, now=now),
        **told,
    )


def unreachable(error: OutboundFailed) -> TryLater:
    """No answer came. It may have arrived nevertheless: the next try has to reckon with that."""
    words = {
        "name": _("There is no server of this name."),
        "connect": _("The server does not answer."),
        "tls": _("The server's certificate is not in order."),
        "deadline": _("The server took too long to answer."),
    }
    return TryLater(reason=words.get(error.reason, _("The connection broke off.")), is_ambiguous=error.is_ambiguous)


def retry_after_seconds(answer: HttpAnswer, *, now: datetime) -> int | None:
    """Retry-After, in seconds or as a date, in seconds from `now`, at most six hours. None where it can't be read."""
    value = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        seconds = int(value[:9])
    else:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = int(((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds() + 0.999)
    return max(0, min(LONGEST_WAIT_SECONDS, seconds))


def _failure(status: int) -> str:
    if status == 429:
        return _("It asked us to slow down (answer 429).")
    if 300 <= status < 400:
        words = _("It sent us on to another address, which we do not follow (answer %d). Enter the final address.")
        return words % status
    if status >= 500:
        return _("It had a fault of its own (answer %d).") % status
    return _("It did not accept the message (answer %d).") % status
