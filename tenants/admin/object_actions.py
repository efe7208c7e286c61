"""Buttons on the page of one row: always a POST, always for a role at that row's tenant."""

from functools import partial, wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse

from tenants.staff import EDITORS


def object_action(*, label, roles=EDITORS, help_text="", is_main=False, has_button=True, when=None):
    """Makes an admin method `(self, request, row) -> response or None` a button; without `has_button`, only an address
    that a part of the page posts to.

    `when(row)` says whether the button makes sense for this row; one that doesn't is neither shown nor obeyed.
    """

    def decorate(method):
        method.label, method.roles, method.help_text = label, roles, help_text
        method.is_main, method.has_button, method.when = is_main, has_button, when or (lambda row: True)
        return method

    return decorate


class ObjectActions:
    """For a ScopedAdmin: `object_actions` names methods decorated with `object_action`."""

    object_actions: tuple[str, ...] = ()
    change_form_outer_before_template = "admin/parts/object_actions.html"

    def get_urls(self):
        return [
            path(
                f"<path:object_id>/do/{name}/",
                self.admin_site.admin_view(self._view_of(name)),
                name=self._url_name(name),
            )
            for name in self.object_actions
        ] + super().get_urls()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        buttons = self.buttons_for(request, row) if row else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "object_buttons": buttons})

    def buttons_for(self, request, row) -> list[dict]:
        methods = ((name, getattr(self, name)) for name in self.object_actions)
        return [
            {
                "url": reverse(f"admin:{self._url_name(name)}", args=[row.pk]),
                "label": method.label,
                "help_text": method.help_text,
                "is_main": method.is_main,
            }
            for name, method in methods
            if method.has_button and self.may(request, method.roles, row) and method.when(row)
        ]

    def _url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _view_of(self, name: str):
        return wraps(getattr(self, name))(partial(self._run, name))

    def _run(self, name: str, request, object_id: str):
        method = getattr(self, name)
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.may(request, method.roles, row):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = method(request, row) if method.when(row) else None
        return answer or redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)
