"""Every task and webhook of two tenants side by side: work for Acme touches nothing of Rival's."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from caty.celery import app
from caty.tests.admin_cast import make_mail, make_staff
from leads.contracts import LetterLine, StaffCall, VisitorLetter
from leads.models import Delivery, Lead, MailChoice, StaffMail, VisitorMail
from leads.services import call_colleagues, connect, mail_visitor, promise_callback, start_earlier
from leads.tests.receiver import receiving
from tenants import budget, knowledge
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import KnowledgeIndex, Membership, Passage, Source, Tenant
from tenants.services import start_job
from widget.contracts import PageMetrics
from widget.models import Answer, Message, ProactiveText, UnansweredQuestion
from widget.tests.conftest import VisitorAt
from widget.tests.scripted_model import answer

EVERYTHING = (
    "lead.captured",
    "lead.updated",
    "conversation.started",
    "conversation.ended",
    "message.received",
    "handoff.requested",
)
# Tasks for one tenant's row, and what they are given.
FOR_ONE = {
    "leads.deliver": lambda one: {"delivery_id": str(one.deliveries.earliest("pk").pk)},
    "leads.deliver_next": lambda one: {"connection_id": one.connections.get().pk},
    "leads.mail_staff": lambda one: {"mail_id": str(one.staff_mails.get(kind="hot").pk)},
    "leads.mail_visitor": lambda one: {"mail_id": str(one.visitor_mails.get().pk)},
    "leads.send_earlier": lambda one: {"connection_id": one.connections.get().pk},
    "tenants.run_job": lambda one: {"job_id": one.jobs.get().pk},
    "tenants.encode_knowledge": lambda one: {"tenant_id": one.pk},
    "tenants.rebuild_knowledge": lambda one: {"tenant_id": one.pk},
    "widget.answer_again": lambda one: {"answer_id": Answer.objects.get(session__tenant=one, state="running").pk},
    "widget.sort_tenant_questions": lambda one: {"tenant_id": one.pk},
    "widget.write_tenant_texts": lambda one: {"tenant_id": one.pk},
    "widget.write_week": lambda one: {"tenant_id": one.pk},
    "widget.write_tenant_variants": lambda one: {"tenant_id": one.pk},
}
# Sweeps look at everybody's rows and do or hint each tenant's work by itself.
FOR_ALL = {
    "leads.deliver_due",
    "leads.mail_staff_due",
    "leads.mail_visitors_due",
    "leads.watch_promises",
    "leads.warn_of_budgets",
    "leads.forget_old_deliveries",
    "leads.send_earlier_due",
    "widget.mail_unread_replies",
    "tenants.encode_stale_knowledge",
    "tenants.rebuild_stale_knowledge",
    "tenants.release_stale_reservations",
    "tenants.read_due_sources",
    "tenants.resume_jobs",
    "widget.answer_unanswered",
    "widget.count_helping",
    "widget.end_idle_sessions",
    "widget.forget_repeatable_answers",
    "widget.prepare_event_partitions",
    "widget.forget_old_visits",
    "widget.forget_unsent_attachments",
    "widget.sort_questions",
    "widget.watch_conversations",
    "widget.write_proactive_texts",
    "widget.write_weeks",
    "widget.write_variants",
}
# Work for accounts, which no tenant owns.
FOR_STAFF = {"caty.mail_password_links"}
# What no tenant owns, or belongs to both.
SHARED = {"tenants.Spending"}


@contextmanager
def told(tenant, settings):
    """The tenant's own webhook receiver."""
    with receiving() as server:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, f"127.0.0.1:{server.port}"]
        connect(tenant=tenant, kind="webhook", settings={"url": f"http://127.0.0.1:{server.port}/"}, events=EVERYTHING)
        yield server


@pytest.fixture
def two(acme, rival, settings, scripted):
    """Both tenants with the same of everything: an article, a lead, visits, an answer whose process died."""
    scripted(answer(content="Hello"))
    settings.SEMANTIC_ENCODER = "tenants.tests.scripted_encoder.find_encoder"
    with told(acme, settings) as at_acme, told(rival, settings) as at_rival:
        acme.told, rival.told = at_acme, at_rival
        for tenant in (acme, rival):
            furnish(tenant)
        yield acme, rival


