"""Colleagues of a business at work in its inbox, through the use cases."""

from datetime import datetime

from django.contrib.auth.models import User

from tenants.models import Membership, Tenant
from widget.services import live
from widget.services.live import StaffReply
from widget.tests.conftest import NOW


class Colleague:
    """Ann, unless named otherwise; visitors see her first name."""

    def __init__(self, tenant: Tenant, name: str = "Ann", role: str = "editor", now: datetime = NOW) -> None:
        address = f"{name.lower()}@{tenant.slug}.example"
        user = User.objects.create(username=address, email=address, first_name=name, is_staff=True)
        self.membership = Membership.objects.create(tenant=tenant, user=user, role=role)
        self.now = now

    def take(self, visitor, *, is_insisting=False, now=None):
        live.take_over(is_insisting=is_insisting, **self._in(visitor, now))

    def write(self, visitor, text="I am here.", *, client_id="", attachment_ids=(), now=None):
        reply = StaffReply(text=text, client_id=client_id, attachment_ids=tuple(attachment_ids))
        return live.send_reply(reply=reply, **self._in(visitor, now))

    def give(self, visitor, colleague, *, now=None):
        live.assign(to=colleague.membership.pk, **self._in(visitor, now))

    def hand_back(self, visitor, *, now=None):
        live.hand_back(**self._in(visitor, now))

    def end(self, visitor, *, now=None):
        live.end_conversation(**self._in(visitor, now))

    def note(self, visitor, text, *, now=None):
        return live.add_note(text=text, **self._in(visitor, now))

    def look(self, visitor, *, read_sequence=0, now=None):
        live.note_present(read_sequence=read_sequence, **self._in(visitor, now))

    def type(self, visitor, *, now=None):
        live.note_typing(**self._in(visitor, now))

    def _in(self, visitor, now):
        return {"reference": visitor.session.reference, "membership": self.membership, "now": now or self.now}
