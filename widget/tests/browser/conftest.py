"""A browser, the installation and a customer's site, each on an origin of its own; and visitors who come by.

The database is real and so are its transactions: the server's threads see what the test's own thread has stored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, expect, sync_playwright

from caty import testing
from caty.lib import bell
from tenants import services as tenant_services
from tenants.models import ProactiveRule, Tenant
from tenants.services.starting_rules import make_rule
from widget.queries import conversation_topic
from widget.tests.browser import chromium as browsers
from widget.tests.browser import hosts
from widget.tests.browser.hosts import HostSite
from widget.tests.browser.models import PacedModel
from widget.tests.browser.unasked import HELLO, LONG_PAGE
from widget.tests.browser.visit import Visit
from widget.tests.browser.wire import Api, Wire
from widget.tests.collecting import collected_into

# Only a failure takes so long; machines that build are slow.
PATIENCE_MS = 15_000
DESKTOP = {"width": 1280, "height": 800}
DESK = {"width": 1440, "height": 900}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all browser tests of this process. While it runs, Playwright's loop does too, on the tests' thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MS)
        with sync_playwright() as playwright:
            running = browsers.launch(playwright)
            yield running
            running.close()


@pytest.fixture(scope="package")
def collected(tmp_path_factory) -> dict:
    """Settings under which the widget's files are served as in production: minified, hashed, compressed."""
    as_in_production = collected_into(tmp_path_factory.mktemp("staticfiles"))
    with override_settings(**as_in_production):
        call_command("collectstatic", interactive=False, verbosity=0)
    return as_in_production


@pytest.fixture(scope="package")
def api(browser, collected, django_db_setup, django_db_blocker) -> Iterator[Api]:
    with override_settings(**collected):
        installation = Api()
    with installation:
        yield installation


@pytest.fixture(scope="package")
def host() -> Iterator[HostSite]:
    with HostSite() as site:
        yield site


@dataclass(frozen=True)
class Shop:
    """A business with its site, the installation it uses, and the script tag it was given."""

    tenant: Tenant
    key: str
    api: Api
    host: HostSite

    @property
    def wire(self) -> Wire:
        return self.api.wire

    def script(self, **attributes: str) -> str:
        """The snippet with more attributes (names with _ for -)."""
        more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return f'<script async src="{self.api.url}/widget.js" data-api-key="{self.key}"{more}></script>'

    def page(self, path: str = "/", *, headers: dict[str, str] | None = None, **parts: str) -> str:
        """Publish a page of the site, with the plain snippet unless told otherwise; gives its address."""
        content = hosts.page(**{"script": self.script(), **parts})
        return self.host.put(path, content, **(headers or {}))

    def set(self, part: str, **columns: object) -> None:
        """Change a settings row as staff would: `shop.set("behavior", greeting_enabled=False)`."""
        row = self.tenant if part == "tenant" else getattr(self.tenant, part)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save()
        tenant_services.bump_config(self.tenant)


@pytest.fixture
def shop(api, host, collected, settings, transactional_db) -> Iterator[Shop]:
    """Acme, with the widget allowed on its site and nothing said by anybody yet."""
    for name in ("STORAGES", "STATIC_ROOT"):
        setattr(settings, name, collected[name])
    settings.SITE_URL = api.url
    tenant = tenant_services.create_tenant(name="Acme", website=host.origin, origins=[host.origin])
    key = tenant_services.create_api_key(tenant, name="Site").key
    yield Shop(tenant, key, api, host)
    host.documents.clear()
    finish(tenant, api.wire)


def finish(tenant: Tenant, wire: Wire) -> None:
    """Let all requests come to their end: what they do must not meet the emptying of the tables."""
    tenant.sessions.update(ended_at=timezone.now())
    for key in tenant.sessions.values_list("pk", flat=True):
        bell.ring(conversation_topic(key))
    wire.end_polls()
    wire.settle()
    wire.forget()


@pytest.fixture
def visitor(browser, shop) -> Iterator[Callable[..., Visit]]:
    """Call it for a visitor on one of the shop's pages: with no address, on a plain one. Options are Playwright's.

    With `clock`, the page's time may be put forward; it goes on by itself as well. `before` runs before its scripts.
    `language` is the one that the panel is expected to speak.
    """
    contexts = []

    def come(address: str = "", *, clock: bool = False, before: str = "", language: str = "en", **options) -> Visit:
        context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", "locale": "en-US", **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if clock:
            context.clock.install()
        if before:
            context.add_init_script(before)
        return Visit(context.new_page(), shop.wire, language).go(address or shop.page())

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def shopper(visitor, shop):
    """Call it with the conditions of the shop's one rule, (kind, operator, value): somebody on a long page, who may be
    spoken to at once; the test has their clock in its hand."""

    def come(*conditions, device=None, is_greeted=False, **columns):
        pace = {"proactive_delay_ms": 0, "proactive_cooldown_ms": 0}
        shop.set("behavior", greeting_enabled=is_greeted, greeting_delay_ms=5000, **pace)
        ProactiveRule.objects.all().delete()
        rule = {"trigger_type": "hello", "name": "Hello", "text": HELLO, "write_with_ai": False, **columns}
        make_rule(shop.tenant, conditions, **rule)
        tenant_services.bump_config(shop.tenant)
        return visitor(shop.page(body=LONG_PAGE), clock=True, **(device or {})).stir()

    return come


@pytest.fixture
def paced(scripted):
    """Call it with replies: answers come word by word from a model that waits for the test; `paced.model` is it."""

    def use(*replies) -> PacedModel:
        scripted()
        use.model = testing.SCRIPTED["model"] = PacedModel(*replies)
        return use.model

    use.model = None
    yield use
    if use.model:
        use.model.let_all()


@pytest.fixture
def owner(browser, live_server, settings, acme, cast):
    """Opens a page of the admin as Acme's owner. What goes wrong in it fails the test."""
    settings.SITE_URL = live_server.url
    session = cast.client_of("owner", acme).cookies["sessionid"].value
    server = live_server.thread.httpd
    wire = Wire(server.get_app())
    server.set_app(wire)
    contexts, faults = [], []

    def visit(path: str, **options):
        context = browser.new_context(reduced_motion="reduce", **{"viewport": DESK, **options})
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"{live_server.url}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    server.set_app(wire.application)
    # What is still being answered must not meet the emptying of the tables.
    wire.settle()
    assert faults == []
