"""Merging makers and taking it back."""

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from components.choices import Visibility
from components.curation.merging import merge_manufacturers, unmerge_manufacturer
from components.exports.rows import as_dicts, columns_of, visible_rows
from components.filters import filter_rows
from components.models import Component, Manufacturer, User
from tests.factories import ComponentFactory, IdentificationFactory, ManufacturerFactory

pytestmark = pytest.mark.django_db


def shown(user: User, question: str) -> list[tuple[object, object]]:
    """Id and maker's name of the components that answer a question."""
    rows = filter_rows(visible_rows(Component, user), QueryDict(question), user=user).qs.order_by("pk")
    return [(row["id"], row["manufacturer_name"]) for row in as_dicts(rows, columns_of(Component))]


def test_merge_shows_the_winner_everywhere_and_unmerge_gives_all_back(editor: User) -> None:
    winner, loser = ManufacturerFactory(name="onsemi"), ManufacturerFactory(name="ON Semi Components")
    component = ComponentFactory()
    IdentificationFactory(
        component=component, manufacturer=loser, part=None, is_current=True, visibility=Visibility.PUBLISHED
    )

    merge_manufacturers(loser, winner=winner, user=editor)
    merged = shown(editor, f"manufacturer={winner.pk}")
    unmerge_manufacturer(loser, user=editor)

    assert merged == [(component.pk, "onsemi")]
    assert shown(editor, f"manufacturer={winner.pk}") == []
    assert shown(editor, f"manufacturer={loser.pk}") == [(component.pk, "ON Semi Components")]


def test_merge_carries_along_what_was_merged_before(editor: User) -> None:
    first, second, third = ManufacturerFactory.create_batch(3)
    merge_manufacturers(first, winner=second, user=editor)

    merge_manufacturers(second, winner=third, user=editor)

    assert set(Manufacturer.objects.filter(merged_into=third)) == {first, second}


def test_merge_refuses_a_maker_into_itself_and_into_a_merged_one(editor: User) -> None:
    first, second, third = ManufacturerFactory.create_batch(3)
    merge_manufacturers(first, winner=second, user=editor)

    with pytest.raises(ValidationError, match="into itself"):
        merge_manufacturers(third, winner=third, user=editor)
    with pytest.raises(ValidationError, match="was itself merged"):
        merge_manufacturers(third, winner=first, user=editor)


def test_unmerge_refuses_when_the_name_was_taken_since(editor: User) -> None:
    winner, loser = ManufacturerFactory(), ManufacturerFactory(name="Xilinx")
    merge_manufacturers(loser, winner=winner, user=editor)
    ManufacturerFactory(name="Xilinx, Inc.")

    with pytest.raises(ValidationError, match="rename one"):
        unmerge_manufacturer(loser, user=editor)
