"""The JSON form of DLMS Access-Request and Access-Response."""

from stayon.gbcs.access import (
    AccessRequest,
    AccessResponse,
    Choice,
    RequestItem,
    ResponseItem,
    Selection,
    Specification,
)
from stayon.gbcs.text_cosem import describe_data, restore_data
from stayon.gbcs.text_reading import Place
from stayon.gbcs.text_values import (
    describe_code,
    describe_date_time,
    describe_obis,
    restore_date_time,
    restore_obis,
)

_CHOICES = {choice.name.lower().replace("_", "-"): choice for choice in Choice}
_CHOICE_NAMES = {choice: name for name, choice in _CHOICES.items()}

_RESULTS = {
    0: "success",
    1: "hardware-fault",
    2: "temporary-failure",
    3: "read-write-denied",
    4: "object-undefined",
    9: "object-class-inconsistent",
    11: "object-unavailable",
    12: "type-unmatched",
    13: "scope-of-access-violated",
    14: "data-block-unavailable",
    250: "other-reason",
}
"""Data-Access-Result and Action-Result, which share these numbers (DLMS UA Green Book)."""


def describe_request(request: AccessRequest) -> dict[str, object]:
    """The request's members beside family and type."""
    return {
        "invoke_id": describe_code(request.invoke_id, 4),
        "date_time": describe_date_time(request.date_time),
        "items": [
            _describe_specification(item.specification) | {"data": describe_data(item.data)}
            for item in request.items
        ],
    }


def restore_request(place: Place) -> AccessRequest:
    """The inverse of ``describe_request``; raises ``FieldError``."""
    items = tuple(
        RequestItem(_restore_specification(item), restore_data(item["data"]))
        for item in place["items"].items()
    )
    return AccessRequest(place["invoke_id"].code(4), restore_date_time(place["date_time"]), items)


def describe_response(response: AccessResponse) -> dict[str, object]:
    """The response's members beside family and type."""
    specifications = response.specifications
    return {
        "invoke_id": describe_code(response.invoke_id, 4),
        "date_time": describe_date_time(response.date_time),
        "specifications": None
        if specifications is None
        else list(map(_describe_specification, specifications)),
        "items": [
            {
                "choice": _CHOICE_NAMES[item.choice],
                "result": describe_code(item.result, 1),
                "result_name": _RESULTS.get(item.result),
                "data": describe_data(item.data),
            }
            for item in response.items
        ],
    }


def restore_response(place: Place) -> AccessResponse:
    """The inverse of ``describe_response``; raises ``FieldError``."""
    repeated = place["specifications"]
    specifications = None
    if not repeated.is_null:
        specifications = tuple(map(_restore_specification, repeated.items()))
    items = tuple(
        ResponseItem(
            item["choice"].one_of(_CHOICES), item["result"].code(1), restore_data(item["data"])
        )
        for item in place["items"].items()
    )
    at = restore_date_time(place["date_time"])
    return AccessResponse(place["invoke_id"].code(4), at, specifications, items)


def _describe_specification(specification: Specification) -> dict[str, object]:
    described: dict[str, object] = {
        "choice": _CHOICE_NAMES[specification.choice],
        "class": specification.class_id,
        "obis": describe_obis(specification.logical_name),
        _member_kind(specification.choice): specification.attribute,
    }
    if specification.selection is not None:
        described["selector"] = specification.selection.selector
        described["selection"] = describe_data(specification.selection.parameters)
    return described


def _member_kind(choice: Choice) -> str:
    return "method" if choice is Choice.ACTION else "attribute"


def _restore_specification(place: Place) -> Specification:
    choice = place["choice"].one_of(_CHOICES)
    selection = None
    if choice in (Choice.GET_WITH_SELECTION, Choice.SET_WITH_SELECTION):
        selector = place["selector"].integer(0, 0xFF)
        selection = Selection(selector, restore_data(place["selection"]))
    return Specification(
        choice,
        place["class"].integer(0, 0xFFFF),
        restore_obis(place["obis"]),
        place[_member_kind(choice)].integer(0, 0xFF),
        selection,
    )
