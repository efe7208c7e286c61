"""What leads were promised, on their pages: to be found, seen, and ticked off."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.filters import Question
from leads.admin.standing import moment
from leads.models import CallbackPromise, Lead

MOST = 20


class PromiseFilter(Question):
    title = gettext_lazy("Promised to get back?")
    parameter_name = "promised"
    words = {"open": gettext_lazy("Promised to get back"), "overdue": gettext_lazy("Overdue")}

    def queryset(self, request, queryset):
        if self.value() not in self.words:
            return queryset
        promises = CallbackPromise.objects.filter(lead=OuterRef("pk"), kept_at=None)
        if self.value() == "overdue":
            promises = promises.filter(due_at__lte=timezone.now())
        return queryset.filter(Exists(promises))


def is_promised(lead: Lead) -> bool:
    """Whether somebody has yet to get back to them."""
    return lead.promises.filter(kept_at=None).exists()


def notice_of(lead: Lead) -> dict | None:
    """The sentence at the top of the page of a lead to whom somebody has yet to get back."""
    promise = lead.promises.filter(kept_at=None).first()
    if promise is None:
        return None
    if promise.due_at <= timezone.now():
        return {"level": "bad", "text": _("They were to hear from you by %s.") % moment(promise.due_at)}
    return {"level": "warn", "text": _("They were promised to hear from you by %s.") % moment(promise.due_at)}


def promises_of(lead: Lead) -> list[CallbackPromise]:
    """The newest first."""
    return list(lead.promises.order_by("-made_at", "-pk")[:MOST])
