"""E-mail addresses and phone numbers: their form, the key that makes two of them one, and finding them in words."""

import re
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import Leniency, NumberParseException, PhoneNumberFormat, PhoneNumberMatcher

from caty.lib.errors import CatyError
from leads.contracts import Contacts
from leads.text import one_line

MOST_CHARACTERS = 4000
MOST_CANDIDATES = 40
MOST_FOUND = 10
LONGEST_EMAIL = 254
LONGEST_PHONE = 40

AT = re.compile("@")
LOCAL_PART = re.compile(r"[\w.+%'-]{1,64}")
DOMAIN = re.compile(r"[\w.-]{1,253}")
ADDRESS_OF_A_PAGE = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S+", re.IGNORECASE)
# Scripts written without spaces: "我的邮箱是abc@example.com谢谢" must not swallow the words around the address.
UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
BEFORE_UNSPACED = re.compile(rf"^[^{UNSPACED}]+")
AFTER_UNSPACED = re.compile(rf"[^{UNSPACED}]*$")
SOMETHING_ELSE = re.compile(
    r"(?:\b(?:orders?|invoices?|tickets?|references?|ref|tracking|case|account|customer|serial|sku|isbn|iban|vat"
    r"|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|vorgang\w*|sendung\w*|artikel\w*)\b[^,;!?\n]{0,24}|[#№$€£¥]\s?)$",
    re.IGNORECASE,
)
SAYS_PHONE = re.compile(
    r"\b(?:calls?|phone|tele\w*|tel|mobile|cell\w*|ring|reach|text|sms|whatsapp|signal|handy|ruf\w*|anruf\w*)\b",
    re.IGNORECASE,
)
MONEY_FOLLOWS = re.compile(r"\s?(?:[$€£¥%]|(?:usd|eur|euros?|gbp|chf|dollars?|pounds?)\b)", re.IGNORECASE)


class ContactInvalid(CatyError):
    """What should be an address isn't one; `details` names the field."""

    message = "These contact details can't be used."


@dataclass(frozen=True)
class ContactPoint:
    """An address as it is written to, and the key by which two spellings of it are the same."""

    text: str = ""
    key: str = ""


def normalise_email(email: str) -> ContactPoint:
    """Checks the form alone, without DNS. The key is lower case with an ASCII domain. Raises ContactInvalid."""
    try:
        valid = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise _invalid("email", "This is not an e-mail address.") from error
    key = f"{valid.local_part.lower()}@{valid.ascii_domain.lower()}"
    if len(key) > LONGEST_EMAIL or len(valid.normalized) > LONGEST_EMAIL:
        raise _invalid("email", "This e-mail address is too long.")
    return ContactPoint(valid.normalized, key)


def normalise_phone(phone: str, *, country: str) -> ContactPoint:
    """E.164 where `phone` is a number in use in `country` (or names its own by +…), else as typed, with its digits."""
    typed = one_line(phone, LONGEST_PHONE)
    try:
        number = phonenumbers.parse(typed, country.upper())
    except NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        digits = "".join(str(int(c)) for c in typed if c.isdecimal())
        return ContactPoint(typed, ("+" if typed.startswith("+") and digits else "") + digits)
    key = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return ContactPoint(f"{key} ext. {number.extension}" if number.extension else key, key)


def find_contacts(text: str, *, country: str) -> Contacts:
    """E-mail addresses and phone numbers in somebody's own words: at most ten of each, normalised, in order.

    Reads the first 4,000 characters, each a bounded number of times. Numbers of orders, invoices and customers,
    prices, dates, card numbers and anything inside a link are left alone.
    """
    text = ADDRESS_OF_A_PAGE.sub(lambda link: " " * len(link[0]), text[:MOST_CHARACTERS])
    emails, rest = _find_emails(text)
    return Contacts(emails=emails, phones=_find_phones(rest, country.upper()))


def _find_emails(text: str) -> tuple[tuple[str, ...], str]:
    """The addresses, and the text with blanks in their places."""
    backwards, found, rest = text[::-1], {}, text
    for tried, at in enumerate(AT.finditer(text)):
        if tried >= MOST_CANDIDATES or len(found) >= MOST_FOUND:
            break
        before = LOCAL_PART.match(backwards, len(text) - at.start())
        after = DOMAIN.match(text, at.end())
        if not before or not after:
            continue
        rest = rest[: at.start() - len(before[0])] + " " * (len(before[0]) + 1 + len(after[0])) + rest[after.end() :]
        try:
            email = normalise_email(_local_part(before[0][::-1]) + "@" + _domain(after[0]))
        except ContactInvalid:
            continue
        found.setdefault(email.key, email.text)
    return tuple(found.values()), rest


def _local_part(run: str) -> str:
    return (AFTER_UNSPACED.search(run)[0] or run).strip(".'-")


def _domain(run: str) -> str:
    ascii_part = BEFORE_UNSPACED.match(run)
    return (ascii_part[0] if ascii_part else run).strip(".-_")


def _find_phones(text: str, country: str) -> tuple[str, ...]:
    found = {}
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.VALID, max_tries=MOST_CANDIDATES):
        before, after = text[max(0, match.start - 40) : match.start], text[match.end : match.end + 10]
        other = SOMETHING_ELSE.search(before)
        if (other and not SAYS_PHONE.search(other[0])) or MONEY_FOLLOWS.match(after):
            continue
        phone = normalise_phone(match.raw_string, country=country)
        found.setdefault(phone.key, phone.text)
    return tuple(found.values())[:MOST_FOUND]


def _invalid(field: str, sentence: str) -> ContactInvalid:
    return ContactInvalid(sentence, details=[{"field": field, "error": sentence}])
