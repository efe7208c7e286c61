"""Notices on devices, through a push service on loopback that is shown nothing it could read."""

import base64
import json
from datetime import timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.checks import run_checks
from django.core.management import call_command
from py_vapid import Vapid02

from leads import mailing, pushing
from leads.models import PushSubscription, StaffMail
from leads.tests.conftest import NOON
from leads.tests.devices import VAPID_KEY, Browser
from leads.tests.receiver import Answer
from leads.tests.staff import colleague
from leads.tests.test_calling import URL, call, send_all
from tenants.models import Membership

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _vapid(settings):
    settings.VAPID_PRIVATE_KEY = VAPID_KEY


@pytest.fixture
def browser(acme, receiver):
    """An editor's, who gets no mail."""
    browser = Browser(receiver.url)
    browser.subscribe(colleague(acme, "editor"))
    return browser


def states() -> list[str]:
    return list(StaffMail.objects.order_by("pk").values_list("state", flat=True))


def test_a_device_shows_what_the_business_allows_and_where_to_answer(acme, browser, receiver):
    call(acme)
    assert send_all() == ["sent"]
    (request,) = receiver.received
    assert browser.read(request.body) == {
        "title": "A visitor waits for a person · Acme",
        "body": "Why: they complain",
        "url": URL,
        "tag": "conv_1",
    }
    assert b"Acme" not in request.body
    assert PushSubscription.objects.get().last_used_at == NOON


@pytest.mark.parametrize(
    ("shows", "body"),
    [("nothing", ""), ("reason", "Why: they complain"), ("words", "Why: they complain\nWhere is my parcel?")],
)
def test_a_notice_tells_nothing_beyond_what_the_business_allows(acme, browser, receiver, shows, body):
    acme.behavior.notice_shows = shows
    acme.behavior.save()
    call(acme)
    send_all()
    assert browser.read(receiver.received[0].body)["body"] == body


def test_the_service_is_told_how_long_and_how_urgent_and_who_asks(acme, browser, receiver):
    call(acme)
    send_all()
    headers = receiver.received[0].headers
    named = {name: headers[name] for name in ("ttl", "urgency", "content-encoding", "topic")}
    topic = pushing.topic_of("conv_1")
    assert named == {"ttl": "900", "urgency": "high", "content-encoding": "aes128gcm", "topic": topic}
    assert len(topic) <= 32
    assert "conv" not in topic
    token, key = headers["authorization"].removeprefix("vapid t=").split(",k=")
    assert key == pushing.public_key()
    assert Vapid02.verify(headers["authorization"])
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    origin = receiver.url.removesuffix("/hook")
    expires = int((NOON + timedelta(hours=12)).timestamp())
    assert claims == {"aud": origin, "exp": expires, "sub": "https://caty.example"}


def test_another_browser_reads_nothing(acme, browser, receiver):
    call(acme)
    send_all()
    with pytest.raises(http_ece.ECEException):
        Browser().read(receiver.received[0].body)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(acme, browser, receiver, status):
    receiver.answers = [Answer(status=status)]
    call(acme)
    call(acme, about="conv_1:two")
    assert send_all() == ["skipped", "skipped"]
    assert not PushSubscription.objects.exists()
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_is_asked_again(acme, browser, receiver, status):
    receiver.answers = [Answer(status=status), Answer(status=201)]
    call(acme)
    assert send_all() == ["pending"]
    row = StaffMail.objects.get()
    assert NOON + timedelta(seconds=8) <= row.due_at <= NOON + timedelta(seconds=13)
    assert send_all(NOON + MINUTE) == ["sent"]


def test_a_service_that_names_a_time_is_left_alone_until_then(acme, browser, receiver):
    receiver.answers = [Answer(status=429, headers={"Retry-After": "90"})]
    call(acme)
    send_all()
    assert StaffMail.objects.get().due_at >= NOON + timedelta(seconds=90)


def test_after_five_failures_a_notice_is_given_up(acme, browser, receiver):
    receiver.answers = [Answer(status=500)]
    call(acme)
    for number in range(5):
        send_all(NOON + number * 2.4 * MINUTE)
    assert states() == ["dead"]
    assert len(receiver.received) == 5


