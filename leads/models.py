"""Leads, why they score as they do, where they go, and whether they have arrived."""

import secrets
import time
import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib.encryption import EncryptedJSONField
from caty.lib.ids import PublicIdField
from leads.likeness import domain_of, mailbox_of
from tenants.models import Membership, Tenant
from tenants.querysets import TenantQuerySet


def new_delivery_id() -> uuid.UUID:
    """UUIDv7 with the sub-millisecond time in rand_a (RFC 9562, §6.2 method 3): later rows sort after earlier ones."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    value = (milliseconds << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | secrets.randbits(62)
    return uuid.UUID(int=value)


def own_words(label, most: int) -> models.CharField:
    """A column that visits fill and nobody edits."""
    return models.CharField(label, max_length=most, blank=True, db_default="", default="", editable=False)


def oldest_delivery_id(moment: datetime) -> uuid.UUID:
    """Below the id of every delivery that was made at that moment or later."""
    return uuid.UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


class Lead(models.Model):
    """A person who left contact details. One per tenant and address, or phone number without one."""

    class Status(models.TextChoices):
        NEW = "new", _("New")
        CONTACTED = "contacted", _("Contacted")
        QUALIFIED = "qualified", _("Qualified")
        CONVERTED = "converted", _("Customer")

    class Band(models.TextChoices):
        HOT = "hot", _("Hot")
        WARM = "warm", _("Warm")
        COLD = "cold", _("Cold")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="leads", verbose_name=_("business"))
    public_id = PublicIdField(prefix="lead", verbose_name=_("reference"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)  # normalised: what makes a lead one
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=40, blank=True, editable=False)  # E.164 or digits as typed
    company = models.CharField(_("company"), max_length=200, blank=True)
    custom_fields = models.JSONField(_("further details"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NEW)
    intent = models.CharField(_("wants"), max_length=60, blank=True)
    score = models.PositiveSmallIntegerField(_("score"), default=0)
    band = models.CharField(_("temperature"), max_length=4, choices=Band, default=Band.COLD)
    notes = models.TextField(_("notes"), blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    held_reason = models.CharField(_("held because"), max_length=40, blank=True, editable=False)
    staff_fields = ArrayField(  # columns a colleague has edited: visitors no longer change these
        models.CharField(max_length=20), default=list, blank=True, editable=False
    )
    conversation_reference = models.CharField(_("conversation"), max_length=40, db_index=True, editable=False)
    conversation_url = models.CharField(max_length=500, blank=True, editable=False)
    person_reference = models.CharField(max_length=40, blank=True, editable=False)
    page_url = models.CharField(_("page"), max_length=2000, blank=True, editable=False)
    referrer = models.CharField(_("came from"), max_length=2000, blank=True, editable=False)
    consent_text = models.CharField(_("agreed to"), max_length=500, blank=True, editable=False)
    consent_at = models.DateTimeField(_("agreed at"), null=True, editable=False)
    transcript = models.JSONField(default=list, blank=True, editable=False)  # [{role, content, at}] as of capture
    captured_at = models.DateTimeField(_("captured"))
    updated_at = models.DateTimeField(_("last changed"))
    # A colleague; whoever leaves the business leaves its leads with nobody.
    owner = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("looked after by")
    )
    consent_version = models.PositiveIntegerField(null=True, editable=False)  # of consent_text; empty: not noted
    # `db_default` from here on: processes of before a deploy go on inserting rows without these.
    first_page_url = own_words(_("first page"), 2000)
    utm_source = own_words(_("campaign's source"), 200)
    utm_medium = own_words(_("campaign's medium"), 200)
    utm_campaign = own_words(_("campaign"), 200)
    utm_term = own_words(_("campaign's search words"), 200)
    utm_content = own_words(_("campaign's variant"), 200)
    ad_network = own_words(_("link clicked on"), 20)  # one of leads.source.NETWORKS

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "email_key"], condition=~Q(email_key=""), name="lead_email_once"),
            models.UniqueConstraint(
                fields=["tenant", "phone_key"],
                condition=Q(email_key="") & ~Q(phone_key=""),
                name="lead_phone_once",
            ),
            models.CheckConstraint(condition=~Q(email_key="", phone_key=""), name="lead_reachable"),
            models.CheckConstraint(condition=Q(score__lte=100), name="lead_score_range"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-captured_at"]),
            # For what may be the same person: one probe each, however many leads there are.
            models.Index(fields=["tenant", "phone_key"], condition=~Q(phone_key=""), name="lead_same_phone"),
            models.Index("tenant", mailbox_of(F("email_key")), condition=~Q(email_key=""), name="lead_same_mailbox"),
            models.Index("tenant", Lower("name"), Lower("company"), condition=~Q(name=""), name="lead_same_company"),
            models.Index(
                "tenant", Lower("name"), domain_of(F("email_key")), condition=~Q(name=""), name="lead_same_domain"
            ),
        ]

    def __str__(self):
        return self.name or self.email or self.phone


class LeadConversation(models.Model):
    """A conversation that named this lead: its ledger counts towards the lead's score.

    A conversation can name several leads, and a lead be named by several conversations.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="conversations")
    conversation_reference = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "conversation_reference"], name="lead_conversation_once")
        ]

    def __str__(self):
        return self.conversation_reference


