"""Signed Pre-Commands that are cut, stretched, swapped, borrowed or of something else."""

from collections.abc import Iterator

from tests.malicious.corpus import Attack
from tests.parties.dsp.world import ESME, GSME, unsigned_pre_command

FORM = {"status": 200, "code": "E65", "check": "gbcs/pre_command_form"}
SIGNED_BY = {"status": 200, "code": "E65", "check": "gbcs/signature"}
HEADER = {"status": 200, "code": "E65", "check": "gbcs/header"}
CODE = {"status": 200, "code": "E020101", "check": "mp134b/message_code"}
CONTENT = {"status": 200, "code": "E020101", "check": "mp134b/fixed_format"}
FRAME = "GBCS: grouping header (general signing), lengths"
SIGNATURE = "GBCS: signature of critical commands; decision 7"
GAS = unsigned_pre_command(GSME).hex()
ELECTRICITY = unsigned_pre_command(ESME).hex()
STRANGER = "00db123400000099"


def _gas(old: str, new: str) -> str:
    return _once(GAS, old, new)


def _once(text: str, old: str, new: str) -> str:
    if text.count(old) < 1:
        raise ValueError(old)
    return text.replace(old, new, 1)


def _attack(name: str, what: str, clause: str, text: str, expect: object, **make: object) -> Attack:
    device = make.pop("device", str(GSME))
    signed = text if make.pop("whole", False) else text + "{{signature}}"
    return Attack(name, what, clause, signed + "\n", "hex", dict(expect),  # type: ignore[call-overload]
                  {"device": device, **make})  # fmt: skip


def gbcs() -> Iterator[Attack]:
    """Everything but the near misses."""
    yield from _lengths()
    yield from _headers()
    yield from _signatures()
    yield from _macs()
    yield from _contents()


def _lengths() -> Iterator[Attack]:
    content = "81f1"
    for name, what, text in (
        ("one-octet-more", "an octet behind the message", GAS + "{{signature}}00"),
        ("message-twice", "the message twice", GAS + "{{signature}}" + GAS + "{{signature}}"),
        ("cut-in-header", "ends in the header", GAS[:40]),
        ("cut-in-content", "ends in the content", GAS[:200]),
        ("cut-in-signature", "the signature two octets short", GAS + "{{signature cut}}"),
        ("empty-frame", "one octet", "df"),
        ("other-tag", "another tag", "de" + GAS[2:] + "{{signature}}"),
        ("content-longer", "the content one octet longer than there is",
         _gas(content, "81f2") + "{{signature}}"),
        ("content-shorter", "the content one octet shorter than there is",
         _gas(content, "81f0") + "{{signature}}"),
        ("content-in-long-form", "the length in three octets where two do",
         _gas(content, "8200f1") + "{{signature}}"),
        ("content-4-gigabytes", "a content of 4 GB", _gas(content, "84ffffffff") + "{{signature}}"),
        ("content-endless", "an indefinite length", _gas(content, "80") + "{{signature}}"),
        ("originator-of-9", "an originator of nine octets", _gas("0800db", "0900db") + "{{signature}}"),
        ("transaction-of-8", "a transaction id of eight octets",
         _gas("df0901", "df0801") + "{{signature}}"),
        ("other-information-of-3", "other information of three octets",
         _gas("02006f", "03006f00") + "{{signature}}"),
        ("other-information-of-1", "other information of one octet",
         _gas("02006f", "016f") + "{{signature}}"),
        ("other-information-long", "a length of other information beyond the end",
         _gas("02006f", "7f006f") + "{{signature}}"),
        ("date-time-present", "a date and time that a command does not have",
         _gas("0002006f", "0c07ea0b15060a1e0f0000000002006f") + "{{signature}}"),
        ("signature-length-of-63", "a signature that says 63", GAS + "{{signature of 63}}"),
    ):  # fmt: skip
        yield _attack(f"length-{name}", what, FRAME, text, {"refused": True}, whole=True)


def _headers() -> Iterator[Attack]:
    supplier, meter = "00db123400000001", "00db123400000061"
    swapped = _gas(f"08{supplier}08{meter}", f"08{meter}08{supplier}")
    clause = "GBCS: CRA flag, originator and recipient; PIA 4.2.3"
    for cra, what in (
        ("02", "a response"),
        ("03", "an alert"),
        ("00", "no CRA flag"),
        ("ff", "FF"),
    ):
        yield _attack(f"cra-{cra}", f"CRA flag: {what}", clause,
            _gas("df0901", f"df09{cra}"), {"refused": True})  # fmt: skip
    for name, what, text in (
        ("swapped", "originator and recipient swapped", swapped),
        ("originator-other", "another originator", _gas(supplier, STRANGER)),
        ("originator-is-the-srp", "the SRP as originator", _gas(supplier, "00db12340000000a")),
        ("recipient-other", "another meter", _gas(meter, STRANGER)),
        ("counter-more", "the next counter", _gas("0000000000000001", "0000000000000002")),
        ("counter-less", "the counter before", _gas("0000000000000001", "0000000000000000")),
        ("counter-largest", "the largest counter", _gas("0000000000000001", "f" * 16)),
    ):  # fmt: skip
        yield _attack(f"header-{name}", what, clause, text, {"refused": True})


