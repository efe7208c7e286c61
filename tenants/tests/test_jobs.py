"""Long work: in slices, in turns, ended once, and never lost with the worker that did it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from tenants import jobs as job_kinds
from tenants import services
from tenants.models import Job, JobFile
from tenants.services import jobs
from tenants.tests.job_cases import KINDS

NOON = datetime(2026, 1, 28, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _kinds(settings):
    settings.JOB_KINDS = KINDS
    settings.JOBS_AT_ONCE = 1


def start(tenant, kind="counting", *, now=NOON, due_at=None, file_name="", **asked) -> Job:
    asked = {"up_to": 3, "size": 1, **asked}
    pk = services.start_job(
        kind, tenant=tenant, user_id=None, settings=asked, now=now, due_at=due_at, file_name=file_name
    )
    return Job.objects.get(pk=pk)


def run(job, *, now=None, seconds=60.0) -> str | None:
    """A slice, at the moment it is due if no other is given."""
    state = job_kinds.run_slice(job.pk, now=now or job.due_at, seconds=seconds)
    job.refresh_from_db()
    return state


def file_of(job) -> bytes:
    return b"".join(jobs.read_parts(job.pk))


def test_work_is_done_and_says_so(acme):
    job = start(acme)
    assert run(job) == "done"
    assert (job.state, job.done, job.total, job.message, job.percent) == ("done", 3, 3, "Counted.", 100)
    assert job.started_at == NOON
    assert job.finished_at >= NOON
    assert job.lease_until is None


def test_a_slice_ends_in_time_and_the_next_goes_on_from_there(acme):
    job = start(acme)
    assert [run(job, seconds=0) for _ in range(3)] == ["pending"] * 3
    assert (job.done, job.cursor, job.attempts) == (3, {"next": 3}, 3)
    assert run(job) == "done"


def test_what_waits_longest_has_the_next_turn(acme, rival, django_capture_on_commit_callbacks):
    first = start(acme)
    second = start(rival, now=NOON + MINUTE)
    run(first, now=NOON + 2 * MINUTE, seconds=0)
    due = Job.objects.filter(state="pending").order_by("due_at").values_list("pk", flat=True)
    assert list(due) == [second.pk, first.pk]


def test_work_is_not_begun_before_it_is_due(acme):
    job = start(acme, due_at=NOON + MINUTE)
    assert run(job, now=NOON) is None
    assert run(job, now=NOON + MINUTE) == "done"


def test_no_more_run_at_once_than_may(acme, rival, settings):
    first, second = start(acme), start(rival)
    assert jobs.claim(first.pk, now=NOON) is not None
    assert jobs.claim(second.pk, now=NOON) is None
    settings.JOBS_AT_ONCE = 2
    assert jobs.claim(second.pk, now=NOON) is not None


def test_one_tenant_does_not_take_all_places(acme, rival, settings):
    settings.JOBS_AT_ONCE = 10
    ours = [start(acme) for _ in range(3)]
    assert [jobs.claim(job.pk, now=NOON) is None for job in ours] == [False, False, True]
    assert jobs.claim(start(rival).pk, now=NOON) is not None


def test_a_tenant_has_a_bounded_number_of_jobs_open(acme, rival):
    for _ in range(jobs.MOST_OPEN):
        start(acme)
    with pytest.raises(services.TooManyJobs):
        start(acme)
    assert Job.objects.for_tenant(acme).count() == jobs.MOST_OPEN
    start(rival)


def test_a_killed_workers_job_is_taken_up_again_where_it_was(acme):
    job = start(acme)
    taken = jobs.claim(job.pk, now=NOON)
    jobs.save_progress(taken, job_kinds.Step(done=2, total=3, cursor={"next": 2}), now=NOON)

    jobs.sweep(now=NOON + jobs.LEASE - MINUTE)
    assert run(job, now=NOON + jobs.LEASE - MINUTE) is None
    later = NOON + jobs.LEASE
    jobs.sweep(now=later)
    assert run(job, now=later) == "done"
    assert (job.done, job.attempts) == (3, 2)


def test_who_was_thought_dead_writes_nothing_more(acme):
    job = start(acme)
    slow = jobs.claim(job.pk, now=NOON)
    jobs.return_expired(now=NOON + jobs.LEASE)
    assert jobs.claim(job.pk, now=NOON + jobs.LEASE) is not None
    late = {"now": NOON + jobs.LEASE}
    for end in (
        lambda: jobs.save_progress(slow, job_kinds.Step(done=9, total=9, content=[b"x"]), **late),
        lambda: jobs.hand_back(slow, **late),
        lambda: jobs.finish(slow, **late),
        lambda: jobs.fail(slow, message="no", **late),
    ):
        with pytest.raises(jobs.JobLost):
            end()
    job.refresh_from_db()
    assert (job.state, job.done, job.file_bytes) == ("running", 0, 0)
    assert not JobFile.objects.exists()


def test_what_kills_its_worker_again_and_again_is_given_up(acme):
    job, now = start(acme), NOON
    for _ in range(jobs.MOST_FAILURES):
        assert jobs.claim(job.pk, now=now) is not None
        now += jobs.LEASE
        jobs.sweep(now=now)
    job.refresh_from_db()
    assert (job.state, job.failures) == ("failed", 3)


def test_a_fault_is_tried_again_and_then_told(acme):
    job = start(acme, "faulty")
    assert run(job) == "pending"
    assert run(job, now=NOON) is None
    assert run(job) == "pending"
    assert run(job) == "failed"
    assert (job.message, job.failures) == ("", 2)


def test_a_batch_that_succeeds_forgives_what_failed_before(acme):
    job = start(acme)
    Job.objects.filter(pk=job.pk).update(failures=2)
    run(job, seconds=0)
    assert job.failures == 0


def test_what_is_refused_fails_with_its_reason_and_leaves_no_file(acme):
    job = start(acme, "refusing", file_name="half.txt")
    assert run(job) == "failed"
    assert (job.message, job.file_bytes) == ("You no longer work here.", 0)
    assert not JobFile.objects.exists()


def test_a_kind_that_is_gone_fails_in_words(acme):
    job = start(acme, "forgotten")
    assert run(job) == "failed"
    assert job.message == "This kind of work is not installed here any more."


def test_cancelled_work_stops_after_its_batch(acme):
    job = start(acme, "writing", file_name="numbers.txt")
    taken = jobs.claim(job.pk, now=NOON)
    jobs.save_progress(taken, job_kinds.Step(done=1, total=3, content=[b"1\n"]), now=NOON)
    assert services.cancel_job(job.pk, tenant=acme, now=NOON)
    with pytest.raises(jobs.JobLost):
        jobs.save_progress(taken, job_kinds.Step(done=2, total=3, content=[b"2\n"]), now=NOON)
    job.refresh_from_db()
    assert (job.state, job.file_bytes) == ("cancelled", 0)
    assert not JobFile.objects.exists()
    assert not services.cancel_job(job.pk, tenant=acme, now=NOON)


def test_another_tenants_job_is_not_cancelled(acme, rival):
    job = start(rival)
    assert not services.cancel_job(job.pk, tenant=acme, now=NOON)
    job.refresh_from_db()
    assert job.state == "pending"


def test_a_file_grows_by_what_each_batch_adds(acme):
    job = start(acme, "writing", file_name="numbers.txt")
    run(job, seconds=0)
    assert not job.has_file
    run(job)
    assert file_of(job) == b"1\n2\n3\n"
    assert (job.has_file, job.file_bytes) == (True, 6)


def test_a_large_piece_is_kept_in_parts(acme):
    job = start(acme, "writing", up_to=1, size=700_000)
    run(job)
    sizes = [len(bytes(part.content)) for part in JobFile.objects.order_by("number")]
    assert sizes == [jobs.PART_BYTES, 1_400_000 - jobs.PART_BYTES]
    assert file_of(job) == b"1\n" * 700_000


def test_material_gives_way_to_the_file_made_of_it(acme):
    job = start(acme, "again")
    assert run(job) == "done"
    assert (file_of(job), job.file_bytes) == (b"ABCDEF", 6)


def test_a_file_beyond_the_bound_fails_in_words(acme, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_FILE_BYTES", 5)
    job = start(acme, "writing")
    assert run(job) == "failed"
    assert job.message == "The file would be larger than 50 MB. Ask for less at once."
    assert not JobFile.objects.exists()


def test_a_tenants_oldest_file_gives_way_to_a_new_one(acme, rival, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_TENANT_BYTES", 14)
    made = []
    for number, tenant in enumerate((rival, acme, acme, acme)):
        made.append(start(tenant, "writing", now=NOON + number * MINUTE))
        run(made[-1], now=NOON + number * MINUTE)
    sizes = {job.pk: Job.objects.get(pk=job.pk).file_bytes for job in made}
    assert list(sizes.values()) == [6, 0, 6, 6]
    assert JobFile.objects.filter(job=made[1]).count() == 0


def test_where_only_unfinished_files_take_the_room_there_is_none(acme, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_TENANT_BYTES", 7)
    run(start(acme, "writing", up_to=9), seconds=0)
    job = start(acme, "writing")
    assert run(job) == "failed"
    assert job.message == "There is no room left for another file. Wait until others have ended."


def test_files_go_after_a_week_and_rows_after_three_months(acme):
    job = start(acme, "writing")
    run(job)
    jobs.sweep(now=job.finished_at + jobs.KEPT_FILE - MINUTE)
    assert file_of(job) == b"1\n2\n3\n"
    jobs.sweep(now=job.finished_at + jobs.KEPT_FILE)
    job.refresh_from_db()
    assert (job.state, job.has_file, JobFile.objects.count()) == ("done", False, 0)
    jobs.sweep(now=job.finished_at + jobs.KEPT_ROW)
    assert not Job.objects.exists()


def test_words_are_in_the_language_of_who_started_it(acme):
    with translation.override("de"):
        job = start(acme)
    assert job.language == "de"


def test_a_batch_costs_the_same_however_far_it_is(acme, django_assert_num_queries):
    job = start(acme, "writing", up_to=40)
    taken = jobs.claim(job.pk, now=NOON)

    def save(number):
        jobs.save_progress(taken, job_kinds.Step(done=number, total=40, content=[b"x"]), now=NOON)

    save(1)
    for number in range(2, 5):
        with django_assert_num_queries(8):
            save(number)
