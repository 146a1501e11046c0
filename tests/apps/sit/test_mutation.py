"""Each check is switched off in turn, and some scenario of the pack must notice.

Which scenarios can notice is what they say themselves: those with a step that names the check. Two
of them are run for each check; `make sit-mutation` runs all of them.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from tests.apps.sit.pack import naming, run

from stayon.apps.sit.verdicts import Verdict
from stayon.checks import admission
from stayon.checks.facts import SignerFacts
from stayon.checks.forms import KnownDocument
from stayon.checks.order import ADMISSION_CHECKS, DECLARATIONS, SIGNER_CHECKS
from stayon.checks.smki import xml_signature
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy
from stayon.xmlsig import IssuerName, VerifiedDocument

_MOST = 1_000 if os.environ.get("STAYON_WHOLE_MUTATION") else 1
BEHIND_ANOTHER = "mp104/distinct_keys"
"""A second line of defence: as long as ``mp104/key_of_one_role`` stands, nothing reaches it."""
ADMITTING = [each for each in ADMISSION_CHECKS if each.CHECK.check_id != BEHIND_ANOTHER]


def verdicts(check_id: str) -> Iterator[tuple[str, Verdict, str]]:
    chosen = naming(check_id)
    assert chosen, f"no scenario says that {check_id} refuses"
    for result in run(chosen[:_MOST]):
        yield result.scenario.scenario_id, result.verdict, result.why


def switch_off(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for attribute, modules in (("_SIGNER", SIGNER_CHECKS), ("_ADMISSION", ADMISSION_CHECKS)):
        kept: Any = tuple(m.check for m in modules if m.CHECK.check_id not in names)
        monkeypatch.setattr(admission, attribute, kept)


def believed(parsed: Parsed, signer: SignerFacts | None, policy: Policy) -> VerifiedDocument:
    """What ``xml_signature.verified`` would be if it verified nothing."""
    del policy
    assert signer is not None
    certificate = signer.certificate.certificate
    issuer = IssuerName.parse(certificate.issuer)
    root = parsed.document
    if isinstance(root, KnownDocument):
        return VerifiedDocument(root.content, issuer, certificate.serial)
    for signature in root.findall("{*}Signature"):
        root.remove(signature)
    return VerifiedDocument(etree.tostring(root, method="c14n"), issuer, certificate.serial)


@pytest.mark.requirement("T7", "T4", refuses=True)
@pytest.mark.parametrize("module", [*SIGNER_CHECKS, *ADMITTING], ids=lambda m: m.CHECK.check_id)
def test_a_scenario_fails_without_the_check(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_off(monkeypatch, module.CHECK.check_id)
    found = list(verdicts(module.CHECK.check_id))
    assert any(verdict is Verdict.FAILED for _, verdict, _ in found), found


@pytest.mark.requirement("T7", "D5", refuses=True)
def test_a_scenario_fails_when_no_signature_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_signature, "verified", believed)
    found = list(verdicts(xml_signature.CHECK.check_id))
    assert any(verdict is Verdict.FAILED for _, verdict, _ in found), found


@pytest.mark.requirement("D6", "T7", refuses=True)
def test_of_two_checks_for_one_key_each_stands_without_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = naming("mp104/key_of_one_role")[:1]
    switch_off(monkeypatch, "mp104/key_of_one_role")
    (result,) = run(first)
    assert (result.verdict, BEHIND_ANOTHER in result.why) == (Verdict.FAILED, True)
    switch_off(monkeypatch, "mp104/key_of_one_role", BEHIND_ANOTHER)
    (result,) = run(first)
    assert result.why == "the answer is I99, not E65"


@pytest.mark.requirement("T7", refuses=True)
def test_no_check_is_left_out_of_this_test() -> None:
    tested = {m.CHECK.check_id for m in SIGNER_CHECKS} | {m.CHECK.check_id for m in ADMITTING}
    rest = {xml_signature.CHECK.check_id, BEHIND_ANOTHER}
    assert {check.check_id for check in DECLARATIONS} == tested | rest
