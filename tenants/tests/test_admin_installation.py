"""Put it on your site: the line, where it goes, and whether it has arrived."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import refused_origins, services
from tenants.authentication import authenticate_key
from tenants.models import Origin, Tenant

URL = "/admin/tenants/apikey/snippet/"
ALLOW = f"{URL}allow/"
STRANGER = "https://www.acme.example"


@pytest.fixture
def refused(acme, rival):
    """Both businesses' keys were used on a site that is not allowed."""
    for tenant, origin in ((acme, STRANGER), (rival, "https://rival-shop.example")):
        authenticate_key(services.create_api_key(tenant).key, address="203.0.113.7", origin=origin)


def page_of(client) -> str:
    return client.get(URL).content.decode()


def patterns_of(tenant) -> list[str]:
    return list(Origin.objects.filter(tenant=tenant).order_by("pk").values_list("pattern", flat=True))


def test_the_line_can_be_copied_with_and_without_a_key(cast, acme):
    page = page_of(cast.client_of("viewer", acme))

    assert "data-api-key=&quot;YOUR-API-KEY&quot;" in page
    assert "https://caty.example/widget.js?key=YOUR-API-KEY" in page  # for tag managers
    assert "caty/snippet.js" in page


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, "Not seen yet."),
        (timedelta(minutes=70), "Installed: seen just now"),
        (timedelta(days=3), "Installed: last seen 3\xa0days"),
        (timedelta(days=15), "Is the line still in your pages?"),
    ],
)
def test_each_site_says_whether_it_is_installed(cast, acme, age, words):
    Origin.objects.update(last_seen_at=age and timezone.now() - age)

    assert words in page_of(cast.client_of("viewer", acme))


def test_a_refused_site_is_told_and_allowed_with_one_click(cast, acme, rival, refused):
    owner = cast.client_of("owner", acme)
    assert f"Allow {STRANGER}" in page_of(owner)

    response = owner.post(ALLOW, {"tenant": acme.pk, "origin": STRANGER}, follow=True)

    assert f"{STRANGER} is allowed now." in response.content.decode()
    assert f"Allow {STRANGER}" not in response.content.decode()
    assert patterns_of(acme) == ["https://acme.example", STRANGER]
    assert Tenant.objects.get(pk=acme.pk).config_version == acme.config_version + 1


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_is_no_owner_sees_it_and_may_not_allow_it(cast, acme, refused, role):
    client = cast.client_of(role, acme)

    assert STRANGER in page_of(client)
    assert "An owner of the business can allow it." in page_of(client)
    assert client.post(ALLOW, {"tenant": acme.pk, "origin": STRANGER}).status_code == 404
    assert patterns_of(acme) == ["https://acme.example"]


def test_another_business_neither_sees_nor_allows_it(cast, acme, rival, refused):
    owner = cast.client_of("owner", acme)

    assert "rival-shop" not in page_of(owner)
    assert owner.post(ALLOW, {"tenant": rival.pk, "origin": "https://rival-shop.example"}).status_code == 404
    assert patterns_of(rival) == ["https://rival.example"]


@pytest.mark.parametrize("origin", ["", "null", "javascript:alert(1)", "https://user:pw@acme.example", "https://*.com"])
def test_what_is_no_site_is_not_allowed(cast, acme, origin):
    cast.client_of("owner", acme).post(ALLOW, {"tenant": acme.pk, "origin": origin})

    assert patterns_of(acme) == ["https://acme.example"]


@pytest.mark.parametrize("tenant", ["", "x", "9" * 30, "²"])
def test_what_is_no_business_is_not_found(cast, acme, tenant):
    response = cast.client_of("owner", acme).post(ALLOW, {"tenant": tenant, "origin": STRANGER})

    assert response.status_code == 404


def test_a_refused_site_costs_no_query(acme, django_assert_num_queries):
    key = services.create_api_key(acme).key
    authenticate_key(key, address="203.0.113.7")

    with django_assert_num_queries(0):
        authenticate_key(key, address="203.0.113.7", origin=STRANGER)

    assert [one.origin for one in refused_origins.list_refused([acme.pk])] == [STRANGER]


def test_only_the_last_five_sites_are_kept_and_only_sites(acme):
    noon = timezone.now()
    for number in range(8):
        origin = f"https://{number}.example"
        refused_origins.note_refused(tenant_id=acme.pk, origin=origin, now=noon + timedelta(seconds=number))
    for junk in ("null", "https://x.example/path", "<script>", "https://" + "x" * 5000, "https://*.example.com"):
        refused_origins.note_refused(tenant_id=acme.pk, origin=junk, now=noon + timedelta(minutes=1))

    found = [one.origin for one in refused_origins.list_refused([acme.pk])]

    assert found == [f"https://{number}.example" for number in (7, 6, 5, 4, 3)]


def test_without_redis_requests_pass_and_nothing_is_told(acme, settings):
    key = services.create_api_key(acme).key
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert authenticate_key(key, address="203.0.113.7", origin=STRANGER).tenant == acme
    assert refused_origins.list_refused([acme.pk]) == []


def test_the_page_takes_the_same_queries_for_more_sites(cast, acme, refused, django_assert_num_queries):
    owner = cast.client_of("owner", acme)
    page_of(owner)
    Origin.objects.bulk_create(Origin(tenant=acme, pattern=f"https://{number}.example") for number in range(20))

    with django_assert_num_queries(7):
        page_of(owner)
