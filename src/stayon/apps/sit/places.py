"""Where scenarios run: what a step may ask of any place."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.srp.gateway import Service
from stayon.parties.srp.identity import SupplierKeys, XmlSigner
from stayon.policy.model import Policy
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.ports.outbound import HttpReply

Record = Callable[[str, str, bytes], None]
"""Keeps a message for the report: sender, receiver, octets."""


class Place(Protocol):
    """A DSP's DUIS services, and the keys of an SRP that may use them."""

    name: str
    policy: Policy
    supplier: Eui64
    patience: timedelta

    @property
    def lookup(self) -> CertificateLookup:
        """Certificates by which to verify what comes back."""
        ...

    @property
    def signer(self) -> XmlSigner:
        """The XML signing key of the SRP that acts."""
        ...

    @property
    def supplier_keys(self) -> SupplierKeys:
        """The digital signing keys of the suppliers."""
        ...

    @property
    def portfolio(self) -> Mapping[str, PortfolioDevice]:
        """The supplier's meters by the names that scenarios give them."""
        ...

    @property
    def inbox(self) -> list[bytes]:
        """What came to the SRP's Receive Response Service."""
        ...

    def now(self) -> datetime:
        """The present, UTC."""
        ...

    async def post(self, service: Service, body: bytes) -> HttpReply:
        """Post a request; raises ``OutboundError``."""
        ...

    async def more_mail(self, known: int) -> bool:
        """Whether the inbox has, or gets in good time, more than ``known`` messages."""
        ...
