"""Proactive texts, written by the worker ahead of need: per tenant, rule, page and language, bounded in number and in
money. What staff say to them is here as well."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from caty.lib import tasks
from tenants import budget, knowledge
from tenants.config import load_config
from tenants.contracts import RuleConfig, WidgetConfig
from tenants.models import Tenant
from tenants.texts import choose_language
from widget.engine import proactive_text as engine
from widget.engine.conditions import may_speak_on
from widget.engine.model import ChatModel
from widget.engine.writing import Written
from widget.models import PageView, ProactiveText, Session
from widget.pages import is_on_hosts, without_query
from widget.services.thinking import FAILED, find_model
from widget.services.writing import ModelResting, write_paid

log = logging.getLogger(__name__)

LATELY = timedelta(minutes=10)
SEEN_WITHIN = timedelta(days=7)
VISITORS_NEEDED = 3
PAGES_A_TENANT = 20
LANGUAGES_A_TENANT = 4
EXPIRES_AFTER = timedelta(days=14)
FORGOTTEN_AFTER = timedelta(days=60)
TEXTS_A_RUN = 5
TRY_AGAIN_AFTER = timedelta(hours=6)
TENANTS_A_RUN = 1000
MODEL_SECONDS = 10.0
LOCK_SECONDS = 90


def hint_writers(*, now: datetime) -> int:
    """Hint a task for each active tenant whose pages were looked at lately; gives their number."""
    if find_model() is None:
        return 0
    # One look into an index for each tenant, however many views there are.
    lately = PageView.objects.filter(tenant=OuterRef("pk"), started_at__gt=now - LATELY)
    visited = Tenant.objects.filter(Exists(lately), is_active=True)
    tenant_ids = list(visited.values_list("pk", flat=True)[:TENANTS_A_RUN])
    for tenant_id in tenant_ids:
        tasks.hint("widget.write_tenant_texts", tenant_id=tenant_id)
    return len(tenant_ids)


def write_texts(*, tenant_id: int, now: datetime) -> int:
    """Write missing and outdated texts of one tenant, at most five a run; gives their number."""
    model = find_model()
    tenant = Tenant.objects.filter(pk=tenant_id, is_active=True).first()
    # Two at once would pay twice for the same texts; the lock ends by itself should its holder die.
    if model is None or tenant is None or not cache.add(f"writing-texts:{tenant_id}", 1, LOCK_SECONDS):
        return 0
    try:
        return _write_missing(tenant, model, now)
    finally:
        cache.delete(f"writing-texts:{tenant_id}")


@dataclass(frozen=True, kw_only=True)
class _Missing:
    """A text that there should be. `page` has a url, a title and a page_key."""

    rule: RuleConfig
    page: dict
    language: str


def _write_missing(tenant: Tenant, model: ChatModel, now: datetime) -> int:
    config = load_config(tenant)
    _forget_old(tenant, config, now)
    written = 0
    for missing in _missing(tenant, config, now):
        if written == TEXTS_A_RUN or not _write(tenant, config, model, missing, now):
            break
        written += 1
    return written


def _forget_old(tenant: Tenant, config: WidgetConfig, now: datetime) -> None:
    """Texts of pages, languages and rules that nobody has met for long; what was refused stays so."""
    old = ProactiveText.objects.for_tenant(tenant).filter(written_at__lt=now - FORGOTTEN_AFTER)
    old.exclude(_of_today(config) & Q(is_refused=True)).delete()


def _of_today(config: WidgetConfig) -> Q:
    return Q(config_version=config.version, knowledge_version=config.knowledge_version)


def _missing(tenant: Tenant, config: WidgetConfig, now: datetime) -> Iterator[_Missing]:
    """Those in the business's own language first, and those of the pages that most visitors see."""
    rules = [rule for rule in config.rules if rule.write_with_ai and (rule.ends_at is None or now < rule.ends_at)]
    pages = _pages(tenant, config, now) if rules else []
    languages = _languages(tenant, config, now) if pages else []
    fresh = set(_fresh(tenant, config, now).values_list("rule", "page_key", "language"))
    for language in languages:
        for page in pages:
            for rule in rules:
                is_its_page = may_speak_on(rule, page["url"], page["title"])
                if is_its_page and (rule.id, page["page_key"], language) not in fresh:
                    yield _Missing(rule=rule, page=page, language=language)


def _fresh(tenant: Tenant, config: WidgetConfig, now: datetime) -> QuerySet[ProactiveText]:
    """Texts that need not be written: those of this version that are not old, and those that were refused at it."""
    is_good = Q(content__gt="", written_at__gt=now - EXPIRES_AFTER)
    # One that came to nothing is tried again, but not at every run: each try costs.
    was_tried = Q(content="", written_at__gt=now - TRY_AGAIN_AFTER)
    rows = ProactiveText.objects.for_tenant(tenant).filter(_of_today(config))
    return rows.filter(is_good | was_tried | Q(is_refused=True))


