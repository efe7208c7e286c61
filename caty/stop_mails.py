"""Where the link at the end of each mail to staff leads: no more mails of this kind, without a log-in.

Mail programs post to it by themselves when somebody unsubscribes (RFC 8058). Those that look at every link in a mail
only get a page that asks.
"""

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leads import services

KINDS = {
    "hot": _("Mails about hot leads, the moment there is one"),
    "digest": _("The daily digest"),
    "paused": _("Mails about connections that have stopped"),
    "weekly": _("The weekly mail"),
    "budget": _("Mails about budgets that are nearly used"),
    "handoff": _("Mails about visitors who wait for a person"),
    "own": _("Mails about your own visitors who have written"),
    "escalation": _("Mails about visitors to whom nobody has come"),
    "missed": _("Mails about visitors who waited in vain"),
    "promise": _("Mails about what visitors were promised"),
}


@csrf_exempt  # a mail program has no cookie; whoever has the link may use it, and all it does is stop these mails
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mails(request, path: str):
    """Asks on GET, stops on POST, and says so on every further one."""
    try:
        link = services.read_stop_path(path)
        if request.method == "POST":
            services.stop_mails(path, now=timezone.now())
    except services.StopLinkInvalid as error:
        return _page(request, title=_("That didn't work"), sentence=error.message, status=404)
    is_stopped = request.method == "POST" or not link.business
    title = _("Stopped") if is_stopped else _("Stop these mails?")
    return _page(request, title=title, link=link, what=KINDS[link.kind], is_stopped=is_stopped)


def _page(request, *, status: int = 200, **context) -> TemplateResponse:
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "admin/access/stop_mails.html", context, status=status)
