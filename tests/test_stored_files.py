"""Evidence is what was uploaded: a full disk stores nothing, what was cut is replaced and never shown."""

import errno
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from components import storage
from components.intake.batches import commit_batch
from components.intake.trade.datasets import being_checked, check_shipments, import_dataset, new_batch, staged_folder
from components.lake.files import publish_folder, staging_folder
from components.linking.building import link_datasets
from components.models import Component, Dataset, DatasetFile, ImportBatch, MediaFile, Photo, User
from tests.factories import ComponentFactory
from tests.intake.trade.test_datasets import about, written
from tests.intake.trade.test_staging import GOOD

pytestmark = pytest.mark.django_db
PARTS = b"part_number,manufacturer\nSYN1-A,Synthetic Maker\n"


def picture() -> SimpleUploadedFile:
    """A JPEG of some hundred kilobytes: noise does not compress."""
    content = io.BytesIO()
    Image.effect_noise((900, 600), 90).save(content, "JPEG", quality=95)
    return SimpleUploadedFile("board.jpg", content.getvalue(), "image/jpeg")


def names(folder: Path) -> list[str]:
    """Every file below a folder, temporary ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def client(editor: User) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(editor)
    return browser


@pytest.fixture
def component(db: None) -> Component:
    return ComponentFactory()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A disk that takes the bytes and then says that there was no room for them, as network file systems do."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        yield patched


def send_photo(client: Client, component: Component, file: SimpleUploadedFile) -> Any:
    file.seek(0)
    return client.post("/api/v1/photos/", {"file": file, "component": component.pk})


def original_of(client: Client, photo: Photo) -> bytes:
    answer = client.get(f"/api/v1/photos/{photo.pk}/file/?size=original")
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_photo_for_which_there_is_no_room_is_a_problem_and_leaves_nothing(
    client: Client, component: Component, full_disk: pytest.MonkeyPatch, own_folders: Path
) -> None:
    file = picture()

    refused = send_photo(client, component, file)
    file.seek(0)
    page = client.post(f"/components/{component.pk}/photos/", {"images": file})

    assert (refused.status_code, refused["Content-Type"]) == (507, "application/problem+json")
    assert refused.json()["detail"] == storage.DISK_FULL
    assert (page.status_code, storage.DISK_FULL in page.content.decode()) == (507, True)
    assert (names(own_folders), Photo.objects.count(), MediaFile.objects.count()) == ([], 0, 0)


def test_photo_is_served_as_uploaded_after_the_disk_was_full(
    client: Client, component: Component, full_disk: pytest.MonkeyPatch
) -> None:
    file = picture()
    send_photo(client, component, file)
    full_disk.undo()

    added = send_photo(client, component, file)

    assert added.status_code == 201
    file.seek(0)
    assert original_of(client, Photo.objects.get()) == file.read()


def test_file_to_import_for_which_there_is_no_room_is_a_problem_and_leaves_nothing(
    client: Client, full_disk: pytest.MonkeyPatch, own_folders: Path
) -> None:
    given = {"format": "parts", "visibility": "draft"}
    page = client.post("/imports/new/", given | {"file": SimpleUploadedFile("parts.csv", PARTS)})
    refused = client.post("/api/v1/imports/", given | {"file": SimpleUploadedFile("parts.csv", PARTS)})

    assert (refused.status_code, refused.json()["detail"]) == (507, storage.DISK_FULL)
    assert (page.status_code, storage.DISK_FULL in page.content.decode()) == (507, True)
    assert (names(own_folders), ImportBatch.objects.count(), MediaFile.objects.count()) == ([], 0, 0)


def test_disk_that_is_full_while_a_form_is_read_is_answered_in_words(
    client: Client, component: Component, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", refuse)

    refused = send_photo(client, component, picture())
    page = client.post(f"/components/{component.pk}/photos/", {"images": picture()})

    assert (refused.status_code, page.status_code, Photo.objects.count()) == (507, 507, 0)
    assert storage.DISK_FULL in page.content.decode()


@pytest.fixture
def small_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A real disk of 100 KB as the folder of media."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("only an administrator of the machine may mount a small disk")
    settings.MEDIA_ROOT = folder
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}},
    }
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_disk_that_is_really_full_keeps_nothing(client: Client, component: Component, small_disk: Path) -> None:
    codes = [send_photo(client, component, picture()).status_code for _ in range(3)]

    assert (codes, names(small_disk), Photo.objects.count()) == ([507] * 3, [], 0)


@pytest.mark.parametrize("damage", [lambda content: content[:1000], lambda content: content[:-1] + b"?"])
def test_file_that_was_cut_or_altered_before_is_replaced(
    client: Client, component: Component, own_folders: Path, damage: Any
) -> None:
    file = picture()
    content = file.read()
    send_photo(client, component, file)
    photo = Photo.objects.get()
    (own_folders / photo.original_name).write_bytes(damage(content))
    other = ComponentFactory()

    shown = client.get(f"/api/v1/photos/{photo.pk}/file/?size=original")
    page = client.get(f"/photos/{photo.pk}/original/")
    send_photo(client, other, file)

    assert (shown.status_code, shown["Content-Type"]) == (500, "application/problem+json")
    assert "is not what was uploaded" in shown.json()["detail"]
    assert (page.status_code, "is not what was uploaded" in page.content.decode()) == (500, True)
    assert (own_folders / photo.original_name).read_bytes() == content
    assert original_of(client, photo) == content


def test_same_photo_again_of_the_same_record_mends_its_file(
    client: Client, component: Component, own_folders: Path
) -> None:
    file = picture()
    send_photo(client, component, file)
    photo = Photo.objects.get()
    (own_folders / photo.original_name).write_bytes(b"cut")

    again = send_photo(client, component, file)

    file.seek(0)
    assert (again.status_code, original_of(client, photo)) == (200, file.read())


def test_small_copy_that_was_cut_is_made_anew(client: Client, component: Component, own_folders: Path) -> None:
    send_photo(client, component, picture())
    photo = Photo.objects.get()
    path = own_folders / photo.derivative_name("screen")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    answer = client.get(f"/photos/{photo.pk}/screen/")

    assert (answer.status_code, b"".join(answer.streaming_content), path.read_bytes()) == (200, whole, whole)


@pytest.mark.parametrize("content", [None, b"part_number\nother\n"])
def test_import_whose_file_is_gone_or_altered_says_so(client: Client, own_folders: Path, content: bytes | None) -> None:
    given = {"format": "parts", "file": SimpleUploadedFile("parts.csv", PARTS)}
    address = client.post("/api/v1/imports/", given).json()["api_url"]
    path = own_folders / ImportBatch.objects.get().stored_name
    path.unlink() if content is None else path.write_bytes(content)

    refused = client.post(f"{address}commit/", {}, content_type="application/json")

    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert "upload it again" in refused.json()["detail"]


def test_storage_that_is_no_folder_takes_files_whole_and_replaces_wrong_ones(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    known = {"digest": storage.digest_of(io.BytesIO(b"whole")), "byte_count": 5}
    storage.store("a/b", io.BytesIO(b"other"), digest=storage.digest_of(io.BytesIO(b"other")), byte_count=5)

    written = [storage.store("a/b", io.BytesIO(b"whole"), **known) for _ in range(2)]

    assert (written, storage.is_stored("a/b", **known)) == ([True, False], True)


def test_what_is_written_whole_is_not_seen_before(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with storage.written_whole(path) as part:
        part.write_bytes(b"half")
        seen = path.exists()
    with pytest.raises(FileNotFoundError), storage.written_whole(path):
        (tmp_path / "absent").read_bytes()

    assert (seen, path.read_bytes(), names(tmp_path)) == (False, b"half", ["new/file"])


def verified(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code of `manage.py verify_files` and what it found."""
    out = io.StringIO()
    try:
        call_command("verify_files", "--json", *words, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def names_of(lines: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines]


def test_verify_files_names_what_is_missing_altered_and_orphaned(
    client: Client, component: Component, own_folders: Path, tmp_path: Path, editor: User
) -> None:
    send_photo(client, component, picture())
    client.post("/api/v1/imports/", {"format": "parts", "file": SimpleUploadedFile("parts.csv", PARTS)})
    import_dataset(written(tmp_path, GOOD), about(), user=editor, now=timezone.now())
    photo, batch, kept = Photo.objects.get(), ImportBatch.objects.get(format="parts"), DatasetFile.objects.get()
    before = verified()
    (own_folders / photo.original_name).unlink()
    copy = own_folders / photo.derivative_name("screen")
    copy.write_bytes(copy.read_bytes().replace(b"\x00", b"\x01", 1))
    (own_folders / batch.stored_name).write_bytes(b"other")
    (own_folders / "originals/00").mkdir()
    (own_folders / "originals/00/nobodys").write_bytes(b"?")
    kept.path.write_bytes(kept.path.read_bytes()[:-1] + b"?")
    (kept.path.parent / "more.parquet").write_bytes(b"?")
    (kept.path.parents[1] / "folder-of-nothing").mkdir()

    code, found = verified()

    lake = kept.path.parents[1]
    assert (before[0], before[1]["files"], before[1]["unknown"]) == (0, 5, [])
    assert code == 1
    assert names_of(found["missing"]) == [photo.original_name]
    altered = [photo.derivative_name("screen"), batch.stored_name, str(kept.path.relative_to(lake))]
    assert names_of(found["altered"]) == altered
    loose = sorted([kept.path.parent / "more.parquet", lake / "folder-of-nothing"])
    assert names_of(found["orphaned"]) == ["originals/00/nobodys", *(str(path.relative_to(lake)) for path in loose)]


def test_verify_files_takes_in_what_was_stored_before_digests_were_kept(client: Client, component: Component) -> None:
    send_photo(client, component, picture())
    client.post("/api/v1/imports/", {"format": "parts", "file": SimpleUploadedFile("parts.csv", PARTS)})
    MediaFile.objects.all().delete()

    before, taken, after = verified(), verified("--take-in"), verified()

    assert [(code, len(found["unknown"]), found["taken_in"]) for code, found in (before, taken, after)] == [
        (0, 3, 0),
        (0, 0, 3),
        (0, 0, 0),
    ]


def test_verify_files_deletes_old_remains_of_writes_and_says_so(own_folders: Path) -> None:
    folder = own_folders / "originals" / "00"
    folder.mkdir(parents=True)
    old, young = folder / f".old{storage.PART}", folder / f".young{storage.PART}"
    for path in (old, young):
        path.write_bytes(b"cut")
    os.utime(old, (0, 0))
    out = io.StringIO()

    call_command("verify_files", stdout=out)

    assert (names(own_folders), "1 temporary files of writes that broke off were deleted" in out.getvalue()) == (
        ["originals/00/.young.part"],
        True,
    )


@pytest.fixture
def two_datasets(tmp_path: Path, editor: User) -> list[Dataset]:
    """One of 1 shipment, and one of 2."""
    import_dataset(written(tmp_path, GOOD), about(title="First"), user=editor, now=timezone.now())
    import_dataset(written(tmp_path, GOOD, GOOD), about(title="Second"), user=editor, now=timezone.now())
    return list(Dataset.objects.order_by("pk"))


def missing(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def altered_inside(path: Path) -> None:
    """The footer stays, and so does the length: only reading shows it."""
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * (len(content) // 3) + content[4 + len(content) // 3 :])


def test_dataset_whose_file_cannot_be_read_is_left_out_and_named(client: Client, two_datasets: list[Dataset]) -> None:
    bad = two_datasets[1]
    path = bad.files.get().path
    whole, wrong = path.read_bytes(), []
    notice = f"Dataset {bad.pk}, “Second”, is left out"
    for damage in (missing, cut, altered_inside):
        path.write_bytes(whole)
        damage(path)
        totals = client.get("/api/v1/trade/totals/").json()
        if totals["results"][0]["shipments"] != 1 or notice not in " ".join(totals["notes"]):
            wrong.append((damage.__name__, totals))
        for address in ("/trade/", "/trade/top/?by=maker", f"/datasets/{bad.pk}/", "/trade/hs/8542/"):
            page = client.get(address)
            if page.status_code != 200 or notice not in page.content.decode():
                wrong.append((damage.__name__, address, page.status_code))
        for question in ("top", "shipments"):
            file = client.get(f"/api/v1/trade/{question}/export/?format=csv")
            rows = b"".join(file.streaming_content).decode().count("\n") if file.streaming else 0
            if rows != 2 or f"-without-dataset-{bad.pk}.csv" not in file["Content-Disposition"]:
                wrong.append((damage.__name__, question, rows, file.headers))
        if verified()[0] != 1:
            wrong.append((damage.__name__, "verify_files"))
    path.write_bytes(whole)

    mended = client.get("/api/v1/trade/totals/").json()

    assert wrong == []
    assert (mended["results"][0]["shipments"], mended["notes"]) == (3, [])


def test_dataset_whose_file_cannot_be_read_holds_up_neither_links_nor_imports(
    two_datasets: list[Dataset], tmp_path: Path, editor: User
) -> None:
    cut(two_datasets[1].files.get().path)

    counts = link_datasets(now=timezone.now())
    third = import_dataset(written(tmp_path, GOOD, GOOD, GOOD), about(), user=editor, now=timezone.now())

    assert (counts["datasets"], counts["searched"], third.status) == (2, 1, "committed")
    assert any("could not be compared with those of dataset" in note for note in third.report["notes"])


@pytest.fixture
def unfinished(tmp_path: Path, editor: User) -> ImportBatch:
    """A customs import that was killed while its file was checked."""
    batch = new_batch(written(tmp_path, GOOD), about(), name="records.csv", user=editor)
    staging_folder(staged_folder(batch).parents[1], staged_folder(batch).name)
    os.link(tmp_path / "records.csv", staged_folder(batch) / "uploaded")
    (staged_folder(batch) / "typed.parquet").write_bytes(b"cut")
    return batch


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that were begun, which a test runs itself."""
    commands: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: commands.append(command))
    return commands


def test_import_whose_check_was_killed_says_so_and_is_checked_again(
    client: Client, unfinished: ImportBatch, started: list[list[str]]
) -> None:
    address = f"/api/v1/imports/{unfinished.pk}/"

    page = client.get(f"/imports/{unfinished.pk}/").content.decode()
    refused = client.post(f"{address}commit/", {}, content_type="application/json")
    again = client.post(f"{address}check/", {}, content_type="application/json")
    twice = client.post(f"{address}check/", {}, content_type="application/json")
    waiting = client.get(f"{address}progress/").json()["status"]
    call_command(*started.pop()[2:])
    committed = client.post(f"{address}commit/", {}, content_type="application/json")

    assert ("broke off before its end" in page, "Check it again" in page, "Delete this import" in page) == (True,) * 3
    assert (refused.status_code, "check it again, or delete" in refused.json()["detail"]) == (409, True)
    assert (again.status_code, again.json()["status"], waiting, twice.status_code) == (202, "running", "running", 409)
    assert (committed.status_code, Dataset.objects.get().row_count) == (200, 1)


def test_import_whose_check_was_killed_is_deleted_with_what_it_left(client: Client, unfinished: ImportBatch) -> None:
    staged = staged_folder(unfinished)

    gone = client.post(f"/imports/{unfinished.pk}/delete/")

    assert (gone.status_code, ImportBatch.objects.exists(), staged.exists()) == (302, False, False)


def test_import_that_was_committed_or_is_being_checked_is_not_deleted(
    client: Client, unfinished: ImportBatch, tmp_path: Path, editor: User
) -> None:
    committed = import_dataset(tmp_path / "records.csv", about(), user=editor, now=timezone.now())
    ImportBatch.objects.filter(pk=unfinished.pk).update(status="running")

    with being_checked(unfinished):
        codes = [
            client.post(f"/api/v1/imports/{pk}/delete/", {}, content_type="application/json").status_code
            for pk in (committed.pk, unfinished.pk)
        ]
    after = client.post(f"/api/v1/imports/{unfinished.pk}/delete/", {}, content_type="application/json")

    assert (codes, after.status_code, ImportBatch.objects.get()) == ([409, 409], 204, committed)


def test_check_whose_process_is_dead_is_known_at_once(client: Client, unfinished: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=unfinished.pk).update(status="running")
    address = f"/api/v1/imports/{unfinished.pk}/progress/"

    with being_checked(unfinished):
        alive = client.get(address).json()["status"]
    dead = client.get(address).json()["status"]

    assert (alive, dead) == ("running", "unfinished")


def test_file_of_an_import_that_was_changed_meanwhile_is_not_checked_again(
    client: Client, unfinished: ImportBatch
) -> None:
    (staged_folder(unfinished) / "uploaded").write_text("other")

    refused = client.post(f"/api/v1/imports/{unfinished.pk}/check/", {}, content_type="application/json")

    assert (refused.status_code, "upload the file again" in refused.json()["detail"]) == (409, True)


def test_commit_that_broke_off_can_be_begun_again(tmp_path: Path, editor: User) -> None:
    batch = new_batch(written(tmp_path, GOOD), about(), name="records.csv", user=editor)
    batch.report, batch.status = check_shipments(batch, tmp_path / "records.csv")[0].as_json(), "checked"
    batch.save()
    root = staged_folder(batch).parents[1]

    published = publish_folder(root, staged_folder(batch), {"shipments.parquet"})  # and then the process dies
    commit_batch(batch, user=editor, now=timezone.now())

    kept = DatasetFile.objects.get()
    assert (kept.dataset.row_count, kept.path.is_file(), staged_folder(batch).exists()) == (1, True, False)
    assert names_of(verified()[1]["orphaned"]) == [published]


def test_process_killed_while_it_stores_files_leaves_only_whole_ones(own_folders: Path) -> None:
    contents = [bytes([number]) * 400_000 for number in range(60)]
    chance, whole, cut = random.Random(1), 0, []
    for _ in range(12):
        pid = os.fork()
        if pid == 0:
            for content in contents:
                digest = hashlib.sha256(content).hexdigest()
                storage.store(f"originals/{digest}", io.BytesIO(content), digest=digest, byte_count=len(content))
            os._exit(0)
        time.sleep(chance.uniform(0.01, 0.1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        stored = [path for path in own_folders.rglob("*") if path.is_file() and path.suffix != storage.PART]
        whole += len(stored)
        cut += [path for path in stored if hashlib.sha256(path.read_bytes()).hexdigest() != path.name]

    assert (cut, whole > 0) == ([], True)
