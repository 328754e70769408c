"""What the page "why" shows: reasons, advice and the way ahead of one subject, in words and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings import explaining, pictures
from reputation.ratings.own_figures import too_few
from reputation.ratings.standings import Explainable
from reputation.ratings.wording import aspect_name, number_format
from scoring.metrics import BY_KEY

if TYPE_CHECKING:
    from scoring.explain.changes import Raise, Reason
    from scoring.explain.trajectory import Trajectory

NOTHING = 0.005  # stars: less than this is said to change nothing
GOAL, HIGHER_GOAL = 4.5, 4.8
MOST_ADVICE = 5


class AspectLine(NamedTuple):
    name: str
    effect: str  # signed stars
    words: str
    picture: SafeString


class MetricLine(NamedTuple):
    name: str
    aspect: str
    own: str
    usual: str
    words: str
    picture: SafeString


class AdviceLine(NamedTuple):
    """`try_it`: the query with which the simulator opens at it."""

    name: str
    words: str
    gain: str
    picture: SafeString
    try_it: str


class Ahead(NamedTuple):
    picture: SafeString
    rows: list[tuple[str, str]]  # day in words, stars
    to_goal: str
    to_forgotten: str


@dataclass(frozen=True)
class Why:
    aspects: list[AspectLine]
    metrics: list[MetricLine]
    quiet: list[MetricLine]  # they change nothing as they are
    advice: list[AdviceLine]
    ahead: Ahead
    peers: str


def why(found: Explainable) -> Why:
    from scoring.explain.changes import reasons
    from scoring.explain.trajectory import trajectory

    told = reasons(found.rated, found.medians)
    metrics = [reason for reason in told.metrics if not too_few(found, BY_KEY[reason.key])]
    lines = [(abs(reason.gain) >= NOTHING, _metric(reason)) for reason in metrics]
    goal = GOAL if told.star < GOAL - 0.05 else HIGHER_GOAL
    return Why(
        aspects=[_aspect(reason) for reason in told.aspects],
        metrics=[line for loud, line in lines if loud],
        quiet=[line for loud, line in lines if not loud],
        advice=_advice(advised(found)[:MOST_ADVICE]),
        ahead=_ahead(told.star, trajectory(found.rated, goal)),
        peers=_peers(found),
    )


def _aspect(reason: Reason) -> AspectLine:
    words = _effect_in_words(reason)
    name = aspect_name(reason.key)
    picture = pictures.effect(-reason.gain, f"{name}: {words}")
    return AspectLine(name, explaining.signed(-reason.gain), words, picture)


def _metric(reason: Reason) -> MetricLine:
    metric = BY_KEY[reason.key]
    own, usual = (explaining.value(metric, x or 0.0) for x in (reason.own, reason.usual))
    label = _("yours %(own)s, median %(usual)s") % {"own": own, "usual": usual}
    picture = pictures.compared(reason.own or 0.0, reason.usual or 0.0, reason.than or "level", label)
    name = explaining.metric_name(reason.key)
    return MetricLine(name, aspect_name(reason.aspect), own, usual, _effect_in_words(reason), picture)


def _effect_in_words(reason: Reason) -> str:
    values = {"star": number_format(reason.star, 2), "by": explaining.signed(reason.gain)}
    if abs(reason.gain) < NOTHING:
        return _("with the median here you would be where you are")
    return _("with the median here you would be at %(star)s (%(by)s)") % values


def advised(found: Explainable) -> list[Raise]:
    """What would raise the star, most first: of nothing that too few answered."""
    from scoring.explain.changes import raises

    return [one for one in raises(found.rated, found.quick) if not too_few(found, BY_KEY[one.metric])]


def _advice(found: Sequence[Raise]) -> list[AdviceLine]:
    return [_advised(advice, found[0].gain) for advice in found]


def _advised(advice: Raise, top: float) -> AdviceLine:
    metric = BY_KEY[advice.metric]
    words = _("from %(own)s to %(aim)s") % {
        "own": explaining.value(metric, advice.own),
        "aim": explaining.value(metric, advice.aim),
    }
    gain, name = explaining.signed(advice.gain), explaining.metric_name(advice.metric)
    picture = pictures.effect_share(advice.gain / top, f"{name}, {words}: {gain}")
    return AdviceLine(name, words, gain, picture, try_it(advice))


def try_it(advice: Raise) -> str:
    """The query of an address with which the simulator opens at a piece of advice: per cent, or minutes."""
    share = BY_KEY[advice.metric].unit == "share"
    return urlencode({advice.metric: f"{100 * advice.aim:.2f}" if share else f"{advice.aim:.0f}"})


def _ahead(now: float, found: Trajectory) -> Ahead:
    days = [(0, now, _("tonight")), *((day, star, _in_days(day)) for day, star in found.stars.items())]
    rows = [(name, number_format(star, 1)) for _day, star, name in days]
    label = "; ".join(f"{name}: {star}" for name, star in rows)
    goal = number_format(found.goal, 1)
    to_goal = _("%(goal)s stars: %(when)s") % {"goal": goal, "when": explaining.days(found.days_to_goal)}
    gone = _("old problems cost less than 0.05 stars: %(when)s") % {"when": explaining.days(found.days_to_forgotten)}
    return Ahead(pictures.ahead(days, found.goal, label), rows, to_goal, gone)


def _in_days(count: int) -> str:
    return _("in %(days)s days") % {"days": count}


def _peers(found: Explainable) -> str:
    values = {"count": number_format(found.peers, 0)}
    if found.of_category:
        return _("Medians are those of the %(count)s rated in your category.") % values
    return _("Your category is small, so medians are those of all %(count)s rated of your kind.") % values
