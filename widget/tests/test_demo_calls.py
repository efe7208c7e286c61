"""The demonstration's colleagues, and how they answered visitors before anybody came to look."""

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from tenants.config import load_config
from tenants.models import Behavior, CannedReply, Face, Membership, Tenant
from widget.models import Handoff, Session
from widget.services.periods import last_days
from widget.services.reports import Opinions, read_report
from widget.tests.test_demo import facts, run_demo, shop  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.urls("widget.tests.demo_urls")]


def test_who_runs_it_may_answer_visitors_with_two_colleagues(shop):  # noqa: F811
    people = Membership.objects.for_tenant(shop).order_by("pk")

    assert [(one.user.username.partition("@")[0], one.role, one.shown_name) for one in people] == [
        ("owner", "owner", "Wren & Wheel"),
        ("admin", "owner", "Wren & Wheel"),
        ("ines", "editor", "Ines"),
        ("tom", "editor", "Tom"),
    ]
    faces = Face.objects.order_by("pk")
    assert [face.membership.display_name for face in faces] == ["Ines", "Tom"]
    assert faces[0].digest != faces[1].digest
    assert CannedReply.objects.for_tenant(shop).count() == 5


def test_its_report_has_something_to_tell(shop):  # noqa: F811
    now = timezone.now()
    report = read_report(shop, last_days(30, now=now, zone=shop.timezone), now=now)

    assert (report.calls, report.unasked) == (8, 1)
    assert (report.outcomes["missed"], report.outcomes["handed_back"], report.outcomes["ended"]) == (1, 2, 5)
    assert (report.waiting.count, report.first_reply.count) == (7, 7)
    assert report.first_reply.median > report.waiting.median
    assert report.opinions == Opinions(good=6, okay=1, bad=1, asked=8)
    assert {one.membership.display_name: one.answered for one in report.colleagues} == {"Ines": 4, "Tom": 4}
    assert min(report.ways.values()) > 0


def test_a_demo_of_before_gets_colleagues_and_their_calls(facts, shop):  # noqa: F811
    get_user_model().objects.filter(username__contains="@").delete()
    Membership.objects.filter(user__username="admin").delete()
    Session.objects.filter(handoffs__isnull=False).delete()
    CannedReply.objects.all().delete()
    earlier = "I've told the shop. Leave an e-mail address or a number, and they get back to you."
    Behavior.objects.filter(tenant=shop).update(handoff_message=earlier)

    run_demo()

    assert (Membership.objects.count(), Face.objects.count(), CannedReply.objects.count()) == (4, 2, 5)
    assert (Session.objects.count(), Handoff.objects.count()) == (34 + 9, 9)
    assert load_config(Tenant.objects.get(pk=shop.pk)).behavior.handoff_message.startswith("I've called the shop.")


def test_a_colleague_whom_staff_took_out_stays_out(facts, shop):  # noqa: F811
    Membership.objects.filter(user__username__startswith="tom").delete()
    CannedReply.objects.filter(name="bye").delete()

    run_demo()

    assert Membership.objects.for_tenant(shop).count() == 3
    assert not CannedReply.objects.filter(name="bye").exists()
    assert Handoff.objects.count() == 9
