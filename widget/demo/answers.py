"""The answers of the demo's week: what was said, by whom, from which article, and what it took."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import pairwise

from django.conf import settings
from django.db.models import Sum

from tenants.models import Passage, Spending, Tenant
from widget.demo.content import DemoArticle, load_articles
from widget.demo.story import Line, Story
from widget.engine import pricing
from widget.engine.contracts import Usage
from widget.models import Answer, Message, Session, UnansweredQuestion
from widget.services.learning import fingerprint_of

PROMPT_TOKENS = 9_600  # about what the rules and all articles come to; read from the cache
CHARACTERS_PER_TOKEN = 4


def text_of(line: Line) -> str:
    """What was said. An entry that names an `article` quotes it whole."""
    return _article(line.told["article"]).body if "article" in line.told else line.told["text"]


def fill_answer(message: Message, line: Line) -> Message:
    """The message with everything that stands beside an answer."""
    told = line.told
    message.answered_by = "knowledge" if "article" in told else "ai"
    message.intent, message.confidence, message.lead_score = told["intent"], told["confidence"], line.score
    message.sources = [{"title": a.title, "url": a.url} for a in map(_article, _slugs(line))]
    message.suggested_actions = told.get("actions", [])
    return message


def add_answers(
    tenant: Tenant, stories: Sequence[Story], sessions: Sequence[Session], messages: Sequence[Sequence[Message]]
) -> None:
    """The work behind every answer, and the questions that found none."""
    references = _references(tenant)
    work, unanswered = [], []
    for story, session, own in zip(stories, sessions, messages, strict=True):
        for (_, question), (line, message) in pairwise(zip(story.lines, own, strict=True)):
            if line.role != "assistant":
                continue
            work.append(_work(session, question, message, line, references))
            if line.told.get("unanswered"):
                unanswered.append(_unanswered(tenant, session, question))
    Answer.objects.bulk_create(work)
    UnansweredQuestion.objects.bulk_create(unanswered)


def add_spending(tenant: Tenant, *, now: datetime) -> None:
    """What the answers of this month have cost, on the tenant's account."""
    begins_on = now.astimezone(UTC).date().replace(day=1)
    since = datetime.combine(begins_on, time(), UTC)
    cost = Answer.objects.filter(session__tenant=tenant, created_at__gte=since).aggregate(sum=Sum("cost_microusd"))
    Spending.objects.create(
        tenant=tenant, period=Spending.Period.MONTH, begins_on=begins_on, spent_microusd=cost["sum"] or 0
    )


def _work(session: Session, question: Message, message: Message, line: Line, references: dict[str, str]) -> Answer:
    """A finished piece of work. What Claude said costs what it would cost; knowledge is quick and free."""
    answer = Answer(
        session=session,
        question=question,
        message=message,
        state=Answer.State.DONE,
        attempts=1,
        created_at=question.created_at,
        is_unanswered=line.told.get("unanswered", False),
        passages_used=[references[slug] for slug in _slugs(line) if slug in references],
        duration_ms=18 if message.answered_by == "knowledge" else 900 + 9 * len(message.content),
    )
    if message.answered_by == "knowledge":
        answer.fallback_reason = line.told.get("fallback", "overloaded")
        return answer
    usage = Usage(
        model=settings.ANTHROPIC_MODEL,
        input_tokens=60 + len(question.content) // CHARACTERS_PER_TOKEN,
        output_tokens=40 + len(message.content) // CHARACTERS_PER_TOKEN,
        cache_read_tokens=PROMPT_TOKENS,
    )
    answer.model, answer.cost_microusd = usage.model, pricing.cost_microusd(usage)
    answer.input_tokens, answer.output_tokens = usage.input_tokens, usage.output_tokens
    answer.cache_read_tokens = usage.cache_read_tokens
    return answer


def _unanswered(tenant: Tenant, session: Session, question: Message) -> UnansweredQuestion:
    return UnansweredQuestion(
        tenant=tenant,
        fingerprint=fingerprint_of(question.content),
        text=question.content,
        unknown_times=1,
        conversation_reference=session.reference,
        first_asked_at=question.created_at,
        last_asked_at=question.created_at,
    )


def _references(tenant: Tenant) -> dict[str, str]:
    """The reference of the first passage of every article, by its slug."""
    rows = Passage.objects.for_tenant(tenant).filter(position=0).values_list("url", "pk")
    by_url = {url: f"p{pk}" for url, pk in rows}
    return {article.slug: by_url[article.url] for article in load_articles() if article.url in by_url}


def _slugs(line: Line) -> list[str]:
    return [line.told["article"]] if "article" in line.told else line.told.get("sources", [])


@lru_cache(maxsize=1)
def _by_slug() -> dict[str, DemoArticle]:
    return {article.slug: article for article in load_articles()}


def _article(slug: str) -> DemoArticle:
    return _by_slug()[slug]
