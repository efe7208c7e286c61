"""Takes out of a visitor's question what tells who asked it, before it serves as a wording or is shown to a model."""

import re

GONE = "…"
LONGEST = 2_000  # characters; what comes after is cut off

_MAIL = re.compile(r"[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:.!?]+")
_ADDRESS_QUERY = re.compile(r"((?:https?://|www\.)[^\s?#]+)[?#]\S*", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?(?=[A-Z]{0,3}\d)[A-Z0-9]{2,4}){2,8}\b", re.IGNORECASE)
_CODE = re.compile(r"[\w-]+")
# Telephone, card and order numbers: five digits or more, however they are set apart. A price, a year, a count stays.
_DIGITS = re.compile(r"(?<!\w)\+?\(?\d(?:[ ()/.-]{0,3}\d){4,}(?!\w)")
_PRICE = re.compile(r"\d{1,3}(?:[., ]\d{3})*[.,]\d{2}|\d{1,3}(?:[.,]\d{3})+|\d{1,2}[.-]\d{1,2}[.-]\d{2,4}")
_SAYING_ONES_NAME = re.compile(
    r"(?<!\w)(?:"
    r"my (?:full )?name is|my name['’]s|i am called|mein name (?:ist|lautet)|ich hei(?:ß|ss)e|"
    r"je m['’ ]?appelle|mon nom (?:est|c['’]est)|me llamo|mi nombre es|mi chiamo|il mio nome [èe]|"
    r"me chamo|chamo-me|(?:o )?meu nome [ée]|mijn naam is|ik heet|nazywam si[ęe]|mam na imi[ęe]|"
    r"m[ăa] numesc|m[ăa] cheam[ăa]|numele meu (?:este|e)|اسمي|קוראים לי|שמי"
    r")(?:\s*:)?(?=\s)",
    re.IGNORECASE,
)
_SAYING_WHO_ONE_IS = re.compile(
    r"(?<!\w)(?:i am|i['’]?m|ich bin|je suis|soy|sono|sou|ik ben|jestem|sunt)(?=\s)", re.IGNORECASE
)
_SIGNING = re.compile(
    r"(?<!\w)(?:regards|sincerely|cheers|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele|liebe) gr(?:ü|ue)(?:ß|ss)e|"
    r"cordialement|saludos|cordiali saluti|atenciosamente|met vriendelijke groet|pozdrawiam)(?=[\s,!])",
    re.IGNORECASE,
)
_WORD = re.compile(r"\s+([^\W\d_]+(?:[’'-][^\W\d_]+)*)")
_BETWEEN_NAMES = (
    "de",
    "da",
    "do",
    "dos",
    "del",
    "della",
    "di",
    "du",
    "la",
    "le",
    "van",
    "von",
    "der",
    "den",
    "zu",
    "al",
)
_SPACES = re.compile(r"\s+")
_GONE_TWICE = re.compile(rf"{GONE}(?:[\s,;:.]*{GONE})+")


def without_personal_data(text: str) -> str:
    """Return a question on one line without addresses, numbers that may be somebody's, and names that are announced.

    A name that nothing announces stays: whoever takes a wording over reads it first.
    """
    text = _SPACES.sub(" ", text[:LONGEST]).strip()
    text = _MAIL.sub(GONE, text)
    text = _ADDRESS_QUERY.sub(r"\1", text)
    text = _IBAN.sub(GONE, text)
    text = _CODE.sub(_unless_no_code, text)
    text = _DIGITS.sub(_unless_a_price, text)
    text = _without_names(text, _SAYING_ONES_NAME, least_capitals=0)
    text = _without_names(text, _SAYING_WHO_ONE_IS, least_capitals=2)
    return _GONE_TWICE.sub(GONE, _without_signature(text))


def _unless_no_code(found: re.Match[str]) -> str:
    """Letters among five digits or more are an order's or a customer's number."""
    digits = sum(map(str.isdigit, found.group()))
    return GONE if digits >= 5 and any(map(str.isalpha, found.group())) else found.group()


def _unless_a_price(found: re.Match[str]) -> str:
    return found.group() if _PRICE.fullmatch(found.group()) else GONE


def _without_names(text: str, announcing: re.Pattern[str], *, least_capitals: int) -> str:
    """Without the name after each announcement; of one with too few capitals it is not sure that it is a name."""
    pieces, position = [], 0
    for announced in announcing.finditer(text):
        end, capitals = _end_of_name(text, announced.end(), takes_first=least_capitals == 0)
        if announced.start() >= position and end > announced.end() and capitals >= least_capitals:
            pieces += [text[position : announced.end()], f" {GONE}"]
            position = end
    return "".join(pieces) + text[position:]


def _end_of_name(text: str, start: int, *, takes_first: bool) -> tuple[int, int]:
    """Where the name that begins here ends, and how many of its words have a capital: at most four words."""
    end, place, capitals = start, start, 0
    for number in range(5):
        word = _WORD.match(text, place)
        if word is None:
            break
        has_capital = word.group(1)[0].isupper()
        if has_capital or (takes_first and number == 0):
            end = word.end()
            capitals += has_capital
        elif word.group(1) not in _BETWEEN_NAMES:
            break
        place = word.end()
    return end, capitals


def _without_signature(text: str) -> str:
    """Without what follows a closing formula, where it is short enough to be a name."""
    signed = next(_SIGNING.finditer(text), None)
    if signed is None or len(text[signed.end() :].split()) > 4:
        return text
    return text[: signed.end()]
