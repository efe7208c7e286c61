"""What a visitor may see of an answer while it is still being written."""

import json
import re
from collections.abc import Callable

from widget.engine.cleaning import ELEMENT
from widget.engine.leaks import may_be_leak, unfinished_sentence, without_rules
from widget.engine.vouching import without_any

_LONGEST_PREAMBLE = 200
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PLAIN = re.compile(r'[^"\\]+')
_REPLACEMENT = "\ufffd"


class FirstStringReader:
    """Decodes the first property of a JSON object, a string, out of text that arrives in pieces.

    Where the text does not begin with that property nothing is ever shown: the finished answer is parsed by others.
    """

    def __init__(self, name: str) -> None:
        self._beginning = re.compile(r"\s*\{\s*" + re.escape(json.dumps(name)) + r'\s*:\s*"')
        self._unread = ""
        self._is_inside = False
        self._is_over = False

    def feed(self, piece: str) -> str:
        """Return what `piece` adds to the decoded string."""
        if self._is_over:
            return ""
        self._unread += piece
        if not self._is_inside and not self._has_begun():
            return ""
        return self._decode()

    def _has_begun(self) -> bool:
        found = self._beginning.match(self._unread)
        if found:
            self._is_inside = True
            self._unread = self._unread[found.end() :]
        elif len(self._unread) > _LONGEST_PREAMBLE:
            self._is_over = True
        return bool(found)

    def _decode(self) -> str:
        decoded: list[str] = []
        position = 0
        while position < len(self._unread) and not self._is_over:
            plain = _PLAIN.match(self._unread, position)
            if plain:
                decoded.append(plain.group())
                position = plain.end()
            elif self._unread[position] == '"':
                self._is_over = True
            else:
                text, length = _read_escape(self._unread, position)
                if not length:
                    break
                decoded.append(text)
                position += length
        self._unread = self._unread[position:]
        return "".join(decoded)


def _read_escape(text: str, start: int) -> tuple[str, int]:
    """Return an escape's character and its length; a length of 0 means that more of it has to arrive first."""
    if len(text) < start + 2:
        return "", 0
    if text[start + 1] != "u":
        return _ESCAPES.get(text[start + 1], _REPLACEMENT), 2
    first = _UNICODE_ESCAPE.match(text, start)
    if not first:
        return ("", 0) if len(text) < start + 6 else (_REPLACEMENT, 2)
    code = int(first.group(1), 16)
    if not 0xD800 <= code <= 0xDFFF:
        return chr(code), 6
    return _read_surrogates(text, start, code)


def _read_surrogates(text: str, start: int, high: int) -> tuple[str, int]:
    second = _UNICODE_ESCAPE.match(text, start + 6)
    rest = text[start + 6 : start + 12]
    if not second and len(rest) < 6 and "\\u".startswith(rest[:2]):
        return "", 0
    low = int(second.group(1), 16) if second else 0
    if high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12
    return _REPLACEMENT, 6


_LONGEST_HELD_BACK = 400
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_ADDRESS = re.compile(r"\S*(?://|www\.|javascript:|\bdata:(?=\S))\S*", re.IGNORECASE)
# Chinese, Japanese and Thai put no spaces between words; every letter there ends one.
_WORD_END = re.compile(r"[\s\u0e00-\u0e7f\u2e80-\U0001ffff](?=[^\s\u0e00-\u0e7f\u2e80-\U0001ffff]*$)")
_UNFINISHED_LINK = re.compile(r"!?\[[^\[\]]*(?:\](?:\([^()\n]*)?)?$")
_UNFINISHED_TAG = re.compile(r"</?[A-Za-z!]?[^<>\n]*$")
_UNFINISHED_ELEMENT = re.compile(r"<(script|style|iframe|object|svg)\b(?!.*</\1\s*>).*$", re.IGNORECASE | re.DOTALL)
_UNFINISHED_NUMBER = re.compile(r"[+(\d][\d ()/.-]*$")


class VisibleText:
    """Passes on growing text without its links, addresses and numbers: they have not been checked yet, and appear with
    the finished answer. Nor does it show what the model was told: a sentence that may become that is held back."""

    def __init__(self, show: Callable[[str], None], *, most_characters: int) -> None:
        self._show = show
        self._held_back = ""
        self._begun = ""  # what was shown of the sentence that goes on
        self._left = most_characters

    def add(self, piece: str) -> None:
        """Show as much as is certain to be no part of a link."""
        self._held_back += piece
        cut = self._safe_length()
        ready, self._held_back = self._held_back[:cut], self._held_back[cut:]
        self._pass_on(ready)

    def finish(self) -> None:
        """Show what was still held back."""
        self._pass_on(self._held_back)
        self._held_back = ""

    def _safe_length(self) -> int:
        text = self._held_back
        word_end = _WORD_END.search(text)
        end = word_end.end() if word_end else 0
        sentence = unfinished_sentence(self._begun + text)
        if may_be_leak(sentence):
            end = min(end, max(0, len(text) - len(sentence)))
        for unfinished in (_UNFINISHED_LINK, _UNFINISHED_TAG, _UNFINISHED_ELEMENT, _UNFINISHED_NUMBER):
            found = unfinished.search(text)
            if found and len(text) - found.start() <= _LONGEST_HELD_BACK:
                end = min(end, found.start())
        for finished in (_LINK, ELEMENT, _TAG):
            for found in finished.finditer(text):
                if found.start() < end < found.end():
                    end = found.end()
        return end

    def _pass_on(self, text: str) -> None:
        whole = self._begun + text
        allowed = without_rules(whole)
        text = allowed[len(self._begun) :] if allowed.startswith(self._begun) else allowed
        self._begun = unfinished_sentence(whole)
        plain = _ADDRESS.sub("", _TAG.sub("", _LINK.sub(r"\1", ELEMENT.sub("", text))))
        shown = without_any(plain)[: self._left]
        if shown:
            self._left -= len(shown)
            self._show(shown)
