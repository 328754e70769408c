"""Every metric of a subject in words and pictures: its value, its category, how it counts and what it costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.evidence.behind import TOGETHER
from reputation.evidence.voices import LEAST
from reputation.portal.selectors import Subject
from reputation.ratings import explaining, sparks
from reputation.ratings.metric_words import how
from reputation.ratings.own_figures import too_few
from reputation.ratings.standings import Explainable
from reputation.ratings.trend_figures import week_in_words
from reputation.ratings.trends import NoFilesError, Trend, Trends, Week, trends
from reputation.ratings.wording import aspect_name, number_format
from scoring.metrics import ASPECTS, BY_KEY, CATALOGUE, Metric
from scoring.outcomes.rules import ANSWERS, OF_BUYERS

if TYPE_CHECKING:
    from scoring.explain.changes import Reason

NOTHING = 0.005  # stars: less than this is said to cost nothing
FEWEST_PEERS = 5  # others of the category: of fewer one could read the rate of each
WEEKS = 13


@dataclass(frozen=True)
class Measure:
    """`own`, `usual`, `quick`: in words, "" where unknown; `cost`: signed stars against the median, "" where nothing can
    be scored; `costs`: it lowers the star; `counted`: weighted sums behind the value, in words; `plain`: the same without weights, where it is
    that; `aspect_known`: it speaks of one aspect."""

    key: str
    name: str
    aspect: str
    how: str
    own: str
    usual: str
    quick: str
    than: str  # better, worse, level; "" where unknown
    picture: SafeString | str
    cost: str
    costs: bool
    said: str
    counted: str
    plain: str = ""
    aspect_known: bool = True


def of_kind(kind: str) -> list[Metric]:
    """In the order of the pages: by aspect, what speaks for everything together last."""
    mine = [metric for metric in CATALOGUE if kind in metric.subjects]
    return sorted(mine, key=lambda metric: ASPECTS.index(metric.aspect) if metric.aspect else len(ASPECTS))


def groups(subject: Subject, found: Explainable | None) -> list[tuple[str, list[Measure]]]:
    """Aspect -> its measures."""
    metrics, known = of_kind(subject.kind), _reasons(found)
    return [
        (aspect_of(aspect), [_whole(subject, measure(metric, found, known)) for metric in some])
        for aspect, some in groupby(metrics, lambda metric: metric.aspect)
    ]


def one(subject: Subject, key: str, found: Explainable | None) -> Measure:
    return _whole(subject, measure(BY_KEY[key], found, _reasons(found, key)))


def _whole(subject: Subject, made: Measure) -> Measure:
    """Defects are no part of what is scored: of these the plain share of a year is told."""
    rating = subject.rating
    if made.key != "defect" or rating is None or not rating.orders_counted:
        return made
    n, d = rating.confirmed_defects, rating.orders_counted
    plain = _("%(n)s of %(d)s orders in 365 days") % {"n": number_format(n, 0), "d": number_format(d, 0)}
    return replace(made, own=explaining.value(BY_KEY["defect"], n / d), plain=plain)


def aspect_of(aspect: str | None) -> str:
    return aspect_name(aspect) if aspect else _("Everything together")


def _reasons(found: Explainable | None, key: str = "") -> dict[str, Reason]:
    """What each metric costs, or one alone, which is quicker."""
    from scoring.explain.changes import reasons

    if found is None:
        return {}
    medians = {name: usual for name, usual in found.medians.items() if not key or name == key}
    return {reason.key: reason for reason in reasons(found.rated, medians).metrics}


def measure(metric: Metric, found: Explainable | None, known: Mapping[str, Reason]) -> Measure:
    name = explaining.metric_name(metric.key)
    blank = Measure(metric.key, name, aspect_of(metric.aspect), how(metric.key), "", "", "", "", "", "", False, "", "")
    blank = replace(blank, aspect_known=metric.aspect is not None)
    return _compared(blank, metric, found, known.get(metric.key)) if found and _told(metric, found) else blank


def _told(metric: Metric, found: Explainable) -> bool:
    """Whether anything of it was ever counted, and of answers enough."""
    from scoring.explain.again import AT
    from scoring.features import exposure

    return bool(found.rated.standing.own[:, AT[exposure(metric)]].max() > 0) and not too_few(found, metric)


def _compared(blank: Measure, metric: Metric, found: Explainable, reason: Reason | None) -> Measure:
    own, usual, quick = found.rated.value(metric), found.medians.get(metric.key), found.quick.get(metric.key)
    words = {name: "" if x is None else explaining.value(metric, x) for name, x in (("usual", usual), ("quick", quick))}
    values = {"own": explaining.value(metric, own), **words}
    label = _("yours %(own)s, median %(usual)s") % values if usual is not None else _("yours %(own)s") % values
    return replace(
        blank,
        **values,
        than=(reason.than or "") if reason else "",
        picture=sparks.band(own, usual, quick, look=_look(reason), label=label),
        cost=explaining.signed(-reason.gain) if reason else "",
        costs=bool(reason and reason.gain >= NOTHING),
        said=_said(reason) if reason else "",
        counted=_counted(metric, found),
    )


def _look(reason: Reason | None) -> str:
    if reason is None or abs(reason.gain) < NOTHING:
        return "bar-fill"
    return "effect-down" if reason.gain > 0 else "effect-up"


def _said(reason: Reason) -> str:
    values = {"by": explaining.signed(abs(reason.gain)).lstrip("+")}
    if abs(reason.gain) < NOTHING:
        return _("costs you nothing")
    return _("costs you %(by)s stars") % values if reason.gain > 0 else _("earns you %(by)s stars") % values


def _counted(metric: Metric, found: Explainable) -> str:
    """Numerator and denominator by their weight: what is old counts less. Of answers it could tell when each came."""
    from scoring.explain.again import AT
    from scoring.features import HALF_LIVES, exposure

    row = found.rated.standing.own[HALF_LIVES.index(120)]
    n, d = float(row[AT[f"{metric.key}_n"]]), float(row[AT[exposure(metric)]])
    if metric.key in ANSWERS:
        return ""
    hours = metric.unit == "minutes"
    values = {"n": number_format(n / 60 if hours else n, 1), "d": number_format(d, 1)}
    return _("%(n)s hours over %(d)s") % values if hours else _("%(n)s of %(d)s") % values


# --- weeks ---------------------------------------------------------------------------------------------------------


def weeks(subject: Subject, category: str, length: int = WEEKS) -> dict[str, Trend]:
    """Metric -> its weeks, as far as anything was counted. Raises NoFilesError where they are not at hand."""
    read = trends(subject.kind, subject.id, category, length)
    return shown(read) if read else {}


def shown(read: Trends) -> dict[str, Trend]:
    """As their subject may see them. Answers are told in groups, and not by week as well. Of metrics of any symptom a
    week in which fewer than five answered is left out: what its orders do not explain would be their answers. Of few
    others each could be told apart."""
    few = _few_answered(read)
    told = {line.metric.key: line for line in read.lines if line.metric.key not in ANSWERS}
    for key in TOGETHER & told.keys():
        told[key] = replace(told[key], weeks=tuple(_hidden(week, few) for week in told[key].weeks))
    return told if read.peers >= FEWEST_PEERS else {key: _alone(line) for key, line in told.items()}


def _few_answered(read: Trends) -> set[date]:
    """Weeks in which some answered a question, but fewer than five."""
    asked = (week for line in read.lines if line.metric.key in OF_BUYERS for week in line.weeks)
    return {week.start for week in asked if 0 < week.d < LEAST}


def _hidden(week: Week, few: Collection[date]) -> Week:
    return replace(week, own=None, n=0.0, d=0.0) if week.start in few else week


def _alone(line: Trend) -> Trend:
    return replace(line, weeks=tuple(replace(week, others=None) for week in line.weeks))


def sparklines(subject: Subject, category: str) -> dict[str, SafeString] | None:
    """Metric -> its last weeks as a small picture; None where the days are not at hand."""
    try:
        return {key: _spark(trend) for key, trend in weeks(subject, category).items()}
    except NoFilesError:
        return None


def _spark(trend: Trend) -> SafeString:
    told: Sequence[Week] = [week for week in trend.weeks if week.own is not None]
    last = week_in_words(trend.metric, told[-1]) if told else _("nothing counted")
    label = _("%(weeks)s weeks, the last: %(last)s") % {"weeks": len(trend.weeks), "last": last}
    return sparks.spark([week.own for week in trend.weeks], label)
