"""The production settings, with the widget's files collected into a folder of the run's own."""

import os

from caty.settings import *  # noqa: F403
from caty.settings import BASE_DIR

STATIC_ROOT = os.environ["BENCH_STATIC_ROOT"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_DIRS = [BASE_DIR / "widget" / "static"]
