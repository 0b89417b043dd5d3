"""Imports: what was read from which file, and what became of it."""

from components.api.records import ReferenceViewSet
from components.models import ImportBatch


class ImportViewSet(ReferenceViewSet):
    """Imports, for those who made them and for editors."""

    model = ImportBatch
