"""Waiting for what other threads bring about."""

import threading

from django.db import connection


def until(condition) -> None:
    """Wait until `condition()` is true, which other threads bring about; fails after ten seconds."""
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("This never came to be.")


def waiting_for_locks() -> int:
    """How many connections to the test's database wait for a row that another one holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        # Within a transaction the view stays as it was first seen.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        return cursor.execute(waiting).fetchone()[0]
