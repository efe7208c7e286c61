"""Speaking first: texts written ahead of need, and what was shown."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import ProactiveRule, Tenant
from tenants.querysets import TenantQuerySet
from widget.models.conversations import Message, Session, Visitor


class ProactiveText(models.Model):
    """A text written ahead of need for one rule on one page in one language, at one version of rule and knowledge.

    What waits for a colleague's word (`needs_review`) is not shown; what was refused stays, and is not written again at
    that version.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="proactive_texts")
    rule = models.ForeignKey(ProactiveRule, models.CASCADE, related_name="written_texts")
    page_key = models.CharField(max_length=64)
    page_url = models.CharField(_("page"), max_length=2000)
    language = models.CharField(_("language"), max_length=12, blank=True, db_default="", default="")
    content = models.CharField(_("message"), max_length=240)
    needs_review = models.BooleanField(_("waits for your word"), db_default=False, default=False)
    is_refused = models.BooleanField(_("refused"), db_default=False, default=False)
    config_version = models.PositiveBigIntegerField()
    knowledge_version = models.PositiveBigIntegerField()
    cost_microusd = models.PositiveBigIntegerField(default=0)
    written_at = models.DateTimeField(_("written"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("text written ahead")
        verbose_name_plural = _("texts written ahead")
        constraints = [
            models.UniqueConstraint(fields=["rule", "page_key", "language"], name="proactive_text_once_a_language")
        ]

    def __str__(self):
        return self.content


class ProactiveShowing(models.Model):
    """A rule that spoke to a visitor; its message appears in the transcript. Where the visitor is among those who hear
    nothing, that it would have spoken: then there is no message.

    `page_key` is the page's where a rule speaks once a page, else empty. `opened_at`: they opened the chat upon it;
    `replied_at`: they wrote after it, in the same visit.
    """

    session = models.ForeignKey(Session, models.CASCADE, related_name="proactive_showings")
    visitor = models.ForeignKey(Visitor, models.CASCADE, null=True, related_name="proactive_showings")
    rule = models.ForeignKey(ProactiveRule, models.SET_NULL, null=True, related_name="showings")
    trigger_type = models.CharField(max_length=40)
    page_key = models.CharField(max_length=64, blank=True, db_default="", default="")
    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="proactive_showing")
    is_held_out = models.BooleanField(db_default=False, default=False)
    announced_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "trigger_type", "page_key"], name="proactive_showing_once"),
            models.CheckConstraint(
                condition=models.Q(is_held_out=True, message__isnull=True)
                | models.Q(is_held_out=False, message__isnull=False),
                name="proactive_held_out_says_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["visitor", "-announced_at"]),
            models.Index(fields=["rule", "-announced_at"]),
        ]

    def __str__(self):
        return self.trigger_type
