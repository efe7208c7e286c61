"""What stands in the mails and notices by which colleagues are called to a conversation, or reminded of a promise."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads import calls
from leads.mailing.letters import Letter, NothingToTell, link_to
from leads.models import CallbackPromise, StaffMail
from leads.text import one_line

# After this it is of no use to come.
NOTICES_USEFUL_FOR = timedelta(minutes=15)
MAILS_USEFUL_FOR = timedelta(hours=1)
LONGEST_TITLE = 100
LONGEST_BODY = 400


def write_call(mail: StaffMail, *, now: datetime) -> Letter:
    """Raises NothingToTell where it comes too late."""
    _require_useful(mail, MAILS_USEFUL_FOR, now)
    contents = mail.contents
    lines = [calls.title_of(contents) + ".", *calls.lines_of(contents), "", _("Answer: %s") % contents["url"]]
    return Letter(subject=calls.title_of(contents), lines=lines)


def write_missed(mail: StaffMail) -> Letter:
    contents = mail.contents
    by = calls.promised_by(contents)
    lines = [_("Nobody was free, and the visitor has been told so."), *calls.lines_of(contents)]
    if by is not None:
        lines.append(_("They were promised to hear from you by %s.") % in_words(by))
    return Letter(subject=calls.title_of(contents), lines=[*lines, "", _("The conversation: %s") % contents["url"]])


def write_promise(mail: StaffMail, *, now: datetime) -> Letter:
    """Raises NothingToTell where it has been kept."""
    promise = _open_promise(mail)
    is_overdue = promise.due_at <= now
    subject = _("A promise is overdue") if is_overdue else _("A promise is due soon")
    name, by = one_line(str(promise.lead), LONGEST_TITLE), in_words(promise.due_at)
    sentence = (
        _("%(name)s was to hear from you by %(by)s and has not.")
        if is_overdue
        else _("%(name)s was promised to hear from you by %(by)s.")
    )
    done = _("Once you have got back to them, say so on their page, and nobody is reminded again.")
    return Letter(
        subject=subject,
        lines=[sentence % {"name": name, "by": by}, done, "", _("Lead: %s") % lead_address(promise.lead_id)],
    )


def payload_of(mail: StaffMail, *, now: datetime) -> dict:
    """What a device shows: title, body, the page that a click opens, and the tag by which a newer notice takes the
    place of an older one. Raises NothingToTell where it comes too late."""
    business = one_line(mail.tenant.name, 60)
    contents = mail.contents
    if contents["call"] == calls.TEST:
        body = _("This device is told when a visitor waits.")
        return _payload(_("It works"), business, body, link_to("admin:leads_staffmail_mine"), calls.TEST)
    if contents["call"] == calls.PROMISED:
        promise = _open_promise(mail)
        title = _("A promise is overdue") if promise.due_at <= now else _("A promise is due soon")
        body = _("Get back to a visitor by %s.") % in_words(promise.due_at)
        return _payload(title, business, body, lead_address(promise.lead_id), f"promise-{promise.pk}")
    _require_useful(mail, NOTICES_USEFUL_FOR, now)
    body = "\n".join(line.removeprefix("> ") for line in calls.lines_of(contents))
    return _payload(calls.title_of(contents), business, body, contents["url"], mail.conversation_reference)


def topic_of(mail: StaffMail) -> str:
    return mail.conversation_reference or mail.about


def in_words(at: datetime) -> str:
    return date_format(timezone.localtime(at), "D H:i, j M")


def lead_address(lead_pk: int) -> str:
    return link_to("admin:leads_lead_change", lead_pk)


def _payload(title: str, business: str, body: str, url: str, tag: str) -> dict:
    title = f"{title} · {business}"
    return {"title": title[:LONGEST_TITLE], "body": body[:LONGEST_BODY], "url": url, "tag": tag}


def _require_useful(mail: StaffMail, useful_for: timedelta, now: datetime) -> None:
    if now > mail.created_at + useful_for:
        raise NothingToTell


def _open_promise(mail: StaffMail) -> CallbackPromise:
    open_ones = CallbackPromise.objects.for_tenant(mail.tenant).select_related("lead").filter(kept_at=None)
    promise = open_ones.defer("lead__transcript").filter(pk=mail.contents["promise"]).first()
    if promise is None:
        raise NothingToTell
    return promise
