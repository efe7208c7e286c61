"""The demonstration: made by one command, visited through its pages."""

import hashlib
import hmac
import io
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from leads.models import Connection, Delivery, Lead, LeadClaim
from leads.services import find_duplicates
from tenants.authentication import authenticate_key
from tenants.models import ApiKey, Article, Membership, Origin, Tenant
from widget.demo import sink_connection
from widget.demo.content import load_articles
from widget.models import Answer, Message, Session, UnansweredQuestion

pytestmark = [pytest.mark.django_db, pytest.mark.urls("widget.tests.demo_urls")]
WITH_WIDGET = [
    "/demo/",
    "/demo/products",
    "/demo/pricing",
    "/demo/delivery",
    "/demo/contact",
    "/demo/try",
    "/demo/help",
]
SHOP = [*WITH_WIDGET, "/demo/sink"]
COUNTED = (
    Tenant,
    Article,
    ApiKey,
    Origin,
    Membership,
    Connection,
    Session,
    Message,
    Answer,
    Lead,
    Delivery,
)


def run_demo() -> dict:
    printed = io.StringIO()
    call_command("demo", "--json", stdout=printed)
    (line,) = printed.getvalue().splitlines()
    return json.loads(line)


@pytest.fixture(scope="module")
def made(kept_rows):
    """Made once: no test keeps what it changes."""
    with override_settings(DEMO=True, ROOT_URLCONF="widget.tests.demo_urls"):
        return run_demo()


@pytest.fixture
def facts(db, made, settings):
    """The demo, just made; what its command printed."""
    settings.DEMO = True
    return dict(made)


@pytest.fixture
def shop(facts):
    return Tenant.objects.get(slug="demo")


def counts() -> list[int]:
    return [model.objects.count() for model in (*COUNTED, get_user_model())]


