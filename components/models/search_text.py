"""The text that searches look through: one folding for the stored text and for the question."""

from components.normalise.look_alikes import fold_look_alikes
from components.normalise.part_numbers import part_key


def folded(*texts: str) -> str:
    """Lower-case text with look-alike letters folded and white space squeezed."""
    return " ".join(" ".join(fold_look_alikes(text) for text in texts if text).lower().split())


def folded_with_key(marking: str, *texts: str) -> str:
    """As `folded`, followed by the marking's normalised key, so that any separators find it."""
    return f"{folded(marking, *texts)} {part_key(marking).lower()}".strip()
