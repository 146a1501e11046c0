"""Certificates that must not count: for signing XML, for signing Pre-Commands, and of authorities."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.attacks.certificate_forms import organisation_forms
from tests.malicious.attacks.certificate_forms_of_devices import device_forms
from tests.malicious.attacks.certificate_pieces import (
    AGREEMENT,
    AUTHORITYS,
    CONSTRAINTS,
    POLICIES,
    USAGE,
    Pieces,
)
from tests.malicious.corpus import Attack

SRP, SUPPLIER, METER = "00db12340000000a", "00db123400000001", "00db123400000061"
STRANGER = "00db123400000099"
FORM = "SMKI certificate profile (RFC 5280 4.1, 4.2; X.690 10, 11)"
PATH = "RFC 5280 6.1; T7 (chain to the SMKI root)"
PERIOD = "RFC 5280 4.1.2.5; decision 1 (signer's certificate valid now)"
REVOKED = "PIA 3.3 R6; decision 7"
USE = "PIA 3.3 R2, R6 (xmlSign, digitalSignature)"
ONE_SECOND_AGO, IN_ONE_SECOND = "261121103014Z", "261121103016Z"


def _attack(  # noqa: PLR0917 - a table of them
    use: str, name: str, what: str, clause: str, pieces: Pieces, expect: Mapping[str, Any],
    **make: object,
) -> Attack:  # fmt: skip
    return Attack(f"{use}-{name}", what, clause, pieces.file(), "hex", expect, {"as": use, **make})


def certificates() -> Iterator[Attack]:
    """All of them."""
    for name, what, field, pieces, make in organisation_forms(_signer):
        expect = {"refused_by": "profile", "field": field}
        yield _attack("xml-signer", name, what, FORM, pieces, expect, **make)
    for name, what, field, pieces in device_forms(lambda name: der.device(name, METER)):
        expect = {"refused_by": "profile", "field": field}
        yield _attack("device", name, what, FORM, pieces, expect)
    yield from _paths()
    yield from _signers()
    yield from _suppliers()
    yield from _gaining_suppliers()
    yield from _devices()
    yield from _authorities()


def _signer(name: str, code: str = "87", owner: str = SRP, usage: str = der.SIGNING) -> Pieces:
    return der.organisation(name, code, owner, usage)


def _chain(use: str) -> dict[str, object]:
    checks = {"xml-signer": "smki/chain", "supplier": "gbcs/signature"}
    refused: dict[str, object] = {"refused_by": "path"}
    return refused | ({"code": "E65", "check": checks[use]} if use in checks else {})


def _paths() -> Iterator[Attack]:
    """The same for every use: another issuer, a signature that is not the issuer's."""
    made: dict[str, Callable[[str], Pieces]] = {
        "xml-signer": _signer,
        "supplier": lambda name: der.organisation(name, "02", SUPPLIER),
        "device": lambda name: der.device(name, METER),
    }
    for use, good in made.items():
        for kind, what, make, signature in (
            ("forged", "signed by a stranger under the issuer's name", {"signer": "stranger"}, ""),
            ("self-signed", "signed with its own key under the issuer's name", {"signer": "self"}, ""),
            ("by-end-entity", "signed with a supplier's key under the issuer's name",
             {"signer": "supplier-gbcs"}, ""),
            ("by-root", "signed with the root's key under the issuing authority's name",
             {"signer": "root"}, ""),
            ("by-other-hierarchy", "signed by the issuing authority of the other hierarchy",
             {"signer": "device issuing" if use != "device" else "issuing"}, ""),
            ("signature-of-another", "the signature of another certificate",
             {}, "{{signature of another}}"),
            ("signature-zero", "a signature of r and s zero (CVE-2022-21449)", {}, "0309003006020100020100"),
            ("signature-one", "a signature of r and s one", {}, "0309003006020101020101"),
            ("signature-raw", "r and s in a row instead of DER", {}, "{{signature raw}}"),
            ("signature-empty", "an empty signature", {}, "030100"),
            ("signature-cut", "a signature whose last octet is cut off", {}, "{{signature cut}}"),
        ):  # fmt: skip
            pieces = good(f"{use} {kind}").but(signature=signature or der.SIGNATURE)
            yield _attack(use, kind, what, PATH, pieces, _chain(use), **make)
        unit = "07" if use != "device" else None
        for kind, what, common_name in (
            ("other-issuer", "issued by an authority that nobody trusts", "Z9"),
            ("issuer-in-small-letters", "the issuer's name in small letters", "z1"),
            ("issuer-root", "the root's name for the issuer", "ZA"),
        ):
            own = common_name.replace("z1", "d1") if use == "device" else common_name
            pieces = good(f"{use} {kind}").but(issuer=der.issuer_name(own, unit))
            yield _attack(use, kind, what, PATH, pieces, _chain(use), signer="stranger")
        key_id = der.extension(
            der.AUTHORITY_KEY, der.sequence(der.tlv("80", "4000000000000001")), ""
        )
        yield _attack(
            use, "issuer-of-the-same-name", "another authority under the issuer's name", PATH,
            good(f"{use} same name").instead(der.AUTHORITY_KEY, key_id), _chain(use), signer="stranger",
        )  # fmt: skip
        yield _attack(
            use, "key-id-of-another", "rightly signed, with the key identifier of another authority",
            PATH, good(f"{use} key id").instead(der.AUTHORITY_KEY, key_id), _chain(use),
        )  # fmt: skip


