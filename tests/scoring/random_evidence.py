"""Random markets of many independent orders: few values, and times that often hit a deadline to the minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from tests.scoring.small_evidence import Row, at, complaint, exclusion, order, response, returned, shipment

Evidence = dict[str, list[Row]]
START = at("03-01 10:00")
# Hours after START: round ones, so that promises and deeds meet, and a minute more.
HOURS = (0, 1, 9, 14, 24, 48, 72, 120, 144, 168, 240, 312, 384, 720, 900, 1500)
REASONS = (
    "quality",
    "not_as_described",
    "damaged",
    "wrong_item",
    "missing",
    "counterfeit",
    "late",
    "size",
    "no_reason",
    "other",
)
CATEGORIES = (
    "false_advertising",
    "counterfeit",
    "safety",
    "quality",
    "delivery",
    "service",
    "refund",
    "brushing",
    "other",
)
EXCLUSIONS = ("force_majeure", "carrier_event", "platform_fault", "attack", "other")
QUESTIONS = ("overall", "as_described", "service", "logistics")


class Chance(Random):
    def instant(self) -> datetime:
        return START + timedelta(hours=self.choice(HOURS), minutes=self.choice((0, 0, 1)))

    def maybe(self) -> datetime | None:
        return self.choice((None, self.instant()))

    def known(self, happened: datetime | None) -> datetime | None:
        return happened and happened + self.choice((timedelta(), timedelta(), timedelta(hours=5), timedelta(days=3)))


def market(seed: int, size: int = 60) -> Evidence:
    """`size` orders and whatever became of them; complaints without an order too."""
    chance = Chance(seed)
    out: Evidence = {kind: [] for kind in ("orders", "shipments", "returns", "complaints", "responses", "exclusions")}
    for number in range(size):
        _add_order(chance, str(number), out)
    for number in range(10):
        out["complaints"].append(_complaint(chance, None, f"loose{number}"))
    out["exclusions"] += [_window(chance, f"window{number}") for number in range(3)]
    return out


def _add_order(chance: Chance, order_id: str, out: Evidence) -> None:
    out["orders"].append(_order(chance, order_id))
    if chance.random() < 0.7:
        out["shipments"].append(_shipment(chance, order_id))
    for place in range(chance.choice((0, 0, 1, 1, 2))):
        out["returns"].append(_return(chance, order_id, f"{order_id}-{place}"))
    for place in range(chance.choice((0, 0, 1, 2))):
        out["complaints"].append(_complaint(chance, order_id, f"{order_id}-{place}"))
    for place in range(chance.choice((0, 0, 1, 2))):
        out["responses"].append(_response(chance, order_id, f"{order_id}-{place}"))
    for place in range(chance.choice((0, 0, 0, 1, 2))):
        out["exclusions"].append(_aside(chance, out["orders"][-1], f"{order_id}-{place}"))


def _order(chance: Chance, order_id: str) -> Row:
    placed, gone = START + timedelta(hours=chance.choice((0, 9, 24))), chance.choice((None, None, chance.instant()))
    return order(
        order_id=order_id,
        store_id=chance.choice("STUV"),
        anchor_id=chance.choice((None, "A", "B")),
        region=chance.choice((None, "R", "Q")),
        amount=chance.choice((0.0, 5.0, 5.0, 5.0, 5.0)),
        placed_at=placed,
        first_observed_at=chance.known(placed),
        ship_by=chance.maybe(),
        deliver_by=chance.maybe(),
        cancelled_at=gone,
        cancelled_by=gone and chance.choice(("buyer", "merchant", "platform", None)),
        cancelled_known_at=chance.known(gone),
        retracted=chance.random() < 0.1,
    )


def _shipment(chance: Chance, order_id: str) -> Row:
    shipped, delivered = chance.maybe(), chance.maybe()
    return shipment(
        order_id=order_id,
        shipped_at=shipped,
        delivered_at=delivered,
        shipped_known_at=chance.known(shipped),
        delivered_known_at=chance.known(delivered),
    )


def _return(chance: Chance, order_id: str, return_id: str) -> Row:
    opened, refunded, closed = chance.instant(), chance.maybe(), chance.maybe()
    return returned(
        return_id=return_id,
        order_id=order_id,
        opened_at=opened,
        first_observed_at=chance.known(opened),
        refunded_at=refunded,
        closed_at=closed,
        refunded_known_at=chance.known(refunded),
        closed_known_at=chance.known(closed),
        first_reason=chance.choice(REASONS),
        retracted=chance.random() < 0.2,
    )


def _complaint(chance: Chance, order_id: str | None, complaint_id: str) -> Row:
    opened, closed, response = chance.instant(), chance.maybe(), chance.maybe()
    return complaint(
        complaint_id=complaint_id,
        order_id=order_id,
        opened_at=opened,
        first_observed_at=chance.known(opened),
        store_id=chance.choice((None, "S")),
        anchor_id=chance.choice((None, "A")),
        closed_at=closed,
        category=chance.choice(CATEGORIES),
        first_response_at=response,
        first_response_known_at=chance.known(response),
        outcome_known_at=chance.known(closed),
        outcome=closed and chance.choice((None, "upheld", "rejected", "settled", "withdrawn")),
        retracted=chance.random() < 0.2,
    )


def _response(chance: Chance, order_id: str, response_id: str) -> Row:
    answered = chance.instant()
    scores = {name: chance.choice((None, None, 1, 2, 3, 4, 5)) for name in QUESTIONS}
    return response(
        response_id=response_id,
        order_id=order_id,
        answered_at=answered,
        first_observed_at=chance.known(answered),
        **scores,
    )


def _aside(chance: Chance, about: Row, exclusion_id: str) -> Row:
    """For both parties of an order, for one of them, or for somebody who is no party of it."""
    kind = chance.choice((None, None, "store", "anchor"))
    subject = kind and chance.choice((about[f"{kind}_id"], "Z"))
    return exclusion(
        exclusion_id=exclusion_id,
        order_id=about["order_id"],
        reason=chance.choice(EXCLUSIONS),
        subject_kind=kind,
        subject_id=subject,
    )


def _window(chance: Chance, exclusion_id: str) -> Row:
    kind = chance.choice((None, "store", "anchor"))
    return exclusion(
        exclusion_id=exclusion_id,
        reason=chance.choice(EXCLUSIONS),
        subject_kind=kind,
        subject_id={"store": "S", "anchor": "A"}.get(str(kind)),
        region=chance.choice((None, "R")),
        starts_at=chance.maybe(),
        ends_at=chance.maybe(),
        lifted_at=chance.choice((None, None, START)),
    )


def closed_days(seed: int) -> dict[str, date | None]:
    chance = Chance(seed)
    days = (None, date(2025, 3, 3), date(2025, 3, 12), date(2025, 12, 31))
    return {kind: chance.choice(days) for kind in ("shipments", "returns", "complaints")}
