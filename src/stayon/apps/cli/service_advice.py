"""What to do when a request is answered with a code: the words of the guidance pages."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "E1": "Register the sender as a User, and the Business Originator in a supplier role.",
    "E2": "Do not send it in this role or DUIS version; `stayon policy show` has the role's list.",
    "E3": "Ask the DCC why the User is not active; nothing that it sends will pass until it is.",
    "E4": "Look up who is registered for the MPxN now, and who is in the trust anchor cell."
    " After a change of supplier the device is no longer yours.",
    "E5": "Wait until the device is commissioned, or ask for a Command for local delivery.",
    "E11": "Send it to another device, or with the parameters of this one's fuel.",
    "E12": "Choose a Command Variant of the table above, and the body that goes with it.",
    "E13": "Post it to the address of the service of its Command Variant.",
    "E17": "A Command for local delivery needs another device status: send it over the WAN.",
    "E19": "Correct the EUI-64 of the Business Target; read the inventory (8.2) by MPxN.",
    "E65": "Find the reason in the Service Audit Trail: signature, certificate, list,"
    " revocation, or a used RequestID. Send it again only with a new counter and new signatures.",
    "E020101": "Take the values from `stayon policy show`, no ExecutionDateTime, and a meter that"
    " takes 00DE or 006F. Other meters go to the people's list.",
    "E062301": "Send the MPxN that the inventory has for this device.",
    "E062302": "Send your own certificates in the Supplier role, each in its element.",
    "E062303": "Send certificates that the SMKI has issued and not revoked.",
    "E062304": "Give a whole second within the next 30 days, none for at once, or"
    " 3000-12-31T00:00:00Z to cancel.",
    "E080201": "No device is there by this key: check it, or ask by another key.",
    "E080202": "More than 17 devices match: ask by device, MPxN or a narrower property.",
    "quarantine": "I99, then the DCC Alert QuarantinedRequest. Have it released or deleted.",
}
"""Response code, or ``quarantine`` -> what whoever sent the request does then."""
