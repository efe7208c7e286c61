"""Ids of what is sent, which grow with time."""

import secrets
import time
import uuid
from datetime import datetime


def new_delivery_id() -> uuid.UUID:
    """UUIDv7 with the sub-millisecond time in rand_a (RFC 9562, §6.2 method 3): later rows sort after earlier ones."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    value = (milliseconds << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | secrets.randbits(62)
    return uuid.UUID(int=value)


def oldest_delivery_id(moment: datetime) -> uuid.UUID:
    """Below the id of every delivery that was made at that moment or later."""
    return uuid.UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))
