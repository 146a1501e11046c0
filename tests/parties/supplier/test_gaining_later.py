"""The gaining supplier's own reading of a 6.23 for midnight: kept, then gained, or forgotten."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from tests.parties.dsp.cos import (
    GAINING,
    GAINING_AGREEMENT,
    GAINING_GBCS,
    GAINING_URL,
    GAINING_XML,
    appoint,
    meter,
)
from tests.parties.dsp.southbound_messages import bring
from tests.parties.dsp.world import (
    DEVICES,
    DSP_XML,
    ESME,
    NOW,
    DspWorld,
    dsp_world,
    fail_the_supplier,
    key_of,
    organisation,
    smki_path,
)
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.local import LocalKey
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import CANCELLATION
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import BadSignature
from stayon.parties.srp.gateway import Accepted, Answer, Declined, Service
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.trust import Untrusted
from stayon.parties.supplier.gaining import Credentials, Gained, GainingSupplier
from stayon.smki_profile import OrganisationCertificate
from stayon.xmlsig import IssuerName

MIDNIGHT = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) + timedelta(days=2)


@pytest.fixture
async def failed(tmp_path: Path) -> AsyncIterator[DspWorld]:
    """A DSP after the supplier has failed."""
    async with dsp_world(tmp_path) as made:
        await fail_the_supplier(made)
        yield made


@dataclass
class Lookup:
    """An SMKI repository that knows the DSP, and this key for every device."""

    key: str | None = "signing of the meter"

    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        del issuer, at
        dsp = organisation(*DSP_XML)
        return dsp if serial == dsp.serial else None

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        del device_id, at
        return None if self.key is None else throwaway_key(self.key).public_key()


@dataclass
class Direct:
    """The DSP in the same process."""

    world: DspWorld

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        del request_id
        assert service is Service.SEND_COMMAND
        code = (await self.world.send(request)).code
        return Accepted() if code == "I99" else Declined(code, "")


def gaining(world: DspWorld, lookup: Lookup) -> GainingSupplier:
    certificate = organisation(*GAINING_XML)
    return GainingSupplier(
        gateway=Direct(world),
        signer=XmlSigner(
            GAINING, LocalKey(key_of(*GAINING_XML)), certificate.issuer, certificate.serial
        ),
        credentials=Credentials(
            digital_signing=organisation(*GAINING_GBCS).der,
            key_agreement=organisation(*GAINING_AGREEMENT).der,
            path=(smki_path().issuing.der,),
        ),
        lookup=lookup,
        clock=world.clock,
        schema_version="5.5",
    )


def last_delivery(world: DspWorld) -> bytes:
    return [body for url, body in world.poster.posted if url == GAINING_URL][-1]


@pytest.mark.requirement("A10", "decision 14")
async def test_kept_until_midnight_and_gained_then(failed: DspWorld) -> None:
    await appoint(failed)
    lookup = Lookup()
    supplier, esme = gaining(failed, lookup), meter()
    assert await supplier.gain(ESME, DEVICES[0].mpxn, MIDNIGHT) == Accepted()
    (response,) = esme.execute(failed.carrier.taken[-1].message, NOW)
    await bring(failed, response)
    assert await supplier.read(last_delivery(failed)) == Gained(ESME, False, kept=True)
    await failed.clock.run_until(MIDNIGHT)
    (alert,) = esme.advance(MIDNIGHT)
    await bring(failed, alert)
    delivery = last_delivery(failed)
    assert await supplier.read(delivery) == Gained(ESME, True)
    lookup.key = "signing of another meter"
    with pytest.raises(BadSignature):
        await supplier.read(delivery)
    lookup.key = None
    with pytest.raises(Untrusted):
        await supplier.read(delivery)


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_forgotten_when_it_is_cancelled_and_refused_beyond_thirty_days(
    failed: DspWorld,
) -> None:
    await appoint(failed)
    supplier, esme = gaining(failed, Lookup()), meter()
    far = await supplier.gain(ESME, DEVICES[0].mpxn, NOW + timedelta(days=31))
    assert far == Declined("E062304", "")
    for execution in (MIDNIGHT, CANCELLATION):
        assert await supplier.gain(ESME, DEVICES[0].mpxn, execution) == Accepted()
        (response,) = esme.execute(failed.carrier.taken[-1].message, NOW)
        await bring(failed, response)
        assert await supplier.read(last_delivery(failed)) == Gained(ESME, False, kept=True)
    assert esme.advance(MIDNIGHT) == ()


@pytest.mark.requirement("A10", refuses=True)
async def test_told_why_not_when_the_device_cannot(failed: DspWorld) -> None:
    await appoint(failed)
    supplier, esme = gaining(failed, Lookup()), meter()
    supplier._credentials = Credentials(
        organisation(*GAINING_GBCS).der,
        organisation(*GAINING_AGREEMENT).der,
        (organisation(*GAINING_GBCS).der,),
    )
    assert await supplier.gain(ESME, DEVICES[0].mpxn, MIDNIGHT) == Accepted()
    esme.execute(failed.carrier.taken[-1].message, NOW)
    (alert,) = esme.advance(MIDNIGHT)
    await bring(failed, alert)
    outcome = await supplier.read(last_delivery(failed))
    assert outcome == Gained(ESME, False, "the device kept its credentials")
