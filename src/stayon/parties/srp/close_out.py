"""The close-out report of a campaign: where every device ended, the proof, who remains.

``close_out`` gives plain values for JSON, ``as_markdown`` the page for people.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import Any

from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant
from stayon.domain.portfolio import EndState
from stayon.parties.srp.people import people_list
from stayon.parties.srp.summary import summarise
from stayon.policy.retry import RetryPolicy
from stayon.ports.campaign_control import Order
from stayon.ports.campaign_store import CampaignStore

FIRST_STOP = (
    "The first STOP after Change of Supplier cuts every home in deficit at once. While the safe set"
    " is in force nobody is disconnected, so balances fall below zero unseen. Before the gaining"
    " supplier sets a calendar with a STOP, it has to read each balance and deal with each deficit."
)
"""Decision 18."""


def close_out(
    store: CampaignStore,
    retry: RetryPolicy,
    orders: Sequence[Order] = (),
    off_supply: Collection[Eui64] = (),
) -> dict[str, Any]:
    """Everything the report says; times are UTC."""
    summary = summarise(progress for _, progress in store.progress())
    devices = list(_devices(store))
    remaining = list(people_list(store, retry, off_supply))
    by_cause = Counter(one.cause for one in remaining if one.cause)
    return {
        "profile": store.profile(),
        "complete": summary.complete,
        "devices": summary.devices,
        "end_states": {end.value: summary.ends[end] for end in EndState},
        "under_way": summary.under_way.total(),
        "requests": {
            "sent_at_most": sum(one["attempts"] for one in devices),
            "most_for_one_device": max((one["attempts"] for one in devices), default=0),
        },
        "last_change": None if summary.last_change is None else format_instant(summary.last_change),
        "with_evidence": sum(1 for one in devices if one["evidence_sha256"]),
        "codes": dict(Counter(one["code"] for one in devices if one["code"]).most_common()),
        "warning": FIRST_STOP,
        "off_supply": sum(one.off_supply for one in remaining),
        "remaining": len(remaining),
        "remaining_by_cause": dict(by_cause.most_common()),
        "people": [
            {
                "device_id": str(one.device.device_id),
                "mpxn": one.device.mpxn,
                "fuel": one.device.fuel.value,
                "postcode": one.device.postcode or "",
                "state": one.row()[5],
                "cause": one.cause,
                "words": one.progress.words,
                "off_supply": one.off_supply,
                "what_to_do": one.what_to_do,
            }
            for one in remaining
        ],
        "orders": [
            {
                "given_at": format_instant(order.given_at),
                "by": order.given_by,
                "order": order.kind.value,
                "value": order.value,
                "result": order.result,
            }
            for order in orders
        ],
        "evidence": devices,
    }


def _devices(store: CampaignStore) -> Iterator[dict[str, Any]]:
    for device, progress, evidence in store.results():
        proof = None if evidence is None else evidence.response or evidence.command
        yield {
            "device_id": str(device.device_id),
            "supplier_id": str(device.supplier_id),
            "state": progress.stage.value if progress.end is None else progress.end.value,
            "code": progress.code,
            "attempts": progress.attempt,
            "request_id": "" if evidence is None else evidence.request_id,
            "evidence_sha256": "" if proof is None else sha256(proof).hexdigest(),
        }


def as_markdown(report: dict[str, Any]) -> str:
    """The page; the evidence of each device is in the JSON beside it."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield "# Close-out of the campaign"
    yield ""
    yield f"> **Warning.** {report['warning']}"
    yield ""
    last = report["last_change"] or "none"
    yield f"Safe set: {_text(report['profile'])}. Last change: {last} (UTC)."
    if not report["complete"]:
        yield ""
        yield f"**Not complete**: {report['under_way']} devices have no end state yet."
    yield ""
    yield "| end state | devices |"
    yield "| --- | ---: |"
    for state, number in report["end_states"].items():
        yield f"| {state} | {number} |"
    yield f"| all | {report['devices']} |"
    yield ""
    requests = report["requests"]
    yield (
        f"{report['with_evidence']} devices have evidence (digests in close-out.json). At most"
        f" {requests['sent_at_most']} requests counted against the thresholds, at most"
        f" {requests['most_for_one_device']} for one device."
    )
    yield ""
    yield "## Who remains"
    yield ""
    off_now = report["off_supply"]
    yield f"{report['remaining']} devices need somebody; {off_now} are known to be off."
    yield ""
    if report["people"]:
        yield "| device | postcode | state | cause | off | what to do |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for one in report["people"]:
        off = "yes" if one["off_supply"] else ""
        cells = (one["device_id"], one["postcode"], one["state"], one["cause"], off)
        yield f"| {' | '.join(map(_text, cells))} | {_text(one['what_to_do'])} |"
    yield ""
    yield "## Codes that came"
    yield ""
    for code, number in report["codes"].items():
        yield f"* {_text(code)}: {number}"
    yield ""
    yield "## Orders given"
    yield ""
    for order in report["orders"] or ():
        words = f"{order['order']} {order['value']}".strip()
        result = order["result"] or "not applied"
        yield f"* {order['given_at']}, {_text(order['by'])}: {_text(words)} ({result})"
    if not report["orders"]:
        yield "None."


def _text(value: str) -> str:
    """One cell: nothing that other parties wrote makes a column, a line or markup."""
    line = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in line)
