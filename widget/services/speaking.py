"""Saying something unasked: one statement writes down the message and that it was said, alone or as part of a larger
one. Never more than a visitor may hear, however many of their visits go on side by side.

Nobody waits for another visit while holding a conversation. What is to be said was decided upon what the visitor had
been told at some count of it, and is stored only where the count is still that, and nobody holds the visitor. Otherwise
all is undone and begun anew with the visitor locked first, as by whoever erases one or notes a refusal: so nothing
waits in a circle, and the second time there is nobody left to be quicker.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

from caty.lib.ids import new_public_id
from tenants.contracts import RuleConfig
from tenants.models import Tenant
from widget.contracts import ProactiveMessage
from widget.engine.contracts import Action
from widget.models import Session, Visitor
from widget.pages import page_key
from widget.services.transcript import take_place

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Parts of a statement, and what it returns of them. The text is the one written for this page in the visitor's
# language, if it knows the rule and the knowledge of today, and a colleague had nothing against it; else the rule's
# own. The rules at hand may be half a minute old: one deleted since then still speaks, but is no longer referred to.
PARTS = """
    free AS (
        SELECT id FROM widget_visitor WHERE id = %(visitor)s AND spoken_count = %(spoken_count)s
        FOR NO KEY UPDATE SKIP LOCKED
    ), spoke AS (
        UPDATE widget_visitor SET spoken_count = spoken_count + 1 FROM free WHERE widget_visitor.id = free.id
        RETURNING widget_visitor.id
    ), message AS (
        INSERT INTO widget_message (session_id, public_id, sequence, role, content, page_url, created_at,
            suggested_actions, sources, intent, answered_by)
        SELECT %(session)s, %(message_id)s, %(last_sequence)s, 'proactive', COALESCE((
            SELECT content FROM widget_proactivetext
            WHERE %(may_be_written)s AND rule_id = %(rule)s AND page_key = %(text_page_key)s
                AND language = %(text_language)s AND config_version = %(config_version)s
                AND knowledge_version = %(knowledge_version)s AND NOT needs_review AND NOT is_refused AND content <> ''
        ), %(text)s), %(said_on)s, %(now)s, %(suggested_actions)s::jsonb, '[]', '', ''
        FROM spoke WHERE NOT %(is_held_out)s
        RETURNING id, content
    ), showing AS (
        INSERT INTO widget_proactiveshowing (session_id, visitor_id, rule_id, trigger_type, page_key, message_id,
            is_held_out, announced_at, collected_at)
        SELECT %(session)s, %(visitor)s, (SELECT id FROM tenants_proactiverule WHERE id = %(rule)s FOR KEY SHARE),
            %(trigger_type)s, %(showing_page_key)s, message.id, %(is_held_out)s, %(now)s, %(collected_at)s::timestamptz
        FROM spoke LEFT JOIN message ON TRUE
    )
"""
OUTCOME = "RETURNING EXISTS (SELECT FROM spoke), (SELECT content FROM message)"
SAY = f"""
    WITH {PARTS}
    UPDATE widget_session SET last_heard_at = %(now)s, last_sequence = %(last_sequence)s,
        proactive_count = %(proactive_count)s, proactive_at = %(proactive_at)s
    WHERE id = %(session)s {OUTCOME}
"""  # noqa: S608  made of constants


class SpokenMeanwhile(Exception):
    """The visitor was told something else, or is held by somebody: nothing of the try may be kept."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation


@dataclass(frozen=True, kw_only=True)
class Saying:
    """What a rule is about to say on a page, or, where the visitor `is_held_out`, would: instead of its own text the
    one written for `language` at these versions. `spoken_count` is that of what it was decided upon."""

    rule: RuleConfig
    is_held_out: bool
    spoken_count: int
    page_url: str
    suggested_actions: tuple[Action, ...]
    language: str
    config_version: int
    knowledge_version: int
    message_id: str = field(default_factory=partial(new_public_id, "msg"))

    def as_message(self, content: str | None) -> ProactiveMessage | None:
        """What the visitor gets of it, with the text that was stored; None where that is none."""
        if content is None:
            return None
        return ProactiveMessage(
            message_id=self.message_id,
            trigger_type=self.rule.trigger_type,
            content=content,
            suggested_actions=self.suggested_actions,
        )


def in_turn(use_case: Callable[P, R]) -> Callable[P, R]:
    """Make a use case that may speak one transaction, begun anew where the visitor was told something meanwhile.

    It names `tenant` and `session_id`.
    """

    @wraps(use_case)
    def carry_out(*args: P.args, **asked: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return use_case(*args, **asked)
        except SpokenMeanwhile as error:
            log.info("proactive.spoken_meanwhile conversation=%s", error.conversation)
        with transaction.atomic():
            _wait_for_turn(asked["tenant"], asked["session_id"])
            return use_case(*args, **asked)

    return carry_out


def _wait_for_turn(tenant: Tenant, session_id: str) -> None:
    mine = Visitor.objects.for_tenant(tenant).filter(sessions__public_id=session_id)
    mine.select_for_update(of=("self",), no_key=True).first()


def count_on(session: Session, saying: Saying, now: datetime) -> None:
    """Count it on the session, which the caller has locked and stores by the same statement."""
    if not saying.is_held_out:
        take_place(session)
        session.proactive_count += 1
        session.proactive_at = now


def asked_of(session: Session, saying: Saying, now: datetime, *, is_collected: bool = False) -> dict[str, Any]:
    """Parameters of PARTS, once it is counted on the session. `is_collected`: the visitor has asked for it."""
    rule, key = saying.rule, page_key(saying.page_url)
    return {
        "session": session.pk,
        "visitor": session.visitor_id,
        "spoken_count": saying.spoken_count,
        "last_sequence": session.last_sequence,
        "message_id": saying.message_id,
        "may_be_written": rule.write_with_ai,
        "rule": rule.id,
        "text_page_key": key,
        "text_language": saying.language,
        "config_version": saying.config_version,
        "knowledge_version": saying.knowledge_version,
        "text": rule.text,
        "said_on": saying.page_url,
        "suggested_actions": json.dumps([asdict(action) for action in saying.suggested_actions]),
        "is_held_out": saying.is_held_out,
        "trigger_type": rule.trigger_type,
        "showing_page_key": key if rule.once_per == "page" else "",
        "now": now,
        "collected_at": now if is_collected else None,
    }


def text_of(session: Session, outcome: tuple[bool, str | None]) -> str | None:
    """The text that was stored, None for a visitor who is held out. Raises SpokenMeanwhile where nothing was."""
    has_spoken, content = outcome
    if not has_spoken:
        raise SpokenMeanwhile(session.reference)
    return content


def say(session: Session, saying: Saying, now: datetime) -> ProactiveMessage | None:
    """Store it together with what it changes of the session, as collected. Raises SpokenMeanwhile."""
    count_on(session, saying, now)
    counted = {"proactive_count": session.proactive_count, "proactive_at": session.proactive_at}
    with connection.cursor() as cursor:
        cursor.execute(SAY, {**asked_of(session, saying, now, is_collected=True), **counted})
        return saying.as_message(text_of(session, cursor.fetchone()))
