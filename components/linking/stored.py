"""The catalogue of the database as the matcher needs it, with a digest that tells whether anything has changed."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from components.linking.catalogue import Catalogue, CataloguePart
from components.models import Manufacturer, ManufacturerAlias, Ownership, Part
from components.normalise.hs_codes import subheading
from components.normalise.part_numbers import base_number, core_number, part_key

READ = ("manufacturer", "mpn", "hs_code", "introduced_earliest", "is_synthetic")


@dataclass(frozen=True)
class StoredCatalogue:
    """The parts in the order of their ids, and the makers' names by id."""

    matched: Catalogue
    makers: Mapping[int, str]

    @cached_property
    def digest(self) -> str:
        """The same for the same parts, makers, names and owners."""
        return _digest(self.known["makers"], *(map(repr, self.matched.parts)))

    @cached_property
    def known(self) -> dict[str, str | int]:
        """What a later catalogue is held against: a digest of makers and parts, and the last part."""
        kin = sorted((maker, sorted(others)) for maker, others in self.matched.kin.items())
        makers = _digest(repr(self.matched.names), repr(kin))
        last = self.matched.parts[-1].part if self.matched.parts else 0
        return {"makers": makers, "parts": _digest(*map(repr, self.matched.parts)), "last": last}

    def added_since(self, known: Mapping[str, str | int]) -> frozenset[int] | None:
        """The places of the parts that are new, and of those that share a number with one; None if more has changed.

        A number that a second maker now uses needs its maker from now on, so that its links are looked for anew.
        """
        last = known.get("last", 0)
        before = [part for part in self.matched.parts if part.part <= int(last)]
        if known.get("makers") != self.known["makers"] or known.get("parts") != _digest(*map(repr, before)):
            return None
        fresh = self.matched.parts[len(before) :]
        if not _subheadings(fresh) <= _subheadings(before):
            return None  # what has such a code and names nothing is of grade HS from now on
        numbers = {key for part in fresh for key in _numbers(part.mpn)}
        touched = {place for place, part in enumerate(before) if not numbers.isdisjoint(_numbers(part.mpn))}
        return frozenset(touched | set(range(len(before), len(self.matched.parts))))

    @cached_property
    def subheadings(self) -> frozenset[tuple[str, bool]]:
        """The six digits of parts' HS codes, each with whether the part is synthetic."""
        return _subheadings(self.matched.parts)

    def places(self, parts: Collection[int]) -> frozenset[int]:
        """The places of parts, by their ids."""
        wanted = set(parts)
        return frozenset(place for place, part in enumerate(self.matched.parts) if part.part in wanted)


def read_catalogue() -> StoredCatalogue:
    """All parts and makers; a part of a merged maker counts as the winner's. Four queries."""
    merged = {pk: into for pk, into in Manufacturer.objects.values_list("pk", "merged_into_id") if into is not None}
    names = dict(Manufacturer.objects.order_by("pk").values_list("pk", "name"))
    aliases = ManufacturerAlias.objects.order_by("pk").values_list("manufacturer", "name")
    listed = tuple(
        _part(part, merged.get(part.manufacturer_id, part.manufacturer_id))
        for part in Part.objects.order_by("pk").only(*READ)
    )
    spelled = [(merged.get(maker, maker), name) for maker, name in [*names.items(), *aliases]]
    matched = Catalogue(listed, tuple(spelled), kin_of_makers(merged))
    return StoredCatalogue(matched, names)


def _part(part: Part, maker: int) -> CataloguePart:
    first = part.introduced_earliest  # type: ignore[attr-defined]  # a column beside every vague date
    introduced = first.isoformat() if first else ""
    return CataloguePart(part.pk, maker, part.mpn, part.hs_code, introduced, part.is_synthetic)


def _subheadings(parts: Iterable[CataloguePart]) -> frozenset[tuple[str, bool]]:
    return frozenset((code, part.is_synthetic) for part in parts if (code := subheading(part.hs_code)))


def kin_of_makers(merged: Mapping[int, int]) -> dict[int, frozenset[int]]:
    """For each maker that was ever owned or an owner: itself, its owners and what it owns, a step each way.

    Goods of Xilinx are declared as AMD's and the other way round; two makers of one owner are not one maker.
    """
    kin: dict[int, set[int]] = defaultdict(set)
    for owner, owned in Ownership.objects.values_list("owner", "owned"):
        first, second = merged.get(owner, owner), merged.get(owned, owned)
        kin[first] |= {first, second}
        kin[second] |= {first, second}
    return {maker: frozenset(others) for maker, others in kin.items()}


def _numbers(mpn: str) -> set[str]:
    base = base_number(mpn)
    return {part_key(mpn), base, core_number(base)}


def _digest(*texts: str | int) -> str:
    found = hashlib.sha256()
    for text in texts:
        found.update(str(text).encode() + b"\0")
    return found.hexdigest()
