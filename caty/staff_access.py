"""How staff get in: login, a forgotten password, an invitation. Each with a brake, told in words."""

from django import forms
from django.contrib import admin
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model, views
from django.contrib.auth import login as log_in
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from caty.lib import throttling
from caty.lib.addresses import caller_address
from caty.lib.errors import CatyError
from caty.lib.tasks import hint
from caty.lib.throttling import Window
from tenants import services
from tenants.models import Membership
from tenants.staff import OWNERS, staff_of
from tenants.zones import zone_named
from widget.services import first_hour

QUARTER_HOUR = 15 * 60
HOUR = 60 * 60
ATTEMPTS_PER_NAME = 10  # in a quarter of an hour
ATTEMPTS_PER_ADDRESS = 30
MAILS_PER_ADDRESS = 5  # in an hour
MAILS_PER_MAILBOX = 3


def require_patience(*windows: Window) -> None:
    """Count one attempt. Raises ValidationError, in words, where there were too many."""
    allowance = throttling.spend(*windows)
    if allowance.is_allowed:
        return
    minutes = -(-allowance.reset_seconds // 60)
    raise ValidationError(
        _("That was too often. Please wait %(minutes)d minutes and try again.") % {"minutes": minutes}, code="throttled"
    )


def dress(form: forms.Form) -> None:
    """Gives the fields of one of Django's own forms the look of the others."""
    for field in form.fields.values():
        field.widget.attrs["class"] = " ".join(BASE_INPUT_CLASSES)


class StaffTimezoneMiddleware:
    """Shows staff the time of their business."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(zone_named(staff_of(request).timezone)):
            return self.get_response(request)


class LoginForm(AuthenticationForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail or user name")

    def clean(self):
        name = str(self.cleaned_data.get("username", "")).casefold()
        require_patience(
            Window("login_name", name, ATTEMPTS_PER_NAME, QUARTER_HOUR),
            Window("login_address", caller_address(self.request), ATTEMPTS_PER_ADDRESS, QUARTER_HOUR),
        )
        return super().clean()


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Says the same, as quickly, whether or not there is such an account."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        dress(self)

    def save(self, *, request=None, **options):
        mailbox = self.cleaned_data["email"].casefold()
        allowance = throttling.spend(
            Window("reset_mailbox", mailbox, MAILS_PER_MAILBOX, HOUR),
            Window("reset_address", caller_address(request), MAILS_PER_ADDRESS, HOUR),
        )
        if allowance.is_allowed:
            hint("caty.mail_password_links", user_ids=[user.pk for user in self.get_users(self.cleaned_data["email"])])


class NewPasswordForm(auth_forms.SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        dress(self)


class AccessPage:
    """A page for who is not logged in, with the admin's colours."""

    def get_context_data(self, **kwargs):
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class Reset(AccessPage, views.PasswordResetView):
    template_name = "admin/access/reset.html"
    form_class = PasswordResetForm
    success_url = reverse_lazy("admin:password_reset_done")


class ResetSent(AccessPage, views.PasswordResetDoneView):
    template_name = "admin/access/reset_sent.html"


class NewPassword(AccessPage, views.PasswordResetConfirmView):
    template_name = "admin/access/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("admin:password_reset_complete")


class ResetDone(AccessPage, views.PasswordResetCompleteView):
    template_name = "admin/access/reset_done.html"


class InvitationForm(forms.Form):
    full_name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least eight characters, and none that is easily guessed."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        dress(self)


@never_cache
@csrf_protect
def accept_invitation(request, token: str):
    """Where an invitation's link leads: a new colleague chooses a password, one who has an account confirms."""
    now = timezone.now()
    try:
        require_patience(Window("invitation_address", caller_address(request), ATTEMPTS_PER_ADDRESS, QUARTER_HOUR))
        invitation = services.get_open_invitation(token=token, now=now)
    except (CatyError, ValidationError) as error:
        sentence = error.message if isinstance(error, CatyError) else " ".join(error.messages)
        context = {**admin.site.each_context(request), "sentence": sentence}
        return TemplateResponse(request, "admin/access/invitation_gone.html", context, status=404)
    form = InvitationForm(request.POST or None) if request.user.is_anonymous else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            membership = _accept(request, token, form, now)
        except CatyError as error:
            return _invitation_page(request, invitation, form, sentence=error.message)
        if membership.role in OWNERS and first_hour.is_wanted(membership.tenant):
            return redirect("admin:first_hour", membership.tenant_id)
        return redirect("admin:index")
    return _invitation_page(request, invitation, form)


def _accept(request, token, form, now) -> Membership:
    if form is None:
        return services.accept_invitation(token=token, user=request.user, now=now)
    membership = services.accept_as_new_colleague(token=token, now=now, **form.cleaned_data)
    log_in(request, membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return membership


def _invitation_page(request, invitation, form, sentence=""):
    has_account = get_user_model().objects.filter(email__iexact=invitation.email).exists()
    context = {"invitation": invitation, "form": form, "has_account": has_account, "sentence": sentence}
    return TemplateResponse(request, "admin/access/invitation.html", {**admin.site.each_context(request), **context})
