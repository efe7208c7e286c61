"""API keys. The key stands in the page: it names the tenant and allows chatting, nothing else."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet


class ApiKey(models.Model):
    """A key's keyed digest (HMAC-SHA256 under API_KEY_PEPPER) and its first characters; the key is shown once."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="api_keys", verbose_name=_("business"))
    name = models.CharField(_("name"), max_length=60, help_text=_("Where it is used, such as “Main site”."))
    beginning = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self):
        return f"{self.name} ({self.beginning}…)"
