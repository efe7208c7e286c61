"""For tests of the admin: staff of a tenant, clients of theirs, and a tenant with a row on every page."""

import hashlib
from dataclasses import dataclass
from datetime import time

from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from leads.models import (
    CallbackPromise,
    Connection,
    Delivery,
    DeliveryAttempt,
    FieldMapping,
    Lead,
    LeadClaim,
    LeadConversation,
    MailChoice,
    PushSubscription,
    RemoteLead,
    ScoreEntry,
    StaffMail,
    VisitorMail,
)
from tenants.models import (
    ApiKey,
    Article,
    ArticleUse,
    CannedReply,
    ClosedDay,
    Face,
    FirstHour,
    FirstQuestion,
    Invitation,
    Job,
    JobFile,
    Membership,
    OpeningTime,
    ProactiveRule,
    Source,
    SourceFile,
    SourcePage,
    SourceUse,
    Tenant,
    TextOverride,
)
from tenants.services.starting_rules import make_rule
from widget.models import (
    Answer,
    Attachment,
    Handoff,
    Message,
    Note,
    ProactiveShowing,
    ProactiveText,
    Session,
    UnansweredQuestion,
    Visitor,
)

OPERATOR = "operator"
ANONYMOUS = "anonymous"


def make_staff(tenant: Tenant, role: str) -> User:
    """A colleague; the address tells the tenant and the role."""
    name = f"{role}@{tenant.slug}.example"
    user, _ = User.objects.get_or_create(username=name, defaults={"email": name, "is_staff": True})
    Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
    return user


def client_of(person, tenant: Tenant | None = None) -> Client:
    """Logged in as a user, as the holder of a role at `tenant`, as the operator, or not at all."""
    client = Client(raise_request_exception=True)
    if person == ANONYMOUS:
        return client
    if person == OPERATOR:
        person = User.objects.filter(username="root").first() or User.objects.create_superuser("root")
    log_in(client, person if isinstance(person, User) else make_staff(tenant, person))
    return client


def log_in(client: Client, person: User) -> None:
    """As `force_login` does, but only the session is stored: that somebody came is written down and told to nobody."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


@dataclass
class World:
    """One tenant's rows, by model, as each admin page has them."""

    tenant: Tenant
    rows: dict[type[Model], Model]

    def __getitem__(self, model):
        return self.rows[model]


def make_world(tenant: Tenant, mark: str = "1") -> World:
    """A row for every page. Every text in it names the tenant, and `mark` makes it differ from the others."""
    slug, now = f"{tenant.slug}{mark}", timezone.now()
    article = Article.objects.create(
        tenant=tenant,
        title=f"{slug} article",
        body=f"{slug} body",
        category=slug,
        written_variants={"de": [f"{slug} wording"]},
        variants_digest=hashlib.md5(f"{slug} article".encode(), usedforsecurity=False).hexdigest(),
    )
    rule = make_rule(
        tenant,
        [("page_title", "contains", f"{slug} title")],
        trigger_type=f"{slug}_rule",
        name=f"{slug} rule",
        text=f"{slug} text",
    )
    OpeningTime.objects.create(tenant=tenant, weekday=0, opens_at=time(9), closes_at=time(17))
    ClosedDay.objects.create(tenant=tenant, day=now.date() + timezone.timedelta(days=ord(mark[0])), name=f"{slug} day")
    key = ApiKey.objects.create(tenant=tenant, name=f"{slug} key", beginning=f"caty_{slug}"[:12], digest=slug)
    member = Membership.objects.get(tenant=tenant, user=make_staff(tenant, "owner"))
    Face.objects.get_or_create(
        membership=member, defaults={"content": slug.encode(), "content_type": "image/webp", "digest": slug}
    )
    invitation = Invitation.objects.create(
        tenant=tenant, email=f"new@{slug}.example", token_digest=slug, expires_at=now + timezone.timedelta(days=7)
    )
    wording = TextOverride.objects.create(tenant=tenant, language="de", key=slug, text=f"{slug} words")
    reply = CannedReply.objects.create(tenant=tenant, name=slug, text=f"{slug} ready")
    session = make_conversation(tenant, slug)
    text = make_speaking(rule, session, slug)
    question = UnansweredQuestion.objects.create(
        tenant=tenant,
        fingerprint=slug,
        text=f"{slug} question?",
        article=article,
        conversation_reference=session.reference,
        first_asked_at=now,
        last_asked_at=now,
    )
    made = [tenant, article, rule, wording, key, member, invitation, session, session.visitor, question, session.lead]
    made += [text, reply, make_call(session, member, slug)]
    made.append(make_job(member, slug))
    made.append(make_source(tenant, slug))
    make_first_hour(made[-1], slug)
    made += make_delivery(session.lead, slug)
    made.append(make_mail(member, session.lead, slug))
    made.append(make_visitor_mail(session, slug))
    make_device(member, slug)
    make_promise(session.lead)
    rows = {type(row): row for row in made}
    return World(tenant, {**rows, User: member.user})


