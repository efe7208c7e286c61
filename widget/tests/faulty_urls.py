"""Addresses that fail in ways no endpoint should."""

from django.core.exceptions import SuspiciousOperation
from django.db import connection, transaction
from django.urls import path

from widget.api.base import WidgetView


def break_down(request):
    raise ZeroDivisionError


def suspect(request):
    raise SuspiciousOperation


class BreakDownView(WidgetView):
    def get(self, request):
        raise ZeroDivisionError


class DatabaseGoneView(WidgetView):
    """What a pool that stays empty and a database that is down look like: OperationalError."""

    def get(self, request):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute("SELECT pg_sleep(10)")


urlpatterns = [
    path("api/widget/plain", break_down),
    path("api/widget/suspicious", suspect),
    path("api/widget/broken", BreakDownView.as_view()),
    path("api/widget/gone", DatabaseGoneView.as_view()),
]
