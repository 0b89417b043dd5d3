"""The values of a record as facts: each with the citations that support it, or with who recorded it and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from components.models import Citation
from components.models.curated import Curated
from components.models.visibility import is_insider
from components.web.addresses import record_address

EXACT_PLACE = {"latitude", "longitude"}  # what a source says of these would undo the blurring


@dataclass(frozen=True)
class Rival:
    """A value as one or more sources have it, where sources differ."""

    value: str
    citations: list[Citation]


@dataclass(frozen=True)
class Fact:
    """One value on a page. `recorded` says who wrote it and when, where no source is cited for it."""

    label: str
    text: str
    url: str = ""
    is_mono: bool = False
    note: str = ""
    citations: list[Citation] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)
    recorded: str = ""


@dataclass(frozen=True)
class Cited:
    """A citation with the name of what it supports."""

    citation: Citation
    label: str


class Provenance:
    """The citations and authors of some records, read at once, as this person may know them."""

    def __init__(self, user: Any, *groups: Iterable[Curated]):
        self.user = user
        self._cited: dict[tuple[type[models.Model], int], list[Citation]] = defaultdict(list)
        self._authors: dict[type[Curated], dict[int, dict[str, tuple[str, datetime]]]] = {}
        self._read([row for group in groups for row in group])

    def _read(self, rows: list[Curated]) -> None:
        by_model: dict[type[Curated], list[int]] = defaultdict(list)
        for row in rows:
            by_model[type(row)].append(row.pk)
        wanted = Q(pk__in=[])
        types = {}
        for model, ids in by_model.items():
            record_type = ContentType.objects.get_for_model(model)
            types[record_type.pk] = model
            if model._meta.model_name in Citation.CITABLE:
                wanted |= Q(record_type=record_type, record_id__in=ids)
        shown = Citation.objects.visible_to(self.user).filter(wanted)
        for citation in shown.select_related("source").order_by("record_type", "record_id", "field", "pk"):
            self._cited[types[citation.record_type_id], citation.record_id].append(self._shown(citation))
        for model, ids in by_model.items():
            self._authors[model] = self._authors_of(model, ids)

    def _shown(self, citation: Citation) -> Citation:
        """The citation, without the exact place of a weapon for those who see it blurred."""
        if citation.field in EXACT_PLACE and not is_insider(self.user):
            citation.published_value = ""
        return citation

    def _authors_of(self, model: type[Curated], ids: list[int]) -> dict[int, dict[str, tuple[str, datetime]]]:
        """Who last gave each field its present value, and when, from the history."""
        names = [each for each in model._meta.concrete_fields if getattr(each, "derive", None) is None]
        columns = {each.attname: each.name for each in names if each.name not in {"id", "updated_at"}}
        versions = model.history.filter(id__in=ids).order_by("id", "history_date", "history_id")
        authors: dict[int, dict[str, tuple[str, datetime]]] = defaultdict(dict)
        before: dict[str, Any] = {}
        for version in versions.values("id", "history_date", "history_user__username", *columns):
            is_first = version["id"] != before.get("id")
            for column, name in columns.items():
                if is_first or version[column] != before[column]:
                    author = version["history_user__username"] or ""
                    authors[version["id"]][name] = (author, version["history_date"])
            before = version
        return authors

    def of(self, row: Curated) -> list[Citation]:
        """Every citation of a record."""
        return self._cited[type(row), row.pk]

    def cited(self, row: Curated) -> list[Cited]:
        """Every citation of a record, with what it supports in words."""
        return [Cited(citation, supported(row, citation.field)) for citation in self.of(row)]

    def citations(self, row: Curated, name: str) -> list[Citation]:
        """The citations of one value; where it has none of its own, those of the whole record."""
        own = [citation for citation in self.of(row) if citation.field == name]
        return own or [citation for citation in self.of(row) if citation.field == ""]

    def recorded(self, row: Curated, name: str) -> str:
        """Who wrote a value and when; visitors are not told the name of the account."""
        author, at = self._authors[type(row)].get(row.pk, {}).get(name, ("", row.created_at))
        who = f" by {author}" if author and is_insider(self.user) else ""
        return f"recorded{who} {at:%Y-%m-%d}"

    def fact(
        self, row: Curated, name: str, label: str, text: Any, *, url: str = "", is_mono: bool = False, note: str = ""
    ) -> Fact:
        """One value of a record with where it comes from."""
        citations = self.citations(row, name)
        recorded = "" if citations else self.recorded(row, name)
        return Fact(label, str(text), url, is_mono, note, citations, rivals(citations, name), recorded)

    def facts(self, row: Curated, *wanted: str | tuple[str, str]) -> list[Fact]:
        """The values that a record has of the given fields, each by the field's own name or another label."""
        found = []
        for each in wanted:
            name, label = each if isinstance(each, tuple) else (each, "")
            text, url, note = shown(row, name)
            if text:
                found.append(self.fact(row, name, label or heading(row, name), text, url=url, note=note))
        return found


def rivals(citations: Sequence[Citation], name: str) -> list[Rival]:
    """The values that sources have, where they do not all have the same."""
    by_value: dict[str, list[Citation]] = defaultdict(list)
    for citation in citations:
        if citation.field == name and citation.published_value:
            by_value[citation.published_value].append(citation)
    if len({" ".join(value.casefold().split()) for value in by_value}) < 2:
        return []
    return [Rival(value, found) for value, found in by_value.items()]


def supported(row: models.Model, name: str) -> str:
    """What a citation supports, in words; a source may be cited for what is no field of the record."""
    if not name:
        return "The whole record"
    is_own = any(field.name == name for field in row._meta.concrete_fields)
    return heading(row, name) if is_own else name.replace("_", " ").capitalize()


def heading(row: models.Model, name: str) -> str:
    """What a field is called."""
    label = str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return label[0].upper() + label[1:]


def shown(row: models.Model, name: str) -> tuple[str, str, str]:
    """A value in words, the page it leads to, and a note: for a vague date the days that it admits."""
    value = getattr(row, name)
    if value is None or value == "":
        return "", "", ""
    if isinstance(value, models.Model):
        return str(value), record_address(value), ""
    if hasattr(row, f"{name}_earliest"):
        return str(value), "", days_of(str(value), getattr(row, f"{name}_earliest"), getattr(row, f"{name}_latest"))
    label = getattr(row, f"get_{name}_display", None)
    return str(label() if label is not None else value), "", ""


def days_of(text: str, earliest: date | None, latest: date | None) -> str:
    """The days that a vague date admits, where its text does not say them plainly."""
    if text.replace("-", "").isdigit():
        return ""
    if earliest and latest:
        return f"from {earliest} to {latest}"
    return f"from {earliest}" if earliest else f"until {latest}" if latest else ""
