"""Opening hours as people write them: “9:00–12:30, 14:00–18:00”."""

import re
from datetime import date, time
from itertools import pairwise

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.models import ClosedDay, OpeningTime

Weekday = OpeningTime.Weekday
MIDNIGHT = time.max  # at the end of a day
MOST_CLOSED_DAYS = 60
FREE_ROWS = 3
CLOCK = r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?"
STRETCH = re.compile(rf"\s*{CLOCK}\s*(?:-|–|—|to)\s*{CLOCK}\s*", re.IGNORECASE)


def stretches_in_words(stretches: list[tuple[time, time]]) -> str:
    """Such as “09:00–12:30, 14:00–18:00”."""
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in stretches)


def _clock(moment: time) -> str:
    return "24:00" if moment == MIDNIGHT else f"{moment:%H:%M}"


def read_stretches(text: str) -> list[tuple[time, time]]:
    """What `stretches_in_words` writes, and other ways to write it, in order. Raises ValidationError, in words."""
    parts = [part for part in re.split(r"[,;\n]", text) if part.strip()]
    stretches = sorted(_read_stretch(part) for part in parts)
    for (_opens, closes), (opens, _closes) in pairwise(stretches):
        if opens < closes:
            raise forms.ValidationError(_("Two of these times overlap at %s.") % _clock(opens))
    return stretches


def _read_stretch(text: str) -> tuple[time, time]:
    match = STRETCH.fullmatch(text)
    if match is None:
        raise forms.ValidationError(
            _("“%s” can't be read as a time. Write it like 9:00–17:30, with commas between several.") % text.strip()
        )
    opens, closes = _read_clock(*match.groups()[:3]), _read_clock(*match.groups()[3:])
    closes = MIDNIGHT if closes == time(0) else closes
    if opens == MIDNIGHT or closes <= opens:
        raise forms.ValidationError(
            _("“%s” closes before it opens. Past midnight: write until 24:00, and the rest on the next day.")
            % text.strip()
        )
    return opens, closes


def _read_clock(hour: str, minute: str | None, half: str | None) -> time:
    hours, minutes = int(hour), int(minute or 0)
    if half and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    if (hours, minutes) == (24, 0):
        return MIDNIGHT
    if hours > 23 or minutes > 59:
        raise forms.ValidationError(_("There is no such time as %s.") % f"{hour}:{minute or '00'}")
    return time(hours, minutes)


class StretchesField(forms.CharField):
    def __init__(self, **kwargs):
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": gettext_lazy("closed"), "autocomplete": "off"})
        super().__init__(required=False, max_length=120, widget=widget, **kwargs)

    def prepare_value(self, value):
        return stretches_in_words(value) if isinstance(value, list) else value

    def clean(self, value):
        return read_stretches(super().clean(value))


class WeekForm(forms.Form):
    """A line for each weekday, day0 for Monday."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for day in Weekday:
            self.fields[f"day{day.value}"] = StretchesField(label=day.label)

    def weekly(self) -> list[tuple[int, time, time]]:
        """(weekday, opens, closes), all that was filled in."""
        return [(day.value, *stretch) for day in Weekday for stretch in self.cleaned_data[f"day{day.value}"]]


def week_of(rows: list[OpeningTime]) -> dict[str, list[tuple[time, time]]]:
    """Opening times as the form starts with them."""
    return {f"day{day.value}": [(row.opens_at, row.closes_at) for row in rows if row.weekday == day] for day in Weekday}


class ClosedDayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    name = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=80, widget=UnfoldAdminTextInputWidget)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("name") and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Which day?"))
        return cleaned


class ClosedDaysFormSet(forms.BaseFormSet):
    """Days from `since` on; emptied rows are forgotten."""

    def __init__(self, *args, since: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.since = since

    def clean(self):
        seen = set()
        for form in self.forms:
            day = form.cleaned_data.get("day") if form.is_valid() else None
            if day and day < self.since:
                form.add_error("day", _("This day is over."))
            elif day in seen:
                form.add_error("day", _("This day stands here twice."))
            seen |= {day} if day else set()

    def closed_days(self) -> dict[date, str]:
        filled_in = (form.cleaned_data for form in self.forms if form.cleaned_data.get("day"))
        return {row["day"]: row["name"] for row in filled_in}


ClosedDays = forms.formset_factory(
    ClosedDayForm, formset=ClosedDaysFormSet, extra=FREE_ROWS, max_num=MOST_CLOSED_DAYS, validate_max=True
)


def days_of(rows: list[ClosedDay]) -> list[dict]:
    """Closed days as the rows start with them."""
    return [{"day": row.day.isoformat(), "name": row.name} for row in rows]
