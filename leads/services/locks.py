"""Locks that PostgreSQL drops by itself at the end of the transaction."""

from hashlib import blake2b

from django.db import connection


def lock_conversation(tenant_id: int, conversation_reference: str) -> None:
    """One at a time for whatever a conversation says of its leads. Wants a transaction.

    Without it, an e-mail address and a phone number sent at the same moment would make two leads, and points written
    while a lead is being made would be missed by both.
    """
    _lock(f"{tenant_id}:{conversation_reference}")


def lock_person(user_pk: int) -> None:
    """One at a time for what is counted of the mails to one person. Wants a transaction."""
    _lock(f"mails:{user_pk}")


def _lock(name: str) -> None:
    digest = blake2b(name.encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, signed=True)])
