"""Countries as ISO 3166-1 alpha-2 codes, read by a table that the caller builds from reference data."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

UNKNOWN_WORDS = frozenset({"", "unk"})


@dataclass(frozen=True)
class CountryRow:
    alpha2: str
    alpha3: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class CountryTable:
    alpha2_by_key: Mapping[str, str]

    @classmethod
    def from_rows(cls, rows: Iterable[CountryRow]) -> "CountryTable":
        """Build the table; raises ValueError when two countries share a code or a name."""
        alpha2_by_key: dict[str, str] = {}
        for row in rows:
            alpha2 = row.alpha2.upper()
            for key in filter(None, map(_country_key, (row.alpha2, row.alpha3, *row.names))):
                if alpha2_by_key.setdefault(key, alpha2) != alpha2:
                    raise ValueError(f"{key!r} stands for both {alpha2_by_key[key]} and {alpha2}.")
        return cls(alpha2_by_key)

    def read(self, text: str) -> str:
        """Return the alpha-2 code of a code or name in any case, "" for an empty text or UNK; ValueError otherwise."""
        key = _country_key(text)
        if key in UNKNOWN_WORDS:
            return ""
        if key not in self.alpha2_by_key:
            raise ValueError(
                f"{text!r} is not a country: expected an ISO 3166 code (CN, CHN) or a name.{self._hint(key)}"
            )
        return self.alpha2_by_key[key]

    def _hint(self, key: str) -> str:
        nearest = get_close_matches(key, self.alpha2_by_key, n=1)
        return f" Did you mean {self.alpha2_by_key[nearest[0]]} ({nearest[0]})?" if nearest else ""


def _country_key(text: str) -> str:
    """Return the words of `text` in lower case without accents, punctuation and the article."""
    marked = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(letter for letter in marked if not unicodedata.combining(letter))
    spaced = "".join(letter if letter.isalnum() else " " for letter in plain.replace("'", "").replace("’", ""))
    return " ".join(spaced.split()).removeprefix("the ")
