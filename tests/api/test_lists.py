"""Lists: the same few queries however many rows, pages, cursors, columns, filters and files."""

import csv
import io
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from components.api.addresses import ADDRESSES
from components.api.trade import VIEW_SETS
from components.exports.columns import COLUMNS
from components.models import Component, ControlDate, Country, HSHeading, Manufacturer, PriorityItem, User, Weapon
from tests.api.conftest import Ask
from tests.api.world import LISTED, add
from tests.factories import (
    ComponentFactory,
    IdentificationFactory,
    ManufacturerFactory,
    PartFactory,
    WeaponFactory,
    WeaponModelFactory,
)

REFERENCE = (ControlDate, Country, HSHeading, PriorityItem)


def address(model: type[Model], rest: str = "") -> str:
    return f"/api/v1/{ADDRESSES[model]}/{rest}"


def keys(answer: Any) -> list[Any]:
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
def test_list_takes_the_same_queries_for_any_number_of_rows(
    model: type[Model], count: int, ask: Ask, administrator: User
) -> None:
    if model in REFERENCE:
        HSHeading.objects.update(parent=None)
        model._default_manager.all().delete()
    add(model, count)
    client = ask(administrator)

    with CaptureQueriesContext(connection) as by_number:
        page = client.get(address(model))
    with CaptureQueriesContext(connection) as by_cursor:
        walked = client.get(address(model, "?cursor="))

    # The token with its account, and: the count, the rows; by cursor the rows alone.
    assert (len(by_number), len(by_cursor)) == (3, 2)
    assert len(page.json()["results"]) >= count
    assert page.json()["count"] == len(page.json()["results"])
    assert walked.json()["results"] == sorted(page.json()["results"], key=lambda row: next(iter(row.values())))
    assert set(walked.json()["results"][0]) == {column.name for column in COLUMNS[model]}


def test_visitors_list_is_one_query(db: None, client: Client) -> None:
    add(Component, 3)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address(Component, "?cursor=&page_size=2"))

    assert len(queries) == 1
    assert len(answer.json()["results"]) == 2


