"""Faults: one id in the answer, on the page, in the problem and in the log; a database that is away is no fault."""

import logging
import re
import sqlite3
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from components.models import Weapon
from components.operation.databases import is_away
from forensics import urls as project

FAULTS: dict[str, Exception] = {}


def fails(request: HttpRequest) -> HttpResponse:
    """A view with a fault of ours."""
    raise FAULTS["now"]


urlpatterns = [
    path("fails/", fails),
    path("api/fails/", fails),
    path("", include(project)),
]
handler400, handler500 = project.handler400, project.handler500


def caused_by(kind: type[Exception], cause: Exception) -> Exception:
    """An exception of Django as it wraps one of a driver."""
    exception = kind(str(cause))
    exception.__cause__ = cause
    return exception


def of_sqlite(name: str) -> sqlite3.OperationalError:
    """What the driver raises, with the name of its result code."""
    cause = sqlite3.OperationalError(name)
    cause.sqlite_errorname = name
    return cause


@pytest.fixture
def asking(settings: Any) -> Client:
    """A visitor who is answered as in production."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def test_fault_is_logged_with_the_id_that_page_and_problem_show(
    asking: Client, caplog: pytest.LogCaptureFixture
) -> None:
    FAULTS["now"] = RuntimeError("a fault of ours")
    for address in ("/fails/", "/api/fails/"):
        caplog.clear()

        answer = asking.get(f"{address}?q=not-for-the-log", headers={"X-Request-ID": "from-the-proxy.1"})

        [record] = [record for record in caplog.records if record.name == "django.request"]
        assert answer.status_code == 500
        assert answer["X-Request-ID"] == "from-the-proxy.1"
        assert record.levelno == logging.ERROR
        assert record.exc_info is not None
        assert str(record.exc_info[1]) == "a fault of ours"
        assert "not-for-the-log" not in caplog.text
        if address.startswith("/api/"):
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json() == {
                "type": "about:blank",
                "title": "Internal Server Error",
                "status": 500,
                "detail": "The fault is on our side, and it was logged. Nothing was stored in part.",
                "errors": [],
                "request_id": "from-the-proxy.1",
            }
        else:
            assert "<code>from-the-proxy.1</code>" in answer.content.decode()


def test_request_id_is_made_where_none_or_a_bad_one_is_sent(asking: Client) -> None:
    sent = ["", "short", "x" * 65, "two words here", "line\tbreak-here", "<script>alert</script>"]

    answers = [asking.get("/healthz", headers={"X-Request-ID": each})["X-Request-ID"] for each in sent]

    assert all(re.fullmatch(r"[0-9a-f]{32}", answer) for answer in answers), answers
    assert len(set(answers)) == len(sent)


def test_fault_inside_the_api_is_a_problem(asking: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(Weapon.objects.all()), "visible_to", broken)

    answer = asking.get("/api/v1/weapons/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_what_django_refuses_under_the_api_is_a_problem(asking: Client) -> None:
    answer = asking.get("/api/v1/", headers={"Host": "elsewhere.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert asking.get("/", headers={"Host": "elsewhere.example"})["Content-Type"].startswith("text/html")


def test_database_away_is_503_on_every_path_and_asks_no_database(
    asking: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused to db.internal as forensics")

    asking.cookies["sessionid"] = "a" * 32

    addresses = ("/", "/weapons/", "/admin/", "/api/v1/weapons/", "/statistics/")
    with monkeypatch.context() as broken:
        broken.setattr(connections["default"], "cursor", away)
        answers = {address: asking.get(address) for address in addresses}

    for address, answer in answers.items():
        kind = answer["Content-Type"].split(";")[0]
        assert (address, answer.status_code, answer["Retry-After"]) == (address, 503, "30")
        assert kind == ("application/problem+json" if address.startswith("/api/") else "text/html")
        assert answer["X-Request-ID"] in answer.content.decode()
        assert "db.internal" not in answer.content.decode()


@pytest.mark.parametrize(
    ("exception", "away"),
    [
        (OperationalError("no server"), True),
        (InterfaceError("connection already closed"), True),
        (caused_by(OperationalError, psycopg.errors.AdminShutdown("shutting down")), True),
        (caused_by(OperationalError, psycopg.errors.TooManyConnections("full")), True),
        (caused_by(OperationalError, of_sqlite("SQLITE_CANTOPEN")), True),
        (caused_by(OperationalError, of_sqlite("SQLITE_BUSY")), True),
        (caused_by(OperationalError, of_sqlite("SQLITE_ERROR")), False),
        (caused_by(OperationalError, of_sqlite("SQLITE_INTERRUPT")), False),
        (caused_by(OperationalError, psycopg.errors.QueryCanceled("too long")), False),
        (caused_by(OperationalError, psycopg.errors.DeadlockDetected("deadlock")), False),
        (IntegrityError("twice"), False),
        (RuntimeError("ours"), False),
        (None, False),
    ],
)
def test_only_a_database_that_cannot_be_asked_is_away(exception: Exception | None, away: bool) -> None:
    assert is_away(exception) is away


def test_connections_are_tried_before_they_are_used_again() -> None:
    assert connections["default"].settings_dict["CONN_HEALTH_CHECKS"] is True
