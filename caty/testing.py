"""pytest plugin for all apps (`-p caty.testing`): a test environment, the cast, and a clean Redis for every test.

`acme` is ours, `rival` must never be seen. PostgreSQL and Redis are real: DATABASE_URL and REDIS_URL must name them.
"""

import gc
import os
from functools import lru_cache

import pytest

from caty import testing_databases

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ.update(
    DEBUG="0",
    SECRET_KEY="only-for-tests-" + "x" * 50,
    API_KEY_PEPPER="only-for-tests-pepper-" + "x" * 32,
    CREDENTIAL_KEYS="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    SITE_URL="https://caty.example",
    ALLOWED_HOSTS="testserver,caty.example,127.0.0.1,localhost",
    SECURE_SSL_REDIRECT="0",
    EMAIL_URL="memorymail://",
    DEFAULT_FROM_EMAIL="caty@caty.example",
    VAPID_PRIVATE_KEY="",
    ANTHROPIC_API_KEY="",
    DEMO="0",
    OUTBOUND_ALLOW="",
    CRAWL_DELAY_SECONDS="0",
    TRUSTED_PROXIES="0",
    # Tests running side by side share one Redis and must not meet in it.
    REDIS_KEY_PREFIX=f"test-{WORKER}",
)


# Objects that are new, then young collections before an older one, for `gc`: memory is there, time is not.
RARELY = (100_000, 20, 50)


def pytest_configure(config):
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            pytest.exit(f"{name} is not set: run the suite with `make test`, which starts what is missing.", 3)


def pytest_collection_finish():
    """What is loaded by now stays: looking through it again and again for garbage was a fifth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


@lru_cache(maxsize=1)
def _redis():
    """A connection of its own, kept for all tests: to open one takes longer than to look."""
    import redis

    return redis.Redis.from_url(os.environ["REDIS_URL"])


@pytest.fixture(autouse=True)
def _clean_redis():
    """Deletes what a test left under this worker's own prefix."""
    yield
    # Not SCAN: while others' tests write, the stand-in for Redis may pass over keys.
    keys = _redis().keys(f"*{os.environ['REDIS_KEY_PREFIX']}*")
    if keys:
        _redis().delete(*keys)


@pytest.fixture(autouse=True)
def _fresh_memory():
    """What one test's process remembered is not the next one's."""
    from caty.lib import redis
    from tenants import authentication, config, origins, refused_origins
    from tenants.knowledge import reading
    from widget.services import thinking

    yield
    thinking.HEALTH.forget_all()
    reading.forget_robots()
    redis.forget_all()
    authentication.forget_all()
    config.forget_all()
    origins.forget_seen()
    refused_origins.forget_noted()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """Before the first test that has to do with the database, and in no run that has none."""
    if fixturedef.argname == "django_db_setup":
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock():
            testing_databases.use_template()


@pytest.fixture(autouse=True, scope="session")
def _quick_flush():
    from django.db.backends.postgresql.operations import DatabaseOperations

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", testing_databases.sql_flush)
        yield


@pytest.fixture(autouse=True)
def _no_connection_left(request, django_db_blocker):
    """A browser's loop that runs in this thread has connections apart, which nobody else would close."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        from django.db import connection

        with django_db_blocker.unblock():
            connection.close()


@pytest.fixture(autouse=True, scope="session")
def _quick_settings():
    """Templates are rendered without a collected manifest, and what makes guessing at passwords slow is left out."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    quick = {
        "STORAGES": {**settings.STORAGES, "staticfiles": plain},
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with override_settings(**quick):
        yield


@pytest.fixture(scope="module")
def kept_rows(django_db_setup, django_db_blocker):
    """A transaction round all tests of a module. What fixtures of the module make in it is there for each of its tests,
    and each leaves it as it was; none of them may be one that commits.
    """
    from django.test import TestCase

    with django_db_blocker.unblock():
        atomics = TestCase._enter_atomics()
        try:
            yield
        finally:
            TestCase._rollback_atomics(atomics)


SCRIPTED: dict = {}


def find_scripted_model(*, api_key: str, base_url: str):
    """Stands where the installation's own chat model is found."""
    return SCRIPTED["model"]


@pytest.fixture
def scripted(settings):
    """Call it with replies: from then on answers come from a scripted model, which it gives back."""
    from widget.tests.scripted_model import ScriptedModel

    def use(*replies, **options):
        settings.CHAT_MODEL = "caty.testing.find_scripted_model"
        SCRIPTED["model"] = ScriptedModel(*replies, **options)
        return SCRIPTED["model"]

    yield use
    SCRIPTED.clear()


@pytest.fixture
def read_here(monkeypatch):
    """Files and pages are read in this process, for tests of what becomes of their words: to start one for a few
    sentences takes longer than all else they do. The real one has tests of its own (`test_readers_hostile.py`).
    """
    import json

    from tenants.knowledge.readers import child, contracts, reading

    def answer(given: bytes, *, seconds: float) -> dict:
        said, _, content = given.partition(b"\n")
        output = child.answer_to(contracts.Source(content=content, **json.loads(said)))
        return reading._understand(output, status=0)

    monkeypatch.setattr(reading, "_answer_of_child", answer)


@pytest.fixture
def cast():
    """Staff, their clients and rows for every page of the admin; a fixture, since lower apps may not import it."""
    from caty.tests import admin_cast

    return admin_cast


@pytest.fixture
def acme(db):
    """Our tenant: services, English, site https://acme.example."""
    return make_tenant("Acme")


@pytest.fixture
def rival(db):
    """The tenant that must never be seen."""
    return make_tenant("Rival")


def make_tenant(name: str):
    """A tenant as staff would create it, with its site allowed and its settings rows made."""
    from tenants import services

    slug = name.lower()
    return services.create_tenant(name=name, website=f"https://{slug}.example", origins=[f"https://{slug}.example"])
