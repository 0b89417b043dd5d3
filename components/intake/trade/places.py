"""On which line of a text file a row begins, counted by its bytes: quoted line ends do not part rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BLOCK_BYTES = 16 * 1024 * 1024
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Lines:
    """The line (from 1) of each asked row that was read, by its number, and of each broken one, by its first byte."""

    accepted: dict[int, int]
    broken: dict[int, int]


def lines_of(path: Path | None, accepted: Sequence[int], broken: Sequence[int], *, skipped_lines: int) -> Lines:
    """The lines of rows that were read (numbers from 1 among those read, ascending) and of broken ones (first bytes).

    Without a path the numbers are lines already. One pass over the bytes, with numpy: about as fast as the disk. Behind
    a quote that never closes the count of rows is uncertain by those that it swallowed.
    """
    if path is None:
        return Lines({number: number for number in accepted}, {})
    if not accepted and not broken:
        return Lines({}, {})
    found_accepted: dict[int, int] = {}
    found_broken: dict[int, int] = {}
    wanted = np.asarray(accepted, dtype=np.int64)
    bad = np.asarray(broken, dtype=np.int64)
    seen = 0
    for starts, lines in _rows(path, skipped_lines):
        is_bad = np.isin(starts, bad)
        found_broken.update(zip(starts[is_bad].tolist(), lines[is_bad].tolist(), strict=True))
        good = lines[~is_bad]
        here = wanted[(wanted > seen) & (wanted <= seen + len(good))]
        found_accepted.update(zip(here.tolist(), good[here - seen - 1].tolist(), strict=True))
        seen += len(good)
    for place in broken:
        if place not in found_broken:
            found_broken[place] = _line_at(path, place)
    for number in accepted:
        found_accepted.setdefault(number, skipped_lines + number)
    return Lines(found_accepted, found_broken)


def _rows(path: Path, skipped_lines: int):  # type: ignore[no-untyped-def]
    """For each block: the first bytes of the rows that begin in it, blank ones left out, and their lines."""
    quotes, line, place, begins = 0, 1, 0, True
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            letters = np.frombuffer(block, dtype=np.uint8)
            newlines = letters == _LF
            open_quotes = (np.cumsum(letters == _QUOTE, dtype=np.int64) + quotes) & 1
            ends = np.flatnonzero(newlines & (open_quotes == 0))
            starts = np.concatenate(([0] if begins else [], ends + 1)).astype(np.int64)
            begins = bool(len(starts) and starts[-1] == len(letters))
            starts = starts[starts < len(letters)]
            count = np.cumsum(newlines, dtype=np.int64)
            lines = line + np.where(starts > 0, count[starts - 1], 0)
            filled = (letters[starts] != _LF) & (letters[starts] != _CR) & (lines > skipped_lines)
            yield starts[filled] + place, lines[filled]
            quotes += int((letters == _QUOTE).sum()) & 1
            line += int(count[-1])
            place += len(letters)


def _line_at(path: Path, place: int) -> int:
    """The line of a byte, by counting the line ends before it."""
    line, left = 1, place
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(left, BLOCK_BYTES))):
            line += block.count(b"\n")
            left -= len(block)
    return line
