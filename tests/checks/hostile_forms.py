"""Valid, signed documents, laid out by somebody who wants their form to be learnt wrongly.

A layout is edited at the borders of its tags, signed as it then stands, and learnt. Another
document of the same layout, with other values, must be judged as if nothing had been learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from tests.checks.cases import DAY, NOW, SRP_XML, contingency
from tests.checks.judging import KEY, judged, outcome, signed
from tests.smki_profile.pki import signer

from stayon import safexml, xmlsig
from stayon.checks.forms import KnownForms
from stayon.checks.outcome import Rejected
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import CreditMode
from stayon.duis.request import (
    CommandVariant,
    ReadInventory,
    Request,
    SignedPreCommand,
    UpdatePaymentMode,
)
from stayon.xmlsig import canonical

_END = b"</sr:Request>"
_SIGN = signer(KEY)
FRAGMENTS = (
    b"<!-- a -->", b"<!--<sr:RequestID>-->", b"<!--<ds:DigestValue>-->", b"<?pi x?>",
    b"<![CDATA[]]>", b"<![CDATA[<sr:GBCSPayload>]]>", b" ", b"\n", b"\t", b"\r", b"&#xD;",
    b"&#x20;",
    b"&lt;sr:GBCSPayload&gt;", b' xmlns:x="urn:x"', b' x="y"', b' x="&lt;ds:DigestValue&gt;"',
    b' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', b' xml:space="preserve"',
    b"<ds:DigestValue>", b"</ds:DigestValue>", b"<ds:SignatureValue>", b"</ds:SignatureValue>",
    b"<ds:Signature ", b"</ds:Signature>", b"<sr:RequestID>", b"</sr:RequestID>",
    b"<sr:GBCSPayload>", b"</sr:GBCSPayload>", b"<sr:GBCSPayload/>", b"<", b">", b"/", b'"', b"'",
    b"\xef\xbb\xbf", b"\xc3\xa9", b"\x00", b"A", b"0", b"=", b":",
)  # fmt: skip
"""What is put into a layout or a value."""
Edits = Sequence[tuple[int, int]]
"""Borders of tags, and what is put there; both are taken modulo how many there are."""


def _requests() -> tuple[Request, ...]:
    """One of every shape that goes the short way or nearly does; those of a campaign come first."""
    one = contingency().request
    device = one.request_id.target
    inventory = replace(
        one, body=ReadInventory(device), command_variant=CommandVariant(8),
        service_reference="8.2", service_reference_variant="8.2",
    )  # fmt: skip
    assert isinstance(one.body, SignedPreCommand)
    later = replace(one, body=replace(one.body, execution=NOW + DAY))
    payment = replace(
        contingency(1).request, body=UpdatePaymentMode(None, CreditMode()),
        service_reference="1.6", service_reference_variant="1.6",
    )  # fmt: skip
    return (
        one,
        inventory,
        contingency(4).request,
        contingency(4, Fuel.GAS).request,
        contingency(1).request,
        contingency(version="5.4").request,
        later,
        replace(one, first_in_sequence=True),
        replace(one, preceding_request_id=replace(one.request_id, counter=1)),
        payment,
    )


def _layouts() -> tuple[bytes, ...]:
    """As they are usually written; one without a declaration, one with its header over lines."""
    layouts = [_unsigned(signed(each)) for each in _requests()]
    bare = layouts[0].partition(b"?>")[2]
    header, body = bare.split(b"<sr:Body>")
    return (*layouts, bare, header.replace(b"><", b">\n  <") + b"<sr:Body>" + body)


def _unsigned(document: bytes) -> bytes:
    before, _, rest = document.partition(b"<ds:Signature ")
    return before + rest.partition(b"</ds:Signature>")[2]


LAYOUTS = _layouts()


@dataclass(frozen=True)
class Values:
    """What changes from one document of a form to the next."""

    identity: bytes
    payload: bytes


FIRST = Values(str(contingency().request.request_id).encode(), b"AAEC")


def edited(document: bytes, edits: Edits) -> bytes:
    """With something put at the border of a tag, one edit after the other."""
    for place, what in edits:
        borders = [at for at, octet in enumerate(document) if octet in b"<>/"]
        if not borders:
            return document
        at = borders[place % len(borders)]
        at += document[at] == ord(">")
        document = document[:at] + FRAGMENTS[what % len(FRAGMENTS)] + document[at:]
    return document


def with_values(layout: bytes, values: Values) -> bytes:
    """The layout with values in the first places that look like theirs."""
    for tag, value in ((b"RequestID>", values.identity), (b"GBCSPayload>", values.payload)):
        before, found, rest = layout.partition(b"<sr:" + tag)
        if found:
            layout = before + found + value + b"</sr:" + rest.partition(b"</sr:")[2]
    return layout


def signed_as_it_stands(document: bytes, late: Edits = ()) -> bytes:
    """With a good Signature put before the end, which is then edited; the rest is not touched.

    White space and comments are signed as they are. Raises ``StayonError`` where the document
    cannot be read.
    """
    as_it_is = canonical.inclusive(safexml.parse(document))
    again = xmlsig.sign_canonical(as_it_is, _SIGN, SRP_XML.issuer, SRP_XML.serial)
    start = again.rindex(b"<ds:Signature ")
    signature = again[start : again.rindex(b"</ds:Signature>") + len(b"</ds:Signature>")]
    before, end, rest = document.rpartition(_END)
    return before + edited(signature, late) + end + rest


_PARTS = (
    (b"<ds:DigestValue>", b"</ds:DigestValue>"),
    (b"<ds:SignatureValue>", b"</ds:SignatureValue>"),
    (b"<ds:SignedInfo>", b"</ds:SignedInfo>"),
    (b"<ds:Signature ", b"</ds:Signature>"),
    (b"<sr:Header>", b"</sr:Header>"),
    (b"<sr:Body>", b"</sr:Body>"),
    (b"<sr:RequestID>", b"</sr:RequestID>"),
)
"""What may come from another good document."""


@cache
def good(layout: int) -> bytes:
    """A layout, as a good document that nobody has edited."""
    return signed_as_it_stands(with_values(LAYOUTS[layout % len(LAYOUTS)], FIRST))


def grafted(document: bytes, grafts: Edits) -> bytes:
    """With parts of other good documents instead of its own: pairs of a layout and a part."""
    for donor, part in grafts:
        begin, end = _PARTS[part % len(_PARTS)]
        before, mine, rest = document.partition(begin)
        theirs = good(donor).partition(begin)[2].partition(end)[0]
        if mine and end in rest:
            document = before + begin + theirs + end + rest.partition(end)[2]
    return document


def learn(layout: int, edits: Edits, late: Edits) -> tuple[KnownForms, bytes] | None:
    """Forms that have seen the layout, and the edited layout; None where it is not accepted."""
    edited_layout = edited(with_values(LAYOUTS[layout % len(LAYOUTS)], FIRST), edits)
    forms = KnownForms()
    try:
        verdict = judged(signed_as_it_stands(edited_layout, late), forms)[1]
    except StayonError:
        return None
    return None if isinstance(verdict, Rejected) else (forms, edited_layout)


def differs(
    layout: int,
    edits: Edits,
    late: Edits,
    values: Values,
    later: Edits = (),
    *,
    also: Sequence[int] = (),
    grafts: Edits = (),
) -> str | None:
    """How the two ways judge a second document differently; None where they agree.

    ``later`` edits the second document when it has been signed, and ``grafts`` put parts of others
    into it. ``also`` are layouts that the same forms have seen.
    """
    learnt = learn(layout, edits, late)
    if learnt is None:
        return None
    forms, text = learnt
    for each in also:
        judged(good(each), forms)
    document = with_values(text, values)
    try:
        document = signed_as_it_stands(document, late)
    except StayonError:
        document = signed_as_it_stands(text, late)
        document = with_values(document, values)
    document = grafted(edited(document, later), grafts)
    short, plain = outcome(document, forms), outcome(document)
    return None if short == plain else f"{document!r}: short {short}, plain {plain}"
