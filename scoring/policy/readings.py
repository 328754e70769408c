"""What conditions read of a night, and what they compare it with, for all subjects at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.policy import bounds
from scoring.policy.night import Bools, Floats, Ints, Night
from scoring.policy.rules import Leaf, OfCategory
from scoring.policy.vocabulary import LEAST_BUYERS, NOT_OF_BUYERS

LEAST_PEERS = 20  # other subjects that a yardstick needs; else the whole kind of the market, else it holds for nobody
LEAST_PEER_VOLUME = 30  # of the denominator, for a subject's rate to be one of a quantile


class Readings:
    """Readings of one night, each made once however many rules ask for it. Arrays by row of the roster, NaN: unknown."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self._read: dict[tuple[str, int, str], Floats] = {}
        self._yard: dict[tuple[str, int, float | None], Floats] = {}

    def of(self, leaf: Leaf) -> Floats:
        key = (leaf.metric, leaf.window, leaf.read)
        if key not in self._read:
            self._read[key] = self._make(leaf)
        return self._read[key]

    def than(self, leaf: Leaf) -> Floats:
        """What each subject's reading is compared with."""
        if isinstance(leaf.than, OfCategory):
            return self._yardstick(leaf, leaf.than.quantile) * leaf.than.times
        return np.full(len(self.night), leaf.than)

    def holds(self, leaf: Leaf, least_buyers: int) -> Bools:
        """Where the comparison holds and, for one that counts against a subject, enough buyers can be affected."""
        read, than = self.of(leaf), self.than(leaf)
        compare = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}[leaf.op]
        held: Bools = compare(read, than)  # False where either is NaN
        if leaf.guarded:
            held = held & (self.affected(leaf) >= least_buyers)
        return held

    def counts(self, leaf: Leaf) -> tuple[Floats, Floats] | None:
        """Numerator and denominator behind a reading, None for stars."""
        if leaf.measure.shape == "star":
            return None
        if leaf.measure.shape == "counter":
            told = self.night.total(leaf.window, leaf.metric)
            return told, told
        return self._total(leaf, "n"), self._total(leaf, "d")

    def affected(self, leaf: Leaf) -> Floats:
        """The most distinct buyers that can be behind a count, 0 to 5.

        There is no sketch of the buyers of incidents. A metric counts an order at most once, so there are never more
        affected buyers than incidents, nor more than buyers at all: fewer than five here are surely fewer than five;
        five here may be fewer. Waiting times are of orders: their number stands for the incidents.
        """
        n, d = self.counts(leaf) or (self.night.stars.now, self.night.stars.now)
        incidents = d if leaf.measure.shape == "minutes" else n
        most = np.minimum(incidents, LEAST_BUYERS)
        return most if leaf.metric in NOT_OF_BUYERS else np.minimum(most, self.night.buyers)

    def _total(self, leaf: Leaf, part: str) -> Floats:
        return self.night.total(leaf.window, f"{leaf.metric}_{part}")

    def _make(self, leaf: Leaf) -> Floats:
        stars = self.night.stars
        if leaf.metric in ("stars", "low_star_days"):
            return stars.now if leaf.metric == "stars" else stars.low_days
        if leaf.metric == "star_change":
            return stars.change[leaf.window]
        if leaf.read == "buyers":
            return self.affected(leaf)
        n, d = self.counts(leaf) or (stars.now, stars.now)
        return n if leaf.read == "count" else rate(leaf.measure.shape, leaf.read, n, d)

    def _yardstick(self, leaf: Leaf, quantile: float | None) -> Floats:
        key = (leaf.metric, leaf.window, quantile)
        if key not in self._yard:
            n, d = self._total(leaf, "n"), self._total(leaf, "d")
            rates = rate(leaf.measure.shape, "value", n, d)
            near = others(self.night.groups, n, d, rates, quantile)
            far = others(self.night.kinds, n, d, rates, quantile)
            self._yard[key] = np.where(np.isnan(near), far, near)
        return self._yard[key]


def rate(shape: str, read: str, n: Floats, d: Floats) -> Floats:
    """`value`, `low` or `high` of n over d: a share, a rate that may pass 1, or minutes per order."""
    if shape == "share":
        return bounds.share(n, d) if read == "value" else bounds.wilson(n, d)[read == "high"]
    if read == "value":
        return np.where(d > 0, n / np.maximum(d, 1e-12), np.nan)
    return bounds.poisson(n, d)[read == "high"]


def others(groups: Ints, n: Floats, d: Floats, rates: Floats, quantile: float | None) -> Floats:
    """Per subject the pooled rate (`quantile` None) or a quantile of the rates of the OTHERS of its group.

    Without the subject itself its own evidence cannot move what it is compared with. A quantile takes those with at
    least 30 in the denominator, and the lower of two neighbours. NaN where there are fewer than 20 others.
    """
    peers = d >= (LEAST_PEER_VOLUME if quantile is not None else 1)
    count = np.bincount(groups, weights=peers, minlength=groups.max(initial=0) + 1)[groups] - peers
    if quantile is None:
        total = [np.bincount(groups, weights=part)[groups] - part for part in (n, d)] if len(groups) else [n, d]
        found = total[0] / np.maximum(total[1], 1e-12)
    else:
        found = _quantile_of_others(groups, peers, rates, count, quantile)
    return np.where(count >= LEAST_PEERS, found, np.nan)


def _quantile_of_others(groups: Ints, peers: Bools, rates: Floats, count: Floats | Ints, quantile: float) -> Floats:
    """The others' value at position floor(quantile * (others - 1)): that of all, one further where the subject itself
    stands at it or before it."""
    who = np.flatnonzero(peers)
    order = who[np.lexsort((rates[who], groups[who]))]
    start = np.searchsorted(groups[order], groups)
    place: NDArray[np.int64] = np.full(len(groups), np.iinfo(np.int64).max)
    place[order] = np.arange(len(order)) - start[order]
    at = np.floor(quantile * np.maximum(count - 1, 0) + 1e-9).astype(np.int64)
    at = np.minimum(start + at + (place <= at), max(len(order) - 1, 0))
    return rates[order][at] if len(order) else np.full(len(groups), np.nan)
