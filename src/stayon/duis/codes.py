"""Response codes and what they mean, in words for a person.

The codes are the 194 of the DUIS 5.4 enumeration and E020101, which SECMP0134B adds in a later
version. DUIS itself is the source of the rest of the meanings and is not public: those say so.
Codes of one service are written E or W, four digits of the service, two digits of the case.
"""

from typing import Final

from stayon.duis.errors import DuisError

ACKNOWLEDGED: Final = "I99"
SUCCESS: Final = "I0"
NOT_SAFE_PREPAYMENT: Final = "E020101"

UNKNOWN_MEANING: Final = "no public description"

_GENERIC: Final = {
    "I0": "success",
    "I99": "acknowledged: the request passed access control and is on its way",
    "E1": "the user does not hold a role that goes with this request",
    "E2": "a user in this role may not send this service request",
    "E3": "the status of the user does not allow it to send requests",
    "E4": "the user is not responsible for this device at this date and time",
    "E5": "the status of the device does not allow this request",
    "E11": "the service request does not suit this type of device",
    "E12": "the command variant does not suit this service request",
    "E13": "the request was sent to a service address for another kind of request",
    "E17": "no local command is available to this user or in this status of the device",
    "E19": "the device is not in the inventory",
    "E20": "the DCC cannot communicate with the device",
    "E21": "the device has not answered in time",
    "E30": "the outcome of a future-dated command has not come in time",
    "E65": "the XML signature does not authorise this request",
    "E020101": "the values are not the agreed Set to Safe Prepayment parameters",
}
"""Codes whose meaning is public; E65 and E020101 are those of the SECMP0134B impact assessment."""

_GENERIC_WITHOUT_DESCRIPTION: Final = (
    "E31 E40 E41 E42 E43 E44 E45 E46 E47 E48 E49 E50 E51 E52 E53 E54 E55 E56 E57 E58 E59 E60 E61"
    " E62 E63 E64 E66 E67 E68 E69 E70 E71"
    " E100 E1000 E1001 E1003 E1004 E1006 E1007 E1008 E1010 E1011"
)

_OF_A_SERVICE: Final = {
    "1.1": "E010101 E010102",
    "1.2": "E010201",
    "3.3": "E030301 E030302",
    "4.1": "E040101",
    "4.17": "E041701",
    "5.1": "E050101 E050102 E050103 E050105 E050107 E050108 E050109 E050110 E050111 E050112",
    "5.2": "E050201 E050202 W050201",
    "5.3": "E050301 E050302 W050301",
    "6.5": "E060501 E060502",
    "6.7": "E060701",
    "6.8": "E060801 E060802 E060803",
    "6.13": "E061301 E061304 E061305",
    "6.15": "E061501 E061504 E061505 E061506 E061507 E061508 E061509",
    "6.18": "E061801 E061802 E061803",
    "6.21": "E062101 E062102 E062103 E062105",
    "6.22": "E062201 E062202 E062203",
    "6.23": "E062301 E062302 E062303 E062304 E062305 E062306",
    "6.24": "E062401 E062402 E062403",
    "6.28": "E062801 E062802 E062803",
    "8.2": "E080201 E080202",
    "8.3": "E080301 E080302",
    "8.4": (
        "E080405 E080406 E080407 E080408 E080409 E080410 E080411 E080412 E080413 E080414 E080415"
    ),
    "8.5": "E080501 E080502 E080503",
    "8.6": "E080601 E080602 E080604 E080606 E080607",
    "8.7": "E080702 E080721 E080722 E080723",
    "8.8": "E080801 E080821 E080822",
    "8.9": "E080901 E080902 E080903",
    "8.11": "E081101 E081102 E081104 E081105 E081106 E081107 E081108 E081109 E081110 E081111",
    "8.12": "E081202 E081204 E081205 E081221 E081222 E081223",
    "8.13": "E081301 E081302 E081303",
    "8.14": "E081401 E081402 E081405 E081406 W081401",
    "11.1": "E110101 E110102 E110103 E110105 E110106 W110101",
    "11.4": "E110401 E110402 E110403 E110405 W110401",
    "12.1": "E120101 E120102 E120103",
    "12.2": "E120201 E120203 E120204 E120207",
}


def _table() -> dict[str, str]:
    words = dict(_GENERIC)
    words.update((code, UNKNOWN_MEANING) for code in _GENERIC_WITHOUT_DESCRIPTION.split())
    for service, codes in _OF_A_SERVICE.items():
        for code in codes.split():
            kind = "a warning" if code.startswith("W") else "an error"
            words[code] = f"{kind} of service {service}: {UNKNOWN_MEANING}"
    return words


RESPONSE_CODES: Final[dict[str, str]] = _table()
"""Every response code, in words."""

DCC_ALERT_CODES: Final = frozenset(
    {"AD1", "N999"} | {f"N{number}" for number in range(1, 66) if number != 32}
)
"""Every DCC Alert code; DUIS 5.4 has no N32."""


def describe(code: str) -> str:
    """What a response code means; raises ``DuisError`` if there is no such code."""
    words = RESPONSE_CODES.get(code)
    if words is None:
        raise DuisError("ResponseCode", f"{code[:40]!r} is not a response code")
    return words


def known_alert_code(code: str) -> str:
    """``code``, if it is a DCC Alert code; raises ``DuisError`` if not."""
    if code not in DCC_ALERT_CODES:
        raise DuisError("DCCAlertCode", f"{code[:40]!r} is not a DCC Alert code")
    return code
