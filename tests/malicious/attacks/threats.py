"""XML that harms whoever reads it: entities, expansion, depth, size, encodings, duplicates."""

from collections.abc import Iterator

from tests.malicious.attacks.documents import DECLARATION, GSME, SR, good
from tests.malicious.corpus import Attack

XML = "XML 1.0 (fifth edition)"
PROFILE = "decision 1 (XML threat protection at DataPower)"
SCHEMA = "DUIS schema 5.5"


def _refused(name: str, what: str, clause: str, text: str, **make: object) -> Attack:
    expect: dict[str, object] = {"status": make.pop("status", 400)}
    if rule := make.pop("rule", None):
        expect["rule"] = rule
    return Attack(name, what, clause, text, expect=expect, make={"service": "S", **make})


def _inside(text: str) -> str:
    return good("<sr:Body>", f"{text}<sr:Body>")


def _doctype(subset: str, use: str = "") -> str:
    return f"{DECLARATION}<!DOCTYPE sr:Request [{subset}]>" + _inside(use)


def threats() -> Iterator[Attack]:
    """Attacks on the parser, all of them refused before any signature is looked at."""
    yield from _entities()
    yield from _sizes()
    yield from _encodings()
    yield from _duplicates()
    yield from _outside()


def _entities() -> Iterator[Attack]:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for name, what, subset, use in (
        ("entity-internal", "an internal entity", '<!ENTITY a "5">', "&a;"),
        ("entity-expansion", "a billion laughs", laughs, "&i;"),
        ("entity-quadratic", "one long entity used often", '<!ENTITY a "{{repeat:1000:a}}">',
         "&a;" * 100),
        ("entity-recursive", "an entity within itself", '<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"),
        ("entity-file", "an external entity, of a file", '<!ENTITY a SYSTEM "file:///etc/passwd">',
         "&a;"),
        ("entity-network", "an external entity, over the network",
         '<!ENTITY a SYSTEM "http://localhost:1/">', "&a;"),
        ("entity-parameter", "a parameter entity",
         '<!ENTITY % a SYSTEM "http://localhost:1/a.dtd"> %a;', ""),
        ("entity-unparsed", "a notation and an unparsed entity",
         '<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "a" NDATA n>', ""),
        ("doctype-default-attribute", "an attribute given by the DTD",
         '<!ATTLIST sr:Request schemaVersion CDATA "5.5">', ""),
    ):  # fmt: skip
        yield _refused(
            name, what, XML + " 4.2, 4.4; " + PROFILE, _doctype(subset, use), rule="DOCTYPE"
        )
    yield _refused(
        "doctype-external", "an external DTD", XML + " 2.8",
        f'{DECLARATION}<!DOCTYPE a SYSTEM "http://localhost:1/a.dtd">' + good(), rule="DOCTYPE",
    )  # fmt: skip
    yield _refused("entity-undeclared", "an entity that nothing declares", XML + " 4.1",
        _inside("&nbsp;"), rule="entity")  # fmt: skip
    yield _refused(
        "xinclude", "an inclusion of another document", "XInclude 1.0; " + PROFILE,
        _inside('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"'
                ' parse="text"/>'), rule="XInclude",
    )  # fmt: skip
    yield _refused("instruction-stylesheet", "a stylesheet by processing instruction",
        XML + " 2.6; " + PROFILE, '<?xml-stylesheet href="a.xsl"?>' + good(),
        rule="processing instruction")  # fmt: skip
    yield _refused("instruction-in-identity", "a processing instruction that cuts the RequestID",
        XML + " 2.6", good(f"{GSME}:{{{{counter}}}}", f"{GSME}:{{{{counter}}}}<?a?>9"),
        rule="processing instruction")  # fmt: skip


def _sizes() -> Iterator[Attack]:
    deep = "{{repeat:%d:<a>}}{{repeat:%d:</a>}}"
    for name, what, text, rule in (
        ("depth", "31 levels below the root's second", _inside(deep % (32, 32)), "depth"),
        ("depth-of-thousands", "50,000 levels", _inside(deep % (50_000, 50_000)), "depth"),
        ("elements", "more than 20,000 elements", _inside("{{repeat:20001:<a/>}}"), "number of elements"),
        ("attributes", "17 attributes of one element",
         _inside("<a " + " ".join(f'a{n}=""' for n in range(17)) + "/>"), "number of attributes"),
        ("attributes-by-thousands", "20,000 attributes that all hash alike or not",
         _inside("<a {{count:20000:a#='' }}/>"), "number of attributes"),
        ("namespaces", "33 namespace declarations",
         _inside("<a " + " ".join(f'xmlns:n{n}="n"' for n in range(33)) + "/>"), "number of namespace declarations"),
        ("long-name", "a name of 300 characters", _inside("<{{repeat:300:a}}/>"), "length of a name"),
        ("long-text", "a text of 1,600,000 characters",
         _inside("<a>{{repeat:1600000:a}}</a>"), "length of a text"),
        ("long-attribute", "an attribute of 1,600,000 characters",
         _inside('<a a="{{repeat:1600000:a}}"/>'), "length of a text"),
    ):  # fmt: skip
        yield _refused(name, what, PROFILE, text, rule=rule)
    yield _refused("size", "a document over 2 MiB", PROFILE, _inside("{{repeat:2097152: }}"),
        status=413)  # fmt: skip
    yield _refused("size-of-comment", "a comment over 2 MiB", PROFILE,
        _inside("<!--{{repeat:2097152:a}}-->"), status=413)  # fmt: skip


def _encodings() -> Iterator[Attack]:
    clause = XML + " 4.3.3; " + PROFILE
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"):
        declared = {"cp037": "IBM037"}.get(encoding, encoding.upper())
        declaration = f'<?xml version="1.0" encoding="{declared}"?>'
        yield _refused(f"encoding-{encoding}", f"a document in {declared}", clause,
            declaration + good(), encoding=encoding, rule="encoding")  # fmt: skip
    for name in ("UTF-16", "UTF-7", "ISO-8859-1", "windows-1252"):
        yield _refused(f"declared-{name.lower()}", f"UTF-8 that says it is {name}", clause,
            f'<?xml version="1.0" encoding="{name}"?>' + good(), rule="encoding")  # fmt: skip
    for name, what, octets in (
        ("overlong", "'<' in two octets", "\xc0\xbc"),
        ("surrogate", "half a surrogate pair", "\xed\xa0\x80"),
        ("cut-sequence", "a sequence that ends early", "\xe2\x82"),
        ("latin-1", "a letter of Latin 1", "\xe9"),
    ):
        yield _refused(f"utf8-{name}", what, "RFC 3629; " + clause, _inside(f"<a>{octets}</a>"),
            encoding="latin-1", rule="encoding")  # fmt: skip
    yield _refused("two-byte-order-marks", "two byte order marks", clause,
        "\ufeff\ufeff" + DECLARATION + good())  # fmt: skip
    yield _refused("xml-1-1", "XML 1.1", XML + " 2.8", '<?xml version="1.1"?>' + good())
    yield _refused("character-zero", "character reference to NUL", XML + " 2.2", _inside("&#0;"))
    yield _refused("character-control", "a control character", XML + " 2.2", _inside("\x01"))
    yield _refused("octet-zero", "NUL after the document", XML + " 2.2", good() + "\0")


def _duplicates() -> Iterator[Attack]:
    identity = f"<sr:RequestID>00-DB-12-34-00-00-00-01:{GSME}:{{{{counter}}}}</sr:RequestID>"
    for name, what, text in (
        ("attribute-twice", "an attribute twice",
         good('schemaVersion="5.5"', 'schemaVersion="5.4" schemaVersion="5.5"')),
        ("attribute-twice-by-prefix", "an attribute twice, by two prefixes of one namespace",
         good('schemaVersion="5.5"',
              'schemaVersion="5.5" xmlns:a="urn:a" xmlns:b="urn:a" a:v="1" b:v="2"')),
        ("namespace-twice", "a prefix declared twice",
         good('schemaVersion="5.5"', f'schemaVersion="5.5" xmlns:sr="{SR}"')),
    ):  # fmt: skip
        yield _refused(name, what, XML + " 3.1; Namespaces 6.3", text)
    for name, what, text in (
        ("identity-twice", "two RequestIDs", good(identity, identity * 2)),
        ("identity-twice-hidden", "a RequestID for somebody else's meter first",
         good(identity, identity.replace("{{counter}}", "{{other counter}}") + identity)),
        ("header-twice", "two headers", good("<sr:Body>", "<sr:Header/><sr:Body>")),
        ("body-twice", "two bodies",
         good("</sr:SignedPreCommand></sr:Body>", "</sr:SignedPreCommand></sr:Body><sr:Body/>")),
        ("payload-twice", "two payloads", good("</sr:GBCSPayload>",
         "</sr:GBCSPayload><sr:GBCSPayload>AAAA</sr:GBCSPayload>")),
        ("variant-twice", "two command variants", good("<sr:CommandVariant>5</sr:CommandVariant>",
         "<sr:CommandVariant>4</sr:CommandVariant><sr:CommandVariant>5</sr:CommandVariant>")),
        ("foreign-attribute", "an attribute that the schema does not have",
         good('schemaVersion="5.5"', 'schemaVersion="5.5" role="IS"')),
        ("type-of-the-senders", "xsi:type", good("<sr:Body>",
         '<sr:Body xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="sr:Any">')),
        ("no-namespace", "elements of no namespace", good(f' xmlns:sr="{SR}"', ' xmlns:sr="urn:a"')),
        ("version-unknown", "a version that is not served",
         good('schemaVersion="5.5"', 'schemaVersion="9.9"')),
        ("version-old", "a version that is served no more",
         good('schemaVersion="5.5"', 'schemaVersion="3.0"')),
        ("no-version", "no version", good(' schemaVersion="5.5"', "")),
        ("variant-unknown", "command variant 99",
         good("CommandVariant>5<", "CommandVariant>99<")),
        ("counter-negative", "a negative counter", good(":{{counter}}<", ":-1<")),
        ("counter-beyond", "a counter of 65 bits", good(":{{counter}}<", ":18446744073709551616<")),
        ("counter-in-other-digits", "a counter in Arabic digits", good(":{{counter}}<", ":\u0661<")),
        ("payload-no-base64", "a payload that is no base64",
         good("{{payload}}", "*{{payload}}")),
    ):  # fmt: skip
        yield _refused(name, what, SCHEMA, text, signature="again")


def _outside() -> Iterator[Attack]:
    for name, what, text in (
        ("empty", "nothing at all", ""),
        ("no-xml", "a text", "stop the meters"),
        ("json", "JSON", '{"Request": 1}'),
        ("cut-off", "half a document", good()[: len(good()) // 2]),
        ("two-roots", "two documents in one", good() * 2),
        ("text-behind", "a text behind the document", good() + "x"),
        ("a-response", "a Response instead of a Request", good().replace("sr:Request ", "sr:Response ")
         .replace("</sr:Request>", "</sr:Response>")),
        ("soap", "a SOAP envelope around it", '<s:Envelope xmlns:s="http://www.w3.org/2003/05/'
         'soap-envelope"><s:Body>' + good() + "</s:Body></s:Envelope>"),
    ):  # fmt: skip
        yield _refused(name, what, XML + " 2.1; " + SCHEMA, text)
    for name, kind in (("type-json", "application/json"), ("type-text", "text/plain"),
                       ("type-html", "text/html"), ("type-none", "")):  # fmt: skip
        yield _refused(name, f"a good request sent as {kind or 'nothing'}", "RFC 7303; " + PROFILE,
            good(), content_type=kind, status=415)  # fmt: skip
