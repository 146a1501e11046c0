"""The test key infrastructure of a world: every key and certificate is made when it starts.

Keys are derived from the world's seed, so that the same seed makes the same world. They are worth
nothing outside it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.apps.world.cast import CAST, Member
from stayon.apps.world.published import Post, PublishedCast
from stayon.devices.security import DeviceKeys
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.smki.authorities import Authorities, IssuingAuthority, found_authority
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.ports.keys import PrivateKey
from stayon.ports.smki_store import CertificateStore
from stayon.smki_profile import (
    ENTITLEMENTS,
    DeviceRequest,
    Hierarchy,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    SubjectName,
    Validity,
    derive_octets,
    derive_private_key,
)
from stayon.xmlsig import IssuerName

if TYPE_CHECKING:
    from stayon.adapters.keys.pkcs11 import HsmKeys

_MOST_RETIRED = 100
"""How many generations of a key may have been retired before a process begins."""
_YEARS = timedelta(days=40 * 365)


@dataclass(frozen=True, slots=True)
class Held:
    """A private key with its Organisation Certificate."""

    operations: PrivateKey
    certificate: OrganisationCertificate

    @property
    def key(self) -> EllipticCurvePrivateKey:
        """The key itself; raises ``StayonError`` for one that is in an HSM and stays there."""
        if not isinstance(self.operations, LocalKey):
            raise StayonError(f"the key of {self.certificate.eui64} is in an HSM")
        return self.operations.private_key

    @property
    def in_hsm(self) -> bool:
        """Whether nobody can have the key itself."""
        return not isinstance(self.operations, LocalKey)


class WorldPki:
    """The SMKI of one world, and the keys of its cast."""

    def __init__(
        self,
        seed: bytes,
        clock: Clock,
        *,
        cast: Iterable[Member] = CAST.values(),
        store: CertificateStore | None = None,
        founded: datetime | None = None,
        published: PublishedCast | None = None,
        hsm: "HsmKeys | None" = None,
        issues: bool = True,
        generations: Mapping[Post, int] | None = None,
    ) -> None:
        """Found the SMKI, or go on with the one that ``store`` holds.

        ``founded`` is when it was founded (UTC), now unless it is given. Whoever has keys in
        ``published`` has those, under the certificates that it lists. Keys for which ``hsm`` is
        configured are made there. A process that holds a copy of another one's repository does
        not issue: raises ``StayonError`` where the cast has a key without a certificate in it.
        ``generations`` says which key is in use of those that were replaced; the first is 1.
        """
        self._seed = seed
        self._issues = issues
        self._hsm = hsm
        self._generations = dict(generations or {})
        self._followers: defaultdict[Post, list[Callable[[Held], None]]] = defaultdict(list)
        store = MemoryCertificateStore() if store is None else store
        self._store = store
        authorities = found_authorities(seed, founded or clock.now())
        self.smki = Smki(store, authorities, clock, self._entropy)
        self._held: dict[Post, Held] = {}
        self.trusted = frozenset[bytes]() if published is None else published.trusted
        """Organisation Certificates (DER) that are trusted as a test PKI lists them."""
        if published is not None:
            self._take_over(published)
        for member in cast:
            self._subscribe(member)

    def held(
        self,
        eui64: Eui64,
        role: RemotePartyRole,
        usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    ) -> Held:
        """The key that a member of the cast has for a role and usage."""
        return self._held[eui64, role, usage]

    def posts(self) -> Iterable[tuple[Post, Held]]:
        """Every key of the cast, with whose it is and for what."""
        return self._held.items()

    def follow(self, post: Post, follower: Callable[[Held], None]) -> None:
        """Have ``follower`` told when another key takes the place of this one."""
        self._followers[post].append(follower)

    def prepare(self, post: Post, generation: int) -> Held:
        """The key of this generation with its certificate, made if it is not there; not used yet.

        The certificate of the one before stays valid: what it has signed is to be believed.
        """
        owner, role, usage = post
        key = self._key(post, generation)
        return Held(key, self._certificate(SubjectName(role.code, owner), usage, key))

    def learn(self, certificates: Iterable[OrganisationCertificate]) -> None:
        """Know what the SMKI, in another process, has issued meanwhile."""
        self._store.add(
            [one for one in certificates if one not in self._store.by_serial(one.serial)]
        )

    def renew(self, post: Post, held: Held) -> None:
        """Use this key from now on."""
        self._held[post] = held
        for follower in self._followers[post]:
            follower(held)

    def device(self, eui64: Eui64) -> tuple[DeviceKeys, EllipticCurvePublicKey]:
        """Keys for a new device, certified; with its public key agreement key."""
        signing = derive_private_key(self._seed, b"device signing", eui64.octets)
        agreement = derive_private_key(self._seed, b"device agreement", eui64.octets)
        public = agreement.public_key()
        if self._issues and not self.smki.repository.find(eui64):
            self.smki.issue_devices(
                [
                    DeviceRequest(eui64, KeyUsage.DIGITAL_SIGNATURE, signing.public_key()),
                    DeviceRequest(eui64, KeyUsage.KEY_AGREEMENT, public),
                ]
            )
        return DeviceKeys.of(signing, agreement), public

    def _take_over(self, published: PublishedCast) -> None:
        known = {
            one.der
            for listed in published.listed
            for one in self.smki.repository.find(listed.eui64)
        }
        self.smki.take_over(one for one in published.listed if one.der not in known)
        for post, known_key in published.keys.items():
            key, certificate = known_key.private_key, known_key.certificate
            if key is not None and isinstance(certificate, OrganisationCertificate):
                self._held[post] = Held(LocalKey(key), certificate)

    def _subscribe(self, member: Member) -> None:
        self.smki.enrol(member.eui64, member.party, member.capacity)
        wanted = sorted(ENTITLEMENTS[member.capacity], key=lambda one: (one[0].code, one[1].value))
        for role, usage in wanted:
            post = (member.eui64, role, usage)
            generation = self._generations.get(post, 1)
            if generation > 1 or post not in self._held:
                self._held[post] = self.prepare(post, self._first_there(post, generation))

    def _first_there(self, post: Post, generation: int) -> int:
        """``generation``, or the next one that is in the HSM if another process has retired it."""
        if self._issues or self._hsm is None or not self._hsm.holds(key_name(post, generation)):
            return generation
        for later in range(generation, generation + _MOST_RETIRED):
            name = key_name(post, later)
            if self._hsm.holds(name) and self._hsm.find(name) is not None:
                return later
        return generation

    def _key(self, post: Post, generation: int) -> PrivateKey:
        owner, role, usage = post
        name = key_name(post, generation)
        if self._hsm is not None and self._hsm.holds(name):
            found = self._hsm.find(name)
            if found is None and not self._issues:
                raise StayonError(f"the key {name} is not in its token yet")
            return found or self._hsm.create(name)
        parts = [owner.octets, role.code.encode(), usage.value.encode()]
        if generation > 1:
            parts.append(str(generation).encode())
        return LocalKey(derive_private_key(self._seed, b"organisation", *parts))

    def _certificate(
        self, subject: SubjectName, usage: KeyUsage, key: PrivateKey
    ) -> OrganisationCertificate:
        """The certificate that the key has already, else a new one."""
        role = RemotePartyRole.parse(subject.role_text)
        for one in self.smki.repository.find(subject.eui64, usage, role):
            if isinstance(one, OrganisationCertificate) and one.public_key == key.public_key:
                return one
        if not self._issues:
            raise StayonError(f"the SMKI has not certified {subject.eui64} as {role.name} yet")
        return self.smki.issue_organisation(subject, usage, key.public_key)

    def _entropy(self, *label: bytes) -> bytes:
        return _entropy(self._seed, *label)


def _entropy(seed: bytes, *label: bytes) -> bytes:
    return derive_octets(seed, b"serial", *label)


def found_authorities(seed: bytes, founded: datetime) -> Authorities:
    """Both authorities of a world's SMKI with their roots; the same keys each time."""

    def authority(hierarchy: Hierarchy, root: str, issuing: str) -> IssuingAuthority:
        label = hierarchy.value.encode()
        begins = founded.replace(hour=0, minute=0, second=0, microsecond=0)
        return found_authority(
            hierarchy,
            root_name=root,
            issuing_name=issuing,
            root_key=LocalKey(derive_private_key(seed, label, b"root")),
            issuing_key=LocalKey(derive_private_key(seed, label, b"issuing")),
            validity=Validity(begins, begins + _YEARS),
            entropy=partial(_entropy, seed),
        )

    return Authorities(
        authority(Hierarchy.ORGANISATION, "STAYON-ROOT", "STAYON1"),
        authority(Hierarchy.DEVICE, "STAYON-DEVICE-ROOT", "STAYOND1"),
    )


