"""All settings, from the environment. `.env.example` has a line for each; nothing unsafe is a default."""

import os
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env", overwrite=False)

# --- Who we are ------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
DEMO_ADMIN_PASSWORD = env.str("DEMO_ADMIN_PASSWORD", default="")  # empty: one that follows from SECRET_KEY
SECRET_KEY = env.str("SECRET_KEY")
API_KEY_PEPPER = env.str("API_KEY_PEPPER")
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS")
SITE_URL = env.str("SITE_URL").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # our own admin site takes the place of its default one
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "caty.apps.CatyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "caty.apps.CatyConfig",
    "tenants.apps.TenantsConfig",
    "leads.apps.LeadsConfig",
    "widget.apps.WidgetConfig",
]
MIDDLEWARE = [
    "caty.lib.middleware.RequestIdMiddleware",
    "widget.api.cors.CorsMiddleware",
    "caty.lib.api.EnvelopeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "widget.script.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "caty.staff_access.StaffTimezoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "caty.urls"
WSGI_APPLICATION = "caty.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "caty" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data ------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL")}
DB_POOL_MAX = env.int("DB_POOL_MAX", default=0)  # set for web processes alone; 0 is no pool
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 0 if DB_POOL_MAX else 60
DATABASES["default"].setdefault("OPTIONS", {})
# A server that has vanished from the network is given up within half a minute; by itself the system takes hours.
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
if env.bool("DB_PREPARED_STATEMENTS", default=True):
    # Half of what PostgreSQL does for a chat would be reading and planning the same statements again.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
if DB_POOL_MAX:
    # A request waits at most 5 s for a connection, then answers UNAVAILABLE.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DB_POOL_MAX, "timeout": 5}
DB_CONNECTION_LIMIT = env.int("DB_CONNECTION_LIMIT", default=20)
# Web processes with their pools, the pool of the threads that send leads, a connection for each other worker process,
# one for beat. The defaults are those of caty/web.py and caty/workers.py.
DB_CONNECTIONS_PLANNED = (
    env.int("WEB_CONCURRENCY", default=2) * (DB_POOL_MAX or 6)
    + env.int("LEADS_WORKER_DB_POOL_MAX", default=3)
    + env.int("WORKER_CONCURRENCY", default=2)
    + 1
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
REDIS_KEY_PREFIX = env.str("REDIS_KEY_PREFIX", default="caty")
REDIS_MAX_CONNECTIONS = env.int("REDIS_MAX_CONNECTIONS", default=10)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_KEY_PREFIX,
        "OPTIONS": {
            "pool_class": "redis.BlockingConnectionPool",
            "max_connections": REDIS_MAX_CONNECTIONS,
            "timeout": 1,
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        },
    }
}

