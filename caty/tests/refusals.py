"""Statements that the database refuses: PostgreSQL logs them with what a visitor wrote."""

from collections.abc import Callable

from django.db import IntegrityError


def noting_refusals(failed: list[str]) -> Callable:
    """For `connection.execute_wrapper`: adds each statement that breaks a constraint to `failed`."""

    def watch(execute, sql, *rest):
        try:
            return execute(sql, *rest)
        except IntegrityError:
            failed.append(sql)
            raise

    return watch
