"""Visitors and their conversations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caty.lib.ids import PublicIdField
from leads.models import Lead
from tenants.models import Membership, Tenant
from tenants.querysets import TenantQuerySet


class Visitor(models.Model):
    """A browser that came. `public_id` (vis_) is its credential; staff, webhooks and CRMs see `reference` (person_)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="visitors", verbose_name=_("business"))
    public_id = PublicIdField(prefix="vis")
    reference = PublicIdField(prefix="person", verbose_name=_("reference"))
    visit_count = models.PositiveIntegerField(_("visits"), default=0)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    tracking_refused_at = models.DateTimeField(null=True)  # since then nothing is noted of what they do on the pages
    # Raised by every showing: who decides to speak stores it only where it still is as they read it.
    spoken_count = models.PositiveIntegerField(db_default=0, default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self):
        return self.reference


class Session(models.Model):
    """A visit with its conversation.

    `public_id` (sess_) is the visitor's credential, `reference` (conv_) the name that all others use.
    """

    class Mode(models.TextChoices):
        ASSISTANT = "assistant", _("Assistant answers")
        WAITING = "waiting", _("Waits for a colleague")
        PERSON = "person", _("A colleague answers")

    class Satisfaction(models.TextChoices):
        GOOD = "good", _("Good")
        OKAY = "okay", _("Okay")
        BAD = "bad", _("Not good")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="sessions", verbose_name=_("business"))
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="sessions")
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="sessions", verbose_name=_("lead")
    )
    public_id = PublicIdField(prefix="sess")
    reference = PublicIdField(prefix="conv", verbose_name=_("reference"))
    mode = models.CharField(_("who answers"), max_length=10, choices=Mode, default=Mode.ASSISTANT)
    started_at = models.DateTimeField(_("began"))
    last_heard_at = models.DateTimeField(_("last heard of"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    first_page_url = models.CharField(_("first page"), max_length=2000, blank=True)
    first_page_title = models.CharField(max_length=300, blank=True)
    referrer = models.CharField(_("came from"), max_length=2000, blank=True)
    page_url = models.CharField(_("last page"), max_length=2000, blank=True)
    user_agent = models.CharField(max_length=400, blank=True)
    is_mobile = models.BooleanField(default=False)
    # The browser's, as a BCP 47 tag. `db_default`: processes of before a deploy go on inserting rows without it.
    language = models.CharField(_("language"), max_length=35, blank=True, db_default="", default="")
    visit_number = models.PositiveIntegerField(_("visit"), default=1)
    page_count = models.PositiveIntegerField(_("pages"), default=0)
    message_count = models.PositiveIntegerField(_("visitor's messages"), default=0)
    last_sequence = models.PositiveIntegerField(default=0)
    event_count = models.PositiveIntegerField(default=0)
    # Names of what happened in it, of those that some rule asks for.
    happened = ArrayField(models.CharField(max_length=60), db_default=[], default=list)
    engagement_score = models.PositiveSmallIntegerField(_("engagement"), default=0)
    lead_score = models.PositiveSmallIntegerField(_("lead score"), default=0)
    intent = models.CharField(_("wants"), max_length=60, blank=True)
    proactive_count = models.PositiveSmallIntegerField(default=0)
    proactive_at = models.DateTimeField(null=True)
    handoff_requested_at = models.DateTimeField(_("asked for a person"), null=True)
    handoff_reason = models.CharField(max_length=40, blank=True)
    # A colleague who leaves the business leaves their conversations to others.
    owner = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="conversations", verbose_name=_("answered by")
    )
    owner_until = models.DateTimeField(null=True)  # their lease
    awaiting_since = models.DateTimeField(null=True)  # since when the visitor waits for a person's words
    visitor_read_sequence = models.PositiveIntegerField(db_default=0, default=0)  # what their browser has fetched
    mailed_sequence = models.PositiveIntegerField(db_default=0, default=0)  # of colleagues' words that went by mail
    satisfaction = models.CharField(
        _("how it was"), max_length=4, choices=Satisfaction, blank=True, db_default="", default=""
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["tenant", "-started_at"]),
            models.Index(fields=["visitor", "-last_heard_at"]),
            models.Index(fields=["last_heard_at"], condition=Q(ended_at=None), name="session_running"),
            # What the end of their time finds, however many conversations stay.
            models.Index(fields=["tenant", "started_at"], condition=Q(event_count__gt=0), name="session_with_events"),
            models.Index(
                fields=["tenant", "started_at"], condition=Q(message_count=0, lead=None), name="session_silent"
            ),
            # The inbox: few, however many conversations there were.
            models.Index(
                fields=["tenant", "mode", "awaiting_since"],
                condition=Q(ended_at=None) & ~Q(mode="assistant"),
                name="session_live",
            ),
        ]

    def __str__(self):
        return self.reference


