"""Nothing a model writes is trusted: what it names must have been given to it, where it links must be the tenant's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tenants.contracts import FoundPassage
from widget.engine import cleaning, confidence, vouching
from widget.engine.contracts import ACTION_KINDS, Action, AnswerSource, ReplyRequest
from widget.engine.leaks import without_rules
from widget.engine.links import LinkPolicy, policy_for
from widget.engine.prompt import given_passages
from widget.engine.schema import InvalidReply, RawAction, RawReply

LONGEST_CONTENT = 4_000
LONGEST_LABEL = 40
MOST_ACTIONS = 4
_MOST_SOURCES = 4
_LONGEST_NAME = 100
# Cleaning is quick for a text that a person would read, and need not be for one that none would.
_MOST_CLEANED = 2 * LONGEST_CONTENT
_MOST_CONFIDENCE_WITHOUT_SOURCE = 0.4
_MOST_CONFIDENCE_UNANSWERED = 0.2
_INTENT = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_INTENT = 40
_INTENTS_THAT_ASK_NOTHING = ("greeting", "browsing", "human_request")


@dataclass(frozen=True, kw_only=True)
class GuardedReply:
    """A model's reply after everything doubtful was taken out."""

    content: str
    sources: tuple[AnswerSource, ...]
    suggested_actions: tuple[Action, ...]
    intent: str
    confidence: float
    is_unanswered: bool
    passages_used: tuple[str, ...]
    name: str
    company: str


def guard_reply(raw: RawReply, request: ReplyRequest) -> GuardedReply:
    """Return what of `raw` may be shown. Raises InvalidReply where nothing to read remains."""
    given = given_passages(request)
    policy = policy_for(request.config.hosts, given)
    content = _guard_content(raw.content, policy, given, _vouched(request, given))
    used = _used_passages(raw.sources, given)
    intent = _guard_intent(raw.intent)
    return GuardedReply(
        content=content,
        sources=sources_of(used, policy),
        suggested_actions=_guard_actions(raw.suggested_actions, request, policy),
        intent=intent,
        confidence=_guard_confidence(raw, used, request),
        is_unanswered=not raw.is_answered and intent not in _INTENTS_THAT_ASK_NOTHING,
        passages_used=tuple(passage.reference for passage in used),
        name=_said_by_visitor(raw.name, request),
        company=_said_by_visitor(raw.company, request),
    )


def sources_of(passages: Iterable[FoundPassage], policy: LinkPolicy) -> tuple[AnswerSource, ...]:
    """Return the passages as a visitor may see them, each page once; without title and address there is nothing."""
    sources: dict[AnswerSource, None] = {}
    for passage in passages:
        title = cleaning.one_line(passage.title or passage.question or passage.heading, longest=200)
        url = passage.url if policy.allows(passage.url) else ""
        if title or url:
            sources[AnswerSource(title=title or url, url=url)] = None
    return tuple(sources)[:_MOST_SOURCES]


def _vouched(request: ReplyRequest, given: tuple[FoundPassage, ...]) -> vouching.Vouched:
    """What the business has written for its answers, and what the visitor has said."""
    config = request.config
    own = (config.persona.instructions, config.business_name, config.website, config.behavior.handoff_message)
    return vouching.named_in_passages(given) | vouching.named_in((*own, *_own_words(request)))


def _own_words(request: ReplyRequest) -> list[str]:
    return [request.message, *(turn.content for turn in request.turns if turn.role != "assistant")]


def _guard_content(content: str, policy: LinkPolicy, given: tuple[FoundPassage, ...], vouched: vouching.Vouched) -> str:
    text = cleaning.without_control_characters(content[:_MOST_CLEANED])
    text = cleaning.without_markup(text)
    text = _without_references(text, given)
    text = cleaning.with_links_checked(without_rules(text), policy)
    text = cleaning.tidied(vouching.without_strangers(text, vouched, policy))
    if not any(letter.isalnum() for letter in text):
        raise InvalidReply("content")
    return cleaning.shortened(text, longest=LONGEST_CONTENT)


def _without_references(text: str, given: tuple[FoundPassage, ...]) -> str:
    names = [re.escape(passage.reference) for passage in given if passage.reference]
    if not names or not ("[" in text or "(" in text):
        return text
    one = rf"(?:ref\s*[:=]?\s*)?(?:{'|'.join(names)})"
    return re.sub(rf"\s?[\[(]\s*{one}(?:\s*[,;]\s*{one})*\s*[\])](?!\()", "", text)


def _used_passages(references: Iterable[str], given: tuple[FoundPassage, ...]) -> list[FoundPassage]:
    by_reference = {passage.reference: passage for passage in given}
    return [by_reference[reference] for reference in dict.fromkeys(references) if reference in by_reference]


def _guard_intent(intent: str) -> str:
    is_name = len(intent) <= _LONGEST_INTENT and _INTENT.fullmatch(intent)
    return intent if is_name else "information_seeking"


def _guard_confidence(raw: RawReply, used: list[FoundPassage], request: ReplyRequest) -> float:
    most = 1.0 if used else _MOST_CONFIDENCE_WITHOUT_SOURCE
    if not raw.is_answered:
        most = min(most, _MOST_CONFIDENCE_UNANSWERED)
    best = request.found.passages[:1]
    is_backed = bool(used) and bool(best) and used[0].reference == best[0].reference
    backing = request.found.probability if is_backed else 0.0
    stated = max(0.0, min(raw.confidence, 1.0))
    return round(min(confidence.calibrate(stated, request.confidence_curve, backing=backing), most), 3)


def _guard_actions(actions: Iterable[RawAction], request: ReplyRequest, policy: LinkPolicy) -> tuple[Action, ...]:
    guarded: dict[tuple[str, str], Action] = {}
    for raw in actions:
        label = cleaning.one_line(raw.label[:_MOST_CLEANED], longest=LONGEST_LABEL)
        if not label or not _is_offered(raw.action, request):
            continue
        if raw.action == "link" and not policy.allows(raw.url):
            continue
        url = raw.url if raw.action == "link" else ""
        # Two buttons that do the same are one; messages differ by what they say.
        key = (raw.action, label if raw.action == "message" else url)
        guarded.setdefault(key, Action(label=label, action=raw.action, url=url))
    return tuple(guarded.values())[:MOST_ACTIONS]


def _is_offered(kind: str, request: ReplyRequest) -> bool:
    behavior = request.config.behavior
    if kind == "handoff":
        return behavior.handoff_enabled
    if kind == "lead_form":
        return behavior.lead_form_enabled
    return kind in ACTION_KINDS


def _said_by_visitor(words: str, request: ReplyRequest) -> str:
    """Return a name only where the visitor wrote it themselves: a model may take it from anywhere."""
    name = cleaning.one_line(words[:_MOST_CLEANED], longest=_LONGEST_NAME)
    own_words = [request.message, *(turn.content for turn in request.turns if turn.role == "visitor")]
    is_said = any(name.casefold() in " ".join(text.casefold().split()) for text in own_words)
    return name if name and is_said else ""
