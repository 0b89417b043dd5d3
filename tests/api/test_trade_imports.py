"""Files of shipments over the API: upload, progress, bad rows, commit, undo; and who may reach which of them."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from components.choices import ImportStatus, Visibility
from components.intake.trade.datasets import import_dataset, staged_folder, write_progress
from components.intake.trade.staging import Progress
from components.models import Dataset, ImportBatch, ImportMapping, Source, User
from tests.api.conftest import Ask
from tests.api.test_trade import HEADER, LINES
from tests.factories import DatasetFactory, ImportBatchFactory, SourceFactory
from tests.intake.trade.test_datasets import about, written

BAD = LINES[0].replace("10.01.2021", "never")
JSON = {"content_type": "application/json"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that an upload starts, which a test runs itself: another process would not see its database."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: commands.append(command))
    return commands


def run(started: list[list[str]]) -> None:
    """Do what the last upload started a process for."""
    call_command(*started.pop()[2:])


def upload(client: Client, *lines: str, **more: Any) -> Any:
    """Send a file of customs records."""
    content = "\n".join([HEADER, *lines, ""]).encode()
    sent = {"file": SimpleUploadedFile("records.csv", content), "title": "Records", "source_title": "An export"}
    return client.post("/api/v1/imports/trade/", sent | more)


def test_upload_is_checked_in_the_background_committed_and_undone(
    started: list[list[str]], ask: Ask, editor: User
) -> None:
    client = ask(editor)

    taken = upload(client, *LINES, coverage="Chips", licence="CC BY")
    address = taken["Location"]
    before = client.get(address).json()["status"]
    run(started)
    checked = client.get(address).json()
    datasets_after_check = Dataset.objects.count()
    committed = client.post(f"{address}commit/", {}, **JSON)
    dataset = Dataset.objects.get()
    undone = client.post(f"{address}undo/", {}, **JSON)

    assert (taken.status_code, taken.json()["status"], before) == (202, "running", "running")
    assert (checked["status"], checked["report"]["created"], datasets_after_check) == ("checked", 4, 0)
    assert (committed.status_code, committed.json()["report"]["dataset"]) == (200, dataset.pk)
    said = (dataset.title, dataset.source.title, dataset.coverage, dataset.licence, dataset.visibility)
    assert said == ("Records", "An export", "Chips", "CC BY", "restricted")
    assert (undone.json()["status"], Dataset.objects.count()) == ("undone", 0)


def test_progress_tells_rows_rate_and_time_left_until_the_check_is_over(
    started: list[list[str]], ask: Ask, editor: User
) -> None:
    client = ask(editor)
    batch = ImportBatch.objects.get(pk=upload(client, *LINES).json()["id"])
    address = f"/api/v1/imports/{batch.pk}/progress/"

    silent = client.get(address).json()
    write_progress(batch, Progress(share=0.25, rows=50_000, seconds=2.0))
    told = client.get(address).json()
    run(started)
    over = client.get(address).json()

    expected = {"share": 0.25, "rows": 50_000, "seconds": 2.0, "rate": 25_000.0, "seconds_left": 6.0}
    assert silent == {"status": "running", "progress": None}
    assert told == {"status": "running", "progress": expected}
    assert over == {"status": "checked", "progress": None}


def test_check_that_was_killed_is_given_up(ask: Ask, editor: User) -> None:
    client = ask(editor)
    batch = ImportBatch.objects.get(pk=upload(client, *LINES).json()["id"])
    for path in staged_folder(batch).iterdir():
        os.utime(path, (0, 0))

    told = client.get(f"/api/v1/imports/{batch.pk}/progress/").json()

    assert told == {"status": "unfinished", "progress": None}
    assert "upload the file again" in client.get(f"/api/v1/imports/{batch.pk}/").json()["report"]["notes"][0]


def test_upload_that_has_no_file_yet_is_not_given_up(ask: Ask, editor: User) -> None:
    batch = ImportBatchFactory(format="declarations", status=ImportStatus.RUNNING, created_by=editor)

    told = ask(editor).get(f"/api/v1/imports/{batch.pk}/progress/").json()

    assert told == {"status": "running", "progress": None}


def test_import_that_is_running_cannot_be_committed(ask: Ask, editor: User) -> None:
    client = ask(editor)
    taken = upload(client, *LINES)

    refused = client.post(f"{taken['Location']}commit/", {}, **JSON)

    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert Dataset.objects.count() == 0


def test_checked_file_that_is_gone_is_a_conflict(started: list[list[str]], ask: Ask, editor: User) -> None:
    client = ask(editor)
    taken = upload(client, *LINES)
    run(started)
    for path in staged_folder(ImportBatch.objects.get()).iterdir():
        path.unlink()

    refused = client.post(f"{taken['Location']}commit/", {}, **JSON)

    assert (refused.status_code, refused.json()["detail"]) == (409, "The checked file is gone: check it again.")


def test_bad_rows_refuse_the_file_unless_they_are_left_out(
    started: list[list[str]], ask: Ask, researcher: User
) -> None:
    client = ask(researcher)
    address = upload(client, *LINES, BAD)["Location"]
    run(started)

    refused = client.post(f"{address}commit/", {}, **JSON)
    after_refusal = Dataset.objects.count()
    committed = client.post(f"{address}commit/", {"leave_out_bad": True}, **JSON)

    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"], after_refusal) == (400, "line 6, G072", 0)
    assert error["reason"].startswith("“never” expected a day")
    assert (committed.status_code, Dataset.objects.get().row_count, Dataset.objects.get().rejected_count) == (200, 4, 1)


def test_bad_rows_of_other_formats_cannot_be_left_out(ask: Ask, editor: User) -> None:
    client = ask(editor)
    sample = settings.FIXTURES_ROOT / "samples" / "parts.csv"
    file = SimpleUploadedFile("parts.csv", sample.read_bytes())
    checked = client.post("/api/v1/imports/", {"file": file, "format": "parts"})

    refused = client.post(f"{checked['Location']}commit/", {"leave_out_bad": True}, **JSON)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "leave_out_bad")
    assert ImportBatch.objects.get().status == ImportStatus.CHECKED


def test_rejects_are_whole_before_and_after_the_commit(started: list[list[str]], ask: Ask, researcher: User) -> None:
    client = ask(researcher)
    address = upload(client, *LINES, BAD)["Location"]
    early = client.get(f"{address}rejects/")
    run(started)

    before = client.get(f"{address}rejects/")
    listed = b"".join(before.streaming_content).decode()  # type: ignore[attr-defined]
    client.post(f"{address}commit/", {"leave_out_bad": True}, **JSON)
    after = client.get(f"{address}rejects/")

    assert (early.status_code, before["Content-Type"]) == (404, "text/csv; charset=utf-8")
    assert re.search(r"^6,G072,never,", listed, re.MULTILINE)
    assert b"".join(after.streaming_content).decode() == listed  # type: ignore[attr-defined]


def test_progress_and_rejects_are_for_the_uploader_and_editors(
    started: list[list[str]], ask: Ask, researcher: User, colleague: User, editor: User, visitor: Any
) -> None:
    batch = ImportBatch.objects.get(pk=upload(ask(researcher), *LINES, BAD).json()["id"])
    run(started)

    def reach(user: Any, what: str) -> int:
        answer: Any = ask(user).get(f"/api/v1/imports/{batch.pk}/{what}/")
        if answer.streaming:
            b"".join(answer.streaming_content)  # closing it would close the connection of the test
        code: int = answer.status_code
        return code

    seen = {
        name: (reach(user, "progress"), reach(user, "rejects"))
        for name, user in (("owner", researcher), ("stranger", colleague), ("editor", editor), ("visitor", visitor))
    }
    stranger = ask(colleague).post(f"/api/v1/imports/{batch.pk}/commit/", {"leave_out_bad": True}, **JSON)

    assert seen == {"owner": (200, 200), "stranger": (404, 404), "editor": (200, 200), "visitor": (404, 404)}
    assert (stranger.status_code, Dataset.objects.count()) == (404, 0)


def test_visitor_uploads_nothing_and_a_researcher_nothing_published(
    started: list[list[str]], ask: Ask, researcher: User, visitor: Any
) -> None:
    nobody = upload(ask(visitor), *LINES)
    published = upload(ask(researcher), *LINES, visibility="published")

    assert (nobody.status_code, published.status_code) == (401, 403)
    assert (ImportBatch.objects.count(), started) == (0, [])
    assert not list(Path(settings.LAKE_ROOT).rglob("*"))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": ""}, "title"),
        ({"source_title": " "}, "source_title"),
        ({"format": "parts"}, "format"),
        ({"visibility": "secret"}, "visibility"),
        ({"source_url": "not an address"}, "source_url"),
        ({"licence": "a\0b"}, "licence"),
        ({"mapping": "999"}, "mapping"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_upload_that_does_not_fit_is_refused_by_field(
    more: dict[str, str], field: str, started: list[list[str]], ask: Ask, editor: User
) -> None:
    refused = upload(ask(editor), *LINES, **more)

    assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (400, [field])
    assert (ImportBatch.objects.count(), started) == (0, [])


def test_mapping_is_for_one_format(started: list[list[str]], ask: Ask, editor: User) -> None:
    other = ImportMapping.objects.create(name="Parts", format="parts", columns={"mpn": "PN"})
    own = ImportMapping.objects.create(name="Day", format="declarations", columns={"declared_on": "G072"})

    refused = upload(ask(editor), *LINES, mapping=str(other.pk))
    taken = upload(ask(editor), *LINES, mapping=str(own.pk))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "mapping")
    assert (taken.status_code, ImportBatch.objects.get().mapping) == (202, own)


def test_file_larger_than_allowed_is_refused(ask: Ask, editor: User, settings: Any) -> None:
    settings.TRADE_UPLOAD_MAX_BYTES = 10

    refused = upload(ask(editor), *LINES)

    assert (refused.status_code, ImportBatch.objects.count()) == (413, 0)


def test_trade_statistics_are_taken_too(started: list[list[str]], ask: Ask, editor: User) -> None:
    client = ask(editor)
    content = json.dumps(
        {
            "data": [
                {
                    "period": "2021",
                    "reporterISO": "TUR",
                    "partnerISO": "CHN",
                    "flowCode": "M",
                    "cmdCode": "854231",
                    "primaryValue": 10,
                }
            ]
        }
    ).encode()
    sent = {"file": SimpleUploadedFile("flows.json", content), "title": "Flows", "source_title": "UN Comtrade"}
    address = client.post("/api/v1/imports/trade/", sent | {"format": "trade-statistics"})["Location"]
    run(started)

    client.post(f"{address}commit/", {}, **JSON)

    assert [(each.kind, each.row_count) for each in Dataset.objects.all()] == [("flows", 1)]


@pytest.fixture
def records(tmp_path: Path, editor: User) -> Dataset:
    """A restricted dataset whose source everybody sees."""
    file = written(tmp_path, *LINES, header=HEADER)
    SourceFactory(title="Somebody's export", url="", visibility=Visibility.PUBLISHED)
    import_dataset(file, about(visibility="restricted"), user=editor, now=timezone.now())
    return Dataset.objects.get()


def test_description_is_changed_by_the_one_who_read_it(records: Dataset, ask: Ask, editor: User) -> None:
    client, address, source = ask(editor), f"/api/v1/datasets/{records.pk}/", SourceFactory()
    body = {"title": "Better", "source": source.pk, "coverage": "Chips", "completeness": "All", "licence": "CC BY"}
    tag = client.get(address)["ETag"]

    changed = client.patch(address, body, headers={"If-Match": tag, "X-Change-Reason": "Read again"}, **JSON)
    stale = client.patch(address, {"title": "Stale"}, headers={"If-Match": tag}, **JSON)
    blind = client.patch(address, {"title": "Blind"}, **JSON)

    records.refresh_from_db()
    said = (records.title, records.source, records.coverage, records.completeness, records.licence)
    assert said == ("Better", source, "Chips", "All", "CC BY")
    assert [changed.status_code, stale.status_code, blind.status_code] == [200, 412, 428]
    newest = records.history.first()
    assert (newest.history_user, newest.history_change_reason) == (editor, "Read again")
    versions = client.get(f"{address}history/").json()["results"]
    assert [version["what"] for version in versions] == ["changed", "added"]


def test_rows_and_counts_of_a_dataset_stay_as_they_are(records: Dataset, ask: Ask, editor: User) -> None:
    client, address = ask(editor), f"/api/v1/datasets/{records.pk}/"
    before = Dataset.objects.values("row_count", "digest", "folder", "value_usd").get()
    sent = {"row_count": 7, "digest": "0", "value_usd": 1, "visibility": "published"}

    answer = client.patch(address, sent, headers={"If-Match": "*"}, **JSON)

    refused = [each["field"] for each in answer.json()["errors"]]
    assert (answer.status_code, sorted(refused)) == (400, sorted(sent))
    assert Dataset.objects.values("row_count", "digest", "folder", "value_usd").get() == before
    assert client.post("/api/v1/datasets/", {"title": "T"}, **JSON).status_code == 405
    assert client.delete(address, headers={"If-Match": "*"}).status_code == 405


def test_who_may_change_a_dataset(records: Dataset, ask: Ask, researcher: User, colleague: User, visitor: Any) -> None:
    restricted = f"/api/v1/datasets/{records.pk}/"
    draft = DatasetFactory(visibility=Visibility.DRAFT, created_by=researcher)
    own = f"/api/v1/datasets/{draft.pk}/"

    def change(user: Any, address: str) -> int:
        code: int = ask(user).patch(address, {"notes": "n"}, headers={"If-Match": "*"}, **JSON).status_code
        return code

    assert (change(researcher, restricted), change(visitor, restricted)) == (403, 401)
    assert (change(researcher, own), change(colleague, own)) == (200, 404)


def test_visibility_is_decided_by_editors_and_no_wider_than_the_source(
    records: Dataset, ask: Ask, researcher: User, editor: User, client: Client
) -> None:
    address = f"/api/v1/datasets/{records.pk}/"
    hidden = client.get(address).status_code

    refused = ask(researcher).post(f"{address}visibility/", {"to": "published"}, **JSON)
    Source.objects.update(visibility=Visibility.RESTRICTED)
    too_wide = ask(editor).post(f"{address}visibility/", {"to": "published"}, **JSON)
    Source.objects.update(visibility=Visibility.PUBLISHED)
    published = ask(editor).post(f"{address}visibility/", {"to": "published", "why": "Cleared"}, **JSON)

    assert (hidden, refused.status_code, too_wide.status_code) == (404, 403, 400)
    assert (published.status_code, client.get(address).json()["visibility"]) == (200, "published")
    assert records.history.first().history_change_reason == "Cleared"


def test_dataset_that_was_undone_is_not_put_back_without_its_rows(records: Dataset, ask: Ask, editor: User) -> None:
    client, key = ask(editor), records.pk
    client.post(f"/api/v1/imports/{records.import_batch_id}/undo/", {}, **JSON)
    version = Dataset.history.filter(id=key).last().history_id

    refused = client.post(f"/api/v1/datasets/{key}/put-back/", {"version": version}, **JSON)

    assert (refused.status_code, Dataset.objects.count()) == (400, 0)
    assert "import its file again" in refused.json()["detail"]
