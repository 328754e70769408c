"""What is wrong with a row, said so that the sender can mend it."""

import json
import math
import re
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from reputation.evidence.kinds import Kind

_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"`([^`]*)`$")


class Fault(NamedTuple):
    field: str  # as it is sent; empty where the row as a whole is meant
    error: str


def of_validation(kind: Kind, error: msgspec.ValidationError) -> Fault:
    text = str(error)
    if text.startswith("Object contains unknown field") and (named := _QUOTED.search(text.partition(" - at ")[0])):
        known = ", ".join(kind.sent_names.values())
        return Fault(named.group(1), f"unknown field; remove it or use one of: {known}")
    if text.startswith("Object missing required field") and (named := _QUOTED.search(text)):
        return Fault(named.group(1), f"missing; every row of {kind.name} must name its {named.group(1)}")
    place = _PLACE.search(text)
    name = place.group("path") if place else ""
    message = _PLACE.sub("", text)
    return Fault(name, f"{message}; {_mend(kind, name)}")


def of_unreadable(raw: str, error: Exception) -> Fault:
    """JSON that the strict decoder refuses: find the field at fault with the lenient one of the standard library."""
    try:
        found = json.loads(raw, strict=False)
    except (ValueError, RecursionError):
        return Fault("", f"not valid JSON ({error}); send the whole row as one JSON object")
    fields = found.items() if isinstance(found, dict) else ()
    named = ((name, _why_unreadable(value)) for name, value in fields)
    fault = next(((name, why) for name, why in named if why), ("", f"not valid JSON ({error}); send valid JSON"))
    return Fault(_clean(fault[0]), fault[1])


def _why_unreadable(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN and Infinity are not numbers in JSON; send a number, or leave the field out"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "not valid UTF-8; encode the text as UTF-8"
    if isinstance(value, str) and any(letter < " " for letter in value):
        return "has a raw control character; escape it as JSON does, or remove it"
    return ""


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:64]


def _mend(kind: Kind, name: str) -> str:
    by_name = {sent: kind.shapes[attribute] for attribute, sent in kind.sent_names.items()}
    shape = by_name.get(name.removeprefix("answers."))
    if shape is None:
        return f"send one JSON object per row, with these fields: {', '.join(by_name)}"
    if isinstance(shape, inspect.LiteralType | inspect.BoolType) and name.removeprefix("answers.") in kind.flags:
        return "send true or false"
    return _wanted(shape)


def _wanted(shape: inspect.Type) -> str:
    match shape:
        case inspect.DateTimeType():
            return "send ISO 8601 with an offset, such as 2026-05-01T09:30:00+08:00"
        case inspect.DateType():
            return "send a date, such as 2026-05-01"
        case inspect.IntType(ge=low, le=high):
            return f"send a whole number from {low} to {high:,}, without quotes"
        case inspect.DecimalType():
            return 'send a decimal, such as 19.90 or "19.90"'
        case inspect.LiteralType(values=values):
            return f"send one of: {', '.join(map(str, values))}"
        case inspect.BoolType():
            return "send true or false"
        case inspect.StrType(pattern="^[A-Z]{3}$"):
            return "send the three capital letters of ISO 4217, such as CNY"
        case inspect.StrType(max_length=longest, pattern=pattern):
            apart = ' without "|"' if pattern else ""
            return f"send a string of at most {longest} characters{apart}"
    return "see the documentation of this kind"
