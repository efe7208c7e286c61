"""Whether it has arrived: on a lead's page, and in the list of deliveries with its filters and bulk actions."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Connection, Delivery, Lead, RemoteLead
from leads.tests import fake_crm
from leads.tests.conftest import make_connection
from leads.tests.test_admin_connections import page_of, write

State = Delivery.State
LIST = "/admin/leads/delivery/"


@pytest.fixture
def lead(cast, acme):
    return cast.make_conversation(acme, "acme").lead


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def hook(acme):
    return make_connection(acme)


@pytest.fixture
def crm(acme, monkeypatch):
    fake_crm.install(monkeypatch)
    return make_connection(acme, kind="fake", settings={}, events=["lead.captured", "lead.note"])


def went(client, lead) -> str:
    """The section “Where it went” of the lead's page."""
    page = page_of(client, f"/admin/leads/lead/{lead.pk}/change/")
    return page[page.index('id="went"') :]


# --- a lead's page


def test_what_has_arrived_says_when_and_leads_to_the_record(acme, lead, crm, editor):
    write(crm, lead, State.DELIVERED, event="lead.captured", delivered_at=timezone.now())
    RemoteLead.objects.create(
        tenant=acme, connection=crm, lead=lead, remote_id="7", url="https://crm.example/7", updated_at=timezone.now()
    )
    page = went(editor, lead)
    assert "Arrived" in page
    assert '<a class="caty-link" href="https://crm.example/7" target="_blank" rel="noopener noreferrer">' in page
    assert "Open in Fake CRM" in page


def test_an_address_that_is_none_is_no_link(acme, lead, crm, editor):
    write(crm, lead, State.DELIVERED, event="lead.captured")
    RemoteLead.objects.create(
        tenant=acme, connection=crm, lead=lead, remote_id="7", url="javascript:alert(1)", updated_at=timezone.now()
    )
    assert "javascript:" not in went(editor, lead)


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        (State.PENDING, {}, ["On its way"]),
        (
            State.PENDING,
            {"last_error": "No answer.", "failures": 1},
            ["On its way", "<p>No answer.</p>", "It is tried again at"],
        ),
        (State.DEAD, {"last_error": "Refused."}, ["Did not arrive", "<p>Refused.</p>", "Once the reason is mended"]),
        (State.HELD, {}, ["Held for your release"]),
        (State.CANCELLED, {}, ["Called off"]),
        (State.PAUSED, {}, ["Waits: the connection is paused", "Open the connection and mend it"]),
        (State.SUPERSEDED, {"delivered_at": timezone.now()}, ["Arrived"]),
    ],
)
def test_each_state_says_what_it_means_and_what_to_do(lead, hook, editor, state, columns, words):
    write(hook, lead, state, event="lead.captured", **columns)
    page = went(editor, lead)
    for each in words:
        assert each in page


def test_a_change_on_its_way_does_not_hide_that_the_lead_has_arrived(lead, hook, editor):
    write(hook, lead, State.DELIVERED, event="lead.captured")
    write(hook, lead, State.PENDING, event="lead.updated")
    assert "Arrived; a change is on its way" in went(editor, lead)


def test_a_change_that_waits_leaves_the_note_that_failed_in_sight(lead, crm, editor):
    write(crm, lead, State.DELIVERED, event="lead.captured")
    write(crm, lead, State.DEAD, event="lead.note", last_error="Too long.")
    write(crm, lead, State.PENDING, event="lead.updated")
    page = went(editor, lead)
    assert "Arrived; a change is on its way" in page
    assert "“The conversation, as a note” did not arrive. Too long." in page


def test_what_was_left_out_is_a_warning_and_no_error(lead, crm, editor):
    words = "Left out, since Fake CRM has no such field: Score → caty_score"
    (delivery,) = write(crm, lead, State.DELIVERED, event="lead.captured", last_error=words)
    page = went(editor, lead)
    assert f'<p class="caty-note is-warn">{words}</p>' in page
    assert "Did not arrive" not in page
    assert f"Note: {words}" in page_of(editor, LIST)
    page = page_of(editor, f"{LIST}{delivery.pk}/change/")
    assert words in page
    assert "What went wrong" not in page


def test_a_lead_that_arrived_later_has_arrived_in_a_crm_and_not_in_a_webhook(lead, crm, hook, editor):
    for connection in (crm, hook):
        write(connection, lead, State.DEAD, event="lead.captured", last_error="Refused.")
        write(connection, lead, State.DELIVERED, event="lead.updated")
    assert went(editor, lead).count("“New lead” did not arrive. Refused.") == 1


def test_a_note_that_did_not_arrive_is_told_beside_its_lead(lead, crm, editor):
    write(crm, lead, State.DELIVERED, event="lead.captured")
    write(crm, lead, State.DEAD, event="lead.note", last_error="Too long.")
    page = went(editor, lead)
    assert "Arrived" in page
    assert "“The conversation, as a note” did not arrive. Too long." in page


