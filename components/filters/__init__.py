"""One FilterSet per list, used by the API, the page and the export alike; and the facets beside it."""

from components.filters.sets import FILTERS, filter_rows

__all__ = ["FILTERS", "filter_rows"]