def signed(body: bytes, tenant: Tenant) -> dict:
    secret = sink_connection.find_secret(tenant)
    return {"X-Caty-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def send(client, body: bytes, headers: dict):
    return client.post("/demo/sink/hook", body, content_type="application/json", headers=headers)


def webhook(**data) -> bytes:
    return json.dumps({"event": "lead.captured", "id": "1", "data": data}).encode()


def test_command_says_where_everything_is(facts):
    assert {name: facts[name] for name in facts if name not in ("admin_password", "api_key")} == {
        "shop_url_path": "/demo/",
        "sink_url_path": "/demo/sink",
        "admin_url_path": "/admin/",
        "admin_login": "admin",
        "owner_login": "owner",
        "answers": "knowledge",
    }


def test_printed_key_and_password_work(facts, shop, client):
    assert authenticate_key(facts["api_key"], address="192.0.2.1").tenant == shop
    for login in ("admin", "owner"):
        assert client.login(username=login, password=facts["admin_password"])


def test_password_from_the_environment_wins(settings, facts, client):
    settings.DEMO_ADMIN_PASSWORD = "chosen by the operator"

    assert run_demo()["admin_password"] == "chosen by the operator"
    assert client.login(username="admin", password="chosen by the operator")


def test_owner_works_for_the_shop_alone(shop):
    owner = get_user_model().objects.get(username="owner")

    assert not owner.is_superuser
    assert [(row.tenant, row.role) for row in owner.memberships.all()] == [(shop, "owner")]


def test_second_run_adds_nothing_and_prints_the_same(facts):
    before = counts()

    assert run_demo() == facts
    assert counts() == before


def test_what_staff_changed_stays_changed(facts, shop):
    Article.objects.for_tenant(shop).filter(url="/demo/help/payment").update(body="Cash only.")
    Tenant.objects.filter(pk=shop.pk).update(name="Another name")

    run_demo()

    assert Article.objects.get(url="/demo/help/payment").body == "Cash only."
    assert Tenant.objects.get(slug="demo").name == "Another name"


def test_another_port_moves_the_sites_and_the_connection(settings, facts, shop):
    secret = sink_connection.find_secret(shop)
    for port in (8001, 8002):
        settings.SITE_URL = f"http://127.0.0.1:{port}"
        run_demo()

    assert sink_connection.find(shop).settings["url"] == "http://127.0.0.1:8002/demo/sink/hook"
    assert sink_connection.find_secret(shop) == secret
    patterns = set(Origin.objects.for_tenant(shop).values_list("pattern", flat=True))
    assert {pattern for pattern in patterns if pattern.startswith("http:")} == {
        "http://127.0.0.1:8002",
        "http://localhost:8002",
    }


def test_paused_connection_is_taken_up_again(facts, shop):
    Connection.objects.for_tenant(shop).update(state="paused", paused_reason="refused")

    run_demo()

    assert sink_connection.find(shop).state == "active"


def test_history_is_a_week_of_finished_work(shop):
    now = timezone.now()

    assert Session.objects.for_tenant(shop).count() == 34 + 9
    assert not Session.objects.filter(started_at__lt=now - timedelta(days=8)).exists()
    assert not Message.objects.filter(created_at__gt=now).exists()
    assert set(Answer.objects.values_list("state", flat=True)) == {"done"}
    assert UnansweredQuestion.objects.for_tenant(shop).count() == 5
    assert sorted(set(Lead.objects.values_list("band", flat=True))) == ["cold", "hot", "warm"]


def test_history_sends_nothing_and_holds_what_is_junk(shop):
    assert not Delivery.objects.exclude(state__in=("delivered", "held")).exists()
    assert [row.lead.held_reason for row in Delivery.objects.filter(state="held")] == ["link_in_name"]


def test_scores_of_the_history_stand_in_the_ledger(shop):
    for lead in Lead.objects.for_tenant(shop):
        assert lead.score == min(100, sum(entry.points for entry in lead.score_entries.all()))


def test_history_has_what_a_leads_page_can_show(shop):
    leads = Lead.objects.for_tenant(shop)
    assert leads.exclude(owner=None).count() == 4
    assert set(leads.exclude(ad_network="").values_list("utm_source", "ad_network")) == {
        ("google", "google"),
        ("bing", "microsoft"),
    }
    assert not leads.filter(first_page_url__contains="clid").exists()
    (claim,) = LeadClaim.objects.all()
    assert (claim.lead.name, claim.value, claim.lead.conversations.count()) == ("Anna Lindqvist", "Anna Berg", 2)
    first, second = leads.filter(name="Priya Raman").order_by("pk")
    assert [one.lead_pk for one in find_duplicates(first)] == [second.pk]


def test_pages_show_themselves_under_a_strict_policy(client, shop):
    for path in SHOP:
        page = client.get(path)
        assert page.status_code == 200
        policy = "default-src 'none'; script-src 'self' https://caty.example; style-src 'self';"
        assert page["Content-Security-Policy"].startswith(policy)
        assert "<style" not in page.text
        assert " style=" not in page.text
        assert page.text.count("<script") == len(re.findall(r"<script (async )?src=", page.text)) == 1


def test_pages_have_the_widget_as_customers_are_told_to(client, facts):
    snippet = f'<script async src="/widget.js" data-api-key="{facts["api_key"]}"></script>'

    assert [path for path in SHOP if snippet in client.get(path).text] == WITH_WIDGET
    assert snippet in client.get("/demo/help/payment").text


def test_every_article_has_its_page(client, shop):
    titles = {article.url: article.title for article in load_articles()}

    assert {url: client.get(url).context["article"].title for url in titles} == titles


def test_help_page_shows_what_staff_wrote_and_hides_what_they_took_back(client, shop):
    articles = Article.objects.for_tenant(shop)
    articles.filter(url="/demo/help/payment").update(body="Cash <b>only</b>.")
    articles.filter(url="/demo/help/returns").update(is_published=False)

    assert "Cash &lt;b&gt;only&lt;/b&gt;." in client.get("/demo/help/payment").text
    assert client.get("/demo/help/returns").status_code == 404


def test_help_page_of_another_business_is_not_shown(client, shop, rival):
    Article.objects.create(tenant=rival, title="Secret", body="Secret", url="/demo/help/secret")

    assert client.get("/demo/help/secret").status_code == 404
    assert "Secret" not in client.get("/demo/help").text


def test_help_costs_two_queries_however_many_articles(client, shop, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/demo/help")


def test_pages_do_not_exist_while_the_demo_is_off(client, settings, shop):
    settings.DEMO = False

    paths = [*SHOP, "/demo/help/payment", "/demo/sink/list"]
    assert [client.get(path).status_code for path in paths] == [404] * len(paths)
    assert client.post("/demo/sink/hook", webhook(), content_type="application/json").status_code == 404


def test_contact_form_keeps_nothing(client, shop):
    page = client.post("/demo/contact", {"name": "Jo", "reach": "jo@example.com"})

    assert "nothing of it was kept" in page.text
    assert "jo@example.com" not in page.text


def test_empty_sink_says_what_to_do(client, shop):
    assert "Nothing yet. Do this:" in client.get("/demo/sink").text


def test_signed_webhook_is_shown_as_verified(client, shop):
    body = webhook(email="jo@example.com", score=65, company="", custom_fields={"plan": "Family"})

    assert send(client, body, signed(body, shop)).status_code == 200

    page = client.get("/demo/sink/list").text
    assert "lead.captured" in page
    assert "Signature verified" in page
    assert "<dt>email</dt><dd>jo@example.com</dd>" in page
    assert "<dt>score</dt><dd>65</dd>" in page
    assert "<dt>custom_fields: plan</dt><dd>Family</dd>" in page
    assert "<dt>company</dt>" not in page


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "sha256=é"])
def test_webhook_with_another_signature_is_refused_and_shown_as_such(client, shop, signature):
    answer = send(client, webhook(), {"X-Caty-Signature": signature})

    assert answer.status_code == 401
    assert "Signature not verified" in client.get("/demo/sink/list").text


