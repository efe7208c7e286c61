"""Pages for what tenants own. Importing this package registers them."""

from tenants.admin import keys, knowledge, people, rules, tenant

__all__ = ["keys", "knowledge", "people", "rules", "tenant"]
