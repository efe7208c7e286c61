"""Files of leads: made by a worker, of what the list shows whoever asked, with nothing in them that could be run."""

import csv
import gc
import io
import os
import subprocess
import sys
import tracemalloc
from datetime import UTC, timedelta

import openpyxl
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from leads.admin import export, export_job, workbook
from leads.models import Lead
from leads.tests.conftest import NOON
from tenants import jobs as job_kinds
from tenants.models import Job, Membership
from tenants.services import jobs

LIST = "/admin/leads/lead/"


def make_leads(tenant, count, **columns) -> None:
    """One a second since noon, and nothing else of them."""
    Lead.objects.bulk_create(
        [
            Lead(
                tenant=tenant,
                **{"name": f"N{number}", "phone": f"+4930{number:06}", "email": f"n{number}@{tenant.slug}.example"}
                | columns,
                public_id=f"lead_{tenant.pk:010}{number:012}",
                email_key=f"n{number}@{tenant.slug}.example",
                conversation_reference=f"conv_{number}",
                captured_at=NOON + timedelta(seconds=number),
                updated_at=NOON,
            )
            for number in range(count)
        ],
    )


def multiply_lead(tenant, count) -> None:
    """As `make_leads`, by the database itself, which takes a second for what would take half a minute."""
    make_leads(tenant, 1)
    made = {
        "name": "'N' || n",
        "public_id": "'lead_' || lpad(n::text, 22, '0')",
        "email_key": "n || '@acme.example'",
        "captured_at": "captured_at + n * interval '1 second'",
    }
    columns = [field.column for field in Lead._meta.fields if not field.primary_key]
    values = ", ".join(made.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO leads_lead ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {values} FROM leads_lead, generate_series(1, {count - 1}) AS n"
        )


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


def ask(client, query="", *, file_format="xlsx", **data) -> Job:
    """Press the button that has a file made."""
    address = f"{LIST}export/{'excel/' if file_format == 'xlsx' else ''}?{query}"
    form = client.get(f"{LIST}export/excel/?{query}").context["form"]
    response = client.post(address, {"tenant": form["tenant"].value(), **data})
    assert response.status_code == 302
    return Job.objects.latest("pk")


def work(job, *, seconds=600.0) -> Job:
    """Until it has ended."""
    while job.is_open:
        job_kinds.run_slice(job.pk, now=max(job.due_at, NOON), seconds=seconds)
        job.refresh_from_db()
    return job


def file_of(job) -> bytes:
    return b"".join(jobs.read_parts(job.pk))


def table_of(job) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file_of(job).decode("utf-8-sig"))))


def sheet_of(job):
    return openpyxl.load_workbook(io.BytesIO(file_of(job))).active


def test_a_workbook_holds_the_leads_of_the_list_newest_first(acme, editor):
    make_leads(acme, 3, company="Acme", score=20)
    job = work(ask(editor))
    assert (job.state, job.message, job.file_name) == (
        "done",
        "3 leads are in the file.",
        f"leads-{job.created_at:%Y-%m-%d}.xlsx",
    )
    rows = list(sheet_of(job).values)
    assert list(rows[0]) == export.headings()
    assert [row[2] for row in rows[1:]] == ["N2", "N1", "N0"]
    named = dict(zip(rows[0], rows[1], strict=True))
    assert (named["Phone"], named["Score"], named["Notes"]) == ("+4930000002", 20, None)
    assert named["Captured"] == (NOON + timedelta(seconds=2)).replace(tzinfo=None)


def test_moments_are_told_by_the_clock_of_the_business(acme, editor):
    acme.timezone = "Europe/Berlin"
    acme.save()
    make_leads(acme, 1)
    assert sheet_of(work(ask(editor)))["P2"].value.hour == 13


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_a_workbook_is_a_formula(acme, editor, start):
    evil = f"{start}cmd|' /C calc'!A0"
    make_leads(acme, 1, name=evil, notes=f"{start}1+1", custom_fields={f"{start}a": "=1"}, tags=[f"{start}x"])
    sheet = sheet_of(work(ask(editor)))
    cells = {cell.value: cell for cell in sheet[2] if isinstance(cell.value, str)}
    assert {cell.data_type for cell in cells.values()} == {"s"}
    assert cells["+4930000000"].quotePrefix
    if start not in "\r":  # which XML reads as a line's end
        assert cells[evil].quotePrefix


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_a_written_table_is_a_formula(acme, editor, start):
    make_leads(acme, 1, name=f"{start}1+1")
    row = table_of(work(ask(editor, file_format="csv")))[1]
    assert row[2] == f"'{start}1+1"
    assert not any(cell.startswith(export.FORMULA_STARTS) for cell in row)


