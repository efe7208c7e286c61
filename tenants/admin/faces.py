"""My name and picture: how visitors see a colleague, chosen by themselves."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants import services
from tenants.admin.pictures import PictureField, as_visitors_see, face_of
from tenants.models import Membership
from tenants.pictures import Picture
from tenants.staff import EVERYONE, staff_of

HOW_IT_IS_KEPT = _("A face is best. We cut out the middle, make it small and keep nothing else of the file.")


class FaceForm(forms.Form):
    """At one business. `was_shown` says that it was among those sent."""

    was_shown = forms.BooleanField(widget=forms.HiddenInput, initial=True)
    display_name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=Membership._meta.get_field("display_name").max_length,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Left empty, visitors see your first name, or that of the business where we don't know yours."),
    )
    picture = PictureField(label=_("Picture"), help_text=HOW_IT_IS_KEPT)

    def __init__(self, data, files, membership: Membership):
        initial = {"was_shown": True, "display_name": membership.display_name, "picture": face_of(membership)}
        super().__init__(data, files, prefix=f"at{membership.pk}", initial=initial)
        self.membership = membership
        self.shown = as_visitors_see(membership.shown_name, initial["picture"])


class OwnFacePage:
    """For the admin of colleagues: mix in before ScopedAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.mine_view)
        return [path("mine/", view, name="tenants_membership_mine"), *super().get_urls()]

    def mine_view(self, request):
        own = Membership.objects.filter(user=request.user, tenant__in=staff_of(request).tenant_ids(EVERYONE))
        own = own.select_related("tenant", "user").order_by("tenant__name", "pk")
        sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        asked = [FaceForm(*sent, membership) for membership in own]
        if request.method == "POST" and self._are_kept(asked):
            self.message_user(request, _("Saved."), messages.SUCCESS)
            return redirect("admin:tenants_membership_mine")
        context = {
            **self.admin_site.each_context(request),
            "title": _("My name and picture"),
            "forms": asked,
            "has_several": len(staff_of(request).names) > 1,
        }
        return TemplateResponse(request, "admin/tenants/faces.html", context)

    def _are_kept(self, asked: list[FaceForm]) -> bool:
        """Whether all that was sent could be kept; then it is."""
        sent = [form for form in asked if form.data.get(form.add_prefix("was_shown"))]
        invalid = [form for form in sent if not form.is_valid()]  # each of them tells what is wrong with it
        if invalid:
            return False
        for form in sent:
            keep_face(form.membership, form.cleaned_data)
        return True


def keep_face(membership: Membership, chosen: dict) -> None:
    """Name and picture as a form gave them take the place of those before."""
    services.set_shown_name(membership, chosen["display_name"])
    if isinstance(chosen["picture"], Picture):
        services.set_face(membership, chosen["picture"])
    elif chosen["picture"] is False:
        services.remove_face(membership)
