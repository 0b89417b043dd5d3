"""The teardown sheet as an XLSX template to fill in, and the table of its columns."""

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from components.choices import (
    Authenticity,
    CitationBasis,
    Confidence,
    IdentificationMethod,
    MarkingState,
    WeaponKind,
)
from components.intake.formats import FORMATS

CLOSED_LISTS = {
    "weapon_kind": WeaponKind,
    "marking_state": MarkingState,
    "authenticity": Authenticity,
    "confidence": Confidence,
    "method": IdentificationMethod,
    "basis": CitationBasis,
}


def teardown_template() -> bytes:
    """An XLSX workbook: an empty sheet with the headers, and a second sheet that explains each column.

    Filled in and imported as it is, it gives one row per component.
    """
    fields = FORMATS["teardown"].fields
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "components"
    sheet.append([field.name for field in fields])
    sheet.freeze_panes = "A2"
    for number, field in enumerate(fields, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(field.name) + 2)
        sheet.cell(row=1, column=number).font = Font(bold=True)
    explained = book.create_sheet("columns")
    explained.append(["column", "required", "what it holds", "example", "values"])
    for field in fields:
        values = ", ".join(CLOSED_LISTS[field.name].values) if field.name in CLOSED_LISTS else ""
        explained.append([field.name, "yes" if field.is_required else "", field.help, field.example, values])
    for letter, width in zip("ABCDE", (22, 10, 60, 40, 80), strict=True):
        explained.column_dimensions[letter].width = width
    for row in explained.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
