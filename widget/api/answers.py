"""What callers get, field by field."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from widget import contracts
from widget.engine.contracts import Action, AnswerSource

Timestamp = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]
Success = Annotated[Literal[True], Field(description="Always true; an error has false.")]


class Answer(BaseModel):
    """Part of an answer, read from the use case's own values."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class ActionAnswer(Answer):
    """A button under a message."""

    label: str = Field(description="What the button says.")
    action: Literal["link", "handoff", "message", "lead_form", "dismiss"] = Field(
        description="link opens `url`; handoff asks for a person; message sends the label; lead_form asks for contact "
        "details; dismiss closes."
    )
    url: str = Field("", exclude_if=lambda url: not url, description="Where a link leads; only links have it.")

    @classmethod
    def each(cls, actions: tuple[Action, ...]) -> list[Self]:
        return [cls(label=one.label, action=one.action, url=one.url) for one in actions]


class SourceAnswer(Answer):
    """Where an answer comes from."""

    title: str = Field(description="The article's title.")
    url: str = Field(description="Its address; empty where it has none.")

    @classmethod
    def each(cls, sources: tuple[AnswerSource, ...]) -> list[Self]:
        return [cls(title=one.title, url=one.url) for one in sources]


class GreetingAnswer(Answer):
    content: str = Field(description="The greeting.")
    timestamp: Timestamp = Field(description="When the conversation began, UTC.")


class SessionAnswer(Answer):
    """The conversation that was started or found."""

    success: Success = True
    session_id: str = Field(
        description="Names this conversation in all further calls. A credential: keep it to the page."
    )
    visitor_id: str = Field(description="Send it next time, so that the visitor is known again. A credential as well.")
    greeting: GreetingAnswer | None = Field(description="null where the business switched greetings off.")


class ResponseAnswer(Answer):
    content: str = Field(description="The answer, as plain text with simple Markdown.")
    suggested_actions: list[ActionAnswer] = Field(max_length=4, description="Buttons to show under it.")
    message_id: str = Field(description="The answer's id; empty while a person has taken over.")
    sources: list[SourceAnswer] = Field(description="What the answer was drawn from.")
    answered_by: Literal["ai", "knowledge", "human", "none"] = Field(
        description="ai, knowledge (no model was asked), human, or none while a person has taken over."
    )


class MetadataAnswer(Answer):
    intent: str = Field(description="What the visitor wants, such as pricing_inquiry. An open set.")
    confidence: float = Field(ge=0, le=1, description="How likely the answer is grounded in the business's knowledge.")
    lead_score: int = Field(ge=0, le=100, description="How promising this conversation is.")


class MessageAnswer(Answer):
    """The answer to a visitor's message."""

    success: Success = True
    response: ResponseAnswer = Field(description="What to show.")
    metadata: MetadataAnswer = Field(description="What was understood.")

    @classmethod
    def of(cls, posted: contracts.PostedAnswer) -> Self:
        return cls(
            response=ResponseAnswer(
                content=posted.content,
                suggested_actions=ActionAnswer.each(posted.suggested_actions),
                message_id=posted.message_id,
                sources=SourceAnswer.each(posted.sources),
                answered_by=posted.answered_by,
            ),
            metadata=MetadataAnswer(intent=posted.intent, confidence=posted.confidence, lead_score=posted.lead_score),
        )


class TriggerAnswer(Answer):
    should_trigger: bool = Field(description="Whether to speak to the visitor now.")
    message: str | None = Field(description="What to say; null when nothing triggers.")
    message_id: str = Field("", exclude_if=lambda text: not text, description="The message's id, when one is said.")
    trigger_type: str = Field("", exclude_if=lambda text: not text, description="The rule that fired, when one did.")
    suggested_actions: list[ActionAnswer] = Field(
        [], max_length=4, exclude_if=lambda actions: not actions, description="Buttons to show under it, if any."
    )

    @classmethod
    def of(cls, said: contracts.ProactiveMessage | None) -> Self:
        if said is None:
            return cls(should_trigger=False, message=None)
        return cls(
            should_trigger=True,
            message=said.content,
            message_id=said.message_id,
            trigger_type=said.trigger_type,
            suggested_actions=ActionAnswer.each(said.suggested_actions),
        )


class TrackAnswer(Answer):
    """What the behaviour so far amounts to."""

    success: Success = True
    engagement_score: int = Field(ge=0, le=100, description="How engaged the visitor is.")
    proactive: TriggerAnswer = Field(description="Whether to speak first.")

    @classmethod
    def of(cls, result: contracts.TrackResult) -> Self:
        return cls(engagement_score=result.engagement_score, proactive=TriggerAnswer.of(result.proactive))


class ProactiveMessageAnswer(Answer):
    message_id: str = Field(description="The same each time it is asked for.")
    content: str = Field(description="What to say.")
    suggested_actions: list[ActionAnswer] = Field(max_length=4, description="Buttons to show under it.")


class ProactiveAnswer(Answer):
    """The text of a rule that has fired."""

    success: Success = True
    message: ProactiveMessageAnswer | None = Field(description="null where it may not be shown; `reason` says why.")
    reason: str = Field(
        "",
        exclude_if=lambda text: not text,
        description="Why there is no message: cooldown, cap, dismissed, unknown_trigger, … An open set.",
    )

    @classmethod
    def of(cls, answer: contracts.ProactiveAnswer) -> Self:
        said = answer.message
        if said is None:
            return cls(message=None, reason=answer.reason)
        return cls(
            message=ProactiveMessageAnswer(
                message_id=said.message_id,
                content=said.content,
                suggested_actions=ActionAnswer.each(said.suggested_actions),
            )
        )


