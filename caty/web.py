"""Gunicorn's settings for the web process: `gunicorn caty.wsgi -c caty/web.py`, in production as in development.

A gevent worker holds a thousand chats that wait for a model. Nothing but gunicorn reads this file, so nothing else is
patched.
"""

import os
import warnings

from gevent import monkey

worker_class = "gevent"
worker_connections = 1000
# Loaded once and forked, what the processes share is in memory once: 150 MB that a dyno of 512 MB need not hold twice.
# What is loaded must find gevent's locks and sockets in place. Gunicorn's own process waits for signals, the old way.
preload_app = True
monkey.patch_all(os=False, signal=False, queue=False)
warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)  # each worker patches what is left
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Connections to Postgres per process, kept in a pool. Of the 20 a small Postgres allows, 2 x 6 are for the web, 3 + 2
# for the workers, 1 for beat; 2 are left for a release and for `manage.py`.
raw_env = [f"DB_POOL_MAX={os.environ.get('DB_POOL_MAX') or 6}"]
timeout = 60
# A dyno is killed 30 seconds after it was told to stop; a chat answers within 25.
graceful_timeout = 28
# The heartbeat file is in memory: a slow disk must not look like a stuck worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")


def post_fork(server, worker) -> None:
    """Have event streams end when the process is told to stop. The optional model takes half a second to load, in which
    a process would serve nobody."""
    # Only here: settings can be read once the application is loaded.
    from django.conf import settings
    from django.utils.module_loading import import_string

    from caty.lib import stopping

    stopping.watch(lambda: not worker.alive)
    if settings.SEMANTIC_ENCODER:
        import_string(settings.SEMANTIC_ENCODER)()
