"""The part of “My notifications” about devices: this one, those told already, and a notice to try one out."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caty.lib.errors import CatyError
from leads import pushing, services
from leads.models import PushSubscription
from leads.services.devices import Device
from tenants.models import Membership
from tenants.staff import EDITORS


class DevicePages:
    """For the admin of mails to colleagues: mix in before FactsAdmin."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.devices_view)
        return [path("mine/devices/", view, name="leads_staffmail_devices"), *super().get_urls()]

    def devices_view(self, request):
        """Takes what the page's buttons send; what is sent is about the person's own devices alone."""
        if request.method == "POST":
            acting = {"add": self._add, "remove": self._remove, "try": self._try}.get(request.POST.get("do"))
            if acting:
                acting(request, request.POST)
        return redirect("admin:leads_staffmail_mine")

    def _add(self, request, sent):
        device = Device(**{name: sent.get(name, "") for name in ("endpoint", "p256dh", "auth")})
        agent = request.META.get("HTTP_USER_AGENT", "")
        try:
            count = services.add_device(device, user_pk=request.user.pk, user_agent=agent, now=timezone.now())
        except CatyError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        if count:
            self.message_user(request, _("This device is told from now on."), messages.SUCCESS)

    def _remove(self, request, sent):
        if services.remove_device(sent.get("digest", ""), user_pk=request.user.pk):
            self.message_user(request, _("That device is told nothing any more."), messages.SUCCESS)

    def _try(self, request, sent):
        if services.try_device(sent.get("digest", ""), user_pk=request.user.pk, now=timezone.now()):
            self.message_user(request, _("On its way. It should be there within seconds."), messages.SUCCESS)


def devices_of(own: list[Membership]) -> dict:
    """What the page shows of a person's devices, each once however many businesses tell it something."""
    may_answer = any(member.role in EDITORS for member in own)
    rows = PushSubscription.objects.filter(membership__in=own).order_by("-created_at", "-pk") if may_answer else ()
    devices: dict[str, PushSubscription] = {}
    for row in rows:
        kept = devices.setdefault(row.digest, row)
        kept.last_used_at = max(filter(None, (kept.last_used_at, row.last_used_at)), default=None)
    return {
        "may_answer": may_answer,
        "devices": list(devices.values()),
        "push_key": pushing.public_key() if may_answer else "",
        "devices_url": reverse("admin:leads_staffmail_devices"),
        "worker_url": reverse("push_worker"),
    }
