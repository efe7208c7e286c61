"""When nobody wants to be disturbed. Pure."""

from datetime import datetime, time

from tenants.zones import zone_named


def is_quiet(quiet_from: time | None, quiet_until: time | None, *, timezone: str, now: datetime) -> bool:
    """Whether it is between these by the clock of that time zone; over midnight where the first is the later one.
    Nothing chosen, or twice the same, is never."""
    if quiet_from is None or quiet_until is None:
        return False
    at = now.astimezone(zone_named(timezone)).time().replace(tzinfo=None)
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until
