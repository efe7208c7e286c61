"""The counter of the post office: the only way in for the widget, the admin and the tasks."""

from leads.contact import ContactInvalid, find_contacts
from leads.services.announcing import announce
from leads.services.capture import capture_lead
from leads.services.completion import complete_lead, refresh_snapshot
from leads.services.connections import ConnectionInvalid, connect, encrypt_credentials_anew
from leads.services.reweighting import apply_weights, preview_weights
from leads.services.score import record_score, score_reasons, session_score
from leads.services.staff import (
    LeadExists,
    cancel,
    edit_lead,
    release_lead,
    resume_connection,
    send_again,
)

__all__ = [
    "ConnectionInvalid",
    "ContactInvalid",
    "LeadExists",
    "announce",
    "apply_weights",
    "cancel",
    "capture_lead",
    "complete_lead",
    "connect",
    "edit_lead",
    "encrypt_credentials_anew",
    "find_contacts",
    "preview_weights",
    "record_score",
    "refresh_snapshot",
    "release_lead",
    "resume_connection",
    "score_reasons",
    "send_again",
    "session_score",
]
