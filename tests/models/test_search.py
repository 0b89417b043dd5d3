"""Finding part numbers and texts on either database."""

import pytest

from components.models import Component, Part, Weapon
from tests.factories import ComponentFactory, ManufacturerFactory, PartFactory, WeaponFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("xc7z020 2clg400", id="other separators and case"),
        pytest.param("7Z020-2CL", id="a fragment"),
        pytest.param("ХС7Z020", id="Cyrillic look-alikes"),
        pytest.param("ｘｃ７ｚ０２０", id="full-width letters"),
        pytest.param("XC7Z", id="a prefix"),
        pytest.param("XC", id="two letters"),
        pytest.param("XC7Z020-2CLG400I", id="the whole number"),
    ],
)
def test_numbered_like_finds_the_part(asked: str) -> None:
    part = PartFactory(mpn="XC7Z020-2CLG400I")
    PartFactory(mpn="STM32F407VGT6")

    assert list(Part.objects.numbered_like(asked)) == [part]


@pytest.mark.parametrize("asked", ["", "--", "LM358", "%", "_"])
def test_numbered_like_finds_nothing_where_nothing_matches(asked: str) -> None:
    PartFactory(mpn="XC7Z020-2CLG400I")

    assert list(Part.objects.numbered_like(asked)) == []


def test_two_letters_must_begin_the_number() -> None:
    PartFactory(mpn="STM32F407")

    assert list(Part.objects.numbered_like("32")) == []


def test_search_follows_changes_and_deletions() -> None:
    part = PartFactory(mpn="AAA111", description="Diode")
    part.mpn, part.description = "BBB222", "Rectifier"
    part.save()

    found = [Part.objects.numbered_like(text).count() for text in ("AAA1", "BBB2")]
    described = [Part.objects.matching(text).count() for text in ("diode", "rectifier")]
    part.delete()

    assert found == [0, 1]
    assert described == [0, 1]
    assert list(Part.objects.numbered_like("BBB2")) == []


@pytest.mark.parametrize("asked", ["max233", "МАХ233", "driver MAX", "aewp", 'say "hi"', "a%b", "100_0", "U1"])
def test_matching_takes_any_text(asked: str) -> None:
    component = ComponentFactory(published_name='Driver МАХ233АЕWP say "hi" a%b 100_0', designator="U1")
    ComponentFactory(published_name="Other")

    assert list(Component.objects.matching(asked)) == [component]


@pytest.mark.parametrize("asked", ["", "   ", "max233 absent", "a%c", '" OR "', "search_text:", "NEAR(", "*"])
def test_matching_never_takes_a_text_for_a_query(asked: str) -> None:
    ComponentFactory(published_name="Driver MAX233")

    assert list(Component.objects.matching(asked)) == []


def test_matching_is_narrowed_by_what_a_visitor_may_see(visitor: object) -> None:
    WeaponFactory(label="Secret drone", visibility="restricted")

    assert list(Weapon.objects.visible_to(visitor).matching("secret")) == []


def test_same_number_of_two_makers_is_two_parts() -> None:
    first, second = (PartFactory(mpn="LM358", manufacturer=maker) for maker in ManufacturerFactory.create_batch(2))

    assert set(Part.objects.numbered_like("lm358")) == {first, second}
