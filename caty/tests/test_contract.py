"""The contract's own examples: these requests are taken, and the answers have exactly these fields and types."""

import re
from datetime import datetime

import pytest

from tenants.models import ProactiveRule
from widget.tests.door import Door

ID = "[2-9A-HJ-NP-Za-km-z]{22}"


@pytest.fixture
def door(acme):
    """Acme's site, where the widget may speak as soon as it wants to."""
    acme.behavior.proactive_delay_ms = 0
    acme.behavior.save()
    return Door(acme)


@pytest.fixture
def session_id(door):
    return door.start(page={"url": "https://example.com/page"})


def shape_of(value):
    """The value with every leaf replaced by its type; of a list, the shapes of its members."""
    if isinstance(value, dict):
        return {name: shape_of(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape_of(member) for member in value]
    return type(value)


def answer_of(response):
    body = response.json()
    assert (response.status_code, body["success"]) == (200, True), body
    return body


PALETTE = dict.fromkeys(("primary", "on_primary", "accent", "background", "surface", "text", "muted", "line"), str)
CONFIG = {
    "success": bool,
    "config": {
        "widget_id": str,
        "business": {"name": str, "type": str},
        "persona": {"name": str, "role": str, "tone": str, "avatar_url": str},
        "appearance": {
            "theme": str,
            "position": str,
            "colors": {"primary": str, "secondary": str, "background": str, "text": str, "on_primary": str},
            "palettes": {"light": PALETTE, "dark": PALETTE},
        },
        "behavior": {
            "greeting": {"enabled": bool, "message": str, "delay_ms": int},
            "proactive": {
                "enabled": bool,
                "delay_ms": int,
                "cooldown_ms": int,
                "max_per_session": int,
                "mobile_enabled": bool,
                "events": [],
            },
            "tracking": str,
            "feedback": bool,
            "attachments": bool,
        },
        "language": str,
        "panel_url": str,
        "people_url": str,
        "lead_form": {"enabled": bool, "title": str, "before_handoff": bool},
        "consent": {"required": bool, "text": str, "url": str},
        "handoff": {"enabled": bool},
        "texts": {
            "language": str,
            "direction": str,
            "launcher": dict.fromkeys(("open", "close", "unread", "dismiss", "says"), str),
            "url": str,
            "own": {},
        },
    },
}


def test_config(door):
    body = answer_of(door.get("config"))

    config = body["config"]
    rules = config["behavior"]["proactive"].pop("rules")
    fields, required = (config["lead_form"].pop(name) for name in ("fields", "required"))
    assert config["behavior"].pop("quick_replies") == []
    assert shape_of(body) == CONFIG
    assert re.fullmatch(f"widget_{ID}", config["widget_id"])
    assert config["business"] == {"name": "Acme", "type": "other"}
    assert config["persona"] == {"name": "Caty", "role": "AI Assistant", "tone": "friendly", "avatar_url": ""}
    assert (fields, required) == (["name", "email"], [])
    assert {rule["trigger_type"] for rule in rules} == {"exit_intent", "form_abandonment", "high_engagement"}
    assert config["panel_url"] == "https://caty.example/static/widget/panel.js"


def test_session(door):
    body = answer_of(
        door.post(
            "session",
            {
                "visitor_id": "optional_visitor_id",
                "page": {
                    "url": "https://example.com/page",
                    "title": "Page Title",
                    "referrer": "https://google.com",
                },
            },
        )
    )

    assert shape_of(body) == {
        "success": bool,
        "session_id": str,
        "visitor_id": str,
        "greeting": {"content": str, "timestamp": str},
    }
    assert re.fullmatch(f"sess_{ID}", body["session_id"])
    assert re.fullmatch(f"vis_{ID}", body["visitor_id"])
    assert body["greeting"]["content"] == "Hi! How can I help you today?"
    assert datetime.strptime(body["greeting"]["timestamp"], "%Y-%m-%dT%H:%M:%SZ")


def test_message(door, session_id):
    body = answer_of(
        door.post(
            "message",
            {
                "session_id": session_id,
                "message": "What are your pricing plans?",
                "context": {"page_url": "https://example.com/pricing"},
            },
        )
    )

    actions = body["response"].pop("suggested_actions")
    sources = body["response"].pop("sources")
    assert shape_of(body) == {
        "success": bool,
        "response": {"content": str, "message_id": str, "answered_by": str},
        "metadata": {"intent": str, "confidence": float, "lead_score": int},
    }
    assert len(actions) <= 4
    for action in actions:
        assert set(action) == ({"label", "action", "url"} if action["action"] == "link" else {"label", "action"})
    assert all(set(source) == {"title", "url"} for source in sources)
    assert re.fullmatch(f"msg_{ID}", body["response"]["message_id"])
    assert body["metadata"]["intent"] == "pricing_inquiry"
    assert body["response"]["answered_by"] == "knowledge"


TRACK = {
    "events": [
        {"type": "scroll_depth", "data": 75, "timestamp": "..."},
        {"type": "click", "data": {"element": "button"}, "timestamp": "..."},
    ],
    "metrics": {"timeOnPage": 45000, "scrollDepth": 75, "clickCount": 3},
}


def test_track(door, session_id):
    body = answer_of(door.post("track", {"session_id": session_id, **TRACK}))

    proactive = body["proactive"]
    assert set(body) == {"success", "engagement_score", "proactive"}
    assert body["engagement_score"] == 65
    assert proactive["should_trigger"] is True
    assert shape_of(proactive) == {
        "should_trigger": bool,
        "message": str,
        "message_id": str,
        "trigger_type": str,
        "suggested_actions": [{"label": str, "action": str}, {"label": str, "action": str}],
    }


def test_track_where_nothing_triggers(door):
    ProactiveRule.objects.filter(tenant=door.tenant).delete()

    body = answer_of(door.post("track", {"session_id": door.start()}))

    assert body["proactive"] == {"should_trigger": False, "message": None}


def test_proactive(door, session_id):
    door.post("track", {"session_id": session_id, **TRACK})

    body = answer_of(
        door.post(
            "proactive",
            {
                "session_id": session_id,
                "trigger_type": "high_engagement",
                "context": {"page_url": "https://example.com/features", "engagement_score": 70},
            },
        )
    )

    assert shape_of(body) == {
        "success": bool,
        "message": {
            "message_id": str,
            "content": str,
            "suggested_actions": [{"label": str, "action": str}, {"label": str, "action": str}],
        },
    }
    assert body["message"]["suggested_actions"] == [
        {"label": "Tell me more", "action": "message"},
        {"label": "No thanks", "action": "dismiss"},
    ]


def test_lead(door, session_id):
    body = answer_of(
        door.post(
            "lead",
            {
                "session_id": session_id,
                "name": "John Smith",
                "email": "john@example.com",
                "phone": "+1234567890",
                "company": "Acme Inc",
                "custom_fields": {"interest": "Enterprise plan"},
            },
        )
    )

    assert re.fullmatch(f"lead_{ID}", body.pop("lead_id"))
    assert body == {"success": True, "message": "Thanks! Someone will be in touch soon."}


def test_no_answer_or_error_is_missing_our_name_for_the_request(door):
    for response in (door.get("config"), door.get("nothing"), door.client.get("/healthz")):
        assert re.fullmatch(f"req_{ID}", response["X-Request-Id"])


def test_name_a_caller_gave_the_request_is_not_taken_over(door):
    response = door.get("config", headers={"X-Request-Id": "req_mine"})

    assert response["X-Request-Id"] != "req_mine"
