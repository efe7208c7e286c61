"""New businesses, and new versions of what is configured for one."""

import secrets
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from caty.lib.errors import CatyError
from tenants import authentication, config
from tenants.contracts import ScoreWeights
from tenants.models import Appearance, Behavior, Origin, Persona, Tenant
from tenants.models.limits import SCORE_COLUMNS
from tenants.origins import clean_pattern
from tenants.services.starting_rules import make_starting_rules


class BusinessInvalid(CatyError):
    """`details` names the columns."""

    message = "The business can't be created like this."


def create_tenant(*, name: str, website: str = "", origins: Iterable[str] = (), **columns) -> Tenant:
    """A business with everything it needs but a key: persona, appearance, behaviour, sites and the starting rules.

    `columns` are further columns of Tenant, such as business_type, country ("DE") and language ("de"). Raises
    BusinessInvalid and OriginUnreadable, and then has made nothing.
    """
    patterns = dict.fromkeys(clean_pattern(origin) for origin in origins)
    columns["country"] = columns.get("country", "US").upper()
    tenant = Tenant(name=" ".join(name.split()), website=website.strip(), **columns)
    _check(tenant)
    with transaction.atomic():
        _save_under_free_slug(tenant)
        Persona.objects.create(tenant=tenant)
        Appearance.objects.create(tenant=tenant)
        Behavior.objects.create(tenant=tenant)
        Origin.objects.bulk_create(Origin(tenant=tenant, pattern=pattern) for pattern in patterns)
        make_starting_rules(tenant)
    return tenant


def allow_origin(tenant: Tenant, origin: str) -> str:
    """Let the widget stand on this site from now on, and return it as it is kept. Raises OriginUnreadable."""
    pattern = clean_pattern(origin)
    with transaction.atomic():
        Origin.objects.get_or_create(tenant=tenant, pattern=pattern)
        bump_config(tenant)
    return pattern


def set_score_weights(tenant: Tenant, weights: ScoreWeights) -> None:
    """Score by these from now on: here at once, in other processes within 30 seconds."""
    for rule, column in SCORE_COLUMNS.items():
        setattr(tenant, column, getattr(weights, rule))
    with transaction.atomic():
        tenant.save(update_fields=SCORE_COLUMNS.values())
        bump_config(tenant)


def bump_config(tenant: Tenant) -> None:
    """Give the configuration a new version, in the transaction that changed it.

    This process reads it anew at once, others within 30 seconds.
    """
    Tenant.objects.filter(pk=tenant.pk).update(config_version=F("config_version") + 1)
    _forget(tenant.pk)
    # Once more: what is read before the commit is still the old version.
    transaction.on_commit(lambda: _forget(tenant.pk))


def _forget(tenant_id: int) -> None:
    authentication.forget_tenant(tenant_id)
    config.forget(tenant_id)


def _check(tenant: Tenant) -> None:
    try:
        tenant.clean_fields(exclude=["slug"])
    except ValidationError as error:
        details = [{"field": field, "error": " ".join(messages)} for field, messages in error.message_dict.items()]
        sentence = " ".join(f"{detail['field']}: {detail['error']}" for detail in details)
        raise BusinessInvalid(sentence, details=details) from error


def _save_under_free_slug(tenant: Tenant) -> None:
    for slug in _slugs(tenant.name):
        tenant.slug = slug
        try:
            with transaction.atomic():
                tenant.save(force_insert=True)
        except IntegrityError:
            if not Tenant.objects.filter(slug=slug).exists():
                raise
        else:
            return


def _slugs(name: str) -> Iterator[str]:
    """acme, acme-2 … acme-9, then acme and something nobody else has."""
    beginning = slugify(name)[:50].strip("-_") or "business"
    yield beginning
    for number in range(2, 10):
        yield f"{beginning}-{number}"
    while True:
        yield f"{beginning}-{secrets.token_hex(4)}"
