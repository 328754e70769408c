"""THE catalogue: every rate and duration that a rating is built from.

One entry here drives the counters, the features and their monotone direction, the pages and the docs. A metric is
a pair of counters, `<key>_n` (numerator) and `<key>_d` (denominator), both whole numbers per subject and market day.
`code` is stored inside packed tallies: it is never reused, a new metric takes the next free one.
"""

from dataclasses import dataclass
from typing import Literal

SubjectKind = Literal["store", "anchor"]
Aspect = Literal["product", "logistics", "service", "after_sales", "honesty"]

ASPECTS: tuple[Aspect, ...] = ("product", "logistics", "service", "after_sales", "honesty")
KIND_ASPECTS: dict[SubjectKind, tuple[Aspect, ...]] = {
    "store": ("product", "logistics", "service", "after_sales", "honesty"),
    "anchor": ("product", "honesty"),
}


@dataclass(frozen=True)
class Metric:
    """A rate (`unit` "share", numerator of denominator) or a duration (`unit` "minutes", their sum over a count).

    More is worse for every metric of the catalogue, so the monotone direction of each feature is "up, never a better
    star"; `aspect` None means that the metric speaks for all aspects together. No denominator counts incidents: had a
    return or complaint not happened, no rate would be worse (docs/outcomes.md).
    """

    code: int
    key: str
    aspect: Aspect | None
    subjects: tuple[SubjectKind, ...]
    unit: Literal["share", "minutes"]
    label_en: str
    label_zh: str
    definition: str


_STORE: tuple[SubjectKind, ...] = ("store",)
_BOTH: tuple[SubjectKind, ...] = ("store", "anchor")
_ANCHOR: tuple[SubjectKind, ...] = ("anchor",)

# fmt: off
CATALOGUE: tuple[Metric, ...] = (
    Metric(1, "defect", None, _BOTH, "share", "Order defect rate", "订单缺陷率",
           "orders with at least one symptom that is the subject's doing / valid orders placed"),
    Metric(2, "late_dispatch", "logistics", _STORE, "share", "Late dispatch rate", "延迟发货率",
           "orders dispatched after ship_by, or not by then / valid orders placed that have a ship_by"),
    Metric(3, "late_delivery", "logistics", _STORE, "share", "Late delivery rate (own doing)", "延迟送达率（商家责任）",
           "orders delivered after deliver_by, or not by then, that were also dispatched late / valid orders placed that have a deliver_by"),
    Metric(4, "dispatch_time", "logistics", _STORE, "minutes", "Time to dispatch per order", "单均发货时长",
           "minutes from order to dispatch, 18:00-06:00 not counted, and the whole promise of an order that is overdue or that the merchant cancelled / valid orders placed"),
    Metric(5, "merchant_cancel", "logistics", _STORE, "share", "Cancelled by the merchant", "商家取消率",
           "orders cancelled by the merchant / valid orders placed"),
    Metric(6, "fulfilment_return", "logistics", _STORE, "share", "Damaged, wrong or missing items", "破损错发漏发退货率",
           "orders with a return first stated as damaged, wrong_item or missing / valid orders placed"),
    Metric(7, "quality_return", "product", _BOTH, "share", "Quality return rate", "品质退货率",
           "orders with a return first stated as quality or counterfeit / valid orders placed"),
    Metric(8, "described_return", "product", _BOTH, "share", "Returned as not described", "描述不符退货率",
           "orders with a return first stated as not_as_described / valid orders placed"),
    Metric(9, "negative_answer", "product", _BOTH, "share", "Negative answers", "差评率",
           "orders whose first overall answer is 1 or 2, unless the parcel was late and not by the store's doing / orders with an overall answer"),
    Metric(10, "described_low", "product", _BOTH, "share", "Low score for description", "描述相符低分率",
           "orders whose first as_described answer is 1 or 2 / orders with one"),
    Metric(11, "service_low", "service", _STORE, "share", "Low score for service", "服务低分率",
           "orders whose first service answer is 1 or 2 / orders with one"),
    Metric(12, "logistics_low", "logistics", _STORE, "share", "Low score for logistics", "物流低分率",
           "orders whose first logistics answer is 1 or 2, unless the parcel was late and not by the store's doing / orders with one"),
    Metric(13, "complaint_product", "product", _BOTH, "share", "Confirmed product complaints", "商品投诉成立率",
           "orders or incidents with a confirmed complaint of counterfeit, safety or quality / valid orders placed"),
    Metric(14, "complaint_logistics", "logistics", _STORE, "share", "Confirmed delivery complaints", "物流投诉成立率",
           "the same for delivery, unless the parcel was late and not by the store's doing / valid orders placed"),
    Metric(15, "complaint_service", "service", _STORE, "share", "Confirmed service complaints", "服务投诉成立率",
           "the same for service and other / valid orders placed"),
    Metric(16, "complaint_after_sales", "after_sales", _STORE, "share", "Confirmed refund complaints", "售后投诉成立率",
           "the same for refund / valid orders placed"),
    Metric(17, "complaint_honesty", "honesty", _BOTH, "share", "Confirmed false advertising", "虚假宣传投诉成立率",
           "the same for false_advertising and brushing / valid orders placed"),
    Metric(18, "slow_refund", "after_sales", _STORE, "share", "Slow refunds", "退款超时率",
           "orders with a return not refunded within 72 h of being opened, size, no_reason and those refused in that time left out / valid orders placed"),
    Metric(19, "refund_time", "after_sales", _STORE, "minutes", "Waiting for refunds per order", "单均退款等待时长",
           "minutes from opening a return to its refund, 23:00-08:00 not counted, size and no_reason left out / valid orders placed"),
    Metric(20, "refused_return", "after_sales", _STORE, "share", "Refused returns", "拒绝售后率",
           "orders with a return for the store's fault closed without a refund / valid orders placed"),
    Metric(21, "slow_reply", "service", _STORE, "share", "Slow first reply", "回复超时率",
           "conversations without a reply within 3 minutes of 08:00-23:00 / conversations"),
    Metric(22, "chat_low", "service", _STORE, "share", "Dissatisfied conversations", "客服不满意率",
           "conversations rated 1 or 2 / conversations rated"),
    Metric(23, "chat_unresolved", "service", _STORE, "share", "Unresolved conversations", "客服未解决率",
           "conversations marked unresolved / conversations marked"),
    Metric(24, "false_promotion", "honesty", _ANCHOR, "share", "Viewers who saw false promotion", "观众认为虚假宣传占比",
           "invited viewers who answer yes to false_promotion, one voice per viewer and live / invited viewers who answer"),
    Metric(25, "hype", "honesty", _ANCHOR, "share", "Viewers who saw hype", "观众认为夸大炒作占比",
           "invited viewers who answer yes to hype, one voice per viewer and live / invited viewers who answer"),
    Metric(26, "problem", None, _BOTH, "share", "Orders with a problem of any cause", "问题订单率（含各方原因）",
           "orders with at least one symptom, whoever caused it / valid orders placed"),
    Metric(27, "incident", None, _BOTH, "share", "Incidents per order", "单均问题数",
           "the subject's own incidents, each metric's at most once per order / valid orders placed"),
)
# fmt: on
BY_KEY: dict[str, Metric] = {metric.key: metric for metric in CATALOGUE}
BY_CODE: dict[int, Metric] = {metric.code: metric for metric in CATALOGUE}

