"""The addresses the demo needs, as they are where DEMO is on."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("demo/", include("widget.demo.urls")),
]
