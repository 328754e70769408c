"""A rating in words. Sentences are whole, so that each language can order them its own way."""

import math
from collections.abc import Mapping
from decimal import Decimal

from django.utils.formats import number_format as django_number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from reputation.ratings.models import State
from reputation.ratings.selectors import RatingRow

NEEDED_ORDERS = 30
NEEDED_BUYERS = 5
_TELLING = 5  # hundredths of a star: a part this large is named even where the star stayed
_HELD = 10  # hundredths of a star: less is what tenths and their dead band keep


def number_format(value: float | Decimal, digits: int) -> str:
    """Rounded, in the reader's notation (Django's own function cuts digits off)."""
    return django_number_format(round(value, digits), digits)


def counted(orders: int) -> str:
    return ngettext("%(orders)s order", "%(orders)s orders", orders) % {"orders": number_format(orders, 0)}


def problems(count: int) -> str:
    return ngettext("%(count)s confirmed problem", "%(count)s confirmed problems", count) % {
        "count": number_format(count, 0)
    }


def state_in_words(row: RatingRow) -> str:
    """One line: the stars, or why there are none."""
    if row.state == State.RATED and row.stars is not None:
        return _("%(stars)s of 5 stars") % {"stars": number_format(row.stars, 1)}
    if row.state == State.WITHHELD:
        return _("Rating withheld")
    if row.state == State.NEW:
        return _("New: no orders yet")
    return few_orders(row)


def state_name(state: str) -> str:
    """In a word or two, for a tag or a list of choices."""
    names = {
        State.RATED: _("Rated"),
        State.FEW_ORDERS: _("Too few orders"),
        State.NEW: _("New"),
        State.WITHHELD: _("Withheld"),
    }
    return names[State(state)]


def few_orders(row: RatingRow) -> str:
    if row.orders_counted >= NEEDED_ORDERS:
        return _("Orders from fewer than %(buyers)d buyers; %(problems)s") % {
            "buyers": NEEDED_BUYERS,
            "problems": problems(row.confirmed_defects),
        }
    return _("%(orders)s of %(needed)d orders; %(problems)s") % {
        "orders": number_format(row.orders_counted, 0),
        "needed": NEEDED_ORDERS,
        "problems": problems(row.confirmed_defects),
    }


def headline(row: RatingRow) -> str:
    """The defect rate as people count: so many in 100 orders, or in 1,000 where that says more."""
    if row.expected is None:
        return ""
    base = 100 if row.expected >= 0.95 else 1000
    own = _round(row.expected, base)
    values = {"own": own, "base": number_format(base, 0), "all": _round(row.all_causes or row.expected, base)}
    if own == "0":
        return _fewer(row.kind) % values
    return (_about_store() if row.kind == "store" else _about_anchor()) % values


def market_headline(expected: float, all_causes: float | None) -> str:
    """The same for all rated stores together."""
    base = 100 if expected >= 0.95 else 1000
    return _(
        "Of %(base)s orders at all rated stores together, about %(own)s have a reported problem that is the store's "
        "doing; %(all)s counting every cause."
    ) % {
        "own": _round(expected, base),
        "base": number_format(base, 0),
        "all": _round(all_causes or expected, base),
    }


def _fewer(kind: str) -> str:
    if kind == "store":
        return _(
            "Fewer than 1 in %(base)s orders has a reported problem that is the store's doing; "
            "%(all)s counting every cause."
        )
    return _(
        "Fewer than 1 in %(base)s orders has a reported problem that is the anchor's doing; "
        "%(all)s counting every cause."
    )


def _about_store() -> str:
    return _(
        "About %(own)s in %(base)s orders have a reported problem that is the store's doing; "
        "%(all)s counting every cause."
    )


def _about_anchor() -> str:
    return _(
        "About %(own)s in %(base)s orders have a reported problem that is the anchor's doing; "
        "%(all)s counting every cause."
    )


def short_rate(row: RatingRow) -> str:
    """For a line of a list."""
    if row.expected is None:
        return ""
    base = 100 if row.expected >= 0.95 else 1000
    values = {"own": _round(row.expected, base), "base": number_format(base, 0)}
    if values["own"] == "0":
        return pgettext("defect rate", "fewer than 1 in %(base)s go wrong") % values
    return pgettext("defect rate", "%(own)s in %(base)s go wrong") % values


def interval(row: RatingRow) -> str:
    if row.low is None or row.high is None:
        return ""
    return _("Range: %(low)s to %(high)s in 100 orders. In 80 of 100 cases the long-run rate lies within it.") % {
        "low": number_format(row.low, 1),
        "high": number_format(row.high, 1),
    }


def between(row: RatingRow) -> str:
    """The range alone, in the round numbers of the headline."""
    if row.expected is None or row.low is None or row.high is None:
        return ""
    base = 100 if row.expected >= 0.95 else 1000
    values = {"low": _round(row.low, base), "high": _round(row.high, base), "base": number_format(base, 0)}
    if values["low"] == values["high"]:
        return pgettext("range", "%(low)s in %(base)s") % values
    return pgettext("range", "%(low)s to %(high)s in %(base)s") % values


