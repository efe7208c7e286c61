"""The service worker that shows notices to colleagues. It has to come from below /admin/ to see to the pages there."""

from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

FILE = Path(__file__).with_name("static") / "caty" / "push_worker.js"


@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    """The same for everybody. Browsers look for a newer one by themselves."""
    headers = {"Service-Worker-Allowed": "/admin/", "Cache-Control": "no-cache"}
    return HttpResponse(_source(), content_type="text/javascript; charset=utf-8", headers=headers)


@lru_cache(maxsize=1)
def _source() -> bytes:
    return FILE.read_bytes()
