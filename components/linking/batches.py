"""Shipments in batches of Arrow columns → hits in batches: what an engine runs here or on its workers. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa

from components.linking.catalogue import Catalogue, CataloguePart
from components.linking.matching import Goods, Hit, Matcher
from components.linking.scoring import Told, score

# What is read of a shipment, and copied into its links, under the names of the lake.
FACTS: tuple[tuple[str, pa.DataType], ...] = (
    ("row_number", pa.int64()),
    ("declared_on", pa.date32()),
    ("declaration_number", pa.string()),
    ("item_number", pa.string()),
    ("hs_code", pa.string()),
    ("description", pa.string()),
    ("maker", pa.string()),
    ("brand", pa.string()),
    ("exporter_key", pa.string()),
    ("exporter_name", pa.string()),
    ("importer_key", pa.string()),
    ("importer_name", pa.string()),
    ("origin_country", pa.string()),
    ("dispatch_country", pa.string()),
    ("quantity", pa.float64()),
    ("unit", pa.string()),
    ("net_kg", pa.float64()),
    ("value_usd", pa.float64()),
    ("is_synthetic", pa.bool_()),
)
# What is found: ids of the part and the maker (0 for none), and why.
FOUND: tuple[tuple[str, pa.DataType], ...] = (
    ("part", pa.int64()),
    ("manufacturer", pa.int64()),
    ("grade", pa.string()),
    ("evidence", pa.string()),
    ("found", pa.string()),
    ("suffix", pa.string()),
    ("score", pa.float64()),
    ("reasons", pa.string()),
)
SCHEMA = pa.schema([*FACTS, *FOUND])


@dataclass(frozen=True)
class FindLinks:
    """A function from a batch of shipments to a batch of their links; it can be sent to another process.

    `makers` are the names of makers by id; `only` the places of the parts that are wanted, None for all.
    """

    catalogue: Catalogue
    makers: Mapping[int, str]
    only: frozenset[int] | None = None

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The links of a batch, each with the facts of its shipment. Raises KeyError where a column is absent."""
        places: list[int] = []
        found: list[tuple[Any, ...]] = []
        for place, goods in enumerate(_goods(batch)):
            for hit in self.matcher.hits(Goods(goods.description, goods.maker, goods.brand, goods.hs_code)):
                places.append(place)
                found.append(self._row(hit, goods))
        facts = batch.select([name for name, _ in FACTS]).take(pa.array(places, pa.int64()))
        columns = [facts.column(name).cast(kind) for name, kind in FACTS]
        told = zip(*found, strict=True) if found else ((),) * len(FOUND)
        columns += [pa.array(values, kind) for values, (_, kind) in zip(told, FOUND, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    @cached_property
    def matcher(self) -> Matcher:
        """Made once in each process."""
        return Matcher(self.catalogue, self.only)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is made from the catalogue: an automaton cannot be sent, and is made anew in half a second."""
        kept = {name: value for name, value in self.__dict__.items() if name != "matcher"}
        return kept | {"catalogue": replace(self.catalogue)}

    def _row(self, hit: Hit, goods: "_Goods") -> tuple[Any, ...]:
        part = self.catalogue.parts[hit.part] if hit.part >= 0 else None
        scored = score(self._told(hit, part, goods))
        named = (part.part if part else 0, max(hit.maker, 0), hit.grade.value, hit.evidence.value)
        return (*named, hit.found, hit.suffix, scored.score, "\n".join(scored.reasons))

    def _told(self, hit: Hit, part: CataloguePart | None, goods: "_Goods") -> Told:
        return Told(
            grade=hit.grade,
            evidence=hit.evidence,
            number=part.mpn if part else "",
            found=hit.found,
            suffix=hit.suffix,
            is_ambiguous=hit.is_ambiguous,
            maker=self.makers.get(hit.maker, ""),
            declared_maker=goods.maker or goods.brand,
            hs_code=goods.hs_code,
            part_hs_code=part.hs_code if part else "",
            declared_on=goods.declared_on,
            introduced=date.fromisoformat(part.introduced) if part and part.introduced else None,
        )


class _Goods(NamedTuple):
    """What is judged of a shipment."""

    description: str
    maker: str
    brand: str
    hs_code: str
    declared_on: date | None


def _goods(batch: pa.RecordBatch) -> Iterator[_Goods]:
    texts = [batch.column(name).fill_null("").to_pylist() for name in _Goods._fields[:4]]
    yield from map(_Goods, *texts, batch.column("declared_on").to_pylist())
