"""The counter of the post office: the only way in for the widget, the admin and the tasks."""

from leads.contact import ContactInvalid, find_contacts
from leads.scoring import band_of
from leads.services.again import Again, count_again, send_lead_again, send_range_again
from leads.services.announcing import announce
from leads.services.calling import call_colleagues, withdraw_calls
from leads.services.capture import capture_lead
from leads.services.completion import complete_lead, refresh_snapshot
from leads.services.connections import (
    ConnectionInvalid,
    PausedConnection,
    connect,
    encrypt_credentials_anew,
    find_paused,
    keep_remote_fields,
    map_anew,
    map_by_default,
)
from leads.services.devices import DeviceInvalid, add_device, remove_device, try_device
from leads.services.duplicates import Likeness, find_duplicates
from leads.services.earlier import (
    EarlierLeads,
    count_earlier,
    find_earlier,
    send_earlier_batch,
    start_earlier,
    stop_earlier,
)
from leads.services.erasing import Person, erase_person, leads_of
from leads.services.forgetting import forget_old_deliveries, forget_old_mails
from leads.services.judging import ClaimNotFound, dismiss_claim, use_claim
from leads.services.letters import mail_visitor
from leads.services.mail_choices import (
    StopLink,
    StopLinkInvalid,
    choose_mails,
    read_stop_path,
    stop_mails,
    stop_path,
)
from leads.services.promises import keep_lead_promises, keep_promise, promise_callback, watch_promises
from leads.services.reweighting import apply_weights, preview_weights
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
from leads.weekly import announce_week, find_weeks_due

__all__ = [
    "Again",
    "ClaimNotFound",
    "ConnectionInvalid",
    "ContactInvalid",
    "DeviceInvalid",
    "EarlierLeads",
    "LeadExists",
    "Likeness",
    "PausedConnection",
    "Person",
    "StopLink",
    "StopLinkInvalid",
    "add_device",
    "announce",
    "announce_week",
    "apply_weights",
    "band_of",
    "call_colleagues",
    "cancel",
    "capture_lead",
    "choose_mails",
    "complete_lead",
    "connect",
    "count_again",
    "count_earlier",
    "dismiss_claim",
    "edit_lead",
    "edit_leads",
    "encrypt_credentials_anew",
    "erase_person",
    "find_contacts",
    "find_duplicates",
    "find_earlier",
    "find_paused",
    "find_weeks_due",
    "forget_old_deliveries",
    "forget_old_mails",
    "keep_lead_promises",
    "keep_promise",
    "keep_remote_fields",
    "leads_of",
    "mail_visitor",
    "map_anew",
    "map_by_default",
    "preview_weights",
    "promise_callback",
    "read_stop_path",
    "record_score",
    "refresh_snapshot",
    "release_lead",
    "remove_device",
    "resume_connection",
    "score_reasons",
    "send_again",
    "send_earlier_batch",
    "send_lead_again",
    "send_range_again",
    "session_score",
    "start_earlier",
    "stop_earlier",
    "stop_mails",
    "stop_path",
    "try_device",
    "use_claim",
    "watch_promises",
    "withdraw_calls",
]
