"""What goes into the door's use cases and what comes out. Frozen, without rows."""

from dataclasses import dataclass, field
from datetime import datetime

from widget.engine.contracts import Action, AnswerSource


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Where a request comes from: the visitor's `address` (IPv6 as its /64), and whether a server calls (no Origin),
    which is allowed at a tenth of the limits."""

    address: str
    is_server: bool = False

    def limit(self, count: int) -> int:
        """The share of a limit this caller has; at least one, unless the limit is zero."""
        return max(1, count // 10) if self.is_server and count else count


@dataclass(frozen=True, kw_only=True)
class PageSeen:
    url: str = ""
    title: str = ""
    referrer: str = ""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """What the visitor's browser says of itself; `language` is a BCP 47 tag, `has_agreed` whether the visitor has
    said yes to being tracked."""

    user_agent: str = ""
    language: str = ""
    has_agreed: bool = False


@dataclass(frozen=True, kw_only=True)
class Greeting:
    content: str
    timestamp: datetime


@dataclass(frozen=True, kw_only=True)
class StartedSession:
    """`greeting` is None where the tenant switched it off."""

    session_id: str
    visitor_id: str
    greeting: Greeting | None
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class VisitorMessage:
    """`client_message_id` is the browser's own id for this message; a repeat of it gets the first one's answer.

    `attachment_ids` are what was uploaded for it; `text` is empty only with one of them.
    """

    text: str
    page_url: str = ""
    client_message_id: str = ""
    attachment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PostedAnswer:
    """`answered_by` is ai, knowledge, human, or none while a person has taken over. `lead_score` is 0-100."""

    message_id: str
    content: str
    intent: str
    confidence: float
    lead_score: int
    answered_by: str
    suggested_actions: tuple[Action, ...] = ()
    sources: tuple[AnswerSource, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrackedEvent:
    """Something that happened on a page. `data` is any JSON; `timestamp` is the client's and only kept beside ours."""

    type: str
    data: object = None
    timestamp: str = ""
    event_id: str = ""
    page_url: str = ""


@dataclass(frozen=True, kw_only=True)
class PageMetrics:
    """Running totals of one page view; `page_view_id` and `page_url` empty: the session's last page."""

    time_on_page_ms: int = 0
    scroll_depth: int = 0
    click_count: int = 0
    page_view_id: str = ""
    page_url: str = ""
    page_title: str = ""


@dataclass(frozen=True, kw_only=True)
class ProactiveMessage:
    message_id: str
    trigger_type: str
    content: str
    suggested_actions: tuple[Action, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrackResult:
    """`engagement_score` is 0-100; `proactive` is None where nothing triggers."""

    engagement_score: int
    proactive: ProactiveMessage | None = None


@dataclass(frozen=True, kw_only=True)
class ProactiveAnswer:
    """`reason` says why there is no message: cooldown, cap, dismissed, unknown_trigger, …"""

    message: ProactiveMessage | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LeadForm:
    """At least one of `email` and `phone`; `custom_fields` are at most 20 scalars; `consent` is the ticked box."""

    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    custom_fields: dict = field(default_factory=dict)
    consent: bool = False


@dataclass(frozen=True, kw_only=True)
class LeadAnswer:
    lead_id: str
    message: str


@dataclass(frozen=True, kw_only=True)
class HandoffAnswer:
    """`is_available` is whether a person is there to answer now."""

    message: str
    is_available: bool = False


@dataclass(frozen=True, kw_only=True)
class Author:
    """A person as visitors see them; `avatar_url` is empty where they have no picture."""

    name: str
    avatar_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AttachmentShown:
    """A picture or PDF under a message. `url` is good for an hour at least, for whoever has it; `size` is in bytes."""

    attachment_id: str
    name: str
    content_type: str
    size: int
    url: str


@dataclass(frozen=True, kw_only=True)
class TranscriptMessage:
    """`role` is visitor, assistant, proactive or staff; `sequence` grows by one a message.

    `rating` is the visitor's opinion of an answer, up or down, `client_message_id` the browser's own id of what the
    visitor wrote, each empty where there is none; `author` is who wrote for the business, None where nobody did.
    """

    message_id: str
    sequence: int
    role: str
    content: str
    created_at: datetime
    answered_by: str = ""
    suggested_actions: tuple[Action, ...] = ()
    sources: tuple[AnswerSource, ...] = ()
    rating: str = ""
    client_message_id: str = ""
    author: Author | None = None
    attachments: tuple[AttachmentShown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """Some messages of a conversation, and how it stands.

    `last_sequence` is that of its newest message, shown here or not; `mode` says who answers: assistant, waiting (the
    assistant, and a person is called), person, or ended (by a person). `is_answering`: an answer is being made;
    `person` is who has the conversation, `is_typing` whether they write. `satisfaction` is what the visitor said of
    it, "" for nothing; `asks_satisfaction`: they may be asked.
    """

    messages: tuple[TranscriptMessage, ...]
    last_sequence: int
    mode: str
    is_answering: bool
    person: Author | None = None
    is_typing: bool = False
    satisfaction: str = ""
    asks_satisfaction: bool = False
