"""The door's use cases, and every transaction of the widget."""

from widget.queries import SessionNotFound
from widget.services.answering import answer_again, hint_unanswered
from widget.services.attachments import (
    AttachmentNotFound,
    AttachmentRefused,
    open_attachment,
    upload_by_visitor,
)
from widget.services.consent import set_tracking_consent
from widget.services.contacts import ConsentMissing, IdempotencyConflict, submit_lead
from widget.services.handoff import HandoffUnavailable, request_handoff
from widget.services.history import MessageNotFound, Shown, list_messages, rate_answer
from widget.services.messages import MessageEmpty, StillAnswering, post_message
from widget.services.proactive import ProactiveNotFound, dismiss_proactive, get_proactive
from widget.services.resuming import ResumeNotFound, resume_session
from widget.services.sessions import end_idle_sessions, end_session, start_session
from widget.services.tracking import TooManyEvents, track
from widget.services.transcript_mails import NoAddress, mail_transcript
from widget.services.visitor_side import NothingToRate, note_visitor_typing, rate_conversation

__all__ = [
    "AttachmentNotFound",
    "AttachmentRefused",
    "ConsentMissing",
    "HandoffUnavailable",
    "IdempotencyConflict",
    "MessageEmpty",
    "MessageNotFound",
    "NoAddress",
    "NothingToRate",
    "ProactiveNotFound",
    "ResumeNotFound",
    "SessionNotFound",
    "Shown",
    "StillAnswering",
    "TooManyEvents",
    "answer_again",
    "dismiss_proactive",
    "end_idle_sessions",
    "end_session",
    "get_proactive",
    "hint_unanswered",
    "list_messages",
    "mail_transcript",
    "note_visitor_typing",
    "open_attachment",
    "post_message",
    "rate_answer",
    "rate_conversation",
    "request_handoff",
    "resume_session",
    "set_tracking_consent",
    "start_session",
    "submit_lead",
    "track",
    "upload_by_visitor",
]
