"""What the model was told before the conversation, and that no visitor is to read."""

import re

from widget.engine.prompt import CONTACT_NOTED, RULES_TEXT, SEARCH_RULE, TONES

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*\s*|\s+|[.!?]+\s*")
_FINISHED = re.compile(r"[.!?]\s+$|\n\s*$")
_WORD = re.compile(r"\w+")
# So many words in a row, as they stand in what the model was told, are no accident. Fewer make a common phrase.
_WORDS_IN_A_ROW = 8
_FEWEST_CHARACTERS = 30
_WORDS_THAT_MAY = 4


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def as_told(*texts: str) -> str:
    """What a model was told, in the form in which it is looked for."""
    return f" {_plain(' '.join(texts))} "


_TOLD = as_told(RULES_TEXT, SEARCH_RULE, CONTACT_NOTED, *TONES.values())


def without_rules(text: str, told: str = _TOLD) -> str:
    """Return `text` without the sentences that repeat what the model was told, however they are marked up.

    `told` is what `as_told` made of it: the rules of a conversation, where nothing else is said.
    """
    return "".join(sentence for sentence in _SENTENCE.findall(text) if not is_leak(sentence, told))


def is_leak(sentence: str, told: str = _TOLD) -> bool:
    """Whether a sentence stands in what the model was told, or a good part of it does word for word."""
    words = _plain(sentence).split()
    if len(" ".join(words)) < _FEWEST_CHARACTERS:
        return False
    if f" {' '.join(words)} " in told:
        return True
    rows = (words[start : start + _WORDS_IN_A_ROW] for start in range(len(words) - _WORDS_IN_A_ROW + 1))
    return any(f" {' '.join(row)} " in told for row in rows)


def may_be_leak(beginning: str) -> bool:
    """Whether a sentence that is still being written may become one: its last words were told to the model."""
    last = _plain(beginning).split()[-_WORDS_THAT_MAY:]
    return is_leak(beginning) or (len(last) == _WORDS_THAT_MAY and f" {' '.join(last)}" in _TOLD)


def unfinished_sentence(text: str) -> str:
    """Return what `text` ends with of a sentence that goes on, "" where the last one is finished."""
    sentences = _SENTENCE.findall(text)
    return sentences[-1] if sentences and not _FINISHED.search(sentences[-1]) else ""
