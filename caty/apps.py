from django.apps import AppConfig


class CatyConfig(AppConfig):
    name = "caty"
    label = "caty"

    def ready(self):
        from caty import checks  # noqa: F401  (registers the system checks)