def test_a_lead_is_sent_again_by_one_all_or_each_of_its_connections(lead, crm, hook, editor):
    (first,) = write(crm, lead, State.DEAD, event="lead.captured")
    (second,) = write(hook, lead, State.DEAD, event="lead.captured")

    def states():
        rows = Delivery.objects.in_bulk([first.pk, second.pk])
        return rows[first.pk].state, rows[second.pk].state

    response = editor.post(f"{LIST}{first.pk}/do/send_here_again/")
    assert response.url == f"/admin/leads/lead/{lead.pk}/change/#went"
    assert states() == ("pending", "dead")
    response = editor.post(f"{LIST}{second.pk}/do/send_one_again/", {"from": "lead"})
    assert response.url == f"/admin/leads/lead/{lead.pk}/change/#went"
    assert states() == ("pending", "pending")
    Delivery.objects.update(state=State.DEAD)
    page = editor.post(f"{LIST}{first.pk}/do/send_all_again/", follow=True).content.decode()
    assert "2 queued: they are sent in a moment." in page
    assert states() == ("pending", "pending")


def test_a_viewer_reads_where_it_went_and_sends_nothing(cast, acme, lead, hook):
    (delivery,) = write(hook, lead, State.DEAD, event="lead.captured")
    viewer = cast.client_of("viewer", acme)
    assert "Send again</button>" not in went(viewer, lead)
    for name in ("send_one_again", "send_here_again", "send_all_again"):
        assert viewer.post(f"{LIST}{delivery.pk}/do/{name}/").status_code == 403
    assert Delivery.objects.get().state == State.DEAD


def test_the_section_takes_the_same_queries_for_more_deliveries(lead, crm, hook, editor):
    write(crm, lead, State.DEAD, event="lead.captured")
    counts = []
    for _round in range(2):
        went(editor, lead)
        with CaptureQueriesContext(database) as captured:
            went(editor, lead)
        counts.append(len(captured))
        write(hook, lead, State.DELIVERED, count=20, event="lead.updated")
    assert counts[0] == counts[1]


# --- the list


def shown(client, query) -> list[str]:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return sorted(response.context["cl"].result_list.values_list("event_id", flat=True))


def test_the_list_is_asked_which_connection_what_and_when(acme, rival, lead, crm, hook, editor):
    write(crm, lead, State.DEAD, event="lead.captured")  # event_0
    write(hook, lead, State.SUPERSEDED, event="lead.updated")
    write(hook, lead, State.DELIVERED, event="lead.captured", created_at=timezone.now() - timedelta(days=9))
    theirs = make_connection(rival)
    write(theirs, None, State.DEAD)

    assert shown(editor, f"connection={hook.pk}") == ["event_1", "event_2"]
    assert shown(editor, "event=lead.captured") == ["event_0", "event_2"]
    assert shown(editor, "since=7") == ["event_0", "event_1"]
    assert shown(editor, "state=done") == ["event_1", "event_2"]
    assert shown(editor, f"connection={crm.pk}&state=failed") == ["event_0"]
    assert shown(editor, f"connection={theirs.pk}") == []
    assert shown(editor, "connection=x") == ["event_0", "event_1", "event_2"]


def test_a_filter_offers_only_ones_own_connections(acme, rival, lead, hook, editor):
    make_connection(rival)
    Connection.objects.for_tenant(rival).update(name="rival hook")
    write(hook, lead, State.DEAD)
    assert "rival hook" not in page_of(editor, LIST)


def act(client, action, *, query="", **data):
    return client.post(f"{LIST}?{query}", {"action": action, **data}, follow=True).content.decode()


def test_a_whole_list_is_sent_again_across_its_pages(acme, rival, lead, hook, editor):
    rows = write(hook, lead, State.DEAD, count=60)
    write(hook, lead, State.DELIVERED, count=3)
    theirs = make_connection(rival)
    write(theirs, None, State.DEAD, count=2)

    page = act(editor, "send_again", query="state=failed", select_across="1", _selected_action=str(rows[0].pk))

    assert "Send again: 60 queued." in page
    assert Delivery.objects.for_tenant(acme).filter(state=State.PENDING).count() == 60
    assert Delivery.objects.for_tenant(rival).filter(state=State.DEAD).count() == 2


def test_a_search_is_called_off_as_it_stands(acme, lead, hook, editor):
    rows = write(hook, lead, State.PENDING, count=2)
    write(hook, None, State.PENDING)
    page = act(editor, "cancel", query="q=person", select_across="1", _selected_action=str(rows[0].pk))
    assert "2 deliveries cancelled." in page
    assert Delivery.objects.filter(state=State.PENDING).count() == 1


def test_many_are_queued_with_the_same_queries_as_few(acme, lead, hook, editor):
    rows = write(hook, lead, State.DEAD, count=2)
    data = {"action": "send_again", "select_across": "1", "_selected_action": str(rows[0].pk)}
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(database) as captured:
            editor.post(f"{LIST}?state=failed", data)
        counts.append(len(captured))
        Delivery.objects.all().delete()
        rows = write(hook, lead, State.DEAD, count=80)
        data["_selected_action"] = str(rows[0].pk)
    assert counts[0] == counts[1]
    assert Delivery.objects.filter(state=State.DEAD).count() == 80
    assert Lead.objects.count() == 1
