"""Pages for visitors and their conversations, for what went unanswered, for rules and their texts, and for wording, and
the visits on a lead's page. Importing this package registers them."""

from widget.admin import conversations, proactive_texts, questions, rules, visitors, visits, wording

__all__ = ["conversations", "proactive_texts", "questions", "rules", "visitors", "visits", "wording"]
