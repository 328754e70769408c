"""What a rule read of a subject, and what a sanction means for it, as sentences for the subject and for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.governance.models import Action
from reputation.governance.sanctions import SANCTIONS
from reputation.governance.wording import metric_label
from reputation.ratings.explaining import percent_digits, signed, value
from reputation.ratings.wording import number_format
from scoring.metrics import BY_KEY
from scoring.policy.vocabulary import LEAST_BUYERS, MEASURES


def measure_sentence(action: Action) -> str:
    """What the sanction takes away, or that it takes away nothing."""
    share = "" if action.share is None else _percent(float(action.share))
    return SANCTIONS[action.sanction].measure(share=share, item=action.item_ref)


def reading_sentence(reading: Mapping[str, Any]) -> str:
    """`reading`: scoring.policy.evaluate.Reading as a dict, as flags keep it."""
    parts = {"what": _what(reading), "limit": _limit(reading), "value": amount_in_words(reading, reading["value"])}
    if reading["read"] not in ("low", "high") or not reading.get("d"):
        return _("%(what)s: %(value)s. Limit: %(limit)s.") % parts
    parts |= {
        "rate": _percent(reading["n"] / reading["d"]), "n": number_format(reading["n"], 0),
        "d": number_format(reading["d"], 0),
    }  # fmt: skip
    return _bound(reading["read"]) % parts


def _bound(read: str) -> str:
    if read == "low":
        return _(
            "%(what)s: %(n)s of %(d)s, which is %(rate)s; even with all chance in your favour %(value)s. "
            "Limit: %(limit)s."
        )
    return _("%(what)s: %(n)s of %(d)s, which is %(rate)s; with all chance against you %(value)s. Limit: %(limit)s.")


def _what(reading: Mapping[str, Any]) -> str:
    name = metric_label(reading["metric"])
    if not reading["window"]:
        return name
    days = ngettext("last %(days)s day", "last %(days)s days", reading["window"]) % {"days": reading["window"]}
    return _("%(name)s, %(days)s") % {"name": name, "days": days}


def _limit(reading: Mapping[str, Any]) -> str:
    words = {
        ">=": _("at least %(than)s"),
        ">": _("more than %(than)s"),
        "<=": _("at most %(than)s"),
        "<": _("less than %(than)s"),
    }
    return words[reading["op"]] % {"than": amount_in_words(reading, reading["than"])}


def amount_in_words(reading: Mapping[str, Any], amount: float) -> str:
    """A number of what a reading's `metric` and `read` say: a share, minutes, buyers, stars, or a count."""
    shape = MEASURES[reading["metric"]].shape
    if reading["read"] == "buyers":
        return _buyers(amount)
    if reading["read"] == "count" and reading["metric"] in BY_KEY:
        return ngettext("%(count)s case", "%(count)s cases", round(amount)) % {"count": number_format(amount, 0)}
    if reading["read"] == "count" or reading["metric"] == "low_star_days":
        return number_format(amount, 0)
    if shape == "star":
        return signed(amount, 1) if reading["metric"] == "star_change" else number_format(amount, 1)
    return value(BY_KEY[reading["metric"]], amount) if shape == "minutes" else _percent(amount)


def _buyers(amount: float) -> str:
    """The sketch counts no further than five."""
    shown = number_format(amount, 0)
    if amount >= LEAST_BUYERS:
        return _("%(count)s affected buyers or more") % {"count": shown}
    return ngettext("%(count)s affected buyer", "%(count)s affected buyers", round(amount)) % {"count": shown}


def _percent(share: float) -> str:
    return _("%(share)s%%") % {"share": number_format(100 * share, percent_digits(100 * share))}
