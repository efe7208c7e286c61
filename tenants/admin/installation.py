"""Put it on your site: the line to paste, where to paste it, and whether it has arrived."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from tenants import origins, refused_origins, services
from tenants.models import ApiKey, Origin, Tenant
from tenants.staff import EVERYONE, OWNERS, staff_of

MOST_SITES = 50
FRESH = timedelta(hours=2)  # sightings are written down once an hour
QUIET = timedelta(days=7)


def snippet(api_key: str) -> str:
    """The line a business pastes into its pages."""
    return f'<script async src="{settings.SITE_URL}/widget.js" data-api-key="{api_key}"></script>'


class InstallationPages:
    """For the admin of keys: mix in before ScopedAdmin."""

    def get_urls(self):
        view, allow = self.admin_site.admin_view(self.snippet_view), self.admin_site.admin_view(self.allow_view)
        return [
            path("snippet/", view, name="tenants_apikey_snippet"),
            path("snippet/allow/", allow, name="tenants_apikey_allow"),
            *super().get_urls(),
        ]

    def snippet_view(self, request):
        return self.snippet_page(request, tenant_ids=staff_of(request).tenant_ids(EVERYONE), key="")

    def allow_view(self, request):
        """One click on the site that was refused."""
        if request.method == "POST":
            owned = Tenant.objects.filter(pk__in=staff_of(request).tenant_ids(OWNERS))
            tenant_id = request.POST.get("tenant", "")
            tenant = get_object_or_404(owned, pk=tenant_id if tenant_id.isdecimal() and len(tenant_id) < 19 else 0)
            self._allow(request, tenant, request.POST.get("origin", "")[:300])
        return redirect("admin:tenants_apikey_snippet")

    def _allow(self, request, tenant: Tenant, origin: str) -> None:
        try:
            pattern = services.allow_origin(tenant, origin)
        except origins.OriginUnreadable as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        told = _("%(site)s is allowed now. The assistant appears there within half a minute.")
        self.message_user(request, told % {"site": pattern}, messages.SUCCESS)

    def snippet_page(self, request, *, tenant_ids: list[int], key: str):
        context = {
            **self.admin_site.each_context(request),
            **line_of(tenant_ids, key=key),
            **sites_of(request, tenant_ids),
            "title": _("Put it on your site"),
            "can_make_key": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/tenants/snippet.html", context)


def line_of(tenant_ids: list[int], *, key: str) -> dict:
    """Context of the line, and of the guides to where it goes."""
    return {
        "key": key,
        "placeholder": _("YOUR-API-KEY"),
        "snippet": snippet(key or _("YOUR-API-KEY")),
        "has_key": ApiKey.objects.filter(tenant__in=tenant_ids, revoked_at=None).exists(),
        "server": settings.SITE_URL,
    }


def sites_of(request, tenant_ids: list[int]) -> dict:
    """Where these businesses' assistants have been seen, and where the line stands though nobody has allowed it."""
    staff, now = staff_of(request), timezone.now()
    rows = Origin.objects.filter(tenant__in=tenant_ids).order_by("tenant__name", "pattern")[:MOST_SITES]
    names = staff.names if len(staff.names) > 1 else {}
    return {
        "sites": [_site(row, names, now) for row in rows],
        "refused": _refused(tenant_ids[:MOST_SITES], names, owned=staff.tenant_ids(OWNERS)),
    }


def _site(row: Origin, names: dict[int, str], now: datetime) -> dict:
    state, words = _sighting(row.last_seen_at, now)
    return {"pattern": row.pattern, "business": names.get(row.tenant_id, ""), "state": state, "words": words}


def _sighting(last_seen_at: datetime | None, now: datetime) -> tuple[str, str]:
    """Whether it is installed, as a level and in words."""
    if last_seen_at is None:
        return "never", _("Not seen yet. Paste the line, open the site, then look here again.")
    if last_seen_at >= now - FRESH:
        return "good", _("Installed: seen just now or within the last two hours.")
    ago = {"ago": timesince(last_seen_at, now)}
    if last_seen_at >= now - QUIET:
        return "good", _("Installed: last seen %(ago)s ago.") % ago
    return "warn", _("Last seen %(ago)s ago. Is the line still in your pages?") % ago


def _refused(tenant_ids: list[int], names: dict[int, str], owned: list[int]) -> list[dict]:
    """Sites whose pages carry the line, though nobody has allowed them, each with whether this person may."""
    found = refused_origins.list_refused(tenant_ids)
    patterns = defaultdict(list)
    for row in Origin.objects.filter(tenant__in={one.tenant_id for one in found}):
        patterns[row.tenant_id].append(row.pattern)
    return [
        {
            "tenant_id": one.tenant_id,
            "origin": one.origin,
            "at": one.at,
            "business": names.get(one.tenant_id, ""),
            "may_allow": one.tenant_id in owned,
        }
        for one in found
        if not origins.find_pattern(one.origin, patterns[one.tenant_id])
    ]
