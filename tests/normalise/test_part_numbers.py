import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.normalise.part_numbers import (
    base_number,
    core_number,
    family_number,
    open_number,
    part_key,
    unpacked_number,
)


@pytest.mark.parametrize(
    "written",
    ["XC7Z020-2CLG400I", "xc7z020 2clg400i", "ХС7Z020-2СLG400І", "XC7Z020_2CLG400I", "\u200bXC7Z020–2CLG400I"],
)
def test_part_key_is_one_for_every_spelling(written: str) -> None:
    assert part_key(written) == "XC7Z0202CLG400I"


@pytest.mark.parametrize(
    ("written", "key"),
    [("РП15-50", "PП1550"), ("2Т881А", "2T881A"), ("µA741", "UA741"), ("Cyclone™ IV", "CYCLONEIV"), ("- / -", "")],
)
def test_part_key_keeps_letters_and_digits_only(written: str, key: str) -> None:
    assert part_key(written) == key


@given(st.text())
def test_part_key_is_idempotent(text: str) -> None:
    assert part_key(part_key(text)) == part_key(text)


@pytest.mark.parametrize(
    ("mpn", "base"),
    [
        ("XC7Z020-2CLG400I", "XC7Z020"),
        ("xc7z020 2clg400i", "XC7Z020"),
        ("ADSP-BF534 BBCZ-4A", "ADSPBF534"),
        ("24LC256-I/SN", "24LC256"),
        ("LM317T/NOPB", "LM317T"),
        ("LT1086CM#PBF", "LT1086CM"),
        ("LM-317-TR", "LM317"),
        ("RPM5.0-6.0", "RPM50"),
        ("STM32F103C8T6", "STM32F103C8T6"),
        ("M5-1-4", "M514"),
        ("-T", "T"),
        ("", ""),
    ],
)
def test_base_number_drops_what_stands_behind_the_first_mixed_token(mpn: str, base: str) -> None:
    assert base_number(mpn) == base


@given(st.text())
def test_base_number_is_a_beginning_of_the_key(text: str) -> None:
    assert part_key(base_number(text)) == base_number(text)


@pytest.mark.parametrize(
    ("base", "core"),
    [
        ("ADS1115IDGST", "ADS1115"),
        ("SN65HVD230DR", "SN65HVD230"),
        ("XC7Z020", "XC7Z020"),
        ("STM32F407", "STM32F407"),
        ("STM32F103C8T6", "STM32F103C8T6"),
        ("LM358DR", "LM358"),
        ("L298N", "L298N"),
        ("IM41", "IM41"),
        ("12345", "12345"),
        ("", ""),
    ],
)
def test_core_number_ends_with_the_last_two_digits(base: str, core: str) -> None:
    assert core_number(base) == core


@pytest.mark.parametrize(
    ("core", "family"),
    [
        ("XC7Z020", "XC7Z"),
        ("STM32F407", "STM32F"),
        ("MSP430F1491", "MSP430F"),
        ("ADS1115", ""),
        ("MAX232", ""),
        ("74HC04", "74HC"),
        ("", ""),
    ],
)
def test_family_number_stands_before_the_last_digits(core: str, family: str) -> None:
    assert family_number(core) == family


@pytest.mark.parametrize(
    ("mpn", "key"),
    [
        ("ADXL345BCCZ-RL7", "ADXL345BCCZ"),
        ("LM317T/NOPB", "LM317T"),
        ("XC7Z020-2CLG400I", "XC7Z0202CLG400I"),
        ("LD1117S12TR_SOT223", "LD1117S12TR"),
        ("TPS77725_HTSSOP20", "TPS77725"),
        ("TSR_1-2433", "TSR12433"),
        ("-T", "T"),
    ],
)
def test_unpacked_number_drops_reel_and_drawn_package(mpn: str, key: str) -> None:
    assert unpacked_number(mpn) == key


@pytest.mark.parametrize(
    ("mpn", "key"),
    [
        ("STM32F439IGTx", "STM32F439IGT"),
        ("TSOP43xx", "TSOP43"),
        ("ATxmega64", ""),
        ("LTC1065xSW", ""),
        ("AD9361", ""),
        ("MAX", ""),
    ],
)
def test_open_number_ends_before_an_x(mpn: str, key: str) -> None:
    assert open_number(mpn) == key
