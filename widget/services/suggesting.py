"""What a colleague might answer: what the assistant had ready when they took over, or what the knowledge says, found
without a model. Nothing of it is ever sent by itself."""

from dataclasses import dataclass

from tenants import knowledge
from tenants.config import load_config
from tenants.contracts import FoundPassage
from widget.engine import cleaning
from widget.engine.smalltalk import find_small_talk, wants_human
from widget.models import Message, Session
from widget.services.inbox import find_draft
from widget.services.unanswered import has_person_answered

MOST = 3
LONGEST = 2000  # characters of one
EARLIER = 2  # words of the visitor that a question is read with


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Words to answer with. `article` is the key of the text they are from, None for the assistant's own; `percent` is
    how likely they answer, None where nobody measured."""

    text: str
    title: str = ""
    article: int | None = None
    percent: int | None = None


def suggest(session: Session) -> tuple[Suggestion, ...]:
    """For what the visitor said last; nothing where a colleague has answered it."""
    said = list(session.messages.filter(role=Message.Role.VISITOR).order_by("-sequence")[: EARLIER + 1])
    if not said or has_person_answered(session, said[0]):
        return ()
    draft = find_draft(session)
    if draft is not None and draft.question_id == said[0].pk:
        return (Suggestion(text=draft.draft),)
    asked = [one.content for one in said if not find_small_talk(one.content) and not wants_human(one.content)]
    return _from_knowledge(session, asked) if asked else ()


def _from_knowledge(session: Session, asked: list[str]) -> tuple[Suggestion, ...]:
    """`asked` are the visitor's questions, newest first."""
    question, *earlier = asked
    found = knowledge.search(
        session.tenant,
        question,
        history=earlier[::-1],
        limit=MOST,
        is_cautious=load_config(session.tenant).behavior.is_cautious,
    )
    if found.zone == "refuse":
        return ()
    chosen = found.passages[: 1 if found.zone == "answer" else MOST]
    likely = round(100 * found.probability)
    return tuple(_of(passage, likely if number == 0 else None) for number, passage in enumerate(chosen))


def _of(passage: FoundPassage, percent: int | None) -> Suggestion:
    body = cleaning.without_control_characters(passage.body).strip()
    return Suggestion(
        text=cleaning.shortened(body, longest=LONGEST),
        title=passage.question or passage.heading or passage.title,
        article=passage.article_id,
        percent=percent,
    )
