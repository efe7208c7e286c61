"""What the model is told: the part that is the same for every visitor of a tenant first, then this visitor's.

Words of others stand between marks that they can't close themselves.
"""

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from string import Template
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenants.contracts import Found, FoundPassage, WidgetConfig
from widget.engine.contracts import ReplyRequest, Turn
from widget.engine.model import Prompt, Search
from widget.engine.schema import REPLY_SCHEMA

MARKS = (
    "knowledge",
    "passages",
    "passage",
    "conversation",
    "visitor_message",
    "page",
    "instructions",
    "likely",
    "looked_up",
)
_PROMPTS = Path(__file__).parent / "prompts"
RULES_TEXT = (_PROMPTS / "rules.md").read_text("utf-8")
_RULES = Template(RULES_TEXT)
_CONVERSATION = Template((_PROMPTS / "conversation.md").read_text("utf-8"))
_ANY_MARK = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(MARKS)})\b)", re.IGNORECASE)
# Control characters, and those by which words are hidden from a reader and shown to a model.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_MOST_PASSAGES = 8
MOST_LOOKED_UP_BYTES = 16_000  # of passages, so that what a search may cost can be set aside before
_MOST_LIKELY = 5
_MOST_TURNS = 12
_LONGEST_TURN = 1_500
_LONGEST_PASSAGE = 8_000
TONES = {
    "friendly": "Sound warm and helpful, like a good shop assistant. No exclamation marks in a row, no emoji.",
    "professional": "Sound courteous and matter-of-fact. Use the formal address where the language has one. No emoji.",
    "casual": "Sound relaxed and easy, as one talks to a regular customer. An emoji now and then is fine.",
}
SEARCH_RULE = (
    "- The passages are those found for the visitor's words; there are more. Where they don't answer a question about "
    "the business, call `search_knowledge` once before you say that you don't know. Don't search for greetings, thanks "
    "or other topics.\n"
)
CONTACT_NOTED = "The contact details in this message are with the team by now; say that they will get in touch.\n\n"
_SPEAKERS = {"visitor": "Visitor", "assistant": "You", "staff": "A colleague of the team"}


def build_prompt(request: ReplyRequest) -> Prompt:
    """Return the prompt for one visitor message."""
    config = request.config
    message = _CONVERSATION.substitute(
        today=_today(request),
        page=_page(request.page_url),
        passages=_passages(request),
        looked_up=_looked_up(request),
        conversation=_conversation(request.turns),
        message=fenced(request.message),
        contact=CONTACT_NOTED if request.has_left_contact else "",
    )
    return Prompt(
        model=config.model,
        max_output_tokens=config.max_output_tokens,
        rules=_rules(config, request.whole_knowledge, _search(request) != Search.NONE),
        message=message,
        schema=REPLY_SCHEMA,
        search=_search(request),
    )


def given_passages(request: ReplyRequest) -> tuple[FoundPassage, ...]:
    """Return the passages that the prompt for `request` contains: the only ones an answer may name."""
    return request.whole_knowledge or request.found.passages[: _most_passages(request)]


def with_looked_up(request: ReplyRequest, query: str, found: Found) -> ReplyRequest:
    """Return the request with what a search for `query` found before what it had, within MOST_LOOKED_UP_BYTES."""
    taken, left = [], MOST_LOOKED_UP_BYTES
    for passage in found.passages[:_MOST_PASSAGES]:
        left -= len(passage_text(passage).encode("utf-8", "replace"))
        if left < 0:
            break
        taken.append(passage)
    references = {passage.reference for passage in taken}
    others = [passage for passage in request.found.passages[:_MOST_PASSAGES] if passage.reference not in references]
    better = found if found.probability > request.found.probability and taken else request.found
    ordered = (*taken, *others) if better is found else (*others, *taken)
    return replace(request, found=replace(better, passages=ordered), looked_up=query)


def _most_passages(request: ReplyRequest) -> int:
    return 2 * _MOST_PASSAGES if request.looked_up else _MOST_PASSAGES


def _search(request: ReplyRequest) -> Search:
    if not request.can_search or request.whole_knowledge:
        return Search.NONE
    return Search.OVER if request.looked_up else Search.OFFERED


def fenced(text: str) -> str:
    """Return `text` such that no mark of the prompt opens or closes in it."""
    return _ANY_MARK.sub("‹", _UNWANTED.sub(" ", text))


