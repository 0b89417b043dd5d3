"""The pages of a weapon, a weapon model and a teardown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.views.generic import View

from components.curation.permissions import may_add, may_edit
from components.exports.rows import visible_rows
from components.models import Assembly, Component, Photo, Teardown, Weapon, WeaponModel
from components.models.visibility import is_insider
from components.summaries.statistics import foreign_share, statistics
from components.web.addresses import action_address, list_address
from components.web.charts import Chart, bar_chart, figure_address
from components.web.columns import Cells, Row, headings, read_rows
from components.web.editing import seen_or_404
from components.web.facts import Fact, Provenance
from components.web.records.base import (
    MOST_BEFORE_LIST,
    MOST_ROWS,
    Context,
    Crumb,
    Picture,
    RecordPage,
    add_address,
    columns,
    pictures,
    table,
)
from components.web.routes.panel import routes_panel

INSIDE = ("published_name", "marking", "manufacturer_name", "part_mpn", "confidence", "made", "quantity")


@dataclass(frozen=True)
class Board:
    """An assembly with what is in it."""

    assembly: Assembly
    facts: list[Fact]
    actions: dict[str, str]
    photos: list[Picture]
    components: Context
    boards: list["Board"] = field(default_factory=list)


class WeaponPage(RecordPage):
    """One recovered weapon with its teardowns and everything found in it."""

    model = Weapon
    template_name = "components/weapon.html"

    def read(self, row: Weapon) -> Context:
        user = self.request.user
        teardowns = list(visible_rows(Teardown, user).filter(weapon=row).order_by("examined_earliest", "pk"))
        boards = Boards(row, user)
        provenance = self.provenance([row], teardowns)
        question = QueryDict(f"weapon={row.pk}")
        return {
            "facts": weapon_facts(row, provenance, user),
            "citations": provenance.cited(row),
            "teardowns": [(each, provenance.facts(each, "examined", "place", "method")) for each in teardowns],
            "boards": boards.tree(),
            "unplaced": boards.unplaced(),
            "component_count": boards.count,
            "components_address": list_address(Component, f"weapon={row.pk}"),
            "shown_count": min(boards.count, MOST_ROWS),
            "photos": pictures(visible_rows(Photo, user).filter(weapon=row)),
            "chart": makers_chart(user, question, row.is_synthetic),
            "share": share_figures(user, question),
            "likely": routes_panel("weapon", row.pk, user),
            "add": self.additions(row),
        }

    def additions(self, row: Weapon) -> dict[str, str]:
        """What may be added to the weapon."""
        if not may_add(self.request.user):
            return {}
        offered = {"teardown": add_address(Teardown, row), "assembly": add_address(Assembly, row)}
        offered["component"] = add_address(Component, row)
        if may_edit(self.request.user, row):
            offered["photo"] = action_address(row, "photos")
        return offered


def weapon_facts(row: Weapon, provenance: Provenance, user: Any) -> list[Fact]:
    """What is known of a weapon; its place is exact for insiders only."""
    facts = provenance.facts(row, "label", "model", ("serial_number", "Serial number"), "made_in", "used_by")
    facts += provenance.facts(row, "recovered", ("recovered_place", "Recovered at"))
    latitude, longitude = getattr(row, "shown_latitude", None), getattr(row, "shown_longitude", None)
    if latitude is not None and longitude is not None:
        note = "" if is_insider(user) else "rounded to a tenth of a degree"
        facts.append(provenance.fact(row, "latitude", "Coordinates", f"{latitude:g}, {longitude:g}", note=note))
    return facts + provenance.facts(row, "notes")


class Boards:
    """The assemblies of a weapon as a tree, with their components, read in a fixed number of queries."""

    def __init__(self, weapon: Weapon, user: Any):
        self.user = user
        self.assemblies = list(visible_rows(Assembly, user).filter(weapon=weapon).select_related("weapon"))
        self.provenance = Provenance(user, self.assemblies)
        found = visible_rows(Component, user).filter(weapon=weapon)
        self.count = found.count()
        self.shown = columns(Component, *INSIDE)
        self.cells = Cells(Component, self.shown)
        self.by_assembly: dict[int | None, list[Row]] = defaultdict(list)
        seen = {assembly.pk for assembly in self.assemblies}
        placed = list(found.order_by("pk").values_list("assembly_id", flat=True)[:MOST_ROWS])
        for place, row in zip(placed, read_rows(found.order_by("pk")[:MOST_ROWS], self.shown), strict=True):
            self.by_assembly[place if place in seen else None].append(self.cells.row(row))
        self.photos: dict[int | None, list[Picture]] = defaultdict(list)
        for picture in pictures(visible_rows(Photo, user).filter(assembly__in=seen)):
            self.photos[picture.photo.assembly_id].append(picture)

    def tree(self) -> list[Board]:
        """The outermost assemblies, each with those inside it."""
        seen = {assembly.pk for assembly in self.assemblies}
        inside: dict[int | None, list[Assembly]] = defaultdict(list)
        for assembly in self.assemblies:
            inside[assembly.parent_id if assembly.parent_id in seen else None].append(assembly)
        return self._boards(inside, None)

    def _boards(self, inside: dict[int | None, list[Assembly]], place: int | None) -> list[Board]:
        return [
            Board(
                assembly=assembly,
                facts=self.provenance.facts(assembly, "name", "designation", "function", "notes"),
                actions=self._actions(assembly),
                photos=self.photos[assembly.pk],
                components=self.table(assembly.pk),
                boards=self._boards(inside, assembly.pk),
            )
            for assembly in sorted(inside[place], key=lambda each: (each.name, each.pk))
        ]

    def _actions(self, assembly: Assembly) -> dict[str, str]:
        offered = {"history": action_address(assembly, "history")} if is_insider(self.user) else {}
        if may_edit(self.user, assembly):
            offered |= {name: action_address(assembly, name) for name in ("edit", "photos", "cite")}
        return offered

    def unplaced(self) -> Context:
        """Components that are in no assembly, or in none that this person may see."""
        return self.table(None)

    def table(self, place: int | None) -> Context:
        rows: Sequence[Row] = self.by_assembly[place]
        return {"columns": headings(Component, self.shown), "rows": rows}


class AssemblyRedirect(View):
    """An assembly is shown on the page of its weapon."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return HttpResponseRedirect(seen_or_404(Assembly, pk, request.user).get_absolute_url())


