"""The page of long work, as staff follow it."""

import pytest
from django.utils import timezone

from tenants import services
from tenants.models import Job, Membership
from tenants.services import jobs
from tenants.tests.job_cases import KINDS

URL = "/admin/tenants/job/"


@pytest.fixture(autouse=True)
def _kinds(settings):
    settings.JOB_KINDS = KINDS


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def job(acme):
    pk = services.start_job("counting", tenant=acme, user_id=None, settings={}, now=timezone.now())
    return Job.objects.get(pk=pk)


def have(job, **columns) -> None:
    Job.objects.filter(pk=job.pk).update(**columns)


def page_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_list_says_what_it_is_for(editor):
    assert "Whatever takes a while" in page_of(editor, URL)


def test_work_is_listed_with_how_far_it_is(job, editor):
    have(job, started_at=timezone.now(), done=30, total=120)
    page = page_of(editor, URL)
    for words in ("Counting", "Running", "25 %"):
        assert words in page


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "Waiting for its turn."),
        ({"message": "Begins soon."}, "Begins soon."),
        ({"state": "pending", "started_at": timezone.now()}, "Just begun."),
        ({"started_at": timezone.now(), "done": 47, "total": 100}, "About 40 % done."),
        ({"state": "done", "message": "All counted."}, "All counted."),
        ({"state": "failed", "message": "Too many."}, "Too many."),
        ({"state": "failed"}, "Something went wrong on our side."),
        ({"state": "failed"}, "Count by hand."),
        ({"state": "cancelled"}, "What had been done by then stays done."),
        ({"state": "done", "file_name": "a.csv"}, "The file has been deleted by now."),
    ],
)
def test_the_page_says_how_it_stands(job, editor, columns, words):
    have(job, **columns)
    assert words in page_of(editor, f"{URL}{job.pk}/change/")


def test_progress_is_read_by_machines_that_read_aloud(job, editor):
    have(job, started_at=timezone.now(), done=47, total=100)
    page = page_of(editor, f"{URL}{job.pk}/progress/")
    assert 'aria-valuenow="47"' in page
    assert 'aria-live="polite"' in page
    assert "47 of 100" in page
    assert "data-open" in page


def test_nobody_follows_what_has_ended(job, editor):
    have(job, state="done")
    assert "job.js" not in page_of(editor, f"{URL}{job.pk}/change/")
    assert "data-open" not in page_of(editor, f"{URL}{job.pk}/progress/")


def test_a_file_is_downloaded_as_it_was_written(cast, acme, editor):
    job = cast.make_world(acme)[Job]
    assert f"{URL}{job.pk}/download/" in page_of(editor, f"{URL}{job.pk}/change/")
    response = editor.get(f"{URL}{job.pk}/download/")
    assert b"".join(response.streaming_content) == b"acme1 content"
    assert response["Content-Disposition"] == 'attachment; filename="acme1.csv"'
    assert response["Content-Length"] == "13"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("columns", [{"file_bytes": 0}, {"state": "running", "lease_until": timezone.now()}])
def test_there_is_nothing_to_download_without_a_finished_file(cast, acme, editor, columns):
    job = cast.make_world(acme)[Job]
    have(job, **columns)
    assert editor.get(f"{URL}{job.pk}/download/").status_code == 404


def test_who_left_the_business_downloads_nothing(cast, acme, editor):
    job = cast.make_world(acme)[Job]
    Membership.objects.filter(user__username="editor@acme.example").delete()
    assert editor.get(f"{URL}{job.pk}/download/").status_code == 404


def test_an_editor_cancels_what_is_open(job, editor):
    page = editor.post(f"{URL}{job.pk}/do/cancel/", follow=True).content.decode()
    assert "Cancelled." in page
    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_a_page_costs_the_same_for_a_file_of_many_parts(cast, acme, editor, django_assert_num_queries):
    job = cast.make_world(acme)[Job]
    url = f"{URL}{job.pk}/progress/"
    editor.get(url)
    with django_assert_num_queries(4):
        editor.get(url)
    for number in range(1, 20):
        jobs.JobFile.objects.create(job=job, number=number, content=b"x")
    with django_assert_num_queries(4):
        editor.get(url)
