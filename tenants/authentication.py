"""Who calls: an API key names the tenant whose page or server it is, and allows chatting, nothing else."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication

from caty.lib import throttling
from caty.lib.addresses import caller_address
from caty.lib.errors import CatyError
from caty.lib.ids import ALPHABET
from caty.lib.memory import ShortMemory
from tenants import origins, refused_origins
from tenants.config import load_config
from tenants.contracts import WidgetConfig
from tenants.models import ApiKey, Tenant

PREFIX = "caty_"
LENGTH = 32
LETTERS = frozenset(ALPHABET)
GUESSES_PER_MINUTE = 20
REMEMBERED_SECONDS = 30
USED_EVERY = timedelta(minutes=1)

_known = ShortMemory(size=2000, seconds=REMEMBERED_SECONDS)
_unknown = ShortMemory(size=2000, seconds=REMEMBERED_SECONDS)
_used = ShortMemory(size=2000, seconds=USED_EVERY.total_seconds())


class MissingApiKey(CatyError):
    status = 401
    code = "MISSING_API_KEY"
    message = "Send the business's API key in the X-API-Key header."


class InvalidApiKey(CatyError):
    """Unknown, revoked, or of a business that is switched off: callers aren't told which."""

    status = 401
    code = "INVALID_API_KEY"
    message = "This API key is not valid."


@dataclass(frozen=True)
class KnownKey:
    """What a key was found to be, at most 30 seconds ago."""

    tenant: Tenant
    api_key_id: int


@dataclass(frozen=True)
class TenantCaller:
    """`request.user` of the widget API. `has_origin` is False where a server calls, whose limits are a tenth."""

    tenant: Tenant
    config: WidgetConfig
    api_key_id: int
    address: str = ""
    origin: str | None = None
    is_authenticated: bool = True

    @property
    def has_origin(self) -> bool:
        return self.origin is not None


class ApiKeyAuthentication(BaseAuthentication):
    """Reads the key from X-API-Key; a view that takes it elsewhere as well overrides `find_key`."""

    def find_key(self, request) -> str:
        """The key as sent, or an empty text."""
        return request.META.get("HTTP_X_API_KEY", "")

    def authenticate(self, request) -> tuple[TenantCaller, int]:
        """Raises MissingApiKey, InvalidApiKey and, for an address that guesses, RateLimited."""
        text = self.find_key(request)
        if not text:
            raise MissingApiKey
        caller = authenticate_key(text, address=caller_address(request), origin=origins.origin_of(request))
        return caller, caller.api_key_id

    def authenticate_header(self, request) -> str:
        """Without this, DRF answers 403 where 401 is meant."""
        return "Api-Key"


def authenticate_key(text: str, *, address: str, origin: str | None = None) -> TenantCaller:
    """The caller whose key this is. Whether `origin` may use it is for the endpoint to decide.

    A revoked key is refused after 30 seconds at the latest, in the process that revoked it at once. Raises
    InvalidApiKey and RateLimited.
    """
    if not has_key_form(text):
        raise InvalidApiKey
    known = _find_known(digest_key(text), address)
    config = load_config(known.tenant)
    _note_use(known, config, origin, timezone.now())
    return TenantCaller(known.tenant, config, known.api_key_id, address, origin)


def new_key() -> str:
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def has_key_form(text: str) -> bool:
    """Spares a query for what can't be a key."""
    return len(text) == len(PREFIX) + LENGTH and text.startswith(PREFIX) and LETTERS.issuperset(text[len(PREFIX) :])


def digest_key(text: str) -> str:
    """HMAC-SHA256 under API_KEY_PEPPER, so that a stolen table can't be used to try keys."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), text.encode(), hashlib.sha256).hexdigest()


def forget_tenant(tenant_id: int) -> None:
    """Have this process read the tenant and its keys anew."""
    _known.forget_where(lambda known: known.tenant.pk == tenant_id)


def forget_all() -> None:
    for memory in (_known, _unknown, _used):
        memory.clear()


def _find_known(digest: str, address: str) -> KnownKey:
    known = _known.find(digest)
    if known is not None:
        return known
    guesses = throttling.Window("key_guesses", address, GUESSES_PER_MINUTE, 60)
    if _unknown.find(digest):
        throttling.require(guesses)
        raise InvalidApiKey
    # Looked at first, so that an address that has guessed too often costs no more queries.
    if not (allowance := throttling.look(guesses)).is_allowed:
        raise throttling.RateLimited(retry_after=allowance.reset_seconds)
    row = ApiKey.objects.select_related("tenant").filter(digest=digest, revoked_at=None, tenant__is_active=True).first()
    if row is None:
        _unknown.put(digest, True)
        throttling.require(guesses)
        raise InvalidApiKey
    known = KnownKey(row.tenant, row.pk)
    _known.put(digest, known)
    return known


def _note_use(known: KnownKey, config: WidgetConfig, origin: str | None, now: datetime) -> None:
    """For staff, who want to know whether a key and a site are in use. Written seldom, read by no request."""
    if not _used.find(known.api_key_id):
        _used.put(known.api_key_id, True)
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(stale, pk=known.api_key_id).update(last_used_at=now)
    if origin is None:
        return
    if pattern := origins.find_pattern(origin, config.origins):
        origins.note_seen(tenant_id=known.tenant.pk, pattern=pattern, now=now)
    else:
        refused_origins.note_refused(tenant_id=known.tenant.pk, origin=origin, now=now)