def makers_chart(user: Any, question: QueryDict, is_synthetic: bool) -> Chart:
    """Components by maker, under a question."""
    found = statistics(user, by="manufacturer", question=question)
    note = f"{found.unknown.value} without a known manufacturer." if found.unknown.value else ""
    title = "Components by manufacturer"
    return bar_chart("makers", title, found.figures, unit="components", note=note, is_synthetic=is_synthetic)


def share_figures(user: Any, question: QueryDict) -> list[tuple[str, int, str]]:
    """Foreign, domestic and undecided components, each with the list that shows them."""
    share = foreign_share(user, question)
    opened = [(each.label, each.value, figure_address(each)) for each in (share.foreign, share.domestic)]
    return [*opened, (share.unknown.label, share.unknown.value, "")]


class WeaponModelPage(RecordPage):
    """A type of weapon with its specimens and what was found in them."""

    model = WeaponModel
    template_name = "components/weapon_model.html"

    def read(self, row: WeaponModel) -> Context:
        user = self.request.user
        provenance = self.provenance([row])
        question = QueryDict(f"weapon_model={row.pk}")
        weapons = visible_rows(Weapon, user).filter(model=row)
        return {
            "facts": provenance.facts(row, "name", "kind", "country", "also_known_as", "notes"),
            "citations": provenance.cited(row),
            "weapons": table(weapons, "label", "serial_number", "recovered", "recovered_place", most=MOST_BEFORE_LIST),
            "weapon_count": weapons.count(),
            "weapons_address": list_address(Weapon, f"model={row.pk}"),
            "components_address": list_address(Component, question.urlencode()),
            "component_count": visible_rows(Component, user).filter(weapon__model=row).count(),
            "chart": makers_chart(user, question, row.is_synthetic),
            "share": share_figures(user, question),
            "likely": routes_panel("weapon_model", row.pk, user),
        }


class TeardownPage(RecordPage):
    """One examination with the components it found."""

    model = Teardown
    template_name = "components/teardown.html"

    def trail(self, row: Teardown) -> list[Crumb]:
        return [*super().trail(row), Crumb(str(row.weapon), row.weapon.get_absolute_url())]

    def read(self, row: Teardown) -> Context:
        provenance = self.provenance([row])
        found = visible_rows(Component, self.request.user).filter(teardown=row)
        return {
            "facts": provenance.facts(row, "weapon", "examined", "examined_by", "place", "method", "notes"),
            "citations": provenance.cited(row),
            "components": table(found, *INSIDE, most=MOST_BEFORE_LIST),
            "component_count": found.count(),
            "components_address": list_address(Component, f"teardown={row.pk}"),
            "workbench": action_address(row, "workbench") if may_add(self.request.user) else "",
        }
