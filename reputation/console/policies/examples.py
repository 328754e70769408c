"""A threshold as an example that can be checked by hand: from how many cases on it is met."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reputation.governance.wording import percent, plain
from scoring.policy.rules import Leaf, OfCategory, Rule
from scoring.reported import PER_CONVERSATION, PER_VIEWER

if TYPE_CHECKING:
    from scoring.policy.readings import Readings

_SIZES = (100, 1000, 10_000)


def worked(leaf: Leaf, rule: Rule, readings: Readings | None = None) -> list[str]:
    """At most three sentences; none where the number says it all. `readings`: of tonight, for yardsticks."""
    if isinstance(leaf.than, OfCategory):
        return _yardstick(leaf, rule, readings)
    if leaf.read == "count" and leaf.op in (">=", ">") and leaf.measure.shape != "star":
        return _count(leaf)
    if leaf.measure.shape == "minutes":
        return [_("That is %(hours)s hours an order.") % {"hours": plain(leaf.than / 60)}]
    if leaf.measure.shape in ("share", "rate") and leaf.read in ("low", "value", "high"):
        return _cases(leaf, leaf.than, rule)
    return []


def _cases(leaf: Leaf, than: float, rule: Rule) -> list[str]:
    """From, or up to, how many cases of 100, 1,000 and 10,000 the comparison holds."""
    rising = leaf.op in (">=", ">")
    said = _("Of %(size)s %(things)s: from %(cases)s cases on.") if rising else _(
        "Of %(size)s %(things)s: up to %(cases)s cases."
    )  # fmt: skip
    found = []
    for size in _SIZES:
        cases = _first(leaf, than, size, rule) if rising else _last(leaf, than, size)
        if cases is not None:
            found.append(said % {"size": plain(size), "things": things(leaf.metric), "cases": plain(cases)})
    return found[:2]


def _first(leaf: Leaf, than: float, size: int, rule: Rule) -> int | None:
    """The fewest cases that meet it; enough buyers must be affected too."""
    least = rule.least_buyers if leaf.guarded else 0
    met = _meets(leaf, than, size)
    low, high = 0, size + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle + 1, high)
    return max(low, least) if low <= size else None


def _last(leaf: Leaf, than: float, size: int) -> int | None:
    met = _meets(leaf, than, size)
    low, high = -1, size
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if met(middle) else (low, middle - 1)
    return low if low >= 0 else None


def _meets(leaf: Leaf, than: float, size: int) -> Callable[[int], bool]:
    import operator

    import numpy as np

    from scoring.policy.readings import rate

    compare = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}[leaf.op]
    shape = leaf.measure.shape

    def met(cases: int) -> bool:
        return bool(compare(rate(shape, leaf.read, np.array([float(cases)]), np.array([float(size)]))[0], than))

    return met


def _count(leaf: Leaf) -> list[str]:
    """The same number is much for a small seller and nothing for a large one."""
    than = leaf.than if isinstance(leaf.than, float) else 0.0
    if leaf.metric in ("orders", "grave") or than <= 0:
        return []
    few = next(size for size in (100, 1000, 10_000, 10**9) if size >= 5 * than or size == 10**9)
    values = {"few": plain(few), "many": plain(100 * few), "things": things(leaf.metric)}
    shares = {"small": percent(than / few), "large": percent(than / few / 100)}
    return [
        _("With %(few)s %(things)s in that time it is %(small)s of them, with %(many)s only %(large)s.")
        % (values | shares)
    ]


def _yardstick(leaf: Leaf, rule: Rule, readings: Readings | None) -> list[str]:
    import numpy as np

    if readings is None:
        return []
    asked = readings.than(leaf)[readings.night.of(rule.scope) & (readings.night.orders > 0)]
    asked = asked[np.isfinite(asked)]
    if not len(asked):
        return [_("No category has the 20 others that a yardstick needs: tonight it holds for nobody.")]
    if leaf.measure.shape not in ("share", "rate"):
        return []
    least, middle, most = (float(end) for end in np.quantile(asked, (0.0, 0.5, 1.0)))
    values = {"least": percent(least), "middle": percent(middle), "most": percent(most)}
    said = _("Tonight that is %(middle)s for the middle one, from %(least)s to %(most)s by category.") % values
    return [said, *_cases(leaf, middle, rule)[1:]]


def things(metric: str) -> str:
    """What a share of this metric is a share of."""
    if metric in PER_CONVERSATION:
        return pgettext("of so many", "conversations")
    if metric in PER_VIEWER:
        return pgettext("of so many", "viewers' answers")
    return pgettext("of so many", "answers") if metric.endswith("_low") or metric in ("negative_answer",) else (
        pgettext("of so many", "orders")
    )  # fmt: skip
