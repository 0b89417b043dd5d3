"""Synthetic customs declarations for demonstrations and tests, drawn from a seed; never a finding about anybody.

Yearly totals, shares of dispatch and the months of late 2022 are those that studies published; the sources stand in
fixtures/trade/world.json, and the rest is assumed. Every row and every name says that it is synthetic.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

EXPORTERS, IMPORTERS = 1_200, 2_500
FEWEST_ROWS = 20_000  # with fewer, a month of the smallest share may have no row that could carry its value
CELLS = 36 * 3  # months by blocks
ITEMS = 3  # goods items of one declaration
WRONG_CODES, LOOK_ALIKES, SPACED, LOWER_CASE, WITHOUT_TAX, OTHER_SPELLING, ODD_PRICES = 3, 4, 5, 6, 4, 8, 0.5  # percent
SYNTHETIC_MARK = "СИНТЕТИЧЕСКИЕ ДАННЫЕ"
BLOCK_ROWS = 2_000_000  # rows made at a time, which bounds the memory


def write_declarations(
    path: Path,
    *,
    rows: int,
    seed: int,
    world: Path,
    encoding: str = "utf-8",
    codes_only: bool = False,
    memory_limit: str = "1GB",
    truth: Path | None = None,
) -> None:
    """Write a declaration export of `rows` goods lines as CSV, with the headers that customs databases use.

    `world` is the folder of world.json and parts.csv. `codes_only` writes the older headers without the G.
    The same rows and seed give the same file. `truth` writes beside it which part each row names, as CSV of `row`
    (from 1), `mpn`, `maker` and `written`, the number as it stands. Raises ValueError for too few rows.
    """
    if rows < FEWEST_ROWS:
        raise ValueError(f"At least {FEWEST_ROWS:,} rows, so that every month of every share has some.")
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{memory_limit}'")
        connection.execute(f"SET temp_directory = '{path.parent}'")
        _load_world(connection, world)
        connection.execute("SET VARIABLE seed = ?", [seed])
        _scale(connection, rows)
        header = OLDER_HEADERS if codes_only else HEADERS
        with path.open("w", encoding=encoding, newline="", errors="replace") as target:
            csv.writer(target, delimiter=";", lineterminator="\n").writerow(header)
            for block in _blocks(rows):
                _write_block(connection, target, path, block)
        if truth:
            _write_truth(connection, truth, rows)


def _blocks(rows: int) -> Iterator[tuple[int, int]]:
    for first in range(0, rows, BLOCK_ROWS):
        yield first, min(first + BLOCK_ROWS, rows)


def _write_block(connection: duckdb.DuckDBPyConnection, target: Any, path: Path, block: tuple[int, int]) -> None:
    part = path.with_name(path.name + ".part")
    connection.execute(f"COPY ({_DECLARED} ORDER BY i) TO '{part}' (FORMAT csv, DELIMITER ';', HEADER false)", block)
    with part.open(encoding="utf-8", newline="") as lines:
        while text := lines.read(1 << 20):
            target.write(text)
    part.unlink()


def _write_truth(connection: duckdb.DuckDBPyConnection, truth: Path, rows: int) -> None:
    told = f"SELECT i + 1 AS row, mpn, maker, number AS written FROM ({_WRITTEN}) ORDER BY i"
    connection.execute(f"COPY ({told}) TO '{truth}' (FORMAT csv, HEADER)", [0, rows])


def _load_world(connection: duckdb.DuckDBPyConnection, world: Path) -> None:
    """The tables that a row is drawn from; each weight becomes an interval of [0, 1)."""
    told: dict[str, Any] = json.loads((world / "world.json").read_text(encoding="utf-8"))
    with (world / "parts.csv").open(encoding="utf-8", newline="") as stream:
        parts = list(csv.DictReader(stream))
    months = [
        (int(year), n + 1, usd * 1e6) for year, all_ in told["months_usd_million"].items() for n, usd in enumerate(all_)
    ]
    _table(connection, "months", "year INT, month INT, usd DOUBLE, low DOUBLE, high DOUBLE", _intervals(months))
    blocks = [
        (int(year), name, percent)
        for year, shares in told["blocks_percent"].items()
        for name, percent in shares.items()
    ]
    by_year = [row for year in told["blocks_percent"] for row in _intervals([b for b in blocks if b[0] == int(year)])]
    _table(connection, "blocks", "year INT, block VARCHAR, percent DOUBLE, low DOUBLE, high DOUBLE", by_year)
    places = [
        row for name, shares in told["dispatch"].items() for row in _intervals([(name, *s) for s in shares.items()])
    ]
    _table(connection, "places", "block VARCHAR, country VARCHAR, weight DOUBLE, low DOUBLE, high DOUBLE", places)
    drawn = _intervals([(n, float(part["weight"])) for n, part in enumerate(parts)])
    rows = [
        (
            low,
            high,
            p["mpn"],
            p["maker"],
            p["noun_ru"],
            p["hs_code"],
            p["origins"].split(),
            float(p["price_usd"]),
            float(p["grams"]),
        )
        for (_, _, low, high), p in zip(drawn, parts, strict=True)
    ]
    columns = "low DOUBLE, high DOUBLE, mpn VARCHAR, maker VARCHAR, noun VARCHAR, hs VARCHAR, origins VARCHAR[]"
    columns += ", price DOUBLE, grams DOUBLE"
    _table(connection, "parts", columns, rows)
    money = [(country, code, rate) for country, (code, rate) in told["currencies"].items()]
    _table(connection, "money", "country VARCHAR, currency VARCHAR, rate DOUBLE", money)
    roubles = [(int(year), rate) for year, rate in told["roubles_per_usd"].items()]
    _table(connection, "roubles", "year INT, rouble DOUBLE", roubles)
    _table(connection, "codes", "codes VARCHAR[]", [(told["other_hs_codes"],)])


def _intervals(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with the interval of [0, 1) that their last column, a weight, gives them."""
    total, low, found = sum(row[-1] for row in rows), 0.0, []
    for row in rows:
        high = low + row[-1] / total
        found.append((*row, low, 2.0 if row is rows[-1] else high))
        low = high
    return found


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _scale(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """What one unit of a row's raw value is worth in its month and block, so that their sums are the published ones."""
    connection.execute(
        f"""CREATE TABLE scales AS
        SELECT year, month, block, any_value(usd * percent / 100) / sum(raw) AS scale
        FROM ({_DRAWN}) JOIN blocks USING (year, block) GROUP BY ALL""",
        [0, rows],
    )
    filled = connection.execute("SELECT count(*) FROM scales").fetchall()[0][0]
    if filled != CELLS:
        raise ValueError(f"With {rows:,} rows {CELLS - filled} months of a share have none: make more.")


def _u(key: str, of: str = "i") -> str:
    """A number in [0, 1) that depends on the seed, the row and a name only."""
    return f"(hash({of}, '{key}', getvariable('seed')) % 1000003) / 1000003.0"


def _percent(key: str, percent: float) -> str:
    return f"{_u(key)} < {percent / 100}"


def _even(step: float) -> str:
    """A number in [0, 1) per declaration, spread evenly: no month of a small share is left without rows.

    The R2 sequence (M. Roberts, 2018, "The Unreasonable Effectiveness of Quasirandom Sequences"), begun by the seed.
    """
    return f"((d * {step} + (getvariable('seed') % 1000) / 1000.0) % 1.0)"


_MONTH, _BLOCK = _even(0.7548776662466927), _even(0.5698402909980532)  # 1/g and 1/g², g the plastic number

# A declaration shares its date, its parties and its country of dispatch; the items are its own.
_DRAWN = f"""
    SELECT i, d, m.year, m.month, m.usd, b.block, l.country, p.*,
        exp(-1.5 * ln(1 - {_u("size")} * 0.999)) * (0.5 + {_u("spread")}) AS raw
    FROM (SELECT range AS i, range // {ITEMS} AS d FROM range(?, ?))
    JOIN months m ON {_MONTH} >= m.low AND {_MONTH} < m.high
    JOIN blocks b ON b.year = m.year AND {_BLOCK} >= b.low AND {_BLOCK} < b.high
    JOIN places l ON l.block = b.block AND {_u("place", "d")} >= l.low AND {_u("place", "d")} < l.high
    JOIN parts p ON {_u("part")} >= p.low AND {_u("part")} < p.high"""

_VALUED = f"""
    SELECT *, round(raw * scale, 2) AS usd_value,
        price * (0.8 + 0.4 * {_u("price")})
            * CASE WHEN {_percent("odd price", ODD_PRICES)} THEN 15 ELSE 1 END AS unit_price,
        1 + CAST({EXPORTERS} * power({_u("exporter", "d")}, 2.2) AS INT) AS exporter,
        1 + CAST({IMPORTERS} * power({_u("importer", "d")}, 2.2) AS INT) AS importer,
        origins[1 + CAST(floor({_u("origin")} * len(origins)) AS INT)] AS origin,
        make_date(year, month, 1 + CAST(floor({_u("day", "d")} * 28) AS INT)) AS declared
    FROM ({_DRAWN}) JOIN scales USING (year, month, block) JOIN roubles USING (year)
    LEFT JOIN money USING (country), codes"""

_WRITTEN = f"""
    SELECT *, greatest(1, round(usd_value / unit_price)) AS pieces,
        CASE WHEN {_percent("look-alike", LOOK_ALIKES)} THEN translate(mpn, 'ABCEHKMOPTX', 'АВСЕНКМОРТХ')
             WHEN {_percent("spaced", SPACED)} THEN replace(mpn, '-', ' ')
             WHEN {_percent("lower case", LOWER_CASE)} THEN lower(mpn) ELSE mpn END AS number,
        CASE WHEN {_percent("spelling", OTHER_SPELLING)}
             THEN format('SYNTHETIC TRADING CO., LIMITED No {{}} ({{}})', exporter, country)
             ELSE format('SYNTHETIC TRADING {{}} LTD ({{}})', exporter, country) END AS exporter_name,
        CASE WHEN {_percent("importer spelling", OTHER_SPELLING)} THEN format('OOO SINTETIKA-{{}}', importer)
             ELSE format('ООО "СИНТЕТИКА-{{}}"', importer) END AS importer_name
    FROM ({_VALUED})"""


def _decimal(expression: str) -> str:
    return f"replace(CAST({expression} AS VARCHAR), '.', ',')"


_COLUMNS: tuple[tuple[str, str, str], ...] = (
    (
        "ND (Номер декларации)",
        "ND  Номер  декларации на товары",
        "format('10{:06d}/{}/{:07d}', d % 999983, strftime(declared, '%d%m%y'), d)",
    ),
    ("G32 (Номер товара по ГТД)", "32 Номер товара по ДТ", f"i % {ITEMS} + 1"),
    ("G072 (Дата регистрации)", "072 Дата ДТ", "strftime(declared, '%d.%m.%Y')"),
    ("G011 (Направление перемещения)", "011 ИМ/ЭК - направление перемещения", "'ИМ'"),
    ("G022 (Наименование отправителя)", "Наименование отправителя", "exporter_name"),
    ("G0231 (Код страны отправителя)", "Код страны отправителя", "country"),
    ("G023 (Адрес отправителя)", "Адрес отправителя", "format('SYNTHETIC STREET {}', exporter)"),
    (
        "G081 (ИНН получателя)",
        "081 ИНН получателя",
        f"CASE WHEN {_percent('tax', WITHOUT_TAX)} THEN '' ELSE format('00{{:08d}}', importer) END",
    ),
    ("G082 (Наименование получателя)", "Наименование получателя", "importer_name"),
    ("G083 (Адрес получателя)", "Адрес получателя", "format('СИНТЕТИЧЕСКАЯ УЛ., {}', importer)"),
    ("G0831 (Код страны получателя)", "Код страны получателя", "'RU'"),
    ("G11 (Код торгующей страны)", "11 Торгующая страна", "country"),
    ("G15A (Код страны отправления)", "15 Код страны отправления", "country"),
    ("G34 (Код страны происхождения)", "34 Код страны происхождения", "origin"),
    ("G17A (Код страны назначения)", "Код страны назначения", "'RU'"),
    (
        "G31_1 (Наименование и характеристики товаров)",
        "31_1 Описание и характеристика товара",
        "format('{}, АРТ. {}, {} ШТ., ДЛЯ ЭЛЕКТРОННОЙ ПРОМЫШЛЕННОСТИ. "
        f"{SYNTHETIC_MARK}', noun, number, CAST(pieces AS BIGINT))",
    ),
    ("G31_11 (Фирма-изготовитель)", "31_11 Наименование фирмы изготовителя", "upper(maker)"),
    ("G31_12 (Товарный знак, патент)", "31_12 Товарный знак", "upper(maker)"),
    (
        "G33 (Код товара по ТН ВЭД)",
        "33 Код товара по ТН ВЭД РФ",
        f"CASE WHEN {_percent('wrong code', WRONG_CODES)} "
        f"THEN codes[1 + CAST(floor({_u('which code')} * len(codes)) AS INT)] ELSE hs END",
    ),
    ("G31_7 (Кол-во товара в доп.ед.)", "Кол-во в доп. ед.", "CAST(pieces AS BIGINT)"),
    ("G31_71 (Наименование доп.ед.)", "Наименование доп. ед.", "'ШТ'"),
    ("G35 (Вес брутто, кг)", "Вес брутто, кг", _decimal("round(pieces * grams / 1000 * 1.08, 3)")),
    ("G38 (Вес нетто, кг)", "Вес нетто, кг", _decimal("round(pieces * grams / 1000, 3)")),
    ("G202 (Условие поставки)", "202 Условие поставки", "'FCA'"),
    (
        "G25 (Код вида транспорта на границе)",
        "Код транспорта на границе",
        f"CASE WHEN {_u('transport')} < 0.7 THEN '40' ELSE '30' END",
    ),
    ("G221 (Букв.код валюты контракта)", "221 Валюта контракта", "coalesce(currency, 'USD')"),
    ("G42 (Фактурная стоимость)", "Фактурная стоимость", _decimal("round(usd_value * coalesce(rate, 1), 2)")),
    ("G45 (Таможенная стоимость)", "Таможенная стоимость", _decimal("round(usd_value * rouble, 2)")),
    ("G46 (Статистическая стоимость, USD.)", "46 Статистическая стоимость", _decimal("usd_value")),
    ("SYNTHETIC", "SYNTHETIC", "1"),
)
HEADERS = [column[0] for column in _COLUMNS]
OLDER_HEADERS = [column[1] for column in _COLUMNS]
_DECLARED = (
    "SELECT * EXCLUDE (i) FROM (SELECT i, "
    + ", ".join(f"{expression} AS c{n}" for n, (_, _, expression) in enumerate(_COLUMNS))
    + f" FROM ({_WRITTEN}))"
)
