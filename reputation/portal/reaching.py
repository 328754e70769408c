"""When a star is reached: the way ahead with the numbers that one sets, day by day, in words and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.portal import charts
from reputation.portal.charts import Mark, Series
from reputation.ratings import explaining
from reputation.ratings.standings import Explainable
from reputation.ratings.wording import number_format
from scoring.metrics import BY_KEY

if TYPE_CHECKING:
    from scoring.explain.course import Course, Floats, Hurdle

_TABLE = (0, 7, 14, 30, 60, 90, 180, 365, 730)
_SHORTEST = 60  # days that a picture shows at least


class Row(NamedTuple):
    day: str
    going_on: str
    star: str
    goal: bool


class Reaching(NamedTuple):
    """`reached`: when, in words; `hurdle`: what is in the way where it is not; `figures`: the same for programs."""

    goal: str
    reached: str
    hurdle: str
    picture: SafeString
    rows: list[Row]
    compared: bool
    figures: dict[str, float | int | str | None]


def reaching(
    tonight: Explainable, then: Explainable, changes: Mapping[str, float], goal: float, night: date
) -> Reaching:
    """`then`: the same subject without what is taken as accepted; `night`: that of the rating."""
    from scoring.explain.course import course, path

    found = course(then.rated, changes, goal, then.quick)
    compared = bool(changes) or then is not tonight
    plain = path(tonight.rated, {}) if compared else found.stars
    return Reaching(
        number_format(goal, 1),
        _reached(found, night),
        _in_the_way(found.hurdle, goal) if found.day is None else "",
        _picture(found, plain, night, compared),
        _rows(found, plain, night),
        compared,
        {"goal": goal, "days": found.day, "on": _on(found, night)},
    )


def _on(found: Course, night: date) -> str | None:
    return None if found.day is None else (night + timedelta(days=found.day)).isoformat()


def _reached(found: Course, night: date) -> str:
    goal = number_format(found.goal, 1)
    if found.day is None:
        return _("%(goal)s stars are not reached within two years with these numbers") % {"goal": goal}
    if found.day == 0:
        return _("%(goal)s stars are there tonight") % {"goal": goal}
    words = ngettext(
        "%(goal)s stars by %(day)s, in %(days)s day", "%(goal)s stars by %(day)s, in %(days)s days", found.day
    )
    return words % {"goal": goal, "day": _day(night, found.day), "days": found.day}


def _in_the_way(hurdle: Hurdle | None, goal: float) -> str:
    if hurdle is None:
        return _("No single measure keeps you from it: there is little left to mend, only time and more orders help.")
    metric = BY_KEY[hurdle.metric]
    values = {
        "measure": explaining.metric_name(hurdle.metric), "aim": explaining.value(metric, hurdle.aim),
        "goal": number_format(goal, 1), "star": number_format(hurdle.star, 1), "when": explaining.days(hurdle.day),
    }  # fmt: skip
    if hurdle.day is None:
        return _("Most in the way: %(measure)s. Even at %(aim)s you would be at %(star)s after two years, so more than one measure has to change.") % values  # fmt: skip
    return _("Most in the way: %(measure)s. At %(aim)s you would reach %(goal)s %(when)s.") % values


def _picture(found: Course, plain: Floats, night: date, compared: bool) -> SafeString:
    last = len(found.stars) - 1
    if found.day is not None:
        last = min(max(round(1.5 * found.day), _SHORTEST), last)
    days = sorted({*range(0, last + 1, max(1, last // 120)), last, *([found.day] if found.day else [])})
    lines = [Series("course-now", [(day, float(plain[day])) for day in days])] if compared else []
    lines.append(Series("chart-line", [(day, float(found.stars[day])) for day in days]))
    mark = None if found.day is None else Mark(found.day, float(found.stars[found.day]))
    ends = (_("tonight"), _day(night, last))
    return charts.path(lines, found.goal, mark, ends, _label(found, night))


def _label(found: Course, night: date) -> str:
    values = {"now": number_format(float(found.stars[0]), 1), "then": number_format(float(found.stars[-1]), 1)}
    course = _("From %(now)s tonight to %(then)s in two years.") % values
    return f"{course} {_reached(found, night)}"


def _rows(found: Course, plain: Floats, night: date) -> list[Row]:
    days = sorted({*_TABLE, *([found.day] if found.day else [])})
    return [
        Row(
            _("tonight") if day == 0 else _day(night, day),
            number_format(float(plain[day]), 2),
            number_format(float(found.stars[day]), 2),
            day == found.day,
        )
        for day in days
    ]


def _day(night: date, ahead: int) -> str:
    return date_format(night + timedelta(days=ahead), "DATE_FORMAT")
