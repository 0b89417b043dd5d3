"""The page of a step of a supply chain that a document states."""

from components.models import Leg
from components.web.records.base import Context, RecordPage


class LegPage(RecordPage):
    """Who passed goods to whom, as a document has it."""

    model = Leg
    template_name = "components/routes/leg.html"

    def read(self, row: Leg) -> Context:
        facts = self.provenance([row]).facts(
            row,
            ("kind", "What happened"),
            ("giver", "From"),
            ("giver_country", "Country"),
            ("giver_company", "Which is the company"),
            ("taker", "To"),
            ("taker_country", "Country"),
            ("taker_company", "Which is the company"),
            ("happened", "When"),
            "goods",
            "quantity",
            "part",
            "component",
            ("position", "Place in the chain"),
            "notes",
        )
        return {"facts": facts, "leg": row}
