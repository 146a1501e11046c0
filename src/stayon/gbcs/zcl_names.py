"""Names for people: clusters and ZCL commands. Source: ZigBee Smart Energy 1.4, Annex D."""

import re

from stayon.gbcs.zcl import CLUSTER_SPECIFIC, TO_CLIENT, typed_command

_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FRAME_KIND = 0x07

_CLUSTERS = {
    0x0000: "Basic",
    0x0700: "Price",
    0x0702: "Metering",
    0x0703: "Messaging",
    0x0705: "Prepayment",
    0x0707: "Calendar",
    0x0708: "Device Management",
    0x0709: "Events",
}

_TO_SERVER_COMMANDS = {
    (0x0700, 0x00): "Get Current Price",
    (0x0700, 0x0B): "Get Billing Period",
    (0x0702, 0x0D): "Set Supply Status",
    (0x0702, 0x0E): "Set Uncontrolled Flow Threshold",
    (0x0708, 0x04): "Report Event Configuration",
    (0x0709, 0x00): "Get Event Log",
    (0x0709, 0x01): "Clear Event Log",
}

_TO_CLIENT_COMMANDS = {
    (0x0700, 0x00): "Publish Price",
    (0x0700, 0x01): "Publish Block Period",
    (0x0700, 0x02): "Publish Conversion Factor",
    (0x0700, 0x03): "Publish Calorific Value",
    (0x0700, 0x04): "Publish Tariff Information",
    (0x0700, 0x05): "Publish Price Matrix",
    (0x0700, 0x06): "Publish Block Thresholds",
    (0x0700, 0x09): "Publish Billing Period",
    (0x0702, 0x06): "Publish Snapshot",
    (0x0702, 0x07): "Get Sampled Data Response",
    (0x0702, 0x0D): "Start Sampling Response",
    (0x0703, 0x00): "Display Message",
    (0x0705, 0x01): "Publish Prepay Snapshot",
    (0x0705, 0x06): "Publish Debt Log",
    (0x0708, 0x00): "Publish Change of Tenancy",
    (0x0708, 0x01): "Publish Change of Supplier",
    (0x0708, 0x02): "Request New Password Response",
    (0x0708, 0x04): "Set Event Configuration",
    (0x0708, 0x05): "Get Event Configuration",
    (0x0708, 0x06): "Update CIN",
    (0x0709, 0x01): "Publish Event Log",
    (0x0709, 0x02): "Clear Event Log Response",
}


def cluster_name(cluster: int) -> str | None:
    """The cluster's name, None for one that the reference messages do not use."""
    return _CLUSTERS.get(cluster)


def command_name(cluster: int, control: int, command_id: int) -> str | None:
    """The command's name, None for one that is not known here."""
    made = typed_command(cluster, control, command_id)
    if made is not None:
        return _NEXT_WORD.sub(" ", made.__name__)
    if control & _FRAME_KIND != CLUSTER_SPECIFIC:
        return None
    names = _TO_CLIENT_COMMANDS if control & TO_CLIENT else _TO_SERVER_COMMANDS
    return names.get((cluster, command_id))
