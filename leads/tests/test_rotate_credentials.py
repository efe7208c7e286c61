import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from caty.lib.encryption import CredentialsUnreadable
from leads.models import Connection

SECRETS = {"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}


@pytest.fixture
def connection(acme):
    return Connection.objects.create(tenant=acme, kind="webhook", name="Ours", secrets=SECRETS)


def test_after_rotation_the_newest_key_alone_opens_the_credentials(connection, settings):
    newest = Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [newest, *settings.CREDENTIAL_KEYS]

    call_command("rotate_credentials")

    settings.CREDENTIAL_KEYS = [newest]
    assert Connection.objects.get().secrets == SECRETS


def test_credentials_no_key_opens_are_named_and_nothing_changes(connection, settings):
    known = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("rotate_credentials")
    with pytest.raises(CredentialsUnreadable):
        Connection.objects.get()

    settings.CREDENTIAL_KEYS = known
    assert Connection.objects.get().secrets == SECRETS