def _signatures() -> Iterator[Attack]:
    for name, what, text, make in (
        ("absent", "no signature field", "", {}),
        ("null", "a null signature", "00", {}),
        ("zero", "r and s zero", "40" + "00" * 64, {}),
        ("of-other", "the signature of the Pre-Command with the next counter",
         "{{signature of other}}", {}),
        ("of-electricity", "the signature of the electricity meter's Pre-Command",
         "{{signature of electricity}}", {}),
        ("with-first-octet", "a signature over the octet DF as well",
         "{{signature with DF}}", {}),
        ("by-srp", "signed by the SRP's XML key", "{{signature}}", {"signer": "srp"}),
        ("by-supplier-xml", "signed by the supplier's XML key", "{{signature}}",
         {"signer": "supplier-xml"}),
        ("by-dsp", "signed by the DSP's key", "{{signature}}", {"signer": "dsp"}),
        ("by-thief", "signed by a thief", "{{signature}}", {"signer": "thief"}),
        ("in-der", "a signature in DER", "{{signature in DER}}", {}),
    ):  # fmt: skip
        expect = FORM if name in ("absent", "null", "in-der") else SIGNED_BY
        if name in ("absent", "null"):
            expect = {"refused": True}
        yield _attack(f"signature-{name}", what, SIGNATURE, GAS + text, expect, whole=True, **make)
    flipped = GAS[:-1] + format(int(GAS[-1], 16) ^ 1, "x")
    yield _attack("signature-then-changed", "one bit changed after signing", SIGNATURE,
        flipped + "{{signature of good}}", SIGNED_BY, whole=True)  # fmt: skip


def _macs() -> Iterator[Attack]:
    clause = "GBCS: MAC of commands; R6.C (the MAC is the DSP's to add)"
    for name, what, cut in (
        ("right", "a MAC that is right already", 0), ("truncated", "a MAC of eleven octets", 1),
        ("truncated-to-four", "a MAC of four octets", 8), ("missing", "a wrapper without a MAC", 12),
    ):  # fmt: skip
        yield _attack(f"mac-{name}", what, clause, GAS, FORM, wrap=str(GSME), cut=cut)
    yield _attack("mac-of-other-device", "a MAC for another meter", clause, GAS, FORM,
        wrap=str(ESME), cut=0)  # fmt: skip


def _contents() -> Iterator[Attack]:
    message = "D8; GBCS use cases ECS08a (00DE) and GCS05 (006F)"
    for code in ("00de", "001f", "0070", "006e", "0000", "ffff", "0102"):
        yield _attack(f"code-gas-{code}", f"a gas content with message code {code}", message,
            _gas("02006f", f"02{code}"), {"refused_by_content": True})  # fmt: skip
    for code in ("006f", "001f", "00df", "00dd", "0062"):
        yield _attack(f"code-electricity-{code}", f"an ECS08a content with code {code}", message,
            _once(ELECTRICITY, "0200de", f"02{code}"), {"refused_by_content": True},
            device=str(ESME))  # fmt: skip
    content = GAS[GAS.index("81f1") + 4 :]
    other = ELECTRICITY.replace("00db1234000000e1", "00db123400000061")
    yield _attack("content-electricity-to-gas", "the electricity command for the gas meter", message,
        other, {"refused_by_content": True})  # fmt: skip
    count = "0109090007"
    for name, what, to in (("over", "a component more than there are", "01090a0007"),
                           ("under", "a component fewer", "0109080007"),
                           ("none", "no component", "0109000007"),
                           ("all", "255 components", "0109ff0007")):  # fmt: skip
        yield _attack(f"components-{name}", what, "GBCS: GBZ command, number of components",
            _gas(count, to), CONTENT)  # fmt: skip
    for name, what, to in (("over", "an item more", "13"), ("under", "an item fewer", "11"),
                           ("none", "no item", "00"), ("endless", "4 GB of items", "84ffffffff")):  # fmt: skip
        head = ELECTRICITY.index("d920000001001202") + len("d9200000010012") - 2
        yield _attack(f"items-{name}", what, "GBCS: access request, number of items",
            ELECTRICITY[:head] + to + ELECTRICITY[head + 2 :],
            {"refused": True} if name == "endless" else CONTENT, device=str(ESME))  # fmt: skip
    yield _attack("content-nothing-known", "content of zeros", "GBCS: GBZ command",
        GAS.replace(content, "00" * (len(content) // 2)), CONTENT)  # fmt: skip
    yield _attack("content-empty", "no content", "GBCS: GBZ command",
        GAS[: GAS.index("81f1")] + "00", CONTENT)  # fmt: skip
    yield _attack("invocation-other", "an invocation id that is not the counter's", "decision 6",
        _once(ELECTRICITY, "d920000001", "d920000002"), CONTENT, device=str(ESME))  # fmt: skip
    for name, what, seconds in (
        ("day-late", "an event time a day and a second old", 0x372F9432 - 86401),
        ("day-early", "an event time a day and a second ahead", 0x372F9432 + 86401),
        ("never", "an event time of zero", 0),
    ):
        time = seconds.to_bytes(4)
        yield _attack(f"event-time-{name}", what, "decision 6 (issuer event time)",
            GAS.replace("372f9432", time.hex()), CONTENT)  # fmt: skip
    yield _attack("event-time-two", "two event times", "decision 6 (issuer event time)",
        _gas("372f9432", "372f9433"), CONTENT)  # fmt: skip
