"""Of a visit: its pages, what happens on them, and whether anything may be noted."""

from typing import Annotated, Any

from pydantic import Field

from caty.lib.shapes import Shape
from widget.api.requests.fields import ApiKey, SessionId, Title, Total, Url, at_most, capped
from widget.contracts import Browser, PageMetrics, PageSeen, TrackedEvent


class PageInput(Shape):
    """The page the visitor is on."""

    url: Url = Field(None, description="Its address.")
    title: Title = Field(None, description="Its title.")
    referrer: Url = Field(None, description="The address the visitor came from.")

    def as_page(self) -> PageSeen:
        return PageSeen(url=self.url or "", title=self.title or "", referrer=self.referrer or "")


class SessionRequest(Shape):
    """Start a conversation, or find the running one of a visitor who came before."""

    visitor_id: str | None = Field(
        None, max_length=100, description="The id an earlier answer gave; unknown ones are ignored."
    )
    page: PageInput | None = Field(None, description="The page the visitor is on.")
    language: Annotated[str | None, Field(max_length=200), at_most(35)] = Field(
        None, description="The browser's language, such as de or pt-BR."
    )
    track: bool | None = Field(
        None,
        description="false where the visitor has not agreed to be tracked: the page is not noted. Where the business "
        "asks for consent first, nothing is noted without true, here or as `granted` of the consent call.",
    )
    api_key: ApiKey = None

    def as_page(self) -> PageSeen:
        return self.page.as_page() if self.page and self.track is not False else PageSeen()

    def as_browser(self, user_agent: str) -> Browser:
        return Browser(user_agent=user_agent, language=self.language or "", has_agreed=self.track is True)


class EventInput(Shape):
    """Something that happened on a page. Types are an open set, of which speaking first knows some: exit_intent; idle
    and form_abandonment, with data like {"idle_seconds": 20}; proactive_opened, when the chat was opened upon a
    proactive message, with its id as data; and names that a rule asks for."""

    type: str = Field(min_length=1, max_length=60, description="Such as scroll_depth, click or exit_intent.")
    data: Any = Field(None, description="Any JSON that belongs to it.")
    timestamp: Annotated[str | None, Field(max_length=100), at_most(40)] = Field(
        None, description="The client's own time. Ours decides; this one is kept beside it."
    )
    event_id: str | None = Field(
        None,
        max_length=64,
        description="The client's own id of this event: however often it is sent, it is stored once.",
    )
    page_url: Url = Field(None, description="The page it happened on; else the session's last page.")

    def as_event(self) -> TrackedEvent:
        return TrackedEvent(
            type=self.type,
            data=self.data,
            timestamp=self.timestamp or "",
            event_id=self.event_id or "",
            page_url=self.page_url or "",
        )


class MetricsInput(Shape):
    """Running totals of one page view."""

    time_on_page: Total = Field(None, alias="timeOnPage", description="Milliseconds spent on the page.")
    scroll_depth: Annotated[float | None, Field(ge=0), capped(100)] = Field(
        None, alias="scrollDepth", description="Deepest point reached, in percent."
    )
    click_count: Total = Field(None, alias="clickCount", description="Clicks on the page.")
    page_view_id: str | None = Field(
        None, max_length=64, description="The client's own id of this page view; else the session's last page is meant."
    )
    page_url: Url = Field(None, description="The page's address.")
    page_title: Title = Field(None, description="The page's title.")

    def as_metrics(self) -> PageMetrics:
        return PageMetrics(
            time_on_page_ms=self.time_on_page or 0,
            scroll_depth=self.scroll_depth or 0,
            click_count=self.click_count or 0,
            page_view_id=self.page_view_id or "",
            page_url=self.page_url or "",
            page_title=self.page_title or "",
        )


class TrackRequest(Shape):
    """What a visitor did on a page."""

    session_id: SessionId
    events: list[EventInput] | None = Field(None, max_length=50, description="At most 50 events, in any order.")
    metrics: MetricsInput | None = Field(None, description="Running totals of the page view.")
    chat_open: bool | None = Field(
        None,
        description="true while the visitor has the chat open or is leaving the page: nothing is announced, and every "
        "rule stays unused.",
    )
    api_key: ApiKey = None


class ProactiveContext(Shape):
    page_url: Url = Field(None, description="The page the visitor is on.")
    engagement_score: Annotated[float | None, Field(ge=0), capped(100)] = Field(
        None, description="The score that `track` gave, 0 to 100."
    )


class ProactiveRequest(Shape):
    """Ask for the text of a rule that has fired."""

    session_id: SessionId
    trigger_type: str = Field(
        max_length=100,
        description="high_engagement, exit_intent, pricing_page, return_visitor, form_abandonment, "
        "or a rule of the business's own.",
    )
    context: ProactiveContext | None = Field(None, description="Where it fired.")

    @property
    def page_url(self) -> str:
        return (self.context.page_url if self.context else None) or ""


class DismissRequest(Shape):
    """The visitor closed a proactive message."""

    session_id: SessionId
    message_id: str = Field(max_length=100, description="The proactive message's id.")


class EndRequest(Shape):
    """The conversation is over."""

    session_id: SessionId


class ConsentRequest(Shape):
    """Whether the visitor agrees to be tracked."""

    session_id: SessionId
    granted: bool = Field(
        description="false erases what was noted of the visitor's behaviour, and nothing more is noted until true."
    )
