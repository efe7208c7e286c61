"""Parts of the business page: persona, appearance, behaviour, sites."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminTextareaWidget,
)

from tenants import origins, services
from tenants.admin.fields import LinesField, SecondsField
from tenants.admin.scope import ScopedStackedInline, ScopedTabularInline
from tenants.contrast import is_readable, nearest_readable
from tenants.models import Appearance, Avatar, Behavior, Origin, Persona
from tenants.models.appearance import hex_color
from tenants.pictures import MOST_BYTES, Picture, PictureUnreadable, make_small
from tenants.staff import NOBODY, OWNERS

COLORS = ("primary", "secondary", "background", "text")


class OneOfEach(ScopedStackedInline):
    """A row every tenant has exactly one of."""

    roles_to_add = NOBODY
    roles_to_change = OWNERS
    roles_to_delete = NOBODY
    can_delete = False
    hide_title = True


@dataclass(frozen=True)
class ShownPicture:
    """The picture in use, as a file field wants it."""

    url: str


class PictureInput(forms.ClearableFileInput):
    template_name = "admin/tenants/picture_input.html"


class PersonaForm(forms.ModelForm):
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=PictureInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("A face or your logo. We cut out the middle, make it small and keep nothing else of the file."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "picture" in self.fields:
            self.fields["picture"].initial = shown_picture(self.instance)

    def clean_picture(self):
        chosen = self.cleaned_data["picture"]
        if not isinstance(chosen, UploadedFile):
            return chosen  # False to remove it, else what it was
        try:
            return make_small(chosen.read(MOST_BYTES + 1))
        except PictureUnreadable as error:
            raise forms.ValidationError(error.message) from error

    def keep_picture(self) -> None:
        """What was chosen takes the place of the picture before, once all is saved."""
        chosen = self.cleaned_data.get("picture")
        if isinstance(chosen, Picture):
            services.set_avatar(self.instance.tenant, chosen)
        elif chosen is False:
            services.remove_avatar(self.instance.tenant)


def shown_picture(persona: Persona) -> ShownPicture | None:
    digest = Avatar.objects.filter(tenant=persona.tenant_id).values_list("digest", flat=True).first()
    return ShownPicture(reverse("avatar", args=[digest])) if digest else None


class PersonaInline(OneOfEach):
    model = Persona
    form = PersonaForm
    verbose_name_plural = Persona._meta.verbose_name  # there is one
    fields = ("name", "role", "picture", "tone", "instructions")

    @admin.display(description=_("picture"))
    def picture(self, persona):
        """For those who may only look."""
        shown = shown_picture(persona)
        return format_html('<img src="{}" alt="" width="56" height="56">', shown.url) if shown else "–"


class AppearanceForm(forms.ModelForm):
    """Refuses what couldn't be read. The main colour never is: black or white can be read on any, and where it is
    text itself a readable shade stands in for it (`tenants.palettes`)."""

    def clean(self):
        cleaned = super().clean()
        text, background = self.cleaned_data.get("text"), self.cleaned_data.get("background")
        if text and background and not is_readable(text, background):
            words = _("This text is hard to read on this background. %(color)s would do.")
            color = nearest_readable(text, background)
            self.add_error("text", forms.ValidationError(words, code="contrast", params={"color": color}))
        return cleaned


class AppearanceInline(OneOfEach):
    model = Appearance
    verbose_name_plural = Appearance._meta.verbose_name
    form = AppearanceForm
    fields = ("theme", "position", "primary", "secondary", "background", "text")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name not in COLORS:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        field = super().formfield_for_dbfield(db_field, request, **{**kwargs, "widget": UnfoldAdminColorInputWidget})
        field.validators.append(hex_color)  # the form compares colours before the row is checked
        return field


class BehaviorForm(forms.ModelForm):
    greeting_delay_ms = SecondsField(label=_("Greet after (seconds)"), max_value=600)
    proactive_delay_ms = SecondsField(label=_("Not before (seconds)"), max_value=600)
    proactive_cooldown_ms = SecondsField(label=_("Pause between two (seconds)"), max_value=86_400)
    lead_form_fields = forms.MultipleChoiceField(
        label=_("Fields"), choices=Behavior.LeadField, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    lead_required_fields = forms.MultipleChoiceField(
        label=_("Must be filled in"),
        choices=Behavior.LeadField,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("An e-mail address or a phone number is needed in any case."),
    )
    quick_replies = LinesField(
        label=_("Questions to start with"),
        most=Behavior.MOST_QUICK_REPLIES,
        item_max_length=60,
        help_text=_("Up to four, one a line. Visitors see them under the greeting and ask with one click."),
    )

    handoff_words = LinesField(
        label=_("Words that call for a person"),
        most=Behavior.MOST_HANDOFF_WORDS,
        item_max_length=60,
        help_text=_(
            "One a line, such as: lawyer, cancel my contract. Who writes one of them is offered a person at once. "
            "So is whoever complains, asks for a person, or got no answer twice in a row."
        ),
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
        (
            _("Greeting"),
            {"fields": ("greeting_enabled", "greeting_message", "greeting_delay_ms", "quick_replies")},
        ),
        (
            _("Speaking first"),
            {
                "description": _("When it may speak unasked. What it says then is under “Speaking first” on the left."),
                "fields": (
                    "proactive_enabled",
                    "proactive_mobile_enabled",
                    "proactive_delay_ms",
                    "proactive_cooldown_ms",
                    "proactive_max_per_session",
                    "proactive_max_per_week",
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
                    "lead_required_fields",
                    "lead_thanks_message",
                    "consent_text",
                    "consent_url",
                )
            },
        ),
        (
            _("When to ask for contact details"),
            {
                "description": _(
                    "Each visitor is asked once in a conversation at most, and nobody who has left their details. "
                    "Whoever asks for the form gets it at any time."
                ),
                "fields": (
                    "lead_ask_after_intent",
                    "lead_ask_after_messages",
                    "lead_ask_before_handoff",
                    "lead_ask_on_exit",
                ),
            },
        ),
        (_("Asking for a person"), {"fields": ("handoff_enabled", "handoff_message", "handoff_words")}),
        (_("Answers"), {"fields": ("answer_caution", "repeat_answers", "feedback_enabled")}),
        (
            _("Privacy"),
            {
                "description": _(
                    "The assistant can note which pages a visitor looks at, for how long and what they click, never "
                    "what they type. It needs this to speak at the right moment and to rate leads. “Only once a "
                    "visitor has agreed” waits until your cookie banner says so: let it call Caty('consent', true). "
                    "Until then nothing is noted and nothing is kept in the browser before the chat is opened. "
                    "Browsers that ask not to be tracked (Global Privacy Control, Do Not Track) are never tracked."
                ),
                "fields": ("tracking", "kept_days"),
            },
        ),
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
