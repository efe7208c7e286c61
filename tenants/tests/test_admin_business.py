"""The business page: what is accepted, what is refused, and that every change makes a new version."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from caty.testing_pages import unrendered
from tenants.config import load_config
from tenants.contrast import contrast_ratio, nearest_readable
from tenants.models import Avatar, Behavior, Origin, Tenant


@pytest.fixture
def url(acme):
    return f"/admin/tenants/tenant/{acme.pk}/change/"


def filled_in(client, url, **changes) -> dict:
    """What a browser would send back unchanged, with `changes`."""
    with unrendered():
        page = client.get(url).context_data
    forms = [page["adminform"].form]
    data = {}
    for inline in page["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return {**data, **changes}


def save(client, url, **changes):
    with unrendered():
        return client.post(url, filled_in(client, url, **changes))


def errors_of(response) -> dict:
    found = dict(response.context_data["adminform"].form.errors)
    for inline in response.context_data["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found.update(form.errors)
    return found


def test_a_change_makes_a_new_version_of_the_configuration(cast, acme, url):
    response = save(cast.client_of("owner", acme), url, name="Acme & Daughters")
    assert response.status_code == 302
    fresh = Tenant.objects.get(pk=acme.pk)
    assert (fresh.name, fresh.config_version) == ("Acme & Daughters", acme.config_version + 1)


def test_unreadable_text_is_refused_with_a_colour_that_would_do(cast, acme, url):
    client = cast.client_of("owner", acme)
    changes = {"appearance-0-text": "#cccccc", "appearance-0-background": "#ffffff"}
    response = client.post(url, filled_in(client, url, **changes))
    suggestion = nearest_readable("#cccccc", "#ffffff")
    assert suggestion in errors_of(response)["text"][0]
    assert suggestion in response.content.decode()
    assert contrast_ratio(suggestion, "#ffffff") >= 4.5
    acme.appearance.refresh_from_db()
    assert acme.appearance.text == "#1f2937"


def test_a_suggestion_stays_near_what_was_wanted():
    assert nearest_readable("#1f2937", "#ffffff") == "#1f2937"
    assert nearest_readable("#ff0000", "#ffffff") == "#e60000"


def test_seconds_are_kept_as_milliseconds(cast, acme, url):
    save(cast.client_of("owner", acme), url, **{"behavior-0-greeting_delay_ms": "2.5"})
    acme.behavior.refresh_from_db()
    assert acme.behavior.greeting_delay_ms == 2500


def test_a_contact_form_must_ask_for_something_to_answer_to(cast, acme, url):
    response = save(cast.client_of("owner", acme), url, **{"behavior-0-lead_form_fields": ["name", "company"]})
    assert "or you can't answer" in errors_of(response)["lead_form_fields"][0]


def test_a_site_is_stored_as_browsers_write_it(cast, acme, url):
    new = {"origins-TOTAL_FORMS": "2", "origins-1-pattern": "HTTPS://Shop.Acme.example/cart"}
    save(cast.client_of("owner", acme), url, **new)
    assert Origin.objects.filter(tenant=acme, pattern="https://shop.acme.example").exists()


def test_what_is_no_site_is_refused(cast, acme, url):
    new = {"origins-TOTAL_FORMS": "2", "origins-1-pattern": "shop.acme.example"}
    response = save(cast.client_of("owner", acme), url, **new)
    assert "https://" in errors_of(response)["pattern"][0]


def test_an_owner_sets_limits_but_no_budget(cast, acme, url):
    save(
        cast.client_of("owner", acme),
        url,
        answers_per_hour="7",
        monthly_budget_microusd="9999",
        model="claude-opus",
        is_active="",
    )
    fresh = Tenant.objects.get(pk=acme.pk)
    assert fresh.answers_per_hour == 7
    assert (fresh.monthly_budget_microusd, fresh.model, fresh.is_active) == (50_000_000, "", True)


def test_the_operator_sets_budgets_in_dollars(cast, acme, url):
    save(cast.client_of(cast.OPERATOR), url, monthly_budget_microusd="12.50")
    assert Tenant.objects.get(pk=acme.pk).monthly_budget_microusd == 12_500_000


def test_a_country_is_two_letters_that_exist(cast, acme, url):
    client = cast.client_of("owner", acme)
    assert "two letters" in errors_of(save(client, url, country="XX"))["country"][0]
    save(client, url, country="de")
    assert Tenant.objects.get(pk=acme.pk).country == "DE"


def test_staff_of_one_business_land_on_its_page(cast, acme, url):
    assert cast.client_of("owner", acme).get("/admin/tenants/tenant/").url == url


def test_the_operator_makes_a_business_with_all_it_needs(cast, db):
    cast.client_of(cast.OPERATOR).post(
        "/admin/tenants/tenant/add/", {"name": "New Shop", "website": "https://new.example"}
    )
    tenant = Tenant.objects.get(name="New Shop")
    assert tenant.behavior.greeting_enabled
    assert tenant.proactive_rules.filter(is_built_in=True).count() == 5
    assert [origin.pattern for origin in tenant.origins.all()] == ["https://new.example"]


def test_how_much_a_visitor_hears_in_a_week_is_the_owners_choice(cast, acme, url):
    save(cast.client_of("owner", acme), url, **{"behavior-0-proactive_max_per_week": "2"})
    acme.behavior.refresh_from_db()
    assert acme.behavior.proactive_max_per_week == 2


def test_rows_of_another_tenant_can_not_be_slipped_into_the_form(cast, acme, rival, url):
    """Each part of the form names its row by id."""
    client = cast.client_of("owner", acme)
    before = [list(rival.origins.values()), rival.persona.name, rival.appearance.text]
    forged = {
        "origins-0-id": str(rival.origins.get().pk),
        "origins-0-tenant": str(rival.pk),
        "persona-0-id": str(rival.persona.pk),
        "persona-0-name": "Mallory",
        "appearance-0-id": str(rival.appearance.pk),
    }
    for name, value in forged.items():
        assert save(client, url, **{name: value, "origins-0-pattern": "https://mallory.example"}).status_code in (
            200,
            302,
        )
    rival.refresh_from_db()
    assert [list(rival.origins.values()), rival.persona.name, rival.appearance.text] == before


def test_another_language_has_the_knowledge_read_anew(cast, acme, url):
    save(cast.client_of("owner", acme), url, language="de")
    fresh = Tenant.objects.get(pk=acme.pk)
    assert (fresh.language, fresh.knowledge_version) == ("de", acme.knowledge_version + 1)


def test_a_language_set_by_a_command_stays(cast, acme, url):
    Tenant.objects.filter(pk=acme.pk).update(language="en-IE")
    assert save(cast.client_of("owner", acme), url, name="Acme Ltd").status_code == 302
    assert Tenant.objects.get(pk=acme.pk).language == "en-IE"


def upload(content: bytes | None = None) -> SimpleUploadedFile:
    if content is None:
        target = BytesIO()
        Image.new("RGB", (30, 30), "red").save(target, "PNG")
        content = target.getvalue()
    return SimpleUploadedFile("face.png", content, "image/png")


def test_a_picture_is_taken_shown_and_removed(cast, acme, rival, url):
    owner = cast.client_of("owner", acme)
    assert save(owner, url, **{"persona-0-picture": upload()}).status_code == 302
    avatar = Avatar.objects.get()
    assert (avatar.tenant, avatar.content_type) == (acme, "image/webp")
    assert Tenant.objects.get(pk=acme.pk).config_version == acme.config_version + 1
    assert f"/widget/avatar/{avatar.digest}" in owner.get(url).content.decode()
    assert f"/widget/avatar/{avatar.digest}" in cast.client_of("viewer", acme).get(url).content.decode()

    saved_again = filled_in(owner, url)
    del saved_again["persona-0-picture"]  # a browser sends no file where none was chosen
    assert owner.post(url, saved_again).status_code == 302
    assert Avatar.objects.get().digest == avatar.digest

    assert owner.post(url, {**saved_again, "persona-0-picture-clear": "on"}).status_code == 302
    assert not Avatar.objects.exists()


def test_what_is_no_picture_is_refused_and_the_old_one_stays(cast, acme, url):
    owner = cast.client_of("owner", acme)
    save(owner, url, **{"persona-0-picture": upload()})
    before = Avatar.objects.get()

    response = save(owner, url, **{"persona-0-picture": upload(b"<svg onload='alert(1)'/>")})

    assert "can't be read as a picture" in errors_of(response)["picture"][0]
    assert Avatar.objects.get() == before


def test_four_questions_to_start_with_are_kept_and_a_fifth_is_refused(cast, acme, url):
    owner = cast.client_of("owner", acme)
    assert save(owner, url, **{"behavior-0-quick_replies": "Prices?\n\n Hours? \nPrices?"}).status_code == 302
    assert Behavior.objects.get(tenant=acme).quick_replies == ["Prices?", "Hours?"]

    assert errors_of(save(owner, url, **{"behavior-0-quick_replies": "1\n2\n3\n4\n5"}))["quick_replies"]
    assert errors_of(save(owner, url, **{"behavior-0-quick_replies": "x" * 61}))["quick_replies"]
    assert Behavior.objects.get(tenant=acme).quick_replies == ["Prices?", "Hours?"]


def test_how_colleagues_answer_is_the_owners_choice(cast, acme, url):
    chosen = {
        "behavior-0-live_enabled": "",
        "behavior-0-handoff_wait_minutes": "12",
        "behavior-0-handoff_closed_message": "Closed. We write by {time}.",
        "behavior-0-handoff_missed_message": "All busy. We write by {time}.",
        "behavior-0-promise_hours": "9",
        "behavior-0-notice_shows": "nothing",
        "behavior-0-attachments_enabled": "",
        "behavior-0-satisfaction_enabled": "",
    }
    assert save(cast.client_of("owner", acme), url, **chosen).status_code == 302

    behavior = load_config(Tenant.objects.get(pk=acme.pk)).behavior
    assert (behavior.live_enabled, behavior.handoff_wait_minutes, behavior.promise_hours) == (False, 12, 9)
    assert behavior.handoff_closed_message == "Closed. We write by {time}."
    assert behavior.handoff_missed_message == "All busy. We write by {time}."
    assert (behavior.attachments_enabled, behavior.satisfaction_enabled) == (False, False)
    assert Behavior.objects.get(tenant=acme).notice_shows == "nothing"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("handoff_closed_message", "We are closed.", "Keep {time}"),
        ("handoff_missed_message", "Sorry, {name}. We write by {time}.", "Leave out {name}"),
        ("handoff_wait_minutes", "0", "greater than or equal to 1"),
        ("handoff_wait_minutes", "61", "less than or equal to 60"),
        ("promise_hours", "101", "less than or equal to 100"),
    ],
)
def test_what_could_not_be_kept_or_said_is_refused(cast, acme, url, field, typed, words):
    before = Behavior.objects.values().get(tenant=acme)
    response = save(cast.client_of("owner", acme), url, **{f"behavior-0-{field}": typed})

    assert words in errors_of(response)[field][0]
    assert Behavior.objects.values().get(tenant=acme) == before