def test_webhook_changed_on_its_way_is_refused(client, shop):
    assert send(client, webhook(score=1), signed(webhook(score=2), shop)).status_code == 401


def test_sink_refuses_everything_when_its_connection_is_gone(client, shop):
    headers = signed(webhook(), shop)
    Connection.objects.for_tenant(shop).all().delete()

    assert send(client, webhook(), headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b"[1]", 400), (b"\xff", 400), (b"[" * 5000, 400), (b'"' + b"x" * 65535 + b'"', 413)],
)
def test_body_that_is_no_webhook_is_not_kept(client, shop, body, status):
    assert send(client, body, signed(body, shop)).status_code == status
    assert "Nothing yet" in client.get("/demo/sink/list").text


def test_what_a_visitor_typed_is_never_markup_in_the_sink(client, shop):
    body = webhook(message="<script>alert(1)</script>", **{"<b>": {"<i>": "\ud800"}})

    send(client, body, signed(body, shop))

    page = client.get("/demo/sink").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<dt>&lt;b&gt;: &lt;i&gt;</dt><dd>?</dd>" in page


def test_sink_keeps_the_last_hundred_newest_first(client, shop):
    for number in range(102):
        body = webhook(number=number)
        send(client, body, signed(body, shop))

    page = client.get("/demo/sink/list").text
    assert page.count("lead.captured</h2>") == 100
    assert page.index("<dd>101</dd>") < page.index("<dd>2</dd>")
    assert "<dd>1</dd>" not in page.replace("<dt>id</dt><dd>1</dd>", "")


def test_sink_can_be_cleared(client, shop):
    send(client, webhook(), signed(webhook(), shop))

    assert client.post("/demo/sink/clear").status_code == 302
    assert "Nothing yet" in client.get("/demo/sink/list").text
