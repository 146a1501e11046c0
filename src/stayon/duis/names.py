"""XML names of DUIS 5.4 and the namespaces they live in."""

from typing import Final

from lxml import etree

SR: Final = "http://www.dccinterface.co.uk/ServiceUserGateway"
"""Requests, responses and DCC Alerts."""
RA: Final = "http://www.dccinterface.co.uk/ResponseAndAlert"
"""The content of SMETS1 responses (the Message Mapping Catalogue)."""
DS: Final = "http://www.w3.org/2000/09/xmldsig#"

SIGNATURE: Final = f"{{{DS}}}Signature"


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]
