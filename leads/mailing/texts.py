"""What stands in each mail, in the language and the time of the business."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import mails
from leads.junk import REASONS
from leads.mail_choices import wanting
from leads.mailing import digests
from leads.models import Connection, Delivery, Lead, StaffMail
from leads.services.mail_choices import stop_path
from leads.services.score import score_reasons
from leads.text import one_line
from tenants.models import Membership
from tenants.zones import zone_named

Kind = StaffMail.Kind
LONGEST_NAME = 120


class NothingToTell(Exception):
    """What the mail was about is over."""


def compose(mail: StaffMail) -> EmailMessage | None:
    """The mail as it is to be sent, or None where its person no longer wants it or what it was about is over."""
    if not Membership.objects.for_tenant(mail.tenant).filter(wanting(mail.kind), pk=mail.membership_id).exists():
        return None
    with translation.override(_language(mail.tenant.language)), timezone.override(zone_named(mail.tenant.timezone)):
        try:
            subject, lines, reply_to = WRITERS[mail.kind](mail)
        except NothingToTell:
            return None
        stop = _address("stop_mails", stop_path(mail.membership_id, mail.kind))
        return EmailMessage(
            subject=f"{subject} · {one_line(mail.tenant.name, 80)}",
            body="\n".join([*lines, "", *_ending(mail, stop)]) + "\n",
            to=[mail.membership.user.email],
            reply_to=reply_to,
            headers={
                "Message-ID": mails.message_id(str(mail.pk)),
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",  # or an answer in somebody's absence would go to the visitor
            },
        )


def _hot(mail: StaffMail) -> tuple[str, list[str], list[str]]:
    lead = mail.lead
    reasons = [(entry.reason, entry.points) for entry in score_reasons(lead)]
    lines = [*mails.lead_lines(lead, reasons), _("Lead: %s") % _lead_address(lead)]
    if lead.conversation_reference:
        address = _address("admin:conversation", lead.conversation_reference)
        lines.append(_("Conversation: %s") % address)
    return f"{_('Hot lead')} ({lead.score}/100)", lines, mails.reply_to(lead.email)


def _more(mail: StaffMail) -> tuple[str, list[str], list[str]]:
    gathered = Lead.objects.for_tenant(mail.tenant).filter(staff_mails__gathered_into=mail, held_reason="")
    leads = digests.some(gathered.defer("transcript").order_by("-score", "pk"), digests.MOST_LEADS)
    if not leads.count:
        raise NothingToTell
    words = ngettext("%d more hot lead", "%d more hot leads", leads.count) % leads.count
    why = _("There were so many within an hour that these come in one mail.")
    return words, [why, "", *_list(leads, _lead_lines, _leads_address("heat=hot"))], []


def _digest(mail: StaffMail) -> tuple[str, list[str], list[str]]:
    digest = digests.contents_of(mail)
    if not digest.is_news:
        raise NothingToTell
    count = digest.new.count
    words = ngettext("%d new lead", "%d new leads", count) % count if count else _("Leads that wait for you")
    parts = (
        (_("New leads: %d"), digest.new, _lead_lines, _leads_address("")),
        (
            _("Did not arrive: %d"),
            digest.failed,
            _failed_lines,
            _address("admin:leads_delivery_changelist") + "?state=failed",
        ),
        (_("Held until you say whether they are real: %d"), digest.held, _held_lines, _leads_address("held=yes")),
    )
    lines = []
    for title, some, line_of, address in parts:
        if some.count:
            lines += [title % some.count, *_list(some, line_of, address), ""]
    return words, lines[:-1], []


def _paused(mail: StaffMail) -> tuple[str, list[str], list[str]]:
    connection = Connection.objects.for_tenant(mail.tenant).defer("secrets").get(pk=mail.connection_id)
    is_paused = connection.state == Connection.State.PAUSED
    if connection.is_enabled and not is_paused:
        raise NothingToTell
    name = one_line(connection.name, LONGEST_NAME)
    happened = [_("Caty has stopped sending to “%s”.") % name]
    if connection.paused_reason:
        happened += ["", _("What happened: %s") % one_line(connection.paused_reason, 300)]
    to_do = _(
        "What to do: open the connection, put right what is said there and send a test. Then let it go on sending. "
        "No lead is lost: what was to be sent waits until then."
    )
    return _("A connection has stopped"), [*happened, "", to_do, "", _connection_address(connection)], []


WRITERS: dict[str, Callable[[StaffMail], tuple[str, list[str], list[str]]]] = {
    Kind.HOT: _hot,
    Kind.MORE: _more,
    Kind.DIGEST: _digest,
    Kind.PAUSED: _paused,
}


def _list(some: digests.Some, lines_of: Callable, address: str) -> list[str]:
    lines = [line for row in some.rows for line in lines_of(row)]
    if some.more:
        lines.append(_("and %(count)d more: %(link)s") % {"count": some.more, "link": address})
    return lines


def _lead_lines(lead: Lead) -> Iterable[str]:
    when = date_format(timezone.localtime(lead.captured_at), "DATETIME_FORMAT")
    who = ", ".join(filter(None, (_name(lead), one_line(lead.company, LONGEST_NAME))))
    yield f"- {who} · {lead.get_band_display()} {lead.score} · {when}"
    yield f"  {_lead_address(lead)}"


def _failed_lines(delivery: Delivery) -> Iterable[str]:
    where = one_line(delivery.connection.name, LONGEST_NAME)
    yield f"- {_name(delivery.lead)} → {where}: {one_line(delivery.last_error, 300)}"
    yield f"  {_address('admin:leads_delivery_change', delivery.pk)}"


def _held_lines(lead: Lead) -> Iterable[str]:
    yield f"- {_name(lead)}: {REASONS.get(lead.held_reason, lead.held_reason)}"
    yield f"  {_lead_address(lead)}"


def _ending(mail: StaffMail, stop: str) -> list[str]:
    business = one_line(mail.tenant.name, 80)
    return [
        _("You get this as a colleague at %s.") % business,
        _("No more mails like this one: %s") % stop,
        _("Choose what you get: %s") % _address("admin:leads_staffmail_mine"),
    ]


def _name(lead: Lead) -> str:
    return one_line(str(lead), LONGEST_NAME)


def _lead_address(lead: Lead) -> str:
    return _address("admin:leads_lead_change", lead.pk)


def _leads_address(query: str) -> str:
    return _address("admin:leads_lead_changelist") + (f"?{query}" if query else "")


def _connection_address(connection: Connection) -> str:
    return _address("admin:leads_connection_change", connection.pk)


def _address(url_name: str, *arguments) -> str:
    return settings.SITE_URL + reverse(url_name, args=arguments)


def _language(of_business: str) -> str:
    """The business's, where the admin speaks it."""
    try:
        return translation.get_supported_language_variant(of_business)
    except LookupError:
        return settings.LANGUAGE_CODE
