"""A lead's page, as staff work with it."""

import re

import pytest

from leads.models import Lead, LeadClaim
from leads.tests.conftest import NOON


@pytest.fixture
def lead(cast, acme):
    return cast.make_conversation(acme, "acme").lead


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def viewer(cast, acme):
    return cast.client_of("viewer", acme)


def url_of(lead, page="change") -> str:
    return f"/admin/leads/lead/{lead.pk}/{page}/"


def page_of(client, lead) -> str:
    response = client.get(url_of(lead))
    assert response.status_code == 200
    return response.content.decode()


def edit(client, lead, **changes):
    data = {name: getattr(lead, name) for name in ("name", "email", "company", "status", "notes")}
    return client.post(url_of(lead), {**data, "custom_fields": "size: acme", **changes}, follow=True)


def colleague(cast, tenant, role="editor"):
    return cast.make_staff(tenant, role).memberships.get(tenant=tenant)


def test_details_are_edited_as_lines_and_what_is_left_alone_keeps_its_kind(lead, editor):
    Lead.objects.filter(pk=lead.pk).update(custom_fields={"bikes": 5, "new": True, "notes": "a\nb", "gone": 1})
    shown = editor.get(url_of(lead)).context["adminform"].form["custom_fields"]
    assert {"bikes: 5", "new: Yes", "notes: a b", "gone: 1"} == set(shown.value().splitlines())

    edit(editor, lead, custom_fields="bikes: 5\n\nnew: Yes\nnotes: a b\ncolour: red: dark")

    lead.refresh_from_db()
    assert lead.custom_fields == {"bikes": 5, "new": True, "notes": "a\nb", "colour": "red: dark"}
    assert lead.staff_fields == ["custom_fields"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("no colon here", "as name: value"),
        ("a: 1\na: 2", "“a” is there twice."),
        ("x" * 61 + ": 1", "is too long"),
        ("a: " + "x" * 501, "is too long"),
        ("\n".join(f"n{number}: 1" for number in range(21)), "At most 20."),
    ],
)
def test_details_that_can_not_be_kept_are_said_to_be_so(lead, editor, lines, words):
    response = edit(editor, lead, custom_fields=lines)
    assert words in response.context["adminform"].form.errors["custom_fields"][0]
    lead.refresh_from_db()
    assert lead.custom_fields == {"size": "acme"}


def test_details_that_were_not_sent_stay(lead, editor):
    editor.post(url_of(lead), {"name": "Ann", "email": lead.email, "company": lead.company, "status": "new"})
    lead.refresh_from_db()
    assert (lead.name, lead.custom_fields) == ("Ann", {"size": "acme"})


def test_a_viewer_reads_the_details_in_a_table(lead, viewer):
    page = page_of(viewer, lead)
    assert '<th scope="row">size</th><td class="words">acme</td>' in page
    assert "&quot;size&quot;" not in page


def test_only_colleagues_who_can_log_in_are_offered_as_owners(cast, acme, rival, lead, editor):
    gone = cast.make_staff(acme, "viewer")
    gone.is_active = False
    gone.save()
    cast.make_staff(rival, "editor")
    offered = editor.get(url_of(lead)).context["adminform"].form.fields["owner"].choices
    assert [label for _value, label in offered] == ["Nobody yet", "editor@acme.example"]


def test_an_owner_is_chosen_and_taken_back(cast, acme, lead, editor):
    mine = colleague(cast, acme)
    edit(editor, lead, owner=mine.pk)
    lead.refresh_from_db()
    assert (lead.owner, lead.staff_fields) == (mine, ["owner_id"])
    edit(editor, lead, owner="")
    lead.refresh_from_db()
    assert lead.owner is None


def test_one_button_takes_a_lead_over_that_is_nobodys(cast, acme, lead, editor):
    button = url_of(lead, "do/take_over_one")
    assert button in page_of(editor, lead)
    editor.post(button)
    lead.refresh_from_db()
    assert lead.owner == colleague(cast, acme)
    assert button not in page_of(editor, lead)
    cast.client_of("owner", acme).post(button)
    lead.refresh_from_db()
    assert lead.owner == colleague(cast, acme)


def test_who_runs_the_installation_takes_no_lead_over(cast, lead):
    response = cast.client_of("operator").post(url_of(lead, "do/take_over_one"), follow=True)
    assert "Only colleagues of the business" in response.content.decode()
    lead.refresh_from_db()
    assert lead.owner is None


