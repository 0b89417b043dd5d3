"""Saying what a component is."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from components.choices import IdentificationMethod, Visibility
from components.curation.identification import identify, make_current
from components.models import Component, Identification, User
from tests.factories import ComponentFactory, ManufacturerFactory, PartFactory

pytestmark = pytest.mark.django_db


def a_judgement(component: Component, **facts: object) -> Identification:
    """An unsaved identification by somebody."""
    return Identification(component=component, method=IdentificationMethod.MARKING, identified_by="Lab", **facts)


def test_identify_makes_the_first_current_and_keeps_a_rival_beside_it(editor: User) -> None:
    component = ComponentFactory()
    first = identify(a_judgement(component, manufacturer=ManufacturerFactory()), user=editor, is_current=False)

    second = identify(a_judgement(component, part=PartFactory()), user=editor, is_current=True)

    first.refresh_from_db()
    assert (first.is_current, second.is_current) == (False, True)
    assert component.identifications.count() == 2


def test_identify_takes_the_maker_from_the_part(editor: User) -> None:
    part = PartFactory()

    identification = identify(a_judgement(ComponentFactory(), part=part), user=editor, is_current=True)

    assert identification.manufacturer == part.manufacturer


def test_identify_refuses_a_part_of_another_maker(editor: User) -> None:
    judgement = a_judgement(ComponentFactory(), part=PartFactory(), manufacturer=ManufacturerFactory())

    with pytest.raises(ValidationError, match="is made by"):
        identify(judgement, user=editor, is_current=True)

    assert Identification.objects.count() == 0


def test_identify_is_refused_on_somebody_elses_published_component(researcher: User) -> None:
    component = ComponentFactory(visibility=Visibility.PUBLISHED)

    with pytest.raises(PermissionDenied):
        identify(a_judgement(component, manufacturer=ManufacturerFactory()), user=researcher, is_current=True)


def test_make_current_switches_back_and_history_tells_both(editor: User) -> None:
    component = ComponentFactory()
    first = identify(a_judgement(component, manufacturer=ManufacturerFactory()), user=editor, is_current=True)
    second = identify(a_judgement(component, manufacturer=ManufacturerFactory()), user=editor, is_current=True)

    make_current(first, user=editor, why="better photo")

    second.refresh_from_db()
    assert second.is_current is False
    assert [version.is_current for version in first.history.order_by("history_id")] == [False, True, False, True]
