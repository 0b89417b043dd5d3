"""Photos: uploads as forms, and their files for those who may see them."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from components.choices import Visibility
from components.models import Photo, User
from tests.api.conftest import Ask
from tests.factories import ComponentFactory, SourceFactory, WeaponFactory


def image(colour: str = "red") -> SimpleUploadedFile:
    """A small JPEG that names its camera."""
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x0110] = "NIKON D850"
    Image.new("RGB", (640, 480), colour).save(content, "JPEG", exif=exif)
    return SimpleUploadedFile("board.jpg", content.getvalue(), "image/jpeg")


@pytest.fixture
def people(researcher: User, colleague: User, editor: User, visitor: Any) -> dict[str, Any]:
    return {"owner": researcher, "colleague": colleague, "editor": editor, "visitor": visitor}


def upload(ask: Ask, person: Any, record: Any, **values: Any) -> Any:
    body = {"file": image(), record._meta.model_name: record.pk, **values}
    return ask(person).post("/api/v1/photos/", body)


def test_photo_is_attached_as_a_draft(researcher: User, ask: Ask) -> None:
    component = ComponentFactory(created_by=researcher, visibility=Visibility.DRAFT)
    source = SourceFactory()

    answer = upload(ask, researcher, component, caption="Top side", credit="Institute", source=source.pk)

    photo = Photo.objects.get()
    shown = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver/api/v1/photos/{photo.pk}/")
    assert shown == ask(researcher).get(answer["Location"]).json()
    assert (photo.component, photo.caption, photo.source, photo.created_by) == (
        component,
        "Top side",
        source,
        researcher,
    )
    assert {key: shown[key] for key in ("width", "height", "mime", "visibility", "source")} == {
        "width": 640,
        "height": 480,
        "mime": "image/jpeg",
        "visibility": "draft",
        "source": source.pk,
    }
    assert shown["original"]["camera"] == "NIKON D850"
    assert photo.history.get().history_user == researcher


def test_same_file_twice_is_one_photo(researcher: User, ask: Ask) -> None:
    weapon = WeaponFactory(created_by=researcher, visibility=Visibility.DRAFT)

    first, second = (upload(ask, researcher, weapon) for _ in range(2))

    assert [first.status_code, second.status_code] == [201, 200]
    assert first.json() == second.json()
    assert Photo.objects.count() == 1


def test_form_that_does_not_fit_is_refused(researcher: User, ask: Ask) -> None:
    weapon = WeaponFactory(created_by=researcher, visibility=Visibility.DRAFT)
    client = ask(researcher)

    forms: list[dict[str, Any]] = [
        {"weapon": weapon.pk},
        {"weapon": weapon.pk, "file": SimpleUploadedFile("board.jpg", b"no image", "image/jpeg")},
        {"file": image()},
        {"file": image(), "weapon": weapon.pk, "component": ComponentFactory(weapon=weapon).pk},
        {"file": image(), "weapon": 10**6},
        {"file": image(), "weapon": weapon.pk, "colour": "red"},
        {"file": image(), "weapon": weapon.pk, "caption": "a\0b"},
    ]

    answers = [client.post("/api/v1/photos/", form) for form in forms]
    fields = [answer.json()["errors"][0]["field"] for answer in answers]
    assert [answer.status_code for answer in answers] == [400] * 7
    assert fields == ["file", "file", "weapon", "weapon", "weapon", "colour", "caption"]
    assert Photo.objects.count() == 0


def test_photo_of_what_is_not_ones_own_is_refused(colleague: User, ask: Ask) -> None:
    assert upload(ask, colleague, WeaponFactory()).status_code == 403
    assert upload(ask, colleague, WeaponFactory(visibility=Visibility.DRAFT)).json()["errors"] == [
        {"field": "weapon", "reason": "There is no such record."}
    ]


def test_files_are_for_those_who_see_the_photo(people: dict[str, Any], ask: Ask) -> None:
    weapon = WeaponFactory(created_by=people["owner"], visibility=Visibility.DRAFT)
    shown = upload(ask, people["owner"], weapon).json()

    def code(person: Any, size: str) -> int:
        answer = ask(person).get(f"/api/v1/photos/{shown['id']}/file/?size={size}")
        assert answer.getvalue()
        return int(answer.status_code)

    def codes() -> dict[str, list[int]]:
        sizes = ("thumbnail", "screen", "original")
        return {name: [code(person, size) for size in sizes] for name, person in people.items()}

    as_draft = codes()
    Photo.objects.update(visibility=Visibility.PUBLISHED)
    as_published = codes()

    assert as_draft == {"owner": [200] * 3, "colleague": [404] * 3, "editor": [200] * 3, "visitor": [404] * 3}
    assert as_published == {
        "owner": [200] * 3,
        "colleague": [200] * 3,
        "editor": [200] * 3,
        "visitor": [200, 200, 403],
    }


def test_derivative_has_no_metadata_and_the_original_is_untouched(researcher: User, visitor: Any, ask: Ask) -> None:
    weapon = WeaponFactory(created_by=researcher, visibility=Visibility.DRAFT)
    files = upload(ask, researcher, weapon).json()["files"]
    Photo.objects.update(visibility=Visibility.PUBLISHED)

    screen, original = ask(visitor).get(files["screen"]), ask(researcher).get(files["original"])

    assert screen["Cache-Control"] == "private, max-age=31536000, immutable"
    assert (screen["Content-Type"], original["Content-Type"]) == ("image/jpeg", "image/jpeg")
    assert dict(Image.open(io.BytesIO(screen.getvalue())).getexif()) == {}
    assert original.getvalue() == image().read()
    assert ask(visitor).get(files["screen"].replace("screen", "huge")).json()["errors"][0]["field"] == "size"


def test_photo_without_its_file_is_not_found(researcher: User, ask: Ask) -> None:
    weapon = WeaponFactory(created_by=researcher, visibility=Visibility.DRAFT)
    files = upload(ask, researcher, weapon).json()["files"]
    Photo.objects.update(digest="0" * 64)

    assert ask(researcher).get(files["screen"]).status_code == 404
