"""What last night measured about itself, and the change of scale that it announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reputation.ratings.models import Scale
from reputation.ratings.plots import Bin, reliability
from reputation.ratings.scales import scale_announced
from scoring.metrics import KIND_ASPECTS

_LEAST_BIN = 1.0  # orders
_LEAST_SUBJECTS = 5  # a share of fewer says nothing


class Band(NamedTuple):
    """Subjects by how many orders spoke for them, and how many of their ranges held, in per cent."""

    least: int
    most: int | None
    subjects: int
    covered: float


@dataclass(frozen=True)
class Measured:
    """How the model foresaw the newest two weeks of orders whose outcomes stand. Shares in per cent."""

    since: date
    orders: int
    subjects: int
    plot: SafeString
    foreseen: float  # problems per 100 orders
    came: float
    promised: float
    covered: float | None
    bands: list[Band]


def measured(figures: dict[str, Any], kind: str) -> Measured | None:
    """None while no outcomes stand that a model was not taught by."""
    found = (figures.get(kind) or {}).get("measured")
    if not found:
        return None
    bins = [Bin(100 * said, 100 * came, orders) for said, came, orders in found["calibration"]["bins"] if orders]
    total = sum(one.orders for one in bins)
    if total < _LEAST_BIN:
        return None
    covered = found["coverage"]["covered"]
    return Measured(
        since=date.fromisoformat(found["cutoff"]),
        orders=round(found["orders"]),
        subjects=found["subjects"],
        plot=reliability(bins, ident=f"reliability-{kind}"),
        foreseen=sum(one.foreseen * one.orders for one in bins) / total,
        came=sum(one.came * one.orders for one in bins) / total,
        promised=100 * found["coverage"]["level"],
        covered=None if covered is None else 100 * covered,
        bands=_bands(found["coverage"].get("bands") or []),
    )


def _bands(found: list[dict[str, Any]]) -> list[Band]:
    return [
        Band(int(one["from"]), one["to"] and int(one["to"]), one["subjects"], 100 * one["covered"])
        for one in found
        if one["subjects"] >= _LEAST_SUBJECTS and one["covered"] is not None
    ]


@dataclass(frozen=True)
class ScaleChange:
    """A scale that will count, and what it would do to the subjects of last night; nothing before a night told it."""

    version: int
    live_from: date
    note: str
    counts: list[tuple[str, int, int, int]]  # kind, higher, same, lower


def scale_change(night: date, figures: dict[str, Any]) -> ScaleChange | None:
    """The announced scale of a night, if there is one."""
    scale = scale_announced(night)
    if scale is None or scale.live_from is None:
        return None
    told = [(kind, (figures.get(kind) or {}).get("announced")) for kind in KIND_ASPECTS]
    counts = [
        (_("Stores") if kind == "store" else _("Anchors"), one["higher"], one["same"], one["lower"])
        for kind, one in told
        if one
    ]
    return ScaleChange(scale.version, scale.live_from, _note(scale), counts)


def _note(scale: Scale) -> str:
    language = "zh-hans" if (get_language() or "en").startswith("zh") else "en"
    return str(scale.note.get(language) or scale.note.get("en") or "")
