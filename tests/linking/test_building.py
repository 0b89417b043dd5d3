"""Datasets searched for the parts of the catalogue: whole, again, for new parts alone, broken off, reviewed."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from components.choices import LinkState, Visibility
from components.curation.links import review_link
from components.intake.trade.datasets import About, import_dataset
from components.intake.undo import undo_batch
from components.linking import building
from components.linking.building import link_datasets
from components.models import Company, Dataset, ImportBatch, Link, LinkBuild, User
from tests.factories import ManufacturerFactory, PartFactory

HEADER = (
    "ND (Номер декларации);G072 (Дата регистрации);G022 (Наименование отправителя);G0231 (Код страны отправителя);"
    "G082 (Наименование получателя);G34 (Код страны происхождения);G15A (Код страны отправления);"
    "G31_1 (Наименование и характеристики товаров);G31_11 (Фирма-изготовитель);G33 (Код товара по ТН ВЭД);"
    "G31_7 (Кол-во товара в доп.ед.);G46 (Статистическая стоимость, USD.)"
)
MADE = timezone.now()
pytestmark = pytest.mark.django_db


def declared(folder: Path, *goods: tuple[str, ...], name: str = "records.csv") -> Path:
    """A declaration file with one row for each description and declared maker, and HS code if it is another."""
    goods = [(*each, "8542319010")[:3] for each in goods]
    rows = [
        f"10/{n};15.03.2022;SYNTHETIC TRADE;HK;ООО СИНТЕТИКА;MY;HK;{description};{maker};{code};100;1000"
        for n, (description, maker, code) in enumerate(goods, 1)
    ]
    file = folder / name
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return file


def imported(file: Path, user: User, **about: Any) -> Dataset:
    batch = import_dataset(
        file, About(**{"title": file.name, "source_title": "An export"} | about), user=user, now=MADE
    )
    return Dataset.objects.get(import_batch=batch)


def found() -> list[tuple[int | None, str, str, str]]:
    rows = Link.objects.order_by("row_number", "part__mpn", "pk")
    return [(link.row_number, link.part.mpn if link.part else "", link.grade, link.evidence) for link in rows]


@pytest.fixture
def xilinx() -> Any:
    """A maker with a part of a telling number."""
    maker = ManufacturerFactory(name="Xilinx")
    PartFactory(manufacturer=maker, mpn="XC7Z020-2CLG400I")
    return maker


def test_search_keeps_links_with_the_facts_of_their_shipments(tmp_path: Path, editor: User, xilinx: Any) -> None:
    dataset = imported(
        declared(tmp_path, ("ПЛИС ХС7Z020-2 CLG400I", "XILINX"), ("ТРАНСФОРМАТОРЫ", "XILINX"), ("ОБУВЬ", "")), editor
    )

    counts = link_datasets(now=MADE)

    assert counts == {"datasets": 1, "searched": 1, "links": 2}
    assert found() == [(1, "XC7Z020-2CLG400I", "exact", "declared"), (2, "", "maker", "declared")]
    link = Link.objects.get(row_number=1)
    assert (link.found, link.state, link.dataset, link.visibility) == (
        "ХС7Z020-2 CLG400I",
        "proposed",
        dataset,
        dataset.visibility,
    )
    assert (str(link.shipped_on), link.declaration_number, link.quantity, link.value_usd) == (
        "2022-03-15",
        "10/1",
        100,
        1000,
    )
    assert (link.exporter, link.importer) == (
        Company.objects.get(name="SYNTHETIC TRADE"),
        Company.objects.get(name="ООО СИНТЕТИКА"),
    )
    assert (link.origin_country, link.dispatch_country, link.history.count()) == ("MY", "HK", 0)
    assert link.reasons_list[0] == "the description names XC7Z020-2CLG400I as “ХС7Z020-2 CLG400I”"


def test_search_again_changes_nothing(tmp_path: Path, editor: User, xilinx: Any) -> None:
    imported(declared(tmp_path, ("XC7Z020-2CLG400I", "")), editor)
    link_datasets(now=MADE)
    before = list(Link.objects.values())

    counts = link_datasets(now=timezone.now())

    assert counts == {"datasets": 1, "searched": 0, "links": 0}
    assert list(Link.objects.values()) == before


def test_new_part_is_looked_for_alone(tmp_path: Path, editor: User, xilinx: Any) -> None:
    imported(declared(tmp_path, ("XC7Z020-2CLG400I", "XILINX"), ("XC7K325T-2FFG900I", "XILINX")), editor)
    link_datasets(now=MADE)
    kept = Link.objects.get(row_number=1).pk

    PartFactory(manufacturer=xilinx, mpn="XC7K325T-2FFG900I")
    counts = link_datasets(now=timezone.now())

    assert counts["links"] == 1
    assert found() == [
        (1, "XC7Z020-2CLG400I", "exact", "declared"),
        (2, "XC7K325T-2FFG900I", "exact", "declared"),
    ]
    assert Link.objects.get(row_number=1).pk == kept


def test_number_that_a_second_maker_uses_needs_its_maker_from_then_on(
    tmp_path: Path, editor: User, xilinx: Any
) -> None:
    imported(declared(tmp_path, ("XC7Z020-2CLG400I", "")), editor)
    link_datasets(now=MADE)
    assert len(found()) == 1
    other = ManufacturerFactory(name="Somebody Else")
    link_datasets(now=MADE)  # the new maker's name is searched for first

    PartFactory(manufacturer=other, mpn="XC7Z020-2CLG400I")
    link_datasets(now=timezone.now())

    assert found() == []


def test_reviewed_link_outlives_every_new_search(tmp_path: Path, editor: User, xilinx: Any) -> None:
    imported(declared(tmp_path, ("XC7Z020-2CLG400I", "")), editor)
    link_datasets(now=MADE)
    link = Link.objects.get()
    review_link(link, state=LinkState.REJECTED, user=editor, now=MADE, why="a board, not a chip")

    link_datasets(now=timezone.now(), everything=True)

    (kept,) = Link.objects.all()
    assert (kept.pk, kept.state, kept.reviewed_by, kept.review_note) == (
        link.pk,
        "rejected",
        editor,
        "a board, not a chip",
    )


def test_search_that_broke_off_goes_on(
    tmp_path: Path, editor: User, xilinx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "CHUNK_ROWS", 2)
    imported(declared(tmp_path, *[("XC7Z020-2CLG400I", "")] * 5), editor)

    def breaks_off(progress: building.Progress) -> None:
        if progress.rows == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link_datasets(now=MADE, told=breaks_off)
    first = set(Link.objects.values_list("pk", flat=True))
    assert (len(first), LinkBuild.objects.get().rows_done) == (4, 4)

    counts = link_datasets(now=timezone.now())

    assert counts == {"datasets": 1, "searched": 1, "links": 1}
    assert first < set(Link.objects.values_list("pk", flat=True))
    assert LinkBuild.objects.get().finished_at is not None


def test_undoing_a_dataset_keeps_what_was_reviewed_and_who_could_see_it(
    tmp_path: Path, editor: User, xilinx: Any
) -> None:
    dataset = imported(
        declared(tmp_path, ("XC7Z020-2CLG400I", ""), ("XC7Z020-2CLG400I", "XILINX")),
        editor,
        visibility=Visibility.RESTRICTED,
    )
    link_datasets(now=MADE)
    review_link(Link.objects.get(row_number=2), state=LinkState.CONFIRMED, user=editor, now=MADE)

    undo_batch(ImportBatch.objects.get(), user=editor, now=timezone.now())

    (kept,) = Link.objects.all()
    assert (kept.dataset, kept.state, kept.visibility, kept.description) == (
        None,
        "confirmed",
        "restricted",
        "XC7Z020-2CLG400I",
    )
    assert kept.place == f"{dataset.title}, row 2"


def test_undoing_parts_drops_the_proposals_that_name_them(tmp_path: Path, editor: User) -> None:
    from components.intake.batches import run_import

    sheet = tmp_path / "parts.csv"
    sheet.write_text("part_number,manufacturer\nXC7Z020-2CLG400I,Xilinx\n", encoding="utf-8")
    batch = run_import("parts", sheet, user=editor, visibility=Visibility.PUBLISHED, now=MADE)
    imported(declared(tmp_path, ("XC7Z020-2CLG400I", ""), ("ДИОДЫ", "XILINX")), editor)
    link_datasets(now=MADE)
    assert Link.objects.count() == 2

    undo_batch(batch, user=editor, now=timezone.now())

    assert Link.objects.count() == 0


def test_maker_that_nobody_reviewed_stays_beside_one_that_was(tmp_path: Path, editor: User, xilinx: Any) -> None:
    ManufacturerFactory(name="Mitsubishi Widgets")
    imported(declared(tmp_path, ("ТРАНСФОРМАТОРЫ", "XILINX, MITSUBISHI WIDGETS")), editor)
    link_datasets(now=MADE)
    before = sorted(Link.objects.values_list("manufacturer__name", flat=True))
    assert before == ["Mitsubishi Widgets", "Xilinx"]
    review_link(Link.objects.get(manufacturer=xilinx), state=LinkState.REJECTED, user=editor, now=MADE)

    link_datasets(now=timezone.now(), everything=True)

    assert sorted(Link.objects.values_list("manufacturer__name", flat=True)) == before


def test_second_search_takes_the_dataset_from_the_first(
    tmp_path: Path, editor: User, xilinx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "CHUNK_ROWS", 2)
    imported(declared(tmp_path, *[("XC7Z020-2CLG400I", "")] * 4), editor)
    begun: list[int] = []

    def other(progress: building.Progress) -> None:
        if not begun:
            begun.append(progress.rows)
            link_datasets(now=MADE, everything=True)

    link_datasets(now=MADE, told=other)

    assert Link.objects.count() == 4
    assert LinkBuild.objects.get().finished_at is not None


def test_second_search_that_was_killed_is_made_good(
    tmp_path: Path, editor: User, xilinx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "CHUNK_ROWS", 2)
    dataset = imported(declared(tmp_path, *[("XC7Z020-2CLG400I", "")] * 4), editor)

    def begins(progress: building.Progress) -> None:
        if progress.rows == 2:
            building._begin(dataset, building.read_catalogue(), building.Plan(is_due=True), now=MADE)

    link_datasets(now=MADE, told=begins)
    link_datasets(now=timezone.now())

    assert Link.objects.count() == 4


def test_file_that_comes_again_finds_what_was_reviewed(tmp_path: Path, editor: User, xilinx: Any) -> None:
    file = declared(tmp_path, ("XC7Z020-2CLG400I", ""), ("XC7Z020-2CLG400I", "XILINX"))
    imported(file, editor)
    link_datasets(now=MADE)
    review_link(Link.objects.get(row_number=1), state=LinkState.REJECTED, user=editor, now=MADE)
    review_link(Link.objects.get(row_number=2), state=LinkState.CONFIRMED, user=editor, now=MADE)
    undo_batch(ImportBatch.objects.get(), user=editor, now=timezone.now())

    again = imported(file, editor)
    link_datasets(now=timezone.now())

    assert list(Link.objects.order_by("row_number").values_list("row_number", "state", "dataset")) == [
        (1, "rejected", again.pk),
        (2, "confirmed", again.pk),
    ]


def test_shipment_that_names_nothing_is_linked_once_by_its_code(tmp_path: Path, editor: User, xilinx: Any) -> None:
    PartFactory(manufacturer=xilinx, mpn="XC7K325T-2FFG900I", hs_code="8542319010")
    PartFactory(manufacturer=ManufacturerFactory(name="Altera"), mpn="EP4CE6E22C8N", hs_code="854231")
    imported(declared(tmp_path, ("МИКРОСХЕМЫ", "ОТСУТСТВУЕТ"), ("МИКРОСХЕМЫ", "", "8542391000")), editor)

    link_datasets(now=MADE)

    (link,) = Link.objects.all()
    assert (link.row_number, link.part, link.manufacturer, link.grade, link.evidence) == (1, None, None, "hs", "none")
    assert (link.found, link.score, link.hs_code) == ("854231", 0.02, "8542319010")
    assert link.reasons_list == [
        "no number and no maker was found, only HS code 854231, which parts of the catalogue have"
    ]
    assert str(link) == "HS code 854231 ← 10/1 of 2022-03-15"


def test_part_of_a_code_that_no_other_had_is_looked_for_everywhere(tmp_path: Path, editor: User, xilinx: Any) -> None:
    imported(declared(tmp_path, ("МИКРОСХЕМЫ", ""), ("XC7Z020-2CLG400I", "")), editor)
    link_datasets(now=MADE)
    assert found() == [(2, "XC7Z020-2CLG400I", "exact", "none")]

    PartFactory(manufacturer=xilinx, mpn="XC7K325T-2FFG900I", hs_code="8542319010")
    link_datasets(now=timezone.now())

    assert found() == [(1, "", "hs", "none"), (2, "XC7Z020-2CLG400I", "exact", "none")]


def test_reviewed_link_of_a_code_outlives_every_new_search(tmp_path: Path, editor: User, xilinx: Any) -> None:
    PartFactory(manufacturer=xilinx, mpn="XC7K325T-2FFG900I", hs_code="8542319010")
    imported(declared(tmp_path, ("МИКРОСХЕМЫ", ""), ("СОКЕТЫ", "")), editor)
    link_datasets(now=MADE)
    link = Link.objects.get(row_number=2)
    review_link(link, state=LinkState.REJECTED, user=editor, now=MADE, why="a socket")

    link_datasets(now=timezone.now(), everything=True)

    assert [(each.row_number, each.state) for each in Link.objects.order_by("row_number")] == [
        (1, "proposed"),
        (2, "rejected"),
    ]
    assert Link.objects.get(row_number=2).pk == link.pk


def test_code_of_a_synthetic_part_says_nothing_of_real_shipments(tmp_path: Path, editor: User, xilinx: Any) -> None:
    PartFactory(manufacturer=xilinx, mpn="XC7K325T-2FFG900I", hs_code="8542319010", is_synthetic=True)
    imported(declared(tmp_path, ("МИКРОСХЕМЫ", "")), editor)

    link_datasets(now=MADE)

    assert found() == []
