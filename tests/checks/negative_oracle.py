"""Who may send what to which device, written from the requirements and from nothing of Stayon.

This module imports nothing of the program: it says in its own tables what decision 1 and the
clauses that it names demand, so that the checks and this can only agree by both being right.
"""

from dataclasses import dataclass

PASSES = "passes"
HELD = "quarantine"

MAY_SEND = {
    "IS": {"1.6", "2.1", "4.13", "6.23", "8.2"},
    "GS": {"1.6", "2.1", "4.13", "6.23", "8.2"},
    "ES": {"8.2"},
    "RSA": {"8.2"},
    "ED": {"8.2"},
    "GT": {"8.2"},
    "OU": {"8.2"},
    "SolrContingency": {"2.1"},
}
"""R3, D7: what is on the list of each role."""

VARIANTS = {
    ("1.6", "SMETS1"): {1},
    ("1.6", "SMETS2"): {4, 5, 6, 7},
    ("2.1", "SMETS1"): {1},
    ("2.1", "SMETS2"): {4, 5, 6, 7},
    ("4.13", "SMETS1"): {1},
    ("4.13", "SMETS2"): {1, 2, 3},
    ("6.23", "SMETS1"): {1},
    ("6.23", "SMETS2"): {1, 2, 3},
}
"""D16 and DUIS 5.4; 8.2 asks the DCC itself, by 8, whatever the device."""

SERVICE_OF = {
    1: "Send Command",
    2: "DCC-only",
    3: "Send Command",
    4: "Transform",
    5: "Send Command",
    6: "DCC-only",
    7: "Send Command",
    8: "DCC-only",
}
OVER_THE_WAN = {"InstalledNotCommissioned", "Commissioned"}
BY_HAND = OVER_THE_WAN | {"Pending", "Whitelisted"}
SUPPLIER_OF = {"electricity": "IS", "gas": "GS"}
CRITICAL = {"1.6", "2.1"}


@dataclass(frozen=True)
class Sender:
    """Who signs, in whose name, and in what state both are; every default is the good one.

    ``listing``: listed, absent, other SRP, ended, unregistered. ``certificates`` are those of the
    Business Originator in the Supplier role: revoked, valid, unknown.
    """

    role: str
    is_user: bool = True
    active: bool = True
    suspended: bool = False
    own_name: bool = True
    certificates: str = "valid"
    originator_roles: tuple[str, ...] = ("IS", "GS")
    originator_is_user: bool = True
    originator_active: bool = True
    listing: str = "listed"
    instructed: bool = True
    threshold_left: bool = True


@dataclass(frozen=True)
class Target:
    """The device: what it is, whose it is, and in what state; ``kind`` is meter, hub or unknown."""

    fuel: str
    generation: str
    kind: str = "meter"
    registered: bool = True
    anchored: bool = True
    status: str = "Commissioned"
    takes_ecs08a: bool = True


@dataclass(frozen=True)
class Asked:
    """The request: service request, Command Variant, the service it was posted to, its content."""

    srv: str
    variant: int
    posted_to: str
    safe: bool = True


def expected(sender: Sender, target: Target, asked: Asked) -> str:
    """The answer: ``passes``, ``quarantine``, or a response code; the first rule that is broken."""
    for rule in (_signer, _user, _service, _status, _variant, _device, _ownership, _content):
        answer = rule(sender, target, asked)
        if answer:
            return answer
    return _opening(sender, asked)


def _contingency(sender: Sender) -> bool:
    return sender.is_user and sender.role == "SolrContingency"


def _signer(sender: Sender, target: Target, asked: Asked) -> str:
    """D5, D15, R6.B, R6.C: E65 unless the signer may speak for the Business Originator."""
    del target, asked
    if _contingency(sender):
        bad = sender.listing != "listed" or sender.certificates != "revoked"
    elif not sender.own_name:
        bad = True
    elif not sender.is_user:
        bad = False
    elif sender.certificates == "unknown":
        bad = sender.role in ("IS", "GS")
    else:
        bad = sender.certificates == "revoked"
    return "E65" if bad else ""


def _user(sender: Sender, target: Target, asked: Asked) -> str:
    """R1: both are Users, and a failed supplier is a supplier."""
    del target, asked
    if not sender.is_user:
        return "E1"
    if _contingency(sender) and (
        not sender.originator_is_user or not {"IS", "GS"} & set(sender.originator_roles)
    ):
        return "E1"
    return ""


def _service(sender: Sender, target: Target, asked: Asked) -> str:
    del target
    return "" if asked.srv in MAY_SEND[sender.role] else "E2"


def _status(sender: Sender, target: Target, asked: Asked) -> str:
    """D12: who acts must be active; a failed supplier's suspension does not matter."""
    del target, asked
    if sender.suspended or not sender.active:
        return "E3"
    return "E3" if _contingency(sender) and not sender.originator_active else ""


def _variant(sender: Sender, target: Target, asked: Asked) -> str:
    del sender
    if SERVICE_OF[asked.variant] != asked.posted_to:
        return "E13"
    if asked.srv == "8.2":
        allowed = {8}
    elif target.kind == "unknown":
        allowed = VARIANTS[asked.srv, "SMETS1"] | VARIANTS[asked.srv, "SMETS2"]
    else:
        allowed = VARIANTS[asked.srv, target.generation]
    return "" if asked.variant in allowed else "E12"


def _device(sender: Sender, target: Target, asked: Asked) -> str:
    del sender
    if asked.srv == "8.2":
        return ""
    if target.kind == "unknown":
        return "E19"
    if target.kind == "hub":
        return "E11"
    if asked.variant in (2, 4, 6):
        by_hand = OVER_THE_WAN if asked.srv == "6.23" else BY_HAND
        if target.status not in by_hand:
            return "E5" if asked.variant == 4 else "E17"
    elif target.status not in OVER_THE_WAN | ({"Recovered"} if asked.srv == "6.23" else set()):
        return "E5"
    return ""


def _ownership(sender: Sender, target: Target, asked: Asked) -> str:
    """D11, PIA A4, A8, A10: registered and, for critical requests, in the trust anchor cell."""
    if asked.srv == "8.2":
        return ""
    roles = sender.originator_roles if _contingency(sender) else (sender.role,)
    if SUPPLIER_OF[target.fuel] not in roles or not target.registered:
        return "E4"
    return "E4" if asked.srv in CRITICAL and not target.anchored else ""


def _content(sender: Sender, target: Target, asked: Asked) -> str:
    """R5, D8: nothing but the safe set, and no meter that cannot take it."""
    if not _contingency(sender):
        return ""
    if target.fuel == "electricity" and target.generation == "SMETS2" and not target.takes_ecs08a:
        return "E11"
    return "" if asked.safe else "E020101"


def _opening(sender: Sender, asked: Asked) -> str:
    """R6, D4, D14: nothing before the Authority's instruction, nothing beyond a threshold."""
    if not _contingency(sender):
        return PASSES
    if not sender.instructed:
        return "E65" if asked.variant == 4 else HELD
    return PASSES if sender.threshold_left or asked.variant == 4 else HELD
