"""Hints to the worker. The row is the truth: a hint that is lost costs a sweep's delay, never the work."""

import logging
import threading
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# While the broker is away, one hint in this time asks for it anew and may cost its request a socket's time-out; all
# others are lost at once, so that nobody pays for each of theirs.
PAUSE_SECONDS = 2.0
_is_away = False
_asked_again_at = 0.0

# Fewer than Celery's pool has connections (10): whoever finds that one empty waits without end.
PLACES = 8
PLACE_SECONDS = 1.0
_places = threading.BoundedSemaphore(PLACES)


class BrokerAway(Exception):
    """The broker didn't answer a moment ago."""


class BrokerBusy(Exception):
    """Too many hints of this process are on their way."""


def hint(task_name: str, **kwargs) -> None:
    """After commit, ask a worker to run `task_name`. A broker that is down is logged, not raised.

    A dead broker holds a request up once, for about two seconds, however many hints it gives.
    """
    transaction.on_commit(partial(_send, task_name, kwargs))


def _send(task_name: str, kwargs: dict) -> None:
    global _is_away, _asked_again_at
    try:
        _publish(task_name, kwargs)
        _is_away = False
    except (OperationalError, RedisError, OSError) as error:
        _is_away, _asked_again_at = True, time.monotonic() + PAUSE_SECONDS
        _note_lost(task_name, error)
    except (BrokerAway, BrokerBusy) as error:
        _note_lost(task_name, error)


def _publish(task_name: str, kwargs: dict) -> None:
    """Raises BrokerAway, BrokerBusy, and whatever a broken connection raises."""
    is_first_to_ask = _is_away
    if is_first_to_ask:
        _be_the_one_who_asks()
    if not _places.acquire(timeout=PLACE_SECONDS):
        raise BrokerBusy
    try:
        if _is_away and not is_first_to_ask:
            raise BrokerAway  # learnt while we waited for a place
        current_app.send_task(task_name, kwargs=kwargs, ignore_result=True, retry=False)
    finally:
        _places.release()


def _be_the_one_who_asks() -> None:
    global _asked_again_at
    if time.monotonic() < _asked_again_at:
        raise BrokerAway
    _asked_again_at = time.monotonic() + PAUSE_SECONDS


def forget_all() -> None:
    """Have this process take its broker for present."""
    global _is_away, _asked_again_at
    _is_away, _asked_again_at = False, 0.0


def _note_lost(task_name: str, error: Exception) -> None:
    log.warning("task.hint_lost task=%s reason=%s", task_name, type(error).__name__)
