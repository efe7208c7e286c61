"""Locks that PostgreSQL drops by itself at the end of the transaction."""

from collections.abc import Iterable
from hashlib import blake2b

from django.db import connection


def lock_conversation(tenant_id: int, conversation_reference: str) -> None:
    """One at a time for whatever a conversation says of its leads. Wants a transaction.

    Without it, an e-mail address and a phone number sent at the same moment would make two leads, and points written
    while a lead is being made would be missed by both.
    """
    lock_conversations(tenant_id, [conversation_reference])


def lock_conversations(tenant_id: int, references: Iterable[str]) -> None:
    """As `lock_conversation`, for several: in an order of their own, so that two who want the same ones take turns."""
    _lock(*(f"{tenant_id}:{reference}" for reference in references))


def lock_person(user_pk: int) -> None:
    """One at a time for what is counted of the mails to one person. Wants a transaction."""
    _lock(f"mails:{user_pk}")


def lock_address(tenant_id: int, key: str) -> None:
    """One at a time for what is counted of a business's mails to one address. Wants a transaction."""
    _lock(f"letters:{tenant_id}:{key}")


def lock_budget(tenant_id: int | None) -> None:
    """One at a time for telling of a tenant's budgets, or of the installation's. Wants a transaction. Nobody who
    answers or reserves asks for it."""
    _lock(f"budget:{tenant_id}")


def _lock(*names: str) -> None:
    keys = sorted(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True) for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])
