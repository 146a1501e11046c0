"""Fuzz target: whatever the octets, DUIS is read, verified and written back, or refused.

The first octet chooses what the rest is: a whole document, the inside of a Signature in a request
that is otherwise good, or the body of a request that is signed anew, so that what stands behind the
signature is reached from the start.
"""

import sys

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon"]):
    from stayon import safexml, xmlsig
    from stayon.adapters import package_data
    from stayon.domain.errors import StayonError
    from stayon.duis.errors import DuisError
    from stayon.duis.request import OtherBody, parse_request, read_request, write_request
    from stayon.duis.response import parse_response
    from stayon.duis.response_writing import write_response
    from stayon.duis.schema import SchemaSet
    from stayon.safexml import SafeXmlError
    from stayon.xmlsig import XmlSignatureError

from tests.support.throwaway_keys import throwaway_key

_KEY = throwaway_key("fuzzed signer")
_SCHEMAS = SchemaSet.own(lambda name: package_data.read(f"duis/schema/{name}"))
_REFUSALS = (SafeXmlError, DuisError, XmlSignatureError, StayonError)
_HEAD = (
    b'<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.5">'
    b"<sr:Header><sr:RequestID>00-DB-12-34-00-00-00-01:00-DB-12-34-00-00-00-E5:3</sr:RequestID>"
    b"<sr:CommandVariant>1</sr:CommandVariant><sr:ServiceReference>2.1</sr:ServiceReference>"
    b"<sr:ServiceReferenceVariant>2.1</sr:ServiceReferenceVariant></sr:Header>"
)
_BODY = b"<sr:Body><sr:ReadInventory/></sr:Body>"
_SIGNED = xmlsig.sign(safexml.parse(_HEAD + _BODY + b"</sr:Request>"), _KEY, "CN=Z1,OU=07", 7)
_BEFORE, _, _REST = _SIGNED.partition(b"<ds:SignedInfo>")
_AFTER = b"</ds:Signature>" + _REST.partition(b"</ds:Signature>")[2]


def _octets(data: bytes) -> bytes:
    match data[:1]:
        case b"S":
            return _BEFORE + data[1:] + _AFTER
        case b"B":
            document = _HEAD + b"<sr:Body>" + data[1:] + b"</sr:Body></sr:Request>"
            return xmlsig.sign(safexml.parse(document), _KEY, "CN=Z1,OU=07", 7)
        case _:
            return data[1:]


def fuzz_one(data: bytes) -> None:
    """One input; any exception but a refusal is a find, and so is any change by reading."""
    try:
        octets = _octets(data)
        document = safexml.parse(octets)
        _SCHEMAS.validate_own_version(document)
        if str(document.tag).endswith("}Response"):
            response = parse_response(document)
            if parse_response(safexml.parse(write_response(response))) != response:
                raise AssertionError("the Response differs")
            return
        claim = xmlsig.read_signature(document)
        content = xmlsig.verify(document, claim, _KEY.public_key()).content
        request = read_request(content)
    except _REFUSALS:
        return
    if isinstance(request.body, OtherBody):
        return
    if parse_request(safexml.parse(write_request(request))) != request:
        raise AssertionError("the Request differs")


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
