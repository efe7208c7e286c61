"""The figures of a report as its page shows them: a number, what it counts, and the list behind it."""

from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from widget.admin.live_filters import query
from widget.admin.spans import span_in_words
from widget.admin.words import OUTCOMES, RESOLVED_BY
from widget.models import Session
from widget.services.periods import Period
from widget.services.reports import ColleagueFigures, Day, Opinions, Report, Times
from widget.services.resolution import PERSON, WAYS

ENOUGH = 5  # of fewer, no share and no usual time is told
TONES = {"person": "accent", "assistant": "good", "neither": "warn", "good": "good", "okay": "warn", "bad": "bad"}


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses of the lists of conversations and of calls, of these days; `tenant_id` where one has several."""

    period: Period
    tenant_id: int | None

    def conversations(self, **asked) -> str:
        return self._to("admin:widget_session_changelist", "began", asked)

    def calls(self, **asked) -> str:
        return self._to("admin:widget_handoff_changelist", "called", asked)

    def on(self, day: date) -> "Links":
        return replace(self, period=replace(self.period, first=day, last=day))

    def _to(self, name: str, column: str, asked: dict) -> str:
        return reverse(name) + query(self.period, column=column, tenant_id=self.tenant_id, **asked)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`count` of something, with the list of just these."""

    count: int
    url: str
    label: str = ""
    tone: str = ""


def shown(report: Report, links: Links) -> dict:
    """All that the page shows of a report."""
    return {
        "conversations": Figure(count=report.conversations, url=links.conversations()),
        "ways": _ways(report.ways, links),
        "days": _days(report, links),
        "calls": Figure(count=report.calls, url=links.calls(asked="yes")),
        "outcomes": [
            Figure(count=count, url=links.calls(asked="yes", outcome=outcome), label=OUTCOMES[outcome])
            for outcome, count in report.outcomes.items()
        ],
        "unasked": Figure(count=report.unasked, url=links.calls(asked="no")),
        "waiting": _times(report.waiting, links.calls(asked="yes", taken="yes")),
        "first_reply": _times(report.first_reply, links.calls(asked="yes", replied="yes")),
        "opinions": _opinions(report.opinions, links, resolved=PERSON),
        "colleagues": [_colleague(one, links) for one in report.colleagues],
    }


def _ways(ways: dict[str, int], links: Links) -> list[Figure]:
    return [
        Figure(count=ways[way], url=links.conversations(resolved=way), label=RESOLVED_BY[way], tone=TONES[way])
        for way in WAYS
    ]


def _days(report: Report, links: Links) -> list[dict]:
    most = max((day.conversations for day in report.days), default=0) or 1
    return [_day(day, most, links.on(day.day)) for day in report.days]


def _day(day: Day, most: int, links: Links) -> dict:
    return {
        "day": day.day,
        "height": round(100 * day.conversations / most, 1),
        "conversations": Figure(count=day.conversations, url=links.conversations()),
        "ways": _ways(day.ways, links),
        "calls": Figure(count=day.calls, url=links.calls(asked="yes")),
        "answered": Figure(count=day.answered_calls, url=links.calls(asked="yes", replied="yes")),
    }


def _times(times: Times, url: str) -> dict:
    enough = times.count >= ENOUGH
    return {
        "of": Figure(count=times.count, url=url),
        "median": span_in_words(times.median) if enough else "",
        "nine_in_ten": span_in_words(times.nine_in_ten) if enough else "",
    }


def _opinions(opinions: Opinions, links: Links, **asked) -> dict:
    enough = opinions.given >= ENOUGH
    return {
        "said": [
            Figure(
                count=getattr(opinions, said),
                url=links.conversations(how=said, **asked),
                label=Session.Satisfaction(said).label,
                tone=TONES[said],
            )
            for said in Session.Satisfaction.values
        ],
        "asked": Figure(count=opinions.asked, url=links.conversations(**asked)),
        "given": opinions.given,
        "share": _percent(opinions.good / opinions.given) if enough else "",
    }


def _percent(share: float) -> str:
    return _("%s %%") % formats.number_format(round(100 * share), 0)


def _colleague(one: ColleagueFigures, links: Links) -> dict:
    pk = one.membership.pk
    return {
        "name": one.membership.staff_name,
        "taken": Figure(count=one.taken, url=links.calls(taker=pk)),
        "answered": Figure(count=one.answered, url=links.calls(replier=pk)),
        "first_reply": _times(one.first_reply, links.calls(asked="yes", replier=pk)),
        "opinions": _opinions(one.opinions, links, answerer=pk),
    }
