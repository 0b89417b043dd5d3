"""The log: what each line has, and what no line may have."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.test import Client, RequestFactory

from components.models import User
from components.operation import logs
from components.operation.logs import JSONLines, TextLines, WithRequestId, client_address, request_id, without_secrets
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A password takes a good part of a second otherwise, as it should."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """Everything that is logged, as the JSON setting has it on stderr."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONLines())
    handler.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def logged(lines: StringIO) -> list[dict[str, Any]]:
    """The lines so far, each an object."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_errors_go_to_stderr_whatever_debug_is() -> None:
    stderr = project.LOGGING["handlers"]["stderr"]

    assert stderr["class"] == "logging.StreamHandler"
    assert "filters" in stderr
    assert "require_debug_true" not in stderr["filters"]
    for name in ("django.request", "django.security.csrf", "components.operation", "anything"):
        logger: logging.Logger | None = logging.getLogger(name)
        assert logger is not None
        assert logger.isEnabledFor(logging.ERROR)
        while logger is not None and logger.propagate:
            logger = logger.parent
        assert logger is None, f"{name} does not reach the root"


@pytest.mark.parametrize("formatter", [TextLines(), JSONLines()])
def test_a_line_names_its_request_and_a_traceback_tells_no_secret(formatter: logging.Formatter) -> None:
    secrets = [
        "postgres://forensics:hunter2hunter2@db/forensics",
        "Authorization: Bearer abcdefghij0123456789",
        "fx_abcdefghijklmnop",
        f"key {project.SECRET_KEY}",
        "DETAIL:  Failing row contains (1, pbkdf2_sha256$1000$salt$hash=, researcher).",
        "DETAIL:  Key (email)=(someone@example.org) already exists.",
    ]
    request_id.set("a-request")
    try:
        raise RuntimeError("; ".join(secrets))
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed: %s", (secrets[0],), sys.exc_info())
    WithRequestId().filter(record)

    line = formatter.format(record)

    assert "a-request" in line
    assert "RuntimeError" in line
    assert "forensics" in line, "what is no secret stays"
    leaked = ["hunter2", "abcdefghij", project.SECRET_KEY, "pbkdf2", "someone@example.org"]
    assert [text for text in leaked if text in line] == []


def test_plain_words_are_not_taken_for_secrets() -> None:
    for text in ("Basic research on tokens", "Token is not known", "https://example.org/a@b", "at 12:30 by a@b.org"):
        assert without_secrets(text) == text


def test_failed_sign_in_is_logged_with_name_and_address_and_without_the_password(
    researcher: User, lines: StringIO
) -> None:
    name = "x\nERROR forged"

    for given in (researcher.username, name):
        Client().post("/sign-in/", {"username": given, "password": "not-the-one"}, REMOTE_ADDR="192.0.2.7")
    logs.log_failed_sign_in(name="y" * 300, request=None)

    found = [line for line in logged(lines) if line["logger"] == "components.sign_in"]
    assert [(line["level"], line["user_name"], line["address"]) for line in found] == [
        ("WARNING", researcher.username, "192.0.2.7"),
        ("WARNING", name, "192.0.2.7"),
        ("WARNING", "y" * logs.LONGEST_NAME, ""),
    ]
    assert all("\n" not in line["message"] for line in found)
    assert "not-the-one" not in lines.getvalue()


def test_locked_sign_in_is_logged(lines: StringIO, db: None) -> None:
    cache.clear()
    UserFactory(username="target")
    for _ in range(11):
        Client().post("/sign-in/", {"username": "target", "password": "guess"})

    said = [line["message"] for line in logged(lines) if line["logger"] == "components.sign_in"]

    assert said == ["Sign-in failed: name 'target', address '127.0.0.1'"] * 10 + [
        "Sign-in locked: name 'target', address '127.0.0.1'"
    ]


def test_address_is_the_one_that_the_last_known_proxy_saw(settings: Any) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}, REMOTE_ADDR="10.0.0.1")

    seen = []
    for proxies in (0, 1, 2, 3):
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
        seen.append(client_address(request))

    assert seen == ["10.0.0.1", "192.0.2.1", "203.0.113.9", "203.0.113.9"]
    assert client_address(None) == ""
