"""`manage.py erase_visitor TENANT person_…`: deletes all that is held of one visitor, for good."""

from widget.management.visitor_command import VisitorCommand
from widget.services import privacy


class Command(VisitorCommand):
    help = "Deletes one visitor with their conversations, page views, events and leads, for good."

    def handle_visitor(self, tenant, reference):
        erased = privacy.erase_visitor(tenant=tenant, reference=reference)
        self.stdout.write(
            f"Erased {erased.conversations} conversations with {erased.messages} messages, and {erased.leads} leads."
        )
