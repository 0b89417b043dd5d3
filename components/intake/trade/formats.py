"""The kinds of trade files, as pages and saved mappings name them."""

from dataclasses import dataclass

from components.intake.schema import Field, text
from components.lake.shipments import DECLARED


@dataclass(frozen=True)
class TradeFormat:
    """A kind of file that becomes a dataset."""

    name: str
    title: str
    help: str
    fields: tuple[Field, ...]


DECLARATIONS = TradeFormat(
    "declarations",
    "Customs declarations",
    "Goods lines of customs declarations; a mapping names the header of each column of a shipment.",
    tuple(Field(column.name, text(), column.meaning) for column in DECLARED),
)
STATISTICS = TradeFormat(
    "trade-statistics",
    "Trade statistics of UN Comtrade",
    "A legacy download as CSV, or an answer of the current API as JSON or CSV; each row becomes a trade flow.",
    (),
)
TRADE_FORMATS = {each.name: each for each in (DECLARATIONS, STATISTICS)}
