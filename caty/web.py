"""Gunicorn's settings for the web process: `gunicorn caty.wsgi -c caty/web.py`, in production as in development.

A gevent worker holds a thousand chats that wait for a model; the monkey patch comes from the worker class alone.
"""

import os

worker_class = "gevent"
worker_connections = 1000
# Two processes of 200 MB each fill a dyno of 512 MB.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Connections to Postgres per process, kept in a pool. Of the 20 a small Postgres allows, 2 x 6 are for the web, 2 + 2
# for the workers' processes, 1 for beat; 3 are left for a release and for `manage.py`.
raw_env = [f"DB_POOL_MAX={os.environ.get('DB_POOL_MAX') or 6}"]
timeout = 60
# A dyno is killed 30 seconds after it was told to stop; a chat answers within 25.
graceful_timeout = 28
# The heartbeat file is in memory: a slow disk must not look like a stuck worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