def make_conversation(tenant: Tenant, slug: str) -> Session:
    now = timezone.now()
    visitor = Visitor.objects.create(tenant=tenant, first_seen_at=now, last_seen_at=now)
    session = Session.objects.create(
        tenant=tenant,
        visitor=visitor,
        started_at=now,
        last_heard_at=now,
        first_page_url=f"https://{slug}.example/",
        message_count=1,
    )
    asked = Message.objects.create(session=session, sequence=1, role="visitor", content=f"{slug} asks", created_at=now)
    told = Message.objects.create(
        session=session, sequence=2, role="assistant", content=f"{slug} answers", created_at=now, answered_by="ai"
    )
    Answer.objects.create(question=asked, message=told, session=session, state="done", created_at=now, model="claude")
    session.lead = make_lead(tenant, slug, session.reference)
    session.save()
    return session


def make_call(session: Session, member: Membership, slug: str) -> Handoff:
    """A colleague was called, came, answered with a picture, noted something, and gave it back."""
    now = timezone.now()
    said = Message.objects.create(
        session=session,
        sequence=4,
        role="staff",
        content=f"{slug} replies",
        created_at=now,
        answered_by="human",
        author=member,
        author_name=f"{slug} colleague",
    )
    Attachment.objects.create(
        tenant=session.tenant,
        session=session,
        message=said,
        uploader=member,
        is_from_staff=True,
        name=f"{slug}.png",
        content_type="image/png",
        size=len(slug),
        content=slug.encode(),
        created_at=now,
    )
    Note.objects.create(
        session=session, author=member, author_name=slug, after_sequence=1, text=f"{slug} note", created_at=now
    )
    return Handoff.objects.create(
        tenant=session.tenant,
        session=session,
        reason=f"{slug} reason",
        requested_at=now,
        taken_at=now,
        taker=member,
        first_reply_at=now,
        replier=member,
        closed_at=now,
        outcome=Handoff.Outcome.HANDED_BACK,
    )


def make_speaking(rule: ProactiveRule, session: Session, slug: str) -> ProactiveText:
    """The rule spoke in this visit, and has a text that waits for a colleague's word."""
    now = timezone.now()
    message = Message.objects.create(
        session=session, sequence=3, role="proactive", content=f"{slug} help?", created_at=now
    )
    ProactiveShowing.objects.create(
        session=session,
        visitor=session.visitor,
        rule=rule,
        trigger_type=rule.trigger_type,
        message=message,
        announced_at=now,
    )
    return ProactiveText.objects.create(
        tenant=rule.tenant,
        rule=rule,
        page_key=slug,
        page_url=f"https://{slug}.example/page",
        language="en",
        content=f"{slug} words",
        needs_review=True,
        config_version=rule.tenant.config_version,
        knowledge_version=rule.tenant.knowledge_version,
        written_at=now,
    )


