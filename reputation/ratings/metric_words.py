"""How each metric counts, in plain words for whoever is rated by it. The exact rules: docs/outcomes.md."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HOW: dict[str, Promise] = {
    "defect": _(
        "Of all valid orders, those in which at least one thing went wrong that is your doing. An order with three problems counts once."
    ),
    "late_dispatch": _(
        "Of all orders with a promised dispatch date, those that left after it, or had not left by then. A parcel without a dispatch scan that arrived is taken to have left in time."
    ),
    "late_delivery": _(
        "Of all orders with a promised delivery date, those that arrived after it and had also left too late. A parcel that left in time and then came late is the carrier's doing and never counts against you."
    ),
    "dispatch_time": _(
        "How long an order waited until it left, on average. The clock runs from 6:00 to 18:00. An order that is overdue, or that you cancelled, has waited its whole promise."
    ),
    "merchant_cancel": _("Of all valid orders, those that you cancelled."),
    "fulfilment_return": _(
        "Of all valid orders, those that came back because something was damaged, wrong or missing. The first reason that the buyer gave counts, whatever was changed later."
    ),
    "quality_return": _(
        "Of all valid orders, those that came back for bad quality or as counterfeit. The first reason that the buyer gave counts."
    ),
    "described_return": _(
        "Of all valid orders, those that came back because they were not as described. The first reason that the buyer gave counts."
    ),
    "negative_answer": _(
        "Of all orders with an answer, those whose first overall score was 1 or 2. A low score for a parcel that came late through no fault of yours does not count."
    ),
    "described_low": _("Of all orders scored for their description, those whose first score was 1 or 2."),
    "service_low": _("Of all orders scored for service, those whose first score was 1 or 2."),
    "logistics_low": _(
        "Of all orders scored for delivery, those whose first score was 1 or 2, unless the parcel was late through no fault of yours."
    ),
    "complaint_product": _(
        "Complaints about counterfeit, unsafe or bad goods that were upheld, settled with a refund, or left without any answer for ten days, set against all valid orders."
    ),
    "complaint_logistics": _(
        "Complaints about delivery that were upheld, settled with a refund, or left without any answer for ten days, set against all valid orders. Those about a parcel that was late through no fault of yours do not count."
    ),
    "complaint_service": _(
        "Complaints about service that were upheld, settled with a refund, or left without any answer for ten days, set against all valid orders."
    ),
    "complaint_after_sales": _(
        "Complaints about refunds that were upheld, settled with a refund, or left without any answer for ten days, set against all valid orders."
    ),
    "complaint_honesty": _(
        "Complaints about false advertising or fake orders that were upheld, settled with a refund, or left without any answer for ten days, set against all valid orders. What an anchor promised is the anchor's doing."
    ),
    "slow_refund": _(
        "Of all valid orders, those with a return that was not refunded within 72 hours. Returns for size or without a reason are left out."
    ),
    "refund_time": _(
        "How long buyers waited for refunds, spread over all valid orders. The clock runs from 8:00 to 23:00. A refund that was refused or is overdue has waited the whole 72 hours; returns for size or without a reason are left out."
    ),
    "refused_return": _("Of all valid orders, those with a return for a fault of yours that was closed without a refund."),
    "slow_reply": _("Of all chats, those without a first reply within three minutes. The clock runs from 8:00 to 23:00."),
    "chat_low": _("Of all chats that were scored, those scored 1 or 2."),
    "chat_unresolved": _("Of all chats marked by the buyer, those marked as not resolved."),
    "false_promotion": _(
        "Of the invited viewers who answered, those who say that promises in your live room were false. Every viewer counts once in a live room; who said what stays unknown, and nothing is shown of fewer than five answers."
    ),
    "hype": _(
        "Of the invited viewers who answered, those who say that your live room was hype. Every viewer counts once in a live room; who said what stays unknown, and nothing is shown of fewer than five answers."
    ),
    "problem": _(
        "Of all valid orders, those in which anything went wrong, whoever caused it: you, the carrier, the buyer or the platform. It stands beside your star and does not move it."
    ),
    "incident": _(
        "Everything that went wrong and is your doing, set against all valid orders: an order with three different problems counts three times here."
    ),
}  # fmt: skip


def how(key: str) -> str:
    return str(HOW[key])
