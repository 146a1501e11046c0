"""The JSON form of GBZ components."""

from stayon.gbcs.gbz import Component, EncryptedFrame, GbzMessage
from stayon.gbcs.text_reading import Place
from stayon.gbcs.text_values import (
    describe_code,
    describe_octets,
    describe_zigbee_time,
    restore_zigbee_time,
)
from stayon.gbcs.text_zcl import describe_command, restore_command
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_names import cluster_name, command_name


def describe_gbz(message: GbzMessage) -> dict[str, object]:
    """The message's members beside family and type."""
    return {"components": list(map(describe_component, message.components))}


def restore_gbz(place: Place) -> GbzMessage:
    """The inverse of ``describe_gbz``; raises ``FieldError``."""
    return GbzMessage(tuple(map(restore_component, place["components"].items())))


def describe_component(component: Component) -> dict[str, object]:
    """One component; ``payload`` is hex where the command is not typed, ``encrypted`` always."""
    cluster, body, after = component.cluster, component.body, component.from_date_time
    described: dict[str, object] = {
        "cluster": describe_code(cluster, 2),
        "cluster_name": cluster_name(cluster),
        "from_date_time": None if after is None else describe_zigbee_time(after),
        "frame_control": describe_code(body.control, 1),
        "sequence": body.sequence,
        "command": describe_code(body.command_id, 1),
        "command_name": command_name(cluster, body.control, body.command_id),
    }
    if isinstance(body, EncryptedFrame):
        return described | {
            "additional_header_control": describe_code(body.additional_header_control, 1),
            "additional_header_frame_counter": body.additional_header_frame_counter,
            "encrypted": describe_octets(body.octets),
        }
    return described | {"payload": describe_command(body.command)}


def restore_component(place: Place) -> Component:
    """The inverse of ``describe_component``; raises ``FieldError``."""
    cluster, after = place["cluster"].code(2), place["from_date_time"]
    control, sequence = place["frame_control"].code(1), place["sequence"].integer(0, 0xFF)
    command_id = place["command"].code(1)
    body: ZclFrame | EncryptedFrame
    if place.has("encrypted"):
        body = EncryptedFrame(
            place["additional_header_control"].code(1),
            place["additional_header_frame_counter"].integer(0, 0xFF),
            control, sequence, command_id, place["encrypted"].octets(),
        )  # fmt: skip
    else:
        command = restore_command(place["payload"], cluster, control, command_id)
        body = ZclFrame(control, sequence, command)
    return Component(cluster, None if after.is_null else restore_zigbee_time(after), body)
