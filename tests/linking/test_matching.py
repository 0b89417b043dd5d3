"""Numbers found in texts of the kinds that declarations and procurement have, and what must not be found."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.linking.catalogue import Catalogue, CataloguePart
from components.linking.matching import LONGEST_SUFFIX, Goods, Hit, Matcher
from components.linking.scoring import Evidence, Grade

TI, AD, AMD, ST, HIROSE, DIODES, NXP, PANASONIC, XILINX, TRACO, MICROCHIP, INFINEON = range(12)
NAMES = {
    TI: "Texas Instruments",
    AD: "Analog Devices, Inc.",
    AMD: "AMD",
    ST: "STMicroelectronics",
    HIROSE: "Hirose",
    DIODES: "Diodes Incorporated",
    NXP: "NXP",
    PANASONIC: "Panasonic",
    XILINX: "Xilinx",
    TRACO: "Traco Power",
    MICROCHIP: "Microchip Technology",
    INFINEON: "Infineon",
}
NUMBERS = (
    (AMD, "XC7Z020-2CLG400I"),
    (ST, "STM32F407VGT6"),
    (ST, "STM32F103C8T6"),
    (TI, "SN65HVD230DR"),
    (TI, "LM358"),
    (AD, "AD9361BBCZ"),
    (AD, "ADXL345BCCZ-RL7"),
    (AD, "AD7606-6"),
    (HIROSE, "U.FL-R-SMT-1(10)"),
    (DIODES, "BAT54S"),
    (PANASONIC, "CR2032"),
    (TI, "4023"),
    (MICROCHIP, "ATMEGA328P-AU"),
    (INFINEON, "IRF540NPBF"),
    (TRACO, "TEN20-2411WIN"),
    (NXP, "LPC1768FBD100"),
    (AD, "LTC2378IMS-20#PBF"),
    (TI, "MAX232"),
    (TI, "2N2222"),
)
PLACES = {mpn: place for place, (_, mpn) in enumerate(NUMBERS)}
KIN = {AMD: frozenset({AMD, XILINX}), XILINX: frozenset({AMD, XILINX})}
CATALOGUE = Catalogue(
    tuple(CataloguePart(place, maker, mpn) for place, (maker, mpn) in enumerate(NUMBERS)),
    (*NAMES.items(), (TI, "TI"), (AD, "Analog Devices")),
    KIN,
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(CATALOGUE)


def named(matcher: Matcher, text: str, maker: str = "", brand: str = "") -> list[tuple[str, Grade, Evidence, str]]:
    """Number, grade, evidence and text as found, in the order of the text."""
    hits = sorted(matcher.hits(Goods(text, maker, brand)), key=lambda hit: (hit.at, hit.part))
    assert all(text[hit.at : hit.at + len(hit.found)] == hit.found for hit in hits if hit.part >= 0)
    return [(NUMBERS[hit.part][1], hit.grade, hit.evidence, hit.found) for hit in hits if hit.part >= 0]


def exact(matcher: Matcher, text: str, maker: str = "", brand: str = "") -> list[str]:
    return [mpn for mpn, grade, _, _ in named(matcher, text, maker, brand) if grade is Grade.EXACT]


def test_hit_says_all(matcher: Matcher) -> None:
    assert matcher.hits(Goods("ПЛИС: ХС7Z020–2CLG400I/TR, 5 ШТ", "AMD")) == [
        Hit(PLACES["XC7Z020-2CLG400I"], AMD, Grade.EXACT, Evidence.DECLARED, "ХС7Z020–2CLG400I", 6, "TR", False)
    ]


@pytest.mark.parametrize(
    "written",
    [
        "XC7Z020-2CLG400I",
        "XC7Z0202CLG400I",
        "xc7z020 2clg400i",
        "XC7Z020 - 2CLG 400I",
        "XC7Z020_2CLG400I",
        "XC7Z020.2CLG400I",
        "XC7Z020‑2CLG400I",
        "XC7Z020—2CLG400I",
        "XC7Z020\u00a02CLG400I",
        "ＸＣ７Ｚ０２０－２ＣＬＧ４００Ｉ",
        "ХС7Z020-2СLG400I",
        "XC7Z020&nbsp;2CLG400I",
        "XC7Z020\n-2CLG400I",
        "XC7Z020\t2CLG400I",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "МИКРОСХЕМЫ ИНТЕГРАЛЬНЫЕ МОНОЛИТНЫЕ ЦИФРОВЫЕ, АРТ. {}",
        "схема интегральная «{}», напряжение 3,3 В",
        "ПЛИС ({}) -10 ШТ",
        "1){} 2)РЕЗИСТОР",
        "P/N:{};КОЛ-ВО:5ШТ",
        "&quot;{}&quot;",
        "型号{}（原装）",
        "ПЛИС\t{}\t10\tШТ",
        "МОДЕЛЬ:{}.ИЗГОТОВИТЕЛЬ ОТСУТСТВУЕТ",
    ],
)
def test_number_is_found_however_it_is_written(matcher: Matcher, text: str, written: str) -> None:
    assert named(matcher, text.format(written)) == [("XC7Z020-2CLG400I", Grade.EXACT, Evidence.NONE, written)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("микросхемаXC7Z020-2CLG400I", "XC7Z020-2CLG400I"),
        ("микросхемаХС7Z020-2СLG400I", "ХС7Z020-2СLG400I"),
        ("МИКРОСХЕМАХС7Z020-2СLG400I", "ХС7Z020-2СLG400I"),
        ("5штXC7Z020-2CLG400Iплис", "XC7Z020-2CLG400I"),
    ],
)
def test_number_glued_to_russian_words(matcher: Matcher, text: str, found: str) -> None:
    assert named(matcher, text) == [("XC7Z020-2CLG400I", Grade.EXACT, Evidence.NONE, found)]


def test_many_numbers_in_one_line(matcher: Matcher) -> None:
    for separator in (", ", ",", "; ", ";", "/", " / ", "\n", " И ", "+", ") 2)", " -5 ШТ, "):
        text = separator.join(["STM32F407VGT6", "SN65HVD230DR", "ADXL345BCCZ-RL7", "AD9361BBCZ"])

        assert exact(matcher, text) == ["STM32F407VGT6", "SN65HVD230DR", "ADXL345BCCZ-RL7", "AD9361BBCZ"], separator


@pytest.mark.parametrize(
    "quantity", ["-100ШТ", "-100 ШТ", " 100ШТ", " - 100 шт.", "(100ШТ)", "-100PCS", ", 100", "/100шт"]
)
def test_quantity_behind_is_no_suffix(matcher: Matcher, quantity: str) -> None:
    assert exact(matcher, f"ДРАЙВЕР SN65HVD230DR{quantity}") == ["SN65HVD230DR"]


@pytest.mark.parametrize("packing", ["TR", "/TR", "-REEL", "#TRPBF", "/NOPB", "+T", " T&R", "PBF", "G4"])
def test_packing_is_not_another_part(matcher: Matcher, packing: str) -> None:
    assert exact(matcher, f"AD9361BBCZ{packing}") == ["AD9361BBCZ"]


@pytest.mark.parametrize("written", ["ADXL345BCCZ", "ADXL345BCCZ-RL", "ADXL345BCCZ-RL7", "ADXL345BCCZRL7"])
def test_reel_may_be_left_out(matcher: Matcher, written: str) -> None:
    assert exact(matcher, written) == ["ADXL345BCCZ-RL7"]


def test_number_with_brackets_of_its_own(matcher: Matcher) -> None:
    assert exact(matcher, "РАЗЪЕМ U.FL-R-SMT-1(10) 5 ШТ") == ["U.FL-R-SMT-1(10)"]
    assert exact(matcher, "РАЗЪЕМ U.FL(R-SMT)-1(10)") == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("XC7Z020", [("XC7Z020-2CLG400I", Grade.BASE, Evidence.NONE, "XC7Z020")]),
        ("XC7Z020-1CLG484C", [("XC7Z020-2CLG400I", Grade.BASE, Evidence.NONE, "XC7Z020")]),
        ("XC7Z030-1CLG484C", []),
        ("XC7Z0201", []),
        ("AXC7Z020", []),
        ("TEN20-2411", [("TEN20-2411WIN", Grade.BASE, Evidence.NONE, "TEN20-2411")]),
        ("ATMEGA328PB-AU", [("ATMEGA328P-AU", Grade.BASE, Evidence.NONE, "ATMEGA328P")]),
        ("STM32", []),
    ],
)
def test_base_number(matcher: Matcher, text: str, hits: list[tuple[str, Grade, Evidence, str]]) -> None:
    assert named(matcher, text) == hits


def test_suffix_has_a_longest_length(matcher: Matcher) -> None:
    written = {length: f"XC7Z020-{'1CLG484CABCD'[:length]}" for length in (LONGEST_SUFFIX, LONGEST_SUFFIX + 1)}

    found = {length: [hit[:2] for hit in named(matcher, text)] for length, text in written.items()}

    assert found == {10: [("XC7Z020-2CLG400I", Grade.BASE)], 11: []}


def test_family_needs_its_maker(matcher: Matcher) -> None:
    assert named(matcher, "XC7Z030-1CLG484C") == []
    assert named(matcher, "XC7Z030-1CLG484C", "XILINX") == [
        ("XC7Z020-2CLG400I", Grade.FAMILY, Evidence.DECLARED, "XC7Z")
    ]


def test_letter_alone_may_make_another_device(matcher: Matcher) -> None:
    assert named(matcher, "MAX232E", "TI") == [("MAX232", Grade.BASE, Evidence.DECLARED, "MAX232")]
    assert named(matcher, "MAX232DWR", "TI") == [("MAX232", Grade.EXACT, Evidence.DECLARED, "MAX232")]


@pytest.mark.parametrize(
    ("text", "mpn"),
    [
        ("УСИЛИТЕЛЬ LM358, 10 ШТ", "LM358"),
        ("ТРАНЗИСТОР 2N2222", "2N2222"),
        ("БАТАРЕЙКА CR2032 3V", "CR2032"),
        ("ДИОД BAT54S", "BAT54S"),
        ("МИКРОСХЕМА 4023 CMOS", "4023"),
        ("LM 358", "LM358"),
    ],
)
def test_ambiguous_number_counts_with_its_maker_only(matcher: Matcher, text: str, mpn: str) -> None:
    maker = NAMES[NUMBERS[PLACES[mpn]][0]]

    assert named(matcher, text) == []
    assert named(matcher, text, "SHENZHEN SOMEBODY LTD") == []
    assert exact(matcher, text, maker.upper()) == [mpn]
    assert exact(matcher, text, "", maker) == [mpn]
    assert exact(matcher, f"{text}. ПРОИЗВОДИТЕЛЬ: {maker}") == [mpn]
    assert all(hit.is_ambiguous for hit in matcher.hits(Goods(text, maker)))


@pytest.mark.parametrize("text", ["4023 ШТ", "№ 4023", "12.4023", "4023,5 КГ", "4023 Г.В."])
def test_digits_that_count_or_measure_are_no_number_even_with_the_maker(matcher: Matcher, text: str) -> None:
    assert named(matcher, text, "TEXAS INSTRUMENTS") == []


def test_quantity_is_not_read_into_the_number(matcher: Matcher) -> None:
    assert named(matcher, "АЦП AD7606 6 ШТ", "ANALOG DEVICES") == [
        ("AD7606-6", Grade.BASE, Evidence.DECLARED, "AD7606")
    ]
    assert exact(matcher, "АЦП AD7606-6, 6 ШТ", "ANALOG DEVICES") == ["AD7606-6"]


@pytest.mark.parametrize("text", ["EVAL-AD9361BBCZ", "КОМПЛЕКТ AD9361BBCZ-EVB"])
def test_board_is_not_its_chip(matcher: Matcher, text: str) -> None:
    assert exact(matcher, text, "ANALOG DEVICES") == []


def test_shop_number_before_the_part_number(matcher: Matcher) -> None:
    assert exact(matcher, "595-SN65HVD230DR (MOUSER)") == ["SN65HVD230DR"]


@pytest.mark.parametrize(
    "text",
    [
        "XC7Z; 020; 2CLG; 400I",
        "XC7Z (020) 2CLG400I",
        "STM32, F407, VGT6",
        "SN65. HVD230. DR",
        "ЛАМПА H7 12V 55W, IP67, RS485, DDR4 3200, CAT5E, M12X1.5, 2022 Г.В., ГОСТ 15150-69, ТУ 4023-001",
        "РЕЗИСТОРЫ SMD 0805 10K 5%, КОНДЕНСАТОРЫ 100UF25V 10X20MM",
        "",
        "   ",
        "-",
    ],
)
def test_nothing_is_named(matcher: Matcher, text: str) -> None:
    assert matcher.hits(Goods(text)) == []


def test_another_maker_declared_outvotes_all_but_the_exact_number(matcher: Matcher) -> None:
    assert named(matcher, "XC7Z020-2CLG400I", "HIROSE") == [
        ("XC7Z020-2CLG400I", Grade.EXACT, Evidence.OTHER, "XC7Z020-2CLG400I")
    ]
    assert named(matcher, "XC7Z020", "HIROSE") == []


@pytest.mark.parametrize(
    ("maker", "brand", "evidence"),
    [
        ("XILINX", "", Evidence.DECLARED),
        ("XILINX INC.", "", Evidence.DECLARED),
        ("", "AMD", Evidence.DECLARED),
        ("HIROSE / AMD", "", Evidence.DECLARED),
        ("ОТСУТСТВУЕТ", "НЕ ОБОЗНАЧЕН", Evidence.NONE),
        ("HIROSE", "HIROSE", Evidence.OTHER),
    ],
)
def test_maker_declared(matcher: Matcher, maker: str, brand: str, evidence: Evidence) -> None:
    assert named(matcher, "XC7Z020-2CLG400I", maker, brand)[0][2] is evidence


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("XILINX XC7Z020-2CLG400I", Evidence.NAMED),
        ("XC7Z020-2CLG400I (AMD)", Evidence.NAMED),
        ("XC7Z020-2CLG400I AMDAHL", Evidence.NONE),
        ("XC7Z020-2CLG400I A M D", Evidence.NONE),
    ],
)
def test_maker_named_in_the_text(matcher: Matcher, text: str, evidence: Evidence) -> None:
    assert [hit[2] for hit in named(matcher, text)] == [evidence]


def test_maker_alone(matcher: Matcher) -> None:
    declared = Hit(-1, ST, Grade.MAKER, Evidence.DECLARED)

    assert matcher.hits(Goods("МИКРОСХЕМЫ РАЗНЫЕ", "STMICROELECTRONICS N.V.")) == [declared]
    assert matcher.hits(Goods("МИКРОСХЕМЫ STMICROELECTRONICS")) == [declared._replace(evidence=Evidence.NAMED)]
    assert matcher.hits(Goods("МИКРОСХЕМЫ", "TI")) == [Hit(-1, TI, Grade.MAKER, Evidence.DECLARED)]


@pytest.mark.parametrize("text", ["SCHOTTKY DIODES", "СВЕТОДИОДЫ DIODES, 5 ШТ", "NXP", "ANALOG AND OTHER DEVICES"])
def test_words_of_goods_and_abbreviations_name_no_maker_by_themselves(matcher: Matcher, text: str) -> None:
    assert matcher.hits(Goods(text)) == []


def test_word_of_goods_names_a_maker_behind_a_label_or_in_its_field(matcher: Matcher) -> None:
    maker = Hit(-1, DIODES, Grade.MAKER, Evidence.NAMED)

    assert matcher.hits(Goods("ДИОДЫ, ПРОИЗВОДИТЕЛЬ: DIODES")) == [maker]
    assert matcher.hits(Goods("ДИОДЫ", "DIODES")) == [maker._replace(evidence=Evidence.DECLARED)]
    assert matcher.hits(Goods("ДИОДЫ", "SHENZHEN DIODES FACTORY")) == []
    assert named(matcher, "DIODES BAT54S") == []


WITH_CODES = replace(
    CATALOGUE, parts=tuple(replace(part, hs_code="8542399010" if part.part else "8542") for part in CATALOGUE.parts)
)


@pytest.mark.parametrize(
    "goods",
    [
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ, НАПРЯЖЕНИЕ 100ВТ, 500 ШТ", "", "", "8542399010"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "ОТСУТСТВУЕТ", "не указан", "8542 39 1000"),
        Goods("", "", "", "8542.39"),
        Goods("МИКРОСХЕМЫ 4023", "NONE", "", "854239"),
    ],
)
def test_goods_of_which_only_the_code_is_told(goods: Goods) -> None:
    assert Matcher(WITH_CODES).hits(goods) == [Hit(-1, -1, Grade.HS, Evidence.NONE, "854239")]


@pytest.mark.parametrize(
    "goods",
    [
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "", "", "8542310000"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "", "", "8542"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "", "", "85423"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "SOMEBODY ELSE", "", "854239"),
        Goods("МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ", "", "SOMEBODY ELSE", "854239"),
        Goods("МИКРОСХЕМЫ W25Q128JVSIQ", "", "", "854239"),
        Goods("МИКРОСХЕМЫ ВТ169Д", "", "", "854239"),
        Goods("МИКРОСХЕМЫ LM358", "", "", "854239"),
    ],
    ids=["another code", "a heading", "no code", "none", "a maker", "a brand", "a number", "look-alikes", "ambiguous"],
)
def test_code_counts_for_nothing_beside_anything_that_is_named(goods: Goods) -> None:
    assert Matcher(WITH_CODES).hits(goods) == []


def test_number_or_maker_counts_before_the_code() -> None:
    matcher = Matcher(WITH_CODES)

    assert [hit.grade for hit in matcher.hits(Goods("STM32F407VGT6", "", "", "854239"))] == [Grade.EXACT]
    assert [hit.grade for hit in matcher.hits(Goods("МИКРОСХЕМЫ", "STMICROELECTRONICS", "", "854239"))] == [Grade.MAKER]
    assert Matcher(WITH_CODES, {0}).hits(Goods("МИКРОСХЕМЫ", "", "", "854239")) == []


def test_only_the_parts_that_are_wanted() -> None:
    matcher = Matcher(CATALOGUE, {PLACES["STM32F407VGT6"]})

    assert exact(matcher, "STM32F407VGT6, STM32F103C8T6") == ["STM32F407VGT6"]
    assert matcher.hits(Goods("STM32F103C8T6", "STMICROELECTRONICS")) == []


def test_same_goods_give_the_same_hits_again(matcher: Matcher) -> None:
    goods = Goods("STM32F407VGT6, SN65HVD230DR", "STMICROELECTRONICS")

    assert matcher.hits(goods) == matcher.hits(goods) == Matcher(CATALOGUE).hits(goods)


LOOK_ALIKES = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")
RUSSIAN = ["МИКРОСХЕМЫ", "интегральные", "для", "ЦИФРОВЫЕ", "ГОСТ", "шт", "напряжение", "3,3", "В", "год", "АРТ.", "№"]
SURE = ["XC7Z020-2CLG400I", "STM32F407VGT6", "STM32F103C8T6", "SN65HVD230DR", "AD9361BBCZ", "LPC1768FBD100"]
words = st.lists(st.sampled_from(RUSSIAN), max_size=6).map(" ".join)


@given(st.sampled_from(SURE), words, words, st.randoms(use_true_random=False))
def test_any_spelling_within_any_text_is_found(mpn: str, before: str, behind: str, draw: random.Random) -> None:
    letters = [
        draw.choice([letter, letter.lower(), letter.translate(LOOK_ALIKES)]) for letter in mpn if letter.isalnum()
    ]
    for place in sorted(draw.sample(range(1, len(letters)), draw.randrange(3)), reverse=True):
        letters.insert(place, draw.choice([" ", "-", " - ", "_", ".", "/", "–", "‑", "\u00a0"]))
    written = "".join(letters)

    assert (mpn, Grade.EXACT, Evidence.NONE, written) in named(Matcher(CATALOGUE), f"{before}, {written}; {behind}")


@given(st.sampled_from(SURE), words, st.randoms(use_true_random=False))
def test_number_across_hard_separators_is_not_found(mpn: str, around: str, draw: random.Random) -> None:
    letters = [letter for letter in mpn if letter.isalnum()]
    place = draw.randrange(1, len(letters))
    letters.insert(place, draw.choice(["; ", ", ", ")", " (", ". ", "|", '"', "»", "；", "，", "&quot;"]))

    assert exact(Matcher(CATALOGUE), f"{around} {''.join(letters)} {around}") == []


@given(st.text(), st.text(), st.text())
def test_any_text_is_read(text: str, maker: str, brand: str) -> None:
    hits = Matcher(CATALOGUE).hits(Goods(text, maker, brand))

    assert all(text[hit.at : hit.at + len(hit.found)] == hit.found for hit in hits if hit.part >= 0)


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(
        ["", "R", "-TR", " NXP", ", BRAND: ST", "; ANALOG DEVICES", "; XC7Z020", " LM358 2N2222", "-XC7Z020"]
    ),
    st.sampled_from(["", "AMD", "TI", "Xilinx", "Hirose", "Somebody else"]),
    st.sampled_from(["-", " ", ""]),
)
def test_whole_number_of_one_part_is_judged_as_any_other(
    named: tuple[int, str], behind: str, maker: str, hyphen: str
) -> None:
    """Most finds take a short way to their judgement: without it they come to the same."""
    slow = Matcher(CATALOGUE)
    slow._patterns = [replace(pattern, sole=-1) for pattern in CATALOGUE.patterns]
    written = named[1].replace("-", hyphen) if "-" in named[1] else f"{named[1][:2]}{hyphen}{named[1][2:]}"
    goods = Goods(f"МИКРОСХЕМА {written}{behind}", maker)

    assert slow.hits(goods) == Matcher(CATALOGUE).hits(goods)
