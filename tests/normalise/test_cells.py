"""Cells that a spreadsheet would run."""

import pytest

from components.normalise.cells import as_text


@pytest.mark.parametrize("cell", ["=1+1", "+7", "-7", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_made_text(cell: str) -> None:
    assert as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "7-8", "a=b", "'=1", " =1"])
def test_other_texts_stay_as_they_are(cell: str) -> None:
    assert as_text(cell) == cell
