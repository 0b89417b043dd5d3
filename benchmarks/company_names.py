"""How well names of companies are judged alike, against pairs labelled as one company or two, and how the search grows.

    ./dev run python benchmarks/company_names.py [--pairs ../shared/data/eval/name_pairs.csv] [--sizes 2000 10000 20000]

The pairs are a CSV file with `schema` (Company, Person...), `name1`, `name2`, `is_match` and `label_origin`. Judge by
the rows that people labelled (human): few, and the weights were set looking at them, so that they flatter. Rows of
official lists are aliases, translations and former names, all of them matches: they have a recall but no precision.
Without the file only the growth is measured, on synthetic names.
"""

import argparse
import csv
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rapidfuzz import fuzz, utils

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from components.normalise.companies import LIKELY_SAME, close_names, company_key, company_likeness  # noqa: E402

COMPANY_SCHEMAS = ("Company", "LegalEntity", "Organization")
Pair = dict[str, str]
Score = Callable[[str, str], float]


def main() -> None:
    """Measure on the pairs where there are any, then the growth."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=Path, default=ROOT / "../shared/data/eval/name_pairs.csv")
    options.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000, 20_000])
    given = options.parse_args()
    if given.pairs.is_file():
        with given.pairs.open(encoding="utf-8", newline="") as file:
            pairs = list(csv.DictReader(file))
        print_quality(pairs)
        print_thresholds(pairs)
        print_search(pairs)
    else:
        print(f"Skipped what is measured on labelled pairs: there is no file {given.pairs.name} at the given place.\n")
    print_growth(given.sizes)


def likeness_score(first: str, second: str) -> float:
    return company_likeness(first, second).score


def key_score(first: str, second: str) -> float:
    return float(company_key(first) == company_key(second))


def plain_score(first: str, second: str) -> float:
    """The yardstick: rapidfuzz on the names as they are, lower case, without punctuation."""
    return fuzz.token_sort_ratio(first, second, processor=utils.default_process) / 100


def print_quality(pairs: list[Pair]) -> None:
    """Precision, recall and F1 at the threshold, by who labelled and by kind of name."""
    print(f"At {LIKELY_SAME}:\n")
    print("| labelled by | schema | same | different | precision | recall | F1 | key recall | key wrong |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for origin in origins(pairs):
        for name, schemas in groups(pairs, origin):
            rows = [pair for pair in pairs if pair["label_origin"] == origin and pair["schema"] in schemas]
            same = sum(map(is_same, rows))
            found, wrong = judged(rows, likeness_score, LIKELY_SAME)
            keys_found, keys_wrong = judged(rows, key_score, 1.0)
            figures = [*precision_recall_f1(found, wrong, same), keys_found / same if same else None]
            if same == len(rows):
                figures[0] = figures[2] = None
            cells = [origin, name, same, len(rows) - same, *map(shown, figures), keys_wrong]
            print("|", " | ".join(map(str, cells)), "|")
    print()


def print_thresholds(pairs: list[Pair]) -> None:
    """How the threshold was chosen, beside plain rapidfuzz at its own best."""
    rows = [pair for pair in pairs if pair["label_origin"] == "human" and pair["schema"] in COMPANY_SCHEMAS]
    same = sum(map(is_same, rows))
    print("Companies labelled by people, by threshold (precision, recall, F1):\n")
    for score in (likeness_score, plain_score):
        for threshold in (0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
            figures = precision_recall_f1(*judged(rows, score, threshold), same)
            print(f"{score.__name__:16} {threshold:.2f}  {'  '.join(map(shown, figures))}")
    print()


def print_search(pairs: list[Pair]) -> None:
    """The share of true pairs that the search proposes when the other side is one among all names of the file."""
    companies = [pair for pair in pairs if pair["schema"] in COMPANY_SCHEMAS]
    hidden_among = sorted({pair[side] for pair in companies for side in ("name1", "name2")})
    print(f"True pairs found by close_names, the other side hidden among {len(hidden_among):,} names:\n")
    for origin in origins(companies):
        rows = [pair for pair in companies if pair["label_origin"] == origin and is_same(pair)]
        rows = [pair for pair in rows if pair["name1"] != pair["name2"]]
        worth = [pair for pair in rows if likeness_score(pair["name1"], pair["name2"]) >= LIKELY_SAME]
        proposed = share_found(rows, hidden_among, at_least=0.0)
        worth_found = share_found(worth, hidden_among, at_least=LIKELY_SAME)
        print(f"{origin:28} {proposed:.3f} of {len(rows):,} proposed to the judge at all;", end=" ")
        print(f"{worth_found:.3f} of the {len(worth):,} that the judge finds likely")
    print()


def share_found(rows: list[Pair], hidden_among: list[str], *, at_least: float) -> float:
    asked = [pair["name1"] for pair in rows]
    found = {
        (at, hidden_among[other])
        for at, other, _ in close_names(asked, against=hidden_among, at_least=at_least, most=25)
    }
    return sum((at, pair["name2"]) in found for at, pair in enumerate(rows)) / (len(rows) or 1)


def print_growth(sizes: list[int]) -> None:
    """Names per second of the search of synthetic names among themselves; a ratio of 1 is linear growth."""
    print("close_names among synthetic names:\n")
    first: float | None = None
    for size in sizes:
        names = synthetic_names(size)
        began = time.perf_counter()
        found = sum(1 for _ in close_names(names))
        per_name = (time.perf_counter() - began) / size
        first = first or per_name
        print(f"{size:7,} names: {1 / per_name:6,.0f} a second, {found:7,} pairs, {per_name * size:5.1f} s;", end=" ")
        print(f"time per name {per_name / first:.2f} of that at {sizes[0]:,}")


def synthetic_names(count: int) -> list[str]:
    """Coined names of which a third are other spellings of earlier ones; the same for the same count."""
    chance = random.Random(11)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    trades = ["Elektronika", "Trading", "Technology", "Logistics", "Komponent", "Systems", "Import Export", ""]
    forms = ["OOO {}", "{} LLC", "{} Co., Ltd.", "ООО «{}»", "{} San. ve Tic. Ltd. Şti.", "АО {}", "{} GmbH", "{}"]
    names: list[str] = []
    bare: list[str] = []
    for _ in range(count):
        if bare and chance.random() < 1 / 3:
            core = misspelt(chance.choice(bare), chance)
        else:
            core = "".join(chance.choices(syllables, k=chance.choice([3, 4, 5]))).title()
            core = f"{core} {chance.choice(trades)}".strip()
        bare.append(core)
        names.append(chance.choice(forms).format(core))
    return names


def misspelt(name: str, chance: random.Random) -> str:
    """The name itself half of the time, else with a letter doubled or left out."""
    at = chance.randrange(len(name))
    return chance.choice([name, name, name[:at] + name[at : at + 1] + name[at:], name[:at] + name[at + 1 :]])


def origins(pairs: list[Pair]) -> list[str]:
    """Who labelled, people first."""
    return sorted({pair["label_origin"] for pair in pairs}, key=lambda origin: (origin != "human", origin))


def groups(pairs: list[Pair], origin: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The kinds of name of an origin: companies together, each of them, and the rest."""
    present = {pair["schema"] for pair in pairs if pair["label_origin"] == origin}
    companies = [schema for schema in COMPANY_SCHEMAS if schema in present]
    if companies:
        yield "companies", tuple(companies)
    for schema in [*companies, *sorted(present - set(companies))]:
        yield (schema if schema in companies else f"{schema} (not meant for)"), (schema,)


def judged(rows: list[Pair], score: Score, threshold: float) -> tuple[int, int]:
    """The pairs at or above the threshold that are the same, and that are not."""
    taken = [is_same(pair) for pair in rows if score(pair["name1"], pair["name2"]) >= threshold]
    return sum(taken), len(taken) - sum(taken)


def precision_recall_f1(found: int, wrong: int, same: int) -> tuple[float | None, float | None, float | None]:
    precision = found / (found + wrong) if found + wrong else None
    recall = found / same if same else None
    f1 = 2 * found / (found + wrong + same) if same else None
    return precision, recall, f1


def is_same(pair: Pair) -> bool:
    return pair["is_match"] == "true"


def shown(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:.3f}"


if __name__ == "__main__":
    main()
