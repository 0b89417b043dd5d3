"""Answers in words where there is no room for what was sent, or a stored file is not what it should be."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from components.curation.stored_files import FileAltered
from components.storage import DISK_FULL, is_full


class StorageProblems:
    """Middleware of the pages; the API answers with problem details itself (components/api/problems.py)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *given: Any) -> HttpResponse | None:
        """Read a form with its files here: they are written to the disk before any view can answer for it."""
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        try:
            _ = request.POST
        except OSError as problem:
            return self.process_exception(request, problem)
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A page with the reason; None, and so a server error, for everything else."""
        if is_full(problem):
            return self.page(request, "There is no room left", DISK_FULL, HTTPStatus.INSUFFICIENT_STORAGE)
        if isinstance(problem, FileAltered):
            return self.page(request, "The file was altered", str(problem), HTTPStatus.INTERNAL_SERVER_ERROR)
        return None

    def page(self, request: HttpRequest, title: str, reason: str, status: HTTPStatus) -> HttpResponse:
        context = {"title": title, "reason": reason, "code": status.value}
        return render(request, "components/storage_problem.html", context, status=status)