def _round(per_hundred: float, base: int) -> str:
    return number_format(per_hundred * base / 100, 0)


def better_than(percentile: float | None, category: str) -> str:
    if percentile is None:
        return ""
    values = {"share": number_format(percentile, 0), "category": category}
    if category:
        return _("Better than %(share)s%% of those rated in %(category)s") % values
    return _("Better than %(share)s%% of those rated") % values


def aspect_name(aspect: str) -> str:
    names = {
        "product": _("Goods"),
        "logistics": _("Dispatch and delivery"),
        "service": _("Service"),
        "after_sales": _("After-sales"),
        "honesty": _("Honesty"),
    }
    return names[aspect]


def aspect_meaning(aspect: str) -> str:
    meanings = {
        "product": _("As described, sound and genuine"),
        "logistics": _("Sent in time, whole and complete"),
        "service": _("Answers questions, quickly and well"),
        "after_sales": _("Refunds and returns without a fight"),
        "honesty": _("Says what is true, on air and on the page"),
    }
    return meanings[aspect]


def exclusion_name(reason: str) -> str:
    names = {
        "force_majeure": _("Events beyond anyone's control, such as floods"),
        "carrier_event": _("Disruption at a carrier"),
        "platform_fault": _("A fault of the platform"),
        "attack": _("A coordinated attack"),
    }
    return names.get(reason, _("Another reason, on record"))


def ledger_headline(row: RatingRow) -> str:
    """What moved the star since the night before: by how much, and the parts, largest first."""
    if row.ledger is None:
        return _("First rating, or the first after a break")
    parts = _hundredths(row.ledger)
    change = sum(parts.values())
    if not change and max(map(abs, parts.values()), default=0) < _TELLING:
        return _("Unchanged")
    values = {
        "by": number_format(abs(change) / 100, 1),
        "parts": _(", ").join(f"{_ledger_name(part, by)} {_signed(by)}" for part, by in parts.items()),
    }
    if not change:
        return _("Unchanged: %(parts)s") % values
    return (_("Up %(by)s: %(parts)s") if change > 0 else _("Down %(by)s: %(parts)s")) % values


def ledger_parts(ledger: Mapping[str, float] | None) -> list[tuple[str, str]]:
    """How much, and what that is, largest first; in hundredths of a star that add up. None, or all nothing: empty."""
    return [(_signed(by), _ledger_meaning(part, by)) for part, by in _hundredths(ledger or {}).items()]


def _hundredths(ledger: Mapping[str, float]) -> dict[str, int]:
    """The parts that are not nothing, in whole hundredths with the sum of the ledger: the largest remainders round up."""
    exact = {part: Decimal(str(by)) * 100 for part, by in ledger.items()}
    whole = {part: math.floor(by) for part, by in exact.items()}
    missing = round(sum(exact.values())) - sum(whole.values())
    for part in sorted(exact, key=lambda part: whole[part] - exact[part])[:missing]:
        whole[part] += 1
    return {part: whole[part] for part in sorted(whole, key=lambda part: -abs(whole[part])) if whole[part]}


def _signed(hundredths: int) -> str:
    digits = 2 if hundredths % 10 else 1
    return f"{'+' if hundredths > 0 else '-'}{number_format(abs(hundredths) / 100, digits)}"


def _ledger_name(part: str, by: int) -> str:
    """In the middle of a sentence. `by`: hundredths of a star, not 0."""
    good = by > 0
    names = {
        "scale": _("new scale"),
        "corrected": _("corrections"),
        "aged": _("old incidents fading") if good else _("good orders fading"),
        "evidence": _("new evidence"),
        "peers": _("others got worse") if good else _("others got better"),
        "model": _("new model"),
        "held_back": _("held back") if good else _("held back before"),
    }
    return _("rounding") if part == "held_back" and abs(by) < _HELD else names[part]


def _ledger_meaning(part: str, by: int) -> str:
    """A sentence of its own. `by`: hundredths of a star, not 0."""
    good = by > 0
    if part == "held_back" and abs(by) < _HELD:
        return _("Rounding: stars are shown in tenths and stay put until they have really moved.")
    meanings = {
        "scale": _("New scale: the same risk of problems is worth another star, as was announced."),
        "corrected": _("Corrections: orders of earlier days were judged anew, or no longer count."),
        "aged": _("Old incidents fading: what went wrong counts less with every day.")
        if good
        else _("Good orders fading: what went well counts less with every day."),
        "evidence": _("New evidence: new orders, and what became known of earlier ones."),
        "peers": _("Others got worse: the rates of others, which these are set against, rose.")
        if good
        else _("Others got better: the rates of others, which these are set against, fell."),
        "model": _("New model: it learnt from newer orders which signs go before problems."),
        "held_back": _("Held back: a fall by models, others or age alone is shown by at most 0.1 in 30 days.")
        if good
        else _("Held back before: part of an earlier change that shows only now."),
    }
    return meanings[part]
