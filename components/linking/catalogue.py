"""The part numbers and makers' names that shipments are searched for, as the patterns of one automaton. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick

from components.linking.texts import squashed
from components.normalise.names import strip_legal_form
from components.normalise.part_numbers import base_number, core_number, family_number

# A number of fewer letters and digits is as often a year, a size or a lamp (E27, 0805, 2012): it needs its maker.
SHORTEST_SPECIFIC = 6
SHORTEST_DIGITS = 2
# A base number found in front of another suffix; shorter ones begin too many words.
SHORTEST_ALIAS = 3
# A number, then units: 100UF25V, 12V50HZ, 10X20MM. They are ratings that some catalogues list as part numbers.
_RATING = re.compile(r"(?:\d+(?:V|A|W|MA|KV|KW|HZ|KHZ|MHZ|GHZ|MM|CM|M|UF|NF|PF|OHM|KOHM|K|R|MB|GB|X|C|PIN|P))+\d*")


@dataclass(frozen=True)
class CataloguePart:
    """A part as the matcher needs it. `hs_code` and `introduced` (ISO day) may be empty."""

    part: int
    maker: int
    mpn: str
    hs_code: str = ""
    introduced: str = ""


@dataclass(frozen=True)
class Pattern:
    """What one squashed text stands for: parts by grade, makers by name.

    `bare` and `suffixed` are the parts of just this number, without and with a suffix of package or speed in it.
    """

    bare: tuple[int, ...] = ()
    suffixed: tuple[int, ...] = ()
    base: tuple[int, ...] = ()
    family: tuple[int, ...] = ()
    makers: tuple[int, ...] = ()
    is_specific: bool = False
    key: str = ""

    @cached_property
    def exact(self) -> tuple[int, ...]:
        """The parts of just this number."""
        return self.bare + self.suffixed

    @cached_property
    def is_number(self) -> bool:
        """Whether any part has to do with it."""
        return self.says_parts or bool(self.family)

    @cached_property
    def says_parts(self) -> bool:
        """Whether it is the number of a part or its base, and not of a family alone."""
        return bool(self.bare or self.suffixed or self.base)


@dataclass(frozen=True)
class Catalogue:
    """All parts, and the names of all makers; `kin` gives the makers that count as one: merged, owner and owned.

    Parts are told by their place in `parts`, makers by their ids.
    """

    parts: tuple[CataloguePart, ...]
    names: tuple[tuple[int, str], ...]
    kin: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def kin_of(self, maker: int) -> frozenset[int]:
        """The maker and those that it was, is owned by, or owns."""
        return self.kin.get(maker) or frozenset((maker,))

    @cached_property
    def patterns(self) -> list[Pattern]:
        """One pattern per squashed text, in the order of the automaton."""
        return self._compiled[0]

    @cached_property
    def automaton(self) -> BytesAhoCorasick:
        """Finds every pattern in a squashed text."""
        return BytesAhoCorasick(self._compiled[1])

    @cached_property
    def _compiled(self) -> tuple[list[Pattern], list[bytes]]:
        bare, suffixed, base, family, makers = (defaultdict[bytes, list[int]](list) for _ in range(5))
        for number, part in enumerate(self.parts):
            root = base_number(part.mpn)
            key = squashed(part.mpn)
            core = core_number(root)
            (bare if squashed(core) == key else suffixed)[key].append(number)
            for short in {squashed(root), squashed(core)} - {key}:
                base[short].append(number)
            if kind := family_number(core):
                family[squashed(kind)].append(number)
        for maker, name in self.names:
            for key in _name_keys(name):
                makers[key].append(maker)
        keys = sorted({*bare, *suffixed, *base, *family, *makers} - {b""})
        patterns = [
            Pattern(
                tuple(bare.get(key, ())),
                tuple(suffixed.get(key, ())),
                tuple(base.get(key, ())),
                tuple(family.get(key, ())),
                tuple(dict.fromkeys(makers.get(key, ()))),
                self._is_specific(key, (*bare.get(key, ()), *suffixed.get(key, ()), *base.get(key, ()))),
                key.decode("cp1251"),
            )
            for key in keys
        ]
        return patterns, keys

    def _is_specific(self, key: bytes, numbers: Collection[int]) -> bool:
        """Whether the number alone says enough: long, of letters and digits, no rating, and one maker's only."""
        if not numbers or not is_telling(key.decode("cp1251")):
            return False
        first = self.kin_of(self.parts[next(iter(numbers))].maker)
        return all(self.parts[number].maker in first for number in numbers)


def is_telling(key: str) -> bool:
    """Whether a key of letters and digits is likely to be a part number wherever it stands."""
    digits = sum(map(str.isdigit, key))
    is_mixed = digits >= SHORTEST_DIGITS and digits < len(key)
    return len(key) >= SHORTEST_SPECIFIC and is_mixed and not _RATING.fullmatch(key)


def _name_keys(name: str) -> Iterable[bytes]:
    """A maker's name with and without its legal form, squashed; names too short to be told from a word are left out."""
    for spelling in {name, strip_legal_form(name)}:
        key = squashed(spelling)
        if len(key) >= SHORTEST_ALIAS and not key.isdigit():
            yield key
