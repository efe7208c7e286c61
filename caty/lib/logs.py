"""Log lines: time, level, request id, event with ids. Keys and addresses are masked, should one slip in."""

import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")

LONGEST_MESSAGE = 4000

# A text that each pattern needs, so that most lines cost a search for it and no more; then pattern and replacement.
# Repetitions before a fixed character are bounded: unbounded ones take quadratic time on a long word.
MASKS = (
    ("earer ", re.compile(r"(?i)bearer [A-Za-z0-9._~+/=-]+"), "Bearer …"),
    ("caty_", re.compile(r"caty_[A-Za-z0-9]{4,}"), "caty_…"),
    ("sess_", re.compile(r"\bsess_[A-Za-z0-9]{22}"), "sess_…"),
    ("vis_", re.compile(r"\bvis_[A-Za-z0-9]{22}"), "vis_…"),
    ("sk-ant-", re.compile(r"sk-ant-[A-Za-z0-9_-]+"), "sk-ant-…"),
    ("whsec_", re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), "whsec_…"),
    ("@", re.compile(r"[\w.%+-]{1,64}@[\w.-]{1,190}\.\w{2,}"), "…@…"),
    ("@", re.compile(r"//[^\s/@]{1,200}@"), "//…@"),
    ("=", re.compile(r"(?i)(key|token|secret|password)=[^\s&]+"), r"\1=…"),
)


def mask(text: str) -> str:
    """Replace whatever looks like a key, a visitor's credential, a password in an address or an e-mail address."""
    for needed, pattern, replacement in MASKS:
        if needed in text:
            text = pattern.sub(replacement, text)
    return text


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        # Django logs a refused request after the middleware that set the context has finished.
        record.request_id = getattr(getattr(record, "request", None), "id", request_id.get())
        return True


class LineFormatter(logging.Formatter):
    """One masked line a record, then the traceback, masked as well. What is logged can't begin a line of its own."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def formatMessage(self, record):
        if len(record.message) > LONGEST_MESSAGE:
            record.message = record.message[:LONGEST_MESSAGE] + "…"
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def format(self, record):
        return mask(super().format(record))
