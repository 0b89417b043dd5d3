"""Putting a record back."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from components.choices import Visibility
from components.curation.putting_back import put_back
from components.models import Component, User, Weapon
from tests.factories import ComponentFactory, WeaponFactory

pytestmark = pytest.mark.django_db


def test_put_back_restores_values_but_not_visibility(editor: User) -> None:
    weapon = WeaponFactory(label="Orlan-10", serial_number="1234", visibility=Visibility.PUBLISHED)
    weapon.label, weapon.serial_number, weapon.visibility = "Orlan-30", "", Visibility.RESTRICTED
    weapon.save()

    put_back(weapon.history.earliest(), user=editor)

    weapon.refresh_from_db()
    assert (weapon.label, weapon.serial_number, weapon.visibility) == ("Orlan-10", "1234", "restricted")
    assert weapon.history.latest().history_user == editor


def test_put_back_brings_a_deleted_record_back_as_a_draft(editor: User) -> None:
    component = ComponentFactory(published_name="FPGA", visibility=Visibility.PUBLISHED)
    pk = component.pk
    component.delete()

    put_back(Component.history.filter(id=pk).earliest(), user=editor)

    restored = Component.objects.get(pk=pk)
    assert (restored.published_name, restored.visibility) == ("FPGA", "draft")


def test_put_back_says_when_the_values_no_longer_fit(editor: User) -> None:
    component = ComponentFactory()
    version = component.history.earliest()
    weapon = component.weapon
    component.delete()
    weapon.delete()

    with pytest.raises(ValidationError, match="cannot be put back"):
        put_back(version, user=editor)


def test_put_back_is_refused_to_those_who_may_not_edit(researcher: User) -> None:
    weapon = WeaponFactory(visibility=Visibility.PUBLISHED)

    with pytest.raises(PermissionDenied):
        put_back(weapon.history.earliest(), user=researcher)

    assert Weapon.history.count() == 1
