"""A rating in words. Sentences are whole, so that each language can order them its own way."""

from decimal import Decimal

from django.utils.formats import number_format as django_number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from reputation.ratings.models import State
from reputation.ratings.selectors import RatingRow

NEEDED_ORDERS = 30
NEEDED_BUYERS = 5


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