def make_lead(tenant: Tenant, slug: str, reference: str) -> Lead:
    now = timezone.now()
    lead = Lead.objects.create(
        tenant=tenant,
        name=f"{slug} person",
        email=f"person@{slug}.example",
        email_key=f"person@{slug}.example",
        company=f"{slug} ltd",
        custom_fields={"size": slug},
        notes=f"{slug} notes",
        conversation_reference=reference,
        captured_at=now,
        updated_at=now,
    )
    LeadConversation.objects.create(lead=lead, conversation_reference=reference)
    LeadClaim.objects.create(
        lead=lead, conversation_reference=reference, field="name", value=f"{slug} claim", created_at=now
    )
    ScoreEntry.objects.create(
        tenant=tenant,
        conversation_reference=reference,
        lead=lead,
        rule="gave_email",
        points=20,
        reason=f"{slug} reason",
        created_at=now,
    )
    return lead


def make_delivery(lead: Lead, slug: str) -> list[Model]:
    now = timezone.now()
    connection = Connection.objects.create(
        tenant=lead.tenant,
        kind="webhook",
        name=f"{slug} hook",
        settings={"url": f"https://{slug}.example/hook"},
        secrets={"signing_secret": "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="},
        events=["lead.captured"],
    )
    delivery = Delivery.objects.create(
        tenant=lead.tenant,
        connection=connection,
        lead=lead,
        event="lead.captured",
        event_id=slug,
        payload=f'{{"who": "{slug}"}}',
        state=Delivery.State.DEAD,
        created_at=now,
        due_at=now,
        last_error=f"{slug} error",
    )
    DeliveryAttempt.objects.create(
        delivery=delivery, number=1, started_at=now, duration_ms=5, outcome="rejected", message=f"{slug} try"
    )
    FieldMapping.objects.create(
        tenant=lead.tenant, connection=connection, field=f"custom:{slug}", remote_field=f"{slug}_field"
    )
    RemoteLead.objects.create(
        tenant=lead.tenant,
        connection=connection,
        lead=lead,
        remote_id=slug,
        url=f"https://crm.example/{slug}",
        updated_at=now,
    )
    return [connection, delivery]


def make_mail(member: Membership, lead: Lead, slug: str) -> StaffMail:
    """About the lead, given up; its receiver has chosen."""
    MailChoice.objects.get_or_create(
        membership=member, defaults={"tenant": member.tenant, "hot_leads": True, "pauses": False}
    )
    return StaffMail.objects.create(
        tenant=member.tenant,
        membership=member,
        kind=StaffMail.Kind.HOT,
        about=lead.public_id,
        lead=lead,
        state=StaffMail.State.DEAD,
        created_at=timezone.now(),
        due_at=timezone.now(),
        last_error=f"{slug} mail error",
    )


def make_visitor_mail(session: Session, slug: str) -> VisitorMail:
    """Given up."""
    return VisitorMail.objects.create(
        tenant=session.tenant,
        kind=VisitorMail.Kind.REPLIES,
        about=slug,
        conversation_reference=session.reference,
        to_address=f"person@{slug}.example",
        to_key=f"person@{slug}.example",
        state=VisitorMail.State.DEAD,
        created_at=timezone.now(),
        due_at=timezone.now(),
        last_error=f"{slug} letter error",
    )


def make_device(member: Membership, slug: str) -> PushSubscription:
    return PushSubscription.objects.create(
        tenant=member.tenant,
        membership=member,
        digest=slug,
        secrets={"endpoint": f"https://push.example/{slug}", "p256dh": "", "auth": ""},
        device=f"{slug} browser",
        created_at=timezone.now(),
    )


def make_promise(lead: Lead) -> CallbackPromise:
    """Open, and overdue."""
    now = timezone.now()
    return CallbackPromise.objects.create(
        tenant=lead.tenant,
        lead=lead,
        conversation_reference=lead.conversation_reference,
        made_at=now,
        due_at=now,
        warn_at=now,
    )


