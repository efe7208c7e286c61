"""From bytes to text: what the file says about itself first, then what it looks like."""

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What web pages and mail call by these names is really this; see the WHATWG's Encoding Standard.
REAL_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Python's codecs that no page is written in.
NOT_FOR_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7", "mbcs", "oem"}
ONE_BYTE_LATIN = {"cp1252", "cp1254"}
# Guessing among all that there are finds the likeliest in codepages nobody has used for thirty years.
GUESSED = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859_2", "koi8_r", "mac_roman", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
SAMPLE_BYTES = 24_000
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)


def find_charset(text: str) -> str:
    """What a media type or a page says about its charset, or nothing."""
    found = CHARSET.search(text)
    return found[1] if found else ""


def decode(content: bytes, *, declared: str = "") -> str:
    """The text of these bytes, whatever they are: what can't be read becomes U+FFFD."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    wide = _find_wide(content)
    if wide:
        return content.decode(wide, "replace")
    encoding = _real_name(declared)
    # One that can read any bytes proves nothing, and many a page says Latin-1 and means UTF-8.
    tried = ["utf-8", encoding] if not encoding or encoding in ONE_BYTE_LATIN else [encoding, "utf-8"]
    for candidate in filter(None, tried):
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
    text = content.decode("utf-8", "replace")
    if _is_damaged_utf8(text):
        return text
    return content.decode(encoding or _guess(content), "replace")


def _real_name(declared: str) -> str:
    """The codec for a declared charset, or nothing where it is none for text."""
    try:
        codec = codecs.lookup(declared.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    if codec.name.replace("-", "_") in NOT_FOR_TEXT or not codec._is_text_encoding:
        return ""
    return REAL_NAMES.get(codec.name, codec.name)


def _find_wide(content: bytes) -> str:
    """UTF-16 without a mark, seen by its empty bytes."""
    start = content[:4096]
    shares = [half.count(0) / max(len(half), 1) for half in (start[0::2], start[1::2])]
    if max(shares) <= 0.6 or min(shares) >= 0.05:
        return ""
    return "utf-16-be" if shares[0] > shares[1] else "utf-16-le"


def _is_damaged_utf8(text: str) -> bool:
    """Whether nearly all that isn't ASCII was read: then a few bytes are broken, and it is no other encoding."""
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 10 * bad


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    # What isn't ASCII is what tells; a long English file may have its first umlaut anywhere.
    start = next((place for place, byte in enumerate(content) if byte > 127), 0)
    start = max(0, start - SAMPLE_BYTES // 4)
    best = from_bytes(content[start : start + SAMPLE_BYTES], cp_isolation=GUESSED).best()
    return best.encoding if best else "cp1252"
