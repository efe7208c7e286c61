"""A part of the business page: when the assistant greets, speaks first, asks for details, and calls a person."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from tenants.admin.appearance import OneOfEach
from tenants.admin.fields import LinesField, SecondsField, blank_problems
from tenants.models import Behavior

PROMISES = ("handoff_closed_message", "handoff_missed_message")  # with the time in them
LONG = ("consent_text", "greeting_message", "handoff_message", *PROMISES)


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

    class Meta:
        labels = {
            "handoff_message": _("What they are told while a colleague is called"),
            "handoff_missed_message": _("What they are told when nobody is free"),
            "handoff_closed_message": _("What they are told outside your opening hours"),
        }
        help_texts = dict.fromkeys(PROMISES, _("{time} stands for the time you promise, such as “Monday 10:00 (CET)”."))

    def clean(self):
        cleaned = super().clean()
        told = {name: self.cleaned_data[name] for name in PROMISES if self.cleaned_data.get(name)}
        for name, text in told.items():
            for problem in blank_problems(text, needed={"{time}"}):
                self.add_error(name, problem)
        return cleaned

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
        (
            _("Asking for a person"),
            {
                "description": _(
                    "Your colleagues answer visitors in the inbox, within your opening hours. When they are closed, or "
                    "nobody takes over in time, the visitor is told until when you get back to them, and you are "
                    "reminded of that promise."
                ),
                "fields": (
                    "handoff_enabled",
                    "live_enabled",
                    "handoff_words",
                    "handoff_message",
                    "handoff_wait_minutes",
                    "handoff_missed_message",
                    "handoff_closed_message",
                    "promise_hours",
                    "notice_shows",
                    "attachments_enabled",
                    "satisfaction_enabled",
                ),
            },
        ),
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
        if db_field.name in LONG:
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4 if db_field.name in PROMISES else 2})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
