"""Visitors, their conversations, and what they did on the pages."""

from widget.models.conversations import Answer, IdempotencyRecord, Message, Session, Visitor
from widget.models.learning import UnansweredQuestion
from widget.models.live import Attachment, Handoff, Note, Reading
from widget.models.pages import PageEvent, PageView
from widget.models.proactive import ProactiveShowing, ProactiveText
from widget.models.repeats import RepeatableAnswer

__all__ = [
    "Answer",
    "Attachment",
    "Handoff",
    "IdempotencyRecord",
    "Message",
    "Note",
    "PageEvent",
    "PageView",
    "ProactiveShowing",
    "ProactiveText",
    "Reading",
    "RepeatableAnswer",
    "Session",
    "UnansweredQuestion",
    "Visitor",
]
