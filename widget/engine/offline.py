"""Answers without a model: what the knowledge says word for word, a "did you mean", or an honest refusal."""

from dataclasses import dataclass

from tenants.contracts import FoundPassage
from widget.engine import cleaning
from widget.engine.contracts import Action, Reply, ReplyRequest
from widget.engine.guard import LONGEST_CONTENT, sources_of
from widget.engine.language import guess_language
from widget.engine.links import policy_for
from widget.engine.phrases import PHRASES
from widget.engine.smalltalk import find_small_talk, guess_intent, wants_human

_MOST_SUGGESTIONS = 3
_LONGEST_SUGGESTION = 80
_LONGEST_QUOTE = 900
_SMALL_TALK_INTENTS = {"greeting": "greeting", "thanks": "browsing", "goodbye": "browsing"}


@dataclass(frozen=True, kw_only=True)
class _Voice:
    """The sentences of one language, and whom this tenant can offer."""

    request: ReplyRequest
    language: str

    def say(self, name: str, **values: str) -> str:
        return PHRASES[self.language][name].format(**values)

    @property
    def has_handoff(self) -> bool:
        return self.request.config.behavior.handoff_enabled

    @property
    def has_form(self) -> bool:
        return self.request.config.behavior.lead_form_enabled


def answer_offline(request: ReplyRequest, *, fallback_reason: str) -> Reply:
    """Return the answer that knowledge alone gives to a message, in the visitor's language where Caty speaks it."""
    language = guess_language(request.message, fallback=request.config.language)
    voice = _Voice(request=request, language=language)
    small_talk = find_small_talk(request.message)
    if small_talk:
        content = voice.say(small_talk, business=request.config.business_name)
        return _reply(content, _SMALL_TALK_INTENTS[small_talk], 1.0, fallback_reason)
    found = request.found
    has_answer = bool(found.passages) and found.zone == "answer"
    if request.has_left_contact and not has_answer:
        return _reply(voice.say("contact_noted"), guess_intent(request.message), 1.0, fallback_reason)
    if wants_human(request.message):
        return _offer_person(voice, fallback_reason)
    if has_answer:
        return _answer(voice, fallback_reason)
    if found.passages and found.zone == "suggest":
        return _suggest(voice, fallback_reason)
    return _refuse(voice, fallback_reason)


def _reply(content: str, intent: str, confidence: float, fallback_reason: str, **more: object) -> Reply:
    return Reply(
        content=content,
        answered_by="knowledge",
        intent=intent,
        confidence=round(max(0.0, min(confidence, 1.0)), 3),
        fallback_reason=fallback_reason,
        **more,
    )


def _answer(voice: _Voice, fallback_reason: str) -> Reply:
    request = voice.request
    passage = request.found.passages[0]
    policy = policy_for(request.config.hosts, (passage,))
    body = cleaning.without_control_characters(passage.body).strip()
    actions = []
    if passage.question:
        content = cleaning.shortened(body, longest=LONGEST_CONTENT)
    else:
        content = _quote(voice, passage, body)
        if policy.allows(passage.url):
            actions.append(Action(label=voice.say("label_read"), action="link", url=passage.url))
    if not content:
        return _refuse(voice, fallback_reason)
    return _reply(
        content,
        guess_intent(request.message),
        request.found.probability,
        fallback_reason,
        suggested_actions=tuple(actions),
        sources=sources_of([passage], policy),
        passages_used=(passage.reference,),
    )


def _quote(voice: _Voice, passage: FoundPassage, body: str) -> str:
    # Found text is shown as such: nothing here has understood whether it is the answer.
    title = cleaning.one_line(passage.title or passage.heading, longest=120)
    lead = voice.say("quote", title=title) if title else voice.say("quote_untitled")
    lines = cleaning.shortened(body, longest=_LONGEST_QUOTE).splitlines()
    return lead + "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) if lines else ""


def _suggest(voice: _Voice, fallback_reason: str) -> Reply:
    request = voice.request
    labels: dict[str, str] = {}
    for passage in request.found.passages:
        label = cleaning.one_line(passage.question or passage.heading or passage.title, longest=_LONGEST_SUGGESTION)
        if label and label not in labels:
            labels[label] = passage.reference
        if len(labels) == _MOST_SUGGESTIONS:
            break
    if not labels:
        return _refuse(voice, fallback_reason)
    actions = [Action(label=label, action="message") for label in labels]
    return _reply(
        voice.say("suggest"),
        guess_intent(request.message),
        request.found.probability,
        fallback_reason,
        suggested_actions=tuple(actions + _ways_to_a_person(voice)[:1]),
        passages_used=tuple(labels.values()),
        is_unanswered=True,
    )


def _refuse(voice: _Voice, fallback_reason: str) -> Reply:
    intent = guess_intent(voice.request.message)
    sentences = [voice.say("sorry")] if intent == "complaint" else []
    sentences.append(voice.say("refuse"))
    if voice.has_handoff:
        sentences.append(voice.say("offer_handoff"))
    elif voice.has_form:
        sentences.append(voice.say("offer_form"))
    else:
        sentences.append(voice.say("offer_rephrase"))
    return _reply(
        " ".join(sentences),
        intent,
        min(voice.request.found.probability, 0.25),
        fallback_reason,
        suggested_actions=tuple(_ways_to_a_person(voice)),
        is_unanswered=True,
    )


def _offer_person(voice: _Voice, fallback_reason: str) -> Reply:
    without_handoff = "contact" if voice.has_form else "nobody"
    content = voice.say("handoff" if voice.has_handoff else without_handoff)
    actions = tuple(_ways_to_a_person(voice))
    return _reply(content, "human_request", 1.0, fallback_reason, suggested_actions=actions)


def _ways_to_a_person(voice: _Voice) -> list[Action]:
    ways = []
    if voice.has_handoff:
        ways.append(Action(label=voice.say("label_handoff"), action="handoff"))
    if voice.has_form:
        ways.append(Action(label=voice.say("label_form"), action="lead_form"))
    return ways
