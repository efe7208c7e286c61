"""Connections: where leads and events go. Their forms come from the connectors themselves."""

from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from leads import delivery, services
from leads.admin.connection_form import credential_fields, form_for
from leads.admin.exchanging import ExchangingForms
from leads.admin.mapping import MappingInline, can_be_mapped, missing_fields
from leads.admin.paused import PausedBanner
from leads.admin.preview import PreviewPage
from leads.admin.receiving import ReceivingPage
from leads.admin.sending_again import SendingAgainPages, wants_leads
from leads.admin.standing import moment, paused_words, standing_of
from leads.admin.words import event_in_words
from leads.connectors import KINDS, all_connectors, get_connector
from leads.connectors.base import Failed
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
class ConnectionAdmin(
    PausedBanner, PreviewPage, SendingAgainPages, ReceivingPage, ExchangingForms, ObjectActions, ScopedAdmin
):
    roles_to_add = roles_to_change = roles_to_delete = OWNERS
    empty_words = _("Leads stay here until you say where else they should go: into a mailbox, or to another program.")
    list_display = ("name", "shown_kind", "shown_state", "last_delivered_at", "created_at")
    inlines = (MappingInline,)
    change_form_outer_before_template = "admin/leads/connection_top.html"
    list_select_related = ("tenant",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    object_actions = ("send_test", "resume", "read_fields", "map_anew", "new_secret")

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
        context = self._how_it_goes(request, connection) if connection else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _how_it_goes(self, request, connection) -> dict:
        context = {
            "standing": standing_of(connection, now=timezone.now()),
            "missing_fields": missing_fields(connection),
            "page_links": self._page_links(request, connection),
        }
        if connection.is_enabled and is_paused(connection):
            mend = _("Mend it on the other side and press “Go on sending”, or enter new credentials below and save.")
            context["object_notice"] = {"level": "bad", "text": f"{paused_words(connection)} {mend}"}
        return context

    def _page_links(self, request, connection) -> list[dict]:
        pages = (
            ("preview", _("What would be sent"), self.roles_to_view, can_be_mapped(connection)),
            ("again", _("Send again…"), self.roles_to_send_again, True),
            ("earlier", _("Send earlier leads…"), self.roles_to_send_earlier, wants_leads(connection)),
        )
        return [
            {"url": reverse(f"admin:leads_connection_{name}", args=[connection.pk]), "label": label}
            for name, label, roles, makes_sense in pages
            if makes_sense and self.may(request, roles, connection)
        ]

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None and can_be_mapped(obj) else ()

    def buttons_for(self, request, row):
        """With the name of the other side, where a label has room for it."""
        name = self.shown_kind(row)
        return [
            {**button, "label": button["label"] % name if "%s" in str(button["label"]) else button["label"]}
            for button in super().buttons_for(request, row)
        ]

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
        own = credential_fields(connector)
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
        label=_("Read fields from %s"),
        roles=OWNERS,
        help_text=_("So that you can choose from its fields below."),
        when=can_be_mapped,
    )
    def read_fields(self, request, connection):
        now = timezone.now()
        try:
            fields = delivery.read_fields(connection, now=now)
        except Failed as failure:
            self.message_user(request, failure.outcome.reason or _("That did not work."), messages.ERROR)
            return
        kept = services.keep_remote_fields(connection.pk, tenant=connection.tenant, fields=fields, now=now)
        words = ngettext("%d field was read: choose below.", "%d fields were read: choose below.", len(kept))
        self.message_user(request, words % len(kept), messages.SUCCESS)

    @object_action(
        label=_("Back to the suggested mapping"),
        roles=OWNERS,
        help_text=_("Your own rows are replaced."),
        when=can_be_mapped,
    )
    def map_anew(self, request, connection):
        services.map_anew(connection)
        self.message_user(request, _("The mapping is as we suggest it."), messages.SUCCESS)

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

    @display(description=_("state"), label={"on": "success", "paused": "danger", "resting": "warning", "off": ""})
    def shown_state(self, connection):
        if not connection.is_enabled:
            return "off", _("Off")
        if is_paused(connection):
            return "paused", _("Paused: needs you")
        if connection.resting_until and connection.resting_until > timezone.now():
            return "resting", _("Resting until %s") % moment(connection.resting_until)
        return "on", _("Working")

    @display(description=_("sends"))
    def shown_events(self, connection):
        return ", ".join(str(event_in_words(event)) for event in connection.events)
