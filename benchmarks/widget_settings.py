"""As in production, on loopback without TLS."""

import os

from benchmarks.collected_settings import *  # noqa: F403

SITE_URL = os.environ["SITE_URL"]
SECURE_SSL_REDIRECT = False