def test_the_file_is_of_the_list_as_it_was_filtered(acme, editor):
    make_leads(acme, 3)
    Lead.objects.filter(name="N1").update(band="hot", score=80)
    job = ask(editor, "heat=hot&q=N&o=1&p=1", file_format="csv")
    assert job.settings == {"query": "heat=hot&q=N", "format": "csv"}
    assert [row[2] for row in table_of(work(job))] == ["Name", "N1"]


def test_a_written_table_is_the_one_that_is_streamed(acme, editor):
    make_leads(acme, 5)
    streamed = b"".join(editor.get(f"{LIST}export/").streaming_content)
    assert file_of(work(ask(editor, file_format="csv"))) == streamed


def test_more_leads_than_are_streamed_at_once_are_asked_for_by_a_button(acme, editor, monkeypatch):
    make_leads(acme, 3)
    monkeypatch.setattr(export, "MOST_AT_ONCE", 2)
    page = editor.get(f"{LIST}export/?status=new")
    assert "This list holds 3 leads." in page.content.decode()
    assert not Job.objects.exists()
    streamed = editor.get(f"{LIST}export/?q=N1")
    assert streamed.streaming


def test_all_chosen_rows_of_a_long_list_are_asked_for_too(acme, editor, monkeypatch):
    make_leads(acme, 3)
    monkeypatch.setattr(export, "MOST_AT_ONCE", 2)
    pk = Lead.objects.first().pk
    data = {"action": "download", "_selected_action": [pk], "select_across": "1"}
    page = editor.post(f"{LIST}?status=new", data, follow=True)
    assert page.redirect_chain == [(f"{LIST}export/?status=new", 302)]
    assert "This list holds 3 leads." in page.content.decode()


def test_a_workbook_beyond_the_bound_is_neither_offered_nor_made(acme, editor, monkeypatch):
    make_leads(acme, 3)
    job = ask(editor)
    monkeypatch.setattr(export_job, "MOST_IN_EXCEL", 2)
    assert "an Excel file holds 2 at most" in editor.get(f"{LIST}export/excel/").content.decode()
    assert work(job).state == "failed"
    assert job.message.startswith("These are too many leads for one Excel file.")


def test_leads_that_come_in_meanwhile_are_not_in_it_and_none_is_twice(acme, editor, monkeypatch):
    monkeypatch.setattr(export_job, "BATCH", 2)
    make_leads(acme, 5)
    job = ask(editor, file_format="csv")
    for _ in range(2):
        job_kinds.run_slice(job.pk, now=job.due_at, seconds=0)
        job.refresh_from_db()
    assert job.done == 2
    Lead.objects.create(
        tenant=acme, name="late", email_key="late@x.example", captured_at=NOON + timedelta(days=1), updated_at=NOON
    )
    assert [row[2] for row in table_of(work(job, seconds=0))[1:]] == ["N4", "N3", "N2", "N1", "N0"]


def test_a_file_of_nothing_has_headings(acme, editor):
    assert table_of(work(ask(editor, file_format="csv"))) == [export.headings()]
    assert [list(row) for row in sheet_of(work(ask(editor))).values] == [export.headings()]


def test_who_lost_their_role_meanwhile_gets_no_file(acme, editor):
    make_leads(acme, 1)
    job = ask(editor)
    Membership.objects.filter(user__username="editor@acme.example").delete()
    assert work(job).state == "failed"
    assert job.message == "Who asked for this file no longer works for the business, so there is none."
    assert not jobs.JobFile.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_whose_account_was_closed_meanwhile_gets_no_file(acme, editor, change):
    job = ask(editor)
    User.objects.filter(username="editor@acme.example").update(**change)
    assert work(job).state == "failed"


def test_whose_account_is_gone_gets_no_file(acme, editor):
    job = ask(editor)
    User.objects.filter(username="editor@acme.example").delete()
    job.refresh_from_db()
    assert work(job).state == "failed"


def test_a_filter_that_is_not_offered_any_more_fails_in_words(acme, cast):
    person = cast.make_staff(acme, "editor")
    pk = export_job.start(tenant=acme, user_id=person.pk, query="email_key__startswith=a", file_format="csv", now=NOON)
    job = work(Job.objects.get(pk=pk))
    assert job.message == "The list can't be filtered like this. Filter it anew and start again."


