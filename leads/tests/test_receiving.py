"""The page for whoever writes a receiver: its programs run, its examples are what is sent."""

import hashlib
import hmac
import html
import json
import re
import runpy
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook

from leads.admin.receiving import EXAMPLE_SECRET, LANGUAGES, RECEIVERS, in_words
from leads.connectors import get_connector
from leads.connectors.base import OutgoingMessage
from leads.connectors.webhook import WebhookSecrets, WebhookSettings, headers_of, new_signing_secret
from leads.event_examples import OCCURRED_AT, example_of
from leads.events import EVENTS

URL = "/admin/leads/connection/receiving/"
SECRET = new_signing_secret()
NODE = shutil.which("node")
FORGED = ["", "sha256=", "sha256=" + "0" * 64, "v1,AAAA", "é"]


def message(event: str, *, sent_at: datetime | None = None) -> OutgoingMessage:
    body = example_of(event)
    return OutgoingMessage(
        delivery_id=json.loads(body)["id"],
        event=event,
        body=body,
        data={},
        business_name="Acme",
        occurred_at=OCCURRED_AT,
        sent_at=sent_at or datetime.now(tz=UTC),
    )


@pytest.fixture
def page(cast, acme):
    response = cast.client_of("viewer", acme).get(URL)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_arrives_with_signatures_that_the_package_and_our_examples_take(receiver, event):
    connector = get_connector("webhook")

    connector.deliver(message(event), WebhookSettings(url=receiver.url), WebhookSecrets(signing_secret=SECRET))

    (received,) = receiver.received
    wanted = json.loads(example_of(event))
    assert received.body == example_of(event).encode()
    assert (wanted["event"], wanted["type"], received.headers["x-caty-event"]) == (event, event, event)
    assert Webhook(SECRET).verify(received.body, received.headers) == wanted
    read_caty, read_standard = program("caty.py"), program("standard.py")
    assert read_caty(received.body, received.headers["x-caty-signature"], SECRET) == wanted
    assert read_standard(received.body, received.headers, SECRET) == wanted


def program(name: str):
    """`read_event` of the program that the page shows."""
    return runpy.run_path(str(RECEIVERS / name))["read_event"]


@pytest.mark.parametrize("signature", FORGED)
def test_the_python_programs_refuse_what_is_not_from_us(signature):
    sent = message("lead.captured")
    body, headers = sent.body.encode(), headers_of(sent, SECRET)
    read_caty, read_standard = program("caty.py"), program("standard.py")
    assert read_caty(body, signature, SECRET) is None
    assert read_standard(body, {**headers, "webhook-signature": signature}, SECRET) is None
    assert read_caty(body + b" ", headers["X-Caty-Signature"], SECRET) is None
    assert read_caty(body, headers["X-Caty-Signature"], new_signing_secret()) is None
    assert read_standard(body + b" ", headers, SECRET) is None
    assert read_standard(body, {**headers, "webhook-id": "other"}, SECRET) is None


@pytest.mark.parametrize(("seconds", "is_taken"), [(-290, True), (290, True), (-310, False), (310, False)])
def test_the_package_takes_a_time_within_five_minutes(seconds, is_taken):
    now = datetime.now(tz=UTC)
    sent = message("lead.captured", sent_at=now + timedelta(seconds=seconds))
    with time_machine.travel(now, tick=False):
        read = program("standard.py")(sent.body.encode(), headers_of(sent, SECRET), SECRET)
    assert (read is not None) is is_taken


RUN = """
import { readEvent } from PROGRAM;
const given = JSON.parse(await new Response(process.stdin).text());
const read = given.map(([body, signature, secret]) => readEvent(Buffer.from(body), signature, secret));
console.log(JSON.stringify(read));
"""


@pytest.mark.skipif(NODE is None, reason="node is not installed: the program for Node was not run")
def test_the_node_program_reads_every_event_and_refuses_what_is_not_from_us():
    bodies = [example_of(event) for event in EVENTS]
    signatures = [headers_of(message(event), SECRET)["X-Caty-Signature"] for event in EVENTS]
    right = [[body, signature, SECRET] for body, signature in zip(bodies, signatures, strict=True)]
    wrong = [[bodies[0], signature, SECRET] for signature in [*FORGED, None]]
    wrong += [[bodies[0] + " ", signatures[0], SECRET], [bodies[0], signatures[0], new_signing_secret()]]
    script = RUN.replace("PROGRAM", json.dumps((RECEIVERS / "caty.mjs").as_uri()))

    run = subprocess.run(
        [NODE, "--input-type=module", "-e", script],
        input=json.dumps(right + wrong),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(run.stdout) == [json.loads(body) for body in bodies] + [None] * len(wrong)


def test_the_page_shows_every_program_as_it_was_run(page):
    programs = sorted(path for path in RECEIVERS.iterdir() if path.is_file())
    assert [path.name for path in programs] == sorted(
        f"{kind}.{language.name}" for kind in ("caty", "standard") for language in LANGUAGES
    )
    for path in programs:
        assert path.read_text() in page


def test_the_page_shows_every_event_as_it_is_sent(page):
    for event in EVENTS:
        assert json.dumps(json.loads(example_of(event)), indent=2) in page


def test_the_pages_signatures_are_those_of_its_secret_and_body(page):
    body = example_of("lead.captured")
    digest = hmac.new(EXAMPLE_SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    for shown in (
        EXAMPLE_SECRET,
        body,
        f"sha256={digest}",
        Webhook(EXAMPLE_SECRET).sign(json.loads(body)["id"], OCCURRED_AT, body),
    ):
        assert shown in page


def test_the_page_tells_the_schedule_as_it_is(page):
    assert "After 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, each up to 20 % earlier or later. After 8 tries" in page
    assert "within 15 seconds" in page
    assert "6 h at most" in page
    assert "for 5 days, the connection pauses" in page
    assert [in_words(seconds) for seconds in (5, 60, 3600)] == ["5 s", "1 min", "1 h"]


def test_the_page_shows_no_secret_but_its_own_and_needs_no_script(page):
    assert set(re.findall(r"whsec_[A-Za-z0-9+/=]+", page)) == {EXAMPLE_SECRET}
    content = page[page.index('class="caty-page"') : page.rindex("</details>")]
    assert "<script" not in content


def test_a_webhook_links_to_the_page_and_a_mailbox_does_not(cast, acme):
    owner = cast.client_of("owner", acme)
    assert URL in owner.get("/admin/leads/connection/add/?kind=webhook").content.decode()
    assert URL not in owner.get("/admin/leads/connection/add/?kind=email").content.decode()
    data = {
        "name": "Hook",
        "is_enabled": "on",
        "settings__url": "https://hooks.acme.example/",
        "events": "lead.captured",
    }
    assert URL in owner.post("/admin/leads/connection/add/?kind=webhook", data).content.decode()
