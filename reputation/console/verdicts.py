"""What the gate and the drift check wrote down, as rows and pictures of a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from reputation.console.labels import CANDIDATES, FEATURES, FINDINGS, KINDS_RATED
from reputation.ratings.explaining import metric_name
from reputation.ratings.wording import number_format
from scoring.drift import Limits as DriftLimits
from scoring.gate import Limits
from scoring.metrics import BY_KEY, KIND_ASPECTS

_PERCENT = ("moved", "stars_moved", "features_shifted")
_SIGNED = ("no_worse", "worse_than_champion", "worse_than_base")
_DIGITS = {"evidence_grew": 1} | dict.fromkeys(
    ("too_few_subjects", "too_few_defects", "not_finite", "champion_not_finite", "sweep", "stars_not_finite"), 0
)
_SHIFTS = 8  # features that are listed
_WIDEST = 0.5  # PSI that fills a bar


class Bar(NamedTuple):
    """`width`: of 100 units, as text, for templates would write 1,234.5."""

    label: str
    value: str
    width: str
    style: str  # challenger, champion, base; good, warn, bad


class Interval(NamedTuple):
    """A difference with its range and limit; positions of 100 units."""

    label: str
    value: str
    left: str
    width: str
    mean: str
    zero: str
    limit: str
    passed: bool


class Check(NamedTuple):
    label: str
    value: str
    limit: str
    passed: bool


class Dot(NamedTuple):
    x: str
    y: str
    radius: str
    label: str


class Judged(NamedTuple):
    """The gate's verdict on one kind."""

    label: str
    promoted: bool
    base_only: bool
    reasons: list[str]
    facts: list[tuple[str, str]]
    gains: list[Bar]
    intervals: list[Interval]
    checks: list[Check]
    dots: list[Dot]


class Shifted(NamedTuple):
    """What the drift check saw of one kind."""

    label: str
    stopped: bool
    reasons: list[str]
    facts: list[tuple[str, str]]
    shifts: list[Bar]
    others: int


def judged(gate: Mapping[str, Any]) -> list[Judged]:
    """Verdicts by kind, stores first; a kind that was not judged is left out."""
    return [_judged(str(KINDS_RATED[kind]), gate[kind]) for kind in KIND_ASPECTS if gate.get(kind)]


def _judged(label: str, verdict: Mapping[str, Any]) -> Judged:
    figures = verdict.get("figures", {})
    return Judged(
        label=label,
        promoted=verdict["promoted"],
        base_only=verdict.get("base_only", False),
        reasons=[sentence(reason) for reason in verdict["reasons"]],
        facts=list(_sizes(figures)),
        gains=_gains(figures.get("log_loss", {})),
        intervals=list(_intervals(figures)),
        checks=list(_checks(figures)),
        dots=_dots(figures.get("calibration", {}).get("bins", [])),
    )


def sentence(reason: Mapping[str, Any]) -> str:
    """A finding in the reader's language, with its figure and limit where it has any."""
    code, value, limit = reason["code"], reason["value"], reason["limit"]
    said = str(FINDINGS.get(code, reason["text"]))
    if value is None:
        return said
    if limit is None:
        return _("%(finding)s: %(value)s") % {"finding": said, "value": _figure(code, value)}
    figures = {"finding": said, "value": _figure(code, value), "limit": _figure(code, limit)}
    return _("%(finding)s: %(value)s, limit %(limit)s") % figures


def _figure(code: str, value: float) -> str:
    if code in _SIGNED:
        return signed(value)
    return _percent(value) if code in _PERCENT else number_format(value, _DIGITS.get(code, 2))


def _percent(share: float) -> str:
    return f"{number_format(100 * share, 1)} %"


