"""Pictures and PDFs in the inbox: those under a line, and those that a colleague sends along."""

from widget.contracts import AttachmentShown


def attachments_of(message_keys: list[int]) -> dict[int, tuple[AttachmentShown, ...]]:
    """What was sent along with each of these messages, by the message's key."""
    return {}
