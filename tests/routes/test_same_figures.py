"""The same evidence gives the same figures, whatever numbers its rows have and in whatever order they were stored."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from components.choices import Audience
from components.models import LearnedUse, Trace
from components.routes.tracing import trace_all
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SHIPMENTS = tuple(  # dataset, row, country of dispatch, exporter, importer, month, pieces
    (number % 2, number + 1, ("HK", "TR")[number % 2], number % 3, number % 4, 1 + number % 9, (500, None)[number % 2])
    for number in range(10)
)


def stored(items: Sequence[Any], *, is_reversed: bool) -> Sequence[Any]:
    return items[::-1] if is_reversed else items


def world(*, is_other: bool) -> None:
    """The evidence; in the other installation its rows follow on others and were stored the other way round."""
    if is_other:
        factories.CompanyFactory.create_batch(7)
        factories.DatasetFactory(visibility="draft")
        factories.ComponentFactory(weapon__visibility="draft", visibility="draft")
        factories.PartFactory.create_batch(3)
    datasets, companies, parts = {}, {}, {}
    for number in stored((0, 1), is_reversed=is_other):
        datasets[number] = factories.DatasetFactory(
            title=f"Records {number}", digest=f"{number:064x}", source__title=f"Register {number}",
            first_day=date(2021, 1, 1), last_day=date(2023, 12, 31),
        )  # fmt: skip
        factories.CoverageFactory(dataset=datasets[number], share=0.4, strength=20)
        maker = factories.ManufacturerFactory(name=f"Firm {number}")
        parts[number] = factories.PartFactory(manufacturer=maker, mpn=f"XC{number}00")
    for name in stored([f"{side} {n}" for side in ("Seller", "Buyer") for n in range(4)], is_reversed=is_other):
        companies[name] = factories.CompanyFactory(name=name)
        for dataset in datasets.values():
            factories.DeclaredPartyFactory(
                dataset=dataset, company=companies[name], party_key=companies[name].party_key
            )
    for dataset, row, country, seller, buyer, month, pieces in stored(SHIPMENTS, is_reversed=is_other):
        factories.LinkFactory(
            part=parts[row % 2 if row % 3 else 0], dataset=datasets[dataset], row_number=row, dispatch_country=country,
            exporter=companies[f"Seller {seller}"], importer=companies[f"Buyer {buyer}"], quantity=pieces,
            shipped_on=date(2022, month, 3), grade="exact", score=0.9,
        )  # fmt: skip
    weapon = factories.WeaponFactory(label="Specimen", recovered="2023-02")
    for number in stored((0, 1, 2, 3), is_reversed=is_other):
        component = factories.ComponentFactory(weapon=weapon, published_name=f"Chip {number}")
        part = parts[number % 2]
        factories.IdentificationFactory(
            component=component, part=part, manufacturer=part.manufacturer, is_current=True, made=f"2021-0{1 + number}"
        )


def figures() -> dict[str, Any]:
    """What was computed, by the names of what it is of."""
    found: dict[str, Any] = {}
    for trace in Trace.objects.filter(audience=Audience.PUBLIC):
        subject = trace.component or trace.part or trace.weapon or trace.manufacturer
        routes = trace.routes.order_by("rank").values_list(
            "manufacturer__name", "dispatch_country", "exporter__name", "importer__name", "probability", "low", "high"
        )
        found[f"{trace.subject_kind} {subject}"] = (trace.unknown, trace.unknown_low, trace.unknown_high, list(routes))
    uses = LearnedUse.objects.filter(learning__audience=Audience.PUBLIC).order_by("company__name")
    return found | {"uses": list(uses.values_list("company__name", "share", "strength"))}


def computed(*, is_other: bool) -> dict[str, Any]:
    """The figures of a world that is gone afterwards."""
    with transaction.atomic():
        world(is_other=is_other)
        trace_all(now=NOW)
        found = figures()
        transaction.set_rollback(True)
    return found


def test_same_evidence_with_other_numbers_and_in_another_order_gives_the_same_figures(db: None) -> None:
    here, there = computed(is_other=False), computed(is_other=True)

    assert (len(here), len(here["uses"]) > 2) == (10, True)
    assert there == here
