"""Messages as people read them."""

import json
from base64 import b64encode

from tests.reference import needs_shared, rtds

from stayon.web.reading_messages import readable

XML = b'<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway">%s</sr:Request>'


def test_xml_is_laid_out() -> None:
    read = readable(XML % b"<sr:Header><sr:RequestID>1</sr:RequestID></sr:Header>")
    assert "\n  <sr:Header>\n    <sr:RequestID>1</sr:RequestID>" in read.xml
    assert (read.gbcs, read.problem) == ("", "")


@needs_shared
def test_gbcs_is_decoded_alone_and_inside_xml() -> None:
    frame = rtds("ECS08a_2.1_IMMEDIATE_SUCCESS_COMMAND")
    alone = readable(frame)
    assert json.loads(alone.gbcs)["message_code"] == "00DE"
    inside = readable(XML % (b"<sr:GBCSPayload>%s</sr:GBCSPayload>" % b64encode(frame)))
    assert inside.gbcs == alone.gbcs
    assert inside.octets == frame
    assert "GBCSPayload" in inside.xml


def test_what_cannot_be_read_is_shown_as_octets() -> None:
    for message in (b"", b"\xdf\x09", b"<!DOCTYPE x><x/>", b"<unclosed"):
        read = readable(message)
        assert (read.octets, bool(read.problem)) == (message, True), message
    for payload in (b"!", b"3wkB"):
        read = readable(XML % (b"<sr:GBCSPayload>%s</sr:GBCSPayload>" % payload))
        assert read.problem
        assert "GBCSPayload" in read.xml
