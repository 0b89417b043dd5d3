from hypothesis import given
from hypothesis import strategies as st

from components.normalise.look_alikes import fold_look_alikes


def test_fold_look_alikes_turns_cyrillic_greek_and_full_width_into_latin() -> None:
    written = "АВЕКМНОРСТУХІЈЅ асеорух ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ ＸＣ７"

    folded = fold_look_alikes(written)

    assert folded == "ABEKMHOPCTYXIJS aceopyx ABEZHIKMNOPTYX XC7"


def test_fold_look_alikes_keeps_letters_without_a_latin_twin_and_the_letter_ze() -> None:
    assert fold_look_alikes("ЖЗЛ ГФЯ") == "ЖЗЛ ГФЯ"


def test_fold_look_alikes_writes_micro_as_u_and_drops_trade_marks() -> None:
    assert fold_look_alikes("µA741 μPD78 Zynq™") == "uA741 uPD78 Zynq"


@given(st.text(alphabet="АВЕКМНОРСТУХІЈЅвкмнт"))
def test_fold_look_alikes_commutes_with_case(text: str) -> None:
    assert fold_look_alikes(text.lower()) == fold_look_alikes(text.upper()).lower()
