"""Real part numbers against real names and markings: how many texts match, by grade, as bounds that only tighten."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from components.linking.catalogue import Catalogue, CataloguePart
from components.linking.matching import Goods, Matcher
from components.linking.scoring import Grade
from components.normalise.names import name_key

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
FILES = ("reference/part_numbers.csv", "reference/manufacturer_name_variants.csv", "reference/hs_headings.csv")
GOODS = "gur/components.csv"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((DATA / name).is_file() for name in (*FILES, GOODS)),
        reason="the evaluation data lies beside the project and is not part of it (../shared/data)",
    ),
]


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Every real part with a maker; makers are one where their names have one key or stand in one group."""
    groups = {name_key(row["name"]): row["group_key"] for row in rows(FILES[1])}
    ids: dict[str, int] = {}

    def maker(name: str) -> int:
        key = name_key(name)
        return ids.setdefault(groups.get(key, key), len(ids))

    told = [row for row in rows(FILES[0]) if row["manufacturer_as_in_source"]]
    parts = tuple(
        CataloguePart(place, maker(row["manufacturer_as_in_source"].split(" (")[0]), row["part_number"])
        for place, row in enumerate(told)
    )
    written = {row["manufacturer_as_in_source"].split(" (")[0] for row in told} | {
        row["name"] for row in rows(FILES[1])
    }
    return Catalogue(parts, tuple((maker(name), name) for name in sorted(written)))


def best_grades(matcher: Matcher, goods: set[Goods]) -> Counter[Grade | None]:
    return Counter(min((hit.grade for hit in matcher.hits(each)), key=lambda g: g.rank, default=None) for each in goods)


def test_names_of_goods_name_no_part_and_no_maker(catalogue: Catalogue) -> None:
    goods = {Goods(row["description"]) for row in rows(FILES[2])}

    assert best_grades(Matcher(catalogue), goods) == {None: len(goods)}


def test_real_names_and_markings_without_their_makers(catalogue: Catalogue) -> None:
    """81 exact, 104 by a base, 5 by a family when written; docs/linking.md says what is wrong with them."""
    found = best_grades(Matcher(catalogue), {Goods(row["name_marking"]) for row in rows(GOODS)})

    assert 70 <= found[Grade.EXACT] <= 90
    assert 85 <= found[Grade.BASE] <= 110
    assert found[Grade.FAMILY] <= 10


def test_real_names_and_markings_with_their_makers(catalogue: Catalogue) -> None:
    goods = {Goods(row["name_marking"], row["manufacturer"]) for row in rows(GOODS)}

    found = best_grades(Matcher(catalogue), goods)

    assert 80 <= found[Grade.EXACT] <= 110
    assert 85 <= found[Grade.BASE] <= 120
    assert found[Grade.FAMILY] <= 90


def test_every_real_number_is_found_in_a_description(catalogue: Catalogue) -> None:
    """With its maker declared and spaces for hyphens; but digits alone, and numbers of fewer than five characters."""
    matcher, missed = Matcher(catalogue), []
    names = dict(reversed(catalogue.names))
    for part in catalogue.parts:
        if len(part.mpn) < 5 or part.mpn.isdigit():
            continue
        text = f"МИКРОСХЕМЫ ИНТЕГРАЛЬНЫЕ, АРТ. {part.mpn.replace('-', ' ').upper()} 10 ШТ"
        found = {hit.part for hit in matcher.hits(Goods(text, names[part.maker])) if hit.grade is Grade.EXACT}
        missed += [] if part.part in found else [part.mpn]

    assert len(missed) < 0.003 * len(catalogue.parts)
