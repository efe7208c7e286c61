"""Pages for leads and where they go. Importing this package registers them."""

from leads.admin import connections, deliveries, leads, mails

__all__ = ["connections", "deliveries", "leads", "mails"]
