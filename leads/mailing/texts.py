"""What stands in each mail, in the language and the time of the business."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caty.lib.money import dollars
from leads import calls, mails
from leads.junk import REASONS
from leads.mail_choices import UNDECIDED_ON_PROMISES, wanting
from leads.mailing import called, digests, weekly
from leads.mailing.letters import Letter, NothingToTell, link_to
from leads.models import Connection, Delivery, Lead, StaffMail
from leads.services.mail_choices import stop_path
from leads.services.score import score_reasons
from leads.text import one_line
from tenants.budget import limits_of
from tenants.budget_standing import Standing, is_nearly_used
from tenants.budget_words import in_words, name_of
from tenants.models import Membership, Tenant
from tenants.zones import zone_named

Kind = StaffMail.Kind
LONGEST_NAME = 120


def compose(mail: StaffMail, *, now: datetime) -> EmailMessage | None:
    """The mail as it is to be sent, or None where its person no longer wants it or what it was about is over."""
    if not _is_wanted(mail):
        return None
    with _at_home(mail.tenant):
        try:
            letter = _write(mail, now)
        except NothingToTell:
            return None
        return _as_message(mail, letter)


def compose_notice(mail: StaffMail, *, now: datetime) -> dict | None:
    """What a device is to show, or None as for mails."""
    if mail.contents["call"] != calls.TEST and not _is_wanted(mail):
        return None
    with _at_home(mail.tenant):
        try:
            return called.payload_of(mail, now=now)
        except NothingToTell:
            return None


def _write(mail: StaffMail, now: datetime) -> Letter:
    if mail.kind in TIMED:
        return TIMED[mail.kind](mail, now=now)
    return WRITERS[mail.kind](mail)


@contextmanager
def _at_home(tenant: Tenant) -> Iterator[None]:
    """In the language and the time of the business."""
    with translation.override(_language(tenant.language)), timezone.override(zone_named(tenant.timezone)):
        yield


def _is_wanted(mail: StaffMail) -> bool:
    wanted = wanting(mail.kind)
    if mail.kind == Kind.PROMISE and mail.lead and mail.lead.owner_id == mail.membership_id:
        wanted |= UNDECIDED_ON_PROMISES
    return Membership.objects.for_tenant(mail.tenant).filter(wanted, pk=mail.membership_id).exists()


def _as_message(mail: StaffMail, letter: Letter) -> EmailMessage:
    stop = link_to("stop_mails", stop_path(mail.membership_id, mail.kind))
    message = EmailMultiAlternatives(
        subject=f"{letter.subject} · {one_line(mail.tenant.name, 80)}",
        body="\n".join([*letter.lines, "", *_ending(mail, stop)]) + "\n",
        to=[mail.membership.user.email],
        reply_to=list(letter.reply_to),
        headers={
            "Message-ID": mails.message_id(str(mail.pk)),
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",  # or an answer in somebody's absence would go to the visitor
        },
    )
    if letter.page:
        template, shown = letter.page
        links = {"stop_url": stop, "choose_url": link_to("admin:leads_staffmail_mine")}
        page = render_to_string(template, {**shown, **links, "business": one_line(mail.tenant.name, 80)})
        message.attach_alternative(page, "text/html")
    return message


def _hot(mail: StaffMail) -> Letter:
    lead = mail.lead
    reasons = [(entry.reason, entry.points) for entry in score_reasons(lead)]
    lines = [*mails.lead_lines(lead, reasons), _("Lead: %s") % _lead_address(lead)]
    if lead.conversation_reference:
        address = link_to("admin:conversation", lead.conversation_reference)
        lines.append(_("Conversation: %s") % address)
    subject = f"{_('Hot lead')} ({lead.score}/100)"
    return Letter(subject=subject, lines=lines, reply_to=tuple(mails.reply_to(lead.email)))


def _more(mail: StaffMail) -> Letter:
    gathered = Lead.objects.for_tenant(mail.tenant).filter(staff_mails__gathered_into=mail, held_reason="")
    leads = digests.some(gathered.defer("transcript").order_by("-score", "pk"), digests.MOST_LEADS)
    if not leads.count:
        raise NothingToTell
    words = ngettext("%d more hot lead", "%d more hot leads", leads.count) % leads.count
    why = _("There were so many within an hour that these come in one mail.")
    return Letter(subject=words, lines=[why, "", *_list(leads, _lead_lines, _leads_address("heat=hot"))])


def _digest(mail: StaffMail) -> Letter:
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
            link_to("admin:leads_delivery_changelist") + "?state=failed",
        ),
        (_("Held until you say whether they are real: %d"), digest.held, _held_lines, _leads_address("held=yes")),
    )
    lines = []
    for title, some, line_of, address in parts:
        if some.count:
            lines += [title % some.count, *_list(some, line_of, address), ""]
    return Letter(subject=words, lines=lines[:-1])


def _paused(mail: StaffMail) -> Letter:
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
    lines = [*happened, "", to_do, "", _connection_address(connection)]
    return Letter(subject=_("A connection has stopped"), lines=lines)


def _budget(mail: StaffMail) -> Letter:
    told = Standing(**{**mail.contents, "begins_on": date.fromisoformat(mail.contents["begins_on"])})
    limit = limits_of(mail.tenant)[told.period]
    if not is_nearly_used(used_microusd=told.used_microusd, limit_microusd=limit):
        raise NothingToTell  # it was raised meanwhile; that the new one is nearly used would be told anew
    words = {"percent": told.percent, "name": name_of(told)}
    subject = _("%(name)s's AI budget used up") if told.is_used_up else _("%(percent)d %% of %(name)s's AI budget used")
    used = {"used": dollars(told.used_microusd), "limit": dollars(told.limit_microusd)}
    lines = [
        in_words(told),
        "",
        _("Used: %(used)s of %(limit)s.") % used,
        _("Whoever runs this installation can give more, on the page of the business."),
        "",
        _("What answers cost: %s") % link_to("admin:widget_session_costs"),
    ]
    return Letter(subject=subject % words, lines=lines)


WRITERS: dict[str, Callable[[StaffMail], Letter]] = {
    Kind.HOT: _hot,
    Kind.MORE: _more,
    Kind.DIGEST: _digest,
    Kind.PAUSED: _paused,
    Kind.WEEKLY: weekly.write,
    Kind.BUDGET: _budget,
    Kind.MISSED: called.write_missed,
}
TIMED: dict[str, Callable[..., Letter]] = {
    Kind.HANDOFF: called.write_call,
    Kind.OWN: called.write_call,
    Kind.ESCALATION: called.write_call,
    Kind.PROMISE: called.write_promise,
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
    yield f"  {link_to('admin:leads_delivery_change', delivery.pk)}"


def _held_lines(lead: Lead) -> Iterable[str]:
    yield f"- {_name(lead)}: {REASONS.get(lead.held_reason, lead.held_reason)}"
    yield f"  {_lead_address(lead)}"


def _ending(mail: StaffMail, stop: str) -> list[str]:
    business = one_line(mail.tenant.name, 80)
    return [
        _("You get this as a colleague at %s.") % business,
        _("No more mails like this one: %s") % stop,
        _("Choose what you get: %s") % link_to("admin:leads_staffmail_mine"),
    ]


def _name(lead: Lead) -> str:
    return one_line(str(lead), LONGEST_NAME)


def _lead_address(lead: Lead) -> str:
    return link_to("admin:leads_lead_change", lead.pk)


def _leads_address(query: str) -> str:
    return link_to("admin:leads_lead_changelist") + (f"?{query}" if query else "")


def _connection_address(connection: Connection) -> str:
    return link_to("admin:leads_connection_change", connection.pk)


def _language(of_business: str) -> str:
    """The business's, where the admin speaks it."""
    try:
        return translation.get_supported_language_variant(of_business)
    except LookupError:
        return settings.LANGUAGE_CODE
