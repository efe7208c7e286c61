"""`manage.py demo`: the demonstration business, ready to be visited."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from caty.lib.errors import CatyError
from widget.demo import profile
from widget.demo.keys import api_key, password
from widget.demo.setup import make_demo


class Command(BaseCommand):
    help = "Makes the demo shop with its knowledge and a week of visitors, or brings an existing one up to date."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON line and nothing else")

    def handle(self, *args, **options):
        try:
            make_demo()
        except CatyError as error:
            raise CommandError(error.message) from error
        facts = {
            "shop_url_path": reverse("demo:home"),
            "sink_url_path": reverse("demo:sink"),
            "admin_url_path": reverse("admin:index"),
            "admin_login": profile.ADMIN_LOGIN,
            "owner_login": profile.OWNER_LOGIN,
            "admin_password": password(),
            "api_key": api_key(),
            "answers": "claude" if settings.ANTHROPIC_API_KEY else "knowledge",
        }
        self.stdout.write(json.dumps(facts) if options["json"] else _sentences(facts))


def _sentences(facts: dict[str, str]) -> str:
    """The same for a person."""
    site = settings.SITE_URL
    return "\n".join(
        [
            f"Shop      {site}{facts['shop_url_path']}",
            f"Webhooks  {site}{facts['sink_url_path']}",
            f"Admin     {site}{facts['admin_url_path']}",
            f"Log in    {facts['admin_login']} or {facts['owner_login']}, password {facts['admin_password']}",
            f"API key   {facts['api_key']}",
            f"Answers   from {facts['answers']}",
        ]
    )
