"""Text within SOQL, Salesforce's query language. Pure."""

import re


def quoted(text: str) -> str:
    """`text` as a literal, with what would end it escaped."""
    escaped = re.sub(r"['\"\\]", r"\\\g<0>", text)
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r") + "'"


def like(text: str) -> str:
    """A literal for LIKE that fits whatever has `text` within."""
    escaped = re.sub(r"[%_]", r"\\\g<0>", quoted(text)[1:-1])
    return f"'%{escaped}%'"
