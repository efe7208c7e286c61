"""create_tenant NAME: a business with its first key, ready for the snippet."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from caty.lib.errors import CatyError
from tenants import services
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Create a business with everything it needs and show its API key, this once."

    def add_arguments(self, parser):
        parser.add_argument("name", help="what the business is called")
        parser.add_argument("--website", default="", help="such as https://www.example.com")
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            metavar="ORIGIN",
            help="a site the widget may stand on, such as https://www.example.com or https://*.example.com; repeatable",
        )
        parser.add_argument("--business-type", choices=Tenant.BusinessType.values, default=Tenant.BusinessType.OTHER)
        parser.add_argument("--country", default="US", help="two letters, for phone numbers")
        parser.add_argument("--language", default="en", help="of the business and its visitors, such as de")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *, name, website, origin, business_type, country, language, **options):
        try:
            with transaction.atomic():
                tenant = services.create_tenant(
                    name=name,
                    website=website,
                    origins=origin,
                    business_type=business_type,
                    country=country,
                    language=language,
                )
                made = services.create_api_key(tenant)
        except CatyError as error:
            raise CommandError(error.message) from error
        self.stdout.write(_as_json(tenant, made.key) if options["json"] else _as_lines(tenant, made.key))


def _as_json(tenant: Tenant, key: str) -> str:
    return json.dumps({"tenant": tenant.slug, "widget_id": tenant.widget_id, "api_key": key})


def _as_lines(tenant: Tenant, key: str) -> str:
    sites = ", ".join(tenant.origins.order_by("id").values_list("pattern", flat=True))
    return "\n".join(
        (
            f"{tenant.name} is ready.",
            f"  short name  {tenant.slug}  (what other commands take)",
            f"  widget id   {tenant.widget_id}",
            f"  sites       {sites or 'none yet: pages are refused until one is added'}",
            f"  API key     {key}  (shown only now)",
        )
    )
