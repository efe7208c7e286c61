"""Long work that a person started and wants to follow, and the file it may leave behind."""

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from tenants.models.tenant import Tenant
from tenants.querysets import TenantQuerySet


class Job(models.Model):
    """One piece of long work. The row is the truth; Celery only moves it.

    `lease_until` bounds how long a worker may be silent; `attempts` is the fencing token of whoever holds the lease;
    `failures` counts those in a row. `cursor` is how far it has come, and like `settings` of the shape its kind wants.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="jobs", verbose_name=_("business"))
    kind = models.CharField(_("what"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    settings = models.JSONField(default=dict, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)  # 0: not counted yet
    message = models.CharField(_("message"), max_length=300, blank=True)
    language = models.CharField(max_length=12, default="en")  # in which the message and the file are written
    created_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"))
    started_at = models.DateTimeField(_("begun"), null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    file_name = models.CharField(_("file"), max_length=100, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_bytes = models.PositiveBigIntegerField(default=0)  # 0: no file, not yet or no more

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("long work")
        verbose_name_plural = _("long work")
        constraints = [
            models.CheckConstraint(condition=~Q(state="running") | Q(lease_until__isnull=False), name="job_leased"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"]),
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="job_due"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["finished_at"], condition=Q(file_bytes__gt=0), name="job_with_file"),
        ]

    def __str__(self):
        return self.kind

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.PENDING, self.State.RUNNING)

    @property
    def has_file(self) -> bool:
        return self.state == self.State.DONE and self.file_bytes > 0

    @property
    def percent(self) -> int:
        """0–100; all of it once it is done."""
        if self.state == self.State.DONE:
            return 100
        return min(100, 100 * self.done // self.total) if self.total else 0


class JobFile(models.Model):
    """A part of a job's file, at most 1 MB; the parts in order are the file."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="job_file_part_once"),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    models.Func("content", function="octet_length", output_field=models.IntegerField()), 1024 * 1024
                ),
                name="job_file_part_small",
            ),
        ]

    def __str__(self):
        return f"{self.job_id}/{self.number}"
