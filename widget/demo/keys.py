"""The demo's key and password. Both follow from the installation's secrets, so that they are the same at every start
although nobody has kept them; the key has to be known when a page is served, and the database holds a digest alone."""

import hashlib
import hmac

from django.conf import settings

from caty.lib.ids import ALPHABET

KEY_LENGTH = 32
PASSWORD_LENGTH = 14


def api_key() -> str:
    """`caty_` and 32 characters, from API_KEY_PEPPER."""
    return "caty_" + _letters(settings.API_KEY_PEPPER, purpose="demo api key", length=KEY_LENGTH)


def password() -> str:
    """DEMO_ADMIN_PASSWORD where it is given, else one that follows from SECRET_KEY."""
    made = _letters(settings.SECRET_KEY, purpose="demo password", length=PASSWORD_LENGTH)
    return settings.DEMO_ADMIN_PASSWORD or made


def _letters(secret: str, *, purpose: str, length: int) -> str:
    """`length` letters without look-alikes, from HMAC-SHA512; the modulo's bias is of no account here."""
    digest = hmac.new(secret.encode(), purpose.encode(), hashlib.sha512).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:length])
