"""Keys: who is let in, how often strangers may try, and what is remembered."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from caty.lib.throttling import RateLimited
from tenants import authentication, services
from tenants.authentication import ApiKeyAuthentication, InvalidApiKey, MissingApiKey, authenticate_key
from tenants.models import ApiKey, Origin, Tenant

HOME = "203.0.113.7"


@pytest.fixture
def key(acme) -> str:
    return services.create_api_key(acme).key


def ask(key=None, **headers):
    headers = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    if key is not None:
        headers["HTTP_X_API_KEY"] = key
    return ApiKeyAuthentication().authenticate(RequestFactory().get("/", REMOTE_ADDR=HOME, **headers))


def test_a_key_names_its_tenant(acme, rival, key):
    caller, key_id = ask(key, origin="https://acme.example")

    assert (caller.tenant, caller.config.widget_id, caller.has_origin) == (acme, acme.widget_id, True)
    assert key_id == caller.api_key_id == ApiKey.objects.get().pk
    assert caller.address == HOME


def test_a_server_sends_no_origin(key):
    caller, _ = ask(key)

    assert caller.has_origin is False


def test_a_request_without_a_key_is_told_so():
    with pytest.raises(MissingApiKey):
        ask()
    with pytest.raises(MissingApiKey):
        ask("")


@pytest.mark.parametrize("text", ["caty_", "caty_" + "x" * 33, "sk_" + "x" * 34, "caty_" + "0" * 32, "caty_\u0661" * 6])
def test_what_can_not_be_a_key_costs_no_query(django_assert_num_queries, db, text):
    with django_assert_num_queries(0), pytest.raises(InvalidApiKey):
        authenticate_key(text, address=HOME)


def test_only_a_digest_under_the_pepper_is_stored(settings, key):
    row = ApiKey.objects.get()

    assert key.startswith(row.beginning)
    assert (len(row.beginning), len(row.digest)) == (9, 64)
    assert row.digest == authentication.digest_key(key)
    settings.API_KEY_PEPPER = "another pepper"
    assert row.digest != authentication.digest_key(key)


def test_an_unknown_key_is_refused(db):
    with pytest.raises(InvalidApiKey):
        authenticate_key(authentication.new_key(), address=HOME)


def test_a_known_key_costs_no_query_for_half_a_minute(django_assert_num_queries, key):
    authenticate_key(key, address=HOME)

    with django_assert_num_queries(0):
        authenticate_key(key, address=HOME)


def test_a_revoked_key_is_refused_at_once_in_this_process(key):
    authenticate_key(key, address=HOME)

    services.revoke_api_key(ApiKey.objects.get())

    with pytest.raises(InvalidApiKey):
        authenticate_key(key, address=HOME)


def test_a_key_revoked_elsewhere_is_refused_after_half_a_minute(monkeypatch, key):
    now = [1000.0]
    monkeypatch.setattr(authentication._known, "_clock", lambda: now[0])
    authenticate_key(key, address=HOME)
    ApiKey.objects.update(revoked_at="2026-11-22T12:00:00Z")

    now[0] += 29.9
    authenticate_key(key, address=HOME)
    now[0] += 0.2

    with pytest.raises(InvalidApiKey):
        authenticate_key(key, address=HOME)


def test_keys_of_a_business_that_is_switched_off_are_refused(acme, key):
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)
    services.bump_config(acme)

    with pytest.raises(InvalidApiKey):
        authenticate_key(key, address=HOME)


def test_a_second_key_works_while_the_first_is_revoked(acme, key):
    second = services.create_api_key(acme, name="New site").key

    services.revoke_api_key(ApiKey.objects.get(name="Website"))

    assert authenticate_key(second, address=HOME).tenant == acme
    with pytest.raises(InvalidApiKey):
        authenticate_key(key, address=HOME)


def test_an_address_may_guess_twenty_times_a_minute(django_assert_num_queries, acme, key):
    for _ in range(20):
        with pytest.raises(InvalidApiKey):
            authenticate_key(authentication.new_key(), address=HOME)

    with django_assert_num_queries(0), pytest.raises(RateLimited):
        authenticate_key(authentication.new_key(), address=HOME)
    assert authenticate_key(key, address="203.0.113.8").tenant == acme


def test_the_same_wrong_key_costs_one_query_and_counts_every_time(django_assert_num_queries, db):
    wrong = authentication.new_key()

    with django_assert_num_queries(1):
        for _ in range(20):
            with pytest.raises(InvalidApiKey):
                authenticate_key(wrong, address=HOME)
        with pytest.raises(RateLimited):
            authenticate_key(wrong, address=HOME)


def test_keys_that_work_are_no_guesses(acme):
    keys = [services.create_api_key(acme).key for _ in range(30)]

    callers = [authenticate_key(key, address=HOME) for key in keys]

    assert {caller.tenant for caller in callers} == {acme}


def test_use_is_written_down_once_a_minute(django_assert_num_queries, key):
    assert ApiKey.objects.get().last_used_at is None

    authenticate_key(key, address=HOME)
    first = ApiKey.objects.get().last_used_at
    authenticate_key(key, address=HOME)

    assert first is not None
    assert ApiKey.objects.get().last_used_at == first


def test_the_site_it_was_used_on_is_written_down(acme, rival, key):
    Origin.objects.create(tenant=rival, pattern="https://shared.example")
    Origin.objects.create(tenant=acme, pattern="https://shared.example")

    authenticate_key(key, address=HOME, origin="https://shared.example")

    seen = Origin.objects.exclude(last_seen_at=None).values_list("tenant__name", "pattern")
    assert list(seen) == [("Acme", "https://shared.example")]


def test_a_site_that_is_not_allowed_is_not_marked_as_seen(key):
    authenticate_key(key, address=HOME, origin="https://evil.example")

    assert not Origin.objects.exclude(last_seen_at=None).exists()


def test_what_is_remembered_is_bounded(db):
    for number in range(2100):
        authentication._unknown.put(number, True)

    assert len(authentication._unknown) == 2000


def test_a_401_stays_a_401():
    assert ApiKeyAuthentication().authenticate_header(None) == "Api-Key"


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_with_one_key_are_all_let_in():
    tenant = services.create_tenant(name="Acme")
    key = services.create_api_key(tenant).key

    def call(_):
        try:
            return authenticate_key(key, address=HOME).tenant.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(call, range(40))) == {tenant.pk}
