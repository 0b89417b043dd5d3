"""What links say of a company and of a dataset, and what the model of routes assumes of them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from components.choices import LinkState
from components.curation.permissions import may_edit
from components.exports.rows import visible_rows
from components.models import Company, Component, Coverage, Dataset, Link, MilitaryUse
from components.models.curated import Curated
from components.normalise.shares import share_text
from components.web.addresses import action_address, list_address
from components.web.columns import page_address
from components.web.records.base import Context, add_address

MOST_PARTS = 20  # of a company; the list of links has them all
ROLES = ("exporter", "importer")
PART_COLUMNS = (
    {"label": "Part", "is_mono": True},
    {"label": "Manufacturer"},
    {"label": "Links", "is_count": True},
    {"label": "Confirmed", "is_count": True},
    {"label": "Weapons it was found in", "is_count": True},
)
WEAPON_COLUMNS = ({"label": "Weapon"}, {"label": "Components of such parts", "is_count": True})


def links_of_company(company: Company, user: Any) -> list[Context]:
    """By role: the parts that its shipments are linked to, and the weapons in which those were found."""
    ids = _known_as(company, user)
    found = (_of_role(role, ids, company.pk, user) for role in ROLES)
    return [each for each in found if each is not None]


def _known_as(company: Company, user: Any) -> list[int]:
    """The company and those that were merged into it, as far as this person may see them."""
    merged = visible_rows(Company, user).filter(merged_into=company.pk)
    return [company.pk, *merged.values_list("pk", flat=True)]


def _of_role(role: str, ids: Sequence[int], pk: int, user: Any) -> Context | None:
    links = visible_rows(Link, user).exclude(state=LinkState.REJECTED).filter(**{f"{role}__in": ids})
    of_parts = links.filter(part__isnull=False)
    counted = list(
        of_parts.order_by()
        .values("part", "part__mpn", "part__manufacturer__name", "is_synthetic")
        .annotate(links=Count("pk"), confirmed=Count("pk", filter=Q(state=LinkState.CONFIRMED)))
        .order_by("-links", "part", "is_synthetic")
    )
    if not counted:
        return None
    weapons = _weapons_of([row["part"] for row in counted], user)
    query = "&".join(f"{role}={each}" for each in ids)
    return {
        "title": f"As {role}",
        "link_count": sum(row["links"] for row in counted),
        "part_count": len({row["part"] for row in counted}),
        "address": list_address(Link, f"{query}&state__not={LinkState.REJECTED}"),
        "columns": PART_COLUMNS,
        "rows": [_part_row(row, query, weapons) for row in counted[:MOST_PARTS]],
    }


def _part_row(row: dict[str, Any], query: str, weapons: dict[int, set[int]]) -> Context:
    kind = str(row["is_synthetic"]).lower()
    opened = list_address(Link, f"{query}&part={row['part']}&state__not={LinkState.REJECTED}&is_synthetic={kind}")
    found_in = len(weapons[row["part"]])
    where = {"text": f"{found_in:,}", "url": list_address(Component, f"part={row['part']}")} if found_in else 0
    cells = [
        {"text": row["part__mpn"], "url": page_address("part", row["part"])},
        row["part__manufacturer__name"],
        {"text": f"{row['links']:,}", "url": opened},
        row["confirmed"],
        where,
    ]
    return {"cells": cells, "is_synthetic": row["is_synthetic"]}


def _weapons_of(parts: Sequence[int], user: Any) -> dict[int, set[int]]:
    """The weapons in which each part was found, as far as this person may see them."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = visible_rows(Component, user).filter(current_part__in=parts)
    for part, weapon in rows.values_list("current_part", "weapon"):
        found[part].add(weapon)
    return found


def weapons_of_company(company: Company, user: Any, most: int = MOST_PARTS) -> Context:
    """The weapons in which parts were found that its shipments are linked to, most of them first."""
    ids = _known_as(company, user)
    links = visible_rows(Link, user).exclude(state=LinkState.REJECTED).filter(Q(exporter__in=ids) | Q(importer__in=ids))
    parts = links.filter(part__isnull=False).order_by().values("part")
    found = visible_rows(Component, user).filter(current_part__in=parts).order_by()
    counted = list(
        found.values("weapon", "weapon__label", "weapon__is_synthetic")
        .annotate(count=Count("pk"))
        .order_by("-count", "weapon")
    )
    rows = [
        {
            "cells": [
                {"text": row["weapon__label"], "url": page_address("weapon", row["weapon"])},
                {"text": f"{row['count']:,}", "url": list_address(Component, f"weapon={row['weapon']}")},
            ],
            "is_synthetic": row["weapon__is_synthetic"],
        }
        for row in counted[:most]
    ]
    return {"columns": WEAPON_COLUMNS, "rows": rows, "count": len(counted)}


def links_of_dataset(dataset: Dataset, user: Any) -> list[Context]:
    """How many links rest on a dataset, by state, each with the list that shows them."""
    links: QuerySet[Link] = visible_rows(Link, user).filter(dataset=dataset)
    counted = dict(links.order_by().values_list("state").annotate(Count("pk")))
    return [
        {
            "label": state.label,
            "count": counted[state],
            "url": list_address(Link, f"dataset={dataset.pk}&state={state}"),
        }
        for state in LinkState
        if state in counted
    ]


def assumed(model: type[Coverage] | type[MilitaryUse], parent: Dataset | Company, user: Any) -> Context:
    """What is assumed of a dataset or company, with its source, and where that is written."""
    name = "dataset" if isinstance(parent, Dataset) else "company"
    row = visible_rows(model, user).filter(**{name: parent.pk}).select_related("source").first()
    if row is None:
        may_say = may_edit(user, model(**{name: parent}))
        return {"add": add_address(model, parent) if may_say else ""}
    return {"row": row, "share": share_text(row.share), "edit": _edit_address(row, user)}


def _edit_address(row: Curated, user: Any) -> str:
    return action_address(row, "edit") if may_edit(user, row) else ""
