"""The part numbers and makers' names that shipments are searched for, as the patterns of one automaton. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick

from components.linking.texts import breaks, shape_of, squashed
from components.normalise.hs_codes import subheading
from components.normalise.names import name_key, strip_legal_form
from components.normalise.part_numbers import base_number, core_number, family_number, open_number, unpacked_number

# A number of fewer letters and digits is as often a year, a size or a lamp (E27, 0805, 2012): it needs its maker.
SHORTEST_SPECIFIC = 6
SHORTEST_DIGITS = 2
# A name in running text must be at least this long to speak for a part of its maker (NXP), and longer to be told for
# itself; shorter ones (TI, ST) only fill a field of their own.
SHORTEST_NAME = 3
SHORTEST_TOLD_NAME = 4
# A core number that so many longer ones continue is their series, not the base of one (STM32 of STM32WB5MMG).
SERIES = 3
# A number, then units: 100UF25V, 12V50HZ, 10X20MM. They are ratings that some catalogues list as part numbers.
_RATING = re.compile(r"(?:\d+(?:V|A|W|MA|KV|KW|HZ|KHZ|MHZ|GHZ|MM|CM|M|UF|NF|PF|OHM|KOHM|K|R|MB|GB|X|C|PIN|P))+\d*")
# Types that are registered or made by many, whoever's catalogue lists them: JEDEC (1N4148), JIS (2SC1815), Pro Electron
# (BC547B), logic of the series 54 and 74, IEC batteries (CR2032), and the oldest analogue ones (LM358N, NE555P).
_SHARED = re.compile(
    r"[1-4]N\d{2,5}[A-Z]{0,3}|2S[A-DJK]\d{2,5}[A-Z]?|B[ACDFLSTUWYZ][A-Z]?\d{2,3}[A-Z]?|(?:54|74)[A-Z]{0,5}\d{2,5}[A-Z]{0,2}"
    r"|(?:CR|LR|SR|BR)\d{2,5}|(?:LM|NE|SE|SA|UA|TL|MC|RC|CA)\d{3}[A-Z]?|UL[NQ]\d{4}[A-Z]?|[LMU]A?7[89][LM]?\d\d[A-Z]{0,2}"
)
# Behind a base number: four digits, or five letters, are the name of another device (TEN20-2411, ESP32-WROVER). An X
# stands for anything where it is written small (XC9572XL-xxTQx100).
ANOTHER_DEVICE = re.compile(r"\d{4}|[A-WYZ]{5}")
# Words of goods that are names of makers too: in running text they name nobody.
_GOODS = frozenset(
    re.findall(
        r"\w+",
        """
        battery batteries cable cables circuit circuits component components computer computers connector connectors
        control controls data device devices digital diode diodes display displays electric electronic electronics
        general industrial industries instrument instruments integrated laser light lighting linear logic memory micro
        micron microsystems motor motors network networks optical power relay relays semiconductor semiconductors sensor
        sensors sharp signal standard supply switch switches system systems technologies technology
        """,
    )
)


@dataclass(frozen=True)
class CataloguePart:
    """A part as the matcher needs it. `hs_code` and `introduced` (ISO day) may be empty."""

    part: int
    maker: int
    mpn: str
    hs_code: str = ""
    introduced: str = ""
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one squashed text stands for: parts by grade, makers by name.

    `bare` and `suffixed` are the parts of just this number, without and with a suffix of package or speed in it;
    `breaks` the offsets at which the number itself has a bracket or the like; `written` the shape in which it is mostly
    written. `is_plain` says that the name is a word of goods, `is_weak` that it is one or too short; `says_parts` that
    it is the number of a part or its base, not of a family alone; `is_counted` that a quantity may be its last digits;
    `sole` is the part of just this number where it is only one, else -1.
    """

    key: str = ""
    bare: tuple[int, ...] = ()
    suffixed: tuple[int, ...] = ()
    base: tuple[int, ...] = ()
    family: tuple[int, ...] = ()
    makers: tuple[int, ...] = ()
    breaks: frozenset[int] = frozenset()
    is_specific: bool = False
    is_plain: bool = False
    says_parts: bool = False
    written: bytes = b""
    is_digits: bool = False
    is_exact: bool = False
    is_name: bool = False
    is_weak: bool = False
    is_counted: bool = False
    sole: int = -1


