"""What reviews have taught: how often a link of a grade, with what is said of its maker, is right."""

from components.curation.links import verdicts
from components.linking.scoring import ASSUMED, Evidence, Grade, reviewed_rate


def learned_rates() -> dict[tuple[Grade, Evidence], float]:
    """The chance that a link is right, by grade and evidence: the assumed one as reviews have moved it. One query."""
    judged = verdicts()
    return {
        (grade, evidence): reviewed_rate(assumed, *judged.get((grade.value, evidence.value), (0, 0)))
        for (grade, evidence), assumed in ASSUMED.items()
    }
