"""Shares and probabilities in words that claim no more than their digits do."""

HALF_A_DIGIT = 0.005


def share_text(value: float) -> str:
    """Two decimals; what is not impossible is not said to be 0.00, nor what is not certain 1.00."""
    if 0 < value < HALF_A_DIGIT:
        return "<\u00a00.01"
    return ">\u00a00.99" if 1 - HALF_A_DIGIT <= value < 1 else f"{value:.2f}"
