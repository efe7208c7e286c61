"""Ready answers: what colleagues say to visitors again and again, found by a short name while they write."""

import re

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tenants import services
from tenants.admin.fields import OwnTenantForm
from tenants.admin.scope import ScopedAdmin, TenantForm
from tenants.models import CannedReply
from tenants.staff import EDITORS, staff_of

NAME = re.compile(r"[^\W_]+(-[^\W_]+)*")  # letters of any alphabet, digits, and - between them


class ReadyAnswerForm(TenantForm):
    class Meta:
        error_messages = {NON_FIELD_ERRORS: {"unique_together": _("There is a ready answer with this name already.")}}

    def clean_name(self):
        """Without the / one may have typed before it, and in small letters, so that it is found however it is typed."""
        name = self.cleaned_data["name"].removeprefix("/").lower()
        if not NAME.fullmatch(name):
            raise forms.ValidationError(_("Use letters and digits, with - between words, such as opening-hours."))
        return name


@admin.register(CannedReply)
class ReadyAnswerAdmin(ScopedAdmin):
    form = ReadyAnswerForm
    list_display = ("shown_name", "shown_text")
    list_select_related = ("tenant",)
    search_fields = ("name", "text")
    search_help_text = _("Short name, or words of the text")
    ordering = ("tenant", "name")
    fields = ("name", "text")
    empty_words = _(
        "Write down what you tell visitors again and again. While you answer in the inbox, type / and a few letters "
        "of the short name, and it is put in for you to change and send."
    )
    empty_template = "admin/tenants/starting_replies.html"

    def get_urls(self):
        start = self.admin_site.admin_view(self.start_view)
        return [path("start/", start, name="tenants_cannedreply_start"), *super().get_urls()]

    def get_changelist_instance(self, request):
        found = super().get_changelist_instance(request)
        # All that the template of an empty list is given.
        found.start_form = OwnTenantForm(tenant_ids=staff_of(request).tenant_ids(EDITORS))
        return found

    def start_view(self, request):
        """Three to begin with, for one business."""
        if not self.may(request, EDITORS):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:tenants_cannedreply_changelist")
        form = OwnTenantForm(request.POST, tenant_ids=staff_of(request).tenant_ids(EDITORS))
        if not form.is_valid():
            raise Http404
        services.add_starting_replies(form.cleaned_data["tenant"])
        self.message_user(request, _("Here are three to begin with. Change them as you like."), messages.SUCCESS)
        return redirect("admin:tenants_cannedreply_changelist")

    @display(description=_("short name"), ordering="name")
    def shown_name(self, reply):
        return f"/{reply.name}"

    @display(description=_("text"))
    def shown_text(self, reply):
        return Truncator(reply.text).chars(120)