def _signers() -> Iterator[Attack]:
    """Rightly issued, and not for signing this request."""

    def refused(check: str, by: str) -> dict[str, object]:
        return {"refused_by": by, "code": "E65", "check": check}

    role = refused("smki/xml_sign_role", "use")
    for code, what in (
        ("01", "recovery"), ("02", "a supplier's (GBCS)"), ("03", "a network operator's"),
        ("04", "the Access Control Broker's"), ("05", "the CoS Party's"), ("06", "a WAN provider's"),
        ("08", "a load controller's"), ("7F", "other User's"), ("89", "the DSP's"),
        ("8A", "an S1SP's"),
        ("137", "the DSP's, in decimal as one old certificate of the test PKI has it"),
    ):  # fmt: skip
        yield _attack("xml-signer", f"role-{code.lower()}", f"remote party role {code}, {what}", USE,
                      _signer(f"role {code}", code), role)  # fmt: skip
    yield _attack("xml-signer", "usage-agreement", "for key agreement", USE,
                  _signer("agreement", usage=AGREEMENT), role)  # fmt: skip
    valid = refused("smki/signer_valid", "period")
    for name, what, changes in (
        ("expired", "expired a second ago", {"end": der.time(ONE_SECOND_AGO)}),
        ("expired-long-ago", "expired in 2021", {"end": der.time("210101000000Z")}),
        ("expired-last-century", "valid in the 1990s: the year 95 is 1995",
         {"begin": der.time("900101000000Z"), "end": der.time("950101000000Z")}),
        ("not-yet", "valid in a second from now", {"begin": der.time(IN_ONE_SECOND)}),
        ("not-yet-for-long", "valid from 2050 on",
         {"begin": der.time("20500101000000Z"), "end": der.time("20990101000000Z")}),
    ):  # fmt: skip
        yield _attack("xml-signer", name, what, PERIOD, _signer(name).but(**changes), valid)
    revoked = refused("smki/signer_valid", "revocation")
    for reason in ("unspecified", "key_compromise", "superseded", "cessation_of_operation"):
        name = f"revoked-{reason.replace('_', '-')}"
        yield _attack("xml-signer", name, f"revoked, {reason.replace('_', ' ')}", REVOKED,
            _signer(name), revoked, revoked={"at": "2026-11-21T09:30:15Z", "reason": reason})  # fmt: skip
    yield _attack("xml-signer", "revoked-now", "revoked at this very second", REVOKED,
        _signer("revoked now"), revoked,
        revoked={"at": "2026-11-21T10:30:15Z", "reason": "unspecified"})  # fmt: skip
    yield _attack("xml-signer", "revoked-and-expired", "revoked, and expired since", REVOKED,
        _signer("revoked and expired").but(end=der.time(ONE_SECOND_AGO)), valid,
        revoked={"at": "2026-11-21T09:30:15Z", "reason": "unspecified"})  # fmt: skip
    yield _attack("xml-signer", "key-of-two-roles", "the supplier's GBCS key certified for XML",
        "SECMP0104; D6", _signer("two roles"), refused("mp104/key_of_one_role", "use"),
        key="supplier-gbcs")  # fmt: skip
    yield _attack("xml-signer", "serial-of-the-srp", "a stranger's key under the SRP's serial number",
        PATH, _signer("serial of the srp").but(serial="{{serial of srp}}"), _chain("xml-signer"),
        signer="stranger")  # fmt: skip
    yield _attack("xml-signer", "without-key-id", "of 2018, so that the authority key identifier may "
        "be missing, and forged", PATH,
        _signer("2018").without(der.AUTHORITY_KEY).but(begin=der.time("180101000000Z")),
        _chain("xml-signer"), signer="stranger")  # fmt: skip
    yield _attack("xml-signer", "of-the-supplier", "an XML certificate of the failed supplier's own",
        "D15", _signer("supplier's", owner=SUPPLIER),
        refused("decided/supplier_not_revoked", "use"))  # fmt: skip
    yield _attack("xml-signer", "of-nobody", "of an organisation that is no User", "PIA 4.2.3 (D5)",
        _signer("nobody", owner=STRANGER), refused("mp104/originator_signs", "use"))  # fmt: skip
    yield _attack("xml-signer", "of-the-meter", "of an organisation with the meter's EUI-64",
        "PIA 4.2.3 (D5)", _signer("meter", owner=METER),
        refused("mp104/originator_signs", "use"))  # fmt: skip


