"""A part whose posterior can be worked out by hand: every delay up to a limit alike, every importer's use known."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from components.routes.beliefs import Beliefs
from components.routes.evidence import Coverage, RouteKey, Shipments, day_number
from components.routes.parameters import Parameters, parameters_from

FILE = Path(__file__).resolve().parents[2] / "fixtures" / "reference" / "route_parameters.csv"
Row = tuple[str, date, float, float]  # importer, day, units, probability that the link is right


@pytest.fixture(scope="session")
def shipped() -> Parameters:
    """The parameters as they come with the project."""
    with FILE.open(encoding="utf-8", newline="") as rows:
        return parameters_from({row["name"]: row["value"] for row in csv.DictReader(rows)})


@pytest.fixture(scope="session")
def flat(shipped: Parameters) -> Parameters:
    """Delays alike up to 1,000 days, and nothing wrong with units."""
    return replace(shipped, lag_stray=1.0, shelf_stray=1.0, stray_days=1_000.0, units_wrong=0.0, link_shift_sd=0.0)


@pytest.fixture(scope="session")
def shipments_of() -> Callable[..., Shipments]:
    """Shipments of one dataset, 7, one route per importer, from rows."""

    def make(*rows: Row) -> Shipments:
        importers = sorted({row[0] for row in rows})
        return Shipments(
            link=np.arange(len(rows)) + 100,
            day=np.array([day_number(row[1]) for row in rows], dtype=np.int64),
            units=np.array([row[2] for row in rows], dtype=np.float64),
            right=np.array([row[3] for row in rows], dtype=np.float64),
            route=np.array([importers.index(row[0]) for row in rows], dtype=np.int64),
            dataset=np.zeros(len(rows), dtype=np.int64),
            routes=tuple(RouteKey(1, "TW", "HK", "exporter", name) for name in importers),
            datasets=(7,),
        )

    return make


@pytest.fixture(scope="session")
def beliefs_of() -> Callable[..., Beliefs]:
    """Beliefs with importers' use known, and one dataset, 7, that records a share of all imports from 1960 to 2030."""

    def make(parameters: Parameters, use: Mapping[str, float] | None = None, covered: float = 1.0) -> Beliefs:
        coverage = {7: Coverage(covered, 50, date(1960, 1, 1), date(2030, 12, 31))}
        learned = {name: np.full(400, share) for name, share in (use or {}).items()}
        return Beliefs(parameters, coverage, learned=learned)

    return make
