"""The counter of the post office: the only way in for the widget, the admin and the tasks."""

from leads.contact import ContactInvalid, find_contacts
from leads.services.announcing import announce
from leads.services.capture import capture_lead
from leads.services.completion import complete_lead, refresh_snapshot
from leads.services.connections import ConnectionInvalid, connect, encrypt_credentials_anew, map_by_default
from leads.services.duplicates import Likeness, find_duplicates
from leads.services.judging import ClaimNotFound, dismiss_claim, use_claim
from leads.services.mail_choices import (
    StopLink,
    StopLinkInvalid,
    choose_mails,
    read_stop_path,
    stop_mails,
    stop_path,
)
from leads.services.score import record_score, score_reasons, session_score
from leads.services.staff import (
    LeadExists,
    cancel,
    edit_lead,
    edit_leads,
    release_lead,
    resume_connection,
    send_again,
)

__all__ = [
    "ClaimNotFound",
    "ConnectionInvalid",
    "ContactInvalid",
    "LeadExists",
    "Likeness",
    "StopLink",
    "StopLinkInvalid",
    "announce",
    "cancel",
    "capture_lead",
    "choose_mails",
    "complete_lead",
    "connect",
    "dismiss_claim",
    "edit_lead",
    "edit_leads",
    "encrypt_credentials_anew",
    "find_contacts",
    "find_duplicates",
    "map_by_default",
    "read_stop_path",
    "record_score",
    "refresh_snapshot",
    "release_lead",
    "resume_connection",
    "score_reasons",
    "send_again",
    "session_score",
    "stop_mails",
    "stop_path",
    "use_claim",
]
