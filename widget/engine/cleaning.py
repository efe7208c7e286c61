"""Takes out of a text what no reader should meet: control characters, markup, and addresses nobody vouches for."""

import re

from widget.engine.links import LinkPolicy
from widget.engine.prompt import MARKS

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
ELEMENT = re.compile(r"<(script|style|iframe|object|svg)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->|<![^<>]*>", re.DOTALL)
_UNCLOSED_TAG = re.compile(r"<(?=[A-Za-z/!])")
_MARK = re.compile(rf"[<‹]\s*/?\s*(?:{'|'.join(MARKS)})\b[^<>‹›]*[>›]", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)?)>?[^()]*\)")
_AUTOLINK = re.compile(r"<((?:https?:)?//[^<>\s]*)>", re.IGNORECASE)
_BARE_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//[^\s<>()\[\]\"'`]+"
    r"|\bwww\.[^\s<>()\[\]\"'`]+"
    r"|\b(?:javascript|vbscript|data|file|blob)\s*:(?=[^\s])[^\s<>\[\]\"'`]*"
    r"|(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>()\[\]\"'`]*",
    re.IGNORECASE,
)
_PUNCTUATION_AT_END = ".,;:!?*_"
_MOST_LINK_LAYERS = 4
_EMPTY_MARKUP = re.compile(r"(?<!\S)[*_~]{2,}(?!\S)")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"(?<=\S)[ \t]{2,}")
_SPACES_BEFORE_END = re.compile(r"[ \t]+(?=\n|$|[.,;!?])")


def without_control_characters(text: str) -> str:
    """Return `text` without characters that steer, hide or turn around what is read."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, *, longest: int) -> str:
    """Return `text` as one clean line of at most `longest` characters, without markup, addresses or marks."""
    plain = without_markup(without_control_characters(text))
    plain = _BARE_ADDRESS.sub("", _MARKDOWN_LINK.sub(r"\1", plain))
    return shortened(" ".join(plain.split()), longest=longest)


def without_markup(text: str) -> str:
    """Return `text` without HTML and without the prompt's marks; code between backticks stays as it is."""
    text = _MARK.sub("", text)
    pieces, position = [], 0
    for code in _CODE.finditer(text):
        pieces += [_strip_tags(text[position : code.start()]), code.group()]
        position = code.end()
    return "".join(pieces) + _strip_tags(text[position:])


def with_links_checked(text: str, policy: LinkPolicy) -> str:
    """Return `text` with only such links as `policy` allows; of the others the words stay and the address goes."""
    kept: list[str] = []

    def check_link(found: re.Match[str]) -> str:
        label, address = found.group(1), found.group(2)
        if found.group().startswith("!") or not policy.allows(address):
            return label
        kept.append(f"[{_BARE_ADDRESS.sub('', label).strip() or address}]({address})")
        return f"\ue000{len(kept) - 1}\ue001"

    def check_bare(found: re.Match[str]) -> str:
        address = found.group().rstrip(_PUNCTUATION_AT_END)
        full = address if "//" in address else f"https://{address}"
        return found.group() if policy.allows(full) else found.group()[len(address) :]

    text = _AUTOLINK.sub(r"\1", re.sub("[\ue000\ue001]", "", text))
    for _ in range(_MOST_LINK_LAYERS):
        checked = _MARKDOWN_LINK.sub(check_link, text)
        if checked == text:
            break
        text = checked
    text = _BARE_ADDRESS.sub(check_bare, text)
    return re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found.group(1))], text)


def tidied(text: str) -> str:
    """Return `text` without the holes that taking things out has left."""
    text = _SPACES_BEFORE_END.sub("", _SPACES.sub(" ", _EMPTY_MARKUP.sub("", text)))
    return _BLANK_LINES.sub("\n\n", text).strip()


def shortened(text: str, *, longest: int) -> str:
    """Return `text`, cut at a word's end and marked with an ellipsis where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at_word = cut.rsplit(None, 1)[0] if any(letter.isspace() for letter in cut) else cut
    return (at_word if len(at_word) > longest // 2 else cut).rstrip() + "…"


def _strip_tags(text: str) -> str:
    return _UNCLOSED_TAG.sub("‹", _TAG.sub("", ELEMENT.sub("", _keep_autolinks(text))))


def _keep_autolinks(text: str) -> str:
    return _AUTOLINK.sub(r"\1", text)
