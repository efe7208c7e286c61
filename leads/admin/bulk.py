"""Several leads changed at once: their status, who looks after them, and a tag."""

from collections.abc import Mapping

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from leads import services
from leads.admin.lead_form import colleagues_for, person_in_words
from leads.models import Lead
from leads.text import one_line
from tenants.models import Membership

MOST_AT_ONCE = 500
NOBODY = "nobody"


class SeveralForm(forms.Form):
    """What is left empty stays as it is. Leads of several businesses have no colleagues in common."""

    status = forms.ChoiceField(label=_("Status"), required=False, widget=UnfoldAdminSelectWidget)
    owner = forms.ChoiceField(label=_("Looked after by"), required=False, widget=UnfoldAdminSelectWidget)
    tag = forms.CharField(label=_("Add a tag"), required=False, max_length=40, widget=UnfoldAdminTextInputWidget)

    def __init__(self, data=None, *, tenant_ids: set[int]):
        super().__init__(data)
        as_it_is = ("", _("Leave as it is"))
        self.fields["status"].choices = [as_it_is, *Lead.Status.choices]
        if len(tenant_ids) == 1:
            colleagues = colleagues_for(Membership.objects.all(), tenant_id=next(iter(tenant_ids)))
            named = [(str(row.pk), person_in_words(row)) for row in colleagues]
            self.fields["owner"].choices = [as_it_is, (NOBODY, _("Nobody")), *named]
        else:
            del self.fields["owner"]

    def clean_tag(self):
        tag = one_line(self.cleaned_data["tag"], 40)
        if "," in tag:
            raise forms.ValidationError(_("One tag at a time, without a comma."))
        return tag

    def clean(self):
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Choose what should change."))
        return self.cleaned_data

    def changes(self) -> dict:
        chosen = self.cleaned_data
        changes = {"status": chosen["status"]} if chosen["status"] else {}
        if owner := chosen.get("owner"):
            changes["owner_id"] = None if owner == NOBODY else int(owner)
        return changes


def change(request, leads: list[Lead], changes_of: Mapping[int, dict], *, add_tag: str = "") -> int:
    """The changes for each tenant's id, made to those of `leads` that are its own, and noted in their history; how many
    leads changed. `leads` are those that the person may change."""
    changed = []
    for tenant in {lead.tenant_id: lead.tenant for lead in leads}.values():
        if tenant.pk in changes_of:
            own = [lead.pk for lead in leads if lead.tenant_id == tenant.pk]
            now = timezone.now()
            changed += services.edit_leads(own, tenant=tenant, changes=changes_of[tenant.pk], add_tag=add_tag, now=now)
    edited = [lead for lead in leads if lead.pk in set(changed)]
    if edited:
        words = str(_("Changed together with others"))
        LogEntry.objects.log_actions(request.user.pk, edited, CHANGE, words)
    return len(edited)


def own_memberships(request, leads: list[Lead]) -> dict[int, dict]:
    """For each tenant of `leads` where this person works: the change that gives its leads to them."""
    rows = Membership.objects.filter(user=request.user, tenant__in={lead.tenant_id for lead in leads})
    return {tenant_id: {"owner_id": pk} for tenant_id, pk in rows.values_list("tenant", "pk")}
