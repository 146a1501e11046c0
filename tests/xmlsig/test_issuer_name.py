import pytest

from stayon.xmlsig import IssuerName, XmlSignatureError


@pytest.mark.parametrize(
    "text",
    ["CN=Z1,OU=07", "OU=07, CN=Z1", " ou = 07 ,cn=Z1 ", "2.5.4.11=07,2.5.4.3=Z1", "CN=Z1,\nOU=07"],
)
def test_order_spacing_and_case_of_types_do_not_matter(text: str) -> None:
    assert IssuerName.parse(text) == IssuerName.parse("CN=Z1,OU=07")
    assert str(IssuerName.parse(text)) == "CN=Z1,OU=07"


@pytest.mark.parametrize(
    "text", ["CN=Z1", "CN=Z1,OU=7", "CN=z1,OU=07", "CN=Z1,O=07", "CN=Z1,OU=07,OU=07", "CN=07,OU=Z1"]
)
def test_other_names_are_other_names(text: str) -> None:
    assert IssuerName.parse(text) != IssuerName.parse("CN=Z1,OU=07")


def test_escapes_are_read() -> None:
    assert IssuerName.parse(r"CN=\ a\, b\=c\\ ").attributes == (("CN", " a, b=c\\"),)
    assert IssuerName.parse("CN=a b").attributes == (("CN", "a b"),)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "CN", "CN=", "=Z1", "CN=Z1,", ",CN=Z1", "CN=Z1,,OU=07", "CN=Z1;OU=07"),
        *('CN="Z1"', "CN=Z1+OU=07", "CN=<Z1>", "CN=Z1=2", "CN=\\Z1", "CN=\\", "CN =Z1\\ ,"),
        *("1=Z1", "CN=" + "x" * 600),
    ],
)
def test_what_is_not_a_name_is_refused(text: str) -> None:
    with pytest.raises(XmlSignatureError) as caught:
        IssuerName.parse(text)
    assert caught.value.field == "X509IssuerName"
