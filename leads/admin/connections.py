"""Connections: where leads and events go. Their forms come from the connectors themselves."""

from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads import delivery, services
from leads.admin.connection_form import form_for
from leads.admin.receiving import ReceivingPage
from leads.admin.words import event_in_words
from leads.connectors import KINDS, all_connectors, get_connector
from leads.models import Connection
from tenants.admin.object_actions import ObjectActions, object_action
from tenants.admin.scope import ScopedAdmin
from tenants.staff import OWNERS


def is_paused(connection: Connection) -> bool:
    return connection.state == Connection.State.PAUSED


def generated_names(kind: str) -> list[str]:
    """Secrets that this kind makes itself, for the other side to be told."""
    return [name for name, field in get_connector(kind).Secrets.model_fields.items() if field.default_factory]


@admin.register(Connection)
class ConnectionAdmin(ReceivingPage, ObjectActions, ScopedAdmin):
    roles_to_add = roles_to_change = roles_to_delete = OWNERS
    empty_words = _("Leads stay here until you say where else they should go: into a mailbox, or to another program.")
    list_display = ("name", "shown_kind", "shown_state", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    object_actions = ("send_test", "resume", "new_secret")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("secrets")

    def get_deleted_objects(self, objs, request):
        names, *rest = super().get_deleted_objects(objs, request)
        return [_("%s, with the log of what it sent and all that still waits") % name for name in names], *rest

    def add_view(self, request, form_url="", extra_context=None):
        if request.GET.get("kind") in KINDS or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What do you want to connect?"),
            "kinds": all_connectors().items(),
        }
        return TemplateResponse(request, "admin/leads/kinds.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        connection = self.get_object(request, object_id)
        notice = {}
        if connection and is_paused(connection):
            sentence = _("Paused: %(reason)s Nothing is sent, nothing is lost: it all waits here.")
            notice["object_notice"] = {"level": "bad", "text": sentence % {"reason": connection.paused_reason}}
        return super().change_view(request, object_id, form_url, {**notice, **(extra_context or {})})

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self.has_change_permission(request, obj) and self.kind_of(request, obj) in KINDS:
            kwargs["form"] = form_for(get_connector(self.kind_of(request, obj)))
        return super().get_form(request, obj, change=change, **kwargs)

    def kind_of(self, request, obj) -> str:
        return obj.kind if obj else request.GET.get("kind", "")

    def get_fieldsets(self, request, obj=None):
        kind = self.kind_of(request, obj)
        if kind not in KINDS or not self.has_change_permission(request, obj):
            return [(None, {"fields": ("name", "shown_kind", "shown_state", "shown_events")})]
        connector = get_connector(kind)
        own = [f"settings__{name}" for name in connector.Settings.model_fields]
        own += [f"secrets__{name}" for name in connector.Secrets.model_fields]
        tenant = ("tenant",) if self.must_choose_tenant(request, obj) else ()
        return [
            (None, {"fields": (*tenant, "name", "is_enabled")}),
            (connector.label, {"fields": own, "description": self.guide_to(kind, connector.guide)}),
            (_("What to send"), {"fields": ("events",)}),
        ]

    def get_readonly_fields(self, request, obj=None):
        return ("shown_kind", "shown_state", "shown_events")

    def save_model(self, request, obj, form, change):
        if not change:
            obj.kind = self.kind_of(request, None)
        obj.save()
        if not change:
            services.map_by_default(obj)
        if change and is_paused(obj) and form.has_new_credentials():
            services.resume_connection(obj.pk, tenant=obj.tenant, now=timezone.now())

    def response_add(self, request, obj, post_url_continue=None):
        if not generated_names(obj.kind):
            return super().response_add(request, obj, post_url_continue)
        return self._secret_page(request, obj)

    def _secret_page(self, request, connection):
        """The one time that a generated secret is shown."""
        fields = get_connector(connection.kind).Secrets.model_fields
        context = {
            **self.admin_site.each_context(request),
            "title": connection.name,
            "connection": connection,
            "secrets": [(fields[name].title, connection.secrets[name]) for name in generated_names(connection.kind)],
        }
        return TemplateResponse(request, "admin/leads/secret.html", context)

    @object_action(label=_("Send a test"), roles=OWNERS, is_main=True)
    def send_test(self, request, connection):
        tryout = delivery.test_connection(connection, now=timezone.now())
        self.message_user(request, tryout.message, messages.SUCCESS if tryout.is_ok else messages.ERROR)

    @object_action(label=_("Go on sending"), roles=OWNERS, when=is_paused)
    def resume(self, request, connection):
        count = services.resume_connection(connection.pk, tenant=connection.tenant, now=timezone.now())
        self.message_user(request, _("Sending again: %d waiting.") % count, messages.SUCCESS)

    @object_action(
        label=_("Make a new secret"),
        roles=OWNERS,
        help_text=_("The old one stops working at once."),
        when=lambda row: row.kind in KINDS and bool(generated_names(row.kind)),
    )
    def new_secret(self, request, connection):
        fresh = get_connector(connection.kind).Secrets().model_dump(mode="json")
        connection.secrets = fresh
        connection.save(update_fields=["secrets"])
        return self._secret_page(request, connection)

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, connection):
        return str(get_connector(connection.kind).label) if connection.kind in KINDS else connection.kind

    @display(description=_("state"), label={"on": "success", "paused": "danger", "off": ""})
    def shown_state(self, connection):
        if not connection.is_enabled:
            return "off", _("Off")
        return ("paused", _("Paused: needs you")) if is_paused(connection) else ("on", _("Working"))

    @display(description=_("sends"))
    def shown_events(self, connection):
        return ", ".join(str(event_in_words(event)) for event in connection.events)
