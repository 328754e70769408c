"""What an anchor's next stream would do to its star: the form, and the answer in words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.governance.publicity import notices
from reputation.governance.sanctions import SANCTIONS
from reputation.portal.streams import MOST_STORES, Pasted, pasted
from reputation.ratings import explaining, pictures, svg
from reputation.ratings.models import Rating
from reputation.ratings.selectors import ratings
from reputation.ratings.sellers import seller_standings, usual_stream
from reputation.ratings.standings import Explainable, anchor_stores
from reputation.ratings.wording import number_format

if TYPE_CHECKING:
    from scoring.explain.stream import Stream

_MOST_ORDERS = 1_000_000
_LONGEST = 10_000  # characters


class NextStream(forms.Form):
    stores = forms.CharField(
        label=gettext_lazy("Stores of the stream"), required=False, max_length=_LONGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    orders = forms.IntegerField(
        label=gettext_lazy("Orders that you expect"), min_value=1, max_value=_MOST_ORDERS, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "amount"}),
    )  # fmt: skip


def next_stream_form(found: Explainable, anchor_id: str, data: QueryDict) -> NextStream:
    """Orders begin at the anchor's usual stream."""
    usual = usual_stream(anchor_id) or _day_of(found)
    sent = {name: data[name] for name in ("stores", "orders") if name in data}
    return NextStream({"orders": str(usual)} | sent if sent else None, initial={"orders": usual})


def _day_of(found: Explainable) -> int:
    """Orders of an ordinary day, for who sells without live rooms being told."""
    from scoring.explain.again import AT
    from scoring.explain.trajectory import pace

    standing = found.rated.standing
    return max(round(float(pace(standing.own, standing.age, standing.kind)[AT["orders"]])), 1)


def sold_most(night: date, anchor_id: str) -> str:
    """Ids of the stores of which it sold most in a year, one a line: something to begin with."""
    return "\n".join(share.store_id for share in anchor_stores(night, anchor_id)[:10])


class SellerLine(NamedTuple):
    """`effect`: stars that it adds or costs, signed, against the others selling its share; "" for the only one."""

    store_id: str
    name: str
    stars: str
    effect: str
    picture: SafeString
    sanctions: list[str]


class Told(NamedTuple):
    stars: str
    picture: SafeString
    change: str
    between: str
    incidents: str
    usual: str
    span: SafeString
    words: str
    sellers: list[SellerLine]
    orders: str


class Answer(NamedTuple):
    """`told` None: no store was found in what was pasted."""

    pasted: Pasted
    told: Told | None


def next_stream_answer(found: Explainable, night: date, form: NextStream) -> Answer:
    """`form` is valid."""
    named = pasted(form.cleaned_data["stores"])
    orders = form.cleaned_data["orders"] or form.initial["orders"]
    return Answer(named, _told(found, night, named.stores, orders) if named.stores else None)


def _told(found: Explainable, night: date, stores: Mapping[str, str], orders: int) -> Told | None:
    from scoring.explain.stream import goods, stream
    from scoring.stars import half

    standings = seller_standings(night, list(stores))
    if len(standings) < len(stores):
        return None
    told = stream(found.rated, [goods(standings[store], found.rated.standing) for store in stores], orders)
    expected, low, high = told.defects
    words = explaining.span(expected, low, high)
    return Told(
        stars=number_format(told.shown, 1),
        picture=svg.stars(float(half(told.shown))),
        change=_("%(by)s against tonight's %(now)s")
        % {"by": explaining.signed(told.star - told.before), "now": number_format(told.before, 1)},
        between=_between(number_format(told.low, 1), number_format(told.high, 1)),
        incidents=number_format(told.incidents, 0 if told.incidents >= 10 else 1),
        usual=number_format(told.usual, 0 if told.usual >= 10 else 1),
        span=pictures.span(low, expected, high, words),
        words=words,
        sellers=_sellers(told, night, stores),
        orders=number_format(orders, 0),
    )


def _between(low: str, high: str) -> str:
    if low == high:
        return _("8 of 10 such streams end at %(low)s stars") % {"low": low}
    return _("8 of 10 such streams end between %(low)s and %(high)s stars") % {"low": low, "high": high}


def _sellers(told: Stream, night: date, stores: Mapping[str, str]) -> list[SellerLine]:
    """The one that costs most first."""
    apart = dict(zip(stores, told.apart or [0.0] * len(stores), strict=True))
    rated = {row.subject_id: row for row in ratings(night, "store").filter(subject_id__in=list(stores))}
    sanctions = notices("store", list(stores))
    lines = [
        SellerLine(
            store, name, _stars(rated.get(store)), explaining.signed(-apart[store]) if told.apart else "",
            pictures.effect(-apart[store], explaining.signed(-apart[store])) if told.apart else SafeString(""),
            [str(SANCTIONS[notice["action"]].label) for notice in sanctions.get(store, [])],
        )
        for store, name in stores.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: -apart[line.store_id])


def _stars(row: Rating | None) -> str:
    return number_format(float(row.stars), 1) if row and row.stars is not None else ""


__all__ = ["MOST_STORES", "NextStream", "next_stream_answer", "next_stream_form", "sold_most"]
