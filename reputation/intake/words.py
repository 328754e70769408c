"""Names of what people complain about and of what became of it, as both sides read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# In the words of somebody whose parcel went wrong.
PROBLEMS = {
    "quality": _("It is broken, faulty or badly made"),
    "false_advertising": _("It is not what was promised"),
    "counterfeit": _("It is a fake"),
    "safety": _("It is dangerous"),
    "delivery": _("It came late, damaged or not at all"),
    "refund": _("A return or refund was refused or takes too long"),
    "service": _("Nobody answers, or the service was bad"),
    "brushing": _("I was sent what I never ordered, or offered money for a good review"),
    "other": _("Something else"),
}
# An anchor answers for no parcel, refund or service.
OF_ANCHORS = ("false_advertising", "quality", "counterfeit", "safety", "brushing")
CATEGORIES = {
    "quality": pgettext_lazy("complaint", "Quality"),
    "false_advertising": pgettext_lazy("complaint", "False advertising"),
    "counterfeit": pgettext_lazy("complaint", "Counterfeit"),
    "safety": pgettext_lazy("complaint", "Safety"),
    "delivery": pgettext_lazy("complaint", "Delivery"),
    "refund": pgettext_lazy("complaint", "Return or refund"),
    "service": pgettext_lazy("complaint", "Service"),
    "brushing": pgettext_lazy("complaint", "Brushing"),
    "other": pgettext_lazy("complaint", "Other"),
}
OUTCOMES = {
    "upheld": pgettext_lazy("complaint", "upheld"),
    "rejected": pgettext_lazy("complaint", "rejected"),
    "settled": pgettext_lazy("complaint", "settled"),
    "withdrawn": pgettext_lazy("complaint", "withdrawn"),
}
STATES = {
    "received": _("to check"),
    "refused": _("not taken up"),
    "open": _("open"),
    "decided": _("decided"),
    "withdrawn": _("withdrawn"),
}
OUTCOME_TAGS = {"upheld": "tag-bad", "settled": "tag-good", "rejected": "", "withdrawn": ""}


def problems(kind: str) -> list[tuple[str, str, bool]]:
    """What one may complain about, of a store or of an anchor; the last says whether only a store answers for it."""
    rows = [(key, str(words), key not in OF_ANCHORS) for key, words in PROBLEMS.items()]
    return [row for row in rows if kind != "anchor" or not row[2]]


def category(key: str | None) -> str:
    return str(CATEGORIES.get(key or "", CATEGORIES["other"]))
