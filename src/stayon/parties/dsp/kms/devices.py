"""Device Certificates, which the KMS asks the SMKI's repository for when it needs one."""

from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.gbcs.frame import Frame
from stayon.gbcs.protection import verify_signature
from stayon.parties.dsp.refusing import DeviceNotBelieved


class DeviceKeys(Protocol):
    """The SMKI's repository; raises ``LookupUnavailable`` when it does not answer."""

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """The key of a valid Device Certificate for digital signatures, None if there is none."""
        ...


class NoDeviceKeys:
    """A KMS that was given no repository: it knows no device, so that none is believed."""

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """None."""
        del device_id, at
        return None


async def require_devices_signature(frame: Frame, keys: DeviceKeys, at: datetime) -> None:
    """Return only if the device that ``frame`` names as its originator has signed it.

    Raises ``DeviceNotBelieved`` when no certificate is known, ``BadSignature``, and
    ``LookupUnavailable``.
    """
    key = await keys.device_signing_key(frame.originator, at)
    if key is None:
        raise DeviceNotBelieved(f"no signing certificate of {frame.originator} is known")
    verify_signature(frame, key)
