"""What is wrong with a row, said so that the sender can mend it."""

import json
import math
import re
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _
from msgspec import inspect

from reputation.evidence.kinds import Kind

# What msgspec says most, so that it can be said in the reader's language; what is rarer stays in English.
_EXPECTED = re.compile("Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_BOUND = re.compile("Expected `(?P<wanted>[^`]+)` (?P<bound>of length )?(?P<limit>[<>]=? [0-9]+)")
_INVALID = re.compile("Invalid enum value (?P<value>.+)", re.DOTALL)
_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"`([^`]*)`$")


class Fault(NamedTuple):
    field: str  # as it is sent; empty where the row as a whole is meant
    error: str


def of_validation(kind: Kind, error: msgspec.ValidationError) -> Fault:
    text = str(error)
    if text.startswith("Object contains unknown field") and (named := _QUOTED.search(text.partition(" - at ")[0])):
        known = ", ".join(kind.sent_names.values())
        return Fault(named.group(1), _("unknown field; remove it or use one of: %(known)s") % {"known": known})
    if text.startswith("Object missing required field") and (named := _QUOTED.search(text)):
        message = _("missing; every row of %(kind)s must name its %(field)s")
        return Fault(named.group(1), message % {"kind": kind.name, "field": named.group(1)})
    place = _PLACE.search(text)
    name = place.group("path") if place else ""
    return Fault(name, f"{_said(_PLACE.sub('', text))}; {_mend(kind, name)}")


def _said(text: str) -> str:
    if found := _EXPECTED.fullmatch(text):
        return _("Expected `%(wanted)s`, got `%(got)s`") % found.groupdict()
    if found := _BOUND.fullmatch(text):
        message = (
            _("Expected `%(wanted)s` of length %(limit)s") if found["bound"] else _("Expected `%(wanted)s` %(limit)s")
        )
        return message % found.groupdict()
    if found := _INVALID.fullmatch(text):
        return _("Invalid enum value %(value)s") % found.groupdict()
    return text


def of_unreadable(raw: str, error: Exception) -> Fault:
    """JSON that the strict decoder refuses: find the field at fault with the lenient one of the standard library."""
    try:
        found = json.loads(raw, strict=False)
    except (ValueError, RecursionError):
        return Fault("", _("not valid JSON (%(error)s); send the whole row as one JSON object") % {"error": error})
    fields = found.items() if isinstance(found, dict) else ()
    named = ((name, _why_unreadable(value)) for name, value in fields)
    fault = next(
        ((name, why) for name, why in named if why),
        ("", _("not valid JSON (%(error)s); send valid JSON") % {"error": error}),
    )
    return Fault(_clean(fault[0]), fault[1])


def _why_unreadable(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return _("NaN and Infinity are not numbers in JSON; send a number, or leave the field out")
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return _("not valid UTF-8; encode the text as UTF-8")
    if isinstance(value, str) and any(letter < " " for letter in value):
        return _("has a raw control character; escape it as JSON does, or remove it")
    return ""


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:64]


def _mend(kind: Kind, name: str) -> str:
    by_name = {sent: kind.shapes[attribute] for attribute, sent in kind.sent_names.items()}
    shape = by_name.get(name.removeprefix("answers."))
    if shape is None:
        return _("send one JSON object per row, with these fields: %(fields)s") % {"fields": ", ".join(by_name)}
    if isinstance(shape, inspect.LiteralType | inspect.BoolType) and name.removeprefix("answers.") in kind.flags:
        return _("send true or false")
    return _wanted(shape)


def _wanted(shape: inspect.Type) -> str:
    match shape:
        case inspect.DateTimeType():
            return _("send ISO 8601 with an offset, such as 2026-05-01T09:30:00+08:00")
        case inspect.DateType():
            return _("send a date, such as 2026-05-01")
        case inspect.IntType(ge=low, le=high):
            return _("send a whole number from %(low)s to %(high)s, without quotes") % {"low": low, "high": f"{high:,}"}
        case inspect.DecimalType():
            return _('send a decimal, such as 19.90 or "19.90"')
        case inspect.LiteralType(values=values):
            return _("send one of: %(values)s") % {"values": ", ".join(map(str, values))}
        case inspect.BoolType():
            return _("send true or false")
        case inspect.StrType(pattern="^[A-Z]{3}$"):
            return _("send the three capital letters of ISO 4217, such as CNY")
        case inspect.StrType(max_length=longest, pattern=pattern):
            message = (
                _('send a string of at most %(longest)s characters without "|"')
                if pattern
                else _("send a string of at most %(longest)s characters")
            )
            return message % {"longest": longest}
    return _("see the documentation of this kind")
