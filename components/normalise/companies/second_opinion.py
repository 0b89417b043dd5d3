"""What nomenklatura says of two names, beside our own likeness: an optional extra, since it needs ICU.

nomenklatura compares companies as OpenSanctions does, by rules made for screening. Its score is one more reason to
show a person who reviews a match; it proposes and decides nothing.
"""

from functools import cache
from typing import Any

ALGORITHM = "logic-v2"


def second_opinion(first: str, second: str) -> tuple[str, float] | None:
    """The method and its score in [0, 1] of two names being one company's; None without the extra `nomenklatura`."""
    found = _algorithm()
    if found is None:
        return None
    model, algorithm = found
    left, right = (_company(model, name) for name in (first, second))
    score = algorithm.compare(left, right, algorithm.default_config()).score
    return f"nomenklatura {ALGORITHM}", float(min(max(score, 0.0), 1.0))


def _company(model: Any, name: str) -> Any:
    entity = model.make_entity("Company")
    entity.make_id(name)  # what is read of a name is kept under its id
    entity.add("name", name)
    return entity


@cache
def _algorithm() -> tuple[Any, Any] | None:
    """Loaded when first asked for: it takes some ten seconds."""
    try:
        from followthemoney import model
        from nomenklatura.matching import get_algorithm
    except ImportError:
        return None
    algorithm = get_algorithm(ALGORITHM)
    return None if algorithm is None else (model, algorithm)
