from django.core.management.base import BaseCommand

from leads.pushing import new_private_key


class Command(BaseCommand):
    help = "Print a new key for VAPID_PRIVATE_KEY, with which notices on colleagues' devices are signed."
    requires_system_checks = []

    def handle(self, **options):
        self.stdout.write(f"VAPID_PRIVATE_KEY={new_private_key()}")
