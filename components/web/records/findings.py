"""The page of a component: what was observed, what it is held to be, what rivals say, what sources say beside it."""

from dataclasses import dataclass
from typing import Any

from components.curation.permissions import may_add, may_edit
from components.exports.rows import visible_rows
from components.models import Assembly, CitedParty, Component, Identification, Weapon
from components.web.addresses import action_address, list_address
from components.web.facts import Cited, Fact, Provenance
from components.web.records.base import Context, Crumb, RecordPage, actions, add_address, photos_of
from components.web.routes.panel import routes_panel

OBSERVED = ("published_name", "designator", ("quantity", "Pieces"), "function", "notes")
JUDGED = (
    "manufacturer",
    "part",
    "date_code",
    ("made", "Made"),
    "lot_code",
    ("package_country", "Country on the package"),
    "authenticity",
)
MOST_LEVELS = 50  # of assemblies inside one another; more is a fault of the data


@dataclass(frozen=True)
class Judgement:
    """An identification as a page shows it."""

    identification: Identification
    facts: list[Fact]
    actions: Context
    make_current: str
    warning: str


class ComponentPage(RecordPage):
    """One thing found in a weapon."""

    model = Component
    template_name = "components/component.html"

    def trail(self, row: Component) -> list[Crumb]:
        weapon = row.weapon
        steps = [Crumb("Weapons", list_address(Weapon)), Crumb(str(weapon), weapon.get_absolute_url())]
        return [*steps, *(Crumb(each.name, each.get_absolute_url()) for each in self.assemblies(row))]

    def assemblies(self, row: Component) -> list[Assembly]:
        """The assemblies it is in, from the outermost, as far as this person may see them."""
        of_weapon = visible_rows(Assembly, self.request.user).filter(weapon=row.weapon_id).select_related("weapon")
        known = {each.pk: each for each in of_weapon}
        path: list[Assembly] = []
        key = row.assembly_id
        while key in known and len(path) < MOST_LEVELS:
            path.insert(0, known[key])
            key = known[key].parent_id
        return path

    def read(self, row: Component) -> Context:
        user = self.request.user
        found = visible_rows(Identification, user).filter(component=row)
        judged = list(found.select_related("manufacturer", "part__manufacturer", "package_country"))
        judged.sort(key=lambda each: (not each.is_current, each.pk))
        parties = list(visible_rows(CitedParty, user).filter(component=row).order_by("role", "name", "pk"))
        provenance = self.provenance([row], judged, parties)
        judgements = [self.judgement(each, row, provenance) for each in judged]
        return {
            "subtitle": f"Found in {row.weapon}",
            "marking": provenance.fact(row, "marking", "Marking", row.marking),
            "marking_state": provenance.fact(row, "marking_state", "State", row.get_marking_state_display()),
            "facts": provenance.facts(row, *OBSERVED) + self.places(row, provenance),
            "citations": provenance.cited(row),
            "beside": beside(provenance.cited(row)),
            "current": [each for each in judgements if each.identification.is_current],
            "rivals": [each for each in judgements if not each.identification.is_current],
            "parties": [
                (each, provenance.fact(each, "name", each.get_role_display(), each.name), actions(each, user))
                for each in parties
            ],
            "photos": photos_of(row, user),
            "likely": routes_panel("component", row.pk, user),
            "add": self.additions(row),
        }

    def places(self, row: Component, provenance: Provenance) -> list[Fact]:
        """The weapon, and the teardown and assembly as far as this person may see them."""
        path = " › ".join(each.name for each in self.assemblies(row))
        facts = provenance.facts(row, "weapon")
        if path:
            facts.append(provenance.fact(row, "assembly", "Assembly", path))
        teardown = row.teardown
        if teardown is not None and visible_rows(type(teardown), self.request.user).filter(pk=teardown.pk).exists():
            facts += provenance.facts(row, "teardown")
        return facts

    def judgement(self, each: Identification, row: Component, provenance: Provenance) -> Judgement:
        is_editable = may_edit(self.request.user, row) and not each.is_current
        return Judgement(
            identification=each,
            facts=provenance.facts(each, *JUDGED, "identified", "reasons"),
            actions=actions(each, self.request.user),
            make_current=action_address(each, "make-current") if is_editable else "",
            warning=impossible(each, row),
        )

    def additions(self, row: Component) -> dict[str, str]:
        """What may be added to the component."""
        offered: dict[str, str] = {}
        if may_edit(self.request.user, row):
            offered = {
                "identification": add_address(Identification, row),
                "party": add_address(CitedParty, row),
                "photo": action_address(row, "photos"),
            }
        return offered if may_add(self.request.user) else {}


def impossible(each: Identification, row: Component) -> str:
    """Why the dates cannot both be right, or ""."""
    recovered: Any = row.weapon.recovered_latest  # type: ignore[attr-defined]
    if each.made_from and recovered and each.made_from > recovered:
        return f"Made {each.made} or later, but the weapon was recovered by {recovered}: one of the dates is wrong."
    return ""


def beside(citations: list[Cited]) -> list[Cited]:
    """What sources say of a component that is no column of it, such as a category that a collector guessed."""
    own = {field.name for field in Component._meta.concrete_fields}
    return [each for each in citations if each.citation.field and each.citation.field not in own]
