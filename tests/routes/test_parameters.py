import csv

import pytest

from components.routes.parameters import Parameters, parameters_from
from tests.routes.conftest import FILE


def test_every_number_names_its_source() -> None:
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert [row["name"] for row in rows if not row["source"] or not row["note"]] == []
    assert len({row["name"] for row in rows}) == len(rows)


def test_parameters_refuse_names_unknown_and_missing() -> None:
    with pytest.raises(ValueError, match="Unknown parameters: lag_days"):
        parameters_from({"lag_days": "1"})
    with pytest.raises(ValueError, match="Missing parameters: "):
        parameters_from({"lag_shape": "1"})


def test_priors_of_importers_follow_the_parameters(shipped: Parameters) -> None:
    assert shipped.default_use.mean == pytest.approx(shipped.military_default)
    assert shipped.listed_use.mean == pytest.approx(shipped.military_listed)
