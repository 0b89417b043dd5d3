"""Pages of the trade lake: upload, progress, commit without bad rows, undo; review of matches."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from components.choices import ImportStatus, MatchState
from components.curation.companies import propose_matches
from components.intake.trade.datasets import import_dataset, staged_folder, write_progress
from components.intake.trade.staging import Progress
from components.models import CompanyMatch, Dataset, ImportBatch, User
from tests.api.test_trade import HEADER, LINES
from tests.intake.trade.test_datasets import about, written
from tests.web.conftest import Browse

BAD = LINES[0].replace("10.01.2021", "never")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that pages start, which a test runs itself: another process would not see its database."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: commands.append(command))
    return commands


def upload(client: Client, *lines: str, kind: str = "declarations") -> ImportBatch:
    content = "\n".join([HEADER, *lines, ""]).encode()
    sent = {
        "kind": kind,
        "file": SimpleUploadedFile("records.csv", content),
        "title": "Records",
        "source_title": "An export",
        "visibility": "restricted",
    }
    answer = client.post("/trade/imports/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return ImportBatch.objects.get()


def run(started: list[list[str]]) -> None:
    """What the started process does, here."""
    (command,) = started
    assert command[0] == sys.executable
    call_command(*command[2:])


def test_upload_is_checked_committed_and_undone(started: list[list[str]], browse: Browse, editor: User) -> None:
    client = browse(editor)
    batch = upload(client, *LINES)

    assert (batch.status, Dataset.objects.count()) == (ImportStatus.RUNNING, 0)
    run(started)
    assert "Import the file" in client.get(batch.get_absolute_url()).content.decode()
    assert Dataset.objects.count() == 0
    client.post(f"/imports/{batch.pk}/commit/")
    assert Dataset.objects.get().row_count == 4
    client.post(f"/imports/{batch.pk}/undo/")
    assert Dataset.objects.count() == 0


def test_progress_tells_rows_rate_and_time_left(started: list[list[str]], browse: Browse, editor: User) -> None:
    client = browse(editor)
    batch = upload(client, *LINES)
    write_progress(batch, Progress(share=0.25, rows=50_000, seconds=2.0))

    shown = " ".join(client.get(f"/trade/imports/{batch.pk}/progress/").content.decode().split())

    assert "About 50,000 rows, 25,000 rows per second, about 6 s left." in shown
    run(started)
    done = client.get(f"/trade/imports/{batch.pk}/progress/")
    assert done.headers["HX-Redirect"] == batch.get_absolute_url()


def test_check_that_was_killed_is_given_up(started: list[list[str]], browse: Browse, editor: User) -> None:
    client = browse(editor)
    batch = upload(client, *LINES)
    for path in staged_folder(batch).iterdir():
        os.utime(path, (0, 0))

    answer = client.get(f"/trade/imports/{batch.pk}/progress/")

    batch.refresh_from_db()
    assert (batch.status, answer.headers["HX-Redirect"]) == (ImportStatus.UNFINISHED, batch.get_absolute_url())
    assert "upload the file again" in client.get(batch.get_absolute_url()).content.decode()


def test_bad_rows_can_be_left_out_and_downloaded(started: list[list[str]], browse: Browse, editor: User) -> None:
    client = browse(editor)
    batch = upload(client, *LINES, BAD)
    run(started)

    client.post(f"/imports/{batch.pk}/commit/")
    refused = Dataset.objects.count()
    client.post(f"/imports/{batch.pk}/commit/", {"bad_rows": "leave out"})

    assert refused == 0
    assert (Dataset.objects.get().row_count, Dataset.objects.get().rejected_count) == (4, 1)
    faults = b"".join(client.get(f"/imports/{batch.pk}/faults/").streaming_content).decode()  # type: ignore[attr-defined]
    assert re.search(r"^6,G072,never,", faults, re.MULTILINE)


def test_file_that_is_no_table_says_so(started: list[list[str]], browse: Browse, editor: User) -> None:
    client = browse(editor)
    client.post(
        "/trade/imports/new/",
        {
            "kind": "declarations",
            "file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"),
            "title": "X",
            "source_title": "X",
            "visibility": "draft",
        },
    )
    batch = ImportBatch.objects.get()
    run(started)

    shown = client.get(batch.get_absolute_url()).content.decode()

    assert "No row among the first is a header known here" in shown
    client.post(f"/imports/{batch.pk}/commit/", {"bad_rows": "leave out"})
    assert Dataset.objects.count() == 0


def test_visitor_and_researcher_upload_no_more_than_they_may(browse: Browse, client: Client, researcher: User) -> None:
    assert client.get("/trade/imports/new/").status_code == 302
    assert "Published" not in browse(researcher).get("/trade/imports/new/").content.decode()


def test_match_is_confirmed_on_the_page(tmp_path: Path, browse: Browse, editor: User, researcher: User) -> None:
    import_dataset(written(tmp_path, *LINES, header=HEADER), about(), user=editor, now=timezone.now())
    propose_matches()
    match = CompanyMatch.objects.get()
    address = f"/company-matches/{match.pk}/review/"

    listed = browse(editor).get("/company-matches/").content.decode()
    assert "; ".join(match.reasons) in html.unescape(listed)
    refused = browse(researcher).post(address, {"answer": "same"})
    assert "Perhaps the same" in browse(editor).get(match.first.get_absolute_url()).content.decode()
    browse(editor).post(address, {"answer": "same"})

    match.refresh_from_db()
    match.second.refresh_from_db()
    assert refused.status_code == 403
    assert (match.state, match.second.merged_into, match.reviewed_by) == (MatchState.CONFIRMED, match.first, editor)


def test_page_and_api_and_file_give_the_same_figures(tmp_path: Path, client: Client, editor: User) -> None:
    import_dataset(written(tmp_path, *LINES, header=HEADER), about(), user=editor, now=timezone.now())

    page = client.get("/trade/top/?by=dispatch").content.decode()
    told: list[dict[str, Any]] = client.get("/api/v1/trade/top/?by=dispatch").json()["results"]
    exported = b"".join(client.get("/trade/top/export/jsonl/?by=dispatch").streaming_content).decode()  # type: ignore[attr-defined]

    assert [(row["group0_name"], row["shipments"]) for row in told] == [("Türkiye", 2), ("China", 2)]
    for row in told:
        assert row["group0_name"] in page
        assert row["group0_name"] in exported
    assert len(exported.splitlines()) == 2


def test_bad_question_is_answered_with_its_errors(client: Client, db: None) -> None:
    answer = client.get("/trade/series/?dispatch=ZZ&colour=red")

    shown = answer.content.decode()
    assert answer.status_code == 400
    assert "is no country" in shown
    assert "There is no parameter “colour” here." in shown