def claim_of(lead, field="name", value="Mallory") -> LeadClaim:
    return LeadClaim.objects.create(
        lead=lead, conversation_reference=lead.conversation_reference, field=field, value=value, created_at=NOON
    )


def test_a_claim_stands_beside_its_field_and_is_taken_over(lead, editor):
    claim = LeadClaim.objects.get()
    page = page_of(editor, lead)
    assert re.search(r'Somebody else said “acme claim”\.</span> <a class="caty-link" href="#claims">Compare</a>', page)
    row = (
        '<th scope="row">Name</th>',
        '<td class="words">acme person</td>',
        '<td class="caty-strong words">acme claim</td>',
    )
    assert re.search(r"\s*".join(row), page)
    assert 'aria-label="Use this: Name, acme claim"' in page

    response = editor.post(url_of(lead, "do/use_claim"), {"claim": claim.pk}, follow=True)

    assert "Taken over. Before, it said: acme person" in response.content.decode()
    lead.refresh_from_db()
    assert (lead.name, lead.claims.count()) == ("acme claim", 0)
    assert "Took over what somebody else had said." in editor.get(url_of(lead, "history")).content.decode()


def test_a_claim_is_dismissed(lead, editor):
    editor.post(url_of(lead, "do/dismiss_claim"), {"claim": LeadClaim.objects.get().pk})
    lead.refresh_from_db()
    assert (lead.name, lead.claims.count()) == ("acme person", 0)


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30, "²"])
def test_what_is_no_claim_is_said_to_be_decided(lead, editor, sent):
    for action in ("use_claim", "dismiss_claim"):
        response = editor.post(url_of(lead, f"do/{action}"), {"claim": sent}, follow=True)
        assert "This has been decided already." in response.content.decode()
    assert LeadClaim.objects.count() == 1


def test_a_claim_that_can_not_be_used_says_why(lead, editor):
    claim = claim_of(lead, "phone", "none")
    Lead.objects.filter(pk=lead.pk).update(email="", email_key="", phone="+12025550143", phone_key="+12025550143")
    response = editor.post(url_of(lead, "do/use_claim"), {"claim": claim.pk}, follow=True)
    assert "Keep an e-mail address or a phone number." in response.content.decode()


def test_what_somebody_else_agreed_to_can_only_be_dismissed(lead, editor):
    LeadClaim.objects.all().delete()
    claim_of(lead, "consent", "You may write to me.")
    page = page_of(editor, lead)
    assert "You may write to me." in page
    assert url_of(lead, "do/dismiss_claim") in page
    assert url_of(lead, "do/use_claim") not in page


def test_a_viewer_sees_claims_and_no_buttons(lead, viewer):
    page = page_of(viewer, lead)
    assert "acme claim" in page
    assert "do/use_claim" not in page
    assert "do/dismiss_claim" not in page


def test_claims_are_words_and_never_markup(lead, editor):
    claim_of(lead, value="<script>alert(1)</script>")
    page = page_of(editor, lead)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_page_shows_where_from_and_what_was_agreed_to(lead, editor):
    Lead.objects.filter(pk=lead.pk).update(
        first_page_url="https://acme.example/offer",
        referrer="https://search.example/",
        utm_source="news",
        utm_medium="email",
        utm_campaign="spring",
        ad_network="google",
        consent_text="You may write to me.",
        consent_version=4,
        consent_at=NOON,
    )
    page = page_of(editor, lead)
    for words in (
        "https://acme.example/offer",
        "https://search.example/",
        "news · email · spring",
        "An advertisement on Google",
        "You may write to me.",
        "version 4 of your text",
    ):
        assert words in page


def test_a_page_names_who_else_it_may_be(cast, acme, lead, editor):
    other = cast.make_conversation(acme, "other").lead
    Lead.objects.filter(pk=other.pk).update(name="Acme Person", company="ACME ltd")
    page = page_of(editor, lead)
    assert "Same name and company" in page
    assert f'<a class="caty-link" href="{url_of(other)}">Acme Person</a>' in page


