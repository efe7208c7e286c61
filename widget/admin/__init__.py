"""Pages for visitors and their conversations, for what went unanswered, and for wording, and the visits on a lead's
page. Importing this package registers them."""

from widget.admin import conversations, questions, visitors, visits, wording

__all__ = ["conversations", "questions", "visitors", "visits", "wording"]
