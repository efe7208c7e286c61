"""`manage.py export_visitor TENANT person_…`: all that is held of one visitor, as JSON."""

from widget.management.visitor_command import VisitorCommand
from widget.services import privacy


class Command(VisitorCommand):
    help = "Prints all that is held of one visitor, as JSON."

    def handle_visitor(self, tenant, reference):
        for piece in privacy.export_visitor(tenant=tenant, reference=reference):
            self.stdout.write(piece, ending="")
