"""Long work among several workers, some of which are killed: real threads and processes on real connections."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection

from tenants import jobs as job_kinds
from tenants import services
from tenants.models import Job
from tenants.services import jobs
from tenants.tests.job_cases import KINDS

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 28, 12, 0, tzinfo=UTC)
WORKERS = 4

IS_KILLED = """
import os, signal, sys, datetime, django
django.setup()
from django.conf import settings
from tenants.tests import job_cases
settings.JOB_KINDS = job_cases.KINDS
from tenants import jobs
from tenants.services import jobs as services
save, after = services.save_progress, int(sys.argv[2])
def save_and_die(taken, step, now):
    if step.done > after:
        os.kill(os.getpid(), signal.SIGKILL)
    save(taken, step, now=now)
services.save_progress = save_and_die
jobs.run_slice(int(sys.argv[1]), now=datetime.datetime.fromisoformat(sys.argv[3]))
"""


@pytest.fixture(autouse=True)
def _kinds(settings):
    settings.JOB_KINDS = KINDS
    settings.JOBS_AT_ONCE = WORKERS


@pytest.fixture
def job(acme):
    asked = {"up_to": 5, "size": 1}
    pk = services.start_job("writing", tenant=acme, user_id=None, settings=asked, now=NOON, file_name="n.txt")
    return Job.objects.get(pk=pk)


def at_once(action):
    """What each of the workers got, all of whom begin at the same moment."""
    barrier = Barrier(WORKERS)

    def run(_number):
        try:
            barrier.wait(timeout=10)
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def be_killed_at_work(job, *, after: int) -> int:
    """A worker in a process of its own that is killed with -9 before its batch `after` + 1 is written down."""
    database = connection.settings_dict
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{place}",
        "DJANGO_SETTINGS_MODULE": "caty.settings",
    }
    arguments = [sys.executable, "-c", IS_KILLED, str(job.pk), str(after), NOON.isoformat()]
    return subprocess.run(arguments, env=environment, cwd=settings.BASE_DIR, timeout=60, check=False).returncode


def test_one_of_many_workers_gets_the_job(job):
    claims = at_once(lambda: jobs.claim(job.pk, now=NOON))
    assert [taken.token for taken in claims if taken] == [1]


def test_no_two_count_the_same_place_as_free(acme, settings):
    settings.JOBS_AT_ONCE = 1
    started = [services.start_job("counting", tenant=acme, user_id=None, settings={}, now=NOON) for _ in range(WORKERS)]
    claims = at_once(lambda: jobs.claim(started.pop(), now=NOON))
    assert len([taken for taken in claims if taken]) == 1


def test_a_killed_workers_job_is_resumed_exactly_once(job):
    assert be_killed_at_work(job, after=2) == -9
    job.refresh_from_db()
    assert (job.state, job.done) == ("running", 2)
    later = job.lease_until

    def sweep_and_work():
        jobs.sweep(now=later)
        return job_kinds.run_slice(job.pk, now=later)

    assert sorted(at_once(sweep_and_work), key=str) == [None, None, None, "done"]
    job.refresh_from_db()
    assert (job.attempts, job.failures) == (2, 0)
    assert b"".join(jobs.read_parts(job.pk)) == b"1\n2\n3\n4\n5\n"
