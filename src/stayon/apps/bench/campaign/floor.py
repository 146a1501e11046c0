"""The cryptography that making one SMETS2+ meter safe cannot do without, all parties together.

Signed and verified: the SRP's two requests (XML) and the Signed Pre-Command (GBCS, which DSP and
meter both verify), the DSP's Pre-Command answer, acknowledgement and response (XML), the meter's
response (GBCS). The MAC is made and checked: two key agreements. A meter's keys are numbers in
memory (two hundred thousand key objects would not fit), so its two keys are made, and the
client makes the meter's public one. So: 7 signatures, 8 verifications, 2 agreements, 3 keys.

For a SMETS1 meter all of it is XML. Signed: the SRP's request, the DSP's acknowledgement,
countersignature and response, the S1SP's response. Verified: the request by the DSP and by the
S1SP, the countersignature, the acknowledgement, the S1SP's response by the DSP and by the client,
and the DSP's around it. So: 5 signatures, 7 verifications.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from stayon.domain.metering import Generation
from stayon.smki_profile import p256

_SMETS2, _SMETS1 = (7, 8, 2), (5, 7, 0)
"""Signatures, verifications and key agreements; with an agreement come the keys for it."""
_ECDSA, _ECDH, _CURVE = ec.ECDSA(SHA256()), ec.ECDH(), ec.SECP256R1()


def campaign_floor(generation: Generation) -> Callable[[], object]:
    """One device's round of these operations, on messages of an ECS08a's size."""
    of_generation = _SMETS2 if generation is Generation.SMETS2 else _SMETS1
    signatures, verifications, agreements = of_generation
    key = ec.generate_private_key(_CURVE)
    public = key.public_key()
    scalar = key.private_numbers().private_value
    point = p256.point(public)
    message = bytes(1200)
    signature = key.sign(message, _ECDSA)

    def once() -> None:
        for _ in range(agreements):
            ec.derive_private_key(scalar, _CURVE)
        if agreements:
            p256.public_key(point)
        for _ in range(signatures):
            key.sign(message, _ECDSA)
        for _ in range(verifications):
            public.verify(signature, message, _ECDSA)
        for _ in range(agreements):
            secret = key.exchange(_ECDH, public)
            derivation = Hash(SHA256())
            derivation.update(b"\x00\x00\x00\x01" + secret + bytes(33))
            AESGCM(derivation.finalize()[:16]).encrypt(bytes(12), b"", message)

    return once
