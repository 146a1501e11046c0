"""Every figure of the report, once: the page, ``report.json`` and the CSV files all show these.

Times are ISO 8601 in UTC, durations in hours since the failure, money in GBP.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from stayon import __version__
from stayon.apps.rehearse.result import Rehearsal, of_alternative, summary
from stayon.apps.world.assumptions import Assumptions
from stayon.domain.instants import format_instant
from stayon.domain.portfolio import EndState

Row = dict[str, Any]


def figures(rehearsal: Rehearsal, assumptions: Assumptions, command: str) -> dict[str, Any]:
    """All of them; each value that is a list of rows is also a CSV file of that name."""
    return {
        "versions": {
            "stayon": __version__,
            "safe_prepayment_profile": rehearsal.profile_version,
            "seed": rehearsal.seed,
        },
        "command": command,
        "failed_at": format_instant(rehearsal.failed_at),
        "campaign_began": format_instant(rehearsal.campaign_began),
        "days": assumptions.event.days.value,
        "summary": summary(rehearsal),
        "alternatives": _alternatives(rehearsal, assumptions),
        "timeline": _timeline(rehearsal),
        "meters_by_minute": _by_minute(rehearsal),
        "homes_off_by_hour": _by_hour(rehearsal),
        "meters_by_group": _groups(rehearsal),
        "homes_off_list": _homes_off(rehearsal),
        "assumptions": [
            {
                "section": each.section,
                "name": each.name,
                "words": each.words,
                "value": each.value,
                "unit": each.unit,
                "source": each.source,
            }
            for each in assumptions.listed()
        ],
    }


def _alternatives(rehearsal: Rehearsal, assumptions: Assumptions) -> list[Row]:
    return [
        {
            "alternative": each.name,
            "words": each.words,
            **of_alternative(each, rehearsal.failed_at),
            **_cost(each.name, assumptions),
        }
        for each in rehearsal.alternatives
    ]


def _cost(name: str, assumptions: Assumptions) -> Row:
    """What the documents price: MP134B with 2.1. Nobody has priced it with 1.6."""
    costs = assumptions.costs
    if name == "stayon":
        return {
            "cost_low_gbp": costs.build_low.value + costs.full_assessment.value,
            "cost_high_gbp": costs.build_high.value + costs.full_assessment.value,
            "lead_time": f"assessment {costs.full_assessment_days.value} days; build and test "
            f"{costs.build_months_low.value} to {costs.build_months_high.value} months; an SRP "
            f"{costs.srp_months_low.value} to {costs.srp_months_high.value} months",
        }
    if name == "credit_mode":
        return {"cost_low_gbp": None, "cost_high_gbp": None, "lead_time": "not assessed"}
    return {"cost_low_gbp": 0, "cost_high_gbp": 0, "lead_time": "none"}


def _timeline(rehearsal: Rehearsal) -> list[Row]:
    moments = [(each.at, each.what) for each in rehearsal.milestones]
    for share, words in ((0.5, "Half"), (0.95, "95 %"), (1.0, "The last")):
        seconds = rehearsal.seconds_to_safe(share)
        if seconds is not None:
            at = rehearsal.campaign_began + timedelta(seconds=seconds)
            moments.append((at, f"{words} of the meters that became safe: verified"))
    moments.extend(_retries(rehearsal))
    moments.extend(
        (each.first_off, f"{each.words}: the first further home goes off")
        for each in rehearsal.alternatives
        if each.first_off is not None
    )
    return [
        {
            "at": format_instant(at),
            "hours": round((at - rehearsal.failed_at) / timedelta(hours=1), 2),
            "event": what,
        }
        for at, what in sorted(moments)
    ]


def _retries(rehearsal: Rehearsal) -> list[tuple[datetime, str]]:
    """The first and last meter that came to its end only after more than one attempt."""
    ended = sorted(
        (each.progress.changed, each.progress.attempt)
        for each in rehearsal.devices
        if each.progress.attempt > 1 and each.progress.changed is not None
    )
    if not ended:
        return []
    again = sum(attempt - 1 for _, attempt in ended)
    first = f"The first meter that needed a retry is done ({len(ended)} meters, {again} retries)"
    return [(ended[0][0], first), (ended[-1][0], "The last meter that needed a retry is done")]


def _by_minute(rehearsal: Rehearsal) -> list[Row]:
    """What became of the meters in each minute in which anything did."""
    minutes: dict[datetime, Counter[EndState]] = {}
    for each in rehearsal.devices:
        at, end = each.progress.changed, each.progress.end
        if each.safe_after is not None:
            at = rehearsal.campaign_began + timedelta(seconds=each.safe_after)
        if at is not None and end is not None:
            minute = at.replace(second=0, microsecond=0)
            minutes.setdefault(minute, Counter())[end] += 1
    rows, safe = list[Row](), 0
    for minute, counts in sorted(minutes.items()):
        safe += counts[EndState.SAFE] + counts[EndState.ALREADY_SAFE]
        rows.append(
            {
                "at": format_instant(minute),
                "hours": round((minute - rehearsal.failed_at) / timedelta(hours=1), 2),
                **{end.value: counts[end] for end in EndState},
                "safe_so_far": safe,
            }
        )
    return rows


def _by_hour(rehearsal: Rehearsal) -> list[Row]:
    return [
        {
            "at": format_instant(at),
            **{each.name: each.off_by_hour[number] for each in rehearsal.alternatives},
        }
        for number, at in enumerate(rehearsal.supply.instants)
    ]


def _groups(rehearsal: Rehearsal) -> list[Row]:
    """Where the meters ended, by the service provider (or CSP region), fuel and generation."""
    groups: dict[tuple[str, str, str, str], Counter[EndState | None]] = {}
    for each in rehearsal.devices:
        device = each.device
        region = (device.postcode or "").rstrip().partition(" ")[0].rstrip("0123456789")
        key = (device.route.value, device.fuel.value, device.generation.value, region)
        groups.setdefault(key, Counter())[each.progress.end] += 1
    return [
        {
            **dict(zip(("route", "fuel", "generation", "postcode_area"), key, strict=True)),
            **{end.value: counts[end] for end in EndState},
            "not_ended": counts[None],
        }
        for key, counts in sorted(groups.items())
    ]


def _homes_off(rehearsal: Rehearsal) -> list[Row]:
    ends = {each.device.device_id: each.progress.end for each in rehearsal.devices}
    return [
        {
            "home": home.number,
            "already_off": "yes" if home.already_off else "no",
            "off_since": format_instant(home.since),
            "back_on_at": "" if home.back is None else format_instant(home.back),
            "hours_off": round(home.hours_off, 1),
            "device_id": str(device.device_id),
            "fuel": device.fuel.value,
            "mpxn": device.mpxn,
            "postcode": device.postcode or "",
            "end_state": getattr(ends.get(device.device_id), "value", "not ended"),
        }
        for home in sorted(rehearsal.homes_off, key=lambda each: not each.already_off)
        for device in home.devices
    ]
