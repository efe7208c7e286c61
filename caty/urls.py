"""Every address of the installation."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from caty import health
from caty.push_worker import push_worker
from caty.stop_mails import stop_mails
from widget.api.avatar import avatar
from widget.api.schema import schema


def home(request: HttpRequest) -> HttpResponse:
    """The demo shop where there is one, else the admin."""
    return redirect("demo:home" if settings.DEMO else "admin:index")


urlpatterns = [
    path("", home, name="home"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/push-worker.js", push_worker, name="push_worker"),
    path("admin/", admin.site.urls),
    path("mail/stop/<str:path>/", stop_mails, name="stop_mails"),
    path("api/widget/", include("widget.api.urls")),
    path("widget/avatar/<slug:digest>", avatar, name="avatar"),
    path("api/schema", schema, name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("widget.demo.urls")))
