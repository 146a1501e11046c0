"""Key Management System: the certificates that the DSP judges by and the keys that it uses.

Certificates come from the SMKI (``synchronise``), are parsed once and looked up in memory: by
issuer and serial for an XML signature, by owner and serial for a trust anchor cell, by owner for
the question whether a supplier has active certificates (D1, decision 7).
"""

from stayon.parties.dsp.kms.certificates import CertificateIndex, KnownCertificate
from stayon.parties.dsp.kms.devices import DeviceKeys, NoDeviceKeys
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.kms.synchronisation import (
    CertificateCopy,
    CertificateSource,
    synchronise,
)
from stayon.parties.dsp.kms.trusted_as_listed import TrustedAsListed

__all__ = [
    "CertificateCopy",
    "CertificateIndex",
    "CertificateSource",
    "DeviceKeys",
    "DspKeys",
    "KnownCertificate",
    "NoDeviceKeys",
    "TrustedAsListed",
    "synchronise",
]
