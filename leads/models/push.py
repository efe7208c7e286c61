"""The devices on which colleagues want to be told at once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from caty.lib.encryption import EncryptedJSONField
from tenants.models import Membership, Tenant
from tenants.querysets import TenantQuerySet


class PushSubscription(models.Model):
    """One browser of a colleague, as its push service knows it (https://www.w3.org/TR/push-api/).

    `secrets` are its address there (`endpoint`) and the keys that notices are encrypted with (`p256dh`, `auth`):
    whoever has them can show notices on that device. `digest` stands for the address.
    """

    MOST = 10  # of one colleague at one business

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="push_subscriptions", verbose_name=_("business"))
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="push_subscriptions", verbose_name=_("colleague")
    )
    digest = models.CharField(max_length=64, db_index=True)
    secrets = EncryptedJSONField()
    device = models.CharField(_("device"), max_length=80)
    created_at = models.DateTimeField(_("since"))
    last_used_at = models.DateTimeField(_("last notice"), null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("device for notices")
        verbose_name_plural = _("devices for notices")
        constraints = [models.UniqueConstraint(fields=["membership", "digest"], name="push_subscription_once")]

    def __str__(self):
        return self.device
