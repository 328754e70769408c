"""Which units of evidence a row touches, so that the night counts them again. Columns in, units out."""

from collections.abc import Callable, Mapping
from typing import Any

Columns = Mapping[str, list[Any]]


def none(columns: Columns) -> list[str]:
    return []


def of_order(columns: Columns) -> list[str]:
    return [f"o:{order}" for order in columns["order_id"] if order]


def of_complaint(columns: Columns) -> list[str]:
    pairs = zip(columns["order_id"], columns["complaint_id"], strict=True)
    return [f"o:{order}" if order else f"c:{complaint}" for order, complaint in pairs]


def of_voice(columns: Columns) -> list[str]:
    voices = zip(columns["live_id"], columns["respondent_ref"], strict=True)
    return of_order(columns) + [f"v:{live}|{respondent}" for live, respondent in voices if live and respondent]


def of_conversation(columns: Columns) -> list[str]:
    return [f"h:{conversation}" for conversation in columns["conversation_id"]]


def of_day(columns: Columns) -> list[str]:
    return [f"d:{day}" for day in columns["day"]]


def of_owner(prefix: str, subject: str) -> Callable[[Columns], list[str]]:
    """A subject whose owner was told: screening has to look at its orders again."""

    def units(columns: Columns) -> list[str]:
        return [f"{prefix}:{key}" for key, owner in zip(columns[subject], columns["owner_ref"], strict=True) if owner]

    return units


def of_live(columns: Columns) -> list[str]:
    return [f"l:{live}" for live in columns["live_id"]]


def of_exclusion(columns: Columns) -> list[str]:
    """The exclusion itself and not the orders that it meets: one may be on its way in, unseen by this transaction."""
    rows = zip(*(columns[name] for name in ("exclusion_id", "order_id", "subject_id", "region")), strict=True)
    reaching = [f"e:{key}" for key, order, subject, region in rows if not order and (subject or region)]
    return of_order(columns) + reaching
