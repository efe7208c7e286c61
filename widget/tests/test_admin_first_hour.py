"""The four steps as an owner meets them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants import services as tenant_services
from tenants.models import ApiKey, Article, FirstHour, FirstQuestion, Job, Origin, Source, Tenant
from tenants.refused_origins import note_refused
from tenants.tests.crawler.website import publishing
from widget.engine.model import ModelUnavailable
from widget.services import first_hour
from widget.tests.first_hour_cases import pages, work
from widget.tests.scripted_model import answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]
LOOKS = {
    "name": "Milli",
    "role": "Assistant",
    "tone": "casual",
    "language": "en",
    "greeting_message": "Hello!",
    "quick_replies": "Do you deliver?\r\nWhat are your prices?",
    "primary": "#14532d",
    "background": "#ffffff",
    "text": "#1f2937",
}


@pytest.fixture
def owner(cast, acme):
    return cast.client_of("owner", acme)


@pytest.fixture
def address(settings):
    with publishing() as site:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{site.port}"]
        site.pages = pages()
        yield site.url("/", "127.0.0.1")


def url_of(acme, step: str, name: str = "first_hour_step") -> str:
    return reverse(f"admin:{name}", args=[acme.pk, step])


def press(client, acme, step: str, do: str, **fields):
    return client.post(url_of(acme, step), {"do": do, **fields}, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def has_come_to(acme, step: int) -> None:
    FirstHour.objects.update_or_create(tenant=acme, defaults={"reached": step})


def ask(acme) -> FirstQuestion:
    asked = {"text": "Do you deliver?", "answer": "> Yes, in two days.", "is_answered": True}
    return FirstQuestion.objects.create(tenant=acme, position=1, answered_at=timezone.now(), **asked)


def test_from_a_website_to_the_line(owner, acme, address):
    page = press(owner, acme, "website", "read", address=address)
    assert "Looking for pages." in text_of(page)
    assert "data-open" in text_of(owner.get(url_of(acme, "website", "first_hour_progress")))
    work()
    assert "4 pages read." in text_of(owner.get(url_of(acme, "website")))
    assert "data-open" not in text_of(owner.get(url_of(acme, "website", "first_hour_progress")))

    page = press(owner, acme, "website", "go_on")
    assert page.redirect_chain[-1][0] == url_of(acme, "looks")
    assert "data-open" in text_of(page)
    work()
    page = owner.get(url_of(acme, "looks"))
    assert page.context["looks_form"].initial["primary"] == "#14532d"

    page = press(owner, acme, "looks", "save", **LOOKS)
    assert page.redirect_chain[-1][0] == url_of(acme, "questions")
    work()
    progress = text_of(owner.get(url_of(acme, "questions", "first_hour_progress")))
    assert "All of them have been asked." in progress
    assert progress.count("Write a better answer") == 5

    press(owner, acme, "questions", "go_on")
    page = text_of(press(owner, acme, "site", "line"))
    key = re.search(r"caty_\w{32}", page)[0]
    assert ApiKey.objects.get(tenant=acme).beginning == key[:9]
    assert "caty_" not in text_of(owner.get(url_of(acme, "site"))).replace("begins with caty_", "")

    page = press(owner, acme, "site", "finish")
    assert page.redirect_chain[-1][0] == "/admin/"
    assert "Set up in five minutes" not in text_of(page)
    fresh = Tenant.objects.select_related("persona", "appearance", "behavior").get(pk=acme.pk)
    assert (fresh.persona.name, fresh.appearance.primary) == ("Milli", "#14532d")
    assert fresh.behavior.quick_replies == ["Do you deliver?", "What are your prices?"]


def test_with_a_model_it_proposes_and_answers(owner, acme, address, scripted):
    proposal = {
        "persona_name": "Milli",
        "role": "Assistant of the mill",
        "tone": "casual",
        "greeting": "Hello! Bikes or repairs?",
        "primary": "#9a3412",
        "quick_replies": [],
        "questions": ["Can I try a bike?"] * 5,
    }
    model = scripted(proposal, answer(content="Of course you can."))
    press(owner, acme, "website", "read", address=address)
    work()
    press(owner, acme, "website", "go_on")
    work()
    initial = owner.get(url_of(acme, "looks")).context["looks_form"].initial
    assert (initial["name"], initial["tone"], initial["primary"]) == ("Milli", "casual", "#9a3412")
    assert model.calls == 1

    press(owner, acme, "looks", "save", **LOOKS)
    work()

    assert acme.first_questions.get(position=1).text == "Can I try a bike?"
    assert acme.first_questions.get(position=1).answer == "Of course you can."
    assert model.calls == 6


def test_a_spent_budget_leaves_the_sites_own_proposal(owner, acme, address, scripted):
    Tenant.objects.filter(pk=acme.pk).update(daily_budget_microusd=1)
    model = scripted({})
    press(owner, acme, "website", "read", address=address)
    work()
    press(owner, acme, "website", "go_on")
    work()

    assert model.calls == 0
    assert owner.get(url_of(acme, "looks")).context["looks_form"].initial["primary"] == "#14532d"


@pytest.mark.parametrize("reply", ["no JSON", "[]", ModelUnavailable("timeout")])
def test_a_model_without_a_usable_answer_leaves_the_sites_own_proposal(owner, acme, address, scripted, reply):
    model = scripted(reply)
    press(owner, acme, "website", "read", address=address)
    work()
    press(owner, acme, "website", "go_on")
    work()

    assert model.calls == 1
    assert owner.get(url_of(acme, "looks")).context["looks_form"].initial["primary"] == "#14532d"


def test_a_step_that_has_not_been_reached_leads_back(owner, acme):
    for step in ("looks", "questions", "site"):
        assert owner.get(url_of(acme, step)).url == url_of(acme, "website")
    assert owner.get(reverse("admin:first_hour", args=[acme.pk])).url == url_of(acme, "website")
    assert owner.get(url_of(acme, "nonsense")).status_code == 404


def test_a_colleague_sees_what_was_left(owner, cast, acme, address):
    press(owner, acme, "website", "read", address=address)
    work()
    press(owner, acme, "website", "go_on")
    colleague = cast.client_of(cast.make_staff(acme, "owner"))

    page = colleague.get(reverse("admin:first_hour", args=[acme.pk]), follow=True)

    assert page.redirect_chain[-1][0] == url_of(acme, "looks")


def test_what_is_no_website_is_told_beside_the_field(owner, acme):
    page = text_of(press(owner, acme, "website", "read", address="my shop"))

    assert "Write the address of your website, such as example.com." in page
    assert 'value="my shop"' in page
    assert (Source.objects.count(), Job.objects.count()) == (0, 0)


def test_a_reading_is_stopped_and_there_is_another_way_on(owner, acme, address):
    press(owner, acme, "website", "read", address=address)

    page = text_of(press(owner, acme, "website", "stop"))

    assert "stopped before its end" in page
    assert "Read my website" in page
    assert Job.objects.get().state == "cancelled"
    page = press(owner, acme, "website", "paste", text="# Prices\n\nA service costs 89 pounds.")
    work()
    assert Article.objects.get().title == "Prices"
    assert list(Source.objects.values_list("kind", flat=True)) == ["text"]


def test_one_goes_on_with_nothing_at_hand(owner, acme):
    press(owner, acme, "website", "go_on")
    work()

    page = owner.get(url_of(acme, "looks"))

    assert page.context["is_proposing"] is False
    assert page.context["looks_form"].initial["role"] == "Assistant of Acme"


def test_too_much_under_way_is_told_in_words(owner, acme, address):
    for _ in range(10):
        tenant_services.start_job("leads.export", tenant=acme, user_id=None, settings={}, now=timezone.now())

    page = text_of(press(owner, acme, "website", "read", address=address))

    assert "There is a lot under way already." in page
    assert Source.objects.count() == 0


def test_work_that_nobody_begins_with_is_told(owner, acme, address):
    press(owner, acme, "website", "read", address=address)
    Job.objects.update(created_at=timezone.now() - timezone.timedelta(minutes=1))

    assert "longer than usual" in text_of(owner.get(url_of(acme, "website", "first_hour_progress")))


def test_unreadable_colours_are_refused_and_nothing_is_saved(owner, acme):
    has_come_to(acme, 2)

    page = press(owner, acme, "looks", "save", **{**LOOKS, "text": "#eeeeee"})

    assert "hard to read on this background" in text_of(page)
    acme.persona.refresh_from_db()
    assert acme.persona.name == "Caty"
    assert first_hour.open_hour(acme).reached == 2


def test_the_preview_follows_the_form_and_saves_nothing(owner, acme):
    said = owner.post(reverse("admin:first_hour_preview", args=[acme.pk]), {**LOOKS, "text": "#eeeeee"}).json()

    assert said["config"]["persona"]["name"] == "Milli"
    assert said["config"]["behavior"]["greeting"]["message"] == "Hello!"
    assert said["config"]["behavior"]["greeting"]["enabled"] is True
    assert said["config"]["behavior"]["quick_replies"] == ["Do you deliver?", "What are your prices?"]
    assert [(problem["field"], problem["color"]) for problem in said["problems"]] == [("text", "#6b6b6b")]
    acme.persona.refresh_from_db()
    assert acme.persona.name == "Caty"


def test_an_answer_is_found_good_or_written_anew(owner, acme):
    has_come_to(acme, 3)
    row = ask(acme)
    page = text_of(owner.get(url_of(acme, "questions")))
    assert "> Yes" not in page
    assert "&gt; Yes" not in page

    assert "Write the answer first." in text_of(press(owner, acme, "questions", f"write:{row.pk}"))
    press(owner, acme, "questions", f"good:{row.pk}")
    row.refresh_from_db()
    assert row.verdict == "good"

    press(owner, acme, "questions", f"write:{row.pk}", **{f"answer-{row.pk}": "Within a day."})
    work()
    row.refresh_from_db()
    assert (row.verdict, row.answer) == ("written", "Within a day.")


def test_the_nearest_text_stands_ready_to_be_saved(owner, acme):
    has_come_to(acme, 3)
    row = ask(acme)
    unsure = {"is_answered": False, "answer": "Did you mean one of these?", "buttons": ["Delivery"]}
    acme.first_questions.update(**unsure, draft="Two days, by post.", draft_title="Delivery")

    page = text_of(owner.get(url_of(acme, "questions")))

    assert "Your texts don't answer this for certain yet." in page
    assert "It stands in “Delivery”." in page
    assert 'rows="4" maxlength="20000">Two days, by post.</textarea>' in page
    assert f'value="good:{row.pk}"' not in page


def test_what_a_site_says_is_never_markup(owner, acme):
    has_come_to(acme, 3)
    row = ask(acme)
    evil = "<script>alert(1)</script>"
    FirstQuestion.objects.filter(pk=row.pk).update(
        text=evil, answer=evil, sources=[[evil, ""]], buttons=[evil], draft=evil, draft_title=evil
    )

    assert evil not in text_of(owner.get(url_of(acme, "questions")))


def test_a_site_that_is_seen_is_told_and_a_forgotten_one_allowed(owner, acme):
    has_come_to(acme, 4)
    assert "Not seen yet." in text_of(owner.get(url_of(acme, "site", "first_hour_progress")))
    note_refused(tenant_id=acme.pk, origin="https://www.acme.example", now=timezone.now())
    assert "that site isn't allowed yet" in text_of(owner.get(url_of(acme, "site")))

    press(owner, acme, "site", "allow:https://www.acme.example")
    assert Origin.objects.filter(tenant=acme, pattern="https://www.acme.example").exists()
    Origin.objects.update(last_seen_at=timezone.now())

    seen = text_of(owner.get(url_of(acme, "site", "first_hour_progress")))
    assert "It works" in seen
    assert "data-open" not in seen


def test_it_is_offered_on_the_home_page_until_it_is_put_away(owner, cast, acme):
    assert "Set up in five minutes" in text_of(owner.get("/admin/"))
    assert "Set up in five minutes" not in text_of(cast.client_of("editor", acme).get("/admin/"))
    owner.get(url_of(acme, "website"))

    page = press(owner, acme, "website", "put_away")

    assert "Set up in five minutes" not in text_of(page)
    assert "Three steps to your first answer" in text_of(page)
    assert owner.get(url_of(acme, "website")).status_code == 200


def test_a_new_business_is_set_up_at_once(cast):
    page = cast.client_of(cast.OPERATOR).post("/admin/tenants/tenant/add/", {"name": "Mill", "website": ""})

    assert page.url == reverse("admin:first_hour", args=[Tenant.objects.get(name="Mill").pk])
