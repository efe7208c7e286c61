"""The door's use cases, and every transaction of the widget."""

from widget.queries import SessionNotFound
from widget.services.answering import answer_again, hint_unanswered
from widget.services.consent import set_tracking_consent
from widget.services.contacts import ConsentMissing, IdempotencyConflict, submit_lead
from widget.services.handoff import HandoffUnavailable, request_handoff
from widget.services.history import MessageNotFound, list_messages, rate_answer
from widget.services.messages import StillAnswering, post_message
from widget.services.proactive import ProactiveNotFound, dismiss_proactive, get_proactive
from widget.services.sessions import end_idle_sessions, end_session, start_session
from widget.services.tracking import TooManyEvents, track

__all__ = [
    "ConsentMissing",
    "HandoffUnavailable",
    "IdempotencyConflict",
    "MessageNotFound",
    "ProactiveNotFound",
    "SessionNotFound",
    "StillAnswering",
    "TooManyEvents",
    "answer_again",
    "dismiss_proactive",
    "end_idle_sessions",
    "end_session",
    "get_proactive",
    "hint_unanswered",
    "list_messages",
    "post_message",
    "rate_answer",
    "request_handoff",
    "set_tracking_consent",
    "start_session",
    "submit_lead",
    "track",
]
