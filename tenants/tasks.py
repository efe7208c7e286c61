"""Work of the cellar that no request waits for."""

from celery import shared_task
from django.utils import timezone

from caty.lib.database import only_one
from tenants import budget, jobs, knowledge
from tenants.services import sources
from tenants.services.jobs import sweep


@shared_task(name="tenants.rebuild_knowledge")
def rebuild_knowledge(*, tenant_id: int, **_):
    knowledge.rebuild(tenant_id)


@shared_task(name="tenants.rebuild_stale_knowledge")
def rebuild_stale_knowledge(**_):
    with only_one("tenants.rebuild_stale_knowledge") as is_mine:
        if is_mine:
            knowledge.rebuild_stale()


@shared_task(name="tenants.encode_knowledge")
def encode_knowledge(*, tenant_id: int, **_):
    knowledge.encode(tenant_id)


@shared_task(name="tenants.encode_stale_knowledge")
def encode_stale_knowledge(**_):
    with only_one("tenants.encode_stale_knowledge") as is_mine:
        if is_mine:
            knowledge.encode_stale()


@shared_task(name="tenants.release_stale_reservations")
def release_stale_reservations(**_):
    with only_one("tenants.release_stale_reservations") as is_mine:
        if is_mine:
            budget.release_stale(timezone.now())


@shared_task(name="tenants.run_job")
def run_job(*, job_id: int, **_):
    jobs.run_slice(job_id, now=timezone.now())


@shared_task(name="tenants.resume_jobs")
def resume_jobs(**_):
    with only_one("tenants.resume_jobs") as is_mine:
        if is_mine:
            sweep(now=timezone.now())


@shared_task(name="tenants.read_due_sources")
def read_due_sources(**_):
    with only_one("tenants.read_due_sources") as is_mine:
        if is_mine:
            sources.read_due(now=timezone.now())
