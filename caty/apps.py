from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CatyConfig(AppConfig):
    name = "caty"
    label = "caty"

    def ready(self):
        from caty import checks  # noqa: F401  (registers the system checks)


class CatyAdminConfig(AdminConfig):
    default_site = "caty.admin_site.CatyAdminSite"
