"""Pages for conversations, for what went unanswered, and for wording. Importing this package registers them."""

from widget.admin import conversations, questions, wording

__all__ = ["conversations", "questions", "wording"]
