from django.core.management.base import BaseCommand, CommandError

from caty.lib.encryption import CredentialsUnreadable
from leads.services import encrypt_credentials_anew


class Command(BaseCommand):
    help = "Encrypt all stored credentials with the newest of CREDENTIAL_KEYS; then the older keys may go."

    def handle(self, **options):
        try:
            count = encrypt_credentials_anew()
        except CredentialsUnreadable as error:
            raise CommandError(f"{error} Nothing was changed. Put back the key they were stored with.") from error
        self.stdout.write(f"{count} connections now use the newest key.")
