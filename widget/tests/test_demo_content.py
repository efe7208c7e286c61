"""The demo's files agree with one another and with the shop's pages. No database."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import phonenumbers
import pytest

from tenants.contracts import ScoreWeights
from widget.demo import profile
from widget.demo.content import HELP_PATH, load_articles, load_conversations
from widget.demo.story import tell

NOW = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
PAGES = Path(__file__).parents[1] / "templates" / "widget" / "demo"
SHOP_PATHS = {"/demo/", "/demo/products", "/demo/pricing", "/demo/delivery", "/demo/contact"}
RESERVED_HOSTS = re.compile(r"@(?:example\.(?:com|net|org)|[\w.-]+\.example)\b")


def stories():
    return [
        tell(told, now=NOW, weights=ScoreWeights(), proactive_texts=profile.RULE_TEXTS) for told in load_conversations()
    ]


def story(key):
    return next(story for story in stories() if story.told["key"] == key)


def test_no_question_is_asked_twice():
    questions = [text.casefold() for article in load_articles() for text in (article.title, *article.variants)]

    assert len(questions) == len(set(questions))


@pytest.mark.parametrize("article", load_articles(), ids=lambda article: article.slug)
def test_article_is_of_a_readable_size_and_has_other_wordings(article):
    assert 55 <= len(article.body.split()) <= 180
    assert 2 <= len(article.variants) <= 9
    assert article.category


def test_slugs_are_unique_addresses():
    slugs = [article.slug for article in load_articles()]

    assert len(slugs) == len(set(slugs)) == 48
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in slugs)
    assert all(article.url == HELP_PATH + article.slug for article in load_articles())


def test_pages_link_to_articles_that_exist():
    slugs = {article.slug for article in load_articles()}
    linked = {
        slug for page in PAGES.glob("*.html") for slug in re.findall(r"'demo:article' '([^']+)'", page.read_text())
    }

    assert linked
    assert linked <= slugs


def test_prices_on_the_pages_stand_in_the_articles():
    told = " ".join(article.body for article in load_articles())
    shown = {
        price
        for name in ("pricing", "delivery")
        for price in re.findall(r"£[\d.,]*\d", (PAGES / f"{name}.html").read_text())
    }
    with_surcharge = {"£65", "£115", "£200"}  # a service's price with the £20 for an e-bike

    assert [price for price in sorted(shown - with_surcharge) if price not in told] == []


def test_conversations_name_articles_pages_and_triggers_that_exist():
    slugs = {article.slug for article in load_articles()}
    for told in load_conversations():
        named = {slug for message in told["messages"] for slug in message.get("sources", [])}
        named |= {message["article"] for message in told["messages"] if "article" in message}
        assert named <= slugs
        assert {page["path"] for page in told["pages"]} <= SHOP_PATHS
        assert told.get("proactive", {"trigger": "exit_intent"})["trigger"] in profile.RULE_TEXTS


def test_nobody_real_is_named_by_address_or_number():
    text = json.dumps([load_conversations(), [article.body for article in load_articles()]], ensure_ascii=False)
    addresses = re.findall(r"[\w.]+(@[\w.-]+\w)", text)
    numbers = [told["lead"]["phone"] for told in load_conversations() if "phone" in told.get("lead", {})]

    assert addresses
    assert all(RESERVED_HOSTS.fullmatch(host) for host in addresses)
    # Ranges that the British and the German regulator keep for fiction.
    assert all(number.startswith(("+441174960", "+493023125")) for number in numbers)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)


def test_stories_lie_in_the_week_before_now():
    assert min(story.started_at for story in stories()) > NOW - timedelta(days=8)
    assert max(story.last_heard_at for story in stories()) < NOW


def test_lines_of_a_story_come_in_order_and_after_its_beginning():
    for told in stories():
        times = [line.at for line in told.lines]
        assert times == sorted(times)
        assert times[0] >= told.started_at


def test_points_are_counted_from_the_moment_their_rule_holds():
    told = story("longtail-test-ride")

    assert [(point.rule, point.points) for point in told.points] == [
        ("long_engagement", 10),
        ("engaged_with_proactive", 15),
        ("purchase_intent", 30),
        ("several_pages", 10),
        ("gave_email", 20),
        ("gave_phone", 25),
    ]
    assert told.score == 100
    assert [line.score for line in told.lines if line.role == "assistant"] == [55, 100]


def test_lead_is_captured_with_the_words_that_hold_its_address():
    told = story("everyday-plan")

    assert told.lead_at == told.started_at + timedelta(seconds=188)


def test_wanting_to_buy_outlasts_a_later_intent():
    assert story("side-by-side").intent == "human_request"
    assert story("everyday-plan").intent == "purchase_intent"