def key_name(post: Post, generation: int = 1) -> str:
    """What a key is called in an HSM: owner, role and usage, as in ``90b3d51f30000002-89-ds``.

    One that has taken its place ends in its generation: ``90b3d51f30000002-89-ds.2``.
    """
    owner, role, usage = post
    short = "ds" if usage is KeyUsage.DIGITAL_SIGNATURE else "ka"
    later = "" if generation == 1 else f".{generation}"
    return f"{owner.hex.lower()}-{role.code.lower()}-{short}{later}"


class RepositoryLookup:
    """The repository in the same process, for the SRP and the S1SPs."""

    def __init__(self, smki: Smki) -> None:
        self._repository = smki.repository

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """See ``s1sp.cryptographic_protection.ValidCertificates``."""
        certificate = self._repository.certificate(issuer, serial)
        if not isinstance(certificate, OrganisationCertificate):
            return None
        return certificate if self._repository.is_valid(certificate, at) else None

    def dsp_key(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """The DSP's public key: implements ``supplier.endpoint.DspKey``."""
        certificate = self.valid_organisation(issuer, serial, at)
        signing = (RemotePartyRole.DSP_XML_SIGN, KeyUsage.DIGITAL_SIGNATURE)
        if certificate is None or (certificate.role, certificate.usage) != signing:
            return None
        return certificate.public_key

    def device_signing_key(self, device_id: Eui64, at: datetime) -> EllipticCurvePublicKey | None:
        """The key with which a device signs, None if none is known."""
        return self._repository.device_key(device_id, KeyUsage.DIGITAL_SIGNATURE, at)


class AsyncRepositoryLookup:
    """The same for who awaits the repository: implements ``srp.trust.CertificateLookup``."""

    def __init__(self, smki: Smki) -> None:
        self._lookup = RepositoryLookup(smki)

    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """See the port."""
        return self._lookup.valid_organisation(issuer, serial, at)

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """See the port."""
        return self._lookup.device_signing_key(device_id, at)
