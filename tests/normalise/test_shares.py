import pytest

from components.normalise.shares import share_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (0.0049, "<\u00a00.01"),
        (0.005, "0.01"),
        (0.62, "0.62"),
        (0.9949, "0.99"),
        (0.996, ">\u00a00.99"),
        (1, "1.00"),
    ],
)
def test_share_claims_no_more_than_its_digits_do(value: float, text: str) -> None:
    assert share_text(value) == text
