"""Pages for conversations and for what could not be answered. Importing this package registers them."""

from widget.admin import conversations, questions

__all__ = ["conversations", "questions"]
