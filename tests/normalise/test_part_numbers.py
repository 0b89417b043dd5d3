import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.normalise.part_numbers import base_number, part_key


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
