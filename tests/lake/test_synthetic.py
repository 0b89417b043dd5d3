"""The synthetic declarations: the same for the same seed, marked in every row, with the published totals and shares."""

import csv
from pathlib import Path

import pytest
from django.conf import settings

from components.lake.duckdb import DuckDBEngine
from components.lake.engine import DatasetFiles, LakeSettings
from components.lake.questions import series, totals
from components.lake.synthetic import HEADERS, write_declarations

WORLD = settings.FIXTURES_ROOT / "trade"


@pytest.fixture
def lake(made: DatasetFiles) -> DuckDBEngine:
    return DuckDBEngine(LakeSettings(made.files[0].parent))


def test_same_seed_gives_the_same_file_and_another_seed_another(declarations: Path, tmp_path: Path) -> None:
    same, other = tmp_path / "same.csv", tmp_path / "other.csv"

    write_declarations(same, rows=20_000, seed=7, world=WORLD)
    write_declarations(other, rows=20_000, seed=8, world=WORLD)

    assert same.read_bytes() == declarations.read_bytes()
    assert other.read_bytes() != declarations.read_bytes()


def test_truth_tells_the_part_of_every_row_and_leaves_the_rows_as_they_are(declarations: Path, tmp_path: Path) -> None:
    same, truth = tmp_path / "same.csv", tmp_path / "truth.csv"

    write_declarations(same, rows=20_000, seed=7, world=WORLD, truth=truth)

    rows = list(csv.DictReader(same.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    told = list(csv.DictReader(truth.read_text(encoding="utf-8").splitlines()))
    listed = csv.DictReader((WORLD / "parts.csv").read_text(encoding="utf-8").splitlines())
    parts = {(row["mpn"], row["maker"]) for row in listed}
    assert same.read_bytes() == declarations.read_bytes()
    assert [int(each["row"]) for each in told] == list(range(1, 20_001))
    assert {(each["mpn"], each["maker"]) for each in told} == parts
    assert all(
        f"АРТ. {each['written']}," in row["G31_1 (Наименование и характеристики товаров)"]
        and row["G31_11 (Фирма-изготовитель)"] == each["maker"].upper()
        for row, each in zip(rows, told, strict=True)
    )


def test_every_row_says_that_it_is_synthetic(declarations: Path) -> None:
    header, *rows = declarations.read_text(encoding="utf-8").splitlines()

    assert header.split(";")[-1] == HEADERS[-1] == "SYNTHETIC"
    assert len(rows) == 20_000
    assert all(row.endswith(";1") and "СИНТЕТИЧЕСКИЕ ДАННЫЕ" in row and "SYNTHETIC" in row for row in rows)


def test_yearly_totals_are_those_published(lake: DuckDBEngine, made: DatasetFiles) -> None:
    found = lake.run(series(lake.scan([made]), period="year"))

    assert [(row["period"], round(row["value_usd"] / 1e9, 6)) for row in found] == [
        ("2021", 1.8),
        ("2022", 2.5),
        ("2023", 2.26),
    ]


def test_shares_of_china_with_hong_kong_are_those_published(lake: DuckDBEngine, made: DatasetFiles) -> None:
    found = lake.run(series(lake.scan([made]), period="year", by="dispatch"))

    shares = {}
    for year in ("2021", "2022", "2023"):
        of_year = {row["group"]: row["value_usd"] for row in found if row["period"] == year}
        shares[year] = round(100 * (of_year["CN"] + of_year["HK"]) / sum(of_year.values()), 3)
    assert shares == {"2021": 41.0, "2022": 68.0, "2023": 76.0}


def test_late_months_of_2022_are_near_the_prewar_average(lake: DuckDBEngine, made: DatasetFiles) -> None:
    found = {row["period"]: row["value_usd"] for row in lake.run(series(lake.scan([made]), period="month"))}

    prewar = sum(found[f"2021-{month:02}"] for month in range(1, 13)) / 12
    late = [found[month] / prewar for month in ("2022-10", "2022-11", "2022-12")]
    assert all(0.95 < ratio < 1.1 for ratio in late)
    assert found["2022-07"] > 2 * prewar


def test_totals_count_every_row(lake: DuckDBEngine, made: DatasetFiles) -> None:
    (found,) = lake.run(totals(lake.scan([made])))

    assert (found["shipments"], found["with_value"], found["synthetic"]) == (20_000, 20_000, 20_000)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="At least"):
        write_declarations(tmp_path / "few.csv", rows=100, seed=1, world=WORLD)
