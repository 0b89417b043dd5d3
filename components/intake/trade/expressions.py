"""The SQL that types and checks the texts of a table of shipments; one expression per column."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from components.intake.trade.preparing import Prepared
from components.lake.shipments import COUNTRIES, PARTY_KEY_LENGTH, SHIPMENT_COLUMNS

FIRST_YEAR = 1990  # no electronic declaration is older
DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%Y%m%d", "%d.%m.%y")
IMPORT_WORDS, EXPORT_WORDS = ("ИМ", "ИМПОРТ", "IM", "IMPORT"), ("ЭК", "ЭКСПОРТ", "EK", "EX", "EXPORT")
TRUE_WORDS = ("1", "TRUE", "YES", "ДА")
NUMBERS = tuple(column.name for column in SHIPMENT_COLUMNS if column.kind == "number")
REPEATED_HEADER = -1
# The bit of each fault is its place here.
EXPECTED: Mapping[str, str] = {
    "declared_on": f"expected a day from {FIRST_YEAR} until today, such as 15.03.2022 or 2022-03-15",
    "hs_code": "expected an HS code of 4, 6, 8 or 10 digits, such as 8542319010",
    "direction": "expected ИМ (import) or ЭК (export)",
    **dict.fromkeys(NUMBERS, "expected a number that is not negative, such as 1234,56"),
}
TAX_DIGITS = (8, 15)  # the Russian INN has 10 or 12, others from 8 to 15; zeros stand for none


def countries_table(connection: duckdb.DuckDBPyConnection, countries: Mapping[str, str]) -> None:
    """What country columns are read by: an ENUM of upper-case codes and names, and the alpha-2 code of each.

    Seven joins with a table of countries cost as much as reading the file; casting to an ENUM costs a tenth of that.
    Both lists are written into the statements: DuckDB takes two seconds to bind a Python list of a thousand texts.
    """
    names = sorted(countries)
    connection.execute(f"CREATE TYPE country_name AS ENUM ({_listed(names)})")
    connection.execute(f"SET VARIABLE alpha2 = [{_listed([countries[name] for name in names])}]")


def _listed(texts: Sequence[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


class Typing:
    """The query that reads a prepared table: typed columns, the faults of each row as bits, and its texts if bad."""

    def __init__(self, prepared: Prepared, *, is_synthetic: bool, today: date | None = None):
        self.prepared = prepared
        self.columns = prepared.header.columns
        self.is_synthetic = is_synthetic
        self.today = today or date.today()

    def sql(self) -> str:
        """Rows in the order of the file. `faults` is 0 for a good row and -1 for a header that is repeated."""
        width = len(self.prepared.header.names)
        cells = ", ".join(f"c{n} := c{n}" for n in range(width))
        typed = ",\n".join(self._typed(column.name) for column in SHIPMENT_COLUMNS)
        return f"""SELECT * EXCLUDE ({", ".join(f"c{n}" for n in range(width))}),
            CASE WHEN faults <> 0 THEN to_json(struct_pack({cells})) END AS raw
        FROM (SELECT *, {self._faults()} AS faults
        FROM (SELECT {self._line()}{", ".join(f"c{n}" for n in range(width))}, {typed}
        FROM ({self._source()})))"""

    def _line(self) -> str:
        return "CAST(line AS BIGINT) AS line, " if self.prepared.kind == "xlsx" else ""

    def _source(self) -> str:
        path = str(self.prepared.path).replace("'", "''")
        names = self.prepared.header.names
        if self.prepared.kind == "parquet":
            casts = ", ".join(f'CAST("{_named(name)}" AS VARCHAR) AS c{n}' for n, name in enumerate(names))
            return f"SELECT {casts} FROM read_parquet('{path}')"
        line = "'line': 'VARCHAR', " if self.prepared.kind == "xlsx" else ""
        columns = line + ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(names)))
        delimiter = self.prepared.delimiter.replace("'", "''")
        return f"""SELECT * FROM read_csv('{path}',
            auto_detect = false, delim = '{delimiter}', quote = '"',
            escape = '"', new_line = '{self.prepared.line_end}', header = false,
            skip = {self.prepared.skipped_lines}, store_rejects = true,
            columns = {{{columns}}})"""

    def _cell(self, name: str) -> str:
        """The cell of a column as written; of several, the first that is filled. Trimming every cell costs a fifth."""
        positions = self.columns.get(name, ())
        if not positions:
            return "''"
        if len(positions) == 1:
            return f"coalesce(c{positions[0]}, '')"
        return "coalesce(" + ", ".join(f"nullif(trim(c{n}), '')" for n in positions) + ", '')"

    def _text(self, name: str) -> str:
        """The cell without space around it."""
        return f"trim({self._cell(name)})" if name in self.columns else "''"

    def _number(self, name: str) -> str:
        """The cell as a number is read: the comma is the decimal sign, spaces part the thousands."""
        return f"translate({self._cell(name)}, ', ' || chr(160) || chr(8239), '.')"

    def _typed(self, name: str) -> str:
        return f"{self._value(name)} AS {name}"

    def _value(self, name: str) -> str:
        text = self._text(name)
        if name in NUMBERS:
            # With both a point and a comma a number has two decimal signs, and is refused. Most have no spaces.
            plain = f"TRY_CAST(replace({self._cell(name)}, ',', '.') AS DOUBLE)"
            return (
                f"coalesce({plain}, TRY_CAST({self._number(name)} AS DOUBLE))"
                if name in self.columns
                else "NULL::DOUBLE"
            )
        if name in COUNTRIES:
            place = f"enum_code(TRY_CAST(upper({text}) AS country_name)) + 1"
            return f"coalesce(getvariable('alpha2')[{place}], '')" if name in self.columns else "''"
        if name.endswith("_country_declared"):
            code = name.removesuffix("_declared")
            return f"CASE WHEN {self._cell(code)} = {code} THEN '' ELSE {self._cell(code)} END"
        if name.endswith("_key"):
            return self._party_key(name.removesuffix("_key"))
        text_of_code = self._text("hs_code")
        special = {
            "declared_on": f"CAST(try_strptime({text}, {list(DATE_FORMATS)}) AS DATE)",
            "direction": f"CASE WHEN {_is_any(text, IMPORT_WORDS)} THEN 'import' "
            f"WHEN {_is_any(text, EXPORT_WORDS)} THEN 'export' ELSE '' END",
            "hs6": f"CASE WHEN regexp_full_match({text_of_code}, '[0-9]{{6,10}}') THEN left({text_of_code}, 6) "
            f"WHEN length({self._code()}) >= 6 THEN left({self._code()}, 6) ELSE '' END",
            "hs_code": text,
            "other": self._other(),
            "is_synthetic": "true" if self.is_synthetic else _is_any(text, TRUE_WORDS),
        }
        return special.get(name, self._cell(name))

    def _code(self) -> str:
        return f"translate({self._text('hs_code')}, '. -', '')"

    def _party_key(self, party: str) -> str:
        """What tells a party from others: its tax number, else its country and its name as declared, in capitals."""
        tax, name = self._text(f"{party}_tax_number"), self._text(f"{party}_name")
        key = f"left('name:' || {party}_country || ':' || upper({name}), {PARTY_KEY_LENGTH})"
        named = f"CASE WHEN {name} = '' THEN '' ELSE {key} END"
        is_number = f"length({tax}) BETWEEN {TAX_DIGITS[0]} AND {TAX_DIGITS[1]} AND TRY_CAST({tax} AS BIGINT) > 0"
        return f"CASE WHEN {is_number} THEN 'tax:' || {tax} ELSE {named} END"

    def _other(self) -> str:
        """The cells that have no column here, by their header, as JSON; nothing of the file is dropped."""
        unused = self.prepared.header.unused
        if not unused:
            return "''"
        pairs = ", ".join(f"'{self.prepared.header.names[n].replace(chr(39), chr(39) * 2)}', c{n}" for n in unused)
        return f"CAST(json_object({pairs}) AS VARCHAR)"

    def _faults(self) -> str:
        """0, where a look at the typed values shows that the row is good; the tests in full, for the few others only.

        In full for every row they would cost as much as typing.
        """
        tests = []
        for bit, name in enumerate(EXPECTED):
            if name in self.columns:
                tests.append(f"(CASE WHEN {self._is_bad(name)} THEN {1 << bit} ELSE 0 END)")
        good = " AND ".join(self._is_plainly_good(name) for name in EXPECTED if name in self.columns)
        return f"""CASE WHEN {good or "false"} THEN 0 WHEN {self._is_header()} THEN {REPEATED_HEADER}
            ELSE {" + ".join(tests) or "0"} END"""

    def _is_plainly_good(self, name: str) -> str:
        """A cheap test that no bad value passes; good ones may fail it, such as a number that is not stated."""
        if name == "declared_on":
            return f"declared_on BETWEEN DATE '{FIRST_YEAR}-01-01' AND DATE '{self.today}'"
        if name == "hs_code":
            return "regexp_full_match(hs_code, '[0-9]{4}([0-9]{2}){0,3}')"
        if name == "direction":
            return "direction <> ''"
        return f"{name} BETWEEN 0 AND {sys.float_info.max!r}"

    def _is_bad(self, name: str) -> str:
        text = self._text(name)
        if name == "declared_on":
            return (
                f"declared_on IS NULL OR declared_on < DATE '{FIRST_YEAR}-01-01' OR declared_on > DATE '{self.today}'"
            )
        if name == "hs_code":
            code = self._code()
            is_odd = f"length({code}) < 4 OR length({code}) > 10 OR length({code}) % 2 = 1"
            return f"{is_odd} OR TRY_CAST({code} AS UBIGINT) IS NULL OR {code} < '0'"
        if name == "direction":
            return f"direction = '' AND {text} <> ''"
        is_unread = f"{name} IS NULL AND {self._number(name)} <> ''"
        return f"({is_unread}) OR {name} < 0 OR NOT isfinite({name})"

    def _is_header(self) -> str:
        """A row that says its column names again, as exports do that were put together from several."""
        names, mains = self.prepared.header.names, [positions[0] for positions in self.columns.values()]
        return " AND ".join(f"c{n} IS NOT DISTINCT FROM '{names[n].replace(chr(39), chr(39) * 2)}'" for n in mains[:3])


def _is_any(text: str, words: tuple[str, ...]) -> str:
    """Not `IN`: DuckDB makes that a join, which loses the order of the rows, and with it their lines."""
    return f"list_contains({list(words)}, upper({text}))"


def _named(name: str) -> str:
    return name.replace('"', '""')
