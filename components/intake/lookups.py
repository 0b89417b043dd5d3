"""Finding the rows that a file names, or adding them: makers, parts, categories, weapon models, sources."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from components.curation.permissions import may_edit
from components.intake.session import ImportSession
from components.models import (
    Country,
    EvidentiaryOrigin,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    Source,
    WeaponModel,
)
from components.normalise.countries import CountryRow, CountryTable
from components.normalise.maker_names import MakerName, find_known
from components.normalise.names import name_key
from components.normalise.part_numbers import part_key

KEYS_AT_ONCE = 500
OTHER_NAMES = {"GB": ("UK", "Great Britain")}  # UK is exceptionally reserved for it in ISO 3166-1
NO_MAKER = {"", "not identified", "unidentified", "unknown", "n/a", "-"}


def country_table() -> CountryTable:
    """The countries of the reference data, for reading cells."""
    rows = Country.objects.values_list("alpha2", "alpha3", "name", "name_ru", "name_zh")
    return CountryTable.from_rows(
        CountryRow(alpha2, alpha3, (*filter(None, names), *OTHER_NAMES.get(alpha2, ())))
        for alpha2, alpha3, *names in rows
    )


@dataclass
class Makers:
    """Makers by the key of their name or alias, read once; new ones are added to the import."""

    session: ImportSession
    by_key: dict[str, Manufacturer] = field(default_factory=dict)
    aliases: set[tuple[int, str]] = field(default_factory=set)
    ownerships: set[tuple[int, int]] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        makers = {maker.pk: maker for maker in Manufacturer.objects.select_related("merged_into")}
        for alias in ManufacturerAlias.objects.all():
            self.by_key.setdefault(alias.name_key, makers[alias.manufacturer_id])
            self.aliases.add((alias.manufacturer_id, alias.name))
        for maker in makers.values():
            if maker.merged_into_id is None:
                self.by_key[maker.name_key] = maker
            else:
                self.by_key.setdefault(maker.name_key, maker)
        self.ownerships.update(Ownership.objects.values_list("owned_id", "owner_id"))

    def find(self, name: str) -> Manufacturer | None:
        """The maker of this name or alias, if it is known."""
        return self.by_key.get(name_key(name))

    def find_or_add(
        self, name: str, *, country: str | None, source: Source | None, place: str, is_synthetic: bool = False
    ) -> Manufacturer:
        """The maker of this name; a new one is cited for its name and country, a known one gains a missing country."""
        known = self.find(name)
        if known is not None:
            self.session.show(known)
            if country and known.country_id is None and known.pk not in self.placed:
                self._place_in(known, country, source=source, place=place)
            return known
        maker = self.session.add(Manufacturer(name=name, country_id=country, is_synthetic=is_synthetic))
        self.by_key[name_key(name)] = maker
        if source is not None:
            self.session.cite(maker, source, {"name": name, "country": country or ""}, place=place)
        return maker

    def _place_in(self, maker: Manufacturer, country: str, *, source: Source | None, place: str) -> None:
        self.placed.add(maker.pk)
        if maker._state.adding:
            maker.country_id = country
        else:
            self.session.change(maker, {"country_id": country})
        if source is not None:
            self.session.cite(maker, source, {"country": country}, place=place)

    def add_alias(self, maker: Manufacturer, name: str, *, source: Source | None, place: str) -> bool:
        """Give a maker another name; says whether it is new."""
        if (maker.pk, name) in self.aliases or name == maker.name:
            return False
        alias = self.session.add(ManufacturerAlias(manufacturer=maker, name=name, is_synthetic=maker.is_synthetic))
        self.aliases.add((maker.pk, name))
        self.by_key.setdefault(name_key(name), maker)
        if source is not None:
            self.session.cite(alias, source, {"name": name}, place=place)
        return True

    def add_owner(
        self,
        owned: Manufacturer,
        owner: Manufacturer,
        *,
        published: str,
        source: Source | None,
        place: str,
        acquired: str = "",
    ) -> bool:
        """Say that one maker belongs to another, as published; says whether it is new."""
        if (owned.pk, owner.pk) in self.ownerships or owned.pk == owner.pk:
            return False
        ownership = self.session.add(
            Ownership(owned=owned, owner=owner, acquired=acquired, is_synthetic=owned.is_synthetic)
        )
        self.ownerships.add((owned.pk, owner.pk))
        if source is not None:
            self.session.cite(ownership, source, {"owner": published, "acquired": acquired}, place=place)
        return True

    def read(
        self, published: MakerName, *, text: str, country: str | None, source: Source, place: str, is_synthetic: bool
    ) -> Manufacturer:
        """The maker of a published name, with the aliases and owners that stand beside it there."""
        maker = self.find_or_add(published.name, country=country, source=source, place=place, is_synthetic=is_synthetic)
        for alias in published.aliases:
            self.add_alias(maker, alias, source=source, place=place)
        owned = maker
        for parent in published.parents:
            owner = self._owner(parent) or self.find_or_add(
                parent, country=None, source=source, place=place, is_synthetic=is_synthetic
            )
            self.add_owner(owned, owner, published=text, source=source, place=place)
            owned = owner
        return maker

    def _owner(self, name: str) -> Manufacturer | None:
        """The known maker that an owner's short name can only mean: "Intel" for Intel Corporation."""
        key = find_known(name, self.by_key)
        return self.by_key[key] if key else None