def _sizes(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if figures.get("cutoff"):
        yield _("Judged on orders from"), figures["cutoff"]
    for name, label in (("subjects", _("Subjects")), ("orders", _("Orders")), ("defects", _("Defects"))):
        if name in figures:
            yield label, number_format(figures[name], 0)
    seen = figures.get("seen_days", {})
    for who in CANDIDATES:
        if who in seen:
            yield _("Days of them seen by: %(who)s") % {"who": CANDIDATES[who]}, f"{seen[who]:.0f}"


def _gains(losses: Mapping[str, float]) -> list[Bar]:
    """Log loss below that of a forecast that knows the market's level alone: the longer the better."""
    gains = {who: losses["level"] - losses[who] for who in ("challenger", "champion", "base") if who in losses}
    longest = max(gains.values(), default=0.0)
    return [
        Bar(str(CANDIDATES[who]), number_format(losses[who], 4), width(gain, longest), who)
        for who, gain in gains.items()
    ]


def width(value: float, longest: float) -> str:
    """How many of 100 units a bar takes; a value above nothing is always seen."""
    if value <= 0 or longest <= 0:
        return "0"
    return f"{max(1.0, 100 * min(value / longest, 1.0)):.1f}"


def _intervals(figures: Mapping[str, Any]) -> Iterator[Interval]:
    rivals = (("against_champion", _("Against the champion")), ("against_base", _("Against its own base")))
    for name, label in rivals:
        if against := figures.get(name):
            yield _interval(label, against)


def _interval(label: str, against: Mapping[str, float]) -> Interval:
    reach = 1.15 * max(abs(against[name]) for name in ("low", "high", "margin")) or 1.0

    def at(value: float) -> float:
        return 50 + 50 * value / reach

    return Interval(
        label=label,
        value=signed(against["mean"]),
        left=f"{at(against['low']):.1f}",
        width=f"{max(1.0, at(against['high']) - at(against['low'])):.1f}",
        mean=f"{at(against['mean']):.1f}",
        zero=f"{at(0):.1f}",
        limit=f"{at(against['margin']):.1f}",
        passed=against["high"] <= against["margin"],
    )


def signed(value: float) -> str:
    """With its sign, a real minus, and five digits: differences of log loss are small."""
    digits = number_format(abs(value), 5)
    return f"−{digits}" if value < 0 else f"+{digits}"


def _checks(figures: Mapping[str, Any]) -> Iterator[Check]:
    limits = Limits()
    if found := figures.get("calibration"):
        large, slope = found["large"], found["slope"]
        least = 1 / limits.large
        yield Check(_("Defects foreseen to those that came"), _two(large), _between(least, limits.large),
                    least <= large <= limits.large)  # fmt: skip
        if slope is not None:
            fits = found["slope_high"] >= 1 / limits.slope and found["slope_low"] <= limits.slope
            yield Check(_("Differences that came to those foreseen"), _two(slope),
                        _between(1 / limits.slope, limits.slope), fits)  # fmt: skip
        yield Check(_("Error of the shares, of the market's"), _percent(found["error"]),
                    _percent(limits.calibration_error), found["error"] <= limits.calibration_error)  # fmt: skip
    if "sweep" in figures:
        yield Check(_("Steps to the worse that made a star better"), number_format(figures["sweep"], 0),
                    str(limits.sweep), figures["sweep"] <= limits.sweep)  # fmt: skip
    if moved := figures.get("moved"):
        yield Check(_("Stars that would move by 0.3 or more"), _percent(moved["share"]), _percent(moved["limit"]),
                    moved["share"] <= moved["limit"])  # fmt: skip


def _two(value: float) -> str:
    return number_format(value, 2)


def _between(low: float, high: float) -> str:
    return f"{_two(low)} – {_two(high)}"


def _dots(bins: Sequence[Sequence[float]]) -> list[Dot]:
    """Foreseen against what came, on a canvas of 100 x 100 units whose diagonal is a perfect forecast."""
    highest = max((max(said, was) for said, was, _orders in bins), default=0.0) or 1.0
    most = max((orders for _said, _was, orders in bins), default=1.0)
    return [
        Dot(
            f"{90 * said / highest + 5:.1f}",
            f"{95 - 90 * was / highest:.1f}",
            f"{0.8 + 1.4 * (orders / most) ** 0.5:.1f}",
            _("foreseen %(said)s, came %(was)s") % {"said": _percent(said), "was": _percent(was)},
        )
        for said, was, orders in bins
    ]


def shifted(drift: Mapping[str, Any]) -> list[Shifted]:
    """What the drift check of a night saw: stores, anchors, then the evidence of the whole market."""
    kinds = {kind: KINDS_RATED[kind] for kind in KIND_ASPECTS} | {"evidence": _("Evidence of the whole market")}
    return [_shifted(str(label), drift[kind]) for kind, label in kinds.items() if drift.get(kind)]


def _shifted(label: str, found: Mapping[str, Any]) -> Shifted:
    figures = found["figures"]
    shifts = sorted(figures.get("psi", {}).items(), key=lambda item: -(item[1] or 0.0))
    bars = [_shift(name, value or 0.0) for name, value in shifts]
    reasons = [sentence(reason) for reason in found["stop"]]
    facts = [*_stars(figures, found["withheld"]), *_volume(figures.get("volume", {}))]
    return Shifted(label, bool(reasons), reasons, facts, bars[:_SHIFTS], max(0, len(bars) - _SHIFTS))


def _stars(figures: Mapping[str, Any], withheld: int) -> Iterator[tuple[str, str]]:
    if "stars" in figures:
        yield _("Stars compared"), number_format(figures["stars"], 0)
        yield _("Moved by 0.5 or more"), number_format(figures["moved"], 0)
        yield _("Withheld for a jump"), number_format(withheld, 0)
        yield _("PSI of the stars"), number_format(figures["star_psi"], 3)


def _volume(figures: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    labels = (("last_day", _("Orders of the last day")), ("usual_day", _("Orders of a usual day")),
              ("year", _("Orders of 365 days")))  # fmt: skip
    for name, label in labels:
        if name in figures:
            yield label, number_format(figures[name], 0)


def _shift(name: str, value: float) -> Bar:
    limits = DriftLimits()
    style = "bad" if value > limits.psi else "warn" if value > limits.warn else "good"
    return Bar(feature_label(name), number_format(value, 3), width(value, _WIDEST), style)


def feature_label(name: str) -> str:
    """A feature as people call it: what it measures, and its half-life in days where it has one."""
    key, _underscore, days = name.rpartition("_")
    if not days.isdigit():
        return str(FEATURES.get(name, name))
    label = metric_name(key) if key in BY_KEY else FEATURES.get(key, key)
    return _("%(metric)s, %(days)s days") % {"metric": label, "days": days}
