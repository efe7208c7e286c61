"""Colleagues who are called to a conversation, and what a visitor was promised."""

from datetime import datetime

from leads.contracts import StaffCall


def call_colleagues(call: StaffCall, *, tenant_id: int, only: int | None = None, now: datetime) -> int:
    """Write down a notice for each colleague of the business who wants to be told of such (`only`: for this membership
    alone); how many are new. Belongs in the transaction in which it happens."""
    return 0


def promise_callback(
    lead_pk: int, *, tenant_id: int, due_at: datetime, conversation_reference: str, now: datetime
) -> None:
    """The business has promised to get back to this lead by `due_at`. An earlier promise that is open stays."""


def keep_promise(*, tenant_id: int, conversation_reference: str, now: datetime) -> None:
    """What was promised in this conversation has been kept: the visitor has heard from a person."""


def withdraw_calls(*, tenant_id: int, conversation_reference: str) -> int:
    """Nobody needs to come to this conversation any more: what has not been sent of it is not. How many."""
    return 0
