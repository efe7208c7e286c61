"""What would change: other score weights, tried on the leads of the last 90 days before anything is saved."""

from dataclasses import fields

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from leads import services
from leads.models import Lead
from tenants import services as tenant_services
from tenants.config import score_weights_of
from tenants.contracts import ScoreWeights
from tenants.models import Tenant
from tenants.models.limits import SCORE_COLUMNS
from tenants.staff import EVERYONE, OWNERS, staff_of

RULES = tuple(field.name for field in fields(ScoreWeights))


class WeightsForm(forms.Form):
    """A number for each rule, 0 to 100."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for rule in RULES:
            label = capfirst(Tenant._meta.get_field(SCORE_COLUMNS[rule]).verbose_name)
            widget = UnfoldAdminIntegerFieldWidget
            self.fields[rule] = forms.IntegerField(label=label, min_value=0, max_value=100, widget=widget)

    def weights(self) -> ScoreWeights:
        return ScoreWeights(**{rule: self.cleaned_data[rule] for rule in RULES})


class ApplyForm(WeightsForm):
    """The same numbers once more, unseen, and whether others hear of it."""

    is_told = forms.BooleanField(
        label=_("Tell connected systems about leads that change temperature"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("A message for each such lead to every connection that wants changes of leads. Can be very many."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for rule in RULES:
            self.fields[rule].widget = forms.HiddenInput()


def page(request, tenant_id: int):
    """The form, with what would change once it was filled in; sent by POST, it saves and may apply it to the past."""
    if not staff_of(request).has_role(EVERYONE, tenant_id):
        raise Http404
    if not staff_of(request).has_role(OWNERS, tenant_id):
        raise PermissionDenied
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise Http404
    if request.method == "POST":
        return _save(request, tenant)
    return _preview(request, tenant)


def _preview(request, tenant: Tenant):
    form = WeightsForm(request.GET if set(RULES) & set(request.GET) else None, initial=vars(score_weights_of(tenant)))
    context = {
        **admin.site.each_context(request),
        "title": _("What would change"),
        "business": tenant,
        "form": form,
        "back": reverse("admin:tenants_tenant_change", args=[tenant.pk]),
    }
    if form.is_valid():
        preview = services.preview_weights(tenant=tenant, weights=form.weights(), now=timezone.now())
        context |= {
            "preview": preview,
            "bands": [_band(preview, band) for band in Lead.Band],
            "moves": [_move(move) for move in preview.moves],
            "apply_form": ApplyForm(initial=form.cleaned_data),
        }
    return TemplateResponse(request, "admin/leads/weights.html", context)


def _save(request, tenant: Tenant):
    form = ApplyForm(request.POST)
    if not form.is_valid():
        return redirect("admin:weights", tenant.pk)
    if "past" not in request.POST:
        tenant_services.set_score_weights(tenant, form.weights())
        messages.success(request, _("Saved. New leads are scored by these weights; past leads stay as they are."))
        return redirect("admin:weights", tenant.pk)
    try:
        job_pk = services.apply_weights(
            tenant=tenant,
            weights=form.weights(),
            is_told=form.cleaned_data["is_told"],
            user_id=request.user.pk,
            now=timezone.now(),
        )
    except tenant_services.TooManyJobs as error:
        messages.error(request, error.message)
        return redirect("admin:weights", tenant.pk)
    return redirect("admin:tenants_job_change", job_pk)


def _band(preview, band: Lead.Band) -> dict:
    before, after = preview.before.get(band, 0), preview.after.get(band, 0)
    change = f"{after - before:+d}" if after != before else "–"
    return {"label": band.label, "before": before, "after": after, "change": change}


def _move(move) -> dict:
    return {
        "name": move.name,
        "url": reverse("admin:leads_lead_change", args=[move.lead_pk]),
        "before": f"{Lead.Band(move.band_before).label} {move.score_before}",
        "after": f"{Lead.Band(move.band_after).label} {move.score_after}",
    }
