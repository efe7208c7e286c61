"""Leads that may be the same person: told to staff, never joined by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from leads.likeness import domain_of, mailbox_of
from leads.models import Lead

MOST_OF_A_KIND = 10
MOST_SHOWN = 20
SHORTEST_NUMBER = 6  # digits; "call 112" is nobody's own
# Where a name and a domain in common say nothing: millions have an address there.
SHARED_DOMAINS = frozenset(
    """
    126.com 163.com aol.com bluewin.ch btinternet.com comcast.net cox.net duck.com fastmail.com foxmail.com free.fr
    freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com
    hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.ru interia.pl laposte.net libero.it
    list.ru live.co.uk live.com live.fr live.nl mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com o2.pl
    onet.pl orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de privaterelay.appleid.com proton.me
    protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net sfr.fr sina.com sky.com t-online.de tiscali.it
    tuta.com tutanota.com verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp
    yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905  one name a line would be ninety lines
)


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Another lead of the same business, and what the two have in common, in words for staff."""

    lead_pk: int
    title: str
    email: str
    phone: str
    company: str
    reasons: tuple[str, ...]


def find_duplicates(lead: Lead) -> list[Likeness]:
    """Leads of the same business that may be this person, at most 20, the surest first.

    At most four look-ups, each a probe of an index, however many leads there are.
    """
    found: dict[int, tuple[Lead, list[str]]] = {}
    for reason, rows in _alike(lead):
        for row in rows.exclude(pk=lead.pk).order_by("pk")[:MOST_OF_A_KIND]:
            found.setdefault(row.pk, (row, []))[1].append(str(reason))
    return [_likeness(row, reasons) for row, reasons in list(found.values())[:MOST_SHOWN]]


def _alike(lead: Lead) -> Iterator[tuple[str, QuerySet[Lead]]]:
    rows = Lead.objects.for_tenant(lead.tenant_id).only("name", "email", "phone", "company")
    named = rows.alias(folded=Lower("name")).exclude(name="").filter(folded=Lower(Value(lead.name)))
    name, _at, domain = lead.email_key.partition("@")
    if len(lead.phone_key) > SHORTEST_NUMBER:
        yield _("Same phone number"), rows.filter(phone_key=lead.phone_key).exclude(phone_key="")
    if name and not name.startswith("+"):
        mailbox = mailbox_of(Value(lead.email_key))
        yield _("Same mailbox"), rows.alias(box=mailbox_of(F("email_key"))).exclude(email_key="").filter(box=mailbox)
    if lead.name and lead.company:
        company = Lower(Value(lead.company))
        yield _("Same name and company"), named.alias(firm=Lower("company")).filter(firm=company)
    if lead.name and domain and domain not in SHARED_DOMAINS:
        yield _("Same name and mail domain"), named.alias(domain=domain_of(F("email_key"))).filter(domain=domain)


def _likeness(row: Lead, reasons: list[str]) -> Likeness:
    return Likeness(
        lead_pk=row.pk,
        title=str(row),
        email=row.email,
        phone=row.phone,
        company=row.company,
        reasons=tuple(reasons),
    )
