"""Nobody sees or touches another tenant's rows in the admin.

The pages are read off the registry, so that a new one is covered the moment it is registered.
"""

import pickle
import re
from functools import partial

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from caty.testing import make_tenant
from caty.tests.admin_cast import ANONYMOUS, OPERATOR, client_of, make_staff, make_world, name_of, rows_of
from leads import services
from leads.models import Connection, Delivery, Lead
from tenants.admin.scope import TenantScoped
from tenants.models import Article, CannedReply, Membership, ProactiveRule, Spending, Tenant
from widget.admin.first_hour import ACTIONS
from widget.admin.inbox_acts import ACTIONS as INBOX_ACTS
from widget.models import Answer, Handoff, Session, UnansweredQuestion

ROLES = ("owner", "editor", "viewer")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def page_names() -> list[tuple[type, str, int]]:
    """(model, url name, number of arguments) of every page of every registered admin."""
    found = []
    for model in MODELS:
        for pattern in admin.site._registry[model].get_urls():
            if pattern.name:
                found.append((model, pattern.name, len(pattern.pattern.converters)))
    return found


PAGES = page_names()
ROW_PAGES = [(model, name) for model, name, arguments in PAGES if arguments == 1]
LIST_PAGES = [(model, name) for model, name, arguments in PAGES if arguments == 0]


@pytest.fixture(scope="module")
def made(kept_rows):
    """Both worlds with their staff, made once: no test keeps what it changes."""
    worlds = [make_world(make_tenant(name)) for name in ("Acme", "Rival")]
    for role in ROLES:
        make_staff(worlds[0].tenant, role)
    return pickle.dumps(worlds)


@pytest.fixture
def worlds(db, made):
    return pickle.loads(made)  # noqa: S301 - of our own


def text_of(response) -> str:
    """All that a page says, and what the page would say that a browser is sent to: there is no need to open that one,
    which is visited as itself.
    """
    body = b"".join(response.streaming_content) if response.streaming else response.content
    told = getattr(response.wsgi_request, "_messages", ())
    return body.decode() + str(response.headers) + "".join(map(str, getattr(told, "_queued_messages", ())))


def names_rival(response) -> bool:
    return re.search(r"\brival", text_of(response), re.IGNORECASE) is not None


def test_every_admin_class_stands_behind_the_fence():
    for model_admin in admin.site._registry.values():
        assert isinstance(model_admin, TenantScoped)
        assert all(issubclass(inline, TenantScoped) for inline in model_admin.inlines)


@pytest.mark.parametrize(("model", "name"), LIST_PAGES)
def test_a_list_page_shows_nothing_of_another_tenant(worlds, model, name):
    url = reverse(f"admin:{name}")
    for role in ROLES:
        client = client_of(role, worlds[0].tenant)
        queries = ({}, {"q": "person"}, {"all": ""}) if name.endswith("changelist") else ({},)
        for query in queries:
            response = client.get(url, query, follow=True)
            assert response.status_code in (200, 403)
            assert not names_rival(response)


@pytest.mark.parametrize(("model", "name"), ROW_PAGES)
def test_a_page_of_another_tenants_row_shows_and_does_nothing(worlds, model, name):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    url = reverse(f"admin:{name}", args=[theirs[model].pk])
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for response in (client.get(url), client.post(url, {"post": "yes"})):
            assert response.status_code in (302, 403, 404)  # sent away, not let in
            assert not names_rival(response)
    assert rows_of(theirs.tenant) == before


@pytest.mark.parametrize(("model", "name"), ROW_PAGES)
def test_a_page_of_ones_own_row_shows_nothing_of_another_tenant(worlds, model, name):
    url = reverse(f"admin:{name}", args=[worlds[0][model].pk])
    for role in ROLES:
        response = client_of(role, worlds[0].tenant).get(url, follow=True)
        assert response.status_code in (200, 403, 405)
        assert not names_rival(response)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_of_the_site_shows_nothing_of_another_tenant(worlds, role):
    client = client_of(role, worlds[0].tenant)
    for name in ("index", "search", "preview", "widget_reports"):
        response = client.get(reverse(f"admin:{name}"), {"s": "leads"})
        assert response.status_code == 200
        assert not names_rival(response)


