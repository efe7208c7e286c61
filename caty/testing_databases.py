"""The suite's databases: copies of one that was migrated once; a statement empties them after a test that commits."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

TEMPLATE_PREFIX = "caty_template_"
# Any number will do: whoever takes it makes the template, the others wait for it.
ADVISORY_LOCK = 4_702_111

KEPT_BY_FLUSH = {"django_content_type", "auth_permission"}
SMALL_TABLE_BYTES = 128 * 1024
EMPTY = """
DO $$ BEGIN
    IF (SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname = ANY ('{{{names}}}')) > {small}
    THEN TRUNCATE {tables}; ELSE {deletes}; END IF;
END $$"""


def use_template() -> None:
    """The database that this process is about to make will be a copy: to migrate one takes ten seconds, to copy one a
    fifth of a second. What is made once stays until a migration or Django changes.
    """
    from django.db import connection

    name = template_name()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{TEMPLATE_PREFIX}%"])
            found = {row[0] for row in cursor.fetchall()}
            if name not in found:
                make_template(cursor, name, outdated=found)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    connection.settings_dict["TEST"]["TEMPLATE"] = name


def template_name() -> str:
    """Told by all that shapes a database: the migrations of every app, and Django, which runs them."""
    from django.apps import apps

    files = (file for app in apps.get_app_configs() for file in Path(app.path, "migrations").glob("*.py"))
    digest = hashlib.sha256(version("django").encode())
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return TEMPLATE_PREFIX + digest.hexdigest()[:16]


def make_template(cursor, name: str, outdated: set[str]) -> None:
    """It has its name only once it is whole: who was killed meanwhile leaves nothing that looks like one."""
    from django.db import connection

    for one in outdated:
        cursor.execute(f'DROP DATABASE IF EXISTS "{one}" WITH (FORCE)')
    unfinished = f"{TEMPLATE_PREFIX}unfinished"
    with named(unfinished):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')


@contextmanager
def named(name: str) -> Iterator[None]:
    """Django's test database has this name, and afterwards the settings are as they were."""
    from django.conf import settings
    from django.db import connection

    before, before_test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    try:
        yield
    finally:
        connection.settings_dict["TEST"]["NAME"] = before_test
        connection.settings_dict["NAME"] = settings.DATABASES[connection.alias]["NAME"] = before


def sql_flush(_operations, style, tables, *, reset_sequences=False, allow_cascade=False):
    """One statement that empties the tables after a test that commits. Few rows are deleted in a thirtieth of the time
    that fifty tables are truncated in; truncated they are where rows that are gone have made one large, which would
    slow every later test. What Django knows of its models stays; the table made by SQL of ours goes with the others.
    """
    emptied = sorted({*tables, "widget_pageevent"} - KEPT_BY_FLUSH)
    deletes = "; ".join(f'DELETE FROM "{table}"' for table in emptied)  # noqa: S608
    return [EMPTY.format(names=",".join(emptied), small=SMALL_TABLE_BYTES, tables=", ".join(emptied), deletes=deletes)]
