"""Caty's addresses, and `/bare`."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from caty import urls


def bare(request: HttpRequest) -> HttpResponse:
    """As little as a Django view can do, behind the same middleware and server as all the others."""
    return HttpResponse(b'{"success": true}', content_type="application/json")


urlpatterns = [path("bare", bare), *urls.urlpatterns]
