"""Makes the demo business and keeps it fitting: staff, key, sites and sink at every run, the rest at the first one, so
that what somebody changes in the admin stays changed."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from caty.lib.errors import CatyError
from tenants import knowledge
from tenants import services as tenant_services
from tenants.authentication import digest_key
from tenants.models import ApiKey, Appearance, Article, Behavior, Membership, Origin, Persona, ProactiveRule, Tenant
from widget.demo import profile, sink_connection
from widget.demo.access import DEMO_SLUG
from widget.demo.calls import add_calls
from widget.demo.colleagues import add_colleagues
from widget.demo.content import load_articles
from widget.demo.history import add_history
from widget.demo.keys import api_key, password

SHOWN_LENGTH = 9  # of a key, in lists


class DemoSwitchedOff(CatyError):
    message = "The demo is switched off. It is for trying Caty out on one's own machine: set DEMO=1 there."


class LoginTaken(CatyError):
    """A person who isn't the demo's has one of its logins."""


def make_demo() -> Tenant:
    """Make the demo business, or bring the existing one up to this address. Raises DemoSwitchedOff and LoginTaken."""
    if not settings.DEMO:
        raise DemoSwitchedOff
    now = timezone.now()
    with transaction.atomic():
        tenant = Tenant.objects.filter(slug=DEMO_SLUG).first()
        if tenant is None:
            _refuse_taken_logins()
            tenant = _make_tenant()
        _set_origins(tenant)
        _set_key(tenant)
        _set_staff(tenant)
        _word_anew(tenant)
        sink_connection.set_up(tenant, now=now)
    tenant.refresh_from_db()
    knowledge.rebuild(tenant.pk)
    add_history(tenant, now=now)
    with transaction.atomic():
        add_calls(tenant, add_colleagues(tenant), now=now)
    return tenant


def _refuse_taken_logins() -> None:
    """Where the demo is new, people with its logins are somebody else: their password is not ours to set."""
    taken = get_user_model().objects.filter(username__in=(profile.ADMIN_LOGIN, profile.OWNER_LOGIN)).first()
    if taken:
        raise LoginTaken(f"There is a user called “{taken}” already. The demo leaves it alone and needs the name free.")


def _make_tenant() -> Tenant:
    """The business with everything its owner would have typed in."""
    tenant = tenant_services.create_tenant(name=profile.NAME, website=profile.website(), **profile.TENANT)
    Tenant.objects.filter(pk=tenant.pk).update(slug=DEMO_SLUG)
    Persona.objects.for_tenant(tenant).update(**profile.PERSONA)
    Appearance.objects.for_tenant(tenant).update(**profile.APPEARANCE)
    Behavior.objects.for_tenant(tenant).update(**profile.BEHAVIOR)
    for trigger_type, text in profile.RULE_TEXTS.items():
        ProactiveRule.objects.for_tenant(tenant).filter(trigger_type=trigger_type).update(text=text)
    Article.objects.bulk_create(
        Article(
            tenant=tenant,
            kind=Article.Kind.QUESTION,
            title=article.title,
            variants=list(article.variants),
            body=article.body,
            url=article.url,
            category=article.category,
        )
        for article in load_articles()
    )
    return tenant


def _set_origins(tenant: Tenant) -> None:
    """The shop answers under both names of this machine, at whatever port it has this time."""
    site = urlsplit(settings.SITE_URL)
    port = f":{site.port}" if site.port else ""
    wanted = {f"{site.scheme}://{host}{port}" for host in (site.hostname, "127.0.0.1", "localhost")}
    own = Origin.objects.for_tenant(tenant)
    had = set(own.values_list("pattern", flat=True))
    own.filter(pattern__regex=r"^http://(127\.0\.0\.1|localhost)(:\d+)?$").exclude(pattern__in=wanted).delete()
    Origin.objects.bulk_create(Origin(tenant=tenant, pattern=pattern) for pattern in sorted(wanted - had))
    Tenant.objects.filter(pk=tenant.pk).update(website=profile.website())
    if wanted - had:
        tenant_services.bump_config(tenant)


def _set_key(tenant: Tenant) -> None:
    """The key in the demo's pages; one that staff revoked comes back, or the shop would stand there without a chat."""
    key = api_key()
    own = {"tenant": tenant, "name": "Demo shop", "beginning": key[:SHOWN_LENGTH], "revoked_at": None}
    ApiKey.objects.update_or_create(digest=digest_key(key), defaults=own)


def _word_anew(tenant: Tenant) -> None:
    """What an earlier demo said where a person was asked for: nobody answered in the chat then."""
    earlier = Behavior.objects.for_tenant(tenant).filter(handoff_message=profile.EARLIER_HANDOFF_MESSAGE)
    if earlier.update(handoff_message=profile.BEHAVIOR["handoff_message"]):
        tenant_services.bump_config(tenant)


def _set_staff(tenant: Tenant) -> None:
    """`admin` runs the installation, and `owner` the shop, where both are at work. Both get the password that
    `make run` prints."""
    for login in (profile.OWNER_LOGIN, profile.ADMIN_LOGIN):
        person = _person(login, is_superuser=login == profile.ADMIN_LOGIN)
        # So that whoever runs it can answer visitors, too.
        tenant_services.add_colleague(tenant=tenant, user=person, role=Membership.Role.OWNER)


def _person(login: str, *, is_superuser: bool):
    first = {"email": f"{login}@wrenandwheel.example", "is_staff": True, "is_superuser": is_superuser}
    person, _ = get_user_model().objects.get_or_create(username=login, defaults=first)
    if not person.check_password(password()):
        person.set_password(password())
        person.save(update_fields=["password"])
    return person
