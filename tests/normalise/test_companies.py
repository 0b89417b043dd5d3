import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.normalise.companies import LIKELY_SAME, Likeness, close_names, company_key, company_likeness

WRITTEN = st.text() | st.text(alphabet="ООО АПРИМЕР ooo primer Ltd. «»()&-5 有限公司電子 Şti", max_size=40)


@pytest.mark.parametrize(
    "name",
    [
        "ООО «Пример Электроника»",
        'Общество с ограниченной ответственностью "ПРИМЕР ЭЛЕКТРОНИКА"',
        "Limited Liability Company ‘Primer Elektronika’",
        "OOO Primer Elektronika",
        "Primer Electronics, LLC",
        "Primer Electronics Co., Ltd.",
        "PRIMER ELEKTRONİK SAN. VE TİC. LTD. ŞTİ.",
        "Primer Elektronik Sanayi ve Ticaret Anonim Şirketi",
        "Primer Elektronik A.Ş.",
        "Primer Electronics GmbH & Co. KG",
        "ТОО Пример Электроника",
        "АО «Пример Электроника» (АО «Пример Электроника»)",
        "ФГУП Электроника Пример",
        "ＰＲＩＭＥＲ　Ｅｌｅｃｔｒｏｎｉｃｓ",
    ],
)
def test_company_key_is_one_for_alphabets_and_legal_forms(name: str) -> None:
    assert company_key(name) == "ELECTRONICS PRIMER"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("深圳市普瑞样电子有限公司", "ELECTRONICS PURUIYANG SHENZHEN"),
        ("Shenzhen Puruiyang Electronics Co., Ltd", "ELECTRONICS PURUIYANG SHENZHEN"),
        ("香港普瑞样貿易股份有限公司", "HONGKONG PURUIYANG TRADING"),
        ("Puruiyang Trading (HK) Limited", "HONGKONG PURUIYANG TRADING"),
        ("株式会社プリメール", "PURIMERU"),
        ("주식회사 프리메르", "PEULIMELEU"),
        ("Primer (India) Private Ltd", "INDIA PRIMER"),
        ("Örnek Dış Ticaret Limited Şirketi", "ORNEK"),
        ("Přiklad, spol. s r.o.", "PRIKLAD"),
        ("Beispiel-Vertrieb GmbH", "BEISPIEL VERTRIEB"),
        ("BeispielAG", "BEISPIEL"),
        ("Przykład Sp. z o.o.", "PRZYKLAD"),
        ("АО «НПП «Пример» им. А.Б. Образца»", "AB NPP OBRAZTSA PRIMER"),
        ("JSC Scientific and Production Enterprise Primer", "NPP PRIMER"),
        ("Завод Пример № 5", "5 PLANT PRIMER"),
        ("The 5th Primer Plant", "5 PLANT PRIMER"),
        ("ООО Свет и Звук", "SVET ZVUK"),
        ("ПРИMEP", "PRIMER"),
        ("PRIМЕR LТD", "PRIMER"),
        ("Xi'an Primer", "PRIMER XIAN"),
    ],
)
def test_company_key_reads_scripts_brackets_and_look_alikes(name: str, key: str) -> None:
    assert company_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ООО", "OOO"),
        ("Co., Ltd.", "CO LTD"),
        ("PT Electronics Ltd.", "ELECTRONICS PT"),
        ("???", "???"),
        ("  -- ", "--"),
        ("", ""),
    ],
)
def test_company_key_keeps_what_nothing_would_be_left_of(name: str, key: str) -> None:
    assert company_key(name) == key


@given(WRITTEN.filter(str.strip))
def test_company_key_is_never_empty(name: str) -> None:
    assert company_key(name) != ""


def test_company_likeness_gives_its_reason() -> None:
    assert company_likeness("ООО «Пример»", "Primer LLC") == Likeness(1.0, ("same key after removing legal forms",))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ООО Примерскан", "Primerskan Ltd"),
        ("Primerscan LLC", "OOO Primerskan"),
        ("Primer Way Ltd", "Primerway Ltd"),
        ("Primertekh", "Primertech GmbH"),
        ("Образецкий завод Пример", "Obrazets Plant Primer"),
        ("ООО «ЦСТ Пример»", "CST Primer LLC"),
        ("Tehnoprimer Trade", "Technoprimer Trade LLC"),
        ("Puruiyang Electronics", "Puruiyang Electronic Technology Co., Ltd"),
        ("Союз Примеров (СПРМ)", "OOO SPRM"),
    ],
)
def test_company_likeness_finds_other_spellings(first: str, second: str) -> None:
    assert company_likeness(first, second).score >= LIKELY_SAME


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ООО Пример", "ООО Образец"),
        ("Primer Electronics Ltd", "Obrazets Electronics Ltd"),
        ("Primer Ltd", "Primer Systems Ltd"),
        ("Primer Technology (Hong Kong) Ltd", "Primer Technology (Shenzhen) Ltd"),
        ("АНО Пример", "ООО Пример"),
        ("ООО Рим", "ООО Пример"),
        ("Primex 5 Plant", "Primex 7 Plant"),
        ("Primer AB Tools", "Primer CD Tools"),
        ("PRM", "Primer Region Machines"),
    ],
)
def test_company_likeness_tells_companies_apart(first: str, second: str) -> None:
    assert company_likeness(first, second).score < LIKELY_SAME