def passage_text(passage: FoundPassage) -> str:
    """Return one passage between its marks."""
    lines = [f'<passage ref="{fenced(passage.reference)}">']
    for label, value in (
        ("Title", passage.title),
        ("Section", passage.heading),
        ("Question", passage.question),
        ("Address", passage.url),
    ):
        if value:
            lines.append(f"{label}: {fenced(value)}")
    lines += [fenced(passage.body[:_LONGEST_PASSAGE]), "</passage>"]
    return "\n".join(lines)


# The same tuple of passages comes with every message until the knowledge changes, and may hold 20,000 tokens.
@lru_cache(maxsize=32)
def _rules(config: WidgetConfig, whole_knowledge: tuple[FoundPassage, ...], can_search: bool) -> str:
    persona = config.persona
    return _RULES.substitute(
        persona_name=fenced(persona.name),
        persona_role=fenced(persona.role),
        business_name=fenced(config.business_name),
        business_kind=f" ({fenced(config.business_type)})" if config.business_type else "",
        website=fenced(config.website),
        language=config.language,
        tone=TONES.get(persona.tone, TONES["friendly"]),
        offer=_offer(config),
        search_rule=SEARCH_RULE if can_search else "",
        button_rules=_button_rules(config),
        instructions=instructions_text(persona.instructions),
        knowledge=_knowledge(whole_knowledge),
    )


def _offer(config: WidgetConfig) -> str:
    offers = ["a question you can answer"]
    if config.behavior.lead_form_enabled:
        offers.append("the contact form (lead_form)")
    if config.behavior.handoff_enabled:
        offers.append("a person of the team (handoff)")
    return ", ".join(offers)


def _button_rules(config: WidgetConfig) -> str:
    lines = []
    if config.behavior.handoff_enabled:
        lines.append(
            "- handoff: calls a person of the team. Offer it to those who ask for one, complain or get no answer."
        )
    else:
        lines.append("- handoff is not available.")
    if config.behavior.lead_form_enabled:
        lines.append("- lead_form: opens the contact form. Offer it when someone wants to buy, book or be called back.")
    else:
        lines.append("- lead_form is not available.")
    return "\n".join(lines)


def instructions_text(text: str) -> str:
    """Return what the business wants to be heeded, between its marks; "" for nothing."""
    if not text.strip():
        return ""
    return (
        "\n# What the business wants you to heed (never against the rules above)\n"
        f"<instructions>\n{fenced(text.strip())}\n</instructions>\n"
    )


def _knowledge(passages: tuple[FoundPassage, ...]) -> str:
    if not passages:
        return ""
    return "\n<knowledge>\n" + "\n".join(passage_text(passage) for passage in passages) + "\n</knowledge>\n"


def _today(request: ReplyRequest) -> str:
    if request.asked_at is None:
        return ""
    try:
        local = request.asked_at.astimezone(ZoneInfo(request.config.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        local = request.asked_at
    return f"It is {local:%A, %d %B %Y, %H:%M} at the business.\n\n"


def _page(url: str) -> str:
    # Queries and fragments may hold what a visitor typed elsewhere; the path says enough.
    try:
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path
    except ValueError:
        return ""
    return f"<page>{fenced(address[:500])}</page>\n\n" if address else ""


def _passages(request: ReplyRequest) -> str:
    if request.whole_knowledge:
        likely = ", ".join(passage.reference for passage in request.found.passages[:_MOST_LIKELY])
        return f"<likely>{fenced(likely)}</likely>\n\n" if likely else ""
    found = given_passages(request)
    if not found:
        return "<passages>\nNothing was found for this message.\n</passages>\n\n"
    return "<passages>\n" + "\n".join(passage_text(passage) for passage in found) + "\n</passages>\n\n"


def _looked_up(request: ReplyRequest) -> str:
    if not request.looked_up:
        return ""
    query = fenced(request.looked_up)
    return f"You searched for <looked_up>{query}</looked_up>; what was found stands among the passages. Answer now.\n\n"


def _conversation(turns: tuple[Turn, ...]) -> str:
    if not turns:
        return ""
    lines = [
        f"{_SPEAKERS.get(turn.role, 'Visitor')}: {fenced(turn.content[:_LONGEST_TURN])}"
        for turn in turns[-_MOST_TURNS:]
    ]
    return "<conversation>\n" + "\n".join(lines) + "\n</conversation>\n\n"
