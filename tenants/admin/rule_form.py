"""The form of a rule for speaking first: what is asked of a visitor, row by row, and what is said."""

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants import conditions as words
from tenants.admin.scope import TenantForm
from tenants.models import ProactiveRule, RuleCondition

MOST = 86_400
CHOICE_NAMES = {"phone": _("phone"), "computer": _("computer"), "open": _("open"), "closed": _("closed")}
HINTS = {
    "page_url": _("the part after your site's name, such as /pricing"),
    "page_title": _("such as Sale"),
    "referrer": _("such as google"),
    "utm_source": _("such as newsletter"),
    "utm_medium": _("such as email"),
    "utm_campaign": _("such as spring_sale"),
    "language": _("such as de"),
    "event": _("its name, such as added_to_cart"),
    "visible_seconds": _("seconds"),
    "idle_seconds": _("seconds"),
    "form_idle_seconds": _("seconds"),
    "scroll_percent": _("per cent"),
    "clicks": _("clicks"),
    "pages": _("pages"),
    "visits": _("visits"),
    "engagement": _("points of 100"),
}
YES_NO = {"is": _("yes"), "is_not": _("no")}


def kinds_for_script() -> dict:
    """What each kind of condition takes, for the script that adapts a row to it."""
    return {kind: _kind_for_script(kind) for kind in words.KINDS}


def _kind_for_script(kind: str) -> dict:
    operators = words.operators_of(kind)
    is_yes_no = kind in words.FLAGS or kind == words.EVENT
    names = {**dict(RuleCondition.Operator.choices), **(YES_NO if is_yes_no else {})}
    takes = "number" if kind in words.NUMBERS else "text" if words.needs_text(kind) else ""
    return {
        "operators": [[operator, str(names[operator])] for operator in operators],
        "takes": takes,
        "hint": str(HINTS.get(kind, "")),
        "choices": [[choice, str(CHOICE_NAMES[choice])] for choice in words.CHOICES.get(kind, ())],
    }


class ConditionForm(forms.ModelForm):
    """Takes one value, and keeps it as the number or the text that the kind asks for."""

    value = forms.CharField(
        label=_("value"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A number, a text, or one of: phone, computer, open, closed. Nothing where “is” says it all."),
    )

    class Meta:
        model = RuleCondition
        fields = ("place", "kind", "operator")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["value"] = value_of(self.instance)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label  # a table has a heading, but no labels

    def clean(self):
        cleaned = super().clean()
        kind, operator = cleaned.get("kind", ""), cleaned.get("operator", "")
        if not kind or not operator:
            return cleaned
        if operator not in words.operators_of(kind):
            self.add_error("operator", _("This comparison doesn't fit. Choose another one."))
        self.instance.text, self.instance.number = "", None
        self._keep(kind, (cleaned.get("value") or "").strip())
        return cleaned

    def _keep(self, kind: str, value: str) -> None:
        if kind in words.NUMBERS:
            self._keep_number(value)
        elif kind in words.CHOICES:
            self._keep_choice(kind, value)
        elif words.needs_text(kind):
            self.instance.text = value
            if not value:
                self.add_error("value", _("Say what."))

    def _keep_number(self, value: str) -> None:
        if value.isdecimal() and len(value) < 9 and int(value) <= MOST:
            self.instance.number = int(value)
        elif not value:
            self.add_error("value", _("Say how much."))
        else:
            self.add_error("value", _("Write a whole number, at most %d.") % MOST)

    def _keep_choice(self, kind: str, value: str) -> None:
        choices = words.CHOICES[kind]
        meant = {value.casefold(): code for code in choices for value in (code, str(CHOICE_NAMES[code]))}
        if value.casefold() in meant:
            self.instance.text = meant[value.casefold()]
        else:
            names = ", ".join(str(CHOICE_NAMES[choice]) for choice in choices)
            self.add_error("value", _("Choose one of: %s.") % names)


def value_of(condition: RuleCondition) -> str:
    """What the condition asks for, as it is typed."""
    return condition.text if condition.number is None else str(condition.number)


class ConditionFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if not any(self.errors) and not kept:
            raise forms.ValidationError(_("Say when this should be said: add at least one condition."))


class RuleForm(TenantForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("once_days", "holdout_percent"):
            if name in self.fields:
                self.fields[name].required = False  # as it was, where nothing is said

    def clean(self):
        cleaned = super().clean()
        for name in ("once_days", "holdout_percent"):
            if name in cleaned and cleaned[name] is None:
                cleaned[name] = getattr(self.instance, name)
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("This must be later than the beginning."))
        if not self.instance.trigger_type and "name" in self.cleaned_data:
            self.instance.trigger_type = self._free_short_name()
        return cleaned

    def _free_short_name(self) -> str:
        """Made of the name, with a number behind where the tenant has it already."""
        tenant = self.cleaned_data.get("tenant")
        tenant_id = tenant.pk if tenant else self.instance.tenant_id
        base = slugify(self.cleaned_data["name"]).replace("-", "_")[:34] or "rule"
        taken = set(
            ProactiveRule.objects.filter(tenant=tenant_id, trigger_type__startswith=base).values_list(
                "trigger_type", flat=True
            )
        )
        return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 1000))) if name not in taken)
