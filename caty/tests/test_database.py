"""Being the only one at a piece of work."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from caty.lib.database import only_one, release_connection

pytestmark = pytest.mark.django_db(transaction=True)


def is_free(name: str) -> bool:
    """Whether another thread, which has a connection of its own, could do the work; it doesn't keep it."""

    def ask():
        try:
            with only_one(name) as is_mine:
                return is_mine
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def test_of_two_processes_one_does_the_work():
    with only_one("sweep") as is_mine:
        assert is_mine
        assert not is_free("sweep")
        assert is_free("another sweep")

    assert is_free("sweep")


def test_work_that_fails_leaves_nothing_locked():
    with pytest.raises(ZeroDivisionError), only_one("sweep"):
        raise ZeroDivisionError

    assert is_free("sweep")


def test_a_connection_given_back_takes_no_lock_along():
    with only_one("sweep"):
        release_connection()
        assert is_free("sweep")


def test_a_connection_is_not_given_back_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError):
        release_connection()
