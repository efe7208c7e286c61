"""What leads were promised, as staff meet it on their pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leads import services
from leads.models import CallbackPromise, Lead

HOUR = timedelta(hours=1)


@pytest.fixture
def lead(cast, acme):
    return cast.make_conversation(acme, "acme").lead


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


def promise(lead, *, due_in):
    now = timezone.now()
    services.promise_callback(
        lead.pk,
        tenant_id=lead.tenant_id,
        due_at=now + due_in,
        conversation_reference=lead.conversation_reference,
        now=now,
    )


def page_of(client, lead) -> str:
    return client.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode()


def listed(client, query) -> bool:
    seen = client.get(f"/admin/leads/lead/?{query}").content.decode()
    return "acme person" in seen


@pytest.mark.parametrize(
    ("due_in", "words"), [(HOUR, "They were promised to hear from you by"), (-HOUR, "They were to hear from you by")]
)
def test_a_leads_page_says_what_was_promised_until_it_is_kept(lead, editor, due_in, words):
    assert words not in page_of(editor, lead)
    promise(lead, due_in=due_in)
    seen = page_of(editor, lead)
    assert words in seen
    assert "We have got back to them" in seen

    response = editor.post(f"/admin/leads/lead/{lead.pk}/do/got_back/", follow=True)

    assert "what they were promised is kept" in response.content.decode()
    assert CallbackPromise.objects.get().kept_at is not None
    seen = page_of(editor, lead)
    assert words not in seen
    assert "We have got back to them" not in seen
    assert "Promised to get back" in seen  # it stays to be read


def test_who_only_looks_keeps_nothing(lead, cast, acme):
    promise(lead, due_in=HOUR)
    viewer = cast.client_of("viewer", acme)
    assert viewer.post(f"/admin/leads/lead/{lead.pk}/do/got_back/").status_code == 403
    assert "We have got back to them" not in page_of(viewer, lead)
    assert CallbackPromise.objects.get().kept_at is None


def test_the_list_is_asked_for_those_who_wait_and_those_who_have_waited_too_long(lead, editor):
    assert not listed(editor, "promised=open")
    promise(lead, due_in=HOUR)
    assert (listed(editor, "promised=open"), listed(editor, "promised=overdue")) == (True, False)
    CallbackPromise.objects.update(due_at=timezone.now() - HOUR)
    assert (listed(editor, "promised=open"), listed(editor, "promised=overdue")) == (True, True)
    services.keep_lead_promises(lead.pk, tenant=lead.tenant, now=timezone.now())
    assert (listed(editor, "promised=open"), listed(editor, "promised=overdue")) == (False, False)


def test_a_status_moved_on_in_the_form_keeps_it(lead, editor):
    promise(lead, due_in=HOUR)
    data = {name: getattr(lead, name) for name in ("name", "email", "company", "notes")}
    editor.post(f"/admin/leads/lead/{lead.pk}/change/", {**data, "status": "contacted", "custom_fields": "size: acme"})
    assert Lead.objects.get().status == "contacted"
    assert CallbackPromise.objects.get().kept_at is not None