def test_company_likeness_names_the_differences() -> None:
    reasons = {
        "numbers": company_likeness("Primer Plant 5", "Primer Plant 7").reasons[-1],
        "short words": company_likeness("Primer QA", "Primer QB").reasons[-1],
        "forms": company_likeness("ООО Пример", "АО Пример").reasons[-1],
        "missing": company_likeness("Primer 5", "Primer").reasons[-1],
    }

    assert reasons == {
        "numbers": "numbers differ: 5 and 7",
        "short words": "short words differ: QA and QB",
        "forms": "legal forms differ: limited and stock",
        "missing": "numbers differ: 5 and none",
    }


def test_company_likeness_of_nothing_is_none() -> None:
    scores = [company_likeness(*pair).score for pair in [("", ""), ("", "Primer"), ("???", "!!!"), ("???", "???")]]

    assert scores == [0.0, 0.0, 0.0, 1.0]


@given(WRITTEN, WRITTEN)
def test_company_likeness_is_symmetric_and_between_0_and_1(first: str, second: str) -> None:
    likeness = company_likeness(first, second)

    assert company_likeness(second, first) == likeness
    assert 0 <= likeness.score <= 1
    assert likeness.reasons


@given(WRITTEN.filter(lambda name: name.strip()))
def test_company_likeness_of_a_name_and_itself_is_1(name: str) -> None:
    assert company_likeness(name, name).score == 1.0


def test_close_names_among_themselves_gives_each_pair_once() -> None:
    names = ["ООО «Пример Электроника»", "Beispiel GmbH", "Primer Elektronika", "Beispeil", "Primer Trading", ""]

    found = [(first, second) for first, second, _ in close_names(names)]

    assert found == [(0, 2), (1, 3)]


def test_close_names_against_others_gives_indices_of_both() -> None:
    names = ["Obrazets Plant", "ООО «Пример»"]
    others = ["Primer LLC", "АО «Пример»", "Завод «Образец»", "Beispiel GmbH"]

    found = [(first, second, likeness.score) for first, second, likeness in close_names(names, against=others)]

    assert found == [(0, 2, 1.0), (1, 0, 1.0), (1, 1, 0.95)]


def test_close_names_keeps_the_likeliest_and_the_threshold() -> None:
    others = ["Primer Systems", "Primer", "Primer LLC", "Primers"]

    found = list(close_names(["Primer"], against=others, most=2))
    wider = list(close_names(["Primer"], against=others, at_least=0.6, most=10))

    assert [second for _, second, _ in found] == [1, 2]
    assert [second for _, second, _ in wider] == [1, 2, 3, 0]


def test_close_names_chains_many_equal_names_without_pairing_all() -> None:
    found = [(first, second) for first, second, _ in close_names(["OOO Primer"] * 50, most=2)]

    assert found == [(at, at + step) for at in range(50) for step in (1, 2) if at + step < 50]


def test_close_names_finds_abbreviations_that_share_no_letters_in_a_row() -> None:
    names = ["Союз Примеров и Образцов (СПО)", "OOO SPO", "Beispiel"]

    assert [(first, second) for first, second, _ in close_names(names)] == [(0, 1)]


def test_close_names_is_the_same_every_time_and_in_another_order() -> None:
    names = [f"OOO {word} {trade}" for word in ("Primer", "Primers", "Obrazets") for trade in ("Trade", "Elektronika")]
    mixed = random.Random(5).sample(names, len(names))

    def pairs(given: list[str]) -> set[frozenset[str]]:
        return {frozenset((given[first], given[second])) for first, second, _ in close_names(given, most=10)}

    assert list(close_names(names)) == list(close_names(names))
    assert pairs(names) == pairs(mixed)


def test_close_names_of_nothing_is_nothing() -> None:
    assert list(close_names([])) == []
    assert list(close_names(["Primer"], against=[])) == []
    assert list(close_names(["", " ", "???"])) == []
