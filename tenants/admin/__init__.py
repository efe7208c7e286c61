"""Pages for what tenants own. Importing this package registers them."""

from tenants.admin import jobs, keys, knowledge, people, ready_answers, rules, sources, tenant

__all__ = ["jobs", "keys", "knowledge", "people", "ready_answers", "rules", "sources", "tenant"]
