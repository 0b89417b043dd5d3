"""Statistics over the API: the same numbers as the lists they open."""

import pytest
from django.test import Client

from components.choices import Visibility
from components.models import Country
from tests.factories import (
    ComponentFactory,
    IdentificationFactory,
    ManufacturerFactory,
    OwnershipFactory,
    WeaponFactory,
)

pytestmark = pytest.mark.django_db


def a_world() -> None:
    """Two makers, one owned by the other; three published components and one draft."""
    us, cn, ru = (Country.objects.get(alpha2=code) for code in ("US", "CN", "RU"))
    owner = ManufacturerFactory(name="Texas Instruments", country=us)
    owned = ManufacturerFactory(name="Burr-Brown", country=cn)
    OwnershipFactory(owned=owned, owner=owner)
    weapon = WeaponFactory(made_in=ru)
    for maker, visibility in ((owner, "published"), (owner, "draft"), (owned, "published"), (None, "published")):
        component = ComponentFactory(weapon=weapon, visibility=visibility)
        if maker:
            IdentificationFactory(
                component=component, manufacturer=maker, part=None, is_current=True, visibility=Visibility(visibility)
            )


def figures(question: str) -> tuple[dict[str, int], dict[str, object]]:
    """Figures by label, and the whole answer."""
    answer = Client().get(f"/api/v1/statistics/{question}").json()
    return {figure["label"]: figure["value"] for figure in answer["figures"]}, answer


def test_components_by_manufacturer_with_and_without_the_makers_it_acquired() -> None:
    a_world()

    alone, answer = figures("")
    together, _ = figures("?with_acquired=true")

    assert alone == {"Texas Instruments": 1, "Burr-Brown": 1}
    assert together == {"Texas Instruments": 2, "Burr-Brown": 1}
    assert (answer["total"]["value"], answer["unknown"]["value"], answer["foreign"]["value"]) == (3, 1, 2)


@pytest.mark.parametrize("by", ["manufacturer", "country", "category", "weapon_model"])
@pytest.mark.parametrize("with_acquired", ["", "&with_acquired=true"])
def test_every_figure_opens_the_rows_it_counts(by: str, with_acquired: str) -> None:
    a_world()
    _, answer = figures(f"?by={by}{with_acquired}")

    for figure in [*answer["figures"], answer["total"], answer["unknown"]]:
        opened = Client().get(figure["api_url"]).json()
        assert opened["count"] == figure["value"], figure


def test_bad_questions_are_refused_by_name() -> None:
    answer = Client().get("/api/v1/statistics/?measure=money&by=colour&nonsense=1")

    assert answer.status_code == 400
    assert "nonsense" in answer.json()["detail"]
