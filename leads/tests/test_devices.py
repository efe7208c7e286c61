"""“Notify me on this device”: whose devices are told, which are forgotten, and that they are one's own."""

import base64
import os
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from leads import services
from leads.models import PushSubscription, StaffMail
from leads.services.devices import DeviceInvalid, device_in_words
from leads.tests.conftest import NOON
from leads.tests.devices import FIREFOX, VAPID_KEY, Browser
from leads.tests.staff import colleague
from leads.tests.test_calling import send_all
from tenants.models import Membership

MINE = "/admin/leads/staffmail/mine/"
DEVICES = "/admin/leads/staffmail/mine/devices/"
WORKER = "/admin/push-worker.js"


@pytest.fixture(autouse=True)
def _vapid(settings):
    settings.VAPID_PRIVATE_KEY = VAPID_KEY


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


def add(client, browser) -> str:
    data = {"do": "add", **asdict(browser.device)}
    return client.post(DEVICES, data, follow=True, headers={"user-agent": FIREFOX}).content.decode()


def members() -> list[tuple[str, str]]:
    rows = PushSubscription.objects.order_by("pk").select_related("membership__user", "tenant")
    return [(row.membership.user.email, row.tenant.name) for row in rows]


def test_a_device_is_told_from_now_on_and_shown(acme, editor):
    seen = add(editor, Browser())
    assert "This device is told from now on." in seen
    assert "Firefox, Windows" in seen
    row = PushSubscription.objects.get()
    assert row.secrets["endpoint"] == "https://push.example/one"
    assert "push.example" not in seen


def test_one_device_told_twice_is_one(acme, editor):
    browser = Browser()
    add(editor, browser)
    browser.auth = os.urandom(16)
    add(editor, browser)
    assert PushSubscription.objects.get().secrets["auth"] == browser.device.auth


def test_it_is_told_by_every_business_where_they_answer(acme, rival, cast, editor):
    user = cast.make_staff(acme, "editor")
    Membership.objects.create(tenant=rival, user=user, role="owner")
    add(editor, Browser())
    assert members() == [("editor@acme.example", "Acme"), ("editor@acme.example", "Rival")]
    assert editor.get(MINE).content.decode().count("Firefox, Windows</th>") == 1


def test_who_only_looks_is_told_nothing_and_offered_nothing(acme, cast):
    viewer = cast.client_of("viewer", acme)
    add(viewer, Browser())
    assert members() == []
    assert "Devices that are told" not in viewer.get(MINE).content.decode()


def test_whoever_subscribed_last_is_in_front_of_the_device(acme, rival, cast, editor):
    browser = Browser()
    add(editor, browser)
    add(cast.client_of("owner", rival), browser)
    assert members() == [("owner@rival.example", "Rival")]


def test_of_more_than_ten_devices_the_oldest_goes(acme):
    member = colleague(acme, "editor")
    for number in range(11):
        device = Browser(f"https://push.example/{number}").device
        now = NOON + timedelta(minutes=number)
        services.add_device(device, user_pk=member.user_id, user_agent="", now=now)
    kept = {row.secrets["endpoint"] for row in PushSubscription.objects.all()}
    assert kept == {f"https://push.example/{number}" for number in range(1, 11)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/one"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://"},
        {"endpoint": "https://push.example/" + "x" * 1500},
        {"endpoint": "https://push.example/\u00e9"},
        {"p256dh": "x"},
        {"p256dh": base64.urlsafe_b64encode(b"\x02" * 65).decode()},
        {"p256dh": ""},
        {"auth": ""},
        {"auth": "A" * 500},
        {"auth": "%%%%"},
    ],
)
def test_what_is_no_subscription_is_refused(acme, wrong):
    member = colleague(acme, "editor")
    with pytest.raises(DeviceInvalid):
        services.add_device(replace(Browser().device, **wrong), user_pk=member.user_id, user_agent="", now=NOON)
    assert not PushSubscription.objects.exists()


def test_the_page_says_that_a_browser_can_not_be_told(acme, editor):
    browser = Browser("http://push.example/one")
    assert "This browser can&#x27;t be told." in add(editor, browser)


def test_a_device_is_taken_away(acme, editor):
    add(editor, Browser())
    digest = Browser().device.digest
    seen = editor.post(DEVICES, {"do": "remove", "digest": digest}, follow=True).content.decode()
    assert "That device is told nothing any more." in seen
    assert members() == []


@pytest.mark.parametrize("do", ["remove", "try"])
def test_nobody_takes_away_or_tries_anothers_device(acme, cast, editor, do):
    add(cast.client_of("owner", acme), Browser())
    editor.post(DEVICES, {"do": do, "digest": Browser().device.digest}, follow=True)
    assert members() == [("owner@acme.example", "Acme")]
    assert not StaffMail.objects.exists()


def test_a_test_reaches_the_device_whatever_its_owner_wants_to_hear(acme, receiver):
    member = colleague(acme, "editor", calls_on_devices=False)
    browser = Browser(receiver.url)
    device = browser.subscribe(member)
    assert services.try_device(device.digest, user_pk=member.user_id, now=NOON)
    assert send_all() == ["sent"]
    assert browser.read(receiver.received[0].body) == {
        "title": "It works · Acme",
        "body": "This device is told when a visitor waits.",
        "url": "https://caty.example/admin/leads/staffmail/mine/",
        "tag": "test",
    }


def test_whoever_opens_the_address_of_the_buttons_sees_the_page(editor, cast):
    assert editor.get(DEVICES).url == MINE
    assert cast.client_of(cast.ANONYMOUS).post(DEVICES, {"do": "add"}).url.startswith("/admin/login/")


def test_the_page_says_where_there_is_no_key(settings, editor):
    settings.VAPID_PRIVATE_KEY = ""
    seen = editor.get(MINE).content.decode()
    assert "This installation tells no devices" in seen
    assert "push.js" not in seen


def test_the_worker_may_see_to_the_whole_admin_and_needs_no_login(client):
    response = client.get(WORKER)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Service-Worker-Allowed"] == "/admin/"
    assert response["Cache-Control"] == "no-cache"
    assert b"showNotification" in response.content
    assert client.post(WORKER).status_code == 405


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/156.0.0.0 Safari/537.36 Edg/156.0", "Edge, Mac"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_named_by_browser_and_system(agent, words):
    assert device_in_words(agent) == words
