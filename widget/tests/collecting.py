"""The widget's files as a release collects them: minified, hashed, with compressed forms beside them."""

from pathlib import Path

from django.core.management import call_command

FILES = Path(__file__).resolve().parents[1] / "static"


def collected_into(folder: Path) -> dict:
    """Settings under which `collectstatic` puts the widget's files, and no others, into the folder."""
    return {
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {"BACKEND": "caty.static_storage.StaticStorage"},
        },
        "STATIC_ROOT": str(folder),
        "STATICFILES_FINDERS": ["django.contrib.staticfiles.finders.FileSystemFinder"],
        "STATICFILES_DIRS": [FILES],
    }


def collect(settings, folder: Path) -> None:
    """For the rest of the test, serve what `collectstatic` makes of the widget's files."""
    for name, value in collected_into(folder).items():
        setattr(settings, name, value)
    call_command("collectstatic", interactive=False, verbosity=0)
