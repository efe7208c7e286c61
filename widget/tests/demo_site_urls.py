"""Every address of an installation, as they are where DEMO is on."""

from django.urls import include, path

urlpatterns = [
    path("", include("caty.urls")),
    path("demo/", include("widget.demo.urls")),
]
