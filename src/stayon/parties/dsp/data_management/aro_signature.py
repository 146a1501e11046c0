"""Files that only an Authorised Responsible Officer may submit: whose signature it is (R4)."""

from datetime import datetime

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import JobRole, Nomination, Nominations
from stayon.smki_profile.cms import OtherSigner, read_detached, verify_detached
from stayon.smki_profile.errors import BadSignature


class SignatureRefused(StayonError):
    """A file that no Authorised Responsible Officer of the User has signed."""


class AroSignatures:
    """Tells who signed a file for a User, from the register of nominations."""

    def __init__(self, nominations: Nominations) -> None:
        self._nominations = nominations

    async def signer(
        self, content: bytes, signature: bytes, user_id: Eui64, now: datetime
    ) -> Nomination:
        """The ARO of ``user_id`` whose detached CMS signature this is on ``content``.

        Raises ``SignatureRefused``, ``ProfileError`` for what is no such signature, and
        ``NominationsUnavailable``.
        """
        claim = read_detached(signature)
        for nomination in await self._nominations.nominations(user_id):
            certificate = nomination.file_signing_certificate
            if certificate is None or not _is_aro(nomination, now):
                continue
            try:
                verify_detached(claim, content, certificate)
            except OtherSigner:
                continue
            except BadSignature as error:
                words = f"the signature of {nomination.person} {error.rule}"
                raise SignatureRefused(words) from None
            # The certificate may have been revoked, or have ended, since it was nominated.
            holders = await self._nominations.file_signer(certificate, now)
            if any(each.user == user_id and _is_aro(each, now) for each in holders):
                return nomination
        raise SignatureRefused(f"the signature is of no ARO who may sign files for {user_id} now")


def _is_aro(nomination: Nomination, now: datetime) -> bool:
    """Nominated for it now, and screened by now (R4, CSC DP127)."""
    return (
        nomination.job_role is JobRole.ARO
        and nomination.in_force(now)
        and nomination.screening.on <= now.date()
    )
