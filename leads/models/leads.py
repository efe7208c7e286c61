"""Leads, who else was named, and why they score as they do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from caty.lib.ids import PublicIdField
from leads.likeness import domain_of, mailbox_of
from tenants.models import Membership, Tenant
from tenants.querysets import TenantQuerySet


def own_words(label, most: int) -> models.CharField:
    """A column that visits fill and nobody edits."""
    return models.CharField(label, max_length=most, blank=True, db_default="", default="", editable=False)


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
