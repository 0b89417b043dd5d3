"""Scores: what they rest on, in words, and how reviews move them."""

from datetime import date

import pytest

from components.linking.scoring import ASSUMED, Evidence, Grade, Score, Told, score


def test_exact_number_with_its_maker() -> None:
    told = Told(
        Grade.EXACT,
        Evidence.DECLARED,
        number="XC7Z020-2CLG400I",
        found="хс7z020 2clg400i",
        maker="AMD",
        declared_maker="XILINX",
        hs_code="8542399010",
        part_hs_code="854239",
        declared_on=date(2023, 1, 1),
        introduced=date(2012, 1, 1),
    )

    assert score(told) == Score(
        0.98,
        (
            "the description names XC7Z020-2CLG400I as “хс7z020 2clg400i”",
            "declared as made by “XILINX”, which is AMD or its owner or brand",
            "HS code 8542399010 agrees with 854239 of the part",
        ),
    )


def test_everything_that_speaks_against() -> None:
    told = Told(
        Grade.BASE,
        Evidence.NONE,
        number="XC7Z020-2CLG400I",
        found="XC7Z020",
        suffix="1CLG484C",
        is_ambiguous=True,
        hs_code="6204",
        part_hs_code="854239",
        declared_on=date(2010, 1, 1),
        introduced=date(2012, 1, 1),
    )

    assert score(told) == Score(
        round(0.30 * 0.3 * 0.2 * 0.9, 4),
        (
            "the description names the base number “XC7Z020”, with “1CLG484C” written on: another variant than "
            "XC7Z020-2CLG400I",
            "no maker is named that the catalogue knows",
            "HS code 6204 is of other goods than electronics",
            "declared on 2010-01-01, before the part was introduced on 2012-01-01",
            "the number is short or several makers use it: it counts with its maker only",
        ),
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            Told(Grade.BASE, Evidence.NAMED, number="A1-B", found="A1", maker="M"),
            Score(
                0.40,
                (
                    "the description names the base number “A1”: not which variant: ours is A1-B",
                    "the description names M",
                ),
            ),
        ),
        (
            Told(Grade.FAMILY, Evidence.NAMED, number="STM32F407", found="STM32F", suffix="103", maker="ST"),
            Score(
                0.05,
                (
                    "the description names the family “STM32F”, with “103” written on, not STM32F407",
                    "the description names ST",
                ),
            ),
        ),
        (
            Told(
                Grade.EXACT,
                Evidence.OTHER,
                number="A1",
                found="A1",
                maker="M",
                declared_maker="N",
                hs_code="8541",
                part_hs_code="8542",
            ),
            Score(
                0.45,
                (
                    "the description names A1 as “A1”",
                    "declared as made by “N”, which is another maker than M",
                    "HS code 8541 is not 8542 of the part",
                ),
            ),
        ),
        (
            Told(Grade.MAKER, Evidence.DECLARED, maker="M", declared_maker="M INC", hs_code="6204", is_ambiguous=True),
            Score(
                0.95,
                (
                    "no part number of the maker was found, only the maker",
                    "declared as made by “M INC”, which is M or its owner or brand",
                ),
            ),
        ),
    ],
)
def test_reasons_in_words(told: Told, expected: Score) -> None:
    assert score(told) == expected


def test_part_whose_hs_code_is_unknown_is_not_held_against_another_heading() -> None:
    assert score(Told(Grade.EXACT, Evidence.DECLARED, hs_code="9031")).score == 0.98


def test_grades_rank_from_the_surest() -> None:
    assert sorted(Grade, key=lambda grade: grade.rank) == [Grade.EXACT, Grade.BASE, Grade.FAMILY, Grade.MAKER, Grade.HS]


def test_every_grade_that_the_matcher_gives_has_a_rate() -> None:
    both = (Evidence.DECLARED, Evidence.NAMED)
    given = {(grade, evidence) for grade in Grade if grade is not Grade.HS for evidence in both}
    given |= {(grade, Evidence.NONE) for grade in (Grade.EXACT, Grade.BASE, Grade.HS)} | {(Grade.EXACT, Evidence.OTHER)}

    assert set(ASSUMED) == given
    assert all(0 < rate < 1 for rate in ASSUMED.values())
