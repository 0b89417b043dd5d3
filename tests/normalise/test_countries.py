import pytest

from components.normalise.countries import CountryRow, CountryTable

TABLE = CountryTable.from_rows(
    [
        CountryRow("CN", "CHN", ("China", "Китай", "中国")),
        CountryRow("CI", "CIV", ("Côte d'Ivoire", "")),
        CountryRow("TR", "TUR", ("Türkiye", "Turkey")),
        CountryRow("NL", "NLD", ("Netherlands",)),
    ]
)


def test_read_finds_codes_and_names_in_any_spelling() -> None:
    written = ["cn", "CHN", "КИТАЙ", "中国", "Cote d’Ivoire", "TURKIYE", "The Netherlands", "UNK", " "]

    codes = [TABLE.read(text) for text in written]

    assert codes == ["CN", "CN", "CN", "CN", "CI", "TR", "NL", "", ""]


def test_read_says_what_is_expected() -> None:
    with pytest.raises(ValueError, match="country") as caught:
        TABLE.read("Chinna")

    assert str(caught.value) == (
        "'Chinna' is not a country: expected an ISO 3166 code (CN, CHN) or a name. Did you mean CN (china)?"
    )


def test_from_rows_refuses_a_name_of_two_countries() -> None:
    rows = [CountryRow("CG", "COG", ("Congo",)), CountryRow("CD", "COD", ("Congo",))]

    with pytest.raises(ValueError, match="'congo' stands for both CG and CD"):
        CountryTable.from_rows(rows)
