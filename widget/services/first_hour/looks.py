"""The second step: how the assistant could look and speak, proposed by a worker, and kept once somebody says so."""

import logging
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy

from tenants import budget
from tenants import services as tenant_services
from tenants.config import load_config
from tenants.jobs import JobKind, Step, Work
from tenants.knowledge.articles import announce_change
from tenants.knowledge.foreseeing import foresee_zones
from tenants.knowledge.looking import SiteLook, look_at
from tenants.models import Appearance, Article, Behavior, FirstHour, Persona, Source, SourcePage, Tenant
from tenants.services import websites
from tenants.texts import FALLBACK, LANGUAGES, choose_language, own_texts, translated
from widget.engine.first_hour.contracts import MOST_QUICK_REPLIES, Proposal, Site, SitePage
from widget.engine.first_hour.heuristics import propose
from widget.engine.first_hour.proposal import build_proposal_prompt, read_proposal
from widget.engine.language import guess_language
from widget.services.first_hour.steps import lock_hour
from widget.services.thinking import find_model
from widget.services.writing import ModelResting, write_paid

log = logging.getLogger(__name__)

KIND = "widget.propose_looks"
MODEL_SECONDS = 20.0
MOST_PAGES = 30
LONGEST_TEXT = 20_000  # characters of a page
HEADING = re.compile(r"^#{1,6}\s+(.{1,300}?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What the second step asks, as it is stored."""

    name: str
    role: str
    tone: str
    greeting_message: str
    language: str
    primary: str
    background: str
    text: str
    quick_replies: tuple[str, ...] = ()


def propose_looks(tenant: Tenant, *, user_id: int | None, now: datetime) -> None:
    """Go on to the second step, and have looks proposed unless they have been. Raises TooManyJobs."""
    with transaction.atomic():
        hour = lock_hour(tenant)
        if hour.source and not hour.source.is_kept_here:
            websites.allow_sites_read(hour.source)
        settings = {"source": hour.source_id}
        is_under_way = hour.looks_job and hour.looks_job.is_open and hour.looks_job.settings == settings
        if hour.proposal is None and not is_under_way:
            hour.looks_job_id = tenant_services.start_job(
                KIND, tenant=tenant, user_id=user_id, settings=settings, now=now
            )
        hour.reached = max(hour.reached, FirstHour.Step.LOOKS)
        hour.save(update_fields=["looks_job", "reached"])


def looks_to_begin_with(tenant: Tenant, hour: FirstHour) -> Looks:
    """What was proposed, wherever nobody has said otherwise yet; what somebody has chosen stays."""
    saved, standard = _saved(tenant), _standard()
    if hour.proposal is None or hour.reached > FirstHour.Step.LOOKS:
        return _as_said(saved)
    proposed = {**hour.proposal, "name": hour.proposal["persona_name"], "greeting_message": hour.proposal["greeting"]}
    untouched = [name for name, value in asdict(standard).items() if getattr(saved, name) == value]
    if not {"background", "text"} <= set(untouched):  # one was chosen for the other
        untouched = [name for name in untouched if name not in ("background", "text")]
    chosen = {name: proposed[name] for name in untouched if proposed[name]}
    chosen = {name: tuple(one) if isinstance(one, list) else one for name, one in chosen.items()}
    return _as_said(replace(saved, **chosen))


def save_looks(tenant: Tenant, looks: Looks) -> None:
    """Have the assistant look and speak like this from now on."""
    greeting = looks.greeting_message
    if greeting in {own_texts(language)["greeting"] for language in LANGUAGES}:
        greeting = own_texts(FALLBACK)["greeting"]  # which is said in each visitor's language
    colours = {"primary": looks.primary, "background": looks.background, "text": looks.text}
    words = {"greeting_message": greeting, "quick_replies": list(looks.quick_replies)}
    with transaction.atomic():
        hour = lock_hour(tenant)
        Persona.objects.for_tenant(tenant).update(name=looks.name, role=looks.role, tone=looks.tone)
        Appearance.objects.for_tenant(tenant).update(**colours)
        Behavior.objects.for_tenant(tenant).update(**words)
        if Tenant.objects.filter(pk=tenant.pk).exclude(language=looks.language).update(language=looks.language):
            announce_change(tenant)  # words are cut differently from now on
        tenant_services.bump_config(tenant)
        hour.reached = max(hour.reached, FirstHour.Step.QUESTIONS)
        hour.save(update_fields=["reached"])


def site_of(tenant: Tenant, source: Source | None, look: SiteLook | None = None) -> Site:
    """What is known of the business's site, from what was read of it."""
    look = look or SiteLook()
    pages = tuple(_pages(tenant, source))
    spoken = choose_language(look.language, tenant.language)
    if look.language.partition("-")[0] not in LANGUAGES:
        spoken = guess_language(" ".join(page.text for page in pages[:5]), fallback=spoken) if pages else spoken
    return Site(
        business=tenant.name,
        language=spoken,
        site_name=look.site_name,
        host=urlsplit(source.address if source else tenant.website).hostname or "",
        description=look.description,
        colours=look.colours,
        styles=look.styles,
        pages=pages,
    )


def run(work: Work) -> Iterator[Step]:
    """A job's runner: one look at the site, one question to the model where there is one."""
    if work.cursor.get("is_complete"):
        return
    hour = FirstHour.objects.for_tenant(work.tenant).select_related("source__tenant").get()
    look = look_at(hour.source) if hour.source else None
    proposal = _propose(work.tenant, site_of(work.tenant, hour.source, look), work.now)
    replies = _answerable(work.tenant, proposal)
    # Of a site that another has taken the place of meanwhile, nobody wants to hear.
    same = FirstHour.objects.for_tenant(work.tenant).filter(source=hour.source)
    same.update(proposal={**asdict(proposal), "quick_replies": replies})
    yield Step(done=1, total=1, cursor={"is_complete": True})


def _answerable(tenant: Tenant, proposal: Proposal) -> list[str]:
    """The questions that the texts answer without a model, then those they come near to: pressing one must not
    disappoint. In the language that is proposed, which the business may not have yet."""
    asked = proposal.quick_replies
    zones = foresee_zones(tenant, asked, language=proposal.language or tenant.language)
    fitting = [question for zone in ("answer", "suggest") for question in asked if zones[question] == zone]
    return fitting[:MOST_QUICK_REPLIES]


def _propose(tenant: Tenant, site: Site, now: datetime) -> Proposal:
    """The model's proposal, paid for like an answer, or the site's own. Never raises for money or for the model."""
    model = find_model()
    if model is None:
        return propose(site)
    try:
        written = write_paid(
            tenant,
            build_proposal_prompt(site, load_config(tenant).model),
            lambda answer: read_proposal(answer, site),
            model=model,
            seconds=MODEL_SECONDS,
            now=now,
        )
    except (budget.BudgetExceeded, ModelResting):
        return propose(site)
    if written.problem:
        log.warning("first_hour.not_proposed tenant=%s reason=%s", tenant.slug, written.problem)
    return written.content or propose(site)


def _pages(tenant: Tenant, source: Source | None) -> Iterator[SitePage]:
    """What was read, or else what is written down."""
    rows = SourcePage.objects.filter(source=source, state__in=SourcePage.WELL) if source else SourcePage.objects.none()
    texts = [text for page in rows.order_by("depth", "pk")[:MOST_PAGES] for text in page.texts[:5]]
    if not texts:
        texts = list(Article.objects.for_tenant(tenant).order_by("pk").values("title", "body")[:MOST_PAGES])
    for text in texts[: 2 * MOST_PAGES]:
        body = text["body"][:LONGEST_TEXT]
        yield SitePage(title=text["title"], text=body, headings=tuple(HEADING.findall(body)[:50]))


def _saved(tenant: Tenant) -> Looks:
    persona, look, behavior = tenant.persona, tenant.appearance, tenant.behavior
    return _looks(persona, look, behavior, tenant.language)


def _as_said(looks: Looks) -> Looks:
    """With the usual greeting in the business's own language, as most visitors hear it."""
    spoken = choose_language("", looks.language)
    return replace(looks, greeting_message=translated("greeting", spoken, looks.greeting_message))


def _standard() -> Looks:
    """What a business has that has chosen nothing."""
    return _looks(Persona(), Appearance(), Behavior(), Tenant._meta.get_field("language").default)


def _looks(persona: Persona, look: Appearance, behavior: Behavior, language: str) -> Looks:
    return Looks(
        name=persona.name,
        role=persona.role,
        tone=persona.tone,
        greeting_message=behavior.greeting_message,
        language=language,
        primary=look.primary,
        background=look.background,
        text=look.text,
        quick_replies=tuple(behavior.quick_replies),
    )


PROPOSING = JobKind(label=gettext_lazy("Looking at your website"), run=run)
