"""The time limit of a query that a page or the API asks: one slow question must not hold a worker.

Only reading requests have it. Imports, saves and commands may take as long as they need, and so may a file that is
already being sent.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine, about a millisecond: how often it asks whether the time is up
READING = {"GET", "HEAD", "OPTIONS"}
TOO_LONG = "The database took too long to answer this question. Ask for less: add a filter, or fewer columns."


def is_out_of_time(problem: BaseException | None) -> bool:
    """Whether a database error says that a query was stopped by its time limit."""
    if not isinstance(problem, OperationalError):
        return False
    return str(problem) == "interrupted" or getattr(problem.__cause__, "sqlstate", "") == "57014"  # query_canceled


@contextmanager
def queries_limited_to(seconds: float) -> Iterator[None]:
    """Stop each query on the default database that takes longer; the query then raises OperationalError."""
    kind: type[_SQLiteLimit | _PostgreSQLLimit] = _SQLiteLimit if connection.vendor == "sqlite" else _PostgreSQLLimit
    limit = kind(seconds)
    with connection.execute_wrapper(limit):
        try:
            yield
        finally:
            limit.lift()


class _SQLiteLimit:
    """SQLite asks every few thousand steps whether to go on; rows that are fetched later count as well."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.deadline = 0.0
        self.limited: Any = None

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.deadline = time.monotonic() + self.seconds
        if self.limited is not connection.connection:
            self.limited = connection.connection
            self.limited.set_progress_handler(self.is_over, STEPS_BETWEEN_LOOKS)
        return execute(sql, params, many, context)

    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

    def lift(self) -> None:
        if self.limited is not None and self.limited is connection.connection:
            self.limited.set_progress_handler(None, 0)


class _PostgreSQLLimit:
    """PostgreSQL keeps the limit itself; it is set past Django, so that nothing counts it as a query."""

    def __init__(self, seconds: float) -> None:
        self.milliseconds = max(1, round(seconds * 1000))
        self.limited: Any = None

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.limited is not connection.connection:
            self.limited = connection.connection
            self.limited.execute(f"SET statement_timeout = {self.milliseconds:d}")
        return execute(sql, params, many, context)

    def lift(self) -> None:
        if self.limited is None or self.limited is not connection.connection or self.limited.closed:
            return
        with (
            suppress(DatabaseError),
            connection.wrap_database_errors,
        ):  # in a transaction that failed: its rollback takes the limit back as well
            self.limited.execute("RESET statement_timeout")


class QueryDeadline:
    """Every query of a reading request has `FORENSICS_QUERY_SECONDS`; 0 is no limit. Pages then say so in words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READING or not settings.QUERY_SECONDS:
            return self.get_response(request)
        with queries_limited_to(settings.QUERY_SECONDS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a question that took too long; the API answers its own as a problem."""
        return render(request, "too_long.html", {"reason": TOO_LONG}, status=503) if is_out_of_time(exception) else None
