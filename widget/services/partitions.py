"""Days of page events: prepared ahead, dropped as a whole when they are old."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

DAYS_AHEAD = 3
NAME = re.compile(r"\Awidget_pageevent_(\d{4})_(\d{2})_(\d{2})\Z")


def prepare_partitions(*, today: date, kept_days: int = 90) -> None:
    """Make the partitions of today and the next three days, and drop those older than `kept_days`.

    Raises OperationalError where the tables are in use for longer than two seconds.
    """
    for ahead in range(DAYS_AHEAD + 1):
        _prepare(today + timedelta(days=ahead))
    for name, day in _existing():
        if day < today - timedelta(days=kept_days):
            with _impatiently() as cursor:
                cursor.execute(f"DROP TABLE {name}")


def _prepare(day: date) -> None:
    name = f"widget_pageevent_{day:%Y_%m_%d}"
    if name in {known for known, _ in _existing()}:
        return
    with _impatiently() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE widget_pageevent INCLUDING DEFAULTS)")
        # What came before its day was prepared lies in the default partition and moves along.
        cursor.execute(
            f"WITH moved AS (DELETE FROM widget_pageevent_default WHERE day = %s RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved",
            [day],
        )
        bounds = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        cursor.execute(f"ALTER TABLE widget_pageevent ATTACH PARTITION {name} FOR VALUES {bounds}")


@contextmanager
def _impatiently() -> Iterator[CursorWrapper]:
    """A cursor in a transaction that waits two seconds for a lock: behind a longer wait, as for a backup that reads
    the tables, all visitors' events would queue. The next hour tries again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        yield cursor


def _existing() -> list[tuple[str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = 'widget_pageevent'::regclass"
        )
        names = [name for (name,) in cursor.fetchall()]
    found = ((name, NAME.match(name)) for name in names)
    return [(name, date(*map(int, match.groups()))) for name, match in found if match]
