"""The study: data in, data out. Plain Python; no Django, no database, and only `claude` imports anthropic."""
