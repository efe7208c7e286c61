"""Of a conversation: what is said, asked for and left."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from caty.lib.shapes import Shape
from widget.api.requests.fields import BIGGEST, AttachmentId, Scalar, SessionId, Url, capped
from widget.contracts import LeadForm, VisitorMessage
from widget.services import Shown

MOST_FIELDS = 20
USUAL_LIMIT = 50
LONGEST_WAIT = 20


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


class FeedbackRequest(Shape):
    """What the visitor thinks of an answer."""

    session_id: SessionId
    message_id: str = Field(max_length=100, description="The answer's id.")
    rating: Literal["up", "down", ""] = Field(description="up, down, or empty to take it back.")


class HandoffRequest(Shape):
    """The visitor wants a person."""

    session_id: SessionId
    reason: str | None = Field(None, max_length=40, description="Why, in a word, such as user_request.")
    email: str | None = Field(None, max_length=254, description="Where the person may be answered.")


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
