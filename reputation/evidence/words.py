"""What went wrong with an order, a chat or a stream, in words for its subject and for staff."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from reputation.evidence.incidents import Incident
from scoring.metrics import BY_KEY

# Every rule of scoring.outcomes.rules.
SYMPTOMS: dict[str, Promise] = {
    "late_dispatch": gettext_lazy("dispatched late"),
    "late_delivery": gettext_lazy("delivered late"),
    "merchant_cancel": gettext_lazy("cancelled by the merchant"),
    "platform_cancel": gettext_lazy("cancelled by the platform"),
    "return_damaged": gettext_lazy("returned as damaged"),
    "return_wrong_item": gettext_lazy("returned as the wrong item"),
    "return_missing": gettext_lazy("returned because parts were missing"),
    "return_quality": gettext_lazy("returned for poor quality"),
    "return_counterfeit": gettext_lazy("returned as counterfeit"),
    "return_not_as_described": gettext_lazy("returned as not as described"),
    "return_late": gettext_lazy("returned because it came late"),
    "return_size": gettext_lazy("returned for its size"),
    "return_no_reason": gettext_lazy("returned without a reason"),
    "return_other": gettext_lazy("returned for another reason"),
    "slow_refund": gettext_lazy("refunded late"),
    "refused_return": gettext_lazy("return closed without a refund"),
    "negative_answer": gettext_lazy("the buyer was not content"),
    "described_low": gettext_lazy("the buyer said: not as described"),
    "service_low": gettext_lazy("the buyer rated the service low"),
    "logistics_low": gettext_lazy("the buyer rated the delivery low"),
    "complaint_counterfeit": gettext_lazy("complaint of counterfeit goods"),
    "complaint_safety": gettext_lazy("complaint of unsafe goods"),
    "complaint_quality": gettext_lazy("complaint about quality"),
    "complaint_delivery": gettext_lazy("complaint about delivery"),
    "complaint_service": gettext_lazy("complaint about service"),
    "complaint_other": gettext_lazy("complaint about something else"),
    "complaint_refund": gettext_lazy("complaint about a refund"),
    "complaint_false_advertising": gettext_lazy("complaint of false advertising"),
    "complaint_brushing": gettext_lazy("complaint of brushed orders"),
}
_FAMILIES = {
    "o": gettext_lazy("Order %(key)s"),
    "c": gettext_lazy("Complaint %(key)s"),
    "v": gettext_lazy("A viewer's answer about live room %(key)s"),
    "h": gettext_lazy("Chat %(key)s"),
}


def symptom(key: str) -> str:
    """A rule's symptom, or the metric that a chat or a viewer's answer counts in."""
    if key in SYMPTOMS:
        return str(SYMPTOMS[key])
    return BY_KEY[key].label_zh if (get_language() or "").startswith("zh") else BY_KEY[key].label_en


def title(incident: Incident) -> str:
    """What it is about. A viewer stays unnamed."""
    return str(_FAMILIES[incident.family]) % {"key": incident.key}


def symptoms(incident: Incident) -> str:
    """All that speaks against the subject, what is set aside already included."""
    return _(", ").join(symptom(key) for key in (*incident.what, *incident.aside))
