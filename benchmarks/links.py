"""How surely and how fast part numbers are found in the texts of shipments.

    ./dev run python benchmarks/links.py [--parts ../shared/data/reference/part_numbers.csv] [--descriptions 50000]

Truth: declarations of the generator, which tells what each row names, against a catalogue of its parts and 16,000
others; with the makers declared, without, and with half of the generator's parts missing from the catalogue, so that
their rows name nothing that it has. Precision is that of hits, recall that of rows. Then the HS code alone: how many
rows are of that grade as they are, which is wrong of all, and with number and maker taken away, and how many of those
are of a code that their part has.

Speed: descriptions per CPU second and peak memory (each matcher in a process of its own), where every description names
a part and where every fifth does, against bare matchers that find the same numbers in the same spellings and tell
neither grade nor maker nor doubt: the same automaton with a check on tokens, windows of tokens looked up in a set, and
DuckDB joining such windows. Without the file of real parts the others are made up from the generator's, by a seed.
"""

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from components.lake.synthetic import write_declarations  # noqa: E402
from components.linking.catalogue import Catalogue, CataloguePart  # noqa: E402
from components.linking.matching import Goods, Matcher  # noqa: E402
from components.linking.scoring import Grade  # noqa: E402
from components.linking.texts import squashed  # noqa: E402

WORLD = ROOT / "fixtures" / "trade"
CATALOGUE_SIZE = 16_000
WINDOW = 5  # tokens; numbers of more pieces are rare
ROUNDS = 2
MATCHERS = ("product", "automaton and tokens", "windows in a set", "windows in DuckDB")
MIXES = {"all name a part": 1.0, "every fifth names a part": 0.2}
Part = tuple[str, str]
Run = Callable[[], list[list[bytes]]]


