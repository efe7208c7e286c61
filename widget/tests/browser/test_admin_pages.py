"""The admin's pages about the widget, as an owner meets them: the live preview, the line to paste, the wording."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Connection, Lead, RemoteLead
from leads.services import connect, keep_remote_fields
from leads.tests import fake_crm
from tenants import services as tenant_services
from tenants.models import Appearance, Article, Origin, Source, Spending
from tenants.refused_origins import note_refused
from widget.tests.browser.admin_pages import all_of, breaks, faults_of, widget_of

KEY = "caty_" + "k" * 32
SET_COLOUR = "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); }"


@pytest.fixture
def form(owner, acme):
    return lambda tab="appearance", **options: owner(f"/admin/tenants/tenant/{acme.pk}/change/#{tab}", **options)


def colour_of(page, name: str) -> str:
    return widget_of(page).evaluate(f"host => getComputedStyle(host).getPropertyValue('--caty-{name}').trim()")


def test_preview_follows_what_is_typed_and_nothing_is_saved(form, acme):
    page = form("persona")
    expect(widget_of(page).get_by_text("Caty", exact=True).first).to_be_visible()

    page.locator("[name=persona-0-name]").fill("Rosalind")

    expect(widget_of(page).get_by_text("Rosalind", exact=True).first).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "persona-0-name"
    acme.persona.refresh_from_db()
    assert acme.persona.name == "Caty"


def test_preview_is_dark_small_or_closed_at_the_press_of_a_button(form):
    page = form()
    panel = widget_of(page).locator("[part~=panel]")
    expect(panel).to_be_visible()
    light = colour_of(page, "background")

    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert (light, colour_of(page, "background")) == ("#ffffff", "#16181d")
    page.get_by_role("button", name="Phone").click()
    assert page.locator("#preview iframe").evaluate("frame => frame.clientWidth") == 390
    page.get_by_role("button", name="Open", exact=True).click()
    expect(panel).to_be_hidden()


def test_unreadable_text_is_refused_while_it_is_chosen_and_mended_with_one_click(form, acme):
    page = form()
    expect(widget_of(page)).to_be_attached()
    field = page.locator("[name=appearance-0-text]").first

    field.evaluate(SET_COLOUR, "#dddddd")
    expect(page.locator(".caty-told")).to_contain_text("hard to read on this background")
    page.get_by_role("button", name="Use #").click()

    expect(page.locator(".caty-told")).to_be_empty()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Appearance.objects.get(tenant=acme).text == field.input_value() != "#1f2937"


def test_the_line_is_copied_with_the_key_that_was_typed(owner, acme):
    tenant_services.create_api_key(acme)
    page = owner("/admin/tenants/apikey/snippet/")
    page.get_by_label("Your key, if you have it at hand").fill(KEY)

    expect(page.locator("code[data-copy]").first).to_contain_text(f'data-api-key="{KEY}"')
    page.get_by_text("Google Tag Manager").click()
    expect(page.get_by_label("The line for Google Tag Manager", exact=True)).to_contain_text(f"/widget.js?key={KEY}")
    page.get_by_role("button", name="Copy: The line", exact=True).click()
    expect(page.get_by_text("Copied.").or_(page.get_by_text("Marked: press Ctrl+C."))).to_be_visible()


def test_a_forgotten_site_is_allowed_with_one_click(owner, acme):
    note_refused(tenant_id=acme.pk, origin="https://www.acme.example", now=acme.created_at)
    page = owner("/admin/tenants/apikey/snippet/")

    page.get_by_role("button", name="Allow https://www.acme.example").click()

    expect(page.get_by_text("https://www.acme.example is allowed now.")).to_be_visible()
    assert Origin.objects.filter(tenant=acme, pattern="https://www.acme.example").exists()


def test_standard_wording_stands_beside_what_is_typed(owner):
    page = owner("/admin/tenants/textoverride/add/")

    page.evaluate("django.jQuery('#id_language').val('de').trigger('change')")
    page.evaluate("django.jQuery('#id_key').val('launcher.open').trigger('change')")

    expect(page.locator("#standard-wording")).to_have_text("Standard wording: Chat öffnen")

    page.evaluate("django.jQuery('#id_key').val('greeting').trigger('change')")

    expect(page.locator("#standard-wording")).to_contain_text("What you wrote under “Business and looks” is said")


def test_no_page_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast):
    lead, double = (cast.make_conversation(acme, slug).lead for slug in ("acme", "other"))
    Lead.objects.filter(pk__in=(lead.pk, double.pk)).update(name="Ann Lee", company="Lee Ltd", tags=["vip"])
    lead.claims.update(value="unbroken" * 200)
    note_refused(tenant_id=acme.pk, origin="https://www.acme.example", now=acme.created_at)
    change = f"/admin/tenants/tenant/{acme.pk}/change/"
    pages = [f"{change}#{tab}" for tab in ("persona", "appearance", "behavior")]
    pages += ["/admin/tenants/apikey/snippet/", "/admin/tenants/textoverride/", "/admin/tenants/textoverride/add/"]
    pages += ["/admin/leads/lead/", f"/admin/leads/lead/{lead.pk}/change/"]
    for page, path in all_of(owner, pages):
        if change in path:
            expect(widget_of(page).locator("[part~=panel]")).to_be_visible()
        assert faults_of(page) == [], path


def test_what_receivers_of_webhooks_are_told_is_readable_by_all_and_without_scripts(owner):
    address = "/admin/leads/connection/receiving/"
    assert breaks(owner(address)) == []

    page = owner(address, java_script_enabled=False)

    expect(page.get_by_role("heading", name="X-Caty-Signature")).to_be_visible()
    page.get_by_text("Check one of the two signatures").click(trial=True)  # nothing lies over it


def make_deliveries(acme, cast, monkeypatch):
    """A lead with a webhook that is paused, and a connection to a CRM with a mapping."""
    fake_crm.install(monkeypatch)
    lead = cast.make_world(acme)[Lead]
    now = timezone.now()
    Connection.objects.update(state="paused", paused_at=now, paused_reason="It does not accept our credentials.")
    crm = connect(tenant=acme, kind="fake", name="Our CRM", settings={})
    keep_remote_fields(crm.pk, tenant=acme, fields=fake_crm.FakeCrm.fields, now=now)
    RemoteLead.objects.create(
        tenant=acme, connection=crm, lead=lead, remote_id="7", url="https://crm.example/7", updated_at=now
    )
    rows = (("lead.captured", "delivered", "Left out, since Fake CRM has no such field: Score → caty_score"),)
    rows += (("lead.note", "dead", "It did not accept the message (answer 400)."), ("lead.updated", "pending", ""))
    for event, state, last_error in rows:
        lead.deliveries.create(
            tenant=acme, connection=crm, event=event, event_id=event, payload="{}", state=state, created_at=now,
            due_at=now, last_error=last_error, delivered_at=now if state == "delivered" else None, attempts=1,
        )  # fmt: skip
    return lead, crm


def test_no_page_about_deliveries_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast, monkeypatch):
    lead, crm = make_deliveries(acme, cast, monkeypatch)
    own = f"/admin/leads/connection/{crm.pk}"
    pages = ["/admin/", "/admin/leads/connection/", "/admin/leads/delivery/", f"/admin/leads/lead/{lead.pk}/change/"]
    pages += [f"{own}/{name}/" for name in ("change", "preview", "again", "earlier")]
    for page, path in all_of(owner, pages):
        for summary in page.locator(".caty-arrival summary").all():
            summary.click()
        assert faults_of(page) == [], path


def test_no_page_about_knowledge_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast):
    source = cast.make_world(acme)[Source]
    article = Article.objects.get(tenant=acme, needs_review=True)
    pages = ["/admin/tenants/source/", "/admin/tenants/source/add/", f"/admin/tenants/source/{source.pk}/change/"]
    pages += ["/admin/tenants/article/?waiting=yes", f"/admin/tenants/article/{article.pk}/change/"]
    pages += ["/admin/widget/unansweredquestion/try/"]
    for page, path in all_of(owner, pages):
        if path.endswith("try/"):
            page.get_by_label("A question as a visitor would ask it").fill("Do you ship?")
            page.get_by_role("button", name="Ask", exact=True).click()
            expect(page.get_by_role("heading", name="What a visitor reads")).to_be_visible()
        assert faults_of(page) == [], path


def test_no_page_about_money_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast):
    cast.make_conversation(acme, "acme")
    now = timezone.now().date()
    for period, begins_on in (("day", now), ("month", now.replace(day=1))):
        Spending.objects.create(tenant=acme, period=period, begins_on=begins_on, spent_microusd=45_000_000)
    pages = ["/admin/", "/admin/widget/session/costs/", "/admin/leads/staffmail/mine/"]
    pages += [f"/admin/tenants/tenant/{acme.pk}/change/"]
    for page, path in all_of(owner, pages):
        if "mine" not in path:
            expect(page.get_by_text("budget for AI answers is used. When it is used up")).to_be_visible()
        assert faults_of(page) == [], path
