import csv
from collections import Counter
from pathlib import Path

import pytest

from components.normalise.maker_names import MakerName, Party, find_known, read_maker, standing_keys

GUR_COMPONENTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "gur" / "components.csv"
KNOWN = frozenset({"intel", "tdk", "vishay intertechnology", "renesas", "delta", "delta electronics"})


@pytest.mark.parametrize(
    ("text", "maker"),
    [
        ("Altera Corporation (Intel)", MakerName("Altera Corporation", parents=("Intel",))),
        (
            "Spansion (Cypress Semiconductor, Infineon Technologies)",
            MakerName("Spansion", parents=("Cypress Semiconductor", "Infineon Technologies")),
        ),
        (
            "Adesto Technologies (Dialog Semiconductor - Renesas Electronics)",
            MakerName("Adesto Technologies", parents=("Dialog Semiconductor", "Renesas Electronics")),
        ),
        ("Wolfspeed, Inc. (Cree, Inc.)", MakerName("Wolfspeed, Inc.", parents=("Cree, Inc.",))),
        ("ON Semiconductor (ONSEMI)", MakerName("ON Semiconductor", aliases=("ONSEMI",))),
        ("NEC (Nippon Electric Company)", MakerName("NEC", aliases=("Nippon Electric Company",))),
        ("Mile Technology Co., Ltd. (DLE)", MakerName("Mile Technology Co., Ltd.", aliases=("DLE",))),
        (
            "Qinheng Microelectronics Co., Ltd. (WinChipHead, WCH)",
            MakerName("Qinheng Microelectronics Co., Ltd.", aliases=("WinChipHead", "WCH")),
        ),
        ("SunnySky (Lang Yu Model Co. Ltd.)", MakerName("SunnySky", aliases=("Lang Yu Model Co. Ltd.",))),
        ("Sankyo Shoji (H.K.) Limited", MakerName("Sankyo Shoji (H.K.) Limited")),
        (
            "InvenSense (TDK) Suppliers JSC CHIP AND DIP",
            MakerName("InvenSense", parents=("TDK",), parties=(Party("supplier", "JSC CHIP AND DIP"),)),
        ),
        (
            "Swiwin Importers LLC IQ COMPONENTS, TREK JSC Foreign suppliers ALIGN TRADING COMPANY LIMITED, HI CO., LTD",
            MakerName(
                "Swiwin",
                parties=(
                    Party("importer", "LLC IQ COMPONENTS"),
                    Party("importer", "TREK JSC"),
                    Party("foreign supplier", "ALIGN TRADING COMPANY LIMITED"),
                    Party("foreign supplier", "HI CO., LTD"),
                ),
            ),
        ),
        ("Suppliers United", MakerName("Suppliers United")),
        ("", MakerName("")),
    ],
)
def test_read_maker_tells_aliases_parents_and_parties_apart(text: str, maker: MakerName) -> None:
    assert read_maker(text, KNOWN) == maker


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Intel Corporation", "intel"),
        ("Vishay", "vishay intertechnology"),
        ("Renesas Electronics", "renesas"),
        ("Delta", "delta"),
        ("Delta Electronics Thailand", None),
        ("Qorvo", None),
        ("", None),
    ],
)
def test_find_known_answers_only_when_there_is_one(name: str, known: str | None) -> None:
    assert find_known(name, KNOWN) == known


def test_standing_keys_are_the_names_outside_brackets() -> None:
    texts = ["Xilinx Inc. (AMD)", "AMD", "Murata Suppliers JSC CHIP AND DIP"]

    assert standing_keys(texts) == {"xilinx", "amd", "murata"}


@pytest.mark.skipif(not GUR_COMPONENTS.exists(), reason="the shared GUR collection is not beside the checkout")
def test_read_maker_counts_texas_instruments_of_the_gur_collection() -> None:
    with GUR_COMPONENTS.open(encoding="utf-8-sig", newline="") as lines:
        maker_by_id = {row["component_id"]: row["manufacturer"] for row in csv.DictReader(lines)}
    known = standing_keys(maker_by_id.values())

    makers = [read_maker(text, known) for text in maker_by_id.values()]

    names = Counter(maker.name for maker in makers)
    with_acquired = sum("Texas Instruments" in (maker.name, *maker.parents) for maker in makers)
    assert (len(makers), names["Texas Instruments"], with_acquired) == (5806, 786, 883)
