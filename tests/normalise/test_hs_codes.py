import pytest

from components.normalise.hs_codes import hs6, read_hs_code


@pytest.mark.parametrize(
    ("written", "code"),
    [("85", "85"), ("8542", "8542"), ("8542.31", "854231"), ("8542 31 90", "85423190"), ("8542-31-9019", "8542319019")],
)
def test_read_hs_code_keeps_the_digits(written: str, code: str) -> None:
    assert read_hs_code(written) == code


@pytest.mark.parametrize("written", ["", "HS 8542", "854", "85423", "٨٥", "854231901900", "8542²"])
def test_read_hs_code_refuses_the_rest(written: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_hs_code(written)


def test_hs6_is_the_subheading() -> None:
    assert hs6("8542.31.901.9") == "854231"


def test_hs6_refuses_a_heading() -> None:
    with pytest.raises(ValueError, match="shorter"):
        hs6("8542")
