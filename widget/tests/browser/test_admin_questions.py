"""Questions asked in vain in the admin, as an owner meets them in a browser."""

from playwright.sync_api import expect

from tenants import knowledge
from tenants.models import Article
from widget.models import UnansweredQuestion
from widget.services import questions
from widget.tests.browser.admin_pages import all_of, faults_of


def test_no_page_about_questions_breaks_a_rule_or_is_wider_than_the_screen(owner, acme, cast):
    world = cast.make_world(acme)
    question, article = world[UnansweredQuestion], Article.objects.get(written_variants__has_key="de")
    UnansweredQuestion.objects.create(
        tenant=acme, fingerprint="2", text="unbroken" * 50, group=question, first_asked_at=acme.created_at,
        last_asked_at=acme.created_at, unsure_times=1, unhelpful_times=1, conversation_reference="conv_x",
    )  # fmt: skip
    UnansweredQuestion.objects.filter(pk=question.pk).update(group=question)
    own = f"/admin/widget/unansweredquestion/{question.pk}"
    pages = ["/admin/widget/unansweredquestion/", *(f"{own}/{name}/" for name in ("change", "answer", "add"))]
    pages += [f"/admin/tenants/article/{article.pk}/change/", f"/admin/tenants/tenant/{acme.pk}/change/"]
    for page, path in all_of(owner, pages):
        assert faults_of(page) == [], path


def test_a_groups_page_follows_by_itself_until_all_is_answered(owner, acme):
    now = acme.created_at
    question = UnansweredQuestion.objects.create(
        tenant=acme, fingerprint="1", text="Do you sell bees?", first_asked_at=now, last_asked_at=now
    )
    questions.sort_questions(tenant_id=acme.pk)
    page = owner(f"/admin/widget/unansweredquestion/{question.pk}/answer/")
    page.get_by_label("Text").fill("Yes, by the swarm.")

    page.get_by_role("button", name="Save the answer").click()
    expect(page.get_by_text("is not read in yet")).to_be_visible()
    knowledge.rebuild(acme.pk)
    expect(page.get_by_text("All of this is being asked again.")).to_be_visible()
    questions.sort_questions(tenant_id=acme.pk)

    expect(page.get_by_text("All of this is answered.")).to_be_visible()
    expect(page.get_by_text("Answered outright from")).to_be_visible()
