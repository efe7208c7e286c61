"""Proactive texts, written by the worker ahead of need: per tenant, rule and page, bounded in number and in money."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef

from caty.lib import tasks
from caty.lib.database import release_connection
from tenants import budget, knowledge
from tenants.config import load_config
from tenants.contracts import RuleConfig, WidgetConfig
from tenants.models import Tenant
from widget.engine import proactive_text as engine
from widget.engine.model import ChatModel
from widget.models import PageView, ProactiveText
from widget.pages import is_on_hosts, without_query
from widget.services.thinking import find_model

log = logging.getLogger(__name__)

LATELY = timedelta(minutes=10)
SEEN_WITHIN = timedelta(days=7)
VISITORS_NEEDED = 3
PAGES_A_TENANT = 20
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


def _write_missing(tenant: Tenant, model: ChatModel, now: datetime) -> int:
    config = load_config(tenant)
    written = 0
    for rule, page in _missing(tenant, config, now):
        if written == TEXTS_A_RUN or not _write(tenant, config, model, rule, page, now):
            break
        written += 1
    return written


def _missing(tenant: Tenant, config: WidgetConfig, now: datetime) -> Iterator[tuple[RuleConfig, dict]]:
    rules = [rule for rule in config.rules if rule.write_with_ai]
    pages = _pages(tenant, config, now) if rules else []
    fresh = {
        (text.rule_id, text.page_key)
        for text in ProactiveText.objects.for_tenant(tenant).filter(
            config_version=config.version, knowledge_version=config.knowledge_version
        )
        # One that came to nothing is tried again, but not at every run: each try costs.
        if text.content or text.written_at > now - TRY_AGAIN_AFTER
    }
    for page in pages:
        for rule in rules:
            is_its_page = rule.url_contains.casefold() in page["url"].casefold()
            if is_its_page and (rule.id, page["page_key"]) not in fresh:
                yield rule, page


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


def _write(tenant: Tenant, config: WidgetConfig, model: ChatModel, rule: RuleConfig, page: dict, now: datetime) -> bool:
    """Write one text; False where no money is left, so that the run ends."""
    request = engine.ProactiveTextRequest(
        config=config,
        rule=rule,
        page_url=without_query(page["url"]),
        page_title=page["title"],
        passages=knowledge.search(tenant, f"{page['title']} {rule.name}", limit=4).passages,
    )
    try:
        reservation = budget.reserve(tenant=tenant, ceiling_microusd=engine.estimate_text_ceiling(request), now=now)
    except budget.BudgetExceeded:
        log.info("proactive.no_budget tenant=%s", tenant.slug)
        return False
    release_connection()
    text = engine.write(request, model=model, deadline_seconds=MODEL_SECONDS)
    budget.settle(reservation, cost_microusd=text.cost_microusd, now=now)
    if text.problem:
        log.warning("proactive.not_written tenant=%s rule=%s reason=%s", tenant.slug, rule.trigger_type, text.problem)
    _keep(request, tenant, page["page_key"], text, now)
    return True


def _keep(
    request: engine.ProactiveTextRequest, tenant: Tenant, key: str, text: engine.ProactiveText, now: datetime
) -> None:
    """In place of the one at an older version; one that came to nothing as well, so that it isn't tried at once."""
    ProactiveText.objects.update_or_create(
        rule_id=request.rule.id,
        page_key=key,
        defaults={
            "tenant": tenant,
            "page_url": request.page_url,
            "content": text.text,
            "config_version": request.config.version,
            "knowledge_version": request.config.knowledge_version,
            "cost_microusd": text.cost_microusd,
            "written_at": now,
        },
    )
