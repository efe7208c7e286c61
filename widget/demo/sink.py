"""A stand-in for a CRM: receives the demo's webhooks, checks their signature as a receiver should, and shows them."""

import hashlib
import hmac

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tenants.models import Tenant
from widget.demo import inbox
from widget.demo.access import demo_only
from widget.demo.sink_connection import find_secret

MAX_BODY_BYTES = 64 * 1024


@require_GET
@never_cache
@demo_only
def page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """The list with everything around it."""
    return render(request, "widget/demo/sink.html", {"page": "sink", "webhooks": inbox.read()})


@require_GET
@never_cache
@demo_only
def listing(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """The list alone, which the page asks for every few seconds."""
    return render(request, "widget/demo/sink_list.html", {"webhooks": inbox.read()})


@require_POST
@demo_only
def clear(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    inbox.clear()
    return HttpResponseRedirect(reverse("demo:sink"))


@csrf_exempt
@require_POST
@demo_only
def hook(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Takes a webhook of at most 64 kB. One whose signature doesn't hold is shown as such and answered with 401."""
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return JsonResponse({"error": "The body is larger than 64 kB."}, status=413)
    is_verified = is_signed(body, request.headers.get("X-Caty-Signature", ""), secret=find_secret(tenant))
    try:
        inbox.keep(body, is_verified=is_verified, received_at=timezone.now())
    except inbox.NotAWebhook as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"received": is_verified}, status=200 if is_verified else 401)


def is_signed(body: bytes, signature: str, *, secret: str) -> bool:
    """Whether `signature` is `sha256=` and the hex HMAC-SHA256 of exactly these bytes under `secret`."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.encode())
