"""The written rules: every symptom, its aspect and gravity, and who is liable. In words: docs/outcomes.md."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.metrics import Aspect

# Who may be liable; the first two have a rating, so only theirs becomes a defect.
STORE, ANCHOR, CARRIER, BUYER, PLATFORM, NOBODY = "store", "anchor", "carrier", "buyer", "platform", "nobody"

# Of several symptoms of one order the aspect of the gravest names the defect: 0 is gravest.
GRAVITY: dict[Aspect | None, int] = {
    "honesty": 1,
    "product": 2,
    "after_sales": 3,
    "logistics": 4,
    "service": 5,
    None: 6,
}


@dataclass(frozen=True)
class Rule:
    """metric: whose numerator the symptom counts in (None: in defect and problem alone). liable: who can be."""

    key: str
    metric: str | None
    aspect: Aspect | None
    liable: tuple[str, ...]
    grave: bool = False

    @property
    def gravity(self) -> int:
        return 0 if self.grave else GRAVITY[self.aspect]


RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule("late_dispatch", "late_dispatch", "logistics", (STORE,)),
        Rule("late_delivery", "late_delivery", "logistics", (STORE, CARRIER)),
        Rule("merchant_cancel", "merchant_cancel", "logistics", (STORE,)),
        Rule("platform_cancel", None, None, (PLATFORM,)),
        Rule("return_damaged", "fulfilment_return", "logistics", (STORE,)),
        Rule("return_wrong_item", "fulfilment_return", "logistics", (STORE,)),
        Rule("return_missing", "fulfilment_return", "logistics", (STORE,)),
        Rule("return_quality", "quality_return", "product", (STORE, ANCHOR)),
        Rule("return_counterfeit", "quality_return", "product", (STORE, ANCHOR), grave=True),
        Rule("return_not_as_described", "described_return", "product", (STORE, ANCHOR)),
        Rule("return_late", None, "logistics", (STORE, CARRIER)),
        Rule("return_size", None, None, (BUYER,)),
        Rule("return_no_reason", None, None, (BUYER,)),
        Rule("return_other", None, None, (NOBODY,)),
        Rule("slow_refund", "slow_refund", "after_sales", (STORE,)),
        Rule("refused_return", "refused_return", "after_sales", (STORE,)),
        Rule("negative_answer", "negative_answer", "product", (STORE, ANCHOR, CARRIER)),
        Rule("described_low", "described_low", "product", (STORE, ANCHOR)),
        Rule("service_low", "service_low", "service", (STORE,)),
        Rule("logistics_low", "logistics_low", "logistics", (STORE, CARRIER)),
        Rule("complaint_counterfeit", "complaint_product", "product", (STORE, ANCHOR), grave=True),
        Rule("complaint_safety", "complaint_product", "product", (STORE, ANCHOR), grave=True),
        Rule("complaint_quality", "complaint_product", "product", (STORE, ANCHOR)),
        Rule("complaint_delivery", "complaint_logistics", "logistics", (STORE, CARRIER)),
        Rule("complaint_service", "complaint_service", "service", (STORE,)),
        Rule("complaint_other", "complaint_service", "service", (STORE,)),
        Rule("complaint_refund", "complaint_after_sales", "after_sales", (STORE,)),
        Rule("complaint_false_advertising", "complaint_honesty", "honesty", (STORE, ANCHOR)),
        Rule("complaint_brushing", "complaint_honesty", "honesty", (STORE, ANCHOR)),
    )
}

# What buyers and viewers answered when they were asked: in confidence, so subjects are told of it in groups alone.
OF_BUYERS = frozenset({"negative_answer", "described_low", "service_low", "logistics_low"})
OF_VIEWERS = frozenset({"false_promotion", "hype"})
ANSWERS = OF_BUYERS | OF_VIEWERS

BUYERS_REASONS: tuple[str, ...] = ("size", "no_reason")
STORES_REASONS: tuple[str, ...] = ("quality", "not_as_described", "damaged", "wrong_item", "missing", "counterfeit")
POSITIVE = 4  # an answer of 4 or 5 is one
LOW = 2  # an answer of 1 or 2 is a low one, of an order or a conversation
# These exclusions excuse what the weather or a strike can cause, and nothing else.
LOGISTICS_ONLY: tuple[str, ...] = ("force_majeure", "carrier_event")

# Counted over all valid orders. Over those that arrived, a parcel that had come in time would have counted sooner and,
# decayed, for less: the rates of its returns would be worse.
PER_ORDER: tuple[str, ...] = (
    "defect",
    "merchant_cancel",
    "fulfilment_return",
    "quality_return",
    "described_return",
    "slow_refund",
    "refund_time",
    "refused_return",
    "dispatch_time",
    "complaint_product",
    "complaint_logistics",
    "complaint_service",
    "complaint_after_sales",
    "complaint_honesty",
    "problem",
    "incident",
)
