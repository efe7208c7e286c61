"""Credentials at rest."""

import pytest
from cryptography.fernet import Fernet

from caty.lib.encryption import CredentialsUnreadable, EncryptedJSONField, decrypt, encrypt

SECRETS = {"token": "hunter2", "ключ": "ü"}


def test_what_is_stored_shows_nothing_and_is_never_the_same_twice():
    assert "hunter2" not in encrypt(SECRETS)
    assert encrypt(SECRETS) != encrypt(SECRETS)
    assert decrypt(encrypt(SECRETS)) == SECRETS


def test_a_new_key_reads_what_the_old_one_wrote(settings):
    old = encrypt(SECRETS)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    new = encrypt(SECRETS)
    assert decrypt(old) == SECRETS

    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]

    assert decrypt(new) == SECRETS
    with pytest.raises(CredentialsUnreadable):
        decrypt(old)


def test_a_changed_token_is_refused():
    token = encrypt(SECRETS)

    with pytest.raises(CredentialsUnreadable):
        decrypt(token[:-4] + "AAA=")


def test_a_field_stores_a_token_and_gives_a_dict():
    field = EncryptedJSONField()

    stored = field.get_prep_value(SECRETS)

    assert decrypt(stored) == SECRETS
    assert field.from_db_value(stored, None, None) == SECRETS
    assert (field.get_prep_value({}), field.from_db_value("", None, None)) == ("", {})
