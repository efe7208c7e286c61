"""What staff enter once and the other side exchanges for a secret, such as a code, before the form is saved."""

from django.contrib.admin.utils import unquote
from django.forms import all_valid
from django.utils import timezone
from django.utils.translation import gettext as _

from leads import delivery
from leads.admin.connection_form import Exchange
from leads.connectors import KINDS, get_connector
from leads.connectors.base import Failed
from leads.models import Connection


class ExchangingForms:
    """An admin of connections some of whose forms ask for something to exchange.

    Django checks and saves a form inside a transaction, where no call to another server belongs. So the form is looked
    at once before, and only where all else in it is right, since what was exchanged is no good a second time.
    """

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST":
            request.exchange = self._exchange(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.exchange = getattr(request, "exchange", None)
        return form

    def _exchange(self, request, object_id: str | None) -> Exchange | None:
        """What came of it; None where nothing was entered, or something else is to be mended first."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id is None:
            is_allowed = self.has_add_permission(request)
        else:
            is_allowed = row is not None and self.has_change_permission(request, row)
        kind = self.kind_of(request, row)
        if not is_allowed or kind not in KINDS or not get_connector(kind).exchanged:
            return None
        form = self.get_form(request, row, change=row is not None)(request.POST, request.FILES, instance=row)
        # As if it had been exchanged already: is there anything else?
        form.exchange = Exchange(secrets=dict.fromkeys(form.connector.exchanged, ""))
        is_fine = form.is_valid() and all_valid(self._create_formsets(request, form.instance, row is not None)[0])
        once = form.entered("once") if is_fine else {}
        return _exchanged(kind, once, form.instance) if once else None


def _exchanged(kind: str, once: dict, entered: Connection) -> Exchange:
    given = {"once": once, "settings": entered.settings, "secrets": entered.secrets}
    try:
        return Exchange(secrets=delivery.exchange(kind, **given, now=timezone.now()))
    except Failed as failure:
        return Exchange(refusal=failure.outcome.reason or _("That did not work."))