EXCLUSION_REASONS: tuple[str, ...] = ("force_majeure", "carrier_event", "platform_fault", "attack", "other")
# First answers as they were given, for the formulas of others: sums of 1 to 5 over the orders that <metric>_d counts,
# and how many gave 4 or 5 overall.
SCORES: dict[str, str] = {
    "overall": "negative_answer",
    "as_described": "described_low",
    "service": "service_low",
    "logistics": "logistics_low",
}
# What the store promised: minutes from the order to ship_by and to deliver_by, over the orders that have one.
PROMISES: tuple[str, ...] = ("dispatch_promise", "delivery_promise")
# Counted per day beside the metrics: valid orders, and orders set aside (still volume, never for or against).
# Codes are positions: append only.
VOLUMES: tuple[str, ...] = (
    "orders",
    "held",
    *(f"excluded_{reason}" for reason in EXCLUSION_REASONS),
    *(f"{question}_sum" for question in SCORES),
    "overall_positive",
    *(f"{promise}_{part}" for promise in PROMISES for part in ("n", "d")),
    "grave",  # orders, and complaints without one, of which the subject's own symptom is grave: a person looks at one
)
# What orders come to in plain terms, whoever caused it; the targets on which ratings of any market can be compared.
PLAIN_OUTCOMES: dict[str, str] = {
    "bad": "negative answer, late, or cancelled by the merchant or the platform",
    "neg": "first overall answer of 1 or 2",
    "late": "delivered after deliver_by, or never",
    "lateship": "dispatched after ship_by, or never",
}
# Per day on which the orders were PLACED: what they came to. Complete 60 days later. Codes are positions: append only.
OUTCOMES: tuple[str, ...] = (
    "orders",
    "defect",
    *(f"defect_{aspect}" for aspect in ASPECTS),
    "problem",
    *PLAIN_OUTCOMES,
)


def counters() -> list[str]:
    """Names of all whole-number columns of a counter day file, in catalogue order."""
    return [f"{metric.key}_{part}" for metric in CATALOGUE for part in ("n", "d")] + list(VOLUMES)
