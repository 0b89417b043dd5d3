"""A coordinate never stands alone: lone ones move to the notes of the weapon, or leave the photo, whose EXIF has them."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

from components.models.search_text import folded_with_key

MESSAGE = "Give both coordinates or neither, in degrees from −90 to 90 and from −180 to 180."
GIVEN = Q(latitude__isnull=False, longitude__isnull=False)
ON_EARTH = Q(latitude=None, longitude=None) | (GIVEN & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)))
NOWHERE = Q(latitude=0, longitude=0)


def record(apps: Any, row: Any, why: str) -> None:
    """Write the row as it now is into its history."""
    history = apps.get_model("components", f"Historical{type(row).__name__}")
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    history.objects.create(**values, history_date=timezone.now(), history_type="~", history_change_reason=why)


def part_lone_coordinates(apps: Any, schema_editor: Any) -> None:
    """Keep what a lone coordinate says as a note; the history says why."""
    weapons, photos = apps.get_model("components", "Weapon"), apps.get_model("components", "Photo")
    for weapon in weapons.objects.exclude(GIVEN).exclude(latitude=None, longitude=None):
        name = "Latitude" if weapon.longitude is None else "Longitude"
        value = weapon.latitude if weapon.longitude is None else weapon.longitude
        weapon.notes = f"{weapon.notes}\n{name} {value}, given without the other coordinate.".strip()
        weapon.latitude = weapon.longitude = None
        texts = (weapon.label, weapon.serial_number, weapon.recovered_place, weapon.notes)
        weapon.search_text = folded_with_key(*texts)
        changed = ("notes", "latitude", "longitude", "search_text")
        weapons.objects.filter(pk=weapon.pk).update(**{name: getattr(weapon, name) for name in changed})
        record(apps, weapon, "a coordinate without the other moved to the notes")
    for photo in photos.objects.exclude(ON_EARTH & ~NOWHERE):
        photo.latitude = photo.longitude = None
        photos.objects.filter(pk=photo.pk).update(latitude=None, longitude=None)
        record(apps, photo, "a position that is none removed; the EXIF of the photo has it as read")


class Migration(migrations.Migration):
    dependencies = [("components", "0007_hs_links")]

    operations = [
        migrations.RunPython(part_lone_coordinates, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("weapon", "weapon_coordinates_on_earth"),
        migrations.AddConstraint(
            "weapon",
            models.CheckConstraint(
                condition=ON_EARTH, name="weapon_coordinates_on_earth", violation_error_message=MESSAGE
            ),
        ),
        migrations.AddConstraint(
            "photo",
            models.CheckConstraint(
                condition=ON_EARTH & ~NOWHERE, name="photo_coordinates_on_earth", violation_error_message=MESSAGE
            ),
        ),
    ]
