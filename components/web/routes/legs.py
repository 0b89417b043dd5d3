"""The page of a step of a supply chain that a document states."""

from components.exports.rows import visible_rows
from components.models import Company, Leg
from components.web.records.base import Context, RecordPage


class LegPage(RecordPage):
    """Who passed goods to whom, as a document has it."""

    model = Leg
    template_name = "components/routes/leg.html"

    def read(self, row: Leg) -> Context:
        seen = visible_rows(Company, self.request.user)
        known = set(seen.filter(pk__in=[row.giver_company_id, row.taker_company_id]).values_list("pk", flat=True))
        facts = self.provenance([row]).facts(
            row,
            ("kind", "What happened"),
            ("giver", "From"),
            ("giver_country", "Country"),
            *([("giver_company", "Which is the company")] if row.giver_company_id in known else []),
            ("taker", "To"),
            ("taker_country", "Country"),
            *([("taker_company", "Which is the company")] if row.taker_company_id in known else []),
            ("happened", "When"),
            "goods",
            "quantity",
            "part",
            "component",
            ("position", "Place in the chain"),
            "notes",
        )
        return {"facts": facts, "leg": row}