def _languages(tenant: Tenant, config: WidgetConfig, now: datetime) -> list[str]:
    """The business's own, then those it names, then those of several visitors of late, the most frequent first."""
    own = choose_language(config.language, config.language)
    asked = (
        Session.objects.for_tenant(tenant)
        .filter(started_at__gt=now - SEEN_WITHIN)
        .values("language")
        .annotate(visitors=Count("visitor", distinct=True))
        .values_list("language", "visitors")
    )
    visitors: Counter[str] = Counter()
    for language, number in asked:
        visitors[choose_language(language or config.language, config.language)] += number
    others = [code for code, number in visitors.most_common() if code != own and number >= VISITORS_NEEDED]
    return list(dict.fromkeys([own, *tenant.all_languages, *others]))[:LANGUAGES_A_TENANT]


def _pages(tenant: Tenant, config: WidgetConfig, now: datetime) -> list[dict]:
    """The tenant's own pages that several visitors have seen: an address a single visitor makes up costs nothing."""
    seen = (
        PageView.objects.for_tenant(tenant)
        .filter(started_at__gt=now - SEEN_WITHIN)
        .values("page_key")
        .annotate(visitors=Count("session__visitor", distinct=True), url=Max("url"), title=Max("title"))
        .filter(visitors__gte=VISITORS_NEEDED)
        .order_by("-visitors", "page_key")[: 5 * PAGES_A_TENANT]
    )
    own = [page for page in seen if is_on_hosts(page["url"], config.hosts)]
    return own[:PAGES_A_TENANT]


def _write(tenant: Tenant, config: WidgetConfig, model: ChatModel, missing: _Missing, now: datetime) -> bool:
    """Write one text; False where no money is left, or the model has failed, so that the run ends."""
    rule, page = missing.rule, missing.page
    request = engine.ProactiveTextRequest(
        config=config,
        rule=rule,
        page_url=without_query(page["url"]),
        page_title=page["title"],
        language=missing.language,
        passages=knowledge.search(tenant, f"{page['title']} {rule.name}", limit=4).passages,
    )
    try:
        written = write_paid(
            tenant,
            engine.build_text_prompt(request),
            lambda answer: engine.read_text(answer, request),
            model=model,
            seconds=MODEL_SECONDS,
            now=now,
        )
    except ModelResting:
        return False
    except budget.BudgetExceeded:
        log.info("proactive.no_budget tenant=%s", tenant.slug)
        return False
    if written.problem:
        log.warning(
            "proactive.not_written tenant=%s rule=%s reason=%s", tenant.slug, rule.trigger_type, written.problem
        )
    if written.content or not _put_off(tenant, config, missing, now):
        _keep(request, tenant, page["page_key"], written, now)
    return written.problem not in FAILED


def _put_off(tenant: Tenant, config: WidgetConfig, missing: _Missing, now: datetime) -> bool:
    """Where a text has only grown old, it stays until another try succeeds; whether there is one."""
    rows = ProactiveText.objects.for_tenant(tenant).filter(_of_today(config), content__gt="")
    own = rows.filter(rule=missing.rule.id, page_key=missing.page["page_key"], language=missing.language)
    return own.update(written_at=now - EXPIRES_AFTER + TRY_AGAIN_AFTER) > 0


def _keep(request: engine.ProactiveTextRequest, tenant: Tenant, key: str, written: Written[str], now: datetime) -> None:
    """In place of the one before; one that came to nothing as well, so that it isn't tried at once."""
    ProactiveText.objects.update_or_create(
        rule_id=request.rule.id,
        page_key=key,
        language=request.language,
        defaults={
            "tenant": tenant,
            "page_url": request.page_url,
            "content": written.content or "",
            "needs_review": request.rule.review_first and bool(written.content),
            "is_refused": False,
            "config_version": request.config.version,
            "knowledge_version": request.config.knowledge_version,
            "cost_microusd": written.cost_microusd,
            "written_at": now,
        },
    )


def waiting(texts: QuerySet[ProactiveText]) -> QuerySet[ProactiveText]:
    """Those of the business's present version that wait for a colleague's word."""
    today = Q(config_version=F("tenant__config_version"), knowledge_version=F("tenant__knowledge_version"))
    return texts.filter(today, needs_review=True)


def reword(text: ProactiveText, content: str) -> None:
    """Have visitors read a colleague's words in place of these."""
    words = " ".join(content.split())
    ProactiveText.objects.filter(pk=text.pk).update(content=words, needs_review=False, is_refused=False)


def approve(texts: QuerySet[ProactiveText]) -> int:
    """Have visitors read these from now on; gives the number of those that they didn't before."""
    return texts.filter(Q(needs_review=True) | Q(is_refused=True)).update(needs_review=False, is_refused=False)


def refuse(texts: QuerySet[ProactiveText]) -> int:
    """Have no visitor read these: the rule's own words stand in until its texts are written anew."""
    return texts.filter(is_refused=False).update(needs_review=False, is_refused=True)