def main() -> None:
    """Measure what was asked for; a matcher by itself when called by this program."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--parts", type=Path, default=ROOT / "../shared/data/reference/part_numbers.csv")
    options.add_argument("--descriptions", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=4242)
    options.add_argument("--only", choices=["truth", "speed"])
    options.add_argument("--matcher", choices=MATCHERS, help=argparse.SUPPRESS)
    options.add_argument("--mix", choices=MIXES, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.matcher:
        print(json.dumps(measured(given)))
        return
    if given.only != "speed":
        print_truth(given)
    if given.only != "truth":
        print_speed(given)


def world_parts() -> list[dict[str, str]]:
    with (WORLD / "parts.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def generator_parts() -> list[Part]:
    return [(row["mpn"], row["maker"]) for row in world_parts()]


def other_parts(path: Path, seed: int) -> list[Part]:
    """Parts that no row of the generator names: real ones, or made from the generator's by other letters and digits."""
    own = generator_parts()
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            told = [(row["part_number"], row["manufacturer_as_in_source"]) for row in csv.DictReader(stream)]
        keys = {squashed(mpn) for mpn, _ in own}
        return [(mpn, maker) for mpn, maker in told if maker and squashed(mpn) not in keys][:CATALOGUE_SIZE]
    draw = random.Random(seed)
    made = {(_varied(mpn, draw), maker) for _ in range(CATALOGUE_SIZE // len(own) + 1) for mpn, maker in own}
    return sorted(made - set(own))[:CATALOGUE_SIZE]


def _varied(mpn: str, draw: random.Random) -> str:
    drawn = [draw.choice("0123456789") if letter.isdigit() else letter for letter in mpn]
    return "".join(draw.choice("ABDFGHKLMNPRSTVW") if x.isalpha() and draw.random() < 0.3 else x for x in drawn)


def catalogue_of(parts: list[Part]) -> Catalogue:
    makers = {name: number for number, name in enumerate(dict.fromkeys(maker for _, maker in parts))}
    codes = codes_of_parts()
    return Catalogue(
        tuple(
            CataloguePart(number, makers[maker], mpn, codes.get((mpn, maker), ""))
            for number, (mpn, maker) in enumerate(parts)
        ),
        tuple((number, name) for name, number in makers.items()),
    )


def codes_of_parts() -> dict[Part, str]:
    return {(row["mpn"], row["maker"]): row["hs_code"] for row in world_parts()}


# Truth


def print_truth(given: argparse.Namespace) -> None:
    own, others = generator_parts(), other_parts(given.parts, given.seed)
    with tempfile.TemporaryDirectory(prefix="forensics-links-") as folder:
        rows = list(declared_goods(Path(folder), given.descriptions, given.seed))
    print(f"Truth, {len(rows):,} rows of the generator, {len(own)} of its parts among {len(own) + len(others):,}")
    print(f"{'':34}{'grade':8}{'hits':>9}{'precision':>11}{'rows found':>12}{'recall':>9}")
    bare = [(Goods(goods.description), part) for goods, part in rows]
    kept = random.Random(given.seed).sample(own, len(own) // 2)
    print_quality("makers declared", rows, own + others)
    print_quality("descriptions alone", bare, own + others)
    print_quality("half of the parts not catalogued", rows, kept + others)
    print_quality("the same, descriptions alone", bare, kept + others)
    print_codes("as declared", rows, own + others)
    print_codes("as declared, half not catalogued", rows, kept + others)
    nouns = {row["mpn"]: row["noun_ru"] for row in world_parts()}
    nameless = [(Goods(nouns[part[0]], "ОТСУТСТВУЕТ", "", goods.hs_code), part) for goods, part in rows]
    print_codes("number and maker taken away", nameless, own + others)
    print()


def declared_goods(folder: Path, rows: int, seed: int) -> Iterator[tuple[Goods, Part]]:
    """What the generator's declarations say of their goods, and the part that each names."""
    made, truth = folder / "declarations.csv", folder / "truth.csv"
    write_declarations(made, rows=rows, seed=seed, world=WORLD, truth=truth)
    with made.open(encoding="utf-8", newline="") as stream, truth.open(encoding="utf-8", newline="") as told:
        for row, part in zip(csv.DictReader(stream, delimiter=";"), csv.DictReader(told), strict=True):
            columns = {header.split(" ")[0]: value for header, value in row.items()}
            goods = Goods(columns["G31_1"], columns["G31_11"], columns["G31_12"], columns["G33"])
            yield goods, (part["mpn"], part["maker"])


def print_quality(title: str, rows: list[tuple[Goods, Part]], parts: list[Part]) -> None:
    """Per grade: the hits, those of the part that the row names, and the rows whose part was hit."""
    matcher, catalogued = Matcher(catalogue_of(parts)), set(parts)
    hits, right = Counter[Grade](), Counter[Grade]()
    naming = sum(part in catalogued for _, part in rows)
    wrong: Counter[tuple[str, str, str]] = Counter()
    for goods, part in rows:
        for hit in matcher.hits(goods):
            if hit.part < 0:
                continue
            hits[hit.grade] += 1
            is_right = parts[hit.part] == part
            right[hit.grade] += is_right
            if not is_right and hit.grade is Grade.EXACT:
                wrong[part[0], parts[hit.part][0], parts[hit.part][1]] += 1
    for grade in (Grade.EXACT, Grade.BASE, Grade.FAMILY):
        precision = right[grade] / hits[grade] if hits[grade] else 1.0
        recall = right[grade] / naming
        print(f"{title:34}{grade.value:8}{hits[grade]:9,}{precision:11.4f}{right[grade]:12,}{recall:9.4f}")
    for (named, took, maker), count in wrong.most_common(5):
        print(f"    exact and wrong: {took} ({maker}) for {named}, {count} times")


def print_codes(title: str, rows: list[tuple[Goods, Part]], parts: list[Part]) -> None:
    """The rows of grade HS, and those of them whose code is that of the part that they are of."""
    matcher, codes = Matcher(catalogue_of(parts)), codes_of_parts()
    found = [(hit, part) for goods, part in rows for hit in matcher.hits(goods) if hit.grade is Grade.HS]
    right = sum(codes[part].startswith(hit.found) for hit, part in found)
    precision = right / len(found) if found else 1.0
    print(f"{title:34}{Grade.HS.value:8}{len(found):9,}{precision:11.4f}{right:12,}{right / len(rows):9.4f}")


# Speed


def print_speed(given: argparse.Namespace) -> None:
    print(f"Speed, {given.descriptions:,} descriptions, {CATALOGUE_SIZE:,} parts")
    print(f"{'':28}{'':24}{'a CPU second':>14}{'recall':>9}{'peak MB':>9}")
    for mix in MIXES:
        rates = {}
        for name in MATCHERS:
            command = [sys.executable, __file__, "--matcher", name, "--mix", mix, "--parts", str(given.parts)]
            command += ["--descriptions", str(given.descriptions), "--seed", str(given.seed)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rates[name] = told["rate"]
            print(f"{mix:28}{name:24}{told['rate']:14,.0f}{told['recall']:9.4f}{told['peak_mb']:9.0f}")
        fastest = max(rates[name] for name in MATCHERS[1:])
        print(f"{mix:28}{'of the fastest bare one':24}{rates['product'] / fastest:14.2f}")


def measured(given: argparse.Namespace) -> dict[str, float]:
    """The rate of one matcher, best of `ROUNDS`, the share of planted numbers that it found, and its peak memory."""
    parts = other_parts(given.parts, given.seed)
    goods, planted = described(parts, given.descriptions, MIXES[given.mix], given.seed)
    prepared = {
        "product": product,
        "automaton and tokens": automaton_and_tokens,
        "windows in a set": windows_in_a_set,
        "windows in DuckDB": windows_in_duckdb,
    }[given.matcher](parts, goods)
    seconds = []
    for _ in range(ROUNDS):
        run = prepared()
        begun = time.process_time()
        found = run()
        seconds.append(time.process_time() - begun)
    named = [(keys, key) for keys, key in zip(found, planted, strict=True) if key]
    return {
        "rate": len(goods) / min(seconds),
        "recall": sum(key in keys for keys, key in named) / len(named),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def described(parts: list[Part], count: int, share: float, seed: int) -> tuple[list[Goods], list[bytes]]:
    """Declarations of which a share names a part, in the spellings that occur, and the number of each; b"" for none."""
    draw = random.Random(seed)
    long = [part for part in parts if len(squashed(part[0])) >= 8 and not set(part[0]) & set("()[],;: ")]
    with (ROOT / "fixtures/reference/hs_headings.csv").open(encoding="utf-8", newline="") as stream:
        plain = [row["description"].upper() for row in csv.DictReader(stream)]
    goods, planted = [], []
    for number in range(count):
        if draw.random() >= share:
            goods.append(
                Goods(f"{draw.choice(plain)}, {draw.choice(PLAIN)}, АРТ. {number:07}, {draw.randrange(999)} ШТ")
            )
            planted.append(b"")
            continue
        mpn, maker = draw.choice(long)
        noun, shape = draw.choice(NOUNS), draw.choice(SHAPES)
        text = shape.format(noun=noun, number=_respelled(mpn, draw), count=draw.randrange(1, 9999), maker=maker.upper())
        goods.append(Goods(text, maker.upper() if draw.random() < 0.7 else "ОТСУТСТВУЕТ"))
        planted.append(squashed(mpn))
    return goods, planted


NOUNS = (
    "МИКРОСХЕМЫ ИНТЕГРАЛЬНЫЕ МОНОЛИТНЫЕ ЦИФРОВЫЕ",
    "СХЕМЫ ЭЛЕКТРОННЫЕ ИНТЕГРАЛЬНЫЕ",
    "МИКРОКОНТРОЛЛЕРЫ ДЛЯ ПРОМЫШЛЕННОГО ОБОРУДОВАНИЯ",
    "Электронные компоненты:",
    "INTEGRATED CIRCUITS",
)
SHAPES = (
    "{noun}, МОДЕЛЬ {number}, КОЛ-ВО {count} ШТ. ИЗГОТОВИТЕЛЬ: {maker}",
    "{noun} {number} - {count} ШТ, НЕ ВОЕННОГО НАЗНАЧЕНИЯ, БЕЗ ПРОГРАММНОГО ОБЕСПЕЧЕНИЯ, НАПРЯЖЕНИЕ ПИТАНИЯ 3,3 В",
    '{noun} P/N: "{number}" ({count} PCS) FOR CIVIL USE',
    "1) {noun} АРТИКУЛ {number}; УПАКОВКА: КАТУШКА, {count} ШТ; ТОВАРНЫЙ ЗНАК: {maker}",
)
PLAIN = (
    "ИЗ ЧЕРНЫХ МЕТАЛЛОВ, РАЗМЕР 10X20 ММ",
    "ДЛЯ БЫТОВОГО ПРИМЕНЕНИЯ, НАПРЯЖЕНИЕМ 220 В",
    "НОВЫЕ, ГОД ВЫПУСКА 2022, МАССА НЕТТО 12,5 КГ",
    "МОДЕЛЬ A-200, СЕРИЯ PRO, КЛАСС ЗАЩИТЫ IP54",
)


def _respelled(mpn: str, draw: random.Random) -> str:
    chance = draw.random()
    if chance < 0.1:
        return mpn.upper().translate(str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ"))
    if chance < 0.2:
        return mpn.replace("-", " ")
    return mpn.lower() if chance < 0.3 else mpn


def product(parts: list[Part], goods: list[Goods]) -> Callable[[], Run]:
    """The matcher of the product, with nothing remembered from the round before."""
    catalogue = catalogue_of(parts)
    keys = [squashed(mpn) for mpn, _ in parts]

    def prepared() -> Run:
        matcher = Matcher(catalogue)
        return lambda: [[keys[hit.part] for hit in matcher.hits(each) if hit.part >= 0] for each in goods]

    return prepared


def automaton_and_tokens(parts: list[Part], goods: list[Goods]) -> Callable[[], Run]:
    """The bare matcher over all goods."""
    keys_in = bare_matcher([mpn for mpn, _ in parts])
    return lambda: lambda: [keys_in(each.description) for each in goods]


def bare_matcher(numbers: Iterable[str]) -> Callable[[str], list[bytes]]:
    """The automaton of the same numbers as a prefilter; a match counts where tokens begin and end."""
    from ahocorasick_rs import BytesAhoCorasick

    keys = sorted({squashed(number) for number in numbers})
    find = BytesAhoCorasick(keys).find_matches_as_indexes

    def keys_in(text: str) -> list[bytes]:
        tokens = squashed_tokens(text)
        matches = find(b"".join(tokens), overlapping=True)
        if not matches:
            return []
        at, borders = 0, {0}
        for token in tokens:
            at += len(token)
            borders.add(at)
        return [keys[index] for index, start, end in matches if start in borders and end in borders]

    return keys_in


def squashed_tokens(text: str) -> list[bytes]:
    """The tokens of a text as `squashed` reads them."""
    from components.linking import texts

    return texts.encoded(text).translate(texts._READ).replace(b"\n", b" ").replace(b"\r", b" ").split()


def windows_in_a_set(parts: list[Part], goods: list[Goods]) -> Callable[[], Run]:
    """Every run of up to `WINDOW` tokens, looked up."""
    keys = {squashed(mpn) for mpn, _ in parts}
    longest = max(map(len, keys))

    def keys_in(text: str) -> list[bytes]:
        tokens, found = squashed_tokens(text), []
        for first in range(len(tokens)):
            window = b""
            for token in tokens[first : first + WINDOW]:
                window += token
                if len(window) > longest:
                    break
                if window in keys:
                    found.append(window)
        return found

    return lambda: lambda: [keys_in(each.description) for each in goods]


def windows_in_duckdb(parts: list[Part], goods: list[Goods]) -> Callable[[], Run]:
    """The same windows, joined by DuckDB on one thread."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("keys", pa.table({"key": sorted({squashed(mpn).decode("cp1251") for mpn, _ in parts})}))
    connection.register("goods", pa.table({"i": list(range(len(goods))), "text": [each.description for each in goods]}))
    windows = " UNION ALL ".join(
        f"SELECT i, array_to_string(t[n:n + {size}], '') AS key FROM tokens" for size in range(WINDOW)
    )
    query = f"""
        WITH split AS (SELECT i, list_filter(regexp_split_to_array(
            translate(upper(text), 'АВСЕНКМОРТХУ', 'ABCEHKMOPTXY'), '[^A-ZА-Я0-9]+'), x -> x <> '') AS t FROM goods),
        tokens AS (SELECT i, t, unnest(range(1, len(t) + 1)) AS n FROM split),
        windows AS ({windows})
        SELECT DISTINCT i, key FROM windows JOIN keys USING (key)"""

    def run() -> list[list[bytes]]:
        found: list[list[bytes]] = [[] for _ in goods]
        for number, key in connection.execute(query).fetchall():
            found[number].append(key.encode("cp1251"))
        return found

    return lambda: run


if __name__ == "__main__":
    main()
