"""One record with what belongs to it, and the shapes the schema promises."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from components.api import shapes
from components.api.addresses import ADDRESSES
from components.models import Component, Photo, User, Weapon
from tests.api.conftest import Ask
from tests.api.world import LISTED, full_world
from tests.factories import (
    AssemblyFactory,
    CitationFactory,
    ComponentFactory,
    IdentificationFactory,
    WeaponFactory,
)


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
def test_answers_have_the_shapes_of_the_schema(model: type[Model], administrator: User, ask: Ask) -> None:
    full_world()
    client, address = ask(administrator), f"/api/v1/{ADDRESSES[model]}/"

    row = client.get(address).json()["results"][0]
    detail = client.get(f"{address}{next(iter(row.values()))}/").json()

    assert list(row) == list(shapes.row_shape(model)().fields)
    assert set(detail) == set(shapes.detail_shape(model)().fields)
    assert row.items() <= detail.items()
    assert (detail["html_url"] is not None) == hasattr(model, "get_absolute_url")
    for name, value in detail.items():
        nested = shapes.detail_shape(model)().fields[name]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            assert set(value[0]) == set(nested.child.fields), name  # type: ignore[attr-defined]


def test_component_shows_its_place_and_its_judgements(db: None, client: Client) -> None:
    weapon = WeaponFactory(label="Orlan-10")
    outer = AssemblyFactory(weapon=weapon, name="Autopilot")
    inner = AssemblyFactory(weapon=weapon, parent=outer, name="Board")
    component = ComponentFactory(weapon=weapon, assembly=inner, notes="Burnt")
    rival = IdentificationFactory(component=component)
    current = IdentificationFactory(component=component, is_current=True, identified="2023-05")
    citation = CitationFactory(record=current, field="part", place="Table 3")

    detail = client.get(f"/api/v1/components/{component.pk}/").json()

    base = "http://testserver/api/v1"
    assert detail["related"] == {
        "weapon": {"id": weapon.pk, "label": "Orlan-10", "api_url": f"{base}/weapons/{weapon.pk}/"},
        "teardown": None,
        "assembly": {"id": inner.pk, "label": "Board", "api_url": f"{base}/assemblies/{inner.pk}/"},
    }
    assert [each["label"] for each in detail["assembly_path"]] == ["Autopilot", "Board"]
    assert [each["id"] for each in detail["identifications"]] == [current.pk, rival.pk]
    assert [each["id"] for each in detail["identifications"][0]["citations"]] == [citation.pk]
    assert detail["identifications_url"] == f"{base}/identifications/?component={component.pk}"
    assert (detail["notes"], detail["api_url"]) == ("Burnt", f"{base}/components/{component.pk}/")


def test_addresses_inside_a_record_lead_to_its_rows(administrator: User, ask: Ask) -> None:
    world = full_world()
    client = ask(administrator)

    for model in (Weapon, Component, type(world["part"][0]), type(world["manufacturer"][0]), type(world["source"][0])):
        row = client.get(f"/api/v1/{ADDRESSES[model]}/").json()["results"][0]
        detail = client.get(f"/api/v1/{ADDRESSES[model]}/{row['id']}/").json()
        for name, value in detail.items():
            if not name.endswith("_url") or name in {"api_url", "html_url", "datasheet_url"}:
                continue
            name = name.removesuffix("_url")
            count = detail[f"{name}_count"] if f"{name}_count" in detail else len(detail[name])
            assert client.get(value).json()["count"] == count, (model, name)


def test_fields_choose_keys_of_a_record(db: None, client: Client) -> None:
    weapon = WeaponFactory(label="Orlan-10")
    address = f"/api/v1/weapons/{weapon.pk}/"

    assert client.get(f"{address}?fields=label,components_count").json() == {
        "label": "Orlan-10",
        "components_count": 0,
    }
    assert client.get(f"{address}?fields=label,colour").json()["errors"][0]["field"] == "fields"


def test_photo_inside_a_record_has_its_files(administrator: User, ask: Ask) -> None:
    full_world()
    photo = Photo.objects.get()

    nested: Any = ask(administrator).get(f"/api/v1/components/{photo.component_id}/").json()["photos"]

    assert nested[0]["files"]["thumbnail"] == f"http://testserver/api/v1/photos/{photo.pk}/file/?size=thumbnail"
