"""Pages for visitors, their conversations and calls for a person, for what went unanswered, for rules and their texts,
and for wording, and the visits on a lead's page. Importing this package registers them."""

from widget.admin import calls, conversations, proactive_texts, questions, rules, visitors, visits, wording

__all__ = ["calls", "conversations", "proactive_texts", "questions", "rules", "visitors", "visits", "wording"]
