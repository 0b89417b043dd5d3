"""The administration opens for administrators only, and what it does is in the history."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from components.models import ApiToken, Link, Manufacturer, User, Weapon
from tests import factories
from tests.web.conftest import Browse

FACTORIES = {
    factory._meta.model: factory
    for factory in vars(factories).values()
    if isinstance(factory, type) and issubclass(factory, factories.DjangoModelFactory) and factory._meta.model
}
REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "components"]
CHANGED_ELSEWHERE = {"ImportRow", "ImportMapping"}


@pytest.fixture
def chief(browse: Browse, administrator: User) -> Client:
    """The browser of an administrator who may enter the administration."""
    administrator.is_staff = True
    administrator.save()
    return browse(administrator)


def page(model: type[Model], action: str, *args: Any) -> str:
    return reverse(f"admin:components_{model._meta.model_name}_{action}", args=args)


def test_every_table_is_registered() -> None:
    from django.apps import apps

    tables = {model for model in apps.get_app_config("components").get_models() if not hasattr(model, "instance_type")}
    curated = {model for model in tables if not model.__name__.startswith("Historical")}
    assert curated == set(REGISTERED)


@pytest.mark.parametrize("model", REGISTERED)
def test_pages_open_for_an_administrator(chief: Client, model: type[Model]) -> None:
    rows = [FACTORIES[model]()] if model in FACTORIES else []
    site = admin.site._registry[model]

    assert chief.get(page(model, "changelist"), {"q": "a"}).status_code == 200
    assert chief.get(page(model, "changelist")).status_code == 200
    for row in rows:
        assert chief.get(page(model, "change", quote(row.pk))).status_code == 200
    may_add = site.has_add_permission(type("Request", (), {"user": User.objects.get(username="administrator")})())
    assert chief.get(page(model, "add")).status_code == (200 if may_add else 403)


@pytest.mark.parametrize("model", REGISTERED)
def test_pages_are_refused_to_others_even_with_staff_status(
    browse: Browse, editor: User, researcher: User, model: type[Model]
) -> None:
    for person in (editor, researcher):
        person.is_staff = person.is_superuser = True
        person.save()

    codes = [browse(person).get(page(model, "changelist")).status_code for person in (editor, researcher)]

    assert codes == [403, 403]
    assert browse(AnonymousUser()).get(page(model, "changelist")).status_code == 302


def test_change_is_stamped_and_keys_are_not_offered(chief: Client, administrator: User) -> None:
    maker = factories.ManufacturerFactory(name="Altera")
    address = page(Manufacturer, "change", maker.pk)

    form = chief.get(address).context["adminform"].form
    chief.post(address, {"name": "Altera Corporation", "website": "", "notes": ""})

    maker.refresh_from_db()
    newest = maker.history.first()
    assert maker.name == "Altera Corporation"
    assert (newest.history_user, newest.history_change_reason) == (administrator, "changed in the administration")
    assert {"name_key", "merged_into", "created_by"}.isdisjoint(form.fields)


def test_visibility_is_shown_and_not_changed(chief: Client) -> None:
    weapon = factories.WeaponFactory(visibility="draft")

    chief.post(page(Weapon, "change", weapon.pk), {"label": weapon.label, "visibility": "published"})

    weapon.refresh_from_db()
    assert weapon.visibility == "draft"


def test_deleting_several_leaves_the_history_of_each(chief: Client, administrator: User) -> None:
    makers = [factories.ManufacturerFactory() for _ in range(2)]

    chief.post(
        page(Manufacturer, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk for row in makers], "post": "yes"},
    )

    deleted = Manufacturer.history.filter(history_type="-")
    assert not Manufacturer.objects.exists()
    assert {(each.id, each.history_user, each.history_change_reason) for each in deleted} == {
        (row.pk, administrator, "deleted in the administration") for row in makers
    }


def test_link_is_held_to_its_rules(chief: Client) -> None:
    source = factories.SourceFactory()
    stated = {"source": source.pk, "grade": "exact", "evidence": "declared", "shipped_on": "2022-03-01"}
    matched = factories.LinkFactory()

    refused = chief.post(page(Link, "add"), stated)
    chief.post(page(Link, "add"), stated | {"manufacturer": matched.manufacturer.pk})
    of_rule = chief.post(page(Link, "change", matched.pk), stated | {"manufacturer": matched.manufacturer.pk})

    assert "Name a part or at least a manufacturer." in refused.content.decode()
    assert list(Link.objects.exclude(pk=matched.pk).values_list("source", "manufacturer")) == [
        (source.pk, matched.manufacturer_id)
    ]
    assert of_rule.status_code == 403


def test_account_is_given_a_role(chief: Client) -> None:
    chief.post(
        page(User, "add"),
        {
            "username": "new",
            "role": "editor",
            "usable_password": "true",
            "password1": "long enough 9",
            "password2": "long enough 9",
        },
    )

    assert User.objects.get(username="new").role == "editor"


def test_secret_of_a_token_is_nowhere(chief: Client, administrator: User) -> None:
    token = factories.ApiTokenFactory()

    assert chief.get(page(ApiToken, "change", token.pk)).status_code == 200
    assert chief.get(page(ApiToken, "add")).status_code == 403
