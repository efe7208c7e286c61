"""People who answer: each call for one and what became of it, what they note for each other, and what is sent along."""

from django.db import models
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from caty.lib.ids import PublicIdField
from tenants.models import Membership, Tenant
from tenants.querysets import TenantQuerySet
from widget.attaching.contracts import MOST_BYTES
from widget.models.conversations import Message, Session


class Handoff(models.Model):
    """One time that a person was wanted, or came by themselves, until the assistant goes on or it ends.

    `reason` is one of HANDOFFS of the admin's words. `due_at` is when the visitor is told that nobody is free, empty
    where nobody is waited for; `escalates_at` when all colleagues are called, empty once they were. `first_reply_at` is
    of the first words a person wrote since it began; `replier` wrote them. `promised_by` is until when the visitor was
    promised to hear from the business, empty without a promise.
    """

    class Outcome(models.TextChoices):
        HANDED_BACK = "handed_back", _("Given back to the assistant")
        ENDED = "ended", _("Ended")
        LAPSED = "lapsed", _("Nobody was there any more")
        MISSED = "missed", _("Nobody was free")
        CLOSED = "closed", _("Outside opening hours")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="handoffs", verbose_name=_("business"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="handoffs", verbose_name=_("conversation"))
    reason = models.CharField(_("why"), max_length=40)
    requested_at = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("waits until"), null=True)
    escalates_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(_("taken"), null=True)
    taker = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="handoffs_taken", verbose_name=_("taken by")
    )
    first_reply_at = models.DateTimeField(_("first answered"), null=True)
    replier = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="handoffs_answered", verbose_name=_("first answered by")
    )
    promised_by = models.DateTimeField(_("promised until"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    outcome = models.CharField(_("what became of it"), max_length=12, choices=Outcome, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("call for a person")
        verbose_name_plural = _("calls for a person")
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(closed_at=None), name="handoff_one_open"),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | Q(closed_at__isnull=False, outcome__gt=""),
                name="handoff_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-requested_at"], name="handoff_newest"),
            models.Index(fields=["due_at"], condition=Q(closed_at=None, taken_at=None), name="handoff_waiting"),
            models.Index(fields=["escalates_at"], condition=Q(escalates_at__isnull=False), name="handoff_escalates"),
        ]

    def __str__(self):
        return self.reason


class Note(models.Model):
    """What colleagues note for each other beside a conversation. No visitor, model or CRM ever reads it."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="notes")
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="notes_written")
    author_name = models.CharField(max_length=150)
    after_sequence = models.PositiveIntegerField()  # of the message it was written under
    text = models.TextField(_("note"), max_length=4000)
    created_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")

    def __str__(self):
        return f"{self.session_id} {self.created_at:%Y-%m-%d %H:%M}"


class Reading(models.Model):
    """How far a colleague has read a conversation."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="readings")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="readings")
    sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "membership"], name="reading_once")]

    def __str__(self):
        return f"{self.session_id} {self.sequence}"


class Attachment(models.Model):
    """A picture or PDF of a conversation, kept in the database. Without a message it was uploaded and not sent yet.

    `content_type` is what was found in the content, one of those the widget takes.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="attachments", verbose_name=_("business"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    uploader = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")  # empty: the visitor
    is_from_staff = models.BooleanField(default=False)
    public_id = PublicIdField(prefix="att")
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("size"))  # bytes
    content = models.BinaryField()
    created_at = models.DateTimeField(_("when"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    models.Func("content", function="octet_length", output_field=models.IntegerField()),
                    MOST_BYTES,
                ),
                name="attachment_small",
            )
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(message=None), name="attachment_unsent")]

    def __str__(self):
        return self.public_id
