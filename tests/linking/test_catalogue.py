"""The patterns of a catalogue: what each squashed text stands for, and when a number alone says enough."""

import pytest

from components.linking.catalogue import Catalogue, CataloguePart, Pattern, is_telling


def catalogue(*numbers: str, makers: tuple[int, ...] = (), names: tuple[tuple[int, str], ...] = ()) -> Catalogue:
    makers = makers or (1,) * len(numbers)
    parts = tuple(CataloguePart(n, maker, mpn) for n, (mpn, maker) in enumerate(zip(numbers, makers, strict=True)))
    return Catalogue(parts, names)


def told(catalogue: Catalogue) -> dict[str, tuple[tuple[int, ...], ...]]:
    """By text: the parts of which it is the bare and the suffixed number, the base, the family."""
    return {p.key: (p.bare, p.suffixed, p.base, p.family) for p in catalogue.patterns if not p.is_name}


def pattern(catalogue: Catalogue, key: str) -> Pattern:
    (found,) = [each for each in catalogue.patterns if each.key == key]
    return found


def test_number_with_package_has_base_and_family() -> None:
    assert told(catalogue("XC7Z020-2CLG400I")) == {
        "XC7Z0202CLG400I": ((), (0,), (), ()),
        "XC7Z020": ((), (), (0,), ()),
        "XC7Z": ((), (), (), (0,)),
    }


def test_number_without_suffix_is_bare() -> None:
    assert told(catalogue("LM5176")) == {"LM5176": ((0,), (), (), ())}


def test_reel_is_no_part_of_the_number() -> None:
    assert told(catalogue("ADXL345BCCZ-RL7")) == {
        "ADXL345BCCZRL7": ((), (0,), (), ()),
        "ADXL345BCCZ": ((), (0,), (), ()),
        "ADXL345": ((), (), (0,), ()),
    }


def test_open_ending_stands_for_all() -> None:
    found = told(catalogue("STM32F439IGTx"))

    assert found["STM32F439IGT"] == ((0,), (), (), ())
    assert found["STM32F439"] == ((), (), (0,), ())


def test_package_that_a_library_drew_is_no_part_of_the_number() -> None:
    found = told(catalogue("LD1117S12TR_SOT223"))

    assert found["LD1117S12TR"] == ((), (0,), (), ())


def test_another_device_behind_a_hyphen_leaves_a_family() -> None:
    assert told(catalogue("TEN20-2411WIN")) == {
        "TEN202411WIN": ((), (0,), (), ()),
        "TEN202411": ((), (), (0,), ()),
        "TEN20": ((), (), (), (0,)),
    }


def test_small_x_in_a_suffix_is_no_name_of_a_device() -> None:
    assert told(catalogue("XC9572XL-xxTQx100"))["XC9572XL"] == ((), (), (0,), ())


def test_core_that_many_continue_is_their_series() -> None:
    found = told(catalogue("STM32WB5MMG", "STM32F103", "STM32F407", "STM32L152"))

    assert "STM32" not in {key for key, (_, _, base, _) in found.items() if base}


def test_number_of_two_makers_is_not_specific_unless_they_are_kin() -> None:
    apart = catalogue("TPS5430DDA", "TPS5430DDA", makers=(1, 2))
    kin = Catalogue(apart.parts, (), {1: frozenset({1, 2}), 2: frozenset({1, 2})})

    assert (pattern(apart, "TPS5430DDA").is_specific, pattern(kin, "TPS5430DDA").is_specific) == (False, True)


def test_last_letter_does_not_make_a_shared_number_specific() -> None:
    shared = catalogue("IRF3710", "IRF3710S", "IRF3710SPBF7", makers=(1, 2, 2))

    assert not pattern(shared, "IRF3710S").is_specific
    assert not pattern(shared, "IRF3710").is_specific


@pytest.mark.parametrize(
    "key", ["AD9361", "XC7Z020", "STM32F103C8T6", "SN74LVC245APW", "LM5176", "W25Q128JVS", "IRF540N"]
)
def test_telling_numbers(key: str) -> None:
    assert is_telling(key)


@pytest.mark.parametrize(
    "key",
    [
        *("LM358", "LM358N", "NE555P", "UA741", "2N2222", "2N2222A", "1N4148", "2SC1815", "BC547B", "BAV99", "74HC04"),
        *("74LS00N", "CR2032", "LR44", "E27", "H7", "IP67", "DDR4", "M12", "2012", "20230415", "100UF25V", "12V50HZ"),
        *("10X20MM", "ULN2003A", "L7805CV", "78L05", "NEOM8N", "STM32", "ABCDEFG"),
    ],
)
def test_numbers_that_say_too_little(key: str) -> None:
    assert not is_telling(key)


def test_names_with_and_without_their_legal_form() -> None:
    names = catalogue(names=((7, "Texas Instruments Inc."), (8, "TI"), (9, "Diodes Inc."), (10, "NXP"), (11, "555")))

    assert {p.key: (p.makers, p.is_plain, p.is_weak, p.written) for p in names.patterns} == {
        "DIODES": ((9,), True, True, b"DIODES"),
        "DIODESINC": ((9,), False, False, b"DIODES INC"),
        "NXP": ((10,), False, True, b"NXP"),
        "TEXASINSTRUMENTS": ((7,), False, False, b"TEXAS INSTRUMENTS"),
        "TEXASINSTRUMENTSINC": ((7,), False, False, b"TEXAS INSTRUMENTS INC"),
    }
    assert names.short_names == {b"TI": frozenset({8})}
