"""CSV files that lie, swell or carry something: for each kind of file that is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.malicious.corpus import Attack
from tests.parties.dsp.world import ESME, FAILED_SUPPLIERS, SRP, SUPPLIER

CLAUSE = {
    "failed-suppliers": "D1, decision 9",
    "adt": "R4, decision 9",
    "exit-quarantine": "D14, decision 9",
    "portfolio": "decision 5",
}


@dataclass(frozen=True)
class Kind:
    """A kind of file: a good one, a text field in it, and where an identity stands."""

    name: str
    good: str
    text: str
    identity: str

    @property
    def header(self) -> str:
        return self.good.partition("\n")[0]

    @property
    def row(self) -> str:
        return self.good.split("\n")[1]


_EXIT_HEADER = "event,request_id,action,reason"
_PORTFOLIO = "device_id,supplier_id,fuel,smets,mpxn,route,gbcs_version,counter_floor,postcode"
KINDS = (
    Kind("failed-suppliers", FAILED_SUPPLIERS.decode(), "Example Energy", str(SUPPLIER)),
    Kind("adt", "user_id,role,supplier_id,srv,period_seconds,warning,quarantine\n"
         f"{SRP},SolrContingency,{SUPPLIER},2.1,86400,2,3\n", "SolrContingency", str(SRP)),
    Kind("exit-quarantine", f"{_EXIT_HEADER}\n1,{SUPPLIER}:{ESME}:1,delete,seen and wrong\n",
         "seen and wrong", str(SUPPLIER)),
    Kind("portfolio", f"{_PORTFOLIO}\n{ESME},{SUPPLIER},electricity,SMETS2,1200000000001,"
         "csp-north,4.3,5,AB1 2CD\n", "AB1 2CD", str(ESME)),
)  # fmt: skip


def files() -> Iterator[Attack]:
    """Every attack on every kind of file."""
    for kind in KINDS:
        yield from _formulas(kind)
        yield from _encodings(kind)
        yield from _shapes(kind)


def _attack(kind: Kind, name: str, what: str, text: str, **make: object) -> Attack:
    made = {"kind": kind.name, **make}
    return Attack(
        f"{kind.name}-{name}", what, CLAUSE[kind.name], text, "csv", {"refused": True}, made
    )


def _formulas(kind: Kind) -> Iterator[Attack]:
    for name, what, cell in (
        ("formula-equals", "a formula", '=HYPERLINK(""http://localhost:1/"")'),
        ("formula-plus", "a formula with +", "+1+cmd|' /C calc'!A0"),
        ("formula-minus", "a formula with -", "-1+cmd|' /C calc'!A0"),
        ("formula-at", "a formula with @", "@SUM(1;2)"),
        ("formula-tab", "a formula behind a tab", "\t=1+1"),
        ("formula-return", "a formula behind a carriage return", "\r=1+1"),
        ("formula-space", "a formula behind a space", " =1+1"),
        ("formula-full-width", "a full-width equals sign", "\uff1d1+1"),
        ("formula-on-a-second-line", "a formula on a second line of its cell", "fine\n=1+1"),
        ("formula-behind-a-no-break-space", "a formula behind a no-break space", "\u00a0=1+1"),
    ):
        yield _attack(kind, name, what, kind.good.replace(kind.text, f'"{cell}"', 1))
    yield _attack(kind, "formula-behind-a-lone-return", "a formula on a line that CR alone begins",
        kind.good.replace(kind.text, f"{kind.text}\r=1+1", 1))  # fmt: skip


def _encodings(kind: Kind) -> Iterator[Attack]:
    for encoding in ("utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"):
        text = kind.good.replace(kind.text, "+AD0-1") if encoding == "utf-7" else kind.good
        as_is = {} if encoding == "utf-7" else {"encoding": encoding}
        yield _attack(kind, encoding, f"the file in {encoding.upper()}", text, **as_is)
    for name, what, octets in (
        ("latin-1", "a letter of Latin 1", "\xe9"), ("overlong", "'=' in two octets", "\xc0\xbd"),
        ("surrogate", "half a surrogate pair", "\xed\xa0\x80"),
    ):  # fmt: skip
        yield _attack(kind, f"utf8-{name}", what, kind.good.replace(kind.text, octets, 1),
            encoding="latin-1")  # fmt: skip
    for name, what, character in (
        ("nul", "NUL", "\0"), ("escape", "a terminal's escape", "\x1b[2J"), ("bell", "a bell", "\x07"),
        ("right-to-left", "text turned round", "\u202e"), ("zero-width", "a character without width",
        "\u200b"), ("second-byte-order-mark", "a byte order mark in a cell", "\ufeff"),
    ):  # fmt: skip
        yield _attack(kind, name, what, kind.good.replace(kind.text, kind.text + character, 1))
    yield _attack(kind, "two-byte-order-marks", "two byte order marks", "\ufeff\ufeff" + kind.good)


def _shapes(kind: Kind) -> Iterator[Attack]:
    columns = kind.header.split(",")
    for name, what, text in (
        ("empty", "an empty file", ""),
        ("only-a-byte-order-mark", "a byte order mark", "\ufeff"),
        ("no-header", "no header", kind.row + "\n"),
        ("header-twice", "the header twice", f"{kind.header}\n{kind.good}"),
        ("header-in-another-order", "columns in another order",
         ",".join(reversed(columns)) + "\n" + kind.row + "\n"),
        ("header-in-capitals", "the header in capitals", kind.header.upper() + "\n" + kind.row + "\n"),
        ("header-with-spaces", "spaces in the header",
         kind.header.replace(",", ", ") + "\n" + kind.row + "\n"),
        ("column-twice", "a column twice", f"{kind.header},{columns[0]}\n{kind.row},x\n"),
        ("column-more", "a cell more than columns", f"{kind.header}\n{kind.row},x\n"),
        ("column-fewer", "a cell fewer", kind.header + "\n" + kind.row.rpartition(",")[0] + "\n"),
        ("semicolons", "semicolons for commas", kind.good.replace(",", ";")),
        ("row-twice", "a row twice", f"{kind.good}{kind.row}\n"),
        ("identity-in-small-letters-too", "a row twice, in small letters",
         f"{kind.good}{kind.row.replace(kind.identity, kind.identity.lower())}\n"),
        ("good-row-then-bad", "a bad row behind a good one", f"{kind.good}x\n"),
        ("bad-row-then-good", "a bad row before a good one", f"{kind.header}\nx\n{kind.row}\n"),
        ("huge-field", "a field of 200,000 characters",
         kind.good.replace(kind.text, "{{repeat:200000:a}}", 1)),
        ("huge-identity", "an identity of 60,000 characters",
         kind.good.replace(kind.identity, "{{repeat:30000:A0}}", 1)),
        ("many-columns", "a row of 50,000 cells", f"{kind.header}\n{{{{repeat:50000:,}}}}\n"),
        ("quote-left-open", "a quotation mark left open", kind.good.replace(kind.text, '"a', 1)),
        ("quote-in-the-middle", "a quotation mark inside a cell", kind.good.replace(
            kind.text, '"a"b', 1)),
        ("identity-with-letters-like-digits", "an identity with Cyrillic letters",
         kind.good.replace(kind.identity, kind.identity.replace("B", "\u0412"), 1)),
        ("identity-in-other-digits", "an identity in full-width digits",
         kind.good.replace(kind.identity, kind.identity.replace("1", "\uff11"), 1)),
        ("identity-cut", "an identity of seven octets",
         kind.good.replace(kind.identity, kind.identity[:-3], 1)),
        ("xml", "an XML document", "<?xml version='1.0'?><a/>"),
        ("zip", "a spreadsheet", "PK\x03\x04"),
        ("lines-mixed-badly", "CR and LF in the wrong order",
         kind.good.replace("\n", "\n\r")[:-2] + "\n\rx\n"),
    ):  # fmt: skip
        yield _attack(kind, name, what, text)
    if kind.name != "portfolio":  # which may be large: 200,000 meters
        yield _attack(kind, "two-megabytes", "a file of two megabytes",
            kind.good + "{{repeat:20000:" + kind.row + "\n}}")  # fmt: skip
