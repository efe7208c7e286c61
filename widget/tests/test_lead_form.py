from datetime import timedelta

import pytest

from caty.lib.errors import CatyError
from caty.lib.throttling import RateLimited
from leads.models import Lead
from tenants import services as tenant_services
from tenants.models import Behavior, TextOverride
from widget import services
from widget.contracts import Caller, LeadForm
from widget.models import IdempotencyRecord, Session
from widget.tests.conftest import CALLER, NOW, VisitorAt

JANE = LeadForm(name="Jane Roe", email="jane@example.com", company="Example Ltd", custom_fields={"size": 3})


def submit(visitor, form=JANE, key="", caller=CALLER):
    return services.submit_lead(
        tenant=visitor.tenant,
        config=visitor.config,
        session_id=visitor.session_id,
        form=form,
        idempotency_key=key,
        caller=caller,
        now=visitor.now,
    )


def test_form_becomes_a_lead_of_this_conversation(visitor):
    answer = submit(visitor)

    lead = Lead.objects.get()
    assert (answer.lead_id, answer.message) == (lead.public_id, "Thanks! Someone will be in touch soon.")
    assert (lead.name, lead.email, lead.company, lead.custom_fields) == (
        "Jane Roe",
        "jane@example.com",
        "Example Ltd",
        {"size": 3},
    )
    assert visitor.session.lead == lead
    assert visitor.session.lead_score == 20


def test_repeat_under_a_key_gets_the_first_answer(visitor):
    first = submit(visitor, key="k-1")

    assert submit(visitor, key="k-1") == first
    assert IdempotencyRecord.objects.count() == 1


def test_keys_are_forgotten_with_their_conversation(acme):
    visitors = [VisitorAt(acme) for _ in range(3)]
    for visitor in visitors:
        submit(visitor, key="k-1")
    visitors[0].say("Hello")
    services.end_session(tenant=acme, session_id=visitors[2].session_id, now=NOW)
    assert IdempotencyRecord.objects.count() == 2

    services.end_idle_sessions(now=NOW + timedelta(minutes=31))

    assert IdempotencyRecord.objects.count() == 0


def test_another_body_under_the_key_is_a_conflict(visitor):
    submit(visitor, key="k-1")

    with pytest.raises(services.IdempotencyConflict):
        submit(visitor, LeadForm(email="other@example.com"), key="k-1")

    assert Lead.objects.count() == 1


def test_a_form_without_address_and_number_is_refused(visitor):
    with pytest.raises(CatyError) as refused:
        submit(visitor, LeadForm(name="Jane"))

    assert refused.value.code == "VALIDATION_ERROR"
    assert Lead.objects.count() == 0


def test_consent_must_be_given_where_the_tenant_asks_for_it(visitor, acme):
    acme.behavior.consent_text = "I agree to be contacted."
    acme.behavior.save()
    acme.config_version += 1
    acme.save()

    with pytest.raises(services.ConsentMissing):
        submit(visitor)
    assert Lead.objects.count() == 0

    submit(visitor, LeadForm(email="jane@example.com", consent=True))
    assert Lead.objects.get().consent_text == "I agree to be contacted."


def test_what_is_kept_as_agreed_to_is_what_the_visitor_read(acme):
    Behavior.objects.filter(tenant=acme).update(consent_text="You may write to me.", consent_version=7)
    TextOverride.objects.create(tenant=acme, language="de", key="consent_text", text="Sie dürfen mir schreiben.")
    tenant_services.bump_config(acme)
    visitor = VisitorAt(acme)
    Session.objects.update(language="de")

    submit(visitor, LeadForm(email="jane@example.com", consent=True))

    lead = Lead.objects.get()
    assert (lead.consent_text, lead.consent_version, lead.consent_at) == ("Sie dürfen mir schreiben.", 7, NOW)


def test_the_first_page_of_the_visit_tells_where_the_lead_is_from(acme):
    visitor = VisitorAt(acme, url="https://acme.example/offer?utm_source=news&gclid=abc")

    submit(visitor)

    lead = Lead.objects.get()
    assert (lead.first_page_url, lead.utm_source, lead.ad_network, lead.referrer) == (
        "https://acme.example/offer",
        "news",
        "google",
        "https://search.example/",
    )


def test_leads_an_hour_are_limited_and_a_repeat_is_free(visitor, acme):
    acme.leads_per_hour = 1
    acme.config_version += 1
    acme.save()
    first = submit(visitor, key="k-1")

    with pytest.raises(RateLimited):
        submit(visitor, LeadForm(email="second@example.com"))

    assert submit(visitor, key="k-1") == first
    assert Lead.objects.count() == 1
    assert submit(visitor, LeadForm(email="third@example.com"), caller=Caller(address="198.51.100.1"))


def test_a_stranger_naming_the_address_changes_and_learns_nothing(visitor, acme):
    submit(visitor)
    stranger = VisitorAt(acme)

    answer = submit(stranger, LeadForm(name="Not Jane", email="JANE@example.com", phone="+12025550123"))

    lead = Lead.objects.get()
    assert (lead.name, lead.company) == ("Jane Roe", "Example Ltd")
    assert set(vars(answer)) == {"lead_id", "message"}
    assert answer.message == "Thanks! Someone will be in touch soon."
    assert "Not Jane" in lead.claims.values_list("value", flat=True)


def test_rivals_session_captures_nothing(visitor, rival):
    at_rival = VisitorAt(rival)
    at_rival.tenant = visitor.tenant

    with pytest.raises(services.SessionNotFound):
        submit(at_rival)

    assert Lead.objects.count() == 0
    assert NOW