class LeadAnswer(Answer):
    """The details are safe."""

    success: Success = True
    lead_id: str = Field(description="The lead's id.")
    message: str = Field(description="Thanks, in the business's own words.")


class HandoffAnswer(Answer):
    """The team knows."""

    success: Success = True
    message: str = Field(description="What to tell the visitor.")
    is_available: bool = Field(description="Whether a person is there to answer now.")


class DoneAnswer(Answer):
    """Nothing more to say."""

    success: Success = True


class AuthorAnswer(Answer):
    """A person of the business."""

    name: str = Field(description="Who wrote.")
    avatar_url: str = Field(description="Their picture; empty where there is none.")


class AttachmentShown(Answer):
    attachment_id: str = Field(description="Its id: send it with the message.")
    name: str = Field(description="Its name, with the ending of what it is.")
    content_type: str = Field(description="image/jpeg, image/png, image/webp or application/pdf.")
    size: int = Field(description="Bytes.")
    url: str = Field(description="Where it is fetched; good for an hour at least, for whoever has it.")


class AttachmentAnswer(Answer):
    """The file is kept. What is not sent within a day is forgotten."""

    success: Success = True
    attachment: AttachmentShown = Field(description="The file as it is shown.")


class TranscriptMessageAnswer(Answer):
    message_id: str = Field(description="The message's id.")
    sequence: int = Field(description="Its place in the conversation; grows by one a message.")
    role: Literal["visitor", "assistant", "proactive", "staff"] = Field(description="Who said it.")
    content: str = Field(description="What was said.")
    timestamp: Timestamp = Field(description="When, UTC.")
    suggested_actions: list[ActionAnswer] = Field(description="Buttons under it.")
    sources: list[SourceAnswer] = Field(description="What it was drawn from.")
    answered_by: str = Field(description="ai, knowledge or human for an answer; else empty.")
    rating: Literal["", "up", "down"] = Field(description="What the visitor thinks of an answer; empty: nothing.")
    client_message_id: str = Field(description="The client's own id of what the visitor wrote; else empty.")
    author: AuthorAnswer | None = Field(description="Who wrote for the business; null where no person did.")
    attachments: list[AttachmentShown] = Field(description="What was sent with it.")


class MessagesAnswer(Answer):
    """The conversation, oldest first."""

    success: Success = True
    messages: list[TranscriptMessageAnswer] = Field(description="Messages after the sequence number asked for.")
    last_sequence: int = Field(description="The sequence number of the newest message, given here or not.")
    mode: Literal["assistant", "waiting", "person", "ended"] = Field(
        description="Who answers now: the assistant; the assistant while a person is called; a person alone; nobody, "
        "where a person has ended it."
    )
    is_answering: bool = Field(description="Whether an answer is being made.")
    person: AuthorAnswer | None = Field(description="The person who has the conversation; null where none has.")
    is_typing: bool = Field(description="Whether that person is writing.")
    satisfaction: Literal["", "good", "okay", "bad"] = Field(description="How the visitor said it was; empty: nothing.")
    asks_satisfaction: bool = Field(description="Whether to ask the visitor how it was.")

    @classmethod
    def of(cls, found: contracts.Transcript) -> Self:
        return cls(
            messages=[_transcript_message(one) for one in found.messages],
            last_sequence=found.last_sequence,
            mode=found.mode,
            is_answering=found.is_answering,
            person=_author(found.person),
            is_typing=found.is_typing,
            satisfaction=found.satisfaction,
            asks_satisfaction=found.asks_satisfaction,
        )


def _transcript_message(one: contracts.TranscriptMessage) -> TranscriptMessageAnswer:
    return TranscriptMessageAnswer(
        message_id=one.message_id,
        sequence=one.sequence,
        role=one.role,
        content=one.content,
        timestamp=one.created_at,
        suggested_actions=ActionAnswer.each(one.suggested_actions),
        sources=SourceAnswer.each(one.sources),
        answered_by=one.answered_by,
        rating=one.rating,
        client_message_id=one.client_message_id,
        author=_author(one.author),
        attachments=[AttachmentShown.model_validate(file) for file in one.attachments],
    )


def _author(author: contracts.Author | None) -> AuthorAnswer | None:
    return AuthorAnswer.model_validate(author) if author else None


class ErrorDetail(Answer):
    field: str = Field(description="Dotted path of the field, such as page.url or events.3.type.")
    error: str = Field(description="What is not right with it.")


class ErrorAnswer(Answer):
    """Any failure."""

    success: Annotated[Literal[False], Field(description="Always false.")] = False
    error: str = Field(description="A sentence for a person.")
    code: Literal[
        "MISSING_API_KEY",
        "INVALID_API_KEY",
        "ORIGIN_NOT_ALLOWED",
        "VALIDATION_ERROR",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "IDEMPOTENCY_CONFLICT",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "RATE_LIMITED",
        "SERVER_ERROR",
        "UNAVAILABLE",
    ] = Field(description="A word for a program; it never changes.")
    request_id: str = Field(description="Name it when you ask for help; the same as X-Request-Id.")
    details: list[ErrorDetail] = Field(
        [], exclude_if=lambda details: not details, description="Which fields, with VALIDATION_ERROR only."
    )
