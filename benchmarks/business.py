"""The business whose visitors are measured, made and asked through Caty's own services, in a process of its own.

make --articles 60        prints its API key and number as a line of JSON; --origin allows another site
answered --business 7     prints how many of its questions the model has answered
inbox --business 7 --colleagues 10   has them take over all of its conversations, and prints how each is reached
remove --business 7
"""

import argparse
import json
import random
from itertools import accumulate

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.visitors import ORIGIN
from caty.lib import redis
from tenants import services
from tenants.knowledge import rebuild
from tenants.knowledge.articles import ArticleText, import_articles
from tenants.models import Membership, Tenant
from widget.models import Answer, Session
from widget.services import live

LIMITS = (
    "requests_per_minute",
    "messages_per_minute",
    "sessions_per_hour",
    "answers_per_hour",
    "leads_per_hour",
    "events_per_session",
)
NO_LIMIT = 1_000_000
MUCH_MONEY = 10**15
VOCABULARY = 20_000
WORDS_AN_ARTICLE = 90
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
SUBJECTS = ("delivery", "return", "plan", "shipping", "subscription", "invoice", "repair", "order", "account")


def make(articles: int, origin: str = ORIGIN) -> dict:
    """A business with limits and budgets that nobody meets, a key, and so many articles, indexed."""
    tenant = services.create_tenant(
        name="Benchmark",
        website=ORIGIN,
        origins=[origin],
        daily_budget_microusd=MUCH_MONEY,
        monthly_budget_microusd=MUCH_MONEY,
        **dict.fromkeys(LIMITS, NO_LIMIT),
    )
    import_articles(tenant, list(written_articles(articles)))
    rebuild(tenant.pk)
    return {"business": tenant.pk, "api_key": services.create_api_key(tenant).key}


def written_articles(count: int):
    """Questions with answers in words as unevenly frequent as a language's, the same at every run."""
    chance = random.Random(11)
    words = ["".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 3)))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    for number in range(count):
        subject = SUBJECTS[number % len(SUBJECTS)]
        drawn = chance.choices(words, cum_weights=weights, k=WORDS_AN_ARTICLE + 4)
        yield ArticleText(
            title=f"How does {subject} of the {' '.join(drawn[:4])} work?",
            body=f"About {subject}: {' '.join(drawn[4:])}.",
            url=f"{ORIGIN}/help/{number}",
        )


def count_answered(business: int) -> dict:
    """Questions answered by the model, and all of them."""
    answers = Answer.objects.filter(session__tenant_id=business)
    return {
        "answered": answers.filter(state=Answer.State.DONE, message__answered_by="ai").count(),
        "asked": answers.count(),
    }


def open_inbox(business: int, colleagues: int) -> dict:
    """Colleagues who are logged in, and the conversations that each of them has taken over."""
    tenant = Tenant.objects.get(pk=business)
    members = [_hire(tenant, number) for number in range(colleagues)]
    found = Session.objects.for_tenant(tenant).filter(ended_at=None, mode=Session.Mode.ASSISTANT).order_by("pk")
    talks = [(number % colleagues, session) for number, session in enumerate(found)]
    for number, session in talks:
        live.take_over(reference=session.reference, membership=members[number], now=timezone.now())
    return {
        "cookies": [_log_in(member) for member in members],
        "act": reverse("admin:widget_inbox_act", args=["REFERENCE", "reply"]),
        "news": reverse("admin:widget_inbox_news"),
        "stream": reverse("admin:widget_inbox_stream"),
        "conversations": [
            {
                "session_id": session.public_id,
                "reference": session.reference,
                "colleague": number,
                "sequence": session.last_sequence,
            }
            for number, session in talks
        ],
    }


def _hire(tenant: Tenant, number: int) -> Membership:
    name = f"bench-{tenant.pk}-{number}@bench.example"
    user = User.objects.create(username=name, email=name, first_name=f"Ann {number}", is_staff=True)
    return Membership.objects.create(tenant=tenant, user=user, role=Membership.Role.EDITOR)


def _log_in(member: Membership) -> str:
    browser = Client()
    browser.force_login(member.user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def remove(business: int) -> dict:
    """Delete the business with everything of it, in the database and in Redis."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM widget_pageevent WHERE tenant_id = %s", [business])
    User.objects.filter(username__startswith=f"bench-{business}-").delete()
    Tenant.objects.filter(pk=business).delete()
    client = redis.client()
    for key in client.scan_iter(match=f"{settings.REDIS_KEY_PREFIX}:*", count=1000):
        client.delete(key)
    return {}


def main() -> None:
    """Carry out one action and print its result as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("make", "answered", "inbox", "remove"))
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--origin", default=ORIGIN)
    parser.add_argument("--business", type=int, default=0)
    parser.add_argument("--colleagues", type=int, default=10)
    chosen = parser.parse_args()
    actions = {
        "make": lambda: make(chosen.articles, chosen.origin),
        "answered": lambda: count_answered(chosen.business),
        "inbox": lambda: open_inbox(chosen.business, chosen.colleagues),
        "remove": lambda: remove(chosen.business),
    }
    print(json.dumps(actions[chosen.action]()))
