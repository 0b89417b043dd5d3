"""Trade statistics: UN Comtrade's legacy CSV and the rows of its current API, as JSON or CSV, into trade flows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.choices import Flow, ImportOutcome
from components.intake.outcomes import Fault, Report
from components.intake.readers import BadRow, ReadError, open_table
from components.models import Country, TradeFlow

# Our column, and its names in legacy downloads and in answers of the API (uncomtrade/comtradeapicall, README).
NAMES: Mapping[str, tuple[str, ...]] = {
    "period": ("Period", "period"),
    "reporter_iso": ("Reporter ISO", "reporterISO"),
    "reporter": ("Reporter", "reporterDesc"),
    "reporter_code": ("Reporter Code", "reporterCode"),
    "partner_iso": ("Partner ISO", "partnerISO"),
    "partner": ("Partner", "partnerDesc"),
    "partner_code": ("Partner Code", "partnerCode"),
    "flow": ("Trade Flow", "flowDesc"),
    "flow_code": ("Trade Flow Code", "flowCode"),
    "hs_code": ("Commodity Code", "cmdCode"),
    "value_usd": ("Trade Value (US$)", "primaryValue"),
    "net_kg": ("Netweight (kg)", "netWgt"),
    "quantity": ("Qty", "qty"),
    "unit": ("Qty Unit", "qtyUnitAbbr"),
}
REQUIRED = ("period", "hs_code", "value_usd")
FLOWS = {
    **dict.fromkeys(("import", "imports", "m", "1"), Flow.IMPORT),
    **dict.fromkeys(("export", "exports", "x", "2"), Flow.EXPORT),
    **dict.fromkeys(("re-export", "re-exports", "rx", "3"), Flow.RE_EXPORT),
    **dict.fromkeys(("re-import", "re-imports", "rm", "4"), Flow.RE_IMPORT),
}
_PERIOD = re.compile(r"((?:19|20)[0-9]{2})(?:-?(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class FlowRow:
    """One line of trade statistics."""

    line: int
    period: str
    reporter: str
    reporter_declared: str
    partner: str
    partner_declared: str
    flow: str
    hs_code: str
    value_usd: float | None
    net_kg: float | None
    quantity: float | None
    unit: str
    other: dict[str, str] = field(default_factory=dict)

    def as_row(self, dataset_id: int) -> TradeFlow:
        """The row of the table."""
        values = {name: value for name, value in vars(self).items() if name not in {"reporter", "partner"}}
        return TradeFlow(
            dataset_id=dataset_id, reporter_id=self.reporter or None, partner_id=self.partner or None, **values
        )


def read_flows(file: Path, name: str, report: Report) -> list[FlowRow]:
    """Every good row of a file; each bad one is told to the report with line, column, value and reason.

    Raises ReadError where the file is no table of trade statistics. A download of Comtrade has at most 250,000 rows.
    """
    table = list(_rows(file, name))
    present = {column for _, values in table[:1] if isinstance(values, dict) for column in values}
    headers = {ours: next((each for each in names if each in present), "") for ours, names in NAMES.items()}
    absent = [NAMES[ours][0] for ours in REQUIRED if not headers[ours]]
    if absent:
        raise ReadError(
            1, absent[0], f"There is no column {absent[0]}: expected trade statistics as UN Comtrade gives them."
        )
    countries = _countries()
    found = []
    for line, values in table:
        report.row_count += 1
        faults = [Fault(line, "", "", values)] if isinstance(values, str) else []
        row = None if isinstance(values, str) else _read(line, values, headers, countries, faults)
        if faults or row is None:
            report.reject(faults)
        else:
            report.rows[ImportOutcome.CREATED] += 1
            found.append(row)
    return found


def _rows(file: Path, name: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Rows with their lines (places in the list, for JSON); a text instead of a row says why it is none."""
    with file.open("rb") as stream:
        begins = stream.read(64).lstrip()
    if begins.startswith((b"{", b"[")):
        yield from _json_rows(file)
        return
    for item in open_table(file, name):
        if isinstance(item, BadRow):
            yield item.line, item.reason
        else:
            yield item.line, item.values


def _json_rows(file: Path) -> Iterator[tuple[int, dict[str, str] | str]]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise ReadError(1, None, f"The file is no JSON: {problem}.") from problem
    listed = told.get("data") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not listed:
        raise ReadError(1, None, "Expected the list `data` of an answer of the Comtrade API.")
    for place, values in enumerate(listed, start=1):
        if isinstance(values, dict):
            yield place, {key: "" if value is None else str(value) for key, value in values.items()}
        else:
            yield place, "expected an object"


def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for alpha2, alpha3, numeric in Country.objects.values_list("alpha2", "alpha3", "numeric"):
        found |= {alpha2: alpha2, alpha3: alpha2}
        if numeric:
            found[numeric] = alpha2
    return found


def _read(
    line: int, values: dict[str, str], headers: Mapping[str, str], countries: Mapping[str, str], faults: list[Fault]
) -> FlowRow | None:
    def cell(ours: str) -> str:
        return values.get(headers[ours], "").strip() if headers[ours] else ""

    def wrong(ours: str, expected: str) -> None:
        faults.append(Fault(line, headers[ours] or ours, cell(ours)[:200], expected))

    period = _PERIOD.fullmatch(cell("period"))
    if period is None:
        wrong("period", "expected a year or a month, such as 2021 or 202103")
    flow = FLOWS.get(cell("flow").lower()) or FLOWS.get(cell("flow_code").lower())
    if flow is None:
        wrong("flow", "expected Import, Export, Re-Import or Re-Export")
    code = cell("hs_code")
    if not (code.isascii() and code.isdigit() and 2 <= len(code) <= 10):
        wrong("hs_code", "expected an HS code of digits")
    numbers = {ours: _number(cell(ours)) for ours in ("value_usd", "net_kg", "quantity")}
    for ours, number in numbers.items():
        if number is False:
            wrong(ours, "expected a number that is not negative")
    if faults or period is None or flow is None:
        return None
    used = set(headers.values())
    reporter, partner = (
        _country(cell(f"{role}_iso"), cell(f"{role}_code"), countries) for role in ("reporter", "partner")
    )
    return FlowRow(
        line=line,
        period=f"{period[1]}-{period[2]}" if period[2] else period[1],
        reporter=reporter,
        reporter_declared=(cell("reporter") or cell("reporter_iso") or cell("reporter_code"))[:100],
        partner=partner,
        partner_declared=(cell("partner") or cell("partner_iso") or cell("partner_code"))[:100],
        flow=flow,
        hs_code=code,
        unit=cell("unit")[:60],
        other={name: text for name, text in values.items() if name not in used and text != ""},
        **numbers,
    )


def _country(iso: str, code: str, countries: Mapping[str, str]) -> str:
    """Alpha-2 by ISO code, or by the numeric code; Comtrade's own areas (World, 490 Other Asia) are none."""
    return countries.get(iso.upper()) or countries.get(code.zfill(3) if code.isdigit() else code, "")


def _number(text: str) -> Any:
    """The number, None for no text, False for what is none."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return False
    return number if 0 <= number < float("inf") else False
