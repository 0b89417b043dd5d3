"""Publishing and restricting."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from components.choices import Visibility
from components.curation.visibility import contents_of, set_visibility
from components.models import Component, Identification, Photo, User, Weapon
from tests.factories import (
    AssemblyFactory,
    ComponentFactory,
    IdentificationFactory,
    LegFactory,
    PhotoFactory,
    SourceFactory,
    TeardownFactory,
    WeaponFactory,
)

pytestmark = pytest.mark.django_db


def a_world(visibility: Visibility) -> Weapon:
    """A weapon with one row of each kind below it, a board within a board, all with one visibility."""
    weapon = WeaponFactory(visibility=visibility)
    teardown = TeardownFactory(weapon=weapon, visibility=visibility)
    outer = AssemblyFactory(weapon=weapon, visibility=visibility)
    inner = AssemblyFactory(weapon=weapon, parent=outer, visibility=visibility)
    component = ComponentFactory(weapon=weapon, teardown=teardown, assembly=inner, visibility=visibility)
    IdentificationFactory(component=component, visibility=visibility)
    return weapon


def test_set_visibility_narrows_everything_below(editor: User) -> None:
    weapon = a_world(Visibility.PUBLISHED)

    set_visibility(weapon, to=Visibility.RESTRICTED, user=editor)

    assert {row.visibility for row in contents_of(weapon)} == {"restricted"}
    assert len(list(contents_of(weapon))) == 5


def test_set_visibility_widens_drafts_only_and_leaves_what_was_restricted(editor: User) -> None:
    weapon = a_world(Visibility.DRAFT)
    Component.objects.update(visibility=Visibility.RESTRICTED)
    within = Identification.objects.get()
    beside = IdentificationFactory(
        component=ComponentFactory(weapon=weapon, visibility=Visibility.DRAFT), visibility=Visibility.DRAFT
    )

    set_visibility(weapon, to=Visibility.PUBLISHED, user=editor, with_contents=True)

    for row in (within, beside):
        row.refresh_from_db()
    assert within.component.visibility == Visibility.RESTRICTED
    assert (within.visibility, beside.visibility) == ("draft", "published")


def test_set_visibility_widens_nothing_that_belongs_to_a_hidden_row_as_well(editor: User) -> None:
    draft = {"visibility": Visibility.DRAFT}
    source, hidden = SourceFactory(**draft), ComponentFactory(**draft)
    leg, open_leg = LegFactory(source=source, component=hidden, **draft), LegFactory(source=source, **draft)
    photo = PhotoFactory(source=source, weapon=None, component=hidden, **draft)

    set_visibility(source, to=Visibility.PUBLISHED, user=editor, with_contents=True)

    for row in (leg, open_leg, photo):
        row.refresh_from_db()
    assert (leg.visibility, open_leg.visibility, photo.visibility) == ("draft", "published", "draft")


def test_set_visibility_widens_boards_within_boards_whatever_their_order(editor: User) -> None:
    weapon = WeaponFactory(visibility=Visibility.DRAFT)
    outer = AssemblyFactory(weapon=weapon, name="Z", visibility=Visibility.DRAFT)
    AssemblyFactory(weapon=weapon, name="A", parent=outer, visibility=Visibility.DRAFT)

    set_visibility(weapon, to=Visibility.PUBLISHED, user=editor, with_contents=True)

    assert set(weapon.assemblies.values_list("visibility", flat=True)) == {"published"}


def test_set_visibility_refuses_a_row_wider_than_its_weapon(editor: User) -> None:
    weapon = a_world(Visibility.DRAFT)

    with pytest.raises(ValidationError, match=r"weapon .* is draft"):
        set_visibility(weapon.components.get(), to=Visibility.PUBLISHED, user=editor)

    assert weapon.components.get().visibility == Visibility.DRAFT


def test_set_visibility_is_for_editors(researcher: User) -> None:
    weapon = a_world(Visibility.DRAFT)

    with pytest.raises(PermissionDenied):
        set_visibility(weapon, to=Visibility.PUBLISHED, user=researcher)


def test_set_visibility_keeps_history_of_every_row_it_touches(editor: User) -> None:
    weapon = a_world(Visibility.PUBLISHED)
    component = weapon.components.get()

    set_visibility(weapon, to=Visibility.DRAFT, user=editor, why="names a person")

    latest = component.history.latest()
    assert (latest.history_type, latest.history_user, latest.history_change_reason, latest.visibility) == (
        "~",
        editor,
        "names a person",
        "draft",
    )


def test_visible_to_by_role(researcher: User, colleague: User, editor: User, visitor: object) -> None:
    draft = WeaponFactory(visibility=Visibility.DRAFT, created_by=researcher)
    restricted = WeaponFactory(visibility=Visibility.RESTRICTED)
    published = WeaponFactory(visibility=Visibility.PUBLISHED)

    seen = {
        name: set(Weapon.objects.visible_to(user))
        for name, user in {"owner": researcher, "colleague": colleague, "editor": editor, "visitor": visitor}.items()
    }

    assert seen == {
        "owner": {draft, restricted, published},
        "colleague": {restricted, published},
        "editor": {draft, restricted, published},
        "visitor": {published},
    }


def test_visible_to_treats_an_inactive_account_as_a_visitor(editor: User) -> None:
    WeaponFactory(visibility=Visibility.RESTRICTED)
    editor.is_active = False

    assert list(Weapon.objects.visible_to(editor)) == []
    assert list(Photo.objects.visible_to(editor)) == []
