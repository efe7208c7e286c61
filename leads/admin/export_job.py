"""A file of many leads, written by a worker batch by batch."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.admin import export
from leads.models import Lead
from tenants import services as tenant_services
from tenants.jobs import JobKind, JobRefused, Step, Work
from tenants.models import Tenant
from tenants.staff import EVERYONE, staff_of

KIND = "leads.export"
CSV, EXCEL = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BATCH = 1_000
MOST_IN_EXCEL = 100_000  # its file is written in one go at the end, in a worker's minute
FILE_CHUNK = 1024 * 1024


def start(*, tenant: Tenant, user_id: int, query: str, file_format: str, now: datetime) -> int:
    """Have this person's list, filtered by `query`, written to a file: the job's key. Raises TooManyJobs."""
    return tenant_services.start_job(
        KIND,
        tenant=tenant,
        user_id=user_id,
        settings={"query": query, "format": file_format},
        now=now,
        file_name=f"leads-{now:%Y-%m-%d}.{file_format}",
        file_type=TYPES[file_format],
    )


def run(work: Work) -> Iterator[Step]:
    """Newest first; those that come in meanwhile are not in it. Raises JobRefused."""
    if work.cursor.get("is_complete"):
        return
    leads = leads_of(work)
    total, done = work.total or leads.count(), work.done
    is_excel = work.settings["format"] == EXCEL
    if is_excel and total > MOST_IN_EXCEL:
        raise JobRefused(_("These are too many leads for one Excel file. Filter the list, or download it as a table."))
    if not work.cursor and not is_excel:
        yield Step(done=0, total=total, cursor={"has": "headings"}, content=[export.csv_head().encode()])
    for batch in batches(leads, work.cursor):
        done += len(batch)
        rows = [export.cells(lead) for lead in batch]
        content = pack(rows) if is_excel else export.csv_lines(rows).encode()
        yield Step(done=done, total=max(total, done), cursor=place_of(batch[-1]), content=[content])
    words = ngettext("%d lead is in the file.", "%d leads are in the file.", done) % done
    end = {"done": done, "total": done, "cursor": {"is_complete": True}, "message": words}
    if not is_excel:
        yield Step(**end)
        return
    # Its library takes memory that a web process, which imports this module too, can do without.
    workbook = import_module("leads.admin.workbook")
    rows = (row for part in work.read_parts() for row in unpack(part))
    with workbook.written(export.headings(), rows, zone=ZoneInfo(work.tenant.timezone)) as file:
        yield Step(**end, content=iter(lambda: file.read(FILE_CHUNK), b""), is_new_file=True)


def leads_of(work: Work) -> QuerySet:
    """What the list in the admin would show this person now, of the work's tenant. Raises JobRefused."""
    request = HttpRequest()
    request.method, request.GET = "GET", QueryDict(work.settings["query"])
    request.user = get_user_model().objects.filter(pk=work.user_id, is_active=True).first()
    if request.user is None or not staff_of(request).has_role(EVERYONE, work.tenant.pk):
        raise JobRefused(_("Who asked for this file no longer works for the business, so there is none."))
    model_admin = admin.site.get_model_admin(Lead)
    try:
        leads = model_admin.get_changelist_instance(request).get_queryset(request)
    except (IncorrectLookupParameters, SuspiciousOperation) as error:
        raise JobRefused(_("The list can't be filtered like this. Filter it anew and start again.")) from error
    return leads.for_tenant(work.tenant).select_related("tenant", "owner__user")


def batches(leads: QuerySet, cursor: Mapping) -> Iterator[list[Lead]]:
    """Each by one query that an index answers, however far back it begins."""
    while True:
        behind = leads
        if "captured_at" in cursor:
            at, pk = datetime.fromisoformat(cursor["captured_at"]), cursor["pk"]
            behind = leads.filter(Q(captured_at__lt=at) | Q(captured_at=at, pk__lt=pk), captured_at__lte=at)
        batch = list(behind.order_by("-captured_at", "-pk")[:BATCH])
        if not batch:
            return
        yield batch
        cursor = place_of(batch[-1])


def place_of(lead: Lead) -> dict:
    return {"captured_at": lead.captured_at.isoformat(), "pk": lead.pk}


def pack(rows: Iterable[list]) -> bytes:
    """Cells as they are kept until the workbook is written of them."""
    return zlib.compress(json.dumps(list(rows), default=lambda at: {"at": at.isoformat()}).encode(), 1)


def unpack(part: bytes) -> list[list]:
    return json.loads(zlib.decompress(part), object_hook=lambda packed: datetime.fromisoformat(packed["at"]))


EXPORT = JobKind(
    label=gettext_lazy("A file of leads"),
    run=run,
    advice=gettext_lazy(
        "Filter the list so that it holds fewer leads, and download it again. If that fails too, tell whoever runs "
        "this installation."
    ),
)