class LeadClaim(models.Model):
    """What another conversation said of an existing lead: kept beside it, unverified, for staff to judge."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="claims")
    conversation_reference = models.CharField(_("conversation"), max_length=40)
    field = models.CharField(_("field"), max_length=20)
    value = models.CharField(_("says"), max_length=2000)
    created_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("unverified claim")
        verbose_name_plural = _("unverified claims")
        constraints = [
            models.UniqueConstraint(fields=["lead", "conversation_reference", "field", "value"], name="lead_claim_once")
        ]

    def __str__(self):
        return self.field


class ScoreEntry(models.Model):
    """Why a conversation scores: one rule, once, with its points. Of the conversation, until a lead adopts it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="score_entries")
    conversation_reference = models.CharField(max_length=40)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="score_entries")
    rule = models.CharField(_("rule"), max_length=40)
    points = models.SmallIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=300)
    created_at = models.DateTimeField(_("when"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("score entry")
        verbose_name_plural = _("score entries")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "conversation_reference", "rule"], name="score_rule_once")
        ]

    def __str__(self):
        return f"{self.rule} {self.points:+d}"


class Connection(models.Model):
    """A destination of leads and events: a webhook, staff's mail, a CRM. Secrets are encrypted and write-only."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Working")
        PAUSED = "paused", _("Paused")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="connections", verbose_name=_("business"))
    kind = models.CharField(_("kind"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    is_enabled = models.BooleanField(_("on"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE, editable=False)
    paused_reason = models.CharField(_("paused because"), max_length=300, blank=True, editable=False)
    settings = models.JSONField(default=dict, blank=True)  # shape: the connector's own Settings
    secrets = EncryptedJSONField(default=dict, blank=True)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"), default=list, blank=True)
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row, over all deliveries
    failing_since = models.DateTimeField(null=True, editable=False)  # the first of them
    resting_until = models.DateTimeField(null=True, editable=False)  # nothing is sent before
    paused_at = models.DateTimeField(null=True, editable=False)
    last_delivered_at = models.DateTimeField(_("last delivered"), null=True, editable=False)
    window_began_at = models.DateTimeField(null=True, editable=False)  # of the few minutes whose tries are counted
    window_tries = models.PositiveIntegerField(db_default=0, default=0, editable=False)
    window_failures = models.PositiveIntegerField(db_default=0, default=0, editable=False)
    # What the CRM said it has, [{name, label, kind}], and when it was asked.
    remote_fields = models.JSONField(db_default=[], default=list, blank=True, editable=False)
    remote_fields_read_at = models.DateTimeField(null=True, editable=False)
    # “Send earlier leads”, while it is under way: those captured since then, by their key; the last one written; and
    # from when on all leads have been written, also those whose deliveries are no longer kept.
    earlier_from = models.DateTimeField(null=True, editable=False)
    earlier_after = models.BigIntegerField(db_default=0, default=0, editable=False)
    had_from = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self):
        return self.name


class FieldMapping(models.Model):
    """A row of a connection's mapping: which detail of a lead goes into which field of the CRM."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("business"))
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="mapping")
    field = models.CharField(_("our detail"), max_length=80)  # one of leads.mapping.FIELDS, or custom:NAME
    remote_field = models.CharField(_("their field"), max_length=200)
    overwrite = models.BooleanField(
        _("replace what is there"),
        default=False,
        help_text=_("Otherwise it is only filled in where their field is empty."),
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        constraints = [
            models.UniqueConstraint(fields=["connection", "field", "remote_field"], name="field_mapping_once")
        ]

    def __str__(self):
        return f"{self.field} → {self.remote_field}"


class RemoteLead(models.Model):
    """Where a lead stands at a connection. `extra` holds further ids, as its kind needs them."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="remote_leads")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="remote_leads")
    remote_id = models.CharField(max_length=200)
    url = models.CharField(max_length=1000, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "lead"], name="remote_lead_once")]

    def __str__(self):
        return self.remote_id


class Delivery(models.Model):
    """One event on its way to one connection. The row is the truth; Celery only moves it.

    `lease_until` bounds a send; `attempts` is the fencing token of whoever holds the lease; `failures` counts those
    since it was last put in the queue, at `queued_at`. `is_ambiguous`: a try may have arrived without our hearing of
    it. Ids grow with time: of two deliveries the older has the smaller id.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        HELD = "held", _("Held for your release")
        PAUSED = "paused", _("Connection paused")
        DEAD = "dead", _("Given up")
        CANCELLED = "cancelled", _("Cancelled")
        SUPERSEDED = "superseded", _("Sent with a newer one")

    id = models.UUIDField(primary_key=True, default=new_delivery_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="deliveries", verbose_name=_("business"))
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="deliveries", verbose_name=_("connection"))
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="deliveries", verbose_name=_("lead"))
    event = models.CharField(_("event"), max_length=40)
    event_id = models.CharField(max_length=80)  # the same for all connections that get this event
    payload = models.TextField()  # the exact body, frozen when the event happened
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    failures = models.PositiveIntegerField(default=0, editable=False)
    is_ambiguous = models.BooleanField(db_default=False, default=False, editable=False)
    created_at = models.DateTimeField(_("since"))
    queued_at = models.DateTimeField(db_default=Now(), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("next try"))
    lease_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    remote_id = models.CharField(max_length=200, blank=True)
    remote_url = models.CharField(max_length=1000, blank=True)
    last_error = models.CharField(_("what went wrong"), max_length=500, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="delivery_once"),
            # A slow destination holds one worker at most, and its events arrive one after the other.
            models.UniqueConstraint(fields=["connection"], condition=Q(state="sending"), name="delivery_one_in_flight"),
        ]
        indexes = [
            models.Index(fields=["connection", "due_at", "id"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(
                fields=["connection", "lead", "id"],
                condition=Q(state__in=["pending", "sending", "held", "paused"]),
                name="delivery_open",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="delivery_leased"),
            models.Index(fields=["connection", "created_at"], condition=Q(state="dead"), name="delivery_dead"),
            models.Index(fields=["tenant", "-created_at"]),
        ]

    def __str__(self):
        return str(self.connection)


class DeliveryAttempt(models.Model):
    """One try: when, how long, what came back. Secrets and personal data are left out of `answer_excerpt`."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField(_("try"))
    started_at = models.DateTimeField(_("when"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    outcome = models.CharField(_("outcome"), max_length=20)
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    answer_excerpt = models.CharField(_("answer"), max_length=1024, blank=True)

    class Meta:
        verbose_name = _("try")
        verbose_name_plural = _("tries")
        indexes = [models.Index(fields=["delivery", "started_at"])]

    def __str__(self):
        return f"{self.number}: {self.outcome}"


from leads.mail_models import MailChoice, StaffMail  # noqa: E402, F401  (they lean on what stands above)
