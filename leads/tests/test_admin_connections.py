"""A connection's page: how it goes, its mapping, what would be sent, and its two pages for sending again."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Connection, Delivery, FieldMapping, Lead, RemoteLead
from leads.services import map_by_default
from leads.tests import fake_crm
from leads.tests.conftest import make_connection

State = Delivery.State
NAME = "/admin/leads/connection/"


@pytest.fixture
def lead(cast, acme):
    return cast.make_conversation(acme, "acme").lead


@pytest.fixture
def owner(cast, acme):
    return cast.client_of("owner", acme)


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


def make_crm(tenant, monkeypatch) -> Connection:
    fake_crm.install(monkeypatch)
    events = ["lead.captured", "lead.updated", "lead.note"]
    connection = make_connection(tenant, kind="fake", settings={}, events=events)
    map_by_default(connection)
    return connection


@pytest.fixture
def crm(acme, monkeypatch):
    return make_crm(acme, monkeypatch)


def url_of(connection, page="change") -> str:
    return f"{NAME}{connection.pk}/{page}/"


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def mapping_of(connection) -> list[tuple[str, str, bool]]:
    rows = FieldMapping.objects.filter(connection=connection).order_by("pk")
    return list(rows.values_list("field", "remote_field", "overwrite"))


def mapping_form(connection, *rows, initial=0) -> dict:
    """The page's form with these rows of its mapping, the first `initial` of which exist."""
    data = {"name": connection.name, "is_enabled": "on", "events": connection.events}
    data |= {"mapping-TOTAL_FORMS": len(rows), "mapping-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"mapping-{number}-connection": connection.pk}
        data |= {f"mapping-{number}-{name}": value for name, value in row.items()}
    return data


def standing_rows(connection) -> list[dict]:
    rows = FieldMapping.objects.filter(connection=connection).order_by("pk")
    return [{"id": row.pk, "field": row.field, "remote_field": row.remote_field} for row in rows]


def read_fields(client, connection) -> str:
    return client.post(url_of(connection, "do/read_fields"), follow=True).content.decode()


def write(connection, lead, state, *, count=1, event="message.received", **columns) -> list[Delivery]:
    now = timezone.now()
    start = Delivery.objects.count()
    columns = {"created_at": now, "due_at": now, "queued_at": now, **columns}
    return Delivery.objects.bulk_create(
        Delivery(
            tenant=connection.tenant,
            connection=connection,
            lead=lead,
            event=event,
            event_id=f"event_{start + number}",
            payload="{}",
            state=state,
            **columns,
        )
        for number in range(count)
    )


# --- its mapping


def test_fields_are_read_and_then_chosen_from(acme, lead, crm, owner):
    assert 'name="mapping-0-remote_field"' in page_of(owner, url_of(crm))
    assert "Read fields from Fake CRM" in page_of(owner, url_of(crm))

    assert "3 fields were read" in read_fields(owner, crm)

    page = page_of(owner, url_of(crm))
    assert "Size of the firm" in page
    assert '<option value="custom:size">size</option>' in page
    crm.refresh_from_db()
    assert crm.remote_fields[0] == {"name": "company", "label": "Firm", "kind": ""}
    assert crm.remote_fields_read_at is not None


def test_fields_that_can_not_be_read_are_told_in_words(crm, owner, monkeypatch):
    monkeypatch.setattr(fake_crm.FakeCrm, "is_down", True)
    assert "It had a fault of its own" in read_fields(owner, crm)
    crm.refresh_from_db()
    assert (crm.remote_fields, crm.remote_fields_read_at) == ([], None)


def test_a_row_that_names_a_field_that_is_gone_says_so(crm, owner):
    read_fields(owner, crm)
    page = page_of(owner, url_of(crm))
    assert "caty_score (no longer there)" in page
    assert "names a field that is no longer there: caty_score" in page


def test_rows_are_added_changed_and_deleted(acme, lead, crm, owner):
    read_fields(owner, crm)
    email, company, score = standing_rows(crm)
    rows = (
        {**email, "overwrite": "on"},
        {**company, "DELETE": "on"},
        score,
        {"field": "custom:size", "remote_field": "size"},
    )
    response = owner.post(url_of(crm), mapping_form(crm, *rows, initial=3))
    assert response.status_code == 302
    assert mapping_of(crm) == [
        ("email", "email", True),
        ("score", "caty_score", False),
        ("custom:size", "size", False),
    ]
    assert FieldMapping.objects.get(field="custom:size").tenant == acme


def test_the_same_row_twice_is_told_kindly(crm, owner):
    row = {"field": "email", "remote_field": "email"}
    response = owner.post(url_of(crm), mapping_form(crm, *standing_rows(crm), row, initial=3))
    assert "This row is there twice. Delete one of the two." in response.content.decode()
    assert len(mapping_of(crm)) == 3


def test_a_detail_that_no_lead_has_is_refused(crm, owner):
    row = {"field": "password", "remote_field": "email"}
    owner.post(url_of(crm), mapping_form(crm, *standing_rows(crm), row, initial=3))
    assert len(mapping_of(crm)) == 3


def test_the_suggested_mapping_comes_back(crm, owner):
    suggested = mapping_of(crm)
    FieldMapping.objects.filter(connection=crm).update(overwrite=True)
    FieldMapping.objects.filter(connection=crm, field="company").delete()
    owner.post(url_of(crm, "do/map_anew"))
    assert mapping_of(crm) == suggested


def test_an_editor_sees_the_mapping_and_changes_nothing(crm, editor):
    before = mapping_of(crm)
    page = page_of(editor, url_of(crm))
    assert "caty_score" in page
    assert "mapping-0-remote_field" not in page
    for name in ("read_fields", "map_anew"):
        assert editor.post(url_of(crm, f"do/{name}")).status_code == 403
    editor.post(url_of(crm), mapping_form(crm, {"field": "name", "remote_field": "x"}))
    assert mapping_of(crm) == before


def test_a_webhook_has_no_mapping(cast, lead, owner):
    connection, _ = cast.make_delivery(lead, "acme")
    page = page_of(owner, url_of(connection))
    assert "mapping-TOTAL_FORMS" not in page
    assert "Read fields" not in page
    assert owner.post(url_of(connection, "do/read_fields"), follow=True).status_code == 200


def test_nobody_maps_another_tenants_connection(acme, rival, crm, cast, monkeypatch):
    theirs = make_crm(rival, monkeypatch)
    before = mapping_of(theirs)
    client = cast.client_of("owner", acme)
    row = {"field": "name", "remote_field": "rival_name"}
    client.post(url_of(theirs), mapping_form(theirs, row))
    # Their rows, smuggled into our own form.
    stolen = [{**row, "remote_field": "stolen", "DELETE": ""} for row in standing_rows(theirs)]
    client.post(url_of(crm), mapping_form(crm, *stolen, initial=3))
    for name in ("do/read_fields", "do/map_anew", "preview", "again", "earlier"):
        assert client.post(url_of(theirs, name), follow=True).status_code in (200, 404)
    assert mapping_of(theirs) == before
    assert not Connection.objects.exclude(earlier_from=None).exists()


def test_details_of_another_tenants_leads_are_not_offered(acme, rival, crm, cast, owner):
    cast.make_conversation(rival, "rival")
    Lead.objects.for_tenant(rival).update(custom_fields={"rival_secret": "1"})
    assert "rival_secret" not in page_of(owner, url_of(crm))


# --- what would be sent


def test_the_preview_shows_what_is_sent_and_what_is_left_out(lead, crm, cast, acme):
    Lead.objects.filter(pk=lead.pk).update(score=42)
    FieldMapping.objects.create(tenant=acme, connection=crm, field="phone", remote_field="phone")
    FieldMapping.objects.create(tenant=acme, connection=crm, field="name", remote_field="company")
    page = page_of(cast.client_of("viewer", acme), url_of(crm, "preview"))
    for words in (
        "person@acme.example",
        "acme ltd",
        "Only if empty",
        "Replaces what is there",
        "This lead has nothing there.",
        "“Company” is put into this field already.",
    ):
        assert words in page


def test_the_preview_leaves_out_what_is_no_longer_there(lead, crm, owner):
    read_fields(owner, crm)
    page = page_of(owner, url_of(crm, "preview"))
    assert "There is no such field any more." in page
    assert "Mail address" in page


def test_another_of_the_newest_leads_can_be_chosen_but_no_other_tenants(cast, acme, rival, lead, crm, owner):
    other = cast.make_conversation(acme, "other").lead
    theirs = cast.make_conversation(rival, "rival").lead
    assert "person@other.example" in page_of(owner, url_of(crm, "preview"))
    assert "person@acme.example" in page_of(owner, url_of(crm, f"preview/?lead={lead.public_id}").rstrip("/"))
    page = page_of(owner, url_of(crm, f"preview/?lead={theirs.public_id}").rstrip("/"))
    assert "rival" not in page
    assert other.email in page


def test_a_connection_without_leads_has_an_empty_preview(crm, owner):
    assert "There is no lead yet" in page_of(owner, url_of(crm, "preview"))


# --- how it goes


def test_the_page_says_how_it_goes(lead, crm, owner):
    Connection.objects.update(last_delivered_at=timezone.now())
    write(crm, lead, State.DELIVERED, count=3)
    write(crm, lead, State.SUPERSEDED)
    write(crm, lead, State.DEAD, count=2)
    write(crm, lead, State.DEAD, created_at=timezone.now() - timedelta(days=8))
    write(crm, lead, State.PENDING, count=2)
    page = page_of(owner, url_of(crm))
    assert "Working." in page
    assert "4 arrived, 2 did not" in page
    assert "<dd>3 <a" in page


def test_a_resting_connection_says_until_when_and_why(lead, crm, owner):
    until = timezone.now() + timedelta(minutes=10)
    Connection.objects.update(resting_until=until, failures=6, failing_since=timezone.now())
    write(crm, lead, State.PENDING, failures=2, last_error="The server does not answer.")
    page = page_of(owner, url_of(crm))
    assert "Resting until" in page
    assert "The last 6 tries failed. The server does not answer." in page
    assert "Resting until" in page_of(owner, NAME)


def test_it_takes_the_same_queries_however_much_was_sent(lead, crm, owner):
    write(crm, lead, State.DEAD)
    write(crm, lead, State.PENDING)
    counts = []
    for _round in range(2):
        owner.get(url_of(crm))
        with CaptureQueriesContext(database) as captured:
            owner.get(url_of(crm))
        counts.append(len(captured))
        write(crm, lead, State.DEAD, count=30)
        write(crm, lead, State.PENDING, count=30)
        write(crm, lead, State.DELIVERED, count=30)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("url", ["/admin/", NAME, "/admin/leads/lead/"])
def test_a_paused_destination_is_told_where_staff_look(lead, crm, cast, acme, rival, url):
    reason = "It does not accept our credentials (answer 401)."
    Connection.objects.update(state="paused", paused_reason=reason, paused_at=timezone.now())
    make_connection(rival, state="paused", paused_reason="rival reason")
    page = page_of(cast.client_of("viewer", acme), url)
    assert reason in page
    assert f'href="{url_of(crm)}"' in page
    assert "has been paused since" in page
    assert "rival reason" not in page

    Connection.objects.update(is_enabled=False)
    assert reason not in page_of(cast.client_of("viewer", acme), url)


# --- sending again


def test_the_number_is_shown_before_it_is_done(lead, crm, editor):
    write(crm, lead, State.DEAD, count=3, event="lead.updated")
    write(crm, lead, State.DELIVERED, count=2, event="lead.updated")
    page = page_of(editor, url_of(crm, "again"))
    assert "3 deliveries" in page
    assert "Given up: 3" in page
    assert Delivery.objects.filter(state=State.PENDING).count() == 0

    today = timezone.localdate().isoformat()
    query = f"?what=everything&since={today}&events=lead.updated"
    assert "5 deliveries" in page_of(editor, url_of(crm, "again") + query)


def test_what_was_counted_is_sent_again(lead, crm, editor):
    write(crm, lead, State.DEAD, count=3, event="lead.updated")
    write(crm, lead, State.DEAD, event="lead.captured")
    data = {"what": "failed", "events": ["lead.updated"]}
    page = editor.post(url_of(crm, "again"), data, follow=True).content.decode()
    assert "3 deliveries are sent again." in page
    assert Delivery.objects.get(event="lead.captured").state == State.DEAD


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"what": "everything"}, "Say from which day on"),
        ({"what": "failed", "since": "2026-02-02", "until": "2026-02-01"}, "This is before the first day."),
        ({"what": "failed", "since": "soon"}, "Enter a valid date."),
    ],
)
def test_an_unclear_wish_is_asked_about_and_nothing_is_sent(lead, crm, editor, data, words):
    write(crm, lead, State.DEAD, event="lead.updated")
    page = editor.post(url_of(crm, "again"), {**data, "events": ["lead.updated"]}).content.decode()
    assert words in page
    assert Delivery.objects.get().state == State.DEAD


