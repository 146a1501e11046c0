"""A world's DSP, put together in one way for every process that has a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stayon.adapters.storage.store import SqlStore
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.apps.world.cast import COS_PARTY, DSP, S1SPS
from stayon.apps.world.pki import WorldPki
from stayon.domain.metering import Route
from stayon.duis.schema import SchemaSet
from stayon.parties.dsp.cos_party import CosParty
from stayon.parties.dsp.kms import DeviceKeys, DspKeys
from stayon.parties.dsp.request_management.dispatching import ALONE, SharedOutbox
from stayon.parties.dsp.service import Dsp
from stayon.policy.model import Policy
from stayon.ports.clock import Clock
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier, HttpPoster
from stayon.ports.scanning import FileScanner
from stayon.smki_profile import KeyUsage, RemotePartyRole


@dataclass(frozen=True, slots=True)
class DspGround:
    """What every process of a world's DSP stands on, whatever its part is."""

    store: SqlStore
    pki: WorldPki
    policy: Policy
    schemas: SchemaSet
    clock: Clock
    looking_on: LookingOn = field(default_factory=LookingOn)

    def dsp(
        self,
        poster: HttpPoster,
        *,
        carriers: Mapping[Route, Carrier] | None = None,
        s1sps: Mapping[Route, ReferenceDataRecipient] | None = None,
        device_keys: DeviceKeys | None = None,
        scanner: FileScanner | None = None,
        shared: SharedOutbox = ALONE,
        works: bool = True,
    ) -> Dsp:
        """The DSP, seen by ``looking_on``; ``carriers`` are seen by whoever fills them.

        What else there is, see ``Dsp``.
        """
        self.looking_on.at(self.store)
        return Dsp(
            store=self.store,
            keys=dsp_keys(self.pki),
            policy=self.policy,
            schemas=self.schemas,
            clock=self.clock,
            poster=self.looking_on.poster(poster),
            carriers={} if carriers is None else carriers,
            s1sps=s1sps,
            s1sp_identities=S1SPS,
            scanner=scanner,
            cos_party=cos_party(self.pki),
            device_keys=device_keys,
            shared=shared,
            works=works,
        )


def cos_party(pki: WorldPki) -> CosParty:
    """The CoS Party with its key in a world's key infrastructure."""
    return CosParty(COS_PARTY, pki.held(COS_PARTY, RemotePartyRole.TRANSITIONAL_COS).operations)


def dsp_keys(pki: WorldPki) -> DspKeys:
    """The DSP's keys in a world's key infrastructure, the ones in use whichever they are."""
    xml = pki.held(DSP, RemotePartyRole.DSP_XML_SIGN)
    agreement = pki.held(DSP, RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
    keys = DspKeys(DSP, xml.certificate, xml.operations, agreement.operations)
    pki.follow(
        (DSP, RemotePartyRole.DSP_XML_SIGN, KeyUsage.DIGITAL_SIGNATURE),
        lambda held: keys.renew_xml_signing(held.certificate, held.operations),
    )
    return keys
