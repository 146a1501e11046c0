"""The JSON form of alerts in the three families."""

from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, DlmsOutcome, GbzAlert, GbzOutcome
from stayon.gbcs.gbz import Component
from stayon.gbcs.text_cosem import describe_data, restore_data
from stayon.gbcs.text_gbz import describe_component, restore_component
from stayon.gbcs.text_reading import Place
from stayon.gbcs.text_values import (
    describe_code,
    describe_date_time,
    describe_obis,
    describe_octets,
    describe_zigbee_time,
    restore_date_time,
    restore_obis,
    restore_some_date_time,
    restore_zigbee_time,
)

_MAX_COUNTER = 2**64 - 1


def describe_dlms_alert(alert: DlmsAlert) -> dict[str, object]:
    """The alert's members beside family and type."""
    described: dict[str, object] = {
        "invoke_id": describe_code(alert.invoke_id, 4),
        "date_time": describe_date_time(alert.date_time),
        "code": describe_code(alert.code, 2),
        "timestamp": describe_date_time(alert.timestamp),
    }
    content = alert.content
    if isinstance(content, DlmsOutcome):
        return described | {
            "outcome": {
                "message_code": describe_code(content.message_code, 2),
                "originator_counter": content.counter,
                "class": content.class_id,
                "obis": describe_obis(content.logical_name),
                "attribute": content.attribute,
            }
        }
    return described | {"content": list(map(describe_data, content))}


def restore_dlms_alert(place: Place) -> DlmsAlert:
    """The inverse of ``describe_dlms_alert``; raises ``FieldError``."""
    return DlmsAlert(
        place["invoke_id"].code(4),
        restore_date_time(place["date_time"]),
        place["code"].code(2),
        restore_some_date_time(place["timestamp"]),
        _restore_dlms_outcome(place["outcome"])
        if place.has("outcome")
        else tuple(map(restore_data, place["content"].items())),
    )


def _restore_dlms_outcome(place: Place) -> DlmsOutcome:
    return DlmsOutcome(
        place["message_code"].code(2),
        place["originator_counter"].integer(0, _MAX_COUNTER),
        place["class"].integer(0, 0xFFFF),
        restore_obis(place["obis"]),
        place["attribute"].integer(0, 0xFF),
    )


def describe_gbz_alert(alert: GbzAlert) -> dict[str, object]:
    """The alert's members beside family and type."""
    described: dict[str, object] = {
        "code": describe_code(alert.code, 2),
        "timestamp": describe_zigbee_time(alert.timestamp),
    }
    content = alert.content
    if isinstance(content, GbzOutcome):
        return described | {
            "outcome": {
                "message_code": describe_code(content.message_code, 2),
                "originator_counter": content.counter,
                "cluster": describe_code(content.cluster, 2),
                "frame_control": describe_code(content.control, 1),
                "command": describe_code(content.command_id, 1),
            }
        }
    if isinstance(content, Component):
        return described | {"component": describe_component(content)}
    return described | {"content": describe_octets(content)}


def restore_gbz_alert(place: Place) -> GbzAlert:
    """The inverse of ``describe_gbz_alert``; raises ``FieldError``."""
    content: GbzOutcome | Component | bytes
    if place.has("outcome"):
        content = _restore_gbz_outcome(place["outcome"])
    elif place.has("component"):
        content = restore_component(place["component"])
    else:
        content = place["content"].octets()
    return GbzAlert(place["code"].code(2), restore_zigbee_time(place["timestamp"]), content)


def _restore_gbz_outcome(place: Place) -> GbzOutcome:
    return GbzOutcome(
        place["message_code"].code(2),
        place["originator_counter"].integer(0, _MAX_COUNTER),
        place["cluster"].code(2),
        place["frame_control"].code(1),
        place["command"].code(1),
    )


def describe_asn1_alert(alert: Asn1Alert) -> dict[str, object]:
    """The alert's members beside family and type."""
    return {
        "code": describe_code(alert.code, 2),
        "timestamp": alert.timestamp,
        "content": describe_octets(alert.content),
        "length_size": alert.length_size,
    }


def restore_asn1_alert(place: Place) -> Asn1Alert:
    """The inverse of ``describe_asn1_alert``; raises ``FieldError``."""
    return Asn1Alert(
        place["code"].code(2),
        place["timestamp"].text(),
        place["content"].octets(),
        place["length_size"].integer(1, 5),
    )
