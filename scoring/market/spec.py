"""What a simulated market is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

# One child seed per part, by position: append new parts at the end and the older ones keep their draws.
PARTS = (
    "subjects", "names", "quality", "lives", "demand", "orders", "carriers", "fates", "returns",
    "complaints", "invitations", "responses", "conversations", "exclusions", "brushing", "outsiders",
)  # fmt: skip

_SHARES = {
    "defect_share": (0.001, 0.4),
    "false_promise_share": (0.0001, 0.4),
    "aspect_correlation": (0.0, 0.95),
    "drifting_share": (0.0, 1.0),
    "brushing_share": (0.0, 0.5),
    "live_order_share": (0.0, 1.0),
    "answer_rate": (0.0, 1.0),
    "order_invitation_share": (0.0, 1.0),
}
_AMOUNTS = {
    "orders_per_store_day": (0.01, 1000.0),
    "size_spread": (0.0, 3.0),
    "quality_sigma": (0.0, 3.0),
    "honesty_sigma": (0.0, 3.0),
    "viewer_invitations": (0.0, 1000.0),
    "strikes_per_100_days": (0.0, 50.0),
}

# How far real sellers differ: share of defects and standard deviation of sellers' log-odds. Logistic-normal maximum
# likelihood with the calendar months as offset, on the marketplace Olist, orders of 2016-10 to 2017-12 (1,700 to 1,800
# sellers, 57,000 orders): 0.64 for any trouble (17 % of orders), 0.77 to 0.86 for own doing alone (dispatched 4 or
# 2 days late, or the lowest answer to a parcel in time: 9 %). Its parts: answers 0.47, late dispatch 1.7 to 1.9.
_OLIST_SHARES, _OLIST_SPREADS = (0.05, 0.16), (0.80, 0.64)
# Spread of stores' mean latent log-odds over a year in a market of these aspects, categories and drifts:
# spread ** 2 = 0.022 + 0.69 * quality_sigma ** 2, the first part from the categories.
_CATEGORY_VARIANCE, _SIGMA_VARIANCE = 0.022, 0.69


@dataclass(frozen=True, kw_only=True)
class MarketSpec:
    """The size, the dates and the temper of a simulated market; the same spec gives the same market.

    Shares are fractions of 1. `defect_share` is the expected share of valid orders with a reported problem
    that is the store's own doing; carriers and anchors add about half as much again. `quality_sigma` is the
    standard deviation of stores' latent quality per aspect, in log-odds. Raises ValueError naming the field.
    """

    stores: int
    days: int
    seed: int
    last_day: date  # the last simulated market day; nothing is known after its end
    anchors: int | None = None  # None: 15 % of the stores, at least one
    time_zone: str = "Asia/Shanghai"
    orders_per_store_day: float = 4.0  # mean over stores; the median store sells far less
    size_spread: float = 2.05  # standard deviation of log store size
    defect_share: float = 0.06
    false_promise_share: float = 0.012  # of an anchor's orders, on average over anchors
    quality_sigma: float = 0.65
    honesty_sigma: float = 0.9
    aspect_correlation: float = 0.35
    drifting_share: float = 0.3
    brushing_share: float = 0.02  # of stores; at least one store when above 0
    live_order_share: float = 0.8  # orders looking for a live; fewer find one on air
    answer_rate: float = 0.075  # of invitations
    order_invitation_share: float = 0.3  # of delivered orders
    viewer_invitations: float = 15.0  # per live, mean
    strikes_per_100_days: float = 4.0

    def __post_init__(self) -> None:
        _check_whole("stores", self.stores, 1, "give the number of stores to simulate")
        _check_whole("days", self.days, 1, "give the number of market days to simulate")
        _check_whole("seed", self.seed, 0, "give any whole number from 0")
        if self.anchors is not None:
            _check_whole("anchors", self.anchors, 0, "give the number of anchors, or None for 15 % of the stores")
        for field, (low, high) in (_SHARES | _AMOUNTS).items():
            _check_range(field, getattr(self, field), low, high)
        _check_dates(self.last_day, self.days)
        _check_zone(self.time_zone)

    @classmethod
    def like_olist(cls, *, defect_share: float = 0.05, **settings: Any) -> MarketSpec:
        """A market whose stores differ as much as Olist's sellers: spread 0.80 of the log-odds at 5 % defects, 0.64 at
        16 %, between them in line. `settings`: the other fields. Raises as MarketSpec does."""
        spread = float(np.interp(defect_share, _OLIST_SHARES, _OLIST_SPREADS))
        sigma = float(np.sqrt((spread**2 - _CATEGORY_VARIANCE) / _SIGMA_VARIANCE))
        return cls(defect_share=defect_share, **{"quality_sigma": sigma} | settings)

    @property
    def anchor_count(self) -> int:
        """How many anchors there are."""
        return max(1, round(0.15 * self.stores)) if self.anchors is None else self.anchors


def streams(seed: int) -> dict[str, np.random.Generator]:
    """One independent random stream per part of the market."""
    children = np.random.SeedSequence(seed).spawn(len(PARTS))
    return {part: np.random.default_rng(child) for part, child in zip(PARTS, children, strict=True)}


def _check_whole(field: str, value: object, least: int, mend: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{field} must be a whole number of at least {least}, not {value!r}: {mend}")


def _check_range(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{field} must be from {low} to {high}, not {value!r}: give a number in that range")


def _check_dates(last_day: object, days: int) -> None:
    if type(last_day) is not date:
        raise ValueError(f"last_day must be a date, not {last_day!r}: give datetime.date(year, month, day)")
    if last_day.year < 1990 or last_day.toordinal() - days < date(1980, 1, 1).toordinal():
        raise ValueError(f"last_day {last_day} less {days} days is too long ago: give a later last_day or fewer days")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"time_zone {name!r} is not known: give an IANA name such as Asia/Shanghai") from error
