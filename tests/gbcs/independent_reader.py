"""A second reader of GBCS messages that shares nothing with the codec: it works on hex text.

It knows only what the tests compare: header fields, content, how many items or components.
"""

import re
from dataclasses import dataclass

_LENGTH = "(?:82(?P<{0}2>....)|81(?P<{0}1>..)|(?P<{0}0>[0-7].))"
_WRAPPER = re.compile("DD0{12}" + _LENGTH.format("w") + "1100000000")
_HEADER = re.compile(
    "DF090(?P<cra>[123])(?P<counter>.{16})08(?P<originator>.{16})08(?P<recipient>.{16})"
    "(?:00|0C(?P<time>.{24}))" + _LENGTH.format("o") + "(?P<code>....)"
)
_AFTER = re.compile(_LENGTH.format("c"))


@dataclass(frozen=True)
class Reading:
    cra: int
    counter: int
    originator: str
    recipient: str
    time: str | None
    code: str
    content: str
    signature: str | None
    mac: str | None


def _length(match: re.Match[str], name: str) -> int:
    return int(next(filter(None, (match[name + form] for form in "210"))), 16)


def read(text: str) -> Reading:
    """The fields of one message in upper-case hex."""
    mac = None
    if wrapper := _WRAPPER.match(text):
        assert 2 * _length(wrapper, "w") == len(text) - wrapper.end() + 10
        text, mac = text[wrapper.end() : -24], text[-24:]
    header = _HEADER.match(text)
    assert header
    content_length = _AFTER.match(text, header.end() - 4 + 2 * _length(header, "o"))
    assert content_length
    end = content_length.end() + 2 * _length(content_length, "c")
    tail = text[end:]
    assert tail in ("", "00") or (len(tail) == 130 and tail.startswith("40"))
    return Reading(
        int(header["cra"]), int(header["counter"], 16), header["originator"], header["recipient"],
        header["time"], header["code"], text[content_length.end() : end],
        tail[2:] if tail else None, mac,
    )  # fmt: skip


def access_item_count(content: str) -> int:
    """How many items a request or a response says it has (all in the data set are below 128)."""
    return int(content[12:14] if content.startswith("D9") else content[14:16], 16)


def walk_components(content: str) -> list[tuple[str, str]]:
    """Cluster and body of every GBZ component."""
    found, at = [], 6
    while at < len(content):
        size = 2 * int(content[at + 6 : at + 10], 16)
        found.append((content[at + 2 : at + 6], content[at + 10 : at + 10 + size]))
        at += 10 + size
    assert at == len(content)
    assert len(found) == int(content[4:6], 16)
    return found