def test_a_status_changed_for_several_is_announced_for_each(cast, acme, lead, editor):
    hook, delivery = cast.make_delivery(lead, "acme")
    hook.events = ["lead.updated"]
    hook.save()
    other = cast.make_conversation(acme, "other").lead
    chosen = {"action": "change_several", "_selected_action": [lead.pk, other.pk]}
    asked = editor.post("/admin/leads/lead/", chosen)
    assert "2 leads are chosen" in asked.content.decode()

    change = {"change": "yes", "status": "qualified", "owner": colleague(cast, acme).pk, "tag": "fair"}
    response = editor.post("/admin/leads/lead/", {**chosen, **change}, follow=True)

    assert "2 leads changed." in response.content.decode()
    assert (
        list(Lead.objects.values_list("status", "tags", "owner__user__username"))
        == [("qualified", ["fair"], "editor@acme.example")] * 2
    )
    told = hook.deliveries.exclude(pk=delivery.pk)
    assert sorted(told.values_list("lead", "event")) == [(lead.pk, "lead.updated"), (other.pk, "lead.updated")]
    assert "Changed together with others" in editor.get(url_of(lead, "history")).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Choose what should change."),
        ({"status": "nonsense"}, "Select a valid choice"),
        ({"tag": "a, b"}, "One tag at a time, without a comma."),
        ({"owner": "999999"}, "Select a valid choice"),
    ],
)
def test_a_change_of_several_that_makes_no_sense_is_asked_again(lead, editor, change, words):
    chosen = {"action": "change_several", "_selected_action": [lead.pk], "change": "yes"}
    response = editor.post("/admin/leads/lead/", {**chosen, **change})
    assert words in str(response.context["form"].errors)
    lead.refresh_from_db()
    assert (lead.status, lead.tags, lead.owner, lead.staff_fields) == ("new", [], None, [])


def test_several_leads_are_given_back_to_nobody(cast, acme, lead, editor):
    Lead.objects.filter(pk=lead.pk).update(owner=colleague(cast, acme))
    chosen = {"action": "change_several", "_selected_action": [lead.pk], "change": "yes", "owner": "nobody"}
    editor.post("/admin/leads/lead/", chosen)
    lead.refresh_from_db()
    assert lead.owner is None


def test_too_many_leads_at_once_are_refused(settings, monkeypatch, cast, acme, lead, editor):
    cast.make_conversation(acme, "other")
    monkeypatch.setattr("leads.admin.bulk.MOST_AT_ONCE", 1)
    rows = list(Lead.objects.values_list("pk", flat=True))
    for action in ("take_over", "change_several"):
        data = {"action": action, "_selected_action": rows, "change": "yes", "status": "contacted"}
        response = editor.post("/admin/leads/lead/", data, follow=True)
        assert "choose at most 1" in response.content.decode()
    assert not Lead.objects.exclude(status="new", owner=None).exists()


def test_leads_of_several_businesses_are_offered_no_common_colleague(cast, acme, rival, lead):
    theirs = cast.make_conversation(rival, "rival").lead
    person = cast.make_staff(acme, "owner")
    rival.memberships.create(user=person, role="owner")
    client, rows = cast.client_of(person), [lead.pk, theirs.pk]

    page = client.post("/admin/leads/lead/", {"action": "change_several", "_selected_action": rows})
    assert "owner" not in page.context["form"].fields
    client.post("/admin/leads/lead/", {"action": "take_over", "_selected_action": rows})

    assert {row.owner.tenant_id == row.tenant_id for row in Lead.objects.select_related("owner")} == {True}


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("whose=mine", True),
        ("whose=nobody", False),
        ("whose=others", False),
        ("source=campaign", True),
        ("source=ad", False),
        ("source=unknown", False),
        ("source=utm:news", True),
        ("source=utm:other", False),
        ("tag=vip", True),
        ("tag=other", False),
        ("since=1", True),
        ("since=90", True),
        ("since=nonsense", True),
    ],
)
def test_leads_are_asked_whose_when_and_where_from(cast, acme, lead, editor, query, is_shown):
    Lead.objects.filter(pk=lead.pk).update(owner=colleague(cast, acme), utm_source="news", tags=["vip"])
    page = editor.get(f"/admin/leads/lead/?{query}")
    assert page.status_code == 200
    assert ("acme person" in page.content.decode()) is is_shown


def test_a_colleagues_lead_is_not_mine(cast, acme, lead, editor):
    Lead.objects.filter(pk=lead.pk).update(owner=colleague(cast, acme, "owner"))
    shown = [whose for whose in ("mine", "nobody", "others") if "acme person" in listed(editor, f"whose={whose}")]
    assert shown == ["others"]


def test_leads_of_long_ago_are_not_of_these_days(lead, editor):
    Lead.objects.filter(pk=lead.pk).update(captured_at=NOON.replace(year=2020))
    assert "acme person" not in listed(editor, "since=90")


def listed(client, query: str) -> str:
    return client.get(f"/admin/leads/lead/?{query}").content.decode()
