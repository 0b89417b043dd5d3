"""The questions that shipments answer, as Ibis expressions: the same on every engine, nothing loaded into Python."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from components.lake.shipments import PARTIES

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOT_STATED = ""
GROUPINGS = {
    "dispatch": "dispatch_country",
    "origin": "origin_country",
    "destination": "destination_country",
    "trading": "trading_country",
    "maker": "maker",
    "hs": "hs6",
    "tier": "tier",
    "exporter": "exporter_key",
    "importer": "importer_key",
    "dataset": "dataset",
}
PARTY_KEYS = tuple(GROUPINGS[party] for party in PARTIES)
MEASURES = ("value_usd", "net_kg", "quantity", "shipments")
PERIODS = ("month", "year")
FEWEST_PRICES = 8  # of a group, below which no price is called odd
FENCE = 1.5  # Tukey's inner fences (Exploratory Data Analysis, 1977), here on the logarithm of the price


@dataclass(frozen=True)
class Slice:
    """Which shipments a question is about; an empty field leaves nothing out. Countries are alpha-2 codes."""

    since: date | None = None
    until: date | None = None
    dispatch: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()  # beginnings of the HS code
    tier: tuple[str, ...] = ()
    maker: str = ""  # words of the maker or brand as declared
    text: str = ""  # words of the description
    exporter: tuple[str, ...] = ()  # party keys, as declared
    importer: tuple[str, ...] = ()
    direction: str = ""
    dataset: tuple[int, ...] = ()
    is_transit: bool | None = None
    is_synthetic: bool | None = None
    maker_is: tuple[str, ...] = ()  # the maker exactly as declared


def slice_of(shipments: "ir.Table", wanted: Slice) -> "ir.Table":
    """The shipments of a slice."""
    tests: list[Any] = []
    if wanted.since:
        tests.append(shipments.declared_on >= wanted.since)
    if wanted.until:
        tests.append(shipments.declared_on <= wanted.until)
    for column, values in (
        ("dispatch_country", wanted.dispatch),
        ("origin_country", wanted.origin),
        ("destination_country", wanted.destination),
        ("tier", wanted.tier),
        ("exporter_key", wanted.exporter),
        ("importer_key", wanted.importer),
        ("dataset", wanted.dataset),
        ("maker", wanted.maker_is),
    ):
        if values:
            tests.append(shipments[column].isin(list(values)))
    if wanted.hs:
        tests.append(ibis.or_(*(shipments.hs_code.startswith(code) for code in wanted.hs)))
    for word in wanted.maker.upper().split():
        tests.append(shipments.maker.upper().contains(word) | shipments.brand.upper().contains(word))
    for word in wanted.text.upper().split():
        tests.append(shipments.description.upper().contains(word))
    if wanted.direction:
        tests.append(shipments.direction == wanted.direction)
    if wanted.is_transit is not None:
        tests.append(is_transit(shipments) if wanted.is_transit else ~is_transit(shipments))
    if wanted.is_synthetic is not None:
        tests.append(shipments.is_synthetic == wanted.is_synthetic)
    return shipments.filter(*tests) if tests else shipments


def is_transit(shipments: "ir.Table") -> "ir.BooleanValue":
    """Made in one country, dispatched from another: both stated, and not the same."""
    origin, dispatch = shipments.origin_country, shipments.dispatch_country
    result: ir.BooleanValue = (origin != NOT_STATED) & (dispatch != NOT_STATED) & (origin != dispatch)
    return result


def with_tiers(shipments: "ir.Table", tiers: dict[str, str]) -> "ir.Table":
    """The shipments with the tier that a control list gives their HS-6 code; "" for codes that are not on it."""
    by_tier: dict[str, list[str]] = {}
    for code, tier in sorted(tiers.items()):
        by_tier.setdefault(tier, []).append(code)
    branches = [(shipments.hs6.isin(codes), ibis.literal(tier)) for tier, codes in by_tier.items()]
    found = ibis.cases(*branches, else_=NOT_STATED) if branches else ibis.literal(NOT_STATED)
    return shipments.mutate(tier=found)


def resolved(table: "ir.Table", companies: "ir.Table | None", *columns: str) -> "ir.Table":
    """The table with the party keys of these columns replaced by those of the companies that they are resolved to.

    `companies` has `declared_key`, once each, and `company_key`: only the keys that stand for another. To do it twice
    changes nothing. Rows may come out in another order.
    """
    if companies is None:
        return table
    for column in columns:
        joined = table.left_join(companies, table[column] == companies.declared_key)
        table = joined.mutate(**{column: ibis.coalesce(joined.company_key, joined[column])})
        table = table.drop("declared_key", "company_key")
    return table


def _period(shipments: "ir.Table", period: str) -> Any:
    """A number such as 2022 or 202203: grouping by numbers takes half the time of grouping by their text."""
    day = shipments.declared_on
    return day.year() if period == "year" else day.year() * 100 + day.month()


def _period_text(number: Any) -> Any:
    """2022 as it is, 202203 as 2022-03."""
    text = number.cast("string")
    month = text.substr(4, 2)
    return ibis.ifelse(month == "", text, text.substr(0, 4) + "-" + month)


def _measures(shipments: "ir.Table") -> dict[str, Any]:
    """Sums leave out what is not stated; how many shipments state a value is told beside the sum."""
    return {
        "value_usd": shipments.value_usd.sum(),
        "net_kg": shipments.net_kg.sum(),
        "quantity": shipments.quantity.sum(),
        "shipments": shipments.count(),
        "with_value": shipments.value_usd.count(),
        "synthetic": shipments.is_synthetic.cast("int64").sum(),
    }


def totals(shipments: "ir.Table") -> "ir.Table":
    """One row: sums and counts of all."""
    return shipments.aggregate(**_measures(shipments), **_days(shipments))


def _days(shipments: "ir.Table") -> dict[str, Any]:
    return {"first_day": shipments.declared_on.min(), "last_day": shipments.declared_on.max()}


def _summed(
    shipments: "ir.Table",
    companies: "ir.Table | None",
    groupings: dict[str, str],
    *,
    period: str = "",
    with_days: bool = True,
) -> "ir.Table":
    """Sums and counts by groupings (by the name of each in the answer), and by `period` where one is given.

    By company alone the sums are taken by declared key first: there are far fewer of those than of shipments to be
    looked up. With another grouping there are nearly as many of both, and the keys are resolved before.
    """
    parties = [name for name, grouping in groupings.items() if grouping in PARTIES]
    is_resolved_first = companies is None or len(groupings) > 1
    if is_resolved_first:
        shipments = resolved(shipments, companies, *(GROUPINGS[groupings[name]] for name in parties))
    keys = {name: shipments[GROUPINGS[grouping]] for name, grouping in groupings.items()}
    if period:
        keys = {"period": _period(shipments, period)} | keys
    measures = _measures(shipments) | (_days(shipments) if with_days else {})
    summed = shipments.group_by(**keys).aggregate(**measures)
    if is_resolved_first or not parties:
        return summed
    summed = resolved(summed, companies, *parties)
    again = {name: summed[name].sum() for name in _measures(shipments)}
    if with_days:
        again |= {"first_day": summed.first_day.min(), "last_day": summed.last_day.max()}
    return summed.group_by(list(keys)).aggregate(**again)


def series(shipments: "ir.Table", companies: "ir.Table | None" = None, *, period: str, by: str = "") -> "ir.Table":
    """Sums and counts by month or year, and by a grouping where one is given; in the order of time.

    `companies`, here and below, as `resolved` takes them.
    """
    groupings = {"group": by} if by else {}
    summed = _summed(shipments, companies, groupings, period=period, with_days=False)
    ordered = summed.order_by(["period", *groupings])
    return ordered.mutate(period=_period_text(ordered.period))


def top(
    shipments: "ir.Table", companies: "ir.Table | None" = None, *, by: tuple[str, ...], measure: str, limit: int
) -> "ir.Table":
    """The groups with the largest sums; `by` names one grouping or several (pairs, or the stages of flows)."""
    groupings = {f"group{n}": name for n, name in enumerate(by)}
    grouped = _summed(shipments, companies, groupings)
    return grouped.order_by([grouped[measure].desc(nulls_first=False), *groupings]).limit(limit)


def newcomers(
    shipments: "ir.Table", companies: "ir.Table | None" = None, *, by: str, since: date, measure: str, limit: int
) -> "ir.Table":
    """Groups whose first shipment is on or after a day, by their sums; what is not stated is no newcomer."""
    stated = shipments.filter(shipments[GROUPINGS[by]] != NOT_STATED)
    grouped = _summed(stated, companies, {"group0": by})
    late = grouped.filter(grouped.first_day >= since)
    return late.order_by([late[measure].desc(nulls_first=False), "group0"]).limit(limit)


def prices(shipments: "ir.Table", companies: "ir.Table | None" = None, *, by: str, per: str) -> "ir.Table":
    """Prices in US dollars per unit or per kg: count, median and quartiles of each group and unit."""
    priced = _priced(shipments, companies, by, per)
    return (
        priced.group_by("group0", "unit")
        .aggregate(
            shipments=priced.count(),
            synthetic=priced.is_synthetic.cast("int64").sum(),
            median=priced.price.quantile(0.5),
            lower=priced.price.quantile(0.25),
            upper=priced.price.quantile(0.75),
            lowest=priced.price.min(),
            highest=priced.price.max(),
        )
        .order_by([ibis.desc("shipments"), "group0", "unit"])
    )


def odd_prices(
    shipments: "ir.Table", companies: "ir.Table | None" = None, *, by: str, per: str, limit: int
) -> "ir.Table":
    """Shipments whose price lies beyond Tukey's fences on the logarithm of the prices of their group and unit."""
    priced = _priced(shipments, companies, by, per)
    logs = priced.mutate(log_price=priced.price.ln())
    bounds = logs.group_by("group0", "unit").aggregate(
        group_size=logs.count(), low=logs.log_price.quantile(0.25), high=logs.log_price.quantile(0.75)
    )
    joined = logs.join(bounds, ["group0", "unit"])
    spread = joined.high - joined.low
    distance = ibis.greatest(joined.log_price - joined.high, joined.low - joined.log_price)
    odd = joined.filter((joined.group_size >= FEWEST_PRICES) & (spread > 0) & (distance > FENCE * spread))
    shown = odd.mutate(distance=ibis.greatest(odd.log_price - odd.high, odd.low - odd.log_price) / (odd.high - odd.low))
    columns = ["dataset", "row_number", "declared_on", "group0", "unit", "price", "distance", "quantity", "net_kg"]
    columns += [
        "value_usd",
        "exporter_key",
        "exporter_name",
        "importer_key",
        "importer_name",
        "dispatch_country",
        "description",
    ]
    columns.append("is_synthetic")
    order = [ibis.desc("distance"), "dataset", "row_number"]
    return resolved(shown.select(*columns), companies, *PARTY_KEYS).order_by(order).limit(limit)


def _priced(shipments: "ir.Table", companies: "ir.Table | None", by: str, per: str) -> "ir.Table":
    """Shipments with a price; prices per unit are compared within one declared unit only."""
    if by in PARTIES:
        shipments = resolved(shipments, companies, GROUPINGS[by])
    amount = shipments.quantity if per == "unit" else shipments.net_kg
    stated = shipments.filter((amount > 0) & (shipments.value_usd > 0))
    amount = stated.quantity if per == "unit" else stated.net_kg
    unit = stated.unit if per == "unit" else ibis.literal("kg")
    return stated.mutate(group0=stated[GROUPINGS[by]], unit=unit, price=stated.value_usd / amount)


def rows(
    shipments: "ir.Table", companies: "ir.Table | None" = None, *, after: tuple[int, int] | None, limit: int
) -> "ir.Table":
    """Shipments one by one, in the order of their datasets and rows, behind a place."""
    if after is not None:
        dataset, row = after
        behind = (shipments.dataset > dataset) | ((shipments.dataset == dataset) & (shipments.row_number > row))
        shipments = shipments.filter(behind)
    order = ["dataset", "row_number"]
    return resolved(shipments.order_by(order).limit(limit), companies, *PARTY_KEYS).order_by(order)
