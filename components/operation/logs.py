"""The log: one stream to stderr, as text or as a JSON object a line, each line with the id of its request.

Nothing secret may stand in it: forms, cookies, headers and query strings are never logged, and what an exception
quotes of passwords, tokens or rows is blacked out.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")
BLACKED_OUT = "[not logged]"
# An address with a password; the Authorization header; a token of ours; PostgreSQL's way to quote the row it refused.
SECRETS = re.compile(
    r"(?P<userinfo>://[^\s/@:]*:)[^\s@]+(?=@)"
    r"|(?P<scheme>\b(?:Bearer|Basic|Token) +)[A-Za-z0-9+/=_.~-]{12,}"
    r"|\bfx_[A-Za-z0-9_-]{8,}"
    r"|(?P<row>\bFailing row contains )\(.*\)"
    r"|(?P<key>\bKey \(.*?\)=)\(.*?\)(?= )",
    re.IGNORECASE,
)
LONGEST_NAME = 150  # characters of a user name as it was typed; the longest that an account may have
STANDARD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request_id"}

sign_ins = logging.getLogger("components.sign_in")


class WithRequestId(logging.Filter):
    """Gives each record the id of the request that it is about, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: nothing is left out."""
        record.request_id = request_id.get() or "-"
        return True


class TextLines(logging.Formatter):
    """Time, level, logger, request and message; the traceback below."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The lines without secrets."""
        return without_secrets(super().format(record))


class JSONLines(logging.Formatter):
    """An object a line: time, level, logger, request_id, message, then what the call named, then the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON without secrets."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": without_secrets(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in STANDARD_ATTRIBUTES and isinstance(value, str | int | float | bool):
                line[name] = without_secrets(value) if isinstance(value, str) else value
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def without_secrets(text: str) -> str:
    """The text with passwords, tokens and refused rows blacked out, and the secret key of the settings with them."""
    text = SECRETS.sub(_blacked_out, text)
    return text.replace(settings.SECRET_KEY, BLACKED_OUT) if settings.SECRET_KEY else text


def _blacked_out(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group), "") + BLACKED_OUT


def client_address(request: HttpRequest | None) -> str:
    """Where a request comes from, past as many proxies as the settings name; "" where nobody knows."""
    if request is None:
        return ""
    proxies = int(str(settings.REST_FRAMEWORK.get("NUM_PROXIES") or 0))
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    told = forwarded[-min(proxies, len(forwarded))] if proxies and forwarded else request.META.get("REMOTE_ADDR", "")
    return str(told)[:64]


def log_failed_sign_in(*, name: str, request: HttpRequest | None) -> None:
    """Write down that a name and its password did not fit, or belong to an account that is closed."""
    _log_sign_in("Sign-in failed", name, request)


def log_locked_sign_in(*, name: str, request: HttpRequest | None) -> None:
    """Write down that an attempt was refused unread, since too many before it had failed."""
    _log_sign_in("Sign-in locked", name, request)


def _log_sign_in(what: str, name: str, request: HttpRequest | None) -> None:
    typed, address = name[:LONGEST_NAME], client_address(request)
    # %r: a line break in a name must not begin a line of the log.
    sign_ins.warning("%s: name %r, address %r", what, typed, address, extra={"user_name": typed, "address": address})
