"""What visitors did on the pages."""

from django.db import models

from tenants.models import Tenant
from tenants.querysets import TenantQuerySet
from widget.models.conversations import Session


class PageView(models.Model):
    """One look at one page; `time_on_page_ms`, `scroll_depth` and `click_count` are running totals that only grow."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="page_views")
    session = models.ForeignKey(Session, models.CASCADE, related_name="page_views")
    key = models.CharField(max_length=64)  # the client's page_view_id, or the page's own fingerprint
    url = models.CharField(max_length=2000)
    page_key = models.CharField(max_length=64)  # SHA-256 of the address without query and fragment
    title = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    time_on_page_ms = models.PositiveBigIntegerField(default=0)
    scroll_depth = models.PositiveSmallIntegerField(default=0)
    click_count = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "key"], name="page_view_once")]
        indexes = [models.Index(fields=["tenant", "started_at", "page_key"])]

    def __str__(self):
        return self.key


class PageEvent(models.Model):
    """What happened on a page. A table partitioned by `day`, the day the session began, so that a resend after
    midnight meets its twin; the database keeps (day, session, event_id) unique."""

    pk = models.CompositePrimaryKey("day", "session_id", "event_id")
    day = models.DateField()
    session = models.ForeignKey(Session, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    event_id = models.CharField(max_length=64)
    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    type = models.CharField(max_length=60)
    data = models.JSONField(null=True)
    page_url = models.CharField(max_length=2000, blank=True)
    client_timestamp = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "widget_pageevent"

    def __str__(self):
        return self.event_id
