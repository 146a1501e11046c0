"""The document that the XML attacks start from, with places for what is made at run time."""

SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
DS = "http://www.w3.org/2000/09/xmldsig#"
SUPPLIER = "00-DB-12-34-00-00-00-01"
GSME = "00-DB-12-34-00-00-00-61"
EC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'

SIGNED_INFO = (
    "<ds:SignedInfo>"
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{EC_SHA256}"></ds:SignatureMethod>'
    f'<ds:Reference URI=""><ds:Transforms>{ENVELOPED}</ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>{{digest}}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
KEY_INFO = (
    "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
    "<ds:X509IssuerName>{{issuer}}</ds:X509IssuerName>"
    "<ds:X509SerialNumber>{{serial}}</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
)
SIGNATURE = (
    f'<ds:Signature xmlns:ds="{DS}">{SIGNED_INFO}'
    f"<ds:SignatureValue>{{{{value}}}}</ds:SignatureValue>{KEY_INFO}</ds:Signature>"
)
HEADER = "<sr:Header>"


def content(counter: str = "counter", payload: str = "payload") -> str:
    """The Request without a Signature and without an XML declaration."""
    return (
        f'<sr:Request xmlns:sr="{SR}" schemaVersion="5.5"><sr:Header>'
        f"<sr:RequestID>{SUPPLIER}:{GSME}:{{{{{counter}}}}}</sr:RequestID>"
        "<sr:CommandVariant>5</sr:CommandVariant><sr:ServiceReference>2.1</sr:ServiceReference>"
        "<sr:ServiceReferenceVariant>2.1</sr:ServiceReferenceVariant></sr:Header>"
        f"<sr:Body><sr:SignedPreCommand><sr:GBCSPayload>{{{{{payload}}}}}</sr:GBCSPayload>"
        "</sr:SignedPreCommand></sr:Body></sr:Request>"
    )


CONTENT = content()
EVIL = content("other counter", "other payload")
GOOD = CONTENT.replace("</sr:Request>", SIGNATURE + "</sr:Request>")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def good(old: str = "", new: str = "") -> str:
    """The good document with its one ``old`` replaced."""
    if old and GOOD.count(old) != 1:
        raise ValueError(f"{GOOD.count(old)} times: {old}")
    return GOOD.replace(old, new) if old else GOOD


def with_signature(signature: str) -> str:
    """The good document with another Signature."""
    return good(SIGNATURE, signature)


def evil(*, first: str = "", last: str = "") -> str:
    """The attacker's document, with ``first`` before its header and ``last`` at its end."""
    return EVIL.replace(HEADER, first + HEADER).replace("</sr:Request>", last + "</sr:Request>")
