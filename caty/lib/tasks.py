"""Hints to the worker. The row is the truth: a hint that is lost costs a sweep's delay, never the work."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def hint(task_name: str, **kwargs) -> None:
    """After commit, ask a worker to run `task_name`. A broker that is down is logged, not raised."""
    transaction.on_commit(partial(_send, task_name, kwargs))


def _send(task_name: str, kwargs: dict) -> None:
    try:
        current_app.send_task(task_name, kwargs=kwargs, ignore_result=True, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("task.hint_lost task=%s reason=%s", task_name, type(error).__name__)
