"""What stands in the weekly mail, from the figures that were frozen when it was written down (see leads.weekly)."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caty.lib.money import dollars
from leads.mailing.letters import Letter, NothingToTell, link_to
from leads.models import StaffMail

TEMPLATE = "mails/weekly.html"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line: what was counted, how many, of what, and beside the week before."""

    label: str
    value: str
    note: str = ""
    beside: str = ""

    @property
    def line(self) -> str:
        more = ", ".join(filter(None, (self.note, self.beside)))
        return f"{self.label}: {self.value}" + (f" ({more})" if more else "")


def write(mail: StaffMail) -> Letter:
    """A week with something in it, or a short note about what waits; raises NothingToTell where there is neither."""
    told = mail.contents
    this, before = told["this_week"], told["week_before"]
    leads = sum(this["leads"].values())
    questions, waiting = [_question(one) for one in told["questions"]], _waiting(told["waiting"])
    is_quiet = not (this["chats"] or leads)
    if is_quiet and not (questions or waiting):
        raise NothingToTell
    shown = {
        "days": _days(told),
        "is_quiet": is_quiet,
        "figures": [] if is_quiet else _figures(this, before),
        "budget": "" if is_quiet else _budget(told["budget"]),
        "questions": questions,
        "waiting": waiting,
        "costs_url": link_to("admin:widget_session_costs"),
    }
    return Letter(subject=_subject(this["chats"], leads, is_quiet), lines=_lines(shown), page=(TEMPLATE, shown))


def _subject(chats: int, leads: int, is_quiet: bool) -> str:
    if is_quiet:
        return _("A quiet week, and what waits for you")
    said = ngettext("%d conversation", "%d conversations", chats) % chats
    came = ngettext("%d new lead", "%d new leads", leads) % leads
    return _("Your week: %(chats)s, %(leads)s") % {"chats": said, "leads": came}


def _days(told: dict) -> str:
    since, until = (date_format(date.fromisoformat(told[name]), "DATE_FORMAT") for name in ("since", "until"))
    return _("%(since)s to %(until)s") % {"since": since, "until": until}


def _figures(this: dict, before: dict) -> list[Figure]:
    asked = this["answered"] + this["refused"]
    leads, leads_before = (sum(week["leads"].values()) for week in (this, before))
    bands = {band: this["leads"][band] for band in ("hot", "warm", "cold")}
    by_band = _("%(hot)d hot, %(warm)d warm, %(cold)d cold") % bands if leads else ""
    return [
        _counted(_("Conversations"), this["chats"], before["chats"]),
        _counted(_("Questions answered"), this["answered"], before["answered"], note=_("of %d asked") % asked),
        _counted(_("Questions not answered"), this["refused"], before["refused"]),
        _counted(_("New leads"), leads, leads_before, note=by_band),
        Figure(
            label=_("What answers cost"),
            value=dollars(this["cost_microusd"]),
            beside=_beside_cost(this["cost_microusd"], before["cost_microusd"]),
        ),
    ]


def _counted(label: str, count: int, before: int, *, note: str = "") -> Figure:
    return Figure(label=label, value=str(count), note=note, beside=_beside(count, before))


def _beside(count: int, before: int) -> str:
    """As compared with the week before, in words."""
    if count == before:
        return _("as many as the week before") if count else ""
    if not before:
        return _("none the week before")
    more = abs(count - before)
    if count > before:
        return _("%d more than the week before") % more
    return _("%d fewer than the week before") % more


def _beside_cost(cost: int, before: int) -> str:
    if cost == before:
        return _("as much as the week before") if cost else ""
    words = _("%s more than the week before") if cost > before else _("%s less than the week before")
    return words % dollars(abs(cost - before)) if before else _("nothing the week before")


def _budget(budget: dict) -> str:
    month = date_format(date.fromisoformat(budget["month"]), "F")
    used = {"percent": budget["percent"], "month": month}
    return _("%(percent)d %% of %(month)s's budget for AI answers is used.") % used


def _question(question: dict) -> dict:
    times = question["times"]
    return {
        "text": question["text"],
        "times": ngettext("asked once", "asked %d times", times) % ((times,) if times != 1 else ()),
        "url": settings.SITE_URL + question["path"],
    }


def _waiting(counts: dict) -> list[dict]:
    """What somebody has to see to, each with where."""
    held, failed, paused = counts["held"], counts["failed"], counts["paused"]
    leads = link_to("admin:leads_lead_changelist") + "?held=yes"
    deliveries = link_to("admin:leads_delivery_changelist") + "?state=failed"
    known = (
        (held, ngettext("%d lead looks like spam: is it?", "%d leads look like spam: are they?", held), leads),
        (failed, ngettext("%d delivery did not arrive.", "%d deliveries did not arrive.", failed), deliveries),
        (
            paused,
            ngettext("%d connection has stopped.", "%d connections have stopped.", paused),
            link_to("admin:leads_connection_changelist"),
        ),
    )
    return [{"words": words % count, "url": url} for count, words, url in known if count]


def _lines(shown: dict) -> list[str]:
    blocks = [[_("Your week, %s") % shown["days"]]]
    if shown["is_quiet"]:
        blocks.append([_("Nobody wrote to you and nobody left their details. This waits for you:")])
    else:
        blocks.append([figure.line for figure in shown["figures"]])
        blocks.append([shown["budget"], _("Month by month: %s") % shown["costs_url"]])
    if shown["questions"]:
        asked = [_("Asked most, and not answered by your texts:")]
        for question in shown["questions"]:
            asked += [f"> {question['text']} ({question['times']})", _("  Write the answer: %s") % question["url"]]
        blocks.append(asked)
    if shown["waiting"]:
        blocks.append([_("Waits for you:"), *(f"- {one['words']} {one['url']}" for one in shown["waiting"])])
    return [line for block in blocks for line in ("", *block)][1:]
