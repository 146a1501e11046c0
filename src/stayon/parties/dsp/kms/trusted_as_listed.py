"""Which certificates count as issued, where the authority of a test PKI is not at hand."""

from dataclasses import dataclass, field

from stayon.smki_profile import EndEntityCertificate, IssuingPath


@dataclass(frozen=True, slots=True)
class TrustedAsListed:
    """A path, and besides it a list of certificates that are trusted because somebody listed them.

    For test PKIs only. A certificate that is not on the list, octet for octet, goes through
    ``path`` as ever: a name or a serial of the list gives nothing.
    """

    path: IssuingPath
    listed: frozenset[bytes] = field(repr=False)
    """DER of each."""

    def validate_issue(self, certificate: EndEntityCertificate) -> None:
        """Return if it is listed, or issued on the path; else raise as the path does."""
        if certificate.der not in self.listed:
            self.path.validate_issue(certificate)
