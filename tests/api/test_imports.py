"""Imports over the API: check, commit, refuse, undo."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from components.models import Component, ImportBatch, Part, User

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
pytestmark = pytest.mark.django_db


def send(user: User, name: str, form: str, **more: str) -> Any:
    """Upload a sample file."""
    client = Client()
    client.force_login(user)
    upload = SimpleUploadedFile(name, (SAMPLES / name).read_bytes())
    return client, client.post("/api/v1/imports/", {"file": upload, "format": form, **more})


def test_upload_checks_and_writes_nothing_then_commit_writes_then_undo_takes_back(editor: User) -> None:
    client, checked = send(editor, "parts.csv", "parts")
    parts_after_check = Part.objects.count()
    address = checked.json()["api_url"]

    committed = client.post(f"{address}commit/", {}, content_type="application/json")
    parts_after_commit = Part.objects.count()
    undone = client.post(f"{address}undo/", {}, content_type="application/json")

    assert (checked.status_code, checked.json()["status"], parts_after_check) == (201, "checked", 0)
    assert checked.json()["report"]["created"] == 6
    assert (committed.status_code, committed.json()["status"], parts_after_commit) == (200, "committed", 6)
    assert (undone.status_code, undone.json()["status"], Part.objects.count()) == (200, "undone", 0)


def test_a_file_with_bad_rows_lists_them_all_and_cannot_be_committed(editor: User) -> None:
    client, checked = send(editor, "teardown_faulty.csv", "teardown")

    refused = client.post(f"{checked.json()['api_url']}commit/", {}, content_type="application/json")

    report = checked.json()["report"]
    assert (report["rejected"], len({fault["line"] for fault in report["faults"]})) == (40, 40)
    assert (refused.status_code, Component.objects.count()) == (400, 0)
    assert refused["Content-Type"].startswith("application/problem+json")


def test_a_committed_import_cannot_be_committed_again(editor: User) -> None:
    client, checked = send(editor, "parts.csv", "parts")
    address = f"{checked.json()['api_url']}commit/"
    client.post(address, {}, content_type="application/json")

    again = client.post(address, {}, content_type="application/json")

    assert (again.status_code, Part.objects.count()) == (409, 6)


def test_imports_are_seen_by_their_author_and_by_editors(researcher: User, colleague: User, editor: User) -> None:
    send(researcher, "parts.csv", "parts")

    seen = {}
    for user in (researcher, colleague, editor):
        client = Client()
        client.force_login(user)
        seen[user.username] = client.get("/api/v1/imports/").json()["count"]
    seen["visitor"] = Client().get("/api/v1/imports/").json()["count"]

    assert seen == {"researcher": 1, "colleague": 0, "editor": 1, "visitor": 0}


def test_a_researcher_cannot_import_as_published_or_undo(researcher: User) -> None:
    client, refused = send(researcher, "teardown.csv", "teardown", visibility="published")
    _, checked = send(researcher, "teardown.csv", "teardown")
    address = checked.json()["api_url"]
    client.post(f"{address}commit/", {}, content_type="application/json")

    undo = client.post(f"{address}undo/", {}, content_type="application/json")

    assert (refused.status_code, undo.status_code, ImportBatch.objects.count()) == (403, 403, 1)


def test_a_visitor_cannot_upload() -> None:
    upload = SimpleUploadedFile("parts.csv", (SAMPLES / "parts.csv").read_bytes())

    answer = Client().post("/api/v1/imports/", {"file": upload, "format": "parts"})

    assert (answer.status_code, ImportBatch.objects.count()) == (401, 0)
