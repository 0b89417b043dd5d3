"""One FilterSet per list, used by the API, the page and the export alike; and the facets beside it."""

from components.filters.facets import Facet, FacetValue, facets
from components.filters.sets import FILTERS, filter_rows
from components.filters.shapes import ShapedQuestion, read_shape

__all__ = ["FILTERS", "Facet", "FacetValue", "ShapedQuestion", "facets", "filter_rows", "read_shape"]
