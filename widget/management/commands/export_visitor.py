"""`manage.py export_visitor TENANT person_…`: all that is held of one visitor, as JSON."""

from django.core.management.base import BaseCommand, CommandError

from caty.lib.errors import CatyError
from tenants.models import Tenant
from widget.services import privacy


class Command(BaseCommand):
    help = "Prints all that is held of one visitor, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("tenant", help="the business's short name, such as demo")
        parser.add_argument("visitor", help="the visitor's reference, person_…, as conversations and leads show it")

    def handle(self, *args, **options):
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no business with the short name “{options['tenant']}”.")
        try:
            pieces = privacy.export_visitor(tenant=tenant, reference=options["visitor"])
        except CatyError as error:
            raise CommandError(error.message) from error
        for piece in pieces:
            self.stdout.write(piece, ending="")
