"""Long work: started, claimed, followed and ended. Short transactions, fenced by the number of the try."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from caty.lib import tasks
from caty.lib.errors import CatyError
from tenants.models import Job, JobFile, Tenant

log = logging.getLogger(__name__)
State = Job.State
OPEN = (State.PENDING, State.RUNNING)
LEASE = timedelta(seconds=120)  # above the worker's hard time limit; every batch begins it anew
RETRY_AFTER = timedelta(seconds=30)
MOST_FAILURES = 3  # in a row, without a batch between
MOST_OPEN = 10  # of one tenant
MOST_RUNNING = 2  # of one tenant at once
MOST_FILE_BYTES = 50 * 1024 * 1024
MOST_TENANT_BYTES = 200 * 1024 * 1024
PART_BYTES = 1024 * 1024
KEPT_FILE = timedelta(days=7)
KEPT_ROW = timedelta(days=90)
CLAIMING = 5_206_411_937  # any number that no other advisory lock has


class TooManyJobs(CatyError):
    """The tenant has enough under way."""

    status = 429
    code = "TOO_MANY_JOBS"
    message = "There is a lot under way already. Wait until some of it has ended."


class FileTooLarge(CatyError):
    """A file beyond what one may have, or beyond what is left of the tenant's room."""

    code = "FILE_TOO_LARGE"
    message = "The file would be too large."


class JobLost(CatyError):
    """Whoever works at it no longer may: it was cancelled, or another worker has taken it over."""

    status = 409
    code = "JOB_LOST"
    message = "This work is somebody else's by now."


@dataclass(frozen=True, kw_only=True)
class JobClaim:
    """The right to work at one job. `token` is the number of this try."""

    job_pk: int
    token: int


class Progress(Protocol):
    """What `save_progress` reads of a batch; `tenants.jobs.Step` is one."""

    done: int
    total: int
    cursor: Mapping
    content: Iterable[bytes]
    is_new_file: bool
    message: str


def start_job(
    kind: str,
    *,
    tenant: Tenant,
    user_id: int | None,
    settings: Mapping,
    now: datetime,
    file_name: str = "",
    file_type: str = "",
    message: str = "",
    due_at: datetime | None = None,
) -> int:
    """Have it done by a worker, not before `due_at`; the job's key. Words are written in the language of now.

    Raises TooManyJobs.
    """
    with transaction.atomic():
        # One at a time for a tenant, so that the count holds.
        Tenant.objects.select_for_update(no_key=True).only("pk").get(pk=tenant.pk)
        if Job.objects.for_tenant(tenant).filter(state__in=OPEN).count() >= MOST_OPEN:
            raise TooManyJobs(_("There is a lot under way already. Wait until some of it has ended."))
        job = Job.objects.create(
            tenant=tenant,
            kind=kind,
            created_by_id=user_id,
            settings=dict(settings),
            file_name=file_name,
            file_type=file_type,
            message=message,
            language=translation.get_language() or django_settings.LANGUAGE_CODE,
            created_at=now,
            due_at=due_at or now,
        )
        _hint(job.pk)
    log.info("job.started job=%s kind=%s", job.pk, kind)
    return job.pk


def claim(job_pk: int, *, now: datetime) -> JobClaim | None:
    """Take a due job, or None where it isn't due, is taken, or enough others are running."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIMING])  # or two would count the same
        job = Job.objects.filter(pk=job_pk, state=State.PENDING, due_at__lte=now)
        job = job.select_for_update(skip_locked=True, no_key=True).first()
        running = Job.objects.filter(state=State.RUNNING, lease_until__gt=now)
        if job is None or running.count() >= django_settings.JOBS_AT_ONCE:
            return None
        if running.filter(tenant=job.tenant_id).count() >= MOST_RUNNING:
            return None
        job.state, job.lease_until = State.RUNNING, now + LEASE
        job.attempts += 1
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "lease_until", "attempts", "started_at"])
    return JobClaim(job_pk=job.pk, token=job.attempts)


def save_progress(taken: JobClaim, step: Progress, *, now: datetime) -> None:
    """Write a batch down with what it adds to the file, and hold the job for longer. Raises JobLost, FileTooLarge."""
    with transaction.atomic():
        job = _mine(taken)
        if step.is_new_file:
            JobFile.objects.filter(job=job).delete()
            job.file_bytes = 0
        job.file_bytes += _append(job, step.content)
        job.done, job.total, job.cursor = step.done, step.total, dict(step.cursor)
        job.message = step.message[:300] or job.message
        job.failures, job.lease_until = 0, now + LEASE
        job.save(update_fields=["file_bytes", "done", "total", "cursor", "message", "failures", "lease_until"])


def hand_back(taken: JobClaim, *, now: datetime) -> str:
    """Let others have their turn; it goes on when it comes round. Raises JobLost."""
    return _leave(taken, state=State.PENDING, due_at=now)


def finish(taken: JobClaim, *, now: datetime) -> str:
    """Raises JobLost."""
    state = _leave(taken, state=State.DONE, finished_at=now)
    log.info("job.done job=%s", taken.job_pk)
    return state


def fail(taken: JobClaim, *, message: str, now: datetime) -> str:
    """End it for good and say why, with nothing to say for a fault of ours; what there is of a file goes.

    Raises JobLost.
    """
    with transaction.atomic():
        state = _leave(taken, state=State.FAILED, finished_at=now, message=message[:300], file_bytes=0)
        JobFile.objects.filter(job=taken.job_pk).delete()
    log.warning("job.failed job=%s", taken.job_pk)
    return state


def retry(taken: JobClaim, *, reason: str, now: datetime) -> str:
    """After a fault: again in a while, or failed where it keeps happening. `reason` is for the log. Raises JobLost."""
    failures = Job.objects.values_list("failures", flat=True).get(pk=taken.job_pk) + 1
    log.warning("job.fault job=%s failures=%s reason=%s", taken.job_pk, failures, reason)
    if failures >= MOST_FAILURES:
        return fail(taken, message="", now=now)
    return _leave(taken, state=State.PENDING, due_at=now + RETRY_AFTER, failures=failures)


def cancel_job(job_pk: int, *, tenant: Tenant, now: datetime) -> bool:
    """Whether it was still open. A worker in the middle of a batch stops after it; what it has changed stays."""
    with transaction.atomic():
        job = Job.objects.for_tenant(tenant).filter(pk=job_pk, state__in=OPEN)
        is_mine = job.update(state=State.CANCELLED, finished_at=now, lease_until=None, file_bytes=0) == 1
        if is_mine:
            JobFile.objects.filter(job=job_pk).delete()
    return is_mine


def read_parts(job_pk: int) -> Iterator[bytes]:
    """A job's file, part by part: no more than one is in memory."""
    numbers = list(JobFile.objects.filter(job=job_pk).order_by("number").values_list("number", flat=True))
    for number in numbers:
        yield bytes(JobFile.objects.values_list("content", flat=True).get(job=job_pk, number=number))


