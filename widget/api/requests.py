"""What callers send, field by field, and how it is handed to the use cases."""

from typing import Annotated, Any, Literal

from django.core.files.uploadedfile import UploadedFile
from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from caty.lib.shapes import Shape
from widget.contracts import Browser, LeadForm, PageMetrics, PageSeen, TrackedEvent, VisitorMessage
from widget.pages import LONGEST, without_secrets
from widget.services import Shown

LONGEST_SCALAR = 1000
MOST_FIELDS = 20
BIGGEST = 2**31 - 1
USUAL_LIMIT = 50
LONGEST_WAIT = 20


def at_most(longest: int) -> AfterValidator:
    """Cut what is only noted: a page with a very long address may still chat."""
    return AfterValidator(lambda text: text[:longest] if text is not None else None)


def capped(most: int) -> AfterValidator:
    return AfterValidator(lambda number: None if number is None else int(min(number, most)))


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Must be text, a number, true or false.")
    if isinstance(value, str) and len(value) > LONGEST_SCALAR:
        raise PydanticCustomError("scalar_too_long", "Must have at most 1000 characters.")
    return value


def _file(value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise PydanticCustomError("file", "Must be a file.")
    return value


def _harmless(url: str | None) -> str | None:
    """Addresses of pages may hold what opens a door or names a person: nothing of that is kept."""
    return None if url is None else without_secrets(url)


SessionId = Annotated[str, Field(max_length=100, description="The id that `session` gave.")]
Url = Annotated[str | None, Field(max_length=8000), AfterValidator(_harmless), at_most(LONGEST)]
Title = Annotated[str | None, Field(max_length=2000), at_most(300)]
AttachmentId = Annotated[str, Field(max_length=100)]
ApiKey = Annotated[
    str | None,
    Field(max_length=200, description="The API key, where the body is sent as text/plain and no header can be set."),
]
Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
Total = Annotated[float | None, Field(ge=0), capped(BIGGEST)]


class PageInput(Shape):
    """The page the visitor is on."""

    url: Url = Field(None, description="Its address.")
    title: Title = Field(None, description="Its title.")
    referrer: Url = Field(None, description="The address the visitor came from.")

    def as_page(self) -> PageSeen:
        return PageSeen(url=self.url or "", title=self.title or "", referrer=self.referrer or "")


class SessionRequest(Shape):
    """Start a conversation, or find the running one of a visitor who came before."""

    visitor_id: str | None = Field(
        None, max_length=100, description="The id an earlier answer gave; unknown ones are ignored."
    )
    page: PageInput | None = Field(None, description="The page the visitor is on.")
    language: Annotated[str | None, Field(max_length=200), at_most(35)] = Field(
        None, description="The browser's language, such as de or pt-BR."
    )
    track: bool | None = Field(
        None,
        description="false where the visitor has not agreed to be tracked: the page is not noted. Where the business "
        "asks for consent first, nothing is noted without true, here or as `granted` of the consent call.",
    )
    api_key: ApiKey = None

    def as_page(self) -> PageSeen:
        return self.page.as_page() if self.page and self.track is not False else PageSeen()

    def as_browser(self, user_agent: str) -> Browser:
        return Browser(user_agent=user_agent, language=self.language or "", has_agreed=self.track is True)


class MessageContext(Shape):
    page_url: Url = Field(None, description="The page the question was asked on.")


class MessageRequest(Shape):
    """A visitor's message."""

    session_id: SessionId
    attachment_ids: list[AttachmentId] | None = Field(
        None, max_length=5, description="What `attachment` gave for the files that go with it."
    )
    message: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = Field(
        description="What the visitor wrote: 1 to 4,000 characters after trimming. It may be empty where files go with "
        "it."
    )
    context: MessageContext | None = Field(None, description="Where it was asked.")
    client_message_id: str | None = Field(
        None,
        max_length=100,
        description="The client's own id of this message. A repeat under the same id gets the first one's answer.",
    )

    @field_validator("message")
    @classmethod
    def _is_something(cls, text: str, known: ValidationInfo) -> str:
        if not text and not known.data.get("attachment_ids"):
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        return text

    def as_message(self) -> VisitorMessage:
        return VisitorMessage(
            text=self.message,
            page_url=(self.context.page_url if self.context else None) or "",
            client_message_id=self.client_message_id or "",
            attachment_ids=tuple(self.attachment_ids or ()),
        )


class EventInput(Shape):
    """Something that happened on a page. Types are an open set, of which speaking first knows some: exit_intent; idle
    and form_abandonment, with data like {"idle_seconds": 20}; proactive_opened, when the chat was opened upon a
    proactive message, with its id as data; and names that a rule asks for."""

    type: str = Field(min_length=1, max_length=60, description="Such as scroll_depth, click or exit_intent.")
    data: Any = Field(None, description="Any JSON that belongs to it.")
    timestamp: Annotated[str | None, Field(max_length=100), at_most(40)] = Field(
        None, description="The client's own time. Ours decides; this one is kept beside it."
    )
    event_id: str | None = Field(
        None,
        max_length=64,
        description="The client's own id of this event: however often it is sent, it is stored once.",
    )
    page_url: Url = Field(None, description="The page it happened on; else the session's last page.")

    def as_event(self) -> TrackedEvent:
        return TrackedEvent(
            type=self.type,
            data=self.data,
            timestamp=self.timestamp or "",
            event_id=self.event_id or "",
            page_url=self.page_url or "",
        )


class MetricsInput(Shape):
    """Running totals of one page view."""

    time_on_page: Total = Field(None, alias="timeOnPage", description="Milliseconds spent on the page.")
    scroll_depth: Annotated[float | None, Field(ge=0), capped(100)] = Field(
        None, alias="scrollDepth", description="Deepest point reached, in percent."
    )
    click_count: Total = Field(None, alias="clickCount", description="Clicks on the page.")
    page_view_id: str | None = Field(
        None, max_length=64, description="The client's own id of this page view; else the session's last page is meant."
    )
    page_url: Url = Field(None, description="The page's address.")
    page_title: Title = Field(None, description="The page's title.")

    def as_metrics(self) -> PageMetrics:
        return PageMetrics(
            time_on_page_ms=self.time_on_page or 0,
            scroll_depth=self.scroll_depth or 0,
            click_count=self.click_count or 0,
            page_view_id=self.page_view_id or "",
            page_url=self.page_url or "",
            page_title=self.page_title or "",
        )


class TrackRequest(Shape):
    """What a visitor did on a page."""

    session_id: SessionId
    events: list[EventInput] | None = Field(None, max_length=50, description="At most 50 events, in any order.")
    metrics: MetricsInput | None = Field(None, description="Running totals of the page view.")
    chat_open: bool | None = Field(
        None,
        description="true while the visitor has the chat open or is leaving the page: nothing is announced, and every "
        "rule stays unused.",
    )
    api_key: ApiKey = None


class ProactiveContext(Shape):
    page_url: Url = Field(None, description="The page the visitor is on.")
    engagement_score: Annotated[float | None, Field(ge=0), capped(100)] = Field(
        None, description="The score that `track` gave, 0 to 100."
    )


class ProactiveRequest(Shape):
    """Ask for the text of a rule that has fired."""

    session_id: SessionId
    trigger_type: str = Field(
        max_length=100,
        description="high_engagement, exit_intent, pricing_page, return_visitor, form_abandonment, "
        "or a rule of the business's own.",
    )
    context: ProactiveContext | None = Field(None, description="Where it fired.")

    @property
    def page_url(self) -> str:
        return (self.context.page_url if self.context else None) or ""


class DismissRequest(Shape):
    """The visitor closed a proactive message."""

    session_id: SessionId
    message_id: str = Field(max_length=100, description="The proactive message's id.")


class LeadRequest(Shape):
    """A visitor's contact details; at least one of email and phone."""

    session_id: SessionId
    name: str | None = Field(None, max_length=200, description="The person's name.")
    email: str | None = Field(None, max_length=254, description="The e-mail address.")
    phone: str | None = Field(None, max_length=60, description="The phone number, as the person writes it.")
    company: str | None = Field(None, max_length=200, description="The company.")
    custom_fields: dict[Annotated[str, Field(min_length=1, max_length=60)], Scalar] | None = Field(
        None, max_length=MOST_FIELDS, description="Up to 20 further fields: text, numbers, true or false."
    )
    consent: bool | None = Field(None, description="Whether the box beside the privacy notice was ticked.")

    def as_form(self) -> LeadForm:
        return LeadForm(
            name=(self.name or "").strip(),
            email=(self.email or "").strip(),
            phone=(self.phone or "").strip(),
            company=(self.company or "").strip(),
            custom_fields=self.custom_fields or {},
            consent=bool(self.consent),
        )


class HandoffRequest(Shape):
    """The visitor wants a person."""

    session_id: SessionId
    reason: str | None = Field(None, max_length=40, description="Why, in a word, such as user_request.")
    email: str | None = Field(None, max_length=254, description="Where the person may be answered.")


class EndRequest(Shape):
    """The conversation is over."""

    session_id: SessionId


class MessagesRequest(Shape):
    """Ask for the conversation so far."""

    session_id: SessionId
    after: int | None = Field(None, ge=0, le=BIGGEST, description="Only messages with a higher sequence number.")
    limit: int | None = Field(None, ge=1, le=100, description="At most so many; 50 if not given.")
    wait: Annotated[float | None, Field(ge=0), capped(LONGEST_WAIT)] = Field(
        None,
        description="Where there is nothing to give yet, wait so many seconds for it; 20 at most. An empty answer that "
        "comes sooner says that too many wait already: ask again after some seconds.",
    )

    typing: bool | None = Field(
        None, description="Whether the client shows that a person writes: when that changes, waiting ends."
    )
    mode: Annotated[str | None, Field(max_length=100)] = Field(
        None, description="The `mode` that the client shows: when that changes, waiting ends."
    )
    person: Annotated[str | None, Field(max_length=200)] = Field(
        None,
        description="The name of the `person` that the client shows, empty for none: when another has taken over, "
        "waiting ends.",
    )

    def as_shown(self) -> Shown:
        return Shown(is_typing=self.typing, mode=self.mode or "", person=self.person)


class TypingRequest(Shape):
    """The visitor is writing; send it every few seconds while they are, at most."""

    session_id: SessionId


class AttachmentRequest(Shape):
    """A picture or PDF to send along with the next message, where a person answers or is waited for."""

    session_id: SessionId
    file: Annotated[Any, AfterValidator(_file), WithJsonSchema({"type": "string", "format": "binary"})] = Field(
        description="JPEG, PNG, WebP, GIF or PDF, told by its content; 5 MB at most. Pictures are made anew."
    )


class SatisfactionRequest(Shape):
    """How a talk with a person was."""

    session_id: SessionId
    rating: Literal["good", "okay", "bad"] = Field(description="good, okay or bad, in place of what was said before.")


class TranscriptRequest(Shape):
    """Send the conversation to its visitor by mail."""

    session_id: SessionId
    email: str | None = Field(
        None, max_length=254, description="Where to; else to the address that the visitor has left in it."
    )


class ResumeRequest(Shape):
    """Go on with the conversation that a link in a mail leads to."""

    token: str = Field(max_length=500, description="What stands behind #caty-resume= in the link.")


class FeedbackRequest(Shape):
    """What the visitor thinks of an answer."""

    session_id: SessionId
    message_id: str = Field(max_length=100, description="The answer's id.")
    rating: Literal["up", "down", ""] = Field(description="up, down, or empty to take it back.")


class ConsentRequest(Shape):
    """Whether the visitor agrees to be tracked."""

    session_id: SessionId
    granted: bool = Field(
        description="false erases what was noted of the visitor's behaviour, and nothing more is noted until true."
    )