def test_a_viewer_sends_nothing_again(lead, crm, cast, acme):
    write(crm, lead, State.DEAD, event="lead.updated")
    viewer = cast.client_of("viewer", acme)
    for name in ("again", "earlier"):
        assert viewer.get(url_of(crm, name)).status_code == 403
        assert viewer.post(url_of(crm, name), {"what": "failed", "events": ["lead.updated"]}).status_code == 403
    assert Delivery.objects.get().state == State.DEAD


def test_earlier_leads_are_counted_sent_and_stopped(lead, crm, owner, editor):
    assert "1 lead" in page_of(owner, url_of(crm, "earlier"))
    assert editor.get(url_of(crm, "earlier")).status_code == 403

    since = timezone.localdate() - timedelta(days=3)
    owner.post(url_of(crm, "earlier"), {"since": since.isoformat()})
    crm.refresh_from_db()
    assert timezone.localtime(crm.earlier_from).date() == since
    assert "are being sent right now" in page_of(owner, url_of(crm, "earlier"))

    owner.post(url_of(crm, "earlier"), {"stop": "yes"})
    crm.refresh_from_db()
    assert crm.earlier_from is None


def test_a_lead_that_stands_there_is_not_counted_as_earlier(acme, lead, crm, owner):
    RemoteLead.objects.create(tenant=acme, connection=crm, lead=lead, remote_id="7", updated_at=timezone.now())
    assert "It has had all of them." in page_of(owner, url_of(crm, "earlier"))


def test_a_connection_that_wants_no_leads_gets_no_earlier_ones(lead, crm, owner):
    Connection.objects.update(events=["lead.note"])
    assert "does not ask for new leads" in page_of(owner, url_of(crm, "earlier"))
    owner.post(url_of(crm, "earlier"), {"since": "2026-01-01"})
    crm.refresh_from_db()
    assert crm.earlier_from is None
