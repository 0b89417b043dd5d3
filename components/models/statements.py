"""Questions that are asked again and again, put together and compiled once for each shape.

Django takes longer to put the question of a list together and to compile it than the database takes to answer it. So
the SQL is kept for each shape of question, with places for the keys that differ from one asking to the next. No answer
and no row is ever kept, and neither is a question whose SQL depends on what stands in the tables.
"""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connections, models
from django.db.models import Func, IntegerField
from django.db.models.expressions import Col
from django.db.models.sql.constants import INNER

Key = int | str
Row = tuple[Any, ...]
Convert = Callable[[Any, Any, Any], Any]
Build = Callable[[Sequence[Key]], models.QuerySet[Any, Any]]

MOST_KEPT = 1_000  # of some five kilobytes each; when there are more, all are forgotten
FIRST_PLACE = -(2**63)  # the least number that a column of either database holds

_kept: dict[Hashable, "Statement"] = {}


def ask(
    shape: Hashable | None, build: Build, keys: Sequence[Key], *, start: int = 0, most: int | None = None
) -> list[Row]:
    """The rows of `build(keys)`, which must be a `values_list`; of `most` rows from `start` on, where that is given.

    `shape` must tell apart whatever makes `build` put together another question for the same keys: the table, the
    columns, the order, the filters, and above all who is asking (`viewpoint`). Without a shape nothing is kept.
    """
    if shape is None:
        statement = Statement.of(build(keys), ())
    else:
        shape = (shape, *map(type, keys))
        statement = _kept.get(shape) or _keep(shape, build, keys)
    return statement.rows(keys, "" if most is None else f" LIMIT {most:d} OFFSET {start:d}")


def forget_statements() -> None:
    """Forget what is kept: for tests, in which a table of content types can be filled anew with other ids."""
    _kept.clear()


def _keep(shape: Hashable, build: Build, keys: Sequence[Key]) -> "Statement":
    places = [_place(number, key) for number, key in enumerate(keys)]
    statement = Statement.of(build(places), places)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[shape] = statement
    return statement


def _place(number: int, key: Key) -> Key:
    """A key of the same type that nobody can ask for: so small a number and a NUL in a text are refused everywhere."""
    return f"\0{number}" if isinstance(key, str) else FIRST_PLACE + number


@dataclass(frozen=True)
class Statement:
    """A compiled question: its SQL, the parameters of which some are places for keys, and how values are converted."""

    using: str
    sql: str  # empty where Django saw that no row can answer
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]  # the index of a parameter, and of the key that belongs there
    converters: tuple[tuple[int, list[Convert], Any], ...]

    @classmethod
    def of(cls, question: models.QuerySet[Any, Any], places: Sequence[Key]) -> "Statement":
        """Compile a question in which the places stand for keys."""
        compiler = question.query.get_compiler(question.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return cls(question.db, "", (), (), ())
        number = {place: key for key, place in enumerate(places)}
        found = tuple(
            (at, number[each]) for at, each in enumerate(parameters) if type(each) in {int, str} and each in number
        )
        if {key for _, key in found} != set(number.values()):
            raise ValueError(f"A key does not stand in the SQL as it was given: {sql}")
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        converters = (
            (at, needed, expression)
            for at, (converters, expression) in compiler.get_converters(columns).items()
            if (needed := _needed(converters, expression, connections[question.db]))
        )
        return cls(question.db, sql, tuple(parameters), found, tuple(converters))

    def rows(self, keys: Sequence[Key], window: str = "") -> list[Row]:
        """The answer for these keys, with the values that Django gives."""
        if not self.sql:
            return []
        parameters = list(self.parameters)
        for at, key in self.places:
            parameters[at] = keys[key]
        connection = connections[self.using]
        with connection.cursor() as cursor:
            cursor.execute(self.sql + window, parameters)
            return self._converted(cursor.fetchall(), connection)

    def _converted(self, rows: list[Row], connection: Any) -> list[Row]:
        """Column by column, since most columns need no conversion."""
        if not (rows and self.converters):
            return rows
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, converters, expression in self.converters:
            for convert in converters:
                columns[at] = [convert(value, expression, connection) for value in columns[at]]
        return list(zip(*columns, strict=True))


def read_times_with_their_zone() -> None:
    """Have SQLite's driver read times as the UTC that they are stored in, which Django would add value by value."""
    for declared in ("datetime", "timestamp"):
        sqlite3.register_converter(declared, lambda text: datetime.fromisoformat(f"{text.decode()}+00:00"))


def _needed(converters: list[Convert], expression: Any, connection: Any) -> list[Convert]:
    """Django's converters without those that change nothing.

    SQLite's driver reads a column by the type it is declared with. Django's converters look at each value once more,
    because they serve computed values too.
    """
    if connection.vendor != "sqlite" or not isinstance(expression, Col):
        return converters
    own = connection.ops
    read = {own.convert_booleanfield_value, own.convert_datefield_value, own.convert_datetimefield_value}
    return [convert for convert in converters if convert not in read]


def counting(rows: models.QuerySet[Any], *, single: frozenset[str] = frozenset()) -> models.QuerySet[Any, Any]:
    """The question of one row that says how many rows there are, without the joins that cannot change the number.

    Those are outer joins along a foreign key, or under an alias in `single`, that no condition mentions. Databases do
    not leave them all out by themselves: they cannot know that one identification at most is current.
    """
    if rows.query.distinct or rows.query.group_by is not None or rows.query.combinator:
        raise ValueError("Only plain rows are counted by themselves.")
    # Not the aggregate `Count`, which would have Django group the rows.
    count = Func(function="COUNT", template="%(function)s(*)", output_field=IntegerField())
    counted = rows.order_by().values_list(count)
    _leave_out_idle_joins(counted.query, counted.db, single)
    return counted


def _leave_out_idle_joins(query: Any, using: str, single: frozenset[str]) -> None:
    """Django writes no join of which its count of references is nought."""
    compiler = query.get_compiler(using)
    try:
        condition, _ = compiler.compile(query.where)
    except FullResultSet:
        condition = ""
    except EmptyResultSet:
        return
    needed = {alias for alias in query.alias_map if f"{compiler.quote_name_unless_alias(alias)}." in condition}
    for alias, join in reversed(query.alias_map.items()):
        if join.parent_alias is None or not query.alias_refcount[alias]:
            continue
        if alias in needed or join.join_type == INNER or not (join.join_field.many_to_one or alias in single):
            needed.add(join.parent_alias)
        else:
            query.alias_refcount[alias] = 0
