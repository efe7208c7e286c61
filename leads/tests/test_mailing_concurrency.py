"""Mails to colleagues while several send, and while workers die."""

import os
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from typing import ClassVar

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection

from leads import mailing
from leads.mailing import claims, visitors
from leads.models import StaffMail, VisitorMail
from leads.tests.conftest import NOON
from leads.tests.staff import colleague
from leads.tests.test_concurrency import THREADS, at_once
from leads.tests.test_digests import EIGHT, LONG_AGO
from leads.tests.test_mailing import capture_hot
from leads.tests.test_visitor_mails import mail as write_to_visitor
from tenants.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)

SENDS_AND_DIES = """
import os, sys, uuid, datetime, django
django.setup()
from leads import mailing
from leads.mailing import claims
setattr(claims, "finish", lambda *_, **__: os._exit(9))
mailing.send(uuid.UUID(sys.argv[1]), now=datetime.datetime.fromisoformat(sys.argv[2]))
"""


def die_after_sending(pk, mailbox):
    """A worker in a process of its own that hands the mail over and dies before it can write that down."""
    database = connection.settings_dict
    host = f"{database['HOST']}:{database['PORT']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}",
        "DJANGO_SETTINGS_MODULE": "caty.settings",
        "EMAIL_URL": f"filemail:///{mailbox}",
    }
    arguments = [sys.executable, "-c", SENDS_AND_DIES, str(pk), NOON.isoformat()]
    ended = subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, timeout=60, check=False)
    return ended.returncode


def test_a_worker_killed_after_sending_loses_nothing_and_the_repeat_can_be_told(acme, tmp_path, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    pk = StaffMail.objects.get().pk

    assert die_after_sending(pk, tmp_path) == 9

    (sent,) = [message_from_bytes(file.read_bytes()) for file in tmp_path.iterdir()]
    assert StaffMail.objects.get().state == "sending"
    assert mailing.find_due(now=NOON + timedelta(seconds=60)) == []
    later = NOON + claims.LEASE
    assert mailing.find_due(now=later) == [pk]
    assert mailing.send(pk, now=later) == "sent"
    (again,) = mailoutbox
    assert again.extra_headers["Message-ID"] == sent["Message-ID"] == f"<{pk}@caty.example>"
    assert mailing.find_due(now=later + claims.LEASE) == []


def test_a_worker_killed_before_sending_loses_nothing(acme, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    pk = StaffMail.objects.get().pk
    assert claims.claim(pk, now=NOON) is not None
    later = NOON + claims.LEASE
    assert mailing.find_due(now=later) == [pk]
    assert mailing.send(pk, now=later) == "sent"
    assert len(mailoutbox) == 1


def test_one_mail_at_several_workers_is_sent_once(acme, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    pk = StaffMail.objects.get().pk
    assert sorted(at_once(*[partial(mailing.send, pk, now=NOON)] * THREADS), key=str) == [None, None, None, "sent"]
    assert len(mailoutbox) == 1


def test_the_limit_of_an_hour_holds_while_many_send(acme, monkeypatch):
    monkeypatch.setattr(claims, "HOT_MAILS_AN_HOUR", 2)
    person = colleague(acme)
    for number in range(8):
        capture_hot(acme, number)
    pks = StaffMail.objects.values_list("pk", flat=True)

    ended = at_once(*[partial(mailing.send, pk, now=NOON) for pk in pks])

    assert ended.count("sent") == 2
    gathering = StaffMail.objects.get(kind="more", membership=person)
    assert gathering.gathered.count() == 6


def test_one_lead_that_grows_hot_in_several_requests_is_told_once(acme):
    colleague(acme)
    at_once(*[partial(capture_hot, acme)] * THREADS)
    assert StaffMail.objects.count() == 1


def test_several_sweeps_begin_one_digest(acme, mailoutbox):
    colleague(acme, digest_from=LONG_AGO)
    capture_hot(acme, now=EIGHT - timedelta(minutes=1))

    def sweep():
        return [mailing.send(pk, now=EIGHT) for pk in mailing.find_due(now=EIGHT)]

    at_once(*[sweep] * THREADS)

    assert StaffMail.objects.count() == 1
    assert len(mailoutbox) == 1


def test_a_colleague_who_leaves_while_they_are_written_to_leaves_no_trace(acme, mailoutbox):
    colleague(acme)
    capture_hot(acme)
    taken = claims.claim(StaffMail.objects.get().pk, now=NOON)
    Membership.objects.all().delete()
    assert claims.finish(taken, None, now=NOON) is None
    assert not StaffMail.objects.exists()


class ProbeBackend:
    """Notes what is held open while it sends."""

    seen: ClassVar[list] = []

    def __init__(self, **_options):
        pass

    def send_messages(self, _letters):
        ProbeBackend.seen.append((connection.connection is None, connection.in_atomic_block))


def test_neither_transaction_nor_connection_is_held_while_it_is_sent(acme, settings):
    colleague(acme)
    capture_hot(acme)
    settings.EMAIL_BACKEND = f"{__name__}.ProbeBackend"
    assert mailing.send(StaffMail.objects.get().pk, now=NOON) == "sent"
    assert ProbeBackend.seen == [(True, False)]
    assert mail.outbox == []


def test_mails_to_one_visitor_are_counted_though_many_send_at_once(acme, mailoutbox):
    for number in range(24):
        write_to_visitor(acme, about=str(number))
    due = visitors.find_due(now=NOON)
    for pk in due[:18]:
        visitors.send(pk, now=NOON)

    ended = at_once(*[partial(visitors.send, pk, now=NOON) for pk in due[18:]])

    assert sorted(ended, key=str) == [None, None, None, None, "sent", "sent"]
    assert len(mailoutbox) == visitors.MAILS_AN_HOUR
    assert VisitorMail.objects.filter(state="pending").count() == 4
