"""The demo shop speaks first as it comes: its five rules on its own pages, without the pauses."""

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from tenants.models import Tenant
from widget.demo.profile import RULE_TEXTS
from widget.models import Session
from widget.tests.browser.conftest import Shop, finish


@pytest.fixture
def shop(api, host, collected, settings, transactional_db):
    """The demo's business, just made, where messages need not wait for one another."""
    for name in ("STORAGES", "STATIC_ROOT"):
        setattr(settings, name, collected[name])
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEMO, settings.SITE_URL, settings.ROOT_URLCONF = True, api.url, "widget.tests.demo_site_urls"
    call_command("demo")
    demo = Shop(Tenant.objects.get(slug="demo"), "", api, host)
    demo.set("behavior", greeting_enabled=False, proactive_delay_ms=0, proactive_cooldown_ms=0)
    yield demo
    finish(demo.tenant, api.wire)


@pytest.fixture
def reader(visitor, shop):
    """Call it with a page of the shop, for somebody new there whose clock the test has in its hand."""
    return lambda page: visitor(f"{shop.api.url}/demo/{page}", clock=True).stir()


def says(visit, rule):
    expect(visit.teaser).to_contain_text(RULE_TEXTS[rule])
    assert visit.console == []


def test_each_rule_has_its_moment(reader, shop):
    leaving = reader("delivery").move_out()
    says(leaving, "exit_intent")

    writing = reader("contact")
    writing.page.get_by_label("What does the bike need?").fill("It squeaks")
    writing.page.clock.fast_forward(16_000)
    says(writing, "form_abandonment")

    comparing = reader("")
    comparing.page.get_by_role("navigation", name="Main").get_by_role("link", name="Prices").click()
    comparing.stir().page.clock.fast_forward(11_000)
    says(comparing, "pricing_page")

    reading = reader("products")
    reading.page.mouse.move(300, 300)
    reading.page.mouse.wheel(0, 9000)
    reading.page.clock.fast_forward(31_000)
    says(reading, "high_engagement")

    returning = reader("delivery")
    returning.page.clock.fast_forward(11_000)
    shop.wire.settle()
    expect(returning.teaser).to_be_empty()
    Session.objects.update(last_heard_at="2026-01-01T00:00Z")
    returning.page.clock.fast_forward(3_600_000)
    returning.page.reload()
    returning.stir().page.clock.fast_forward(11_000)
    says(returning, "return_visitor")