def _suppliers() -> Iterator[Attack]:
    """What stands in the trust anchor cell of the meter, and has signed the Pre-Command."""

    def refused(by: str) -> dict[str, object]:
        return {"refused_by": by, "code": "E65", "check": "gbcs/signature"}

    ceased = {"at": "2026-11-21T09:30:15Z", "reason": "cessation_of_operation"}
    good = der.organisation
    for name, what, by, pieces, more in (
        ("key-compromise", "revoked, since its key was stolen", "revocation",
         good("compromise", "02", SUPPLIER), {"revoked": {**ceased, "reason": "key_compromise"}}),
        ("expired", "expired a second ago", "period",
         good("expired s", "02", SUPPLIER).but(end=der.time(ONE_SECOND_AGO)), {"revoked": ceased}),
        ("not-yet", "valid in a second from now", "period",
         good("not yet s", "02", SUPPLIER).but(begin=der.time(IN_ONE_SECOND)), {"revoked": ceased}),
        ("usage-agreement", "for key agreement", "use",
         good("agreement s", "02", SUPPLIER, AGREEMENT), {"revoked": ceased}),
        ("role-03", "a network operator's role", "use",
         good("role 03 s", "03", SUPPLIER), {"revoked": ceased}),
        ("role-87", "the role for XML", "use", good("role 87 s", "87", SUPPLIER), {"revoked": ceased}),
    ):  # fmt: skip
        yield _attack("supplier", name, what, "GBCS: signature of critical commands; decision 7",
                      pieces, refused(by), **more)  # fmt: skip
    yield _attack("supplier", "key-of-the-signer", "the SRP's XML key certified for Pre-Commands",
        "SECMP0104; D6; PANEL 3.6", good("srp key s", "02", SUPPLIER),
        {"refused_by": "use", "code": "E65", "check": "mp104/key_of_one_role"},
        key="srp", revoked=ceased)  # fmt: skip


def _gaining_suppliers() -> Iterator[Attack]:
    """What a 6.23 wants to be put into the trust anchor cell of a meter."""
    good = der.organisation
    wrong = {"refused_by": "use"}
    for name, what, pieces, expect, make in (
        ("role-87", "the role for XML", good("g87", "87", SUPPLIER), wrong, {}),
        ("role-03", "a network operator's role", good("g03", "03", SUPPLIER), wrong, {}),
        ("usage-agreement", "for key agreement", good("ga", "02", SUPPLIER, AGREEMENT), wrong, {}),
        ("of-another", "of another supplier", good("go", "02", STRANGER), wrong, {}),
        ("expired", "expired a second ago",
         good("ge", "02", SUPPLIER).but(end=der.time(ONE_SECOND_AGO)), {"refused_by": "period"}, {}),
        ("not-yet", "valid in a second from now",
         good("gn", "02", SUPPLIER).but(begin=der.time(IN_ONE_SECOND)), {"refused_by": "period"}, {}),
        ("revoked", "revoked", good("gr", "02", SUPPLIER), {"refused_by": "revocation"},
         {"revoked": {"at": "2026-11-21T09:30:15Z", "reason": "superseded"}}),
        ("forged", "signed by a stranger", good("gf", "02", SUPPLIER), {"refused_by": "path"},
         {"signer": "stranger"}),
        ("unknown", "one that the SMKI has not", good("gu", "02", SUPPLIER),
         {"refused_by": "path"}, {"published": False}),
        ("serial-of-the-supplier", "under the serial number of one that the SMKI has",
         good("gs", "02", SUPPLIER).but(serial="{{serial of supplier-gbcs}}"),
         {"refused_by": "path"}, {"published": False, "signer": "stranger"}),
    ):  # fmt: skip
        code = "E062302" if expect is wrong else "E062303"
        yield _attack("gaining-supplier", name, what, "SRV 6.23; PIA A10", pieces,
                      {**expect, "code": code}, **make)  # fmt: skip


