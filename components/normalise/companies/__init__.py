"""Compare the names of exporters and importers as customs declarations write them: a key, a likeness, the close ones.

Names stay as they were declared; a likeness is a hint for a person to judge, never proof of one company. Nothing here
knows the database. For the makers of components, whose names are cleaner, see `components.normalise.names`.
"""

from components.normalise.companies.keys import company_key
from components.normalise.companies.likeness import LIKELY_SAME, Likeness, company_likeness
from components.normalise.companies.search import close_names
from components.normalise.companies.second_opinion import second_opinion

__all__ = ["LIKELY_SAME", "Likeness", "close_names", "company_key", "company_likeness", "second_opinion"]
