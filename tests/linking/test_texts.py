"""Texts as the matcher reads them: one byte a character at its place, look-alikes folded, separators by strength."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.linking.texts import (
    HARD,
    SOFT,
    SPACE,
    Reading,
    breaks,
    encoded,
    has_number,
    is_labelled,
    names_nobody,
    names_somebody,
    shape_of,
    squashed,
)
from components.normalise.part_numbers import part_key


@pytest.mark.parametrize(
    "written",
    [
        "XC7Z020-2CLG400I",
        "xc7z020 2clg400i",
        "ХС7Z020-2СLG400І",
        "XC7Z020‑2CLG400I",
        "XC7Z020\N{MINUS SIGN}2CLG400I",
        "ＸＣ７Ｚ０２０－２ＣＬＧ４００Ｉ",
        "XC7Z020\u200b2CLG\u00a0400I",
        "XC7Z020&nbsp;2CLG&#8209;400I",
        "XC7Z020 芯片 2CLG400I",
    ],
)
def test_squashed_is_one_for_every_spelling(written: str) -> None:
    assert squashed(written) == b"XC7Z0202CLG400I"


@given(st.text(alphabet=st.characters(codec="cp1251")))
def test_squashed_agrees_with_the_key_of_the_catalogue_on_part_numbers(text: str) -> None:
    number = "".join(letter for letter in text if letter.isascii() or letter in "АВЕКМНОРСТХаверсх") + "1"

    assert squashed(number.replace("&", "")) == part_key(number.replace("&", "")).encode("cp1251")


@given(st.text())
def test_encoded_has_one_byte_a_character(text: str) -> None:
    assert len(encoded(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A–B", [SPACE]),
        ("A‑B", [SPACE]),
        ("A\u3000B", [SPACE]),
        ("A\u200bB", [SPACE]),
        ("A\nB", [SOFT]),
        ("A\tB", [SOFT]),
        ("A；B", [HARD]),
        ("A（B", [HARD]),
        ("A、B", [HARD]),
        ("A料B", [HARD]),
        ("A&nbsp;B", [SPACE] * 6),
        ("A&quot;B", [HARD] * 6),
        ("A?B", [HARD]),
    ],
)
def test_separators_read_by_strength(text: str, read: list[int]) -> None:
    assert list(Reading(encoded(text)).read[1:-1]) == read


def test_breaks_are_the_offsets_behind_hard_separators() -> None:
    assert breaks("U.FL-R-SMT-1(10)") == {8, 10}
    assert breaks("TLP2361(TPL,E") == {7}
    assert breaks("XC7Z020-2CLG400I") == frozenset()


def test_shape_keeps_separators_by_strength() -> None:
    assert shape_of("u.fl-r(10)") == b"U FL R\n10"
    assert shape_of("Texas Instruments, Inc.") == b"TEXAS INSTRUMENTS  INC"


@given(st.text(alphabet="AБ1 -;.,\n", min_size=1), st.data())
def test_place_is_that_of_the_letter_at_the_offset(text: str, data: st.DataObject) -> None:
    letters = [place for place, letter in enumerate(text) if letter in "AБ1"]
    if not letters:
        return
    offset = data.draw(st.integers(0, len(letters) - 1))

    assert Reading(encoded(text)).place(offset) == letters[offset]


@given(st.text(alphabet="AB1 -", min_size=1), st.data())
def test_place_of_finds_a_shape_at_its_offset_only(text: str, data: st.DataObject) -> None:
    read = Reading(encoded(text)).read
    letters = [place for place, code in enumerate(read) if code > SPACE]
    if not letters:
        return
    offset = data.draw(st.integers(0, len(letters) - 1))
    shape = data.draw(st.sampled_from([b"A", b"AB", b"A B", b"1"]))

    place = letters[offset] if read.startswith(shape, letters[offset]) else -1
    assert Reading(encoded(text)).place_of(shape, offset) == place


@pytest.mark.parametrize(
    ("text", "place", "begins"),
    [
        ("LM358", 0, True),
        ("XLM358", 1, False),
        ("X-LM358", 2, True),
        ("микросхемаLM358", 10, True),
        ("микросхемаХС7Z020", 10, True),
        ("МИКРОСХЕМАХС7Z020", 10, True),
        ("САТ24С256", 1, False),  # look-alikes only: a number typed on a Russian keyboard
        ("ДАТ24С256", 1, False),  # one letter is no word
    ],
)
def test_number_begins_behind_a_separator_or_a_russian_word(text: str, place: int, begins: bool) -> None:
    assert Reading(encoded(text)).begins(place) is begins


@pytest.mark.parametrize(
    ("text", "place", "ends"),
    [
        ("LM358", 5, True),
        ("LM358D", 5, False),
        ("LM358,", 5, True),
        ("LM358ШТ", 5, True),
        ("LM358С", 5, False),
        ("LM358МИКРОСХЕМА", 5, True),
    ],
)
def test_number_ends_before_a_separator_or_a_russian_word(text: str, place: int, ends: bool) -> None:
    assert Reading(encoded(text)).ends(place) is ends


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("LM358", ""),
        ("LM358 DR", ""),
        ("LM358DR", "DR"),
        ("LM358-DR", "DR"),
        ("LM358/NOPB", "NOPB"),
        ("LM358#TRPBF", "TRPBF"),
        ("LM358-I/PT", "IPT"),
        ("LM358,118", "118"),
        ("LM358, 118", ""),
        ("LM358ДР", ""),
        ("LM358-100ШТ", ""),
        ("LM358-100 ШТ", ""),
        ("LM358-100", "100"),
        ("LM358-100 МГЦ", ""),
        ("LM358PBF-100ШТ", "PBF"),
        ("LM358-100PCS", ""),
        ("LM358,LM324DR", ""),
        ("LM358/74HC04", ""),
        ("LM358DR,LM324DR,LM339", "DR"),
        ("LM358)", ""),
        ("LM358СТ", "CT"),
    ],
)
def test_tail_is_the_suffix_and_no_quantity_nor_the_next_number(text: str, tail: str) -> None:
    assert Reading(encoded(text)).tail(5) == tail


@pytest.mark.parametrize(
    ("text", "place", "head"),
    [
        ("EVAL-AD9361", 5, "EVAL"),
        ("512-AD9361", 4, "512"),
        ("ЧИП-AD9361", 4, ""),
        ("A AD9361", 2, ""),
        ("AD9361", 0, ""),
    ],
)
def test_head_is_the_latin_token_before_a_hyphen(text: str, place: int, head: str) -> None:
    assert Reading(encoded(text)).head(place) == head


@pytest.mark.parametrize(
    ("text", "number", "is_figure"),
    [
        ("4023 ШТ", "4023", True),
        ("4023ШТ", "4023", True),
        ("№ 4023", "4023", True),
        ("12.4023", "4023", True),
        ("4023,5", "4023", True),
        ("4023 КГ", "4023", True),
        ("4023 PCS", "4023", True),
        ("4023 INTERSIL", "4023", False),
        ("АРТ. 4023, МИКРОСХЕМА", "4023", False),
        ("4023 ШТУЦЕР", "4023", False),
    ],
)
def test_figure_counts_measures_or_belongs_to_a_date(text: str, number: str, is_figure: bool) -> None:
    first = text.index(number)

    assert Reading(encoded(text)).is_figure(first, first + len(number)) is is_figure


@pytest.mark.parametrize(
    ("text", "is_parted"),
    [("XC7Z;020", True), ("XC7Z, 020", True), ("XC7Z. 020", True), ("XC7Z,020", False), ("XC7Z 020", False)],
)
def test_hard_separators_part_a_number(text: str, is_parted: bool) -> None:
    assert Reading(encoded(text)).is_parted(0, len(text), frozenset(), is_long=True) is is_parted


def test_end_of_a_line_parts_a_short_number_and_its_own_bracket_parts_none() -> None:
    line, bracket = Reading(encoded("XC7Z\n020")), Reading(encoded("SMT-1(10)"))

    assert (line.is_parted(0, 8, frozenset(), False), line.is_parted(0, 8, frozenset(), True)) == (True, False)
    assert (bracket.is_parted(0, 8, frozenset({4}), True), bracket.is_parted(0, 8, frozenset(), True)) == (False, True)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("ПРОИЗВОДИТЕЛЬ: DIODES", True),
        ("Товарный знак - DIODES", True),
        ("MANUFACTURER DIODES", True),
        ("SCHOTTKY DIODES", False),
    ],
)
def test_label_introduces_a_maker(text: str, is_told: bool) -> None:
    assert is_labelled(Reading(encoded(text)), text.index("DIODES")) is is_told


@pytest.mark.parametrize(
    ("text", "is_field"),
    [
        ("AMD", True),
        (' "AMD" ', True),
        ("HIROSE / AMD", True),
        ("AMD; TI", True),
        ("AMD GROUP", False),
        ("NEW AMD", False),
    ],
)
def test_field_may_say_several(text: str, is_field: bool) -> None:
    first = text.index("AMD")

    assert Reading(encoded(text)).is_field(first, first + 3) is is_field


@pytest.mark.parametrize(
    "text",
    [
        "ЧИП W25Q128",
        "24lc256",
        "NEO-M8N",
        "SS54",
        "ТРАНЗИСТОРЫ ВТ169Д",
        "микросхемаХС7Z020",
        "SOT-23",
        "24С02",
        "5576ХС4Т",
    ],
)
def test_word_of_letters_and_digits_may_be_a_number(text: str) -> None:
    assert has_number(encoded(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "МИКРОСХЕМЫ ЭЛЕКТРОННЫЕ",
        "12V 50HZ 5MM",
        "1000ВТ, 220В",
        "500 PCS",
        "42641",
        "12.05.2021",
        "ADM 709",
    ],
)
def test_words_ratings_and_digits_alone_are_no_number(text: str) -> None:
    assert not has_number(encoded(text))


@pytest.mark.parametrize("field", ["", " - ", "ОТСУТСТВУЕТ", "Отсутствует.", "не указан", "N/A", "No name"])
def test_field_that_names_nobody(field: str) -> None:
    assert names_nobody(field)


@pytest.mark.parametrize("field", ["ОТСУТСТВУЕТ, INTEL", "NONAME TECHNOLOGY", "TI", "ЗАВОД"])
def test_field_that_names_somebody(field: str) -> None:
    assert not names_nobody(field)


@pytest.mark.parametrize(
    "text",
    [
        "МИКРОСХЕМЫ. ФИРМА ИЗГОТОВИТЕЛЬ MICRON, ТОВАРНЫЙ ЗНАК MICRON",
        "ДИОДЫ, ПРОИЗВОДИТЕЛЬ: KINGBRIGHT ELECTRONIC",
        "ТОВАРНЫЙ ЗНАК: ОТСУТСТВУЕТ, МАРКА: НЕКТО",
    ],
)
def test_text_that_introduces_somebody(text: str) -> None:
    assert names_somebody(encoded(text))


@pytest.mark.parametrize(
    "text",
    [
        "МИКРОСХЕМЫ",
        "ФИРМА-ИЗГОТОВИТЕЛЬ: ОТСУТСТВУЕТ; ТОВАРНЫЙ ЗНАК НЕ УКАЗАН",
        "МИКРОСХЕМЫ БЕЗ ТОВАРНОГО ЗНАКА. ПРОИЗВОДИТЕЛЬ",
        "ТОВАРНЫЙ ЗНАК: ОТСУТСТВУЕТ, МАРКА: НЕТ ДАННЫХ",
        "ФИРМАМЕНТ",
    ],
)
def test_text_that_introduces_nobody(text: str) -> None:
    assert not names_somebody(encoded(text))