# --- Celery ----------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # above the hard time limit, far below an hour: see SWEEPS for what is certain
    "global_keyprefix": f"{REDIS_KEY_PREFIX}:broker:",
    # A request that gives a hint waits no longer than this, and connects once: by itself Celery would try for seconds.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 0,  # before a hint is lost; a worker keeps looking for its broker all the same
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_DEFAULT_QUEUE = "default"
# Mail servers that are slow, and tidying up, must not hold leads up.
CELERY_TASK_ROUTES = {
    "leads.mail_*": {"queue": "default"},
    "leads.forget_*": {"queue": "default"},
    "leads.*": {"queue": "leads"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False  # mail printed in development is to be read
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float("WORKER_SOFT_SHUTDOWN_SECONDS", default=20)
CELERY_TIMEZONE = "UTC"

# --- Leads -----------------------------------------------------------------------------------------------------
DELIVERIES_KEPT_DAYS = env.int("DELIVERIES_KEPT_DAYS", default=90)

# --- Long work ---------------------------------------------------------------------------------------------------
# Of all tenants together; what is left of the worker processes stays free for visitors.
JOBS_AT_ONCE = env.int("JOBS_AT_ONCE", default=1)
# Each a tenants.jobs.JobKind by its path: the cellar runs them and knows none of the apps above it.
JOB_KINDS = {
    "leads.export": "leads.admin.export_job.EXPORT",
    "leads.reweigh": "leads.services.reweighting.REWEIGHING",
    "tenants.read_source": "tenants.knowledge.reading.READING",
    "widget.draft": "widget.services.drafting.DRAFTING",
    "widget.ask_first_questions": "widget.services.first_hour.questions.ASKING",
    "widget.propose_looks": "widget.services.first_hour.looks.PROPOSING",
}
CRAWL_DELAY_SECONDS = env.float(
    "CRAWL_DELAY_SECONDS", default=1.0
)  # between two pages of one site; robots.txt may ask for more

# --- Answers ---------------------------------------------------------------------------------------------------
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="https://api.anthropic.com")
ANTHROPIC_MODEL = env.str("ANTHROPIC_MODEL", default="claude-haiku-5-5")
CHAT_MODEL = "widget.engine.claude.find_claude"  # tests put a scripted model here
INSTALLATION_DAILY_BUDGET_USD = env.float("INSTALLATION_DAILY_BUDGET_USD", default=50)
INSTALLATION_MONTHLY_BUDGET_USD = env.float("INSTALLATION_MONTHLY_BUDGET_USD", default=500)
# What `make calibrate` measured, by model: points of what it says of its certainty and the share that was right.
CONFIDENCE_CURVES = env.json("CONFIDENCE_CURVES", default={})
KNOWLEDGE_CACHE_BYTES = env.int("KNOWLEDGE_CACHE_BYTES", default=64 * 1024 * 1024)
KNOWLEDGE_WHOLE_PROMPT_TOKENS = env.int("KNOWLEDGE_WHOLE_PROMPT_TOKENS", default=20_000)
SEMANTIC_MODEL = env.str("SEMANTIC_MODEL", default="")  # minilm, with requirements-semantic.txt
SEMANTIC_ENCODER = "tenants.knowledge.embedding.find_encoder" if SEMANTIC_MODEL else ""  # tests put a scripted one here
if SEMANTIC_MODEL:
    # Read once, when numpy is imported: more threads than one only get into each other's way, six times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --- The way in and the way out --------------------------------------------------------------------------------
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies stand before us; 1 on Heroku
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])  # host:port despite being private; development only
MAX_BODY_BYTES = 256 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # admin forms: an article of 100,000 characters fits
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "caty.lib.api.handle_exception",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["caty.lib.bodies.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["caty.lib.api.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "caty.lib.api.OneRendererNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}

# --- CRMs: where they are, which of their versions we speak, and how the hosts that tenants may name end ----------
HUBSPOT_URL = env.str("HUBSPOT_URL", default="https://api.hubapi.com")
HUBSPOT_VERSION = env.str("HUBSPOT_VERSION", default="2026-09")
SALESFORCE_URL = env.str("SALESFORCE_URL", default="https://{domain}")
SALESFORCE_VERSION = env.str("SALESFORCE_VERSION", default="v64.0")
SALESFORCE_HOSTS = env.list("SALESFORCE_HOSTS", default=[".my.salesforce.com"])
PIPEDRIVE_URL = env.str("PIPEDRIVE_URL", default="https://api.pipedrive.com")
ZOHO_ACCOUNTS_URL = env.str("ZOHO_ACCOUNTS_URL", default="https://accounts.{domain}")
ZOHO_VERSION = env.str("ZOHO_VERSION", default="v8")
ZOHO_HOSTS = env.list(
    "ZOHO_HOSTS",
    default=[
        ".zohoapis.com",
        ".zohoapis.eu",
        ".zohoapis.in",
        ".zohoapis.com.au",
        ".zohoapis.jp",
        ".zohoapis.ca",
        ".zohoapis.sa",
        ".zohoapis.uk",
        ".zohoapis.com.cn",
    ],
)
SLACK_HOSTS = env.list("SLACK_HOSTS", default=["hooks.slack.com"])
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token")
GOOGLE_SHEETS_URL = env.str("GOOGLE_SHEETS_URL", default="https://sheets.googleapis.com")

# --- Mail ------------------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="caty@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Signs notices to colleagues' devices; empty: there are none.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")

# --- Safety ----------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether subdomains and the preload list are included is for the owner of the domain to say
    "security.W021",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Language, time, files -------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "caty" / "locale"]
FORMAT_MODULE_PATH = ["caty.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is kept on a dyno's disk
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "caty.static_storage.StaticStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Logs ------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "caty.lib.logs.RequestIdFilter"}},
    "formatters": {"line": {"()": "caty.lib.logs.LineFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A page of traceback for every robot that makes a host name up; it gets its 400.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # These would log bodies, addresses or every connection.
        "anthropic": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # A line for every task taken, sweeps included; what a task did is logged by what it calls.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},  # a line for every hint that was dropped
    },
}

# --- API description and admin ---------------------------------------------------------------------------------
SPECTACULAR_SETTINGS = {
    "TITLE": "Caty widget API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [],  # they rename enumerations of serializers; ours are described by pydantic
}
UNFOLD = {
    "SITE_TITLE": "Caty",
    "SITE_HEADER": "Caty",
    "SITE_SYMBOL": "forum",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "caty.dashboard.fill",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "caty.navigation.icon"}],
    "STYLES": ["caty.navigation.stylesheet"],
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "caty.navigation.sidebar"},
}
