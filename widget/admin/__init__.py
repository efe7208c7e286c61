"""Pages for conversations, for what went unanswered, and for wording, and the visits on a lead's page. Importing this
package registers them."""

from widget.admin import conversations, questions, visits, wording

__all__ = ["conversations", "questions", "visits", "wording"]
