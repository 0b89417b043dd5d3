"""Trade statistics of UN Comtrade: the legacy download and the API's answers give the same flows."""

import json
from pathlib import Path

import pytest
from django.utils import timezone

from components.intake.outcomes import ImportRefused
from components.intake.trade.datasets import import_dataset
from components.intake.trade.formats import STATISTICS
from components.models import Country, Dataset, TradeFlow, User
from tests.intake.trade.test_datasets import about

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "customs" / "comtrade_848620_903082.csv"
LEGACY = (
    "Period,Trade Flow,Reporter Code,Reporter,Reporter ISO,Partner Code,Partner,Partner ISO,Commodity Code,Qty Unit,"
    "Qty,Netweight (kg),Trade Value (US$),Flag"
)
OF_THE_API = (
    "period,flowDesc,reporterCode,reporterDesc,reporterISO,partnerCode,partnerDesc,partnerISO,cmdCode,qtyUnitAbbr,"
    "qty,netWgt,primaryValue,legacyEstimationFlag"
)
ROWS = [
    ("2021", "Import", "643", "Russia", "RUS", "156", "China", "CHN", "854231", "Number", "5", "1.5", "100", "4"),
    ("202203", "Re-Export", "344", "Hong Kong", "HKG", "0", "World", "WLD", "854232", "", "", "", "7", ""),
]


def legacy(folder: Path, *rows: tuple[str, ...]) -> Path:
    file = folder / "comtrade.csv"
    file.write_text("\n".join([LEGACY, *(",".join(row) for row in rows), ""]), encoding="utf-8")
    return file


def flows() -> list[tuple[object, ...]]:
    first = ("period", "reporter", "partner", "partner_declared", "flow", "hs_code")
    return list(TradeFlow.objects.order_by("line").values_list(*first, "value_usd", "net_kg", "quantity", "unit"))


EXPECTED = [
    ("2021", "RU", "CN", "China", "import", "854231", 100.0, 1.5, 5.0, "Number"),
    ("2022-03", "HK", None, "World", "re-export", "854232", 7.0, None, None, ""),
]


def test_legacy_download_becomes_flows(tmp_path: Path, editor: User) -> None:
    import_dataset(legacy(tmp_path, *ROWS), about(), user=editor, now=timezone.now(), kind=STATISTICS.name)

    dataset = Dataset.objects.get()
    assert flows() == EXPECTED
    assert (dataset.kind, dataset.row_count, str(dataset.first_day), str(dataset.last_day)) == (
        "flows",
        2,
        "2021-01-01",
        "2022-03-31",
    )
    assert TradeFlow.objects.order_by("line")[0].other == {"Flag": "4"}


def test_answer_of_the_api_becomes_the_same_flows(tmp_path: Path, editor: User) -> None:
    names = OF_THE_API.split(",")
    told = [{name: value or None for name, value in zip(names, row, strict=True)} for row in ROWS]
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"count": 2, "data": told}), encoding="utf-8")

    import_dataset(file, about(), user=editor, now=timezone.now(), kind=STATISTICS.name)

    assert flows() == EXPECTED


def test_bad_rows_are_told_by_line_and_column(tmp_path: Path, editor: User) -> None:
    bad = ("21", "Barter", *ROWS[0][2:8], "85x", "", "", "", "-1", "")

    with pytest.raises(ImportRefused) as refusal:
        import_dataset(legacy(tmp_path, ROWS[0], bad), about(), user=editor, now=timezone.now(), kind=STATISTICS.name)

    assert [(fault.line, fault.column, fault.value) for fault in refusal.value.report.faults] == [
        (3, "Period", "21"),
        (3, "Trade Flow", "Barter"),
        (3, "Commodity Code", "85x"),
        (3, "Trade Value (US$)", "-1"),
    ]
    assert (Dataset.objects.count(), TradeFlow.objects.count()) == (0, 0)


@pytest.mark.skipif(not REAL.is_file(), reason="the real download is not beside the project")
def test_real_download_is_read_whole_and_again_changes_nothing(editor: User) -> None:
    first = import_dataset(REAL, about(), user=editor, now=timezone.now(), kind=STATISTICS.name)
    again = import_dataset(REAL, about(), user=editor, now=timezone.now(), kind=STATISTICS.name)

    assert (first.report["created"], first.report["rejected"]) == (1_965, 0)
    assert (again.report["created"], again.report["matched"]) == (0, 1_965)
    assert TradeFlow.objects.count() == 1_965
    assert Country.objects.filter(pk="DZ").exists()
    assert TradeFlow.objects.filter(reporter="DZ", period="2017").exists()
