"""What callers send, field by field, and how it is handed to the use cases."""

from widget.api.requests.people import (
    AttachmentRequest,
    ResumeRequest,
    SatisfactionRequest,
    TranscriptRequest,
    TypingRequest,
)
from widget.api.requests.talks import (
    USUAL_LIMIT,
    FeedbackRequest,
    HandoffRequest,
    LeadRequest,
    MessageRequest,
    MessagesRequest,
)
from widget.api.requests.visits import (
    ConsentRequest,
    DismissRequest,
    EndRequest,
    ProactiveRequest,
    SessionRequest,
    TrackRequest,
)

__all__ = [
    "USUAL_LIMIT",
    "AttachmentRequest",
    "ConsentRequest",
    "DismissRequest",
    "EndRequest",
    "FeedbackRequest",
    "HandoffRequest",
    "LeadRequest",
    "MessageRequest",
    "MessagesRequest",
    "ProactiveRequest",
    "ResumeRequest",
    "SatisfactionRequest",
    "SessionRequest",
    "TrackRequest",
    "TranscriptRequest",
    "TypingRequest",
]
