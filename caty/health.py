"""Is the process up, and could it serve: for load balancers and whoever watches the installation."""

import logging
from functools import cache

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from caty.lib.api import error_answer
from caty.lib.errors import Unavailable

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 2


class NotReady(Unavailable):
    def __init__(self, part: str):
        super().__init__(f"Not ready: {part}.", retry_after=5)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up. Asks neither database nor broker: restarting it would not help them."""
    return JsonResponse({"success": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker and migrations are there; else 503 UNAVAILABLE naming the first that is not."""
    try:
        _check_database()
        _check_broker()
    except NotReady as error:
        log.warning("health.not_ready reason=%s", error.message)
        return error_answer(error, request)
    return JsonResponse({"success": True})


def _check_database() -> None:
    """Asks on a connection of its own: a pool that chats have emptied is busy, not down."""
    try:
        with psycopg.connect(**_connection_parameters()) as own, own.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    except psycopg.errors.UndefinedTable as error:
        raise NotReady("migrations") from error
    except psycopg.OperationalError as error:
        raise NotReady("database") from error
    if not _known_migrations() <= applied:
        raise NotReady("migrations")


def _connection_parameters() -> dict:
    named = connection.get_connection_params()
    wanted = {name: named[name] for name in ("dbname", "user", "password", "host", "port") if name in named}
    wanted |= {name: value for name, value in named.items() if name.startswith("ssl")}
    return {
        **wanted,
        "connect_timeout": PATIENCE_SECONDS,
        "options": f"-c statement_timeout={PATIENCE_SECONDS * 1000}",
    }


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    # A squashed migration counts as applied with all it replaces; those that replace nothing are what must be there.
    return frozenset(key for key, migration in loader.disk_migrations.items() if not migration.replaces)


def _check_broker() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError as error:
        raise NotReady("broker") from error
    finally:
        client.close()
