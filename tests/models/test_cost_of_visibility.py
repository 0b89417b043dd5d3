"""What it costs to ask for the visible rows of each table: it must not grow with a square."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection
from django.http import QueryDict

from components.filters import filter_rows
from components.models import (
    Company,
    CompanyMatch,
    DeclaredParty,
    Identification,
    Link,
    Manufacturer,
    Part,
    User,
)
from tests.factories import ComponentFactory, DatasetFactory

COMPANIES = 10_000
DRAFTS = 5_000
MOST_STEPS = 6_000_000  # of SQLite's machine: some hundred for each company; for each pair it would be 100,000,000
STEPS_AT_A_TIME = 10_000
MOST_COST = 200_000  # in PostgreSQL's own unit, a page read: a scan of all companies costs some hundred


@pytest.fixture
def companies(db: None) -> None:
    """Ten thousand companies, each named by one published dataset, and matches of a hundred of them."""
    dataset = DatasetFactory(visibility="published")
    rows = Company.objects.bulk_create(
        Company(name=f"Company {n}", name_key=f"company {n}", party_key=f"key {n}", search_text=f"company {n}")
        for n in range(COMPANIES)
    )
    DeclaredParty.objects.bulk_create(
        DeclaredParty(dataset=dataset, company=row, party_key=row.party_key, name=row.name) for row in rows
    )
    CompanyMatch.objects.bulk_create(
        CompanyMatch(first=first, second=second, score=0.5, rule_version="1")
        for first, second in zip(rows[:100], rows[100:200], strict=True)
    )


@pytest.fixture
def drafts(db: None) -> None:
    """Five thousand parts of a hundred makers that only drafts name, but for a hundred, with a link of each."""
    dataset, component = DatasetFactory(visibility="published"), ComponentFactory()
    makers = Manufacturer.objects.bulk_create(
        Manufacturer(name=f"Draft {n}", name_key=f"draft {n}", search_text="") for n in range(100)
    )
    parts = Part.objects.bulk_create(
        Part(manufacturer=makers[n % 100], mpn=f"D{n}", mpn_key=f"D{n}", base_key=f"D{n}", search_text="")
        for n in range(DRAFTS)
    )
    published = {"component": component, "identified_by": "A", "method": "marking", "visibility": "published"}
    Identification.objects.bulk_create(
        Identification(part=part, manufacturer_id=part.manufacturer_id, **published) for part in parts[:100]
    )
    Link.objects.bulk_create(
        Link(
            part=part, manufacturer_id=part.manufacturer_id, dataset=dataset, row_number=n, shipped_on=date(2022, 3, 1),
            basis="matched", score=0.5, rule_version="1", visibility="published",
        )
        for n, part in enumerate(parts, 1)
    )  # fmt: skip


@contextmanager
def steps_counted(most: int) -> Iterator[list[int]]:
    """Count SQLite's steps, by ten thousand, and stop a question that takes more than `most`."""
    done = [0]

    def count() -> bool:
        done[0] += STEPS_AT_A_TIME
        return done[0] > most

    connection.connection.set_progress_handler(count, STEPS_AT_A_TIME)
    try:
        yield done
    finally:
        connection.connection.set_progress_handler(None, 0)


def too_dear(rows: Any) -> str:
    """Why a question costs too much; empty if it does not."""
    if connection.vendor == "sqlite":
        with steps_counted(MOST_STEPS) as done:
            try:
                list(rows)
            except OperationalError as problem:
                return f"{problem}: more than {done[0]:,} steps"
        return ""
    plan = rows.explain(format="json")
    total = float(json.loads(plan)[0]["Plan"]["Total Cost"]) if plan else 0  # Django asks nothing that has no rows
    return f"cost {total:,.0f}" if total > MOST_COST else ""


def test_visible_rows_cost_no_square_of_companies_or_drafts(companies: None, drafts: None, researcher: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    models = [
        each
        for each in apps.get_app_config("components").get_models()
        if hasattr(each._default_manager.all(), "visible_to")
    ]
    last = Company.objects.latest("pk").pk
    neither = QueryDict(f"first__not={last}&second__not={last}")

    faults = {}
    for user in (AnonymousUser(), researcher):
        questions = {each.__name__: each._default_manager.visible_to(user) for each in models}
        questions["both not"] = filter_rows(CompanyMatch.objects.visible_to(user), neither, user=user).qs
        for name, rows in questions.items():
            for way, asked in (("all", rows.order_by("pk")), ("one", rows.filter(pk=last)), ("first", rows[:100])):
                if why := too_dear(asked.values_list("pk")):
                    faults[f"{name}, {way}, {user}"] = why

    assert len(models) > 15
    assert faults == {}
