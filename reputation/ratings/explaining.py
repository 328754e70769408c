"""Explanations in words: rates, times, differences in stars, ranges. Sentences are whole, as in wording."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reputation.ratings.selectors import RatingRow
from reputation.ratings.wording import number_format
from scoring.metrics import BY_KEY, Metric


def metric_name(key: str) -> str:
    metric = BY_KEY[key]
    return metric.label_zh if (get_language() or "").startswith("zh") else metric.label_en


def value(metric: Metric, amount: float) -> str:
    """A rate in per cent, or minutes as hours and minutes."""
    if metric.unit == "share":
        return _("%(share)s%%") % {"share": number_format(100 * amount, percent_digits(100 * amount))}
    hours, minutes = divmod(round(amount), 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": number_format(hours, 0), "minutes": minutes}
    return _("%(minutes)s min") % {"minutes": number_format(amount, 0 if amount >= 10 or not amount else 1)}


def percent_digits(percent: float) -> int:
    """Two figures that say something: 12 %, 3.4 %, 0.27 %."""
    return 0 if percent >= 10 or percent == 0 else 1 if percent >= 1 else 2


def signed(stars: float, digits: int = 2) -> str:
    """A difference in stars with its sign; a true minus."""
    text = number_format(abs(stars), digits)
    if round(abs(stars), digits) == 0:
        return f"±{text}"
    return f"+{text}" if stars > 0 else f"−{text}"


def span(expected: float | None, low: float | None, high: float | None) -> str:
    """The range beside the rate, in the same round numbers: "about 3 in 100, between 2 and 5"."""
    if expected is None or low is None or high is None:
        return ""
    base = 100 if expected >= 0.95 else 1000
    about, least, most = (number_format(x * base / 100, 0) for x in (expected, low, high))
    values = {"about": about, "base": number_format(base, 0), "low": least, "high": most}
    if least == most:
        return _("about %(about)s in %(base)s") % values
    return _("about %(about)s in %(base)s, between %(low)s and %(high)s") % values


def span_of(row: RatingRow) -> str:
    return span(row.expected, row.low, row.high)


def days(count: int | None) -> str:
    """When something is reached on the way ahead, which looks two years far."""
    if count is None:
        return _("not within two years")
    if count == 0:
        return _("reached tonight")
    if count < 60:
        return _("in %(days)s days") % {"days": count}
    return _("in about %(months)s months") % {"months": round(count / 30.4)}
