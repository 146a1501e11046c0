"""Registration, IKI, DCCKI and the PMA of a served world."""

from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL

from stayon.adapters.smki_store.registration_sql import SqlRegistrationStore
from stayon.apps.serve.folder import Founding
from stayon.apps.world.officers import appoint
from stayon.parties.dccki import Dccki, X509Authority
from stayon.parties.iki import Iki
from stayon.parties.smki.pma import Pma
from stayon.parties.smki.rapp import Rapp
from stayon.parties.smki.registration_api import Registration
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.smki_profile import Validity, derive_private_key

_YEARS = timedelta(days=40 * 365)


def open_registration(
    stack: AsyncExitStack,
    smki: Smki,
    clock: Clock,
    *,
    database: URL | None,
    folder: Path,
    founding: Founding,
) -> Registration:
    """Go on with what the SMKI's database holds, which the certificates' store has opened."""
    if database is None:
        store = SqlRegistrationStore.in_file(folder / "smki.sqlite")
    else:
        store = SqlRegistrationStore(database)
    stack.enter_context(closing(store))
    iki = Iki(_authority("STAYON-IKI", founding), store, clock)
    registration = Registration(
        Rapp(smki, iki, store, clock),
        iki,
        Dccki(dccki_authority(founding), store, smki, clock),
        Pma(smki, store, clock),
    )
    if not store.nominations():
        appoint(registration.rapp, founding.secret, founding.founded.date())
    return registration


def file_signing_certificate(registration: Registration, person: str) -> bytes:
    """The newest file signing certificate (DER) of one of the SRP's officers, in force or not."""
    issued = [one.der for one in registration.iki.issued() if one.person == person]
    return issued[-1]


def dccki_authority(founding: Founding) -> X509Authority:
    """DCCKI's root, whose key is the world's secret."""
    return _authority("STAYON-DCCKI", founding)


def _authority(name: str, founding: Founding) -> X509Authority:
    begins = founding.founded.replace(hour=0, minute=0, second=0, microsecond=0)
    key = derive_private_key(founding.secret, name.encode(), b"root")
    return X509Authority.found(name, key, Validity(begins, begins + _YEARS))
