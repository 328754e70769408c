"""Codes in words for those whom they concern. How screening finds its patterns stays with the platform's staff."""

from django.utils.translation import gettext_lazy as _

PATTERNS = {
    "burst": _("Far more orders on one day than is usual for you"),
    "shared_device": _("Several buyers ordered from one device"),
    "shared_payment": _("Several buyers paid from one account"),
    "owner": _("The buyer belongs to the seller"),
    "answer_burst": _("Far more answers in a short time than is usual for you"),
    "unknown_liability": _("It is not known whose doing it was"),
}
ASPECTS = {
    None: _("Everything together"),
    "product": _("Goods"),
    "logistics": _("Dispatch and delivery"),
    "service": _("Service"),
    "after_sales": _("After-sales"),
    "honesty": _("Honesty"),
}
EXCLUSIONS = {
    "force_majeure": _("Events beyond anyone's control, such as floods"),
    "carrier_event": _("Disruption at a carrier"),
    "platform_fault": _("A fault of the platform"),
    "attack": _("A coordinated attack"),
    "other": _("Another reason, on record"),
}
