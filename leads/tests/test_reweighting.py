"""Other score weights: looked at without a trace, then applied to the past."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leads import scoring, services
from leads.contracts import ScoreFact
from leads.models import Delivery, Lead, ScoreEntry
from leads.services import reweighting
from leads.tests.conftest import NOON, WEIGHTS, capture, events_of, make_connection, said
from tenants import jobs as job_kinds
from tenants.config import load_config
from tenants.contracts import ScoreWeights
from tenants.models import Job, Tenant

EMAIL_IS_HOT = ScoreWeights(gave_email=70)
NOTHING = ScoreWeights(**dict.fromkeys(vars(WEIGHTS), 0))


def record(tenant, rule, conversation, *, weights=WEIGHTS, now=NOON):
    services.record_score(
        tenant=tenant,
        weights=weights,
        conversation_reference=conversation,
        facts=[ScoreFact(rule=rule, reason=f"because of {rule}")],
        now=now,
    )


def make_leads(tenant, count, *, now=NOON):
    for number in range(count):
        capture(tenant, said(f"conv_{number:04}", email=f"ann{number}@{tenant.slug}.example"), now=now)


def preview(tenant, weights, now=NOON):
    return services.preview_weights(tenant=tenant, weights=weights, now=now)


def apply(tenant, weights, *, is_told=False, now=NOON, user_id=None) -> Job:
    """Press the button, and wait until it has ended."""
    pk = services.apply_weights(tenant=tenant, weights=weights, is_told=is_told, user_id=user_id, now=now)
    return finish(Job.objects.get(pk=pk))


def finish(job) -> Job:
    while job.is_open:
        job_kinds.run_slice(job.pk, now=max(job.due_at, NOON), seconds=0)
        job.refresh_from_db()
    return job


def scores_of(tenant) -> list[tuple[int, str]]:
    return list(Lead.objects.for_tenant(tenant).order_by("pk").values_list("score", "band"))


def test_points_are_reweighed_by_their_rules():
    entries = [("gave_email", 20), ("gave_phone", 25), ("has_nice_hat", 7)]
    assert scoring.reweighed(entries, ScoreWeights(gave_email=3, gave_phone=0)) == [
        ("gave_email", 3),
        ("gave_phone", 0),
        ("has_nice_hat", 7),
    ]


def test_a_preview_says_how_leads_would_move_and_writes_nothing(acme):
    make_leads(acme, 3)
    record(acme, "purchase_intent", "conv_0001")  # 50
    before = list(ScoreEntry.objects.values())

    shown = preview(acme, ScoreWeights(gave_email=10, purchase_intent=60))

    assert (shown.before, shown.after) == ({"cold": 2, "warm": 1}, {"cold": 2, "hot": 1})
    move = shown.moves[0]
    assert (shown.moved, len(shown.moves), move.name) == (1, 1, "ann1@acme.example")
    assert (move.score_before, move.score_after, move.band_before, move.band_after) == (50, 70, "warm", "hot")
    assert list(ScoreEntry.objects.values()) == before
    assert scores_of(acme) == [(20, "cold"), (50, "warm"), (20, "cold")]


def test_a_preview_shows_those_who_move_furthest_and_no_more_than_fifty(acme):
    make_leads(acme, 53)
    record(acme, "purchase_intent", "conv_0007")

    shown = preview(acme, ScoreWeights(gave_email=45, purchase_intent=50))

    assert (shown.moved, len(shown.moves)) == (53, 50)
    assert [move.score_after - move.score_before for move in shown.moves] == [45] + [25] * 49
    assert shown.moves[0].name == "ann7@acme.example"


def test_a_preview_looks_at_ninety_days(acme):
    make_leads(acme, 1, now=NOON - timedelta(days=90, seconds=1))
    capture(acme, said("conv_new", email="new@acme.example"), now=NOON - timedelta(days=90))
    assert preview(acme, EMAIL_IS_HOT).after == {"hot": 1}


def test_a_preview_counts_a_rule_once_over_a_leads_conversations(acme):
    for conversation in ("conv_1", "conv_2"):
        capture(acme, said(conversation, email="ann@acme.example"))
    assert preview(acme, ScoreWeights(gave_email=35)).after == {"cold": 1}


def test_a_preview_of_ones_own_weights_moves_nobody(acme):
    make_leads(acme, 2)
    shown = preview(acme, WEIGHTS)
    assert (shown.before, shown.moved, shown.moves) == (shown.after, 0, ())


def test_a_preview_takes_the_same_queries_for_more_leads(acme, django_assert_num_queries):
    for count in (1, 40):
        make_leads(acme, count)
        with django_assert_num_queries(2):
            preview(acme, EMAIL_IS_HOT)


def test_a_preview_is_of_one_tenant(acme, rival):
    make_leads(rival, 2)
    assert preview(acme, EMAIL_IS_HOT).after == {}


def test_weights_are_applied_to_the_ledger_and_to_leads(acme):
    make_leads(acme, 30)
    record(acme, "several_pages", "conv_of_nobody")
    reasons = list(ScoreEntry.objects.order_by("pk").values_list("reason", "created_at", "rule", "lead"))

    job = apply(acme, ScoreWeights(gave_email=70, several_pages=1))

    assert set(scores_of(acme)) == {(70, "hot")}
    assert set(ScoreEntry.objects.values_list("rule", "points")) == {("gave_email", 70), ("several_pages", 1)}
    assert list(ScoreEntry.objects.order_by("pk").values_list("reason", "created_at", "rule", "lead")) == reasons
    assert (job.state, job.done, job.total) == ("done", 31, 31)
    assert job.message == "30 leads score otherwise now; 30 have another temperature."
    assert services.session_score(tenant=acme, conversation_reference="conv_0003") == 70


def test_new_leads_are_scored_by_the_new_weights_at_once(acme):
    services.apply_weights(tenant=acme, weights=EMAIL_IS_HOT, is_told=False, user_id=None, now=NOON)
    assert load_config(Tenant.objects.get(pk=acme.pk)).score_weights == EMAIL_IS_HOT


def test_the_past_waits_until_the_old_weights_are_forgotten_everywhere(acme):
    make_leads(acme, 1)
    pk = services.apply_weights(tenant=acme, weights=EMAIL_IS_HOT, is_told=False, user_id=None, now=NOON)
    assert job_kinds.run_slice(pk, now=NOON + timedelta(seconds=59)) is None
    assert job_kinds.run_slice(pk, now=NOON + timedelta(seconds=60)) == "done"


def test_a_rule_worth_nothing_no_longer_counts_and_is_not_shown_as_a_reason(acme):
    make_leads(acme, 1)
    apply(acme, NOTHING)
    assert scores_of(acme) == [(0, "cold")]
    assert services.score_reasons(Lead.objects.get()) == []
    assert ScoreEntry.objects.get().points == 0

    apply(acme, WEIGHTS)
    assert scores_of(acme) == [(20, "cold")]


def test_nobody_is_told_unless_asked(acme):
    make_connection(acme)
    make_leads(acme, 1)
    apply(acme, EMAIL_IS_HOT)
    assert events_of(acme) == [("lead.captured", "pending")]


def test_those_who_asked_hear_of_leads_whose_temperature_changed(acme):
    make_connection(acme)
    make_leads(acme, 2)
    record(acme, "purchase_intent", "conv_0001")  # announces warm
    Delivery.objects.all().delete()

    apply(acme, ScoreWeights(gave_email=40, purchase_intent=1), is_told=True)

    assert scores_of(acme) == [(40, "warm"), (41, "warm")]
    delivery = Delivery.objects.get()
    assert (delivery.event, delivery.lead.email) == ("lead.updated", "ann0@acme.example")
    assert '"changed":["band"]' in delivery.payload


def test_a_lead_of_several_conversations_moves_once(acme, monkeypatch):
    monkeypatch.setattr(reweighting, "BATCH", 1)
    make_connection(acme)
    capture(acme, said("conv_1", email="ann@acme.example"))
    capture(acme, said("conv_2", email="ann@acme.example", phone="202-555-0143"))
    Delivery.objects.all().delete()

    job = apply(acme, ScoreWeights(gave_email=10, gave_phone=70), is_told=True)

    assert scores_of(acme) == [(80, "hot")]
    assert events_of(acme) == [("lead.updated", "pending")]
    assert job.message == "1 lead scores otherwise now; 1 has another temperature."


def test_a_batch_that_runs_twice_tells_once(acme):
    make_connection(acme)
    make_leads(acme, 1)
    again = {"tenant": acme, "weights": EMAIL_IS_HOT, "is_told": True, "now": NOON}
    assert reweighting.rewrite(["conv_0000"], **again) == (1, 1)
    assert reweighting.rewrite(["conv_0000"], **again) == (0, 0)
    assert events_of(acme) == [("lead.captured", "pending"), ("lead.updated", "pending")]


def test_newer_weights_take_the_place_of_those_still_being_applied(acme):
    make_leads(acme, 1)
    first = services.apply_weights(tenant=acme, weights=NOTHING, is_told=False, user_id=None, now=NOON)
    apply(acme, EMAIL_IS_HOT)
    assert Job.objects.get(pk=first).state == "cancelled"
    assert scores_of(acme) == [(70, "hot")]


def test_another_tenants_ledger_stays_as_it_is(acme, rival):
    for tenant in (acme, rival):
        make_leads(tenant, 2)
    apply(acme, EMAIL_IS_HOT)
    assert set(scores_of(acme)) == {(70, "hot")}
    assert set(scores_of(rival)) == {(20, "cold")}
    assert set(ScoreEntry.objects.for_tenant(rival).values_list("points", flat=True)) == {20}
    assert Tenant.objects.get(pk=rival.pk).score_email == 20


def test_a_batch_takes_the_same_queries_for_more_conversations(acme, django_assert_num_queries):
    make_leads(acme, 20)
    for count, weights in ((1, EMAIL_IS_HOT), (20, NOTHING)):
        references = [f"conv_{number:04}" for number in range(count)]
        with django_assert_num_queries(8):
            reweighting.rewrite(references, tenant=acme, weights=weights, is_told=False, now=NOON)


URL = "/admin/weights/{}/"
ASKED = {**vars(WEIGHTS), "gave_email": 70}


@pytest.fixture
def url(acme):
    return URL.format(acme.pk)


@pytest.fixture
def owner(cast, acme):
    return cast.client_of("owner", acme)


def test_the_scores_tab_leads_to_the_preview(cast, acme, url):
    page = f"/admin/tenants/tenant/{acme.pk}/change/"
    assert url in cast.client_of("owner", acme).get(page).content.decode()
    assert url not in cast.client_of("editor", acme).get(page).content.decode()


def test_an_owner_sees_what_would_change_before_anything_is_saved(acme, owner, url):
    capture(acme, said(email="ann@acme.example"), now=timezone.now())
    assert "Use these weights" not in owner.get(url).content.decode()
    page = owner.get(url, ASKED).content.decode()
    for words in ("1 lead would change its temperature", "ann@acme.example", "Cold 20", "Hot 70"):
        assert words in page
    assert Tenant.objects.get(pk=acme.pk).score_email == 20
    assert not Job.objects.exists()


def test_weights_out_of_bounds_are_refused(acme, owner, url):
    page = owner.get(url, {**ASKED, "gave_email": 101})
    assert "gave_email" in page.context["form"].errors
    assert owner.post(url, {**ASKED, "gave_email": -1, "past": "1"}).status_code == 302
    assert (Tenant.objects.get(pk=acme.pk).score_email, Job.objects.count()) == (20, 0)


def test_saving_for_new_leads_alone_leaves_the_past(acme, owner, url):
    owner.post(url, ASKED)
    fresh = Tenant.objects.get(pk=acme.pk)
    assert (fresh.score_email, fresh.config_version) == (70, acme.config_version + 1)
    assert not Job.objects.exists()


def test_applying_to_the_past_leads_to_its_progress(acme, owner, url):
    response = owner.post(url, {**ASKED, "past": "1", "is_told": "on"})
    job = Job.objects.get()
    assert response.url == f"/admin/tenants/job/{job.pk}/change/"
    assert job.settings == {"weights": ASKED, "is_told": True}
    assert "Begins in a minute" in owner.get(response.url).content.decode()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_change_weights(cast, acme, url, role):
    client = cast.client_of(role, acme)
    assert client.get(url).status_code == 403
    assert client.post(url, {**ASKED, "past": "1"}).status_code == 403
    assert (Tenant.objects.get(pk=acme.pk).score_email, Job.objects.count()) == (20, 0)