def test_a_service_that_can_not_be_reached_holds_no_mail_up(acme, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1:9"]
    Browser("http://127.0.0.1:9/closed").subscribe(colleague(acme, "editor"))
    colleague(acme, "owner")
    call(acme)
    assert sorted(send_all()) == ["pending", "sent"]


def test_a_private_address_is_never_called(acme, receiver, settings):
    settings.OUTBOUND_ALLOW = []
    Browser(receiver.url).subscribe(colleague(acme, "editor"))
    call(acme)
    assert send_all() == ["skipped"]
    assert receiver.received == []
    assert not PushSubscription.objects.exists()


def test_keys_that_are_none_are_forgotten(acme, receiver):
    subscription = Browser(receiver.url).subscribe(colleague(acme, "editor"))
    subscription.secrets = {**subscription.secrets, "p256dh": "BAAA" + "A" * 83}
    subscription.save()
    call(acme)
    assert send_all() == ["skipped"]
    assert not PushSubscription.objects.exists()


def test_a_notice_that_comes_too_late_is_not_shown(acme, browser, receiver):
    call(acme)
    assert send_all(NOON + 16 * MINUTE) == ["skipped"]
    assert receiver.received == []


def test_the_longest_notice_is_small_enough(acme, browser, receiver):
    acme.name = "ש" * 120
    acme.save()
    acme.behavior.notice_shows = "words"
    acme.behavior.save()
    call(acme, words="🐝" * 4000)
    assert send_all() == ["sent"]
    assert len(receiver.received[0].body) <= 3000
    assert "🐝" in browser.read(receiver.received[0].body)["body"]


def test_at_most_sixty_notices_reach_a_device_within_an_hour(acme, browser, receiver):
    for number in range(58):
        call(acme, about=f"conv_1:{number}")
    StaffMail.objects.update(state=StaffMail.State.SENT, tried_at=NOON)
    for number in range(58, 62):
        call(acme, about=f"conv_1:{number}")
    send_all()
    assert len(receiver.received) == 2
    assert states()[58:] == ["sent", "sent", "skipped", "skipped"]


def test_a_dead_workers_notice_is_sent_by_another(acme, browser, receiver):
    call(acme)
    pk = StaffMail.objects.get().pk
    mailing.claims.claim(pk, now=NOON)
    assert send_all(NOON + MINUTE) == []
    assert send_all(NOON + 2 * MINUTE) == ["sent"]


def test_where_it_leads_and_with_which_keys_is_stored_encrypted(acme, browser):
    raw = PushSubscription.objects.extra(select={"raw": "secrets::text || ''"}).get().raw
    assert "127.0.0.1" not in raw
    assert browser.device.auth not in raw


def test_the_command_makes_a_key_that_works(settings, capsys):
    call_command("make_vapid_key")
    name, _is, key = capsys.readouterr().out.strip().partition("=")
    settings.VAPID_PRIVATE_KEY = key
    assert name == "VAPID_PRIVATE_KEY"
    assert complaints() == []
    raw = base64.urlsafe_b64decode(pushing.public_key() + "=")
    assert ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


@pytest.mark.parametrize("key", ["x", "AAAA", "A" * 43, "%%%"])
def test_a_key_that_is_none_stops_the_start(settings, key):
    settings.VAPID_PRIVATE_KEY = key
    assert complaints() == ["caty.E016"]


def complaints() -> list[str]:
    return [found.id for found in run_checks() if found.id == "caty.E016"]


def test_a_notice_of_one_business_reaches_devices_of_its_own_colleagues_alone(acme, rival, receiver):
    """One person works for both, one for each; each has a browser."""
    both = colleague(acme, "editor", name="both")
    there = Membership.objects.create(tenant=rival, user=both.user, role="editor")
    browsers = {one: Browser(f"{receiver.url}/{one}") for one in ("both", "acme", "rival")}
    browsers["both"].subscribe(both)
    browsers["both"].subscribe(there)
    browsers["acme"].subscribe(colleague(acme, "editor"))
    browsers["rival"].subscribe(colleague(rival, "editor"))

    call(acme)

    assert send_all() == ["sent", "sent"]
    assert set(PushSubscription.objects.exclude(last_used_at=None).values_list("tenant", flat=True)) == {acme.pk}
    titles = [
        browser.read(request.body)["title"]
        for browser, request in zip((browsers["both"], browsers["acme"]), receiver.received, strict=True)
    ]
    assert titles == ["A visitor waits for a person · Acme"] * 2
