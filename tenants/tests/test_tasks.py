"""The cellar's sweeps."""

from datetime import timedelta

from celery import current_app
from django.utils import timezone

from tenants import budget, tasks
from tenants.models import Reservation


def test_every_sweep_has_its_task():
    scheduled = {name for name in current_app.conf.beat_schedule if name.startswith("tenants.")}

    swept = (tasks.rebuild_stale_knowledge, tasks.release_stale_reservations, tasks.resume_jobs)
    swept += (tasks.read_due_sources, tasks.encode_stale_knowledge)
    assert scheduled == {task.name for task in swept}


def test_the_sweep_settles_what_a_dead_process_left(acme):
    budget.reserve(tenant=acme, ceiling_microusd=100, now=timezone.now() - timedelta(minutes=6))

    tasks.release_stale_reservations()

    assert Reservation.objects.get().settled_at is not None


def test_a_task_of_a_newer_version_may_bring_more_arguments(acme):
    tasks.release_stale_reservations(added_later=1)
