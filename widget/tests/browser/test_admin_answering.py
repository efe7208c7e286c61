"""The admin's pages about people who answer, as an owner meets them."""

from io import BytesIO

from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tenants.models import CannedReply, Face, Membership
from widget.models import Handoff, Session
from widget.tests.browser.admin_pages import all_of, faults_of
from widget.tests.calls_cast import call, colleague, conversation


def test_no_page_about_people_who_answer_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast):
    world = cast.make_world(acme)
    ann = colleague(acme, "Ann")
    for said in ("good", "okay", "bad", "good", "good"):
        call(conversation(acme, timezone.now(), satisfaction=said), taken=20, replied=60, by=ann)
    conversation(acme, timezone.now(), is_over=False, mode="waiting")
    Face.objects.all().delete()  # of the cast, which are no pictures
    pages = ["/admin/", "/admin/reports/answering/", "/admin/widget/handoff/", "/admin/tenants/membership/mine/"]
    pages += ["/admin/tenants/membership/", f"/admin/tenants/membership/{ann.pk}/change/"]
    pages += ["/admin/tenants/cannedreply/", "/admin/tenants/cannedreply/add/"]
    pages += [f"/admin/widget/session/{world[Session].pk}/change/", "/admin/widget/session/?resolved=person"]
    pages += [f"/admin/widget/visitor/{world[Session].visitor_id}/change/"]
    for page, path in all_of(owner, pages):
        if "reports" in path:
            page.get_by_text("As a table").click()
        assert faults_of(page) == [], path


def test_a_figure_of_the_report_leads_to_the_calls_it_counts(owner, acme):
    ann = colleague(acme, "Ann")
    for _number in range(3):
        call(conversation(acme, timezone.now()), taken=20, replied=60, by=ann)
    call(conversation(acme, timezone.now()), outcome=Handoff.Outcome.MISSED)
    page = owner("/admin/reports/answering/")

    row = page.get_by_role("row", name="Nobody was free")
    row.get_by_role("link", name="1", exact=True).click()

    expect(page.get_by_role("heading", name="Calls for a person")).to_be_visible()
    expect(page.get_by_text("1 call for a person")).to_be_visible()


def test_a_colleague_chooses_a_face_and_sees_how_visitors_see_it(owner, acme):
    target = BytesIO()
    Image.new("RGB", (40, 40), "teal").save(target, "PNG")
    page = owner("/admin/tenants/membership/mine/")

    page.get_by_label("Name").fill("Ann from Acme")
    page.get_by_label("Picture").set_input_files(
        {"name": "face.png", "mimeType": "image/png", "buffer": target.getvalue()}
    )
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Ann from Acme")).to_be_visible()
    shown = page.locator(".caty-face img")
    expect(shown).to_be_visible()
    # Seen at once; its picture comes by a request of its own.
    expect(shown).to_have_js_property("naturalWidth", 40)
    assert Membership.objects.get(user__username="owner@acme.example").face.content_type == "image/webp"


def test_ready_answers_are_begun_with_one_click(owner, acme):
    page = owner("/admin/tenants/cannedreply/")

    page.get_by_role("button", name="Begin with three of ours").click()

    expect(page.get_by_text("Here are three to begin with.")).to_be_visible()
    assert CannedReply.objects.filter(tenant=acme).count() == 3
