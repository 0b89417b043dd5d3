"""Over all traced components: how many are expected to have come through each country. Likely, never a finding."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from components.models import Country, Trace
from components.routes.listed import OTHERS

NOT_STATED = "Not stated"


@dataclass(frozen=True)
class CountryShare:
    """An expected number of components, and the question that opens the routes behind it."""

    code: str
    name: str
    numeric: str
    expected: float
    share: float
    query: str


@dataclass(frozen=True)
class RouteCountries:
    """The traced components of one kind, real or synthetic, by country of dispatch; with unknown they are all."""

    is_synthetic: bool
    component_count: int
    countries: tuple[CountryShare, ...]
    unknown: float
    rest: float
    stood_in: int  # components whose part no shipment names

    @property
    def known_share(self) -> float:
        """Which share is expected to have come by a recorded route."""
        return 1 - self.unknown / self.component_count


class Told(NamedTuple):
    """What is read of one component's trace."""

    unknown: float
    groups: dict[str, Any]
    stand_ins: dict[str, int]


def route_countries(user: Any) -> list[RouteCountries]:
    """Of real components, of synthetic ones, or both, as far as this user may see them. Two queries."""
    traces = Trace.objects.visible_to(user).filter(component__isnull=False)
    by_kind: dict[bool, list[Told]] = defaultdict(list)
    for is_synthetic, *told in traces.values_list("is_synthetic", "unknown", "groups", "stand_ins"):
        by_kind[is_synthetic].append(Told(*told))
    known = {row["alpha2"]: row for row in Country.objects.values("alpha2", "name", "numeric")}
    return [_summed(is_synthetic, told, known) for is_synthetic, told in sorted(by_kind.items())]


def _summed(is_synthetic: bool, told: list[Told], known: dict[str, Any]) -> RouteCountries:
    expected: dict[str, float] = defaultdict(float)
    for one in told:
        for each in one.groups.get("dispatch", []):
            expected[each["country"]] += each["share"]
    count, unknown = len(told), sum(one.unknown for one in told)
    rest = max(0.0, count - unknown - sum(expected.values())) + expected.pop(OTHERS, 0.0)
    ranked = sorted(expected.items(), key=lambda each: -each[1])
    countries = tuple(_share(code, number, count, known.get(code, {}), is_synthetic) for code, number in ranked)
    stood_in = sum(bool(one.stand_ins) for one in told)
    return RouteCountries(is_synthetic, count, countries, unknown, rest, stood_in)


def _share(code: str, number: float, count: int, country: dict[str, Any], is_synthetic: bool) -> CountryShare:
    asked = ("dispatch_country", code) if code else ("dispatch_country__is_empty", "true")
    of_components = [("of_component__is_empty", "false"), ("is_synthetic", str(is_synthetic).lower())]
    name = country.get("name") or code or NOT_STATED
    return CountryShare(
        code, name, country.get("numeric", ""), number, number / count, urlencode([asked, *of_components])
    )