def test_row_has_the_values_of_its_columns(db: None, client: Client) -> None:
    weapon = WeaponFactory(label="Kh-101 no. 7", recovered="2022-10", latitude="50.450123", longitude="30.523456")

    row = client.get(address(Weapon)).json()["results"][0]

    assert row == {
        "id": weapon.pk,
        "label": "Kh-101 no. 7",
        "model": None,
        "model_name": None,
        "serial_number": "",
        "made_in": None,
        "used_by": None,
        "recovered": "2022-10",
        "recovered_earliest": "2022-10-01",
        "recovered_latest": "2022-10-31",
        "recovered_place": "",
        "latitude": 50.5,
        "longitude": 30.5,
        "notes": "",
        "visibility": "published",
        "is_synthetic": False,
        "updated_at": weapon.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_pages_lead_to_one_another(db: None, client: Client) -> None:
    rows = add(Manufacturer, 5)

    first = client.get(address(Manufacturer, "?page_size=2")).json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()

    assert [len(page["results"]) for page in (first, second, third)] == [2, 2, 1]
    assert [page["count"] for page in (first, second, third)] == [5, 5, 5]
    assert (first["previous"], third["next"]) == (None, None)
    assert client.get(third["previous"]).json() == second
    assert {row["id"] for page in (first, second, third) for row in page["results"]} == {row.pk for row in rows}


def test_page_past_the_last_is_not_an_empty_list(db: None, client: Client) -> None:
    add(Manufacturer, 2)

    answer = client.get(address(Manufacturer, "?page=2"))

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no page 2: the list has 2 rows."


def test_cursor_walks_the_whole_table_and_back(db: None, client: Client) -> None:
    rows = sorted(row.pk for row in add(Manufacturer, 7))
    forward, backward = [], []

    page = client.get(address(Manufacturer, "?cursor=&page_size=3")).json()
    while True:
        forward.append([row["id"] for row in page["results"]])
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()
    while True:
        backward.append([row["id"] for row in page["results"]])
        if page["previous"] is None:
            break
        page = client.get(page["previous"]).json()

    assert forward == [rows[:3], rows[3:6], rows[6:]]
    assert [key for page in reversed(backward) for key in page] == rows


def test_cursor_meets_no_row_twice_while_others_write(db: None, client: Client) -> None:
    rows = add(Manufacturer, 4)
    first = client.get(address(Manufacturer, "?cursor=&page_size=2&fields=name")).json()
    rows[0].delete()
    added = ManufacturerFactory()

    rest = client.get(first["next"]).json()
    last = client.get(rest["next"]).json()

    assert [row["name"] for row in first["results"] + rest["results"] + last["results"]] == [
        row.name for row in [*rows, added]
    ]


def test_cursor_walks_text_keys(db: None, client: Client) -> None:
    codes, page = [], client.get(address(Country, "?cursor=&page_size=100")).json()

    codes += [row["alpha2"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        codes += [row["alpha2"] for row in page["results"]]

    assert codes == sorted(Country.objects.values_list("alpha2", flat=True))


def test_fields_choose_columns_in_their_order(db: None, client: Client) -> None:
    weapon = WeaponFactory(label="Orlan-10")

    assert client.get(address(Weapon, "?fields=label,id")).json()["results"] == [{"label": "Orlan-10", "id": weapon.pk}]
    assert list(client.get(address(Weapon, "?fields=label,id&cursor=")).json()["results"][0]) == ["label", "id"]


def test_fields_and_filters_do_not_make_rows_one(db: None, client: Client) -> None:
    WeaponFactory.create_batch(3, label="Orlan-10")

    for question in ("?fields=label&visibility=published", "?fields=label&visibility=published&cursor="):
        assert client.get(address(Weapon, question)).json()["results"] == [{"label": "Orlan-10"}] * 3


def test_ordering_ends_in_the_key(db: None, client: Client) -> None:
    b, a, c = (WeaponFactory(label=label) for label in ("B", "A", "A"))

    assert keys(client.get(address(Weapon, "?ordering=label"))) == [a.pk, c.pk, b.pk]
    assert keys(client.get(address(Weapon, "?ordering=-label"))) == [b.pk, c.pk, a.pk]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("weapon=999999", "weapon"),
        ("weapon=99999999999999999999999", "weapon"),
        ("weapon=x", "weapon"),
        ("quantity=1.5", "quantity"),
        ("quantity=-1e400000000", "quantity"),
        ("quantity__range=1", "quantity__range"),
        ("quantity__in=1,,2", "quantity__in"),
        ("is_foreign=maybe", "is_foreign"),
        ("made__from=soon", "made__from"),
        ("updated_at__gte=0001-01-01T00:00:00%2B14:00", "updated_at__gte"),
        ("marking_state=gone", "marking_state"),
        ("colour=red", "colour"),
        ("q=a%00b", "q"),
        ("fields=id,colour", "fields"),
        ("fields=", "fields"),
        ("page=0", "page"),
        ("page=1e3", "page"),
        ("page_size=1001", "page_size"),
        ("ordering=marking", "ordering"),
        ("cursor=abc", "cursor"),
        ("cursor=WyJhZnRlciIsdHJ1ZV0", "cursor"),
        ("cursor=&page=2", "page"),
        ("cursor=&ordering=id", "ordering"),
        ("format=csv", "format"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(question: str, field: str, db: None, client: Client) -> None:
    ComponentFactory()

    answer = client.get(address(Component, f"?{question}"))

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert {error["field"] for error in answer.json()["errors"]} == {field}


def test_refusal_tells_every_parameter_with_its_value(db: None, client: Client) -> None:
    problem = client.get(address(Component, "?colour=red&is_foreign=maybe")).json()

    assert problem == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "is_foreign: Expected true or false.; colour: There is no filter “colour” on this list.",
        "errors": [
            {"field": "is_foreign", "reason": "Expected true or false.", "value": "maybe"},
            {"field": "colour", "reason": "There is no filter “colour” on this list.", "value": "red"},
        ],
    }


def catalogue() -> tuple[Any, Any]:
    """Two makers' components in two weapons, and the maker and model to ask for."""
    maker, model = ManufacturerFactory(name="=SUM(A1)"), WeaponModelFactory(name="Orlan-10")
    for weapon in (WeaponFactory(model=model), WeaponFactory()):
        for part in (PartFactory(manufacturer=maker), PartFactory()):
            component = ComponentFactory(weapon=weapon, marking="STM32\nF103", marking_state="read", quantity=2)
            IdentificationFactory(component=component, part=part, manufacturer=part.manufacturer, is_current=True)
    return maker, model


QUESTIONS = [
    "",
    "manufacturer={maker}&weapon_model={model}",
    "q=stm32f103&quantity__gte=2",
    "manufacturer__not={maker}",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_list_and_files_answer_the_same(question: str, db: None, client: Client) -> None:
    maker, model = catalogue()
    asked = question.format(maker=maker.pk, model=model.pk)

    rows = client.get(address(Component, f"?{asked}")).json()["results"]
    files = {
        name: client.get(address(Component, f"export/?format={name}&{asked}")).getvalue()
        for name in ("csv", "jsonl", "parquet", "xlsx")
    }

    names = [column.name for column in COLUMNS[Component]]
    lines = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(files["xlsx"])).active
    assert rows
    assert [orjson.loads(line) for line in files["jsonl"].splitlines()] == rows
    assert [[line["id"], line["marking"]] for line in lines] == [[str(row["id"]), row["marking"]] for row in rows]
    assert [line["manufacturer_name"].removeprefix("'") for line in lines] == [row["manufacturer_name"] for row in rows]
    assert [row["id"] for row in pq.read_table(io.BytesIO(files["parquet"])).to_pylist()] == [row["id"] for row in rows]
    assert sheet is not None
    assert [cell.value for cell in next(sheet.iter_rows())] == names
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [row["id"] for row in rows]


def test_file_has_a_name_and_the_columns_asked_for(db: None, client: Client) -> None:
    weapon = WeaponFactory(label="Orlan-10")

    answer = client.get(address(Weapon, "export/?format=csv&fields=label,id"))

    assert answer["Content-Disposition"].startswith('attachment; filename="weapons-20')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer.getvalue().decode("utf-8-sig") == f"label,id\r\nOrlan-10,{weapon.pk}\r\n"


def test_file_is_refused_where_the_list_is(db: None, client: Client) -> None:
    assert client.get(address(Weapon, "export/?format=pdf")).status_code == 400
    assert client.get(address(Weapon, "export/")).json()["errors"][0]["field"] == "format"
    assert client.get(address(Weapon, "export/?format=csv&colour=red")).json()["errors"][0]["field"] == "colour"


def test_facets_count_under_the_other_filters(db: None, client: Client) -> None:
    maker, model = catalogue()

    answer = client.get(address(Component, f"facets/?weapon_model={model.pk}&manufacturer={maker.pk}")).json()

    facets = {facet["name"]: facet["values"] for facet in answer["facets"]}
    active = {"value": str(maker.pk), "label": "=SUM(A1)", "count": 1, "is_active": True}
    assert active in facets["manufacturer"]
    assert len(facets["manufacturer"]) == 2
    assert facets["weapon_model"] == [{"value": str(model.pk), "label": "Orlan-10", "count": 1, "is_active": True}]


def test_root_names_every_list(db: None, client: Client) -> None:
    assert client.get("/api/v1/").json() == {
        **{name: f"http://testserver/api/v1/{name}/" for name in [*ADDRESSES.values(), "tokens"]},
        **{name: f"http://testserver/api/v1/{name}/" for name in VIEW_SETS},
        "statistics": "http://testserver/api/v1/statistics/",
        "schema": "http://testserver/api/schema/",
        "docs": "http://testserver/api/docs/",
    }


def test_answer_may_not_be_kept_for_others(db: None, client: Client) -> None:
    answer = client.get(address(Weapon))

    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_every_listed_model_has_an_address_and_a_factory() -> None:
    assert set(ADDRESSES) == set(COLUMNS) == set(LISTED)
