"""A message for Slack, made of blocks. Pure.

What visitors typed stands in plain-text blocks alone, on one line each and escaped: nothing in it becomes a mention, a
link or bold, nor passes for a line of ours.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from leads import events
from leads.connectors.base import LeadSnapshot, OutgoingMessage
from leads.text import one_line

# https://docs.slack.dev/reference/block-kit/blocks
MOST_HEADER = 150
MOST_SECTION = 3000
MOST_TEXT = 500
LONGEST_LINE = 300
LAST_LINES = 12
CUT_ENTITY = re.compile(r"&[a-z]*$")


def payload_of(message: OutgoingMessage) -> dict:
    """What an incoming webhook is sent. `text` is for notifications and screen readers, which get no blocks."""
    title = _title(message)
    return {
        "text": _fitted([" · ".join([title, *_contacts(message)])], most=MOST_TEXT),
        "blocks": [{"type": "header", "text": _plain([title], most=MOST_HEADER)}, *_blocks(message)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _title(message: OutgoingMessage) -> str:
    name = one_line(message.business_name, 60)
    if message.event == events.HANDOFF:
        return _("A visitor asks for a person · %s") % name
    if message.lead is None:
        return _("A test from Caty · %s") % name
    bands = {"hot": _("Hot lead"), "warm": _("Warm lead"), "cold": _("New lead")}
    words = _("Lead changed") if message.event == events.UPDATED else bands[message.lead.band]
    return f"{words} ({message.lead.score}/100) · {name}"


def _contacts(message: OutgoingMessage) -> list[str]:
    lead = message.lead
    known = (lead.name, lead.email, lead.phone) if lead else (_visitors_email(message.data),)
    return [one_line(value, 80) for value in known if value]


def _blocks(message: OutgoingMessage) -> list[dict]:
    if message.lead:
        parts, url = _about_lead(message.lead), message.lead.conversation_url
    elif message.event == events.HANDOFF:
        parts, url = _about_handoff(message.data), message.data.get("conversation_url")
    else:
        parts, url = [[_("Leads will arrive here like this.")]], ""
    blocks = [{"type": "section", "text": _plain(lines)} for lines in parts if lines]
    if url:
        words = _("Read the conversation") if message.lead else _("Answer in the inbox")
        link = f"<{_escaped(url)}|{_escaped(words)}>"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link, "verbatim": True}})
    if message.is_ambiguous:
        words = _("Perhaps for the second time: Slack did not say whether this had arrived.")
        blocks.append({"type": "context", "elements": [_plain([words])]})
    return blocks


def _about_lead(lead: LeadSnapshot) -> list[list[str]]:
    known = [
        (_("Name"), lead.name),
        (_("E-mail"), lead.email),
        (_("Phone"), lead.phone),
        (_("Company"), lead.company),
        (_("Wants"), lead.intent.replace("_", " ")),
        (_("Page"), lead.page_url),
        *lead.custom_fields.items(),
    ]
    reasons = [f"{points:+d}  {one_line(reason, LONGEST_LINE)}" for reason, points in lead.reasons]
    said = [_quoted(line["role"], line["content"]) for line in lead.transcript[-LAST_LINES:]]
    return [_known(known), [_("Score: %d of 100") % lead.score, *reasons], _last_that_fit(said)]


def _about_handoff(data: dict) -> list[list[str]]:
    last = data.get("last_message")
    known = [(_("E-mail"), _visitors_email(data)), (_("Reason"), data.get("reason"))]
    return [_known(known), [_quoted("visitor", last)] if last else []]


def _visitors_email(data: dict) -> str:
    return (data.get("visitor") or {}).get("email") or ""


def _known(pairs: Iterable[tuple[str, object]]) -> list[str]:
    return [f"{one_line(str(name), 60)}: {one_line(str(value), LONGEST_LINE)}" for name, value in pairs if value]


def _quoted(role: str, content: str) -> str:
    who = {"visitor": _("Visitor"), "staff": _("Colleague")}.get(role, _("Assistant"))
    return f"» {who}: {one_line(content, LONGEST_LINE)}"


def _last_that_fit(lines: list[str]) -> list[str]:
    """The oldest ones are left out."""
    kept, room = [], MOST_SECTION
    for line in reversed(lines):
        room -= len(_escaped(line)) + 1
        if room < 0:
            break
        kept.insert(0, line)
    return kept


def _plain(lines: Iterable[str], *, most: int = MOST_SECTION) -> dict:
    return {"type": "plain_text", "text": _fitted(lines, most=most), "emoji": False}


def _fitted(lines: Iterable[str], *, most: int) -> str:
    """Escaped, and cut where it is too long, though not within a character that was escaped."""
    text = "\n".join(_escaped(line) for line in lines)
    return text if len(text) <= most else CUT_ENTITY.sub("", text[: most - 1]) + "…"


def _escaped(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
