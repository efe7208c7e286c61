"""What the first hour asks."""

from copy import copy
from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from tenants.admin.fields import LinesField
from tenants.admin.preview import Problem, UnsavedConfig, notes_on
from tenants.admin.tenant import languages
from tenants.config import config_with
from tenants.contrast import is_readable, nearest_readable
from tenants.models import Behavior, Persona, Tenant
from tenants.models.appearance import hex_color
from tenants.models.sources import MOST_CHARACTERS
from widget.services.first_hour import Looks

ROWS = {
    "persona": ("name", "role", "tone"),
    "appearance": ("primary", "background", "text"),
    "behavior": ("greeting_message", "quick_replies"),
}


class WebsiteForm(forms.Form):
    address = forms.CharField(
        label=_("The address of your website"),
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(
            attrs={"inputmode": "url", "autocomplete": "url", "autocapitalize": "none", "placeholder": "example.com"}
        ),
    )


class PastedForm(forms.Form):
    text = forms.CharField(
        label=_("What visitors should know"),
        max_length=MOST_CHARACTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_(
            "Opening hours, prices, delivery, what people ask on the phone. As it comes; you can polish it later."
        ),
    )


def _colour(label) -> forms.CharField:
    return forms.CharField(label=label, max_length=7, validators=[hex_color], widget=UnfoldAdminColorInputWidget)


class LooksForm(forms.Form):
    """The few of all choices that make an assistant one's own."""

    name = forms.CharField(label=_("Its name"), max_length=40, widget=UnfoldAdminTextInputWidget)
    role = forms.CharField(label=_("What it is"), max_length=60, widget=UnfoldAdminTextInputWidget)
    tone = forms.ChoiceField(label=_("How it speaks"), choices=Persona.Tone, widget=UnfoldAdminSelectWidget)
    language = forms.ChoiceField(
        label=_("Language of your business"),
        choices=languages,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Visitors are answered in their own."),
    )
    greeting_message = forms.CharField(
        label=_("Its first words"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    quick_replies = LinesField(
        label=_("Questions to start with"),
        most=Behavior.MOST_QUICK_REPLIES,
        item_max_length=60,
        help_text=_("Up to four, one a line. Visitors see them under the greeting and ask with one click."),
    )
    primary = _colour(_("Main colour"))
    background = _colour(_("Background"))
    text = _colour(_("Text"))

    colours = ("primary", "background", "text")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        own = self.initial.get("language")
        if own and own not in dict(self.fields["language"].choices):
            self.fields["language"].choices = [(own, own), *self.fields["language"].choices]

    def clean(self):
        cleaned = super().clean()
        text, background = cleaned.get("text"), cleaned.get("background")
        if text and background and not is_readable(text, background):
            words = _("This text is hard to read on this background. %(color)s would do.")
            color = nearest_readable(text, background)
            self.add_error("text", forms.ValidationError(words, code="contrast", params={"color": color}))
        return cleaned

    def looks(self) -> Looks:
        """What was typed, where it is valid."""
        return Looks(**{**self.cleaned_data, "quick_replies": tuple(self.cleaned_data["quick_replies"])})


def unsaved_looks(tenant: Tenant, form: LooksForm) -> UnsavedConfig:
    """What the form says, laid over what is saved wherever it has a problem. Writes nothing."""
    form.is_valid()
    rows = {name: copy(getattr(tenant, name)) for name in ROWS}
    for name, columns in ROWS.items():
        for column in columns:
            if column in form.cleaned_data:
                setattr(rows[name], column, form.cleaned_data[column])
    config = config_with(tenant, **rows)
    config = replace(config, language=form.cleaned_data.get("language", config.language))
    problems = [
        Problem(name, " ".join(error.messages), (error.params or {}).get("color", ""))
        for name, errors in form.errors.as_data().items()
        for error in errors
    ]
    return UnsavedConfig(config, tuple(problems), tuple(notes_on(config.appearance)))
