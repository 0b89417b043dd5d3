"""Synthetic declarations in the lake, made once for a module."""

from pathlib import Path

import pytest
from django.conf import settings

from components.intake.trade.preparing import prepare
from components.intake.trade.staging import stage
from components.lake.engine import DatasetFiles, LakeSettings
from components.lake.synthetic import write_declarations

ROWS = 20_000


@pytest.fixture(scope="session")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of synthetic declarations."""
    path = tmp_path_factory.mktemp("declarations") / "declarations.csv"
    write_declarations(path, rows=ROWS, seed=7, world=settings.FIXTURES_ROOT / "trade")
    return path


@pytest.fixture(scope="session")
def made(declarations: Path, tmp_path_factory: pytest.TempPathFactory) -> DatasetFiles:
    """The same, checked and typed."""
    folder = tmp_path_factory.mktemp("lake")
    listed = "CN HK TR AE DE NL EE LT LV PL FI CZ AT KZ KG AM GE TW MY SG KR US TH RU PH JP FR"
    codes = {code: code for code in listed.split(" ")}
    prepared = prepare(declarations, folder, reference=settings.FIXTURES_ROOT / "reference" / "declaration_columns.csv")
    staged = stage(prepared, folder, lake=LakeSettings(folder), countries=codes)
    assert staged.file is not None
    return DatasetFiles(1, (staged.file,))
