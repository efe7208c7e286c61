"""The frame: settings, addresses, Celery. Imports all apps and is imported by none; `caty.lib` is the toolbox."""

from caty.celery import app as celery_app

__all__ = ["celery_app"]