@pytest.mark.parametrize("role", ROLES)
def test_another_tenants_conversations_are_neither_counted_nor_filtered_by(worlds, role):
    ours, theirs = worlds
    client = client_of(role, ours.tenant)
    assert client.get(reverse("admin:widget_reports"), {"tenant": theirs.tenant.pk}).status_code == 404
    for model, asked in ((Session, "answerer"), (Handoff, "taker"), (Handoff, "replier")):
        page = client.get(reverse(name_of(model, "changelist")), {asked: theirs[Membership].pk})
        assert page.context["cl"].result_count == 0
        assert not names_rival(page)


def test_ready_answers_are_not_begun_for_another_tenant(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    for role in ROLES:
        url = reverse("admin:tenants_cannedreply_start")
        assert client_of(role, ours.tenant).post(url, {"tenant": theirs.tenant.pk}).status_code in (403, 404)
    assert rows_of(theirs.tenant) == before


def test_a_stranger_is_sent_to_the_login_by_every_page(worlds):
    client = client_of(ANONYMOUS)
    for url in urls_of(worlds[0]):
        response = client.get(url)
        assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")


def test_the_operator_opens_every_page_and_none_shows_a_visitors_credentials(worlds):
    """sess_ and vis_ ids let whoever has them speak as the visitor."""
    client = client_of(OPERATOR)
    for url in urls_of(worlds[0]):
        response = client.get(url, follow=True)
        # 403 where a door is shut for everybody, 405 where a page only takes what is sent to it
        assert response.status_code in (200, 403, 405)
        assert not re.search(r"\b(sess|vis)_[2-9A-HJ-NP-Za-km-z]{22}", text_of(response))


def urls_of(world) -> list[str]:
    """Every page of every admin, for the rows of one tenant."""
    return [reverse(f"admin:{name}", args=[str(world[model].pk)] * arguments) for model, name, arguments in PAGES]


@pytest.mark.parametrize("model", MODELS)
def test_an_owners_actions_on_anothers_rows_do_nothing(worlds, model):
    ours, theirs = worlds
    client = client_of("owner", ours.tenant)
    before = rows_of(theirs.tenant)
    for action in ["delete_selected", *(admin.site._registry[model].actions or ())]:
        data = {"action": action, "_selected_action": [theirs[model].pk], "select_across": "1", "post": "yes"}
        response = client.post(reverse(name_of(model, "changelist")), data)
        assert not names_rival(response)
    assert rows_of(theirs.tenant) == before


def test_an_article_can_not_be_put_into_another_tenant(worlds):
    ours, theirs = worlds
    second = Tenant.objects.create(name="Second", slug="second")
    Membership.objects.create(tenant=second, user=make_staff(ours.tenant, "editor"), role="editor")
    client = client_of("editor", ours.tenant)
    before = rows_of(theirs.tenant)
    data = {"tenant": theirs.tenant.pk, "title": "T", "body": "B", "kind": "page", "variants": ""}
    response = client.post(reverse("admin:tenants_article_add"), data)
    assert response.status_code == 200
    assert "tenant" in response.context["adminform"].form.errors
    assert rows_of(theirs.tenant) == before


def test_a_tenant_sent_along_by_staff_of_one_is_ignored(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    data = {"tenant": theirs.tenant.pk, "title": "Mine", "body": "B", "kind": "page", "variants": ""}
    client_of("editor", ours.tenant).post(reverse("admin:tenants_article_add"), data)
    assert Article.objects.get(title="Mine").tenant == ours.tenant
    assert rows_of(theirs.tenant) == before


def test_an_import_into_another_tenant_is_refused(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    file = SimpleUploadedFile("a.md", b"# Title\nBody")
    response = client_of("editor", ours.tenant).post(
        reverse("admin:tenants_article_import"), {"tenant": theirs.tenant.pk, "file": file}
    )
    assert "tenant" in response.context["form"].errors
    assert rows_of(theirs.tenant) == before


def test_a_role_at_one_tenant_gives_no_right_at_another(worlds):
    """An owner here who is a viewer there sees both and changes only here, by form, action and button."""
    ours, theirs = worlds
    person = make_staff(ours.tenant, "owner")
    Membership.objects.create(tenant=theirs.tenant, user=person, role="viewer")
    client = client_of(person)
    before = rows_of(theirs.tenant)
    url = reverse("admin:leads_lead_change", args=[theirs[Lead].pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "Changed"}).status_code == 403
    for model in (Article, ProactiveRule, Lead, Delivery, UnansweredQuestion):
        for action in admin.site._registry[model].actions:
            data = {"action": action, "_selected_action": [theirs[model].pk], "post": "yes"}
            client.post(reverse(name_of(model, "changelist")), data)
        data = {"action": "delete_selected", "_selected_action": [theirs[model].pk], "post": "yes"}
        client.post(reverse(name_of(model, "changelist")), data)
    for name in ("send_test", "new_secret"):
        assert client.post(reverse(name_of(Connection, name), args=[theirs[Connection].pk])).status_code == 403
    assert rows_of(theirs.tenant) == before


def test_a_lead_is_looked_after_by_nobody_of_another_tenant(worlds):
    ours, theirs = worlds
    stranger = theirs[Membership].pk
    client, lead = client_of("editor", ours.tenant), ours[Lead]
    response = client.post(reverse("admin:leads_lead_change", args=[lead.pk]), {"email": lead.email, "owner": stranger})
    assert "owner" in response.context["adminform"].form.errors
    several = {"action": "change_several", "_selected_action": [lead.pk], "change": "yes", "owner": stranger}
    client.post(reverse("admin:leads_lead_changelist"), several)
    assert Lead.objects.get(pk=lead.pk).owner is None


def test_leads_of_another_tenant_are_not_changed_among_ones_own(worlds):
    ours, theirs = worlds
    client, before = client_of("owner", ours.tenant), rows_of(theirs.tenant)
    rows = [ours[Lead].pk, theirs[Lead].pk]
    mine = ours[Membership].pk
    changes = ({"action": "take_over"}, {"action": "change_several", "change": "yes", "tag": "x", "owner": mine})
    for change in changes:
        response = client.post(reverse("admin:leads_lead_changelist"), {**change, "_selected_action": rows})
        assert not names_rival(response)
    assert rows_of(theirs.tenant) == before
    assert (Lead.objects.get(pk=rows[0]).tags, Lead.objects.get(pk=rows[0]).owner_id) == (["x"], mine)


@pytest.mark.parametrize("do", ["remove", "try"])
def test_a_device_of_another_tenants_colleague_is_neither_told_nor_taken_away(worlds, do):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    for role in ROLES:
        sent = {"do": do, "digest": theirs.tenant.slug + "1"}
        response = client_of(role, ours.tenant).post(reverse("admin:leads_staffmail_devices"), sent)
        assert not names_rival(response)
    assert rows_of(theirs.tenant) == before


def test_what_another_tenants_lead_was_promised_is_not_kept(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    for role in ROLES:
        url = reverse("admin:leads_lead_got_back", args=[theirs[Lead].pk])
        assert not names_rival(client_of(role, ours.tenant).post(url))
    assert rows_of(theirs.tenant) == before


@pytest.mark.parametrize("action", ["use_claim", "dismiss_claim"])
def test_a_claim_about_another_tenants_lead_is_not_judged(worlds, action):
    ours, theirs = worlds
    claim, before = theirs[Lead].claims.get(), rows_of(theirs.tenant)
    for role in ROLES:
        for lead in (ours[Lead], theirs[Lead]):
            url = reverse(f"admin:leads_lead_{action}", args=[lead.pk])
            response = client_of(role, ours.tenant).post(url, {"claim": claim.pk})
            assert not names_rival(response)
    assert rows_of(theirs.tenant) == before
    assert ours[Lead].claims.count() == 1


def test_tags_and_campaigns_of_another_tenant_are_not_offered(worlds):
    ours, theirs = worlds
    Lead.objects.filter(tenant=theirs.tenant).update(tags=["rivaltag"], utm_source="rivalnews")
    Lead.objects.filter(tenant=ours.tenant).update(tags=["ourtag"], utm_source="ournews")
    page = client_of("owner", ours.tenant).get(reverse("admin:leads_lead_changelist"))
    assert "ourtag" in text_of(page)
    assert "ournews" in text_of(page)
    assert not names_rival(page)
    assert "rivaltag" not in text_of(page)
    assert "rivalnews" not in text_of(page)


def test_a_lead_of_another_tenant_is_nobodys_duplicate(worlds):
    ours, theirs = worlds
    same = {"name": "Ann Lee", "company": "Lee Ltd", "phone": "+12025550143", "phone_key": "+12025550143"}
    Lead.objects.update(**same)
    page = text_of(client_of("owner", ours.tenant).get(reverse("admin:leads_lead_change", args=[ours[Lead].pk])))
    assert reverse("admin:leads_lead_change", args=[theirs[Lead].pk]) not in page
    assert "Perhaps the same person" not in page


INBOX_ACTIONS = (*INBOX_ACTS, "suggestion")


def inbox_urls(reference: str) -> list[str]:
    """What shows something of one conversation in the inbox."""
    return [
        reverse("admin:widget_inbox_conversation", args=[reference]),
        reverse("admin:widget_inbox_suggestion", args=[reference]),
        f"{reverse('admin:widget_inbox_news')}?open={reference}",
        f"{reverse('admin:widget_inbox_stream')}?open={reference}",
    ]


def test_another_tenants_conversation_is_neither_shown_nor_answered_in_the_inbox(worlds):
    ours, theirs = worlds
    before, reference = rows_of(theirs.tenant), theirs[Session].reference
    sent = {"text": "Evil.", "to": ours[Membership].pk, "read": 3}
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for url in inbox_urls(reference):
            assert client.get(url).status_code == 404
        for action in INBOX_ACTIONS:
            refused = client.post(reverse("admin:widget_inbox_act", args=[reference, action]), sent)
            assert refused.status_code in (404, 405)
    assert rows_of(theirs.tenant) == before
    assert theirs[Session].messages.count() == 4


def test_ones_own_inbox_shows_nothing_of_another_tenant(worlds):
    ours, theirs = worlds
    CannedReply.objects.create(tenant=theirs.tenant, name="rival hours", text="Rival opens at nine.")
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for url in (reverse("admin:widget_inbox"), *inbox_urls(ours[Session].reference)[:3]):
            for tab in ("waiting", "mine", "all"):
                response = client.get(url + ("&" if "?" in url else "?") + f"tab={tab}")
                assert response.status_code == 200
                assert not names_rival(response)


def test_conversation_is_given_to_nobody_of_another_tenant(worlds):
    ours, theirs = worlds
    client, act = client_of("owner", ours.tenant), partial(reverse, "admin:widget_inbox_act")
    client.post(act(args=[ours[Session].reference, "take"]))
    assert Session.objects.get(pk=ours[Session].pk).owner == ours[Membership]
    refused = client.post(act(args=[ours[Session].reference, "assign"]), {"to": theirs[Membership].pk})
    assert refused.status_code == 404
    assert Session.objects.get(pk=ours[Session].pk).owner == ours[Membership]


def test_a_stranger_is_sent_to_the_login_by_the_inbox(worlds):
    reference, client = worlds[0][Session].reference, client_of(ANONYMOUS)
    acts = [reverse("admin:widget_inbox_act", args=[reference, action]) for action in INBOX_ACTIONS]
    for url in (reverse("admin:widget_inbox"), *inbox_urls(reference)):
        assert client.get(url).url.startswith("/admin/login/")
    for url in acts:
        assert client.post(url, {"text": "Evil."}).url.startswith("/admin/login/")
    assert worlds[0][Session].messages.count() == 4


GUESSES = (
    "tenant__slug__startswith=r",
    "tenant__memberships__user__password__startswith=p",
    "user__password__startswith=p",
    "owner__user__password__startswith=p",
    "invited_by__password__startswith=p",
    "token_digest__startswith=a",
    "digest__startswith=a",
    "connection__settings__url__startswith=h",
    "session__public_id__startswith=s",
    "public_id__startswith=s",
)


@pytest.mark.parametrize("model", MODELS)
def test_a_column_can_not_be_guessed_by_filtering(worlds, model):
    for person in ("owner", OPERATOR):
        client = client_of(person, worlds[0].tenant)
        for guess in GUESSES:
            response = client.get(f"{reverse(name_of(model, 'changelist'))}?{guess}")
            assert response.status_code in (302, 400, 403)


def test_an_autocomplete_offers_only_ones_own(worlds):
    client = client_of("owner", worlds[0].tenant)
    for model in MODELS:
        for field in model._meta.fields:
            if field.is_relation and field.related_model in admin.site._registry:
                asked = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field.name,
                    "term": "",
                }
                response = client.get(reverse("admin:autocomplete"), asked)
                assert response.status_code in (200, 403, 404)
                assert not names_rival(response)


def test_a_conversations_reference_of_another_tenant_leads_nowhere(worlds):
    ours, theirs = worlds
    client = client_of("owner", ours.tenant)
    assert client.get(reverse("admin:conversation", args=[ours[Session].reference])).status_code == 200
    assert client.get(reverse("admin:conversation", args=[theirs[Session].reference])).status_code == 404


def test_a_link_that_stops_mails_stops_those_of_its_own_tenant_alone(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    for kind in ("hot", "digest", "paused", "weekly", "budget"):
        path = services.stop_path(ours[Membership].pk, kind)
        for link in (path, path.replace(f"{ours[Membership].pk}-", f"{theirs[Membership].pk}-", 1)):
            response = client_of(ANONYMOUS).post(reverse("stop_mails", args=[link]))
            assert response.status_code == (200 if link == path else 404)
            assert not names_rival(response)
    assert rows_of(theirs.tenant) == before


def test_choices_sent_for_a_colleague_of_another_tenant_are_ignored(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    prefix = f"at{theirs[Membership].pk}"
    data = {f"{prefix}-was_shown": "True", **{f"{prefix}-{name}": "on" for name in ("digest", "weekly", "budgets")}}
    for role in ROLES:
        client_of(role, ours.tenant).post(reverse("admin:leads_staffmail_mine"), data)
    assert rows_of(theirs.tenant) == before


def test_costs_and_budgets_of_another_tenant_are_not_told(worlds):
    ours, theirs = worlds
    month = timezone.now().date().replace(day=1)
    Answer.objects.filter(session__tenant=theirs.tenant).update(model="rival-model", cost_microusd=77_000_000)
    Spending.objects.create(tenant=theirs.tenant, period="month", begins_on=month, spent_microusd=77_000_000)
    costs = reverse("admin:widget_session_costs")
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for url in (costs, reverse("admin:index"), reverse("admin:tenants_tenant_change", args=[ours.tenant.pk])):
            page = client.get(url)
            assert not names_rival(page)
            assert "77.00" not in text_of(page)
            assert "budget for AI answers is used" not in text_of(page)
        asked = client.get(costs, {"tenant": theirs.tenant.pk})
        assert asked.status_code == (404 if role == "owner" else 403)


def test_another_tenants_weights_are_neither_shown_nor_set(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    url = reverse("admin:weights", args=[theirs.tenant.pk])
    weights = {"purchase_intent": 1, "several_pages": 1, "engaged_with_proactive": 1, "gave_email": 1}
    weights |= {"gave_phone": 1, "long_engagement": 1}
    for role in ROLES:
        client = client_of(role, ours.tenant)
        assert client.get(url, weights).status_code == 404
        assert client.post(url, {**weights, "past": "1"}).status_code == 404
    assert rows_of(theirs.tenant) == before
    own = client_of("owner", ours.tenant).get(reverse("admin:weights", args=[ours.tenant.pk]), weights)
    assert own.status_code == 200
    assert not names_rival(own)


STEPS = ("website", "looks", "questions", "site")


def first_hour_urls(tenant) -> list[str]:
    urls = [reverse("admin:first_hour", args=[tenant.pk]), reverse("admin:first_hour_preview", args=[tenant.pk])]
    for name in ("first_hour_step", "first_hour_progress"):
        urls += [reverse(f"admin:{name}", args=[tenant.pk, step]) for step in STEPS]
    return urls


def test_another_tenants_first_hour_is_neither_shown_nor_gone_on_with(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    presses = [*{name for _, name in ACTIONS}, f"good:{theirs.tenant.first_questions.get().pk}"]
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for url in first_hour_urls(theirs.tenant):
            assert client.get(url).status_code in (404, 405)
            for press in presses:
                data = {"do": press, "address": "evil.example", "text": "Evil.", "name": "Evil"}
                assert client.post(url, data).status_code in (404, 405)
    assert rows_of(theirs.tenant) == before


def test_anothers_first_question_is_judged_and_answered_by_nobody(worlds):
    ours, theirs = worlds
    question, before = theirs.tenant.first_questions.get(), rows_of(theirs.tenant)
    url = reverse("admin:first_hour_step", args=[ours.tenant.pk, "questions"])
    client = client_of("owner", ours.tenant)
    for press in (f"good:{question.pk}", f"write:{question.pk}"):
        client.post(url, {"do": press, f"answer-{question.pk}": "Evil."})
    assert rows_of(theirs.tenant) == before
    assert not Article.objects.filter(body="Evil.").exists()


def test_ones_own_first_hour_shows_nothing_of_another_tenant(worlds):
    ours = worlds[0]
    for role, status in (("owner", 200), ("editor", 403), ("viewer", 403)):
        for url in first_hour_urls(ours.tenant):
            response = client_of(role, ours.tenant).get(url, follow=True)
            assert response.status_code in (status, 404, 405)
            assert not names_rival(response)


def test_hours_of_another_tenant_are_neither_shown_nor_set(worlds):
    ours, theirs = worlds
    before = rows_of(theirs.tenant)
    url = reverse("admin:tenants_tenant_hours", args=[theirs.tenant.pk])
    for role in ROLES:
        client = client_of(role, ours.tenant)
        sent = {"days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0", "day0": "1-2"}
        for response in (client.get(url), client.post(url, sent)):
            assert not names_rival(response)
            assert response.status_code == 302
    assert rows_of(theirs.tenant) == before


def test_rules_are_tried_on_ones_own_visits_alone(worlds):
    ours, theirs = worlds
    url = reverse("admin:widget_session_rules")
    asked = {"visit": theirs[Session].reference}, {"rule": theirs[ProactiveRule].pk}, {"tenant": theirs.tenant.pk}
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for query in asked:
            assert client.get(url, query).status_code == 404
        for response in (client.get(url, {"visit": ours[Session].reference}), client.post(url, {"seconds": "5"})):
            assert response.status_code == 200
            assert not names_rival(response)


def test_results_and_texts_of_another_tenants_rule_are_not_told(worlds):
    ours, theirs = worlds
    own, other = (reverse("admin:tenants_proactiverule_results", args=[one[ProactiveRule].pk]) for one in worlds)
    texts = reverse("admin:widget_proactivetext_changelist")
    for role in ROLES:
        client = client_of(role, ours.tenant)
        for which in ("heard", "leads", "alone"):
            asked = client.get(other, {"which": which})
            assert asked.status_code == 302
            assert not names_rival(asked)
            assert not names_rival(client.get(own, {"which": which}))
        for query in ({"rule": theirs[ProactiveRule].pk}, {"state": "waits"}):
            assert not names_rival(client.get(texts, query))


def test_staff_without_a_tenant_see_an_empty_house(worlds):
    person = User.objects.create_user("lost", is_staff=True)
    client = client_of(person)
    assert "belong to a business yet" in text_of(client.get(reverse("admin:index")))
    for model in MODELS:
        assert client.get(reverse(name_of(model, "changelist"))).status_code == 403


def test_a_colleague_who_left_is_out_at_once(worlds):
    ours = worlds[0]
    client = client_of("editor", ours.tenant)
    url = reverse("admin:leads_lead_change", args=[ours[Lead].pk])
    assert client.get(url).status_code == 200
    Membership.objects.filter(user__username__startswith="editor").delete()
    assert client.get(url).status_code != 200
