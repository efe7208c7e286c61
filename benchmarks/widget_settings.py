"""The production settings on loopback without TLS, with the widget's files collected into a folder of the run's own."""

import os

from caty.settings import *  # noqa: F403
from caty.settings import BASE_DIR

SITE_URL = os.environ["SITE_URL"]
SECURE_SSL_REDIRECT = False
STATIC_ROOT = os.environ["BENCH_STATIC_ROOT"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATICFILES_DIRS = [BASE_DIR / "widget" / "static"]
