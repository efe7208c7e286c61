"""What commands about one visitor share: whose it is, who it is, and refusals in words."""

from django.core.management.base import BaseCommand, CommandError

from caty.lib.errors import CatyError
from tenants.models import Tenant


class VisitorCommand(BaseCommand):
    """Subclasses say what to do in `handle_visitor`; a CatyError of it becomes the command's own."""

    def add_arguments(self, parser):
        parser.add_argument("tenant", help="the business's short name, such as demo")
        parser.add_argument("visitor", help="the visitor's reference, person_…, as conversations and leads show it")

    def handle(self, *args, **options):
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no business with the short name “{options['tenant']}”.")
        try:
            self.handle_visitor(tenant, options["visitor"])
        except CatyError as error:
            raise CommandError(error.message) from error

    def handle_visitor(self, tenant: Tenant, reference: str) -> None:
        raise NotImplementedError