@dataclass
class _Numbers:
    """Places of parts by squashed number, for each of the ways in which a text may name them."""

    bare: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    suffixed: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    base: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    family: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    breaks: dict[bytes, frozenset[int]] = field(default_factory=dict)
    shapes: dict[bytes, bytes] = field(default_factory=dict)
    sharers: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, number: int, part: CataloguePart, series: Collection[str]) -> None:
        """Add a part under its number, the number without packing or open ending, its bases and its family."""
        whole, unpacked = squashed(part.mpn), unpacked_number(part.mpn)
        root = _root(part.mpn, unpacked)
        core = core_number(root)
        if core in series:
            core = root
        self.sharers[squashed(core)].add(part.maker)
        exact = {whole, squashed(unpacked)}
        for key in exact:  # an underscore parts the number from a package that it was drawn with: a suffix of its own
            (self.bare if key == squashed(core) and "_" not in part.mpn else self.suffixed)[key].append(number)
        if len(opened := squashed(open_number(part.mpn))) >= SHORTEST_SPECIFIC and opened not in exact:
            self.bare[opened].append(number)
            exact.add(opened)
        for short in {squashed(root), squashed(core)} - exact:
            self.base[short].append(number)
        kinds = {base_number(part.mpn), core_number(base_number(part.mpn))} - {root, core}
        for kind in {squashed(kind) for kind in {*kinds, family_number(core)} if kind} - exact:
            self.family[kind].append(number)
        self.shapes.setdefault(whole, shape_of(part.mpn))
        if inner := breaks(part.mpn):
            self.breaks[whole] = self.breaks.get(whole, frozenset()) | inner


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
    def subheadings(self) -> frozenset[str]:
        """The six digits of the parts' HS codes, as far as they have so many."""
        return frozenset(code for part in self.parts if (code := subheading(part.hs_code)))

    @cached_property
    def short_names(self) -> Mapping[bytes, frozenset[int]]:
        """Makers by squashed names that are too short for the automaton (TI, ST, 3M)."""
        found: dict[bytes, set[int]] = defaultdict(set)
        for maker, name in self.names:
            for _, key, _ in _name_keys(name):
                if len(key) < SHORTEST_NAME:
                    found[key].add(maker)
        return {key: frozenset(makers) for key, makers in found.items()}

    @cached_property
    def _compiled(self) -> tuple[list[Pattern], list[bytes]]:
        numbers, series = _Numbers(), _series(self.parts)
        for number, part in enumerate(self.parts):
            numbers.add(number, part, series)
        makers: dict[bytes, list[int]] = defaultdict(list)
        plain: set[bytes] = set()
        for maker, name in self.names:
            for spelling, key, is_plain in _name_keys(name):
                if len(key) >= SHORTEST_NAME:
                    numbers.shapes.setdefault(key, shape_of(spelling))
                    makers[key].append(maker)
                    plain.update({key} if is_plain else ())
        keys = sorted({*numbers.bare, *numbers.suffixed, *numbers.base, *numbers.family, *makers} - {b""})
        return [self._pattern(key, numbers, makers.get(key, ()), key in plain) for key in keys], keys

    def _pattern(self, key: bytes, numbers: _Numbers, makers: Iterable[int], is_plain: bool) -> Pattern:
        bare, suffixed, base, family = (
            tuple(dict.fromkeys(by_key.get(key, ())))
            for by_key in (numbers.bare, numbers.suffixed, numbers.base, numbers.family)
        )
        return Pattern(
            key.decode("cp1251"),
            bare,
            suffixed,
            base,
            family,
            tuple(dict.fromkeys(makers)),
            numbers.breaks.get(key, frozenset()),
            self._is_specific(key, (*bare, *suffixed, *base), numbers),
            is_plain,
            bool(bare or suffixed or base),
            numbers.shapes.get(key, key),
            key.isdigit(),
            bool(bare or suffixed),
            not (bare or suffixed or base or family),
            is_plain or len(key) < SHORTEST_TOLD_NAME,
            len(key) > 1 and key[-1:].isdigit() and not key.isdigit(),
            (*bare, *suffixed)[0] if len({*bare, *suffixed}) == 1 else -1,
        )

    def _is_specific(self, key: bytes, parts: Collection[int], numbers: _Numbers) -> bool:
        """Whether the number alone says enough: telling, and one maker's only, also but for a last letter (LM358N)."""
        text = key.decode("cp1251")
        if not parts or not is_telling(text):
            return False
        core = core_number(text).encode("cp1251")
        sharers = {self.parts[part].maker for part in parts}
        if len(key) - len(core) <= 1:
            sharers |= numbers.sharers.get(core, set())
        return sharers <= self.kin_of(self.parts[next(iter(parts))].maker)


def is_telling(key: str) -> bool:
    """Whether a key of letters and digits is likely to be one maker's part number wherever it stands."""
    digits = sum(map(str.isdigit, key))
    is_mixed = digits >= SHORTEST_DIGITS and digits < len(key)
    return len(key) >= SHORTEST_SPECIFIC and is_mixed and not _RATING.fullmatch(key) and not _SHARED.fullmatch(key)


def _root(mpn: str, unpacked: str) -> str:
    """The base number; the whole number where what stands behind the base tells another device."""
    root = base_number(mpn)
    return unpacked if ANOTHER_DEVICE.match(unpacked, len(root)) else root


def _series(parts: Iterable[CataloguePart]) -> frozenset[str]:
    """The core numbers that `SERIES` or more longer ones continue with a letter."""
    cores = {core_number(_root(part.mpn, unpacked_number(part.mpn))) for part in parts}
    continued = Counter(
        core[:length]
        for core in cores
        for length in range(1, len(core))
        if core[length].isalpha() and core[:length] in cores
    )
    return frozenset(core for core, count in continued.items() if count >= SERIES)


def _name_keys(name: str) -> Iterator[tuple[str, bytes, bool]]:
    """A maker's name with and without its legal form, squashed, and whether it is but words of goods."""
    for spelling in {name, strip_legal_form(name)}:
        key = squashed(spelling)
        if len(key) > 1 and not key.isdigit():
            has_form = spelling == name and spelling != strip_legal_form(name)
            yield spelling, key, not has_form and set(name_key(spelling).split()) <= _GOODS