class Message(models.Model):
    """One line of a conversation, in order of arrival. What is shown beside an answer is stored with it."""

    class Role(models.TextChoices):
        VISITOR = "visitor", _("Visitor")
        ASSISTANT = "assistant", _("Assistant")
        PROACTIVE = "proactive", _("Assistant, unasked")
        STAFF = "staff", _("Colleague")

    class Rating(models.TextChoices):
        UP = "up", _("Helpful")
        DOWN = "down", _("Not helpful")

    session = models.ForeignKey(Session, models.CASCADE, related_name="messages")
    public_id = PublicIdField(prefix="msg")
    sequence = models.PositiveIntegerField()
    role = models.CharField(_("who"), max_length=10, choices=Role)
    content = models.TextField(_("text"))
    client_message_id = models.CharField(max_length=100, null=True)
    page_url = models.CharField(_("page"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("when"))
    suggested_actions = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    intent = models.CharField(max_length=60, blank=True)
    confidence = models.FloatField(null=True)
    lead_score = models.PositiveSmallIntegerField(null=True)  # as told with this answer
    answered_by = models.CharField(max_length=10, blank=True)  # ai, knowledge, human
    rating = models.CharField(
        _("visitor's opinion"), max_length=4, choices=Rating, blank=True, db_default="", default=""
    )
    # Of a colleague's words: who wrote them, and the name that the visitor read.
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="messages_written")
    author_name = models.CharField(max_length=120, blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["session", "sequence"], name="message_order"),
            models.UniqueConstraint(fields=["session", "client_message_id"], name="message_once"),
        ]
        indexes = [
            # Few, however much visitors and the assistant say: which of them have not been read yet.
            models.Index(fields=["created_at"], condition=Q(role="staff"), name="message_by_staff"),
        ]

    def __str__(self):
        return self.public_id


class Answer(models.Model):
    """The work of answering one visitor message: who works on it until when, and what it took.

    A running row whose lease has run out belongs to a process that died; the sweep answers in its place.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        SKIPPED = "skipped"  # a person has taken over: nothing to answer
        ABANDONED = "abandoned"  # its process died and the visitor has moved on

    OPEN = (State.WAITING, State.RUNNING)  # not yet given

    question = models.OneToOneField(Message, models.CASCADE, related_name="answer_work")
    session = models.ForeignKey(Session, models.CASCADE, related_name="answers")
    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="answer_made")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # fencing token of the lease
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    fallback_reason = models.CharField(_("why without Claude"), max_length=40, blank=True)
    is_unanswered = models.BooleanField(default=False)
    model = models.CharField(_("model"), max_length=80, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    cost_microusd = models.PositiveBigIntegerField(_("cost"), default=0)
    duration_ms = models.PositiveIntegerField(_("took (ms)"), default=0)
    passages_used = models.JSONField(default=list)
    handoff_reason = models.CharField(max_length=40, blank=True, db_default="", default="")  # why a person was offered
    is_repeat = models.BooleanField(db_default=False, default=False)  # what another conversation was answered
    draft = models.TextField(blank=True, db_default="", default="")  # came when a person had taken over: for their eyes

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(state="running"), name="answer_one_at_a_time"),
            models.UniqueConstraint(fields=["session"], condition=Q(state="waiting"), name="answer_one_waits"),
        ]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="answer_leased"),
            models.Index(fields=["created_at"], condition=Q(state="waiting"), name="answer_waiting"),
            # Reports and lists look for the few among all.
            models.Index(fields=["session"], condition=Q(is_unanswered=True), name="answer_unanswered"),
        ]

    def __str__(self):
        return f"{self.question_id} {self.state}"


class IdempotencyRecord(models.Model):
    """The first answer under an Idempotency-Key, replayed to whoever repeats it while the conversation goes on."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="idempotency_records")
    endpoint = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "endpoint", "key"], name="idempotency_once")]

    def __str__(self):
        return self.endpoint
