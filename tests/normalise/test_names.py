import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.normalise.names import has_legal_form, is_abbreviation_of, is_legal_form, name_key, strip_legal_form


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Vishay Intertechnology, Inc.", "vishay intertechnology"),
        ("VISHAY INTERTECHNOLOGY", "vishay intertechnology"),
        ("Xilinx Inc.", "xilinx"),
        ("M-SYSTEM Сo.,Ltd", "m system"),
        ("MVVS, spol. s r.o.", "mvvs"),
        ("Camozzi Automation S.P.A", "camozzi automation"),
        ("Würth Elektronik eiSos GmbH & Co. KG", "wurth elektronik eisos"),
        ("Sankyo Shoji (H.K.) Limited", "sankyo shoji hk"),
        ("Xi'an UnilC Semiconductors Co., Ltd.", "xian unilc semiconductors"),
        ("Science & Technology", "science and technology"),
        ("ООО Ромб", "pomб"),
        ("JSC CHIP AND DIP", "chip and dip"),
        ("A. O. Smith", "a o smith"),
        ("AT&T", "at and t"),
        ("Co., Ltd.", "co"),
        ("???", "???"),
    ],
)
def test_name_key_drops_case_marks_and_legal_forms(name: str, key: str) -> None:
    assert name_key(name) == key


@given(st.text().filter(str.strip))
def test_name_key_is_never_empty(name: str) -> None:
    assert name_key(name) != ""


@pytest.mark.parametrize(
    ("name", "stripped"),
    [
        ("Vishay Intertechnology, Inc.", "Vishay Intertechnology"),
        ("Allystar Technology (Shenzhen) Co., Ltd.", "Allystar Technology (Shenzhen)"),
        ("ООО Ромб", "Ромб"),
        ("Xilinx", "Xilinx"),
        ("Motors A/S", "Motors"),
    ],
)
def test_strip_legal_form_keeps_the_name_as_written(name: str, stripped: str) -> None:
    assert strip_legal_form(name) == stripped


def test_has_legal_form_looks_at_the_ends_only() -> None:
    names = ["Xilinx Inc.", "ЗАО Ромб", "ECS Inc. International", "Taiwan Semiconductor", "Ltd"]

    found = [has_legal_form(name) for name in names]

    assert found == [True, True, False, False, False]


def test_is_legal_form_wants_nothing_else() -> None:
    assert [is_legal_form(text) for text in ["Ltd.", "CO., LTD", "LLC IQ", ""]] == [True, True, False, False]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("ONSEMI", "ON Semiconductor"),
        ("NEC", "Nippon Electric Company"),
        ("BMTI", "Beijing Microelectronics Technology Institute"),
        ("Mayatech", "Hubei Jingzhou Mayatech Intelligent Technology Co., Ltd."),
        ("ThinkiSemi", "Thinki Semiconductor Co., Ltd."),
        ("NETSOL", "New Evolution of Technology & SOLution"),
        ("BCD Semi", "BCD Semiconductor Manufacturing Limited"),
    ],
)
def test_is_abbreviation_of_finds_initials_beginnings_and_whole_words(short: str, long: str) -> None:
    assert is_abbreviation_of(short, long)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("Intel", "Altera Corporation"),
        ("TDK", "InvenSense"),
        ("AMD", "Xilinx Inc."),
        ("Analog Devices", "Linear Technology Corporation"),
        ("I", "Intel"),
        ("Intel", "Intel"),
        ("", "Intel"),
    ],
)
def test_is_abbreviation_of_refuses_other_companies(short: str, long: str) -> None:
    assert not is_abbreviation_of(short, long)
