"""The text that visitors agree to, and its number: a lead keeps both, so that one can tell later what was agreed to."""

from django.db.models import F

from tenants.models import Behavior, Tenant


def number_consent(behavior: Behavior) -> None:
    """Give the consent text the next number where it differs from the stored one. Before saving, in its transaction."""
    stored = Behavior.objects.select_for_update().get(pk=behavior.pk)
    behavior.consent_version = stored.consent_version + (stored.consent_text != behavior.consent_text)


def renumber_consent(tenant: Tenant) -> None:
    """The next number for the consent text: it is worded otherwise in one of its languages."""
    Behavior.objects.for_tenant(tenant).update(consent_version=F("consent_version") + 1)
