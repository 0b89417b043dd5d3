"""What a source has said of stored records before: to tell news from repetition, and a correction from a copy."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType

from components.models import Citation, Component, Identification, Source
from components.models.curated import Curated

CHUNK = 500


class PublishedValues:
    """The values that one source was cited with for some components and their identifications."""

    def __init__(self, source: Source, components: Sequence[Component]):
        self._said: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._makers: dict[int, set[str]] = defaultdict(set)
        ids = [component.pk for component in components]
        for start in range(0, len(ids), CHUNK):
            self._read(source, ids[start : start + CHUNK])

    def _read(self, source: Source, ids: list[int]) -> None:
        for record_id, field, value in _citations(source, Component, ids):
            self._said[record_id, field].append(value)
        owners = dict(Identification.objects.filter(component__in=ids).values_list("pk", "component_id"))
        for record_id, field, value in _citations(source, Identification, list(owners)):
            if field == "manufacturer":
                self._makers[owners[record_id]].add(value)

    def news(self, component: Component, values: dict[str, str]) -> dict[str, str]:
        """The values that differ from what the source said last."""
        return {
            name: value
            for name, value in values.items()
            if value and value != (self._said[component.pk, name] or [""])[-1]
        }

    def not_corrected(self, component: Component, values: dict[str, Any]) -> dict[str, Any]:
        """Of these values, those whose shown value still is what the source said last; others a person corrected."""
        return {
            name: value
            for name, value in values.items()
            if getattr(component, name) == (self._said[component.pk, name] or [""])[-1]
        }

    def makers(self, component: Component) -> set[str]:
        """Every maker's name the source was cited with for this component."""
        return self._makers[component.pk]


def _citations(source: Source, model: type[Curated], ids: list[int]) -> list[tuple[int, str, str]]:
    record_type = ContentType.objects.get_for_model(model)
    cited = Citation.objects.filter(source=source, record_type=record_type, record_id__in=ids).order_by("pk")
    return list(cited.values_list("record_id", "field", "published_value"))
