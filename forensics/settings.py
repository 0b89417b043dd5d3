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


def env(name: str, default: str = "") -> str:
    """The variable `FORENSICS_<name>`, or the default."""
    return os.environ.get(f"FORENSICS_{name}", default)


def env_flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes or on; anything else that is set is False."""
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated variable as a list without blanks."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


DEBUG = env_flag("DEBUG")
SECRET_KEY = env("SECRET_KEY", DEVELOPMENT_KEY)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HTTPS = env_flag("HTTPS")
if HTTPS and SECRET_KEY == DEVELOPMENT_KEY:
    raise ImproperlyConfigured("FORENSICS_SECRET_KEY must be set when FORENSICS_HTTPS is on")

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
    "django_filters",
    "django_htmx",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "components",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
        os.environ.get("DATABASE_URL", f"sqlite:///{BASE_DIR / 'forensics.sqlite3'}"), conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
QUERY_SECONDS = float(env("QUERY_SECONDS", "20"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "components.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:home"

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

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env("REDIS_URL")}
        if env("REDIS_URL")
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
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
    "NUM_PROXIES": int(env("NUM_PROXIES", "0")),
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
