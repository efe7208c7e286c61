"""An example of every request and answer, as the description of the API shows them."""

import json

SESSION_ID = "sess_7Hq2mVt9XcB4nKd8RfWy3Z"
VISITOR_ID = "vis_Gk5wPz2LtN8sQe6UaJ9xVb"
MESSAGE_ID = "msg_Jr3bYx7CvM9kDh5TgFw2Qs"
ATTACHMENT_ID = "att_Qd8hRm2XsV5cTn9LbYk4Fw"
LEAD_ID = "lead_Wn4cZp8KsB2vXj6RtHy9Mf"

REQUESTS = {
    "session": {
        "visitor_id": VISITOR_ID,
        "page": {
            "url": "https://example.com/page",
            "title": "Page Title",
            "referrer": "https://google.com",
        },
        "language": "en-GB",
    },
    "message": {
        "session_id": SESSION_ID,
        "message": "What are your pricing plans?",
        "context": {"page_url": "https://example.com/pricing"},
    },
    "messages": {"session_id": SESSION_ID, "after": 2, "wait": 20, "typing": False, "mode": "waiting", "person": ""},
    "track": {
        "session_id": SESSION_ID,
        "events": [
            {"type": "scroll_depth", "data": 75, "timestamp": "2026-01-28T10:00:40Z"},
            {"type": "click", "data": {"element": "button"}, "timestamp": "2026-01-28T10:00:42Z"},
        ],
        "metrics": {"timeOnPage": 45000, "scrollDepth": 75, "clickCount": 3},
    },
    "proactive": {
        "session_id": SESSION_ID,
        "trigger_type": "high_engagement",
        "context": {"page_url": "https://example.com/features", "engagement_score": 70},
    },
    "dismiss": {"session_id": SESSION_ID, "message_id": MESSAGE_ID},
    "lead": {
        "session_id": SESSION_ID,
        "name": "John Smith",
        "email": "john@example.com",
        "phone": "+1234567890",
        "company": "Acme Inc",
        "custom_fields": {"interest": "Enterprise plan"},
    },
    "handoff": {"session_id": SESSION_ID, "reason": "user_request", "email": "john@example.com"},
    "feedback": {"session_id": SESSION_ID, "message_id": MESSAGE_ID, "rating": "up"},
    "consent": {"session_id": SESSION_ID, "granted": False},
    "typing": {"session_id": SESSION_ID},
    "attachment": {"session_id": SESSION_ID, "file": "receipt.png"},
    "satisfaction": {"session_id": SESSION_ID, "rating": "good"},
    "transcript": {"session_id": SESSION_ID, "email": "john@example.com"},
    "resume": {"token": "MTIzNDU:1uK3vQ:n0tAr3alT0ken"},
    "end": {"session_id": SESSION_ID},
}
ATTACHMENT = {
    "attachment_id": ATTACHMENT_ID,
    "name": "receipt.png",
    "content_type": "image/png",
    "size": 48213,
    "url": "https://caty.example.com/api/widget/attachments/WyJhdHRfUWQ4IiwxMl0:k3yS1gn",
}
ANN = {"name": "Ann", "avatar_url": "https://caty.example.com/widget/avatar/0f3c9a7be2d14586"}
PRICING_ACTIONS = [
    {"label": "View Pricing", "action": "link", "url": "/pricing"},
    {"label": "Talk to Sales", "action": "handoff"},
]
PROACTIVE_ACTIONS = [
    {"label": "Tell me more", "action": "message"},
    {"label": "No thanks", "action": "dismiss"},
]
LIGHT = {
    "primary": "#4f46e5",
    "on_primary": "#ffffff",
    "accent": "#4f46e5",
    "background": "#ffffff",
    "surface": "#f2f2f2",
    "text": "#1f2937",
    "muted": "#6d737b",
    "line": "#858585",
}
DARK = {
    "primary": "#584fe6",
    "on_primary": "#ffffff",
    "accent": "#8a84ee",
    "background": "#16181d",
    "surface": "#222428",
    "text": "#f1f3f5",
    "muted": "#a4a6a9",
    "line": "#737578",
}
ANSWERS = {
    "config": {
        "success": True,
        "config": {
            "widget_id": "widget_Tb6xFn3VwQ8mLc4ZpKs7Yd",
            "business": {"name": "Company Name", "type": "saas"},
            "persona": {"name": "Caty", "role": "AI Assistant", "tone": "friendly", "avatar_url": ""},
            "appearance": {
                "theme": "dark",
                "position": "bottom-right",
                "colors": {
                    "primary": "#4f46e5",
                    "secondary": "#0f766e",
                    "background": "#ffffff",
                    "text": "#1f2937",
                    "on_primary": "#ffffff",
                },
                "palettes": {"light": LIGHT, "dark": DARK},
            },
            "behavior": {
                "greeting": {"enabled": True, "message": "Hi! How can I help you today?", "delay_ms": 3000},
                "proactive": {
                    "enabled": True,
                    "delay_ms": 5000,
                    "cooldown_ms": 30000,
                    "max_per_session": 3,
                    "mobile_enabled": True,
                    "rules": [
                        {
                            "trigger_type": "exit_intent",
                            "on_exit_intent": True,
                            "url_contains": "",
                        },
                        {
                            "trigger_type": "careful_reader",
                            "on_exit_intent": False,
                            "url_contains": "/pricing",
                            "visible_seconds": 20,
                            "scroll_percent": 60,
                        },
                    ],
                    "events": ["basket_filled"],
                },
                "tracking": "on",
                "quick_replies": ["What does it cost?"],
                "feedback": True,
                "attachments": True,
            },
            "language": "en",
            "panel_url": "https://caty.example.com/static/widget/panel.4f2a9c1d7b30.js",
            "people_url": "https://caty.example.com/static/widget/people.9b02c61e47fa.js",
            "lead_form": {
                "enabled": True,
                "title": "Leave your details and we'll get back to you.",
                "fields": ["name", "email"],
                "required": ["email"],
                "before_handoff": False,
            },
            "consent": {"required": False, "text": "", "url": ""},
            "handoff": {"enabled": True},
            "texts": {
                "language": "en",
                "direction": "ltr",
                "launcher": {
                    "open": "Open chat",
                    "close": "Close chat",
                    "unread": "New messages: {count}",
                    "dismiss": "Dismiss message",
                    "says": "{name} says",
                },
                "url": "",
                "own": {"send": "Ask"},
            },
        },
    },
    "session": {
        "success": True,
        "session_id": SESSION_ID,
        "visitor_id": VISITOR_ID,
        "greeting": {"content": "Hi! How can I help you today?", "timestamp": "2026-01-28T10:00:00Z"},
    },
    "message": {
        "success": True,
        "response": {
            "content": "We have three pricing plans...",
            "suggested_actions": PRICING_ACTIONS,
            "message_id": MESSAGE_ID,
            "sources": [{"title": "Plans and prices", "url": "https://example.com/pricing"}],
            "answered_by": "ai",
        },
        "metadata": {"intent": "pricing_inquiry", "confidence": 0.95, "lead_score": 65},
    },
    "messages": {
        "success": True,
        "messages": [
            {
                "message_id": MESSAGE_ID,
                "sequence": 3,
                "role": "staff",
                "content": "Here is your receipt.",
                "timestamp": "2026-01-28T10:01:00Z",
                "suggested_actions": [],
                "sources": [],
                "answered_by": "human",
                "rating": "",
                "client_message_id": "",
                "author": ANN,
                "attachments": [ATTACHMENT],
            }
        ],
        "last_sequence": 3,
        "mode": "person",
        "is_answering": False,
        "person": ANN,
        "is_typing": False,
        "satisfaction": "",
        "asks_satisfaction": False,
    },
    "track": {
        "success": True,
        "engagement_score": 65,
        "proactive": {
            "should_trigger": True,
            "message": "I see you're interested in our features...",
            "message_id": MESSAGE_ID,
            "trigger_type": "high_engagement",
            "suggested_actions": PROACTIVE_ACTIONS,
        },
    },
    "proactive": {
        "success": True,
        "message": {
            "message_id": MESSAGE_ID,
            "content": "I noticed you're exploring our features. Can I help explain anything?",
            "suggested_actions": PROACTIVE_ACTIONS,
        },
    },
    "dismiss": {"success": True},
    "lead": {"success": True, "lead_id": LEAD_ID, "message": "Thanks! Someone will be in touch soon."},
    "handoff": {
        "success": True,
        "message": "I've told the team. Leave your e-mail address and they will get back to you.",
        "is_available": False,
    },
    "feedback": {"success": True},
    "consent": {"success": True},
    "typing": {"success": True},
    "attachment": {"success": True, "attachment": ATTACHMENT},
    "satisfaction": {"success": True},
    "transcript": {"success": True},
    "resume": {
        "success": True,
        "session_id": SESSION_ID,
        "visitor_id": VISITOR_ID,
        "greeting": {"content": "Hi! How can I help you today?", "timestamp": "2026-01-28T10:00:00Z"},
    },
    "end": {"success": True},
}
STREAMS = {
    "message": ": \n\n"
    'event: delta\ndata: {"content": "We have three "}\n\n'
    'event: delta\ndata: {"content": "pricing plans..."}\n\n'
    f"event: done\ndata: {json.dumps(ANSWERS['message'])}\n\n",
}
