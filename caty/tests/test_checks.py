"""What must not reach production is refused by name."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from caty import checks

PRODUCTION = {
    "TRUSTED_PROXIES": 1,
    "SECURE_SSL_REDIRECT": True,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


@pytest.fixture
def production(settings):
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    return settings


def test_a_documented_production_passes(production):
    call_command("check", deploy=True, fail_level="ERROR")


@pytest.mark.parametrize(
    ("name", "value", "identity"),
    [
        ("SECRET_KEY", "short", "caty.E001"),
        ("API_KEY_PEPPER", "x" * 31, "caty.E001"),
        ("CREDENTIAL_KEYS", [], "caty.E003"),
        ("CREDENTIAL_KEYS", ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "no key"], "caty.E003"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "caty.E004"),
        ("DB_CONNECTION_LIMIT", 17, "caty.E007"),
        ("CONFIDENCE_CURVES", {"claude-haiku-5-5": [[0.9, 0.8], [0.5, 0.4]]}, "caty.E009"),
        ("CONFIDENCE_CURVES", {"claude-haiku-5-5": [[0.5, 1.4]]}, "caty.E009"),
        ("CONFIDENCE_CURVES", {"claude-haiku-5-5": "high"}, "caty.E009"),
        ("SEMANTIC_MODEL", "another", "caty.E008"),
        ("SITE_URL", "http://caty.example", "caty.E010"),
        ("ALLOWED_HOSTS", ["*"], "caty.E011"),
        ("ALLOWED_HOSTS", ["other.example"], "caty.E011"),
        ("TRUSTED_PROXIES", 0, "caty.E012"),
        ("TRUSTED_PROXIES", 99, "caty.E012"),
        ("DEMO", True, "caty.E013"),
        ("OUTBOUND_ALLOW", ["127.0.0.1:8000"], "caty.E014"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "caty.E015"),
    ],
)
def test_what_is_unsafe_is_refused(production, name, value, identity):
    setattr(production, name, value)

    with pytest.raises(SystemCheckError, match=identity):
        call_command("check", deploy=True)


def test_the_two_secrets_must_differ(production):
    production.API_KEY_PEPPER = production.SECRET_KEY

    assert [error.id for error in checks.check_secrets(None)] == ["caty.E002"]


def test_the_planned_connections_fit_the_smallest_postgres(settings):
    assert (settings.DB_CONNECTIONS_PLANNED, settings.DB_CONNECTION_LIMIT) == (18, 20)
    assert checks.check_connections(None) == []


def test_the_database_is_asked_for_its_version_where_it_is_used(db, monkeypatch):
    assert checks.check_postgres_version(None) == []
    assert checks.check_postgres_version(None, databases=["default"]) == []
    monkeypatch.setattr(checks, "OLDEST_POSTGRES", 990_000)
    assert [error.id for error in checks.check_postgres_version(None, databases=["default"])] == ["caty.E006"]


def test_development_needs_none_of_what_only_production_needs(settings):
    settings.DEBUG = settings.DEMO = True
    settings.SITE_URL, settings.OUTBOUND_ALLOW = "http://127.0.0.1:8000", ["127.0.0.1:8000"]

    call_command("check")
