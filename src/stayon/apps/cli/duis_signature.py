"""``stayon duis sign`` and ``stayon duis verify``."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click
from lxml import etree

from stayon import safexml, xmlsig
from stayon.adapters.keys.test_pki import read_test_pki
from stayon.apps.cli.xml_signers import (
    Certificates,
    Signer,
    organisations,
    published_signer,
    read_certificate,
    signer_of_files,
)
from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis.names import SR, local_name
from stayon.safexml import SafeXmlError
from stayon.smki_profile import OrganisationCertificate
from stayon.xmlsig import NotSignedError, XmlSignatureError

_INNER = (f"{{{SR}}}SMETS1SignedResponse", f"{{{SR}}}S1SPAlert")
"""Documents of an S1SP, signed by it, that travel inside a document of the DSP."""

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_files = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
_keys = click.option("--keys", type=_FILE, help="A published test PKI, in the format of zaz1.json.")


@click.command(epilog="Example: stayon duis sign --keys zaz1.json request.xml --out signed.xml")
@_files
@_keys
@click.option("--signer", metavar="EUI64", help="Whose key of --keys signs, if not the User's.")
@click.option("--key", type=_FILE, help="A private key on P-256 (PEM, mode 0600) ...")
@click.option("--certificate", type=_FILE, help="... and its certificate (PEM).")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write to this file, not to stdout; for several files, into this folder.",
)
def sign(
    files: tuple[Path, ...],
    *,
    keys: Path | None,
    signer: str | None,
    key: Path | None,
    certificate: Path | None,
    out: Path | None,
) -> None:
    """Sign DUIS XML with an XML signing key.

    With --keys, a Request is signed with the key of role 87 (XML signing) of the User that its
    RequestID names first; --signer names another owner, whose key of role 87 or else 89 (the DSP)
    is taken. A Signature that is already there, such as the placeholder of a template, is
    replaced. The result is compact: no comments, no indentation, one document a line. What the
    document says is not checked ('stayon duis validate' does that).
    """
    find = _finder(keys, signer, key, certificate)
    if len(files) > 1 and out is not None and not out.is_dir():
        raise click.UsageError("--out is not a folder, and there are several files")
    for file in files:
        try:
            root = safexml.parse(file.read_bytes())
            found = find(root)
            document = xmlsig.sign(root, found.key, found.issuer, found.serial)
        except StayonError as error:
            raise FieldError(str(file), str(error)) from None
        if out is None:
            click.echo(document)
        else:
            (out / file.name if out.is_dir() else out).write_bytes(document)


def _finder(
    keys: Path | None, signer: str | None, key: Path | None, certificate: Path | None
) -> Callable[[etree._Element], Signer]:
    """What finds the signer of a document, by the options given."""
    if keys is not None and key is None and certificate is None:
        pki = read_test_pki(keys)
        owner = None if signer is None else Eui64.parse(signer)
        return lambda root: published_signer(pki, owner, root)
    if keys is None and signer is None and key is not None and certificate is not None:
        own = signer_of_files(key, certificate)
        return lambda _: own
    raise click.UsageError("give --keys (and maybe --signer), or --key with --certificate")


@click.command(epilog="Example: stayon duis verify --keys zaz1.json response.xml")
@_files
@_keys
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    type=_FILE,
    help="A certificate that may have signed (PEM); as often as needed.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def verify(
    ctx: click.Context,
    files: tuple[Path, ...],
    keys: Path | None,
    certificates: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Verify the XML signatures of DUIS files.

    Prints one line a file: 'FILE: valid' and who signed it in which role, or why it is not:
    'invalid' (the signature is wrong, or of another profile, or the file is not safe XML), 'none'
    (it is not signed), 'no-key' (the certificate that it names is not among those given). Whether
    the signer may sign this, and whether its certificate is still valid, is not judged here. Of a
    document that brings a SMETS1 service provider's own signed document, both are verified.

    Exit status 0 if every file is valid, 1 if one is not, 2 if one cannot be read as XML.
    """
    if keys is None and not certificates:
        raise click.UsageError("give --keys or --certificate: there is nothing to verify with")
    known = Certificates(
        [
            *(organisations(read_test_pki(keys)) if keys else ()),
            *map(read_certificate, certificates),
        ]
    )
    status = 0
    for file in files:
        try:
            verdict = _verdict(safexml.parse(file.read_bytes()), known)
            status = max(status, 0 if verdict.result == "valid" else 1)
        except SafeXmlError as error:
            verdict = _Verdict("invalid", str(error))
            status = 2
        click.echo(verdict.json(file) if as_json else f"{file}: {verdict}")
    ctx.exit(status)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``result`` is valid, invalid, none or no-key; the signer is known only when it is valid."""

    result: str
    reason: str | None = None
    signer: OrganisationCertificate | None = None

    def json(self, file: Path) -> str:
        signer = None if self.signer is None else str(self.signer.eui64)
        role = None if self.signer is None else self.signer.role.code
        members = {"file": str(file), "result": self.result, "signer": signer, "role": role}
        return json.dumps(members | {"reason": self.reason}, ensure_ascii=False)

    def __str__(self) -> str:
        if self.signer is None:
            return f"{self.result}: {self.reason}"
        role = f"{self.signer.role.code} {self.signer.role.name}"
        return f"{self.result}, signed by {self.signer.eui64} (role {role})"


def _verdict(root: etree._Element, known: Certificates) -> _Verdict:
    try:
        claim = xmlsig.read_signature(root, inner=_INNER)
        certificate = known.of(claim)
        if certificate is None:
            reason = f"no certificate with issuer {claim.issuer} and serial {claim.serial}"
            return _Verdict("no-key", reason)
        verified = xmlsig.verify(root, claim, certificate.public_key)
    except NotSignedError as error:
        return _Verdict("none", str(error))
    except XmlSignatureError as error:
        return _Verdict("invalid", str(error))
    for element in verified.root.iterdescendants(*_INNER):
        inner = _verdict(xmlsig.inner_document(element), known)
        if inner.result != "valid":
            return replace(inner, reason=f"the {local_name(element)} in it: {inner.reason}")
    return _Verdict("valid", signer=certificate)