def return_expired(*, now: datetime) -> int:
    """Put back what a worker took and never finished, because it died; how many. Failed where that keeps happening."""
    expired = Job.objects.filter(state=State.RUNNING, lease_until__lte=now)
    lost = {"lease_until": None, "failures": F("failures") + 1}
    poisonous = expired.filter(failures__gte=MOST_FAILURES - 1)
    given_up = poisonous.update(state=State.FAILED, finished_at=now, message="", **lost)  # its file goes with the old
    return given_up + expired.update(state=State.PENDING, due_at=now, **lost)


def hint_due(*, now: datetime) -> None:
    """Ask workers for those that have waited longest; enough that one tenant's can't stand before all others."""
    due = Job.objects.filter(state=State.PENDING, due_at__lte=now).order_by("due_at", "pk")
    for job_pk in due.values_list("pk", flat=True)[: django_settings.JOBS_AT_ONCE + MOST_OPEN]:
        _hint(job_pk)


def sweep(*, now: datetime) -> None:
    """What hints have lost, dead workers have held, and time has made superfluous."""
    if returned := return_expired(now=now):
        log.warning("job.returned count=%s", returned)
    old = Q(finished_at__lte=now - KEPT_FILE) | Q(state=State.FAILED)
    for job_pk in Job.objects.filter(old, file_bytes__gt=0, finished_at__isnull=False).values_list("pk", flat=True)[
        :100
    ]:
        _drop_file(job_pk)
    forgotten = Job.objects.filter(finished_at__lte=now - KEPT_ROW)
    Job.objects.filter(pk__in=forgotten.values("pk")[:1000]).delete()
    hint_due(now=now)


def _mine(taken: JobClaim) -> Job:
    """Locked. Raises JobLost."""
    mine = Job.objects.filter(pk=taken.job_pk, attempts=taken.token, state=State.RUNNING)
    job = mine.select_for_update(no_key=True).first()
    if job is None:
        raise JobLost
    return job


def _leave(taken: JobClaim, **columns) -> str:
    """End this try. Raises JobLost."""
    mine = Job.objects.filter(pk=taken.job_pk, attempts=taken.token, state=State.RUNNING)
    if mine.update(lease_until=None, **columns) == 0:
        raise JobLost
    return columns["state"]


def _append(job: Job, content: Iterable[bytes]) -> int:
    """Store it behind what is there already; how many bytes. Raises FileTooLarge."""
    number, added = JobFile.objects.filter(job=job).count(), 0
    for piece in content:
        added += len(piece)
        if job.file_bytes + added > MOST_FILE_BYTES:
            raise FileTooLarge(_("The file would be larger than 50 MB. Ask for less at once."))
        for start in range(0, len(piece), PART_BYTES):
            JobFile.objects.create(job=job, number=number, content=piece[start : start + PART_BYTES])
            number += 1
    if added:
        _make_room(job, job.file_bytes + added)
    return added


def _make_room(job: Job, needed: int) -> None:
    """The tenant's oldest finished files give way. Raises FileTooLarge."""
    others = Job.objects.filter(tenant=job.tenant_id, file_bytes__gt=0).exclude(pk=job.pk)
    taken = others.aggregate(total=Sum("file_bytes"))["total"] or 0
    finished = others.filter(state=State.DONE).order_by("finished_at")
    for pk, size in finished.values_list("pk", "file_bytes"):
        if taken + needed <= MOST_TENANT_BYTES:
            return
        _drop_file(pk)
        taken -= size
    if taken + needed > MOST_TENANT_BYTES:
        raise FileTooLarge(_("There is no room left for another file. Wait until others have ended."))


def _drop_file(job_pk: int) -> None:
    with transaction.atomic():
        Job.objects.filter(pk=job_pk).update(file_bytes=0)
        JobFile.objects.filter(job=job_pk).delete()


def _hint(job_pk: int) -> None:
    tasks.hint("tenants.run_job", job_id=job_pk)
