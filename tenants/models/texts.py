"""What a tenant has the widget say in place of its standard wording."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet
from tenants.texts import LANGUAGES


class TextOverride(models.Model):
    """One text in one language. `key` is one of those that the widget has a standard wording for."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="texts", verbose_name=_("business"))
    language = models.CharField(_("language"), max_length=2, choices=[(code, name) for code, name in LANGUAGES.items()])
    key = models.CharField(_("text"), max_length=60)
    text = models.CharField(_("your wording"), max_length=500)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [models.UniqueConstraint(fields=["tenant", "language", "key"], name="text_override_once")]

    def __str__(self):
        return self.text
