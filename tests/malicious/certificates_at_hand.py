"""What the tests of certificates need: the attacks by use, good ones, and revocations."""

from datetime import datetime

from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.corpus import Attack, read
from tests.parties.dsp.world import NOW

from stayon.ports.smki_store import RevocationRecord
from stayon.smki_profile import Revocation, RevocationReason

ATTACKS = read("certificates")
OUT_OF_PROFILE = [each for each in ATTACKS if each.expect["refused_by"] == "profile"]
CEASED = {"at": "2026-11-21T09:30:15Z", "reason": "cessation_of_operation"}
_GOOD = {
    "xml-signer": der.organisation("good", "87", "00db12340000000a"),
    "supplier": der.organisation("good supplier", "02", "00db123400000001"),
    "gaining-supplier": der.organisation("good gaining", "02", "00db123400000001"),
    "device": der.device("good", "00db123400000061"),
    "authority": der.authority("good"),
}


def used(use: str) -> list[Attack]:
    """The attacks in the profile on one use of certificates, those that spoil a key last."""
    found = [each for each in ATTACKS if each.make["as"] == use and each not in OUT_OF_PROFILE]
    return sorted(found, key=lambda each: "key" in each.make)


def good(use: str, **make: object) -> Attack:
    """What the attacks on one use start from."""
    return Attack(f"{use}-good", "", "", _GOOD[use].file(), make={"as": use, **make})


def revocations(attack: Attack, issuer: str, serial: int) -> tuple[RevocationRecord, ...]:
    """What the SMKI has recorded of the certificate."""
    if "revoked" not in attack.make:
        return ()
    said = attack.make["revoked"]
    reason = RevocationReason[said["reason"].upper()]
    revocation = Revocation(serial, datetime.fromisoformat(said["at"]), reason)
    return (RevocationRecord(issuer, revocation, "PMA", NOW),)
