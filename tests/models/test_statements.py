"""Kept statements: the same rows as Django gives for the same question, whoever asks and with whatever keys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from components.exports.columns import COLUMNS
from components.exports.rows import SINGLE_JOINS, visible_rows
from components.models import Component, Country, Identification, User, Weapon
from components.models.statements import MOST_KEPT, _kept, ask, counting
from tests.api.world import LISTED, add
from tests.factories import ComponentFactory, IdentificationFactory, WeaponFactory

pytestmark = pytest.mark.django_db


def labels(keys: Sequence[Any]) -> Any:
    return Weapon.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "label")


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
def test_values_are_those_that_django_gives(model: type[models.Model], editor: User) -> None:
    add(model, 3)
    rows = visible_rows(model, editor).order_by("pk").values_list(*(column.path for column in COLUMNS[model]))

    assert ask(model, lambda keys: rows, ()) == ask(model, lambda keys: rows, ()) == list(rows)


def test_a_statement_is_compiled_once_and_asked_with_other_keys() -> None:
    first, second, third = WeaponFactory.create_batch(3)
    built = []

    def question(keys: Sequence[Any]) -> Any:
        built.append(keys)
        return labels(keys)

    with CaptureQueriesContext(connection) as queries:
        answers = [ask("labels", question, keys) for keys in ([first.pk, third.pk], [second.pk, first.pk])]

    assert answers == [
        [(first.pk, first.label), (third.pk, third.label)],
        [(first.pk, first.label), (second.pk, second.label)],
    ]
    assert (len(built), len(queries)) == (1, 2)


def test_lists_of_other_lengths_and_keys_of_other_types_are_other_shapes() -> None:
    one, other = WeaponFactory(made_in_id="US"), WeaponFactory(made_in_id="CN")

    def made_in(keys: Sequence[Any]) -> Any:
        return Weapon.objects.filter(made_in__in=keys).order_by("pk").values_list("pk")

    assert ask("either", labels, [one.pk]) == [(one.pk, one.label)]
    assert ask("either", labels, [one.pk, other.pk]) == [(one.pk, one.label), (other.pk, other.label)]
    assert ask("either", made_in, ["CN"]) == [(other.pk,)]
    assert ask("either", made_in, ["US"]) == [(one.pk,)]


def test_rows_are_read_anew_each_time() -> None:
    weapon = WeaponFactory(label="Orlan-10")
    before = ask("labels", labels, [weapon.pk])
    Weapon.objects.update(label="Kh-101")

    assert (before, ask("labels", labels, [weapon.pk])) == ([(weapon.pk, "Orlan-10")], [(weapon.pk, "Kh-101")])


def test_a_window_is_part_of_no_shape() -> None:
    weapons = [weapon.pk for weapon in WeaponFactory.create_batch(4)]

    pages = [ask("all", lambda keys: labels(weapons), (), start=start, most=2) for start in (0, 2, 4)]

    assert [[pk for pk, _ in page] for page in pages] == [weapons[:2], weapons[2:], []]


def test_a_question_that_nothing_can_answer_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = ask("none", lambda keys: Weapon.objects.none().values_list("pk"), ())

    assert (answer, len(queries)) == ([], 0)


def test_a_key_that_does_not_reach_the_sql_as_it_was_given_is_refused() -> None:
    with pytest.raises(ValueError, match="does not stand in the SQL"):
        ask("pattern", lambda keys: Country.objects.filter(name__contains=keys[0]).values_list("pk"), ["Fra"])


def test_a_question_without_a_shape_is_not_kept() -> None:
    weapon = WeaponFactory()

    assert ask(None, labels, [weapon.pk]) == [(weapon.pk, weapon.label)]
    assert not _kept


def test_no_more_is_kept_than_there_is_room_for() -> None:
    for number in range(MOST_KEPT + 1):
        ask(number, lambda keys: Weapon.objects.none().values_list("pk"), ())

    assert len(_kept) == 1


@pytest.mark.parametrize(
    "narrow",
    [
        lambda rows: rows,
        lambda rows: rows.filter(current_manufacturer__isnull=False),
        lambda rows: rows.filter(current_country="US"),
        lambda rows: rows.filter(weapon__made_in__isnull=True),
        lambda rows: rows.filter(Exists(Identification.objects.filter(component=OuterRef("pk"), is_current=False))),
        lambda rows: rows.foreign(),
        lambda rows: rows.none(),
    ],
)
def test_count_without_idle_joins_is_the_count(narrow: Any, visitor: Any) -> None:
    for made_in in ("US", None):
        weapon = WeaponFactory(made_in_id=made_in)
        ComponentFactory(weapon=weapon)
        component = ComponentFactory(weapon=weapon)
        for is_current in (True, False):
            identification = IdentificationFactory(component=component, is_current=is_current)
        identification.manufacturer.country_id = "US"
        identification.manufacturer.save()
    rows = narrow(visible_rows(Component, visitor))

    counted = sum(count for (count,) in ask(None, lambda keys: counting(rows, single=SINGLE_JOINS), ()))

    assert counted == rows.count()


def test_count_of_all_components_joins_nothing(visitor: Any) -> None:
    sql = str(counting(visible_rows(Component, visitor), single=SINGLE_JOINS).query)

    assert "JOIN" not in sql
    assert "visibility" in sql


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's driver knows zones by itself")
def test_times_come_from_the_driver_with_their_zone() -> None:
    weapon = WeaponFactory()

    with connection.cursor() as cursor:
        cursor.execute("SELECT created_at FROM components_weapon WHERE id = %s", [weapon.pk])
        (read,) = cursor.fetchone()

    assert (read, read.utcoffset()) == (weapon.created_at, timedelta(0))
