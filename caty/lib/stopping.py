"""Whether this process has been told to stop: what could go on for minutes ends by itself then, and holds nobody up."""

from collections.abc import Callable

LOOK_SECONDS = 2.0  # whoever waits asks so often


def _never() -> bool:
    return False


_is_told: Callable[[], bool] = _never


def watch(is_told: Callable[[], bool]) -> None:
    """From now on `is_told()` says whether the process has been told to stop."""
    global _is_told
    _is_told = is_told


def is_stopping() -> bool:
    return _is_told()
