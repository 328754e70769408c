"""The evidence behind a hold, as lines that a person can compare."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q, QuerySet

from reputation.evidence.models import Complaint, Conversation, HeldUnit, Order, Response


@dataclass(frozen=True)
class Line:
    family: str  # the unit's first letter
    key: str
    at: datetime | None = None
    store_id: str | None = None
    anchor_id: str | None = None
    person: str | None = None
    device: str | None = None
    payment: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    words: str | None = None


def units(hold_id: int) -> QuerySet[HeldUnit]:
    return HeldUnit.objects.filter(hold=hold_id).order_by("unit")


def lines(page: Iterable[HeldUnit]) -> list[Line]:
    """One line per unit, in their order; a unit whose evidence is gone keeps its key alone."""
    split = [_split(unit.unit) for unit in page]
    found = {family: reader([key for prefix, key in split if prefix == family]) for family, reader in _READERS.items()}
    return [found.get(family, {}).get(key) or Line(family, key) for family, key in split]


def _split(unit: str) -> tuple[str, str]:
    family, colon, key = unit.partition(":")
    return (family, key) if colon else ("", unit)


def _orders(keys: list[str]) -> dict[str, Line]:
    return {
        row.order_id: Line(
            "o", row.order_id, row.placed_at, row.store_id, row.anchor_id, row.buyer_ref, row.device_ref,
            row.payment_ref, row.amount, row.currency,
        )
        for row in _rows(Order, keys)
    }  # fmt: skip


def _complaints(keys: list[str]) -> dict[str, Line]:
    return {
        row.complaint_id: Line(
            "c", row.complaint_id, row.opened_at, row.store_id, row.anchor_id, row.complainant_ref, row.device_ref,
            words=row.text,
        )
        for row in _rows(Complaint, keys)
    }  # fmt: skip


def _conversations(keys: list[str]) -> dict[str, Line]:
    return {
        row.conversation_id: Line("h", row.conversation_id, row.started_at, row.store_id)
        for row in _rows(Conversation, keys)
    }


def _answers(keys: list[str]) -> dict[str, Line]:
    return {row.response_id: _answer("r", row.response_id, row) for row in _rows(Response, keys)}


def _voices(keys: list[str]) -> dict[str, Line]:
    """Live viewers: the key is live and respondent; of several answers the first is the voice."""
    pairs = [tuple(key.rpartition("|")[::2]) for key in keys]
    wanted = Q(pk__in=[])
    for live_id, respondent_ref in pairs:
        wanted |= Q(live_id=live_id, respondent_ref=respondent_ref)
    answers = Response.objects.filter(wanted).order_by("-answered_at", "-response_id")
    return {(key := f"{row.live_id}|{row.respondent_ref}"): _answer("v", key, row) for row in answers}


def _answer(family: str, key: str, row: Response) -> Line:
    return Line(
        family, key, row.answered_at, row.store_id, row.anchor_id, row.respondent_ref, row.device_ref, words=row.text
    )


def _rows(model: type[Model], keys: list[str]) -> QuerySet[Any]:
    return model._default_manager.filter(pk__in=keys)


_READERS = {"o": _orders, "c": _complaints, "h": _conversations, "r": _answers, "v": _voices}
