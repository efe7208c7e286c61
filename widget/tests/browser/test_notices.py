"""“Notify me on this device” in a browser whose push service is a stand-in: there is none without a vendor."""

import base64
import json

import pytest
from playwright.sync_api import expect

from leads import pushing
from leads.models import PushSubscription
from leads.tests.devices import VAPID_KEY, Browser
from tenants.models import Membership
from widget.tests.browser.admin_pages import breaks, faults_of

MINE = "/admin/leads/staffmail/mine/"
# What a browser would do: `asked` keeps what the page wanted of it.
STAND_IN = """
(subscription, permission) => {
  window.asked = JSON.parse(sessionStorage.asked || "{}");
  const keep = (name, value) => { window.asked[name] = value; sessionStorage.asked = JSON.stringify(window.asked); };
  Object.defineProperty(Notification, "permission", { get: () => permission === "denied" ? "denied" : "default" });
  Notification.requestPermission = async () => permission;
  const made = () => window.asked.subscribed && { ...subscription, toJSON: () => subscription, unsubscribe: () => {} };
  const pushManager = {
    getSubscription: async () => made() || null,
    subscribe: async ({ userVisibleOnly, applicationServerKey }) => {
      keep("subscribed", { userVisibleOnly, key: btoa(String.fromCharCode(...applicationServerKey)) });
      return made();
    },
  };
  const registration = { pushManager };
  Object.defineProperty(navigator, "serviceWorker", { value: {
    ready: Promise.resolve(registration),
    getRegistration: async () => registration,
    register: async (url, options) => { keep("registered", { url, ...options }); return registration; },
  } });
}
"""


@pytest.fixture(autouse=True)
def _vapid(settings):
    settings.VAPID_PRIVATE_KEY = VAPID_KEY


def stand_in(page, permission: str) -> None:
    """Before the page's own script runs."""
    device = Browser().device
    subscription = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    page.add_init_script(f"({STAND_IN})({json.dumps(subscription)}, '{permission}')")
    page.reload()


def test_a_device_is_told_after_one_click_and_says_so(owner, acme):
    page = owner(MINE)
    stand_in(page, "granted")
    button = page.get_by_role("button", name="Notify me on this device")
    expect(page.get_by_text("A notice appears here when a visitor waits")).to_be_visible()
    assert breaks(page) == []

    button.click()

    expect(page.get_by_text("This device is told from now on.")).to_be_visible()
    expect(page.get_by_text("This device is told when a visitor waits.")).to_be_visible()
    expect(button).to_be_hidden()
    asked = page.evaluate("window.asked")
    assert asked["registered"] == {"url": "/admin/push-worker.js", "scope": "/admin/"}
    assert asked["subscribed"]["userVisibleOnly"] is True
    key = base64.urlsafe_b64encode(base64.b64decode(asked["subscribed"]["key"])).decode().rstrip("=")
    assert key == pushing.public_key()
    row = PushSubscription.objects.get()
    assert row.membership == Membership.objects.get(tenant=acme)
    assert row.secrets["endpoint"] == "https://push.example/one"
    assert breaks(page) == []


def test_who_has_refused_is_told_where_to_allow_it(owner):
    page = owner(MINE)
    stand_in(page, "denied")
    expect(page.get_by_text("This browser may show no notices of this site.")).to_be_visible()
    expect(page.get_by_role("button", name="Notify me on this device")).to_be_hidden()
    assert not PushSubscription.objects.exists()


def test_a_browser_that_knows_no_notices_says_so(owner):
    page = owner(MINE)
    page.add_init_script("delete window.PushManager")
    page.reload()
    expect(page.get_by_text("This browser can show no notices.")).to_be_visible()


def test_the_page_breaks_no_rule_and_is_no_wider_than_the_screen(owner, acme):
    Browser().subscribe(Membership.objects.get(tenant=acme))
    page = owner(MINE)
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    assert faults_of(page) == []


WORKER_SCOPE = """
async ({ source, pushed, pages }) => {
  const seen = [], handlers = {};
  const clients = pages.map((url) => ({ url, focus: async () => seen.push(`focus ${url}`),
    navigate: async (to) => { seen.push(`navigate ${url} to ${to}`); } }));
  const self = {
    location: { origin: "https://caty.example" },
    addEventListener: (name, handler) => { handlers[name] = handler; },
    registration: { showNotification: async (title, options) => { seen.push({ title, ...options }); } },
    clients: { matchAll: async () => clients, openWindow: async (to) => { seen.push(`open ${to}`); } },
  };
  new Function("self", source)(self);
  const run = (name, event) => new Promise((done) => {
    let waited = Promise.resolve();
    handlers[name]({ ...event, waitUntil: (work) => { waited = work; } });
    waited.then(done);
  });
  await run("push", { data: pushed && { json: () => JSON.parse(pushed) } });
  const [shown] = seen;
  await run("notificationclick", { notification: { close: () => seen.push("closed"), data: shown.data } });
  return seen;
}
"""
INBOX = "https://caty.example/admin/inbox/"
TOLD = {"title": "A visitor waits", "body": "Why", "url": f"{INBOX}conv_1/", "tag": "conv_1"}
SHOWN = {"title": "A visitor waits", "body": "Why", "tag": "conv_1", "renotify": True, "data": {"url": TOLD["url"]}}


def work(owner, told, pages):
    page = owner(MINE)
    source = page.evaluate("fetch('/admin/push-worker.js').then((answer) => answer.text())")
    pushed = json.dumps(told) if told is not None else None
    return page.evaluate(WORKER_SCOPE, {"source": source, "pushed": pushed, "pages": pages})


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([], [f"open {INBOX}conv_1/"]),
        (["https://caty.example/admin/leads/"], [f"open {INBOX}conv_1/"]),
        ([INBOX], [f"focus {INBOX}", f"navigate {INBOX} to {INBOX}conv_1/"]),
        ([INBOX, f"{INBOX}conv_1/"], [f"focus {INBOX}conv_1/"]),
    ],
)
def test_a_click_goes_to_an_open_inbox_or_opens_the_page(owner, pages, expected):
    assert work(owner, TOLD, pages) == [SHOWN, "closed", *expected]


def test_a_click_leads_nowhere_else(owner):
    seen = work(owner, {**TOLD, "url": "https://evil.example/"}, [])
    assert seen[1:] == ["closed"]


def test_an_empty_notice_is_shown_all_the_same(owner):
    shown, *rest = work(owner, None, [])
    assert shown["title"] == "Caty"
    assert rest == ["closed", "open https://caty.example/admin/"]
