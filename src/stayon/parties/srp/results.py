"""The result of a campaign as a CSV file: one row a device, with what proves it.

``evidence`` is the device's own signed answer in hexadecimal (a GBCS frame, ready for ``stayon gbcs
decode``) or, for SMETS1, the S1SP's signed document in base64; ``evidence_form`` says which.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import TextIO

from stayon.domain.instants import format_instant
from stayon.domain.metering import Generation
from stayon.domain.portfolio import PortfolioDevice, Progress
from stayon.parties.srp.spreadsheet import write_csv
from stayon.ports.campaign_store import CampaignStore, Evidence

COLUMNS = (
    "device_id",
    "supplier_id",
    "fuel",
    "smets",
    "mpxn",
    "route",
    "postcode",
    "state",
    "code",
    "words",
    "attempts",
    "changed_utc",
    "request_id",
    "evidence_form",
    "evidence",
)


def write_results(store: CampaignStore, out: TextIO) -> int:
    """Write every device of the campaign; returns how many there are."""
    return write_csv(out, COLUMNS, result_rows(store))


def result_rows(store: CampaignStore) -> Iterator[tuple[str, ...]]:
    """The rows in the order of the portfolio."""
    for device, progress, evidence in store.results():
        form, proof = _proof(device, evidence)
        yield (
            str(device.device_id),
            str(device.supplier_id),
            device.fuel.value,
            device.generation.value,
            device.mpxn,
            device.route.value,
            device.postcode or "",
            _state(progress),
            progress.code,
            progress.words,
            str(progress.attempt),
            "" if progress.changed is None else format_instant(progress.changed),
            "" if evidence is None else evidence.request_id,
            form,
            proof,
        )


def _state(progress: Progress) -> str:
    return progress.stage.value if progress.end is None else progress.end.value


def _proof(device: PortfolioDevice, evidence: Evidence | None) -> tuple[str, str]:
    if evidence is None:
        return "", ""
    if evidence.command is not None:
        return "gbcs-command", evidence.command.hex().upper()
    if evidence.response is None:
        return "", ""
    if device.generation is Generation.SMETS1:
        return "smets1-signed-response", b64encode(evidence.response).decode()
    return "gbcs-response", evidence.response.hex().upper()
