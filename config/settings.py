"""Every setting, typed, from the environment. ``.env.example`` lists the variables.

Development works with none of them set; production refuses to start without the
ones that matter (``config.production``).
"""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import environ
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import console, logs, production, secrets
from core.schema import SPECTACULAR_SETTINGS as SPECTACULAR

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
KEPT = secrets.read(VAR_DIR / "secrets.env")


def first(*names: str, default: str = "") -> str:
    """The first of these variables that is set and not blank; older deployments' names last."""
    return next((value for name in names if (value := env.str(name, default=""))), default)


def listed(*names: str) -> list[str]:
    """A list from JSON or commas: ``["https://a"]`` or ``https://a,https://b``."""
    text = first(*names).strip()
    parts = json.loads(text) if text.startswith("[") else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def identity(text: str) -> UUID | None:
    """The id of this site, or none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"SITE_ID: {text} is no id. Set what the vendor gave.") from None


# --- What this deployment is -------------------------------------------------------

ENVIRONMENT = first("ENVIRONMENT", "ENV", default="development")
PRODUCTION = ENVIRONMENT == "production"
ROLE = first("COUNTERTOP_ROLE", default="all")
if ROLE not in ("all", "cloud", "shop"):
    raise ImproperlyConfigured(f"COUNTERTOP_ROLE: {ROLE} is none. Say all, cloud or shop.")
DEBUG = env.bool("DEBUG", default=False)
PROJECT_NAME = first("PROJECT_NAME", default="Countertop")
OWN_URL = f"http://{first('HOST', default='127.0.0.1')}:{first('PORT', default='8000')}"
PUBLIC_URL = first("PUBLIC_URL", default=OWN_URL).rstrip("/")
# Where people look after their sites; the dashboard says so.
COMMAND_CENTER_URL = first("COMMAND_CENTER_URL", default=f"{PUBLIC_URL}/dashboard/")

SECRET_KEY = first("SECRET_KEY") or KEPT.get("SECRET_KEY", "")
JWT_SECRET_KEY = first("JWT_SECRET_KEY", "BACKEND_SECRET_KEY") or KEPT.get("JWT_SECRET_KEY", "")

# The first seals, all of them open what is sealed; any long random text will do.
CREDENTIAL_KEYS = listed("CREDENTIAL_KEYS") or [*filter(None, [KEPT.get("CREDENTIAL_KEYS")])]
# Seals the trail (accounts.chain); unset, a key made of SECRET_KEY does.
AUDIT_KEY = first("AUDIT_KEY")

LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
LOCAL_ORIGINS = [
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5173, 8080)
]
ALLOWED_HOSTS = listed("ALLOWED_HOSTS") or ([] if PRODUCTION else LOCAL_HOSTS)
ALLOWED_ORIGINS = listed("ALLOWED_ORIGINS", "CORS_ALLOW_ORIGINS")
WEB_WORKERS = env.int("WEB_WORKERS", default=1)
LIVE_WORKERS = env.int("LIVE_WORKERS", default=0)
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- The parts ---------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # before staticfiles: its runserver speaks sockets too
    "unfold.apps.BasicAppConfig",
    "config",
    "portal",
    "pos",
    "licensing",
    "eventory",
    "live",
    "accounts",
    "core",
    "accounts.apps.ConsoleConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "corsheaders",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "core.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "core.programs.Programs",  # what follows is for browsers
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.roles.sells",
            ],
        },
    },
]

# --- Database ----------------------------------------------------------------------


def database(url: str) -> dict:
    """Django's settings for a database URL, with the time limits of docs/architecture.md."""
    found = environ.Env.db_url_config(url.replace("postgresql+asyncpg://", "postgresql://"))
    options = found.setdefault("OPTIONS", {})
    if found["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE: two writers wait for each other instead of failing "database is locked".
        options |= {"transaction_mode": "IMMEDIATE", "timeout": 20}
        options["init_command"] = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
        )
        # A file: threads of a test see one database, in memory they would lock each other out.
        scratch = Path(tempfile.gettempdir()) / f"countertop-test-{env.str('USER', 'anyone')}"
        found["TEST"] = {"NAME": env.str("TEST_SQLITE", default=f"{scratch}.sqlite3")}
    else:
        options["connect_timeout"] = 3
        options["options"] = (
            "-c statement_timeout=8s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s"
            # The prepared statements are constant and walk indexes: planned once, not each time.
            " -c plan_cache_mode=force_generic_plan"
        )
    return found | {"CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False}


SQLITE_URL = f"sqlite:///{VAR_DIR / 'countertop.sqlite3'}"
DATABASES = {"default": database(first("DATABASE_URL", default=SQLITE_URL))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: nudges and counters, never the truth -----------------------------------

# Several servers: nudges are shared out to all of them by shop, counters are on the first.
REDIS_URLS = listed("REDIS_URL")
REDIS_URL = ",".join(REDIS_URLS)
REDIS_PREFIX = env.str("REDIS_PREFIX", default="countertop")
# Room for many counters: a flood of addresses must not push out those of sign-ins.
IN_MEMORY = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
if REDIS_URL:
    # The core layer drops over capacity and kills idle sockets; PubSub only carries nudges.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": REDIS_URLS, "prefix": REDIS_PREFIX},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "config.caches.SharedRedis",
            "LOCATION": REDIS_URLS[0],
            "KEY_PREFIX": REDIS_PREFIX,
            # One short try: a dead Redis must not hold up a sign-in (core.limits counts on).
            "OPTIONS": {
                "socket_connect_timeout": 0.5,
                "socket_timeout": 0.5,
                "retry": Retry(NoBackoff(), 0),
            },
        },
        "local": IN_MEMORY,
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {
        "default": IN_MEMORY,
        "local": IN_MEMORY,
    }

# --- Who is signed in --------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "shops"

# The cookie names a row of AuthSession; the row is read at every request, so that
# revoking it ends the session at once.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-countertop" if PRODUCTION else "countertop"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
DEVICE_COOKIE_NAME = "__Host-countertop-device" if PRODUCTION else "countertop-device"
CSRF_FAILURE_VIEW = "core.api.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

MINUTE = timedelta(minutes=1)
JWT_PREVIOUS_KEYS = listed("JWT_PREVIOUS_KEYS")
ACCESS_TOKEN_LIFETIME = min(env.int("ACCESS_TOKEN_EXPIRE_MINUTES", default=10), 60) * MINUTE
ROOT_ACCESS_TOKEN_LIFETIME = (
    env.int("BACKEND_ACCESS_TOKEN_EXPIRE_MINUTES", default=24 * 60) * MINUTE
)
REFRESH_TOKEN_LIFETIME = env.int("REFRESH_TOKEN_EXPIRE_MINUTES", default=14 * 24 * 60) * MINUTE

# One-time codes: whether the console asks for one, and the code that opens every door of a
# development machine.
asked = first("REQUIRE_ADMIN_OTP", default=str(PRODUCTION))
REQUIRE_ADMIN_OTP = asked.lower() in env.BOOLEAN_TRUE_STRINGS
DEV_MASTER_OTP = first("DEV_MASTER_OTP")

# --- Letters -----------------------------------------------------------------------

# Unset, letters are written to the console, or, in production, to nobody.
NO_MAIL = "dummymail://" if PRODUCTION else "consolemail://"
MAIL = environ.Env.email_url_config(first("EMAIL_URL", default=NO_MAIL))
EMAIL_BACKEND = MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = MAIL["EMAIL_HOST"] or "localhost", MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL["EMAIL_HOST_USER"], MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = (MAIL.get(f"EMAIL_USE_{kind}", False) for kind in ("TLS", "SSL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = first("EMAIL_FROM", default=f"{PROJECT_NAME} <noreply@localhost>")

# --- Payments: who takes the money of cards and codes (docs/payments.md) ----------------

# Unset, a simulator takes none on a development machine, and production has no provider.
PAYMENT_API_URL = first("PAYMENT_API_URL").rstrip("/")
PAYMENT_API_KEY = first("PAYMENT_API_KEY")
PAYMENT_CALLBACK_SECRET = first("PAYMENT_CALLBACK_SECRET")

# --- A restaurant's own server: where its licence comes from --------------------------

CLOUD_URL = first("CLOUD_URL").rstrip("/")
SITE_ID = identity(first("SITE_ID"))
SITE_KEY = first("SITE_KEY")
# Unset, the keys that the vendor's server names at the first check-in are believed from then on.
LICENSE_PUBLIC_KEYS = listed("LICENSE_PUBLIC_KEYS")
LICENSE_CONTACT = first("LICENSE_CONTACT")

# --- The vendor's server: it signs what sites believe -------------------------------

# Base64url of 32 random bytes each; the second will sign next, and verdicts announce it.
LICENSE_SIGNING_KEY = first("LICENSE_SIGNING_KEY") or KEPT.get("LICENSE_SIGNING_KEY", "")
LICENSE_NEXT_SIGNING_KEY = first("LICENSE_NEXT_SIGNING_KEY")

# --- API ---------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.Bearer",
        "accounts.authentication.Screen",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.Nobody"],
    "DEFAULT_PARSER_CLASSES": ["core.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "core.openapi.Operation",
    "EXCEPTION_HANDLER": "core.api.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = SPECTACULAR | {"TITLE": PROJECT_NAME, "VERSION": VERSION}
APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # JSON has its own, smaller limit (core.parsing)

CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS or ([] if PRODUCTION else LOCAL_ORIGINS)
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-backend-authorization",
    "x-csrftoken",
    "x-eventory-login",
    "x-request-id",
]
# Whether webhooks may be posted to addresses of our own network: a shop's own server may want to.
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", default=False)

CORS_EXPOSE_HEADERS = ["Link", "Retry-After", "X-Total-Count", "ETag", "Idempotent-Replay"]

# --- Browsers ----------------------------------------------------------------------

NOBODY = ["'none'"]
OURS = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": OURS,
        "img-src": ["'self'", "data:"],
        "object-src": NOBODY,
        "base-uri": NOBODY,
        "form-action": OURS,
        "frame-ancestors": NOBODY,
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^(api/(v1/)?)?(healthz|readyz)$", r"^health$"]  # probes
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(first("MEDIA_STORAGE", default=str(VAR_DIR / "media")))
STATIC_STORAGE = "config.static.Manifest" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": STATIC_STORAGE or "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Eventory ----------------------------------------------------------------------

EVENTORY_API_URL = first("EVENTORY_API_URL", default="https://api.eventory.se")
# Seconds: to be connected, and between two pieces of an answer.
EVENTORY_CONNECT_TIMEOUT = env.float("EVENTORY_CONNECT_TIMEOUT", default=5.0)
EVENTORY_READ_TIMEOUT = env.float("EVENTORY_READ_TIMEOUT", default=30.0)

# --- Language, time, logs ----------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"  # every shop has its own zone

LOGGING = logs.settings(level=first("LOG_LEVEL", default="INFO"), json=PRODUCTION)

UNFOLD = console.settings(name=PROJECT_NAME)

if PRODUCTION:
    unsafe = production.problems(
        globals(),
        dev_master_otp=DEV_MASTER_OTP,
        processes=WEB_WORKERS + LIVE_WORKERS,
    )
    if unsafe:
        raise ImproperlyConfigured("Production does not start like this.\n" + "\n".join(unsafe))
