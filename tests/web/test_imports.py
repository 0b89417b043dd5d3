"""Imports on pages: check, report, commit, undo, mappings."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from components.models import ImportBatch, ImportMapping, User, Weapon
from tests.web.conftest import Browse

VISITOR = AnonymousUser()
HEADERS = ["weapon", "examined_by", "marking", "marking_state", "manufacturer", "part_number", "quantity"]
GOOD = [["Shahed No. 1", "Institute", "STM32F103", "read", "STMicroelectronics", "STM32F103", "2"]]
BAD = [*GOOD, ["Shahed No. 1", "Institute", "AD9361", "quite legible", "", "", "many"]]


def sheet(rows: list[list[str]], headers: list[str] = HEADERS) -> SimpleUploadedFile:
    """A teardown sheet as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return SimpleUploadedFile("sheet.csv", text.getvalue().encode(), "text/csv")


def upload(browser: Client, rows: list[list[str]], **given: Any) -> Any:
    """The answer to the upload form."""
    sent = {"format": "teardown", "visibility": "restricted", "file": sheet(rows), **given}
    return browser.post("/imports/new/", sent)


def test_good_file_is_checked_then_imported_then_undone(browse: Browse, researcher: User, editor: User) -> None:
    browser = browse(researcher)

    checked = upload(browser, GOOD)
    batch = ImportBatch.objects.get()
    report = browser.get(checked["Location"])
    assert (dict(report.context["outcomes"])["Created"], Weapon.objects.count()) == (1, 0)
    assert "Nothing was written yet" in report.content.decode()

    browser.post(f"/imports/{batch.pk}/commit/")
    assert Weapon.objects.get().visibility == "restricted"

    assert browser.post(f"/imports/{batch.pk}/undo/").status_code == 403
    browse(editor).post(f"/imports/{batch.pk}/undo/")
    batch.refresh_from_db()
    assert (batch.status, Weapon.objects.count()) == ("undone", 0)


def test_bad_rows_are_listed_and_nothing_can_be_imported(browse: Browse, researcher: User) -> None:
    browser = browse(researcher)

    report = browser.get(upload(browser, BAD)["Location"])

    faults = [row["cells"] for row in report.context["faults"]["rows"]]
    assert [(line, column, value) for line, column, value, _ in faults] == [
        (3, "quantity", "many"),
        (3, "marking_state", "quite legible"),
    ]
    assert "/commit/" not in report.content.decode()
    batch = ImportBatch.objects.get()
    browser.post(f"/imports/{batch.pk}/commit/")
    assert Weapon.objects.count() == 0
    lines = b"".join(browser.get(f"/imports/{batch.pk}/faults/").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "line,column,value,reason"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["3", "quantity", "many"],
        ["3", "marking_state", "quite legible"],
    ]


def test_undo_names_what_stands_in_the_way(browse: Browse, editor: User) -> None:
    browser = browse(editor)
    upload(browser, GOOD)
    batch = ImportBatch.objects.get()
    browser.post(f"/imports/{batch.pk}/commit/")
    weapon = Weapon.objects.get()
    weapon.label = "edited since"
    weapon.save()

    response = browser.post(f"/imports/{batch.pk}/undo/")

    assert response.status_code == 409
    assert response.context["blockers"] == [f"weapon {weapon.pk} was edited since"]
    assert Weapon.objects.count() == 1


def test_import_is_seen_by_its_author_and_editors(
    browse: Browse, researcher: User, colleague: User, editor: User, stranger: User
) -> None:
    upload(browse(researcher), GOOD)
    address = ImportBatch.objects.get().get_absolute_url()

    people = (VISITOR, stranger, colleague, researcher, editor)
    assert [browse(person).get(address).status_code for person in people] == [302, 403, 404, 200, 200]
    assert browse(colleague).get("/imports/").context["page_obj"].paginator.count == 0
    assert browse(editor).get("/imports/").context["page_obj"].paginator.count == 1


def test_researcher_cannot_import_as_published(browse: Browse, researcher: User) -> None:
    response = upload(browse(researcher), GOOD, visibility="published")

    assert list(response.context["form"].errors) == ["visibility"]
    assert not ImportBatch.objects.exists()


def test_mapping_is_saved_and_used(browse: Browse, researcher: User) -> None:
    browser = browse(researcher)
    browser.post(
        "/imports/mappings/teardown/new/",
        {"name": "Our sheet", "column-weapon": "Drone", "column-marking": "Text", "column-examined_by": "Team"},
    )
    mapping = ImportMapping.objects.get()
    file = sheet([["Shahed No. 2", "AD9361", "Institute", "read"]], ["Drone", "Text", "Team", "marking_state"])

    report = browser.get(
        browser.post(
            "/imports/new/", {"format": "teardown", "visibility": "draft", "file": file, "mapping": mapping.pk}
        )["Location"]
    )

    assert mapping.columns == {"weapon": "Drone", "examined_by": "Team", "marking": "Text"}
    assert dict(report.context["outcomes"])["Rejected"] == 0


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"name": ""}, ["name", "__all__"]),
        ({"name": "Empty"}, ["__all__"]),
        ({"name": "Taken", "column-weapon": "x"}, ["name"]),
    ],
)
def test_mapping_form_says_what_is_wrong(
    browse: Browse, researcher: User, sent: dict[str, str], wrong: list[str]
) -> None:
    ImportMapping.objects.create(name="Taken", format="teardown", columns={"weapon": "Drone"})

    response = browse(researcher).post("/imports/mappings/teardown/new/", sent)

    assert list(response.context["form"].errors) == wrong


def test_file_that_is_too_large_is_refused(browse: Browse, researcher: User, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10

    response = upload(browse(researcher), GOOD)

    assert list(response.context["form"].errors) == ["file"]


def test_template_is_a_workbook(browse: Browse, researcher: User) -> None:
    response = browse(researcher).get("/imports/template/")

    assert response.content[:2] == b"PK"
    assert "teardown-template.xlsx" in response["Content-Disposition"]