def make_source(tenant: Tenant, slug: str) -> Source:
    """Read once, with a text that waits for somebody's word."""
    source = Source.objects.create(
        tenant=tenant, name=f"{slug} source", address=f"https://{slug}.example/", state="read", message=f"{slug} read"
    )
    SourceFile.objects.create(source=source, name=f"{slug}.txt", size_bytes=len(slug), content=slug.encode())
    page = SourcePage.objects.create(
        source=source,
        address=f"https://{slug}.example/a",
        state="failed",
        reason=f"{slug} reason",
        title=f"{slug} page",
    )
    proposed = {"title": f"{slug} new", "body": f"{slug} new body"}
    article = Article.objects.create(
        tenant=tenant, title=f"{slug} read", body=f"{slug} read body", page=page, needs_review=True, proposed=proposed
    )
    today = timezone.now().date()
    SourceUse.objects.create(source=source, day=today, answers=3)
    ArticleUse.objects.create(article=article, day=today, answers=3)
    return source


def make_first_hour(source: Source, slug: str) -> None:
    """Of the source's business, at its third step; with the first of its questions asked."""
    hour = {"source": source, "reached": FirstHour.Step.QUESTIONS, "proposal": {"role": f"{slug} role"}}
    FirstHour.objects.get_or_create(tenant=source.tenant, defaults=hour)
    asked = {"text": f"{slug} asks?", "answer": f"{slug} tells", "answered_at": timezone.now(), "is_answered": True}
    FirstQuestion.objects.get_or_create(tenant=source.tenant, position=1, defaults=asked)


def make_job(member: Membership, slug: str) -> Job:
    """Done, with a file."""
    now, content = timezone.now(), f"{slug} content".encode()
    job = Job.objects.create(
        tenant=member.tenant,
        kind="leads.export",
        state=Job.State.DONE,
        settings={"query": f"q={slug}"},
        message=f"{slug} message",
        created_by=member.user,
        created_at=now,
        due_at=now,
        finished_at=now,
        file_name=f"{slug}.csv",
        file_type="text/csv",
        file_bytes=len(content),
    )
    JobFile.objects.create(job=job, number=0, content=content)
    return job


# How rows that don't name their tenant belong to it.
OWNED_THROUGH = {
    "tenants.jobfile": "job",
    "tenants.face": "membership",
    "widget.note": "session",
    "widget.reading": "session",
    "tenants.rulecondition": "rule",
    "leads.leadclaim": "lead",
    "leads.deliveryattempt": "delivery",
}


def rows_of(tenant) -> dict:
    """Every column of every row that belongs to a tenant, asked for at once."""
    models = [model for model in apps.get_models() if model._meta.managed]
    owned = [(model._meta.label, _rows_of(model)) for model in models]
    asked = [(label, select) for label, select in owned if select]
    found = {label: [] for label, _ in asked}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(select for _, select in asked), {"tenant": tenant.pk})
        for label, row in cursor.fetchall():
            found[label].append(row)
    return {label: sorted(rows) for label, rows in found.items()}


def _rows_of(model: type[Model]) -> str:
    """The SELECT for a model's rows of a tenant, as JSON; empty where they belong to none."""
    if model is Tenant:
        owned = "id = %(tenant)s"
    elif any(field.name == "tenant" for field in model._meta.fields):
        owned = "tenant_id = %(tenant)s"
    elif name := OWNED_THROUGH.get(model._meta.label_lower):
        owner = model._meta.get_field(name).related_model
        owned = f"{name}_id IN (SELECT id FROM {owner._meta.db_table} WHERE tenant_id = %(tenant)s)"  # noqa: S608
    else:
        return ""
    return f"SELECT '{model._meta.label}', to_jsonb(one)::text FROM {model._meta.db_table} one WHERE {owned}"  # noqa: S608


def name_of(model, suffix) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{suffix}"
