"""A conversation as a note for people: its text, plain or as HTML, within what a CRM takes. Pure."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from leads.text import bounded

LONGEST_LINE = 4000


@dataclass(frozen=True, kw_only=True)
class Note:
    """`reference` stands in the text, so that it can be found again. `url` is the whole conversation, for staff."""

    reference: str
    title: str
    lines: tuple[tuple[str, str, str], ...]  # who, what, when
    url: str = ""


def note_of(reference: str, data: Mapping, *, business_name: str) -> Note:
    """The note that `data`, of a Delivery of lead.note, stands for."""
    title = _("Chat on %s, continued") if data.get("is_rest") else _("Chat on %s")
    return Note(
        reference=reference,
        title=title % business_name,
        lines=tuple(
            (_who(line["role"]), bounded(line["content"], LONGEST_LINE), _when(line)) for line in data["lines"]
        ),
        url=data.get("conversation_url", ""),
    )


def note_text(note: Note, *, most: int) -> str:
    """Plain text of at most `most` characters."""
    lines = (f"{who} ({when}): {said}" for who, said, when in note.lines)
    return _fitted(note, lines, most=most, between="\n\n", plain=str)


def note_html(note: Note, *, most: int) -> str:
    """HTML of at most `most` characters; what was said is text in it, and nothing else."""
    lines = (
        f"<p><b>{html.escape(who)}</b> ({html.escape(when)}): {html.escape(said).replace(chr(10), '<br>')}</p>"
        for who, said, when in note.lines
    )
    return _fitted(note, lines, most=most, between="", plain=lambda text: f"<p>{html.escape(text)}</p>")


def _fitted(note: Note, lines: Iterable[str], *, most: int, between: str, plain) -> str:
    """The last lines that fit, between what stands above and below."""
    head = [plain(note.title)]
    foot = [plain(_("Whole conversation: %s") % note.url)] if note.url else []
    foot.append(plain(f"Caty {note.reference}"))
    cut = plain("…")
    room = most - sum(len(part) + len(between) for part in (*head, *foot, cut))
    kept: list[str] = []
    for line in reversed(list(lines)):
        room -= len(line) + len(between)
        if room < 0:
            kept.append(cut)
            break
        kept.append(line)
    return between.join([*head, *reversed(kept), *foot])


def _who(role: str) -> str:
    return {"visitor": _("Visitor"), "staff": _("Colleague")}.get(role, _("Assistant"))


def _when(line: Mapping) -> str:
    return datetime.fromisoformat(line["at"]).strftime("%Y-%m-%d %H:%M %Z").strip()
