"""What colleagues answer visitors with: their face, and words that they use again and again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.pictures import SmallPicture
from tenants.models.tenant import Membership, Tenant
from tenants.querysets import TenantQuerySet


class Face(SmallPicture):
    """A colleague's picture as visitors see it."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="face", verbose_name=_("colleague"))

    class Meta(SmallPicture.Meta):
        verbose_name = _("picture of a colleague")
        verbose_name_plural = _("pictures of colleagues")


class CannedReply(models.Model):
    """Words that colleagues use again and again, found by `name`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="canned_replies", verbose_name=_("business"))
    name = models.CharField(_("short name"), max_length=40, help_text=_("Type / and this name while you answer."))
    text = models.TextField(_("text"), max_length=4000)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("ready answer")
        verbose_name_plural = _("ready answers")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="canned_reply_once")]

    def __str__(self):
        return self.name
