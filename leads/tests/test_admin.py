"""Leads, connections and deliveries, as staff work with them."""

import csv
import io

import pytest
from django.utils import timezone

from leads.admin.export import harmless
from leads.models import Connection, Delivery, Lead

SECRET = "whsec_" + "QUFB" * 8


@pytest.fixture
def lead(cast, acme):
    return cast.make_conversation(acme, "acme").lead


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def owner(cast, acme):
    return cast.client_of("owner", acme)


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def edit(client, lead, **changes):
    data = {"name": lead.name, "email": lead.email, "company": lead.company, "status": lead.status, "notes": lead.notes}
    return client.post(f"/admin/leads/lead/{lead.pk}/change/", {**data, **changes}, follow=True)


def test_what_staff_edit_is_theirs_from_then_on(lead, editor):
    edit(editor, lead, name="Anna Weber", status="contacted", tags="vip, Berlin")
    lead.refresh_from_db()
    assert (lead.name, lead.status, lead.tags) == ("Anna Weber", "contacted", ["vip", "Berlin"])
    assert lead.staff_fields == ["name", "status", "tags"]


def test_an_edit_that_changes_nothing_claims_nothing(lead, editor):
    edit(editor, lead)
    lead.refresh_from_db()
    assert lead.staff_fields == []


def test_a_lead_keeps_a_way_to_reach_it(lead, editor):
    response = edit(editor, lead, email="")
    lead.refresh_from_db()
    assert lead.email == "person@acme.example"
    assert "Keep an e-mail address or a phone number." in response.content.decode()


def test_a_lead_says_why_it_scores_and_what_others_claimed(lead, editor):
    page = page_of(editor, f"/admin/leads/lead/{lead.pk}/change/")
    for words in ("acme reason", "+20", "acme claim", f"/admin/conversations/{lead.conversation_reference}/"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [("heat=cold", True), ("heat=hot", False), ("delivered=no", True), ("delivered=yes", False), ("held=yes", False)],
)
def test_leads_are_filtered_by_questions(cast, lead, editor, query, is_shown):
    cast.make_delivery(lead, "acme")
    assert ("acme person" in page_of(editor, f"/admin/leads/lead/?{query}")) is is_shown


def test_a_held_lead_says_why_and_is_released_by_a_button(cast, lead, editor):
    _, delivery = cast.make_delivery(lead, "acme")
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.HELD)
    Lead.objects.filter(pk=lead.pk).update(held_reason="disposable_address")
    url = f"/admin/leads/lead/{lead.pk}/"
    assert "A throw-away e-mail address" in page_of(editor, f"{url}change/")
    editor.post(f"{url}do/release_one/")
    lead.refresh_from_db()
    delivery.refresh_from_db()
    assert (lead.held_reason, delivery.state) == ("", Delivery.State.PENDING)


def test_a_button_is_a_post(lead, editor):
    Lead.objects.filter(pk=lead.pk).update(held_reason="burst")
    assert editor.get(f"/admin/leads/lead/{lead.pk}/do/release_one/").status_code == 405
    lead.refresh_from_db()
    assert lead.held_reason == "burst"


def rows_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_table_says_whether_a_lead_has_arrived(cast, lead, editor):
    def arrival() -> str:
        headings, row = rows_of(editor.get("/admin/leads/lead/export/"))[:2]
        return row[headings.index("Delivery")]

    assert arrival() == ""
    _, delivery = cast.make_delivery(lead, "acme")
    found = []
    for state in ("dead", "pending", "delivered"):
        Delivery.objects.filter(pk=delivery.pk).update(state=state)
        found.append(arrival())
    Lead.objects.filter(pk=lead.pk).update(held_reason="burst")
    assert [*found, arrival()] == ["Not delivered", "On the way", "Delivered", "Held"]


