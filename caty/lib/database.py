"""Giving the database connection back while something slow is awaited."""

from django.db import connection


def release_connection() -> None:
    """Return the connection to the pool before a model or network call.

    Must not be called inside a transaction. Inside a test's own transaction it does nothing, since closing would
    roll the test's data back.
    """
    if connection.in_atomic_block:
        if getattr(connection, "is_test_transaction", False) or _is_only_test_transaction():
            return
        raise RuntimeError("A connection can't be given back inside a transaction.")
    connection.close()


def _is_only_test_transaction() -> bool:
    """Django marks the atomic blocks that its TestCase opens."""
    return all(block._from_testcase for block in connection.atomic_blocks)
