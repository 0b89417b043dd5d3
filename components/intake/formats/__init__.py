"""The formats that can be imported, by name."""

from components.intake.formats.base import Format
from components.intake.formats.manufacturers import ManufacturersFormat
from components.intake.formats.parts import PartsFormat
from components.intake.formats.teardown import TeardownFormat
from components.intake.formats.war_sanctions import WarSanctionsFormat

FORMATS: dict[str, Format] = {
    each.name: each for each in (TeardownFormat(), WarSanctionsFormat(), PartsFormat(), ManufacturersFormat())
}

__all__ = ["FORMATS", "Format"]
