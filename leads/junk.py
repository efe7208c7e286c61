"""What is held for a colleague's click instead of being pushed to a CRM. Nothing is refused. Pure."""

import re
from functools import cache

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
# Known to us and missing from the list that the package keeps.
MORE_DISPOSABLE_DOMAINS = frozenset(
    """
    33mail.com burnermail.io cock.li mail-temp.com minutemail.com spamgourmet.com temp-mail.io tempmail.com tempmail.dev
    tempmail.net tempmailaddress.com
    """.split()  # noqa: SIM905  one name a line would be eleven lines
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
    labels, known = domain.split("."), disposable_domains()
    return any(".".join(labels[start:]) in known for start in range(len(labels) - 1))


@cache
def disposable_domains() -> frozenset[str]:
    """Where throw-away addresses live, some ten thousand names: read when the first lead comes."""
    from disposable_email_domains import blocklist

    return MORE_DISPOSABLE_DOMAINS.union(blocklist)