def furnish(tenant):
    """One of everything, as this tenant's visitors and staff make it."""
    now = timezone.now() - timedelta(minutes=5)
    save_article(tenant, ArticleText(title="Where are you?", body=f"In the town of {tenant.name}.", url=""))
    for number in range(3):
        visitor = VisitorAt(tenant, now=now, url=f"https://{tenant.slug}.example/")
        visitor.track(metrics=PageMetrics(page_url=f"https://{tenant.slug}.example/", page_view_id=str(number)))
    visitor.say(f"I am jane@{tenant.slug}.example", now=now)
    dead = visitor.session.answers.get()
    Message.objects.filter(pk=dead.message_id).delete()
    Answer.objects.create(
        question=visitor.session.messages.get(role="visitor"),
        session=visitor.session,
        state=Answer.State.RUNNING,
        attempts=1,
        lease_until=now + timedelta(seconds=30),
        created_at=now,
    )
    asked = {"text": f"Do you sell {tenant.name} bees?", "first_asked_at": now, "last_asked_at": now}
    for number in range(2):
        UnansweredQuestion.objects.create(tenant=tenant, fingerprint=str(number), **asked)
    budget.reserve(tenant=tenant, ceiling_microusd=10, now=now)
    member = Membership.objects.get(tenant=tenant, user=make_staff(tenant, "owner"))
    make_mail(member, Lead.objects.get(tenant=tenant), tenant.slug)
    StaffMail.objects.filter(tenant=tenant).update(state=StaffMail.State.PENDING)
    be_called(tenant, visitor, now)
    want_the_week(tenant, now)
    start_earlier(tenant.connections.get().pk, tenant=tenant, since=now)
    Source.objects.create(tenant=tenant, kind="page", address=f"https://{tenant.slug}.example/", due_at=now)
    asked = {"query": "", "format": "csv"}
    owner = make_staff(tenant, "owner")
    start_job("leads.export", tenant=tenant, user_id=owner.pk, settings=asked, now=now, file_name="leads.csv")


def be_called(tenant, visitor, now):
    """A visitor who waits, one to whom something was promised, and one who is written to."""
    reference = visitor.session.reference
    call = StaffCall(
        kind="waiting",
        conversation_reference=reference,
        conversation_url=f"https://caty.example/{tenant.slug}",
        about=reference,
        words=f"I am at {tenant.slug}.example",
    )
    call_colleagues(call, tenant_id=tenant.pk, now=now)
    lead = Lead.objects.get(tenant=tenant)
    promise_callback(lead.pk, tenant_id=tenant.pk, due_at=now, conversation_reference=reference, now=now)
    line = LetterLine(who=tenant.name, text=f"We are at {tenant.slug}.example", at=now)
    letter = VisitorLetter(
        kind="replies",
        to=f"jane@{tenant.slug}.example",
        language="en",
        about=reference,
        business=tenant.name,
        lines=(line,),
        conversation_reference=reference,
    )
    mail_visitor(letter, tenant_id=tenant.pk, now=now)


def want_the_week(tenant, now):
    """Its owner gets the weekly mail, and there is a question for it to tell."""
    MailChoice.objects.filter(tenant=tenant).update(weekly_from=now - timedelta(days=9))
    UnansweredQuestion.objects.create(
        tenant=tenant, fingerprint="f", text=f"{tenant.slug}.example?", times=1, first_asked_at=now, last_asked_at=now
    )