def test_the_table_holds_the_leads_of_the_list_as_it_is_filtered(cast, acme, lead, editor):
    other = cast.make_conversation(acme, "other").lead
    Lead.objects.filter(pk=other.pk).update(band="hot", score=80)
    rows = rows_of(editor.get("/admin/leads/lead/export/?heat=hot"))
    assert [row[2] for row in rows] == ["Name", "other person"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(lead, editor, start):
    Lead.objects.filter(pk=lead.pk).update(name=f"{start}cmd|' /C calc'!A0", notes=f"{start}1", phone="+493012345")
    row = rows_of(editor.post("/admin/leads/lead/", {"action": "download", "_selected_action": [lead.pk]}))[1]
    assert row[2] == f"'{start}cmd|' /C calc'!A0"
    assert row[4] == "'+493012345"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


def test_plain_text_stays_as_it_is():
    assert harmless("Anna = Weber") == "Anna = Weber"


def make_webhook(client, **changes):
    data = {
        "name": "Hook",
        "is_enabled": "on",
        "settings__url": "https://hooks.acme.example/x",
        "events": "lead.captured",
    }
    return client.post("/admin/leads/connection/add/?kind=webhook", {**data, **changes})


def test_a_connection_is_made_of_its_connectors_own_form(acme, owner):
    page = make_webhook(owner).content.decode()
    connection = Connection.objects.get(tenant=acme)
    assert (connection.kind, connection.settings) == ("webhook", {"url": "https://hooks.acme.example/x"})
    assert connection.events == ["lead.captured"]
    assert connection.secrets["signing_secret"] in page


def test_a_secret_goes_in_and_never_comes_out(acme, owner):
    make_webhook(owner, secrets__signing_secret=SECRET)
    connection = Connection.objects.get(tenant=acme)
    assert connection.secrets == {"signing_secret": SECRET}
    for url in ("/admin/leads/connection/", f"/admin/leads/connection/{connection.pk}/change/"):
        assert SECRET not in page_of(owner, url)


def test_a_secret_left_empty_is_kept(acme, owner):
    make_webhook(owner, secrets__signing_secret=SECRET)
    connection = Connection.objects.get(tenant=acme)
    data = {"name": "Other", "settings__url": "https://new.acme.example/x", "events": "lead.captured"}
    owner.post(f"/admin/leads/connection/{connection.pk}/change/", data)
    connection = Connection.objects.get(pk=connection.pk)
    assert (connection.name, connection.settings["url"]) == ("Other", "https://new.acme.example/x")
    assert (connection.is_enabled, connection.secrets) == (False, {"signing_secret": SECRET})


def test_what_a_connector_objects_to_stands_beside_the_field(owner):
    response = make_webhook(owner, settings__url="not an address")
    assert "Enter a whole address" in response.context["adminform"].form.errors["settings__url"][0]
    assert not Connection.objects.exists()


def test_mail_recipients_are_written_one_a_line(acme, owner):
    data = {"name": "Mail", "is_enabled": "on", "events": "lead.captured"}
    recipients = "anna@acme.example\r\nbob@acme.example"
    owner.post("/admin/leads/connection/add/?kind=email", {**data, "settings__recipients": recipients})
    connection = Connection.objects.get(tenant=acme)
    assert connection.settings == {"recipients": ["anna@acme.example", "bob@acme.example"]}


def test_a_test_says_in_words_how_it_went(acme, owner):
    make_webhook(owner, settings__url="http://127.0.0.1:9/hook")
    pk = Connection.objects.get(tenant=acme).pk
    page = owner.post(f"/admin/leads/connection/{pk}/do/send_test/", follow=True).content.decode()
    assert "We may not send to this address" in page


def test_a_paused_connection_says_why_and_goes_on_when_told(cast, lead, owner):
    connection, delivery = cast.make_delivery(lead, "acme")
    reason = "It does not accept our credentials (answer 401)."
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED, paused_reason=reason)
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.PAUSED)
    url = f"/admin/leads/connection/{connection.pk}/"
    assert reason in page_of(owner, f"{url}change/")
    owner.post(f"{url}do/resume/")
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PENDING


def test_a_new_secret_replaces_the_old_and_is_shown_once(acme, owner):
    make_webhook(owner, secrets__signing_secret=SECRET)
    connection = Connection.objects.get(tenant=acme)
    page = owner.post(f"/admin/leads/connection/{connection.pk}/do/new_secret/").content.decode()
    fresh = Connection.objects.get(pk=connection.pk).secrets["signing_secret"]
    assert fresh != SECRET
    assert fresh in page


def test_an_editor_sees_a_connection_but_not_where_it_leads(cast, lead, editor):
    connection, _ = cast.make_delivery(lead, "acme")
    page = page_of(editor, f"/admin/leads/connection/{connection.pk}/change/")
    assert "acme hook" in page
    assert "https://acme.example/hook" not in page


def test_a_delivery_shows_every_try_and_is_sent_again(cast, lead, editor):
    _, delivery = cast.make_delivery(lead, "acme")
    url = f"/admin/leads/delivery/{delivery.pk}/"
    page = page_of(editor, f"{url}change/")
    assert "acme try" in page
    assert "Refused by the receiver" in page
    editor.post(f"{url}do/send_one_again/")
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PENDING


def test_many_deliveries_are_sent_again_and_counted(cast, lead, editor):
    _, delivery = cast.make_delivery(lead, "acme")
    data = {"action": "send_again", "_selected_action": [str(delivery.pk)]}
    page = editor.post("/admin/leads/delivery/", data, follow=True).content.decode()
    assert "Send again: 1 queued." in page
    assert Delivery.objects.get(pk=delivery.pk).due_at <= timezone.now()


def test_an_owner_deletes_a_connection_with_its_log(cast, acme):
    delivery = cast.make_world(acme)[Delivery]
    client = cast.client_of("owner", acme)
    url = f"/admin/leads/connection/{delivery.connection_id}/delete/"
    assert "with the log of what it sent" in client.get(url).content.decode()
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not Connection.objects.for_tenant(acme).filter(pk=delivery.connection_id).exists()
