"""What receivers are shown as examples is what a visitor's conversation sends."""

import json

from leads.event_examples import example_of
from leads.events import EVENTS
from leads.models import Delivery
from leads.services import connect
from widget import services
from widget.tests.conftest import CALLER, NOW, VisitorAt


def shape_of(value):
    """Names and kinds, at any depth. What isn't known of somebody is null or empty, and fits anything."""
    if isinstance(value, dict):
        return {name: shape_of(inner) for name, inner in value.items()}
    return "list" if isinstance(value, list) else type(value).__name__


def fits(sent, shown) -> bool:
    if isinstance(sent, dict) and isinstance(shown, dict):
        return sent.keys() == shown.keys() and all(fits(sent[name], shown[name]) for name in sent)
    return sent == shown or sent == "NoneType"


def test_every_example_has_the_form_of_what_is_sent(acme):
    connect(tenant=acme, kind="webhook", settings={"url": "https://hooks.acme.example/"}, events=EVENTS)
    visitor = VisitorAt(acme)
    visitor.say("What does it cost? I am zoe@example.com")
    visitor.say("My number is +1 202 555 0143")
    services.request_handoff(
        tenant=acme,
        config=visitor.config,
        session_id=visitor.session_id,
        caller=CALLER,
        email="zoe@example.com",
        now=NOW,
    )
    services.end_session(tenant=acme, session_id=visitor.session_id, now=NOW)

    sent = {body["event"]: body for body in map(json.loads, Delivery.objects.values_list("payload", flat=True))}

    assert sent.keys() == set(EVENTS)
    for event, body in sent.items():
        shown = json.loads(example_of(event))
        for part in (body, shown):
            part["data"].pop("custom_fields", None)  # whatever the business asks for
        assert fits(shape_of(body), shape_of(shown)), event
        prefixes = {name: value.partition("_")[0] for name, value in shown["data"].items() if name.endswith("_id")}
        assert {name: (body["data"][name] or "").partition("_")[0] for name in prefixes} == prefixes
