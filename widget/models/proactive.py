"""Speaking first: texts written ahead of need, and what was shown."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import ProactiveRule, Tenant
from tenants.querysets import TenantQuerySet
from widget.models.conversations import Message, Session


class ProactiveText(models.Model):
    """A text written ahead of need for one rule on one page, at one version of rule and knowledge."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="proactive_texts")
    rule = models.ForeignKey(ProactiveRule, models.CASCADE, related_name="written_texts")
    page_key = models.CharField(max_length=64)
    page_url = models.CharField(_("page"), max_length=2000)
    content = models.CharField(_("message"), max_length=240)
    config_version = models.PositiveBigIntegerField()
    knowledge_version = models.PositiveBigIntegerField()
    cost_microusd = models.PositiveBigIntegerField(default=0)
    written_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "page_key"], name="proactive_text_once")]

    def __str__(self):
        return self.content


class ProactiveShowing(models.Model):
    """A rule that spoke in a session, once; its message appears in the transcript."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="proactive_showings")
    rule = models.ForeignKey(ProactiveRule, models.SET_NULL, null=True, related_name="showings")
    trigger_type = models.CharField(max_length=40)
    message = models.OneToOneField(Message, models.CASCADE, related_name="proactive_showing")
    announced_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "trigger_type"], name="proactive_once_a_session")]

    def __str__(self):
        return self.trigger_type