def rows_of(tenant) -> dict:
    """Every row with a tenant of its own or of its session, as the database has it."""
    found = {}
    for model in apps.get_models():
        columns = {field.name for field in model._meta.fields}
        if model._meta.app_label not in ("tenants", "leads", "widget") or model._meta.label in SHARED:
            continue
        if "tenant" in columns:
            rows = model.objects.filter(tenant_id=tenant.pk)
        elif "job" in columns:
            rows = model.objects.filter(job__tenant_id=tenant.pk)
        elif "session" in columns:
            rows = model.objects.filter(session__tenant_id=tenant.pk)
        else:
            continue
        found[model._meta.label] = [
            {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            for row in rows.order_by("pk").values()
        ]
    return found


@pytest.fixture(autouse=True)
def _known_tasks():
    app.loader.import_default_modules()


def test_every_task_is_in_the_matrix():
    assert {name for name in app.tasks if not name.startswith("celery.")} == set(FOR_ONE) | FOR_ALL | FOR_STAFF


@pytest.mark.parametrize("name", sorted(FOR_ONE))
def test_work_for_acme_changes_nothing_of_rivals(two, name):
    acme, rival = two
    ours, theirs = rows_of(acme), rows_of(rival)

    app.tasks[name](**FOR_ONE[name](acme))

    assert rows_of(rival) == theirs
    assert rival.told.received == []
    assert rows_of(acme) != ours


def test_webhooks_reach_their_own_tenant_alone(two):
    for tenant in two:
        for pk in Delivery.objects.for_tenant(tenant).order_by("pk").values_list("pk", flat=True):
            app.tasks["leads.deliver"](delivery_id=str(pk))

    for tenant, other in (two, two[::-1]):
        bodies = [request.body for request in tenant.told.received]
        assert {json.loads(body)["widget_id"] for body in bodies} == {tenant.widget_id}
        assert {json.loads(body)["event"] for body in bodies} >= {"lead.captured", "message.received"}
        assert other.slug.encode() not in b"".join(bodies).lower()


def test_mails_to_colleagues_tell_of_their_own_tenant_alone(two, mailoutbox):
    """Both tenants' mails of every kind, their receivers colleagues at both or at one."""
    acme, rival = two
    both = Membership.objects.get(tenant=acme)
    Membership.objects.create(tenant=rival, user=both.user, role="owner")
    yesterday = timezone.now() - timedelta(days=1)
    for membership in Membership.objects.all():
        choice = {"tenant": membership.tenant, "hot_leads": True, "pauses": True, "digest_from": yesterday}
        choice["weekly_from"] = yesterday - timedelta(days=9)
        MailChoice.objects.update_or_create(membership=membership, defaults=choice)
    Lead.objects.update(captured_at=yesterday)
    Tenant.objects.update(monthly_budget_microusd=12)

    app.tasks["leads.mail_staff_due"]()
    app.tasks["leads.watch_promises"]()
    app.tasks["leads.warn_of_budgets"]()
    for tenant in two:
        app.tasks["widget.write_week"](tenant_id=tenant.pk)
    for pk in StaffMail.objects.values_list("pk", flat=True):
        app.tasks["leads.mail_staff"](mail_id=str(pk))

    for tenant, other in (two, two[::-1]):
        about = [letter for letter in mailoutbox if letter.subject.endswith(tenant.name)]
        sent = StaffMail.objects.filter(tenant=tenant, state=StaffMail.State.SENT)
        assert set(sent.values_list("kind", flat=True)) >= {"hot", "weekly", "budget", "handoff", "promise"}
        assert {letter.to[0] for letter in about} <= set(tenant.memberships.values_list("user__email", flat=True))
        pages = [page for letter in about for page, _ in getattr(letter, "alternatives", ())]
        assert pages
        told = "".join([letter.subject + letter.body for letter in about] + pages)
        assert other.slug not in told.lower()


def test_mails_to_visitors_tell_of_their_own_tenant_alone(two, mailoutbox):
    for pk in VisitorMail.objects.values_list("pk", flat=True):
        app.tasks["leads.mail_visitor"](mail_id=str(pk))

    for tenant, other in (two, two[::-1]):
        (letter,) = [one for one in mailoutbox if one.to == [f"jane@{tenant.slug}.example"]]
        told = letter.subject + letter.body + letter.alternatives[0].content + letter.from_email
        assert f"We are at {tenant.slug}.example" in told
        assert other.slug not in told.lower()


def test_knowledge_and_written_texts_stay_at_home(two):
    for tenant in two:
        app.tasks["tenants.rebuild_knowledge"](tenant_id=tenant.pk)
        app.tasks["widget.write_tenant_texts"](tenant_id=tenant.pk)

    for tenant, other in (two, two[::-1]):
        found = knowledge.search(tenant, f"Where are you? In {other.name}?")
        assert [passage.body for passage in found.passages] == [f"In the town of {tenant.name}."]
        assert Passage.objects.for_tenant(tenant).count() == KnowledgeIndex.objects.for_tenant(tenant).count() == 1
        addresses = ProactiveText.objects.for_tenant(tenant).values_list("page_url", flat=True)
        assert set(addresses) <= {f"https://{tenant.slug}.example/"}


def test_questions_are_grouped_with_those_of_their_own_tenant_alone(two):
    for tenant in two:
        app.tasks["widget.sort_tenant_questions"](tenant_id=tenant.pk)

    for tenant in two:
        groups = UnansweredQuestion.objects.for_tenant(tenant).values_list("group__tenant", flat=True)
        assert set(groups) == {tenant.pk}


def test_sweeps_leave_each_tenants_rows_its_own(two):
    for name in sorted(FOR_ALL):
        app.tasks[name]()

    for tenant, other in (two, two[::-1]):
        assert f"{other.slug}.example" not in str(rows_of(tenant))
