"""API keys, and the line to paste into the site. A key is shown once: in the answer to the form that made it."""

from django.conf import settings
from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from tenants import services
from tenants.admin.scope import ScopedAdmin
from tenants.models import ApiKey, Origin
from tenants.staff import EVERYONE, NOBODY, OWNERS, staff_of


def snippet(api_key: str) -> str:
    """The line a business pastes into its pages."""
    return f'<script async src="{settings.SITE_URL}/widget.js" data-api-key="{api_key}"></script>'


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    roles_to_add = OWNERS
    roles_to_change = NOBODY
    roles_to_delete = NOBODY  # revoked keys stay in the list, so that one sees when each was
    roles_to_revoke = OWNERS
    list_display = ("name", "shown_beginning", "state", "created_at", "last_used_at")
    empty_words = _("There is no key yet. The line you paste into your site needs one.")
    list_display_links = None
    list_select_related = ("tenant",)
    ordering = ("-created_at",)
    search_fields = ("name",)
    fields = ("name",)
    actions = ("revoke",)

    def get_urls(self):
        view = self.admin_site.admin_view(self.snippet_view)
        return [path("snippet/", view, name="tenants_apikey_snippet"), *super().get_urls()]

    def has_revoke_permission(self, request):
        return self.may(request, self.roles_to_revoke)

    def get_actions(self, request):
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def save_model(self, request, obj, form, change):
        made = services.create_api_key(obj.tenant, name=obj.name)
        obj.__dict__.update(made.row.__dict__)
        request.key_shown_once = made.key

    def response_add(self, request, obj, post_url_continue=None):
        return self._snippet_page(request, tenants=[obj.tenant_id], key=request.key_shown_once)

    def snippet_view(self, request):
        return self._snippet_page(request, tenants=staff_of(request).tenant_ids(EVERYONE), key="")

    def _snippet_page(self, request, *, tenants, key):
        keys = self.get_queryset(request).filter(tenant__in=tenants, revoked_at=None)
        origins = Origin.objects.filter(tenant__in=tenants).select_related("tenant").order_by("tenant__name", "pattern")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Put it on your site"),
            "key": key,
            "snippet": snippet(key or _("YOUR-API-KEY")),
            "has_key": keys.exists(),
            "origins": origins[:50],
            "can_make_key": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/tenants/snippet.html", context)

    @display(description=_("begins with"))
    def shown_beginning(self, key):
        return f"{key.beginning}…"

    @display(description=_("state"), label={"in_use": "success", "revoked": "danger"})
    def state(self, key):
        return ("revoked", _("Revoked")) if key.revoked_at else ("in_use", _("In use"))

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request, queryset):
        keys = self.within(queryset, request, self.roles_to_revoke).filter(revoked_at=None)
        count = 0
        for key in keys:
            services.revoke_api_key(key)
            count += 1
        words = ngettext(
            "%d key revoked. Sites that use it no longer have an assistant.",
            "%d keys revoked. Sites that use them no longer have an assistant.",
            count,
        )
        self.message_user(request, words % count, messages.SUCCESS)
