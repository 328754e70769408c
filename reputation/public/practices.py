"""What lately happened to a subject's buyers, in words: figures of reputation.ratings.practices as a page tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.ratings.pictures_of_time import took
from reputation.ratings.svg import bar
from reputation.ratings.wording import number_format

_HOUR, _DAY = 60, 24 * 60
_EXACT, _COARSE = 50, 5  # from so many answers on their number is told as it is, below in such steps
_MANY_WAIT = 0.1  # from this share on, what 9 in 10 stay within is not known


class Answers(NamedTuple):
    """First answers of buyers and invited viewers to "how was it overall", 1 to 5.

    So coarse that nobody who looks every night can work out the one answer that came in between.
    """

    count: int  # in fives while they are few
    mean: float  # to a tenth

    def of_five(self) -> str:
        return _("%(mean)s of 5") % {"mean": number_format(self.mean, 1)}

    def counted(self) -> str:
        few = _("on average, from at least %(count)s answers")
        words = few if self.count < _EXACT else _("on average, from %(count)s answers")
        return words % {"count": number_format(self.count, 0)}


class PracticeLine(NamedTuple):
    name: str
    value: str
    details: list[str]
    picture: SafeString | None
    since: date
    through: date


@dataclass(frozen=True)
class PracticePart:
    lines: list[PracticeLine]
    answers: Answers | None

    def since(self) -> date:
        return min(line.since for line in self.lines)

    def through(self) -> date:
        return max(line.through for line in self.lines)


def practice_part(kind: str, figures: Mapping[str, Any]) -> PracticePart | None:
    """None where nothing is known of enough orders."""
    if kind == "store":
        names = [name for name in ("refund", "returns", "dispatch", "delivery", "reply") if name in figures]
        lines = [_refused(figures[name]) if name == "returns" else _time(name, figures[name]) for name in names]
    else:
        lines = _viewers(figures["viewers"]) if "viewers" in figures else []
    answers = _answers(figures["answers"]) if "answers" in figures else None
    return PracticePart(lines, answers) if lines or answers else None


def _answers(found: Mapping[str, Any]) -> Answers:
    count = found["n"]
    return Answers(count if count >= _EXACT else count - count % _COARSE, round(found["mean"], 1))


def duration(minutes: int) -> str:
    """As people say it: minutes, hours, then days with a tenth."""
    if minutes < 2 * _HOUR:
        count, digits = max(minutes, 1), 0
        text = ngettext("%(n)s minute", "%(n)s minutes", count)
    elif minutes < 2 * _DAY:
        count, digits = round(minutes / _HOUR), 0
        text = ngettext("%(n)s hour", "%(n)s hours", count)
    else:
        days = round(minutes / _DAY, 1)
        count, digits = days, 0 if days == round(days) else 1
        text = ngettext("%(n)s day", "%(n)s days", 2)
    return text % {"n": number_format(count, digits)}


def _time(name: str, found: Mapping[str, Any]) -> PracticeLine:
    total, waiting, promised = found["n"], found["waiting"], found["promised"]
    details = [_("9 in 10: within %(time)s") % {"time": duration(found["most"])}] if _settled(found) else []
    if promised is not None:
        details.append(_("promised: %(time)s") % {"time": duration(promised)})
    details.append(_of(name, total))
    if waiting:
        details.append(_waiting(waiting))
    value = duration(found["half"])
    if 2 * waiting >= total:
        value = _("over %(time)s") % {"time": value}
    picture = took(found["half"], found["most"], promised, _in_words(name, found)) if _settled(found) else None
    return PracticeLine(_name(name), value, details, picture, *_span(found))


def _settled(found: Mapping[str, Any]) -> bool:
    return bool(found["waiting"] < _MANY_WAIT * found["n"])


def _name(name: str) -> str:
    names = {
        "dispatch": _("Orders leave after"),
        "delivery": _("Parcels arrive after"),
        "refund": _("Refunds here take"),
        "reply": _("Questions are answered after"),
    }
    return names[name]


def _of(name: str, total: int) -> str:
    values = {"n": number_format(total, 0)}
    if name == "refund":
        return ngettext("of %(n)s return", "of %(n)s returns", total) % values
    if name == "reply":
        return ngettext("of %(n)s question asked by day", "of %(n)s questions asked by day", total) % values
    return ngettext("of %(n)s order", "of %(n)s orders", total) % values


def _waiting(count: int) -> str:
    return ngettext("%(n)s waits still", "%(n)s wait still", count) % {"n": number_format(count, 0)}


def _in_words(name: str, found: Mapping[str, Any]) -> str:
    words = _("%(name)s: %(half)s for one half, %(most)s for 9 in 10") % {
        "name": _name(name),
        "half": duration(found["half"]),
        "most": duration(found["most"]),
    }
    if found["promised"] is None:
        return words
    return _("%(words)s; promised: %(time)s") % {"words": words, "time": duration(found["promised"])}


def _refused(found: Mapping[str, Any]) -> PracticeLine:
    total, refused = found["n"], found["refused"]
    value = _("%(part)s of %(all)s") % {"part": number_format(refused, 0), "all": number_format(total, 0)}
    details = [_("closed without money back, though the goods were said to be at fault")]
    name = _("Returns refused")
    return PracticeLine(name, value, details, bar(100 * refused / total, f"{name}: {value}"), *_span(found))


def _viewers(found: Mapping[str, Any]) -> list[PracticeLine]:
    names = {"false_promotion": _("Saw something promised falsely"), "hype": _("Saw hype or made-up scarcity")}
    total = number_format(found["n"], 0)
    lines = []
    for key, name in names.items():
        value = _("%(part)s of %(all)s") % {"part": number_format(found[key], 0), "all": total}
        picture = bar(100 * found[key] / found["n"], f"{name}: {value}")
        lines.append(PracticeLine(name, value, [_("viewers of live rooms who were asked")], picture, *_span(found)))
    return lines


def _span(found: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(found["since"]), date.fromisoformat(found["through"])
