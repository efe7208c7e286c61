"""API keys. A key is shown once: in the answer to the form that made it."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from tenants import services
from tenants.admin.installation import InstallationPages
from tenants.admin.scope import ScopedAdmin
from tenants.models import ApiKey
from tenants.staff import NOBODY, OWNERS


@admin.register(ApiKey)
class ApiKeyAdmin(InstallationPages, ScopedAdmin):
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

    def has_revoke_permission(self, request):
        return self.may(request, self.roles_to_revoke)

    def get_actions(self, request):
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def save_model(self, request, obj, form, change):
        made = services.create_api_key(obj.tenant, name=obj.name)
        obj.__dict__.update(made.row.__dict__)
        request.key_shown_once = made.key

    def response_add(self, request, obj, post_url_continue=None):
        return self.snippet_page(request, tenant_ids=[obj.tenant_id], key=request.key_shown_once)

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
