"""Giving the database connection back while something slow is awaited, and being the only one at some work."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_held = threading.local()


def release_connection() -> None:
    """Return the connection to the pool before a model or network call.

    Must not be called inside a transaction. Inside a test's own transaction it does nothing, since closing would
    roll the test's data back. Ends what `only_one` holds: a pooled connection must not take the lock along.
    """
    if connection.in_atomic_block:
        if getattr(connection, "is_test_transaction", False) or _is_only_test_transaction():
            return
        raise RuntimeError("A connection can't be given back inside a transaction.")
    for key in _keys():
        _unlock(key)
    _keys().clear()
    connection.close()


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Whether no other process is inside `only_one(name)` now; who gets False leaves the work to the other one.

    A session's advisory lock, so it needs no transaction, and a process that dies leaves nothing behind. It spares
    double work and is no promise: it ends early where the connection is given back.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    if not _ask("SELECT pg_try_advisory_lock(%s)", key):
        yield False
        return
    _keys().add(key)
    try:
        yield True
    finally:
        if key in _keys():
            _keys().discard(key)
            _unlock(key)


def _keys() -> set[int]:
    """The keys this thread's connection holds."""
    if not hasattr(_held, "keys"):
        _held.keys = set()
    return _held.keys


def _unlock(key: int) -> None:
    """A connection that broke has lost its lock by itself, and a broken transaction can't be asked anything."""
    if connection.connection is not None and not connection.needs_rollback:
        _ask("SELECT pg_advisory_unlock(%s)", key)


def _ask(statement: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return cursor.fetchone()[0]


def _is_only_test_transaction() -> bool:
    """Django marks the atomic blocks that its TestCase opens."""
    return all(block._from_testcase for block in connection.atomic_blocks)
