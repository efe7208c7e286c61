"""Parts of the business page: persona, appearance, behaviour, sites."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminTextareaWidget,
)

from tenants import origins
from tenants.admin.fields import SecondsField
from tenants.admin.scope import ScopedStackedInline, ScopedTabularInline
from tenants.contrast import is_readable, readable_on
from tenants.models import Appearance, Behavior, Origin, Persona
from tenants.staff import NOBODY, OWNERS

STEPS = 20
COLORS = ("primary", "secondary", "background", "text")


class OneOfEach(ScopedStackedInline):
    """A row every tenant has exactly one of."""

    roles_to_add = NOBODY
    roles_to_change = OWNERS
    roles_to_delete = NOBODY
    can_delete = False
    hide_title = True


class PersonaInline(OneOfEach):
    model = Persona
    verbose_name_plural = Persona._meta.verbose_name  # there is one
    fields = (("name", "role"), "tone", "instructions")


def nearest_readable(text: str, background: str) -> str:
    """The colour nearest to `text`, towards black or white, that can be read on `background`; all #rrggbb."""
    goal = readable_on(background)
    shades = (_mix(text, goal, step / STEPS) for step in range(STEPS + 1))
    return next((shade for shade in shades if is_readable(shade, background)), goal)


def _mix(color: str, goal: str, share: float) -> str:
    pairs = ((int(color[place : place + 2], 16), int(goal[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in pairs)


class AppearanceForm(forms.ModelForm):
    def clean(self):
        cleaned = super().clean()
        text, background = self.cleaned_data.get("text"), self.cleaned_data.get("background")
        if text and background and not is_readable(text, background):
            self.add_error(
                "text",
                _("This text is hard to read on this background. %(color)s would do.")
                % {"color": nearest_readable(text, background)},
            )
        return cleaned


class AppearanceInline(OneOfEach):
    model = Appearance
    verbose_name_plural = Appearance._meta.verbose_name
    form = AppearanceForm
    fields = (("theme", "position"), ("primary", "secondary"), ("background", "text"))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in COLORS:
            kwargs["widget"] = UnfoldAdminColorInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class BehaviorForm(forms.ModelForm):
    greeting_delay_ms = SecondsField(label=_("Greet after (seconds)"), max_value=600)
    proactive_delay_ms = SecondsField(label=_("Not before (seconds)"), max_value=600)
    proactive_cooldown_ms = SecondsField(label=_("Pause between two (seconds)"), max_value=86_400)
    lead_form_fields = forms.MultipleChoiceField(
        label=_("Fields"), choices=Behavior.LeadField, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def clean_lead_form_fields(self):
        fields = self.cleaned_data["lead_form_fields"]
        if not {"email", "phone"} & set(fields):
            raise forms.ValidationError(_("Ask for an e-mail address or a phone number, or you can't answer."))
        return fields


class BehaviorInline(OneOfEach):
    model = Behavior
    verbose_name_plural = Behavior._meta.verbose_name
    form = BehaviorForm
    fieldsets = (
        (_("Greeting"), {"fields": ("greeting_enabled", "greeting_message", "greeting_delay_ms")}),
        (
            _("Speaking first"),
            {
                "description": _("When it may speak unasked. What it says then is under “Speaking first” on the left."),
                "fields": (
                    ("proactive_enabled", "proactive_mobile_enabled"),
                    ("proactive_delay_ms", "proactive_cooldown_ms", "proactive_max_per_session"),
                ),
            },
        ),
        (
            _("Contact form"),
            {
                "fields": (
                    "lead_form_enabled",
                    "lead_form_title",
                    "lead_form_fields",
                    "lead_thanks_message",
                    "consent_text",
                    "consent_url",
                )
            },
        ),
        (_("Asking for a person"), {"fields": ("handoff_enabled", "handoff_message")}),
        (_("Answers"), {"fields": ("answer_caution",)}),
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in ("consent_text", "greeting_message"):
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class OriginForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "pattern" in self.fields:
            self.fields["pattern"].widget.attrs["aria-label"] = _("Site")  # a table has a heading, but no labels

    def clean_pattern(self):
        try:
            return origins.clean_pattern(self.cleaned_data["pattern"])
        except origins.OriginUnreadable as error:
            raise forms.ValidationError(error.message) from error


class OriginInline(ScopedTabularInline):
    model = Origin
    form = OriginForm
    roles_to_add = roles_to_change = roles_to_delete = OWNERS
    hide_title = True
    fields = ("pattern", "last_seen_at")
    readonly_fields = ("last_seen_at",)
