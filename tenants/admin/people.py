"""Colleagues, invitations and, for the operator alone, user accounts."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import F
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from tenants import services
from tenants.admin.faces import HOW_IT_IS_KEPT, OwnFacePage, keep_face
from tenants.admin.pictures import PictureField, as_visitors_see, face_of, picture_at
from tenants.admin.scope import ScopedAdmin, TenantForm, TenantScoped
from tenants.models import Invitation, Membership
from tenants.staff import NOBODY, OPERATOR, OWNERS

admin.site.unregister(Group)  # roles are memberships; a group would be a second, silent way to them
admin.site.unregister(User)


class ColleagueForm(TenantForm):
    picture = PictureField(label=_("Picture that visitors see"), help_text=HOW_IT_IS_KEPT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "picture" in self.fields and self.instance.pk:
            self.fields["picture"].initial = face_of(self.instance)


@admin.register(Membership)
class MembershipAdmin(OwnFacePage, ScopedAdmin):
    """Who works here. Colleagues join by invitation; only the operator puts an account into a business."""

    roles_to_add = OPERATOR
    roles_to_change = OWNERS
    roles_to_delete = OWNERS
    form = ColleagueForm
    list_display = ("person", "shown", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "user__email", "display_name")
    ordering = ("tenant", "created_at")

    def list_tools(self, request):
        mine = {"url": reverse("admin:tenants_membership_mine"), "label": _("My name and picture"), "icon": "face"}
        if not self.may(request, OWNERS):
            return [mine]
        invite = {"url": reverse("admin:tenants_invitation_add"), "label": _("Invite a colleague"), "icon": "mail"}
        return [mine, invite]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(face_digest=F("face__digest"))  # without the picture

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("user", "role")
        own = ("display_name", "picture") if self.may(request, OWNERS, obj) else ()
        return ("account", "role", "shown", *own)

    def get_readonly_fields(self, request, obj=None):
        return ("account", "shown") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and services.is_last_owner(obj))

    def save_model(self, request, obj, form, change):
        if change:
            services.change_role(membership=Membership.objects.get(pk=obj.pk), role=obj.role, changed_by=request.user)
            keep_face(obj, form.cleaned_data)
            return
        made = services.add_colleague(tenant=obj.tenant, user=obj.user, role=obj.role)
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request, obj):
        services.remove_colleague(membership=obj, removed_by=request.user)

    def delete_queryset(self, request, queryset):
        for membership in queryset:
            services.remove_colleague(membership=membership, removed_by=request.user)

    @display(description=_("visitors see"))
    def shown(self, membership):
        return as_visitors_see(membership.shown_name, picture_at(membership.face_digest))

    @display(description=_("person"))
    def account(self, membership):
        """In words: the account's own page is the operator's."""
        user = membership.user
        return " · ".join(dict.fromkeys(filter(None, (user.get_full_name(), user.get_username(), user.email))))

    @display(description=_("person"), header=True)
    def person(self, membership):
        user = membership.user
        return [user.get_full_name() or user.get_username(), user.email]


@admin.register(Invitation)
class InvitationAdmin(ScopedAdmin):
    roles_to_view = OWNERS
    roles_to_add = OWNERS
    roles_to_change = NOBODY
    roles_to_delete = OWNERS
    empty_words = _("Nobody is invited. Whoever should work here gets a mail with a link and chooses a password.")
    list_display = ("email", "role", "state", "created_at", "expires_at")
    list_display_links = None
    list_select_related = ("tenant",)
    search_fields = ("email",)
    ordering = ("-created_at",)
    fieldsets = (
        (
            None,
            {
                "fields": ("email", "role"),
                "description": _(
                    "They get a mail with a link that works for seven days. Owners may do everything, editors care "
                    "for articles and leads, viewers only look."
                ),
            },
        ),
    )

    def save_model(self, request, obj, form, change):
        made = services.invite_colleague(
            tenant=obj.tenant, email=obj.email, role=obj.role, invited_by=request.user, now=timezone.now()
        )
        obj.__dict__.update(made.__dict__)

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, _("Invited: a mail is on its way to %s.") % obj.email, messages.SUCCESS)
        return redirect("admin:tenants_invitation_changelist")

    @display(description=_("state"), label={"accepted": "success", "open": "info", "expired": "warning"})
    def state(self, invitation):
        if invitation.accepted_at:
            return "accepted", _("Accepted")
        if invitation.expires_at <= timezone.now():
            return "expired", _("Expired")
        return "open", _("Sent")


@admin.register(User)
class UserAdmin(TenantScoped, DjangoUserAdmin, ModelAdmin):
    """Accounts, for the operator. Roles at a business are memberships; permissions and groups aren't used."""

    roles_to_view = roles_to_add = roles_to_change = roles_to_delete = OPERATOR
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_superuser", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    readonly_fields = ("last_login", "date_joined")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Accounts"), **(extra_context or {})})

    def get_queryset(self, request):
        rows = super(TenantScoped, self).get_queryset(request)
        return rows if request.user.is_superuser else rows.none()

    def may(self, request, roles, obj=None):
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request, obj=None):
        return self.may(request, OPERATOR)
