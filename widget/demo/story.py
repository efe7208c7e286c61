"""Turns a conversation of `conversations.json` into what happened when, and what it scored. Plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenants.contracts import ScoreWeights

LOCAL_TIME = ZoneInfo("Europe/London")
SEVERAL_PAGES = 3
LONG_SECONDS = 120  # on one page
BUYING = {"purchase_intent": "Wants to buy", "pricing_inquiry": "Asked about prices"}
FORM_SECONDS = 40  # from the last answer to the sent form


@dataclass(frozen=True, kw_only=True)
class SeenPage:
    """One look at one page, from `began_at` for `seconds`; `scroll` in percent."""

    path: str
    began_at: datetime
    seconds: int
    scroll: int
    clicks: int


@dataclass(frozen=True, kw_only=True)
class Point:
    """A rule of the lead score, with the moment it began to hold."""

    rule: str
    points: int
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message. `told` is the entry of the file; `score` what the conversation had reached by then."""

    role: str
    at: datetime
    path: str
    told: Mapping
    score: int = 0


@dataclass(frozen=True, kw_only=True)
class Story:
    """One conversation with everything around it; `told` is the entry of the file."""

    told: Mapping
    pages: tuple[SeenPage, ...]
    lines: tuple[Line, ...]
    points: tuple[Point, ...]
    lead_at: datetime | None

    @property
    def started_at(self) -> datetime:
        return self.pages[0].began_at

    @property
    def first_path(self) -> str:
        """With what a campaign put into the address."""
        campaign = self.told.get("campaign")
        return f"{self.pages[0].path}?{campaign}" if campaign else self.pages[0].path

    @property
    def names(self) -> str:
        """The key of the story whose lead it names: its own, or an earlier one's."""
        return self.told.get("names", {}).get("lead", self.told["key"])

    @property
    def last_heard_at(self) -> datetime:
        last_page = self.pages[-1]
        return max(self.lines[-1].at, last_page.began_at + timedelta(seconds=last_page.seconds))

    @property
    def score(self) -> int:
        return min(100, sum(point.points for point in self.points))

    @property
    def intent(self) -> str:
        """Wanting to buy outlasts whatever was said later."""
        intents = [line.told["intent"] for line in self.lines if line.role == "assistant"]
        return "purchase_intent" if "purchase_intent" in intents else intents[-1]


def tell(told: Mapping, *, now: datetime, weights: ScoreWeights, proactive_texts: Mapping[str, str]) -> Story:
    """The story of one entry, with times before `now`. `proactive_texts` are the rules' own, by trigger."""
    started_at = _start(told, now)
    pages = _pages(told["pages"], started_at)
    lines = _lines(told, pages, proactive_texts)
    lead_at = _lead_at(told, lines)
    points = _points(told, pages, lines, lead_at, weights)
    return Story(told=told, pages=pages, lines=_scored(lines, points), points=points, lead_at=lead_at)


def _start(told: Mapping, now: datetime) -> datetime:
    if "minutes_ago" in told:
        return now - timedelta(minutes=told["minutes_ago"])
    day = now.astimezone(LOCAL_TIME).date() - timedelta(days=told["days_ago"])
    return datetime.combine(day, time.fromisoformat(told["at"]), LOCAL_TIME)


def _pages(told: Sequence[Mapping], began_at: datetime) -> tuple[SeenPage, ...]:
    pages = []
    for page in told:
        pages.append(SeenPage(began_at=began_at, **page))
        began_at += timedelta(seconds=page["seconds"])
    return tuple(pages)


def _lines(told: Mapping, pages: Sequence[SeenPage], proactive_texts: Mapping[str, str]) -> tuple[Line, ...]:
    entries = list(told["messages"])
    if proactive := told.get("proactive"):
        text = proactive_texts[proactive["trigger"]]
        entries.append({"at": proactive["at"], "role": "proactive", "text": text})
    lines = []
    for entry in sorted(entries, key=lambda entry: entry["at"]):
        at = pages[0].began_at + timedelta(seconds=entry["at"])
        path = [page.path for page in pages if page.began_at <= at][-1]
        lines.append(Line(role=entry["role"], at=at, path=path, told=entry))
    return tuple(lines)


def _lead_at(told: Mapping, lines: Sequence[Line]) -> datetime | None:
    """When the details came: with the form at the end, or in the message that holds them."""
    lead = told.get("lead")
    if lead is None:
        return None
    if lead.get("form"):
        return lines[-1].at + timedelta(seconds=FORM_SECONDS)
    details = lead.get("email") or lead["phone"][-3:]
    return next(line.at for line in lines if line.role == "visitor" and details in line.told["text"])


def _points(
    told: Mapping, pages: Sequence[SeenPage], lines: Sequence[Line], lead_at: datetime | None, weights: ScoreWeights
) -> tuple[Point, ...]:
    """Every rule that came to hold, in the order of time."""
    lead = told.get("lead", {})
    buying = [line for line in lines if line.told.get("intent") in BUYING]
    long = [page for page in pages if page.seconds >= LONG_SECONDS]
    found = []

    def hold(rule: str, at: datetime, reason: str) -> None:
        found.append(Point(rule=rule, points=getattr(weights, rule), reason=reason, at=at))

    if buying:
        hold("purchase_intent", buying[0].at, BUYING[buying[0].told["intent"]])
    if len(pages) >= SEVERAL_PAGES:
        hold("several_pages", pages[SEVERAL_PAGES - 1].began_at, "Looked at several pages")
    if told.get("proactive", {}).get("accepted"):
        at = next(line.at for line in lines if line.role == "visitor")
        hold("engaged_with_proactive", at, "Answered a proactive message")
    if "email" in lead:
        hold("gave_email", lead_at, "Gave an e-mail address")
    if "phone" in lead:
        hold("gave_phone", lead_at, "Gave a phone number")
    if long:
        hold("long_engagement", long[0].began_at + timedelta(seconds=LONG_SECONDS), "Stayed on a page for two minutes")
    return tuple(sorted(found, key=lambda point: point.at))


def _scored(lines: Sequence[Line], points: Sequence[Point]) -> tuple[Line, ...]:
    return tuple(
        replace(line, score=min(100, sum(point.points for point in points if point.at <= line.at))) for line in lines
    )
