"""A call to colleagues in words: as much of it as their business allows. Pure."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.contracts import StaffCall
from leads.text import one_line

WAITING, WROTE, ASSIGNED, ESCALATION, MISSED = "waiting", "wrote", "assigned", "escalation", "missed"
PROMISED, TEST = "promise", "test"  # further notices on devices: of a promise, and one to try a device out
NOTHING, REASON, WORDS = "nothing", "reason", "words"  # what may be shown: tenants.models.Behavior.NoticeShows
LONGEST_WORDS = 300
TITLES = {
    WAITING: gettext_lazy("A visitor waits for a person"),
    WROTE: gettext_lazy("Your visitor has written"),
    ASSIGNED: gettext_lazy("A conversation is yours now"),
    ESCALATION: gettext_lazy("A visitor is still waiting"),
    MISSED: gettext_lazy("A visitor waited in vain"),
}
REASONS = {
    "user_request": gettext_lazy("they asked for a person"),
    "keyword": gettext_lazy("they wrote one of your words for it"),
    "complaint": gettext_lazy("they complain"),
    "low_confidence": gettext_lazy("two answers in a row were none"),
    "hot_lead": gettext_lazy("they are about to buy"),
    "lapsed": gettext_lazy("whoever had the conversation has gone"),
}


def reason_in_words(reason: str) -> str:
    """A reason that isn't one of ours may be anybody's words, and is told as a wish."""
    return str(REASONS.get(reason, REASONS["user_request"]))


def contents_of(call: StaffCall, *, shows: str) -> dict:
    """What may be kept of it for its notices."""
    told = {"call": call.kind, "url": call.conversation_url}
    if call.promised_by is not None:
        told["promised_by"] = call.promised_by.isoformat()
    if shows in (REASON, WORDS) and call.reason and call.kind != WROTE:
        told["reason"] = call.reason
    if shows == WORDS and call.words:
        told["words"] = one_line(call.words, LONGEST_WORDS)
    return told


def allowed(data: dict, *, shows: str) -> dict:
    """Of handoff.requested, what may be told to colleagues: their inbox always, whoever asks and what they wrote only
    where words may be shown."""
    reference = str(data.get("session_id") or "")
    told = {"session_id": reference, "conversation_url": data.get("conversation_url") or ""}
    if reference:
        told["conversation_url"] = f"{settings.SITE_URL}/admin/inbox/{reference}/"
    if shows in (REASON, WORDS) and data.get("reason"):
        told["reason"] = reason_in_words(data["reason"])
    if shows == WORDS:
        told |= {"visitor": data.get("visitor"), "last_message": data.get("last_message")}
    return told


def title_of(contents: dict) -> str:
    return str(TITLES[contents["call"]])


def lines_of(contents: dict) -> list[str]:
    """What there is to say beside the title; the words of visitors quoted."""
    lines = []
    if contents.get("reason"):
        lines.append(_("Why: %s") % reason_in_words(contents["reason"]))
    if contents.get("words"):
        lines.append(f"> {one_line(contents['words'], LONGEST_WORDS)}")
    return lines


def promised_by(contents: dict) -> datetime | None:
    return datetime.fromisoformat(contents["promised_by"]) if contents.get("promised_by") else None
