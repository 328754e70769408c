"""Policies in words: what a rule asks for, what it compares, and what it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from reputation.governance.sanctions import SANCTIONS
from reputation.ratings.explaining import metric_name
from reputation.ratings.wording import number_format
from scoring.metrics import BY_KEY
from scoring.policy.rules import Condition, Leaf, OfCategory, Rule

POLICY_STATES: Mapping[str, Promise] = {
    "draft": pgettext_lazy("policy", "draft"),
    "shadow": pgettext_lazy("policy", "shadow"),
    "announced": pgettext_lazy("policy", "announced"),
    "live": pgettext_lazy("policy", "live"),
    "retired": pgettext_lazy("policy", "retired"),
}
SCOPES: Mapping[str, Promise] = {"store": gettext_lazy("Stores"), "anchor": gettext_lazy("Anchors")}
READS: Mapping[str, Promise] = {
    "low": gettext_lazy("at the least (lower bound)"),
    "value": gettext_lazy("as it is"),
    "high": gettext_lazy("at the most (upper bound)"),
    "count": gettext_lazy("number of cases"),
    "buyers": gettext_lazy("buyers who may be affected"),
}
OPS: Mapping[str, Promise] = {
    ">=": gettext_lazy("at least"),
    ">": gettext_lazy("more than"),
    "<=": gettext_lazy("at most"),
    "<": gettext_lazy("less than"),
}
_COUNTERS: Mapping[str, Promise] = {
    "orders": gettext_lazy("Valid orders"),
    "grave": gettext_lazy("Signs of counterfeit or danger"),
    "stars": gettext_lazy("Star"),
    "low_star_days": gettext_lazy("Nights with a star below 2.5"),
    "star_change": gettext_lazy("Change of the star"),
}


@dataclass(frozen=True)
class Words:
    """A condition in words: a sentence, or `kind` (all, any) of several."""

    text: str
    kind: str = ""
    parts: tuple[Words, ...] = ()


def metric_label(key: str) -> str:
    """In the language of the moment; a metric that is no more is shown by its key."""
    return metric_name(key) if key in BY_KEY else str(_COUNTERS.get(key, key))


def condition_words(condition: Condition) -> Words:
    if isinstance(condition, Leaf):
        return Words(leaf_words(condition))
    head = _("all of these hold") if condition.kind == "all" else _("one of these holds")
    return Words(head, condition.kind, tuple(condition_words(part) for part in condition.parts))


def leaf_words(leaf: Leaf) -> str:
    """One comparison as a sentence."""
    values = {"what": reading_label(leaf.metric, leaf.window, leaf.read), "op": OPS[leaf.op], "than": than_words(leaf)}
    return _("%(what)s is %(op)s %(than)s") % values


def reading_label(metric: str, window: int, read: str) -> str:
    """What a comparison reads of a subject."""
    values = {"metric": metric_label(metric), "days": window}
    if read == "count" and metric in BY_KEY:
        values["metric"] = _("%(metric)s: cases") % values
    if read in ("low", "high", "buyers"):
        values["metric"] = _("%(metric)s (%(read)s)") % {"metric": values["metric"], "read": _SHORT_READS[read]}
    if not window:
        return str(values["metric"])
    return ngettext("%(metric)s of the last %(days)d day", "%(metric)s of the last %(days)d days", window) % values


_SHORT_READS: Mapping[str, Promise] = {
    "low": gettext_lazy("lower bound"),
    "high": gettext_lazy("upper bound"),
    "buyers": gettext_lazy("affected buyers"),
}


def than_words(leaf: Leaf) -> str:
    if not isinstance(leaf.than, OfCategory):
        return amount(leaf.measure.shape, leaf.read, leaf.than)
    times = plain(leaf.than.times)
    if leaf.than.quantile is None:
        return _("%(times)s times the mean of the category") % {"times": times}
    values = {"times": times, "share": percent(leaf.than.quantile)}
    return _("%(times)s times what %(share)s of the category stay within") % values


def amount(shape: str, read: str, value: float) -> str:
    """A reading as people write it: shares in percent, waiting times in minutes, counts bare."""
    if shape in ("share", "rate") and read not in ("count", "buyers"):
        return percent(value)
    if shape == "minutes":
        return _("%(minutes)s minutes an order") % {"minutes": plain(value)}
    return plain(value)


def percent(share: float) -> str:
    return _("%(percent)s %%") % {"percent": plain(100 * share)}


def plain(value: float) -> str:
    """As many digits as say something: whole from 100 on, else three of them."""
    if abs(value) >= 100 or value == int(value):
        return number_format(value, 0)
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return number_format(value, digits).rstrip("0").rstrip(".,")


def effect_words(rule: Rule) -> str:
    """What is proposed, for how long, and who decides."""
    parts = [sanction_words(rule.action, rule.share)]
    if rule.expires is None:
        parts.append(_("without an end"))
    else:
        parts.append(ngettext("for %(days)d day", "for %(days)d days", rule.expires) % {"days": rule.expires})
    parts.append(_("imposed automatically") if rule.automatic else _("a person decides"))
    if rule.lift_when_cured:
        parts.append(_("lifted when cured"))
    return pgettext("between parts of a sentence", ", ").join(parts)


def sanction_words(key: str, share: Any = None) -> str:
    label = str(SANCTIONS[key].label) if key in SANCTIONS else key
    if share is None:
        return label
    return _("%(sanction)s to %(share)s") % {"sanction": label, "share": percent(float(share))}