def test_the_file_is_of_one_business_alone(acme, rival, cast, editor):
    make_leads(acme, 2)
    make_leads(rival, 2)
    assert b"rival" not in file_of(work(ask(editor, file_format="csv"))).lower()
    Membership.objects.create(tenant=rival, user=User.objects.get(username="editor@acme.example"), role="viewer")
    job = ask(editor, f"tenant__id__exact={rival.pk}", file_format="csv")
    assert (job.tenant, job.settings["query"]) == (rival, "")
    assert {row[1] for row in table_of(work(job))} == {"Business", "Rival"}


def test_a_file_of_a_business_one_does_not_work_for_is_refused(acme, rival, editor):
    make_leads(rival, 2)
    response = editor.post(f"{LIST}export/excel/", {"tenant": rival.pk})
    assert "tenant" in response.context["form"].errors
    assert not Job.objects.exists()


def test_too_much_at_once_is_told(acme, editor):
    for _ in range(jobs.MOST_OPEN):
        ask(editor)
    page = editor.post(f"{LIST}export/excel/", {"tenant": acme.pk}, follow=True)
    assert "There is a lot under way already." in page.content.decode()
    assert Job.objects.count() == jobs.MOST_OPEN


def test_a_workbook_whose_worker_died_while_writing_is_written_anew(acme, editor, monkeypatch):
    monkeypatch.setattr(export_job, "BATCH", 2)
    make_leads(acme, 4)
    job = ask(editor)
    for _ in range(2):
        job_kinds.run_slice(job.pk, now=job.due_at, seconds=0)
        job.refresh_from_db()
    assert (job.done, job.state) == (4, "pending")
    assert jobs.claim(job.pk, now=job.due_at) is not None
    job.refresh_from_db()
    jobs.sweep(now=job.lease_until)
    job.refresh_from_db()
    assert [row[2] for row in sheet_of(work(job)).values] == ["Name", "N3", "N2", "N1", "N0"]


def test_five_thousand_leads_are_never_in_memory_at_once(acme, editor):
    multiply_lead(acme, 5_000)
    job, progress, in_memory = ask(editor), [], []
    while job.is_open:
        job_kinds.run_slice(job.pk, now=max(job.due_at, NOON), seconds=0)
        job.refresh_from_db()
        progress.append(job.percent)
        in_memory.append(sum(type(one) is Lead for one in gc.get_objects()))
    assert job.state == "done"
    assert progress == [*range(20, 101, 20), 100, 100]
    assert max(in_memory) <= 2 * export_job.BATCH
    sheet = openpyxl.load_workbook(io.BytesIO(file_of(job)), read_only=True).active
    names = [row[0] for row in sheet.iter_rows(min_row=2, min_col=3, max_col=3, values_only=True)]
    assert names == [f"N{number}" for number in reversed(range(5_000))]


def test_a_workbook_is_written_line_by_line():
    rows = (["n" * 500] * 10 for _ in range(2_000))
    tracemalloc.start()
    with workbook.written(["A"], rows, zone=UTC) as file:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert openpyxl.load_workbook(file, read_only=True).active.max_row == 2_001
    assert peak < 2 * 1024 * 1024  # of 10 MB


def test_a_web_process_does_without_the_library_for_workbooks():
    program = "import django, sys; django.setup(); import caty.urls, leads.admin.export_job; "
    program += "sys.exit('xlsxwriter' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "caty.settings"}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, cwd=settings.BASE_DIR, check=False)
    assert ended.returncode == 0


def test_a_batch_takes_the_same_queries_however_many_leads_it_holds(acme, cast, django_assert_num_queries):
    person = cast.make_staff(acme, "editor")
    pk = export_job.start(tenant=acme, user_id=person.pk, query="", file_format="csv", now=NOON)
    job = Job.objects.select_related("tenant").get(pk=pk)
    for number in (1, 30):
        Lead.objects.all().delete()
        make_leads(acme, number)
        handed = job_kinds.Work(
            job_id=pk,
            tenant=job.tenant,
            user_id=person.pk,
            settings=job.settings,
            cursor={},
            done=0,
            total=0,
            now=NOON,
        )
        with django_assert_num_queries(7):
            assert list(export_job.run(handed))[-1].done == number


def test_starting_a_file_names_nobody_in_a_log(acme, editor, caplog):
    make_leads(acme, 1)
    work(ask(editor, "q=n0@acme.example"))
    assert "job.done" in caplog.text
    assert "n0@acme.example" not in caplog.text
