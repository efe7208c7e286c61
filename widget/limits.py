"""What one visitor's address may spend at one tenant: the windows of the widget's limits."""

from caty.lib.throttling import Window
from tenants.contracts import WidgetConfig
from widget.contracts import Caller

MINUTE, HOUR = 60, 3600


def address_window(config: WidgetConfig, caller: Caller, *, scope: str, limit: int, seconds: int) -> Window:
    """At most the caller's share of `limit` for its address at this tenant, in `seconds`."""
    return Window(
        scope=scope, subject=f"{config.tenant_id}:{caller.address}", limit=caller.limit(limit), seconds=seconds
    )
