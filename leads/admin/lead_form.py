"""A lead as staff edit it."""

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from leads.services.staff import MOST_TAGS
from leads.text import MOST_FIELDS, MOST_KEY, MOST_VALUE, shown, split_detail
from tenants.admin.fields import TagsField
from tenants.admin.scope import TenantForm
from tenants.models import Membership


def person_in_words(colleague: Membership) -> str:
    return colleague.staff_name


def colleagues_for(rows: QuerySet[Membership], *, tenant_id: int, also: int | None = None) -> QuerySet[Membership]:
    """Those of `rows` who work for the business and can log in, and whoever it is now."""
    here = rows.filter(tenant=tenant_id).filter(Q(user__is_active=True) | Q(pk=also))
    return here.select_related("user").order_by("user__first_name", "user__username")


class DetailsField(forms.CharField):
    """Further details as lines of “name: value”. What is left as it was keeps its stored value, number or not."""

    def __init__(self, **kwargs):
        self.stored: dict = {}
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **kwargs)

    def prepare_value(self, value):
        return "\n".join(_lines_of(value)) if isinstance(value, dict) else value

    def has_changed(self, initial, data):
        return data is not None and _written(data) != _lines_of(initial or {})

    def clean(self, value) -> dict:
        details = {}
        for line in _written(super().clean(value)):
            name, said = split_detail(line, self.stored)
            _require_good(name, said, details)
            details[name] = self.stored[name] if said == shown(self.stored.get(name)) and name in self.stored else said
        if len(details) > MOST_FIELDS:
            raise forms.ValidationError(_("At most %(most)d.") % {"most": MOST_FIELDS})
        return details


def _lines_of(details: dict) -> list[str]:
    return [f"{name}: {shown(value)}".strip() for name, value in details.items()]


def _written(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _require_good(name: str, value: str, details: dict) -> None:
    if not name:
        raise forms.ValidationError(_("Write each detail on a line of its own, as name: value."))
    if name in details:
        raise forms.ValidationError(_("“%(name)s” is there twice."), params={"name": name[:MOST_KEY]})
    if len(name) > MOST_KEY or len(value) > MOST_VALUE:
        words = _("“%(name)s” is too long: at most %(key)d characters, and %(value)d for what it says.")
        params = {"name": name[:MOST_KEY], "key": MOST_KEY, "value": MOST_VALUE}
        raise forms.ValidationError(words, params=params)


class LeadForm(TenantForm):
    tags = TagsField(label=_("Tags"), help_text=_("With commas between."), most=MOST_TAGS, item_max_length=40)
    custom_fields = DetailsField(label=_("Further details"), help_text=_("One a line, as name: value."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "custom_fields" in self.fields:
            self.fields["custom_fields"].stored = self.instance.custom_fields
        if "owner" in self.fields:
            owner = self.fields["owner"]
            owner.queryset = colleagues_for(
                owner.queryset, tenant_id=self.instance.tenant_id, also=self.instance.owner_id
            )
            owner.label_from_instance = person_in_words
            owner.empty_label = _("Nobody yet")
