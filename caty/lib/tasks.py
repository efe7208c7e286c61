"""Hints to the worker. The row is the truth: a hint that is lost costs a sweep's delay, never the work."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from caty.lib.memory import ShortMemory

log = logging.getLogger(__name__)

# A visitor waits while a hint is sent: where the broker is away, each process tries it once in this time.
PAUSE_SECONDS = 5.0
_broker_away = ShortMemory(size=1, seconds=PAUSE_SECONDS)


def hint(task_name: str, **kwargs) -> None:
    """After commit, ask a worker to run `task_name`. A broker that is down is logged, not raised, and left in peace."""
    transaction.on_commit(partial(_send, task_name, kwargs))


def _send(task_name: str, kwargs: dict) -> None:
    if _broker_away.find("broker"):
        return
    try:
        current_app.send_task(task_name, kwargs=kwargs, ignore_result=True, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        _broker_away.put("broker", True)
        log.warning("task.hint_lost task=%s reason=%s", task_name, type(error).__name__)


def forget_all() -> None:
    """Have this process try the broker anew."""
    _broker_away.clear()
