"""Read published maker strings into maker, aliases, acquirers and other parties; never looks anything up."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from components.normalise.names import has_legal_form, is_abbreviation_of, is_legal_form, name_key

# Headings of War & Sanctions (GUR) that stand behind a maker and begin a list of other companies.
ROLES = {
    "Foreign suppliers": "foreign supplier",
    "Suppliers": "supplier",
    "Importers": "importer",
    "Involved companies": "involved company",
}
_HEADING = re.compile(rf"(?<=\S)\s+({'|'.join(ROLES)}):?\s+(?=\S)")
_AT_END = re.compile(r"(?P<outside>.*\S)\s*\((?P<inside>[^()]*)\)$")
_COMMA = re.compile(r"\s*[,;]\s*")
_DASH = re.compile(r"\s+[-–—]\s+")


@dataclass(frozen=True)
class Party:
    role: str
    name: str


@dataclass(frozen=True)
class MakerName:
    """A maker as published; `parents` are its acquirers, the nearest first."""

    name: str
    aliases: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()


def read_maker(text: str, known_keys: Collection[str]) -> MakerName:
    """Read a maker string of the GUR collection, such as "InvenSense (TDK) Suppliers JSC CHIP AND DIP".

    `known_keys` are the `name_key`s of makers that stand on their own elsewhere (see `standing_keys`). A name in
    brackets at the end is an alias when it abbreviates the maker or is abbreviated by it, or when it is unknown and
    exactly one of the two carries a legal form (a company and its brand). Otherwise it is an acquirer.
    """
    published, parties = _split_parties(text)
    name, bracketed = _split_brackets(published)
    aliases = tuple(inner for inner in bracketed if _is_alias(inner, name, known_keys))
    return MakerName(name, aliases, tuple(inner for inner in bracketed if inner not in aliases), parties)


def standing_keys(texts: Iterable[str]) -> frozenset[str]:
    """Return the keys of the makers named outside brackets in `texts`: the `known_keys` of a whole file."""
    return frozenset(name_key(_split_brackets(_split_parties(text)[0])[0]) for text in texts) - {""}


def find_known(name: str, known: Collection[str]) -> str | None:
    """Return the one key in `known` that names the same maker as `name`, or None when there is none or a choice.

    An equal key wins. Else one key must begin with all the words of the other: "Vishay" and "vishay
    intertechnology", "Renesas Electronics" and "renesas". A guess that a person may have to correct.
    """
    key = name_key(name)
    if not key or key in known:
        return key or None
    longer = [other for other in known if other.startswith(f"{key} ")]
    shorter = [other for other in known if key.startswith(f"{other} ")]
    found = longer or shorter
    return found[0] if len(found) == 1 else None


def _split_parties(text: str) -> tuple[str, tuple[Party, ...]]:
    maker, *rest = _HEADING.split(" ".join(text.split()))
    listed = zip(rest[::2], rest[1::2], strict=True)
    return maker, tuple(Party(ROLES[heading], name) for heading, names in listed for name in _split_names(names))


def _split_brackets(text: str) -> tuple[str, tuple[str, ...]]:
    match = _AT_END.fullmatch(text)
    if match is None:
        return text, ()
    names = (name for part in _DASH.split(match["inside"]) for name in _split_names(part))
    return match["outside"], tuple(names)


def _split_names(text: str) -> list[str]:
    """Split at commas, except before a bare legal form ("CO., LTD")."""
    names: list[str] = []
    for piece in filter(None, _COMMA.split(text.strip())):
        if names and is_legal_form(piece):
            names[-1] = f"{names[-1]}, {piece}"
        else:
            names.append(piece)
    return names


def _is_alias(inner: str, name: str, known_keys: Collection[str]) -> bool:
    if is_abbreviation_of(inner, name) or is_abbreviation_of(name, inner):
        return True
    is_known = find_known(inner, known_keys) is not None
    return not is_known and has_legal_form(inner) != has_legal_form(name)
