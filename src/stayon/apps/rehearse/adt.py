"""The SRP's ADT file: written and signed by its ARO, and taken as the SSI takes it (R4, D4)."""

from datetime import timedelta

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.apps.world.cast import SRP
from stayon.apps.world.officers import ARO, appoint, officer_key
from stayon.apps.world.wiring import World
from stayon.domain.metering import UserRole
from stayon.parties.dccki import X509Authority
from stayon.parties.dsp.data_management.adt_file import COLUMNS
from stayon.parties.dsp.data_management.adt_submission import AdtFile, AdtFiles
from stayon.parties.iki import Iki
from stayon.parties.smki.rapp import Rapp
from stayon.smki_profile import Validity, derive_private_key
from stayon.smki_profile.cms import build_detached

_PERIOD = timedelta(days=1)
_LASTS = timedelta(days=365)


class ResponsibleOfficers:
    """The SRP's officers in a rehearsal, nominated at its beginning, and what takes their files."""

    def __init__(self, world: World) -> None:
        secret, store = f"officers {world.settings.seed}".encode(), MemoryRegistrationStore()
        # Certificates are valid from a whole second; a bench runs on real time.
        now = world.clock.now().replace(microsecond=0)
        key = derive_private_key(secret, b"STAYON-IKI", b"root")
        authority = X509Authority.found("STAYON-IKI", key, Validity(now, now + _LASTS))
        iki = Iki(authority, store, world.clock)
        rapp = Rapp(world.pki.smki, iki, store, world.clock)
        appoint(rapp, secret, now.date())
        (issued,) = iki.issued()
        self._certificate = issued.der
        self._key = LocalKey(officer_key(secret, ARO))
        self._clock = world.clock
        self._suppliers = world.settings.failed
        policy = world.settings.policy
        self._files = AdtFiles(world.store, world.dsp.view, rapp, policy, world.clock)

    async def submit(self, service: str, requests_a_day: int) -> AdtFile:
        """Allow so many requests a day for each failed supplier; raises as the SSI refuses."""
        seconds = int(_PERIOD.total_seconds())
        rows = [",".join(COLUMNS)]
        rows += [
            f"{SRP},{UserRole.SOLR_CONTINGENCY.value},{supplier},{service},{seconds},"
            f"{requests_a_day},{requests_a_day}"
            for supplier in self._suppliers
        ]
        content = "".join(f"{row}\n" for row in rows).encode()
        at = self._clock.now().replace(microsecond=0)
        signature = build_detached(content, self._certificate, self._key.sign, at)
        return await self._files.submit(content, signature, SRP, ARO)
