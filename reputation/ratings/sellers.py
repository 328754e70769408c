"""Stores as a live stream would sell them: what the night knows of each, and what an anchor's streams usually are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from django.db.models import Count

from reputation.base.time import now
from reputation.evidence.models import Order
from reputation.ratings import models
from reputation.ratings.selectors import ratings

if TYPE_CHECKING:
    from scoring.explain.standing import Standing

_USUAL_DAYS = 90


def seller_standings(night: date, store_ids: Sequence[str]) -> dict[str, Standing]:
    """What the night says in public of each of these stores; one without a star, so also one that is withheld, has
    nothing of its own here and stands for what is usual on the market. Empty where the night left nothing to score with.
    """
    from scoring.explain.standing import unpack

    key = {"night": night, "kind": "store"}
    rated = ratings(night, "store").filter(subject_id__in=store_ids, stars__isnull=False).values("subject_id")
    rows = models.Standing.objects.filter(**key, subject_id__in=rated).values_list("subject_id", "category", "packed")
    known = {store_id: (category, bytes(packed)) for store_id, category, packed in rows}
    wanted = {category for category, _packed in known.values()}
    peers = models.NightPeers.objects.filter(**key)
    totals = {
        category: figures["totals"]
        for category, figures in peers.filter(category__in=wanted).values_list("category", "figures")
    }
    try:
        found = {
            store: unpack("store", category, packed, totals[category]) for store, (category, packed) in known.items()
        }
    except (ValueError, KeyError):  # bytes of another version
        return {}
    strangers = [store_id for store_id in store_ids if store_id not in found]
    if strangers and (figures := peers.values_list("figures", flat=True).first()):
        found |= dict.fromkeys(strangers, _nobody(figures["totals"]["market"]))
    return found


def _nobody(market: list[list[float]]) -> Standing:
    """A store that nothing is known of, in this market."""
    import numpy as np

    from scoring.explain.standing import Standing, columns
    from scoring.features import DECAYED, HALF_LIVES

    nothing = np.zeros((len(HALF_LIVES), len(DECAYED)))
    everybody = nothing.copy()
    everybody[:, list(columns("store"))] = np.array(market)
    return Standing("store", "", 0.0, nothing, everybody, nothing)


def usual_stream(anchor_id: str) -> int | None:
    """Orders of the median live room of the last 90 days; None where no order of the anchor names one."""
    rows = Order.objects.filter(anchor_id=anchor_id, live_id__isnull=False, retracted=False)
    rows = rows.filter(placed_at__gte=now() - timedelta(days=_USUAL_DAYS))
    sizes = list(rows.values("live_id").annotate(size=Count("order_id")).values_list("size", flat=True))
    return round(median(sizes)) if sizes else None
