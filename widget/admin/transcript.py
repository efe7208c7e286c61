"""A conversation as staff read it: each line, and behind each answer what it took."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from caty.lib.money import dollars
from tenants.models import Passage
from widget.admin.words import ANSWERED_BY, FALLBACKS, HANDOFFS
from widget.contracts import AttachmentShown
from widget.models import Answer, Handoff, Message, Note, Session
from widget.services.attachments import attachments_of

MOST_LINES = 500
PASSAGE = re.compile(r"p[0-9]{1,18}")


@dataclass(frozen=True)
class Line:
    """One message; `details` are (label, value) pairs of an answer, `sources` those with an address one may open,
    `notes` what colleagues noted for each other under it."""

    message: Message
    who: str
    is_visitor: bool
    is_staff: bool
    is_unanswered: bool
    why: str
    sources: list[dict]
    details: list[tuple]
    attachments: tuple[AttachmentShown, ...]
    notes: list[Note]


def of(session: Session) -> dict:
    """`lines` in order, the newest MOST_LINES of them, whether there are `earlier` ones, the `notes` before the first
    line, the `calls` for a person, and the `total_cost`."""
    newest = list(session.messages.order_by("-sequence")[: MOST_LINES + 1])
    shown = newest[:MOST_LINES][::-1]
    answers = {answer.message_id: answer for answer in Answer.objects.filter(session=session, message__isnull=False)}
    articles = _articles_read(session, answers.values())
    attachments = attachments_of([message.pk for message in shown])
    notes = _grouped(session.notes.order_by("created_at", "pk"), "after_sequence")
    return {
        "lines": [
            replace(
                _line(message, answers.get(message.pk), articles),
                attachments=attachments.get(message.pk, ()),
                notes=notes.get(message.sequence, []),
            )
            for message in shown
        ],
        "has_earlier": len(newest) > MOST_LINES,
        "notes": notes.get(0, []),
        "calls": [_call(call) for call in session.handoffs.select_related("taker__user").order_by("requested_at")],
        "total_cost": dollars(sum(answer.cost_microusd for answer in answers.values())),
    }


def _grouped(rows: Iterable, column: str) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _call(call: Handoff) -> dict:
    """What became of it, in the order of time; `until` is the time that the visitor was promised."""
    taken = _("taken by %s") % call.taker.staff_name if call.taker else _("taken")
    steps = (
        (call.requested_at, HANDOFFS.get(call.reason, call.reason)),
        (call.taken_at, taken),
        (call.first_reply_at, _("first answered")),
        (call.closed_at, call.get_outcome_display()),
    )
    return {"steps": [step for step in steps if step[0]], "promised_by": call.promised_by}


def _articles_read(session: Session, answers: Iterable[Answer]) -> dict[str, SafeString]:
    """A link to the article behind each reference, p<id>, that these answers name; one query for all."""
    references = {reference for answer in answers for reference in answer.passages_used}
    ids = [reference[1:] for reference in references if PASSAGE.fullmatch(reference)]
    rows = Passage.objects.filter(tenant=session.tenant_id, pk__in=ids).values_list("pk", "article", "article__title")
    return {
        f"p{pk}": _link(reverse("admin:tenants_article_change", args=[article]), title) for pk, article, title in rows
    }


def _link(url: str, title: str) -> SafeString:
    return format_html('<a class="caty-link" href="{}">{}</a>', url, title)


def _articles_used(answer: Answer, articles: dict[str, SafeString]) -> SafeString:
    """Each article once, in the order of use, and how many passages there are no longer."""
    links = dict.fromkeys(articles[name] for name in answer.passages_used if name in articles)
    gone = sum(name not in articles for name in answer.passages_used)
    more = [ngettext("%d text changed since", "%d texts changed since", gone) % gone] if gone else []
    return format_html_join(mark_safe("<br>"), "{}", ((part,) for part in (*links, *more)))


def _line(message: Message, answer: Answer | None, articles: dict[str, SafeString]) -> Line:
    is_unanswered = bool(answer and answer.is_unanswered)
    return Line(
        message=message,
        who=" · ".join(filter(None, (message.author_name, message.get_role_display()))),
        is_visitor=message.role == Message.Role.VISITOR,
        is_staff=message.role == Message.Role.STAFF,
        is_unanswered=is_unanswered,
        why=_("Why there was no answer") if is_unanswered else ANSWERED_BY.get(message.answered_by, ""),
        sources=[source for source in message.sources if isinstance(source, dict) and _is_web(source.get("url", ""))],
        details=_details(message, answer, articles) if answer else [],
        attachments=(),
        notes=[],
    )


def _details(message: Message, answer: Answer, articles: dict[str, SafeString]) -> list[tuple]:
    reason = FALLBACKS.get(answer.fallback_reason, answer.fallback_reason)
    pairs = (
        (_("Why without Claude"), reason),
        (_("Asked of Claude"), _("in another conversation that began with this question") if answer.is_repeat else ""),
        (_("Why a person was offered"), HANDOFFS.get(answer.handoff_reason, "")),
        (_("How sure"), "" if message.confidence is None else f"{message.confidence:.0%}"),
        (_("Model"), answer.model),
        (_("Words in and out (tokens)"), f"{_read(answer)} / {answer.output_tokens}" if answer.model else ""),
        (_("Cost"), dollars(answer.cost_microusd) if answer.model else ""),
        (_("Took"), _("%.1f seconds") % (answer.duration_ms / 1000) if answer.duration_ms else ""),
        (_("Articles used"), _articles_used(answer, articles)),
    )
    return [(label, value) for label, value in pairs if value]


def _read(answer: Answer) -> int:
    return answer.input_tokens + answer.cache_read_tokens + answer.cache_write_tokens


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")
