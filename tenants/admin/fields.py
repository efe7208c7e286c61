"""Form fields that speak to people and store for machines."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from tenants.models import Tenant
from tenants.texts import blanks


class ScaledField(forms.DecimalField):
    """A number shown in one unit and stored in a smaller one."""

    scale = 1

    def __init__(self, **kwargs):
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("widget", UnfoldAdminDecimalFieldWidget)
        super().__init__(**kwargs)

    def prepare_value(self, value):
        if not isinstance(value, int):
            return value
        shown = Decimal(value) / self.scale
        return format(shown.normalize(), "f")

    def clean(self, value):
        number = super().clean(value)
        return None if number is None else int(number * self.scale)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class SecondsField(ScaledField):
    """Seconds for people, milliseconds in the column."""

    scale = 1000

    def __init__(self, **kwargs):
        super().__init__(decimal_places=1, max_digits=9, **kwargs)


class DollarField(ScaledField):
    """US dollars for people, millionths of one in the column."""

    scale = 1_000_000

    def __init__(self, **kwargs):
        super().__init__(decimal_places=2, max_digits=9, **kwargs)


class LinesField(forms.CharField):
    """A list written one item a line; empty lines and repetitions are dropped."""

    def __init__(self, *, most: int, item_max_length: int, **kwargs):
        kwargs.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 4}))
        super().__init__(required=False, **kwargs)
        self.most, self.item_max_length = most, item_max_length

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial or []), data)

    def clean(self, value):
        return self.checked(list(dict.fromkeys(filter(None, map(str.strip, self.split(super().clean(value)))))))

    def split(self, text: str) -> list[str]:
        return text.splitlines()

    def checked(self, items: list[str]) -> list[str]:
        if len(items) > self.most:
            raise forms.ValidationError(_("At most %(most)d.") % {"most": self.most})
        too_long = next((item for item in items if len(item) > self.item_max_length), None)
        if too_long:
            raise forms.ValidationError(
                _("“%(start)s…” is too long: at most %(most)d characters.")
                % {"start": too_long[:30], "most": self.item_max_length}
            )
        return items


class TagsField(LinesField):
    """A list written with commas between."""

    def __init__(self, **kwargs):
        super().__init__(widget=UnfoldAdminTextInputWidget, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def split(self, text: str) -> list[str]:
        return text.replace("\n", ",").split(",")


def blank_problems(text: str, *, needed: set[str]) -> list[str]:
    """What is wrong with the blanks of a text: each of `needed`, such as {time}, has to stand in it, and no other."""
    problems = []
    if missing := needed - blanks(text):
        words = _("Keep %(blank)s where that is to be filled in.")
        problems.append(words % {"blank": ", ".join(sorted(missing))})
    if unknown := blanks(text) - needed:
        words = _("Leave out %(blank)s: nothing is filled in there.")
        problems.append(words % {"blank": ", ".join(sorted(unknown))})
    return problems


class OwnTenantForm(forms.Form):
    """Something done for one of the tenants `tenant_ids`; who works for one alone has nothing to choose."""

    tenant = forms.ModelChoiceField(Tenant.objects.none(), label=_("Business"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args, tenant_ids, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.filter(pk__in=tenant_ids).order_by("name")
        self.fields["tenant"].initial = next(iter(tenant_ids), None)
        if len(tenant_ids) == 1:
            self.fields["tenant"].widget = forms.HiddenInput()
