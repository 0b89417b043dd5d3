"""All settings, read from environment variables; the README's table lists each of them."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# Before numpy is imported: on arrays as small as those of routes, its threads fight over the processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT_KEY = "development-only-key-set-SECRET_KEY-in-production"
SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5  # as Django's own check of a deployment has it (security.W009)


def env(name: str, default: str = "") -> str:
    """The variable `FORENSICS_<name>`, or the default."""
    return os.environ.get(f"FORENSICS_{name}", default)


def env_flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes or on; anything else that is set is False."""
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated variable as a list without blanks."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def is_local(host: str) -> bool:
    """Whether only this machine can ask for the host."""
    return host in {"localhost", "[::1]", ".localhost"} or host.endswith(".localhost") or host.startswith("127.")


def is_plain_key(key: str) -> bool:
    """Whether a key is the one of the source text, or could be guessed."""
    return key == DEVELOPMENT_KEY or len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS


DEBUG = env_flag("DEBUG")
BEHIND_PROXY = env_flag("BEHIND_PROXY")
# Taken for none, all visitors behind a proxy would have its address, and one limit between them.
NUM_PROXIES = int(env("NUM_PROXIES", "1" if BEHIND_PROXY else "0"))
SECRET_KEY = env("SECRET_KEY", DEVELOPMENT_KEY)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HTTPS = env_flag("HTTPS")
OPEN_TO_OTHERS = HTTPS or not all(is_local(host) for host in ALLOWED_HOSTS)
if OPEN_TO_OTHERS and is_plain_key(SECRET_KEY):
    raise ImproperlyConfigured("FORENSICS_SECRET_KEY is too short or too plain: it needs 50 random characters")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "components",
]

MIDDLEWARE = [
    "components.edge.request_ids.RequestId",
    "components.edge.probes.Probes",
    "django.middleware.security.SecurityMiddleware",
    "components.web.headers.PrivacyHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "components.web.storage_problems.StorageProblems",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "components.web.throttling.PageThrottling",
    "components.deadlines.QueryDeadline",
]

ROOT_URLCONF = "forensics.urls"
WSGI_APPLICATION = "forensics.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "components" / "templates"],  # before those of django-allauth, which they replace
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# SQLite: without IMMEDIATE, concurrent writers fail as "locked" instead of waiting their turn.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", f"sqlite:///{BASE_DIR / 'forensics.sqlite3'}"),
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:  # a host that swallows packets would hold every thread for two minutes, the kernel's own limit
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
QUERY_SECONDS = float(env("QUERY_SECONDS", "20"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "components.User"
AUTHENTICATION_BACKENDS = ["components.web.accounts.backend.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:home"
ACCOUNT_ADAPTER = "components.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "components.web.accounts.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is given by whoever invites; it can only be written to
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Forensics] "
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
# Failures by address and by account; a right password gives back what it used.
ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,10/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Forensics"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not OPEN_TO_OTHERS  # http://localhost
MAIL_HOST = env("MAIL_HOST")
SENDS_MAIL = bool(MAIL_HOST) or not OPEN_TO_OTHERS
if MAIL_HOST:
    EMAIL_HOST, EMAIL_PORT = MAIL_HOST, int(env("MAIL_PORT", "587"))
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env("MAIL_USER"), env("MAIL_PASSWORD")
    EMAIL_USE_TLS = env_flag("MAIL_TLS", default=True)
    DEFAULT_FROM_EMAIL = env("MAIL_FROM", EMAIL_HOST_USER)
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # on the server that prints, at home only

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
FORMS_URLFIELD_ASSUME_HTTPS = True  # what Django 6 does
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(BASE_DIR / "media")))
S3_BUCKET = env("S3_BUCKET")
MEDIA_STORAGE: dict[str, Any] = (
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env("S3_ENDPOINT") or None,
            "default_acl": "private",
            "querystring_auth": True,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}}
)
STORAGES = {
    "default": MEDIA_STORAGE,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LAKE_ROOT = Path(env("LAKE_ROOT", str(MEDIA_ROOT / "lake")))
LAKE_MEMORY = env("LAKE_MEMORY", "1GB")
LAKE_THREADS = int(env("LAKE_THREADS", "0"))
TRADE_ENGINE = os.environ.get("TRADE_ENGINE", "duckdb")
SPARK_MASTER = os.environ.get("SPARK_MASTER", "local[*]")
TRADE_UPLOAD_MAX_BYTES = int(env("TRADE_UPLOAD_MAX_MB", "20000")) * 1024 * 1024
UPLOAD_MAX_BYTES = int(env("UPLOAD_MAX_MB", "60")) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FIXTURES_ROOT = BASE_DIR / "fixtures"

MOST_CACHED = 1_000_000  # Django's 300 would let other names push out a lock


def cache_at(local: str, location: str) -> dict[str, Any]:
    """A cache in Redis where there is one, else of the kind named."""
    if env("REDIS_URL"):
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env("REDIS_URL")}
    options = {"MAX_ENTRIES": MOST_CACHED}
    return {"BACKEND": f"django.core.cache.backends.{local}", "LOCATION": location, "OPTIONS": options}


# Attempts to sign in are counted in "default": by all processes together where others reach the site. What visitors
# ask of the API is counted in "visits", which must not write to the database at each request.
CACHES = {
    "default": cache_at("db.DatabaseCache" if OPEN_TO_OTHERS else "locmem.LocMemCache", "forensics_limits"),
    "visits": cache_at("locmem.LocMemCache", "visits"),
}

LOG_FORMATS = {"text": "components.operation.logs.TextLines", "json": "components.operation.logs.JSONLines"}
LOG = env("LOG", "text")
if LOG not in LOG_FORMATS:
    raise ImproperlyConfigured(f"FORENSICS_LOG is {LOG!r}: expected one of {', '.join(LOG_FORMATS)}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"with_request_id": {"()": "components.operation.logs.WithRequestId"}},
    "formatters": {"lines": {"()": LOG_FORMATS[LOG]}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["with_request_id"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # a page that does not exist is no fault of ours
        "components": {"level": "INFO"},
    },
}

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = ", ".join(
    f"{device}=()"
    for device in (
        "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
        "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/admin/", "/api/docs/"),
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

SIMPLE_HISTORY_DATE_INDEX = False  # history is read by record; the index would slow every write

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "components.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["components.api.permissions.ByRole"],
    "DEFAULT_RENDERER_CLASSES": ["components.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "components.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["components.api.throttling.VisitorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"visitor": env("VISITOR_RATE", "600/hour")},
    "EXCEPTION_HANDLER": "components.api.problems.problem_response",
    "NUM_PROXIES": NUM_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Forensics API",
    "DESCRIPTION": "Foreign components found in recovered weapons: evidence, identifications, sources and history.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CitationBasis": "components.choices.CitationBasis",
        "DatasetKind": "components.choices.DatasetKind",
        "LegKind": "components.choices.LegKind",
        "LinkBasis": "components.choices.LinkBasis",
        "LinkState": "components.choices.LinkState",
        "MatchState": "components.choices.MatchState",
        "PartRelationKind": "components.choices.PartRelationKind",
        "SourceKind": "components.choices.SourceKind",
        "Visibility": "components.choices.Visibility",
        "WeaponKind": "components.choices.WeaponKind",
    },
}
