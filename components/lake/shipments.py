"""The columns of a shipment: one goods line of a customs declaration or trade record."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "date", "boolean"]
SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True)
class ShipmentColumn:
    """One value of a shipment. `meaning` names the property of FollowTheMoney's EconomicActivity where it has one.

    FollowTheMoney: https://followthemoney.tech/explorer/schemata/EconomicActivity/
    """

    name: str
    kind: Kind = "text"
    meaning: str = ""
    is_declared: bool = True  # read from the file; the others are made at import


def _party(role: str, meaning: str) -> tuple[ShipmentColumn, ...]:
    return (
        ShipmentColumn(f"{role}_name", meaning=f"{meaning}, as declared"),
        ShipmentColumn(f"{role}_country", meaning="ISO 3166 alpha-2; empty where the declared text names no country"),
        ShipmentColumn(
            f"{role}_country_declared", is_declared=False, meaning="the country as declared, where that is not its code"
        ),
        ShipmentColumn(f"{role}_address"),
        ShipmentColumn(f"{role}_tax_number"),
    )


def _country(role: str, meaning: str) -> tuple[ShipmentColumn, ...]:
    return (
        ShipmentColumn(f"{role}_country", meaning=f"{meaning}, as ISO 3166 alpha-2"),
        ShipmentColumn(
            f"{role}_country_declared", is_declared=False, meaning="the same as declared, where that is not its code"
        ),
    )


SHIPMENT_COLUMNS: tuple[ShipmentColumn, ...] = (
    ShipmentColumn("declaration_number", meaning="ccdNumber"),
    ShipmentColumn("item_number", meaning="goods item within the declaration"),
    ShipmentColumn("declared_on", "date", "date of registration"),
    ShipmentColumn("direction", meaning="directionOfTransportation: import or export"),
    ShipmentColumn("hs_code", meaning="vedCode, as declared"),
    ShipmentColumn("hs6", is_declared=False, meaning="the first six digits of the HS code"),
    ShipmentColumn("description", meaning="goodsDescription, as written"),
    ShipmentColumn("maker", meaning="the maker as declared"),
    ShipmentColumn("brand", meaning="the trade mark as declared"),
    *_party("exporter", "sender"),
    ShipmentColumn("exporter_key", is_declared=False, meaning="what tells this exporter from others: see party_key"),
    *_party("importer", "receiver"),
    ShipmentColumn("importer_key", is_declared=False, meaning="what tells this importer from others: see party_key"),
    *_party("contract_holder", "contractHolder"),
    *_country("origin", "originCountry"),
    *_country("dispatch", "departureCountry"),
    *_country("trading", "tradingCountry"),
    *_country("destination", "destinationCountry"),
    ShipmentColumn("net_kg", "number", "net weight in kg"),
    ShipmentColumn("gross_kg", "number", "gross weight in kg"),
    ShipmentColumn("quantity", "number", "in the declared unit"),
    ShipmentColumn("unit"),
    ShipmentColumn("invoice_value", "number", "invoiceAmount, in the declared currency"),
    ShipmentColumn("currency", meaning="of the invoice value"),
    ShipmentColumn(
        "customs_value", "number", "customsAmount, in the currency of the customs office (roubles in Russia)"
    ),
    ShipmentColumn("value_usd", "number", "statistical value in US dollars, as declared"),
    ShipmentColumn("transport", meaning="mode of transport at the border, as declared"),
    ShipmentColumn("delivery_terms", meaning="Incoterms, as declared"),
    ShipmentColumn("delivery_place"),
    ShipmentColumn("other", is_declared=False, meaning="columns of the file that have no place here, as JSON"),
    ShipmentColumn("is_synthetic", "boolean", "made up for demonstration or tests"),
)
DECLARED = tuple(column for column in SHIPMENT_COLUMNS if column.is_declared)
KINDS = {column.name: column.kind for column in SHIPMENT_COLUMNS}
PARTIES = ("exporter", "importer")
PARTY_KEY_LENGTH = 600
COUNTRIES = tuple(column.name for column in SHIPMENT_COLUMNS if column.name.endswith("_country"))
