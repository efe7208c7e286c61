from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import ProactiveRule, Tenant
from widget.admin.rule_results import in_words, verdict_in_words
from widget.contracts import PageMetrics
from widget.models import ProactiveText
from widget.services.rule_results import Group, Results
from widget.tests.conftest import VisitorAt

ENGAGED = PageMetrics(time_on_page_ms=30_000, scroll_depth=60)


def results(heard, leads, alone=0, alone_leads=0):
    return Results(heard=Group(visitors=heard, leads=leads), alone=Group(visitors=alone, leads=alone_leads))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (results(0, 0), "Its moment has not come in this time."),
        (results(1, 0), "Of 1 visitor who heard it, 0 left details (0.0 %)."),
        (
            results(412, 31, 52, 2),
            "Of 412 visitors who heard it, 31 left details (7.5 %); of 52 who were left alone, 2 (3.8 %).",
        ),
        (
            results(4120, 1310, 1, 1),
            "Of 4,120 visitors who heard it, 1,310 left details (31.8 %); of 1 who was left alone, 1 (100.0 %).",
        ),
    ],
)
def test_figures_are_told_in_words(found, words):
    assert in_words(found) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (results(412, 31, 52, 2), "Too early to tell: so far the difference may be chance."),
        (results(4000, 300, 1000, 30), "It helps: of 1,000 visitors who hear it, about 30 to 57 more leave details."),
        (results(0, 0), ""),
        (results(50000, 0, 9000, 0), "It does not seem to help."),
    ],
)
def test_verdict_is_told_in_words(found, words):
    assert verdict_in_words(found, is_anybody_left_alone=False) == words


def test_verdict_tells_what_it_takes_and_warns_of_harm():
    assert "because everybody hears it" in verdict_in_words(results(40, 3), is_anybody_left_alone=False)
    assert verdict_in_words(results(40, 3), is_anybody_left_alone=True) == "Too early to tell."
    assert "about 30 to 57 fewer leave details" in verdict_in_words(
        results(1000, 30, 4000, 300), is_anybody_left_alone=True
    )
    assert "at most about 2 more leave details" in verdict_in_words(
        results(4000, 120, 1000, 40), is_anybody_left_alone=True
    )


@pytest.fixture
def rule(acme):
    return ProactiveRule.objects.get(tenant=acme, trigger_type="high_engagement")


@pytest.fixture
def lead(acme):
    """A visitor who heard the rule a while ago, and left details."""
    then = timezone.now() - timedelta(minutes=20)
    visitor = VisitorAt(acme, now=then)
    visitor.track(metrics=ENGAGED, now=then + timedelta(seconds=40))
    visitor.say("I am jane@mail.example", now=then + timedelta(minutes=1))
    return visitor


def url_of(rule):
    return reverse("admin:tenants_proactiverule_results", args=[rule.pk])


def test_page_tells_figures_and_leads_to_the_visits(acme, rule, lead, cast):
    client = cast.client_of("viewer", acme)

    page = client.get(url_of(rule)).content.decode()
    behind = client.get(url_of(rule), {"days": 30, "which": "leads"}).content.decode()

    assert "Of 1 visitor who heard it, 1 left details (100.0 %)." in page
    assert "?days=30&amp;which=leads#visitors" in page
    assert reverse("admin:conversation", args=[lead.session.reference]) not in page
    assert reverse("admin:conversation", args=[lead.session.reference]) in behind
    assert lead.session_id not in page + behind


@pytest.mark.parametrize(
    "query", [{"days": 7}, {"days": "x"}, {"which": "x"}, {"week": "x"}, {"page": 0}, {"page": "10001"}]
)
def test_what_no_link_asks_for_is_not_found(acme, rule, cast, query):
    assert cast.client_of("owner", acme).get(url_of(rule), query).status_code == 404


def test_list_of_rules_tells_what_each_brought(acme, lead, cast):
    page = cast.client_of("viewer", acme).get(reverse("admin:tenants_proactiverule_changelist")).content.decode()

    assert page.count("heard 1 · 1 lead<") == 1
    assert page.count("heard 0 · 0 leads<") == 4
    assert "Texts written by Claude" in page


@pytest.fixture
def text(acme, rule):
    return ProactiveText.objects.create(
        tenant=acme,
        rule=rule,
        page_key="k",
        page_url="https://acme.example/shoes",
        language="en",
        content="Looking for shoes?",
        needs_review=True,
        config_version=Tenant.objects.get(pk=acme.pk).config_version,
        knowledge_version=Tenant.objects.get(pk=acme.pk).knowledge_version,
        written_at=timezone.now(),
    )


def texts_page(client, query=""):
    return client.get(reverse("admin:widget_proactivetext_changelist") + query).content.decode()


def test_texts_that_wait_are_told_and_shown_once_a_colleague_said_so(acme, rule, text, cast):
    client = cast.client_of("editor", acme)
    rules_page = client.get(reverse("admin:tenants_proactiverule_changelist")).content.decode()

    assert "1 text waits for you" in rules_page
    assert "Looking for shoes?" in texts_page(client, f"?state=waits&rule={rule.pk}")
    client.post(reverse("admin:widget_proactivetext_use_this", args=[text.pk]))

    text.refresh_from_db()
    assert (text.needs_review, text.is_refused) == (False, False)
    assert "Looking for shoes?" not in texts_page(client, "?state=waits")
    assert "Looking for shoes?" in texts_page(client, "?state=used")


def test_several_texts_are_refused_at_once(acme, text, cast):
    client = cast.client_of("editor", acme)

    sent = {"action": "refuse", "_selected_action": [text.pk]}
    client.post(reverse("admin:widget_proactivetext_changelist"), sent)

    text.refresh_from_db()
    assert (text.needs_review, text.is_refused) == (False, True)
    assert "Looking for shoes?" in texts_page(client, "?state=refused")


def test_a_colleagues_own_words_are_shown(acme, text, cast):
    url = reverse("admin:widget_proactivetext_change", args=[text.pk])
    client = cast.client_of("editor", acme)
    page = client.get(url).content.decode()

    client.post(url, {"content": "Boots,\n or shoes?"})

    assert "English" in page
    assert "(&#x27;waits" not in page

    text.refresh_from_db()
    assert (text.content, text.needs_review) == ("Boots, or shoes?", False)


def test_text_of_an_older_version_neither_waits_nor_is_said_to_be_read(acme, text, cast):
    ProactiveText.objects.update(config_version=0)
    client = cast.client_of("editor", acme)

    assert "Looking for shoes?" not in texts_page(client, "?state=waits")
    assert "Will be written anew" in texts_page(client)


def test_viewers_change_no_text(acme, text, cast):
    client = cast.client_of("viewer", acme)

    assert client.post(reverse("admin:widget_proactivetext_use_this", args=[text.pk])).status_code == 403
    client.post(reverse("admin:widget_proactivetext_change", args=[text.pk]), {"content": "Mine"})

    text.refresh_from_db()
    assert (text.content, text.needs_review) == ("Looking for shoes?", True)
