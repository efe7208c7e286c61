"""What the post office takes in and gives back. Frozen, without rows."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class TranscriptLine:
    """One line of a conversation as a lead carries it. `role` is visitor, assistant, proactive or staff."""

    role: str
    content: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CapturedLead:
    """What a visitor gave in one go; at least one of `email` and `phone`. `custom_fields` are at most 20 scalars."""

    conversation_reference: str
    conversation_url: str
    person_reference: str
    email: str = ""
    phone: str = ""
    name: str = ""
    company: str = ""
    custom_fields: dict = field(default_factory=dict)
    intent: str = ""
    page_url: str = ""
    referrer: str = ""
    first_page_url: str = ""  # as the visit began on it, with whatever a campaign put there
    consent_text: str = ""
    consent_version: int | None = None
    transcript: tuple[TranscriptLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LeadReceipt:
    """`lead_pk` stays inside; `lead_id` is public. `conversation_score`, 0–100, counts this conversation alone."""

    lead_pk: int
    lead_id: str
    is_new: bool
    conversation_score: int


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that happened, for whoever asked to hear of it. `event` is one of leads.events.EVENTS; `event_id` is
    the event's own, at most 80 characters."""

    event: str
    event_id: str
    data: dict


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Contact details found in somebody's own words: normalised, each once, in order."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScoreFact:
    """A rule that holds for a conversation, and the reason staff read. Rules are the fields of ScoreWeights."""

    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class WeekDue:
    """A week that owners of a business are to be told of: from `since` until `until`, midnights there; `monday` is the
    day they are told."""

    tenant_id: int
    monday: date
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class ChatFigures:
    """What became of the conversations that began in some days. `answered` and `refused` count questions."""

    chats: int = 0
    answered: int = 0
    refused: int = 0
    cost_microusd: int = 0


@dataclass(frozen=True, kw_only=True)
class QuestionToAnswer:
    """One that knowledge doesn't answer, in a visitor's words; `path` is the page where staff write the answer."""

    text: str
    times: int
    path: str


@dataclass(frozen=True, kw_only=True)
class StaffCall:
    """That a visitor waits for a person, told to colleagues.

    `kind` is waiting (a person is asked for), wrote (to the colleague who has the conversation), assigned (given to
    one), escalation (nobody has reacted) or missed (the visitor was told that nobody is free). `about` tells one call
    from another: the same is told once. `reason` is why a person is wanted, `words` what the visitor wrote last,
    `promised_by` until when a visitor who was missed has been promised to hear from the business.
    """

    kind: str
    conversation_reference: str
    conversation_url: str
    about: str
    reason: str = ""
    words: str = ""
    promised_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LetterLine:
    """A line of a conversation in a mail to its visitor: who said it, by the name that the visitor knows."""

    who: str
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitorLetter:
    """A mail to a visitor, for which they have left an address or asked.

    `kind` is replies (what colleagues wrote while they were away) or transcript. `about` tells one from another: the
    same is sent once. `language` is the visitor's; `link` leads back into the conversation, "" where there is no way.
    """

    kind: str
    to: str
    language: str
    about: str
    business: str
    lines: tuple[LetterLine, ...]
    link: str = ""
    conversation_reference: str = ""  # so that it goes when its person is erased
