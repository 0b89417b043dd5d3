"""The history page: who, when, why, before and after; and putting back."""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from components.models import Component, User
from components.models.curated import stamp
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()


def change(component: Component, user: User, **values: Any) -> None:
    """Change a component as this person."""
    for name, value in values.items():
        setattr(component, name, value)
    stamp(component, user=user, why="read again")
    component.save()


def test_history_tells_who_why_and_each_value_before_and_after(
    browse: Browse, world: World, editor: User, colleague: User
) -> None:
    change(world.component, editor, marking="XC7Z030", marking_state="partly legible")

    versions = browse(colleague).get(f"/components/{world.component.pk}/history/").context["versions"]

    assert [(each["what"], each["by"], each["why"]) for each in versions] == [
        ("Changed", "editor", "read again"),
        ("Added", "an import without an account", ""),
    ]
    assert versions[0]["changes"] == [
        {"label": "Marking", "before": "XC7Z020\nCLG400", "after": "XC7Z030"},
        {"label": "Marking state", "before": "Read", "after": "Partly legible"},
    ]


def test_history_is_for_insiders_and_hides_what_is_hidden(
    browse: Browse, world: World, stranger: User, colleague: User, researcher: User
) -> None:
    secret = f"/components/{world.secret_component.pk}/history/"

    codes = [browse(person).get(secret).status_code for person in (VISITOR, stranger, colleague, researcher)]

    assert codes == [302, 403, 404, 200]


def test_history_of_a_deleted_record_is_for_editors(
    browse: Browse, world: World, colleague: User, editor: User
) -> None:
    key = world.component.pk
    world.component.delete()

    codes = [browse(person).get(f"/components/{key}/history/").status_code for person in (colleague, editor)]

    assert codes == [404, 200]


def test_record_is_put_back_by_a_button(browse: Browse, world: World, editor: User) -> None:
    first = world.component.history.get()
    change(world.component, editor, marking="XC7Z030")

    response = browse(editor).post(
        f"/components/{world.component.pk}/put-back/", {"version": first.history_id, "why": "was right"}
    )

    world.component.refresh_from_db()
    assert response["Location"] == world.component.get_absolute_url()
    assert world.component.marking == "XC7Z020\nCLG400"
    assert world.component.history.first().history_change_reason == "was right"


def test_researcher_may_not_put_back_what_is_published(browse: Browse, world: World, colleague: User) -> None:
    version = world.component.history.get().history_id

    response = browse(colleague).post(f"/components/{world.component.pk}/put-back/", {"version": version})

    assert response.status_code == 403


def test_version_of_another_record_is_not_found(browse: Browse, world: World, editor: User) -> None:
    version = world.secret_component.history.get().history_id

    response = browse(editor).post(f"/components/{world.component.pk}/put-back/", {"version": version})

    assert response.status_code == 404
