"""Small random markets for Hypothesis: few ids, and times that often hit a deadline to the minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.scoring.small_evidence import Row, at, complaint, exclusion, order, response, returned, shipment

START = at("03-01 10:00")
# Hours after START: round ones, so that promises and deeds meet, and a minute more.
INSTANTS = st.builds(
    lambda hours, minutes: START + timedelta(hours=hours, minutes=minutes),
    st.sampled_from([0, 1, 9, 14, 24, 48, 72, 120, 144, 168, 240, 312, 384, 720, 900, 1500]), st.sampled_from([0, 0, 1]),
)
MAYBE = st.none() | INSTANTS
DELAY = st.sampled_from([timedelta(), timedelta(), timedelta(hours=5), timedelta(days=3)])
ORDER_IDS = st.sampled_from(["1", "2", "3"])
SCORES = st.none() | st.integers(1, 5)
CLOSED = st.sampled_from([None, at("03-03 00:00").date(), at("03-12 00:00").date(), at("12-31 00:00").date()])
REASONS = ("quality", "not_as_described", "damaged", "wrong_item", "missing", "counterfeit", "late", "size",
           "no_reason", "other")
CATEGORIES = ("false_advertising", "counterfeit", "safety", "quality", "delivery", "service", "refund", "brushing",
              "other")


def known(draw: Any, happened: datetime | None) -> datetime | None:
    return happened and happened + draw(DELAY)


@st.composite
def orders(draw: Any, order_id: str) -> Row:
    placed, gone = START + timedelta(hours=draw(st.sampled_from([0, 9, 24]))), draw(MAYBE)
    return order(
        order_id=order_id, store_id=draw(st.sampled_from(["S", "T"])), anchor_id=draw(st.sampled_from([None, "A"])),
        region=draw(st.sampled_from([None, "R"])), amount=draw(st.sampled_from([0.0, 5.0, 5.0, 5.0])), placed_at=placed,
        first_observed_at=placed + draw(DELAY), ship_by=draw(MAYBE), deliver_by=draw(MAYBE), cancelled_at=gone,
        cancelled_by=gone and draw(st.sampled_from(["buyer", "merchant", "platform", None])),
        cancelled_known_at=known(draw, gone), retracted=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def shipments(draw: Any, order_id: str) -> Row:
    shipped, delivered = draw(MAYBE), draw(MAYBE)
    return shipment(order_id=order_id, shipped_at=shipped, delivered_at=delivered,
                    shipped_known_at=known(draw, shipped), delivered_known_at=known(draw, delivered))


@st.composite
def returns(draw: Any) -> Row:
    opened, refunded, closed = draw(INSTANTS), draw(MAYBE), draw(MAYBE)
    return returned(
        order_id=draw(ORDER_IDS), opened_at=opened, first_observed_at=opened + draw(DELAY), refunded_at=refunded,
        closed_at=closed, refunded_known_at=known(draw, refunded), closed_known_at=known(draw, closed),
        first_reason=draw(st.sampled_from(REASONS)), retracted=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def complaints(draw: Any) -> Row:
    opened, closed = draw(INSTANTS), draw(MAYBE)
    return complaint(
        order_id=draw(st.none() | ORDER_IDS), opened_at=opened, first_observed_at=opened + draw(DELAY),
        store_id=draw(st.sampled_from([None, "S"])), anchor_id=draw(st.sampled_from([None, "A"])),
        category=draw(st.sampled_from(CATEGORIES)), first_response_at=draw(MAYBE), closed_at=closed,
        outcome=closed and draw(st.sampled_from([None, "upheld", "rejected", "settled", "withdrawn"])),
        outcome_known_at=known(draw, closed), retracted=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def responses(draw: Any) -> Row:
    answered = draw(INSTANTS)
    return response(order_id=draw(ORDER_IDS), answered_at=answered, first_observed_at=answered + draw(DELAY),
                    **{name: draw(SCORES) for name in ("overall", "as_described", "service", "logistics")})


@st.composite
def exclusions(draw: Any) -> Row:
    window = draw(st.booleans())
    kind = draw(st.sampled_from([None, "store", "anchor"])) if window else None
    return exclusion(
        reason=draw(st.sampled_from(["force_majeure", "carrier_event", "platform_fault", "attack", "other"])),
        order_id=None if window else draw(ORDER_IDS), subject_kind=kind,
        subject_id={"store": "S", "anchor": "A"}.get(str(kind)), region="R" if window and draw(st.booleans()) else None,
        starts_at=draw(MAYBE), ends_at=draw(MAYBE), lifted_at=draw(st.sampled_from([None, None, START])),
    )


def _numbered(rows: list[Row], key: str) -> list[Row]:
    return [{**row, key: f"{key[0]}{place}"} for place, row in enumerate(rows)]


@st.composite
def markets(draw: Any) -> dict[str, list[Row]]:
    """Up to three orders and whatever became of them."""
    ids = draw(st.lists(ORDER_IDS, min_size=1, unique=True))
    return {
        "orders": [draw(orders(one)) for one in ids],
        "shipments": [draw(shipments(one)) for one in ids if draw(st.booleans())],
        "returns": _numbered(draw(st.lists(returns(), max_size=3)), "return_id"),
        "complaints": _numbered(draw(st.lists(complaints(), max_size=3)), "complaint_id"),
        "responses": _numbered(draw(st.lists(responses(), max_size=3)), "response_id"),
        "exclusions": _numbered(draw(st.lists(exclusions(), max_size=2)), "exclusion_id"),
    }


CLOSED_DAYS = st.fixed_dictionaries(dict.fromkeys(("shipments", "returns", "complaints"), CLOSED))
