"""A place has two coordinates or none, in the tables and after the migration that made it so."""

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from components.models import Photo, Weapon
from tests.factories import PhotoFactory, WeaponFactory

pytestmark = pytest.mark.django_db
CONSTRAINTS = {"components_weapon": "weapon_coordinates_on_earth", "components_photo": "photo_coordinates_on_earth"}


@pytest.fixture
def unchecked(db: None) -> Iterator[None]:
    """The tables as they were before the constraints."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            for table, name in CONSTRAINTS.items():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_tables_take_both_coordinates_or_neither_and_no_photo_of_nowhere() -> None:
    refused = [
        (WeaponFactory, {"latitude": 5}),
        (WeaponFactory, {"longitude": 5}),
        (WeaponFactory, {"latitude": 95, "longitude": 5}),
        (PhotoFactory, {"latitude": 5.0}),
        (PhotoFactory, {"longitude": 5.0}),
        (PhotoFactory, {"latitude": 5.0, "longitude": 181.0}),
        (PhotoFactory, {"latitude": 0.0, "longitude": 0.0}),
    ]
    taken = []
    for factory, place in refused:
        try:
            with transaction.atomic():
                factory(**place)
            taken.append((factory.__name__, place))
        except IntegrityError:
            pass

    PhotoFactory(latitude=0.0, longitude=5.0)
    WeaponFactory(latitude=0, longitude=0)
    assert taken == []


def test_migration_moves_lone_coordinates_and_loses_none(unchecked: None) -> None:
    lone = WeaponFactory(latitude="48.5", notes="Found in a field.")
    eastern = WeaponFactory(longitude="37.25")
    placed = WeaponFactory(latitude="1.5", longitude="2.5")
    photos = [PhotoFactory(**place) for place in ({"latitude": 5.0}, {"latitude": 0.0, "longitude": 0.0})]
    kept = PhotoFactory(latitude=5.0, longitude=6.0)
    migration: Any = import_module("components.migrations.0008_both_coordinates")

    migration.part_lone_coordinates(apps, None)

    weapons = Weapon.objects.filter(pk__in=[lone.pk, eastern.pk, placed.pk])  # each photo is of another
    stored = {row.pk: (row.latitude, row.longitude, row.notes) for row in weapons}
    assert stored == {
        lone.pk: (None, None, "Found in a field.\nLatitude 48.500000, given without the other coordinate."),
        eastern.pk: (None, None, "Longitude 37.250000, given without the other coordinate."),
        placed.pk: (Decimal("1.5"), Decimal("2.5"), ""),
    }
    version = lone.history.first()
    assert (version.latitude, version.notes, version.history_change_reason) == (
        None,
        stored[lone.pk][2],
        "a coordinate without the other moved to the notes",
    )
    assert list(Photo.objects.order_by("pk").values_list("latitude", "longitude")) == [(None, None)] * 2 + [(5.0, 6.0)]
    assert [photo.history.count() for photo in (*photos, kept)] == [2, 2, 1]
    assert "48.5" in Weapon.objects.get(pk=lone.pk).search_text
