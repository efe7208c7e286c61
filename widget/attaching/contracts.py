"""What an attachment may be, and why one is refused."""

from enum import StrEnum

MOST_BYTES = 5 * 1024 * 1024
PDF = "application/pdf"
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", PDF: ".pdf"}


class Reason(StrEnum):
    KIND = "kind"  # none of those we take, or broken
    PIXELS = "pixels"
    PROTECTED = "protected"
    ACTIVE = "active"  # it would run something
    SLOW = "slow"


class Refused(Exception):
    """The file is not taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