def _devices() -> Iterator[Attack]:
    """Rightly issued, and not what this device signs with."""
    good = der.device
    for name, what, by, pieces, make in (
        ("of-another", "the Device Certificate of another device", "use", good("d other", STRANGER), {}),
        ("usage-agreement", "for key agreement", "use", good("d agreement", METER, AGREEMENT), {}),
        ("expired", "expired a second ago", "period",
         good("d expired", METER).but(end=der.time(ONE_SECOND_AGO)), {}),
        ("not-yet", "valid in a second from now", "period",
         good("d not yet", METER).but(begin=der.time(IN_ONE_SECOND)), {}),
        ("revoked", "revoked", "revocation", good("d revoked", METER),
         {"revoked": {"at": "2026-11-21T09:30:15Z", "reason": "key_compromise"}}),
    ):  # fmt: skip
        yield _attack("device", name, what, "GBCS: signature of responses and alerts", pieces,
                      {"refused_by": by}, **make)  # fmt: skip


def _authorities() -> Iterator[Attack]:
    """Issuing authorities that a credential message or a configuration may name."""
    good = der.authority("authority")
    limits = "RFC 5280 4.2.1.9, 4.2.1.3; SMKI certificate profile"

    def constraints(*of: str) -> Pieces:
        return good.instead(CONSTRAINTS, der.basic_constraints(*of))

    for name, what, field, pieces in (
        ("no-authority", "basicConstraints CA false", "basic constraints", constraints("", "020100")),
        ("no-constraints", "without basicConstraints", "basic constraints", good.without(CONSTRAINTS)),
        ("path-longer", "a path length of one", "basic constraints", constraints("0101ff", "020101")),
        ("path-endless", "without a path length", "basic constraints", constraints()),
        ("usage-signing", "keyUsage digitalSignature", "key usage",
         good.instead(USAGE, der.key_usage(der.SIGNING))),
        ("usage-signing-too", "keyUsage digitalSignature besides its own", "key usage",
         good.instead(USAGE, der.key_usage("0186"))),
        ("usage-no-list", "keyUsage keyCertSign without cRLSign", "key usage",
         good.instead(USAGE, der.key_usage("0204"))),
        ("policy-of-devices", "the policy of the other hierarchy", "certificate policies",
         good.instead(POLICIES, der.policies(der.DEVICE_POLICY))),
        ("subject-of-supplier", "a supplier's role in its name", "subject",
         good.but(subject=der.issuer_name("Z1", "02"))),
        ("subject-of-devices", "a name of the other hierarchy", "issuer",
         good.but(subject=der.issuer_name("Z1", None))),
        ("under-issuing", "issued by an issuing authority", "subject",
         good.but(issuer=der.issuer_name("Z0"))),
    ):  # fmt: skip
        yield _attack("authority", name, what, limits, pieces,
                      {"refused_by": "profile", "field": field}, signer="root")  # fmt: skip
    for name, what, signer in (
        ("forged", "signed by a stranger under the root's name", "stranger"),
        ("self-signed", "signed with its own key under the root's name", "self"),
        ("by-devices-root", "signed by the authority of devices", "device issuing"),
    ):
        yield _attack("authority", name, what, PATH, good, {"refused_by": "path"}, signer=signer)
    as_end_entity = _signer("as authority").instead(USAGE, der.key_usage(AUTHORITYS))
    yield _attack("authority", "of-end-entity", "an organisation's certificate", limits,
        as_end_entity, {"refused_by": "profile", "field": "subject"})  # fmt: skip
