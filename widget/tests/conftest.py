"""A visitor at Acme's site, and the clock of these tests."""

from datetime import UTC, datetime

import pytest

from tenants.config import load_config
from tenants.models import Tenant
from widget import services
from widget.contracts import Browser, Caller, PageSeen, VisitorMessage

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CALLER = Caller(address="203.0.113.7")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"


@pytest.fixture
def now():
    return NOW


class VisitorAt:
    """A visitor of one tenant, speaking through the use cases."""

    def __init__(self, tenant: Tenant, now: datetime = NOW, **start):
        self.tenant = tenant
        self.now = now
        self.started = self.start(**start)

    @property
    def config(self):
        self.tenant.refresh_from_db()
        return load_config(self.tenant)

    @property
    def session_id(self):
        return self.started.session_id

    @property
    def session(self):
        return self.tenant.sessions.get(public_id=self.session_id)

    def start(self, *, visitor_id="", url="https://acme.example/", user_agent="Mozilla/5.0", caller=CALLER):
        return services.start_session(
            tenant=self.tenant,
            config=self.config,
            visitor_id=visitor_id,
            page=PageSeen(url=url, title="Home", referrer="https://search.example/"),
            browser=Browser(user_agent=user_agent),
            caller=caller,
            now=self.now,
        )

    def say(self, text, *, client_message_id="", page_url="", caller=CALLER, now=None):
        return services.post_message(
            tenant=self.tenant,
            config=self.config,
            session_id=self.session_id,
            message=VisitorMessage(text=text, page_url=page_url, client_message_id=client_message_id),
            caller=caller,
            now=now or self.now,
        )

    def track(self, *events, metrics=None, is_chat_open=False, now=None):
        return services.track(
            tenant=self.tenant,
            config=self.config,
            session_id=self.session_id,
            events=events,
            metrics=metrics,
            is_chat_open=is_chat_open,
            caller=CALLER,
            now=now or self.now,
        )


@pytest.fixture
def visitor(acme):
    return VisitorAt(acme)
