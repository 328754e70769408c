"""What a row of each kind may say. An absent field is UNSET and leaves the evidence as it was; null (None) clears it.

Only keys are required: a row may be a patch, and evidence may arrive in any order. A field that every piece of evidence
of its kind has (an order's store, say) cannot be cleared, so its type has no None.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from scoring import metrics

Id = Annotated[str, Meta(min_length=1, max_length=128)]
LiveId = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^|]*$")]  # "|" parts a viewer's voice
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=4000)]
Time = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Score = Annotated[int, Meta(ge=1, le=5)]
YesNo = bool | Literal["yes", "no"]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
SubjectKind = Literal["store", "anchor"]
Metric = Literal["orders", *metrics.BY_KEY]  # type: ignore[valid-type]  # the catalogue names them


class Row(Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    observed_at: Time | UnsetType = UNSET
    retracted: bool | UnsetType = UNSET


class StoreRow(Row):
    store_id: Id
    name: Name | UnsetType = UNSET
    category: Id | UnsetType = UNSET
    opened_on: date | UnsetType = UNSET
    owner_ref: Id | UnsetType | None = UNSET
    region: Id | UnsetType | None = UNSET
    after_sales_terms: Text | UnsetType | None = UNSET


class AnchorRow(Row):
    anchor_id: Id
    name: Name | UnsetType = UNSET
    followers: Count | UnsetType = UNSET
    owner_ref: Id | UnsetType | None = UNSET


class LiveSessionRow(Row):
    live_id: LiveId
    anchor_id: Id | UnsetType = UNSET
    started_at: Time | UnsetType = UNSET
    ended_at: Time | UnsetType | None = UNSET
    peak_viewers: Count | UnsetType | None = UNSET


class OrderRow(Row):
    order_id: Id
    store_id: Id | UnsetType = UNSET
    anchor_id: Id | UnsetType | None = UNSET
    live_id: LiveId | UnsetType | None = UNSET
    item_ref: Id | UnsetType | None = UNSET
    buyer_ref: Id | UnsetType = UNSET
    device_ref: Id | UnsetType | None = UNSET
    payment_ref: Id | UnsetType | None = UNSET
    region: Id | UnsetType | None = UNSET
    category: Id | UnsetType | None = UNSET
    amount: Decimal | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    placed_at: Time | UnsetType = UNSET
    ship_by: Time | UnsetType | None = UNSET
    deliver_by: Time | UnsetType | None = UNSET
    cancelled_at: Time | UnsetType | None = UNSET
    cancelled_by: Literal["buyer", "merchant", "platform"] | UnsetType | None = UNSET


class ShipmentRow(Row):
    order_id: Id
    shipped_at: Time | UnsetType | None = UNSET
    delivered_at: Time | UnsetType | None = UNSET
    carrier: Id | UnsetType | None = UNSET


class ReturnRow(Row):
    return_id: Id
    order_id: Id | UnsetType = UNSET
    opened_at: Time | UnsetType = UNSET
    reason: (
        Literal[
            "quality", "not_as_described", "damaged", "wrong_item", "missing",
            "counterfeit", "late", "size", "no_reason", "other",
        ]
        | UnsetType
    ) = UNSET  # fmt: skip
    approved_at: Time | UnsetType | None = UNSET
    refunded_at: Time | UnsetType | None = UNSET
    closed_at: Time | UnsetType | None = UNSET


class ComplaintRow(Row):
    complaint_id: Id
    order_id: Id | UnsetType | None = UNSET
    store_id: Id | UnsetType | None = UNSET
    anchor_id: Id | UnsetType | None = UNSET
    live_id: LiveId | UnsetType | None = UNSET
    complainant_ref: Id | UnsetType | None = UNSET
    device_ref: Id | UnsetType | None = UNSET
    opened_at: Time | UnsetType = UNSET
    category: (
        Literal[
            "false_advertising", "counterfeit", "safety", "quality",
            "delivery", "service", "refund", "brushing", "other",
        ]
        | UnsetType
    ) = UNSET  # fmt: skip
    text: Text | UnsetType | None = UNSET
    first_response_at: Time | UnsetType | None = UNSET
    escalated_at: Time | UnsetType | None = UNSET
    closed_at: Time | UnsetType | None = UNSET
    outcome: Literal["upheld", "rejected", "settled", "withdrawn"] | UnsetType | None = UNSET


class InvitationRow(Row):
    invitation_id: Id
    live_id: LiveId | UnsetType | None = UNSET
    order_id: Id | UnsetType | None = UNSET
    respondent_ref: Id | UnsetType = UNSET
    sent_at: Time | UnsetType = UNSET


class Answers(Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    overall: Score | UnsetType | None = UNSET
    as_described: Score | UnsetType | None = UNSET
    service: Score | UnsetType | None = UNSET
    logistics: Score | UnsetType | None = UNSET
    false_promotion: YesNo | UnsetType | None = UNSET
    hype: YesNo | UnsetType | None = UNSET


class ResponseRow(Row):
    """`answers` may also be given flat, which is how a CSV file says it."""

    response_id: Id
    respondent_ref: Id | UnsetType = UNSET
    invitation_id: Id | UnsetType | None = UNSET
    answered_at: Time | UnsetType = UNSET
    order_id: Id | UnsetType | None = UNSET
    live_id: LiveId | UnsetType | None = UNSET
    store_id: Id | UnsetType | None = UNSET
    anchor_id: Id | UnsetType | None = UNSET
    device_ref: Id | UnsetType | None = UNSET
    answers: Answers | UnsetType = UNSET
    overall: Score | UnsetType | None = UNSET
    as_described: Score | UnsetType | None = UNSET
    service: Score | UnsetType | None = UNSET
    logistics: Score | UnsetType | None = UNSET
    false_promotion: YesNo | UnsetType | None = UNSET
    hype: YesNo | UnsetType | None = UNSET
    text: Text | UnsetType | None = UNSET


class ConversationRow(Row):
    conversation_id: Id
    store_id: Id | UnsetType = UNSET
    order_id: Id | UnsetType | None = UNSET
    started_at: Time | UnsetType = UNSET
    first_reply_at: Time | UnsetType | None = UNSET
    resolved: bool | UnsetType | None = UNSET
    rating: Score | UnsetType | None = UNSET


class ExclusionRow(Row):
    exclusion_id: Id
    reason: Literal[tuple(metrics.EXCLUSION_REASONS)] | UnsetType = UNSET  # type: ignore[valid-type]
    order_id: Id | UnsetType | None = UNSET
    subject_kind: SubjectKind | UnsetType | None = UNSET
    subject_id: Id | UnsetType | None = UNSET
    region: Id | UnsetType | None = UNSET
    starts_at: Time | UnsetType | None = field(name="from", default=UNSET)
    ends_at: Time | UnsetType | None = field(name="to", default=UNSET)
    lifted_at: Time | UnsetType | None = UNSET


class DailyCountRow(Row):
    subject_kind: SubjectKind
    subject_id: Id
    day: date
    metric: Metric
    numerator: Count | UnsetType = UNSET
    denominator: Count | UnsetType = UNSET
