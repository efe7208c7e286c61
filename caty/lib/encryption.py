"""Credentials at rest: MultiFernet (AES-128-CBC with HMAC-SHA256) under CREDENTIAL_KEYS, newest first."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class CredentialsUnreadable(Exception):
    """None of CREDENTIAL_KEYS opens the stored value: a key was dropped before its values were saved anew."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def encrypt(value: dict) -> str:
    """JSON-serialises and encrypts with the newest key."""
    return _box().encrypt(json.dumps(value).encode()).decode()


def decrypt(token: str) -> dict:
    """Raises CredentialsUnreadable when no key fits."""
    try:
        return json.loads(_box().decrypt(token.encode()))
    except InvalidToken as error:
        raise CredentialsUnreadable("Stored credentials can't be read with CREDENTIAL_KEYS.") from error


class EncryptedJSONField(models.TextField):
    """A dict in Python, an encrypted token in the database. Not searchable, on purpose."""

    def from_db_value(self, value, expression, connection):
        return {} if not value else decrypt(value)

    def get_prep_value(self, value):
        return encrypt(value) if value else ""

    def to_python(self, value):
        return value if isinstance(value, dict) else {}
