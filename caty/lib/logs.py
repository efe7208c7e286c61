"""Log lines: time, level, request id, event with ids. Keys and addresses are masked, should one slip in."""

import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")

MASKS = (
    (re.compile(r"caty_[A-Za-z0-9]{4,}"), "caty_…"),
    (re.compile(r"\b(sess|vis)_[A-Za-z0-9]{22}\b"), r"\1_…"),
    (re.compile(r"sk-ant-[A-Za-z0-9_-]+"), "sk-ant-…"),
    (re.compile(r"whsec_[A-Za-z0-9+/=]+"), "whsec_…"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"), "…@…"),
    (re.compile(r"(?i)(key|token|secret|password)=[^\s&]+"), r"\1=…"),
)


def mask(text: str) -> str:
    """Replace whatever looks like a key, a visitor's credential or an e-mail address."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        # Django logs a refused request after the middleware that set the context has finished.
        record.request_id = getattr(getattr(record, "request", None), "id", request_id.get())
        return True


class LineFormatter(logging.Formatter):
    """One masked line a record; tracebacks are masked as well."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record):
        return mask(super().format(record))
