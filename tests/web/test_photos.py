"""Photos on pages: uploads, and files for those who may see them."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from components.choices import Visibility
from components.models import Photo, User
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()


def picture(colour: str = "red") -> SimpleUploadedFile:
    """A JPEG with a camera's name and place in it."""
    exif = Image.Exif()
    exif[0x0110] = "SecretCam 5"  # Model
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 7.0, 24.0), 3: "E", 4: (30.0, 39.0, 15.0)})  # GPS
    content = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(content, "JPEG", exif=exif)
    return SimpleUploadedFile(f"{colour}.jpg", content.getvalue(), "image/jpeg")


def code_of(browser: Client, address: str) -> int:
    """The status of an answer, which is read to its end so that its file is closed."""
    response = browser.get(address)
    if response.streaming:
        b"".join(response.streaming_content)  # not close(): on PostgreSQL it would close the test's connection too
    return response.status_code


@pytest.fixture
def photo(browse: Browse, world: World, editor: User) -> Photo:
    """A published photo of the published component."""
    browse(editor).post(f"/components/{world.component.pk}/photos/", {"images": picture(), "caption": "Top side"})
    row = Photo.objects.get()
    row.visibility = Visibility.PUBLISHED
    row.save()
    return row


def test_several_photos_are_added_and_each_that_is_refused_says_why(
    browse: Browse, world: World, researcher: User
) -> None:
    files = [picture("red"), SimpleUploadedFile("notes.txt", b"no image"), picture("blue")]

    response = browse(researcher).post(f"/weapons/{world.secret_weapon.pk}/photos/", {"images": files})

    assert response.status_code == 400
    assert [name for name, _ in response.context["refused"]] == ["notes.txt"]
    assert [(row.file_name, row.visibility) for row in Photo.objects.all()] == [
        ("red.jpg", "draft"),
        ("blue.jpg", "draft"),
    ]


def test_file_that_is_too_large_is_refused(browse: Browse, world: World, researcher: User, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 100

    response = browse(researcher).post(f"/weapons/{world.secret_weapon.pk}/photos/", {"images": [picture()]})

    assert response.context["refused"] == [("red.jpg", "It is larger than 0 MB.")]


def test_no_file_is_told(browse: Browse, world: World, researcher: User) -> None:
    response = browse(researcher).post(f"/weapons/{world.secret_weapon.pk}/photos/", {})

    assert response.context["form"].errors == {"images": ["Choose at least one file."]}


def test_photos_are_added_by_those_who_may_edit_the_record(
    browse: Browse, world: World, colleague: User, stranger: User
) -> None:
    address = f"/components/{world.component.pk}/photos/"

    assert [browse(person).get(address).status_code for person in (VISITOR, stranger, colleague)] == [302, 403, 403]


@pytest.mark.parametrize(
    ("size", "codes"),
    [("thumbnail", [200, 200, 200]), ("screen", [200, 200, 200]), ("original", [403, 403, 200])],
)
def test_original_is_for_insiders(
    browse: Browse, photo: Photo, stranger: User, colleague: User, size: str, codes: list[int]
) -> None:
    address = f"/photos/{photo.pk}/{size}/"

    assert [code_of(browse(person), address) for person in (VISITOR, stranger, colleague)] == codes


def test_published_sizes_carry_nothing_of_the_camera(browse: Browse, photo: Photo) -> None:
    response = browse(VISITOR).get(f"/photos/{photo.pk}/screen/")

    content = b"".join(response.streaming_content)
    assert b"SecretCam" not in content
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"


def test_original_is_given_back_as_it_was_sent(browse: Browse, photo: Photo, colleague: User) -> None:
    response = browse(colleague).get(f"/photos/{photo.pk}/original/")

    assert b"".join(response.streaming_content) == picture().read()


@pytest.mark.parametrize("size", ["thumbnail", "screen", "original"])
def test_files_of_a_draft_are_as_hidden_as_its_page(
    browse: Browse, photo: Photo, size: str, colleague: User, editor: User
) -> None:
    photo.visibility = Visibility.DRAFT
    photo.save()

    codes = [code_of(browse(person), f"/photos/{photo.pk}/{size}/") for person in (VISITOR, colleague, editor)]

    assert codes == [404, 404, 200]
    assert browse(VISITOR).get(photo.get_absolute_url()).status_code == 404


def test_place_and_camera_are_told_to_insiders_only(browse: Browse, photo: Photo, colleague: User) -> None:
    outside, inside = browse(VISITOR).get(photo.get_absolute_url()), browse(colleague).get(photo.get_absolute_url())

    assert dict(inside.context["camera_facts"])["Camera"] == "SecretCam 5"
    assert dict(inside.context["camera_facts"])["GPS"] == "50.1233, 30.6542"
    assert (outside.context["camera_facts"], outside.context["exif"]) == ([], [])
    assert b"SecretCam" not in outside.content


def test_missing_file_is_not_found(browse: Browse, photo: Photo, own_folders: Any) -> None:
    (own_folders / photo.derivative_name("screen")).unlink()

    assert browse(VISITOR).get(f"/photos/{photo.pk}/screen/").status_code == 404


def test_name_of_the_upload_is_told_to_insiders_only(
    browse: Browse, photo: Photo, colleague: User, world: World
) -> None:
    photo.caption, photo.file_name = "", "anna-from-kramatorsk.jpg"
    photo.save()
    pages = [photo.get_absolute_url(), world.component.get_absolute_url()]

    outside = "".join(browse(VISITOR).get(address).content.decode() for address in pages)
    inside = browse(colleague).get(photo.get_absolute_url())

    assert "kramatorsk" not in outside
    assert f"<title>Photo {photo.pk}" in outside
    assert outside.count(f'alt="Photo {photo.pk}"') == 2
    assert ("Uploaded as", "anna-from-kramatorsk.jpg") in inside.context["camera_facts"]
