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
    try:
        _publish(task_name, kwargs)
    except (BrokerAway, BrokerBusy, OperationalError, RedisError, OSError) as error:
        log.warning("task.hint_lost task=%s reason=%s", task_name, type(error).__name__)


def _publish(task_name: str, kwargs: dict) -> None:
    """Raises BrokerAway, BrokerBusy, and whatever a broken connection raises."""
    if not _places.acquire(timeout=PLACE_SECONDS):
        raise BrokerBusy
    try:
        # Asked once we have a place: meanwhile those before us may have learnt something.
        if not redis.is_worth_asking():
            raise BrokerAway
        current_app.send_task(task_name, kwargs=kwargs, ignore_result=True, retry=False, expires=USEFUL_SECONDS)
        redis.note_answer()
    except (OperationalError, RedisError, OSError):
        redis.note_silence()
        raise
    finally:
        _places.release()
