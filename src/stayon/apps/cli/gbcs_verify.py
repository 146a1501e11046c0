"""``stayon gbcs verify``: check signatures and MACs with a file of published keys."""

import json
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import TypeVar

import click

from stayon.adapters.keys.test_pki import XML_SIGNING_ROLES, PublishedPki, read_test_pki
from stayon.apps.cli.gbcs_files import find_messages
from stayon.domain.errors import FieldError, StayonError
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.protection import ProtectionError, shared_secret, verify_mac, verify_signature
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole

_Candidate = TypeVar("_Candidate")


class Verdict(Enum):
    """What is known about one protection of a message."""

    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"
    NO_KEY = "no-key"


@click.command()
@click.option(
    "--keys",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The published test PKI, such as zaz1.json.",
)
@click.argument("files", metavar="FILE...|-", nargs=-1, required=True)
def verify(key_file: Path, files: tuple[str, ...]) -> int:
    """Check the signature and the MAC of each message, one line of JSON each.

    A FILE is one binary message, or text with messages in hex or base64, one a line; - is standard
    input. Keys are chosen by the identifiers in the message's header; where one of them has several
    certificates, any that verifies will do. "none" says that the message has no such protection,
    "no-key" that the keys to check it are not in the file.

    Exit status: 0, or 1 when anything is invalid, or 2 when a file cannot be read.
    """
    keys = read_test_pki(key_file)
    invalid = False
    for name in files:
        for found in find_messages(name):
            try:
                frame = parse_frame(found.octets)
            except StayonError as error:
                raise FieldError(found.place, str(error)) from None
            signature, mac = signature_verdict(frame, keys), mac_verdict(frame, keys)
            invalid = invalid or Verdict.INVALID in (signature, mac)
            line = {"file": name, "signature": signature.value, "mac": mac.value}
            click.echo(json.dumps(line, ensure_ascii=False))
    return int(invalid)


def signature_verdict(frame: Frame, keys: PublishedPki) -> Verdict:
    """Try the originator's keys that sign GBCS."""
    if not frame.signature.present:
        return Verdict.NONE
    candidates = [
        key.public_key
        for key in keys.of_owner(frame.originator, KeyUsage.DIGITAL_SIGNATURE)
        if key.role not in XML_SIGNING_ROLES
    ]
    return _verdict(candidates, lambda key: verify_signature(frame, key))


def mac_verdict(frame: Frame, keys: PublishedPki) -> Verdict:
    """Try the key agreement keys of the two parties between whom the MAC is."""
    if frame.mac is None:
        return Verdict.NONE
    return _verdict(_secrets(frame, keys), lambda secret: verify_mac(frame, shared_secret=secret))


def _secrets(frame: Frame, keys: PublishedPki) -> Iterator[bytes]:
    """The Access Control Broker makes the MAC of every command but those between two devices."""
    senders = keys.of_owner(frame.originator, KeyUsage.KEY_AGREEMENT)
    if frame.cra is Cra.COMMAND and not keys.is_device(frame.originator):
        senders = keys.of_role(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
    for sender in senders:
        for recipient in keys.of_owner(frame.recipient, KeyUsage.KEY_AGREEMENT):
            if sender.private_key is not None:
                yield shared_secret(sender.private_key, recipient.public_key)
            elif recipient.private_key is not None:
                yield shared_secret(recipient.private_key, sender.public_key)


def _verdict(candidates: Iterable[_Candidate], check: Callable[[_Candidate], None]) -> Verdict:
    """Valid when ``check`` accepts any candidate, no-key when there is none to try."""
    verdict = Verdict.NO_KEY
    for candidate in candidates:
        try:
            check(candidate)
        except ProtectionError:
            verdict = Verdict.INVALID
        else:
            return Verdict.VALID
    return verdict
