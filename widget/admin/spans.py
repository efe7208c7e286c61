"""Lengths of time as people say them."""

from datetime import timedelta

from django.utils.translation import gettext as _


def span_in_words(span: timedelta) -> str:
    """Such as “45 s”, “3 min 20 s”, “2 h 5 min”, “3 d 4 h”."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return _("%d s") % seconds
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return _join(_("%d min") % minutes, _("%d s") % seconds if seconds else "")
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _join(_("%d h") % hours, _("%d min") % minutes if minutes else "")
    days, hours = divmod(hours, 24)
    return _join(_("%d d") % days, _("%d h") % hours if hours else "")


def _join(*parts: str) -> str:
    return " ".join(filter(None, parts))
