"""The numbers of the route model; their values and sources are data, in fixtures/reference/route_parameters.csv."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from components.routes.evidence import MilitaryUse

GRADES = ("exact", "base", "family", "maker", "hs")
RIGHT = "right_"  # the beginning of the parameters that give a grade's probability


@dataclass(frozen=True)
class Parameters:
    """See the notes beside each value in the file, and docs/method.md for where each enters."""

    lag_mean_days: float
    lag_shape: float
    lag_stray: float
    shelf_mean_days: float
    shelf_shape: float
    shelf_stray: float
    stray_days: float
    link_shift_sd: float
    right_strength: float
    military_default: float
    military_listed: float
    military_strength: float
    units_log_sd: float
    units_strength: float
    units_route_strength: float
    units_wrong: float
    units_wrong_log_sd: float
    new_route_discount: float
    new_route_strength: float
    wrong_route_strength: float
    smoothing_months: float
    far_months: float
    rate_drift_sd: float
    route_lasting: float
    route_lasting_strength: float
    leg_right: float
    lag_log_sd: float
    shelf_log_sd: float
    break_on: date | None = None
    right: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if missing := set(GRADES) - set(self.right):
            raise ValueError(f"No probability for links of grade {', '.join(sorted(missing))}.")

    @property
    def default_use(self) -> MilitaryUse:
        """The prior of an importer of which nothing is known."""
        return _beta(self.military_default, self.military_strength)

    @property
    def listed_use(self) -> MilitaryUse:
        """The prior of an importer on a list of companies that supply the military."""
        return _beta(self.military_listed, self.military_strength)


def parameters_from(values: Mapping[str, str]) -> Parameters:
    """The parameters from texts by name, as the file has them. Raises ValueError for a name unknown or missing."""
    right = {name.removeprefix(RIGHT): float(text) for name, text in values.items() if name in _GRADE_NAMES}
    others = {name: _value(name, text) for name, text in values.items() if name not in _GRADE_NAMES}
    known = {each.name for each in fields(Parameters)} - {"right"}
    if unknown := set(others) - known:
        raise ValueError(f"Unknown parameters: {', '.join(sorted(unknown))}.")
    if missing := known - {"break_on"} - set(others):
        raise ValueError(f"Missing parameters: {', '.join(sorted(missing))}.")
    return Parameters(right=right, **others)  # type: ignore[arg-type]  # each value fits its name


def _value(name: str, text: str) -> float | date | None:
    if name == "break_on":
        return date.fromisoformat(text) if text else None
    return float(text)


def _beta(mean: float, strength: float) -> MilitaryUse:
    return MilitaryUse(mean * strength, (1 - mean) * strength)


_GRADE_NAMES = frozenset(RIGHT + grade for grade in GRADES)
