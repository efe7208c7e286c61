"""Ways out of the conversation: e-mail addresses, phone numbers, names of sites. An answer may show those that the
business or the visitor has named, and no others: a model that was fooled would send people to a stranger."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tenants.contracts import FoundPassage
from widget.engine.links import LinkPolicy

_LETTER = "A-Za-z0-9\u00c0-\u024f"
_EMAIL = re.compile(rf"[{_LETTER}_.+%-]{{1,64}}@(?:[{_LETTER}-]{{1,63}}\.){{1,8}}[{_LETTER}]{{2,24}}")
_PHONE = re.compile(
    r"(?<![\w.,/+=%-])(?:"
    r"(?:\+|00)\d(?:[ ()/.-]{0,2}\d){6,16}"  # with its country
    r"|\(?0\d(?:[ ()/-]{0,2}\d){7,12}"  # as dialled within most countries
    r"|(?:1[ -])?\(?\d{3}\)?[ -]\d{3}-\d{4}"  # as written in North America
    r")(?![\w/-])"
)
# Endings under which names of sites are written without more; others are too often words ("Node.js", "e.g."). In small
# letters or all in large ones: a sentence that begins without a space before it is no site.
_ENDINGS = (
    "com|net|org|info|biz|io|co|app|dev|shop|store|online|site|website|xyz|top|click|link|live|club|ru|cn|example|test"
    "|de|at|ch|fr|es|it|nl|be|pl|pt|se|dk|no|fi|ie|cz|eu|uk|us|ca|au|nz|in|jp|br|mx|tk|ml|ga|cf|gq"
)
_SITE = re.compile(
    rf"(?<![{_LETTER}@./-])(?:[{_LETTER}-]{{1,63}}\.){{1,8}}(?:{_ENDINGS}|{_ENDINGS.upper()})(?![{_LETTER}@/-])"
)
# No word of any language is as long; what is encoded is.
_ENCODED = re.compile(r"(?<![\w/+=-])[A-Za-z0-9+/=_-]{64,}")
_DIGITS_THAT_TELL = 7
_SHORTEST_SITE_NAME = 5


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """What the business and the visitor have named: addresses and sites in small letters, the ends of numbers."""

    emails: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def __or__(self, other: "Vouched") -> "Vouched":
        return Vouched(
            emails=self.emails | other.emails,
            sites=self.sites | other.sites,
            numbers=self.numbers | other.numbers,
        )


def named_in(texts: Iterable[str]) -> Vouched:
    """Return all that is named in texts."""
    emails, sites, numbers = set(), set(), set()
    for text in texts:
        emails.update(found.casefold() for found in _EMAIL.findall(text))
        sites.update(found.casefold() for found in _SITE.findall(text))
        numbers.update(map(_tail, _PHONE.findall(text)))
    return Vouched(emails=frozenset(emails), sites=frozenset(sites), numbers=frozenset(numbers))


# The whole knowledge of a tenant comes with every message until it changes.
@lru_cache(maxsize=64)
def named_in_passages(passages: tuple[FoundPassage, ...]) -> Vouched:
    """Return all that is named in passages."""
    return named_in(text for passage in passages for text in (passage.title, passage.question, passage.body))


def without_strangers(text: str, vouched: Vouched, policy: LinkPolicy) -> str:
    """Return `text` without addresses, numbers and sites that nobody vouches for, and without what is encoded."""

    def check_email(found: re.Match[str]) -> str:
        address = found.group().casefold()
        is_own = policy.allows(f"https://{address.rpartition('@')[2]}/")
        return found.group() if is_own or address in vouched.emails else ""

    def check_site(found: re.Match[str]) -> str:
        site = found.group().casefold()
        is_known = site in vouched.sites or policy.allows(f"https://{site}/")
        return found.group() if is_known or len(site) < _SHORTEST_SITE_NAME else ""

    def check_number(found: re.Match[str]) -> str:
        return found.group() if _tail(found.group()) in vouched.numbers else ""

    text = _EMAIL.sub(check_email, _ENCODED.sub("", text))
    return _PHONE.sub(check_number, _SITE.sub(check_site, text))


def without_any(text: str) -> str:
    """Return `text` without all of them: it is shown before anybody has looked who vouches for what."""
    return _PHONE.sub("", _SITE.sub("", _EMAIL.sub("", _ENCODED.sub("", text))))


def _tail(number: str) -> str:
    """Return its last digits: with or without the country's, it is the same number."""
    return "".join(filter(str.isdigit, number))[-_DIGITS_THAT_TELL:]
