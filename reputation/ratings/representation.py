"""A rating as the world sees it: the structure of the read API and of the webhooks."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from reputation.ratings.selectors import WINDOW_DAYS, RatingRow, Shown
from scoring.metrics import ASPECTS


def number(value: Decimal | float | None, digits: int) -> float | None:
    """Rounded; None for what is not a number, because JSON has no such value."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def rating_as_dict(row: RatingRow, shown: Shown, notices: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """`shown` must be of the row's own night: it names that night's scale and model. `notices`: sanctions in force,
    as the subject's own language tells them; who governs hands them in."""
    night = row.night.isoformat()
    return {
        "subject": {"kind": row.kind, "id": row.subject_id, "name": row.name, "category": row.category or None},
        "state": row.state,
        "as_of": night,
        "night": night,
        "revision": row.revision,
        "basis": row.basis,
        "stars": number(row.stars, 1),
        "half_stars": number(row.half_stars, 1),
        "defects_per_100": _defects(row),
        "orders_counted": row.orders_counted,
        "window_days": WINDOW_DAYS,
        "percentile": number(row.percentile, 1),
        "aspects": {aspect: _aspect(row.aspects.get(aspect)) for aspect in ASPECTS},
        "excluded": {"orders": row.excluded.get("orders", 0), "reasons": row.excluded.get("reasons", {})},
        "notices": list(notices),
        "scale": shown.scale,
        "model": shown.model,
    }


def _defects(row: RatingRow) -> dict[str, float | None] | None:
    if (expected := number(row.expected, 2)) is None:
        return None
    return {
        "expected": expected,
        "low": number(row.low, 2),
        "high": number(row.high, 2),
        "all_causes": number(row.all_causes, 2),
    }


def _aspect(aspect: dict[str, float | None] | None) -> dict[str, float | None] | None:
    if not aspect or (stars := number(aspect.get("stars"), 1)) is None:
        return None
    return {"stars": stars, "percentile": number(aspect.get("percentile"), 1)}


def history_as_dict(row: Any) -> dict[str, Any]:
    """One night of a subject's history; `row` has night, revision, state, stars and ledger."""
    return {
        "night": row.night.isoformat(),
        "revision": row.revision,
        "state": row.state,
        "stars": number(row.stars, 1),
        "corrected": row.revision > 0,
        "ledger": row.ledger,
    }
