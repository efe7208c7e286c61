"""Sites: what staff type, and which pages it lets in."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants import origins
from tenants.models import Origin
from tenants.origins import OriginUnreadable, clean_pattern, is_allowed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443/cart?a=1#top ", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://shop.example:80/", "http://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://*.Shop.example", "https://*.shop.example"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("https://shop.example.", "https://shop.example"),
        ("http://192.0.2.1:3000", "http://192.0.2.1:3000"),
    ],
)
def test_what_staff_type_is_kept_as_browsers_write_it(typed, pattern):
    assert clean_pattern(typed) == pattern


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "null",
        "*",
        "shop.example",
        "https://",
        "https://*",
        "https://*.com",
        "https://*.*.example",
        "https://shop.*.example",
        "http://*.shop.example",
        "https://*.0.2.1",
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://user@shop.example",
        "https://user:secret@shop.example",
        "https://shop.example:99999",
        "https://shop.example:0",
        "https://shop.example:http",
        "https://shop example",
        "https://shop_.example",
        "https://-shop.example",
        "https://[::1",
        "https://" + "a" * 64 + ".example",
    ],
)
def test_what_names_no_site_is_refused_with_a_sentence(typed):
    with pytest.raises(OriginUnreadable) as refused:
        clean_pattern(typed)

    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://shop.example", True),
        ("https://www.wide.example", True),
        ("https://a.b.wide.example", True),
        ("https://shop.example:8443", True),
        (None, True),
        ("null", False),
        ("", False),
        ("http://shop.example", False),
        ("https://shop.example:444", False),
        ("https://www.shop.example", False),
        ("https://shop.example.evil.example", False),
        ("https://wide.example", False),
        ("http://www.wide.example", False),
        ("https://www.wide.example:8443", False),
        ("https://evilwide.example", False),
        ("https://.wide.example", False),
        ("https://evil.example/.wide.example", False),
        ("https://evil.example#.wide.example", False),
        ("https://user@x.wide.example", False),
    ],
)
def test_only_the_sites_named_are_let_in(origin, is_let_in):
    patterns = ("https://shop.example", "https://shop.example:8443", "https://*.wide.example")

    assert is_allowed(origin, patterns) is is_let_in


def test_an_empty_list_lets_no_page_in():
    assert not is_allowed("https://shop.example", ())
    assert is_allowed(None, ())


def test_a_site_is_noted_once_an_hour(acme):
    origins.note_seen(tenant_id=acme.pk, pattern="https://acme.example", now=NOON)
    origins.note_seen(tenant_id=acme.pk, pattern="https://acme.example", now=NOON + timedelta(minutes=59))

    assert Origin.objects.get().last_seen_at == NOON


def test_another_process_does_not_note_it_either(acme):
    origins.note_seen(tenant_id=acme.pk, pattern="https://acme.example", now=NOON)
    origins.forget_seen()

    origins.note_seen(tenant_id=acme.pk, pattern="https://acme.example", now=NOON + timedelta(minutes=59))
    first = Origin.objects.get().last_seen_at
    origins.forget_seen()
    origins.note_seen(tenant_id=acme.pk, pattern="https://acme.example", now=NOON + timedelta(hours=1))

    assert (first, Origin.objects.get().last_seen_at) == (NOON, NOON + timedelta(hours=1))
