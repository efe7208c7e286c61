"""Of a conversation with a person, and of what is left of it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from caty.lib.shapes import Shape
from widget.api.requests.fields import SessionId, upload


class TypingRequest(Shape):
    """The visitor is writing; send it every few seconds while they are, at most."""

    session_id: SessionId


class AttachmentRequest(Shape):
    """A picture or PDF to send along with the next message, where a person answers or is waited for."""

    session_id: SessionId
    file: Annotated[Any, AfterValidator(upload), WithJsonSchema({"type": "string", "format": "binary"})] = Field(
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
