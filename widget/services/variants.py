"""Other ways to ask, written by a model ahead of need: a few articles a call, bounded in tries and in money."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.cache import cache

from caty.lib import tasks
from tenants import budget
from tenants.config import load_config
from tenants.knowledge import variants
from tenants.knowledge.variants import UnvariedArticle
from tenants.knowledge.variants import Written as KeptVariants
from tenants.knowledge.wordings import MOST_WRITTEN, folded, room_for
from tenants.models import Tenant
from widget.engine import variants as engine
from widget.engine.model import ChatModel
from widget.engine.writing import Written
from widget.services.thinking import find_model
from widget.services.writing import ModelResting, write_paid

log = logging.getLogger(__name__)

TENANTS_A_RUN = 20  # whoever they are: one is written for at a time, in the whole installation
MODEL_SECONDS = 40.0
LOCK = "writing-variants"
LOCK_SECONDS = 90
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=24)
WITHOUT_MONEY = timedelta(hours=1)
MOST_FAILURES = 4  # then the articles of that call go without
OF_THE_ANSWER = ("invalid_reply", "refused")  # the model is well, and did nothing of use with these articles


def hint_writers(*, now: datetime) -> int:
    """Hint a task for each active tenant whose questions may lack other ways to ask; gives their number."""
    if find_model() is None:
        return 0
    tenant_ids = variants.tenants_to_write_for(now=now, most=TENANTS_A_RUN)
    for tenant_id in tenant_ids:
        tasks.hint("widget.write_tenant_variants", tenant_id=tenant_id)
    return len(tenant_ids)


def write_variants(*, tenant_id: int, now: datetime) -> int:
    """Write for the next few articles of one tenant; how many got wordings. Where any did, the next few are hinted."""
    model = find_model()
    wanted = Tenant.objects.filter(pk=tenant_id, is_active=True, writes_variants=True)
    # Two at once might pay twice for the same, and would keep workers from what visitors wait for. The lock ends by
    # itself should its holder die.
    if model is None or not wanted.exists() or not cache.add(LOCK, 1, LOCK_SECONDS):
        return 0
    try:
        written = _write_next(wanted.get(), model, now)
    finally:
        cache.delete(LOCK)
    if written:
        tasks.hint("widget.write_tenant_variants", tenant_id=tenant_id)
    return written


def _write_next(tenant: Tenant, model: ChatModel, now: datetime) -> int:
    languages = tenant.all_languages
    each = min(MOST_WRITTEN, room_for(variants.count_questions(tenant)) // len(languages))
    articles = variants.find_unvaried(tenant, most=engine.articles_a_call(languages)) if each else []
    if not articles:
        variants.finish(tenant, version=tenant.knowledge_version)
        return 0
    request = _request(tenant, articles, languages, each)
    try:
        written = _ask(tenant, request, model, now)
    except budget.BudgetExceeded as error:
        log.info("variants.no_budget tenant=%s account=%s", tenant.slug, error.which)
        variants.pause(tenant, until=now + WITHOUT_MONEY, failures=variants.failures_of(tenant))
        return 0
    except ModelResting:
        return 0
    if written.content is None:
        _note_failure(tenant, articles, written.problem, now)
        return 0
    return _keep(tenant, articles, written.content)


def _request(
    tenant: Tenant, articles: Sequence[UnvariedArticle], languages: tuple[str, ...], each: int
) -> engine.VariantsRequest:
    config = load_config(tenant)
    return engine.VariantsRequest(
        model=config.model,
        business=config.business_name,
        languages=languages,
        articles=tuple(
            engine.AskedArticle(id=one.id, title=one.title, body=one.body, known=one.variants + one.unwanted)
            for one in articles
        ),
        most=each,
    )


def _ask(tenant: Tenant, request: engine.VariantsRequest, model: ChatModel, now: datetime) -> Written:
    """Raises BudgetExceeded and ModelResting."""
    return write_paid(
        tenant,
        engine.build_variants_prompt(request),
        lambda text: engine.read_variants(text, request),
        model=model,
        seconds=MODEL_SECONDS,
        now=now,
    )


def _keep(tenant: Tenant, articles: Sequence[UnvariedArticle], found: dict[int, engine.Wordings]) -> int:
    """Keep what is no other article's own question. An article the answer left out is asked about again."""
    wordings = [wording for lists in found.values() for kept in lists.values() for wording in kept]
    titles = set(map(folded, variants.titles_among(tenant, wordings)))
    kept = {
        one.id: KeptVariants(
            digest=one.digest,
            by_language={
                language: [wording for wording in texts if folded(wording) not in titles]
                for language, texts in found[one.id].items()
            },
        )
        for one in articles
        if one.id in found
    }
    variants.keep_written(tenant, kept)
    log.info("variants.written tenant=%s articles=%s wordings=%s", tenant.slug, len(kept), len(wordings))
    return len(kept)


def _note_failure(tenant: Tenant, articles: Sequence[UnvariedArticle], problem: str, now: datetime) -> None:
    """Try again later, and ever later; where it is the answer that was of no use, not for ever."""
    failures = variants.failures_of(tenant) + 1
    log.warning("variants.not_written tenant=%s reason=%s failures=%s", tenant.slug, problem, failures)
    if problem in OF_THE_ANSWER and failures >= MOST_FAILURES:
        variants.keep_written(tenant, {one.id: KeptVariants(digest=one.digest, by_language={}) for one in articles})
        failures = 0
    until = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 12))
    variants.pause(tenant, until=until, failures=failures)