@dataclass
class Parts:
    """Parts by maker and number, in whatever spelling; read as they are asked for, new ones added to the import."""

    session: ImportSession
    known: dict[tuple[int, str], Part | None] = field(default_factory=dict)

    def find(self, maker: Manufacturer, mpn: str) -> Part | None:
        """The part of this maker with this number, if it is known; one that is spelled so goes before others."""
        key = (maker.pk, part_key(mpn))
        if key not in self.known:
            same = Part.objects.filter(manufacturer=maker, mpn_key=part_key(mpn))
            self.known[key] = min(same, key=lambda part: (part.mpn != mpn, part.pk), default=None)
        return self.known[key]

    def find_or_add(
        self,
        maker: Manufacturer,
        mpn: str,
        *,
        category: PartCategory | None,
        source: Source | None,
        place: str,
        is_synthetic: bool,
    ) -> Part:
        """The part of this maker; a new one is cited for its number."""
        known = self.find(maker, mpn)
        if known is not None:
            self.session.show(known)
            return known
        part = self.session.add(Part(manufacturer=maker, mpn=mpn, category=category, is_synthetic=is_synthetic))
        self.known[(maker.pk, part_key(mpn))] = part
        if source is not None:
            self.session.cite(part, source, {"mpn": mpn, "manufacturer": maker.name}, place=place)
        return part


@dataclass
class Categories:
    """The tree of part categories, by path."""

    session: ImportSession
    by_place: dict[tuple[int | None, str], PartCategory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for category in PartCategory.objects.all():
            self.by_place[(category.parent_id, category.name.casefold())] = category

    def find_or_add(self, path: str, *, separator: str = ">") -> PartCategory | None:
        """The category at the end of a path such as "Integrated circuits > Microcontrollers"; None for no path."""
        category: PartCategory | None = None
        for name in filter(None, (step.strip() for step in path.split(separator))):
            place = (category.pk if category else None, name.casefold())
            if place not in self.by_place:
                self.by_place[place] = self.session.add(PartCategory(name=name[:100], parent=category))
            category = self.by_place[place]
        return category


@dataclass
class WeaponModels:
    """Weapon models by the key of their name or of another name of theirs."""

    session: ImportSession
    by_key: dict[str, WeaponModel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for model in WeaponModel.objects.all():
            for name in [model.name, *model.also_known_as.splitlines()]:
                self.by_key.setdefault(name_key(name), model)

    def find_or_add(
        self, name: str, *, kind: str, country: str | None, source: Source | None, place: str, is_synthetic: bool
    ) -> WeaponModel | None:
        """The weapon model of this name; None for no name."""
        if not name:
            return None
        key = name_key(name)
        if key not in self.by_key:
            model = WeaponModel(name=name, kind=kind, country_id=country, is_synthetic=is_synthetic)
            self.by_key[key] = self.session.add(model)
            if source is not None:
                self.session.cite(model, source, {"name": name}, place=place)
        else:
            self.session.show(self.by_key[key])
        return self.by_key[key]


@dataclass
class Sources:
    """Sources by title and address; new ones are added to the import with its visibility."""

    session: ImportSession
    known: dict[tuple[str, str], Source] = field(default_factory=dict)
    origins: dict[str, EvidentiaryOrigin] = field(default_factory=dict)

    def find_or_add(self, source: Source, *, origin: str = "", line: int = 1) -> Source:
        """The stored source with the same title and address, or this one. `line` is where the file names it."""
        key = (source.title, source.url)
        if key not in self.known:
            stored = Source.objects.filter(title=source.title, url=source.url).order_by("pk").first()
            if stored is None:
                source.origin = self._origin(origin, source.is_synthetic)
                source.visibility = self.session.batch.visibility
                stored = self.session.add(source)
            else:
                self._fill_blanks(stored, source, origin, line)
            self.known[key] = stored
        return self.known[key]

    def _fill_blanks(self, stored: Source, named: Source, origin: str, line: int) -> None:
        """Complete a stored source by what this file says of it; what is there already stays.

        What the importer may not write, or what is there otherwise, is listed in the report as not taken.
        """
        said = {name: getattr(named, name) for name in ("publisher", "published", "licence")} | {"origin": origin}
        said = {name: value for name, value in said.items() if value}
        news = {name: value for name, value in said.items() if not getattr(stored, name)}
        for name, value in said.items():
            present = getattr(stored, name)
            if present and str(present) != value:
                reason = f"the source is stored with “{present}”: correct it there"
                self.session.report.leave(line, f"source {name}", value, reason)
        if news and self.session.user_id is not None and not may_edit(self.session.user, stored):
            for name, value in news.items():
                self.session.report.leave(line, f"source {name}", value, "you may not change this source")
            return
        if "origin" in news:
            news["origin"] = self._origin(origin, named.is_synthetic)
        if news:
            self.session.change(stored, news)

    def _origin(self, name: str, is_synthetic: bool) -> EvidentiaryOrigin | None:
        if not name:
            return None
        if name not in self.origins:
            stored = EvidentiaryOrigin.objects.filter(name=name).first()
            self.origins[name] = stored or self.session.add(EvidentiaryOrigin(name=name, is_synthetic=is_synthetic))
        return self.origins[name]


def by_external_key(model: Any, keys: Sequence[str]) -> list[Any]:
    """The stored rows with these external keys, asked for in chunks that every database takes."""
    return [
        row
        for start in range(0, len(keys), KEYS_AT_ONCE)
        for row in model.objects.filter(external_key__in=keys[start : start + KEYS_AT_ONCE])
    ]
