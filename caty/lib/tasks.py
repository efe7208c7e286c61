"""Hints to the worker. The row is the truth: a hint that is lost costs a sweep's delay, never the work."""

import logging
import threading
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from caty.lib import redis

log = logging.getLogger(__name__)

# By then a sweep has found the row: hints that nobody took in time are dropped unread, so that a long queue ends soon.
USEFUL_SECONDS = 30
LONGEST_WAIT_SECONDS = 60  # what waits longer is for the row and a sweep

# Fewer than Celery's pool has connections (10): whoever finds that one empty waits without end.
PLACES = 8
PLACE_SECONDS = 1.0
_places = threading.BoundedSemaphore(PLACES)


class BrokerAway(Exception):
    """The broker didn't answer a moment ago."""


class BrokerBusy(Exception):
    """Too many hints of this process are on their way."""


def hint(task_name: str, *, in_seconds: int = 0, **kwargs) -> None:
    """After commit, ask a worker to run `task_name`, now or within a minute. A broker that is down is logged.

    A dead broker holds a request up once, for about two seconds, however many hints it gives.
    """
    transaction.on_commit(partial(_send, task_name, kwargs, min(in_seconds, LONGEST_WAIT_SECONDS)))


def _send(task_name: str, kwargs: dict, in_seconds: int) -> None:
    try:
        _publish(task_name, kwargs, in_seconds)
    except (BrokerAway, BrokerBusy, OperationalError, RedisError, OSError) as error:
        log.warning("task.hint_lost task=%s reason=%s", task_name, type(error).__name__)


def _publish(task_name: str, kwargs: dict, in_seconds: int) -> None:
    """Raises BrokerAway, BrokerBusy, and whatever a broken connection raises."""
    if not _places.acquire(timeout=PLACE_SECONDS):
        raise BrokerBusy
    try:
        # Asked once we have a place: meanwhile those before us may have learnt something.
        if not redis.is_worth_asking():
            raise BrokerAway
        current_app.send_task(
            task_name,
            kwargs=kwargs,
            ignore_result=True,
            retry=False,
            countdown=in_seconds or None,
            expires=in_seconds + USEFUL_SECONDS,
        )
        redis.note_answer()
    except (OperationalError, RedisError, OSError):
        redis.note_silence()
        raise
    finally:
        _places.release()
