"""What long work is made of: kinds, what a runner is handed, what it gives back, and the loop that runs it in slices.

An app names its kinds in `settings.JOB_KINDS` by dotted path, since the cellar imports none of them. A runner is a
generator: after each batch it yields how far it has come, and that is written down. Between two batches the work may be
cancelled, or go on later and elsewhere from what was written down last. So a batch may run twice, and must bear it;
and who is handed the cursor of their own last step yields nothing more.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from caty.lib.errors import CatyError
from tenants.models import Job, Tenant
from tenants.services import jobs

log = logging.getLogger(__name__)
SLICE_SECONDS = 10.0  # then others get their turn: other tasks, and other businesses' work


class JobRefused(CatyError):
    """The work can't be done, and trying again wouldn't help: the message says why, to the person who started it."""

    code = "JOB_REFUSED"
    message = "This can't be done."


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a runner is handed: for whom, what was asked, and where it got to."""

    job_id: int
    tenant: Tenant
    user_id: int | None
    settings: Mapping
    cursor: Mapping
    done: int
    total: int
    now: datetime

    def read_parts(self) -> Iterator[bytes]:
        """The parts of its file so far, one after the other."""
        return jobs.read_parts(self.job_id)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A batch that is done. `cursor` is where to go on from; `content` is added to the file, or with `is_new_file`
    takes its place. `message` stays until another one comes."""

    done: int
    total: int
    cursor: Mapping = field(default_factory=dict)
    content: Iterable[bytes] = ()
    is_new_file: bool = False
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """A kind of long work. `advice` is what to do when it failed; both texts are lazy translations."""

    label: str | Promise
    run: Callable[[Work], Iterator[Step]]
    advice: str | Promise = ""


def find_kind(name: str) -> JobKind | None:
    """None for one that this installation no longer has."""
    path = settings.JOB_KINDS.get(name)
    return import_string(path) if path else None


def run_slice(job_pk: int, *, now: datetime, seconds: float = SLICE_SECONDS) -> str | None:
    """Do the job for a while, if it is due and free: its state then, or None where there was nothing to do.

    Who lost the work meanwhile, because it was cancelled or a lease ran out, stops and writes nothing more.
    """
    began = time.monotonic()
    taken = jobs.claim(job_pk, now=now)
    if taken is None:
        return None

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    try:
        return _run(taken, clock, until=began + seconds)
    except jobs.JobLost:
        log.info("job.lost job=%s try=%s", taken.job_pk, taken.token)
        return None
    finally:
        jobs.hint_due(now=clock())


def _run(taken: jobs.JobClaim, clock: Callable[[], datetime], *, until: float) -> str:
    """Raises JobLost."""
    job = Job.objects.select_related("tenant").get(pk=taken.job_pk)
    kind = find_kind(job.kind)
    with translation.override(job.language):
        try:
            if kind is None:
                raise JobRefused(translation.gettext("This kind of work is not installed here any more."))
            with closing(kind.run(_work(job, clock()))) as steps:
                for step in steps:
                    jobs.save_progress(taken, step, now=clock())
                    if time.monotonic() >= until:
                        return jobs.hand_back(taken, now=clock())
        except jobs.JobLost:
            raise
        except CatyError as error:
            return jobs.fail(taken, message=error.message, now=clock())
        except Exception as error:  # a fault of a runner must not leave its row running until the lease ends
            log.exception("job.faulty job=%s kind=%s", job.pk, job.kind)
            return jobs.retry(taken, reason=type(error).__name__, now=clock())
    return jobs.finish(taken, now=clock())


def _work(job: Job, now: datetime) -> Work:
    return Work(
        job_id=job.pk,
        tenant=job.tenant,
        user_id=job.created_by_id,
        settings=job.settings,
        cursor=job.cursor,
        done=job.done,
        total=job.total,
        now=now,
    )
