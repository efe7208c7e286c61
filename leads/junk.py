"""What is held for a colleague's click instead of being pushed to a CRM. Nothing is refused. Pure."""

import re

from django.utils.translation import gettext_lazy as _

DISPOSABLE = "disposable_address"
BURST = "burst"
LINK = "link_in_name"
REASONS = {  # what staff read
    DISPOSABLE: _("A throw-away e-mail address"),
    BURST: _("Many contacts from one conversation within an hour"),
    LINK: _("A link where a name should be"),
}
MOST_LEADS_AN_HOUR = 3  # by one conversation
LINK_IN_COMPANY = re.compile(r"://|www\.|<a\b|\[url", re.IGNORECASE)
LINK_IN_NAME = re.compile(
    r"://|www\.|<a\b|\[url|\b[\w-]{1,63}\.(?:com|net|org|info|biz|ru|cn|xyz|top|site|online|shop|club|click|link|ly)\b",
    re.IGNORECASE,
)
DISPOSABLE_DOMAINS = frozenset(
    """
    0-mail.com 10minutemail.com 10minutemail.net 1secmail.com 1secmail.net 1secmail.org 20minutemail.com 33mail.com
    anonbox.net burnermail.io byom.de cock.li deadaddress.com discard.email discardmail.com discardmail.de
    dispostable.com dropmail.me einrot.com emailondeck.com emltmp.com fakeinbox.com fakemail.net fakemailgenerator.com
    getairmail.com getnada.com grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info
    guerrillamail.net guerrillamail.org guerrillamailblock.com harakirimail.com inboxbear.com inboxkitten.com
    incognitomail.org jetable.org kurzepost.de mail-temp.com mailcatch.com maildrop.cc mailexpire.com mailinator.com
    mailinator.net mailnesia.com mailnull.com mailpoof.com mailsac.com mailtemp.info minutemail.com mintemail.com
    moakt.com mohmal.com mt2015.com mytemp.email mytrashmail.com nada.email nowmymail.com objectmail.com pokemail.net
    sharklasers.com sofort-mail.de spam4.me spambog.com spambox.us spamex.com spamgourmet.com spamspot.com temp-mail.io
    temp-mail.org tempail.com tempinbox.com tempmail.com tempmail.dev tempmail.net tempmailaddress.com tempmailo.com
    tempr.email throwawaymail.com trash-mail.com trashmail.com trashmail.de trashmail.net trashmail.ws wegwerfmail.de
    wegwerfmail.net wegwerfmail.org yopmail.com yopmail.fr yopmail.net zehnminutenmail.de
    """.split()  # noqa: SIM905  one name a line would be ninety lines
)


def is_advertisement(*, name: str = "", company: str = "") -> bool:
    """Whether a link stands where a name should be. A company may be called Booking.com, a person may not."""
    return bool(LINK_IN_NAME.search(name) or LINK_IN_COMPANY.search(company))


def reason_to_hold(*, email_key: str, name: str = "", company: str = "", leads_this_hour: int = 0) -> str:
    """A key of REASONS, or an empty string. `leads_this_hour`: those this conversation made before this one."""
    if _is_disposable(email_key.rpartition("@")[2]):
        return DISPOSABLE
    if is_advertisement(name=name, company=company):
        return LINK
    return BURST if leads_this_hour >= MOST_LEADS_AN_HOUR else ""


def _is_disposable(domain: str) -> bool:
    """Subdomains count as their domain."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in DISPOSABLE_DOMAINS for start in range(len(labels) - 1))
