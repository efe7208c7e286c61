"""Access to Google by a service account: a signed statement is exchanged for an access token.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest. Signed here with `cryptography`, which
is loaded anyway: google-auth does the same and costs every worker 4 MB more.
"""

import base64
import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings as site
from django.utils.translation import gettext as _

from leads.connectors.api import Api, Reply
from leads.connectors.base import Failed, Form, Misconfigured, Outcome, TryLater
from leads.connectors.tokens import Token

AUDIENCE = "https://oauth2.googleapis.com/token"
TOKEN_URIS = (AUDIENCE, "https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token")
LIFE_SECONDS = 3600
EMAIL = re.compile(r"[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com")


@dataclass(frozen=True)
class ServiceAccount:
    """What a key file says, as far as it is needed; `text` is the file itself."""

    email: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)
    text: str = field(repr=False)


def read_account(text: str) -> ServiceAccount:
    """Raises ValueError with a sentence for whoever pasted it."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("type") != "service_account":
        raise ValueError(_("Paste the whole key file of a service account: it begins with { and ends with }."))
    if said.get("token_uri") not in TOKEN_URIS or not EMAIL.fullmatch(str(said.get("client_email"))):
        raise ValueError(_("This key file is not one of Google's."))
    try:
        key = load_pem_private_key(str(said.get("private_key")).encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(_("The private key in this file can't be read. Paste the file as you got it."))
    return ServiceAccount(said["client_email"], str(said.get("private_key_id", "")), key, text)


def fetch_token(account: ServiceAccount, *, scope: str, settings: Form, now: datetime) -> Token:
    """A new access token. Raises Failed, whose outcome has no part of the answer, since tokens may stand in that."""
    api = Api(
        site.GOOGLE_TOKEN_URL,
        name="Google",
        settings=settings,
        now=now,
        authorise=lambda is_renewed=False: {},
        judge=_judge,
    )
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = (("grant_type", grant), ("assertion", sign(account, scope=scope, now=now)))
    try:
        reply = api.call("POST", body=form, is_repeatable=True)
    except Failed as failure:
        raise Failed(replace(failure.outcome, answer="")) from None
    value, seconds = reply.pick("access_token"), reply.pick("expires_in")
    if not isinstance(value, str) or not isinstance(seconds, int):
        raise Failed(TryLater(reason=_("Google gave us no access token."), status=reply.status))
    return Token(value=value, seconds=seconds, extra={})


def sign(account: ServiceAccount, *, scope: str, now: datetime) -> str:
    """The statement that this is the account, as a JWT (RS256)."""
    at = int(now.timestamp())
    header = {"typ": "JWT", "alg": "RS256", "kid": account.key_id}
    claims = {"iat": at, "exp": at + LIFE_SECONDS, "iss": account.email, "aud": AUDIENCE, "scope": scope}
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    return b".".join([signed, _base64url(account.key.sign(signed, PKCS1v15(), hashes.SHA256()))]).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _judge(reply: Reply) -> Outcome | None:
    if reply.status not in (400, 401, 403):
        return None
    said = str(reply.pick("error_description") or reply.pick("error") or "").strip().rstrip(".")[:200]
    sentence = _("Google does not accept this key: %s. Make a new one for the service account and paste it.")
    return Misconfigured(reason=sentence % (said or reply.status), **reply.told)
